/* test_readers.c - db/readers: values on other threads, and never in the way
 * of the owner.
 */
#include "dbtest.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/readers.h"
#include "faulty.h"

#define N_BYTES ((size_t)300000)
#define N       3

/* Rows 1 .. 5: all bytes of row k are k. */
static struct vs__db *make_rows(const char *path)
{
    static const char sql[] = "INSERT INTO blob (id, bytes) VALUES ($1, $2)";
    static uint8_t bytes[N_BYTES];
    struct vs__db *db = make_store(path);
    struct vs__stmt *s;

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    for (int64_t row = 1; row <= 5; row++) {
        memset(bytes, (int)row, sizeof bytes);
        assert_ok(vs__stmt_get(db, sql, &s));
        vs__bind_i64(s, 1, row);
        vs__bind_blob(s, 2, bytes, sizeof bytes);
        assert_ok(vs__stmt_run(s));
    }
    assert_ok(vs__txn_end(db, VS_OK));
    return db;
}

static struct vs__readers *make_readers(struct vs__db *db)
{
    struct vs__readers *r = vs__readers_new(db, N, "blob", "bytes");

    assert_non_null(r);
    return r;
}

/* Whether reader `i` gets a row, all of it. */
static bool gets(struct vs__readers *r, int i, int64_t row)
{
    uint8_t bytes[1000];
    size_t n = 0;

    if (!vs__readers_seek(r, i, row, &n) || n != N_BYTES)
        return false;
    for (size_t at = 0; at < n; at += sizeof bytes) {
        if (!vs__readers_read(r, i, at, bytes, sizeof bytes))
            return false;
        for (size_t k = 0; k < sizeof bytes; k++)
            if (bytes[k] != row)
                return false;
    }
    return true;
}

struct hand {
    struct vs__readers *readers;
    int i;
    int n_got;
};

static void *read_all(void *ctx)
{
    struct hand *h = ctx;

    for (int round = 0; round < 20; round++)
        for (int64_t row = 1; row <= 5; row++)
            h->n_got += gets(h->readers, h->i, row);
    return NULL;
}

static void each_thread_reads_by_one(void **state)
{
    struct vs__db *db = make_rows(test_path(state, "a.db"));
    struct vs__readers *r = make_readers(db);
    struct hand hands[N];
    pthread_t threads[N];

    for (int i = 0; i < N; i++) {
        hands[i] = (struct hand){r, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &hands[i]),
                         0);
    }
    for (int i = 0; i < N; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(hands[i].n_got, 100);
    }
    vs__readers_free(r);
    vs__db_close(db);
}

static void what_is_not_there_is_not_read(void **state)
{
    struct vs__db *db = make_rows(test_path(state, "a.db"));
    struct vs__readers *r = make_readers(db);
    uint8_t byte = 0;
    size_t n = 77;

    assert_false(vs__readers_read(r, 0, 0, &byte, 1)); /* stands nowhere */
    assert_false(vs__readers_seek(r, 0, 99, &n));
    assert_int_equal(n, 77);
    assert_true(gets(r, 0, 2));
    assert_false(vs__readers_seek(r, 0, 99, &n));
    assert_true(gets(r, 0, 3)); /* after that too */
    assert_false(vs__readers_read(r, 0, N_BYTES, &byte, 1));
    assert_false(vs__readers_read(r, 0, SIZE_MAX, &byte, 1));
    assert_true(vs__readers_read(r, 0, N_BYTES - 1, &byte, 1));
    vs__readers_free(r);
    vs__db_close(db);
}

static void after_a_rest_the_newest_is_seen(void **state)
{
    struct vs__db *db = make_rows(test_path(state, "a.db"));
    struct vs__readers *r = make_readers(db);
    struct vs__db *other = NULL;
    size_t n = 0;

    assert_ok(open_as(test_path(state, "a.db"), VS_OPEN_WRITE, &other, NULL));
    assert_true(gets(r, 1, 5));
    assert_ok(add_blob(other, 10));
    assert_false(vs__readers_seek(r, 1, 6, &n));
    vs__readers_rest(r);
    assert_true(vs__readers_seek(r, 1, 6, &n));
    assert_int_equal(n, 10);
    vs__readers_free(r);
    vs__db_close(other);
    vs__db_close(db);
}

/* Nobody but the owner has the file open while he writes. */
static void a_write_has_the_file_to_itself(void **state)
{
    struct vs__db *db = make_rows(test_path(state, "a.db"));
    struct vs__readers *r = make_readers(db);
    size_t n = 0;

    assert_true(gets(r, 0, 1));
    assert_non_null(db->readers);
    assert_ok(add_blob(db, 10));
    assert_true(vs__readers_seek(r, 0, 6, &n)); /* connected anew, unasked */
    vs__readers_rest(r);
    assert_ok(vs__db_flush(db));
    vs__readers_free(r);
    assert_null(db->readers);
    vs__db_close(db);
}

