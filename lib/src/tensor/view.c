/* view.c - borrowed strided memory: making views, checking them, and seeing
 * when they are one plain run.
 */
#include "tensor/walk.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

vs_view vs_view_of(vs_dtype dtype, const vs_shape *shape, void *data)
{
    vs_view view = {data, dtype, *shape, {0}};
    uint64_t stride = 1; /* of an absurd shape it wraps, which is defined */
    int rank = shape->rank < VS_MAX_RANK ? shape->rank : VS_MAX_RANK;

    for (int i = rank - 1; i >= 0; i--) {
        view.strides[i] = (int64_t)stride;
        stride *= (uint64_t)(shape->dims[i] > 1 ? shape->dims[i] : 1);
    }
    return view;
}

vs_view vs_view_const(vs_dtype dtype, const vs_shape *shape, const void *data)
{
    /* The struct serves both directions; readers of it keep the promise. */
    return vs_view_of(dtype, shape, (void *)(uintptr_t)data);
}

static bool empty(const vs_shape *shape)
{
    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] == 0)
            return true;
    return false;
}

/* True if the bytes between the view's outermost elements can be counted, so
 * that no address computed from it overflows. */
static bool reach_counts(const vs_view *view, int64_t size)
{
    int64_t reach = size;

    for (int i = 0; i < view->shape.rank; i++) {
        int64_t stride = view->strides[i];
        int64_t far;

        if (view->shape.dims[i] <= 1)
            continue;
        if (stride == INT64_MIN ||
            !vs__mul_i64(stride < 0 ? -stride : stride, size, &far) ||
            !vs__mul_i64(far, view->shape.dims[i], &far) ||
            !vs__add_i64(reach, far, &reach))
            return false;
    }
    return true;
}

vs_status vs__view_check(const vs_view *view, vs_dtype dtype,
                         const vs_shape *shape, const char *what, vs_error *err)
{
    char have[VS_SHAPE_TEXT_MAX];
    char want[VS_SHAPE_TEXT_MAX];

    if (view == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: no view given", what);
    if (view->dtype != dtype)
        return vs__fail(err, VS_ERR_DTYPE, "%s: have %s%s, want %s%s", what,
                        vs_dtype_name(view->dtype),
                        vs_shape_text(&view->shape, have), vs_dtype_name(dtype),
                        vs_shape_text(shape, want));
    if (!vs_shape_equal(&view->shape, shape))
        return vs__fail(err, VS_ERR_SHAPE, "%s: have %s%s, want %s%s", what,
                        vs_dtype_name(dtype), vs_shape_text(&view->shape, have),
                        vs_dtype_name(dtype), vs_shape_text(shape, want));
    if (empty(shape))
        return VS_OK;
    if (view->data == NULL)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: the view of %s%s has no memory", what,
                        vs_dtype_name(dtype), vs_shape_text(shape, want));
    if (!reach_counts(view, (int64_t)vs_dtype_size(dtype)))
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: the strides of %s%s leave the address space", what,
                        vs_dtype_name(dtype), vs_shape_text(shape, want));
    return VS_OK;
}

bool vs__view_contiguous(const vs_view *view)
{
    int64_t stride = 1;

    if (empty(&view->shape))
        return true;
    for (int i = view->shape.rank - 1; i >= 0; i--) {
        if (view->shape.dims[i] != 1 && view->strides[i] != stride)
            return false;
        stride *= view->shape.dims[i];
    }
    return true;
}

void *vs__view_run(const vs_view *view, int64_t first, int64_t n)
{
    if (!vs__view_contiguous(view))
        return NULL;
    if (n == 0)
        return view->data; /* which may be NULL: nothing is added to it */
    return (uint8_t *)view->data + first * (int64_t)vs_dtype_size(view->dtype);
}

/* The axis with the least stride of those not taken yet; -1: none is left. */
static int least_axis(const vs_view *view, const bool *taken)
{
    int least = -1;

    for (int i = 0; i < view->shape.rank; i++)
        if (!taken[i] && view->shape.dims[i] > 1 &&
            (least < 0 ||
             llabs(view->strides[i]) < llabs(view->strides[least])))
            least = i;
    return least;
}

bool vs__view_injective(const vs_view *view)
{
    bool taken[VS_MAX_RANK] = {false};
    int64_t reach = 0; /* elements from the first to the last of these axes */
    int i;

    if (empty(&view->shape))
        return true;
    while ((i = least_axis(view, taken)) >= 0) {
        const int64_t stride = llabs(view->strides[i]);

        if (stride <= reach)
            return false;
        reach += stride * (view->shape.dims[i] - 1);
        taken[i] = true;
    }
    return true;
}

static vs_status fill_from_view(int64_t first, int64_t n, void *dst, void *ctx)
{
    vs__view_gather(ctx, first, n, dst);
    return VS_OK;
}

vs_source vs__view_source(const vs_view *view)
{
    /* The source's ctx is not const; this one is only read. */
    vs_source source = {fill_from_view, (void *)(uintptr_t)view};

    return source;
}

const vs_view *vs__source_view(vs_source source)
{
    return source.fill == fill_from_view ? source.ctx : NULL;
}
