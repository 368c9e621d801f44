/* extract.c - see extract.h.
 *
 * A Fortran array is a C array whose axes are in reverse: shape, slice and
 * view are turned around, and one loop serves both.
 */
#include "format/extract.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/target.h"
#include "format/swap.h"
#include "format/window.h"
#include "tensor/dtype.h"
#include "tensor/walk.h"

#define PIECE_BYTES ((size_t)1 << 20)
#define BLOCK_BYTES ((size_t)8 << 20)
#define ALIGNMENT   64

struct extraction {
    struct vs__window window;
    const struct vs__dtype_info *info;
    int64_t offset; /* of element 0 in the file */
    bool swap;      /* numbers are in the other byte order */
    uint8_t *piece; /* PIECE_BYTES, where the view has no room in a row */
};

static vs_status begin(struct extraction *x, const struct vs__input *in,
                       const struct vs__stored *tensor, vs_error *err)
{
    memset(x, 0, sizeof *x);
    x->info = vs__dtype_info(tensor->entry.dtype);
    x->offset = tensor->offset;
    x->swap = tensor->big != VS__HOST_BIG && x->info->part > 1;
    x->piece = vs__alloc_aligned(ALIGNMENT, PIECE_BYTES);
    if (x->piece == NULL)
        return vs__fail_nomem(err);
    return vs__window_init(&x->window, in, err);
}

static void end(struct extraction *x)
{
    vs__window_done(&x->window);
    vs__free(x->piece);
}

static void convert(const struct extraction *x, uint8_t *bytes, int64_t n)
{
    const size_t size = (size_t)n * x->info->size;

    if (x->swap)
        vs__swap(bytes, size / x->info->part, x->info->part);
    if (x->info->kind == VS__KIND_BOOL)
        for (size_t i = 0; i < size; i++)
            bytes[i] = bytes[i] != 0;
}

/* Reads `n` elements at, at + step, ... of the file, converted, to `dst`. */
static vs_status fetch(struct extraction *x, int64_t at, int64_t step,
                       int64_t n, uint8_t *dst, vs_error *err)
{
    const int64_t size = (int64_t)x->info->size;
    vs_status st = VS_OK;

    if (step == 1) {
        st = vs__window_read(&x->window, x->offset + at * size, dst,
                             (size_t)(n * size), err);
    } else {
        for (int64_t i = 0; st == VS_OK && i < n; i++)
            st = vs__window_read(&x->window, x->offset + (at + i * step) * size,
                                 dst + i * size, (size_t)size, err);
    }
    if (st == VS_OK)
        convert(x, dst, n);
    return st;
}

static vs_status copy_run(struct extraction *x, const struct vs__run *run,
                          const vs_view *into, vs_error *err)
{
    const int64_t most = (int64_t)(PIECE_BYTES / x->info->size);

    for (int64_t done = 0, n; done < run->n; done += n) {
        const int64_t at = run->at + done * run->step;
        const int64_t part = run->part + done;
        uint8_t *dst;
        vs_status st;

        n = run->n - done < most ? run->n - done : most;
        dst = vs__view_run(into, part, n);
        st = fetch(x, at, run->step, n, dst != NULL ? dst : x->piece, err);
        if (st != VS_OK)
            return st;
        if (dst == NULL)
            vs__view_scatter(into, part, n, x->piece);
    }
    return VS_OK;
}

static vs_shape reversed_shape(const vs_shape *shape)
{
    vs_shape out = *shape;

    for (int i = 0; i < shape->rank; i++)
        out.dims[i] = shape->dims[shape->rank - 1 - i];
    return out;
}

static vs_slice reversed_slice(const vs_slice *slice)
{
    vs_slice out = *slice;

    out.dropped = 0;
    for (int i = 0; i < slice->rank; i++) {
        const int from = slice->rank - 1 - i;

        out.start[i] = slice->start[from];
        out.count[i] = slice->count[from];
        out.step[i] = slice->step[from];
        out.dropped |= (slice->dropped >> from & 1) << i;
    }
    return out;
}

static vs_view reversed_view(const vs_view *view)
{
    vs_view out = *view;

    out.shape = reversed_shape(&view->shape);
    for (int i = 0; i < view->shape.rank; i++)
        out.strides[i] = view->strides[view->shape.rank - 1 - i];
    return out;
}

/* Copies a slice of an array in C order. */
static vs_status copy_slice(struct extraction *x, const vs_shape *shape,
                            const vs_slice *slice, const vs_view *into,
                            vs_error *err)
{
    struct vs__walk walk;
    struct vs__run run;
    vs_status st = VS_OK;

    vs__walk_begin(&walk, shape, slice);
    while (st == VS_OK && vs__walk_next(&walk, &run))
        st = copy_run(x, &run, into, err);
    return st;
}

