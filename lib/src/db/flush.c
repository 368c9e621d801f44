/* flush.c - moving the write-ahead log into the main file: only here, and only
 * under the write lock.
 *
 * SQLite up to 3.51.2 can lose pages when a checkpoint races with a writer
 * that starts the log anew. A writer cannot do that while we hold the write
 * lock; so one connection takes it, a second one checkpoints (PASSIVE; the
 * other modes fall back to the racing kind when they do not get the lock), and
 * the first lets go. No other checkpoint is ever run: SQLite's own are off.
 *
 * A log that has been moved still grows until a writer starts it anew, and he
 * cannot while somebody reads from it. Readers come and go all the time, so
 * with several of them the moment never comes by itself. Hence, once all is
 * moved, we keep the writers out a little longer, until the last reader of the
 * log has gone: those that come meanwhile read the main file alone.
 *
 * Sizes are those of the frames in use; the log's file keeps its length when
 * it is started anew.
 */
#include "db/engine.h"

#include <errno.h>
#include <stdio.h>

#include "base/fail.h"
#include "base/never.h"

#define FRAME_HEADER    24 /* bytes before each page in the log */
#define SHORT_READER_MS 10 /* how long writers are kept out for readers, */
#define MOST_PATIENCE   10 /* and how many times that as the log grows */
#define MOST_ROUNDS     4  /* of moving what came meanwhile */
#define LEFT_BYTES      (1 << 20) /* of a log that may stay at close */

/* Locks of the shared memory: SQLite's WAL-mode file format page, section 2.3.
 * Slot 0 is held by who reads the main file alone, the others by who reads the
 * log too. */
#define FIRST_READER 4
#define N_READERS    4

static int after_commit(void *ctx, sqlite3 *conn, const char *schema, int n)
{
    struct vs__log *log = ctx;

    (void)conn;
    (void)schema;
    log->n_frames = n;
    log->moved = false;
    return SQLITE_OK;
}

void vs__log_init(struct vs__db *db)
{
    struct vs__log *log = &db->log;

    log->frame_bytes = VS__PAGE_BYTES + FRAME_HEADER;
    log->soft_bytes = VS__LOG_SOFT_BYTES;
    log->hard_bytes = VS__LOG_HARD_BYTES;
    (void)sqlite3_wal_hook(db->conn, after_commit, log);
}

static int64_t in_use(const struct vs__log *log)
{
    return log->n_frames * log->frame_bytes;
}

/* After an attempt that did not empty the log, the next one waits until it has
 * grown by a quarter: while a long reader stands in the way, trying after each
 * commit would only cost. */
static bool tried_lately(const struct vs__log *log)
{
    return log->n_frames < log->n_tried + log->n_tried / 4;
}

static int open_helper(struct vs__db *db)
{
    int rc;

    if (db->helper != NULL)
        return SQLITE_OK;
    rc = vs__engine_connect(db, db->place.file, SQLITE_OPEN_READWRITE,
                            &db->helper);
    if (rc != SQLITE_OK) {
        (void)sqlite3_close(db->helper);
        db->helper = NULL;
    }
    return rc;
}

static vs_status lock(struct vs__db *db)
{
    vs_status st = vs__txn_prepare(db);
    int rc;

    if (st != VS_OK)
        return st;
    rc = vs__engine_exec(db, db->conn, "BEGIN IMMEDIATE");
    if (rc != SQLITE_OK)
        return vs__engine_fail(db, db->conn, rc);
    st = vs__place_guard(db);
    if (st != VS_OK)
        vs__txn_undo(db);
    return st;
}

/* One checkpoint. *n receives the frames in use (negative: there is no log),
 * *all tells whether each of them stands in the main file. */
static vs_status checkpoint(struct vs__db *db, int *n, bool *all)
{
    int moved = 0;
    int rc;

    errno = 0;
    rc = sqlite3_wal_checkpoint_v2(db->helper, "main",
                                   SQLITE_CHECKPOINT_PASSIVE, n, &moved);
    *all = rc == SQLITE_OK && *n == moved;
    if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY) /* a foreign tool's */
        return VS_OK;
    return vs__engine_fail(db, db->helper, rc);
}

/* True if nobody reads from the log at this moment. The helper has just moved
 * it, so its file is open and shares memory. */
static bool nobody_reads(struct vs__db *db)
{
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(db->helper, "main", SQLITE_FCNTL_FILE_POINTER,
                                  (void *)&file);

    if (vs__never(rc != SQLITE_OK || file->pMethods->iVersion < 2))
        return false;
    rc = file->pMethods->xShmLock(file, FIRST_READER, N_READERS,
                                  SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE);
    if (rc == SQLITE_OK)
        (void)file->pMethods->xShmLock(file, FIRST_READER, N_READERS,
                                       SQLITE_SHM_UNLOCK |
                                           SQLITE_SHM_EXCLUSIVE);
    return rc == SQLITE_OK;
}

/* Checkpoints under the write lock until all is moved or `patience_ms` after
 * the first pass are over. With `before`, the frames in use at the end of the
 * last round: if none came since, we ourselves do not read the log, and can
 * wait for the others who do. */
