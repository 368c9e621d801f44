/* errors.c - from SQLite's result codes to a status and words.
 *
 * One place knows both. What SQLite cannot know (how long we waited, what the
 * system said) is added; what it says itself stands at the end of the line.
 */
#include "db/engine.h"

#include <errno.h>
#include <string.h>

#include "base/fail.h"

/* The primary code's status; those that need a closer look are not here. */
static const struct {
    int primary;
    vs_status status;
    const char *words;
} plain[] = {
    {SQLITE_FULL, VS_ERR_FULL, "no space left"},
    {SQLITE_CORRUPT, VS_ERR_CORRUPT, "damaged"},
    {SQLITE_NOTADB, VS_ERR_CORRUPT, "its header is damaged"},
    {SQLITE_CONSTRAINT, VS_ERR_CORRUPT, "constraint"},
    {SQLITE_ERROR, VS_ERR_CORRUPT, "the schema does not fit"},
    {SQLITE_SCHEMA, VS_ERR_CORRUPT, "the schema does not fit"},
    {SQLITE_MISMATCH, VS_ERR_CORRUPT, "the schema does not fit"},
    {SQLITE_TOOBIG, VS_ERR_TOOBIG, "above a limit"},
    {SQLITE_INTERRUPT, VS_ERR_CANCELLED, "interrupted"},
    {SQLITE_ABORT, VS_ERR_MISUSE, "its transaction has ended"},
    {SQLITE_MISUSE, VS_ERR_MISUSE, "wrong use of the engine"},
    {SQLITE_RANGE, VS_ERR_MISUSE, "wrong use of the engine"},
    {SQLITE_PERM, VS_ERR_PERM, "permission denied"},
};

static bool is_nomem(int rc)
{
    return (rc & 0xff) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM;
}

/* After a failed sync the system may take pages for clean that never reached
 * the disk: what is there is unknown, and trying again proves nothing. */
static bool is_sync(int rc)
{
    return rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC;
}

static vs_status fail_busy(struct vs__db *db, int rc)
{
    if (rc == SQLITE_BUSY_SNAPSHOT)
        return vs__fail(&db->err, VS_ERR_BUSY,
                        "'%s': busy: something that is still being read here "
                        "shows an older state than the one to be changed",
                        db->place.path);
    return vs__fail(&db->err, VS_ERR_BUSY,
                    "'%s': busy: another process has been writing for %lld ms",
                    db->place.path, (long long)vs__wait_ms(db));
}

vs_status vs__status_of_errno(int e)
{
    switch (e) {
    case ENOSPC:
    case EDQUOT:
        return VS_ERR_FULL;
    case ENOMEM:
        return VS_ERR_NOMEM;
    case EACCES:
    case EPERM:
        return VS_ERR_PERM;
    case EROFS:
        return VS_ERR_READONLY;
    case ENOENT:
    case ENOTDIR:
        return VS_ERR_NOFILE;
    case ENAMETOOLONG:
        return VS_ERR_TOOBIG;
    default:
        return VS_ERR_IO;
    }
}

static vs_status fail_sync(struct vs__db *db, int rc)
{
    char text[128];

    db->poisoned = true;
    (void)vs__fail(&db->err, VS_ERR_IO,
                   "'%s': the disk did not confirm a write (SQLite %d): %s",
                   db->place.path, rc, strerror_r(errno, text, sizeof text));
    vs__hint(&db->err, "close the store, look at the disk, open it again");
    return VS_ERR_IO;
}

/* SQLITE_IOERR and SQLITE_CANTOPEN: the system's word counts. An open file may
 * still have looked for one that is not there: that is not the failure. */
static vs_status fail_system(struct vs__db *db, int rc)
{
    const int e = errno;
    char text[128];
    vs_status st = vs__status_of_errno(e);

    if ((rc & 0xff) == SQLITE_IOERR && st == VS_ERR_NOFILE)
        st = VS_ERR_IO;
    return vs__fail(&db->err, st, "'%s': %s (SQLite %d): %s", db->place.path,
                    sqlite3_errstr(rc), rc,
                    e != 0 ? strerror_r(e, text, sizeof text) : "no reason");
}

static vs_status fail_readonly(struct vs__db *db, int rc)
{
    if (rc == SQLITE_READONLY_DBMOVED)
        return vs__fail(&db->err, VS_ERR_IO,
                        "'%s': the file was moved or removed while open",
                        db->place.path);
    (void)vs__fail(&db->err, VS_ERR_READONLY,
                   "'%s' cannot be written here (SQLite %d)", db->place.path,
                   rc);
    if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY)
        vs__hint(&db->err, "a writer died; open the store once for writing, "
                           "so that it can be recovered");
    return VS_ERR_READONLY;
}

static const char *said(sqlite3 *conn, int rc)
{
    return conn != NULL && sqlite3_extended_errcode(conn) == rc
               ? sqlite3_errmsg(conn)
               : sqlite3_errstr(rc);
}

static vs_status fail_plain(struct vs__db *db, sqlite3 *conn, int rc)
{
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (plain[i].primary == (rc & 0xff)) {
            (void)vs__fail(&db->err, plain[i].status, "'%s': %s: %s",
                           db->place.path, plain[i].words, said(conn, rc));
            if (plain[i].primary == SQLITE_CORRUPT)
                vs__hint(&db->err, "`varstore check` tells what is harmed");
            return plain[i].status;
        }
    return vs__fail(&db->err, VS_ERR_IO, "'%s': SQLite %d: %s", db->place.path,
                    rc, said(conn, rc));
}

static vs_status fail(struct vs__db *db, sqlite3 *conn, int rc)
{
    if (is_nomem(rc))
        return vs__fail_nomem(&db->err);
    if (is_sync(rc))
        return fail_sync(db, rc);
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return fail_busy(db, rc);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return fail_system(db, rc);
    case SQLITE_READONLY:
        return fail_readonly(db, rc);
    default:
        return fail_plain(db, conn, rc);
    }
}

vs_status vs__engine_fail(struct vs__db *db, sqlite3 *conn, int rc)
{
    const vs_status st = fail(db, conn, rc);

    /* Some failures make SQLite roll back the whole transaction by itself. */
    if (db->txn.lost == VS_OK && vs__txn_lost(db))
        db->txn.lost = st;
    return st;
}
