/* test_bulk_between.c - db/bulk and db/txn: somebody comes in between leaving the
 * log and taking the lock.
 */
#include "dbtest.h"

#include <string.h>

#define BIG (INT64_C(64) << 20) /* what is announced; less is written */

static vs_status add_much(struct vs__db *db)
{
    vs_status st = run_sql(db, "UPDATE counter SET n = n + 1 WHERE id = 1");

    for (int i = 0; i < 3 && st == VS_OK; i++)
        st = run_sql(db, "INSERT INTO blob (bytes) VALUES "
                         "(randomblob(300000))");
    return st;
}

static bool has_log(struct vs__db *db)
{
    char mode[32] = "";

    assert_int_equal(vs__engine_ask(db, db->conn, "PRAGMA journal_mode", mode),
                     SQLITE_OK);
    return strcmp(mode, "wal") == 0;
}

static const char *guest_path; /* NULL: nobody comes */
static sqlite3 *guest;

vs_status __real_vs__bulk_enter(struct vs__db *db, int64_t n_bytes);
vs_status __wrap_vs__bulk_enter(struct vs__db *db, int64_t n_bytes);
vs_status __wrap_vs__bulk_enter(struct vs__db *db, int64_t n_bytes)
{
    const vs_status st = __real_vs__bulk_enter(db, n_bytes);

    if (st == VS_OK && db->bulk && guest_path != NULL) {
        assert_int_equal(sqlite3_open(guest_path, &guest), SQLITE_OK);
        assert_int_equal(sqlite3_exec(guest,
                                      "BEGIN; SELECT count(*) FROM counter",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
    }
    return st;
}

static void a_reader_between_is_not_kept_waiting(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    db->options.busy_ms = 1000;
    guest_path = path;
    assert_ok(vs__txn_begin_bulk(db, BIG));
    guest_path = NULL;
    assert_non_null(guest); /* he reads, and we write */
    assert_true(vs__txn_writing(db));
    assert_int_equal(vs__db_error(db)->status, VS_OK);
    assert_ok(add_much(db));
    assert_int_equal(sqlite3_close(guest), SQLITE_OK);
    guest = NULL;
    assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    assert_ok(add_one(db));
    assert_true(has_log(db)); /* it is back, now that he is gone */
    assert_sound(db);
    vs__db_close(db);
}

/* The log cannot come back while he reads; what begins then does without. */
static void he_may_stay_for_the_next_one(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    db->options.busy_ms = 30;
    guest_path = path;
    assert_ok(vs__txn_begin_bulk(db, BIG));
    guest_path = NULL;
    assert_non_null(guest);
    assert_status(VS_ERR_CANCELLED, vs__txn_end(db, VS_ERR_CANCELLED));
    assert_true(db->bulk);
    assert_false(vs__txn_bulk(db)); /* nothing is written just now */
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_true(vs__txn_bulk(db));
    assert_ok(add_much(db));
    assert_int_equal(sqlite3_close(guest), SQLITE_OK);
    guest = NULL;
    assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    assert_true(has_log(db));
    assert_sound(db);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_reader_between_is_not_kept_waiting),
        with_dir(he_may_stay_for_the_next_one),
    };

    return cmocka_run_group_tests_name("db.bulk_between", tests, NULL, NULL);
}
