/* test_inventory.c - service/inventory: values and the names they go by. */
#include "scene.h"

#include <stdio.h>
#include <string.h>

#include "model/store.h"
#include "service/inventory.h"

/* Takes an inventory and gives it as text: "name@version ... name=target". */
static vs_status take(vs_store *store, const char *scope, int64_t checkpoint,
                      char *text, size_t cap)
{
    struct vs__inventory in = {.n = 0};
    struct vs__subset subset;
    size_t n = 0;
    vs_status st;

    assert_ok(vs__subset_make(&subset, scope, NULL));
    assert_ok(vs__store_begin(store, VS_TXN_READ));
    st = vs__inventory_take(&in, store, &subset, checkpoint);
    assert_status(st, vs__store_end(store, st));
    text[0] = '\0';
    for (size_t i = 0; st == VS_OK && i < in.n; i++)
        n +=
            (size_t)snprintf(text + n, cap - n, "%s@%lld ", in.holdings[i].name,
                             (long long)in.holdings[i].version);
    for (size_t i = 0; st == VS_OK && i < in.n_ties; i++)
        n += (size_t)snprintf(text + n, cap - n, "%s=%s ", in.ties[i].name,
                              in.ties[i].target);
    if (st == VS_OK)
        (void)snprintf(text + n, cap - n, "%lld %lld", (long long)in.n_bytes,
                       (long long)in.step);
    vs__inventory_done(&in);
    return st;
}

static void each_variable_is_listed_once_under_its_first_name(void **state)
{
    vs_store *store = scene_make(test_path(state, "i.db"));
    char text[512];

    assert_ok(take(store, NULL, 0, text, sizeof text));
    assert_string_equal(text, "a/large@6 a/small@5 c/twin@3 b/tied=a/large "
                              "24048 -1");
    assert_ok(take(store, NULL, 1, text, sizeof text));
    assert_string_equal(text, "a/large@2 a/small@1 c/twin@3 d/gone@4 "
                              "b/tied=a/large 32048 10");
    vs_store_close(store);
}

static void without_its_first_name_the_next_one_stands_for_it(void **state)
{
    vs_store *store = scene_make(test_path(state, "i.db"));
    char text[512];

    assert_store(VS_OK, store, vs_variable_alias(store, "a/large", "b/also"));
    assert_ok(take(store, "b", 0, text, sizeof text));
    assert_string_equal(text, "b/also@6 b/tied=b/also 12000 -1");
    assert_ok(take(store, "b/tied", 1, text, sizeof text));
    assert_string_equal(text, "b/tied@2 12000 10");
    vs_store_close(store);
}

static void nothing_is_not_found(void **state)
{
    vs_store *store = scene_make(test_path(state, "i.db"));
    char text[512];

    assert_status(VS_ERR_NOTFOUND, take(store, "z", 0, text, sizeof text));
    assert_status(VS_ERR_NOTFOUND, take(store, "d", 0, text, sizeof text));
    assert_status(VS_ERR_NOTFOUND, take(store, NULL, 3, text, sizeof text));
    assert_status(VS_ERR_NOTFOUND, take(store, NULL, -1, text, sizeof text));
    vs_store_close(store);
}

static void a_damaged_checkpoint_is_no_state(void **state)
{
    const char *path = test_path(state, "i.db");
    vs_store *store;
    char text[512];

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE checkpoint_variable SET version = 5 "
                    "WHERE checkpoint = 1 AND version = 1");
    store = test_open(path, VS_OPEN_READ);
    assert_status(VS_ERR_CORRUPT, take(store, NULL, 1, text, sizeof text));
    assert_ok(take(store, NULL, 2, text, sizeof text));
    vs_store_close(store);
}

static vs_status take_first(void *ctx)
{
    char text[512];

    return take(ctx, NULL, 1, text, sizeof text);
}

static void running_out_of_memory_is_an_error(void **state)
{
    const char *path = test_path(state, "i.db");
    vs_store *store;

    vs_store_close(scene_make(path));
    store = test_open(path, VS_OPEN_READ);
    assert_true(test_each_allocation_failing(take_first, store, false) > 3);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(each_variable_is_listed_once_under_its_first_name),
        IN_DIR(without_its_first_name_the_next_one_stands_for_it),
        IN_DIR(nothing_is_not_found),
        IN_DIR(a_damaged_checkpoint_is_no_state),
        IN_DIR(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("service.inventory", tests, NULL, NULL);
}
