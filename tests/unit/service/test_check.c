/* test_check.c - service/check: what a check promises as a whole. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/store.h"

static void a_sound_store_has_no_damage(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    found = scene_check(path, true);
    assert_string_equal(found.text, "");
    assert_int_equal(found.report.n_damages, 0);
    assert_int_equal(found.report.n_names, 4);
    assert_int_equal(found.report.n_versions, 6);
    assert_int_equal(found.report.n_checkpoints, 2);
    assert_int_equal(found.report.n_chunks, 7);
    assert_int_equal(found.report.n_bytes_read, 12000 + 12000 + 3904);
    free(found.text);
}

static void an_empty_store_is_sound(void **state)
{
    const char *path = test_path(state, "empty.db");
    struct scene_damages found;

    vs_store_close(test_open(path, VS_OPEN_CREATE_NEW));
    found = scene_check(path, true);
    assert_int_equal(found.report.n_damages, 0);
    assert_int_equal(found.report.n_names, 0);
    free(found.text);
}

static void every_dtype_is_sound(void **state)
{
    const char *path = test_path(state, "dtypes.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    const vs_shape shape = vs_shape_1d(5000);
    struct scene_damages found;

    for (int d = 1; d <= VS_N_DTYPES; d++) {
        const vs_variable_spec spec = {
            .dtype = (vs_dtype)d, .shape = &shape, .initializer = vs_ones()};

        assert_store(
            VS_OK, store,
            vs_variable_create(store, vs_dtype_name((vs_dtype)d), &spec, NULL));
    }
    vs_store_close(store);
    found = scene_check(path, true);
    assert_string_equal(found.text, "");
    assert_int_equal(found.report.n_chunks, VS_N_DTYPES);
    free(found.text);
}

static void data_is_only_read_when_asked_for(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE frame SET bytes = CAST(substr(bytes, 1, "
                    "length(bytes) - 1) || x'5a' AS BLOB) WHERE chunk = 1");
    found = scene_check(path, false);
    assert_int_equal(found.report.n_damages, 0);
    assert_int_equal(found.report.n_bytes_read, 0);
    free(found.text);
}

/* A variable is told by the name it has now, else by one it had. */
static void damage_is_told_under_the_best_name(void **state)
{
    const char *path = test_path(state, "scene.db");
    vs_store *store = scene_make(path);
    struct scene_damages found;

    assert_store(VS_OK, store, vs_variable_rename(store, "a/small", "z"));
    vs_store_close(store);
    scene_sql(path, "UPDATE variable SET n_bytes = 7 WHERE id IN (1, 4)");
    found = scene_check(path, false);
    assert_non_null(strstr(found.text, "z: variable 1"));
    assert_null(strstr(found.text, "a/small: "));
    assert_non_null(strstr(found.text, "d/gone: variable 4"));
    free(found.text);
}

/* Makes the first page of a table or index one that is none. */
static void spoil(const char *path, const char *name)
{
    char sql[128];
    size_t n = 0;
    char *whole = test_read_file(path, &n);
    long long page;

    (void)snprintf(sql, sizeof sql,
                   "SELECT rootpage FROM sqlite_schema WHERE name = '%s'",
                   name);
    page = scene_number(path, sql);
    memset(whole + (page - 1) * 32768, 0xee, 4096);
    test_write_file(path, whole, n);
    free(whole);
}

/* A spoilt page: the engine reports it, and the rest is still looked at. */
static void the_engine_is_asked_too(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    spoil(path, "collection_variable");
    found = scene_check(path, false);
    assert_true(found.report.n_damages > 0);
    assert_non_null(strstr(found.text, "engine: "));
    assert_int_equal(found.report.n_checkpoints, 2);
    free(found.text);
}

/* An SQL error in the middle of a table is a damage, not the end. */
static void a_table_that_cannot_be_read_is_a_damage(void **state)
{
    static const char *const tables[] = {
        "name",  "variable",   "version",    "small",
        "chunk", "collection", "checkpoint", "checkpoint_variable",
        "tag",   "metric",     "origin",     "version_chunk",
    };
    const char *path = test_path(state, "scene.db");

    vs_store_close(scene_make(path));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct scene_damages found;
        size_t n = 0;
        void *before = test_read_file(path, &n);

        spoil(path, tables[i]);
        found = scene_check(path, true);
        if (found.report.n_damages == 0)
            fail_msg("%s: no damage was told", tables[i]);
        free(found.text);
        test_write_file(path, before, n);
        free(before);
    }
}

/* What would tell whom a damage harms is damaged itself. */
static void a_damage_is_told_although_nobody_knows_whom_it_harms(void **state)
{
    static const char *const tables[] = {"name", "name_variable",
                                         "checkpoint_variable", "version"};
    const char *path = test_path(state, "scene.db");

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE small SET bytes = zeroblob(48) WHERE version = 1;"
                    "UPDATE chunk SET codec = 5 WHERE id = 1");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct scene_damages found;
        size_t n = 0;
        void *before = test_read_file(path, &n);

        spoil(path, tables[i]);
        found = scene_check(path, true);
        if (strstr(found.text, "engine: ") == NULL ||
            strstr(found.text, ": chunk 1: ") == NULL ||
            (i < 3 && strstr(found.text, ": version 1: its value") == NULL))
            fail_msg("%s: told was\n%s", tables[i], found.text);
        free(found.text);
        test_write_file(path, before, n);
        free(before);
    }
}

