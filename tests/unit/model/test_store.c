/* test_store.c - model/store: opening what is and what is not a store, and calls
 * inside transactions that fail. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

static bool no_random_bytes; /* the system gives none */

typedef int random_fn(void *out, size_t n);
random_fn __real_vs__random_bytes, __wrap_vs__random_bytes;

int __wrap_vs__random_bytes(void *out, size_t n)
{
    return no_random_bytes ? -1 : __real_vs__random_bytes(out, n);
}

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

/* The id of a store, and a seed that is not given, are of random bytes. */
static void no_store_is_made_without_random_bytes(void **state)
{
    const char *path = test_path(state, "new.db");
    const vs_store_options options = {.mode = VS_OPEN_CREATE, .seed = 1};
    vs_store *store = NULL;
    vs_error err;

    no_random_bytes = true;
    assert_status(VS_ERR_IO, vs_store_open(path, &options, &store, &err));
    assert_null(store);
    assert_string_equal(err.message, "the system gives no random bytes");
    assert_status(VS_ERR_IO, vs_store_open(path, &options, &store, &err));
    no_random_bytes = false;
    store = test_open(path, VS_OPEN_CREATE);
    test_sound(store);
    vs_store_close(store);
}

static void options_of_a_later_library_are_refused(void **state)
{
    const char *path = test_path(state, "new.db");
    struct {
        vs_store_options known;
        uint64_t more;
    } later = {{.size = sizeof later, .mode = VS_OPEN_CREATE}, 1};
    vs_store *store = NULL;
    vs_error err;

    assert_status(VS_ERR_UNSUPPORTED,
                  vs_store_open(path, &later.known, &store, &err));
    assert_non_null(strstr(err.message, "vs_store_options sets a field"));
    assert_null(store);
    assert_int_not_equal(access(path, F_OK), 0);
    later.more = 0;
    assert_status(VS_OK, vs_store_open(path, &later.known, &store, &err));
    vs_store_close(store);
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
    refused(path, VS_OPEN_READ, VS_ERR_CORRUPT); /* its pages have no sums */
}

static void a_store_with_a_foreign_view_is_refused(void **state)
{
    const char *path = test_path(state, "view.db");

    vs_store_close(test_open(path, VS_OPEN_CREATE));
    sql(path, "PRAGMA journal_mode = DELETE; CREATE VIEW extra AS SELECT 1");
    refused(path, VS_OPEN_READ, VS_ERR_NOTASTORE);
}

static void facts_that_were_changed_are_refused(void **state)
{
    static const char *const facts[] = {"id",         "seed",  "chunk_bytes",
                                        "created_ms", "delta", "facts"};
    static const struct {
        const char *sql;
        vs_status want;
    } others[] = {
        {"UPDATE meta SET value = '1' WHERE key = 'delta'", VS_ERR_CORRUPT},
        {"UPDATE meta SET value = '' WHERE key = 'seed'", VS_ERR_CORRUPT},
        {"UPDATE meta SET value = '1x' WHERE key = 'seed'", VS_ERR_CORRUPT},
        {"UPDATE meta SET value = '0' WHERE key = 'format_version'",
         VS_ERR_CORRUPT},
        {"UPDATE meta SET value = '2147483648' WHERE key = 'chunk_bytes'",
         VS_ERR_CORRUPT},
        {"UPDATE meta SET value = '5000' WHERE key = 'chunk_bytes'",
         VS_ERR_CORRUPT},
        {"UPDATE meta SET value = 'other' WHERE key = 'format'",
         VS_ERR_NOTASTORE},
    };
    const char *path = test_path(state, "facts.db");
    size_t n = 0;
    void *whole;

    vs_store_close(test_open(path, VS_OPEN_CREATE));
    sql(path, "PRAGMA journal_mode = DELETE");
    whole = test_read_file(path, &n);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        char text[128];

        (void)snprintf(text, sizeof text,
                       "UPDATE meta SET value = '8192' WHERE key = '%s'",
                       facts[i]);
        sql(path, text);
        refused(path, VS_OPEN_READ, VS_ERR_CORRUPT);
        test_write_file(path, whole, n);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        sql(path, others[i].sql);
        refused(path, VS_OPEN_READ, others[i].want);
        test_write_file(path, whole, n);
    }
    free(whole);
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
    for (int mode = -1; mode <= VS_OPEN_CREATE_NEW + 1; mode += 5) {
        options.mode = (vs_open_mode)mode;
        assert_status(VS_ERR_MISUSE,
                      vs_store_open(path, &options, &store, NULL));
    }
    options.mode = VS_OPEN_CREATE;
    for (int bad = -1; bad <= 2; bad += 3) {
        options.sync = (vs_sync)bad;
        assert_status(VS_ERR_MISUSE,
                      vs_store_open(path, &options, &store, NULL));
    }
    options.sync = VS_SYNC_FULL;
    for (int bad = -1; bad <= 3; bad += 4) {
        options.delta = (vs_tristate)bad;
        assert_status(VS_ERR_MISUSE,
                      vs_store_open(path, &options, &store, NULL));
    }
    options = (vs_store_options){.mode = VS_OPEN_CREATE, .threads = -1};
    assert_status(VS_ERR_MISUSE, vs_store_open(path, &options, &store, NULL));
    options.threads = 65;
    assert_status(VS_ERR_MISUSE, vs_store_open(path, &options, &store, NULL));
    assert_status(VS_ERR_MISUSE, vs_store_open("", NULL, &store, NULL));
    assert_status(VS_ERR_MISUSE, vs_store_open(NULL, NULL, &store, NULL));
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

