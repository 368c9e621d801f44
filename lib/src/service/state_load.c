/* state_load.c - a whole state from the store into memory, and comparing the
 * two.
 */
#include "varstore/state.h"

#include <string.h>

#include "base/fail.h"
#include "base/options.h"
#include "model/handle.h"
#include "model/store.h"
#include "service/checkpoint.h"
#include "service/state_items.h"

static vs_status take_options(vs_store *store,
                              const vs_state_load_options *given,
                              vs_state_load_options *out)
{
    vs_status st = vs__db_enter(store->db);

    return st == VS_OK ? vs__options_take(out, sizeof *out, given,
                                          "vs_state_load_options",
                                          vs__store_words(store))
                       : st;
}

/* A checkpoint that is not there is told even if nothing is asked of it. */
static vs_status find(struct vs__state *s)
{
    struct vs__checkpoint_row row;
    vs_status st = VS_OK;

    if (s->checkpoint != 0)
        st = vs__checkpoint_row(s->store, s->checkpoint, &row);
    return st == VS_OK ? vs__state_find(s) : st;
}

static vs_status told(int64_t bytes, void *ctx)
{
    struct vs__state *s = ctx;

    return vs__meter_add(&s->meter, bytes, vs__store_words(s->store));
}

/* Reads all items, the chunks of one after the other's. */
static vs_status load_all(struct vs__state *s)
{
    struct vs__loader *loader = vs__loader_borrow(&s->store->pool);
    vs_status st = loader != NULL ? VS_OK : VS_ERR_NOMEM;

    if (st == VS_OK)
        vs__loader_tell(loader, told, s);
    for (size_t i = 0; i < s->n && st == VS_OK; i++) {
        const struct vs__state_item *item = &s->items[i];

        st = vs__value_load(s->store, &item->kind, item->version, &item->view,
                            loader);
        if (st == VS_OK && item->kind.plan.n_chunks == 0)
            st = told(vs__state_bytes(item), s);
    }
    if (st == VS_OK)
        st = vs__loader_finish(loader);
    vs__loader_return(loader);
    return st;
}

/* Inside the transaction. */
static vs_status load(struct vs__state *s)
{
    vs_status st = find(s);

    for (size_t i = 0; i < s->n && st == VS_OK; i++) {
        const struct vs__state_item *item = &s->items[i];

        if (item->differs != VS_STATE_CHANGED)
            st = vs__state_refuse(s, item);
        else if (item->version == 0)
            st = vs__fail(vs__store_words(s->store), VS_ERR_UNINITIALIZED,
                          "variable %s has no value yet", item->given->name);
    }
    return st == VS_OK ? load_all(s) : st;
}

vs_status vs_state_load(vs_store *store, const vs_state_item *items, size_t n,
                        const vs_state_load_options *given)
{
    vs_state_load_options o;
    struct vs__state s;
    vs_status st = take_options(store, given, &o);

    if (st != VS_OK)
        return st;
    st = vs__state_init(&s, store, items, n, o.checkpoint, &o.progress);
    if (st == VS_OK && (st = vs__store_begin(store, VS_TXN_READ)) == VS_OK)
        st = vs__store_end(store, load(&s));
    vs__state_done(&s);
    return st;
}

vs_status vs_state_compare(vs_store *store, const vs_state_item *items,
                           size_t n, const vs_state_load_options *given,
                           vs_state_difference *out)
{
    vs_state_load_options o;
    struct vs__state s;
    vs_status st = take_options(store, given, &o);

    if (st != VS_OK)
        return st;
    st = vs__state_init(&s, store, items, n, o.checkpoint, &o.progress);
    if (st == VS_OK && (st = vs__store_begin(store, VS_TXN_READ)) == VS_OK) {
        if ((st = find(&s)) == VS_OK)
            st = vs__state_compare(&s);
        st = vs__store_end(store, st);
    }
    for (size_t i = 0; i < n && st == VS_OK; i++)
        out[i] = VS_STATE_SAME;
    for (size_t i = 0; i < s.n && st == VS_OK; i++)
        if (s.items[i].differs != VS_STATE_SAME) /* one part will do */
            out[s.items[i].given - items] = s.items[i].differs;
    vs__state_done(&s);
    return st;
}
