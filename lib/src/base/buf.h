/* buf.h - growable bytes with a ceiling, set at birth. */
#ifndef VS_BASE_BUF_H
#define VS_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/status.h"

struct vs__buf {
    uint8_t *data;  /* `len` bytes; always a NUL behind them once grown */
    size_t len;     /* bytes in use */
    size_t cap;     /* bytes allocated */
    size_t ceiling; /* len never passes this */
};

/* An empty buffer that may grow to `ceiling` bytes. Nothing is allocated. */
void vs__buf_init(struct vs__buf *buf, size_t ceiling);

/* Frees the memory; the buffer is empty again and keeps its ceiling. */
void vs__buf_done(struct vs__buf *buf);

/* Forgets the content, keeps the memory. */
void vs__buf_reset(struct vs__buf *buf);

/* Room for `n` bytes more, without adding them.
 * VS_ERR_NOMEM, or VS_ERR_TOOBIG past the ceiling. */
vs_status vs__buf_reserve(struct vs__buf *buf, size_t n);

/* Append; errors as vs__buf_reserve, the content is then unchanged. */
vs_status vs__buf_add(struct vs__buf *buf, const void *bytes, size_t n);
vs_status vs__buf_add_text(struct vs__buf *buf, const char *text);
vs_status vs__buf_printf(struct vs__buf *buf, const char *fmt, ...)
    VS_PRINTF(2, 3);

/* The content as a C string; "" if nothing was added. Borrowed until the next
 * change. */
const char *vs__buf_text(const struct vs__buf *buf);

/* The content as a heap string of the caller (vs__free), the buffer empty;
 * NULL when memory ran out. */
char *vs__buf_take(struct vs__buf *buf);

#endif
