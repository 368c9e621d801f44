/* edit.h - a new list of chunks that differs from a version's in a slice.
 *
 * Inside the caller's transaction; memory is two chunks whatever the size.
 */
#ifndef VS_CHUNK_EDIT_H
#define VS_CHUNK_EDIT_H

#include <stdint.h>

#include "chunk/base.h"
#include "chunk/list.h"
#include "chunk/plan.h"
#include "chunk/pool.h"
#include "varstore/tensor.h"

enum vs__edit {
    VS__EDIT_SET, /* the slice becomes the view's elements */
    VS__EDIT_ADD, /* they are added to it */
    VS__EDIT_SUB  /* they are subtracted from it */
};

/* Chunks that the slice does not touch are shared with `version`; chunks that
 * it covers whole are not even read when they are set. */
vs_status vs__chunks_edit(struct vs__pool *pool, int64_t version,
                          vs_dtype dtype, const struct vs__plan *plan,
                          const vs_shape *shape, const vs_slice *slice,
                          enum vs__edit edit, const vs_view *from,
                          const struct vs__deltas *deltas,
                          struct vs__chunk_list *out);

/* Applies an edit to `n` elements at `dst` from elements that lie back to back
 * at `src`, every `step`-th of dst. Shared with values that have no chunks. */
vs_status vs__edit_apply(enum vs__edit edit, vs_dtype dtype, void *dst,
                         int64_t step, const void *src, int64_t n);

#endif
