/* mark.c - see mark.h.
 *
 * A seal is looked for wherever a name is made, so a store without seals pays
 * one look at the first mark; with seals, two for each scope around the name.
 * A key that was damaged turns a search away from itself, or from others, and
 * the search ends beside it: the rows beside the place are compared as well.
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
#include "model/record.h"

struct vs_mark_list {
    vs_store *store; /* borrowed */
    vs_mark_kind kind;
    char next[VS_NAME_MAX + 2]; /* where the next one is looked for */
    struct vs__buf text;        /* of the mark below */
    vs_mark mark;               /* last given */
};

/* The columns of the statements below, of a mark and of its origin. */
#define COLUMNS                                    \
    VS__MARK_COLUMNS ", coalesce(o.program, ''), " \
                     "coalesce(o.host, ''), coalesce(o.pid, 0)"

enum column {
    COL_MARK,
    COL_SCOPE,
    COL_ORIGIN,
    COL_SITE,
    COL_AT,
    COL_RECORD,
    COL_PROGRAM,
    COL_HOST,
    COL_PID
};

static struct vs__digest record_of(int64_t mark, const char *scope,
                                   int64_t origin, const char *site,
                                   int64_t at_ms)
{
    const int64_t numbers[] = {mark, origin, at_ms};
    const char *const texts[] = {scope, site};

    return vs__record_of(numbers, 3, texts, 2);
}

vs_status vs__mark_check(vs_store *store, struct vs__stmt *s)
{
    const char *scope = vs__column_text(s, COL_SCOPE);
    const struct vs__digest want = record_of(
        vs__column_i64(s, COL_MARK), scope, vs__column_i64(s, COL_ORIGIN),
        vs__column_text(s, COL_SITE), vs__column_i64(s, COL_AT));

    if (vs__record_is(s, COL_RECORD, &want))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "scope '%.256s': the row of its mark is not what was "
                    "written",
                    scope);
}

/* The next row of a statement, and is it what was written? */
static vs_status step(vs_store *store, struct vs__stmt *s)
{
    const vs_status st = vs__stmt_step(s);

    return st == VS_OK ? vs__mark_check(store, s) : st;
}

/* Leaves `*out` on the first mark of all, seals before reservations; reset it
 * then. VS_DONE: none, and nothing is left. */
static vs_status first(vs_store *store, struct vs__stmt **out)
{
    static const char sql[] = "SELECT " COLUMNS " FROM scope_mark AS m "
                              "LEFT JOIN origin AS o ON o.id = m.origin "
                              "ORDER BY m.mark, m.scope LIMIT 1";
    vs_status st = vs__stmt_get(store->db, sql, out);

    if (st == VS_OK && (st = step(store, *out)) != VS_OK)
        vs__stmt_reset(*out);
    return st;
}

static bool is_before(struct vs__stmt *s, vs_mark_kind kind, const char *scope)
{
    const int64_t mark = vs__column_i64(s, COL_MARK);

    return mark < kind ||
           (mark == kind && strcmp(vs__column_text(s, COL_SCOPE), scope) < 0);
}

/* The mark before the place of one; a key that is NULL now is before all, and
 * no comparison finds it. */
static vs_status check_before(vs_store *store, vs_mark_kind kind,
                              const char *scope)
{
    static const char sql[] = "SELECT " COLUMNS " FROM scope_mark AS m "
                              "LEFT JOIN origin AS o ON o.id = m.origin "
                              "WHERE (m.mark, m.scope) < ($1, $2) "
                              "ORDER BY m.mark DESC, m.scope DESC LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, kind);
    vs__bind_text(s, 2, scope, -1);
    st = step(store, s);
    vs__stmt_reset(s);
    if (st == VS_DONE && (st = first(store, &s)) == VS_OK) {
        st = is_before(s, kind, scope)
                 ? vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                            "the marks of scopes are not in order")
                 : VS_OK;
        vs__stmt_reset(s);
    }
    return st == VS_DONE ? VS_OK : st;
}

/* Leaves `*out` on the first mark of a kind whose scope is `from` or behind it;
 * reset it then. VS_DONE: none, and nothing is left. */
