/* handle.c - handles: opening, asking, ending. */
#include "model/handle.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "chunk/count.h"
#include "model/collection.h"
#include "model/local.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/record.h"
#include "model/whole.h"
#include "tensor/stats.h"

vs_variable *vs__variable_new(vs_store *store, const char *name,
                              const struct vs__variable_row *row)
{
    vs_variable *v = vs__calloc(1, sizeof *v);

    if (v == NULL) {
        (void)vs__fail_nomem(vs__store_words(store));
        return NULL;
    }
    v->store = store;
    v->kind = row->kind;
    v->trainable = row->trainable;
    v->ordinal = -1;
    (void)snprintf(v->name, sizeof v->name, "%s", name);
    vs__fresh_add(v);
    return v;
}

void vs_variable_free(vs_variable *v)
{
    if (v == NULL)
        return;
    vs__fresh_remove(v);
    vs__description_done(&v->told);
    vs__free((void *)v->collections);
    vs__free(v->cache);
    vs__free(v->rules);
    for (int64_t i = 0; v->parts != NULL && i < v->partition.parts; i++)
        vs_variable_free(v->parts[i]);
    vs__free(v->parts);
    vs__free(v);
}

/* What a row leads to must be there. */
static vs_status must_be_there(vs_store *store, const char *path, vs_status st)
{
    if (st != VS_ERR_STALE)
        return st;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "name %s: its variable has no row", path);
}

/* The row of a name in a checkpoint; VS_DONE: none. A damaged neighbour can make
 * SQLite find another row, sound in itself. */
static vs_status saved_row(vs_store *store, int64_t checkpoint, int64_t name,
                           int64_t *version)
{
    static const char sql[] =
        "SELECT checkpoint, name, version, alias, mark "
        "FROM checkpoint_variable WHERE checkpoint = $1 AND name = $2";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    vs__bind_i64(s, 2, name);
    if ((st = vs__stmt_step(s)) == VS_OK &&
        (st = vs__saved_check(store, s, 0)) == VS_OK) {
        *version = vs__column_i64(s, 2);
        if (vs__column_i64(s, 0) != checkpoint || vs__column_i64(s, 1) != name)
            st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                          "checkpoint %lld: another row stands where that of "
                          "name %lld is looked for",
                          (long long)checkpoint, (long long)name);
    }
    vs__stmt_reset(s);
    return st;
}

vs_status vs__saved_look(vs_store *store, int64_t checkpoint, const char *path,
                         int64_t *version, int64_t *variable)
{
    vs_error *err = vs__store_words(store);
    struct vs__version_row row;
    struct vs__name_row name = {.id = 0};
    vs_status st = vs__name_row(store, path, &name);

    *version = 0;
    if (st == VS_OK)
        st = saved_row(store, checkpoint, name.id, version);
    if (st == VS_DONE && name.id != 0)
        st = vs__saved_gap(store, checkpoint, name.id);
    if (st == VS_OK && *version == 0 &&
        (st = vs__saved_complete(store, checkpoint)) == VS_OK)
        st = VS_DONE;
    if (st == VS_OK && (st = vs__version_row(store, *version, &row)) == VS_OK)
        *variable = row.variable;
    if (st == VS_ERR_STALE)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "variable %s: its version %lld in checkpoint %lld is "
                        "not there",
                        path, (long long)*version, (long long)checkpoint);
    return st;
}

/* What is known of a variable by the row of its name. */
static void read_name(vs_store *store, const struct vs__name_row *name,
                      struct vs__variable_row *out)
{
    out->kind.variable = name->variable;
    out->kind.dtype = name->dtype;
    out->kind.shape = name->shape;
    out->kind.plan =
        vs__plan_make(name->dtype, &name->shape, store->chunk_bytes);
    out->trainable = name->trainable;
    out->is_part = name->is_part;
}

vs_status vs__variable_find(vs_store *store, int64_t checkpoint,
                            const char *path, vs_variable **out)
{
    struct vs__part_row part = {.ordinal = -1};
    struct vs__variable_row row;
    struct vs__name_row name;
    int64_t variable = 0;
    int64_t version = 0;
    vs_variable *v;
    vs_status st;

    memset(&row, 0, sizeof row);
    if (checkpoint != 0) {
        st = vs__saved_look(store, checkpoint, path, &version, &variable);
        if (st == VS_OK)
            st = must_be_there(store, path,
                               vs__variable_row(store, variable, &row));
    } else if ((st = vs__name_look(store, path, &name)) == VS_OK) {
        read_name(store, &name, &row);
    }
    if (st != VS_OK)
        return st;
    st = vs__part_of(store, &row, &part);
    if (st != VS_OK && st != VS_DONE)
        return st;
    if ((v = vs__variable_new(store, path, &row)) == NULL)
        return VS_ERR_NOMEM;
    v->pinned = version;
    v->checkpoint = checkpoint;
    v->partition = part.partition;
    v->ordinal = part.ordinal;
    v->drawn = part.drawn;
    *out = v;
    return VS_OK;
}

