/* test_blob.c - db/blob: ranges of stored values. */
#include "dbtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/blob.h"

/* Rows 1, 2, 3 hold 300,000 bytes each: byte i is i + row. */
static uint8_t at(size_t i, int64_t row)
{
    return (uint8_t)(i + (size_t)row);
}

#define N_BYTES ((size_t)300000)

static struct vs__db *make_rows(void **state)
{
    static const char sql[] = "INSERT INTO blob (id, bytes) VALUES ($1, $2)";
    struct vs__db *db = make_store(test_path(state, "a.db"));
    uint8_t *bytes = malloc(N_BYTES);
    struct vs__stmt *s;

    assert_non_null(bytes);
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    for (int64_t row = 1; row <= 3; row++) {
        for (size_t i = 0; i < N_BYTES; i++)
            bytes[i] = at(i, row);
        assert_ok(vs__stmt_get(db, sql, &s));
        vs__bind_i64(s, 1, row);
        vs__bind_blob(s, 2, bytes, N_BYTES);
        assert_ok(vs__stmt_run(s));
    }
    assert_ok(vs__txn_end(db, VS_OK));
    free(bytes);
    return db;
}

static void ranges_of_several_rows_are_read(void **state)
{
    struct vs__db *db = make_rows(state);
    struct vs__blob *blob = NULL;
    uint8_t bytes[1000];
    size_t n = 0;

    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_ok(vs__blob_open(db, "blob", "bytes", &blob));
    for (int64_t row = 3; row >= 1; row--) {
        assert_ok(vs__blob_seek(blob, row, &n));
        assert_int_equal(n, N_BYTES);
        for (size_t offset = 0; offset < n; offset += 59800) {
            assert_ok(vs__blob_read(blob, offset, bytes, sizeof bytes));
            for (size_t i = 0; i < sizeof bytes; i++)
                assert_int_equal(bytes[i], at(offset + i, row));
        }
    }
    vs__blob_close(blob);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static void a_missing_row_is_damage_and_the_reader_goes_on(void **state)
{
    struct vs__db *db = make_rows(state);
    struct vs__blob *blob = NULL;
    uint8_t byte = 0;
    size_t n = 0;

    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_ok(vs__blob_open(db, "blob", "bytes", &blob));
    assert_status(VS_ERR_CORRUPT, vs__blob_seek(blob, 99, &n));
    assert_non_null(strstr(vs__db_error(db)->message, "blob.bytes, row 99"));
    assert_status(VS_ERR_CORRUPT, vs__blob_read(blob, 0, &byte, 1));
    assert_ok(vs__blob_seek(blob, 2, &n));
    assert_status(VS_ERR_CORRUPT, vs__blob_seek(blob, 98, &n));
    assert_ok(vs__blob_seek(blob, 1, &n));
    assert_ok(vs__blob_read(blob, 0, &byte, 1));
    assert_int_equal(byte, at(0, 1));
    vs__blob_close(blob);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static void a_value_that_is_no_blob_is_damage(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__blob *blob = NULL;
    size_t n = 0;

    assert_ok(vs__blob_open(db, "counter", "n", &blob));
    assert_status(VS_ERR_CORRUPT, vs__blob_seek(blob, 1, &n));
    assert_non_null(strstr(vs__db_error(db)->message, "integer"));
    vs__blob_close(blob);
    assert_ok(vs__blob_open(db, "nowhere", "n", &blob));
    assert_status(VS_ERR_CORRUPT, vs__blob_seek(blob, 1, &n));
    vs__blob_close(blob);
    vs__blob_close(NULL);
    vs__db_close(db);
}

static void nothing_is_read_past_the_end(void **state)
{
    struct vs__db *db = make_rows(state);
    struct vs__blob *blob = NULL;
    uint8_t bytes[8];
    size_t n = 0;

    assert_ok(vs__blob_open(db, "blob", "bytes", &blob));
    assert_ok(vs__blob_seek(blob, 1, &n));
    assert_ok(vs__blob_read(blob, n - 8, bytes, 8));
    assert_ok(vs__blob_read(blob, n, bytes, 0));
    assert_status(VS_ERR_CORRUPT, vs__blob_read(blob, n - 7, bytes, 8));
    assert_status(VS_ERR_CORRUPT, vs__blob_read(blob, SIZE_MAX, bytes, 8));
    assert_status(VS_ERR_CORRUPT, vs__blob_read(blob, 0, bytes, SIZE_MAX));
    vs__blob_close(blob);
    vs__db_close(db);
}

static void a_row_written_to_meanwhile_is_read_anew(void **state)
{
    struct vs__db *db = make_rows(state);
    struct vs__blob *blob = NULL;
    uint8_t byte = 0;
    size_t n = 0;

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__blob_open(db, "blob", "bytes", &blob));
    assert_ok(vs__blob_seek(blob, 1, &n));
    assert_ok(run_sql(db, "UPDATE blob SET bytes = x'2a' WHERE id = 1"));
    assert_status(VS_ERR_MISUSE, vs__blob_read(blob, 0, &byte, 1));
    assert_ok(vs__blob_seek(blob, 1, &n));
    assert_int_equal(n, 1);
    assert_ok(vs__blob_read(blob, 0, &byte, 1));
    assert_int_equal(byte, 42);
    vs__blob_close(blob);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static int closes_what_it_inherited(void *ctx)
{
    vs__blob_close(ctx);
    return 0;
}

static void a_child_may_close_its_copy(void **state)
{
    struct vs__db *db = make_rows(state);
    struct vs__blob *blob = NULL;
    size_t n = 0;

    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_ok(vs__blob_open(db, "blob", "bytes", &blob));
    assert_ok(vs__blob_seek(blob, 1, &n));
    in_child(closes_what_it_inherited, blob);
    assert_ok(vs__blob_seek(blob, 2, &n));
    vs__blob_close(blob);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static void in_a_lost_transaction_nothing_is_read(void **state)
{
    struct vs__db *db = make_rows(state);
    struct vs__blob *blob = NULL;
    size_t n = 77;

    assert_ok(vs__blob_open(db, "blob", "bytes", &blob));
    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_int_equal(sqlite3_exec(db->conn, "ROLLBACK", NULL, NULL, NULL),
                     SQLITE_OK); /* as SQLite may by itself */
    assert_status(VS_ERR_IO, vs__blob_seek(blob, 1, &n));
    assert_non_null(strstr(vs__db_error(db)->message, "was rolled back"));
    assert_int_equal(n, 77);
    assert_status(VS_ERR_IO, vs__txn_end(db, VS_OK));
    assert_ok(vs__blob_seek(blob, 1, &n));
    vs__blob_close(blob);
    vs__db_close(db);
}

static vs_status read_one(void *ctx)
{
    struct vs__blob *blob = NULL;
    uint8_t byte = 0;
    size_t n = 0;
    vs_status st = vs__blob_open(ctx, "blob", "bytes", &blob);

    if (st != VS_OK)
        return st;
    if ((st = vs__blob_seek(blob, 1, &n)) == VS_OK)
        st = vs__blob_read(blob, 0, &byte, 1);
    vs__blob_close(blob);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    struct vs__db *db = make_rows(state);

    assert_true(test_each_allocation_failing(read_one, db, false) > 0);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(ranges_of_several_rows_are_read),
        with_dir(a_missing_row_is_damage_and_the_reader_goes_on),
        with_dir(a_value_that_is_no_blob_is_damage),
        with_dir(nothing_is_read_past_the_end),
        with_dir(a_row_written_to_meanwhile_is_read_anew),
        with_dir(a_child_may_close_its_copy),
        with_dir(in_a_lost_transaction_nothing_is_read),
        with_dir(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.blob", tests, NULL, NULL);
}
