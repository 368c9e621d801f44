/* list.h - which chunks a version is made of, in order.
 *
 * Owns the table version_chunk. Values of VS__SMALL_BYTES or less have no
 * chunks and never come here. All calls run inside the caller's transaction.
 */
#ifndef VS_CHUNK_LIST_H
#define VS_CHUNK_LIST_H

#include <stdint.h>

#include "chunk/pool.h"
#include "codec/digest.h"
#include "tensor/stats.h"

/* The chunks that a new version will have. */
struct vs__chunk_list {
    int64_t *chunks;         /* n of them, each already counted as used */
    int64_t n;               /* in use */
    size_t cap;              /* allocated */
    struct vs__digest chain; /* over the chunks' digests, in order */
};

void vs__chunk_list_init(struct vs__chunk_list *list);
void vs__chunk_list_done(struct vs__chunk_list *list);
vs_status vs__chunk_list_add(struct vs__chunk_list *list, int64_t chunk,
                             const struct vs__digest *digest);

/* Records the list as that of a version. */
vs_status vs__chunks_attach(struct vs__pool *pool, int64_t version,
                            const struct vs__chunk_list *list);

/* Forgets the list of a version; each of its chunks has one user less. */
vs_status vs__chunks_drop(struct vs__pool *pool, int64_t version);

/* Makes `to` share the chunks of `from`. */
vs_status vs__chunks_share(struct vs__pool *pool, int64_t from, int64_t to);

/* The chunk at a place of a version. VS_ERR_CORRUPT: there is none. */
vs_status vs__chunks_at(struct vs__pool *pool, int64_t version, int64_t ordinal,
                        int64_t *out);

/* The same with the digest in the chunk's row. */
vs_status vs__chunks_entry(struct vs__pool *pool, int64_t version,
                           int64_t ordinal, int64_t *out,
                           struct vs__digest *digest);

/* The chain over the digests in the chunks' rows, and how many there are. */
vs_status vs__chunks_chain(struct vs__pool *pool, int64_t version,
                           struct vs__digest *chain, int64_t *n);

/* Adds up the chunks of a version: statistics and buckets into `tally`, the
 * frames' bytes into `*stored`, from their rows, decoding nothing. Either may
 * be NULL. */
vs_status vs__chunks_sum(struct vs__pool *pool, int64_t version,
                         struct vs__tally *tally, int64_t *stored);

#endif
