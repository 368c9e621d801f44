/* txn.c - transactions: the outermost is real, inner writes are savepoints or
 * part of what is around them.
 *
 * A savepoint costs a copy of each page that is first written to after it: with
 * pages of 32 KiB and ten tables, more than all else that a small change does.
 * So a body that checks before it writes joins the level around it. If it
 * fails after it has written, its writes cannot be told from the others, and
 * the whole transaction is rolled back.
 *
 * SQLite rolls a whole transaction back by itself when, for example, the disk
 * is full; what would be written after that would be kept at once, outside any
 * transaction. The levels stay open here all the same, every statement and
 * every end of a level fails, and the outermost end clears the matter.
 */
#include "db/engine.h"

#include "base/fail.h"

static const char rollback[] = "ROLLBACK";
static const char rollback_inner[] = "ROLLBACK TO inner_write";
static const char release_inner[] = "RELEASE inner_write";

static vs_status run(struct vs__db *db, const char *sql)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(db, sql, &s);

    return st == VS_OK ? vs__stmt_run(s) : st;
}

/* Prepares a statement that will undo, so that it needs no memory then. */
static vs_status prepare(struct vs__db *db, const char *sql)
{
    struct vs__stmt *s = NULL;
    vs_status st = vs__stmt_get(db, sql, &s);

    vs__stmt_reset(s);
    return st;
}

/* Runs a prepared statement without words: those of the failure that led here
 * stay. It may fail in its turn. */
static vs_status undo(struct vs__db *db, const char *sql)
{
    vs_error words;
    vs_status st;

    if (sqlite3_get_autocommit(db->conn) != 0)
        return VS_OK;
    words = db->err;
    st = run(db, sql);
    db->err = words;
    return st;
}

vs_status vs__txn_prepare(struct vs__db *db)
{
    return prepare(db, rollback);
}

void vs__txn_undo(struct vs__db *db)
{
    (void)undo(db, rollback);
}

bool vs__txn_lost(const struct vs__db *db)
{
    return db->txn.depth > 0 &&
           (db->txn.lost != VS_OK || sqlite3_get_autocommit(db->conn) != 0);
}

/* Gives the whole transaction up, because of `why`. */
static void lose(struct vs__db *db, vs_status why)
{
    vs__txn_undo(db);
    db->txn.lost = why;
}

vs_status vs__txn_fail_lost(struct vs__db *db)
{
    const vs_status why = db->txn.lost != VS_OK ? db->txn.lost : VS_ERR_IO;

    return vs__fail(&db->err, why,
                    "'%s': the transaction was rolled back after a failure "
                    "before: %s",
                    db->place.path, vs_status_text(why));
}

int vs__txn_depth(const struct vs__db *db)
{
    return db->txn.depth;
}

bool vs__txn_writing(const struct vs__db *db)
{
    return db->txn.depth > 0 && db->txn.writing;
}

/* What stands behind a level. */
enum level {
    NOTHING,     /* a read inside a transaction */
    TRANSACTION, /* the outermost */
    SAVEPOINT,   /* a write that can be undone by itself */
    JOINED       /* a write that cannot */
};

static void push(struct vs__db *db, enum level level)
{
    struct vs__txn *txn = &db->txn;

    txn->written &= ~(UINT64_C(1) << txn->depth);
    txn->levels[txn->depth++] = (uint8_t)level;
}

/* *written: a statement has written since the level began. */
static enum level pop(struct vs__db *db, bool *written)
{
    struct vs__txn *txn = &db->txn;

    txn->depth--;
    *written = (txn->written >> txn->depth & 1) != 0;
    return (enum level)txn->levels[txn->depth];
}

/* The first read fixes the snapshot, so one is made at once. */
static vs_status begin_read(struct vs__db *db)
{
    vs_status st = VS_OK;

    if (db->immutable && (st = vs__place_still(db)) != VS_OK)
        return st;
    st = run(db, "BEGIN");
    if (st == VS_OK && (st = run(db, "PRAGMA schema_version")) != VS_OK)
        vs__txn_undo(db);
    return st;
}

/* Takes the write lock; for a big write also against readers, unless one has
 * come in since we found that there is nobody. */
static vs_status take_lock(struct vs__db *db, int64_t n_bytes)
{
    vs_status st = vs__bulk_enter(db, n_bytes);

    if (st == VS_OK && db->bulk &&
        (st = run(db, "BEGIN EXCLUSIVE")) != VS_ERR_BUSY)
        return st;
    if (st == VS_ERR_BUSY) {
        vs__bulk_leave(db);
        vs__clear(&db->err);
        vs__wait_arm(db, db->options.busy_ms);
        st = VS_OK;
    }
    return st == VS_OK ? run(db, "BEGIN IMMEDIATE") : st;
}

static vs_status begin_write(struct vs__db *db, int64_t n_bytes)
{
    vs_status st;

    if (db->alone)
        return run(db, "BEGIN IMMEDIATE");
    vs__bulk_leave(db); /* if the end before could not */
    if ((st = vs__log_relieve(db)) != VS_OK)
        return st;
    vs__turn_await(db);
    if ((st = take_lock(db, n_bytes)) == VS_OK) {
        vs__turn_begin(db);
        if ((st = vs__place_guard(db)) == VS_OK)
            return VS_OK;
        vs__txn_undo(db);
    }
    vs__bulk_leave(db);
    return st;
}

