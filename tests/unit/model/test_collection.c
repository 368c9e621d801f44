/* test_collection.c - model/collection: keys that cannot be, and collections
 * that nothing is in.
 */
#include "stores.h"

#include <string.h>

#include "failing.h"

static size_t n_keys(vs_store *store, const char *name)
{
    const char *const *keys = NULL;
    vs_variable *v = NULL;
    size_t n = 0;

    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    assert_store(VS_OK, store, vs_variable_collections(v, &keys));
    while (keys[n] != NULL)
        n++;
    vs_variable_free(v);
    return n;
}

static void assert_no_key(vs_store *store, const char *key, const char *words)
{
    assert_store(VS_ERR_NAME, store, vs_collection_add(store, key, "a"));
    assert_non_null(strstr(vs_store_error(store)->message, words));
    assert_store(VS_ERR_NAME, store, vs_collection_remove(store, key, "a"));
}

static void a_key_has_one_byte_to_as_many_as_a_name(void **state)
{
    vs_store *store = test_open(test_path(state, "c.db"), VS_OPEN_CREATE_NEW);
    char key[VS_NAME_MAX + 2];

    vs_variable_free(test_iota(store, "a", vs_shape_1d(3)));
    memset(key, 'k', sizeof key);
    key[VS_NAME_MAX + 1] = '\0';
    assert_no_key(store, NULL, "has 0 bytes, want 1 to");
    assert_no_key(store, "", "has 0 bytes, want 1 to");
    assert_no_key(store, key, "has 1024 bytes, want 1 to 1023");
    key[VS_NAME_MAX] = '\0';
    assert_store(VS_OK, store, vs_collection_add(store, key, "a"));
    key[1] = '\0';
    assert_store(VS_OK, store, vs_collection_add(store, key, "a"));
    assert_int_equal(n_keys(store, "a"), 4);
    vs_store_close(store);
}

static void a_variable_can_be_in_none(void **state)
{
    static const char *const usual[] = {"variables", "trainable_variables"};
    vs_store *store = test_open(test_path(state, "c.db"), VS_OPEN_CREATE_NEW);

    vs_variable_free(test_iota(store, "a", vs_shape_1d(3)));
    assert_int_equal(n_keys(store, "a"), 2);
    for (int i = 0; i < 2; i++)
        assert_store(VS_OK, store, vs_collection_remove(store, usual[i], "a"));
    assert_int_equal(n_keys(store, "a"), 0);
    test_sound(store);
    vs_store_close(store);
}

/* What is asked of the store for it fails in its turn: it is told, and none is
 * taken for no answer. */
static void a_store_that_does_not_answer_is_told(void **state)
{
    vs_store *store = test_open(test_path(state, "c.db"), VS_OPEN_CREATE_NEW);
    const char *const *keys = NULL;
    vs_variable *v = test_iota(store, "a", vs_shape_1d(3));
    int n = 0;

    assert_store(VS_OK, store, vs_collection_remove(store, "variables", "a"));
    assert_store(VS_OK, store,
                 vs_collection_remove(store, "trainable_variables", "a"));
    for (bool struck = true; struck; n++) {
        vs_status st;

        failing_begin(FAILING_STATEMENT, n + 1, false);
        st = vs_variable_collections(v, &keys);
        struck = failing_end();
        assert_store(struck ? VS_ERR_IO : VS_OK, store, st);
    }
    assert_in_range(n, 5, 20);
    assert_null(keys[0]);
    vs_variable_free(v);
    vs_store_close(store);
}

int main(void)
{
#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)
    const struct CMUnitTest tests[] = {
        with_dir(a_key_has_one_byte_to_as_many_as_a_name),
        with_dir(a_variable_can_be_in_none),
        with_dir(a_store_that_does_not_answer_is_told),
    };

    return cmocka_run_group_tests_name("model.collection", tests, NULL, NULL);
}
