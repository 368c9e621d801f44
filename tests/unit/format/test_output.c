/* test_output.c - format/output: whole files or none, and nothing beside. */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "format/output.h"

/* Entries of the test's folder, "." and ".." not counted. */
static int n_entries(void **state)
{
    char path[512];
    DIR *dir;
    int n = 0;

    (void)snprintf(path, sizeof path, "%s", test_path(state, ""));
    dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    assert_int_equal(closedir(dir), 0);
    return n;
}

static void assert_content(const char *path, const char *want)
{
    size_t n = 0;
    char *got = test_read_file(path, &n);

    assert_non_null(got);
    assert_int_equal(n, strlen(want));
    assert_string_equal(got, want);
    free(got);
}

static struct vs__output *opened(const char *path, enum vs__output_mode mode)
{
    struct vs__output *o = NULL;

    assert_ok(vs__output_open(path, mode, &o, NULL));
    return o;
}

static void a_file_appears_when_it_is_committed(void **state)
{
    const char *path = test_path(state, "out");
    struct vs__output *o = opened(path, VS__OUTPUT_NEW);

    assert_ok(vs__output_append(o, "abc", 3, NULL));
    assert_ok(vs__output_append(o, NULL, 0, NULL));
    assert_ok(vs__output_append(o, "def", 3, NULL));
    assert_int_equal(vs__output_size(o), 6);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_ok(vs__output_commit(o, NULL));
    assert_content(path, "abcdef");
    assert_int_equal(n_entries(state), 1);
}

static void bytes_can_be_amended(void **state)
{
    const char *path = test_path(state, "out");
    struct vs__output *o = opened(path, VS__OUTPUT_NEW);

    assert_ok(vs__output_append(o, "abc", 3, NULL));
    assert_ok(vs__output_amend(o, 1, "X", 1, NULL));
    assert_ok(vs__output_append(o, "def", 3, NULL));
    assert_ok(vs__output_amend(o, 2, "YZ", 2, NULL));
    assert_ok(vs__output_amend(o, 0, NULL, 0, NULL));
    assert_int_equal(vs__output_size(o), 6);
    assert_ok(vs__output_commit(o, NULL));
    assert_content(path, "aXYZef");
}

static void an_abandoned_file_leaves_nothing(void **state)
{
    struct vs__output *o = opened(test_path(state, "out"), VS__OUTPUT_NEW);

    assert_ok(vs__output_append(o, "abc", 3, NULL));
    assert_int_equal(n_entries(state), 1); /* the temporary one */
    vs__output_abandon(o);
    vs__output_abandon(NULL);
    assert_int_equal(n_entries(state), 0);
}

static void the_temporary_file_is_named_after_the_final_one(void **state)
{
    const char *folder = test_path(state, "");
    struct vs__output *o = opened(test_path(state, "out"), VS__OUTPUT_NEW);
    DIR *dir = opendir(folder);
    bool found = false;

    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        found |=
            strncmp(e->d_name, ".out.tmp-", 9) == 0 && strlen(e->d_name) == 15;
    assert_int_equal(closedir(dir), 0);
    vs__output_abandon(o);
    assert_true(found);
}

static void pieces_of_all_sizes_come_out_in_order(void **state)
{
    const char *path = test_path(state, "out");
    const size_t total = 1000000;
    uint8_t *bytes = malloc(total);
    struct vs__output *o = opened(path, VS__OUTPUT_NEW);
    size_t step = 1;
    size_t n = 0;
    void *got;

    assert_non_null(bytes);
    for (size_t i = 0; i < total; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 256);
    for (size_t at = 0; at < total; at += step, step = step * 3 + 1) {
        step = step < total - at ? step : total - at;
        assert_ok(vs__output_append(o, bytes + at, step, NULL));
    }
    assert_int_equal(vs__output_size(o), total);
    assert_ok(vs__output_commit(o, NULL));
    got = test_read_file(path, &n);
    assert_int_equal(n, total);
    assert_memory_equal(got, bytes, total);
    free(got);
    free(bytes);
}

static void a_new_file_must_be_new(void **state)
{
    const char *path = test_path(state, "out");
    struct vs__output *o = NULL;
    vs_error err;

    test_write_file(path, "old", 3);
    assert_status(VS_ERR_EXISTS,
                  vs__output_open(path, VS__OUTPUT_NEW, &o, &err));
    assert_non_null(strstr(err.message, "already exists"));
    assert_null(o);
    assert_content(path, "old");
    assert_int_equal(n_entries(state), 1);
}

static void a_name_taken_meanwhile_is_left_alone(void **state)
{
    const char *path = test_path(state, "out");
    struct vs__output *o = opened(path, VS__OUTPUT_NEW);

    assert_ok(vs__output_append(o, "new", 3, NULL));
    test_write_file(path, "theirs", 6);
    assert_status(VS_ERR_EXISTS, vs__output_commit(o, NULL));
    assert_content(path, "theirs");
    assert_int_equal(n_entries(state), 1);
}

