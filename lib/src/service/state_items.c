/* state_items.c - see state_items.h.
 *
 * Comparing goes over the state twice. The first round takes one chunk of each
 * tensor: after a step of training that tells all of them to be changed. Only
 * what is still the same then is read to its end, or to its first difference.
 */
#include "service/state_items.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/never.h"
#include "chunk/list.h"
#include "model/handle.h"
#include "tensor/piece.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

static vs_status check_item(struct vs__state *s, const vs_state_item *given)
{
    vs_error *err = vs__store_words(s->store);
    char what[VS_NAME_MAX + 16];
    vs_status st;

    if (given->name == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "item %zu of the state has no name",
                        (size_t)(given - s->given));
    (void)snprintf(what, sizeof what, "tensor %.1000s", given->name);
    if (vs_dtype_size(given->view.dtype) == 0)
        return vs__fail(err, VS_ERR_DTYPE, "%s: %d is no dtype", what,
                        (int)given->view.dtype);
    st =
        vs__shape_check(&given->view.shape, given->view.dtype, true, what, err);
    return st == VS_OK ? vs__view_check(&given->view, given->view.dtype,
                                        &given->view.shape, what, err)
                       : st;
}

int64_t vs__state_bytes(const struct vs__state_item *item)
{
    return vs__shape_count(&item->view.shape) *
           (int64_t)vs_dtype_size(item->view.dtype);
}

