/* test_settings.c - db/settings: how every connection is set up. */
#include "dbtest.h"

#include <stdio.h>
#include <string.h>

#include "db/blob.h"
#include "db/migrate.h"

static void pragmas_are_set(sqlite3 *conn, const char *synchronous)
{
    static const struct {
        const char *name;
        const char *want;
    } rows[] = {
        {"journal_mode", "wal"},
        {"page_size", "32768"},
        {"cache_size", "-4096"},
        {"temp_store", "2"},
        {"secure_delete", "2"},
        {"foreign_keys", "1"},
        {"trusted_schema", "0"},
        {"cell_size_check", "1"},
        {"mmap_size", "0"},
        {"wal_autocheckpoint", "0"},
        {"journal_size_limit", "16777216"},
    };
    sqlite3_stmt *s = NULL;
    char sql[64];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(sql, sizeof sql, "PRAGMA %s", rows[i].name);
        assert_int_equal(sqlite3_prepare_v2(conn, sql, -1, &s, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(s, 0),
                            rows[i].want);
        (void)sqlite3_finalize(s);
    }
    assert_int_equal(
        sqlite3_prepare_v2(conn, "PRAGMA synchronous", -1, &s, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(s, 0), synchronous);
    (void)sqlite3_finalize(s);
}

static void every_connection_is_set_up(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db_options normal = {VS_OPEN_WRITE, VS_SYNC_NORMAL, 0, TEST_ID};

    assert_ok(add_one(db));
    assert_ok(vs__db_flush(db));
    pragmas_are_set(db->conn, "2");
    assert_non_null(db->helper);
    pragmas_are_set(db->helper, "2");
    vs__db_close(db);
    assert_ok(vs__db_open(path, &normal, &db, NULL));
    assert_ok(vs__db_ready(db));
    pragmas_are_set(db->conn, "1");
    vs__db_close(db);
}

static void limits_are_lowered(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_int_equal(sqlite3_limit(db->conn, SQLITE_LIMIT_LENGTH, -1),
                     20 << 20);
    assert_int_equal(sqlite3_limit(db->conn, SQLITE_LIMIT_SQL_LENGTH, -1),
                     64 << 10);
    assert_int_equal(sqlite3_limit(db->conn, SQLITE_LIMIT_ATTACHED, -1), 0);
    assert_int_equal(sqlite3_limit(db->conn, SQLITE_LIMIT_TRIGGER_DEPTH, -1),
                     1);
    assert_int_equal(sqlite3_limit(db->conn, SQLITE_LIMIT_VARIABLE_NUMBER, -1),
                     64);
    assert_status(VS_ERR_TOOBIG, run_sql(db, "INSERT INTO blob (bytes) "
                                             "VALUES (zeroblob(21000000))"));
    vs__db_close(db);
}

static void no_other_file_can_be_attached(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_status(VS_ERR_CORRUPT, run_sql(db, "ATTACH ':memory:' AS other"));
    assert_non_null(strstr(vs__db_error(db)->message, "too many attached"));
    assert_status(VS_ERR_CORRUPT, run_sql(db, "VACUUM"));
    vs__db_close(db);
}

static void views_and_triggers_of_a_file_do_not_run(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    sqlite3 *conn = NULL;

    vs__db_close(db);
    assert_int_equal(sqlite3_open(path, &conn), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(conn,
                     "CREATE VIEW v AS SELECT n FROM counter;"
                     "CREATE TRIGGER t AFTER UPDATE ON counter BEGIN"
                     "  DELETE FROM counter; END",
                     NULL, NULL, NULL),
        SQLITE_OK);
    (void)sqlite3_close(conn);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_status(VS_ERR_CORRUPT, run_sql(db, "SELECT * FROM v"));
    assert_non_null(strstr(vs__db_error(db)->message, "prohibited"));
    assert_ok(add_one(db));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    vs__db_close(db);
}

static void the_schema_table_cannot_be_written(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(run_sql(db, "PRAGMA writable_schema = ON"));
    assert_status(VS_ERR_CORRUPT, run_sql(db, "DELETE FROM sqlite_schema"));
    vs__db_close(db);
}

static void double_quotes_are_never_text(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_status(VS_ERR_CORRUPT, run_sql(db, "SELECT \"no_such_column\""));
    vs__db_close(db);
}

static void extensions_cannot_be_loaded(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_status(VS_ERR_CORRUPT, run_sql(db, "SELECT load_extension('evil')"));
    assert_int_not_equal(sqlite3_load_extension(db->conn, "evil", NULL, NULL),
                         SQLITE_OK);
    vs__db_close(db);
}

/* The limits must leave room for the product's own tables and views. */
static void our_own_schema_fits_the_limits(void **state)
{
    struct vs__db *db = NULL;
    sqlite3 *conn = NULL;
    const char *path = test_path(state, "a.db");

    assert_ok(open_as(path, VS_OPEN_CREATE, &db, NULL));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__migrate(db, vs__schema, vs__schema_n));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__migrate_verify(db, vs__schema, vs__schema_n));
    assert_sound(db);
    vs__db_close(db);
    assert_int_equal(sqlite3_open(path, &conn), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(conn, "SELECT * FROM sqlite_schema", NULL, NULL, NULL),
        SQLITE_OK);
    (void)sqlite3_close(conn);
}