vs_status vs__variable_get(vs_store *store, int64_t checkpoint,
                           const char *path, vs_variable **out)
{
    vs_error *err = vs__store_words(store);
    vs_status st = vs__variable_find(store, checkpoint, path, out);

    if (st == VS_DONE)
        st = vs__whole_open(store, checkpoint, path, out);
    if (st != VS_DONE)
        return st;
    if (checkpoint == 0)
        return vs__fail(err, VS_ERR_NOTFOUND,
                        "variable %s does not exist in %s", path,
                        vs__db_path(store->db));
    return vs__fail(err, VS_ERR_NOTFOUND,
                    "variable %s does not exist in checkpoint %lld of %s", path,
                    (long long)checkpoint, vs__db_path(store->db));
}

/* Opens a variable by a name that a caller gave. */
static vs_status open_name(vs_store *store, int64_t checkpoint,
                           const char *name, vs_variable **out)
{
    char path[VS_NAME_MAX + 1];
    vs_variable *v = NULL;
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = vs__path_join("", name, path, vs__store_words(store))) == VS_OK)
        st = vs__variable_get(store, checkpoint, path, &v);
    if ((st = vs__store_end(store, st)) != VS_OK)
        vs_variable_free(v);
    else
        *out = v;
    return st;
}

vs_status vs_variable_open(vs_store *store, const char *name, vs_variable **out)
{
    vs_status st = vs__local_owner(store, name, &store);

    return st == VS_OK ? open_name(store, 0, name, out) : st;
}

vs_status vs_variable_open_at(vs_store *store, int64_t checkpoint,
                              const char *name, vs_variable **out)
{
    return open_name(store, checkpoint, name, out);
}

const char *vs_variable_name(const vs_variable *v)
{
    return v->name;
}

vs_dtype vs_variable_dtype(const vs_variable *v)
{
    return v->kind.dtype;
}

const vs_shape *vs_variable_shape(const vs_variable *v)
{
    return &v->kind.shape;
}

bool vs_variable_trainable(const vs_variable *v)
{
    return v->trainable;
}

vs_store *vs_variable_store(const vs_variable *v)
{
    return v->store->outer != NULL ? v->store->outer : v->store;
}

bool vs_variable_same(const vs_variable *a, const vs_variable *b)
{
    return a->kind.variable == b->kind.variable && a->undone == b->undone &&
           (a->parts != NULL) == (b->parts != NULL) &&
           strcmp(a->store->id, b->store->id) == 0;
}

vs_status vs__variable_blame(vs_variable *v, vs_status st)
{
    vs_error *err = vs__store_words(v->store);
    vs_error why;

    if (st != VS_ERR_CORRUPT)
        return st;
    why = *err;
    return vs__fail(err, st, "variable %s: %s", v->name, why.message);
}

const vs_partition *vs_variable_partition(const vs_variable *v)
{
    return v->partition.parts > 0 ? &v->partition : NULL;
}

int64_t vs_variable_n_parts(const vs_variable *v)
{
    return v->parts != NULL ? v->partition.parts : 0;
}

vs_variable *vs_variable_part(const vs_variable *v, int64_t i)
{
    return i >= 0 && i < vs_variable_n_parts(v) ? v->parts[i] : NULL;
}

int64_t vs_variable_ordinal(const vs_variable *v)
{
    return v->ordinal;
}

/* Words for a variable that has no row, or none of its names. Ids are never
 * used twice: if this name leads to it still, it was not deleted. */
static vs_status tell_gone(vs_variable *v)
{
    struct vs__name_row name;
    vs_status st = vs__name_look(v->store, v->name, &name);

    if (st == VS_OK && name.variable == v->kind.variable)
        return must_be_there(v->store, v->name, VS_ERR_STALE);
    if (st != VS_OK && st != VS_DONE)
        return st;
    return vs__fail(vs__store_words(v->store), VS_ERR_STALE,
                    "variable %s was deleted since this handle was opened",
                    v->name);
}

