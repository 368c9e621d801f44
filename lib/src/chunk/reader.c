/* reader.c - see reader.h. */
#include "chunk/reader.h"

#include "base/alloc.h"
#include "base/fail.h"
#include "chunk/list.h"
#include "chunk/loader.h"
#include "db/db.h"

#define BATCH_BYTES (4 << 20) /* decoded at once for a sink */

vs_status vs__chunks_read(struct vs__pool *pool, int64_t version,
                          vs_dtype dtype, const struct vs__plan *plan,
                          const vs_shape *shape, const vs_slice *slice,
                          const vs_view *into)
{
    struct vs__loader *l = vs__loader_borrow(pool);
    vs_status st = VS_ERR_NOMEM;

    if (l != NULL)
        st = vs__loader_add(l, version, dtype, plan, shape, slice, into);
    if (st == VS_OK)
        st = vs__loader_finish(l);
    vs__loader_return(l);
    return st;
}

/* Chunks that are decoded together before a sink gets them: one, where nobody
 * helps. */
static int64_t batch_of(const struct vs__pool *pool,
                        const struct vs__plan *plan)
{
    const int64_t bytes = plan->per_chunk * (int64_t)plan->element;
    const int64_t most = pool->threads > 1 ? BATCH_BYTES / bytes : 1;

    if (most > plan->n_chunks)
        return plan->n_chunks;
    return most > 1 ? most : 1;
}

/* Reads elements [first, first + n) to memory. */
static vs_status read_run(struct vs__pool *pool, int64_t version,
                          vs_dtype dtype, const struct vs__plan *plan,
                          int64_t first, int64_t n, uint8_t *bytes)
{
    const vs_shape flat = vs_shape_1d(plan->n_elements);
    const vs_slice run = vs_slice_rows(&flat, first, n);
    const vs_shape shape = vs_shape_1d(n);
    const vs_view view = vs_view_of(dtype, &shape, bytes);

    return vs__chunks_read(pool, version, dtype, plan, &flat, &run, &view);
}

/* Gives a sink the chunks [ordinal, end), which lie at `bytes`. */
static vs_status give(struct vs__pool *pool, int64_t version,
                      const struct vs__plan *plan, int64_t ordinal, int64_t end,
                      const uint8_t *bytes, vs_sink sink,
                      struct vs__digest *chain)
{
    vs_status st = VS_OK;

    for (int64_t i = ordinal; i < end && st == VS_OK; i++) {
        const int64_t n = vs__plan_count(plan, i);
        struct vs__digest digest;
        int64_t chunk = 0;

        st = vs__chunks_entry(pool, version, i, &chunk, &digest);
        if (st != VS_OK)
            break;
        vs__digest_chain(chain, digest.bytes, VS__DIGEST_BYTES);
        st = sink.take(vs__plan_first(plan, i), n, bytes, sink.ctx);
        bytes += (size_t)n * plan->element;
    }
    return st;
}

vs_status vs__chunks_read_to(struct vs__pool *pool, int64_t version,
                             vs_dtype dtype, const struct vs__plan *plan,
                             vs_sink sink, struct vs__digest *chain)
{
    const int64_t batch = batch_of(pool, plan);
    struct vs__digest made = {{0}};
    uint8_t *bytes = vs__alloc_aligned(64, (size_t)(batch * plan->per_chunk) *
                                               plan->element);
    vs_status st = VS_OK;

    if (bytes == NULL)
        return vs__fail_nomem(vs__db_error(pool->db));
    for (int64_t i = 0; i < plan->n_chunks && st == VS_OK; i += batch) {
        const int64_t end =
            i + batch < plan->n_chunks ? i + batch : plan->n_chunks;
        const int64_t first = vs__plan_first(plan, i);
        const int64_t n = vs__plan_first(plan, end - 1) +
                          vs__plan_count(plan, end - 1) - first;

        st = read_run(pool, version, dtype, plan, first, n, bytes);
        if (st == VS_OK)
            st = give(pool, version, plan, i, end, bytes, sink, &made);
    }
    vs__free(bytes);
    if (st == VS_OK)
        *chain = made;
    return st;
}
