/* reader.c - see reader.h. */
#include "chunk/reader.h"

#include <string.h>

#include "base/fail.h"
#include "chunk/list.h"
#include "db/db.h"
#include "tensor/walk.h"

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

/* Copies the part of a run that lies in the loaded chunk `ordinal` to the
 * view, taking it off the run. */
static void copy_out(const struct vs__pool *pool, const struct vs__plan *plan,
                     int64_t ordinal, struct vs__run *run, const vs_view *into)
{
    const int64_t first = vs__plan_first(plan, ordinal);
    const int64_t end = first + vs__plan_count(plan, ordinal);
    const int64_t fit = (end - run->at - 1) / run->step + 1;
    const int64_t n = fit < run->n ? fit : run->n;
    const uint8_t *src = pool->raw + (size_t)(run->at - first) * plan->element;

    if (run->step == 1) {
        vs__view_scatter(into, run->part, n, src);
    } else {
        for (int64_t i = 0; i < n; i++)
            vs__view_scatter(into, run->part + i, 1,
                             src + (size_t)(i * run->step) * plan->element);
    }
    run->at += n * run->step;
    run->part += n;
    run->n -= n;
}

/* True if the run takes the whole chunk it begins in, and the view can receive
 * it where it belongs: then there is nothing to copy. */
static void *whole_chunk(const struct vs__plan *plan, const struct vs__run *run,
                         const vs_view *into)
{
    const int64_t ordinal = run->at / plan->per_chunk;
    const int64_t count = vs__plan_count(plan, ordinal);

    if (run->step != 1 || run->at != vs__plan_first(plan, ordinal) ||
        run->n < count)
        return NULL;
    return vs__view_run(into, run->part, count);
}

vs_status vs__chunks_read(struct vs__pool *pool, int64_t version,
                          vs_dtype dtype, const struct vs__plan *plan,
                          const vs_shape *shape, const vs_slice *slice,
                          const vs_view *into)
{
    struct vs__walk walk;
    struct vs__run run;
    int64_t loaded = -1; /* the chunk in pool->raw */
    vs_status st = vs__pool_ready(pool);

    if (st != VS_OK)
        return st;
    vs__walk_begin(&walk, shape, slice);
    while (st == VS_OK && vs__walk_next(&walk, &run)) {
        while (st == VS_OK && run.n > 0) {
            const int64_t ordinal = run.at / plan->per_chunk;
            void *direct = whole_chunk(plan, &run, into);

            if (direct != NULL) {
                const int64_t count = vs__plan_count(plan, ordinal);

                st = load(pool, version, dtype, plan, ordinal, direct, NULL);
                run.at += count;
                run.part += count;
                run.n -= count;
                continue;
            }
            if (ordinal != loaded) {
                loaded = -1;
                st = load(pool, version, dtype, plan, ordinal, pool->raw, NULL);
                if (st != VS_OK)
                    break;
                loaded = ordinal;
            }
            copy_out(pool, plan, ordinal, &run, into);
        }
    }
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
