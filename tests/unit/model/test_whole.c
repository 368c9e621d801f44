/* test_whole.c - partitioned variables: made, found, read and written as one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stores.h"

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "s.db"), VS_OPEN_CREATE_NEW);
}

/* A store whose chunks are so small that a part has several. */
static vs_store *small_chunks(void **state)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096};
    vs_store *store = NULL;
    vs_error err;

    assert_ok(vs_store_open(test_path(state, "s.db"), &options, &store, &err));
    return store;
}

/* A partitioned f32 variable with elements 0, 1, 2, ... of the whole. */
static vs_variable *iota(vs_store *store, const char *name, vs_shape shape,
                         int64_t parts, int axis)
{
    int64_t n = 0;
    float *values;
    vs_view view;
    vs_variable_spec spec = {0};
    vs_variable *v = NULL;

    assert_ok(vs_shape_count(&shape, &n));
    values = malloc((size_t)n * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < n; i++)
        values[i] = (float)i;
    view = vs_view_of(VS_F32, &shape, values);
    spec.initializer = vs_value(&view);
    spec.partitioner = vs_fixed_size_partitioner(parts, axis);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
    free(values);
    return v;
}

/* Asserts that a f32 variable holds these `n` numbers. */
static void assert_values(vs_variable *v, const float *want, size_t n)
{
    float *have = test_read_f32(v);

    assert_memory_equal(have, want, n * sizeof *want);
    free(have);
}

static void assert_iota(vs_variable *v)
{
    int64_t n = 0;
    float *have = test_read_f32(v);

    assert_ok(vs_shape_count(vs_variable_shape(v), &n));
    for (int64_t i = 0; i < n; i++)
        assert_true(have[i] == (float)i);
    free(have);
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
    vs_store_close(store);
}

