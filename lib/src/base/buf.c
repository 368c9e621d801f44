/* buf.c - growable bytes: doubling, bounded, always followed by a NUL. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

void vs__buf_init(struct vs__buf *buf, size_t ceiling)
{
    assert(ceiling < SIZE_MAX);
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
    buf->ceiling = ceiling;
}

void vs__buf_done(struct vs__buf *buf)
{
    vs__free(buf->data);
    vs__buf_init(buf, buf->ceiling);
}

void vs__buf_reset(struct vs__buf *buf)
{
    buf->len = 0;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

vs_status vs__buf_reserve(struct vs__buf *buf, size_t n)
{
    size_t want;
    size_t cap;
    uint8_t *data;

    if (n > buf->ceiling - buf->len)
        return VS_ERR_TOOBIG;
    want = buf->len + n + 1; /* the NUL */
    if (want <= buf->cap)
        return VS_OK;
    cap = buf->cap < 64 ? 64 : buf->cap;
    while (cap < want)
        cap = cap > SIZE_MAX / 2 ? want : cap * 2;
    data = vs__realloc(buf->data, cap);
    if (data == NULL)
        return VS_ERR_NOMEM;
    buf->data = data;
    buf->cap = cap;
    buf->data[buf->len] = '\0';
    return VS_OK;
}

vs_status vs__buf_add(struct vs__buf *buf, const void *bytes, size_t n)
{
    vs_status st = vs__buf_reserve(buf, n);

    if (st != VS_OK)
        return st;
    if (n != 0)
        memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
    return VS_OK;
}

vs_status vs__buf_add_text(struct vs__buf *buf, const char *text)
{
    return vs__buf_add(buf, text, strlen(text));
}

vs_status vs__buf_printf(struct vs__buf *buf, const char *fmt, ...)
{
    va_list args;
    int n;
    vs_status st;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        return VS_ERR_MISUSE;
    st = vs__buf_reserve(buf, (size_t)n);
    if (st != VS_OK)
        return st;
    va_start(args, fmt);
    (void)vsnprintf((char *)buf->data + buf->len, (size_t)n + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)n;
    return VS_OK;
}

const char *vs__buf_text(const struct vs__buf *buf)
{
    return buf->data != NULL ? (const char *)buf->data : "";
}

char *vs__buf_take(struct vs__buf *buf)
{
    char *text;

    if (vs__buf_reserve(buf, 0) != VS_OK)
        return NULL;
    text = (char *)buf->data;
    vs__buf_init(buf, buf->ceiling);
    return text;
}
