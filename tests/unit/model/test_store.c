/* test_store.c - model/store: opening what is and what is not a store. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Asserts that opening fails so, with words, and changes no byte. */
static void refused(const char *path, vs_open_mode mode, vs_status want)
{
    const vs_store_options options = {.mode = mode};
    size_t n_before = 0;
    size_t n_after = 0;
    void *before = test_read_file(path, &n_before);
    vs_store *store = NULL;
    void *after;
    vs_error err;

    assert_status(want, vs_store_open(path, &options, &store, &err));
    assert_null(store);
    assert_int_equal(err.status, want);
    assert_non_null(strstr(err.message, path));
    after = test_read_file(path, &n_after);
    assert_int_equal(n_before, n_after);
    assert_int_equal(before == NULL, after == NULL);
    if (before != NULL)
        assert_memory_equal(before, after, n_before);
    free(before);
    free(after);
}

static void a_missing_file_is_made_only_when_asked(void **state)
{
    const char *path = test_path(state, "new.db");

    refused(path, VS_OPEN_READ, VS_ERR_NOFILE);
    refused(path, VS_OPEN_WRITE, VS_ERR_NOFILE);
    assert_int_not_equal(access(path, F_OK), 0);
    vs_store_close(test_open(path, VS_OPEN_CREATE));
    refused(path, VS_OPEN_CREATE_NEW, VS_ERR_EXISTS);
    vs_store_close(test_open(path, VS_OPEN_CREATE));
    vs_store_close(test_open(path, VS_OPEN_WRITE));
    vs_store_close(test_open(path, VS_OPEN_READ));
}

static void a_missing_directory_is_told(void **state)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE};
    vs_error err;

    assert_status(VS_ERR_NOFILE,
                  vs_store_open(test_path(state, "no/such/new.db"), &options,
                                &(vs_store *){NULL}, &err));
    assert_non_null(strstr(err.message, "no/such"));
}

static void a_directory_is_not_a_store(void **state)
{
    const char *path = test_path(state, "dir");
    vs_error err;

    assert_int_equal(mkdir(path, 0777), 0);
    for (int mode = VS_OPEN_READ; mode <= VS_OPEN_CREATE; mode++) {
        const vs_store_options options = {.mode = (vs_open_mode)mode};

        assert_status(VS_ERR_NOTASTORE,
                      vs_store_open(path, &options, &(vs_store *){NULL}, &err));
        assert_non_null(strstr(err.message, "directory"));
    }
}

static void an_empty_file_is_not_a_store(void **state)
{
    const char *path = test_path(state, "empty.db");

    test_write_file(path, "", 0);
    refused(path, VS_OPEN_READ, VS_ERR_NOTASTORE);
    refused(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE);
}

static void another_format_is_not_a_store(void **state)
{
    const char *path = test_path(state, "text.db");
    char text[5000];

    memset(text, 'x', sizeof text);
    test_write_file(path, text, sizeof text);
    refused(path, VS_OPEN_READ, VS_ERR_NOTASTORE);
    refused(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE);
    refused(path, VS_OPEN_CREATE, VS_ERR_NOTASTORE);
}

/* Runs SQL on a file with the sqlite3 shell. */
static void sql(const char *path, const char *text)
{
    char command[1024];

    (void)snprintf(command, sizeof command, "sqlite3 '%s' \"%s\" >/dev/null",
                   path, text);
    assert_int_equal(system(command), 0);
}

