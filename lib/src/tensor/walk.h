/* walk.h - between strided memory and runs of elements in row-major order.
 *
 * Elements of a tensor are numbered 0 .. count - 1 in row-major order, and so
 * are those of a slice. Everything here has been checked before (shape.h).
 */
#ifndef VS_TENSOR_WALK_H
#define VS_TENSOR_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/rule.h"
#include "varstore/tensor.h"

/* True if the view's elements lie in C order without gaps. */
bool vs__view_contiguous(const vs_view *view);

/* Where elements [first, first + n) lie if the view is contiguous, else NULL.
 */
void *vs__view_run(const vs_view *view, int64_t first, int64_t n);

/* True if no two elements of the view share memory. Told from the strides by
 * themselves: false for some odd views where none do. */
bool vs__view_injective(const vs_view *view);

/* Copies elements [first, first + n) of the view to `dst`, back to back. */
void vs__view_gather(const vs_view *view, int64_t first, int64_t n, void *dst);

/* Copies `n` elements that lie back to back at `src` to elements [first,
 * first + n) of the view. */
void vs__view_scatter(const vs_view *view, int64_t first, int64_t n,
                      const void *src);

/* A source over a view, for those who have the tensor in memory; borrowed. And
 * the view behind a source, or NULL if it is not such a one: who may look at
 * the elements where they lie need not ask for copies. */
vs_source vs__view_source(const vs_view *view);
const vs_view *vs__source_view(vs_source source);

/* One stretch of a slice: elements at, at + step, ... of the tensor (n of
 * them) are elements part, part + 1, ... of the slice. */
struct vs__run {
    int64_t at;
    int64_t part;
    int64_t n;
    int64_t step;
};

/* Walks a slice in ascending order of both numbers, in stretches as long as
 * they can be: axes that are taken whole are joined. */
struct vs__walk {
    int64_t index[VS_MAX_RANK];  /* of the next stretch, in the slice */
    int64_t count[VS_MAX_RANK];  /* extents of the slice, joined axes */
    int64_t stride[VS_MAX_RANK]; /* tensor elements per step of that axis */
    int64_t start;               /* first element in the tensor */
    int64_t part;                /* next element of the slice */
    int rank;                    /* of index, count and stride; >= 1 */
    bool done;
};

void vs__walk_begin(struct vs__walk *walk, const vs_shape *shape,
                    const vs_slice *slice);
bool vs__walk_next(struct vs__walk *walk, struct vs__run *out);

#endif
