/* inspect.c - what can be asked of a connection and its file. */
#include "db/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

vs_error *vs__db_error(struct vs__db *db)
{
    return &db->err;
}

const char *vs__db_path(const struct vs__db *db)
{
    return db->place.path;
}

const char *vs__db_file(const struct vs__db *db)
{
    return db->place.file;
}

bool vs__db_readonly(const struct vs__db *db)
{
    return db->readonly;
}

const char *vs__db_engine(void)
{
    return sqlite3_libversion();
}

/* The only number in the only row of `sql`. */
static vs_status number(struct vs__db *db, const char *sql, int64_t *out)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(db, sql, &s);

    if (st != VS_OK)
        return st;
    st = vs__stmt_step(s);
    if (st == VS_OK)
        *out = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__db_is_new(struct vs__db *db, bool *out)
{
    int64_t any = 0;
    vs_status st =
        number(db, "SELECT EXISTS (SELECT 1 FROM sqlite_schema)", &any);

    if (st == VS_OK)
        *out = any == 0;
    return st;
}

vs_status vs__db_sizes(struct vs__db *db, int64_t *file, int64_t *wal,
                       int64_t *unused)
{
    const int64_t n_file = vs__place_bytes(db->place.file);
    const int64_t n_wal = vs__place_bytes(db->place.wal);
    int64_t n = 0;
    int64_t page = 0;
    vs_status st;

    if (n_file < 0 || n_wal < 0)
        return vs__fail(&db->err, VS_ERR_IO, "'%s' cannot be looked at",
                        db->place.path);
    if ((st = number(db, "PRAGMA freelist_count", &n)) != VS_OK ||
        (st = number(db, "PRAGMA page_size", &page)) != VS_OK)
        return st;
    *file = n_file;
    *wal = n_wal;
    *unused = n * page;
    return VS_OK;
}

vs_status vs__db_schema_number(struct vs__db *db, int *out)
{
    int64_t n = 0;
    vs_status st = number(db, "PRAGMA user_version", &n);

    if (st == VS_OK)
        *out = (int)n;
    return st;
}

/* A pragma takes no parameters; what is printed into it is a number. */
vs_status vs__db_set_schema_number(struct vs__db *db, int n)
{
    char sql[64];
    int rc;

    if (!vs__txn_writing(db))
        return vs__fail(&db->err, VS_ERR_MISUSE,
                        "'%s': the schema number is set outside a write "
                        "transaction",
                        db->place.path);
    if (vs__txn_lost(db))
        return vs__txn_fail_lost(db);
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", n);
    errno = 0;
    rc = sqlite3_exec(db->conn, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? VS_OK : vs__engine_fail(db, db->conn, rc);
}

void vs__db_lenient_begin(struct vs__db *db)
{
    db->lenient++;
}

void vs__db_lenient_end(struct vs__db *db)
{
    db->lenient--;
}

vs_status vs__db_data_version(struct vs__db *db, int64_t *out)
{
    return number(db, "PRAGMA data_version", out);
}

typedef void told_fn(const char *what, void *ctx);

static vs_status check_structure(struct vs__db *db, told_fn *told, void *ctx,
                                 bool *damaged)
{
    static const char sql[] = "PRAGMA integrity_check(100)";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *what = vs__column_text(s, 0);

        if (strcmp(what, "ok") == 0)
            continue;
        *damaged = true;
        told(what, ctx);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status check_references(struct vs__db *db, told_fn *told, void *ctx)
{
    static const char sql[] = "PRAGMA foreign_key_check";
    struct vs__stmt *s;
    char what[256];
    vs_status st = vs__stmt_get(db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        (void)snprintf(what, sizeof what,
                       "row %lld of table %.80s refers to a row of %.80s that "
                       "does not exist",
                       (long long)vs__column_i64(s, 1), vs__column_text(s, 0),
                       vs__column_text(s, 2));
        told(what, ctx);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* The pages that the connection has read, in the check above all that are in
 * use, and that are not what was written. */
static void tell_pages(struct vs__db *db, told_fn *told, void *ctx)
{
    const int64_t n = vs__sums_noted(db);
    char what[96];

    for (int64_t i = 0; i < n && i < VS__SUMS_NOTED; i++) {
        (void)snprintf(what, sizeof what, "page %lld is not what was written",
                       (long long)db->sums->damaged[i]);
        told(what, ctx);
    }
    if (n > VS__SUMS_NOTED) {
        (void)snprintf(what, sizeof what,
                       "%lld more pages are not what was written",
                       (long long)(n - VS__SUMS_NOTED));
        told(what, ctx);
    }
}

vs_status vs__db_check(struct vs__db *db, told_fn *told, void *ctx)
{
    bool damaged = false;
    vs_status st;

    (void)sqlite3_db_release_memory(db->conn); /* the disk is asked */
    st = check_structure(db, told, ctx, &damaged);
    tell_pages(db, told, ctx);
    if (st == VS_OK)
        st = check_references(db, told, ctx);
    if (st == VS_ERR_CORRUPT && damaged) {
        /* More of what was told; pages that cannot be read end the check. */
        told(db->err.message, ctx);
        vs__clear(&db->err);
        st = VS_OK;
    }
    return st;
}
