/* state_save.c - a whole state from memory into the store.
 *
 * First a read transaction: the names are looked up, what is the same is found,
 * and the first chunks of the rest are encoded. Then, if there is anything to
 * write, a write transaction. If somebody has committed in between, all that
 * was looked up is looked up again there; what was computed stays true.
 *
 * All values go through one encoder, whose chunks follow each other across
 * tensors, those of the variables that are new too; but for the small ones,
 * which have none.
 */
#include "varstore/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/options.h"
#include "chunk/list.h"
#include "model/catalog.h"
#include "model/handle.h"
#include "model/store.h"
#include "model/vacant.h"
#include "service/checkpoint.h"
#include "service/state_items.h"
#include "tensor/walk.h"

struct saving {
    struct vs__state state;
    vs_state_save_options options; /* as given, padded */
    vs_state_report report;        /* so far */
    int64_t seen;                  /* the store's data version at the look */
    size_t fed;                    /* item whose chunks are fed, */
    int64_t ordinal;               /* and the next one of these */
};

static vs_status check_options(vs_store *store, const vs_state_save_options *o)
{
    vs_error *err = vs__store_words(store);

    if ((int)o->reuse < VS_REUSE_INHERIT || o->reuse > VS_REUSE_AUTO)
        return vs__fail(err, VS_ERR_MISUSE, "reuse mode %d, want %d to %d",
                        (int)o->reuse, (int)VS_REUSE_INHERIT,
                        (int)VS_REUSE_AUTO);
    if ((int)o->delta < VS_UNSET || o->delta > VS_YES)
        return vs__fail(err, VS_ERR_MISUSE, "delta is %d, want %d to %d",
                        (int)o->delta, (int)VS_UNSET, (int)VS_YES);
    return o->checkpoint != NULL ? vs__checkpoint_check(store, o->checkpoint)
                                 : VS_OK;
}

/* Applies the reuse rule to an item that was looked up. */
static vs_status admit(struct saving *s, const struct vs__state_item *item)
{
    vs_store *store = s->state.store;
    const vs_reuse reuse = s->options.reuse;
    vs_status st;

    if (item->differs == VS_STATE_MISSING &&
        (reuse == VS_REUSE_AUTO || reuse == VS_REUSE_NONE))
        return VS_OK;
    if (item->differs == VS_STATE_MISSING) {
        st = vs__state_refuse(&s->state, item);
        vs__hint(vs__store_words(store),
                 "VS_REUSE_AUTO makes what is not there yet");
        return st;
    }
    if (reuse == VS_REUSE_NONE) {
        st = vs__name_vacant(store, item->given->name); /* it is not */
        return st != VS_OK
                   ? st
                   : vs__fail(vs__store_words(store), VS_ERR_EXISTS,
                              "variable %s already exists", item->given->name);
    }
    return item->differs == VS_STATE_RESHAPED
               ? vs__state_refuse(&s->state, item)
               : VS_OK;
}

static int compare_variables(const void *a, const void *b)
{
    const struct vs__state_item *x = *(struct vs__state_item *const *)a;
    const struct vs__state_item *y = *(struct vs__state_item *const *)b;

    if (x->kind.variable == y->kind.variable && x->kind.variable == 0)
        return strcmp(x->given->name, y->given->name);
    return (x->kind.variable > y->kind.variable) -
           (x->kind.variable < y->kind.variable);
}

/* A variable can be given one value. (Of two new items of one name in two
 * spellings, "a" and "a:0", the second finds the first.) */
static vs_status check_distinct(struct saving *s)
{
    const struct vs__state *state = &s->state;
    struct vs__state_item **order =
        vs__calloc(state->n, sizeof(struct vs__state_item *));
    vs_status st = VS_OK;

    if (order == NULL)
        return vs__fail_nomem(vs__store_words(state->store));
    for (size_t i = 0; i < state->n; i++)
        order[i] = &state->items[i];
    qsort(order, state->n, sizeof(struct vs__state_item *), compare_variables);
    for (size_t i = 1; i < state->n && st == VS_OK; i++)
        if (compare_variables(&order[i - 1], &order[i]) == 0)
            st = vs__fail(vs__store_words(state->store), VS_ERR_NAME,
                          "tensors '%.250s' and '%.250s' would both be one "
                          "variable",
                          order[i - 1]->given->name, order[i]->given->name);
    vs__free(order);
    return st;
}

static vs_status find(struct saving *s)
{
    vs_status st = vs__state_find(&s->state);

    for (size_t i = 0; i < s->state.n && st == VS_OK; i++)
        st = admit(s, &s->state.items[i]);
    return st == VS_OK ? check_distinct(s) : st;
}

