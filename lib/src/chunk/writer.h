/* writer.h - a whole value into chunks, from a source, some of it ahead of the
 * write lock.
 */
#ifndef VS_CHUNK_WRITER_H
#define VS_CHUNK_WRITER_H

#include <stdint.h>

#include "chunk/base.h"
#include "chunk/encoder.h"
#include "chunk/list.h"
#include "chunk/plan.h"
#include "chunk/pool.h"
#include "varstore/rule.h"

struct vs__writer {
    struct vs__pool *pool;       /* borrowed */
    struct vs__plan plan;        /* how the value is cut; n_chunks >= 1 */
    vs_dtype dtype;              /* of the elements */
    vs_source source;            /* where they come from */
    const vs_view *view;         /* behind it, or NULL */
    struct vs__encoder *encoder; /* borrowed from the pool while in use */
    int64_t previous;            /* version that chunks are compared with */
    int64_t n_fed;               /* chunks taken from the source so far */
    struct vs__deltas deltas;    /* what its chunks may be; for finish */
};

void vs__writer_init(struct vs__writer *w, struct vs__pool *pool,
                     vs_dtype dtype, const struct vs__plan *plan,
                     vs_source source);
void vs__writer_done(struct vs__writer *w);

/* Encodes chunks ahead, as many as the encoder has places for. No transaction
 * is needed if `previous` is 0; inside one, chunks that are there already, or
 * that the version `previous` has in the same place, are not encoded. The
 * source's status if it fails. */
vs_status vs__writer_stage(struct vs__writer *w, int64_t previous);

/* Puts all chunks, inside the caller's write transaction. `previous` (0: none)
 * is the version that this one follows: what is the same is found faster. */
vs_status vs__writer_finish(struct vs__writer *w, int64_t previous,
                            struct vs__chunk_list *out);

/* Takes elements [first, first + n) from a source to `dst`; shared with values
 * that have no chunks. Words are set if it fails. A status above VS_OK would
 * not undo the transaction, so it is made VS_ERR_MISUSE. */
vs_status vs__source_ask(vs_source source, int64_t first, int64_t n, void *dst,
                         vs_error *err);

#endif
