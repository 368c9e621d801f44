/* test_parts.c - partitioned variables. */
#include "stores.h"

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "s.db"), VS_OPEN_CREATE_NEW);
}

static void bad_partitioners_are_refused(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(3);
    vs_variable_spec spec = {.shape = &shape};

    spec.partitioner = vs_fixed_size_partitioner(0, 0);
    assert_store(VS_ERR_MISUSE, store,
                 vs_variable_create(store, "w", &spec, NULL));
    spec.partitioner = vs_fixed_size_partitioner(2, 1);
    assert_store(VS_ERR_SHAPE, store,
                 vs_variable_create(store, "w", &spec, NULL));
    spec.partitioner = vs_fixed_size_partitioner(2, 0);
    assert_store(VS_ERR_UNSUPPORTED, store,
                 vs_variable_create(store, "w", &spec, NULL));
    vs_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bad_partitioners_are_refused,
                                        test_dir_setup, test_dir_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
