/* test_surround.c - db/surround: what is around a store. */
#include "dbtest.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "db/surround.h"
#include "findings.h"

/* Another file system, with another free space; linked in by --wrap. */
static long pretended_type;
static bool pretend_full;
static bool pretend_readonly;

int __real_statfs(const char *path, struct statfs *out);
int __wrap_statfs(const char *path, struct statfs *out);
int __real_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out);

int __wrap_statfs(const char *path, struct statfs *out)
{
    int rc = __real_statfs(path, out);

    if (rc == 0 && pretended_type != 0)
        out->f_type = pretended_type;
    return rc;
}

int __wrap_statvfs(const char *path, struct statvfs *out)
{
    int rc = __real_statvfs(path, out);

    if (rc == 0 && pretend_full)
        out->f_bavail = 0;
    if (rc == 0 && pretend_readonly)
        out->f_flag |= ST_RDONLY;
    return rc;
}

static int end_pretending(void **state)
{
    pretended_type = 0;
    pretend_full = false;
    pretend_readonly = false;
    return test_dir_teardown(state);
}

static vs_verdict tell(const char *path, struct findings *found)
{
    struct vs__findings f = {
        .options = {.on_finding = note_finding, .ctx = found}};

    found->text[0] = '\0';
    assert_ok(vs__surround_tell(&f, path, TEST_ID, NULL));
    return f.worst;
}

static int n_files(void **state)
{
    DIR *dir = opendir(test_path(state, "."));
    int n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n;
}

static void a_store_at_rest_is_well(void **state)
{
    const char *path = test_path(state, "a.db");
    struct findings found;
    int n;

    vs__db_close(make_store(path));
    pretended_type = 0xef53;
    n = n_files(state);
    assert_true(tell(path, &found) < VS_VERDICT_WARN);
    assert_int_equal(n_files(state), n); /* nothing was made */
    assert_finding(&found, "place file-system ok [ext4]", "local");
    assert_finding(&found, "place access ok [read-write]", "");
    assert_finding(&found, "place free-space ok [", "");
    assert_finding(&found, "file store ok [", "writes go through a log");
    (void)unlink(test_path(state, "a.db-wal")); /* all of it was moved */
    assert_int_equal(tell(path, &found), VS_VERDICT_OK);
    assert_finding(&found, "file log ok [empty]", "");
    assert_finding(&found, "file journal ok [none]", "");
    assert_finding(&found, "holder nobody ok [0 processes]", "");
}

static void file_systems_have_their_verdicts(void **state)
{
    const char *path = test_path(state, "a.db");
    struct findings found;

    vs__db_close(make_store(path));
    pretended_type = 0x6969;
    assert_int_equal(tell(path, &found), VS_VERDICT_BAD);
    assert_finding(&found, "place file-system bad [NFS]", "local disk");
    assert_finding(&found, "file store ok", "");
    pretended_type = 0x01021994;
    assert_int_equal(tell(path, &found), VS_VERDICT_WARN);
    assert_finding(&found, "place file-system warn [tmpfs]", "memory");
    pretended_type = 0x12345;
    assert_int_equal(tell(path, &found), VS_VERDICT_NOTE);
    assert_finding(&found, "place file-system note [0x12345]", "not known");
    pretended_type = 0xef53;
    pretend_full = true;
    assert_int_equal(tell(path, &found), VS_VERDICT_BAD);
    assert_finding(&found, "place free-space bad [0 B]", "stays readable");
    pretend_readonly = true;
    assert_int_equal(tell(path, &found), VS_VERDICT_NOTE);
    assert_finding(&found, "place access note [read-only]", "mounted");
}

