/* alone.c - a database of one connection, which goes when that closes.
 *
 * SQLite's own temporary file: it has no name, is kept in the page cache as
 * long as it fits there, and nobody else can open it. So there is no log, no
 * lock to wait for and nothing to be synced; a transaction can be rolled back
 * all the same.
 */
#include "db/engine.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"

static int connect(struct vs__db *db)
{
    static const char settings[] = "PRAGMA page_size = 16384;"
                                   "PRAGMA journal_mode = MEMORY;"
                                   "PRAGMA synchronous = OFF;"
                                   "PRAGMA cache_size = -8192;"
                                   "PRAGMA temp_store = MEMORY;";
    int rc = sqlite3_open_v2(
        "", &db->conn,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
            SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
        NULL);

    if (rc == SQLITE_OK)
        rc = vs__settings_harden(db->conn);
    return rc == SQLITE_OK ? vs__engine_exec(db, db->conn, settings) : rc;
}

vs_status vs__db_open_alone(const char *called, struct vs__db **out,
                            vs_error *err)
{
    struct vs__db *db = vs__calloc(1, sizeof *db);
    vs_status st = VS_OK;
    int rc;

    if (db == NULL)
        return vs__fail_nomem(err);
    db->alone = true;
    db->options.mode = VS_OPEN_WRITE;
    db->pid = getpid();
    vs__wait_init(db);
    db->place.path = vs__strdup(called);
    if (db->place.path == NULL)
        st = vs__fail_nomem(&db->err);
    else if ((rc = connect(db)) != SQLITE_OK)
        st = vs__engine_fail(db, db->conn, rc);
    if (st == VS_OK) {
        *out = db;
        return VS_OK;
    }
    *err = db->err;
    vs__db_close(db);
    return st;
}
