/* settings.c - how every connection is set up, and running a statement of our
 * own that meets somebody else's opening.
 *
 * The settings assume a file that somebody else may have made: nothing in its
 * schema is run (no trigger, no view, no function), a damaged page is refused
 * before it is used, and no statement can grow beyond what ours need.
 */
#include "db/engine.h"

#include <errno.h>
#include <stdio.h>

#define CACHE_KIB   4096 /* of pages, for each connection */
#define CACHE_BYTES (CACHE_KIB << 10)
#define SWEEP_PAGES 8 /* that a sweep goes through */

static const char set_cache[] = "PRAGMA cache_size = -" VS__TEXT(CACHE_KIB);

/* What SQLite allows at most. LENGTH bounds a value and a row: the largest
 * chunk is 4 MiB, and a list of a checkpoint's names is not one value.
 * TRIGGER_DEPTH also bounds foreign keys that act in a chain. VACUUM needs an
 * ATTACH and is therefore refused. */
static const struct {
    int id;
    int most;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, 20 << 20},
    {SQLITE_LIMIT_SQL_LENGTH, 64 << 10},
    {SQLITE_LIMIT_COLUMN, 64},
    {SQLITE_LIMIT_EXPR_DEPTH, 32},
    {SQLITE_LIMIT_COMPOUND_SELECT, 4},
    {SQLITE_LIMIT_VDBE_OP, 50000},
    {SQLITE_LIMIT_FUNCTION_ARG, 16},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 64},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

static const struct {
    int id;
    int on;
} switches[] = {
    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 0}, /* ours are for other people's tools */
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    /* A peer that lost its locks would take itself for the last one, and
     * unlink the log that we write to. */
    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
};

int vs__settings_harden(sqlite3 *conn)
{
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        (void)sqlite3_limit(conn, limits[i].id, limits[i].most);
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        int rc = sqlite3_db_config(conn, switches[i].id, switches[i].on,
                                   (int *)NULL);

        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

int vs__engine_exec(struct vs__db *db, sqlite3 *conn, const char *sql)
{
    int rc;

    do {
        errno = 0;
        rc = sqlite3_exec(conn, sql, NULL, NULL, NULL);
    } while ((rc & 0xff) == SQLITE_BUSY && vs__wait_nap(db));
    return rc;
}

static int ask_once(sqlite3 *conn, const char *sql, char out[32])
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(conn, sql, -1, &s, NULL);

    if (rc != SQLITE_OK)
        return rc;
    out[0] = '\0';
    rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(s, 0);

        (void)snprintf(out, 32, "%s", text != NULL ? (const char *)text : "");
        /* What it changes is committed only now. No answer is NULL. */
        rc = text != NULL ? sqlite3_step(s) : SQLITE_NOMEM;
    }
    if (rc == SQLITE_DONE)
        rc = SQLITE_OK;
    (void)sqlite3_finalize(s);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

int vs__engine_ask(struct vs__db *db, sqlite3 *conn, const char *sql,
                   char out[32])
{
    int rc;

    do {
        errno = 0;
        rc = ask_once(conn, sql, out);
    } while ((rc & 0xff) == SQLITE_BUSY && vs__wait_nap(db));
    return rc;
}

/* SQLite turns KiB into pages with the page size it knows at that moment, and
 * keeps the pages when the size changes: so this is said again once the page
 * size of a new file is known, or its cache would be sixteen times as large.
 * It reads the file, and is the first to find out that it is damaged, locked
 * or cannot have its log beside it. */
int vs__settings_cache(struct vs__db *db, sqlite3 *conn)
{
    return vs__engine_exec(db, conn, set_cache);
}

/* Pages that are in the cache; about, since SQLite tells bytes. */
static int pages_cached(sqlite3 *conn)
{
    int bytes = 0;
    int most = 0;

    (void)sqlite3_db_status(conn, SQLITE_DBSTATUS_CACHE_USED, &bytes, &most, 0);
    return bytes / VS__PAGE_BYTES;
}

void vs__db_sweep_begin(struct vs__db *db)
{
    const int n = pages_cached(db->conn) + SWEEP_PAGES;
    char sql[64];

    if (db->sweeping || db->alone || vs__txn_writing(db) ||
        n >= CACHE_BYTES / VS__PAGE_BYTES)
        return;
    (void)snprintf(sql, sizeof sql, "PRAGMA cache_size = %d", n);
    db->sweeping = sqlite3_exec(db->conn, sql, NULL, NULL, NULL) == SQLITE_OK;
}

void vs__db_sweep_end(struct vs__db *db)
{
    if (db->sweeping)
        db->sweeping =
            sqlite3_exec(db->conn, set_cache, NULL, NULL, NULL) != SQLITE_OK;
}

int vs__settings_sync(struct vs__db *db, sqlite3 *conn, vs_sync sync)
{
    static const char full[] = "PRAGMA synchronous = FULL";
    static const char normal[] = "PRAGMA synchronous = NORMAL";

    return vs__engine_exec(db, conn, sync == VS_SYNC_FULL ? full : normal);
}

/* The log is cut to the soft limit whenever a writer starts it anew. */
int vs__settings_apply(struct vs__db *db, sqlite3 *conn)
{
    static const char always[] = "PRAGMA cell_size_check = ON;"
                                 "PRAGMA temp_store = MEMORY;"
                                 "PRAGMA secure_delete = FAST;"
                                 "PRAGMA mmap_size = 0";
    static const char cut[] =
        "PRAGMA journal_size_limit = " VS__TEXT(VS__LOG_SOFT_BYTES);
    int rc;

    (void)sqlite3_wal_autocheckpoint(conn, 0);
    rc = vs__engine_exec(db, conn, always);
    if (rc == SQLITE_OK)
        rc = vs__engine_exec(db, conn, cut);
    if (rc == SQLITE_OK)
        rc = vs__settings_cache(db, conn);
    if (rc == SQLITE_OK)
        rc = vs__settings_sync(db, conn, db->options.sync);
    return rc;
}
