/* test_save.c - service/save: making checkpoints. */
#include "scene.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_ROWS 1024 /* f32 elements in a chunk of 4 KiB */

static vs_store *fresh(void **state)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096};
    vs_store *store = NULL;

    assert_ok(vs_store_open(test_path(state, "s.db"), &options, &store, NULL));
    return store;
}

/* What the newest checkpoint says of itself. */
static vs_checkpoint_info newest(vs_store *store)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_checkpoint_info copy;

    assert_store(VS_OK, store, vs_checkpoint_list_open(store, &list));
    assert_store(VS_OK, store, vs_checkpoint_list_next(list, &info));
    copy = *info;
    copy.message = copy.program = NULL;
    copy.metrics = NULL;
    copy.tags = NULL;
    vs_checkpoint_list_close(list);
    return copy;
}

static void saving_counts_up_and_holds_the_values(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    int64_t id = 0;
    float *values;

    vs_variable_free(test_iota(store, "a", vs_shape_1d(5000)));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    assert_int_equal(id, 1);
    scene_write(store, "a", 7);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    assert_int_equal(id, 2);
    assert_store(VS_OK, store, vs_variable_open_at(store, 1, "a", &v));
    values = test_read_f32(v);
    assert_true(values[4999] == 4999.0f);
    free(values);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void an_empty_store_can_be_saved(void **state)
{
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_int_equal(newest(store).n_names, 0);
    assert_int_equal(newest(store).step, VS_NO_STEP);
    test_sound(store);
    vs_store_close(store);
}

static void the_head_becomes_the_parent(void **state)
{
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_int_equal(newest(store).parent, 0);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_int_equal(newest(store).parent, 1);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, NULL, NULL));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_int_equal(newest(store).parent, 1);
    vs_store_close(store);
}

static void sizes_count_each_variable_once(void **state)
{
    vs_store *store = fresh(state);
    vs_checkpoint_info info;

    vs_variable_free(test_iota(store, "small", vs_shape_1d(10)));
    vs_variable_free(test_iota(store, "large", vs_shape_1d(3000)));
    assert_store(VS_OK, store, vs_variable_alias(store, "large", "tied"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    info = newest(store);
    assert_int_equal(info.n_names, 3);
    assert_int_equal(info.logical_bytes, 40 + 12000);
    vs_store_close(store);
}

/* Frames of 1024 numbers 0, 1, 2, ... are of the same length whatever the
 * store, so the library's own count of stored bytes tells what is expected. */
static void new_bytes_are_those_no_older_checkpoint_had(void **state)
{
    vs_store *store = fresh(state);
    vs_store_info all;
    vs_variable *v = test_iota(store, "a", vs_shape_1d(3 * CHUNK_ROWS));
    const vs_shape row = vs_shape_1d(CHUNK_ROWS);
    static float zeros[CHUNK_ROWS];
    const vs_view view = vs_view_of(VS_F32, &row, zeros);
    const vs_slice middle =
        vs_slice_rows(vs_variable_shape(v), CHUNK_ROWS, CHUNK_ROWS);
    int64_t before;

    vs_variable_free(test_iota(store, "twin", vs_shape_1d(3 * CHUNK_ROWS)));
    vs_variable_free(test_iota(store, "small", vs_shape_1d(10)));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_store_describe(store, &all));
    assert_int_equal(newest(store).new_bytes, all.stored_bytes);
    before = all.stored_bytes;

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_int_equal(newest(store).new_bytes, 0);

    assert_store(VS_OK, store, vs_variable_write_slice(v, &middle, &view));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_store_describe(store, &all));
    assert_int_equal(newest(store).new_bytes, all.stored_bytes - before);
    assert_true(newest(store).new_bytes > 0);
    vs_variable_free(v);
    vs_store_close(store);
}

