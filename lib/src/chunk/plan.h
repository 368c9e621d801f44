/* plan.h - how a value is cut into chunks: arithmetic only.
 *
 * A plan follows from dtype, shape and the store's chunk size alone, so it is
 * nowhere stored. Chunks hold whole elements and, where a row (everything
 * behind the first axis) fits into one, whole rows; the last may be shorter.
 */
#ifndef VS_CHUNK_PLAN_H
#define VS_CHUNK_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/tensor.h"

#define VS__SMALL_BYTES 4096 /* values up to this are kept inline */

struct vs__plan {
    int64_t n_elements; /* of the value */
    int64_t per_chunk;  /* elements of every chunk but the last; >= 1 */
    int64_t n_chunks;   /* 0: the value is small */
    size_t element;     /* bytes of one element */
};

/* The plan of a valid dtype and a checked, fully known shape. */
struct vs__plan vs__plan_make(vs_dtype dtype, const vs_shape *shape,
                              int64_t chunk_bytes);

/* First element of a chunk, and how many it holds. */
int64_t vs__plan_first(const struct vs__plan *plan, int64_t ordinal);
int64_t vs__plan_count(const struct vs__plan *plan, int64_t ordinal);

#endif