static vs_status seek(vs_store *store, vs_mark_kind kind, const char *from,
                      struct vs__stmt **out)
{
    static const char sql[] =
        "SELECT " COLUMNS " FROM scope_mark AS m "
        "LEFT JOIN origin AS o ON o.id = m.origin "
        "WHERE (m.mark, m.scope) >= ($1, $2) ORDER BY m.mark, m.scope";
    vs_status st = check_before(store, kind, from);

    if (st != VS_OK || (st = vs__stmt_get(store->db, sql, out)) != VS_OK)
        return st;
    vs__bind_i64(*out, 1, kind);
    vs__bind_text(*out, 2, from, -1);
    st = step(store, *out);
    if (st == VS_OK && vs__column_i64(*out, COL_MARK) == kind)
        return VS_OK;
    vs__stmt_reset(*out);
    return st == VS_OK ? VS_DONE : st;
}

/* Leaves `*out` on the mark of a scope; reset it then. VS_DONE: it has none. */
static vs_status find(vs_store *store, vs_mark_kind kind, const char *scope,
                      struct vs__stmt **out)
{
    vs_status st = seek(store, kind, scope, out);

    if (st == VS_OK && strcmp(vs__column_text(*out, COL_SCOPE), scope) != 0) {
        vs__stmt_reset(*out);
        st = VS_DONE;
    }
    return st;
}

/* The same for a scope, or one in it. The walk meets "a.b" between "a" and
 * "a/b", and ends with the first row that is behind both. */
static vs_status find_within(vs_store *store, vs_mark_kind kind,
                             const char *scope, struct vs__stmt **out)
{
    char low[VS_NAME_MAX + 2];
    char high[VS_NAME_MAX + 2];
    vs_status st = seek(store, kind, scope, out);

    if (st != VS_OK)
        return st;
    vs__path_range(scope, low, high);
    do {
        const char *found = vs__column_text(*out, COL_SCOPE);

        if (vs__column_i64(*out, COL_MARK) == kind &&
            vs__path_within(found, scope))
            return VS_OK;
        st = vs__column_i64(*out, COL_MARK) != kind || strcmp(found, high) >= 0
                 ? VS_DONE
                 : step(store, *out);
    } while (st == VS_OK);
    vs__stmt_reset(*out);
    return st;
}

/* Words for a name that must not be made or moved, from a seal that was found.
 */
static vs_status fail_sealed(vs_store *store, const char *what,
                             const char *path, struct vs__stmt *s)
{
    vs_error *err = vs__store_words(store);
    char by[VS__ORIGIN_TEXT_MAX];

    vs__origin_text(by, vs__column_text(s, COL_PROGRAM),
                    vs__column_i64(s, COL_PID), vs__column_text(s, COL_HOST),
                    vs__column_i64(s, COL_AT), vs__column_text(s, COL_SITE));
    (void)vs__fail(err, VS_ERR_SEALED,
                   "%.200s cannot be %s: scope '%.120s' is "
                   "sealed, by %s",
                   path, what, vs__column_text(s, COL_SCOPE), by);
    vs__hint(err, "vs_scope_unseal opens the scope");
    return VS_ERR_SEALED;
}

