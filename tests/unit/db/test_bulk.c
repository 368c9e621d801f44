/* test_bulk.c - db/bulk: big writes that reach the disk once, or as always. */
#include "dbtest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "faulty.h"

#define BIG (INT64_C(64) << 20) /* what is announced; less is written */

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

/* Sets the counter and adds `n` rows of 300 KB. */
static vs_status write_much(struct vs__db *db, int64_t value, int n)
{
    vs_status st = set_counter(db, value);

    for (int i = 0; i < n && st == VS_OK; i++)
        st = run_sql(db, "INSERT INTO blob (bytes) VALUES "
                         "(randomblob(300000))");
    return st;
}

/* So small a cache spills soon. */
static int shrink(struct vs__db *db)
{
    return vs__engine_exec(db, db->conn, "PRAGMA cache_size = 10");
}

static bool has_log(struct vs__db *db)
{
    char mode[32] = "";

    assert_int_equal(vs__engine_ask(db, db->conn, "PRAGMA journal_mode", mode),
                     SQLITE_OK);
    return strcmp(mode, "wal") == 0;
}

/* -1: there is no such file. */
static int64_t bytes_of(void **state, const char *name)
{
    struct stat info;

    return stat(test_path(state, name), &info) == 0 ? (int64_t)info.st_size
                                                    : -1;
}

static void alone_it_goes_to_the_file_and_nowhere_else(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    int64_t n_bytes;

    assert_ok(add_one(db));
    assert_ok(vs__db_flush(db));
    n_bytes = bytes_of(state, "a.db");
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_true(db->bulk);
    assert_ok(write_much(db, 7, 30));
    assert_true(bytes_of(state, "a.db") > n_bytes + 4000000); /* spilled */
    assert_true(bytes_of(state, "a.db-wal") <= 0);
    assert_true(bytes_of(state, "a.db-journal") < 500000);
    assert_ok(vs__txn_end(db, VS_OK));
    assert_false(db->bulk);
    assert_true(has_log(db));
    assert_int_equal(bytes_of(state, "a.db-journal"), -1);
    assert_int_equal(counter(db), 7);
    assert_ok(add_one(db)); /* through the log again */
    assert_true(bytes_of(state, "a.db-wal") > 0);
    assert_sound(db);
    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_int_equal(counter(db), 8);
    vs__db_close(db);
}

static void the_disk_begins_before_the_end(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    int64_t before;

    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_true(db->early.fd >= 0);
    before = db->early.n_bytes;
    assert_ok(write_much(db, 1, 80)); /* 24 MB */
    assert_true(db->early.n_bytes >= before + 16000000);
    assert_true(db->early.fd >= 0);
    assert_ok(vs__txn_end(db, VS_OK));
    assert_sound(db);
    vs__db_close(db);
}

static void it_does_so_in_a_file_that_does_not_grow(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    int64_t n_bytes;
    int64_t before;

    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_ok(write_much(db, 1, 80));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run_sql(db, "DELETE FROM blob"));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__db_flush(db));
    n_bytes = bytes_of(state, "a.db");
    assert_ok(vs__txn_begin_bulk(db, BIG));
    before = db->early.n_bytes;
    assert_ok(write_much(db, 2, 80));
    assert_true(db->early.n_bytes >= before + 16000000);
    assert_ok(vs__txn_end(db, VS_OK));
    assert_true(bytes_of(state, "a.db") <= n_bytes);
    assert_sound(db);
    vs__db_close(db);
}

static void its_rollback_leaves_nothing(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_true(db->bulk);
    assert_ok(write_much(db, 7, 30));
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_false(db->bulk);
    assert_true(has_log(db));
    assert_int_equal(counter(db), 0);
    assert_true(bytes_of(state, "a.db") < 2000000);
    assert_int_equal(ask(db, "SELECT count(*) FROM blob"), 0);
    assert_sound(db);
    vs__db_close(db);
}

static void inner_levels_work_as_always(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_ok(write_much(db, 2, 20));
    assert_status(VS_ERR_NAME, vs__txn_end(db, VS_ERR_NAME));
    assert_int_equal(counter(db), 1);
    assert_ok(vs__txn_join(db, 0));
    assert_ok(set_counter(db, 3));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_true(has_log(db));
    assert_int_equal(counter(db), 3);
    assert_sound(db);
    vs__db_close(db);
}

static void what_is_small_or_inside_stays_with_the_log(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_ok(vs__txn_begin_bulk(db, 1 << 20));
    assert_false(db->bulk);
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_false(db->bulk);
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_end(db, VS_OK));
    assert_ok(vs__txn_begin(db, VS_TXN_BULK));
    assert_true(db->bulk);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static void a_reader_is_no_writer(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_status(VS_ERR_READONLY, vs__txn_begin_bulk(db, BIG));
    vs__db_close(db);
}

