/* reader.c - see reader.h. */
#include "chunk/reader.h"

#include "chunk/list.h"
#include "chunk/loader.h"

/* Decodes a chunk of a version to `dst`. */
static vs_status load(struct vs__pool *pool, int64_t version, vs_dtype dtype,
                      const struct vs__plan *plan, int64_t ordinal, void *dst,
                      struct vs__digest *digest)
{
    int64_t chunk;
    vs_status st = vs__chunks_at(pool, version, ordinal, &chunk);

    if (st != VS_OK)
        return st;
    return vs__pool_get(pool, chunk, dtype, dst,
                        (size_t)vs__plan_count(plan, ordinal) * plan->element,
                        digest);
}

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

vs_status vs__chunks_read_to(struct vs__pool *pool, int64_t version,
                             vs_dtype dtype, const struct vs__plan *plan,
                             vs_sink sink, struct vs__digest *chain)
{
    struct vs__digest made = {{0}};
    vs_status st = vs__pool_ready(pool);

    for (int64_t i = 0; i < plan->n_chunks && st == VS_OK; i++) {
        struct vs__digest digest;

        st = load(pool, version, dtype, plan, i, pool->raw, &digest);
        if (st != VS_OK)
            break;
        vs__digest_chain(&made, digest.bytes, VS__DIGEST_BYTES);
        st = sink.take(vs__plan_first(plan, i), vs__plan_count(plan, i),
                       pool->raw, sink.ctx);
    }
    if (st == VS_OK)
        *chain = made;
    return st;
}
