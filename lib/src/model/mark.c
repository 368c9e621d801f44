/* mark.c - see mark.h.
 *
 * A seal is looked for wherever a name is made, so a store without seals pays
 * one look at an empty range; with seals, one for each scope around the name.
 */
#include "model/mark.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fail.h"
#include "model/describe.h"
#include "model/path.h"

struct vs_mark_list {
    vs_store *store; /* borrowed */
    vs_mark_kind kind;
    char next[VS_NAME_MAX + 2]; /* where the next one is looked for */
    struct vs__buf text;        /* of the mark below */
    vs_mark mark;               /* last given */
};

/* Words for a name that must not be made, from the current row of a seal:
 * program, pid, host, site, at_ms. */
static vs_status fail_sealed(vs_store *store, const char *what,
                             const char *path, const char *scope,
                             struct vs__stmt *s)
{
    vs_error *err = vs__store_words(store);
    char by[VS__ORIGIN_TEXT_MAX];

    vs__origin_text(by, vs__column_text(s, 0), vs__column_i64(s, 1),
                    vs__column_text(s, 2), vs__column_i64(s, 4),
                    vs__column_text(s, 3));
    (void)vs__fail(err, VS_ERR_SEALED,
                   "%.200s cannot be %s: scope '%.120s' is "
                   "sealed, by %s",
                   path, what, scope, by);
    vs__hint(err, "vs_scope_unseal opens the scope");
    return VS_ERR_SEALED;
}

