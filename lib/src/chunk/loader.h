/* loader.h - chunks of versions into memory, several at a time.
 *
 * The owner adds slices of values; the workers read and decode the chunks that
 * these touch, each through a connection of its own, right into the views. The
 * owner's transaction says which chunks are wanted, and their digests; a chunk
 * that a worker could not get, or not that one, the owner reads himself.
 */
#ifndef VS_CHUNK_LOADER_H
#define VS_CHUNK_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk/plan.h"
#include "chunk/pool.h"
#include "varstore/tensor.h"

struct vs__loader;

/* Borrows the pool's loader; give it back with vs__loader_return before the
 * transaction ends. NULL, with words, when memory ran out. */
struct vs__loader *vs__loader_borrow(struct vs__pool *pool);

/* Drops what is not done. NULL is fine. */
void vs__loader_return(struct vs__loader *l);

/* For the pool itself. */
void vs__loader_free(struct vs__loader *l);

/* Told of each chunk that is done: how many bytes of it went to a view. A
 * status other than VS_OK ends the loading with it. */
void vs__loader_tell(struct vs__loader *l,
                     vs_status (*told)(int64_t bytes, void *ctx), void *ctx);

/* Reads a slice of a version's value into a view of the slice's shape. Only
 * the chunks that the slice touches are decoded, each once. All of it is there
 * after vs__loader_finish; until then plan and view are borrowed.
 * VS_ERR_CORRUPT. */
vs_status vs__loader_add(struct vs__loader *l, int64_t version, vs_dtype dtype,
                         const struct vs__plan *plan, const vs_shape *shape,
                         const vs_slice *slice, const vs_view *into);

vs_status vs__loader_finish(struct vs__loader *l);

#endif
