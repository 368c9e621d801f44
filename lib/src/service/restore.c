/* restore.c - gives names the versions that a checkpoint holds.
 *
 * First everything is read: the checkpoint against its root, then every name
 * that it or the store has, to tell what would change. Then names are made to
 * lead where they led, variables get their versions, and, if that is wanted,
 * other names are removed. What is done is found again by statements that look
 * for what is not yet as it was saved, one name at a time, so that memory does
 * not grow with the store.
 *
 * Names outside the scope are left alone, but a variable has one value: an
 * alias outside of a restored variable shows the restored version, and so does
 * a name that was given to it after the checkpoint and is kept.
 */
#include "varstore/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fail.h"
#include "base/options.h"
#include "model/catalog.h"
#include "model/describe.h"
#include "model/mark.h"
#include "model/record.h"
#include "model/store.h"
#include "model/value.h"
#include "service/checkpoint.h"
#include "service/regroup.h"
#include "service/subset.h"

/* Every statement here begins with the checkpoint, then the scope. */
#define IN_SCOPE VS__SUBSET_SQL("$2", "$3", "$4", "$5")

/* Checkpoints have no say over the variables that they leave out. */
#define HAS_HISTORY                                       \
    "n.variable NOT IN (SELECT variable FROM collection " \
    "WHERE key = '" VS_UNSAVED_VARIABLES "') "

struct restore {
    vs_store *store;            /* borrowed */
    int64_t checkpoint;         /* to be restored */
    vs_restore_options options; /* as given, padded */
    struct vs__subset subset;   /* the names it is about */
    struct vs__regroup regroup; /* what is cut in another way now */
    vs_restore_report report;   /* so far */
    struct vs__buf told; /* a byte of change, a path, its NUL; and so on */
};

static vs_status init(struct restore *r, vs_store *store, int64_t checkpoint,
                      const vs_restore_options *given)
{
    vs_error *err = vs__store_words(store);
    vs_status st;

    memset(r, 0, sizeof *r);
    r->store = store;
    r->checkpoint = checkpoint;
    vs__buf_init(&r->told, SIZE_MAX / 2);
    st = vs__options_take(&r->options, sizeof r->options, given,
                          "vs_restore_options", err);
    if (st == VS_OK)
        st = vs__subset_make(&r->subset, r->options.scope, err);
    return st;
}

/* Binds what the statements below begin with. */
static void bind_given(const struct restore *r, struct vs__stmt *s)
{
    vs__bind_i64(s, 1, r->checkpoint);
    vs__subset_bind(&r->subset, s, 2, NULL);
}

/* Remembers a change, if somebody wants to hear of it. */
static vs_status remember(struct restore *r, vs_restore_change what,
                          const char *path)
{
    const uint8_t change = (uint8_t)what;

    if (r->options.on_change == NULL)
        return VS_OK;
    if (vs__buf_add(&r->told, &change, 1) != VS_OK ||
        vs__buf_add(&r->told, path, strlen(path) + 1) != VS_OK)
        return vs__fail_nomem(vs__store_words(r->store));
    return VS_OK;
}

/* Counts the name in the current row of compare. */
static vs_status note(struct restore *r, struct vs__stmt *s)
{
    const char *path = vs__column_text(s, 0);
    const char *whole = NULL;
    vs_status st;

    if (vs__regroup_keeps(&r->regroup, path, &whole)) {
        if (whole == NULL)
            return VS_OK;
        r->report.n_set++;
        return remember(r, VS_RESTORE_SET, whole);
    }
    if (vs__column_i64(s, 1) != 0) {
        if (r->options.exact || vs__regroup_clashes(&r->regroup, path)) {
            r->report.n_removed++;
            return remember(r, VS_RESTORE_REMOVED, path);
        }
        r->report.n_extra++;
        return remember(r, VS_RESTORE_EXTRA, path);
    }
    if (vs__column_i64(s, 2) != 0) {
        r->report.n_made++;
        if (vs__column_null(s, 4) &&
            (st = vs__seal_check(r->store, path)) != VS_OK)
            return st;
        return remember(r, VS_RESTORE_MADE, path);
    }
    if (vs__column_i64(s, 3) != 0) {
        r->report.n_set++;
        return remember(r, VS_RESTORE_SET, path);
    }
    r->report.n_same++;
    return VS_OK;
}