/* SQLite would keep 2000 pages of 32 KiB, as it did when they had 4 KiB. */
static void the_cache_of_a_new_file_is_no_larger(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    const int64_t before = vs__place_bytes(db->place.wal);

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run_sql(db, "INSERT INTO blob (bytes) "
                          "VALUES (zeroblob(19000000))"));
    assert_true(vs__place_bytes(db->place.wal) - before > 10000000);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static int bytes_cached(struct vs__db *db)
{
    int bytes = 0;
    int most = 0;

    (void)sqlite3_db_status(db->conn, SQLITE_DBSTATUS_CACHE_USED, &bytes, &most,
                            0);
    return bytes;
}

/* Reads a value that is larger than the cache. */
static int bytes_cached_after_reading(struct vs__db *db)
{
    static char bytes[6000000];
    struct vs__blob *blob = NULL;
    size_t n = 0;
    int cached;

    assert_ok(vs__blob_open(db, "blob", "bytes", &blob));
    assert_ok(vs__blob_seek(blob, 1, &n));
    assert_int_equal(n, sizeof bytes);
    assert_ok(vs__blob_read(blob, 0, bytes, n));
    cached = bytes_cached(db);
    vs__blob_close(blob);
    return cached;
}

static void a_sweep_leaves_the_cache_as_it_is(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    int before;
    int swept;

    assert_ok(add_blob(db, 6000000));
    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_ok(vs__db_ready(db));
    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    before = bytes_cached(db);
    vs__db_sweep_begin(db);
    swept = bytes_cached_after_reading(db);
    vs__db_sweep_end(db);
    assert_true(swept < before + 16 * VS__PAGE_BYTES);
    assert_true(bytes_cached_after_reading(db) > 3500000);
    vs__db_sweep_begin(db); /* nothing is to be gained */
    assert_true(bytes_cached(db) > 3500000);
    vs__db_sweep_end(db);
    assert_ok(vs__txn_end(db, VS_OK));
    pragmas_are_set(db->conn, "2");
    vs__db_close(db);
}

static void a_write_has_the_whole_cache(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    vs__db_sweep_begin(db);
    pragmas_are_set(db->conn, "2");
    vs__db_sweep_end(db);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static void statements_are_tried_again_while_busy(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;
    char text[32];

    assert_ok(open_patient(path, VS_OPEN_WRITE, 30, &other, NULL));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    vs__wait_arm(other, 30);
    assert_int_equal(vs__engine_exec(other, other->conn, "BEGIN IMMEDIATE"),
                     SQLITE_BUSY);
    assert_true(vs__wait_ms(other) >= 30);
    vs__wait_disarm(other);
    assert_int_equal(
        vs__engine_ask(other, other->conn, "SELECT n FROM counter", text),
        SQLITE_OK);
    assert_string_equal(text, "0");
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(other);
    vs__db_close(db);
}

/* Some refusals never reach the busy handler. */
static void without_a_handler_they_are_too(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;
    char text[32];

    assert_ok(open_as(path, VS_OPEN_WRITE, &other, NULL));
    assert_int_equal(sqlite3_busy_handler(other->conn, NULL, NULL), SQLITE_OK);
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    vs__wait_arm(other, 30);
    assert_int_equal(vs__engine_exec(other, other->conn, "BEGIN IMMEDIATE"),
                     SQLITE_BUSY);
    assert_true(vs__wait_ms(other) >= 30);
    vs__wait_arm(other, 30);
    assert_int_equal(
        vs__engine_ask(other, other->conn, "BEGIN IMMEDIATE", text),
        SQLITE_BUSY);
    assert_true(vs__wait_ms(other) >= 30);
    vs__wait_disarm(other);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(other);
    vs__db_close(db);
}

static void an_answer_is_the_first_value(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    char text[32] = "as it was";

    assert_int_equal(
        vs__engine_ask(db, db->conn, "VALUES (7, 8), (9, 10)", text),
        SQLITE_OK);
    assert_string_equal(text, "7");
    assert_int_equal(
        vs__engine_ask(db, db->conn, "SELECT n FROM counter WHERE n > 0", text),
        SQLITE_OK);
    assert_string_equal(text, "");
    assert_int_equal(vs__engine_ask(db, db->conn, "no SQL", text),
                     SQLITE_ERROR);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(every_connection_is_set_up),
        with_dir(limits_are_lowered),
        with_dir(no_other_file_can_be_attached),
        with_dir(views_and_triggers_of_a_file_do_not_run),
        with_dir(the_schema_table_cannot_be_written),
        with_dir(double_quotes_are_never_text),
        with_dir(extensions_cannot_be_loaded),
        with_dir(our_own_schema_fits_the_limits),
        with_dir(the_cache_of_a_new_file_is_no_larger),
        with_dir(a_sweep_leaves_the_cache_as_it_is),
        with_dir(a_write_has_the_whole_cache),
        with_dir(statements_are_tried_again_while_busy),
        with_dir(without_a_handler_they_are_too),
        with_dir(an_answer_is_the_first_value),
    };

    return cmocka_run_group_tests_name("db.settings", tests, NULL, NULL);
}
