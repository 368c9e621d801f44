/* test_store_older.c - model/store: files of an older schema. The program has a
 * schema of its own in place of the library's: that, and newer.sql behind it.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/txn.h"

/* In place of the room's: somebody else is writing. */
static bool others_write;

typedef vs_status begin_fn(struct vs__db *db, vs_txn_kind kind);
begin_fn __real_vs__txn_begin, __wrap_vs__txn_begin;

vs_status __wrap_vs__txn_begin(struct vs__db *db, vs_txn_kind kind)
{
    if (others_write && kind == VS_TXN_WRITE)
        return vs__fail(vs__db_error(db), VS_ERR_BUSY, "others write");
    return __real_vs__txn_begin(db, kind);
}

static long long number_of(const char *path)
{
    return scene_number(path, "PRAGMA user_version");
}

/* A store as it was before newer.sql. */
static void make_older(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    char sql[200];

    vs_variable_free(test_iota(store, "w", vs_shape_1d(3)));
    vs_store_close(store);
    assert_int_equal(number_of(path), vs__schema_n);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO newer (id) VALUES (1); DROP TABLE newer; "
                   "PRAGMA user_version = %d",
                   vs__schema_n - 1);
    scene_sql(path, sql);
}

static void assert_readable(vs_store *store)
{
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    values = test_read_f32(v);
    assert_true(values[0] == 0 && values[1] == 1 && values[2] == 2);
    free(values);
    vs_variable_free(v);
}

static void who_opens_it_for_writing_brings_it_up_to_date(void **state)
{
    const char *path = test_path(state, "s.db");
    vs_store *store;

    make_older(path);
    store = test_open(path, VS_OPEN_WRITE);
    assert_readable(store);
    test_sound(store);
    vs_store_close(store);
    assert_int_equal(number_of(path), vs__schema_n);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM newer"), 0);
    store = test_open(path, VS_OPEN_WRITE);
    assert_readable(store);
    vs_store_close(store);
}

static void who_opens_it_for_reading_leaves_it_as_it_is(void **state)
{
    const char *path = test_path(state, "s.db");
    vs_store *store;

    make_older(path);
    store = test_open(path, VS_OPEN_READ);
    assert_readable(store);
    vs_store_close(store);
    assert_int_equal(number_of(path), vs__schema_n - 1);
}

static void it_waits_for_another_writer(void **state)
{
    const char *path = test_path(state, "s.db");
    const vs_store_options options = {.mode = VS_OPEN_WRITE};
    vs_store *store = NULL;
    vs_error err;

    make_older(path);
    others_write = true;
    assert_status(VS_ERR_BUSY, vs_store_open(path, &options, &store, &err));
    others_write = false;
    assert_null(store);
    assert_string_equal(err.message, "others write");
    assert_int_equal(number_of(path), vs__schema_n - 1);
    store = test_open(path, VS_OPEN_WRITE);
    assert_readable(store);
    vs_store_close(store);
    assert_int_equal(number_of(path), vs__schema_n);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(who_opens_it_for_writing_brings_it_up_to_date),
        with_dir(who_opens_it_for_reading_leaves_it_as_it_is),
        with_dir(it_waits_for_another_writer),
    };

    return cmocka_run_group_tests_name("model.store_older", tests, NULL, NULL);
}
