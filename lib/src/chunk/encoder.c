/* encoder.c - see encoder.h.
 *
 * A chunk goes through at most two jobs: its digest, and then, if nobody is
 * found to have it, its frame. Between them the owner looks into the pool, as
 * often as he comes by. Whoever writes a new value meets one unknown chunk
 * after the other: digest and frame are one job, so that the elements are
 * still in a near cache, until a chunk is known, and again once one is not.
 */
#include "chunk/encoder.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "chunk/desk.h"
#include "db/db.h"
#include "db/txn.h"
#include "tensor/walk.h"

#define LEAST_SLOTS 4
#define SLOTS_BYTES (4 << 20)

enum stage {
    EMPTY,
    DIGESTING, /* its first job is on its way, perhaps the only one */
    ENCODING,  /* its second one */
    SAME,      /* what stood there before */
    KNOWN,     /* the pool has it, or an older one here will put it there */
    ENCODED,   /* nobody was found to have it */
    COMPARED   /* no more than its digest was wanted */
};

/* A place for a chunk. */
struct slot {
    struct vs__job job; /* first: a job is its slot */
    struct vs__desks *desks;
    enum stage stage;   /* the owner's */
    struct vs__fed fed; /* as given */
    const uint8_t *raw; /* its elements, once it was digested */
    bool trusted;       /* fed.before is there */
    bool eager;         /* encode unless it is the same */
    bool digested;      /* these three are set by the job */
    bool same;          /* as digest_before says */
    bool encoded;       /* `ready` is */
    struct vs__digest digest;
    struct vs__encoded ready;
    uint8_t *memory;    /* for elements; NULL until needed */
    uint8_t *line;      /* for a frame */
    uint8_t *histogram; /* VS__HISTOGRAM_MAX */
};

struct vs__encoder {
    struct vs__pool *pool;   /* borrowed */
    struct vs__desks *desks; /* the pool's */
    int n_slots;
    int first;  /* the oldest in use */
    int n_used; /* it and those after it */
    bool eager; /* the last chunk that was looked for is new */
    struct slot slots[];
};

static struct slot *slot_at(struct vs__encoder *e, int i)
{
    return &e->slots[(e->first + i) % e->n_slots];
}

static int slots_wanted(const struct vs__pool *pool, int n_workers)
{
    const int by_workers =
        n_workers + 2 > LEAST_SLOTS ? n_workers + 2 : LEAST_SLOTS;
    const size_t by_bytes = SLOTS_BYTES / pool->chunk_bytes;

    if (by_bytes <= (size_t)by_workers)
        return by_workers < VS__ENCODER_MOST ? by_workers : VS__ENCODER_MOST;
    return by_bytes < VS__ENCODER_MOST ? (int)by_bytes : VS__ENCODER_MOST;
}

static struct vs__encoder *make(struct vs__pool *pool)
{
    struct vs__desks *desks = vs__pool_desks(pool);
    struct vs__encoder *e = NULL;
    int n;

    if (desks == NULL)
        return NULL;
    n = slots_wanted(pool, vs__workers_count(desks->workers));
    e = vs__calloc(1, sizeof *e + (size_t)n * sizeof e->slots[0]);
    if (e == NULL) {
        (void)vs__fail_nomem(vs__db_error(pool->db));
        return NULL;
    }
    e->pool = pool;
    e->desks = desks;
    e->n_slots = n;
    e->eager = true;
    for (int i = 0; i < n; i++)
        e->slots[i].desks = desks;
    return e;
}

struct vs__encoder *vs__encoder_borrow(struct vs__pool *pool)
{
    struct vs__encoder *e = pool->encoder;

    pool->encoder = NULL;
    return e != NULL ? e : make(pool);
}

void vs__encoder_free(struct vs__encoder *e)
{
    if (e == NULL)
        return;
    for (int i = 0; i < e->n_slots; i++) {
        vs__free(e->slots[i].memory);
        vs__free(e->slots[i].line);
        vs__free(e->slots[i].histogram);
    }
    vs__free(e);
}

