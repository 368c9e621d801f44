/* test_surround.c - db/surround: what is around a store. */
#include "dbtest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "db/surround.h"
#include "findings.h"

/* Another file system, with another free space; linked in by --wrap. */
static long pretended_type;
static bool pretend_readonly;
static int64_t pretended_free = -1; /* bytes; -1: as it is */
static int n_told = -1; /* questions about the disk with an answer; -1: all */
static const char *unseen; /* nor of files with this ending; or NULL */

int __real_statfs(const char *path, struct statfs *out);
int __wrap_statfs(const char *path, struct statfs *out);
int __real_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out);

static bool told(void)
{
    if (n_told == 0)
        errno = EIO;
    return n_told < 0 || (n_told > 0 && n_told-- > 0);
}

int __wrap_statfs(const char *path, struct statfs *out)
{
    int rc = told() ? __real_statfs(path, out) : -1;

    if (rc == 0 && pretended_type != 0)
        out->f_type = pretended_type;
    return rc;
}

int __wrap_statvfs(const char *path, struct statvfs *out)
{
    int rc = told() ? __real_statvfs(path, out) : -1;

    if (rc == 0 && pretended_free >= 0)
        out->f_bavail = (fsblkcnt_t)pretended_free / out->f_frsize;
    if (rc == 0 && pretend_readonly)
        out->f_flag |= ST_RDONLY;
    return rc;
}

int __real_stat(const char *path, struct stat *out);
int __wrap_stat(const char *path, struct stat *out);

int __wrap_stat(const char *path, struct stat *out)
{
    const size_t n = strlen(path);

    if (unseen != NULL && n > strlen(unseen) &&
        strcmp(path + n - strlen(unseen), unseen) == 0) {
        errno = EIO;
        return -1;
    }
    return __real_stat(path, out);
}

static int end_pretending(void **state)
{
    pretended_type = 0;
    pretended_free = -1;
    pretend_readonly = false;
    n_told = -1;
    unseen = NULL;
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

static void refuses(const char *path, vs_status want, const char *words)
{
    struct vs__findings f = {.group = ""};
    vs_error err = {0};

    assert_status(want, vs__surround_tell(&f, path, TEST_ID, &err));
    assert_int_equal(err.status, want);
    if (strstr(err.message, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, words);
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
    pretended_free = 0;
    assert_int_equal(tell(path, &found), VS_VERDICT_BAD);
    assert_finding(&found, "place free-space bad [0 B]", "stays readable");
    pretend_readonly = true;
    assert_int_equal(tell(path, &found), VS_VERDICT_NOTE);
    assert_finding(&found, "place access note [read-only]", "mounted");
}

static void free_space_has_its_verdict(void **state)
{
    const char *path = test_path(state, "a.db");
    struct findings found;

    vs__db_close(make_store(path));
    pretended_type = 0xef53;
    pretended_free = INT64_C(1) << 20;
    assert_int_equal(tell(path, &found), VS_VERDICT_WARN);
    assert_finding(&found, "place free-space warn [1.0 MiB]", "as a whole");
    pretend_readonly = true;
    (void)tell(path, &found);
    assert_finding(&found, "place free-space ok [1.0 MiB]", "");
    pretended_free = INT64_C(3) << 50;
    (void)tell(path, &found);
    assert_finding(&found, "place free-space ok [3072.0 TiB]", "");
}

static void what_the_system_does_not_tell_is_told(void **state)
{
    static const struct {
        const char *ending;
        const char *start;
    } cases[] = {
        {"-wal", "file log warn [unknown]"},
        {"-journal", "file journal warn [unknown]"},
        {"-shm", "file shared-memory warn [unknown]"},
    };
    const char *path = test_path(state, "a.db");
    struct findings found;

    vs__db_close(make_store(path));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unseen = cases[i].ending;
        assert_true(tell(path, &found) >= VS_VERDICT_WARN);
        assert_finding(&found, cases[i].start, "cannot be looked at");
    }
    unseen = NULL;
}

/* It has told what a store needs before. */
static void nor_is_a_disk_that_tells_nothing_taken_for_good(void **state)
{
    const char *path = test_path(state, "a.db");
    struct findings found;

    vs__db_close(make_store(path));
    n_told = 1;
    assert_int_equal(tell(path, &found), VS_VERDICT_WARN);
    assert_finding(&found, "place file-system warn [unknown]", "");
    assert_finding(&found, "place access ok [read-write]", "");
    assert_finding(&found, "place free-space warn [unknown]", "");
    n_told = 0;
    refuses(path, VS_ERR_IO, "unknown file system");
}

static int looks_as_nobody(void *ctx)
{
    const char *const *c = ctx; /* path, and what is to be said */
    struct findings found = {""};

    must(become_nobody() == 0);
    (void)tell(c[0], &found);
    must(strstr(found.text, "place access note [read-only]") != NULL);
    must(strstr(found.text, c[1]) != NULL);
    return 0;
}

static void what_this_user_may_not_is_told(void **state)
{
    const char *path = test_path(state, "a.db");
    const char *file[2] = {path, "may not write the file"};
    const char *folder[2] = {path, "may not make files in the folder"};

    vs__db_close(make_store(path));
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(test_path(state, "."), 0777), 0);
    in_child(looks_as_nobody, file);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(test_path(state, "."), 0555), 0);
    in_child(looks_as_nobody, folder);
    assert_int_equal(chmod(test_path(state, "."), 0755), 0);
}

