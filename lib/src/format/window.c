/* window.c - see window.h. */
#include "format/window.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

vs_status vs__window_init(struct vs__window *w, const struct vs__input *in,
                          vs_error *err)
{
    memset(w, 0, sizeof *w);
    w->in = in;
    w->next = INT64_MIN; /* near nothing */
    w->bytes = vs__alloc(VS__WINDOW_BYTES);
    return w->bytes != NULL ? VS_OK : vs__fail_nomem(err);
}

void vs__window_done(struct vs__window *w)
{
    vs__free(w->bytes);
    memset(w, 0, sizeof *w);
}

static bool holds(const struct vs__window *w, int64_t offset, size_t n)
{
    return offset >= w->at && n <= w->n &&
           (uint64_t)(offset - w->at) <= w->n - n;
}

static bool is_near(const struct vs__window *w, int64_t offset)
{
    return w->next >= 0 && offset >= w->next &&
           offset - w->next <= VS__WINDOW_NEAR;
}

/* Reads ahead from `offset`, at most to the end of the input. */
static vs_status fill(struct vs__window *w, int64_t offset, vs_error *err)
{
    const int64_t left = w->in->size - offset;
    const size_t n = left < VS__WINDOW_BYTES ? (size_t)left : VS__WINDOW_BYTES;
    vs_status st;

    w->n = 0; /* nothing is valid if the read fails */
    st = vs__input_read(w->in, offset, w->bytes, n, err);
    if (st == VS_OK) {
        w->at = offset;
        w->n = n;
    }
    return st;
}

vs_status vs__window_read(struct vs__window *w, int64_t offset, void *dst,
                          size_t n, vs_error *err)
{
    vs_status st = VS_OK;

    if (!holds(w, offset, n) && n < VS__WINDOW_BYTES && is_near(w, offset) &&
        offset < w->in->size)
        st = fill(w, offset, err);
    if (st != VS_OK)
        return st;
    if (holds(w, offset, n))
        memcpy(dst, w->bytes + (offset - w->at), n);
    else
        st = vs__input_read(w->in, offset, dst, n, err);
    w->next = offset + (int64_t)n;
    return st;
}