/* `n_bytes` of a write: about how much it will be. */
static vs_status begin_outermost(struct vs__db *db, vs_txn_kind kind,
                                 int64_t n_bytes)
{
    vs_status st = vs__txn_prepare(db);

    if (st != VS_OK)
        return st;
    vs__txn_undo(db); /* if the end before could not */
    vs__sums_forget(db);
    if (kind != VS_TXN_READ)
        vs__readers_disconnect(db);
    vs__wait_arm(db, db->options.busy_ms);
    st = kind == VS_TXN_READ ? begin_read(db) : begin_write(db, n_bytes);
    vs__wait_disarm(db);
    if (st != VS_OK)
        return st;
    db->txn.writing = kind == VS_TXN_WRITE;
    db->txn.lost = VS_OK;
    push(db, TRANSACTION);
    return VS_OK;
}

static vs_status begin_inner(struct vs__db *db, enum level level)
{
    vs_status st = VS_OK;

    if (level != NOTHING && !db->txn.writing)
        return vs__fail(&db->err, VS_ERR_MISUSE,
                        "'%s': a write inside a read transaction",
                        db->place.path);
    if (db->txn.depth == VS__DEEPEST)
        return vs__fail(&db->err, VS_ERR_TOOBIG,
                        "'%s': transactions nest at most %d deep",
                        db->place.path, VS__DEEPEST);
    if (level != NOTHING && vs__txn_lost(db))
        return vs__txn_fail_lost(db);
    if (level == SAVEPOINT && (st = prepare(db, rollback_inner)) == VS_OK &&
        (st = prepare(db, release_inner)) == VS_OK)
        st = run(db, "SAVEPOINT inner_write");
    if (st == VS_OK)
        push(db, level);
    return st;
}

static vs_status check_writable(struct vs__db *db)
{
    if (db->readonly)
        return vs__fail(&db->err, VS_ERR_READONLY,
                        "'%s' was opened for reading only", db->place.path);
    if (!db->poisoned)
        return VS_OK;
    (void)vs__fail(&db->err, VS_ERR_IO,
                   "'%s': the disk did not confirm an earlier write",
                   db->place.path);
    vs__hint(&db->err, "close the store, look at the disk, open it again");
    return VS_ERR_IO;
}

vs_status vs__txn_begin(struct vs__db *db, vs_txn_kind kind)
{
    if (kind != VS_TXN_READ)
        return vs__txn_begin_bulk(db, kind == VS_TXN_BULK ? INT64_MAX : 0);
    return db->txn.depth == 0 ? begin_outermost(db, kind, 0)
                              : begin_inner(db, NOTHING);
}

vs_status vs__txn_begin_bulk(struct vs__db *db, int64_t n_bytes)
{
    vs_status st = check_writable(db);

    if (st != VS_OK)
        return st;
    return db->txn.depth == 0 ? begin_outermost(db, VS_TXN_WRITE, n_bytes)
                              : begin_inner(db, SAVEPOINT);
}

bool vs__txn_bulk(const struct vs__db *db)
{
    return db->bulk && db->txn.writing;
}

vs_status vs__txn_join(struct vs__db *db, int64_t n_bytes)
{
    vs_status st = check_writable(db);

    if (st != VS_OK)
        return st;
    return db->txn.depth == 0 ? begin_outermost(db, VS_TXN_WRITE, n_bytes)
                              : begin_inner(db, JOINED);
}

/* `st` may be no failure of ours, but what a caller ended it for: a transaction
 * that is lost is so since the level could not be undone. */
static vs_status end_savepoint(struct vs__db *db, vs_status st)
{
    vs_status undone;

    if (st >= VS_OK) {
        const vs_status released = run(db, release_inner);

        if (released == VS_OK)
            return st;
        st = released;
    }
    if ((undone = undo(db, rollback_inner)) != VS_OK ||
        (undone = undo(db, release_inner)) != VS_OK)
        lose(db, undone);
    return st;
}

static vs_status end_outermost(struct vs__db *db, vs_status st)
{
    const bool writing = db->txn.writing;

    db->txn.writing = false;
    if (st >= VS_OK) {
        vs_status committed;

        vs__wait_arm(db, db->options.busy_ms);
        committed = run(db, "COMMIT");
        vs__wait_disarm(db);
        if (writing && !db->alone)
            vs__turn_end(db);
        if (committed != VS_OK)
            st = committed;
    }
    if (st < VS_OK)
        vs__txn_undo(db);
    vs__bulk_leave(db);
    if (st >= VS_OK && writing && !db->alone)
        vs__log_committed(db);
    return st;
}

/* SQLite has rolled back, or could not when it was told to. */
static vs_status end_lost(struct vs__db *db, enum level level, vs_status st)
{
    if (st >= VS_OK)
        st = vs__txn_fail_lost(db);
    if (level == TRANSACTION) {
        vs__txn_undo(db);
        vs__bulk_leave(db);
        db->txn.writing = false;
    }
    return st;
}

vs_status vs__txn_end(struct vs__db *db, vs_status st)
{
    const bool lost = vs__txn_lost(db);
    enum level level;
    bool written;

    if (db->txn.depth == 0)
        return vs__fail(&db->err, VS_ERR_MISUSE, "'%s': no transaction is open",
                        db->place.path);
    level = pop(db, &written);
    if (lost)
        return end_lost(db, level, st);
    switch (level) {
    case TRANSACTION:
        return end_outermost(db, st);
    case SAVEPOINT:
        return end_savepoint(db, st);
    case JOINED:
        if (st < VS_OK && written)
            lose(db, st);
        break;
    case NOTHING:
        break;
    }
    return st;
}
