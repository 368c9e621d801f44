/* test_open.c - db/open: creating, opening, sharing, closing. */
#include "dbtest.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_new_store_has_its_identity_and_mode(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;
    bool is_new = false;

    assert_ok(open_as(path, VS_OPEN_CREATE_NEW, &db, NULL));
    assert_int_equal(ask(db, "PRAGMA application_id"), TEST_ID);
    assert_int_equal(ask(db, "PRAGMA page_size"), 32768);
    assert_int_equal(ask(db, "SELECT journal_mode = 'wal' "
                             "FROM pragma_journal_mode"),
                     1);
    assert_ok(vs__db_is_new(db, &is_new));
    assert_true(is_new);
    assert_false(vs__db_readonly(db));
    assert_string_equal(vs__db_path(db), path);
    vs__db_close(db);
}

static void create_opens_what_is_there(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);
    bool is_new = true;

    assert_ok(add_one(db));
    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_CREATE, &db, NULL));
    assert_ok(vs__db_is_new(db, &is_new));
    assert_false(is_new);
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    vs__db_close(db);
}

static void a_reader_cannot_write(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;

    vs__db_close(make_store(path));
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_true(vs__db_readonly(db));
    assert_status(VS_ERR_READONLY, add_one(db));
    assert_non_null(strstr(vs__db_error(db)->message, "for reading only"));
    assert_status(VS_ERR_READONLY,
                  run_sql(db, "UPDATE counter SET n = 7 WHERE id = 1"));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    vs__db_close(db);
}

static void nonsense_is_misuse(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;
    vs_error err = {0};

    assert_status(VS_ERR_MISUSE, open_as("", VS_OPEN_READ, &db, &err));
    assert_status(VS_ERR_MISUSE, open_as(NULL, VS_OPEN_READ, &db, NULL));
    assert_status(VS_ERR_MISUSE,
                  open_patient(path, VS_OPEN_CREATE, -1, &db, &err));
    assert_null(db);
    vs__db_close(NULL);
}

/* -------- Permissions. Root may do all, so a child becomes somebody else. */

struct attempt {
    const char *path;
    vs_open_mode mode;
    vs_status want;
    const char *words;
    int64_t n; /* counter to be seen if it opens; -1: do not look */
    bool immutable;
};

static int attempt(void *ctx)
{
    const struct attempt *a = ctx;
    struct vs__db *db = NULL;
    vs_error err = {0};
    vs_status st = open_patient(a->path, a->mode, 100, &db, &err);

    if (st != a->want || strstr(err.message, a->words) == NULL)
        (void)fprintf(stderr, "%s: %s\n", vs_status_word(st), err.message);
    must(st == a->want);
    must(strstr(err.message, a->words) != NULL);
    if (st != VS_OK)
        return 0;
    must(db->immutable == a->immutable);
    must(vs__txn_begin(db, VS_TXN_READ) == VS_OK);
    must(ask(db, "SELECT n FROM counter") == a->n);
    must(vs__txn_end(db, VS_OK) == VS_OK);
    vs__db_close(db);
    return 0;
}

static int attempt_as_nobody(void *ctx)
{
    must(become_nobody() == 0);
    return attempt(ctx);
}

/* A closed store whose counter is 1, with the files beside it or without. */
static const char *make_closed(void **state, bool sidecars)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_ok(add_one(db));
    vs__db_close(db);
    if (!sidecars) {
        assert_int_equal(unlink(test_path(state, "a.db-wal")), 0);
        assert_int_equal(unlink(test_path(state, "a.db-shm")), 0);
    }
    assert_int_equal(chmod(test_path(state, "."), 0755), 0);
    return path;
}

static void try_as_nobody(void **state, mode_t dir_mode, struct attempt a)
{
    assert_int_equal(chmod(test_path(state, "."), dir_mode), 0);
    in_child(attempt_as_nobody, &a);
    assert_int_equal(chmod(test_path(state, "."), 0755), 0);
}

static void an_unreadable_file_is_said(void **state)
{
    const char *path = make_closed(state, false);
    const struct attempt a = {path,        VS_OPEN_READ,
                              VS_ERR_PERM, "cannot be read: Permission denied",
                              -1,          false};

    assert_int_equal(chmod(path, 0), 0);
    try_as_nobody(state, 0755, a);
}

