/* initialize.c - first values of variables that were created without one.
 *
 * The value is computed and encoded before the write lock is taken; inside,
 * the row is looked at again, and whoever comes second drops what he made
 * (Q17, Q18). Which initializer it is stands in the row, seed included: every
 * process makes the same value.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/never.h"
#include "chunk/writer.h"
#include "model/callback.h"
#include "model/cut.h"
#include "model/describe.h"
#include "model/handle.h"
#include "model/path.h"
#include "rule/initializer.h"
#include "rule/spec.h"

/* An initialization that is under way. */
struct starting {
    vs_variable *v;             /* borrowed */
    vs_initializer init;        /* read back from the row */
    struct vs__spec spec;       /* what `init` borrows from */
    struct vs__filling filling; /* over it */
    struct vs__cut cut;         /* of a part out of that */
    vs_source source;           /* over both */
    struct vs__writer writer;   /* its head start */
    bool staged;                /* the writer has one */
};

/* What its creator was told that it could store. */
static vs_status spec_damaged(const vs_variable *v)
{
    vs_error *err = vs__store_words(v->store);
    const vs_error why = *err;

    return vs__fail(err, VS_ERR_CORRUPT,
                    "variable %.256s: its stored initializer cannot be: %s",
                    v->name, why.message);
}

/* Reads the stored initializer. `*wanted` tells whether there is anything to
 * do. */
static vs_status look(struct starting *s, bool *wanted)
{
    vs_store *store = s->v->store;
    struct vs__description told = {.text = NULL};
    int64_t version = 0;
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    st = vs__variable_there(s->v, &version);
    *wanted = st == VS_OK && version == 0;
    if (*wanted)
        st = vs__describe(store, 0, s->v->kind.variable, 0, s->v->name, &told);
    if (st == VS_OK && *wanted)
        st = vs__initializer_stored(
            told.info.initializer != NULL ? told.info.initializer : "",
            &s->spec, &s->init, vs__store_words(store));
    if (st == VS_ERR_INITIALIZER)
        st = spec_damaged(s->v);
    vs__description_done(&told);
    return vs__store_end(store, st);
}

/* Computes and encodes the value, outside of the write lock if it is not held
 * already. */
static vs_status prepare(struct starting *s)
{
    const vs_variable *v = s->v;
    vs_store *store = v->store;
    vs_status st;

    vs__resolve_initializer(store, &s->init);
    st = vs__filling_make(&s->init, v->name, store->seed, v->kind.dtype,
                          vs__cut_shape(v, s->init.kind), &s->filling,
                          vs__store_words(store));
    /* Making it ready takes no memory: what does, comes with the elements. */
    if (vs__never(st == VS_ERR_NOMEM) || st == VS_ERR_CALLBACK)
        return st;
    if (st != VS_OK)
        return spec_damaged(v); /* creating it went well */
    s->source = vs__filling_source(&s->filling);
    if (v->ordinal >= 0 && !v->drawn)
        s->source = vs__cut_out(&s->cut, v, s->source);
    vs__writer_init(&s->writer, &store->pool, v->kind.dtype, &v->kind.plan,
                    s->source);
    if (v->kind.plan.n_chunks == 0 || vs__db_readonly(store->db) ||
        vs__txn_depth(store->db) > 0)
        return VS_OK;
    s->staged = true;
    return vs__writer_stage(&s->writer, 0);
}

/* Inside the write transaction: somebody may have been faster. */
static vs_status give(struct starting *s, bool *made)
{
    const struct vs__kind_of_value *kind = &s->v->kind;
    vs_store *store = s->v->store;
    int64_t version = 0;
    vs_status st = vs__variable_there(s->v, &version);

    if (st != VS_OK || version != 0)
        return st;
    st = vs__value_make(store, kind, s->source, s->staged ? &s->writer : NULL,
                        0, &version);
    if (st == VS_OK)
        st = vs__variable_set_current(store, kind->variable, version);
    *made = true;
    return st;
}

/* As vs_variable_initialize; `*made` is false on failure. */
static vs_status initialize(vs_variable *v, bool *made)
{
    struct starting *s = vs__calloc(1, sizeof *s);
    bool wanted = false;
    vs_status st;

    *made = false;
    if (s == NULL)
        return vs__fail_nomem(vs__store_words(v->store));
    s->v = v;
    if ((st = look(s, &wanted)) != VS_OK || !wanted ||
        (st = prepare(s)) != VS_OK ||
        (st = vs__store_begin(v->store, VS_TXN_WRITE)) != VS_OK)
        goto out;
    st = vs__store_end(v->store, give(s, made));
    *made = *made && st == VS_OK;
out:
    (void)vs__store_tell(v->store, st);
    vs__writer_done(&s->writer);
    vs__filling_done(&s->filling);
    vs__free(s);
    return st;
}

/* All parts at once. */
static vs_status initialize_parts(vs_variable *v, bool *made)
{
    vs_status st = vs__store_begin(v->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    for (int64_t i = 0; i < vs_variable_n_parts(v) && st == VS_OK; i++) {
        bool ours = false;

        st = initialize(v->parts[i], &ours);
        *made = *made || ours;
    }
    return vs__store_end(v->store, st);
}

/* Only one that lacks a value needs the write lock. */
static vs_status lacks_value(vs_variable *v, bool *lacks)
{
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    st = vs__store_end(v->store, vs__variable_there(v, &version));
    *lacks = version == 0;
    return st;
}

vs_status vs_variable_initialize(vs_variable *v, bool *made)
{
    bool ours = false;
    bool lacks = false;
    vs_status st = vs__store_enter(v->store);

    if (st == VS_OK && v->parts == NULL)
        st = initialize(v, &ours);
    else if (st == VS_OK && (st = lacks_value(v, &lacks)) == VS_OK && lacks)
        st = initialize_parts(v, &ours);
    if (st == VS_OK && made != NULL)
        *made = ours;
    return st;
}

/* Initializes what a list of the uninitialized gives. A name that is gone by
 * the time it is opened has nothing to be initialized. */
static vs_status initialize_listed(vs_store *store, vs_list *list, int64_t *n)
{
    const vs_variable_info *info = NULL;
    vs_variable *v = NULL;
    bool made = false;
    vs_status st;

    while ((st = vs_list_next(list, &info)) == VS_OK) {
        st = vs_variable_open(store, info->name, &v);
        if (st == VS_ERR_NOTFOUND)
            continue;
        if (st == VS_OK)
            st = initialize(v, &made);
        vs_variable_free(v);
        v = NULL;
        if (st != VS_OK && st != VS_ERR_STALE)
            return st;
        *n += st == VS_OK && made;
    }
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs_scope_initialize(vs_store *store, const char *scope,
                              int64_t *n_made)
{
    const vs_list_options options = {.scope = scope, .uninitialized = true};
    vs_list *list = NULL;
    int64_t n = 0;
    vs_status st = vs__store_enter(store);

    if (st != VS_OK || (st = vs_list_open(store, &options, &list)) != VS_OK)
        return st;
    st = initialize_listed(store, list, &n);
    vs_list_close(list);
    if (st == VS_OK && n_made != NULL)
        *n_made = n;
    return st;
}
