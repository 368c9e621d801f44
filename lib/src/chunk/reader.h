/* reader.h - a version's chunks into memory: a slice, or all, piece by piece.
 *
 * Inside the caller's transaction; memory is a few chunks for each worker,
 * whatever the size.
 */
#ifndef VS_CHUNK_READER_H
#define VS_CHUNK_READER_H

#include <stdint.h>

#include "chunk/plan.h"
#include "chunk/pool.h"
#include "varstore/rule.h"
#include "varstore/tensor.h"

/* Reads a slice of a version's value into a view of the slice's shape. Only
 * the chunks that the slice touches are decoded, each once. */
vs_status vs__chunks_read(struct vs__pool *pool, int64_t version,
                          vs_dtype dtype, const struct vs__plan *plan,
                          const vs_shape *shape, const vs_slice *slice,
                          const vs_view *into);

/* Gives the whole value to a sink, chunk by chunk, a few of which are decoded
 * together; `chain` receives the chain of the chunks' digests. */
vs_status vs__chunks_read_to(struct vs__pool *pool, int64_t version,
                             vs_dtype dtype, const struct vs__plan *plan,
                             vs_sink sink, struct vs__digest *chain);

#endif