/* An idle reader is enough: he must not be kept waiting. */
static void in_company_it_stays_with_the_log(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    struct vs__db *other = NULL;

    assert_ok(open_patient(path, VS_OPEN_READ, 0, &other, NULL));
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_false(db->bulk);
    assert_ok(write_much(db, 1, 20));
    assert_int_equal(counter(other), 0); /* no wait, no failure */
    assert_ok(vs__txn_end(db, VS_OK));
    assert_int_equal(counter(other), 1);
    vs__db_close(other);
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_true(db->bulk); /* now that he is gone */
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
}

static void beside_a_list_that_is_read_it_stays_with_the_log(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct vs__stmt *list = NULL;

    assert_ok(vs__stmt_new(db, "SELECT n FROM counter", &list));
    assert_ok(vs__stmt_step(list));
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_false(db->bulk);
    assert_ok(set_counter(db, 1));
    assert_ok(vs__txn_end(db, VS_OK));
    vs__stmt_free(list);
    assert_int_equal(counter(db), 1);
    vs__db_close(db);
}

/* -------- Those who come meanwhile. */

struct comer {
    const char *path;
    struct gate begun;
    vs_open_mode mode;
    int64_t busy_ms;
    int64_t want;
};

/* The reader may come after the writer. */
static int comes_late(void *ctx)
{
    const struct comer *c = ctx;
    struct vs__db *db = NULL;
    int64_t n;

    gate_pass(&c->begun);
    must(open_patient(c->path, c->mode, c->busy_ms, &db, NULL) == VS_OK);
    n = ask(db, "SELECT n FROM counter");
    must(n == c->want || (c->mode == VS_OPEN_READ && n == c->want + 1));
    must(c->mode == VS_OPEN_READ || add_one(db) == VS_OK);
    vs__db_close(db);
    return 0;
}

/* Their patience is a fifth of what the write takes. */
static void late_comers_wait_for_as_long_as_it_gets_on(void **state)
{
    const struct timespec pause = {0, 50000000};
    const char *path = test_path(state, "a.db");
    struct comer comers[2] = {{path, make_gate(), VS_OPEN_READ, 400, 9},
                              {path, make_gate(), VS_OPEN_WRITE, 400, 9}};
    struct vs__db *db = NULL;
    pid_t pids[2];

    vs__db_close(make_store(path));
    for (size_t i = 0; i < 2; i++)
        pids[i] = start_child(comes_late, &comers[i]);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_true(db->bulk);
    assert_ok(write_much(db, 9, 20));
    for (size_t i = 0; i < 2; i++)
        gate_open(&comers[i].begun);
    for (int i = 0; i < 40; i++) {
        assert_ok(write_much(db, 9, 1));
        (void)nanosleep(&pause, NULL);
    }
    assert_ok(vs__txn_end(db, VS_OK));
    for (size_t i = 0; i < 2; i++)
        join_child(pids[i]);
    assert_int_equal(counter(db), 10);
    assert_sound(db);
    vs__db_close(db);
    for (size_t i = 0; i < 2; i++)
        end_gate(&comers[i].begun);
}

static int comes_too_late(void *ctx)
{
    const struct comer *c = ctx;
    struct vs__db *db = NULL;

    gate_pass(&c->begun);
    must(open_patient(c->path, c->mode, c->busy_ms, &db, NULL) == VS_ERR_BUSY);
    return 0;
}

static void a_write_that_stands_still_is_not_waited_for_longer(void **state)
{
    const char *path = test_path(state, "a.db");
    struct comer comers[2] = {{path, make_gate(), VS_OPEN_READ, 50, 0},
                              {path, make_gate(), VS_OPEN_READ, 0, 0}};
    struct vs__db *db = NULL;
    pid_t pids[2];

    vs__db_close(make_store(path));
    for (size_t i = 0; i < 2; i++)
        pids[i] = start_child(comes_too_late, &comers[i]);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_ok(vs__txn_begin_bulk(db, BIG));
    assert_ok(write_much(db, 9, 20));
    for (size_t i = 0; i < 2; i++)
        gate_open(&comers[i].begun);
    for (size_t i = 0; i < 2; i++)
        join_child(pids[i]);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
    for (size_t i = 0; i < 2; i++)
        end_gate(&comers[i].begun);
}

/* -------- It dies. */

struct death {
    const char *path;
    int nth;   /* change of a file before which it dies */
    bool torn; /* or in the middle of which */
};