/* One scope. */
static vs_status check_scope(vs_store *store, const char *path,
                             const char *scope)
{
    static const char sql[] =
        "SELECT o.program, o.pid, o.host, m.site, m.at_ms "
        "FROM scope_mark AS m LEFT JOIN origin AS o ON o.id = m.origin "
        "WHERE m.mark = 1 AND m.scope = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, scope, -1);
    if ((st = vs__stmt_step(s)) == VS_OK)
        st = fail_sealed(store, "made", path, scope, s);
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status any_seal(vs_store *store, bool *out)
{
    static const char sql[] = "SELECT 1 FROM scope_mark WHERE mark = 1 LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    st = vs__stmt_step(s);
    *out = st == VS_OK;
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__seal_check(vs_store *store, const char *path)
{
    char scope[VS_NAME_MAX + 1];
    bool any = false;
    vs_status st = any_seal(store, &any);

    if (st != VS_OK || !any)
        return st;
    st = check_scope(store, path, "");
    for (size_t i = 0; path[i] != '\0' && st == VS_OK; i++) {
        if (path[i] == '/') {
            memcpy(scope, path, i);
            scope[i] = '\0';
            st = check_scope(store, path, scope);
        }
    }
    return st;
}

vs_status vs__seal_check_within(vs_store *store, const char *scope)
{
    static const char sql[] =
        "SELECT o.program, o.pid, o.host, m.site, m.at_ms, m.scope "
        "FROM scope_mark AS m LEFT JOIN origin AS o ON o.id = m.origin "
        "WHERE m.mark = 1 AND (m.scope = $1 OR "
        "(m.scope >= $2 AND m.scope < $3)) LIMIT 1";
    char low[VS_NAME_MAX + 2];
    char high[VS_NAME_MAX + 2];
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__path_range(scope, low, high);
    vs__bind_text(s, 1, scope, -1);
    vs__bind_text(s, 2, low, -1);
    vs__bind_text(s, 3, high, -1);
    if ((st = vs__stmt_step(s)) == VS_OK)
        st = fail_sealed(store, "moved", scope, vs__column_text(s, 5), s);
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__mark_put(vs_store *store, vs_mark_kind kind, const char *scope,
                       const char *site)
{
    static const char sql[] =
        "INSERT INTO scope_mark (mark, scope, origin, site, at_ms) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (mark, scope) DO NOTHING";
    struct vs__stmt *s;
    int64_t origin = 0;
    vs_status st = vs__origin_id(store, &origin);

    if (st != VS_OK || (st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, kind);
    vs__bind_text(s, 2, scope, -1);
    vs__bind_i64(s, 3, origin);
    vs__bind_text(s, 4, site != NULL ? site : "", -1);
    vs__bind_i64(s, 5, vs__wall_ms());
    return vs__stmt_run(s);
}

vs_status vs__mark_within(vs_store *store, const char *scope, bool *out)
{
    static const char sql[] =
        "SELECT 1 FROM scope_mark WHERE mark = 1 AND scope = $1 "
        "UNION ALL SELECT 1 FROM scope_mark WHERE mark = 1 "
        "AND scope >= $2 AND scope < $3 "
        "UNION ALL SELECT 1 FROM scope_mark WHERE mark = 2 AND scope = $1 "
        "UNION ALL SELECT 1 FROM scope_mark WHERE mark = 2 "
        "AND scope >= $2 AND scope < $3 LIMIT 1";
    char low[VS_NAME_MAX + 2];
    char high[VS_NAME_MAX + 2];
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__path_range(scope, low, high);
    vs__bind_text(s, 1, scope, -1);
    vs__bind_text(s, 2, low, -1);
    vs__bind_text(s, 3, high, -1);
    st = vs__stmt_step(s);
    *out = st == VS_OK;
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* Takes a mark off; `*had` tells whether there was one. */
static vs_status take(vs_store *store, vs_mark_kind kind, const char *scope,
                      bool *had)
{
    static const char sql[] =
        "DELETE FROM scope_mark WHERE mark = $1 AND scope = $2";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, kind);
    vs__bind_text(s, 2, scope, -1);
    if ((st = vs__stmt_run(s)) == VS_OK)
        *had = vs__db_changes(store->db) != 0;
    return st;
}

/* A path that a scope can have; the root is one. */
static vs_status check_path(vs_store *store, const char *scope)
{
    if (scope != NULL && scope[0] == '\0')
        return VS_OK;
    return vs__path_check(scope, vs__store_words(store));
}

vs_status vs_scope_seal(vs_store *store, const char *scope, const char *site)
{
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = check_path(store, scope)) == VS_OK)
        st = vs__mark_put(store, VS_MARK_SEALED, scope, site);
    return vs__store_end(store, st);
}

/* Takes a mark off that must be there. */
static vs_status take_known(vs_store *store, vs_mark_kind kind,
                            const char *scope, const char *what)
{
    vs_error *err = vs__store_words(store);
    bool had = false;
    bool around;
    vs_status st = check_path(store, scope);

    if (st != VS_OK || (st = take(store, kind, scope, &had)) != VS_OK || had)
        return st;
    around =
        kind == VS_MARK_SEALED && vs__seal_check(store, scope) == VS_ERR_SEALED;
    (void)vs__fail(err, VS_ERR_NOTFOUND, "scope '%.256s' is not %s in %s",
                   scope, what, vs__db_path(store->db));
    if (around)
        vs__hint(err, "a scope around it is sealed");
    return VS_ERR_NOTFOUND;
}

vs_status vs_scope_unseal(vs_store *store, const char *scope)
{
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    return vs__store_end(store,
                         take_known(store, VS_MARK_SEALED, scope, "sealed"));
}

vs_status vs_scope_unreserve(vs_store *store, const char *scope)
{
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    return vs__store_end(
        store, take_known(store, VS_MARK_RESERVED, scope, "reserved"));
}

vs_status vs_mark_list_open(vs_store *store, vs_mark_kind kind,
                            vs_mark_list **out)
{
    vs_mark_list *list;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    if (kind != VS_MARK_SEALED && kind != VS_MARK_RESERVED)
        return vs__fail(vs__store_words(store), VS_ERR_MISUSE,
                        "a mark of kind %d, want %d or %d", (int)kind,
                        (int)VS_MARK_SEALED, (int)VS_MARK_RESERVED);
    if ((list = vs__calloc(1, sizeof *list)) == NULL)
        return vs__fail_nomem(vs__store_words(store));
    list->store = store;
    list->kind = kind;
    vs__buf_init(&list->text, SIZE_MAX / 2);
    *out = list;
    return VS_OK;
}

/* Takes the current row over: scope, program, host, site, pid, at_ms. */
static vs_status keep_row(vs_mark_list *list, struct vs__stmt *s)
{
    size_t at[4];
    const char *text;

    if (strlen(vs__column_text(s, 0)) > VS_NAME_MAX)
        return vs__fail(vs__store_words(list->store), VS_ERR_CORRUPT,
                        "a mark of a scope with %zu bytes, at most %d can be",
                        strlen(vs__column_text(s, 0)), VS_NAME_MAX);
    list->text.len = 0;
    for (int i = 0; i < 4; i++) {
        const char *column = vs__column_text(s, i);

        at[i] = list->text.len;
        if (vs__buf_add(&list->text, column, strlen(column) + 1) != VS_OK)
            return vs__fail_nomem(vs__store_words(list->store));
    }
    text = vs__buf_text(&list->text);
    (void)snprintf(list->next, sizeof list->next, "%s" VS__JUST_BEHIND,
                   vs__column_text(s, 0));
    list->mark.kind = list->kind;
    list->mark.scope = text + at[0];
    list->mark.made.program = text + at[1];
    list->mark.made.host = text + at[2];
    list->mark.made.site = text + at[3];
    list->mark.made.pid = vs__column_i64(s, 4);
    list->mark.made.at_ms = vs__column_i64(s, 5);
    return VS_OK;
}

static vs_status next(vs_mark_list *list)
{
    static const char sql[] =
        "SELECT m.scope, coalesce(o.program, ''), coalesce(o.host, ''), "
        "m.site, coalesce(o.pid, 0), m.at_ms FROM scope_mark AS m "
        "LEFT JOIN origin AS o ON o.id = m.origin "
        "WHERE m.mark = $1 AND m.scope >= $2 "
        "ORDER BY m.scope LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(list->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, list->kind);
    vs__bind_text(s, 2, list->next, -1);
    if ((st = vs__stmt_step(s)) == VS_OK)
        st = keep_row(list, s);
    vs__stmt_reset(s);
    return st;
}

vs_status vs_mark_list_next(vs_mark_list *list, const vs_mark **out)
{
    vs_status st = vs__store_begin(list->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = vs__store_end(list->store, next(list))) == VS_OK)
        *out = &list->mark;
    return st;
}

void vs_mark_list_close(vs_mark_list *list)
{
    if (list == NULL)
        return;
    vs__buf_done(&list->text);
    vs__free(list);
}
