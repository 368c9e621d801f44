/* walk.c - regular lattices of elements as stretches, in row-major order.
 *
 * A slice of a tensor and a strided view are the same thing to this file: a
 * start, and a count and a stride for each axis. Two neighbouring axes are
 * joined where the outer one's stride is the inner one's whole length, so that
 * a lattice has the fewest axes, and each stretch, along the innermost, is as
 * long as it can be.
 */
#include "tensor/walk.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/never.h"

/* Appends an axis inside those there are, joined to the last if that is whole
 * steps of it. An axis of one element adds nothing. */
static void push_axis(struct vs__walk *w, int64_t count, int64_t stride)
{
    int last = w->rank - 1;
    int64_t length;

    if (count == 1)
        return;
    if (last >= 0 && vs__mul_i64(count, stride, &length) &&
        w->stride[last] == length) {
        w->count[last] *= count;
        w->stride[last] = stride;
        return;
    }
    w->count[w->rank] = count;
    w->stride[w->rank] = stride;
    w->rank++;
}

/* No axes yet, at element 0. */
static void start_axes(struct vs__walk *w)
{
    memset(w->index, 0, sizeof w->index);
    w->start = 0;
    w->part = 0;
    w->rank = 0;
    w->done = false;
}

/* A lattice of one element has an axis too: there is always an innermost. */
static void end_axes(struct vs__walk *w)
{
    if (w->rank != 0)
        return;
    w->count[0] = 1;
    w->stride[0] = 1;
    w->rank = 1;
}

void vs__walk_begin(struct vs__walk *walk, const vs_shape *shape,
                    const vs_slice *slice)
{
    int64_t strides[VS_MAX_RANK];
    int64_t stride = 1;

    start_axes(walk);
    for (int i = shape->rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= shape->dims[i];
        if (slice->count[i] == 0)
            walk->done = true;
    }
    for (int i = 0; i < shape->rank && !walk->done; i++) {
        walk->start += slice->start[i] * strides[i];
        if (slice->count[i] > 1) /* else the step may be anything */
            push_axis(walk, slice->count[i], slice->step[i] * strides[i]);
    }
    end_axes(walk);
}

bool vs__walk_next(struct vs__walk *walk, struct vs__run *out)
{
    int last = walk->rank - 1;
    int64_t at = walk->start;
    int64_t n = walk->count[last] - walk->index[last];

    if (walk->done)
        return false;
    for (int i = 0; i <= last; i++)
        at += walk->index[i] * walk->stride[i];
    out->at = at;
    out->part = walk->part;
    out->n = n;
    out->step = walk->stride[last];
    walk->part += n;
    walk->index[last] = 0;
    for (int i = last - 1; i >= 0; i--) {
        if (++walk->index[i] < walk->count[i])
            return true;
        walk->index[i] = 0;
    }
    walk->done = true;
    return true;
}

/* The elements of a view from the `first` on; `at` counts from view->data. */
static void walk_view(struct vs__walk *w, const vs_view *view, int64_t first)
{
    start_axes(w);
    for (int i = 0; i < view->shape.rank; i++)
        push_axis(w, view->shape.dims[i], view->strides[i]);
    end_axes(w);
    w->part = first;
    for (int i = w->rank - 1; i >= 0; i--) {
        w->index[i] = first % w->count[i];
        first /= w->count[i];
    }
    assert(first == 0);
}

/* Copies n elements of `size` bytes, steps counted in bytes. Called with a
 * literal size, which makes each move one instruction. */
static inline void copy_each(uint8_t *dst, int64_t dst_step, const uint8_t *src,
                             int64_t src_step, int64_t n, size_t size)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(dst + i * dst_step, src + i * src_step, size);
}

static void copy(uint8_t *dst, int64_t dst_step, const uint8_t *src,
                 int64_t src_step, int64_t n, size_t size)
{
    if (dst_step == (int64_t)size && src_step == (int64_t)size)
        memcpy(dst, src, (size_t)n * size);
    else if (size == 1)
        copy_each(dst, dst_step, src, src_step, n, 1);
    else if (size == 2)
        copy_each(dst, dst_step, src, src_step, n, 2);
    else if (size == 4)
        copy_each(dst, dst_step, src, src_step, n, 4);
    else if (size == 8)
        copy_each(dst, dst_step, src, src_step, n, 8);
    else
        copy_each(dst, dst_step, src, src_step, n, size);
}

void vs__view_gather(const vs_view *view, int64_t first, int64_t n, void *dst)
{
    const int64_t size = (int64_t)vs_dtype_size(view->dtype);
    const uint8_t *base = view->data;
    uint8_t *to = dst;
    struct vs__walk walk;
    struct vs__run run;

    if (n == 0)
        return;
    walk_view(&walk, view, first);
    while (n > 0) {
        const bool there = vs__walk_next(&walk, &run);
        int64_t m;

        if (vs__never(!there)) /* nobody asks for more than there is */
            return;
        m = run.n < n ? run.n : n;
        copy(to, size, base + run.at * size, run.step * size, m, (size_t)size);
        to += m * size;
        n -= m;
    }
}

void vs__view_scatter(const vs_view *view, int64_t first, int64_t n,
                      const void *src)
{
    const int64_t size = (int64_t)vs_dtype_size(view->dtype);
    uint8_t *base = view->data;
    const uint8_t *from = src;
    struct vs__walk walk;
    struct vs__run run;

    if (n == 0)
        return;
    walk_view(&walk, view, first);
    while (n > 0) {
        const bool there = vs__walk_next(&walk, &run);
        int64_t m;

        if (vs__never(!there))
            return;
        m = run.n < n ? run.n : n;
        copy(base + run.at * size, run.step * size, from, size, m,
             (size_t)size);
        from += m * size;
        n -= m;
    }
}