void vs__encoder_return(struct vs__encoder *e)
{
    if (e == NULL)
        return;
    for (int i = 0; i < e->n_used; i++) {
        vs__workers_await(e->desks->workers, &slot_at(e, i)->job);
        slot_at(e, i)->stage = EMPTY;
    }
    e->n_used = 0;
    if (e->pool->encoder == NULL)
        e->pool->encoder = e;
    else /* two were in use at once */
        vs__encoder_free(e);
}

bool vs__encoder_full(const struct vs__encoder *e)
{
    return e->n_used == e->n_slots;
}

int vs__encoder_held(const struct vs__encoder *e)
{
    return e->n_used;
}

static vs_error *words(const struct vs__encoder *e)
{
    return vs__db_error(e->pool->db);
}

uint8_t *vs__encoder_memory(struct vs__encoder *e)
{
    struct slot *s = slot_at(e, e->n_used);

    assert(!vs__encoder_full(e));
    if (s->memory == NULL &&
        (s->memory = vs__alloc_aligned(64, e->pool->chunk_bytes)) == NULL)
        (void)vs__fail_nomem(words(e));
    return s->memory;
}

/* Finds the elements. */
static void take_in(struct slot *s)
{
    const struct vs__fed *fed = &s->fed;
    const size_t element = vs_dtype_size(fed->dtype);

    s->raw = fed->raw;
    if (s->raw != NULL)
        return;
    vs__view_gather(fed->view, fed->first, (int64_t)(fed->raw_bytes / element),
                    s->memory);
    s->raw = s->memory;
}

static void encode(struct slot *s, int worker, const struct vs__digest *digest)
{
    vs__desk_encode(&s->desks->at[worker], s->fed.dtype, s->raw,
                    s->fed.raw_bytes, digest, s->line, s->histogram, &s->ready);
    s->encoded = true;
}

/* On any thread: whatever of the two is to be done. What can only be new is
 * digested as it is encoded. */
static void run(struct vs__job *job, int worker)
{
    struct slot *s = (struct slot *)job;
    const struct vs__fed *fed = &s->fed;

    if (s->digested) {
        encode(s, worker, &s->digest);
        return;
    }
    take_in(s);
    s->digested = true;
    if (s->eager && fed->before == 0) {
        encode(s, worker, NULL);
        s->digest = s->ready.digest;
        return;
    }
    s->digest = vs__digest_of(s->raw, fed->raw_bytes);
    s->same =
        fed->before != 0 && vs__digest_equal(&s->digest, &fed->digest_before);
    if (s->eager && !s->same)
        encode(s, worker, &s->digest);
}

static void give(struct vs__encoder *e, struct slot *s, enum stage stage)
{
    s->job.run = run;
    s->stage = stage;
    vs__workers_give(e->desks->workers, &s->job);
}

static bool on_the_way(const struct slot *s)
{
    return s->stage == DIGESTING || s->stage == ENCODING;
}

/* True if a chunk that was fed before this one will be it. Those are past
 * their first jobs. */
static bool will_be_put(struct vs__encoder *e, const struct slot *s)
{
    for (int i = 0; slot_at(e, i) != s; i++) {
        const struct slot *older = slot_at(e, i);

        if (older->fed.dtype == s->fed.dtype &&
            older->fed.raw_bytes == s->fed.raw_bytes &&
            vs__digest_equal(&older->digest, &s->digest))
            return true;
    }
    return false;
}

/* Decides what becomes of a slot whose job is done. */
static vs_status decide(struct vs__encoder *e, struct slot *s)
{
    bool known = false;
    vs_status st = VS_OK;

    if (s->fed.compare) {
        s->stage = COMPARED;
        return VS_OK;
    }
    if (s->same && s->trusted) {
        s->stage = SAME;
        e->eager = false;
        return VS_OK;
    }
    if (s->encoded) {
        s->stage = ENCODED;
        return VS_OK;
    }
    if (vs__txn_depth(e->pool->db) > 0)
        st = vs__pool_has(e->pool, &s->digest, s->fed.dtype, s->fed.raw_bytes,
                          &known);
    if (st != VS_OK)
        return st;
    known = known || will_be_put(e, s);
    e->eager = !known;
    if (known) {
        s->stage = KNOWN;
        return VS_OK;
    }
    s->same = false; /* as something that is gone */
    s->eager = true;
    give(e, s, ENCODING);
    return VS_OK;
}

