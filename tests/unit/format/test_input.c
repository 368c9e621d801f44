/* test_input.c - format/input: regular files by position, nothing else. */
#include "support.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/input.h"

static void a_file_is_read_by_position(void **state)
{
    const char *path = test_path(state, "data");
    struct vs__input in;
    char out[4] = "";

    test_write_file(path, "abcdef", 6);
    assert_ok(vs__input_open(path, &in, NULL));
    assert_int_equal(in.size, 6);
    assert_string_equal(in.what, "file 'data'");
    assert_ok(vs__input_read(&in, 3, out, 3, NULL));
    assert_string_equal(out, "def");
    assert_ok(vs__input_read(&in, 0, out, 2, NULL));
    assert_string_equal(out, "abf");
    vs__input_close(&in);
}

static void a_file_that_shrinks_is_an_error(void **state)
{
    const char *path = test_path(state, "data");
    struct vs__input in;
    char out[6];
    vs_error err;

    test_write_file(path, "abcdef", 6);
    assert_ok(vs__input_open(path, &in, NULL));
    assert_int_equal(truncate(path, 4), 0);
    assert_status(VS_ERR_FORMAT, vs__input_read(&in, 0, out, 6, &err));
    assert_string_equal(
        err.message,
        "file 'data': has shrunk: nothing at offset 4 where 2 bytes were");
    vs__input_close(&in);
}

static void a_missing_file_is_told(void **state)
{
    struct vs__input in;
    vs_error err;

    assert_status(VS_ERR_NOFILE,
                  vs__input_open(test_path(state, "none"), &in, &err));
    assert_status(VS_ERR_NOFILE,
                  vs__input_open(test_path(state, "none/none"), &in, &err));
}

static void a_file_without_permission_is_told(void **state)
{
    const char *path = test_path(state, "data");
    struct vs__input in;

    if (geteuid() == 0)
        skip(); /* root may read it */
    test_write_file(path, "x", 1);
    assert_int_equal(chmod(path, 0), 0);
    assert_status(VS_ERR_PERM, vs__input_open(path, &in, NULL));
}

static void only_regular_files_are_opened(void **state)
{
    const char *fifo = test_path(state, "fifo");
    struct vs__input in;
    vs_error err;

    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_status(VS_ERR_UNSUPPORTED, vs__input_open(fifo, &in, &err));
    assert_status(VS_ERR_UNSUPPORTED, vs__input_open("/dev/zero", &in, &err));
    assert_string_equal(err.message, "'/dev/zero' is not a regular file");
    assert_status(VS_ERR_UNSUPPORTED, vs__input_open("/", &in, &err));
    assert_string_equal(err.message, "'/' is a directory, not a file");
}

static vs_status open_and_close(void *ctx)
{
    struct vs__input in;
    vs_status st = vs__input_open(ctx, &in, NULL);

    if (st == VS_OK)
        vs__input_close(&in);
    return st;
}

static void running_out_of_memory_leaves_nothing_open(void **state)
{
    const char *path = test_path(state, "data");
    char copy[512];
    int before;
    int after;

    (void)strncpy(copy, path, sizeof copy - 1);
    copy[sizeof copy - 1] = '\0';
    test_write_file(path, "x", 1);
    before = open("/dev/null", O_RDONLY);
    (void)close(before);
    assert_int_equal(test_each_allocation_failing(open_and_close, copy, false),
                     1);
    after = open("/dev/null", O_RDONLY);
    (void)close(after);
    assert_int_equal(after, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_read_by_position,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(a_file_that_shrinks_is_an_error,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(a_missing_file_is_told, test_dir_setup,
                                        test_dir_teardown),
        cmocka_unit_test_setup_teardown(a_file_without_permission_is_told,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(only_regular_files_are_opened,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(
            running_out_of_memory_leaves_nothing_open, test_dir_setup,
            test_dir_teardown),
    };

    return cmocka_run_group_tests_name("format.input", tests, NULL, NULL);
}
