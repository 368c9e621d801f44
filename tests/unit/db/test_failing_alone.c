/* test_failing_alone.c - what fails where there is no store to be written to, or
 * nobody who may: a database of one's own, a reader without locks, an
 * examination; and a lock that must be let go.
 */
#include "dbtest.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/guards.h"
#include "wrapped.h"

static void a_database_of_ones_own_is_opened_or_not(void **state)
{
    (void)state;
    for (int k = 1;; k++) {
        struct vs__db *db = NULL;
        vs_error err = {0};
        vs_status st;

        wrapped_arm(SQLITES, SQLITE_NOMEM, k);
        st = vs__db_open_alone("x", &db, &err);
        if (!wrapped_disarm()) {
            assert_ok(st);
            vs__db_close(db);
            break;
        }
        assert_status(VS_ERR_NOMEM, st);
        assert_int_equal(err.status, st);
    }
}

static vs_status reads_without_locks(void *path)
{
    struct vs__db *db = NULL;
    const vs_status st = open_as(path, VS_OPEN_READ, &db, NULL);

    if (st == VS_OK)
        assert_true(db->immutable);
    vs__db_close(db);
    return st;
}

static int reads_where_nobody_writes(void *path)
{
    int k = 1;

    must(become_nobody() == 0);
    (void)test_each_allocation_failing(reads_without_locks, path, false);
    for (;; k++) {
        vs_status st;

        wrapped_arm(SQLITES, SQLITE_IOERR_READ, k);
        st = reads_without_locks(path);
        if (!wrapped_disarm()) {
            must(st == VS_OK);
            break;
        }
        must(st == VS_OK || st == VS_ERR_IO || st == VS_ERR_NOMEM);
    }
    must(k > 10);
    return 0;
}

static void what_is_read_without_locks_is_opened_or_not(void **state)
{
    const char *path = test_path(state, "a.db");

    vs__db_close(make_store(path));
    assert_int_equal(unlink(test_path(state, "a.db-wal")), 0);
    assert_int_equal(unlink(test_path(state, "a.db-shm")), 0);
    assert_int_equal(chmod(test_path(state, "."), 0555), 0);
    in_child(reads_where_nobody_writes, (char *)(uintptr_t)path);
    assert_int_equal(chmod(test_path(state, "."), 0755), 0);
}

/* Or nobody else could write for as long as this handle lives. */
static void a_flush_lets_go_of_the_lock_without_memory(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;

    assert_ok(open_patient(path, VS_OPEN_WRITE, 0, &other, NULL));
    assert_ok(vs__db_flush(db));
    for (int k = 1;; k++) {
        wrapped_arm(SQLITES, SQLITE_NOMEM, k);
        (void)vs__db_flush(db);
        if (!wrapped_disarm())
            break;
        assert_ok(add_one(other));
    }
    vs__db_close(other);
    vs__db_close(db);
}

static void ignore(const vs_finding *finding, void *ctx)
{
    (void)finding;
    (void)ctx;
}

static void an_examination_ends_with_what_failed(void **state)
{
    vs_error err;

    static const struct {
        enum whose whose;
        int code;
        vs_status want;
    } cases[] = {{SQLITES, SQLITE_NOMEM, VS_ERR_NOMEM},
                 {SQLITES, SQLITE_IOERR_READ, VS_ERR_IO},
                 {ANSWERS, SQLITE_OK, VS_OK}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int k = 1;; k++) {
            struct vs__findings f = {.options = {.on_finding = ignore}};
            vs_status st;

            wrapped_arm(cases[i].whose, cases[i].code, k);
            st = vs__guards_tell(&f, &err);
            if (!wrapped_disarm()) {
                assert_ok(st);
                break;
            }
            if (st != VS_OK)
                assert_status(cases[i].want, st);
            else
                assert_int_equal(f.worst, VS_VERDICT_BAD);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_of_ones_own_is_opened_or_not),
        with_dir(what_is_read_without_locks_is_opened_or_not),
        with_dir(a_flush_lets_go_of_the_lock_without_memory),
        cmocka_unit_test(an_examination_ends_with_what_failed),
    };

    return cmocka_run_group_tests_name("db.failing_alone", tests, NULL, NULL);
}