static void an_unwritable_file_is_said(void **state)
{
    const char *path = make_closed(state, false);
    const struct attempt a = {
        path,        VS_OPEN_WRITE,
        VS_ERR_PERM, "cannot be written: Permission denied",
        -1,          false};

    assert_int_equal(chmod(path, 0444), 0);
    try_as_nobody(state, 0777, a);
}

static void an_unwritable_directory_is_said(void **state)
{
    const char *path = make_closed(state, false);
    const struct attempt write = {
        path, VS_OPEN_WRITE, VS_ERR_PERM, "its directory cannot be written",
        -1,   false};
    const struct attempt create = {test_path(state, "b.db"),
                                   VS_OPEN_CREATE,
                                   VS_ERR_PERM,
                                   "cannot be created: Permission denied",
                                   -1,
                                   false};

    assert_int_equal(chmod(path, 0666), 0);
    try_as_nobody(state, 0555, write);
    try_as_nobody(state, 0555, create);
}

static void an_unsearchable_directory_is_said(void **state)
{
    const struct attempt a = {
        make_closed(state, false), VS_OPEN_READ, VS_ERR_PERM,
        "Permission denied",       -1,           false};

    try_as_nobody(state, 0, a);
}

static void a_store_in_an_unwritable_directory_is_read(void **state)
{
    const struct attempt a = {
        make_closed(state, false), VS_OPEN_READ, VS_OK, "", 1, true};

    try_as_nobody(state, 0555, a);
}

