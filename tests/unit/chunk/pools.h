/* pools.h - for the tests of this room: a pool on a store file of its own,
 * inside a write transaction, and a way round the pool to its tables.
 */
#ifndef VS_TEST_POOLS_H
#define VS_TEST_POOLS_H

#include "support.h"

#include <string.h>

#include "chunk/count.h"
#include "chunk/pool.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/stmt.h"
#include "db/txn.h"

#include "chunk_data.h"

#define CHUNK 4096 /* raw bytes of the largest chunk */

struct base {
    struct vs__db *db;    /* a write transaction is open */
    struct vs__pool pool; /* ready */
};

static inline struct vs__db_options base_options(void)
{
    const struct vs__db_options o = {VS_OPEN_CREATE, VS_SYNC_NORMAL, 0,
                                     0x56535452 /* "VSTR" */};

    return o;
}

/* Makes the file, with its tables, in the test's folder; its path. */
static inline const char *base_file(void **state)
{
    const struct vs__db_options options = base_options();
    const char *path = test_path(state, "pool.vars.db");
    struct vs__db *db = NULL;

    assert_ok(vs__db_open(path, &options, &db, NULL));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__txn_end(db, vs__migrate(db, vs__schema, vs__schema_n)));
    vs__db_close(db);
    return path;
}

/* Opens an existing file; what fails is the caller's to judge. */
static inline vs_status base_try(struct base *b, const char *path)
{
    const struct vs__db_options options = base_options();
    vs_status st = vs__db_open(path, &options, &b->db, NULL);

    if (st != VS_OK)
        return st;
    vs__pool_init(&b->pool, b->db, CHUNK);
    if ((st = vs__pool_ready(&b->pool)) == VS_OK)
        st = vs__txn_begin(b->db, VS_TXN_WRITE);
    if (st == VS_OK)
        return VS_OK;
    vs__pool_done(&b->pool);
    vs__db_close(b->db);
    return st;
}

static inline void base_open(struct base *b, void **state)
{
    assert_ok(base_try(b, base_file(state)));
}

/* Undoes the transaction, so that a body can be run again, and closes. */
static inline void base_undo(struct base *b)
{
    vs__pool_rest(&b->pool);
    (void)vs__txn_end(b->db, VS_ERR_CANCELLED);
    vs__pool_done(&b->pool);
    vs__db_close(b->db);
}

static inline void base_close(struct base *b)
{
    vs__pool_rest(&b->pool);
    assert_ok(vs__txn_end(b->db, VS_OK));
    vs__pool_done(&b->pool);
    vs__db_close(b->db);
}

/* The number that a query gives; `id` is its $1, if it has one. */
static inline int64_t ask(struct base *b, const char *sql, int64_t id)
{
    struct vs__stmt *s = NULL;
    int64_t n;

    assert_ok(vs__stmt_new(b->db, sql, &s));
    if (strchr(sql, '$') != NULL)
        vs__bind_i64(s, 1, id);
    assert_ok(vs__stmt_step(s));
    n = vs__column_i64(s, 0);
    vs__stmt_free(s);
    return n;
}

/* Runs a statement that changes one row, whose key is $1. */
static inline void tell(struct base *b, const char *sql, int64_t id)
{
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_new(b->db, sql, &s));
    vs__bind_i64(s, 1, id);
    assert_ok(vs__stmt_run(s));
    vs__stmt_free(s);
    assert_int_equal(vs__db_changes(b->db), 1);
}

/* The same with bytes for $1; $2 is the key. */
static inline void tell_bytes(struct base *b, const char *sql,
                              const void *bytes, size_t n, int64_t id)
{
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_new(b->db, sql, &s));
    vs__bind_blob(s, 1, bytes, n);
    vs__bind_i64(s, 2, id);
    assert_ok(vs__stmt_run(s));
    vs__stmt_free(s);
    assert_int_equal(vs__db_changes(b->db), 1);
}

static inline int64_t n_chunks(struct base *b)
{
    return ask(b, "SELECT count(*) FROM chunk", 0);
}

/* Its users; -1 if that is no count. */
static inline int64_t refs(struct base *b, int64_t chunk)
{
    const int64_t n = ask(b, "SELECT refs FROM chunk WHERE id = $1", chunk);

    return n % VS__USER == 0 ? n / VS__USER : -1;
}

/* Damages a chunk's frame: one bit of its last byte. */
static inline void spoil(struct base *b, int64_t chunk)
{
    static const char set[] = "UPDATE frame SET bytes = $1 WHERE chunk = $2";
    struct vs__stmt *s = NULL;
    uint8_t bytes[CHUNK + VS__FRAME_HEADER];
    const void *found;
    size_t n = 0;

    assert_ok(
        vs__stmt_new(b->db, "SELECT bytes FROM frame WHERE chunk = $1", &s));
    vs__bind_i64(s, 1, chunk);
    assert_ok(vs__stmt_step(s));
    found = vs__column_blob(s, 0, &n);
    assert_in_range(n, 1, sizeof bytes);
    memcpy(bytes, found, n);
    vs__stmt_free(s);
    bytes[n - 1] ^= 1;
    vs__pool_rest(&b->pool);
    tell_bytes(b, set, bytes, n, chunk);
}

/* Asserts that the words of the last failure start with these. */
static inline void assert_words(struct base *b, const char *start)
{
    const char *words = vs__db_error(b->db)->message;

    if (strncmp(words, start, strlen(start)) != 0)
        fail_msg("the words are '%s', want '%s...'", words, start);
}

#endif
