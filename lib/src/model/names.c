/* names.c - names as people change them: delete, rename, move, alias, copy. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/catalog.h"
#include "model/collection.h"
#include "model/describe.h"
#include "model/local.h"
#include "model/mark.h"
#include "model/path.h"
#include "model/rules.h"
#include "model/record.h"

/* Begins a write and finds what `name` leads to; its full path goes to `path`,
 * which holds VS_NAME_MAX + 1 bytes. On failure nothing is open. */
static vs_status begin_with(vs_store *store, const char *name, char *path,
                            struct vs__name_row *found)
{
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    memset(found, 0, sizeof *found);
    if ((st = vs__path_join("", name, path, vs__store_words(store))) == VS_OK)
        st = vs__name_find(store, path, found);
    return st == VS_OK ? VS_OK : vs__store_end(store, st);
}

vs_status vs_variable_delete(vs_store *store, const char *name)
{
    char path[VS_NAME_MAX + 1];
    struct vs__name_row found;
    vs_status st;

    store = vs__local_owner(store, name);
    if ((st = begin_with(store, name, path, &found)) != VS_OK)
        return st;
    return vs__store_end(store, vs__name_detach(store, found.id));
}

/* Gives a name another spelling. The row of the old one stays with the
 * checkpoints that use it. */
static vs_status rename_row(vs_store *store, const struct vs__name_row *from,
                            const char *to)
{
    vs_status st = vs__name_attach(store, to, from->variable, from->alias);

    return st == VS_OK ? vs__name_detach(store, from->id) : st;
}

vs_status vs_variable_rename(vs_store *store, const char *from, const char *to)
{
    char path[VS_NAME_MAX + 1];
    char target[VS_NAME_MAX + 1];
    struct vs__name_row found;
    vs_status st;

    store = vs__local_owner(store, from);
    if ((st = begin_with(store, from, path, &found)) != VS_OK)
        return st;
    if ((st = vs__path_join("", to, target, vs__store_words(store))) == VS_OK)
        st = rename_row(store, &found, target);
    return vs__store_end(store, st);
}

/* The first name in a range that leads somewhere; VS_DONE: none. */
static vs_status first_in(vs_store *store, const char *low, const char *high,
                          struct vs__name_row *out, char *path)
{
    static const char sql[] =
        "SELECT id, variable, alias, record, path FROM name WHERE path >= $1 "
        "AND "
        "path < $2 AND variable IS NOT NULL ORDER BY path LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, low, -1);
    vs__bind_text(s, 2, high, -1);
    if ((st = vs__stmt_step(s)) == VS_OK &&
        (st = vs__name_check(store, s, 0, vs__column_text(s, 4))) == VS_OK) {
        out->id = vs__column_i64(s, 0);
        out->variable = vs__column_i64(s, 1);
        out->alias = vs__column_i64(s, 2) != 0;
        (void)snprintf(path, VS_NAME_MAX + 1, "%s", vs__column_text(s, 4));
    }
    vs__stmt_reset(s);
    return st;
}

static vs_status check_scopes(vs_store *store, const char *from, const char *to)
{
    vs_error *err = vs__store_words(store);
    vs_status st;

    if ((st = vs__path_check(from, err)) != VS_OK ||
        (st = vs__path_check(to, err)) != VS_OK)
        return st;
    if (vs__path_within(to, from) || vs__path_within(from, to))
        return vs__fail(err, VS_ERR_MISUSE,
                        "scope %s cannot move to %s: one is inside the other",
                        from, to);
    return VS_OK;
}

/* Moves every name below `from`. The walk goes on behind the name it has just
 * moved: rows that only checkpoints use are never met twice. */
static vs_status move_all(vs_store *store, const char *from, const char *to,
                          int64_t *n)
{
    vs_error *err = vs__store_words(store);
    char low[VS_NAME_MAX + 3];
    char high[VS_NAME_MAX + 2];
    char path[VS_NAME_MAX + 1];
    char target[VS_NAME_MAX + 1];
    struct vs__name_row row;
    vs_status st;

    vs__path_range(from, low, high);
    for (*n = 0; (st = first_in(store, low, high, &row, path)) == VS_OK; ++*n) {
        st = vs__path_join(to, path + strlen(from) + 1, target, err);
        if (st != VS_OK || (st = rename_row(store, &row, target)) != VS_OK)
            return st;
        (void)snprintf(low, sizeof low, "%s" VS__JUST_BEHIND, path);
    }
    if (st == VS_DONE && *n == 0)
        return vs__fail(err, VS_ERR_NOTFOUND,
                        "no variable below scope %s exists in %s", from,
                        vs__db_path(store->db));
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs_scope_move(vs_store *store, const char *from, const char *to,
                        int64_t *n_moved)
{
    int64_t n = 0;
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = check_scopes(store, from, to)) == VS_OK &&
        (st = vs__seal_check_within(store, from)) == VS_OK)
        st = move_all(store, from, to, &n);
    if ((st = vs__store_end(store, st)) == VS_OK && n_moved != NULL)
        *n_moved = n;
    return st;
}

vs_status vs_variable_alias(vs_store *store, const char *name,
                            const char *alias)
{
    char path[VS_NAME_MAX + 1];
    char second[VS_NAME_MAX + 1];
    struct vs__name_row found;
    vs_status st;

    store = vs__local_owner(store, name);
    if ((st = begin_with(store, name, path, &found)) != VS_OK)
        return st;
    st = vs__path_join("", alias, second, vs__store_words(store));
    if (st == VS_OK)
        st = vs__name_attach(store, second, found.variable, true);
    return vs__store_end(store, st);
}

/* Gives the new variable the value of the one that its row was read of. */
static vs_status share_value(vs_store *store,
                             const struct vs__variable_row *row)
{
    int64_t version = 0;
    vs_status st;

    if (row->deferred)
        return VS_OK;
    st = vs__value_share(store, &row->kind, row->current, &version);
    return st == VS_OK
               ? vs__variable_set_current(store, row->kind.variable, version)
               : st;
}

/* A new variable like another one, with its current value if it has one. */
static vs_status copy(vs_store *store, int64_t from, const char *to)
{
    struct vs__variable_row row;
    struct vs__description told = {.text = NULL};
    vs_status st = vs__variable_row(store, from, &row);

    if (st != VS_OK)
        return st;
    row.reuse = VS_REUSE_INHERIT;
    if ((st = vs__describe(store, from, row.current, to, &told)) == VS_OK &&
        (st = vs__variable_insert(store, &row, told.info.initializer,
                                  told.info.created.site)) == VS_OK &&
        (st = vs__name_attach(store, to, row.kind.variable, false)) == VS_OK &&
        (st = share_value(store, &row)) == VS_OK)
        st = vs__collections_share(store, from, row.kind.variable);
    if (st == VS_OK)
        st = vs__rules_share(store, from, row.kind.variable);
    vs__description_done(&told);
    return st;
}

vs_status vs_variable_copy(vs_store *store, const char *from, const char *to)
{
    char path[VS_NAME_MAX + 1];
    char target[VS_NAME_MAX + 1];
    struct vs__name_row found;
    vs_status st;

    store = vs__local_owner(store, from);
    if ((st = begin_with(store, from, path, &found)) != VS_OK)
        return st;
    if ((st = vs__path_join("", to, target, vs__store_words(store))) == VS_OK)
        st = copy(store, found.variable, target);
    return vs__store_end(store, st);
}
