/* writer.c - see writer.h. */
#include "chunk/writer.h"

#include <string.h>

#include "base/fail.h"
#include "db/db.h"
#include "tensor/walk.h"

void vs__writer_init(struct vs__writer *w, struct vs__pool *pool,
                     vs_dtype dtype, const struct vs__plan *plan,
                     vs_source source)
{
    memset(w, 0, sizeof *w);
    w->pool = pool;
    w->plan = *plan;
    w->dtype = dtype;
    w->source = source;
    w->view = vs__source_view(source);
}

void vs__writer_done(struct vs__writer *w)
{
    vs__encoder_return(w->encoder);
    w->encoder = NULL;
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

/* Finds the elements of a chunk, or asks the source for them. */
static vs_status find(struct vs__writer *w, int64_t ordinal,
                      struct vs__fed *fed)
{
    const int64_t first = vs__plan_first(&w->plan, ordinal);
    const int64_t count = vs__plan_count(&w->plan, ordinal);
    uint8_t *memory;

    fed->dtype = w->dtype;
    fed->raw_bytes = (size_t)count * w->plan.element;
    if (w->view != NULL) {
        fed->raw = vs__view_run(w->view, first, count);
        fed->view = w->view;
        fed->first = first;
        return VS_OK;
    }
    if ((memory = vs__encoder_memory(w->encoder)) == NULL)
        return VS_ERR_NOMEM;
    fed->raw = memory;
    return vs__source_ask(w->source, first, count, memory,
                          vs__db_error(w->pool->db));
}

/* Feeds chunks as far as the encoder takes them. */
static vs_status feed(struct vs__writer *w)
{
    vs_status st = VS_OK;

    while (st == VS_OK && w->n_fed < w->plan.n_chunks &&
           !vs__encoder_full(w->encoder)) {
        struct vs__fed fed = {0};

        if (w->previous != 0)
            st = vs__chunks_entry(w->pool, w->previous, w->n_fed, &fed.before,
                                  &fed.digest_before);
        if (st == VS_OK)
            st = find(w, w->n_fed, &fed);
        if (st == VS_OK)
            st = vs__encoder_feed(w->encoder, &fed);
        if (st == VS_OK)
            w->n_fed++;
    }
    return st;
}

static vs_status begin(struct vs__writer *w)
{
    if (w->encoder == NULL)
        w->encoder = vs__encoder_borrow(w->pool);
    return w->encoder != NULL ? VS_OK : VS_ERR_NOMEM;
}

vs_status vs__writer_stage(struct vs__writer *w, int64_t previous)
{
    vs_status st = begin(w);

    w->previous = previous;
    if (st == VS_OK)
        st = feed(w);
    return st == VS_OK ? vs__encoder_settle(w->encoder) : st;
}

/* Puts the next chunk, as a delta where that is wanted and pays. */
static vs_status take(struct vs__writer *w, int64_t ordinal, int64_t *chunk,
                      struct vs__digest *digest)
{
    struct vs__delta delta;
    vs_status st;

    if (!w->deltas.wanted)
        return vs__encoder_take(w->encoder, NULL, chunk, digest);
    st = vs__delta_at(w->pool, &w->deltas, ordinal, &delta);
    return st == VS_OK ? vs__encoder_take(w->encoder, &delta, chunk, digest)
                       : st;
}

vs_status vs__writer_finish(struct vs__writer *w, int64_t previous,
                            struct vs__chunk_list *out)
{
    vs_status st = begin(w);

    if (st == VS_OK && previous != w->previous)
        vs__encoder_distrust(w->encoder);
    w->previous = previous;
    for (int64_t i = 0; i < w->plan.n_chunks && st == VS_OK; i++) {
        struct vs__digest digest;
        int64_t chunk = 0;

        st = feed(w);
        if (st == VS_OK)
            st = take(w, i, &chunk, &digest);
        if (st == VS_OK && vs__chunk_list_add(out, chunk, &digest) != VS_OK)
            st = vs__fail_nomem(vs__db_error(w->pool->db));
    }
    return st;
}
