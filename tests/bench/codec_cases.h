/* codec_cases.h - what bench_codec measures: made bytes of known nature, and
 * files. Whatever goes wrong ends the program with a word on stderr. */
#ifndef VS_BENCH_CODEC_CASES_H
#define VS_BENCH_CODEC_CASES_H

#include <stddef.h>
#include <stdint.h>

#include "codec/digest.h"

#define CHUNK ((size_t)1 << 20)

struct bench_case {
    const char *name;           /* for the table */
    size_t element;             /* bytes of an element */
    size_t floats;              /* of the floats in it; 0: none */
    size_t n;                   /* bytes: whole chunks, or one short one */
    uint8_t *bytes;             /* n of them */
    struct vs__digest *digests; /* of each chunk */
};

/* Every kind of made bytes, `n` (whole chunks) each; how many cases. */
size_t case_make_all(struct bench_case *cases, size_t most, size_t n);

/* A raw file's elements, cut to whole chunks if it is longer than one. */
struct bench_case case_read(const char *path, size_t element);

void case_free(struct bench_case *c);

/* Zeroed memory; no page fault is to be measured. free() it. */
void *case_memory(size_t n);

_Noreturn void case_die(const char *what);

#endif