static void parts_are_variables_of_their_own(void **state)
{
    static const float second[] = {4, 5, 6, 7};
    vs_store *store = fresh(state);
    vs_variable *v = iota(store, "a/w", vs_shape_2d(5, 2), 3, 0);
    vs_variable *part = NULL;
    const vs_variable_info *info = NULL;
    vs_slice slice;

    assert_int_equal(vs_variable_n_parts(v), 3);
    assert_int_equal(vs_variable_ordinal(v), -1);
    assert_null(vs_variable_part(v, 3));
    assert_null(vs_variable_part(v, -1));
    assert_string_equal(vs_variable_name(vs_variable_part(v, 1)), "a/w/part_1");
    assert_store(VS_OK, store, vs_variable_open(store, "a/w/part_1", &part));
    assert_int_equal(vs_variable_n_parts(part), 0);
    assert_int_equal(vs_variable_ordinal(part), 1);
    assert_ok(vs_partition_part(vs_variable_partition(part), 1, &slice, NULL));
    assert_int_equal(slice.start[0], 2);
    assert_true(vs_variable_same(part, vs_variable_part(v, 1)));
    assert_values(part, second, 4);
    assert_store(VS_OK, store, vs_variable_describe(part, &info));
    assert_string_equal(info->slice, "5 2 2,2:0,2");
    assert_int_equal(info->part, 1);
    assert_int_equal(info->n_parts, 3);
    vs_variable_free(part);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void a_whole_is_found_again_and_described(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = iota(store, "w", vs_shape_2d(3, 7), 4, 1);
    vs_variable *again = NULL;
    const vs_variable_info *info = NULL;
    const vs_shape shape = vs_shape_2d(3, 7);
    vs_stats stats;
    int64_t version = 0;
    vs_variable *plain = test_iota(store, "p", shape);

    assert_store(VS_OK, store, vs_variable_open(store, "w:0", &again));
    assert_true(vs_variable_same(v, again));
    assert_false(vs_variable_same(v, vs_variable_part(v, 0)));
    assert_true(vs_shape_equal(vs_variable_shape(again), &shape));
    assert_iota(again);
    assert_store(VS_OK, store, vs_variable_describe(again, &info));
    assert_string_equal(info->name, "w");
    assert_null(info->alias_of);
    assert_null(info->slice);
    assert_int_equal(info->part, -1);
    assert_int_equal(info->n_parts, 4);
    assert_int_equal(info->n_elements, 21);
    assert_int_equal(info->n_bytes, 84);
    assert_store(VS_OK, store, vs_variable_version(again, &version));
    assert_int_equal(info->version, version);
    assert_store(VS_OK, store, vs_variable_stats(again, &stats));
    assert_int_equal(stats.count, 21);
    assert_true(stats.max == 20);
    assert_store(VS_OK, store, vs_variable_describe(plain, &info));
    assert_int_equal(info->part, -1);
    assert_int_equal(info->n_parts, 0);
    assert_null(vs_variable_partition(plain));
    vs_variable_free(plain);
    vs_variable_free(again);
    vs_variable_free(v);
    vs_store_close(store);
}

/* Every slice of a small tensor, by every cut, against plain arithmetic. */
static void slices_of_any_cut_are_those_of_the_whole(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_3d(4, 5, 3);
    vs_variable *plain = test_iota(store, "plain", shape);
    static const char *const slices[] = {
        "...",        "1:3",         ":, 1:4",     "::2, ::3, ::2",
        ":, 4",       ":, 1::2, -1", "3, 2, 1",    "0:0",
        "1:, 3:, 1:", "2, :, 1",     ":, 2:2, :2", "1::2, 1:5:2, 0"};

    for (int axis = 0; axis < 3; axis++) {
        const char name[] = {(char)('a' + axis), '\0'};
        vs_variable *v = iota(store, name, shape, 3, axis);

        for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++) {
            float want[60];
            float have[60];
            vs_slice slice;
            vs_shape of;
            vs_view view;
            int64_t n = 0;

            assert_ok(vs_slice_parse(slices[i], &shape, &slice, NULL));
            of = vs_slice_shape(&slice);
            assert_ok(vs_shape_count(&of, &n));
            view = vs_view_of(VS_F32, &of, want);
            assert_store(VS_OK, store,
                         vs_variable_read_slice(plain, &slice, &view));
            view.data = have;
            assert_store(VS_OK, store,
                         vs_variable_read_slice(v, &slice, &view));
            assert_memory_equal(have, want, (size_t)n * sizeof have[0]);
            /* the same numbers, negated, in both; then back again */
            for (int64_t k = 0; k < n; k++)
                have[k] = -want[k];
            assert_store(VS_OK, store,
                         vs_variable_write_slice(v, &slice, &view));
            assert_store(VS_OK, store,
                         vs_variable_read_slice(v, &slice, &view));
            for (int64_t k = 0; k < n; k++)
                assert_true(have[k] == -want[k]);
            view.data = want;
            assert_store(VS_OK, store,
                         vs_variable_write_slice(v, &slice, &view));
            assert_iota(v);
        }
        vs_variable_free(v);
    }
    vs_variable_free(plain);
    vs_store_close(store);
}

/* A source and a sink that count up, each asked in order. */
struct counter {
    int64_t next;
    float factor;
};

static vs_status count_fill(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct counter *c = ctx;
    float *to = dst;

    assert_int_equal(first, c->next);
    for (int64_t i = 0; i < n; i++)
        to[i] = c->factor * (float)(first + i);
    c->next += n;
    return VS_OK;
}

static vs_status count_take(int64_t first, int64_t n, const void *src,
                            void *ctx)
{
    struct counter *c = ctx;
    const float *from = src;

    assert_int_equal(first, c->next);
    for (int64_t i = 0; i < n; i++)
        assert_true(from[i] == c->factor * (float)(first + i));
    c->next += n;
    return VS_OK;
}

