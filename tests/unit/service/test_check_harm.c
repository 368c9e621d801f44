/* test_check_harm.c - service/check_harm: which variables, chunks and
 * checkpoints a damage harms.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_tells(const struct scene_damages *found, const char *line)
{
    if (strstr(found->text, line) == NULL)
        fail_msg("'%s' is not in:\n%s", line, found->text);
}

/* A damaged chunk is told once for each variable that has it, under its first
 * name, whether that is now or in a checkpoint. */
static void a_chunk_harms_all_that_use_it(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE chunk SET codec = 5 WHERE id = 1");
    found = scene_check(path, false);
    assert_int_equal(found.report.n_damages, 3);
    assert_non_null(strstr(found.text, "a/large: "));
    assert_non_null(strstr(found.text, "c/twin: "));
    assert_non_null(strstr(found.text, "d/gone: "));
    assert_null(strstr(found.text, "b/tied: "));
    free(found.text);
}

/* More chunks than are remembered at a time. */
static void every_damaged_chunk_is_told(void **state)
{
    const char *path = test_path(state, "many.db");
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096};
    struct scene_damages found;
    vs_store *store = NULL;

    assert_ok(vs_store_open(path, &options, &store, NULL));
    vs_variable_free(test_iota(store, "large", vs_shape_1d(1300 * 1024)));
    vs_store_close(store);
    scene_sql(path, "UPDATE frame SET bytes = x''");
    found = scene_check(path, true);
    assert_int_equal(found.report.n_chunks, 1300);
    assert_int_equal(found.report.n_damages, 1300);
    assert_non_null(strstr(found.text, "large: chunk 1: "));
    assert_non_null(strstr(found.text, "large: chunk 1300: "));
    free(found.text);
}

/* What a variable has now, and had when a checkpoint was saved. */
static void the_checkpoints_with_a_damaged_chunk_are_told(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE chunk SET codec = 5 WHERE id = 1");
    found = scene_check(path, false);
    assert_tells(&found, "want codec 5, filter");
    assert_tells(&found,
                 "elements of 4 [chunk 1] [in 1]\n"); /* a/large, d/gone */
    assert_tells(&found, "elements of 4 [chunk 1] [current] [in 1] [in 2]\n");
    free(found.text);
}

static void the_checkpoints_with_a_damaged_small_value_are_told(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE small SET bytes = zeroblob(length(bytes)) WHERE "
                    "version = (SELECT min(id) FROM version WHERE variable = "
                    "(SELECT variable FROM name WHERE path = 'a/small'))");
    found = scene_check(path, true);
    assert_int_equal(found.report.n_damages, 1);
    assert_tells(&found, "a/small: ");
    assert_tells(&found, " [in 1]\n");
    assert_null(strstr(found.text, "current"));
    free(found.text);
}

/* A checkpoint whose own rows are damaged. */
static void a_damaged_checkpoint_is_told(void **state)
{
    const char *path = test_path(state, "scene.db");
    struct scene_damages found;

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE checkpoint SET root = zeroblob(16) WHERE id = 2");
    found = scene_check(path, false);
    assert_tells(&found, " [in 2]\n");
    assert_null(strstr(found.text, "[in 1]"));
    free(found.text);
}

/* A delta cannot be read without what it differs from. */
static void who_differs_from_a_damaged_chunk_is_harmed(void **state)
{
    const char *path = test_path(state, "delta.db");
    const vs_store_options options = {
        .mode = VS_OPEN_CREATE_NEW, .chunk_bytes = 4096, .delta = VS_YES};
    struct scene_damages found;
    vs_store *store = NULL;
    float values[2048];
    vs_shape shape = vs_shape_1d(2048);
    vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable_spec spec = {.shape = &shape};
    vs_variable *v = NULL;

    for (size_t i = 0; i < 2048; i++)
        values[i] = 1 + (float)(i * 2654435761u % 8388593) / 8388608;
    spec.initializer = vs_value(&view);
    assert_ok(vs_store_open(path, &options, &store, NULL));
    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    for (size_t i = 0; i < 2048; i++)
        values[i] *= 1.0000002f;
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    vs_variable_free(v);
    vs_store_close(store);
    if (scene_number(path, "SELECT count(*) FROM chunk WHERE base = 1") != 1)
        fail_msg("the second value is no delta");
    scene_sql(path, "UPDATE frame SET bytes = x'' WHERE chunk = 1");
    found = scene_check(path, false);
    assert_tells(&found, "w: chunk 1: ");
    assert_tells(&found, "[chunk 1] [current] [in 1]\n");
    free(found.text);
}