static void a_file_is_replaced_on_request(void **state)
{
    const char *path = test_path(state, "out");
    struct vs__output *o;

    test_write_file(path, "old", 3);
    o = opened(path, VS__OUTPUT_REPLACE);
    assert_ok(vs__output_append(o, "new!", 4, NULL));
    assert_content(path, "old");
    assert_ok(vs__output_commit(o, NULL));
    assert_content(path, "new!");
    assert_int_equal(n_entries(state), 1);
}

static void a_link_is_replaced_not_followed(void **state)
{
    const char *path = test_path(state, "out");
    const char *target = test_path(state, "target");
    struct vs__output *o;

    test_write_file(target, "precious", 8);
    assert_int_equal(symlink("target", path), 0);
    o = opened(path, VS__OUTPUT_REPLACE);
    assert_ok(vs__output_append(o, "new", 3, NULL));
    assert_ok(vs__output_commit(o, NULL));
    assert_content(path, "new");
    assert_content(target, "precious");
}

static void a_directory_is_never_replaced(void **state)
{
    const char *path = test_path(state, "out");
    struct vs__output *o = NULL;

    assert_int_equal(mkdir(path, 0700), 0);
    assert_status(VS_ERR_EXISTS,
                  vs__output_open(path, VS__OUTPUT_REPLACE, &o, NULL));
    assert_status(VS_ERR_EXISTS,
                  vs__output_open(path, VS__OUTPUT_NEW, &o, NULL));
}

static void paths_that_lead_nowhere_are_told(void **state)
{
    struct vs__output *o = NULL;
    vs_error err;

    assert_status(VS_ERR_NOFILE, vs__output_open(test_path(state, "none/out"),
                                                 VS__OUTPUT_NEW, &o, &err));
    assert_status(VS_ERR_MISUSE, vs__output_open(test_path(state, "x/"),
                                                 VS__OUTPUT_NEW, &o, &err));
    assert_status(VS_ERR_MISUSE, vs__output_open("", VS__OUTPUT_NEW, &o, &err));
    assert_int_equal(n_entries(state), 0);
}

static void the_mode_obeys_the_umask(void **state)
{
    const char *path = test_path(state, "out");
    const mode_t old = umask(027);
    struct vs__output *o = opened(path, VS__OUTPUT_NEW);
    struct stat info;

    assert_ok(vs__output_commit(o, NULL));
    (void)umask(old);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void a_very_long_name_is_fine(void **state)
{
    char name[256];
    const char *path;
    struct vs__output *o;

    memset(name, 'n', 255);
    name[255] = '\0';
    path = test_path(state, name);
    o = opened(path, VS__OUTPUT_NEW);
    assert_ok(vs__output_commit(o, NULL));
    assert_int_equal(access(path, F_OK), 0);
}

/* A file size limit stands for a full disk: EFBIG, once its signal is off. */
static void a_full_disk_is_told_and_leaves_nothing(void **state)
{
    struct vs__output *o = opened(test_path(state, "out"), VS__OUTPUT_NEW);
    static const uint8_t bytes[300000];
    struct rlimit old;
    struct rlimit small;
    vs_status st;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 100000;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    st = vs__output_append(o, bytes, sizeof bytes, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_status(VS_ERR_FULL, st);
    vs__output_abandon(o);
    assert_int_equal(n_entries(state), 0);
}

static void a_full_disk_at_commit_leaves_nothing(void **state)
{
    struct vs__output *o = opened(test_path(state, "out"), VS__OUTPUT_NEW);
    struct rlimit old;
    struct rlimit small;
    vs_status st;

    assert_ok(vs__output_append(o, "abc", 3, NULL));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 1;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    st = vs__output_commit(o, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_status(VS_ERR_FULL, st);
    assert_int_equal(n_entries(state), 0);
}

static vs_status write_one(void *ctx)
{
    struct vs__output *o = NULL;
    vs_status st = vs__output_open(ctx, VS__OUTPUT_REPLACE, &o, NULL);

    return st == VS_OK ? vs__output_commit(o, NULL) : st;
}

static void running_out_of_memory_leaves_nothing(void **state)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s", test_path(state, "out"));
    assert_int_equal(test_each_allocation_failing(write_one, path, false), 4);
    assert_int_equal(n_entries(state), 1);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_file_appears_when_it_is_committed),
        IN_DIR(bytes_can_be_amended),
        IN_DIR(an_abandoned_file_leaves_nothing),
        IN_DIR(the_temporary_file_is_named_after_the_final_one),
        IN_DIR(pieces_of_all_sizes_come_out_in_order),
        IN_DIR(a_new_file_must_be_new),
        IN_DIR(a_name_taken_meanwhile_is_left_alone),
        IN_DIR(a_file_is_replaced_on_request),
        IN_DIR(a_link_is_replaced_not_followed),
        IN_DIR(a_directory_is_never_replaced),
        IN_DIR(paths_that_lead_nowhere_are_told),
        IN_DIR(the_mode_obeys_the_umask),
        IN_DIR(a_very_long_name_is_fine),
        IN_DIR(a_full_disk_is_told_and_leaves_nothing),
        IN_DIR(a_full_disk_at_commit_leaves_nothing),
        IN_DIR(running_out_of_memory_leaves_nothing),
    };

    return cmocka_run_group_tests_name("format.output", tests, NULL, NULL);
}