static void another_applications_database_is_not_a_store(void **state)
{
    const char *path = test_path(state, "other.db");

    sql(path, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    refused(path, VS_OPEN_READ, VS_ERR_NOTASTORE);
    refused(path, VS_OPEN_WRITE, VS_ERR_NOTASTORE);
    refused(path, VS_OPEN_CREATE, VS_ERR_NOTASTORE);
    sql(path, "PRAGMA application_id = 1448301650"); /* as if it were ours */
    refused(path, VS_OPEN_READ, VS_ERR_NOTASTORE);
}

static void a_store_with_a_foreign_view_is_refused(void **state)
{
    const char *path = test_path(state, "view.db");

    vs_store_close(test_open(path, VS_OPEN_CREATE));
    sql(path, "PRAGMA journal_mode = DELETE; CREATE VIEW extra AS SELECT 1");
    refused(path, VS_OPEN_READ, VS_ERR_NOTASTORE);
}

static void a_newer_format_is_refused_untouched(void **state)
{
    const char *path = test_path(state, "later.db");

    vs_store_close(test_open(path, VS_OPEN_CREATE));
    sql(path, "PRAGMA journal_mode = DELETE; "
              "UPDATE meta SET value = '2' WHERE key = 'format_version'");
    refused(path, VS_OPEN_READ, VS_ERR_TOONEW);
    refused(path, VS_OPEN_WRITE, VS_ERR_TOONEW);
    sql(path, "UPDATE meta SET value = '1' WHERE key = 'format_version'; "
              "PRAGMA user_version = 999");
    refused(path, VS_OPEN_READ, VS_ERR_TOONEW);
    refused(path, VS_OPEN_CREATE, VS_ERR_TOONEW);
}

static void a_truncated_store_is_corrupt_at_every_length(void **state)
{
    const char *path = test_path(state, "whole.db");
    const char *cut = test_path(state, "cut.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE);
    size_t n = 0;
    char *bytes;

    vs_variable_free(test_iota(store, "w", vs_shape_1d(100000)));
    vs_store_close(store);
    bytes = test_read_file(path, &n);
    for (size_t length = 1; length < n; length += n / 37) {
        vs_store_options options = {.mode = VS_OPEN_WRITE};
        vs_status st;

        test_write_file(cut, bytes, length);
        store = NULL;
        st = vs_store_open(cut, &options, &store, NULL);
        assert_true(st == VS_ERR_CORRUPT || st == VS_ERR_NOTASTORE);
        assert_null(store);
    }
    free(bytes);
}

static void misuse_of_options_is_told(void **state)
{
    const char *path = test_path(state, "m.db");
    vs_store_options options = {.mode = VS_OPEN_CREATE, .chunk_bytes = 5000};
    vs_store *store = NULL;

    assert_status(VS_ERR_MISUSE, vs_store_open(path, &options, &store, NULL));
    options.chunk_bytes = -4096;
    assert_status(VS_ERR_MISUSE, vs_store_open(path, &options, &store, NULL));
    options.chunk_bytes = 0;
    options.mode = (vs_open_mode)9;
    assert_status(VS_ERR_MISUSE, vs_store_open(path, &options, &store, NULL));
    assert_status(VS_ERR_MISUSE, vs_store_open("", NULL, &store, NULL));
    assert_int_not_equal(access(path, F_OK), 0);
}

static void closing_leaves_one_file_that_can_be_copied(void **state)
{
    const char *path = test_path(state, "c.db");
    const char *copy = test_path(state, "copy.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE);
    size_t n = 0;
    void *bytes;
    vs_variable *v = test_iota(store, "w", vs_shape_1d(3000));

    vs_variable_free(v);
    vs_store_close(store);
    bytes = test_read_file(path, &n);
    test_write_file(copy, bytes, n);
    free(bytes);
    store = test_open(copy, VS_OPEN_READ);
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_missing_file_is_made_only_when_asked),
        WITH_DIR(a_missing_directory_is_told),
        WITH_DIR(a_directory_is_not_a_store),
        WITH_DIR(an_empty_file_is_not_a_store),
        WITH_DIR(another_format_is_not_a_store),
        WITH_DIR(another_applications_database_is_not_a_store),
        WITH_DIR(a_store_with_a_foreign_view_is_refused),
        WITH_DIR(a_newer_format_is_refused_untouched),
        WITH_DIR(a_truncated_store_is_corrupt_at_every_length),
        WITH_DIR(misuse_of_options_is_told),
        WITH_DIR(closing_leaves_one_file_that_can_be_copied),
    };

    return cmocka_run_group_tests_name("model.store", tests, NULL, NULL);
}