static void equal_states_have_equal_roots(void **state)
{
    vs_store *store = fresh(state);
    vs_checkpoint_info one;
    vs_checkpoint_info two;

    vs_variable_free(test_iota(store, "a", vs_shape_1d(2000)));
    vs_variable_free(test_iota(store, "b", vs_shape_1d(3)));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    one = newest(store);
    scene_write(store, "a", 1);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    two = newest(store);
    assert_memory_not_equal(one.root, two.root, sizeof one.root);
    scene_write(store, "a", 0);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    two = newest(store);
    assert_memory_equal(one.root, two.root, sizeof one.root);
    vs_store_close(store);
}

static void the_root_covers_names_and_aliases(void **state)
{
    vs_store *store = fresh(state);
    vs_checkpoint_info one;
    vs_checkpoint_info two;

    vs_variable_free(test_iota(store, "a", vs_shape_1d(2)));
    assert_store(VS_OK, store, vs_variable_alias(store, "a", "b"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    one = newest(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "a"));
    assert_store(VS_OK, store, vs_variable_alias(store, "b", "a"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    two = newest(store);
    assert_memory_not_equal(one.root, two.root, sizeof one.root);
    assert_store(VS_OK, store, vs_variable_rename(store, "b", "c"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    one = newest(store);
    assert_memory_not_equal(one.root, two.root, sizeof one.root);
    test_sound(store);
    vs_store_close(store);
}

static void tags_move_to_the_new_checkpoint(void **state)
{
    const char *const tags[] = {"best", "also", NULL};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_store *store = fresh(state);
    int64_t id = 0;

    save.tags = tags;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    assert_store(VS_OK, store, vs_checkpoint_find(store, "best", &id));
    assert_int_equal(id, 2);
    assert_store(VS_OK, store, vs_checkpoint_find(store, "also", &id));
    assert_int_equal(id, 2);
    vs_store_close(store);
}

static void metrics_are_finite_distinct_and_named(void **state)
{
    static const struct {
        vs_metric metrics[2];
        vs_status want;
    } cases[] = {
        {{{"loss", NAN}, {"b", 0}}, VS_ERR_METRIC},
        {{{"b", 0}, {"loss", INFINITY}}, VS_ERR_METRIC},
        {{{"loss", -INFINITY}, {"b", 0}}, VS_ERR_METRIC},
        {{{"loss", 1}, {"loss", 1}}, VS_ERR_MISUSE},
        {{{"", 1}, {"b", 0}}, VS_ERR_NAME},
        {{{NULL, 1}, {"b", 0}}, VS_ERR_NAME},
        {{{"\xff", 1}, {"b", 0}}, VS_ERR_NAME},
        {{{"loss", -DBL_MAX}, {"b", DBL_MAX}}, VS_OK},
    };
    vs_store *store = fresh(state);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vs_save_options save = VS_SAVE_OPTIONS_INIT;

        save.metrics = cases[i].metrics;
        save.n_metrics = 2;
        assert_store(cases[i].want, store,
                     vs_checkpoint_save(store, &save, NULL));
    }
    assert_int_equal(newest(store).id, 1);
    assert_int_equal(newest(store).n_metrics, 2);
    test_sound(store);
    vs_store_close(store);
}

static void a_bad_metric_is_told_by_its_key(void **state)
{
    const vs_metric loss = {"eval/loss", NAN};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_store *store = fresh(state);

    save.metrics = &loss;
    save.n_metrics = 1;
    assert_store(VS_ERR_METRIC, store, vs_checkpoint_save(store, &save, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "'eval/loss'"));
    vs_store_close(store);
}

static void what_is_no_option_is_misuse(void **state)
{
    static vs_metric many[VS_METRICS_MAX + 1];
    const char *const bad[] = {"fine", "latest", NULL};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_store *store = fresh(state);
    char long_message[VS_MESSAGE_MAX + 2];
    int64_t id = -7;

    save.step = -2;
    assert_store(VS_ERR_MISUSE, store, vs_checkpoint_save(store, &save, &id));
    save.step = VS_NO_STEP;
    save.n_metrics = 1;
    assert_store(VS_ERR_MISUSE, store, vs_checkpoint_save(store, &save, &id));
    save.metrics = many;
    save.n_metrics = VS_METRICS_MAX + 1;
    assert_store(VS_ERR_MISUSE, store, vs_checkpoint_save(store, &save, &id));
    save.n_metrics = 0;
    save.tags = bad;
    assert_store(VS_ERR_NAME, store, vs_checkpoint_save(store, &save, &id));
    save.tags = NULL;
    memset(long_message, 'x', sizeof long_message);
    long_message[sizeof long_message - 1] = '\0';
    save.message = long_message;
    assert_store(VS_ERR_TOOBIG, store, vs_checkpoint_save(store, &save, &id));
    save.message = "\xfe";
    assert_store(VS_ERR_NAME, store, vs_checkpoint_save(store, &save, &id));
    assert_int_equal(id, -7);
    vs_store_close(store);
}

static void there_may_be_256_metrics(void **state)
{
    static char keys[VS_METRICS_MAX][8];
    static vs_metric many[VS_METRICS_MAX];
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_store *store = fresh(state);

    for (int i = 0; i < VS_METRICS_MAX; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "m%d", i);
        many[i].key = keys[i];
    }
    save.metrics = many;
    save.n_metrics = VS_METRICS_MAX;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    assert_int_equal(newest(store).n_metrics, VS_METRICS_MAX);
    vs_store_close(store);
}

static void step_0_is_a_step(void **state)
{
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_store *store = fresh(state);

    save.step = 0;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    assert_int_equal(newest(store).step, 0);
    save.step = INT64_MAX;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    assert_true(newest(store).step == INT64_MAX);
    vs_store_close(store);
}

static void a_save_that_is_rolled_back_leaves_nothing(void **state)
{
    vs_store *store = fresh(state);
    int64_t id = 0;

    vs_variable_free(test_iota(store, "a", vs_shape_1d(5000)));
    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    assert_store(VS_OK, store, vs_store_rollback(store));
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_checkpoint_find(store, "latest", &id));
    test_sound(store);
    vs_store_close(store);
}

static void a_state_that_is_damaged_is_not_saved(void **state)
{
    static const struct {
        const char *sql;
        const char *words;
    } damages[] = {
        {"UPDATE name SET variable = 99 WHERE path = 'a/small'",
         "name a/small: its row is not what was written"},
        {"UPDATE variable SET current = NULL WHERE id = 1",
         "variable 1: its row is not what was written"},
        {"UPDATE variable SET current = NULL WHERE id = 1" SCENE_SEAL,
         "name a/small: it leads to no current version"},
        {SCENE_BEHIND("name_variable", "DELETE FROM name WHERE alias = 1"),
         "4 names lead to a variable, but only 3 of these have a value"},
        {"UPDATE variable SET current = 99 WHERE id = 1",
         "variable 1: its row is not what was written"},
        {"UPDATE version SET digest = zeroblob(16) WHERE id = 5",
         "version 5: its row is not what was written"},
    };
    const char *path = test_path(state, "d.db");

    vs_store_close(scene_make(path));
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        size_t n = 0;
        void *whole = test_read_file(path, &n);
        vs_store *store;

        scene_sql(path, damages[i].sql);
        store = test_open(path, VS_OPEN_WRITE);
        assert_store(VS_ERR_CORRUPT, store,
                     vs_checkpoint_save(store, NULL, NULL));
        if (strcmp(vs_store_error(store)->message, damages[i].words) != 0)
            fail_msg("%s\n  tells '%s', want '%s'", damages[i].sql,
                     vs_store_error(store)->message, damages[i].words);
        vs_store_close(store);
        test_write_file(path, whole, n);
        free(whole);
    }
}

static void a_reader_cannot_save(void **state)
{
    vs_store *store = fresh(state);

    vs_store_close(store);
    store = test_open(test_path(state, "s.db"), VS_OPEN_READ);
    assert_store(VS_ERR_READONLY, store, vs_checkpoint_save(store, NULL, NULL));
    vs_store_close(store);
}

static vs_status save_all(void *ctx)
{
    const char *const tags[] = {"best", NULL};
    const vs_metric loss = {"loss", 0.25};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;

    save.tags = tags;
    save.metrics = &loss;
    save.n_metrics = 1;
    save.message = "a message";
    return vs_checkpoint_save(ctx, &save, NULL);
}

static void running_out_of_memory_saves_nothing(void **state)
{
    const char *path = test_path(state, "m.db");
    vs_store *store;

    vs_store_close(scene_make(path));
    store = test_open(path, VS_OPEN_WRITE);
    assert_true(test_each_allocation_failing(save_all, store, false) > 3);
    assert_int_equal(newest(store).id, 3);
    assert_true(test_each_allocation_failing(save_all, store, true) >= 0);
    assert_int_equal(newest(store).id, 4);
    test_sound(store);
    vs_store_close(store);
}

static void defer(vs_store *store, const char *name)
{
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {.shape = &shape, .deferred = VS_YES};

    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
}

static void what_has_no_value_is_not_saved_silently(void **state)
{
    vs_store *store = fresh(state);
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_variable *v = NULL;
    int64_t id = 0;

    vs_variable_free(test_iota(store, "a", vs_shape_1d(2)));
    defer(store, "c/late");
    assert_store(VS_ERR_UNINITIALIZED, store,
                 vs_checkpoint_save(store, NULL, &id));
    assert_string_equal(vs_store_error(store)->message,
                        "1 name has no value to be saved: c/late");
    defer(store, "b/late");
    assert_store(VS_ERR_UNINITIALIZED, store,
                 vs_checkpoint_save(store, NULL, &id));
    assert_string_equal(
        vs_store_error(store)->message,
        "2 names have no value to be saved: b/late is the first");
    assert_int_equal(id, 0);
    save.partial = true;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, &id));
    assert_int_equal(newest(store).n_names, 1);
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open_at(store, id, "c/late", &v));
    test_sound(store);
    assert_store(VS_OK, store, vs_scope_initialize(store, NULL, NULL));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    assert_int_equal(newest(store).n_names, 3);
    test_sound(store);
    vs_store_close(store);
}

