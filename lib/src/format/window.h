/* window.h - many small reads of an input, near each other or far apart.
 *
 * A read that follows closely on the one before is served from a stretch read
 * ahead; one that does not, or is long itself, goes straight to the input.
 * So a strided read costs about one call per 64 KiB when the stride is below
 * 4 KiB, and one call per element, of just that element, when it is above.
 */
#ifndef VS_FORMAT_WINDOW_H
#define VS_FORMAT_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "format/io.h"

#define VS__WINDOW_BYTES 65536
#define VS__WINDOW_NEAR  4096

struct vs__window {
    const struct vs__input *in; /* borrowed */
    uint8_t *bytes;             /* VS__WINDOW_BYTES; owned */
    int64_t at;                 /* where `bytes` lie in the input */
    size_t n;                   /* how many of them are valid */
    int64_t next;               /* behind the last read */
};

/* Free with vs__window_done. VS_ERR_NOMEM. */
vs_status vs__window_init(struct vs__window *w, const struct vs__input *in,
                          vs_error *err);

/* Frees the memory; the zeroed window is fine. */
void vs__window_done(struct vs__window *w);

/* As vs__input_read. */
vs_status vs__window_read(struct vs__window *w, int64_t offset, void *dst,
                          size_t n, vs_error *err);

#endif
