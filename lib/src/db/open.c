/* open.c - opening and closing a connection.
 *
 * The order matters: the place is looked at, then the header, and only a file
 * that is ours, or empty, is given to SQLite. A file gets its identity and its
 * mode only when it is new. Everything up to the end of vs__db_open shares one
 * deadline.
 */
#include "db/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"

#define OLDEST_SQLITE 3037000 /* STRICT tables */

int vs__engine_connect(struct vs__db *db, const char *name, int flags,
                       sqlite3 **out)
{
    int rc =
        vs__jail_connect(&db->jail, name,
                         flags | SQLITE_OPEN_NOMUTEX |
                             SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                         out);

    if (out == &db->conn)
        db->sums = rc == SQLITE_OK ? vs__sums_of(*out) : NULL;
    if (rc != SQLITE_OK)
        return rc;
    (void)sqlite3_busy_handler(*out, vs__wait_handler, db);
    /* SQLite opens for reading what it cannot write. */
    if ((flags & SQLITE_OPEN_READWRITE) != 0 &&
        sqlite3_db_readonly(*out, "main") == 1)
        return SQLITE_READONLY;
    rc = vs__settings_harden(*out);
    return rc == SQLITE_OK ? vs__settings_apply(db, *out) : rc;
}

static void disconnect(struct vs__db *db)
{
    (void)sqlite3_close(db->conn);
    db->conn = NULL;
    db->sums = NULL; /* they are the connection's */
}

vs_status vs__open_fail(struct vs__db *db, int rc)
{
    const struct vs__place *place = &db->place;
    const int primary = rc & 0xff;
    const int said = errno;

    if (primary == SQLITE_CORRUPT && place->n_claimed > place->n_bytes)
        return vs__header_truncated(db);
    if (!db->readonly &&
        (primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY) &&
        vs__place_denied(db) != VS_OK)
        return db->err.status;
    errno = said;
    return vs__engine_fail(db, db->conn, rc);
}

/* "file:/path?immutable=1", with all but plain characters escaped. */
vs_status vs__open_immutable_name(struct vs__db *db, struct vs__buf *out)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789/._-";
    vs_status st = vs__buf_add_text(out, "file:");

    for (const char *p = db->place.file; st == VS_OK && *p != '\0'; p++) {
        const unsigned char c = (unsigned char)*p;
        const char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};

        st = strchr(plain, c) != NULL ? vs__buf_add(out, p, 1)
                                      : vs__buf_add(out, escaped, 3);
    }
    if (st == VS_OK)
        st = vs__buf_add_text(out, "?immutable=1");
    return st == VS_OK ? VS_OK : vs__fail_nomem(&db->err);
}

/* The last rung: nobody can make the log's files here, so nobody writes. */
static vs_status open_immutable(struct vs__db *db)
{
    struct vs__buf name;
    vs_status st;

    disconnect(db);
    vs__buf_init(&name, 1 << 16);
    st = vs__open_immutable_name(db, &name);
    if (st == VS_OK) {
        int rc = vs__engine_connect(db, vs__buf_text(&name),
                                    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                                    &db->conn);

        if (rc != SQLITE_OK)
            st = vs__open_fail(db, rc);
    }
    db->immutable = st == VS_OK;
    vs__buf_done(&name);
    return st;
}

/* Undoes what a dead writer has begun: whoever opens for writing does. */
static void undo_unfinished(struct vs__db *db)
{
    sqlite3 *writer = NULL;

    (void)vs__engine_connect(db, db->place.file, SQLITE_OPEN_READWRITE,
                             &writer);
    (void)sqlite3_close(writer);
}

/* A journal beside the file is that of somebody who will soon be done, or who
 * died: then it is rolled back, the one thing that a reader writes, and only
 * to a file of his own. */
static int connect_reading(struct vs__db *db)
{
    bool undone = false;

    for (;;) {
        const int rc = vs__engine_connect(db, db->place.file,
                                          SQLITE_OPEN_READONLY, &db->conn);

        if (rc != SQLITE_READONLY_ROLLBACK || (undone && !vs__wait_nap(db)))
            return rc;
        undone = true;
        if (vs__place_owned(&db->place) && vs__place_denied(db) == VS_OK)
            undo_unfinished(db);
        vs__clear(&db->err);
        disconnect(db);
    }
}