/* The statements below go from a checkpoint to its names by their ids, in an
 * index that no path has been looked up in. */
static vs_status check_ids(struct restore *r, int64_t want)
{
    static const char sql[] =
        "SELECT " VS__NAME ", n.path FROM checkpoint_variable AS c "
        "CROSS JOIN name AS n WHERE c.checkpoint = $1 AND n.id = c.name";
    struct vs__stmt *s;
    int64_t n = 0;
    vs_status st = vs__stmt_get(r->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, r->checkpoint);
    while ((st = vs__stmt_step(s)) == VS_OK &&
           (st = vs__name_check(r->store, s, 0, vs__column_text(s, VS__N_NAME),
                                NULL)) == VS_OK)
        n++;
    vs__stmt_reset(s);
    if (st == VS_DONE && n != want)
        return vs__fail(vs__store_words(r->store), VS_ERR_CORRUPT,
                        "checkpoint %lld: the index of ids leads to %lld of "
                        "its names, want %lld",
                        (long long)r->checkpoint, (long long)n,
                        (long long)want);
    return st == VS_DONE ? VS_OK : st;
}

/* Compares every name with the checkpoint, in order: whether the checkpoint
 * lacks it, it leads elsewhere, or to another version. */
static vs_status compare(struct restore *r)
{
    static const char sql[] =
        "SELECT n.path, c.name IS NULL, "
        "n.variable IS NULL OR n.variable <> s.variable, "
        "v.current IS NULL OR v.current <> s.id, n.variable, " VS__NAME
        " FROM name AS n "
        "LEFT JOIN checkpoint_variable AS c "
        "ON c.checkpoint = $1 AND c.name = n.id "
        "LEFT JOIN version AS s ON s.id = c.version "
        "LEFT JOIN variable AS v ON v.id = s.variable "
        "WHERE " IN_SCOPE "AND (c.name IS NOT NULL OR "
        "(n.variable IS NOT NULL AND " HAS_HISTORY ")) "
        "ORDER BY n.path";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(r->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    bind_given(r, s);
    while ((st = vs__stmt_step(s)) == VS_OK)
        if ((st = vs__name_check(r->store, s, 5, vs__column_text(s, 0),
                                 NULL)) != VS_OK ||
            (st = note(r, s)) != VS_OK)
            break;
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* A name that has to be changed. */
struct change {
    int64_t name;               /* name.id */
    int64_t from;               /* variable it leads to now; 0: none */
    int64_t variable;           /* variable of the version */
    int64_t version;            /* that the checkpoint holds */
    bool alias;                 /* as it was saved */
    char path[VS_NAME_MAX + 1]; /* as check_ids or compare found it */
};

/* Runs a statement whose $6 is the name to go on behind and whose columns are
 * those of struct change. VS_DONE: no more. */
static vs_status next_change(struct restore *r, const char *sql,
                             struct change *out)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(r->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    bind_given(r, s);
    vs__bind_i64(s, 6, out->name);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        out->name = vs__column_i64(s, 0);
        out->from = vs__column_i64(s, 1); /* NULL reads as 0 */
        out->variable = vs__column_i64(s, 2);
        out->version = vs__column_i64(s, 3);
        out->alias = vs__column_i64(s, 4) != 0;
        (void)snprintf(out->path, sizeof out->path, "%s",
                       vs__column_text(s, 5));
    }
    vs__stmt_reset(s);
    return st;
}

/* What the model calls stale is damage here: the checkpoint leads to it. */
static vs_status must_be_there(struct restore *r, vs_status st,
                               const struct change *change)
{
    if (st != VS_ERR_STALE)
        return st;
    return vs__fail(vs__store_words(r->store), VS_ERR_CORRUPT,
                    "name '%s': version %lld or its variable %lld is not there",
                    change->path, (long long)change->version,
                    (long long)change->variable);
}

static vs_status put_name(struct restore *r, const struct change *change)
{
    struct vs__variable_row row;
    struct vs__name_row name;
    vs_status st = vs__variable_row(r->store, change->variable, &row);

    if (st != VS_OK)
        return st;
    name = vs__name_of(&row, change->alias);
    return vs__name_put(r->store, change->path, &name);
}

/* Makes names lead to the variables they led to. */
static vs_status attach_names(struct restore *r)
{
    static const char sql[] =
        "SELECT n.id, n.variable, s.variable, s.id, c.alias, n.path "
        "FROM checkpoint_variable AS c CROSS JOIN name AS n "
        "CROSS JOIN version AS s WHERE c.checkpoint = $1 AND n.id = c.name "
        "AND s.id = c.version AND " IN_SCOPE
        "AND c.name > $6 AND (n.variable IS NULL OR n.variable <> s.variable) "
        "ORDER BY c.name LIMIT 1";
    struct change change = {.name = 0};
    vs_status st;

    while ((st = next_change(r, sql, &change)) == VS_OK) {
        if (vs__regroup_keeps(&r->regroup, change.path, NULL))
            continue;
        st = vs__regroup_fits(&r->regroup, change.path, change.variable);
        if (st != VS_OK)
            return st;
        if (change.from != 0 &&
            (st = vs__name_detach(r->store, change.name)) != VS_OK)
            return must_be_there(r, st, &change);
        if ((st = put_name(r, &change)) != VS_OK)
            return must_be_there(r, st, &change);
    }
    return st == VS_DONE ? VS_OK : st;
}

/* Makes the saved versions current. A variable goes back with the first of its
 * names: the others no longer differ. */
static vs_status set_versions(struct restore *r)
{
    static const char sql[] =
        "SELECT n.id, n.variable, s.variable, s.id, c.alias, n.path "
        "FROM checkpoint_variable AS c CROSS JOIN name AS n "
        "CROSS JOIN version AS s "
        "LEFT JOIN variable AS v ON v.id = s.variable "
        "WHERE c.checkpoint = $1 AND n.id = c.name AND s.id = c.version "
        "AND " IN_SCOPE
        "AND c.name > $6 AND (v.current IS NULL OR v.current <> s.id) "
        "ORDER BY c.name LIMIT 1";
    struct change change = {.name = 0};
    vs_status st;

    while ((st = next_change(r, sql, &change)) == VS_OK) {
        if (vs__regroup_keeps(&r->regroup, change.path, NULL))
            continue;
        st =
            vs__variable_set_current(r->store, change.variable, change.version);
        if (st != VS_OK)
            return must_be_there(r, st, &change);
    }
    return st == VS_DONE ? VS_OK : st;
}

/* Finds the next name, from `path` on, that the checkpoint does not have. */
static vs_status next_other(struct restore *r, char *path, int64_t *name)
{
    static const char sql[] =
        "SELECT n.id, n.path FROM name AS n WHERE n.variable IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM checkpoint_variable AS c "
        "WHERE c.checkpoint = $1 AND c.name = n.id) "
        "AND " HAS_HISTORY "AND " IN_SCOPE "ORDER BY n.path LIMIT 1";
    char found[VS_NAME_MAX + 1]; /* `path` is borrowed until the reset */
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(r->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, r->checkpoint);
    vs__subset_bind(&r->subset, s, 2, path);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        *name = vs__column_i64(s, 0);
        (void)snprintf(found, sizeof found, "%s", vs__column_text(s, 1));
    }
    vs__stmt_reset(s);
    if (st == VS_OK)
        memcpy(path, found, strlen(found) + 1);
    return st;
}