/* Dies with a commit that stands in the log only. */
static int leaves_a_log(void *ctx)
{
    struct vs__db *db = NULL;

    must(open_as(ctx, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    must(add_one(db) == VS_OK);
    return 0;
}

/* Nobody may list this folder, nor sync it, but make files in it. */
static int works_in_a_folder_that_it_cannot_read(void *ctx)
{
    struct vs__db *db = NULL;

    must(become_nobody() == 0);
    must(open_as(ctx, VS_OPEN_CREATE_NEW, &db, NULL) == VS_OK);
    must(vs__txn_begin(db, VS_TXN_WRITE) == VS_OK);
    must(run_sql(db, "CREATE TABLE t (x)") == VS_OK);
    must(vs__txn_end(db, VS_OK) == VS_OK);
    vs__db_close(db);
    return 0;
}

static void a_folder_that_cannot_be_read_is_good_enough(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;

    assert_int_equal(chmod(test_path(state, "."), 0733), 0);
    in_child(works_in_a_folder_that_it_cannot_read, (char *)(uintptr_t)path);
    assert_int_equal(chmod(test_path(state, "."), 0755), 0);
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_int_equal(ask(db, "SELECT count(*) FROM t"), 0);
    vs__db_close(db);
}

static void its_log_is_read_too_if_the_files_are_there(void **state)
{
    const char *path = make_closed(state, false);
    const struct attempt a = {path, VS_OPEN_READ, VS_OK, "", 2, false};

    in_child(leaves_a_log, (char *)(uintptr_t)path);
    try_as_nobody(state, 0555, a);
}

static void a_log_that_cannot_be_read_is_not_ignored(void **state)
{
    const char *path = make_closed(state, false);
    const struct attempt a = {
        path, VS_OPEN_READ, VS_ERR_READONLY, "has a log beside it", -1, false};

    in_child(leaves_a_log, (char *)(uintptr_t)path);
    assert_int_equal(unlink(test_path(state, "a.db-shm")), 0);
    try_as_nobody(state, 0555, a);
}

/* -------- A file of which nothing can be told, not even that it is not there. */

static const char *untold;

int __real_stat(const char *path, struct stat *info);
int __wrap_stat(const char *path, struct stat *info);

int __wrap_stat(const char *path, struct stat *info)
{
    if (untold == NULL || strcmp(path, untold) != 0)
        return __real_stat(path, info);
    errno = EIO;
    return -1;
}

static void nor_is_one_of_which_nothing_is_told(void **state)
{
    const char *path = make_closed(state, false);
    const struct attempt a = {path,      VS_OPEN_READ,
                              VS_ERR_IO, "cannot be seen: Input/output error",
                              -1,        false};

    untold = test_path(state, "a.db-wal");
    try_as_nobody(state, 0555, a);
    untold = test_path(state, "a.db-journal");
    try_as_nobody(state, 0555, a);
    untold = NULL;
}

static void nor_is_a_journal(void **state)
{
    const char *path = make_closed(state, false);
    const struct attempt a = {
        path, VS_OPEN_READ, VS_ERR_READONLY, "has a log beside it", -1, false};

    test_write_file(test_path(state, "a.db-journal"), "\0\0\0\0", 4);
    try_as_nobody(state, 0555, a);
}

static void odd_names_open_without_locks_too(void **state)
{
    const char *path = test_path(state, "a%41?b#c d\xc3\xa9&immutable=0.db");
    const struct attempt a = {path, VS_OPEN_READ, VS_OK, "", 0, true};
    char sidecar[400];

    vs__db_close(make_store(path));
    (void)snprintf(sidecar, sizeof sidecar, "%s-wal", path);
    assert_int_equal(unlink(sidecar), 0);
    (void)snprintf(sidecar, sizeof sidecar, "%s-shm", path);
    assert_int_equal(unlink(sidecar), 0);
    try_as_nobody(state, 0555, a);
}

struct changed {
    const char *path;
    struct gate ready;
    struct gate changed;
};

static int reads_before_and_after(void *ctx)
{
    const struct changed *c = ctx;
    struct vs__db *db = NULL;

    must(become_nobody() == 0);
    must(open_as(c->path, VS_OPEN_READ, &db, NULL) == VS_OK);
    must(db->immutable);
    must(vs__txn_begin(db, VS_TXN_READ) == VS_OK);
    must(vs__txn_end(db, VS_OK) == VS_OK);
    gate_open(&c->ready);
    gate_pass(&c->changed);
    must(vs__txn_begin(db, VS_TXN_READ) == VS_ERR_IO);
    must(strstr(vs__db_error(db)->message, "was changed while open") != NULL);
    vs__db_close(db);
    return 0;
}

static void a_change_under_a_lockless_reader_is_noticed(void **state)
{
    struct changed c = {make_closed(state, false), make_gate(), make_gate()};
    struct vs__db *db = NULL;
    pid_t pid;

    assert_int_equal(chmod(test_path(state, "."), 0555), 0);
    pid = start_child(reads_before_and_after, &c);
    gate_pass(&c.ready);
    assert_int_equal(chmod(test_path(state, "."), 0755), 0);
    assert_ok(open_as(c.path, VS_OPEN_WRITE, &db, NULL));
    assert_ok(add_one(db));
    gate_open(&c.changed);
    join_child(pid);
    vs__db_close(db);
    end_gate(&c.ready);
    end_gate(&c.changed);
}

/* -------- A read-only mount, in a mount namespace of the child's own. */

struct mounted {
    const char *dir;
    struct attempt attempts[3];
};

static int attempts_on_a_readonly_mount(void *ctx)
{
    struct mounted *m = ctx;

    must(unshare(CLONE_NEWNS) == 0);
    must(mount("", "/", "", MS_REC | MS_PRIVATE, NULL) == 0);
    must(mount(m->dir, m->dir, "", MS_BIND, NULL) == 0);
    must(mount("", m->dir, "", MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0);
    for (size_t i = 0; i < 3; i++)
        must(attempt(&m->attempts[i]) == 0);
    return 0;
}

static void a_readonly_mount_can_be_read_only(void **state)
{
    const char *path = make_closed(state, false);
    struct mounted m = {
        test_path(state, "."),
        {{path, VS_OPEN_READ, VS_OK, "", 1, true},
         {path, VS_OPEN_WRITE, VS_ERR_READONLY, "cannot be written: Read-only",
          -1, false},
         {test_path(state, "b.db"), VS_OPEN_CREATE, VS_ERR_READONLY,
          "cannot be created: Read-only", -1, false}}};

    if (geteuid() != 0) {
        print_message("only root can mount: not run\n");
        skip();
    }
    in_child(attempts_on_a_readonly_mount, &m);
}

/* -------- Threads, closing, memory. */

static void enter_clears_the_last_error(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));

    assert_status(VS_ERR_MISUSE, vs__txn_end(db, VS_OK));
    assert_int_equal(vs__db_error(db)->status, VS_ERR_MISUSE);
    assert_ok(vs__db_enter(db));
    assert_int_equal(vs__db_error(db)->status, VS_OK);
    assert_string_equal(vs__db_error(db)->message, "");
    vs__db_close(db);
}

static void *counts_in_a_thread(void *path)
{
    struct vs__db *db = NULL;
    uintptr_t failed = open_as(path, VS_OPEN_CREATE, &db, NULL) != VS_OK;

    for (int i = 0; i < 100 && failed == 0; i++)
        failed = add_one(db) != VS_OK;
    vs__db_close(db);
    return (void *)failed;
}

static void two_threads_share_a_file_and_two_have_another(void **state)
{
    const char *paths[2] = {test_path(state, "a.db"), test_path(state, "b.db")};
    pthread_t threads[4];
    struct vs__db *db = NULL;

    for (size_t i = 0; i < 2; i++)
        vs__db_close(make_store(paths[i]));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, counts_in_a_thread,
                                        (char *)(uintptr_t)paths[i / 2]),
                         0);
    for (size_t i = 0; i < 4; i++) {
        void *failed = NULL;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_ok(open_as(paths[i], VS_OPEN_READ, &db, NULL));
        assert_int_equal(ask(db, "SELECT n FROM counter"), 200);
        vs__db_close(db);
    }
}