/* Whether an item's value goes through the encoder. */
static bool streams(const struct vs__state_item *item)
{
    return item->differs != VS_STATE_SAME && item->kind.plan.n_chunks != 0;
}

static vs_status feed_one(struct saving *s, const struct vs__state_item *item)
{
    struct vs__fed fed = vs__state_chunk(item, s->ordinal);
    vs_status st = VS_OK;

    if (item->version != 0)
        st = vs__chunks_entry(&s->state.store->pool, item->version, s->ordinal,
                              &fed.before, &fed.digest_before);
    return st == VS_OK ? vs__encoder_feed(s->state.line, &fed) : st;
}

/* Feeds chunks, one tensor's after the other's, as far as they are taken. */
static vs_status feed(struct saving *s)
{
    vs_status st = VS_OK;

    while (st == VS_OK && s->fed < s->state.n) {
        const struct vs__state_item *item = &s->state.items[s->fed];

        if (!streams(item) || s->ordinal == item->kind.plan.n_chunks) {
            s->fed++;
            s->ordinal = 0;
        } else if (vs__encoder_full(s->state.line)) {
            break;
        } else {
            st = feed_one(s, item);
            s->ordinal++;
        }
    }
    return st;
}

/* Takes the next chunk of an item out of the encoder, putting it. */
static vs_status take_chunk(struct saving *s, const struct vs__deltas *deltas,
                            struct vs__chunk_list *out)
{
    vs_store *store = s->state.store;
    struct vs__delta delta = {0, 0, false};
    struct vs__digest digest;
    int64_t chunk = 0;
    vs_status st = VS_OK;

    if (deltas->wanted)
        st = vs__delta_at(&store->pool, deltas, out->n, &delta);
    if (st == VS_OK && (st = feed(s)) == VS_OK)
        st = vs__encoder_take(s->state.line, deltas->wanted ? &delta : NULL,
                              &chunk, &digest);
    if (st == VS_OK && vs__chunk_list_add(out, chunk, &digest) != VS_OK)
        st = vs__fail_nomem(vs__store_words(store));
    return st;
}

/* Takes all of them; whoever looks on hears of each if they are `told`. */
static vs_status take_chunks(struct saving *s,
                             const struct vs__state_item *item, bool told,
                             struct vs__chunk_list *out)
{
    const struct vs__plan *plan = &item->kind.plan;
    struct vs__deltas deltas;
    vs_status st = vs__value_deltas(s->state.store, item->version, &deltas);

    for (int64_t i = 0; i < plan->n_chunks && st == VS_OK; i++) {
        st = take_chunk(s, &deltas, out);
        if (st == VS_OK && told)
            st = vs__meter_add(&s->state.meter,
                               vs__plan_count(plan, i) * (int64_t)plan->element,
                               vs__store_words(s->state.store));
    }
    return st;
}

static vs_status make_current(struct saving *s,
                              const struct vs__state_item *item,
                              int64_t version)
{
    s->report.n_written++;
    s->report.n_bytes += vs__state_bytes(item);
    return vs__variable_set_current(s->state.store, item->kind.variable,
                                    version);
}

/* Gives a variable its new value; the encoder has its first chunks. */
static vs_status write_chunks(struct saving *s,
                              const struct vs__state_item *item)
{
    struct vs__chunk_list list;
    int64_t version = 0;
    vs_status st;

    vs__chunk_list_init(&list);
    st = take_chunks(s, item, true, &list);
    if (st == VS_OK)
        st = vs__value_of_chunks(s->state.store, &item->kind, &list, &version);
    vs__chunk_list_done(&list);
    return st == VS_OK ? make_current(s, item, version) : st;
}

static vs_status write_small(struct saving *s,
                             const struct vs__state_item *item)
{
    int64_t version = 0;
    vs_status st = vs__value_make(s->state.store, &item->kind,
                                  vs__view_source(&item->view), NULL,
                                  item->version, &version);

    if (st == VS_OK)
        st = make_current(s, item, version);
    return st == VS_OK ? vs__meter_add(&s->state.meter, vs__state_bytes(item),
                                       vs__store_words(s->state.store))
                       : st;
}

/* A variable that is being created, and who saves it. */
struct creation {
    struct saving *saving;
    const struct vs__state_item *item;
};

/* Nobody may stop a creation half-way. */
static vs_status put_chunks(struct vs__chunk_list *out, void *ctx)
{
    const struct creation *c = ctx;

    return take_chunks(c->saving, c->item, false, out);
}