static int dies(void *ctx)
{
    const struct death *d = ctx;
    struct vs__db *db = NULL;

    faulty_begin();
    must(open_as(d->path, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    must(shrink(db) == SQLITE_OK);
    faulty_kill(d->nth, d->torn);
    must(vs__txn_begin_bulk(db, BIG) == VS_OK);
    must(db->bulk);
    must(write_much(db, 1, 2) == VS_OK);
    must(run_sql(db, "DELETE FROM blob WHERE id % 2 = 0") == VS_OK);
    must(write_much(db, 1, 1) == VS_OK);
    must(vs__txn_end(db, VS_OK) == VS_OK);
    faulty_kill(0, false);
    vs__db_close(db);
    (void)unlink(d->path); /* to tell that it got through */
    return 0;
}

/* Old or new, whole, for whoever comes first. */
static void assert_old_or_new(const char *path, vs_open_mode mode)
{
    struct vs__db *db = NULL;
    vs_error err = {0};
    int64_t n;

    if (open_patient(path, mode, 1000, &db, &err) != VS_OK)
        fail_msg("%s", err.message);
    n = counter(db);
    assert_true(n == 0 || n == 1);
    assert_int_equal(ask(db, "SELECT count(*) FROM blob"), n == 0 ? 2 : 3);
    assert_sound(db);
    if (mode != VS_OPEN_READ)
        assert_true(has_log(db));
    vs__db_close(db);
}

static void die_everywhere(void **state, vs_open_mode first, bool torn)
{
    const char *store = test_path(state, "a.db");
    const char *path = test_path(state, "b.db");
    const char *leftovers[] = {path, test_path(state, "b.db-wal"),
                               test_path(state, "b.db-shm"),
                               test_path(state, "b.db-journal")};
    struct vs__db *db = make_store(store);
    struct death d = {path, 1, torn};

    for (int i = 0; i < 2; i++)
        assert_ok(add_blob(db, 300000));
    vs__db_close(db);
    for (;; d.nth += (int)test_stride()) {
        copy_file(store, path);
        in_child(dies, &d);
        if (!file_exists(path))
            break;
        assert_old_or_new(path, first);
        assert_old_or_new(path, VS_OPEN_WRITE);
        for (size_t i = 0; i < sizeof leftovers / sizeof leftovers[0]; i++)
            (void)unlink(leftovers[i]);
    }
    assert_true(d.nth > 40);
}

static void killed_anywhere_it_is_done_or_not_for_a_reader(void **state)
{
    die_everywhere(state, VS_OPEN_READ, false);
}

static void killed_within_a_write_likewise_for_a_writer(void **state)
{
    die_everywhere(state, VS_OPEN_WRITE, true);
}

/* The file is writable for all, but not theirs. */
static int looks_in_as_a_stranger(void *ctx)
{
    struct vs__db *db = NULL;
    vs_error err = {0};

    must(setgid(65534) == 0 && setuid(65534) == 0);
    must(open_patient(ctx, VS_OPEN_READ, 50, &db, &err) == VS_ERR_BUSY);
    must(strstr(err.message, "not ended") != NULL);
    return 0;
}

static void a_reader_undoes_nothing_in_a_file_of_others(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *journal = test_path(state, "a.db-journal");
    struct death d = {path, 10, false};
    struct vs__db *db = NULL;

    if (geteuid() != 0) {
        print_message("only root can be two users: not run\n");
        skip();
    }
    vs__db_close(make_store(path));
    for (; bytes_of(state, "a.db-journal") <= VS__PAGE_BYTES; d.nth++)
        in_child(dies, &d);
    assert_int_equal(chmod(test_path(state, "."), 0777), 0);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(journal, 0666), 0);
    in_child(looks_in_as_a_stranger, (char *)(uintptr_t)path);
    assert_true(file_exists(journal));
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_int_equal(counter(db), 0);
    vs__db_close(db);
}

/* Another clock, which moves with the naps alone, and a user who owns nothing.
 */
static bool posing;
static int64_t posed_ns;

int64_t __real_vs__monotonic_ns(void);
int64_t __wrap_vs__monotonic_ns(void);
int __real_nanosleep(const struct timespec *t, struct timespec *left);
int __wrap_nanosleep(const struct timespec *t, struct timespec *left);
uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);

int64_t __wrap_vs__monotonic_ns(void)
{
    return posing ? posed_ns : __real_vs__monotonic_ns();
}

int __wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
    if (!posing)
        return __real_nanosleep(t, left);
    posed_ns += t->tv_sec * 1000000000 + t->tv_nsec;
    return 0;
}