/* A value that breaks off after several chunks. */
static vs_status stop_late(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)ctx;
    memset(dst, 1, (size_t)n * sizeof(float));
    return first < 400000 ? VS_OK : VS_ERR_CANCELLED;
}

/* Inside a transaction a call that fails leaves nothing, and the transaction
 * goes on. */
static void a_failed_call_costs_a_transaction_nothing(void **state)
{
    vs_store *store = test_open(test_path(state, "v.db"), VS_OPEN_CREATE_NEW);
    const vs_shape shape = vs_shape_1d(600000);
    const vs_variable_spec spec = {
        .shape = &shape,
        .initializer = vs_from_source((vs_source){stop_late, NULL})};
    const vs_variable_spec bad = {.dtype = VS_BOOL,
                                  .shape = &shape,
                                  .initializer = vs_random_normal(0, 1, 1)};
    vs_variable *v;
    vs_variable *x = NULL;
    int64_t version = 0;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    v = test_iota(store, "w", vs_shape_1d(2));
    assert_store(VS_ERR_EXISTS, store,
                 vs_variable_create(store, "w", &spec, NULL));
    assert_store(VS_ERR_CANCELLED, store,
                 vs_variable_create(store, "x", &spec, NULL));
    assert_store(VS_ERR_INITIALIZER, store,
                 vs_variable_create(store, "x", &bad, NULL));
    assert_store(VS_OK, store, vs_variable_version(v, &version));
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, "x", &x));
    test_sound(store);
    vs_variable_free(v);
    vs_store_close(store);
}

struct denied {
    const char *path;
    int run;
};

/* In one transaction: a call may fail, and then what came before is kept or
 * the whole is lost; never a part of the call. */
static vs_status create_and_write_in_one(void *ctx)
{
    struct denied *d = ctx;
    vs_store_options options = {.mode = VS_OPEN_CREATE, .busy_ms = -1};
    const vs_shape small = vs_shape_1d(3);
    const vs_shape large = vs_shape_1d(3000);
    vs_variable_spec spec = {.shape = &small};
    vs_store *store = NULL;
    vs_status st = vs_store_open(d->path, &options, &store, NULL);
    vs_status ended;
    char name[32];

    if (st != VS_OK)
        return st;
    if ((st = vs_store_begin(store, VS_TXN_WRITE)) == VS_OK) {
        for (int i = 0; i < 4 && st == VS_OK; i++) {
            (void)snprintf(name, sizeof name, "r%d/w%d", d->run, i);
            spec.shape = i % 2 == 0 ? &small : &large;
            st = vs_variable_create(store, name, &spec, NULL);
        }
        d->run++;
        ended = vs_store_commit(store);
        assert_true(ended == VS_OK || ended == VS_ERR_NOMEM);
        if (st == VS_OK)
            st = ended;
    }
    vs_store_close(store);
    return st;
}

static void without_memory_a_transaction_is_kept_or_lost_whole(void **state)
{
    struct denied d = {test_path(state, "v.db"), 0};
    vs_store *store = test_open(test_path(state, "v.db"), VS_OPEN_CREATE_NEW);

    vs_store_close(store);
    assert_true(
        test_each_allocation_failing(create_and_write_in_one, &d, false) > 9);
    assert_true(
        test_each_allocation_failing(create_and_write_in_one, &d, true) > 9);
    store = test_open(d.path, VS_OPEN_READ);
    test_sound(store);
    vs_store_close(store);
}

/* Bytes of the log after a value of 40 MB was made. */
static int64_t log_after_much(vs_store *store, const char *name)
{
    const vs_shape shape = vs_shape_1d(10000000);
    const vs_variable_spec spec = {
        .shape = &shape, .initializer = vs_random_uniform(0, 1, name[0])};
    vs_store_info info;

    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
    assert_store(VS_OK, store, vs_store_describe(store, &info));
    return info.wal_bytes;
}

static void much_is_written_once_by_who_is_alone(void **state)
{
    const char *path = test_path(state, "v.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    vs_store *other = test_open(path, VS_OPEN_READ);

    assert_true(log_after_much(store, "a") > 30000000);
    vs_store_close(other);
    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_BULK));
    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_BULK));
    assert_true(log_after_much(store, "b") < 100000);
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_true(log_after_much(store, "c") < 100000);
    assert_store(VS_ERR_MISUSE, store,
                 vs_store_begin(store, (vs_txn_kind)(VS_TXN_BULK + 1)));
    assert_store(VS_ERR_MISUSE, store, vs_store_begin(store, (vs_txn_kind)-1));
    test_sound(store);
    vs_store_close(store);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_missing_file_is_made_only_when_asked),
        WITH_DIR(no_store_is_made_without_random_bytes),
        WITH_DIR(options_of_a_later_library_are_refused),
        WITH_DIR(a_missing_directory_is_told),
        WITH_DIR(a_directory_is_not_a_store),
        WITH_DIR(an_empty_file_is_not_a_store),
        WITH_DIR(another_format_is_not_a_store),
        WITH_DIR(another_applications_database_is_not_a_store),
        WITH_DIR(a_store_with_a_foreign_view_is_refused),
        WITH_DIR(facts_that_were_changed_are_refused),
        WITH_DIR(a_newer_format_is_refused_untouched),
        WITH_DIR(a_truncated_store_is_corrupt_at_every_length),
        WITH_DIR(misuse_of_options_is_told),
        WITH_DIR(closing_leaves_one_file_that_can_be_copied),
        WITH_DIR(a_failed_call_costs_a_transaction_nothing),
        WITH_DIR(without_memory_a_transaction_is_kept_or_lost_whole),
        WITH_DIR(much_is_written_once_by_who_is_alone),
    };

    return cmocka_run_group_tests_name("model.store", tests, NULL, NULL);
}