static vs_status create(struct saving *s, const struct vs__state_item *item)
{
    vs_store *store = s->state.store;
    const vs_variable_spec spec = {
        .initializer = vs_value(&item->view),
        .trainable = item->given->trainable,
        .collections = item->given->collections,
        .site = s->options.site,
    };
    struct creation creation = {s, item};
    const struct vs__putter putter = {put_chunks, &creation};
    vs_status st =
        streams(item)
            ? vs__variable_create_put(store, item->given->name, &spec, &putter)
            : vs_variable_create(store, item->given->name, &spec, NULL);

    if (st != VS_OK)
        return st;
    s->report.n_created++;
    s->report.n_bytes += vs__state_bytes(item);
    return vs__meter_add(&s->state.meter, vs__state_bytes(item),
                         vs__store_words(store));
}

static vs_status write(struct saving *s, const struct vs__state_item *item)
{
    switch (item->differs) {
    case VS_STATE_MISSING:
        return create(s, item);
    case VS_STATE_CHANGED:
        return streams(item) ? write_chunks(s, item) : write_small(s, item);
    case VS_STATE_SAME:
    case VS_STATE_RESHAPED: /* refused before */
        break;
    }
    return VS_OK;
}

/* Inside the write transaction. */
static vs_status write_all(struct saving *s)
{
    struct vs__state *state = &s->state;
    vs_status st = VS_OK;

    for (size_t i = 0; i < state->n && st == VS_OK; i++)
        st = write(s, &state->items[i]);
    vs__encoder_return(state->line);
    state->line = NULL;
    if (st == VS_OK && s->options.checkpoint != NULL)
        st = vs_checkpoint_save(state->store, s->options.checkpoint,
                                &s->report.checkpoint);
    return st;
}

/* Inside the write transaction: whether what was seen is still so. If somebody
 * has committed since, each item is looked up, and if one of them has moved,
 * all is compared anew: what was the same may not be any more. (Leaving the log
 * for a big write looks like a commit, too.) */
static vs_status look_again(struct saving *s)
{
    struct vs__state *state = &s->state;
    int64_t now = 0;
    bool moved = false;
    vs_status st = vs__db_data_version(state->store->db, &now);

    if (st != VS_OK || now == s->seen ||
        (st = vs__state_confirm(state, &moved)) != VS_OK || !moved)
        return st;
    vs__encoder_return(state->line);
    state->line = NULL;
    state->meter.done = 0;
    s->fed = 0;
    s->ordinal = 0;
    st = find(s);
    if (st == VS_OK)
        st = vs__state_compare(state);
    return st;
}

/* Without the write lock: what is to be done, and the start of it. */
static vs_status look(struct saving *s, bool ahead)
{
    struct vs__state *state = &s->state;
    vs_status st = vs__store_begin(state->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = find(s)) == VS_OK && (st = vs__state_compare(state)) == VS_OK &&
        (st = vs__db_data_version(state->store->db, &s->seen)) == VS_OK &&
        ahead && (st = feed(s)) == VS_OK)
        st = vs__encoder_settle(state->line);
    return vs__store_end(state->store, st);
}

/* About how many raw bytes are to be written; -1: nothing at all is to be
 * done. */
static int64_t to_write(const struct saving *s)
{
    int64_t n = 0;
    bool any = s->options.checkpoint != NULL;

    for (size_t i = 0; i < s->state.n; i++)
        if (s->state.items[i].differs != VS_STATE_SAME) {
            any = true;
            n += vs__state_bytes(&s->state.items[i]);
        }
    return any ? n : -1;
}

static vs_status save(struct saving *s)
{
    vs_store *store = s->state.store;
    const bool ahead =
        vs__txn_depth(store->db) == 0 && !vs__db_readonly(store->db);
    vs_status st = look(s, ahead);
    const int64_t n_bytes = st == VS_OK ? to_write(s) : -1;

    if (n_bytes < 0 || (st = vs__store_begin_bulk(store, n_bytes)) != VS_OK)
        return st;
    if ((st = look_again(s)) == VS_OK)
        st = write_all(s);
    return vs__store_end(store, st);
}

vs_status vs_state_save(vs_store *store, const vs_state_item *items, size_t n,
                        const vs_state_save_options *given,
                        vs_state_report *report)
{
    const bool delta = store->delta;
    struct saving s;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    memset(&s, 0, sizeof s);
    if ((st = vs__options_take(&s.options, sizeof s.options, given,
                               "vs_state_save_options",
                               vs__store_words(store))) != VS_OK ||
        (st = check_options(store, &s.options)) != VS_OK)
        return st;
    st = vs__state_init(&s.state, store, items, n, 0, &s.options.progress);
    if (s.options.delta != VS_UNSET)
        store->delta = s.options.delta == VS_YES;
    if (st == VS_OK)
        st = save(&s);
    store->delta = delta;
    for (size_t i = 0; i < s.state.n && st == VS_OK; i++)
        s.report.n_same += s.state.items[i].differs == VS_STATE_SAME;
    vs__state_done(&s.state);
    if (st == VS_OK && report != NULL)
        *report = s.report;
    return st;
}
