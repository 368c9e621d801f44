/* io.h - what the readers of foreign formats read from, and what the operating
 * system's refusals are called.
 *
 * An input is random access to bytes whose number is known: a file (input.h),
 * or memory. Readers see nothing else, so one code path serves files, tests
 * and fuzzers.
 */
#ifndef VS_FORMAT_IO_H
#define VS_FORMAT_IO_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/status.h"

#define VS__WHAT_MAX 160

struct vs__input {
    /* Reads exactly `n` bytes at `offset`, which lie below `size`. VS_ERR_IO,
     * VS_ERR_FORMAT (they are gone: the file shrank). */
    vs_status (*read_at)(void *ctx, int64_t offset, void *dst, size_t n,
                         vs_error *err);
    void (*close)(void *ctx); /* may be NULL */
    void *ctx;
    int64_t size;            /* bytes */
    char what[VS__WHAT_MAX]; /* for words: "file 'model.safetensors'" */
};

/* Reads `n` bytes at `offset`. A range outside the input is VS_ERR_FORMAT, so
 * that no reader can forget to look. */
vs_status vs__input_read(const struct vs__input *in, int64_t offset, void *dst,
                         size_t n, vs_error *err);

/* Ends an input; the zeroed one is fine. */
void vs__input_close(struct vs__input *in);

/* Fails with the code and the words for an errno value: ENOENT is
 * VS_ERR_NOFILE, EACCES VS_ERR_PERM, EEXIST VS_ERR_EXISTS, ENOSPC VS_ERR_FULL,
 * ENOMEM VS_ERR_NOMEM, the rest VS_ERR_IO. `verb` is what could not be done,
 * such as "open". */
vs_status vs__fail_errno(vs_error *err, int number, const char *verb,
                         const char *path);

#endif