vs_status vs__state_init(struct vs__state *s, vs_store *store,
                         const vs_state_item *items, size_t n,
                         int64_t checkpoint, const vs_progress *progress)
{
    vs_error *err = vs__store_words(store);
    vs_status st = VS_OK;

    memset(s, 0, sizeof *s);
    s->store = store;
    s->checkpoint = checkpoint;
    s->meter.progress = *progress;
    if (n != 0 && items == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%zu items, but none is given", n);
    s->given = items;
    s->n_given = n;
    for (size_t i = 0; i < n && st == VS_OK; i++) {
        const vs_view *view = &items[i].view;

        st = check_item(s, &items[i]);
        if (st == VS_OK && !vs__add_i64(s->meter.total,
                                        vs__shape_count(&view->shape) *
                                            (int64_t)vs_dtype_size(view->dtype),
                                        &s->meter.total))
            st =
                vs__fail(err, VS_ERR_TOOBIG, "a state of more than 2^63 bytes");
    }
    return st;
}

void vs__state_done(struct vs__state *s)
{
    vs__encoder_return(s->line);
    s->line = NULL;
    vs__free(s->items);
    s->items = NULL;
}

static vs_status add_item(struct vs__state *s,
                          const struct vs__state_item *item)
{
    struct vs__state_item *items =
        vs__grow(s->items, s->n + 1, &s->cap, sizeof *items);

    if (items == NULL)
        return vs__fail_nomem(vs__store_words(s->store));
    s->items = items;
    s->items[s->n++] = *item;
    return VS_OK;
}

/* Adds a variable, or one part of it, and the version that it shows. */
static vs_status add_variable(struct vs__state *s, struct vs__state_item item,
                              vs_variable *v)
{
    vs_status st = vs__variable_there(v, &item.version);

    item.kind = v->kind;
    return st == VS_OK ? add_item(s, &item) : st;
}

/* The parts, each beside its slice of the memory. */
static vs_status add_parts(struct vs__state *s, struct vs__state_item item,
                           const vs_variable *v)
{
    const vs_partition *p = &v->partition;
    vs_status st = VS_OK;

    for (int64_t i = 0; i < p->parts && st == VS_OK; i++) {
        vs_slice slice;

        (void)vs_partition_part(p, i, &slice, NULL);
        item.view = vs__piece_view(&item.given->view, p->axis,
                                   slice.start[p->axis], slice.count[p->axis]);
        st = add_variable(s, item, v->parts[i]);
    }
    return st;
}

/* What a variable for a tensor would be like. */
static struct vs__kind_of_value kind_of(const struct vs__state *s,
                                        const vs_view *view)
{
    const struct vs__kind_of_value kind = {
        .dtype = view->dtype,
        .shape = view->shape,
        .plan = vs__plan_make(view->dtype, &view->shape, s->store->chunk_bytes),
    };

    return kind;
}

/* What there is under a tensor's name. */
static vs_status find_item(struct vs__state *s, const vs_state_item *given)
{
    struct vs__state_item item = {
        .given = given, .view = given->view, .differs = VS_STATE_MISSING};
    vs_variable *v = NULL;
    vs_status st =
        s->checkpoint != 0
            ? vs_variable_open_at(s->store, s->checkpoint, given->name, &v)
            : vs_variable_open(s->store, given->name, &v);

    if (st == VS_ERR_NOTFOUND) {
        vs__clear(vs__store_words(s->store));
        item.kind = kind_of(s, &given->view);
        return add_item(s, &item);
    }
    if (st != VS_OK)
        return st;
    item.differs = v->kind.dtype == given->view.dtype &&
                           vs_shape_equal(&v->kind.shape, &given->view.shape)
                       ? VS_STATE_CHANGED
                       : VS_STATE_RESHAPED;
    if (v->store != s->store)
        st = vs__fail(vs__store_words(s->store), VS_ERR_MISUSE,
                      "variable %s is local, and in no state", v->name);
    else if (v->parts != NULL && item.differs == VS_STATE_CHANGED)
        st = add_parts(s, item, v);
    else
        st = add_variable(s, item, v);
    vs_variable_free(v);
    return st;
}

vs_status vs__state_find(struct vs__state *s)
{
    vs_status st = VS_OK;

    s->n = 0;
    for (size_t i = 0; i < s->n_given && st == VS_OK; i++)
        st = find_item(s, &s->given[i]);
    return st;
}

vs_status vs__state_confirm(struct vs__state *s, bool *moved)
{
    struct vs__state now = {.store = s->store,
                            .given = s->given,
                            .n_given = s->n_given,
                            .checkpoint = s->checkpoint};
    vs_status st = vs__state_find(&now);

    *moved = now.n != s->n;
    for (size_t i = 0; st == VS_OK && i < now.n && !*moved; i++)
        /* What is cut into another number of parts is another variable. */
        *moved = now.items[i].kind.variable != s->items[i].kind.variable ||
                 now.items[i].version != s->items[i].version;
    vs__state_done(&now);
    return st;
}

vs_status vs__state_refuse(struct vs__state *s,
                           const struct vs__state_item *item)
{
    vs_error *err = vs__store_words(s->store);
    const vs_state_item *given = item->given;
    char have[VS_SHAPE_TEXT_MAX];
    char want[VS_SHAPE_TEXT_MAX];
    const vs_dtype dtype = item->kind.dtype;

    if (item->differs == VS_STATE_RESHAPED)
        return vs__fail(
            err, dtype != given->view.dtype ? VS_ERR_DTYPE : VS_ERR_SHAPE,
            "variable %s: have %s%s, the state's is %s%s", given->name,
            vs_dtype_name(dtype), vs_shape_text(&item->kind.shape, have),
            vs_dtype_name(given->view.dtype),
            vs_shape_text(&given->view.shape, want));
    if (s->checkpoint != 0)
        return vs__fail(err, VS_ERR_NOTFOUND,
                        "variable %s does not exist in checkpoint %lld",
                        given->name, (long long)s->checkpoint);
    return vs__fail(err, VS_ERR_NOTFOUND, "variable %s does not exist",
                    given->name);
}

struct vs__fed vs__state_chunk(const struct vs__state_item *item,
                               int64_t ordinal)
{
    const struct vs__plan *plan = &item->kind.plan;
    const int64_t first = vs__plan_first(plan, ordinal);
    const int64_t count = vs__plan_count(plan, ordinal);
    const struct vs__fed fed = {
        .dtype = item->kind.dtype,
        .raw_bytes = (size_t)count * plan->element,
        .raw = vs__view_run(&item->view, first, count),
        .view = &item->view,
        .first = first,
    };

    return fed;
}

/* Compares with the digest of the version as a whole, and settles the matter.
 */
static vs_status conclude(struct vs__state *s, struct vs__state_item *item,
                          const struct vs__digest *content)
{
    const struct vs__digest digest = vs__value_digest(&item->kind, content);
    struct vs__version_row row;
    vs_status st = vs__version_row(s->store, item->version, &row);

    if (st != VS_OK || !vs__digest_equal(&digest, &row.digest))
        return st;
    item->differs = VS_STATE_SAME;
    return vs__meter_add(&s->meter, vs__state_bytes(item),
                         vs__store_words(s->store));
}

static vs_status compare_small(struct vs__state *s, struct vs__state_item *item)
{
    _Alignas(16) uint8_t bytes[VS__SMALL_BYTES];
    const int64_t n = item->kind.plan.n_elements;
    struct vs__digest content;

    vs__view_gather(&item->view, 0, n, bytes);
    content = vs__digest_of(bytes, (size_t)n * item->kind.plan.element);
    return conclude(s, item, &content);
}

/* A chunk that is on its way through the encoder. */
struct passing {
    struct vs__state_item *item;
    int64_t ordinal;
    struct vs__digest there; /* of the chunk in the store */
};

struct round {
    struct vs__state *state;
    struct passing passing[VS__ENCODER_MOST]; /* a ring, as the encoder's */
    int first;
    int n;
};

static vs_status feed(struct round *r, struct vs__state_item *item,
                      int64_t ordinal)
{
    struct passing *p = &r->passing[(r->first + r->n) % VS__ENCODER_MOST];
    struct vs__fed fed = vs__state_chunk(item, ordinal);
    struct vs__state *s = r->state;
    int64_t chunk = 0;
    vs_status st;

    p->item = item;
    p->ordinal = ordinal;
    fed.compare = true;
    st = vs__chunks_entry(&s->store->pool, item->version, ordinal, &chunk,
                          &p->there);
    if (st == VS_OK)
        st = vs__encoder_feed(s->line, &fed);
    if (st == VS_OK)
        r->n++;
    return st;
}

/* Takes the oldest chunk out. The callback is asked for each, also if nothing
 * is done yet: what has changed is counted when it is written. */
static vs_status take(struct round *r)
{
    const struct passing *p = &r->passing[r->first];
    struct vs__state_item *item = p->item;
    struct vs__state *s = r->state;
    struct vs__digest digest;

    if (vs__never(r->n == 0)) /* nobody else feeds this encoder */
        return VS_OK;
    digest = vs__encoder_compare(s->line);
    r->first = (r->first + 1) % VS__ENCODER_MOST;
    r->n--;
    item->going = item->going && vs__digest_equal(&digest, &p->there);
    if (item->going) {
        vs__digest_chain(&item->chain, digest.bytes, VS__DIGEST_BYTES);
        if (p->ordinal == item->kind.plan.n_chunks - 1)
            return conclude(s, item, &item->chain);
    }
    return vs__meter_add(&s->meter, 0, vs__store_words(s->store));
}

/* Compares chunks [first, end) of an item, as long as they are the same. */
static vs_status compare_chunks(struct round *r, struct vs__state_item *item,
                                int64_t first, int64_t end)
{
    vs_status st = VS_OK;

    for (int64_t i = first; i < end && item->going && st == VS_OK; i++) {
        if (vs__encoder_full(r->state->line))
            st = take(r);
        if (st == VS_OK && item->going)
            st = feed(r, item, i);
    }
    return st;
}

static vs_status drain(struct round *r)
{
    vs_status st = VS_OK;

    while (r->n > 0 && st == VS_OK)
        st = take(r);
    return st;
}

static vs_status begin(struct vs__state *s, struct vs__state_item *item)
{
    item->going = item->differs == VS_STATE_CHANGED && item->version != 0;
    memset(&item->chain, 0, sizeof item->chain);
    if (!item->going || item->kind.plan.n_chunks != 0)
        return VS_OK;
    item->going = false;
    return compare_small(s, item);
}

vs_status vs__state_compare(struct vs__state *s)
{
    struct round r = {.state = s};
    vs_status st = VS_OK;

    if ((s->line = vs__encoder_borrow(&s->store->pool)) == NULL)
        return VS_ERR_NOMEM;
    for (size_t i = 0; i < s->n && st == VS_OK; i++)
        st = begin(s, &s->items[i]);
    for (size_t i = 0; i < s->n && st == VS_OK; i++)
        st = compare_chunks(&r, &s->items[i], 0, 1);
    if (st == VS_OK)
        st = drain(&r);
    for (size_t i = 0; i < s->n && st == VS_OK; i++)
        st =
            compare_chunks(&r, &s->items[i], 1, s->items[i].kind.plan.n_chunks);
    return st == VS_OK ? drain(&r) : st;
}