static void members_of_the_unsaved_are_left_out(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    int64_t id = 0;

    vs_variable_free(test_iota(store, "a", vs_shape_1d(2)));
    vs_variable_free(test_iota(store, "scratch", vs_shape_1d(3000)));
    defer(store, "late");
    assert_store(VS_OK, store, vs_variable_alias(store, "scratch", "scratch2"));
    assert_store(VS_OK, store,
                 vs_collection_add(store, VS_UNSAVED_VARIABLES, "scratch"));
    assert_store(VS_OK, store,
                 vs_collection_add(store, VS_UNSAVED_VARIABLES, "late"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    assert_int_equal(newest(store).n_names, 1);
    assert_int_equal(newest(store).logical_bytes, 8);
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open_at(store, id, "scratch", &v));
    test_sound(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "scratch"));
    assert_store(VS_OK, store, vs_variable_delete(store, "scratch2"));
    test_sound(store);
    assert_store(VS_OK, store, vs_checkpoint_delete(store, id));
    test_sound(store);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(saving_counts_up_and_holds_the_values),
        IN_DIR(an_empty_store_can_be_saved),
        IN_DIR(the_head_becomes_the_parent),
        IN_DIR(sizes_count_each_variable_once),
        IN_DIR(new_bytes_are_those_no_older_checkpoint_had),
        IN_DIR(equal_states_have_equal_roots),
        IN_DIR(the_root_covers_names_and_aliases),
        IN_DIR(tags_move_to_the_new_checkpoint),
        IN_DIR(metrics_are_finite_distinct_and_named),
        IN_DIR(a_bad_metric_is_told_by_its_key),
        IN_DIR(what_is_no_option_is_misuse),
        IN_DIR(there_may_be_256_metrics),
        IN_DIR(step_0_is_a_step),
        IN_DIR(what_has_no_value_is_not_saved_silently),
        IN_DIR(members_of_the_unsaved_are_left_out),
        IN_DIR(a_save_that_is_rolled_back_leaves_nothing),
        IN_DIR(a_state_that_is_damaged_is_not_saved),
        IN_DIR(a_reader_cannot_save),
        IN_DIR(running_out_of_memory_saves_nothing),
    };

    return cmocka_run_group_tests_name("service.save", tests, NULL, NULL);
}