/* A writer dies; its log is left. */
static int writes_and_dies(void *ctx)
{
    struct vs__db *db = NULL;

    must(open_as(ctx, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    must(add_one(db) == VS_OK);
    return 0;
}

static void what_is_left_beside_it_is_told(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *journal = test_path(state, "a.db-journal");
    struct vs__db *db = NULL;
    struct findings found;

    vs__db_close(make_store(path));
    in_child(writes_and_dies, (char *)(uintptr_t)path);
    (void)tell(path, &found);
    assert_finding(&found, "file log note [", "newest commits");
    assert_finding(&found, "file shared-memory ok [", "was left");
    (void)tell(path, &found); /* it was left alone */
    assert_finding(&found, "file log note [", "newest commits");
    assert_ok(open_as(path, VS_OPEN_READ, &db, NULL));
    assert_int_equal(ask(db, "SELECT n FROM counter"), 1);
    vs__db_close(db);

    test_write_file(journal, "not zero", 8);
    assert_true(tell(path, &found) >= VS_VERDICT_WARN);
    assert_finding(&found, "file journal warn [8 B]", "undoes");
    assert_true(file_exists(journal));
}

static void a_second_name_is_bad(void **state)
{
    const char *path = test_path(state, "a.db");
    struct findings found;

    vs__db_close(make_store(path));
    assert_int_equal(link(path, test_path(state, "b.db")), 0);
    assert_int_equal(tell(path, &found), VS_VERDICT_BAD);
    assert_finding(&found, "file hard-links bad [2]", "keep one name");
}

static void a_cut_file_is_bad(void **state)
{
    const char *path = test_path(state, "a.db");
    struct findings found;

    vs__db_close(make_store(path));
    (void)unlink(test_path(state, "a.db-wal"));
    assert_int_equal(truncate(path, 70000), 0);
    assert_int_equal(tell(path, &found), VS_VERDICT_BAD);
    assert_finding(&found, "file store bad [68.4 KiB]", "truncated");
}

static void refuses(const char *path, vs_status want, const char *words)
{
    struct vs__findings f = {.group = ""};
    vs_error err = {0};

    assert_status(want, vs__surround_tell(&f, path, TEST_ID, &err));
    assert_int_equal(err.status, want);
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, words);
}

static void what_is_no_store_is_refused(void **state)
{
    const char *path = test_path(state, "a.db");

    refuses(path, VS_ERR_NOFILE, "does not exist");
    refuses(test_path(state, "."), VS_ERR_NOTASTORE, "directory");
    test_write_file(path, "", 0);
    refuses(path, VS_ERR_NOTASTORE, "empty");
    test_write_file(path, "some text that is no database", 29);
    refuses(path, VS_ERR_NOTASTORE, "not a SQLite file");
}

struct waiter {
    const char *path;
    struct gate go;
};

static int finds_it_busy(void *ctx)
{
    const struct waiter *s = ctx;
    struct vs__db *db = NULL;

    gate_pass(&s->go);
    must(open_as(s->path, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    db->options.busy_ms = 10;
    must(add_one(db) == VS_ERR_BUSY);
    vs__db_close(db);
    return 0;
}

static void the_locks_of_this_process_stay(void **state)
{
    struct waiter s = {test_path(state, "a.db"), make_gate()};
    const pid_t pid = start_child(finds_it_busy, &s);
    struct vs__db *db = make_store(s.path);
    struct findings found;

    assert_ok(vs__txn_begin(db, VS_TXN_WRITE));
    (void)tell(s.path, &found);
    gate_open(&s.go);
    join_child(pid);
    assert_ok(vs__txn_end(db, VS_OK));
    vs__db_close(db);
    end_gate(&s.go);
}

static vs_status tell_only(void *ctx)
{
    struct vs__findings f = {.group = ""};
    vs_error err;

    return vs__surround_tell(&f, ctx, TEST_ID, &err);
}

static void running_out_of_memory_is_an_error(void **state)
{
    char *path = (char *)(uintptr_t)test_path(state, "a.db");

    vs__db_close(make_store(path));
    assert_true(test_each_allocation_failing(tell_only, path, false) > 5);
    assert_true(test_each_allocation_failing(tell_only, path, true) > 5);
}

#define PRETENDING(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, end_pretending)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRETENDING(a_store_at_rest_is_well),
        PRETENDING(file_systems_have_their_verdicts),
        PRETENDING(what_is_left_beside_it_is_told),
        PRETENDING(a_second_name_is_bad),
        PRETENDING(a_cut_file_is_bad),
        PRETENDING(what_is_no_store_is_refused),
        PRETENDING(the_locks_of_this_process_stay),
        PRETENDING(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.surround", tests, NULL, NULL);
}
