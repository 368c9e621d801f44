/* create.c - from an empty file to a store without tables, while others look.
 *
 * Nobody can tell an empty file that stays so from one that its creator has
 * made a moment ago, except by SQLite's lock and the files beside it. So
 * whoever wants to create proceeds and decides under the exclusive lock; who
 * only wants to open waits, as long as there are signs of a creator.
 */
#include "db/engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"

static vs_status file_bytes(struct vs__db *db, int64_t *out)
{
    *out = vs__place_bytes(db->place.file);
    return *out >= 0 ? VS_OK
                     : vs__fail(&db->err, VS_ERR_IO, "'%s' cannot be looked at",
                                db->place.path);
}

/* Gives an empty file its identity, unless somebody else just has. */
vs_status vs__create_stamp(struct vs__db *db)
{
    static const char page[] = "PRAGMA page_size = " VS__TEXT(VS__PAGE_BYTES);
    char set_id[64];
    int free_bytes = VS__SUM_BYTES; /* at the end of each page */
    int64_t n = 0;
    vs_status st;
    int rc = vs__engine_exec(db, db->conn, page);

    if (rc == SQLITE_OK)
        rc = sqlite3_file_control(db->conn, "main", SQLITE_FCNTL_RESERVE_BYTES,
                                  &free_bytes);
    if (rc == SQLITE_OK)
        rc = vs__engine_exec(db, db->conn, "BEGIN EXCLUSIVE");
    if (rc != SQLITE_OK)
        return vs__open_fail(db, rc);
    (void)snprintf(set_id, sizeof set_id, "PRAGMA application_id = %d",
                   (int)db->options.application_id);
    st = file_bytes(db, &n);
    if (st == VS_OK && n == 0 && (st = vs__place_guard(db)) == VS_OK) {
        if ((rc = vs__engine_exec(db, db->conn, set_id)) == SQLITE_OK)
            rc = vs__engine_exec(db, db->conn, "COMMIT");
        if (rc != SQLITE_OK)
            st = vs__open_fail(db, rc);
    }
    if (sqlite3_get_autocommit(db->conn) == 0)
        (void)sqlite3_exec(db->conn, "ROLLBACK", NULL, NULL, NULL);
    return st;
}

static bool being_made(const struct vs__place *place)
{
    return vs__place_bytes(place->file) > 0 || access(place->wal, F_OK) == 0 ||
           access(place->journal, F_OK) == 0;
}

/* Whoever does not create waits for somebody who just does: first the file is
 * empty, then it has its identity, then its tables. */
vs_status vs__create_await(struct vs__db *db)
{
    char exists[32];
    vs_status st;
    int64_t n;
    int rc;

    do
        rc = vs__engine_ask(db, db->conn,
                            "SELECT EXISTS (SELECT 1 FROM sqlite_schema)",
                            exists);
    while (rc == SQLITE_OK && strcmp(exists, "0") == 0 &&
           being_made(&db->place) && vs__wait_nap(db));
    if (rc != SQLITE_OK)
        return vs__open_fail(db, rc);
    if ((st = file_bytes(db, &n)) == VS_OK && n == 0)
        st = vs__fail(&db->err, VS_ERR_NOTASTORE, "'%s' is empty",
                      db->place.path);
    return st;
}

/* Takes back a file that this call made and that is still empty. Others may
 * have found it: they wait for our lock, and then see that it is gone. */
void vs__create_undo(struct vs__db *db)
{
    if (db->place.made && db->conn != NULL &&
        sqlite3_exec(db->conn, "BEGIN EXCLUSIVE", NULL, NULL, NULL) ==
            SQLITE_OK &&
        vs__place_bytes(db->place.file) == 0)
        (void)unlink(db->place.file);
}