static vs_status fail_unfinished(struct vs__db *db)
{
    (void)vs__fail(&db->err, VS_ERR_BUSY,
                   "'%s': a write was begun and not ended, and only who may "
                   "write to it can undo it",
                   db->place.path);
    vs__hint(&db->err, "have its owner open the store once");
    return VS_ERR_BUSY;
}

static vs_status fail_unseen(struct vs__db *db, int e)
{
    char text[128];

    return vs__fail(&db->err, vs__status_of_errno(e),
                    "'%s': whether a log is beside it cannot be seen: %s",
                    db->place.path, strerror_r(e, text, sizeof text));
}

static vs_status open_reading(struct vs__db *db)
{
    const struct vs__place *place = &db->place;
    const int rc = connect_reading(db);
    int64_t n_log;
    int64_t n_journal;

    if (rc == SQLITE_OK)
        return VS_OK;
    if (rc == SQLITE_READONLY_ROLLBACK)
        return fail_unfinished(db);
    if (((rc & 0xff) != SQLITE_CANTOPEN && (rc & 0xff) != SQLITE_READONLY) ||
        faccessat(AT_FDCWD, place->dir, W_OK | X_OK, AT_EACCESS) == 0 ||
        (errno != EACCES && errno != EROFS))
        return vs__open_fail(db, rc);
    n_log = vs__place_bytes(place->wal);
    n_journal = n_log < 0 ? n_log : vs__place_bytes(place->journal);
    if (n_journal < 0)
        return fail_unseen(db, errno);
    if (n_log == 0 && n_journal == 0)
        return open_immutable(db);
    (void)vs__fail(&db->err, VS_ERR_READONLY,
                   "'%s' has a log beside it that cannot be read, since its "
                   "directory cannot be written",
                   place->path);
    vs__hint(&db->err, "copy the store and the files beside it to a directory "
                       "that can be written, or open it once there where it "
                       "was written");
    return VS_ERR_READONLY;
}

/* The cache holds as many pages as it did when pages were smaller, so it is
 * set again. */
static vs_status set_up_again(struct vs__db *db)
{
    const int rc = vs__settings_apply(db, db->conn);

    return rc == SQLITE_OK ? VS_OK : vs__open_fail(db, rc);
}

static vs_status check_id(struct vs__db *db)
{
    char text[32];
    uint32_t id;
    int rc = vs__engine_ask(db, db->conn, "PRAGMA application_id", text);

    if (rc != SQLITE_OK)
        return vs__open_fail(db, rc);
    id = (uint32_t)strtol(text, NULL, 10);
    return id == db->options.application_id ? VS_OK
                                            : vs__header_foreign(db, id);
}

static vs_status use_log(struct vs__db *db)
{
    char mode[32];
    int rc = vs__engine_ask(db, db->conn, "PRAGMA journal_mode = WAL", mode);

    if (rc != SQLITE_OK)
        return vs__open_fail(db, rc);
    if (strcmp(mode, "wal") != 0)
        return vs__fail(&db->err, VS_ERR_IO,
                        "'%s': its journal mode stays '%s', want 'wal'",
                        db->place.path, mode);
    return VS_OK;
}

static vs_status open_writing(struct vs__db *db)
{
    vs_status st = VS_OK;
    int rc = vs__engine_connect(db, db->place.file, SQLITE_OPEN_READWRITE,
                                &db->conn);

    if (rc != SQLITE_OK)
        return vs__open_fail(db, rc);
    if (db->place.empty && db->options.mode >= VS_OPEN_CREATE)
        st = vs__create_stamp(db);
    else if (db->options.mode == VS_OPEN_WRITE)
        st = vs__create_await(db);
    if (st == VS_OK)
        st = check_id(db);
    /* A new file changes its mode before it gets its tables: a log that its
     * maker leaves in the middle does not stop readers, a journal would. */
    return st == VS_OK && db->place.empty ? use_log(db) : st;
}

vs_status vs__db_ready(struct vs__db *db)
{
    vs_status st = VS_OK;

    if (db->readonly)
        return VS_OK;
    /* What was prepared before the tables were made would be prepared anew when
     * it is run; a rollback that needs memory for that may get none. */
    vs__stmts_done(db, true);
    vs__wait_arm(db, db->options.busy_ms);
    if ((st = use_log(db)) == VS_OK && (st = vs__place_note(db)) == VS_OK) {
        const int rc = vs__settings_cache(db, db->conn);

        if (rc != SQLITE_OK)
            st = vs__engine_fail(db, db->conn, rc);
    }
    vs__wait_disarm(db);
    return st;
}