vs_status vs__variable_there(vs_variable *v, int64_t *out)
{
    vs_error *err = vs__store_words(v->store);
    struct vs__variable_row row;
    struct vs__version_row version;
    vs_status st;

    if (v->undone)
        return vs__fail(err, VS_ERR_STALE,
                        "variable %s was made in a transaction that was "
                        "rolled back",
                        v->name);
    if (v->parts != NULL)
        return vs__whole_there(v, out);
    if (v->pinned != 0) {
        st = vs__version_row(v->store, v->pinned, &version);
        if (st == VS_ERR_STALE)
            return vs__fail(err, st,
                            "variable %s: its version in checkpoint %lld is "
                            "gone with the checkpoint",
                            v->name, (long long)v->checkpoint);
        if (st == VS_OK)
            *out = v->pinned;
        return st;
    }
    st = vs__variable_row(v->store, v->kind.variable, &row);
    if (st == VS_ERR_STALE ||
        (st == VS_OK && row.current == 0 && !row.deferred))
        return tell_gone(v);
    if (st == VS_OK && (row.kind.dtype != v->kind.dtype ||
                        !vs_shape_equal(&row.kind.shape, &v->kind.shape) ||
                        row.is_part != (v->ordinal >= 0)))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "variable %s: its name tells another dtype or shape "
                        "than its row, or another whole",
                        v->name);
    if (st == VS_OK && row.deferred && row.n_versions != 0)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "variable %s waits for its first value, but has had "
                        "%lld",
                        v->name, (long long)row.n_versions / VS__USER);
    if (st != VS_OK || row.deferred) {
        if (st == VS_OK)
            *out = row.current;
        return st;
    }
    /* A row of the variable from before a write would lead to a version that
     * was there: the version knows that it is no longer the current one. */
    st = vs__version_row(v->store, row.current, &version);
    if (st == VS_ERR_STALE || (st == VS_OK && !version.current))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "variable %s: version %lld is not its current one",
                        v->name, (long long)row.current);
    if (st == VS_OK)
        *out = row.current;
    return st;
}

vs_status vs__variable_shown(vs_variable *v, int64_t *out)
{
    vs_error *err = vs__store_words(v->store);
    int64_t version = 0;
    vs_status st = vs__variable_there(v, &version);

    if (st != VS_OK)
        return st;
    if (version == 0) {
        (void)vs__fail(err, VS_ERR_UNINITIALIZED,
                       "variable %s has no value yet: it was created deferred "
                       "and nobody has initialized it",
                       v->name);
        vs__hint(err, "vs_variable_initialize gives it the value of its "
                      "initializer, vs_variable_write another");
        return VS_ERR_UNINITIALIZED;
    }
    *out = version;
    return VS_OK;
}

vs_status vs_variable_version(vs_variable *v, int64_t *out)
{
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    st = vs__store_end(v->store, vs__variable_shown(v, &version));
    if (st == VS_OK)
        *out = version;
    return st;
}

vs_status vs_variable_describe(vs_variable *v, const vs_variable_info **out)
{
    struct vs__description told = {.text = NULL};
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if (v->parts != NULL)
        st = vs__whole_describe(v, &told);
    else if ((st = vs__variable_there(v, &version)) == VS_OK)
        st = vs__describe(v->store, v->checkpoint, v->kind.variable, version,
                          v->name, &told);
    if ((st = vs__store_end(v->store, st)) != VS_OK) {
        vs__description_done(&told);
        return st;
    }
    vs__description_done(&v->told);
    v->told = told;
    *out = &v->told.info;
    return VS_OK;
}

/* Counts up the value that a handle shows. */
static vs_status tally(vs_variable *v, struct vs__tally *t)
{
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    vs__tally_init(t);
    if ((st = vs__variable_shown(v, &version)) == VS_OK)
        st = v->parts != NULL
                 ? vs__whole_sum(v, t)
                 : vs__variable_blame(
                       v, vs__value_sum(v->store, &v->kind, version, t, NULL));
    return vs__store_end(v->store, st);
}

vs_status vs_variable_stats(vs_variable *v, vs_stats *out)
{
    struct vs__tally *t = vs__alloc(sizeof *t);
    vs_status st;

    if (t == NULL)
        return vs__fail_nomem(vs__store_words(v->store));
    if ((st = tally(v, t)) == VS_OK)
        *out = t->stats;
    vs__free(t);
    return st;
}

/* Lists the buckets of one sign, the largest magnitudes first if `negative`.
 */
static int list_buckets(const struct vs__tally *t, int negative, vs_bucket *out)
{
    int n = 0;

    for (int i = 0; i < VS__EXPONENTS; i++) {
        const int at = negative ? VS__EXPONENTS - 1 - i : i;
        const int64_t count = t->buckets[negative * VS__EXPONENTS + at];

        if (count != 0) {
            out[n].negative = negative;
            out[n].exponent = at - 1074;
            out[n++].count = count;
        }
    }
    return n;
}

vs_status vs_variable_histogram(vs_variable *v, vs_bucket *out, int *n_out)
{
    struct vs__tally *t = vs__alloc(sizeof *t);
    vs_status st;

    if (t == NULL)
        return vs__fail_nomem(vs__store_words(v->store));
    if ((st = tally(v, t)) == VS_OK) {
        const int n = list_buckets(t, 1, out);

        *n_out = n + list_buckets(t, 0, out + n);
    }
    vs__free(t);
    return st;
}

vs_status vs_variable_collections(vs_variable *v, const char *const **out)
{
    const char **keys = NULL;
    int64_t version = 0;
    vs_status st = vs__store_begin(v->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = vs__variable_there(v, &version)) == VS_OK)
        st = vs__collections_of(v->store, v->kind.variable, &keys);
    if ((st = vs__store_end(v->store, st)) != VS_OK) {
        vs__free((void *)keys);
        return st;
    }
    vs__free((void *)v->collections);
    v->collections = keys;
    *out = v->collections;
    return VS_OK;
}
