/* test_create.c - db/create: making a store while others want to use it. */
#include "dbtest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "faulty.h"

static int creates_and_counts(void *ctx)
{
    struct vs__db *db = NULL;
    bool is_new = false;
    vs_error err = {0};
    vs_status st = open_as(ctx, VS_OPEN_CREATE, &db, &err);

    if (st != VS_OK)
        (void)fprintf(stderr, "%s\n", err.message);
    must(st == VS_OK);
    must(vs__txn_begin(db, VS_TXN_WRITE) == VS_OK);
    must(vs__db_is_new(db, &is_new) == VS_OK);
    if (is_new) {
        must(run_sql(db, "CREATE TABLE counter (id INTEGER PRIMARY KEY, "
                         "n INTEGER NOT NULL) STRICT") == VS_OK);
        must(run_sql(db, "INSERT INTO counter (id, n) VALUES (1, 0)") == VS_OK);
    }
    must(vs__txn_end(db, VS_OK) == VS_OK);
    must(add_one(db) == VS_OK);
    vs__db_close(db);
    return 0;
}

static void many_may_create_at_once(void **state)
{
    char *path = (char *)(uintptr_t)test_path(state, "a.db");
    const char *wal = test_path(state, "a.db-wal");
    const char *shm = test_path(state, "a.db-shm");
    struct vs__db *db = NULL;
    pid_t pids[8];

    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < 8; i++)
            pids[i] = start_child(creates_and_counts, path);
        for (size_t i = 0; i < 8; i++)
            join_child(pids[i]);
        assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
        assert_int_equal(ask(db, "SELECT n FROM counter"), 8);
        assert_int_equal(ask(db, "PRAGMA page_size"), 32768);
        vs__db_close(db);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(unlink(wal), 0);
        assert_int_equal(unlink(shm), 0);
    }
}

struct slow {
    const char *path;
    struct gate ready;
};

