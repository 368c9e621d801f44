/* test_variable_refused.c - model/variable: writes that are refused before
 * anything of the value is asked for, and slices of what a handle keeps.
 */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

#define MANY 5000 /* elements: more than is kept without chunks */

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "v.db"), VS_OPEN_CREATE_NEW);
}

static vs_status count_calls(int64_t first, int64_t n, void *dst, void *ctx)
{
    int *n_calls = ctx;

    (void)first;
    ++*n_calls;
    memset(dst, 0, (size_t)n * sizeof(float));
    return VS_OK;
}

/* A large value is computed before the write lock is taken, unless it is known
 * that it cannot be written. */
static void refuses(vs_variable *v, const char *words)
{
    vs_store *store = vs_variable_store(v);
    int n_calls = 0;
    float *values = test_read_f32(v);
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);

    assert_store(VS_ERR_READONLY, store,
                 vs_variable_write_from(v, (vs_source){count_calls, &n_calls}));
    assert_non_null(strstr(vs_store_error(store)->message, words));
    assert_int_equal(n_calls, 0);
    assert_store(VS_ERR_READONLY, store, vs_variable_write(v, &view));
    assert_non_null(strstr(vs_store_error(store)->message, words));
    free(values);
}

static void a_value_of_a_checkpoint_is_not_written_over(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;

    vs_variable_free(test_iota(store, "w", vs_shape_1d(MANY)));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_open_at(store, 1, "w", &v));
    refuses(v, "variable w: a value in checkpoint 1 cannot be written");
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void nor_is_one_in_a_store_open_for_reading(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;

    vs_variable_free(test_iota(store, "w", vs_shape_1d(MANY)));
    vs_store_close(store);
    store = test_open(test_path(state, "v.db"), VS_OPEN_READ);
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    refuses(v, "opened for reading only");
    vs_variable_free(v);
    vs_store_close(store);
}

static void a_swap_needs_a_value_that_fits(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(3));
    const vs_shape four = vs_shape_1d(4);
    float values[4] = {9, 9, 9, 9};
    const vs_view view = vs_view_of(VS_F32, &four, values);
    int64_t was = 0;
    int64_t is = 0;

    assert_store(VS_OK, store, vs_variable_version(v, &was));
    assert_store(VS_ERR_SHAPE, store,
                 vs_variable_compare_and_swap(v, was, &view, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "variable w"));
    assert_non_null(strstr(vs_store_error(store)->message, "[4]"));
    assert_non_null(strstr(vs_store_error(store)->message, "[3]"));
    assert_store(VS_OK, store, vs_variable_version(v, &is));
    assert_int_equal(was, is);
    vs_variable_free(v);
    vs_store_close(store);
}

/* The handle keeps whole values. */
static void a_slice_of_a_cached_value_is_that_of_now(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_constant(3),
                                   .caching_device = "memory"};
    const vs_slice slice = vs_slice_rows(&shape, 1, 2);
    const vs_shape two = vs_shape_1d(2);
    float some[2] = {0, 0};
    float all[4] = {5, 6, 7, 8};
    const vs_view into = vs_view_of(VS_F32, &two, some);
    const vs_view from = vs_view_of(VS_F32, &shape, all);
    vs_context *ctx = NULL;
    vs_variable *v = NULL;
    vs_variable *other = NULL;
    float *values;

    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_get_variable(ctx, "w", &spec, &v));
    values = test_read_f32(v); /* which is kept */
    assert_true(values[1] == 3);
    free(values);
    assert_store(VS_OK, store, vs_variable_read_slice(v, &slice, &into));
    assert_true(some[0] == 3 && some[1] == 3);
    assert_store(VS_OK, store, vs_variable_open(store, "w", &other));
    assert_store(VS_OK, store, vs_variable_write(other, &from));
    assert_store(VS_OK, store, vs_variable_read_slice(v, &slice, &into));
    assert_true(some[0] == 6 && some[1] == 7);
    vs_variable_free(other);
    vs_variable_free(v);
    vs_context_free(ctx);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_value_of_a_checkpoint_is_not_written_over),
        with_dir(nor_is_one_in_a_store_open_for_reading),
        with_dir(a_swap_needs_a_value_that_fits),
        with_dir(a_slice_of_a_cached_value_is_that_of_now),
    };

    return cmocka_run_group_tests_name("model.variable_refused", tests, NULL,
                                       NULL);
}
