/* test_history.c - service/history: walking checkpoints. */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "h.db"), VS_OPEN_CREATE_NEW);
}

static void an_empty_history_is_done_at_once(void **state)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_checkpoint_list_open(store, &list));
    assert_store(VS_DONE, store, vs_checkpoint_list_next(list, &info));
    assert_store(VS_DONE, store, vs_checkpoint_list_next(list, &info));
    assert_null(info);
    vs_checkpoint_list_close(list);
    vs_store_close(store);
}

static void everything_that_was_given_comes_back(void **state)
{
    const char *const tags[] = {"z", "a", NULL};
    const vs_metric metrics[] = {{"loss", 0.125}, {"acc", -3e300}};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_store *store = fresh(state);

    vs_variable_free(test_iota(store, "a", vs_shape_1d(4)));
    save.step = 12;
    save.message = "first\nepoch \xc3\xa9";
    save.tags = tags;
    save.metrics = metrics;
    save.n_metrics = 2;
    assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    assert_store(VS_OK, store, vs_checkpoint_list_open(store, &list));
    assert_store(VS_OK, store, vs_checkpoint_list_next(list, &info));
    assert_int_equal(info->id, 1);
    assert_int_equal(info->parent, 0);
    assert_int_equal(info->step, 12);
    assert_true(info->at_ms > 1500000000000);
    assert_string_equal(info->message, "first\nepoch \xc3\xa9");
    assert_string_equal(info->program, "test");
    assert_int_equal(info->n_names, 1);
    assert_int_equal(info->logical_bytes, 16);
    assert_int_equal(info->new_bytes, 16);
    assert_int_equal(info->n_metrics, 2);
    assert_string_equal(info->metrics[0].key, "acc");
    assert_true(info->metrics[0].value == -3e300);
    assert_string_equal(info->metrics[1].key, "loss");
    assert_true(info->metrics[1].value == 0.125);
    assert_int_equal(info->n_tags, 2);
    assert_string_equal(info->tags[0], "a");
    assert_string_equal(info->tags[1], "z");
    assert_null(info->tags[2]);
    vs_checkpoint_list_close(list);
    vs_store_close(store);
}

static void the_newest_comes_first_and_changes_do_not_disturb(void **state)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_store *store = fresh(state);

    for (int i = 0; i < 4; i++)
        assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_checkpoint_list_open(store, &list));
    assert_store(VS_OK, store, vs_checkpoint_list_next(list, &info));
    assert_int_equal(info->id, 4);
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 3));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_checkpoint_list_next(list, &info));
    assert_int_equal(info->id, 2);
    assert_int_equal(info->parent, 1);
    assert_store(VS_OK, store, vs_checkpoint_list_next(list, &info));
    assert_int_equal(info->id, 1);
    assert_store(VS_DONE, store, vs_checkpoint_list_next(list, &info));
    vs_checkpoint_list_close(list);
    vs_store_close(store);
}

static void a_parent_that_is_gone_is_none(void **state)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_store *store = fresh(state);

    for (int i = 0; i < 2; i++)
        assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 1));
    assert_store(VS_OK, store, vs_checkpoint_list_open(store, &list));
    assert_store(VS_OK, store, vs_checkpoint_list_next(list, &info));
    assert_int_equal(info->id, 2);
    assert_int_equal(info->parent, 0);
    vs_checkpoint_list_close(list);
    vs_store_close(store);
}

static vs_status walk(void *ctx)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_status st = vs_checkpoint_list_open(ctx, &list);

    while (st == VS_OK)
        st = vs_checkpoint_list_next(list, &info);
    vs_checkpoint_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}

/* Keys and tags so long that the texts grow with each. */
static void running_out_of_memory_is_an_error(void **state)
{
    static const char key[] =
        "a key of 120 bytes, a key of 120 bytes, a key of 120 bytes, a key of "
        "120 bytes, a key of 120 bytes, a key of 120 bytes.";
    static const char tag[] =
        "a-tag-of-120-bytes--a-tag-of-120-bytes--a-tag-of-120-bytes--a-tag-of-"
        "120-bytes--a-tag-of-120-bytes--a-tag-of-120-bytes-";
    const char *const tags[] = {tag, "b", NULL};
    const vs_metric loss = {key, 1};
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    vs_store *store = fresh(state);

    save.tags = tags;
    save.metrics = &loss;
    save.n_metrics = 1;
    for (int i = 0; i < 3; i++)
        assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    assert_true(test_each_allocation_failing(walk, store, false) > 5);
    vs_store_close(store);
}

#define MIB(n, digit) \
    "replace(hex(zeroblob(" #n " * 524288)), '0', '" digit "')"

/* Nobody can have written that much. */
static void texts_that_pass_their_limit_are_told(void **state)
{
    static const struct {
        const char *sql;
        const char *words;
    } cases[] = {
        {"UPDATE checkpoint SET message = " MIB(21, "x") SCENE_SEAL,
         "above a limit"}, /* a row of the engine's */
        {"UPDATE origin SET program = " MIB(
             19,
             "x") "; UPDATE checkpoint SET "
                  "message = program FROM origin; INSERT INTO metric SELECT 1, "
                  "k, 0, "
                  "record(1, 0, k) FROM (SELECT " MIB(
                      19,
                      "a") " AS k UNION ALL SELECT " MIB(19,
                                                         "b") ")" SCENE_SEAL,
         "checkpoint 1: its texts pass 67108864 bytes"},
    };
    const char *path = test_path(state, "h.db");
    size_t n = 0;
    void *whole;
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    vs_store_close(store);
    whole = test_read_file(path, &n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const vs_checkpoint_info *info = NULL;
        vs_checkpoint_list *list = NULL;

        test_write_file(path, whole, n);
        scene_sql(path, cases[i].sql);
        store = test_open(path, VS_OPEN_READ);
        assert_store(VS_OK, store, vs_checkpoint_list_open(store, &list));
        assert_store(VS_ERR_TOOBIG, store,
                     vs_checkpoint_list_next(list, &info));
        if (strstr(vs_store_error(store)->message, cases[i].words) == NULL)
            fail_msg("%s", vs_store_error(store)->message);
        assert_null(info);
        vs_checkpoint_list_close(list);
        vs_store_close(store);
    }
    free(whole);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(an_empty_history_is_done_at_once),
        IN_DIR(everything_that_was_given_comes_back),
        IN_DIR(the_newest_comes_first_and_changes_do_not_disturb),
        IN_DIR(a_parent_that_is_gone_is_none),
        IN_DIR(running_out_of_memory_is_an_error),
        IN_DIR(texts_that_pass_their_limit_are_told),
    };

    return cmocka_run_group_tests_name("service.history", tests, NULL, NULL);
}
