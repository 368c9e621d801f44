/* test_txn.c - db/txn: transactions that nest, fail, and never half-way. */
#include "dbtest.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "faulty.h"

static int64_t counter(struct vs__db *db)
{
    return ask(db, "SELECT n FROM counter");
}

static vs_status set_counter(struct vs__db *db, int64_t n)
{
    static const char sql[] = "UPDATE counter SET n = $1 WHERE id = 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, n);
    return vs__stmt_run(s);
}

static void a_commit_is_kept_and_a_failure_is_not(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_true(vs__txn_writing(db));
    assert_int_equal(vs__txn_depth(db), 1);
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 2));
    assert_status(VS_ERR_CONFLICT, vs__txn_end(db, VS_ERR_CONFLICT));
    assert_int_equal(vs__txn_depth(db), 0);
    assert_false(vs__txn_writing(db));
    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
}

static void done_commits_too(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_DONE, vs__txn_end(db, VS_DONE));
    assert_status(VS_DONE, vs__txn_end(db, VS_DONE));
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
}

static void an_inner_failure_undoes_only_its_own(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 2));
    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_int_equal(vs__txn_depth(db), 4);
    assert_ok(set_counter(db, 3));
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_int_equal(counter(db), 2);
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME)); /* the read */
    assert_int_equal(counter(db), 2);
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(counter(db), 2);
    vs__db_close(db);
}

static void nothing_is_kept_before_the_outermost_end(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_int_equal(counter(db), 0);
    vs__db_close(db);
}

static void a_joined_write_goes_with_what_is_around_it(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__txn_join(db, 0));
    assert_int_equal(vs__txn_depth(db), 3);
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(counter(db), 1);
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_int_equal(counter(db), 0);
    assert_ok(vs__txn_join(db, 0));
    assert_ok(set_counter(db, 2));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(counter(db), 2);
    vs__db_close(db);
}

static void a_join_outside_is_a_transaction(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_join(db, 0));
    assert_true(vs__txn_writing(db));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_join(db, 0));
    assert_ok(set_counter(db, 2));
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
}

static void a_joined_body_may_fail_before_it_writes(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_join(db, 0));
    assert_int_equal(counter(db), 1); /* looking is not writing */
    assert_status(VS_ERR_EXISTS, vs__txn_end(db, VS_ERR_EXISTS));
    assert_false(vs__txn_lost(db));
    assert_ok(set_counter(db, 2));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(counter(db), 2);
    vs__db_close(db);
}

static void a_joined_body_that_fails_half_way_takes_all_with_it(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__txn_join(db, 0));
    assert_ok(set_counter(db, 2));
    (void)vs__fail_nomem(vs__db_error(db));
    assert_status(VS_ERR_NOMEM, vs__txn_end(db, VS_ERR_NOMEM));
    assert_status(VS_ERR_NOMEM, vs__db_error(db)->status);
    assert_true(vs__txn_lost(db));
    assert_status(VS_ERR_NOMEM, set_counter(db, 3));
    assert_non_null(strstr(vs__db_error(db)->message, "was rolled back"));
    assert_status(VS_ERR_NOMEM, vs__txn_join(db, 0));
    assert_status(VS_ERR_NOMEM, vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_NOMEM, vs__txn_end(db, VS_OK));
    assert_status(VS_ERR_NOMEM, vs__txn_end(db, VS_OK));
    assert_int_equal(vs__txn_depth(db), 0);
    assert_int_equal(counter(db), 0);
    assert_ok(add_one(db));
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
}

static void a_savepoint_undone_inside_a_join_counts_as_written(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__txn_join(db, 0));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_true(vs__txn_lost(db));
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static vs_status end_without_memory(struct vs__db *db, vs_status st)
{
    (void)sqlite3_hard_heap_limit64(1);
    st = vs__txn_end(db, st);
    (void)sqlite3_hard_heap_limit64(0);
    return st;
}

static void rolling_back_needs_no_memory(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_status(VS_ERR_NAME, end_without_memory(db, VS_ERR_NAME));
    assert_int_equal(sqlite3_get_autocommit(db->conn), 1);
    assert_int_equal(counter(db), 0);
    assert_ok(add_one(db));
    vs__db_close(db);
}

