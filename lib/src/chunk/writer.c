/* writer.c - see writer.h. */
#include "chunk/writer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "db/db.h"

/* Staged frames take at most about this much memory; a chunk is at most 4 MiB,
 * so one more may lie on top. */
#define STAGE_BYTES (4 << 20)
#define STAGE_MAX   1024 /* and at most this many chunks */

void vs__writer_init(struct vs__writer *w, struct vs__pool *pool,
                     vs_dtype dtype, const struct vs__plan *plan,
                     vs_source source)
{
    memset(w, 0, sizeof *w);
    w->pool = pool;
    w->plan = *plan;
    w->dtype = dtype;
    w->source = source;
}

void vs__writer_done(struct vs__writer *w)
{
    for (int64_t i = 0; i < w->n_staged; i++) {
        /* The copies are ours; the struct shows them as borrowed. */
        vs__free((void *)(uintptr_t)w->staged[i].frame);
        vs__free((void *)(uintptr_t)w->staged[i].histogram);
    }
    vs__free(w->staged);
    w->staged = NULL;
    w->n_staged = 0;
}

vs_status vs__source_ask(vs_source source, int64_t first, int64_t n, void *dst,
                         vs_error *err)
{
    const vs_status st = source.fill(first, n, dst, source.ctx);

    if (st > VS_OK)
        return vs__fail(err, VS_ERR_MISUSE,
                        "the source of the value gave status %d, want %d or "
                        "an error",
                        (int)st, (int)VS_OK);
    if (st != VS_OK && err->status != st)
        return vs__fail(err, st, "the source of the value failed: %s",
                        vs_status_text(st));
    return st;
}

/* Takes a chunk's elements from the source into the pool's scratch. */
static vs_status take(struct vs__writer *w, int64_t ordinal, size_t *n)
{
    const int64_t count = vs__plan_count(&w->plan, ordinal);

    *n = (size_t)count * w->plan.element;
    return vs__source_ask(w->source, vs__plan_first(&w->plan, ordinal), count,
                          w->pool->raw, vs__db_error(w->pool->db));
}

/* An owned copy of an encoded chunk. */
static vs_status keep(const struct vs__encoded *e, struct vs__encoded *out)
{
    uint8_t *frame = vs__alloc(e->frame_bytes);
    uint8_t *histogram = vs__alloc(e->histogram_bytes);

    if (frame == NULL || histogram == NULL) {
        vs__free(frame);
        vs__free(histogram);
        return VS_ERR_NOMEM;
    }
    memcpy(frame, e->frame, e->frame_bytes);
    memcpy(histogram, e->histogram, e->histogram_bytes);
    *out = *e;
    out->frame = frame;
    out->histogram = histogram;
    return VS_OK;
}

vs_status vs__writer_stage(struct vs__writer *w)
{
    const int64_t most =
        w->plan.n_chunks < STAGE_MAX ? w->plan.n_chunks : STAGE_MAX;
    vs_error *err = vs__db_error(w->pool->db);
    vs_status st = vs__pool_ready(w->pool);

    if (st != VS_OK)
        return st;
    w->staged = vs__calloc((size_t)most, sizeof *w->staged);
    if (w->staged == NULL)
        return vs__fail_nomem(err);
    while (w->n_staged < most && w->staged_bytes < STAGE_BYTES) {
        struct vs__encoded e;
        size_t n;

        if ((st = take(w, w->n_staged, &n)) != VS_OK)
            return st;
        vs__pool_encode(w->pool, w->dtype, w->pool->raw, n, &e);
        if (keep(&e, &w->staged[w->n_staged]) != VS_OK)
            return vs__fail_nomem(err);
        w->n_staged++;
        w->staged_bytes += e.frame_bytes + e.histogram_bytes;
    }
    return VS_OK;
}

/* Puts one chunk that was not staged. */
static vs_status put(struct vs__writer *w, int64_t ordinal, int64_t previous,
                     int64_t *chunk, struct vs__digest *digest)
{
    int64_t before = 0;
    size_t n;
    vs_status st = take(w, ordinal, &n);

    if (st == VS_OK && previous != 0)
        st = vs__chunks_at(w->pool, previous, ordinal, &before);
    if (st == VS_OK)
        st = vs__pool_put(w->pool, w->dtype, w->pool->raw, n, before, chunk,
                          digest);
    return st;
}

vs_status vs__writer_finish(struct vs__writer *w, int64_t previous,
                            struct vs__chunk_list *out)
{
    vs_status st = vs__pool_ready(w->pool);

    for (int64_t i = 0; i < w->plan.n_chunks && st == VS_OK; i++) {
        struct vs__digest digest;
        int64_t chunk = 0;

        if (i < w->n_staged) {
            digest = w->staged[i].digest;
            st = vs__pool_put_encoded(w->pool, &w->staged[i], &chunk);
        } else {
            st = put(w, i, previous, &chunk, &digest);
        }
        if (st == VS_OK && vs__chunk_list_add(out, chunk, &digest) != VS_OK)
            st = vs__fail_nomem(vs__db_error(w->pool->db));
    }
    return st;
}
