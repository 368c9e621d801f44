/* bulk.c - big writes that reach the disk once.
 *
 * What is committed through the log is written twice, to the log and then to
 * the file. With a rollback journal new pages go to the file at once, and only
 * the few that are overwritten stand in the journal; but nobody else can read
 * meanwhile. So who is alone with the file leaves the log for one transaction:
 *
 *   enter  the log is moved into the file, which is synced, and deleted; the
 *          header is changed to say that there is none, in a transaction of
 *          its own: journal written, synced, its folder too; header written,
 *          synced; journal cut to nothing, synced
 *   body   under the exclusive lock: pages as they were go to the journal, and
 *          it is synced before one of them is overwritten; new pages go to the
 *          file as they come
 *   COMMIT the journal is synced, what is left goes to the file, the file is
 *          synced, then the journal is cut to nothing and synced: from there
 *          on the transaction is kept
 *   leave  the header is changed back, as on entering, and the empty journal
 *          is deleted
 *
 * That we are alone is decided by the lock: everyone who has read from a file
 * in log mode keeps a shared lock on it until he closes it. Between the steps
 * somebody may come in; whoever does finds a file without a log and works with
 * it as it is, until the next of us to write changes the header back.
 *
 * If this process dies on the way, a journal that is left is rolled back by
 * whoever opens the file next. (SQLite's locking_mode EXCLUSIVE would keep
 * everybody out for all steps; but in that mode it does not look for the
 * journal that it has failed to roll back itself.)
 *
 * A sync at the end would find all pages still to be written. So the system is
 * asked to begin whenever EARLY_BYTES more have been written; what is durable
 * is decided by the sync alone, as before.
 *
 * What is freed within a bulk transaction and used again in it has to be read
 * and go to the journal first: then the bytes are written twice after all. So
 * chunks are freed at the end (pool.c), and their space is for the next one.
 */
#include "db/bulk.h"

#include "db/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fail.h"

/* Below this, entering and leaving cost more than writing twice. */
#define LEAST_BYTES (INT64_C(32) << 20)

#define EARLY_BYTES (INT64_C(8) << 20)
#define MOST_FDS    1024 /* looked through for SQLite's */

#define PATIENCE_MS 1000 /* with somebody who came in before the log is back */

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
           answers(db, "PRAGMA journal_mode = TRUNCATE", "truncate", rc);
}

/* A read opens the log, and with it takes the lock that keeps others from
 * leaving it: so the journal is nobody's. */
static void drop_journal(struct vs__db *db)
{
    sqlite3_vfs *real = db->jail.real;
    char number[32];

    if (vs__engine_ask(db, db->conn, "PRAGMA schema_version", number) ==
            SQLITE_OK &&
        vs__place_bytes(db->place.journal) == 0)
        (void)real->xDelete(real, db->place.journal, 0);
}

static bool use_log(struct vs__db *db, int *rc)
{
    if (!answers(db, "PRAGMA journal_mode = WAL", "wal", rc) ||
        (*rc = vs__settings_sync(db, db->conn, db->options.sync)) != SQLITE_OK)
        return false;
    drop_journal(db);
    return true;
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

/* Bytes of the pages that SQLite has written since it was connected. */
static int64_t written(struct vs__db *db)
{
    int pages = 0;
    int most = 0;

    (void)sqlite3_db_status(db->conn, SQLITE_DBSTATUS_CACHE_WRITE, &pages,
                            &most, 0);
    return (int64_t)pages * VS__PAGE_BYTES;
}

/* SQLite tells nobody its descriptor, and one of our own could never be closed:
 * that would drop the locks of this process. So SQLite's is looked for; should
 * it be the wrong one one day, the worst is that some other file is written
 * early. */
static void find_descriptor(struct vs__db *db)
{
    struct stat info;

    db->early.fd = -1;
    db->early.n_bytes = written(db);
    for (int fd = 0; fd < MOST_FDS && db->early.fd < 0; fd++)
        if (fstat(fd, &info) == 0 && info.st_ino == db->place.ino &&
            info.st_dev == db->place.dev &&
            (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR)
            db->early.fd = fd;
}

void vs__bulk_advance(struct vs__db *db)
{
    struct vs__early *early = &db->early;
    const int said = errno;
    int64_t now;

    if (early->fd < 0)
        return;
    now = written(db);
    if (now < early->n_bytes + EARLY_BYTES)
        return;
    early->n_bytes = now;
    if (sync_file_range(early->fd, 0, 0, SYNC_FILE_RANGE_WRITE) != 0)
        early->fd = -1; /* not on this file system */
    errno = said;
}

vs_status vs__bulk_enter(struct vs__db *db, int64_t n_bytes)
{
    const struct vs__wait outer = db->wait;
    vs_status st = VS_OK;
    int rc = SQLITE_OK;

    if (n_bytes < LEAST_BYTES || db->bulk)
        return VS_OK;
    if (vs__sums_noted(db) != 0) /* nothing will be written, nor the header */
        return VS_OK;
    (void)sqlite3_close(db->helper); /* or we would meet ourselves */
    db->helper = NULL;
    (void)sqlite3_busy_handler(db->conn, NULL, NULL);
    vs__wait_arm(db, 0);
    db->bulk = leave_log(db, &rc);
    if (!db->bulk) {
        st = why_not(db, rc);
        (void)vs__settings_sync(db, db->conn, db->options.sync);
    }
    if (db->bulk || st != VS_OK)
        forget_log(db);
    if (db->bulk)
        find_descriptor(db);
    db->wait = outer;
    (void)sqlite3_busy_handler(db->conn, vs__wait_handler, db);
    return st;
}

void vs__bulk_leave(struct vs__db *db)
{
    const struct vs__wait outer = db->wait;
    const vs_error words = db->err;
    const int64_t patience_ms =
        db->options.busy_ms < PATIENCE_MS ? db->options.busy_ms : PATIENCE_MS;
    int rc = SQLITE_OK;

    if (!db->bulk || db->poisoned)
        return;
    vs__wait_arm(db, patience_ms);
    db->bulk = !use_log(db, &rc);
    db->wait = outer;
    if (rc != SQLITE_OK)
        (void)vs__engine_fail(db, db->conn, rc); /* a failed sync is noted */
    db->err = words;
}