/* Only the oldest ones are told one by one. */
static void of_many_checkpoints_the_rest_is_counted(void **state)
{
    const char *path = test_path(state, "scene.db");
    vs_store *store = scene_make(path);
    struct scene_damages found;

    for (int i = 3; i <= 20; i++)
        assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    vs_store_close(store);
    scene_sql(path, "UPDATE frame SET bytes = x'' WHERE chunk = 1");
    found = scene_check(path, false);
    assert_tells(&found, "c/twin: ");
    assert_tells(&found, "[current] [in 1] [in 2] [in 3] [in 4] [in 5] [in 6] "
                         "[in 7] [in 8] [in 9] [in 10] [in 11] [in 12] "
                         "[in 13] [in 14] [in 15] [in 16] [and 4]\n");
    free(found.text);
}

/* A store of `n` variables v000, v001, ... of the same numbers, in checkpoint 1;
 * left open. */
static vs_store *make_equal(const char *path, int n, vs_shape shape)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096};
    vs_store *store = NULL;

    assert_ok(vs_store_open(path, &options, &store, NULL));
    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    for (int i = 0; i < n; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "v%03d", i);
        vs_variable_free(test_iota(store, name, shape));
    }
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_store_commit(store));
    return store;
}

static int n_told(const struct scene_damages *found, const char *words)
{
    int n = 0;

    for (const char *at = found->text; (at = strstr(at, words)) != NULL; at++)
        n++;
    return n;
}

static void of_many_users_of_a_chunk_eight_are_named(void **state)
{
    const char *path = test_path(state, "many.db");
    struct scene_damages found;

    vs_store_close(make_equal(path, 12, vs_shape_1d(3000)));
    scene_sql(path, "UPDATE frame SET bytes = x'' WHERE chunk = 1");
    found = scene_check(path, false);
    assert_int_equal(found.report.n_damages, 9);
    assert_int_equal(n_told(&found, ": chunk 1: "), 9);
    assert_int_equal(n_told(&found, " [chunk 1] [current] [in 1]\n"), 8);
    assert_tells(&found, "v000: ");
    assert_tells(&found, "v007: ");
    assert_tells(&found, "\n-: chunk 1: ");
    assert_tells(&found, "; it is in more than 8 variables [chunk 1]\n");
    free(found.text);
}

/* Names that only a checkpoint has, and the checkpoints of a version, are
 * looked for a hundred times; each takes one look. Every damage is told. */
static void after_a_hundred_long_ways_damage_is_told_without(void **state)
{
    const char *path = test_path(state, "many.db");
    vs_store *store = make_equal(path, 120, vs_shape_1d(3));
    struct scene_damages found;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    for (int i = 0; i < 120; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "v%03d", i);
        assert_store(VS_OK, store, vs_variable_delete(store, name));
    }
    assert_store(VS_OK, store, vs_store_commit(store));
    vs_store_close(store);
    scene_sql(path, "UPDATE small SET bytes = zeroblob(12)");
    found = scene_check(path, true);
    assert_int_equal(found.report.n_damages, 120);
    assert_int_equal(n_told(&found, "value is not what was written"), 120);
    assert_int_equal(n_told(&found, " [in 1]\n"), 50);
    assert_tells(&found, "v000: version 1: ");
    assert_tells(&found, "v049: version 50: ");
    assert_int_equal(n_told(&found, "-: version "), 70);
    free(found.text);
}

static vs_status check(void *ctx)
{
    const vs_check_options options = {.read_data = true};
    const vs_store_options open = {.threads = 1};
    vs_check_report report = {.n_damages = 0};
    vs_store *store = NULL;
    vs_status st = vs_store_open(ctx, &open, &store, NULL);

    if (st == VS_OK)
        st = vs_check(store, &options, &report);
    if (st == VS_OK)
        assert_int_equal(report.n_damages, 4);
    vs_store_close(store);
    return st;
}

/* Neither does a damage remain untold, nor is one made up. */
static void running_out_of_memory_is_told_as_that(void **state)
{
    const char *path = test_path(state, "scene.db");

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE chunk SET codec = 5 WHERE id = 1");
    scene_sql(path, "UPDATE small SET bytes = zeroblob(length(bytes)) WHERE "
                    "version = (SELECT min(version) FROM small)");
    assert_int_equal(check((char *)(uintptr_t)path), VS_OK);
    assert_true(test_each_allocation_failing(check, (char *)(uintptr_t)path,
                                             false) > 50);
    assert_true(test_each_allocation_failing(check, (char *)(uintptr_t)path,
                                             true) > 50);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_chunk_harms_all_that_use_it),
        IN_DIR(every_damaged_chunk_is_told),
        IN_DIR(the_checkpoints_with_a_damaged_chunk_are_told),
        IN_DIR(the_checkpoints_with_a_damaged_small_value_are_told),
        IN_DIR(a_damaged_checkpoint_is_told),
        IN_DIR(who_differs_from_a_damaged_chunk_is_harmed),
        IN_DIR(of_many_checkpoints_the_rest_is_counted),
        IN_DIR(of_many_users_of_a_chunk_eight_are_named),
        IN_DIR(after_a_hundred_long_ways_damage_is_told_without),
        IN_DIR(running_out_of_memory_is_told_as_that),
    };

    return cmocka_run_group_tests_name("service.check_harm", tests, NULL, NULL);
}
