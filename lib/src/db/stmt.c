/* stmt.c - prepared statements: the cache, binding, stepping, columns.
 *
 * The cache's key is the address of the SQL literal, so a look-up compares one
 * pointer. It only grows: the number of literals in the library bounds it.
 */
#include "db/engine.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define FEWEST_SLOTS 64 /* a power of two */

struct vs__stmt {
    struct vs__db *db;
    sqlite3_stmt *engine; /* SQLite's */
    const char *sql;      /* the literal: the key in the cache */
    int failed;           /* code of a bind or column that failed; SQLITE_OK */
    bool writes;          /* it may change the file */
    bool asks;            /* it is a question about rows */
    bool alters;          /* it changes rows */
    bool in_use;          /* got and not reset yet */
    bool ended;           /* no more rows: SQLite would start over */
};

/* Where `sql` stands in the table, or the free slot where it would. */
static size_t slot_of(const struct vs__stmts *stmts, const char *sql)
{
    const size_t mask = stmts->n_slots - 1;
    /* Fibonacci hashing: literals lie a few bytes apart. */
    size_t i = (size_t)((uint64_t)(uintptr_t)sql * 0x9e3779b97f4a7c15u >> 32);

    for (i &= mask; stmts->slots[i] != NULL; i = (i + 1) & mask)
        if (stmts->slots[i]->sql == sql)
            break;
    return i;
}

/* Room for one more, so that at most half of the slots are taken. */
static bool grow(struct vs__stmts *stmts)
{
    struct vs__stmts wider = {NULL, 0, stmts->n};

    if (stmts->n < stmts->n_slots / 2)
        return true;
    wider.n_slots = stmts->n_slots == 0 ? FEWEST_SLOTS : stmts->n_slots * 2;
    wider.slots = vs__calloc(wider.n_slots, sizeof(void *));
    if (wider.slots == NULL)
        return false;
    for (size_t i = 0; i < stmts->n_slots; i++)
        if (stmts->slots[i] != NULL)
            wider.slots[slot_of(&wider, stmts->slots[i]->sql)] =
                stmts->slots[i];
    vs__free(stmts->slots);
    *stmts = wider;
    return true;
}

static bool begins_with(const char *sql, const char *word)
{
    return strncmp(sql, word, strlen(word)) == 0;
}

/* NULL, with words, if that fails. */
static struct vs__stmt *prepare(struct vs__db *db, const char *sql,
                                unsigned flags)
{
    struct vs__stmt *s = vs__calloc(1, sizeof *s);
    const int64_t n_damaged = vs__sums_noted(db);
    const char *rest = NULL;
    int rc;

    if (s == NULL) {
        (void)vs__fail_nomem(&db->err);
        return NULL;
    }
    s->db = db;
    s->sql = sql;
    errno = 0;
    rc = sqlite3_prepare_v3(db->conn, sql, -1, flags, &s->engine, &rest);
    vs__sums_last(db, n_damaged);
    if (rc != SQLITE_OK) {
        (void)vs__engine_fail(db, db->conn, rc);
        vs__free(s);
        return NULL;
    }
    assert(s->engine != NULL && *rest == '\0'); /* one statement, not less */
    s->writes = sqlite3_stmt_readonly(s->engine) == 0;
    if (!begins_with(sql, "PRAGMA ") && !begins_with(sql, "BEGIN")) {
        s->alters = s->writes;
        s->asks = !s->writes && sqlite3_column_count(s->engine) > 0;
    }
    return s;
}

static vs_status take(struct vs__stmt *s, struct vs__stmt **out)
{
    assert(strcmp(sqlite3_sql(s->engine), s->sql) == 0); /* not a literal? */
    if (s->in_use)
        return vs__fail(&s->db->err, VS_ERR_MISUSE,
                        "a statement is used in two places at once: %s",
                        s->sql);
    s->in_use = true;
    *out = s;
    return VS_OK;
}

vs_status vs__stmt_get(struct vs__db *db, const char *sql,
                       struct vs__stmt **out)
{
    struct vs__stmts *stmts = &db->stmts;
    struct vs__stmt *s;

    if (stmts->n_slots != 0) {
        s = stmts->slots[slot_of(stmts, sql)];
        if (s != NULL)
            return take(s, out);
    }
    if (!grow(stmts))
        return vs__fail_nomem(&db->err);
    s = prepare(db, sql, SQLITE_PREPARE_PERSISTENT);
    if (s == NULL)
        return db->err.status;
    stmts->slots[slot_of(stmts, sql)] = s;
    stmts->n++;
    return take(s, out);
}

vs_status vs__stmt_new(struct vs__db *db, const char *sql,
                       struct vs__stmt **out)
{
    struct vs__stmt *s = prepare(db, sql, 0);

    if (s == NULL)
        return db->err.status;
    s->in_use = true;
    *out = s;
    return VS_OK;
}

void vs__stmt_free(struct vs__stmt *s)
{
    if (s == NULL)
        return;
    if (vs__db_mine(s->db))
        (void)sqlite3_finalize(s->engine);
    vs__free(s);
}

