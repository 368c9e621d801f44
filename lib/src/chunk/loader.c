/* loader.c - see loader.h.
 *
 * A job is one chunk. It carries the walk over its slice from the place where
 * that meets the chunk, so that every worker finds its part of the view by
 * itself; parts of different chunks never overlap, unless the view itself
 * does: such a one is filled in order.
 */
#include "chunk/loader.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "chunk/list.h"
#include "chunk/load.h"
#include "db/db.h"
#include "db/readers.h"
#include "db/txn.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

#define SLOTS_EACH 3 /* for each worker: one in work, two to come */
#define FEW        3 /* chunks not worth other threads' waking up */

/* A walk over a slice, and the run of it that is next. */
struct place {
    struct vs__walk walk;
    struct vs__run run;
};

struct slot {
    struct vs__job job; /* first: a job is its slot */
    struct vs__loader *l;
    struct vs__wanted wanted;
    struct vs__chunk_row row; /* the same, for the owner */
    const struct vs__plan *plan;
    const vs_view *into;
    int64_t ordinal;
    struct place at; /* where the slice meets the chunk */
    int64_t bytes;   /* of it, that go to the view */
    bool held;       /* it waits for more to come, to be given */
    bool done;       /* these two are set by the job */
    vs_status st;    /* of the owner, if he ran it */
};

struct vs__loader {
    struct vs__pool *pool; /* borrowed */
    struct vs__desks *desks;
    vs_status (*told)(int64_t bytes, void *ctx); /* or NULL */
    void *ctx;
    int n_slots;
    int first; /* the oldest in use */
    int n_used;
    bool failed; /* a chunk has: what is left is not wanted; the owner's */
    int n_seen;  /* chunks that others may read; FEW or more of them: FEW */
    struct slot slots[];
};

static struct vs__loader *make(struct vs__pool *pool)
{
    struct vs__desks *desks = vs__pool_desks(pool);
    struct vs__loader *l = NULL;
    int n;

    if (desks == NULL || !vs__desks_ready(desks, pool->db, false))
        goto nomem;
    n = SLOTS_EACH * vs__workers_count(desks->workers);
    l = vs__calloc(1, sizeof *l + (size_t)n * sizeof l->slots[0]);
    if (l == NULL)
        goto nomem;
    l->pool = pool;
    l->desks = desks;
    l->n_slots = n;
    for (int i = 0; i < n; i++)
        l->slots[i].l = l;
    return l;

nomem:
    (void)vs__fail_nomem(vs__db_error(pool->db));
    return NULL;
}

struct vs__loader *vs__loader_borrow(struct vs__pool *pool)
{
    struct vs__loader *l = pool->loader;

    pool->loader = NULL;
    return l != NULL ? l : make(pool);
}

void vs__loader_free(struct vs__loader *l)
{
    vs__free(l);
}

static struct slot *slot_at(struct vs__loader *l, int i)
{
    return &l->slots[(l->first + i) % l->n_slots];
}

void vs__loader_return(struct vs__loader *l)
{
    if (l == NULL)
        return;
    for (int i = 0; i < l->n_used; i++)
        vs__workers_await(l->desks->workers, &slot_at(l, i)->job);
    l->n_used = 0;
    l->n_seen = 0;
    l->failed = false;
    l->told = NULL;
    if (l->desks->readers != NULL)
        vs__readers_rest(l->desks->readers);
    vs__db_sweep_end(l->pool->db);
    if (l->pool->loader == NULL)
        l->pool->loader = l;
    else /* two were in use at once */
        vs__loader_free(l);
}

void vs__loader_tell(struct vs__loader *l,
                     vs_status (*told)(int64_t bytes, void *ctx), void *ctx)
{
    l->told = told;
    l->ctx = ctx;
}

/* Takes the part of a run that lies before element `end` off it; how many
 * elements that are. */
static int64_t cut(struct vs__run *run, int64_t end)
{
    const int64_t fit = (end - run->at - 1) / run->step + 1;
    const int64_t n = fit < run->n ? fit : run->n;

    run->at += n * run->step;
    run->part += n;
    run->n -= n;
    return n;
}

/* Whether the place is in front of element `end`; moves on to the next run
 * where one is used up. */
static bool before(struct place *p, int64_t end)
{
    if (p->run.n == 0 && !vs__walk_next(&p->walk, &p->run))
        p->run.n = 0;
    return p->run.n > 0 && p->run.at < end;
}

static int64_t first_of(const struct slot *s)
{
    return vs__plan_first(s->plan, s->ordinal);
}

static int64_t end_of(const struct slot *s)
{
    return first_of(s) + vs__plan_count(s->plan, s->ordinal);
}

/* Where the whole chunk belongs, if the slice takes all of it and the view can
 * receive it: then there is nothing to copy. */
static void *direct(const struct slot *s)
{
    const struct vs__run *run = &s->at.run;
    const int64_t count = vs__plan_count(s->plan, s->ordinal);

    if (run->step != 1 || run->at != first_of(s) || run->n < count)
        return NULL;
    return vs__view_run(s->into, run->part, count);
}

/* Copies the slice's part of a decoded chunk to the view. */
static void copy_out(const struct slot *s, const uint8_t *raw)
{
    const size_t element = s->plan->element;
    const int64_t first = first_of(s);
    const int64_t end = end_of(s);
    struct place p = s->at;

    while (before(&p, end)) {
        const struct vs__run run = p.run;
        const uint8_t *src = raw + (size_t)(run.at - first) * element;
        const int64_t n = cut(&p.run, end);

        if (run.step == 1) {
            vs__view_scatter(s->into, run.part, n, src);
            continue;
        }
        for (int64_t i = 0; i < n; i++)
            vs__view_scatter(s->into, run.part + i, 1,
                             src + (size_t)(i * run.step) * element);
    }
}