static void streams_go_through_any_cut_in_order(void **state)
{
    vs_store *store = small_chunks(state);
    const vs_shape shapes[] = {vs_shape_2d(70, 90), vs_shape_2d(3, 5),
                               vs_shape_3d(1, 4000, 2)};
    const struct counter zero = {0, 1};
    const struct counter twice = {0, 2};

    for (int i = 0; i < 3; i++) {
        for (int axis = 0; axis < 2; axis++) {
            const char name[] = {(char)('a' + i), (char)('a' + axis), '\0'};
            struct counter c = zero;
            const vs_source source = {count_fill, &c};
            const vs_sink sink = {count_take, &c};
            vs_variable_spec spec = {.shape = &shapes[i],
                                     .initializer = vs_from_source(source)};
            vs_variable *v = NULL;

            spec.partitioner = vs_fixed_size_partitioner(
                axis < shapes[i].rank && shapes[i].dims[axis] > 2 ? 3 : 1,
                axis);
            assert_store(VS_OK, store,
                         vs_variable_create(store, name, &spec, &v));
            c = zero;
            assert_store(VS_OK, store, vs_variable_read_to(v, sink));
            assert_iota(v);
            c = twice;
            assert_store(VS_OK, store, vs_variable_write_from(v, source));
            c = twice;
            assert_store(VS_OK, store, vs_variable_read_to(v, sink));
            vs_variable_free(v);
        }
    }
    test_sound(store);
    vs_store_close(store);
}

static vs_status stop(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)dst;
    (void)ctx;
    return first + n > 30 ? VS_ERR_CANCELLED : VS_OK;
}

static void a_source_that_stops_leaves_the_whole_as_it_was(void **state)
{
    vs_store *store = small_chunks(state);
    const vs_source source = {stop, NULL};
    const vs_shape shape = vs_shape_2d(40, 80);
    vs_variable_spec spec = {.shape = &shape,
                             .initializer = vs_from_source(source)};

    for (int axis = 0; axis < 2; axis++) {
        const char name[] = {(char)('a' + axis), '\0'};
        vs_variable *v = iota(store, name, shape, 3, axis);

        assert_store(VS_ERR_CANCELLED, store,
                     vs_variable_write_from(v, source));
        assert_iota(v);
        vs_variable_free(v);
        spec.partitioner = vs_fixed_size_partitioner(3, axis);
        assert_store(VS_ERR_CANCELLED, store,
                     vs_variable_create(store, "x", &spec, NULL));
        assert_store(VS_ERR_NOTFOUND, store,
                     vs_variable_open(store, "x/part_0", &v));
    }
    test_sound(store);
    vs_store_close(store);
}

static void whole_values_are_written_and_added_to(void **state)
{
    static const float want[] = {10, 21, 32, 43, 54, 65};
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(2, 3);
    float tens[6] = {10, 20, 30, 40, 50, 60};
    float turned[6];
    vs_view view = vs_view_of(VS_F32, &shape, tens);
    vs_variable *v = iota(store, "w", shape, 2, 1);
    int64_t version = 0;

    assert_store(VS_OK, store, vs_variable_assign_add(v, &view));
    assert_values(v, want, 6);
    assert_store(VS_OK, store, vs_variable_assign_sub(v, &view));
    assert_iota(v);
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    assert_values(v, tens, 6);
    view.data = turned; /* column by column */
    view.strides[0] = 1;
    view.strides[1] = 2;
    assert_store(VS_OK, store, vs_variable_read(v, &view));
    assert_true(turned[1] == 40 && turned[2] == 20 && turned[5] == 60);
    assert_store(VS_OK, store, vs_variable_version(v, &version));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_compare_and_swap(v, version, &view, NULL));
    vs_variable_free(v);
    vs_store_close(store);
}

static void a_slice_gives_only_the_parts_it_meets_new_versions(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(9);
    const vs_slice slice = vs_slice_rows(&shape, 3, 2);
    const vs_shape two = vs_shape_1d(2);
    float zeros[2] = {0, 0};
    const vs_view view = vs_view_of(VS_F32, &two, zeros);
    vs_variable *v = iota(store, "w", shape, 3, 0);
    int64_t before[3];

    for (int i = 0; i < 3; i++)
        assert_store(VS_OK, store,
                     vs_variable_version(vs_variable_part(v, i), &before[i]));
    assert_store(VS_OK, store, vs_variable_write_slice(v, &slice, &view));
    for (int i = 0; i < 3; i++) {
        int64_t after = 0;

        assert_store(VS_OK, store,
                     vs_variable_version(vs_variable_part(v, i), &after));
        assert_int_equal(after != before[i], i == 1);
    }
    vs_variable_free(v);
    vs_store_close(store);
}

