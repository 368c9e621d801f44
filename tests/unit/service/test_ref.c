/* test_ref.c - service/ref: finding checkpoints by what people write. */
#include "stores.h"

#include <string.h>

/* Checkpoints 1 to 5 with steps 100, 200, 200, none, 0; 2 is deleted; "best"
 * is on 3, "1a" on 4. */
static vs_store *history(void **state)
{
    static const int64_t steps[] = {100, 200, 200, VS_NO_STEP, 0};
    vs_store *store = test_open(test_path(state, "r.db"), VS_OPEN_CREATE_NEW);

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        vs_save_options save = VS_SAVE_OPTIONS_INIT;

        save.step = steps[i];
        assert_store(VS_OK, store, vs_checkpoint_save(store, &save, NULL));
    }
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 2));
    assert_store(VS_OK, store, vs_tag_set(store, "best", 3));
    assert_store(VS_OK, store, vs_tag_set(store, "1a", 4));
    return store;
}

static void every_form_is_found(void **state)
{
    static const struct {
        const char *ref;
        int64_t id;
    } cases[] = {
        {"1", 1},        {"@3", 3},       {"003", 3},      {"latest", 5},
        {"@latest", 5},  {"latest~0", 5}, {"latest~1", 4}, {"latest~2", 3},
        {"latest~3", 1}, {"step:200", 3}, {"step:100", 1}, {"step:0", 5},
        {"best", 3},     {"@best~1", 1},  {"1a", 4},       {"4~2", 1},
        {"step:0~1", 4},
    };
    vs_store *store = history(state);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t id = 0;

        assert_store(VS_OK, store,
                     vs_checkpoint_find(store, cases[i].ref, &id));
        assert_int_equal(id, cases[i].id);
    }
    vs_store_close(store);
}

static void what_is_not_there_is_not_found(void **state)
{
    static const char *const refs[] = {
        "2", "6", "0", "step:7", "worst", "latest~4", "1~1", "best~2", "2~1"};
    vs_store *store = history(state);

    for (size_t i = 0; i < sizeof refs / sizeof refs[0]; i++) {
        int64_t id = -1;

        assert_store(VS_ERR_NOTFOUND, store,
                     vs_checkpoint_find(store, refs[i], &id));
        assert_int_equal(id, -1);
    }
    vs_store_close(store);
}

static void what_is_no_reference_is_misuse(void **state)
{
    static const char *const refs[] = {"",
                                       "@",
                                       "~1",
                                       "latest~",
                                       "latest~x",
                                       "latest~1~1",
                                       "step:",
                                       "step:x",
                                       "step:-1",
                                       "a b",
                                       "a/b",
                                       "@@best",
                                       "latest~99999999999999999999"};
    vs_store *store = history(state);
    char longest[400];
    int64_t id = -1;

    for (size_t i = 0; i < sizeof refs / sizeof refs[0]; i++)
        assert_store(VS_ERR_MISUSE, store,
                     vs_checkpoint_find(store, refs[i], &id));
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_store(VS_ERR_MISUSE, store, vs_checkpoint_find(store, longest, &id));
    assert_store(VS_ERR_MISUSE, store, vs_checkpoint_find(store, NULL, &id));
    assert_true(strlen(vs_store_error(store)->hint) > 0);
    assert_int_equal(id, -1);
    vs_store_close(store);
}

static void a_number_beyond_all_is_misuse_or_not_found(void **state)
{
    vs_store *store = history(state);
    int64_t id = -1;

    assert_store(VS_ERR_NOTFOUND, store,
                 vs_checkpoint_find(store, "9223372036854775807", &id));
    assert_store(VS_ERR_MISUSE, store,
                 vs_checkpoint_find(store, "9223372036854775808", &id));
    vs_store_close(store);
}

static void an_empty_history_has_no_latest(void **state)
{
    vs_store *store = test_open(test_path(state, "r.db"), VS_OPEN_CREATE_NEW);
    int64_t id = -1;

    assert_store(VS_ERR_NOTFOUND, store,
                 vs_checkpoint_find(store, "latest", &id));
    assert_int_equal(id, -1);
    vs_store_close(store);
}

static vs_status find(void *ctx)
{
    int64_t id;
    vs_status st = vs_checkpoint_find(ctx, "best~1", &id);

    return st == VS_OK ? vs_checkpoint_find(ctx, "step:200", &id) : st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    vs_store *store = history(state);

    vs_store_close(store);
    store = test_open(test_path(state, "r.db"), VS_OPEN_READ);
    assert_true(test_each_allocation_failing(find, store, true) > 0);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(every_form_is_found),
        IN_DIR(what_is_not_there_is_not_found),
        IN_DIR(what_is_no_reference_is_misuse),
        IN_DIR(a_number_beyond_all_is_misuse_or_not_found),
        IN_DIR(an_empty_history_has_no_latest),
        IN_DIR(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("service.ref", tests, NULL, NULL);
}