static void closing_rolls_back(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = make_store(path);

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    assert_ok(run_sql(db, "UPDATE counter SET n = 5 WHERE id = 1"));
    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    vs__db_close(db);
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 0);
    vs__db_close(db);
}

/* One of each that allocates: opening both ways, statements, transactions. */
static vs_status one_of_each(void *ctx)
{
    struct vs__db *db = NULL;
    vs_error err = {0};
    vs_status st = open_as(ctx, VS_OPEN_CREATE, &db, &err);

    if (st != VS_OK)
        return st;
    if ((st = vs__txn_begin(db, VS_TXN_WRITE)) == VS_OK) {
        st = run_sql(db, "CREATE TABLE IF NOT EXISTS t (x) ");
        st = vs__txn_end(db, st);
    }
    if (st == VS_OK)
        st = add_one(db);
    if (st == VS_OK)
        st = vs__db_flush(db);
    vs__db_close(db);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__db *db = NULL;

    vs__db_close(make_store(path));
    assert_true(test_each_allocation_failing(
                    one_of_each, (char *)(uintptr_t)path, false) > 10);
    assert_true(test_each_allocation_failing(
                    one_of_each, (char *)(uintptr_t)path, true) > 10);
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter") > 1, 1);
    assert_sound(db);
    vs__db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_new_store_has_its_identity_and_mode),
        with_dir(create_opens_what_is_there),
        with_dir(a_reader_cannot_write),
        with_dir(nonsense_is_misuse),
        with_dir(an_unreadable_file_is_said),
        with_dir(an_unwritable_file_is_said),
        with_dir(an_unwritable_directory_is_said),
        with_dir(an_unsearchable_directory_is_said),
        with_dir(a_store_in_an_unwritable_directory_is_read),
        with_dir(a_folder_that_cannot_be_read_is_good_enough),
        with_dir(its_log_is_read_too_if_the_files_are_there),
        with_dir(a_log_that_cannot_be_read_is_not_ignored),
        with_dir(nor_is_a_journal),
        with_dir(nor_is_one_of_which_nothing_is_told),
        with_dir(odd_names_open_without_locks_too),
        with_dir(a_change_under_a_lockless_reader_is_noticed),
        with_dir(a_readonly_mount_can_be_read_only),
        with_dir(enter_clears_the_last_error),
        with_dir(two_threads_share_a_file_and_two_have_another),
        with_dir(closing_rolls_back),
        with_dir(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.open", tests, NULL, NULL);
}
