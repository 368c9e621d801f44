/* stream.h - between a tensor and a version's chunks.
 *
 * Owns the table version_chunk: the chunks of each version, in order. Values
 * of VS__SMALL_BYTES or less have no chunks and never come here. Everything
 * but vs__writer_stage runs inside the caller's transaction; memory is a few
 * chunks whatever the size of the tensor.
 */
#ifndef VS_CHUNK_STREAM_H
#define VS_CHUNK_STREAM_H

#include <stdint.h>

#include "chunk/plan.h"
#include "chunk/pool.h"
#include "varstore/rule.h"
#include "varstore/tensor.h"

/* The chunks that a new version will have. */
struct vs__chunk_list {
    int64_t *chunks;         /* n of them, each already counted as used */
    int64_t n;               /* in use */
    int64_t cap;             /* allocated */
    struct vs__digest chain; /* over the chunks' digests, in order */
};

void vs__chunk_list_done(struct vs__chunk_list *list);

/* Writes a whole value from a source: staging some of it outside the write
 * lock if the caller wishes, the rest inside. */
struct vs__writer {
    struct vs__pool *pool;      /* borrowed */
    struct vs__plan plan;       /* how the value is cut */
    vs_dtype dtype;             /* of the elements */
    vs_source source;           /* where they come from */
    int64_t next;               /* chunk to be read from the source next */
    struct vs__encoded *staged; /* chunks 0 .. next - 1, owned copies */
    size_t staged_bytes;        /* memory they take */
};

void vs__writer_init(struct vs__writer *w, struct vs__pool *pool,
                     vs_dtype dtype, const struct vs__plan *plan,
                     vs_source source);
void vs__writer_done(struct vs__writer *w);

/* Encodes chunks ahead, up to a bounded memory. No transaction is needed. */
vs_status vs__writer_stage(struct vs__writer *w);

/* Puts all chunks. `previous` (0: none) is the version that this one follows:
 * chunks that are the same are found faster. */
vs_status vs__writer_finish(struct vs__writer *w, int64_t previous,
                            struct vs__chunk_list *out);

/* Records the list as that of a version, and forgets it with its users. */
vs_status vs__chunks_attach(struct vs__pool *pool, int64_t version,
                            const struct vs__chunk_list *list);
vs_status vs__chunks_drop(struct vs__pool *pool, int64_t version);

/* Makes `to` share the chunks of `from`. */
vs_status vs__chunks_share(struct vs__pool *pool, int64_t from, int64_t to);

/* Reads a slice of a version's value into a view of the slice's shape. */
vs_status vs__chunks_read(struct vs__pool *pool, int64_t version,
                          vs_dtype dtype, const struct vs__plan *plan,
                          const vs_shape *shape, const vs_slice *slice,
                          const vs_view *into);

/* Gives the whole value to a sink, chunk by chunk; if `chain` is not NULL it
 * receives the chain of the chunks' digests as they were decoded. */
vs_status vs__chunks_read_to(struct vs__pool *pool, int64_t version,
                             vs_dtype dtype, const struct vs__plan *plan,
                             vs_sink sink, struct vs__digest *chain);

enum vs__edit { VS__EDIT_SET, VS__EDIT_ADD, VS__EDIT_SUB };

/* Makes the list of a version that differs from `version` in a slice: set to
 * the view's elements, or with them added or subtracted. Chunks that the slice
 * does not touch are shared. */
vs_status vs__chunks_edit(struct vs__pool *pool, int64_t version,
                          vs_dtype dtype, const struct vs__plan *plan,
                          const vs_shape *shape, const vs_slice *slice,
                          enum vs__edit edit, const vs_view *from,
                          struct vs__chunk_list *out);

/* Adds up the chunks of a version: statistics and buckets into `tally`, the
 * frames' bytes into `*stored`, from their rows, decoding nothing. Either may
 * be NULL. */
vs_status vs__chunks_sum(struct vs__pool *pool, int64_t version,
                         struct vs__tally *tally, int64_t *stored);

#endif
