/* test_cut.c - model/cut: for which shape the first value of a part is made,
 * where parts are drawn one by one.
 */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

static const float list[] = {1, 2, 3, 4};
static const vs_shape four = {1, {4}};

/* A whole, cut in two along an axis. `alone`: made for each part as if that were
 * all there is. */
struct drawn {
    vs_initializer init;
    vs_shape whole;
    vs_shape part;
    int axis;
    bool alone;
    bool stored; /* so that it can be deferred */
};

static float *value_of(vs_store *store, const char *name,
                       const vs_variable_spec *spec, int64_t part)
{
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, vs_variable_create(store, name, spec, &v));
    if (spec->deferred == VS_YES)
        assert_store(VS_OK, store, vs_variable_initialize(v, NULL));
    values = test_read_f32(part < 0 ? v : vs_variable_part(v, part));
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_variable_delete(store, name));
    return values;
}

static void try_drawn(vs_store *store, const struct drawn *d)
{
    const vs_variable_spec plain = {.shape = &d->part, .initializer = d->init};
    vs_variable_spec cut = {.shape = &d->whole,
                            .initializer = d->init,
                            .partitioner =
                                vs_fixed_size_partitioner(2, d->axis)};
    float *want = value_of(store, "plain", &plain, -1);
    int64_t n = 0;

    assert_ok(vs_shape_count(&d->part, &n));
    cut.partitioner.per_part = true;
    for (int i = 0; i < (d->stored ? 4 : 2); i++) {
        float *have;

        cut.deferred = i < 2 ? VS_NO : VS_YES;
        have = value_of(store, "cut", &cut, i % 2);
        assert_int_equal(memcmp(have, want, (size_t)n * sizeof *want) == 0,
                         d->alone);
        free(have);
    }
    free(want);
}

/* Fans follow from the whole; what must be orthogonal, and a list, does not. */
static void parts_that_are_drawn_have_the_fans_of_the_whole(void **state)
{
    const vs_view value = vs_view_const(VS_F32, &four, list);
    const struct drawn all[] = {
        {vs_glorot_uniform(3), {2, {4, 6}}, {2, {4, 3}}, 1, false, true},
        {vs_orthogonal(1, 3), {2, {4, 6}}, {2, {4, 3}}, 1, true, true},
        {vs_delta_orthogonal(1, 3),
         {3, {3, 2, 4}},
         {3, {3, 1, 4}},
         1,
         true,
         true},
        {vs_constant_list(&value), {1, {8}}, four, 0, true, false},
    };
    vs_store *store = test_open(test_path(state, "c.db"), VS_OPEN_CREATE_NEW);

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        try_drawn(store, &all[i]);
    test_sound(store);
    vs_store_close(store);
}

/* It fits into the whole. */
static void a_list_begins_anew_and_must_fit_into_each_part(void **state)
{
    const vs_view value = vs_view_const(VS_F32, &four, list);
    const vs_shape six = vs_shape_1d(6);
    vs_variable_spec cut = {.shape = &six,
                            .initializer = vs_constant_list(&value),
                            .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_store *store = test_open(test_path(state, "c.db"), VS_OPEN_CREATE_NEW);
    vs_variable *v = NULL;

    cut.partitioner.per_part = true;
    assert_store(VS_ERR_SHAPE, store,
                 vs_variable_create(store, "v", &cut, NULL));
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, "v", &v));
    cut.partitioner.per_part = false;
    assert_store(VS_OK, store, vs_variable_create(store, "v", &cut, NULL));
    vs_store_close(store);
}

/* Unless they are drawn, parts are slices of the whole, a list's too. */
static void parts_that_are_cut_are_slices_of_the_whole(void **state)
{
    static const float want[] = {4, 4, 4, 4};
    const vs_view value = vs_view_const(VS_F32, &four, list);
    const vs_shape eight = vs_shape_1d(8);
    const vs_variable_spec cut = {.shape = &eight,
                                  .initializer = vs_constant_list(&value),
                                  .partitioner =
                                      vs_fixed_size_partitioner(2, 0)};
    vs_store *store = test_open(test_path(state, "c.db"), VS_OPEN_CREATE_NEW);
    float *have = value_of(store, "cut", &cut, 1);

    assert_memory_equal(have, want, sizeof want);
    free(have);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(parts_that_are_drawn_have_the_fans_of_the_whole),
        with_dir(a_list_begins_anew_and_must_fit_into_each_part),
        with_dir(parts_that_are_cut_are_slices_of_the_whole),
    };

    return cmocka_run_group_tests_name("model.cut", tests, NULL, NULL);
}