static vs_status open_checked(struct vs__db *db)
{
    vs_status st;

    if (db->readonly) {
        if ((st = open_reading(db)) == VS_OK &&
            (st = vs__create_await(db)) == VS_OK)
            st = check_id(db);
    } else {
        st = open_writing(db);
    }
    if (st == VS_OK && db->place.empty)
        st = set_up_again(db);
    if (st == VS_OK)
        st = vs__place_note(db);
    if (st == VS_OK)
        vs__log_init(db);
    vs__sums_last(db, 0); /* the schema has been read */
    return st;
}

static void release(struct vs__db *db)
{
    vs__fork_leave(db);
    vs__place_done(&db->place);
    vs__free(db);
}

static vs_status init(struct vs__db *db, const struct vs__db_options *options)
{
    int rc;

    db->options = *options;
    db->readonly = options->mode == VS_OPEN_READ;
    db->pid = getpid();
    vs__wait_init(db);
    if ((rc = sqlite3_initialize()) == SQLITE_NOMEM)
        return vs__fail_nomem(&db->err);
    if (rc != SQLITE_OK || sqlite3_libversion_number() < OLDEST_SQLITE ||
        !sqlite3_threadsafe() || sqlite3_vfs_find(NULL) == NULL)
        return vs__fail(&db->err, VS_ERR_UNSUPPORTED,
                        "SQLite %s cannot be used: 3.37 or newer, thread-safe, "
                        "with a VFS is needed",
                        sqlite3_libversion());
    vs__jail_init(&db->jail, &db->place);
    return VS_OK;
}

vs_status vs__db_open(const char *path, const struct vs__db_options *options,
                      struct vs__db **out, vs_error *err)
{
    struct vs__db *db;
    vs_status st;

    if (path == NULL || path[0] == '\0' || options->busy_ms < 0)
        return vs__fail(err, VS_ERR_MISUSE,
                        "a connection needs a path and a wait of 0 ms or more");
    db = vs__calloc(1, sizeof *db);
    if (db == NULL)
        return vs__fail_nomem(err);
    if ((st = init(db, options)) == VS_OK) {
        vs__wait_arm(db, options->busy_ms);
        db->wait.patient = options->busy_ms > 0;
        if ((st = vs__fork_prepare(db)) == VS_OK &&
            (st = vs__place_find(db, path)) == VS_OK &&
            (st = vs__fork_enter(db)) == VS_OK &&
            (st = vs__header_check(db)) == VS_OK)
            st = open_checked(db);
        if (st != VS_OK)
            vs__create_undo(db);
        db->wait.patient = false;
        vs__wait_disarm(db);
    }
    if (st == VS_OK) {
        *out = db;
        return VS_OK;
    }
    if (err != NULL)
        *err = db->err;
    disconnect(db);
    release(db);
    return st;
}

/* In a forked child the locks are the parent's, and SQLite's own closing would
 * drop them: its memory and descriptors are left to the child's end. */
void vs__db_close(struct vs__db *db)
{
    const bool mine = db != NULL && vs__db_mine(db);

    if (db == NULL)
        return;
    if (mine) {
        if (db->conn != NULL && sqlite3_get_autocommit(db->conn) == 0)
            (void)sqlite3_exec(db->conn, "ROLLBACK", NULL, NULL, NULL);
        db->txn.depth = 0;
        vs__readers_disconnect(db);
        vs__bulk_leave(db);
        if (!db->alone)
            vs__log_close(db);
    }
    vs__stmts_done(db, mine);
    if (mine) {
        (void)sqlite3_close(db->helper);
        (void)sqlite3_close_v2(db->conn);
    }
    release(db);
}

bool vs__db_mine(const struct vs__db *db)
{
    return db->pid == getpid();
}

vs_status vs__db_enter(struct vs__db *db)
{
    if (!vs__db_mine(db)) {
        (void)vs__fail(&db->err, VS_ERR_FORKED,
                       "'%s' was opened by process %ld and is used in its "
                       "forked child %ld",
                       db->place.path, (long)db->pid, (long)getpid());
        vs__hint(&db->err, "fork first and open then, or start the child with "
                           "exec");
        return VS_ERR_FORKED;
    }
    vs__clear(&db->err);
    return VS_OK;
}
