/* test_alone.c - db/alone: a database of one connection. */
#include "support.h"

#include <sys/wait.h>
#include <unistd.h>

#include "db/db.h"
#include "db/stmt.h"
#include "db/txn.h"

static struct vs__db *open_alone(void)
{
    struct vs__db *db = NULL;
    vs_error err;

    assert_ok(vs__db_open_alone("x (local)", &db, &err));
    return db;
}

static vs_status run(struct vs__db *db, const char *sql)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(db, sql, &s);

    return st == VS_OK ? vs__stmt_run(s) : st;
}

static int64_t count(struct vs__db *db)
{
    static const char sql[] = "SELECT count(*) FROM t";
    struct vs__stmt *s;
    int64_t n;

    assert_ok(vs__stmt_get(db, sql, &s));
    assert_ok(vs__stmt_step(s));
    n = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    return n;
}

static const char create[] = "CREATE TABLE t (x BLOB)";
static const char insert[] = "INSERT INTO t VALUES (zeroblob(1000000))";

static void transactions_nest_and_can_be_undone(void **state)
{
    struct vs__db *db = open_alone();

    (void)state;
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run(db, create));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run(db, insert));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run(db, insert));
    assert_status(VS_ERR_CANCELLED, vs__txn_end(db, VS_ERR_CANCELLED));
    assert_int_equal(count(db), 1);
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run(db, insert));
    assert_status(VS_ERR_CANCELLED, vs__txn_end(db, VS_ERR_CANCELLED));
    assert_int_equal(count(db), 1);
    assert_false(vs__db_readonly(db));
    assert_string_equal(vs__db_path(db), "x (local)");
    vs__db_close(db);
}

static void each_has_its_own(void **state)
{
    struct vs__db *a = open_alone();
    struct vs__db *b = open_alone();

    (void)state;
    assert_ok(vs__txn_begin(a, VS_TXN_WRITE));
    assert_ok(vs__txn_begin(b, VS_TXN_WRITE)); /* nobody waits */
    assert_ok(run(a, create));
    assert_ok(run(b, create));
    assert_ok(run(a, insert));
    assert_int_equal(count(b), 0);
    vs__db_close(a); /* in the middle */
    vs__db_close(b);
}

static void it_does_not_survive_fork(void **state)
{
    struct vs__db *db = open_alone();
    int status = -1;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        const bool refused = vs__db_enter(db) == VS_ERR_FORKED;

        vs__db_close(db);
        _exit(refused ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ok(vs__db_enter(db));
    vs__db_close(db);
}

static vs_status open_and_close(void *ctx)
{
    struct vs__db *db = NULL;
    vs_error err;
    vs_status st = vs__db_open_alone("x", &db, &err);

    (void)ctx;
    vs__db_close(db);
    return st;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    assert_true(test_each_allocation_failing(open_and_close, NULL, false) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transactions_nest_and_can_be_undone),
        cmocka_unit_test(each_has_its_own),
        cmocka_unit_test(it_does_not_survive_fork),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests_name("db.alone", tests, NULL, NULL);
}