static void a_long_log_is_told(void **state)
{
    const char *path = test_path(state, "a.db");
    struct findings found;

    vs__db_close(make_store(path));
    assert_int_equal(truncate(test_path(state, "a.db-wal"), 300 << 20), 0);
    assert_int_equal(unlink(test_path(state, "a.db-shm")), 0);
    assert_true(tell(path, &found) >= VS_VERDICT_WARN);
    assert_finding(&found, "file log warn [300.0 MiB]", "above its limit");
    assert_finding(&found, "file shared-memory ok [none]", "");
}

static void a_store_that_is_being_made_is_told(void **state)
{
    const char *path = test_path(state, "a.db");
    struct findings found;

    test_write_file(path, "", 0);
    test_write_file(test_path(state, "a.db-journal"), "begun", 5);
    (void)tell(path, &found);
    assert_finding(&found, "file store note [0 B]", "is being made");
}

static void a_store_without_a_log_is_told(void **state)
{
    struct vs__db *db = make_store(test_path(state, "a.db"));
    struct findings found;

    assert_ok(run_sql(db, "PRAGMA journal_mode = DELETE"));
    db->place.wal_seen = false; /* its end is not a stranger's doing */
    vs__db_close(db);
    (void)tell(test_path(state, "a.db"), &found);
    assert_finding(&found, "file store ok [", "without a log just now");
}

struct big {
    const char *path;
    struct gate ready;
    struct gate done;
};

static int writes_much(void *ctx)
{
    const struct big *b = ctx;
    struct vs__db *db = NULL;

    must(open_as(b->path, VS_OPEN_WRITE, &db, NULL) == VS_OK);
    must(vs__txn_begin_bulk(db, INT64_C(64) << 20) == VS_OK);
    must(vs__txn_bulk(db));
    must(run_sql(db, "UPDATE counter SET n = 2") == VS_OK);
    must(sqlite3_db_cacheflush(db->conn) == SQLITE_OK);
    gate_open(&b->ready);
    gate_pass(&b->done);
    must(vs__txn_end(db, VS_OK) == VS_OK);
    vs__db_close(db);
    return 0;
}

static void a_big_write_is_told(void **state)
{
    struct big b = {test_path(state, "a.db"), make_gate(), make_gate()};
    struct findings found;
    pid_t pid;

    vs__db_close(make_store(b.path));
    pid = start_child(writes_much, &b);
    gate_pass(&b.ready);
    (void)tell(b.path, &found);
    gate_open(&b.done);
    join_child(pid);
    assert_finding(&found, "file store note [", "keeps everybody out");
    assert_finding(&found, "file journal note [", "that is going on");
    end_gate(&b.ready);
    end_gate(&b.done);
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

static void removes_it(const vs_finding *finding, void *ctx)
{
    if (strcmp(finding->topic, "store") == 0)
        assert_int_equal(unlink(ctx), 0);
    assert_string_not_equal(finding->topic, "hard-links");
}

static void a_file_may_go_while_it_is_looked_at(void **state)
{
    const char *path = test_path(state, "a.db");
    struct vs__findings f = {
        .options = {.on_finding = removes_it, .ctx = (char *)(uintptr_t)path}};

    vs__db_close(make_store(path));
    assert_ok(vs__surround_tell(&f, path, TEST_ID, NULL));
    assert_false(file_exists(path));
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
    const int fd = open(test_path(state, "b"), O_CREAT | O_RDWR, 0600);

    /* So that the system's list of locks is not empty. */
    assert_int_equal(flock(fd, LOCK_EX), 0);
    vs__db_close(make_store(path));
    assert_true(test_each_allocation_failing(tell_only, path, false) > 5);
    assert_true(test_each_allocation_failing(tell_only, path, true) > 5);
    assert_int_equal(close(fd), 0);
}

#define PRETENDING(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, end_pretending)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRETENDING(a_store_at_rest_is_well),
        PRETENDING(file_systems_have_their_verdicts),
        PRETENDING(free_space_has_its_verdict),
        PRETENDING(what_the_system_does_not_tell_is_told),
        PRETENDING(nor_is_a_disk_that_tells_nothing_taken_for_good),
        PRETENDING(what_this_user_may_not_is_told),
        PRETENDING(a_long_log_is_told),
        PRETENDING(a_store_that_is_being_made_is_told),
        PRETENDING(a_store_without_a_log_is_told),
        PRETENDING(a_big_write_is_told),
        PRETENDING(what_is_left_beside_it_is_told),
        PRETENDING(a_second_name_is_bad),
        PRETENDING(a_file_may_go_while_it_is_looked_at),
        PRETENDING(a_cut_file_is_bad),
        PRETENDING(what_is_no_store_is_refused),
        PRETENDING(the_locks_of_this_process_stay),
        PRETENDING(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("db.surround", tests, NULL, NULL);
}