/* Q14: how a variable is cut does not show in its first value. */
static void random_values_are_those_of_the_whole(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(12, 10);
    const vs_initializer initializers[] = {
        vs_random_uniform(-1, 1, 7), vs_truncated_normal(0, 1, 7),
        vs_he_normal(7), vs_orthogonal(1, 7), vs_identity(2)};

    for (size_t i = 0; i < 5; i++) {
        vs_variable_spec spec = {.shape = &shape,
                                 .initializer = initializers[i]};
        vs_variable *plain = NULL;
        float *want;

        assert_store(VS_OK, store,
                     vs_variable_create(store, "plain", &spec, &plain));
        want = test_read_f32(plain);
        for (int axis = 0; axis < 2; axis++) {
            vs_variable *v = NULL;

            spec.partitioner = vs_fixed_size_partitioner(5, axis);
            assert_store(VS_OK, store,
                         vs_variable_create(store, "w", &spec, &v));
            assert_values(v, want, 120);
            vs_variable_free(v);
            assert_store(VS_OK, store, vs_variable_delete(store, "w"));
        }
        free(want);
        vs_variable_free(plain);
        assert_store(VS_OK, store, vs_variable_delete(store, "plain"));
    }
    vs_store_close(store);
}

/* S93: TensorFlow's way, on request. */
static void parts_drawn_one_by_one_share_an_explicit_seed_only(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(6, 4);
    vs_variable_spec spec = {.shape = &shape,
                             .initializer = vs_random_normal(0, 1, 42)};

    spec.partitioner = vs_fixed_size_partitioner(2, 0);
    spec.partitioner.per_part = true;
    for (int seeded = 1; seeded >= 0; seeded--) {
        const char *name = seeded ? "seeded" : "unseeded";
        vs_variable *v = NULL;
        float *a;
        float *b;

        if (!seeded)
            spec.initializer = vs_random_normal(0, 1, VS_NO_SEED);
        assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
        a = test_read_f32(vs_variable_part(v, 0));
        b = test_read_f32(vs_variable_part(v, 1));
        assert_int_equal(memcmp(a, b, 12 * sizeof *a) == 0, seeded);
        free(a);
        free(b);
        vs_variable_free(v);
    }
    vs_store_close(store);
}

/* Deferred parts get the slices that they would have had. */
static void deferred_parts_get_the_same_values_later(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(6, 4);
    vs_variable_spec spec = {.shape = &shape,
                             .initializer = vs_random_normal(0, 1, 42)};

    for (int drawn = 0; drawn < 2; drawn++) {
        const char *name = drawn ? "drawn" : "cut";
        const vs_variable_info *info = NULL;
        vs_variable *v = NULL;
        float *want;
        float one[24];
        const vs_view view = vs_view_of(VS_F32, &shape, one);
        bool made = false;
        int64_t version;

        spec.partitioner = vs_fixed_size_partitioner(3, 1);
        spec.partitioner.per_part = drawn;
        spec.deferred = VS_NO;
        assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
        want = test_read_f32(v);
        vs_variable_free(v);
        assert_store(VS_OK, store, vs_variable_delete(store, name));
        spec.deferred = VS_YES;
        assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
        assert_store(VS_ERR_UNINITIALIZED, store,
                     vs_variable_version(v, &version));
        assert_store(VS_ERR_UNINITIALIZED, store, vs_variable_read(v, &view));
        assert_store(VS_ERR_UNINITIALIZED, store,
                     vs_variable_assign_add(v, &view));
        assert_store(VS_OK, store,
                     vs_variable_initialize(vs_variable_part(v, 1), &made));
        assert_true(made);
        assert_store(VS_OK, store, vs_variable_describe(v, &info));
        assert_int_equal(info->version, 0);
        assert_int_equal(info->n_bytes, 96);
        assert_store(VS_OK, store, vs_variable_initialize(v, &made));
        assert_true(made);
        assert_values(v, want, 24);
        assert_store(VS_OK, store, vs_variable_initialize(v, &made));
        assert_false(made);
        vs_variable_free(v);
        free(want);
    }
    test_sound(store);
    vs_store_close(store);
}