/* SQLite needs memory to go back to a savepoint: for want of it all is lost, not
 * for what the level was ended for, which may be no failure. */
static void what_cannot_be_undone_alone_is_undone_with_all(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    bool lost;

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 2));
    assert_status(VS_ERR_NAME, end_without_memory(db, VS_ERR_NAME));
    lost = vs__txn_lost(db);
    assert_status(lost ? VS_ERR_NOMEM : VS_OK, vs__txn_end(db, VS_OK));
    assert_int_equal(counter(db), lost ? 0 : 1);
    assert_ok(add_one(db));
    vs__db_close(db);
}

static void a_failed_end_keeps_its_words(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_CORRUPT, run_sql(db, "SELECT x FROM nowhere"));
    assert_status(VS_ERR_CORRUPT, vs__txn_end(db, VS_ERR_CORRUPT));
    assert_non_null(strstr(vs__db_error(db)->message, "nowhere"));
    vs__db_close(db);
}

static void a_write_inside_a_read_is_misuse(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_status(VS_ERR_MISUSE, vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_MISUSE, vs__txn_join(db, 0));
    assert_int_equal(vs__txn_depth(db), 1);
    assert_false(vs__txn_writing(db));
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static void an_end_without_begin_is_misuse(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_status(VS_ERR_MISUSE, vs__txn_end(db, VS_OK));
    assert_non_null(
        strstr(vs__db_error(db)->message, "no transaction is open"));
    vs__db_close(db);
}

static void too_deep_nesting_is_refused(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    for (int i = 0; i < 64; i++)
        assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_status(VS_ERR_TOOBIG, vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_TOOBIG, vs__txn_join(db, 0));
    assert_int_equal(vs__txn_depth(db), 64);
    for (int i = 0; i < 64; i++)
        assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
}

static void a_read_sees_one_state_from_its_beginning(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *reader = make_store(path);
    struct vs__db *writer = NULL;

    assert_ok(open_as(path, VS_OPEN_WRITE, &writer, NULL));
    assert_ok(vs__txn_begin(reader, VS_TXN_READ));
    assert_ok(add_one(writer)); /* before the first SELECT */
    assert_int_equal(counter(reader), 0);
    assert_ok(vs__txn_end(reader, VS_OK));
    assert_int_equal(counter(reader), 1);
    vs__db_close(writer);
    vs__db_close(reader);
}

static void a_write_begins_with_the_lock(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *a = make_store(path);
    struct vs__db *b = NULL;

    assert_ok(open_patient(path, VS_OPEN_WRITE, 0, &b, NULL));
    assert_ok(vs__txn_begin(a, VS_TXN_WRITE));
    assert_status(VS_ERR_BUSY, vs__txn_begin(b, VS_TXN_WRITE));
    assert_int_equal(vs__txn_depth(b), 0);
    assert_ok(vs__txn_begin(b, VS_TXN_READ)); /* readers never wait */
    assert_ok(vs__txn_end(b, VS_OK));
    assert_ok(vs__txn_end(a, VS_OK));
    assert_ok(add_one(b));
    vs__db_close(b);
    vs__db_close(a);
}

/* A list that is still being read shows an older state than the newest. */
static void a_write_that_would_skip_a_state_is_told_why(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *a = make_store(path);
    struct vs__db *b = NULL;
    struct vs__stmt *list = NULL;

    assert_ok(open_patient(path, VS_OPEN_WRITE, 20, &b, NULL));
    assert_ok(vs__stmt_new(b, "SELECT n FROM counter", &list));
    assert_ok(vs__stmt_step(list));
    assert_ok(add_one(a));
    assert_status(VS_ERR_BUSY, vs__txn_begin(b, VS_TXN_WRITE));
    assert_non_null(strstr(vs__db_error(b)->message, "still being read"));
    vs__stmt_free(list);
    assert_ok(add_one(b));
    vs__db_close(b);
    vs__db_close(a);
}

/* -------- The disk fails. */

static void a_full_disk_at_commit_rolls_back(void **state)
{
    struct vs__db *db;

    faulty_begin();
    db = make_store(test_path(state, "a.db"));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 7));
    faulty_arm(FAULTY_WRITE, "-wal", 1, SQLITE_FULL, ENOSPC, false);
    assert_status(VS_ERR_FULL, vs__txn_end(db, VS_OK));
    assert_true(faulty_struck());
    faulty_disarm();
    assert_int_equal(vs__txn_depth(db), 0);
    assert_int_equal(counter(db), 0);
    assert_ok(add_one(db)); /* the handle goes on */
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
    faulty_end();
}