/* The owner's way to a chunk, through the pool. */
static vs_status load(struct slot *s)
{
    struct vs__pool *pool = s->l->pool;
    void *to = direct(s);
    vs_status st =
        vs__load(pool, s->wanted.chunk, &s->row, to != NULL ? to : pool->raw);

    if (st == VS_OK && to == NULL)
        copy_out(s, pool->raw);
    return st;
}

/* On any thread. What fails here is tried again by the owner, in its turn. */
static void run(struct vs__job *job, int worker)
{
    struct slot *s = (struct slot *)job;
    struct vs__desks *desks = s->l->desks;
    void *to = direct(s);
    uint8_t *raw = desks->at[worker].raw;

    if (worker == 0 && s->l->failed)
        return; /* nor may it replace the words */
    if (worker == 0) {
        s->st = load(s);
        s->done = s->st == VS_OK;
        return;
    }
    s->done = vs__desk_load(desks, worker, &s->wanted, to != NULL ? to : raw);
    if (s->done && to == NULL)
        copy_out(s, raw);
}

/* Waits for the oldest chunk. */
static vs_status take(struct vs__loader *l)
{
    struct slot *s = slot_at(l, 0);
    vs_status st = VS_OK;

    if (!s->held)
        vs__workers_await(l->desks->workers, &s->job);
    s->held = false;
    if (s->st == VS_ERR_NOMEM)
        st = vs__fail_nomem(vs__db_error(l->pool->db));
    else if (!s->done)
        st = load(s); /* with words that nobody has replaced since */
    l->first = (l->first + 1) % l->n_slots;
    l->n_used--;
    if (st == VS_OK && l->told != NULL)
        st = l->told(s->bytes, l->ctx);
    l->failed = st != VS_OK;
    return st;
}

/* Finds out what chunk it is that is wanted. */
static vs_status look_up(struct slot *s, int64_t version, vs_dtype dtype)
{
    struct vs__pool *pool = s->l->pool;
    const int64_t want =
        vs__plan_count(s->plan, s->ordinal) * (int64_t)s->plan->element;
    struct vs__wanted *w = &s->wanted;
    struct vs__chunk_row base;
    vs_status st = vs__chunks_at(pool, version, s->ordinal, &w->chunk);

    if (st == VS_OK)
        st = vs__pool_row_of(pool, w->chunk, dtype, (size_t)want, &s->row);
    if (st != VS_OK)
        return st;
    w->raw_bytes = (size_t)want;
    w->digest = s->row.digest;
    w->base = s->row.base;
    if (w->base == 0)
        return VS_OK;
    if ((st = vs__pool_base_row(pool, w->chunk, &s->row, &base)) != VS_OK)
        return st;
    w->base_digest = base.digest;
    return vs__desks_ready(s->l->desks, pool->db, true)
               ? VS_OK
               : vs__fail_nomem(vs__db_error(pool->db));
}

static void give(struct slot *s)
{
    s->held = false;
    s->job.run = run;
    vs__workers_give(s->l->desks->workers, &s->job);
}

/* Lets the workers have the newest chunk, once there are enough of them. */
static void feed(struct vs__loader *l)
{
    struct slot *s = slot_at(l, l->n_used++);

    s->done = false;
    s->st = VS_OK;
    if (!s->held)
        return;
    if (l->n_seen == FEW) {
        give(s);
        return;
    }
    l->n_seen++;
    for (int i = 0; i < l->n_used && l->n_seen == FEW; i++)
        if (slot_at(l, i)->held)
            give(slot_at(l, i));
}

/* Whether only the owner can read a slice: a view whose elements overlap is
 * filled in order, and what the transaction has written nobody else sees. */
static bool by_owner(const struct vs__loader *l, const vs_view *into)
{
    return vs__txn_writing(l->pool->db) || !vs__view_injective(into);
}

vs_status vs__loader_add(struct vs__loader *l, int64_t version, vs_dtype dtype,
                         const struct vs__plan *plan, const vs_shape *shape,
                         const vs_slice *slice, const vs_view *into)
{
    const bool others = !by_owner(l, into);
    struct place p = {.run = {.n = 0}};
    vs_status st = VS_OK;

    if (vs__shape_count(&into->shape) > (FEW - 1) * plan->per_chunk)
        vs__db_sweep_begin(l->pool->db);
    vs__walk_begin(&p.walk, shape, slice);
    while (st == VS_OK && before(&p, INT64_MAX)) {
        struct slot *s;
        int64_t n = 0;

        if (l->n_used == l->n_slots && (st = take(l)) != VS_OK)
            break;
        s = slot_at(l, l->n_used);
        s->plan = plan;
        s->into = into;
        s->ordinal = p.run.at / plan->per_chunk;
        s->at = p;
        while (before(&p, end_of(s)))
            n += cut(&p.run, end_of(s));
        s->bytes = n * (int64_t)plan->element;
        st = look_up(s, version, dtype);
        s->held = others;
        if (st == VS_OK)
            feed(l);
    }
    return st;
}

vs_status vs__loader_finish(struct vs__loader *l)
{
    vs_status st = VS_OK;

    while (st == VS_OK && l->n_used > 0)
        st = take(l);
    return st;
}