static vs_status copy(struct extraction *x, const struct vs__stored *tensor,
                      const vs_slice *slice, const vs_view *into, vs_error *err)
{
    if (tensor->fortran) {
        const vs_shape shape = reversed_shape(&tensor->entry.shape);
        const vs_slice turned = reversed_slice(slice);
        const vs_view view = reversed_view(into);

        return copy_slice(x, &shape, &turned, &view, err);
    }
    return copy_slice(x, &tensor->entry.shape, slice, into, err);
}

vs_status vs__extract(const struct vs__input *in,
                      const struct vs__stored *tensor, const vs_slice *slice,
                      const vs_view *into, vs_error *err)
{
    struct extraction x;
    vs_status st = begin(&x, in, tensor, err);

    if (st == VS_OK)
        st = copy(&x, tensor, slice, into, err);
    end(&x);
    return st;
}

static vs_status give(vs_sink sink, int64_t first, int64_t n, const void *src,
                      vs_error *err)
{
    const vs_status st = sink.take(first, n, src, sink.ctx);

    if (st != VS_OK && err != NULL && err->status == VS_OK)
        return vs__fail(err, st, "reading was stopped at element %lld: %s",
                        (long long)first, vs_status_text(st));
    return st;
}

/* Gives `n` elements that lie in a row, in pieces. */
static vs_status give_run(const struct extraction *x, vs_sink sink,
                          int64_t first, int64_t n, const uint8_t *src,
                          vs_error *err)
{
    const int64_t most = (int64_t)(PIECE_BYTES / x->info->size);
    vs_status st = VS_OK;

    for (int64_t done = 0, k; st == VS_OK && done < n; done += k) {
        k = n - done < most ? n - done : most;
        st = give(sink, first + done, k, src + (size_t)done * x->info->size,
                  err);
    }
    return st;
}

static vs_status give_straight(struct extraction *x, int64_t n, vs_sink sink,
                               vs_error *err)
{
    const int64_t most = (int64_t)(PIECE_BYTES / x->info->size);
    vs_status st = VS_OK;

    for (int64_t first = 0, k; st == VS_OK && first < n; first += k) {
        k = n - first < most ? n - first : most;
        st = fetch(x, first, 1, k, x->piece, err);
        if (st == VS_OK)
            st = give(sink, first, k, x->piece, err);
    }
    return st;
}

/* The elements that follow `first` in row-major order, as a block: one index
 * on the axes before `axis`, up to `rows` on it, all of those behind it. */
static vs_slice block_at(const vs_shape *shape, int axis, int64_t rows,
                         int64_t first)
{
    vs_slice block = vs_slice_all(shape);

    for (int i = shape->rank - 1; i >= 0; i--) {
        const int64_t index = first % shape->dims[i];

        first /= shape->dims[i];
        if (i > axis)
            continue;
        block.start[i] = index;
        block.count[i] = 1;
        if (i == axis)
            block.count[i] =
                shape->dims[i] - index < rows ? shape->dims[i] - index : rows;
    }
    return block;
}

/* Gathers a Fortran array a block of rows at a time. Blocks are of the
 * outermost axis whose rows fit into the buffer. */
static vs_status give_blocks(struct extraction *x,
                             const struct vs__stored *tensor, vs_sink sink,
                             uint8_t *buffer, vs_error *err)
{
    const vs_shape *shape = &tensor->entry.shape;
    const int64_t most = (int64_t)(BLOCK_BYTES / x->info->size);
    int axis = shape->rank - 1;
    int64_t row = 1; /* elements behind one index of the axis */
    vs_status st = VS_OK;

    while (axis > 0 && shape->dims[axis] <= most / row)
        row *= shape->dims[axis--];
    for (int64_t first = 0, n; first < tensor->entry.n_elements; first += n) {
        const vs_slice block = block_at(shape, axis, most / row, first);
        const vs_shape extent = vs_slice_shape(&block);
        const vs_view view = vs_view_of(tensor->entry.dtype, &extent, buffer);

        n = block.count[axis] * row;
        if ((st = copy(x, tensor, &block, &view, err)) != VS_OK ||
            (st = give_run(x, sink, first, n, buffer, err)) != VS_OK)
            return st;
    }
    return st;
}

vs_status vs__extract_to(const struct vs__input *in,
                         const struct vs__stored *tensor, vs_sink sink,
                         vs_error *err)
{
    const vs_file_entry *entry = &tensor->entry;
    struct extraction x;
    uint8_t *buffer = NULL;
    vs_status st;

    vs__clear(err); /* so that the sink's words can be told from none */
    if ((st = begin(&x, in, tensor, err)) != VS_OK)
        goto out;
    if (!tensor->fortran || entry->shape.rank < 2) {
        st = give_straight(&x, entry->n_elements, sink, err);
        goto out;
    }
    buffer = vs__alloc_aligned(ALIGNMENT, BLOCK_BYTES);
    st = buffer != NULL ? give_blocks(&x, tensor, sink, buffer, err)
                        : vs__fail_nomem(err);
out:
    vs__free(buffer);
    end(&x);
    return st;
}