uid_t __wrap_geteuid(void)
{
    return posing ? 1 + __real_geteuid() : __real_geteuid();
}

static void what_a_dead_writer_left_is_waited_for_once(void **state)
{
    struct death d = {test_path(state, "a.db"), 10, false};
    struct vs__db *db = NULL;
    vs_error err = {0};

    vs__db_close(make_store(d.path));
    for (; bytes_of(state, "a.db-journal") <= VS__PAGE_BYTES; d.nth++)
        in_child(dies, &d);
    posed_ns = 1;
    posing = true;
    assert_status(VS_ERR_BUSY,
                  open_patient(d.path, VS_OPEN_READ, 5000, &db, &err));
    posing = false;
    assert_non_null(strstr(err.message, "not ended"));
    assert_int_equal(posed_ns, INT64_C(5000) * 1000000 + 1);
}

/* -------- The disk fails. */

static void fail_once(const char *path, enum faulty_call call,
                      const char *suffix, int nth, bool *struck)
{
    const bool sync = call == FAULTY_SYNC;
    struct vs__db *db = NULL;
    vs_status st;
    int64_t n;

    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    n = counter(db);
    assert_int_equal(shrink(db), SQLITE_OK);
    faulty_arm(call, suffix, nth, sync ? SQLITE_IOERR_FSYNC : SQLITE_FULL,
               sync ? EIO : ENOSPC, false);
    st = vs__txn_begin_bulk(db, BIG);
    if (st == VS_OK)
        st = vs__txn_end(db, write_much(db, n + 1, 3));
    *struck = faulty_struck();
    faulty_disarm();
    assert_true(st == VS_OK || st == (sync ? VS_ERR_IO : VS_ERR_FULL));
    if (sync && *struck)
        assert_status(VS_ERR_IO, vs__txn_begin(db, VS_TXN_WRITE));
    else
        assert_ok(add_one(db));
    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_WRITE, &db, NULL));
    assert_true(has_log(db));
    assert_true(counter(db) >= n && counter(db) <= n + 2);
    assert_ok(run_sql(db, "DELETE FROM blob"));
    assert_sound(db);
    vs__db_close(db);
}

static void a_disk_that_fails_anywhere_harms_nothing(void **state)
{
    static const char *const suffixes[] = {"a.db", "-journal"};

    const char *path = test_path(state, "a.db");

    vs__db_close(make_store(path));
    faulty_begin();
    for (size_t i = 0; i < 2; i++) {
        bool struck = true;

        for (int nth = 1; struck; nth++)
            fail_once(path, FAULTY_SYNC, suffixes[i], nth, &struck);
        struck = true;
        for (int nth = 1; struck; nth += nth < 8 ? 1 : 4)
            fail_once(path, FAULTY_WRITE, suffixes[i], nth, &struck);
    }
    faulty_end();
}

static vs_status bulk_write(void *ctx)
{
    struct vs__db *db = NULL;
    vs_status st = open_as(ctx, VS_OPEN_WRITE, &db, NULL);

    if (st != VS_OK)
        return st;
    if ((st = vs__txn_begin_bulk(db, BIG)) == VS_OK)
        st = vs__txn_end(db, set_counter(db, 1));
    vs__db_close(db);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    const char *path = test_path(state, "a.db");

    vs__db_close(make_store(path));
    assert_true(test_each_allocation_failing(
                    bulk_write, (char *)(uintptr_t)path, false) > 9);
    assert_true(test_each_allocation_failing(
                    bulk_write, (char *)(uintptr_t)path, true) > 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(alone_it_goes_to_the_file_and_nowhere_else),
        with_dir(the_disk_begins_before_the_end),
        with_dir(it_does_so_in_a_file_that_does_not_grow),
        with_dir(its_rollback_leaves_nothing),
        with_dir(inner_levels_work_as_always),
        with_dir(what_is_small_or_inside_stays_with_the_log),
        with_dir(a_reader_is_no_writer),
        with_dir(in_company_it_stays_with_the_log),
        with_dir(beside_a_list_that_is_read_it_stays_with_the_log),
        with_dir(late_comers_wait_for_as_long_as_it_gets_on),
        with_dir(a_write_that_stands_still_is_not_waited_for_longer),
        with_dir(killed_anywhere_it_is_done_or_not_for_a_reader),
        with_dir(killed_within_a_write_likewise_for_a_writer),
        with_dir(a_reader_undoes_nothing_in_a_file_of_others),
        with_dir(what_a_dead_writer_left_is_waited_for_once),
        with_dir(a_disk_that_fails_anywhere_harms_nothing),
        with_dir(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.bulk", tests, NULL, NULL);
}
