/* manifest.h - what a foreign file holds: tensors, where their bytes lie, and
 * metadata. The readers of formats fill it; nothing here knows a format.
 */
#ifndef VS_FORMAT_MANIFEST_H
#define VS_FORMAT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/file.h"

/* A tensor in a file: n_bytes of the entry lie at `offset`, without gaps. */
struct vs__stored {
    vs_file_entry entry; /* its name points into the manifest's text */
    int64_t offset;      /* of the first byte in the file */
    bool big;            /* numbers begin with their most significant byte */
    bool fortran;        /* the first axis is the fastest, not the last */
};

struct vs__pair {
    const char *key;   /* UTF-8 */
    const char *value; /* UTF-8 */
};

struct vs__manifest {
    struct vs__stored *tensors; /* sorted by name after vs__manifest_sort */
    size_t n_tensors;
    size_t cap_tensors;     /* allocated */
    struct vs__pair *pairs; /* sorted by key after vs__manifest_sort */
    size_t n_pairs;
    size_t cap_pairs; /* allocated */
    uint8_t *text;    /* what names, keys and values point into; owned */
};

/* Frees what a manifest holds; the zeroed one is empty. */
void vs__manifest_done(struct vs__manifest *m);

/* Add a copy; the strings are borrowed from the text. VS_ERR_NOMEM. */
vs_status vs__manifest_add(struct vs__manifest *m,
                           const struct vs__stored *tensor, vs_error *err);
vs_status vs__manifest_add_pair(struct vs__manifest *m,
                                const struct vs__pair *pair, vs_error *err);

/* Sorts both lists bytewise. VS_ERR_FORMAT: a name or a key occurs twice. The
 * words begin with `what`. */
vs_status vs__manifest_sort(struct vs__manifest *m, const char *what,
                            vs_error *err);

/* Index of a name in the sorted list, or -1. */
int64_t vs__manifest_find(const struct vs__manifest *m, const char *name);

#endif
