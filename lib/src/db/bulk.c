/* bulk.c - big writes that reach the disk once.
 *
 * What is committed through the log is written twice, to the log and then to
 * the file. With a rollback journal new pages go to the file at once, and only
 * the few that are overwritten stand in the journal; but nobody else can read
 * meanwhile. So who is alone with the file leaves the log for one transaction:
 *
 *   enter  the log is moved into the file, synced and deleted; the header is
 *          changed to say that there is none, in a transaction of its own
 *          (journal written, synced; header written, synced; journal cut to
 *          nothing, synced)
 *   body   pages as they were go to the journal, and it is synced before one
 *          of them is overwritten; new pages go to the file as they come
 *   COMMIT the journal is synced, what is left goes to the file, the file is
 *          synced, then the journal is cut to nothing and synced: from there
 *          on the transaction is kept
 *   leave  the journal is deleted; the header is changed back, as on entering
 *
 * The file stays locked exclusively from the first of these steps to the last
 * (locking_mode EXCLUSIVE), so whoever comes waits for all of it and finds the
 * log again. If this process dies on the way, a journal that is left is rolled
 * back by whoever opens the file next, and a header that says "no log" is one
 * that every opener can read and the next writer changes back.
 *
 * That we are alone is decided by the lock: everyone who has read from a file
 * in log mode keeps a shared lock on it until he closes it.
 */
#include "db/engine.h"

#include <string.h>

#include "base/fail.h"

/* Below this, entering and leaving cost more than writing twice. */
#define LEAST_BYTES (INT64_C(32) << 20)

/* True if the answer is `want`; else *rc tells why not, or is SQLITE_OK. */
static bool answers(struct vs__db *db, const char *sql, const char *want,
                    int *rc)
{
    char text[32] = "";

    *rc = vs__engine_ask(db, db->conn, sql, text);
    return *rc == SQLITE_OK && strcmp(text, want) == 0;
}

static bool leave_log(struct vs__db *db, int *rc)
{
    return (*rc = vs__settings_sync(db, db->conn, VS_SYNC_FULL)) == SQLITE_OK &&
           answers(db, "PRAGMA locking_mode = EXCLUSIVE", "exclusive", rc) &&
           answers(db, "PRAGMA journal_mode = TRUNCATE", "truncate", rc);
}

/* The lock is kept until the header is written. */
static bool use_log(struct vs__db *db, int *rc)
{
    return answers(db, "PRAGMA locking_mode = NORMAL", "normal", rc) &&
           answers(db, "PRAGMA journal_mode = DELETE", "delete", rc) &&
           answers(db, "PRAGMA journal_mode = WAL", "wal", rc) &&
           (*rc = vs__settings_sync(db, db->conn, db->options.sync)) ==
               SQLITE_OK;
}

/* Takes back what leave_log has done, before its first write or after it. */
static void stay(struct vs__db *db)
{
    int ignored;

    (void)answers(db, "PRAGMA locking_mode = NORMAL", "normal", &ignored);
    (void)vs__settings_sync(db, db->conn, db->options.sync);
}

/* Whoever is in our way is not waited for: then the log is as good. */
static vs_status why_not(struct vs__db *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_ERROR: /* a list is being read */
        return VS_OK;
    default:
        return vs__engine_fail(db, db->conn, rc);
    }
}

/* It was deleted, by us. */
static void forget_log(struct vs__db *db)
{
    db->place.wal_seen = false;
    db->log.n_frames = 0;
    db->log.n_tried = 0;
}

vs_status vs__bulk_enter(struct vs__db *db, int64_t n_bytes)
{
    const struct vs__wait outer = db->wait;
    vs_status st = VS_OK;
    int rc = SQLITE_OK;

    if (n_bytes < LEAST_BYTES || db->bulk)
        return VS_OK;
    (void)sqlite3_close(db->helper); /* or we would meet ourselves */
    db->helper = NULL;
    (void)sqlite3_busy_handler(db->conn, NULL, NULL);
    vs__wait_arm(db, 0);
    db->bulk = leave_log(db, &rc);
    if (!db->bulk) {
        st = why_not(db, rc);
        stay(db);
    }
    if (db->bulk || st != VS_OK)
        forget_log(db);
    db->wait = outer;
    (void)sqlite3_busy_handler(db->conn, vs__wait_handler, db);
    return st;
}

void vs__bulk_leave(struct vs__db *db)
{
    const vs_error words = db->err;
    char number[32];
    int rc = SQLITE_OK;

    if (!db->bulk)
        return;
    if (db->poisoned) { /* others may have a disk that obeys */
        stay(db);
        (void)vs__engine_ask(db, db->conn, "PRAGMA schema_version", number);
        db->bulk = false;
        return;
    }
    db->bulk = !use_log(db, &rc);
    if (rc != SQLITE_OK)
        (void)vs__engine_fail(db, db->conn, rc); /* a failed sync is noted */
    db->err = words;
}
