/* pool.h - distinct chunks by what is in them: put, get, count the users.
 *
 * Owns the tables chunk and frame. Putting bytes that are there already finds
 * them (same dtype, length, digest, and then the same bytes) and counts one
 * user more; when the last user lets go the chunk is deleted, at once or at the
 * end of a bulk transaction, which would write its space twice. Users are the
 * places of versions, and the chunks that are kept as differences from it. All
 * calls but vs__pool_encode run inside the caller's transaction. The pool's scratch is
 * a few chunks, allocated at first use and kept, and so are its workers.
 */
#ifndef VS_CHUNK_POOL_H
#define VS_CHUNK_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "chunk/desk.h"
#include "codec/digest.h"
#include "codec/frame.h"
#include "varstore/tensor.h"

struct vs__blob;
struct vs__db;
struct vs__encoder;
struct vs__loader;

struct vs__pool {
    struct vs__db *db;       /* borrowed */
    size_t chunk_bytes;      /* raw bytes of the largest chunk */
    int threads;             /* workers wanted, the owner included; >= 1 */
    struct vs__desk desk;    /* scratch of codec and statistics */
    uint8_t *histogram;      /* scratch: VS__HISTOGRAM_MAX */
    uint8_t *raw;            /* scratch: one chunk, for callers above */
    uint8_t *other;          /* scratch: one chunk, to compare with */
    uint8_t *gathered;       /* scratch: one chunk, for callers above */
    uint8_t *base;           /* scratch: the base of a delta; made at need */
    uint8_t *frame;          /* scratch: one frame read */
    size_t frame_cap;        /* bytes of `frame` */
    struct vs__blob *frames; /* reader of frame.bytes, or NULL */
    struct vs__desks *desks; /* workers, or NULL: see vs__pool_desks */
    struct vs__encoder *encoder; /* unless it is borrowed; or NULL */
    struct vs__loader *loader;   /* likewise */
    struct vs__buf idle;         /* chunks without users, int64_t each, that
                                    stay to the end of a bulk transaction */
};

/* Allocates nothing but the struct's own; see vs__pool_ready. There is one
 * worker, the owner, unless `threads` is set before the first use. */
void vs__pool_init(struct vs__pool *pool, struct vs__db *db,
                   size_t chunk_bytes);
void vs__pool_done(struct vs__pool *pool);

/* Makes the scratch, once. To be called before anything below. */
vs_status vs__pool_ready(struct vs__pool *pool);

/* The workers, made at the first call. NULL, with words, when memory ran out.
 */
struct vs__desks *vs__pool_desks(struct vs__pool *pool);

/* Digests, counts and encodes `n` raw bytes; what it points to is borrowed
 * until the next call on the pool. */
void vs__pool_encode(struct vs__pool *pool, vs_dtype dtype, const void *raw,
                     size_t n, struct vs__encoded *out);

/* Puts an encoded chunk, or finds it; one user more. `raw` are its raw bytes;
 * `delta` (NULL: none) is as in vs__pool_put_delta; `*is_new` tells which of
 * the two it was. */
struct vs__delta;
vs_status vs__pool_put_encoded(struct vs__pool *pool,
                               const struct vs__encoded *encoded,
                               const void *raw, const struct vs__delta *delta,
                               int64_t *out, bool *is_new);

/* The same from raw bytes, encoding only what is not there yet. `previous` (0:
 * none) is the chunk that stood in the same place before: if it is found, the
 * bytes are not compared. The digest is given back in any case. */
vs_status vs__pool_put(struct vs__pool *pool, vs_dtype dtype, const void *raw,
                       size_t n, int64_t previous, int64_t *out,
                       struct vs__digest *digest);

/* The same, but a chunk that is not there yet may be kept as differences from
 * another, which then has one user more. Damage of a base that was asked for
 * is VS_ERR_CORRUPT. */
vs_status vs__pool_put_delta(struct vs__pool *pool, vs_dtype dtype,
                             const void *raw, size_t n,
                             const struct vs__delta *delta, int64_t *out,
                             struct vs__digest *digest);

/* The same as vs__pool_put for bytes whose digest is known. */
vs_status vs__pool_put_digested(struct vs__pool *pool,
                                const struct vs__digest *digest, vs_dtype dtype,
                                const void *raw, size_t n, int64_t *out);

/* Whether there is a chunk of that digest, dtype and length. */
vs_status vs__pool_has(struct vs__pool *pool, const struct vs__digest *digest,
                       vs_dtype dtype, size_t n, bool *out);

/* One user more, or less, of a chunk. VS_ERR_CORRUPT: there is no such. */
vs_status vs__pool_ref(struct vs__pool *pool, int64_t chunk);
vs_status vs__pool_unref(struct vs__pool *pool, int64_t chunk);

/* To be called before the outermost transaction ends with status `st`: if it
 * is to be kept, deletes what a bulk transaction has left without users; and
 * by whoever counts users before that. `st`, or why that failed. */
vs_status vs__pool_end(struct vs__pool *pool, vs_status st);

/* Decodes a chunk, which must hold exactly `n` bytes of that dtype, and checks
 * its digest, which is given back if asked for. VS_ERR_CORRUPT. Calls of
 * vs__pool_rest must follow before the transaction ends. */
vs_status vs__pool_get(struct vs__pool *pool, int64_t chunk, vs_dtype dtype,
                       void *out, size_t n, struct vs__digest *digest);

/* What a chunk's row says of it. */
struct vs__chunk_row {
    struct vs__digest digest; /* of the raw bytes */
    int64_t dtype;
    int64_t raw_bytes;
    int64_t refs;        /* users: count.h */
    int64_t frame_bytes; /* stored */
    int64_t base;        /* the chunk that it differs from; 0: none */
};

/* VS_ERR_CORRUPT: there is no such chunk. */
vs_status vs__pool_row(struct vs__pool *pool, int64_t chunk,
                       struct vs__chunk_row *out);

/* The same for a chunk that must hold exactly `n` bytes of that dtype. */
vs_status vs__pool_row_of(struct vs__pool *pool, int64_t chunk, vs_dtype dtype,
                          size_t n, struct vs__chunk_row *out);

/* The row of a chunk's base, which `row` names. VS_ERR_CORRUPT: it is not
 * there, of another kind, or has a base itself. */
vs_status vs__pool_base_row(struct vs__pool *pool, int64_t chunk,
                            const struct vs__chunk_row *row,
                            struct vs__chunk_row *out);

/* The digest in a chunk's row. VS_ERR_CORRUPT: there is no such chunk. */
vs_status vs__pool_digest(struct vs__pool *pool, int64_t chunk,
                          struct vs__digest *out);

/* Lets go of the open reader; to be called at the end of each operation that
 * got chunks. */
void vs__pool_rest(struct vs__pool *pool);

#endif
