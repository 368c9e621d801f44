/* txn.c - transactions: the outermost is real, inner writes are savepoints.
 *
 * SQLite rolls a whole transaction back by itself when, for example, the disk
 * is full; what would be written after that would be kept at once, outside any
 * transaction. The levels stay open here all the same, every statement and
 * every end of a level fails, and the outermost end clears the matter.
 */
#include "db/engine.h"

#include "base/fail.h"

#define DEEPEST 64 /* bits of struct vs__txn's savepoints */

static vs_status run(struct vs__db *db, const char *sql)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(db, sql, &s);

    return st == VS_OK ? vs__stmt_run(s) : st;
}

/* Undoes without words: those of the failure that led here stay. */
static void undo(struct vs__db *db, const char *sql)
{
    if (sqlite3_get_autocommit(db->conn) == 0)
        (void)sqlite3_exec(db->conn, sql, NULL, NULL, NULL);
}

bool vs__txn_lost(const struct vs__db *db)
{
    return db->txn.depth > 0 && sqlite3_get_autocommit(db->conn) != 0;
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

static void push(struct vs__db *db, bool savepoint)
{
    if (savepoint)
        db->txn.savepoints |= UINT64_C(1) << db->txn.depth;
    db->txn.depth++;
}

/* True if the level that ends here was a savepoint. */
static bool pop(struct vs__db *db)
{
    const uint64_t bit = UINT64_C(1) << --db->txn.depth;
    const bool savepoint = (db->txn.savepoints & bit) != 0;

    db->txn.savepoints &= ~bit;
    return savepoint;
}

/* The first read fixes the snapshot, so one is made at once. */
static vs_status begin_read(struct vs__db *db)
{
    vs_status st = VS_OK;

    if (db->immutable && (st = vs__place_still(db)) != VS_OK)
        return st;
    st = run(db, "BEGIN");
    if (st == VS_OK && (st = run(db, "PRAGMA schema_version")) != VS_OK)
        undo(db, "ROLLBACK");
    return st;
}

static vs_status begin_write(struct vs__db *db)
{
    vs_status st = vs__log_relieve(db);

    if (st != VS_OK)
        return st;
    vs__turn_await(db);
    if ((st = run(db, "BEGIN IMMEDIATE")) != VS_OK)
        return st;
    vs__turn_begin(db);
    if ((st = vs__place_guard(db)) != VS_OK)
        undo(db, "ROLLBACK");
    return st;
}

static vs_status begin_outermost(struct vs__db *db, vs_txn_kind kind)
{
    vs_status st;

    vs__wait_arm(db, db->options.busy_ms);
    st = kind == VS_TXN_READ ? begin_read(db) : begin_write(db);
    vs__wait_disarm(db);
    if (st != VS_OK)
        return st;
    db->txn.writing = kind == VS_TXN_WRITE;
    db->txn.savepoints = 0;
    db->txn.lost = VS_OK;
    push(db, false);
    return VS_OK;
}

static vs_status begin_inner(struct vs__db *db, vs_txn_kind kind)
{
    vs_status st = VS_OK;

    if (kind == VS_TXN_WRITE && !db->txn.writing)
        return vs__fail(&db->err, VS_ERR_MISUSE,
                        "'%s': a write inside a read transaction",
                        db->place.path);
    if (db->txn.depth == DEEPEST)
        return vs__fail(&db->err, VS_ERR_TOOBIG,
                        "'%s': transactions nest at most %d deep",
                        db->place.path, DEEPEST);
    if (kind == VS_TXN_WRITE)
        st = run(db, "SAVEPOINT inner_write");
    if (st == VS_OK)
        push(db, kind == VS_TXN_WRITE);
    return st;
}

vs_status vs__txn_begin(struct vs__db *db, vs_txn_kind kind)
{
    if (kind == VS_TXN_WRITE && db->readonly)
        return vs__fail(&db->err, VS_ERR_READONLY,
                        "'%s' was opened for reading only", db->place.path);
    if (kind == VS_TXN_WRITE && db->poisoned) {
        (void)vs__fail(&db->err, VS_ERR_IO,
                       "'%s': the disk did not confirm an earlier write",
                       db->place.path);
        vs__hint(&db->err, "close the store, look at the disk, open it again");
        return VS_ERR_IO;
    }
    return db->txn.depth > 0 ? begin_inner(db, kind)
                             : begin_outermost(db, kind);
}

static vs_status end_inner(struct vs__db *db, vs_status st)
{
    if (!pop(db))
        return st; /* a read inside something: nothing was begun */
    if (st >= VS_OK) {
        const vs_status released = run(db, "RELEASE inner_write");

        if (released == VS_OK)
            return st;
        st = released;
    }
    undo(db, "ROLLBACK TO inner_write; RELEASE inner_write");
    return st;
}

static vs_status end_outermost(struct vs__db *db, vs_status st)
{
    const bool writing = db->txn.writing;

    (void)pop(db);
    db->txn.writing = false;
    if (st >= VS_OK) {
        vs_status committed;

        vs__wait_arm(db, db->options.busy_ms);
        committed = run(db, "COMMIT");
        vs__wait_disarm(db);
        if (writing)
            vs__turn_end(db);
        if (committed == VS_OK && writing)
            vs__log_committed(db);
        if (committed == VS_OK)
            return st;
        st = committed;
    }
    undo(db, "ROLLBACK");
    return st;
}

vs_status vs__txn_end(struct vs__db *db, vs_status st)
{
    if (db->txn.depth == 0)
        return vs__fail(&db->err, VS_ERR_MISUSE, "'%s': no transaction is open",
                        db->place.path);
    if (vs__txn_lost(db)) {
        if (st >= VS_OK)
            st = vs__txn_fail_lost(db);
        (void)pop(db);
        db->txn.writing = db->txn.writing && db->txn.depth > 0;
        return st;
    }
    return db->txn.depth > 1 ? end_inner(db, st) : end_outermost(db, st);
}
