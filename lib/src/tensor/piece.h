/* piece.h - pieces of a tensor: what is cut out of a view along an axis, and
 * rectangles whose elements follow each other in row-major order.
 */
#ifndef VS_TENSOR_PIECE_H
#define VS_TENSOR_PIECE_H

#include <stdint.h>

#include "varstore/tensor.h"

/* Elements from an index of an axis to the next one: the product of the
 * dimensions behind it. */
int64_t vs__piece_stride(const vs_shape *shape, int axis);

/* Indices [first, first + n) of an axis of a view. */
vs_view vs__piece_view(const vs_view *view, int axis, int64_t first, int64_t n);

/* The longest rectangle that begins at element `at`, holds at most `most`
 * elements (>= 1), and lies in row-major order without gaps. Returns how many
 * elements it has. The shape has elements, and `at` is one of them. */
int64_t vs__piece_at(const vs_shape *shape, int64_t at, int64_t most,
                     vs_slice *out);

#endif