static vs_status move_round(struct vs__db *db, int before, int64_t patience_ms,
                            int *n, bool *emptied)
{
    bool all = false;
    vs_status st = checkpoint(db, n, &all);

    vs__wait_arm(db, patience_ms);
    while (st == VS_OK && !all && vs__wait_nap(db))
        st = checkpoint(db, n, &all);
    db->log.moved = st == VS_OK && all;
    if (!db->log.moved || *n != before)
        return st;
    while (!(*emptied = nobody_reads(db)) && vs__wait_nap(db))
        ;
    return st;
}

/* Moves the log. *emptied: the next writer starts it anew. */
static vs_status move(struct vs__db *db, int64_t lock_ms, int64_t patience_ms,
                      bool *emptied)
{
    const struct vs__wait outer = db->wait;
    struct vs__log *log = &db->log;
    int before = -2; /* no number of frames */
    vs_status st = VS_OK;
    int rc;

    vs__wait_arm(db, lock_ms);
    rc = open_helper(db);
    if (rc != SQLITE_OK)
        st = vs__engine_fail(db, NULL, rc);
    for (int round = 0; st == VS_OK && round < MOST_ROUNDS; round++) {
        int n = 0;

        if (round > 0)
            vs__wait_arm(db, lock_ms);
        if ((st = lock(db)) != VS_OK)
            break;
        st = move_round(db, before, patience_ms, &n, emptied);
        vs__txn_undo(db);
        log->n_frames = n > 0 && !*emptied ? n : 0;
        log->n_tried = log->n_frames;
        if (!log->moved || *emptied || n <= 0)
            break;
        before = n;
    }
    db->wait.armed = outer.armed;
    db->wait.began_ns = outer.began_ns;
    db->wait.deadline_ns = outer.deadline_ns;
    return st;
}

void vs__log_committed(struct vs__db *db)
{
    const struct vs__log *log = &db->log;
    const int64_t excess = in_use(log) / log->soft_bytes;
    bool emptied = false;

    if (excess < 1 || tried_lately(log) || db->poisoned)
        return;
    (void)move(db, 0,
               SHORT_READER_MS *
                   (excess < MOST_PATIENCE ? excess : MOST_PATIENCE),
               &emptied);
    vs__clear(&db->err); /* the commit succeeded */
}

/* Half of the caller's patience is left for his turn to write. */
vs_status vs__log_relieve(struct vs__db *db)
{
    const struct vs__log *log = &db->log;
    const int64_t part_ms = db->options.busy_ms / 4;
    const int64_t most = 4 * log->hard_bytes;
    bool emptied = false;
    vs_status st;

    if (in_use(log) <= log->hard_bytes ||
        (tried_lately(log) && in_use(log) <= most))
        return VS_OK;
    st = move(db, part_ms, part_ms, &emptied);
    if ((st == VS_OK || st == VS_ERR_BUSY) &&
        (emptied || in_use(log) <= most)) {
        vs__clear(&db->err);
        return VS_OK;
    }
    if (st != VS_OK)
        return st;
    (void)vs__fail(&db->err, VS_ERR_BUSY,
                   "'%s': its log has %lld bytes, at most %lld may wait, and a "
                   "reader keeps it from being emptied",
                   db->place.path, (long long)in_use(log), (long long)most);
    vs__hint(&db->err, "end the reader: some process has had a read "
                       "transaction open for long");
    return VS_ERR_BUSY;
}

/* A log that was moved keeps its length until it is started anew, so a big
 * import would leave a second file of its size behind. One empty change starts
 * it anew and cuts it; if somebody reads from it just now, it stays. */
static void cut(struct vs__db *db)
{
    char number[32];
    char change[64];
    bool emptied = false;

    if (vs__engine_exec(db, db->conn, "PRAGMA journal_size_limit = 0") !=
            SQLITE_OK ||
        lock(db) != VS_OK)
        return;
    if (vs__engine_ask(db, db->conn, "PRAGMA user_version", number) ==
        SQLITE_OK) {
        (void)snprintf(change, sizeof change, "PRAGMA user_version = %s",
                       number);
        if (vs__engine_exec(db, db->conn, change) == SQLITE_OK)
            (void)vs__engine_exec(db, db->conn, "COMMIT");
    }
    vs__txn_undo(db);
    (void)move(db, 0, 0, &emptied);
}

void vs__log_close(struct vs__db *db)
{
    bool emptied = false;

    if (db->readonly || db->poisoned || vs__place_bytes(db->place.wal) == 0)
        return;
    if (!db->log.moved)
        (void)move(db, 0, 0, &emptied);
    if (db->log.moved && vs__place_bytes(db->place.wal) > LEFT_BYTES)
        cut(db);
}

vs_status vs__db_flush(struct vs__db *db)
{
    bool emptied = false;

    if (db->readonly)
        return vs__fail(&db->err, VS_ERR_READONLY,
                        "'%s' was opened for reading only", db->place.path);
    if (db->txn.depth > 0)
        return vs__fail(&db->err, VS_ERR_MISUSE,
                        "'%s': a flush inside a transaction", db->place.path);
    return move(db, db->options.busy_ms, SHORT_READER_MS, &emptied);
}