struct ticks {
    int64_t last;
    int64_t total;
    int n;
    int stop_at; /* 0: never */
};

static int tick(int64_t done, int64_t total, void *ctx)
{
    struct ticks *t = ctx;

    assert_true(done >= t->last && done <= total);
    t->last = done;
    t->total = total;
    t->n++;
    return t->n == t->stop_at;
}

static void progress_runs_over_the_raw_bytes(void **state)
{
    vs_store *store = scene_make(test_path(state, "scene.db"));
    struct ticks t = {0, 0, 0, 0};
    const vs_check_options options = {.read_data = true,
                                      .progress = {tick, &t}};

    assert_store(VS_OK, store, vs_check(store, &options, NULL));
    assert_int_equal(t.total, 27904);
    assert_int_equal(t.last, t.total);
    assert_true(t.n >= 7);
    vs_store_close(store);
}

static void a_check_can_be_stopped_anywhere(void **state)
{
    vs_store *store = scene_make(test_path(state, "scene.db"));
    vs_check_report report = {.n_damages = -1};
    vs_status st = VS_ERR_CANCELLED;

    for (int i = 1; st != VS_OK; i++) {
        struct ticks t = {0, 0, 0, i};
        const vs_check_options options = {.read_data = true,
                                          .progress = {tick, &t}};

        st = vs_check(store, &options, &report);
        if (st != VS_OK) {
            assert_status(VS_ERR_CANCELLED, st);
            assert_int_equal(report.n_damages, -1);
        }
        assert_true(i < 200);
    }
    assert_int_equal(report.n_damages, 0);
    vs_store_close(store);
}

static void a_check_sees_the_writes_of_its_transaction(void **state)
{
    vs_store *store = scene_make(test_path(state, "scene.db"));
    vs_check_report report;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    vs_variable_free(test_iota(store, "new", vs_shape_1d(7)));
    assert_store(VS_OK, store, vs_check(store, NULL, &report));
    assert_int_equal(report.n_names, 5);
    assert_store(VS_OK, store, vs_store_rollback(store));
    vs_store_close(store);
}

/* Somebody's own table, made behind the back of who has the store open. */
static void what_is_not_of_a_store_is_a_damage(void **state)
{
    vs_store *store = scene_make(test_path(state, "scene.db"));
    vs_check_report report;
    struct vs__stmt *s = NULL;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    assert_ok(vs__stmt_new(store->db, "CREATE TABLE own (x)", &s));
    assert_ok(vs__stmt_run(s));
    vs__stmt_free(s);
    assert_store(VS_OK, store, vs_check(store, NULL, &report));
    assert_int_equal(report.n_damages, 1);
    assert_store(VS_OK, store, vs_store_rollback(store));
    assert_store(VS_OK, store, vs_check(store, NULL, &report));
    assert_int_equal(report.n_damages, 0);
    vs_store_close(store);
}

static vs_status check_all(void *ctx)
{
    const vs_check_options options = {.read_data = true};
    vs_check_report report = {.n_damages = -1};
    vs_store *store = NULL;
    vs_status st = vs_store_open(ctx, NULL, &store, NULL);

    if (st == VS_OK)
        st = vs_check(store, &options, &report);
    if (st == VS_OK)
        assert_int_equal(report.n_damages, 0);
    vs_store_close(store);
    return st;
}

/* What it replaces stays until its end, without users. */
static void a_bulk_transaction_that_replaces_a_value_is_sound(void **state)
{
    const char *path = test_path(state, "bulk.db");
    vs_store *store = scene_make(path);
    vs_check_report report;

    scene_write(store, "a/large", 5);
    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_BULK));
    scene_write(store, "a/large", 6);
    assert_store(VS_OK, store, vs_check(store, NULL, &report));
    assert_int_equal(report.n_damages, 0);
    scene_write(store, "a/large", 7);
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_starts(store, "a/large", 7);
    assert_store(VS_OK, store, vs_check(store, NULL, &report));
    assert_int_equal(report.n_damages, 0);
    vs_store_close(store);
}

static void running_out_of_memory_is_no_damage(void **state)
{
    const char *path = test_path(state, "scene.db");
    char copy[512];

    vs_store_close(scene_make(path));
    (void)snprintf(copy, sizeof copy, "%s", path);
    assert_true(test_each_allocation_failing(check_all, copy, false) > 10);
    assert_true(test_each_allocation_failing(check_all, copy, true) > 10);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_sound_store_has_no_damage),
        IN_DIR(an_empty_store_is_sound),
        IN_DIR(every_dtype_is_sound),
        IN_DIR(data_is_only_read_when_asked_for),
        IN_DIR(damage_is_told_under_the_best_name),
        IN_DIR(the_engine_is_asked_too),
        IN_DIR(a_table_that_cannot_be_read_is_a_damage),
        IN_DIR(a_damage_is_told_although_nobody_knows_whom_it_harms),
        IN_DIR(progress_runs_over_the_raw_bytes),
        IN_DIR(a_check_can_be_stopped_anywhere),
        IN_DIR(a_check_sees_the_writes_of_its_transaction),
        IN_DIR(a_bulk_transaction_that_replaces_a_value_is_sound),
        IN_DIR(what_is_not_of_a_store_is_a_damage),
        IN_DIR(running_out_of_memory_is_no_damage),
    };

    return cmocka_run_group_tests_name("service.check", tests, NULL, NULL);
}