/* Decides about every slot whose job is done by now, and whose elders are past
 * their first. */
static vs_status advance(struct vs__encoder *e)
{
    vs_status st = VS_OK;

    for (int i = 0; i < e->n_used && st == VS_OK; i++) {
        struct slot *s = slot_at(e, i);

        if (!on_the_way(s))
            continue;
        if (vs__workers_done(e->desks->workers, &s->job)) {
            vs__workers_await(e->desks->workers, &s->job);
            st = decide(e, s);
        } else if (s->stage == DIGESTING) {
            break;
        }
    }
    return st;
}

/* Waits until the oldest slots up to `i` are decided about. */
static vs_status ripen(struct vs__encoder *e, int i)
{
    vs_status st = advance(e);

    for (int k = 0; k <= i && st == VS_OK; k++)
        while (st == VS_OK && on_the_way(slot_at(e, k))) {
            vs__workers_await(e->desks->workers, &slot_at(e, k)->job);
            if ((st = decide(e, slot_at(e, k))) == VS_OK)
                st = advance(e);
        }
    return st;
}

vs_status vs__encoder_feed(struct vs__encoder *e, const struct vs__fed *fed)
{
    struct slot *s = slot_at(e, e->n_used);

    assert(!vs__encoder_full(e));
    assert(fed->raw_bytes >= 1 && fed->raw_bytes <= e->pool->chunk_bytes);
    if (s->line == NULL)
        s->line = vs__alloc_aligned(64, vs__frame_room(e->pool->chunk_bytes));
    if (s->histogram == NULL)
        s->histogram = vs__alloc(VS__HISTOGRAM_MAX);
    if (s->line == NULL || s->histogram == NULL)
        return vs__fail_nomem(words(e));
    if (fed->raw == NULL && vs__encoder_memory(e) == NULL)
        return VS_ERR_NOMEM;
    s->fed = *fed;
    s->trusted = true;
    s->eager = e->eager && !fed->compare;
    s->digested = false;
    s->same = false;
    s->encoded = false;
    e->n_used++;
    give(e, s, DIGESTING);
    return advance(e);
}

vs_status vs__encoder_settle(struct vs__encoder *e)
{
    return ripen(e, e->n_used - 1);
}

void vs__encoder_distrust(struct vs__encoder *e)
{
    for (int i = 0; i < e->n_used; i++) {
        struct slot *s = slot_at(e, i);

        s->trusted = false;
        if (s->stage == SAME)
            s->stage = KNOWN; /* or it will be seen that it is not */
    }
}

/* Puts a slot that is decided about. */
static vs_status put(struct vs__encoder *e, struct slot *s,
                     const struct vs__delta *delta, int64_t *chunk)
{
    vs_status st;

    if (s->stage == SAME) {
        if ((st = vs__pool_ref(e->pool, s->fed.before)) == VS_OK)
            *chunk = s->fed.before;
        return st;
    }
    if (s->stage == KNOWN)
        return vs__pool_put_digested(e->pool, &s->digest, s->fed.dtype, s->raw,
                                     s->fed.raw_bytes, chunk);
    return vs__pool_put_encoded(e->pool, &s->ready, s->raw, delta, chunk,
                                &e->eager);
}

static void let_go(struct vs__encoder *e)
{
    slot_at(e, 0)->stage = EMPTY;
    e->first = (e->first + 1) % e->n_slots;
    e->n_used--;
}

vs_status vs__encoder_take(struct vs__encoder *e, const struct vs__delta *delta,
                           int64_t *chunk, struct vs__digest *digest)
{
    struct slot *s = slot_at(e, 0);
    vs_status st;

    assert(e->n_used > 0);
    if ((st = ripen(e, 0)) != VS_OK || (st = put(e, s, delta, chunk)) != VS_OK)
        return st;
    *digest = s->digest;
    let_go(e);
    return VS_OK;
}

struct vs__digest vs__encoder_compare(struct vs__encoder *e)
{
    const struct slot *s = slot_at(e, 0);

    assert(e->n_used > 0 && s->fed.compare);
    (void)ripen(e, 0); /* looks for nothing, so that nothing can fail */
    let_go(e);
    return s->digest;
}
