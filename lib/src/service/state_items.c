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
#include "chunk/list.h"
#include "model/handle.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

static vs_status check_item(struct vs__state *s, const vs_state_item *given)
{
    vs_error *err = vs__store_words(s->store);
    char what[VS_NAME_MAX + 16];
    vs_status st;

    if (given->name == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "item %zu of the state has no name",
                        (size_t)(given - s->items[0].given));
    (void)snprintf(what, sizeof what, "tensor %.1000s", given->name);
    st =
        vs__shape_check(&given->view.shape, given->view.dtype, true, what, err);
    return st == VS_OK ? vs__view_check(&given->view, given->view.dtype,
                                        &given->view.shape, what, err)
                       : st;
}

int64_t vs__state_bytes(const struct vs__state_item *item)
{
    const vs_view *view = &item->given->view;

    return vs__shape_count(&view->shape) * (int64_t)vs_dtype_size(view->dtype);
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
    if ((s->items = vs__calloc(n, sizeof *s->items)) == NULL)
        return vs__fail_nomem(err);
    for (s->n = 0; s->n < n && st == VS_OK; s->n++) {
        s->items[s->n].given = &items[s->n];
        st = check_item(s, &items[s->n]);
        if (st == VS_OK &&
            !vs__add_i64(s->meter.total, vs__state_bytes(&s->items[s->n]),
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

/* What there is under an item's name. */
static vs_status find_item(struct vs__state *s, struct vs__state_item *item)
{
    const vs_view *view = &item->given->view;
    vs_variable *v = NULL;
    vs_status st;

    item->kind.variable = 0;
    item->version = 0;
    item->differs = VS_STATE_MISSING;
    st = s->checkpoint != 0 ? vs_variable_open_at(s->store, s->checkpoint,
                                                  item->given->name, &v)
                            : vs_variable_open(s->store, item->given->name, &v);
    if (st == VS_ERR_NOTFOUND) {
        vs__clear(vs__store_words(s->store));
        return VS_OK;
    }
    if (st == VS_OK && v->parts != NULL)
        st = vs__fail(vs__store_words(s->store), VS_ERR_PARTITION,
                      "variable %s is partitioned: a state has its parts, %s "
                      "and so on",
                      v->name, v->parts[0]->name);
    if (st == VS_OK)
        st = vs__variable_there(v, &item->version);
    if (st == VS_OK) {
        item->kind = v->kind;
        item->differs = v->kind.dtype == view->dtype &&
                                vs_shape_equal(&v->kind.shape, &view->shape)
                            ? VS_STATE_CHANGED
                            : VS_STATE_RESHAPED;
    }
    vs_variable_free(v);
    return st;
}

vs_status vs__state_find(struct vs__state *s)
{
    vs_status st = VS_OK;

    for (size_t i = 0; i < s->n && st == VS_OK; i++)
        st = find_item(s, &s->items[i]);
    return st;
}

vs_status vs__state_confirm(struct vs__state *s, bool *moved)
{
    vs_status st = VS_OK;

    *moved = false;
    for (size_t i = 0; i < s->n && st == VS_OK; i++) {
        struct vs__state_item *item = &s->items[i];
        const int64_t variable = item->kind.variable;
        const int64_t version = item->version;
        const vs_state_difference differs = item->differs;

        if ((st = find_item(s, item)) != VS_OK)
            break;
        if (item->kind.variable == variable && item->version == version)
            item->differs = differs;
        else
            *moved = true;
    }
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
        .raw = vs__view_run(&item->given->view, first, count),
        .view = &item->given->view,
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
    const vs_view *view = &item->given->view;
    _Alignas(16) uint8_t bytes[VS__SMALL_BYTES];
    const int64_t n = item->kind.plan.n_elements;
    struct vs__digest content;

    vs__view_gather(view, 0, n, bytes);
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

    if (item == NULL) /* nothing is under way */
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

vs_status vs__state_line(struct vs__state *s)
{
    if (s->line == NULL)
        s->line = vs__encoder_borrow(&s->store->pool);
    return s->line != NULL ? VS_OK : VS_ERR_NOMEM;
}

vs_status vs__state_compare(struct vs__state *s)
{
    struct round r = {.state = s};
    vs_status st = vs__state_line(s);

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