/* Takes away the names that the checkpoint does not have. */
static vs_status detach_others(struct restore *r)
{
    char path[VS_NAME_MAX + 2];
    int64_t name = 0;
    vs_status st;

    memcpy(path, r->subset.scope, sizeof path);
    while ((st = next_other(r, path, &name)) == VS_OK) {
        if (vs__regroup_keeps(&r->regroup, path, NULL))
            memcpy(path + strlen(path), VS__JUST_BEHIND,
                   sizeof VS__JUST_BEHIND);
        else if ((st = vs__name_detach(r->store, name)) != VS_OK)
            return st;
    }
    return st == VS_DONE ? VS_OK : st;
}

/* Finds the next name whose place among those of its variable is wrong, by a
 * statement with the columns: the name of the checkpoint to go on with, the
 * wrong one, and whether that is to be an alias. VS_DONE: no more. */
static vs_status next_misplaced(struct restore *r, const char *sql, int64_t *at,
                                int64_t *name, bool *alias)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(r->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    bind_given(r, s);
    vs__bind_i64(s, 6, *at);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        *at = vs__column_i64(s, 0);
        *name = vs__column_i64(s, 1);
        *alias = vs__column_i64(s, 2) != 0;
    }
    vs__stmt_reset(s);
    return st;
}

