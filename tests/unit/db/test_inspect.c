/* test_inspect.c - db/inspect: what a connection can be asked. */
#include "dbtest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "faulty.h"

static void sizes_are_those_of_the_files(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    int64_t file = -1;
    int64_t wal = -1;
    int64_t unused = -1;

    assert_ok(add_blob(db, 5 * VS__PAGE_BYTES));
    assert_ok(run_sql(db, "DELETE FROM blob"));
    assert_ok(vs__db_flush(db));
    assert_ok(vs__db_sizes(db, &file, &wal, &unused));
    assert_int_equal(file, ask(db, "PRAGMA page_count") * VS__PAGE_BYTES);
    assert_true(wal > 5 * VS__PAGE_BYTES);
    assert_true(unused >= 5 * VS__PAGE_BYTES);
    assert_int_equal(unused % VS__PAGE_BYTES, 0);
    vs__db_close(db);
}

static void the_schema_number_is_set_in_a_write(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    int number = -1;

    assert_ok(vs__db_schema_number(db, &number));
    assert_int_equal(number, 0);
    assert_status(VS_ERR_MISUSE, vs__db_set_schema_number(db, 3));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__db_set_schema_number(db, 3));
    assert_status(VS_ERR_CANCELLED, vs__txn_end(db, VS_ERR_CANCELLED));
    assert_ok(vs__db_schema_number(db, &number));
    assert_int_equal(number, 0);
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__db_set_schema_number(db, 3));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__db_schema_number(db, &number));
    assert_int_equal(number, 3);
    vs__db_close(db);
}

static void the_data_version_changes_with_others_commits(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;
    int64_t before = 0;
    int64_t after = 0;

    assert_ok(open_as(path, VS_OPEN_WRITE, &other, NULL));
    assert_ok(vs__db_data_version(db, &before));
    assert_ok(vs__db_data_version(db, &after));
    assert_int_equal(before, after);
    assert_ok(add_one(other));
    assert_ok(vs__db_data_version(db, &after));
    assert_int_not_equal(before, after);
    vs__db_close(other);
    vs__db_close(db);
}

static void the_engine_is_sqlite(void **state)
{
    (void)state;
    assert_string_equal(vs__db_engine(), sqlite3_libversion());
}

struct heard {
    int n;
    char last[200];
};

static void hear(const char *what, void *ctx)
{
    struct heard *heard = ctx;

    heard->n++;
    (void)snprintf(heard->last, sizeof heard->last, "%s", what);
}

static void a_sound_file_gives_nothing_to_tell(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct heard heard = {0, ""};

    assert_ok(vs__db_check(db, hear, &heard));
    assert_int_equal(heard.n, 0);
    vs__db_close(db);
}

static void a_reference_to_nothing_is_told(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct heard heard = {0, ""};

    assert_ok(run_sql(db, "CREATE TABLE child (id INTEGER PRIMARY KEY, "
                          "parent INTEGER REFERENCES counter (id))"));
    assert_ok(run_sql(db, "PRAGMA foreign_keys = OFF"));
    assert_ok(run_sql(db, "INSERT INTO child (id, parent) VALUES (8, 99)"));
    assert_ok(vs__db_check(db, hear, &heard));
    assert_int_equal(heard.n, 1);
    assert_string_equal(heard.last, "row 8 of table child refers to a row of "
                                    "counter that does not exist");
    vs__db_close(db);
}

static void damaged_pages_are_told(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *wal = test_path(state, "a.db-wal");
    struct vs__db *db = make_store(path);
    struct heard heard = {0, ""};
    FILE *f;

    assert_ok(add_blob(db, 5 * VS__PAGE_BYTES));
    vs__db_close(db);
    assert_int_equal(unlink(wal), 0);
    f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, 2 * VS__PAGE_BYTES, SEEK_SET), 0);
    assert_int_equal(fwrite("garbage!", 1, 8, f), 8); /* the table's root */
    (void)fclose(f);
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_ok(vs__db_check(db, hear, &heard));
    assert_true(heard.n > 0);
    vs__db_close(db);
}

/* Of a schema that another connection has changed, since that is read anew. */
static void a_check_that_cannot_begin_is_no_finding(void **state)
{
    const char *path = test_path(state, "a.db");
    struct heard heard = {0, ""};
    struct vs__db *other = NULL;
    struct vs__db *db;

    faulty_begin();
    db = make_store(path);
    assert_ok(vs__db_check(db, hear, &heard));
    assert_ok(open_as(path, VS_OPEN_WRITE, &other, NULL));
    assert_ok(run_sql(other, "CREATE TABLE more (x)"));
    vs__db_close(other);
    faulty_arm(FAULTY_READ, ".db", 1, SQLITE_CORRUPT, 0, true);
    assert_status(VS_ERR_CORRUPT, vs__db_check(db, hear, &heard));
    assert_true(faulty_struck());
    assert_int_equal(heard.n, 0);
    faulty_disarm();
    assert_ok(vs__db_check(db, hear, &heard));
    assert_int_equal(heard.n, 0);
    vs__db_close(db);
    faulty_end();
}

static void a_lost_transaction_sets_no_number(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    int number = -1;

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_int_equal(sqlite3_exec(db->conn, "ROLLBACK", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_status(VS_ERR_IO, vs__db_set_schema_number(db, 3));
    assert_status(VS_ERR_IO, vs__txn_end(db, VS_OK));
    assert_ok(vs__db_schema_number(db, &number));
    assert_int_equal(number, 0);
    vs__db_close(db);
}

static int stops(void *ctx)
{
    (void)ctx;
    return 1;
}

static void a_number_that_cannot_be_set_is_an_error(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    sqlite3_progress_handler(db->conn, 1, stops, NULL);
    assert_status(VS_ERR_CANCELLED, vs__db_set_schema_number(db, 3));
    sqlite3_progress_handler(db->conn, 0, NULL, NULL);
    assert_status(VS_ERR_CANCELLED, vs__txn_end(db, VS_ERR_CANCELLED));
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(sizes_are_those_of_the_files),
        with_dir(the_schema_number_is_set_in_a_write),
        with_dir(the_data_version_changes_with_others_commits),
        cmocka_unit_test(the_engine_is_sqlite),
        with_dir(a_sound_file_gives_nothing_to_tell),
        with_dir(a_reference_to_nothing_is_told),
        with_dir(damaged_pages_are_told),
        with_dir(a_check_that_cannot_begin_is_no_finding),
        with_dir(a_lost_transaction_sets_no_number),
        with_dir(a_number_that_cannot_be_set_is_an_error),
    };

    return cmocka_run_group_tests_name("db.inspect", tests, NULL, NULL);
}