/* Has the empty file and its journal for 100 ms before there is a store. */
static int creates_slowly(void *ctx)
{
    const struct slow *slow = ctx;
    int free_bytes = VS__SUM_BYTES;
    sqlite3 *conn = NULL;

    must(sqlite3_open(slow->path, &conn) == SQLITE_OK);
    must(sqlite3_file_control(conn, "main", SQLITE_FCNTL_RESERVE_BYTES,
                              &free_bytes) == SQLITE_OK);
    (void)sqlite3_busy_timeout(conn, 5000);
    must(sqlite3_exec(conn,
                      "PRAGMA page_size = 32768; BEGIN EXCLUSIVE;"
                      "PRAGMA application_id = 1448301650;"
                      "CREATE TABLE t (x)",
                      NULL, NULL, NULL) == SQLITE_OK);
    gate_open(&slow->ready);
    (void)usleep(100000);
    must(sqlite3_exec(conn, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    (void)sqlite3_close(conn);
    return 0;
}

static void waits_for_a_creator(void **state, vs_open_mode mode)
{
    struct slow slow = {test_path(state, "a.db"), make_gate()};
    const pid_t pid = start_child(creates_slowly, &slow);
    struct vs__db *db = NULL;
    bool is_new = true;

    gate_pass(&slow.ready);
    assert_int_equal(vs__place_bytes(slow.path), 0);
    assert_ok(open_as(slow.path, mode, &db, NULL));
    assert_ok(vs__db_is_new(db, &is_new));
    assert_false(is_new);
    vs__db_close(db);
    join_child(pid);
    end_gate(&slow.ready);
}

static void a_reader_waits_for_a_creator(void **state)
{
    waits_for_a_creator(state, VS_OPEN_READ);
}

static void a_writer_waits_for_a_creator(void **state)
{
    waits_for_a_creator(state, VS_OPEN_WRITE);
}

static void a_second_creator_waits_for_the_first(void **state)
{
    waits_for_a_creator(state, VS_OPEN_CREATE);
}

static void what_a_dead_creator_left_is_empty(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;
    vs_error err = {0};

    test_write_file(path, "", 0);
    test_write_file(test_path(state, "a.db-journal"), "begun", 5);
    assert_status(VS_ERR_NOTASTORE, open_as(path, VS_OPEN_WRITE, &db, &err));
    assert_non_null(strstr(err.message, "is empty"));
    test_write_file(test_path(state, "a.db-journal"), "begun", 5);
    assert_ok(open_as(path, VS_OPEN_CREATE, &db, &err));
    vs__db_close(db);
}

/* Somebody begins to make a store just then; linked in by --wrap. */
static const char *made_beside; /* NULL: nobody does */
static int n_asked;

int __real_vs__engine_ask(struct vs__db *db, sqlite3 *conn, const char *sql,
                          char out[32]);
int __wrap_vs__engine_ask(struct vs__db *db, sqlite3 *conn, const char *sql,
                          char out[32]);

int __wrap_vs__engine_ask(struct vs__db *db, sqlite3 *conn, const char *sql,
                          char out[32])
{
    const int rc = __real_vs__engine_ask(db, conn, sql, out);

    if (made_beside != NULL && n_asked++ == 0)
        test_write_file(made_beside, "begun", 5);
    return rc;
}

static void who_begins_meanwhile_is_waited_for(void **state)
{
    static const char *const names[] = {"a.db-wal", "a.db-journal"};
    const char *path = test_path(state, "a.db");
    const char *journal = test_path(state, "a.db-journal");
    struct vs__db *db = NULL;
    vs_error err = {0};

    for (size_t i = 0; i < 2; i++) {
        test_write_file(path, "", 0);
        test_write_file(journal, "begun", 5);
        n_asked = 0;
        made_beside = test_path(state, names[i]);
        assert_status(VS_ERR_NOTASTORE,
                      open_as(path, VS_OPEN_WRITE, &db, &err));
        made_beside = NULL;
        assert_int_equal(n_asked, 2); /* and then he was gone */
        assert_non_null(strstr(err.message, "is empty"));
    }
}

static void a_creation_that_fails_leaves_no_file(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;
    vs_error err = {0};

    faulty_begin();
    faulty_arm(FAULTY_WRITE, "a.db", 1, SQLITE_FULL, ENOSPC, true);
    assert_status(VS_ERR_FULL, open_as(path, VS_OPEN_CREATE_NEW, &db, &err));
    assert_true(faulty_struck());
    assert_false(file_exists(path));
    faulty_disarm();
    assert_ok(open_as(path, VS_OPEN_CREATE_NEW, &db, &err));
    vs__db_close(db);
    faulty_end();
}

/* It was there before, for whatever reason. */
static void but_an_empty_file_that_others_made_stays(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;
    vs_error err = {0};

    test_write_file(path, "", 0);
    faulty_begin();
    faulty_arm(FAULTY_WRITE, "a.db", 1, SQLITE_FULL, ENOSPC, true);
    assert_status(VS_ERR_FULL, open_as(path, VS_OPEN_CREATE, &db, &err));
    assert_true(faulty_struck());
    assert_true(file_exists(path));
    faulty_disarm();
    assert_ok(open_as(path, VS_OPEN_CREATE, &db, &err));
    vs__db_close(db);
    faulty_end();
}

static vs_status create_one(void *ctx)
{
    struct vs__db *db = NULL;
    vs_status st = open_as(ctx, VS_OPEN_CREATE_NEW, &db, NULL);

    vs__db_close(db);
    return st;
}

/* Every attempt must find the place free: the one before left nothing. */
static void creation_without_memory_leaves_no_file(void **state)
{
    const char *path = test_path(state, "a.db");

    assert_true(test_each_allocation_failing(
                    create_one, (char *)(uintptr_t)path, false) > 5);
    assert_true(file_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(many_may_create_at_once),
        with_dir(a_reader_waits_for_a_creator),
        with_dir(a_writer_waits_for_a_creator),
        with_dir(a_second_creator_waits_for_the_first),
        with_dir(what_a_dead_creator_left_is_empty),
        with_dir(who_begins_meanwhile_is_waited_for),
        with_dir(a_creation_that_fails_leaves_no_file),
        with_dir(but_an_empty_file_that_others_made_stays),
        with_dir(creation_without_memory_leaves_no_file),
    };

    return cmocka_run_group_tests_name("db.create", tests, NULL, NULL);
}