/* One scope. */
static vs_status check_scope(vs_store *store, const char *path,
                             const char *scope)
{
    struct vs__stmt *s;
    vs_status st = find(store, VS_MARK_SEALED, scope, &s);

    if (st != VS_OK)
        return st == VS_DONE ? VS_OK : st;
    st = fail_sealed(store, "made", path, s);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__seal_check(vs_store *store, const char *path)
{
    char scope[VS_NAME_MAX + 1];
    struct vs__stmt *s;
    bool any;
    vs_status st = first(store, &s);

    if (st != VS_OK)
        return st == VS_DONE ? VS_OK : st;
    any = vs__column_i64(s, COL_MARK) == VS_MARK_SEALED;
    vs__stmt_reset(s);
    st = any ? check_scope(store, path, "") : VS_DONE;
    for (size_t i = 0; path[i] != '\0' && st == VS_OK; i++) {
        if (path[i] == '/') {
            memcpy(scope, path, i);
            scope[i] = '\0';
            st = check_scope(store, path, scope);
        }
    }
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__seal_check_within(vs_store *store, const char *scope)
{
    struct vs__stmt *s;
    vs_status st = find_within(store, VS_MARK_SEALED, scope, &s);

    if (st != VS_OK)
        return st == VS_DONE ? VS_OK : st;
    st = fail_sealed(store, "moved", scope, s);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__mark_put(vs_store *store, vs_mark_kind kind, const char *scope,
                       const char *site)
{
    static const char sql[] =
        "INSERT INTO scope_mark (mark, scope, origin, site, at_ms, record) "
        "VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (mark, scope) DO NOTHING";
    const int64_t now = vs__wall_ms();
    struct vs__digest record;
    struct vs__stmt *s;
    int64_t origin = 0;
    vs_status st = vs__origin_id(store, &origin);

    if (st != VS_OK || (st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    site = site != NULL ? site : "";
    record = record_of(kind, scope, origin, site, now);
    vs__bind_i64(s, 1, kind);
    vs__bind_text(s, 2, scope, -1);
    vs__bind_i64(s, 3, origin);
    vs__bind_text(s, 4, site, -1);
    vs__bind_i64(s, 5, now);
    vs__bind_blob(s, 6, record.bytes, VS__DIGEST_BYTES);
    return vs__stmt_run(s);
}

vs_status vs__mark_within(vs_store *store, const char *scope, bool *out)
{
    struct vs__stmt *s;
    vs_status st = find_within(store, VS_MARK_SEALED, scope, &s);

    if (st == VS_DONE)
        st = find_within(store, VS_MARK_RESERVED, scope, &s);
    *out = st == VS_OK;
    if (st == VS_OK)
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
    struct vs__stmt *s;
    bool had = false;
    bool around = false;
    vs_status st = check_path(store, scope);

    if (st != VS_OK || (st = take(store, kind, scope, &had)) != VS_OK || had)
        return st;
    if ((st = seek(store, kind, scope, &s)) == VS_OK)
        vs__stmt_reset(s);
    else if (st != VS_DONE)
        return st;
    if (kind == VS_MARK_SEALED) {
        st = vs__seal_check(store, scope);
        around = st == VS_ERR_SEALED;
        if (st != VS_OK && !around)
            return st;
    }
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

/* Takes the current row over. */
static vs_status keep_row(vs_mark_list *list, struct vs__stmt *s)
{
    static const enum column texts[4] = {COL_SCOPE, COL_PROGRAM, COL_HOST,
                                         COL_SITE};
    const char *scope = vs__column_text(s, COL_SCOPE);
    size_t at[4];
    const char *text;

    if (strlen(scope) > VS_NAME_MAX)
        return vs__fail(vs__store_words(list->store), VS_ERR_CORRUPT,
                        "a mark of a scope with %zu bytes, at most %d can be",
                        strlen(scope), VS_NAME_MAX);
    list->text.len = 0;
    for (int i = 0; i < 4; i++) {
        const char *column = vs__column_text(s, (int)texts[i]);

        at[i] = list->text.len;
        if (vs__buf_add(&list->text, column, strlen(column) + 1) != VS_OK)
            return vs__fail_nomem(vs__store_words(list->store));
    }
    text = vs__buf_text(&list->text);
    (void)snprintf(list->next, sizeof list->next, "%s" VS__JUST_BEHIND, scope);
    list->mark.kind = list->kind;
    list->mark.scope = text + at[0];
    list->mark.made.program = text + at[1];
    list->mark.made.host = text + at[2];
    list->mark.made.site = text + at[3];
    list->mark.made.pid = vs__column_i64(s, COL_PID);
    list->mark.made.at_ms = vs__column_i64(s, COL_AT);
    return VS_OK;
}

static vs_status next(vs_mark_list *list)
{
    struct vs__stmt *s;
    vs_status st = seek(list->store, list->kind, list->next, &s);

    if (st != VS_OK)
        return st;
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