static vs_status place_names(struct restore *r, const char *sql)
{
    int64_t at = 0;
    int64_t name = 0;
    bool alias = false;
    vs_status st;

    while ((st = next_misplaced(r, sql, &at, &name, &alias)) == VS_OK)
        if ((st = vs__name_set_alias(r->store, name, alias)) != VS_OK)
            return st;
    return st == VS_DONE ? VS_OK : st;
}

/* Names were attached and detached one by one; now each restored variable gets
 * back the first name that it had, and all its others are aliases. Where that
 * name lies outside the scope and is gone, the oldest takes its place. */
static vs_status order_names(struct restore *r)
{
    static const char as_saved[] =
        "SELECT c.name, m.id, CASE WHEN m.id = n.id THEN 0 ELSE 1 END "
        "FROM checkpoint_variable AS c CROSS JOIN name AS n "
        "CROSS JOIN name AS m WHERE c.checkpoint = $1 AND n.id = c.name "
        "AND " IN_SCOPE "AND c.name >= $6 AND c.alias = 0 "
        "AND m.variable = n.variable "
        "AND m.alias <> CASE WHEN m.id = n.id THEN 0 ELSE 1 END "
        "ORDER BY c.name LIMIT 1";
    static const char oldest[] =
        "SELECT c.name, "
        "(SELECT min(m.id) FROM name AS m WHERE m.variable = n.variable), 0 "
        "FROM checkpoint_variable AS c CROSS JOIN name AS n "
        "WHERE c.checkpoint = $1 AND n.id = c.name AND " IN_SCOPE
        "AND c.name >= $6 AND n.variable IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM name AS m "
        "WHERE m.variable = n.variable AND m.alias = 0) "
        "ORDER BY c.name LIMIT 1";
    vs_status st = place_names(r, as_saved);

    return st == VS_OK ? place_names(r, oldest) : st;
}

static vs_status restore(struct restore *r)
{
    struct vs__checkpoint_row row;
    vs_status st;

    if ((st = vs__checkpoint_row(r->store, r->checkpoint, &row)) != VS_OK ||
        (st = vs__checkpoint_verify(r->store, &row)) != VS_OK ||
        (st = check_ids(r, row.n_names)) != VS_OK ||
        (st = vs__names_verify(r->store)) != VS_OK ||
        (st = vs__regroup_find(&r->regroup, r->store, r->checkpoint, &r->subset,
                               r->options.keep_partitions)) != VS_OK ||
        (st = compare(r)) != VS_OK || r->options.dry_run)
        return st;
    if ((st = vs__regroup_remove(&r->regroup)) != VS_OK ||
        (st = attach_names(r)) != VS_OK || (st = set_versions(r)) != VS_OK ||
        (r->options.exact && (st = detach_others(r)) != VS_OK) ||
        (st = order_names(r)) != VS_OK ||
        (st = vs__regroup_write(&r->regroup)) != VS_OK)
        return st;
    return vs__store_set_head(r->store, r->checkpoint);
}

/* Tells what has changed, now that it is certain. */
static void tell(const struct restore *r)
{
    const char *at = (const char *)r->told.data;
    const char *end = at + r->told.len;

    while (at < end) {
        const vs_restore_change change = (vs_restore_change)*at;

        r->options.on_change(change, at + 1, r->options.ctx);
        at += strlen(at + 1) + 2;
    }
}

vs_status vs_checkpoint_restore(vs_store *store, int64_t checkpoint,
                                const vs_restore_options *given,
                                vs_restore_report *report)
{
    struct restore r;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK || (st = init(&r, store, checkpoint, given)) != VS_OK)
        return st;
    st = vs__store_begin(store, r.options.dry_run ? VS_TXN_READ : VS_TXN_WRITE);
    if (st != VS_OK)
        goto out;
    if ((st = vs__store_end(store, restore(&r))) != VS_OK)
        goto out;
    if (report != NULL)
        *report = r.report;
    if (r.told.len != 0)
        tell(&r);
out:
    vs__regroup_done(&r.regroup);
    vs__buf_done(&r.told);
    return st;
}
