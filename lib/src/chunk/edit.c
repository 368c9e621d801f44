/* edit.c - see edit.h.
 *
 * The slice is walked in ascending order, so each chunk is met once: it is
 * loaded, changed by every run in it, and put; those before the next one that
 * is met are shared.
 */
#include "chunk/edit.h"

#include <string.h>

#include "base/fail.h"
#include "db/db.h"
#include "tensor/arith.h"
#include "tensor/walk.h"

/* What stays the same while a slice is walked. */
struct work {
    struct vs__pool *pool;
    int64_t version;                 /* the version that is edited */
    vs_dtype dtype;                  /* of its elements */
    const struct vs__plan *plan;     /* how it is cut */
    enum vs__edit edit;              /* what to do */
    const struct vs__deltas *deltas; /* what changed chunks may be */
    const vs_view *from;             /* with what */
    struct vs__chunk_list *out;      /* chunks so far: out->n of the plan's */
    uint8_t *gathered;               /* scratch: one chunk of the view */
    int64_t open;                    /* the chunk in pool->raw, or -1 */
};

vs_status vs__edit_apply(enum vs__edit edit, vs_dtype dtype, void *dst,
                         int64_t step, const void *src, int64_t n)
{
    const size_t element = vs_dtype_size(dtype);
    const int64_t block = step == 1 ? n : 1; /* elements that lie together */
    uint8_t *to = dst;
    const uint8_t *from = src;
    vs_status st = VS_OK;

    for (int64_t i = 0; i < n && st == VS_OK; i += block) {
        switch (edit) {
        case VS__EDIT_SET:
            memcpy(to, from, (size_t)block * element);
            break;
        case VS__EDIT_ADD:
            st = vs__add(dtype, to, from, block);
            break;
        case VS__EDIT_SUB:
            st = vs__sub(dtype, to, from, block);
            break;
        }
        to += (size_t)step * element;
        from += element;
    }
    return st;
}

static vs_status add(struct work *w, int64_t chunk,
                     const struct vs__digest *digest)
{
    if (vs__chunk_list_add(w->out, chunk, digest) != VS_OK)
        return vs__fail_nomem(vs__db_error(w->pool->db));
    return VS_OK;
}

/* Shares the chunks from where the list ends up to `ordinal`. The digests that
 * the chain needs come from the chunks' rows. */
static vs_status share_up_to(struct work *w, int64_t ordinal)
{
    vs_status st = VS_OK;

    while (w->out->n < ordinal && st == VS_OK) {
        struct vs__digest digest;
        int64_t chunk = 0;

        st = vs__chunks_at(w->pool, w->version, w->out->n, &chunk);
        if (st == VS_OK)
            st = vs__pool_digest(w->pool, chunk, &digest);
        if (st == VS_OK)
            st = vs__pool_ref(w->pool, chunk);
        if (st == VS_OK)
            st = add(w, chunk, &digest);
    }
    return st;
}

/* Puts the chunk that is open, if any. */
static vs_status close_chunk(struct work *w)
{
    const int64_t ordinal = w->open;
    struct vs__digest digest;
    struct vs__delta delta;
    int64_t before;
    int64_t chunk;
    size_t n;
    vs_status st;

    if (ordinal < 0)
        return VS_OK;
    w->open = -1;
    if ((st = share_up_to(w, ordinal)) != VS_OK ||
        (st = vs__chunks_at(w->pool, w->version, ordinal, &before)) != VS_OK)
        return st;
    n = (size_t)vs__plan_count(w->plan, ordinal) * w->plan->element;
    if (!w->deltas->wanted)
        st = vs__pool_put(w->pool, w->dtype, w->pool->raw, n, before, &chunk,
                          &digest);
    else if ((st = vs__delta_at(w->pool, w->deltas, ordinal, &delta)) == VS_OK)
        st = vs__pool_put_delta(w->pool, w->dtype, w->pool->raw, n, &delta,
                                &chunk, &digest);
    return st == VS_OK ? add(w, chunk, &digest) : st;
}

/* Makes `ordinal` the open chunk; its old content is read unless the run sets
 * all of it. */
static vs_status open_chunk(struct work *w, int64_t ordinal,
                            const struct vs__run *run)
{
    const int64_t count = vs__plan_count(w->plan, ordinal);
    const bool covered = w->edit == VS__EDIT_SET && run->step == 1 &&
                         run->at == vs__plan_first(w->plan, ordinal) &&
                         run->n >= count;
    int64_t chunk;
    vs_status st = close_chunk(w);

    if (st != VS_OK)
        return st;
    if (!covered) {
        st = vs__chunks_at(w->pool, w->version, ordinal, &chunk);
        if (st == VS_OK)
            st = vs__pool_get(w->pool, chunk, w->dtype, w->pool->raw,
                              (size_t)count * w->plan->element, NULL);
    }
    if (st == VS_OK)
        w->open = ordinal;
    return st;
}

/* Applies the part of a run that lies in the open chunk, and takes it off. */
static vs_status apply(struct work *w, struct vs__run *run)
{
    const size_t element = w->plan->element;
    const int64_t first = vs__plan_first(w->plan, w->open);
    const int64_t end = first + vs__plan_count(w->plan, w->open);
    const int64_t fit = (end - run->at - 1) / run->step + 1;
    const int64_t n = fit < run->n ? fit : run->n;
    const void *src = vs__view_run(w->from, run->part, n);
    vs_status st;

    if (src == NULL) {
        vs__view_gather(w->from, run->part, n, w->gathered);
        src = w->gathered;
    }
    st = vs__edit_apply(w->edit, w->dtype,
                        w->pool->raw + (size_t)(run->at - first) * element,
                        run->step, src, n);
    run->at += n * run->step;
    run->part += n;
    run->n -= n;
    return st;
}

vs_status vs__chunks_edit(struct vs__pool *pool, int64_t version,
                          vs_dtype dtype, const struct vs__plan *plan,
                          const vs_shape *shape, const vs_slice *slice,
                          enum vs__edit edit, const vs_view *from,
                          const struct vs__deltas *deltas,
                          struct vs__chunk_list *out)
{
    struct work w = {pool,   version, dtype, plan, edit,
                     deltas, from,    out,   NULL, -1};
    struct vs__walk walk;
    struct vs__run run;
    vs_status st = vs__pool_ready(pool);

    if (st != VS_OK)
        return st;
    w.gathered = pool->gathered;
    vs__walk_begin(&walk, shape, slice);
    while (st == VS_OK && vs__walk_next(&walk, &run)) {
        while (st == VS_OK && run.n > 0) {
            const int64_t ordinal = run.at / plan->per_chunk;

            if (ordinal != w.open)
                st = open_chunk(&w, ordinal, &run);
            if (st == VS_OK)
                st = apply(&w, &run);
        }
    }
    if (st == VS_OK)
        st = close_chunk(&w);
    if (st == VS_OK)
        st = share_up_to(&w, plan->n_chunks);
    return st;
}