static void a_connection_may_be_closed_before_its_readers(void **state)
{
    struct vs__db *db = make_rows(test_path(state, "a.db"));
    struct vs__readers *r = make_readers(db);

    assert_true(gets(r, 0, 1));
    vs__readers_rest(r);
    assert_true(gets(r, 0, 2)); /* stands on a row */
    vs__readers_free(r);
    vs__db_close(db);
    vs__readers_free(NULL);
}

/* -------- Where nobody writes, and where something fails. */

static vs_status make_some(void *ctx)
{
    struct vs__readers *r = vs__readers_new(ctx, N, "blob", "bytes");

    if (r == NULL)
        return VS_ERR_NOMEM;
    vs__readers_free(r);
    return VS_OK;
}

static int reads_without_locks(void *ctx)
{
    struct vs__readers *r;
    struct vs__db *db = NULL;

    must(become_nobody() == 0);
    must(open_as(ctx, VS_OPEN_READ, &db, NULL) == VS_OK);
    must(db->immutable);
    r = vs__readers_new(db, N, "blob", "bytes");
    must(r != NULL);
    for (int64_t row = 1; row <= 5; row++)
        must(gets(r, (int)row % N, row));
    vs__readers_free(r);
    (void)test_each_allocation_failing(make_some, db, false);
    vs__db_close(db);
    return 0;
}

static void they_need_no_locks_where_nobody_writes(void **state)
{
    const char *path = test_path(state, "a%41.db");
    char beside[400];

    vs__db_close(make_rows(path));
    (void)snprintf(beside, sizeof beside, "%s-wal", path);
    assert_int_equal(unlink(beside), 0);
    (void)snprintf(beside, sizeof beside, "%s-shm", path);
    assert_int_equal(unlink(beside), 0);
    assert_int_equal(chmod(test_path(state, "."), 0555), 0);
    in_child(reads_without_locks, (char *)(uintptr_t)path);
    assert_int_equal(chmod(test_path(state, "."), 0755), 0);
}

static void a_disk_that_fails_is_left_to_the_owner(void **state)
{
    struct vs__readers *r;
    struct vs__db *db;
    uint8_t byte = 0;
    size_t n = 0;

    faulty_begin();
    db = make_rows(test_path(state, "a.db"));
    assert_ok(vs__db_flush(db));
    r = make_readers(db);
    assert_true(vs__readers_seek(r, 0, 5, &n));
    assert_false(vs__readers_read(r, 0, 0, &byte, N_BYTES + 1));
    faulty_arm(FAULTY_READ, "a.db", 1, SQLITE_IOERR_READ, EIO, true);
    assert_false(vs__readers_read(r, 0, N_BYTES - 1, &byte, 1));
    assert_true(faulty_struck());
    assert_true(vs__readers_read(r, 0, N_BYTES, &byte, 0)); /* nothing to do */
    faulty_disarm();
    vs__readers_rest(r);
    assert_true(gets(r, 0, 5));
    vs__readers_free(r);
    vs__db_close(db);
    faulty_end();
}

/* Linked in by --wrap. */
static bool no_mutex;

int __real_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a);
int __wrap_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a);

int __wrap_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a)
{
    return no_mutex ? ENOMEM : __real_pthread_mutex_init(m, a);
}

static void without_a_lock_there_are_none(void **state)
{
    struct vs__db *db = make_rows(test_path(state, "a.db"));

    no_mutex = true;
    assert_null(vs__readers_new(db, N, "blob", "bytes"));
    no_mutex = false;
    assert_int_equal(vs__db_error(db)->status, VS_ERR_NOMEM);
    assert_null(db->readers);
    vs__db_close(db);
}

static int free_in_child(void *ctx)
{
    vs__readers_free(ctx);
    return 0;
}

static void a_forked_child_can_free_them(void **state)
{
    struct vs__db *db = make_rows(test_path(state, "a.db"));
    struct vs__readers *r = make_readers(db);

    assert_true(gets(r, 0, 1));
    in_child(free_in_child, r);
    assert_true(gets(r, 0, 2));
    vs__readers_free(r);
    vs__db_close(db);
}

static void memory_that_runs_out_is_told(void **state)
{
    struct vs__db *db = make_rows(test_path(state, "a.db"));

    assert_int_equal(test_each_allocation_failing(make_some, db, false), 2);
    assert_int_equal(vs__db_error(db)->status, VS_ERR_NOMEM);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(each_thread_reads_by_one),
        with_dir(what_is_not_there_is_not_read),
        with_dir(after_a_rest_the_newest_is_seen),
        with_dir(a_write_has_the_file_to_itself),
        with_dir(a_connection_may_be_closed_before_its_readers),
        with_dir(they_need_no_locks_where_nobody_writes),
        with_dir(a_disk_that_fails_is_left_to_the_owner),
        with_dir(without_a_lock_there_are_none),
        with_dir(a_forked_child_can_free_them),
        with_dir(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("db.readers", tests, NULL, NULL);
}
