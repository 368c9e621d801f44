/* load.h - chunks out of the store: their frames, and the bases of those that
 * are kept as differences. What pool.h tells of a row and of getting a chunk
 * is done here too. Private to the room; inside the caller's transaction.
 */
#ifndef VS_CHUNK_LOAD_H
#define VS_CHUNK_LOAD_H

#include <stdint.h>

#include "chunk/pool.h"
#include "codec/frame.h"

/* Decodes the chunk with this row to `out`, which takes row->raw_bytes, at most
 * the pool's chunk_bytes. Of the row it takes digest, dtype, raw_bytes and
 * base. VS_ERR_CORRUPT names the chunk. */
vs_status vs__load(struct vs__pool *pool, int64_t chunk,
                   const struct vs__chunk_row *row, void *out);

/* The same for a chunk that is no delta, as a base for others, into the pool's
 * scratch: borrowed until the next chunk is loaded. */
vs_status vs__load_base(struct vs__pool *pool, int64_t chunk,
                        const struct vs__chunk_row *row,
                        struct vs__frame_base *out);

#endif
