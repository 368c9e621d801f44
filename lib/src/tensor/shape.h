/* shape.h - checking shapes and their bytes; JSON text of a known shape. */
#ifndef VS_TENSOR_SHAPE_H
#define VS_TENSOR_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/tensor.h"

/* Checks rank and dimensions; with `known`, that none is VS_UNKNOWN; and that
 * elements (treating zero-length axes as 1, so that no partial product can
 * overflow, and unknown ones too) and bytes of the dtype (VS_DTYPE_NONE: none)
 * stay below 2^62. VS_ERR_SHAPE, VS_ERR_NEEDSHAPE (not known), VS_ERR_TOOBIG
 * (bytes). The words begin with `what`, such as "variable 'a/w'". */
vs_status vs__shape_check(const vs_shape *shape, vs_dtype dtype, bool known,
                          const char *what, vs_error *err);

/* Elements of a shape that vs__shape_check has passed as known. */
int64_t vs__shape_count(const vs_shape *shape);

/* Checks that a view is usable and has this dtype and shape: VS_ERR_MISUSE (no
 * memory), VS_ERR_DTYPE, VS_ERR_SHAPE; both sides in the words. */
vs_status vs__view_check(const vs_view *view, vs_dtype dtype,
                         const vs_shape *shape, const char *what,
                         vs_error *err);

/* Checks a slice against a known shape: VS_ERR_RANGE, VS_ERR_MISUSE. */
vs_status vs__slice_check(const vs_slice *slice, const vs_shape *shape,
                          const char *what, vs_error *err);

#endif