static void a_quota_counts_as_a_full_disk(void **state)
{
    struct vs__db *db;

    faulty_begin();
    db = make_store(test_path(state, "a.db"));
    faulty_arm(FAULTY_WRITE, "-wal", 1, SQLITE_IOERR_WRITE, EDQUOT, false);
    assert_status(VS_ERR_FULL, add_one(db));
    faulty_disarm();
    vs__db_close(db);
    faulty_end();
}

static void a_failed_sync_ends_writing_with_this_handle(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db;

    faulty_begin();
    db = make_store(path);
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 7));
    faulty_arm(FAULTY_SYNC, "-wal", 1, SQLITE_IOERR_FSYNC, EIO, false);
    assert_status(VS_ERR_IO, vs__txn_end(db, VS_OK));
    faulty_disarm();
    assert_int_equal(vs__txn_depth(db), 0);
    assert_int_equal(counter(db), 0); /* reading goes on */
    assert_status(VS_ERR_IO, add_one(db));
    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_ok(add_one(db));
    assert_sound(db);
    vs__db_close(db);
    faulty_end();
}

static vs_status add_blob_row(struct vs__db *db)
{
    return run_sql(db, "INSERT INTO blob (bytes) VALUES (zeroblob(19000000))");
}

/* A transaction larger than the cache spills into the log before its end; if
 * that fails, SQLite rolls back at once, in the middle of the body. */
static void lose_transaction(struct vs__db *db)
{
    faulty_arm(FAULTY_WRITE, "-wal", 1, SQLITE_FULL, ENOSPC, true);
    assert_status(VS_ERR_FULL, add_blob_row(db));
    assert_true(faulty_struck());
    faulty_disarm();
    assert_true(vs__txn_lost(db));
}

static void after_a_rollback_by_sqlite_nothing_is_written(void **state)
{
    struct vs__db *db;

    faulty_begin();
    db = make_store(test_path(state, "a.db"));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 7));
    lose_transaction(db);
    assert_int_equal(vs__txn_depth(db), 1);
    assert_status(VS_ERR_FULL, set_counter(db, 8)); /* would be kept at once */
    assert_non_null(strstr(vs__db_error(db)->message, "was rolled back"));
    assert_status(VS_ERR_FULL, vs__txn_end(db, VS_OK));
    assert_int_equal(vs__txn_depth(db), 0);
    assert_int_equal(counter(db), 0);
    assert_ok(add_one(db));
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
    faulty_end();
}

static void every_level_above_a_lost_one_fails(void **state)
{
    struct vs__db *db;

    faulty_begin();
    db = make_store(test_path(state, "a.db"));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(vs__txn_begin(db, VS_TXN_READ));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    lose_transaction(db);
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_int_equal(vs__txn_depth(db), 2);
    assert_true(vs__txn_writing(db));
    assert_status(VS_ERR_FULL, vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_FULL, vs__txn_end(db, VS_OK));
    assert_status(VS_ERR_FULL, vs__txn_end(db, VS_OK));
    assert_int_equal(vs__txn_depth(db), 0);
    assert_ok(add_one(db));
    vs__db_close(db);
    faulty_end();
}

static void a_refused_statement_costs_only_its_level(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_status(VS_ERR_TOOBIG, run_sql(db, "INSERT INTO blob (bytes) "
                                             "VALUES (zeroblob(30000000))"));
    assert_status(VS_ERR_TOOBIG, vs__txn_end(db, VS_ERR_TOOBIG));
    assert_false(vs__txn_lost(db));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
}

/* -------- Two threads, each with a connection, each with a row. */

struct thread {
    const char *path;
    int failed;
};

