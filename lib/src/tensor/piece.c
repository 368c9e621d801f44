/* piece.c - see piece.h. */
#include "tensor/piece.h"

int64_t vs__piece_stride(const vs_shape *shape, int axis)
{
    int64_t n = 1;

    for (int i = axis + 1; i < shape->rank; i++)
        n *= shape->dims[i];
    return n;
}

vs_view vs__piece_view(const vs_view *view, int axis, int64_t first, int64_t n)
{
    const int64_t offset = first * view->strides[axis];
    vs_view piece = *view;

    if (piece.data != NULL)
        piece.data =
            (char *)piece.data + offset * (int64_t)vs_dtype_size(piece.dtype);
    piece.shape.dims[axis] = n;
    return piece;
}

/* The first axis along which more than one index can be taken: all behind it
 * is taken whole, so it has to begin at `at` and to fit. */
static int outermost(const vs_shape *shape, int64_t at, int64_t most)
{
    int axis = shape->rank - 1;
    int64_t whole = 1;

    while (axis > 0) {
        whole *= shape->dims[axis];
        if (whole > most || at % whole != 0)
            break;
        axis--;
    }
    return axis;
}

int64_t vs__piece_at(const vs_shape *shape, int64_t at, int64_t most,
                     vs_slice *out)
{
    const int axis = outermost(shape, at, most);
    int64_t stride = 1;

    *out = vs_slice_all(shape);
    if (shape->rank == 0)
        return 1;
    stride = vs__piece_stride(shape, axis);
    out->start[axis] = at / stride % shape->dims[axis];
    out->count[axis] = shape->dims[axis] - out->start[axis];
    if (out->count[axis] > most / stride)
        out->count[axis] = most / stride;
    for (int i = axis - 1; i >= 0; i--) {
        const int64_t outer = vs__piece_stride(shape, i);

        out->start[i] = at / outer % shape->dims[i];
        out->count[i] = 1;
    }
    return out->count[axis] * stride;
}