void vs__stmts_done(struct vs__db *db, bool touch)
{
    struct vs__stmts *stmts = &db->stmts;

    for (size_t i = 0; i < stmts->n_slots; i++) {
        if (stmts->slots[i] != NULL && touch)
            (void)sqlite3_finalize(stmts->slots[i]->engine);
        vs__free(stmts->slots[i]);
    }
    vs__free(stmts->slots);
    memset(stmts, 0, sizeof *stmts);
}

static void note(struct vs__stmt *s, int rc)
{
    if (s->failed == SQLITE_OK)
        s->failed = rc;
}

void vs__bind_i64(struct vs__stmt *s, int i, int64_t value)
{
    note(s, sqlite3_bind_int64(s->engine, i, value));
}

void vs__bind_f64(struct vs__stmt *s, int i, double value)
{
    note(s, sqlite3_bind_double(s->engine, i, value));
}

void vs__bind_text(struct vs__stmt *s, int i, const char *text, int n)
{
    note(s, sqlite3_bind_text(s->engine, i, text, n, SQLITE_STATIC));
}

void vs__bind_blob(struct vs__stmt *s, int i, const void *bytes, size_t n)
{
    assert(bytes != NULL || n == 0);
    note(s, sqlite3_bind_blob64(s->engine, i, bytes != NULL ? bytes : "", n,
                                SQLITE_STATIC));
}

void vs__bind_null(struct vs__stmt *s, int i)
{
    note(s, sqlite3_bind_null(s->engine, i));
}

static vs_status fail_step(struct vs__stmt *s, int rc)
{
    note(s, rc);
    return vs__engine_fail(s->db, s->db->conn, rc);
}

/* Whether damage that was met lets the statement go on: what it has found, and
 * above all what it has not, may be wrong. */
static vs_status check_pages(struct vs__stmt *s)
{
    if (s->alters || (s->asks && s->db->lenient == 0))
        return vs__sums_fail(s->db);
    return VS_OK;
}

vs_status vs__stmt_step(struct vs__stmt *s)
{
    struct vs__db *db = s->db;
    int64_t n_damaged;
    vs_status st;
    int rc;

    assert(s->in_use);
    if (s->failed != SQLITE_OK)
        return vs__engine_fail(db, db->conn, s->failed);
    if (s->ended)
        return VS_DONE;
    /* Outside its transaction a write would be kept at once. */
    if (vs__txn_lost(db))
        return vs__txn_fail_lost(db);
    if (s->alters && (st = check_pages(s)) != VS_OK)
        return st;
    if (s->writes)
        db->txn.written = ~UINT64_C(0);
    n_damaged = vs__sums_noted(db);
    errno = 0;
    rc = sqlite3_step(s->engine);
    if (sqlite3_stmt_status(s->engine, SQLITE_STMTSTATUS_REPREPARE, 0) != 0)
        vs__sums_last(db, n_damaged);
    if (db->bulk && s->writes && rc == SQLITE_DONE)
        vs__bulk_advance(db);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return fail_step(s, rc);
    if ((st = check_pages(s)) != VS_OK)
        return st;
    s->ended = rc == SQLITE_DONE;
    return s->ended ? VS_DONE : VS_OK;
}

vs_status vs__stmt_run(struct vs__stmt *s)
{
    vs_status st;

    do
        st = vs__stmt_step(s);
    while (st == VS_OK);
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

int64_t vs__column_i64(struct vs__stmt *s, int i)
{
    return sqlite3_column_int64(s->engine, i);
}

double vs__column_f64(struct vs__stmt *s, int i)
{
    return sqlite3_column_double(s->engine, i);
}

/* NULL may mean that the value is NULL or empty, or that memory ran out. */
static void note_nomem(struct vs__stmt *s)
{
    if (sqlite3_errcode(s->db->conn) == SQLITE_NOMEM)
        note(s, SQLITE_NOMEM);
}

const char *vs__column_text(struct vs__stmt *s, int i)
{
    const unsigned char *text = sqlite3_column_text(s->engine, i);

    if (text != NULL)
        return (const char *)text;
    note_nomem(s);
    return "";
}

const void *vs__column_blob(struct vs__stmt *s, int i, size_t *n)
{
    const void *bytes = sqlite3_column_blob(s->engine, i);

    *n = 0;
    if (bytes == NULL) {
        note_nomem(s);
        return "";
    }
    *n = (size_t)sqlite3_column_bytes(s->engine, i);
    return bytes;
}

bool vs__column_null(struct vs__stmt *s, int i)
{
    return sqlite3_column_type(s->engine, i) == SQLITE_NULL;
}

void vs__stmt_reset(struct vs__stmt *s)
{
    if (s == NULL)
        return;
    (void)sqlite3_reset(s->engine); /* tells the step's failure again */
    (void)sqlite3_clear_bindings(s->engine);
    s->failed = SQLITE_OK;
    s->ended = false;
    s->in_use = false;
}

int64_t vs__db_last_id(struct vs__db *db)
{
    return sqlite3_last_insert_rowid(db->conn);
}

int64_t vs__db_changes(struct vs__db *db)
{
    return sqlite3_changes64(db->conn);
}