static void *nests_in_a_thread(void *ctx)
{
    struct thread *t = ctx;
    struct vs__db *db = NULL;

    t->failed = open_as(t->path, VS_OPEN_WRITE, &db, NULL) != VS_OK;
    for (int i = 0; i < 100 && !t->failed; i++) {
        t->failed |= vs__txn_begin(db, VS_TXN_WRITE) != VS_OK;
        t->failed |= add_one(db) != VS_OK;
        t->failed |= vs__txn_begin(db, VS_TXN_WRITE) != VS_OK;
        t->failed |= add_one(db) != VS_OK;
        t->failed |= vs__txn_end(db, VS_ERR_NAME) != VS_ERR_NAME;
        t->failed |= vs__txn_end(db, VS_OK) != VS_OK;
        t->failed |= vs__txn_begin(db, VS_TXN_READ) != VS_OK;
        t->failed |= vs__txn_end(db, VS_OK) != VS_OK;
    }
    vs__db_close(db);
    return NULL;
}

static void threads_with_connections_of_their_own_agree(void **state)
{
    struct thread threads[2] = {{test_path(state, "a.db"), 0}, {NULL, 0}};
    struct vs__db *db = make_store(threads[0].path);
    pthread_t ids[2];

    threads[1].path = threads[0].path;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            pthread_create(&ids[i], NULL, nests_in_a_thread, &threads[i]), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(ids[i], NULL), 0);
        assert_int_equal(threads[i].failed, 0);
    }
    assert_int_equal(counter(db), 200);
    vs__db_close(db);
}

static vs_status nested_writes(void *ctx)
{
    struct vs__db *db = NULL;
    vs_status st = open_as(ctx, VS_OPEN_WRITE, &db, NULL);

    if (st != VS_OK)
        return st;
    if ((st = vs__txn_begin(db, VS_TXN_WRITE)) == VS_OK) {
        if ((st = vs__txn_begin(db, VS_TXN_WRITE)) == VS_OK)
            st = vs__txn_end(db, set_counter(db, 1));
        if (st == VS_OK && (st = vs__txn_join(db, 0)) == VS_OK)
            st = vs__txn_end(db, set_counter(db, 2));
        st = vs__txn_end(db, st);
    }
    if (st == VS_OK && (st = vs__txn_begin(db, VS_TXN_READ)) == VS_OK)
        st = vs__txn_end(db, st);
    vs__db_close(db);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    const char *path = test_path(state, "a.db");

    vs__db_close(make_store(path));
    assert_true(test_each_allocation_failing(
                    nested_writes, (char *)(uintptr_t)path, false) > 10);
    assert_true(test_each_allocation_failing(
                    nested_writes, (char *)(uintptr_t)path, true) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_commit_is_kept_and_a_failure_is_not),
        with_dir(done_commits_too),
        with_dir(an_inner_failure_undoes_only_its_own),
        with_dir(nothing_is_kept_before_the_outermost_end),
        with_dir(a_joined_write_goes_with_what_is_around_it),
        with_dir(a_join_outside_is_a_transaction),
        with_dir(a_joined_body_may_fail_before_it_writes),
        with_dir(a_joined_body_that_fails_half_way_takes_all_with_it),
        with_dir(a_savepoint_undone_inside_a_join_counts_as_written),
        with_dir(rolling_back_needs_no_memory),
        with_dir(what_cannot_be_undone_alone_is_undone_with_all),
        with_dir(a_failed_end_keeps_its_words),
        with_dir(a_write_inside_a_read_is_misuse),
        with_dir(an_end_without_begin_is_misuse),
        with_dir(too_deep_nesting_is_refused),
        with_dir(a_read_sees_one_state_from_its_beginning),
        with_dir(a_write_begins_with_the_lock),
        with_dir(a_write_that_would_skip_a_state_is_told_why),
        with_dir(a_full_disk_at_commit_rolls_back),
        with_dir(a_quota_counts_as_a_full_disk),
        with_dir(a_failed_sync_ends_writing_with_this_handle),
        with_dir(after_a_rollback_by_sqlite_nothing_is_written),
        with_dir(every_level_above_a_lost_one_fails),
        with_dir(a_refused_statement_costs_only_its_level),
        with_dir(threads_with_connections_of_their_own_agree),
        with_dir(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.txn", tests, NULL, NULL);
}
