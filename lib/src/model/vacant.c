/* vacant.c - see vacant.h. */
#include "model/vacant.h"

#include <stdio.h>

#include "base/fail.h"
#include "model/catalog.h"
#include "model/mark.h"
#include "model/parts.h"

vs_status vs__fail_exists(vs_store *store, const char *path, int64_t variable)
{
    static const char sql[] =
        "SELECT o.program, o.pid, o.host, v.site, v.at_ms FROM variable AS v "
        "LEFT JOIN origin AS o ON o.id = v.origin WHERE v.id = $1";
    vs_error *err = vs__store_words(store);
    struct vs__stmt *s;
    char by[VS__ORIGIN_TEXT_MAX];
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        vs__origin_text(by, vs__column_text(s, 0), vs__column_i64(s, 1),
                        vs__column_text(s, 2), vs__column_i64(s, 4),
                        vs__column_text(s, 3));
        (void)vs__fail(err, VS_ERR_EXISTS,
                       "variable %.160s already exists in %.160s: made by %s",
                       path, vs__db_path(store->db), by);
        vs__hint(err, "VS_REUSE_AUTO shares it, VS_REUSE_TRUE fetches it");
        st = VS_ERR_EXISTS;
    } else if (st == VS_DONE) {
        st = vs__fail(err, VS_ERR_CORRUPT,
                      "name %.256s: its variable %lld has no row", path,
                      (long long)variable);
    }
    vs__stmt_reset(s);
    return st;
}

/* Is there a variable of that path, or a partitioned one? Mostly there is no
 * name from the path to that of its first part, and one look tells both. */
static vs_status look(vs_store *store, const char *path)
{
    char part[VS_NAME_MAX + 1];
    struct vs__name_row row;
    int64_t variable = 0;
    bool none = false;
    vs_status st = VS_OK;

    if (vs__part_name(path, 0, part))
        st = vs__names_none(store, path, part, &none);
    if (st != VS_OK || none)
        return st;
    if ((st = vs__name_look(store, path, &row)) == VS_OK)
        return vs__fail_exists(store, path, row.variable);
    if (st == VS_DONE &&
        (st = vs__whole_find(store, 0, path, &variable, NULL)) == VS_OK)
        return vs__fail_exists(store, path, variable);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status vacant_here(vs_store *store, const char *path)
{
    vs_status st = look(store, path);

    if (st == VS_OK)
        st = vs__part_reserved(store, path);
    return st == VS_OK ? vs__seal_check(store, path) : st;
}

/* The same, by one of these two, in the store of local variables, or in the one
 * around it. */
static vs_status vacant_there(vs_store *other, const char *path,
                              vs_status (*vacant)(vs_store *store,
                                                  const char *path))
{
    vs_status st;

    if (other == NULL)
        return VS_OK;
    if ((st = vs__txn_begin(other->db, VS_TXN_READ)) == VS_OK)
        st = vs__txn_end(other->db, vacant(other, path));
    return vs__store_tell(other, st);
}

vs_status vs__name_vacant(vs_store *store, const char *path)
{
    vs_status st;

    if ((st = vacant_here(store, path)) != VS_OK ||
        (st = vacant_there(store->outer, path, vacant_here)) != VS_OK)
        return st;
    return vacant_there(store->locals, path, vacant_here);
}

vs_status vs__whole_vacant(vs_store *store, const char *path)
{
    char part[VS_NAME_MAX + 8]; /* parts lie in a scope of the whole's name */
    vs_status st;

    (void)snprintf(part, sizeof part, "%s/part_0", path);
    if ((st = vs__name_vacant(store, path)) != VS_OK ||
        (st = vs__seal_check(store, part)) != VS_OK ||
        (st = vacant_there(store->outer, part, vs__seal_check)) != VS_OK ||
        (st = vs__parts_vacant(store, path)) != VS_OK ||
        (st = vacant_there(store->outer, path, vs__parts_vacant)) != VS_OK)
        return st;
    return vacant_there(store->locals, path, vs__parts_vacant);
}