static void names_of_wholes_and_parts_exclude_each_other(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(4);
    vs_variable_spec plain = {.shape = &shape};
    vs_variable_spec cut = {.shape = &shape};

    cut.partitioner = vs_fixed_size_partitioner(2, 0);
    assert_store(VS_OK, store, vs_variable_create(store, "w", &cut, NULL));
    assert_store(VS_ERR_EXISTS, store,
                 vs_variable_create(store, "w", &cut, NULL));
    assert_store(VS_ERR_EXISTS, store,
                 vs_variable_create(store, "w", &plain, NULL));
    assert_store(VS_ERR_EXISTS, store,
                 vs_variable_create(store, "w/part_1", &plain, NULL));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_create(store, "w/part_2", &plain, NULL));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_create(store, "w/part_2", &cut, NULL));
    assert_store(VS_OK, store,
                 vs_variable_create(store, "w/part_02", &plain, NULL));
    assert_store(VS_OK, store, vs_variable_create(store, "p", &plain, NULL));
    assert_store(VS_ERR_EXISTS, store,
                 vs_variable_create(store, "p", &cut, NULL));
    /* E21: a stray name of a part, plain or partitioned itself */
    assert_store(VS_OK, store,
                 vs_variable_create(store, "q/part_7", &plain, NULL));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_create(store, "q", &cut, NULL));
    assert_store(VS_OK, store,
                 vs_variable_create(store, "r/part_0", &cut, NULL));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_create(store, "r", &cut, NULL));
    assert_store(VS_OK, store, vs_variable_create(store, "r", &plain, NULL));
    test_sound(store);
    vs_store_close(store);
}

static void one_part_is_partitioned_too(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = iota(store, "w", vs_shape_1d(3), 1, 0);

    assert_int_equal(vs_variable_n_parts(v), 1);
    assert_string_equal(vs_variable_name(vs_variable_part(v, 0)), "w/part_0");
    assert_iota(v);
    vs_variable_free(v);
    vs_store_close(store);
}

static vs_status make_and_use(void *ctx)
{
    const char *path = ctx;
    const vs_store_options options = {.mode = VS_OPEN_CREATE};
    const vs_shape shape = vs_shape_2d(40, 60);
    static float values[2400];
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable_spec spec = {.shape = &shape};
    const vs_variable_info *info;
    vs_store *store = NULL;
    vs_variable *v = NULL;
    vs_error err;
    vs_status st = vs_store_open(path, &options, &store, &err);

    spec.partitioner = vs_fixed_size_partitioner(3, 1);
    if (st == VS_OK)
        st = vs_variable_create(store, "w", &spec, NULL);
    if (st == VS_ERR_EXISTS) /* a run before this one came so far */
        st = VS_OK;
    if (st == VS_OK)
        st = vs_variable_open(store, "w", &v);
    if (st == VS_OK)
        st = vs_variable_read(v, &view);
    if (st == VS_OK)
        st = vs_variable_write(v, &view);
    if (st == VS_OK)
        st = vs_variable_describe(v, &info);
    vs_variable_free(v);
    if (st == VS_OK)
        st = vs_variable_delete(store, "w");
    vs_store_close(store);
    return st;
}

static void without_memory_nothing_is_left_behind(void **state)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s", test_path(state, "s.db"));
    assert_true(test_each_allocation_failing(make_and_use, path, false) > 10);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bad_partitioners_are_refused),
        TEST(parts_are_variables_of_their_own),
        TEST(a_whole_is_found_again_and_described),
        TEST(slices_of_any_cut_are_those_of_the_whole),
        TEST(streams_go_through_any_cut_in_order),
        TEST(a_source_that_stops_leaves_the_whole_as_it_was),
        TEST(whole_values_are_written_and_added_to),
        TEST(a_slice_gives_only_the_parts_it_meets_new_versions),
        TEST(random_values_are_those_of_the_whole),
        TEST(parts_drawn_one_by_one_share_an_explicit_seed_only),
        TEST(deferred_parts_get_the_same_values_later),
        TEST(names_of_wholes_and_parts_exclude_each_other),
        TEST(one_part_is_partitioned_too),
        TEST(without_memory_nothing_is_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
