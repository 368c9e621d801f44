/* test_tag.c - service/tag: putting tags on checkpoints and taking them off. */
#include "stores.h"

static vs_store *with_two(void **state)
{
    vs_store *store = test_open(test_path(state, "t.db"), VS_OPEN_CREATE_NEW);

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    return store;
}

static void a_tag_can_be_moved(void **state)
{
    vs_store *store = with_two(state);
    int64_t id = 0;

    assert_store(VS_OK, store, vs_tag_set(store, "best", 1));
    assert_store(VS_OK, store, vs_checkpoint_find(store, "best", &id));
    assert_int_equal(id, 1);
    assert_store(VS_OK, store, vs_tag_set(store, "best", 2));
    assert_store(VS_OK, store, vs_checkpoint_find(store, "best", &id));
    assert_int_equal(id, 2);
    test_sound(store);
    vs_store_close(store);
}

static void a_removed_tag_leads_nowhere(void **state)
{
    vs_store *store = with_two(state);
    int64_t id = 7;

    assert_store(VS_OK, store, vs_tag_set(store, "best", 1));
    assert_store(VS_OK, store, vs_tag_remove(store, "best"));
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_checkpoint_find(store, "best", &id));
    assert_int_equal(id, 7);
    vs_store_close(store);
}

static void tags_need_a_checkpoint_and_a_name(void **state)
{
    vs_store *store = with_two(state);

    assert_store(VS_ERR_NOTFOUND, store, vs_tag_set(store, "best", 3));
    assert_store(VS_ERR_NAME, store, vs_tag_set(store, "latest", 1));
    assert_store(VS_ERR_NAME, store, vs_tag_set(store, NULL, 1));
    assert_store(VS_ERR_NOTFOUND, store, vs_tag_remove(store, "best"));
    assert_store(VS_ERR_NAME, store, vs_tag_remove(store, "12"));
    vs_store_close(store);
}

static void a_store_for_reading_takes_no_tags(void **state)
{
    vs_store *store = with_two(state);

    vs_store_close(store);
    store = test_open(test_path(state, "t.db"), VS_OPEN_READ);
    assert_store(VS_ERR_READONLY, store, vs_tag_set(store, "best", 1));
    assert_store(VS_ERR_READONLY, store, vs_tag_remove(store, "best"));
    vs_store_close(store);
}

static vs_status set_and_remove(void *ctx)
{
    vs_status st = vs_tag_set(ctx, "best", 1);

    return st == VS_OK ? vs_tag_remove(ctx, "best") : st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    vs_store *store = with_two(state);

    (void)test_each_allocation_failing(set_and_remove, store, false);
    test_sound(store);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_tag_can_be_moved),
        IN_DIR(a_removed_tag_leads_nowhere),
        IN_DIR(tags_need_a_checkpoint_and_a_name),
        IN_DIR(a_store_for_reading_takes_no_tags),
        IN_DIR(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("service.tag", tests, NULL, NULL);
}
