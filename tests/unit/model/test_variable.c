/* test_variable.c - model/variable: creating, reading, writing values. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "v.db"), VS_OPEN_CREATE_NEW);
}

static void a_value_survives_closing_the_store(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "a/w", vs_shape_2d(700, 800));
    float *values;

    vs_variable_free(v);
    vs_store_close(store);
    store = test_open(test_path(state, "v.db"), VS_OPEN_READ);
    assert_store(VS_OK, store, vs_variable_open(store, "a/w", &v));
    assert_int_equal(vs_variable_dtype(v), VS_F32);
    assert_int_equal(vs_variable_shape(v)->dims[1], 800);
    values = test_read_f32(v);
    for (int i = 0; i < 700 * 800; i++)
        assert_true(values[i] == (float)i);
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

/* Round trip of random bytes for a dtype and number of elements. */
static void round_trip(vs_store *store, vs_dtype dtype, int64_t n)
{
    const vs_shape shape = vs_shape_1d(n);
    const size_t bytes = (size_t)n * vs_dtype_size(dtype);
    uint8_t *in = malloc(bytes + 1);
    uint8_t *out = malloc(bytes + 1);
    vs_view view = vs_view_of(dtype, &shape, in);
    vs_variable_spec spec = {.initializer = vs_value(&view)};
    char name[64];
    vs_variable *v = NULL;

    for (size_t i = 0; i < bytes; i++)
        in[i] =
            dtype == VS_BOOL ? (uint8_t)(rand() & 1) : (uint8_t)(rand() >> 7);
    (void)snprintf(name, sizeof name, "%s_%lld", vs_dtype_name(dtype),
                   (long long)n);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
    memset(out, 0xee, bytes + 1);
    view = vs_view_of(dtype, &shape, out);
    assert_store(VS_OK, store, vs_variable_read(v, &view));
    assert_memory_equal(in, out, bytes);
    assert_int_equal(out[bytes], 0xee);
    vs_variable_free(v);
    free(in);
    free(out);
}

static void every_dtype_and_size_comes_back_as_it_was(void **state)
{
    static const int64_t sizes[] = {0, 1, 63, 1024, 1025, 4097, 270000};
    vs_store *store = fresh(state);

    srand(1);
    for (int d = 1; d <= VS_N_DTYPES; d++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            round_trip(store, (vs_dtype)d, sizes[i]);
    test_sound(store);
    vs_store_close(store);
}

static void rank_16_and_scalars_work(void **state)
{
    vs_store *store = fresh(state);
    vs_shape shape = {16, {2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1}};
    vs_variable *v = test_iota(store, "deep", shape);
    float *values = test_read_f32(v);

    assert_true(values[255] == 255);
    free(values);
    vs_variable_free(v);
    v = test_iota(store, "scalar", vs_shape_scalar());
    values = test_read_f32(v);
    assert_true(values[0] == 0);
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

static void strided_memory_is_written_and_read_in_place(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_2d(3, 4));
    float transposed[4][3];
    vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), transposed);
    float *values;

    view.strides[0] = 1;
    view.strides[1] = 3;
    assert_store(VS_OK, store, vs_variable_read(v, &view));
    assert_true(transposed[3][1] == 7);
    transposed[3][1] = -1;
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    values = test_read_f32(v);
    assert_true(values[7] == -1);
    assert_true(values[6] == 6);
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

static void creating_twice_tells_who_was_first(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(2);
    vs_variable_spec spec = {.shape = &shape, .site = "train.c:7"};

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    assert_store(VS_ERR_EXISTS, store,
                 vs_variable_create(store, "w", &spec, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "already exists"));
    assert_non_null(strstr(vs_store_error(store)->message, "train.c:7"));
    assert_non_null(strstr(vs_store_error(store)->message, "test"));
    vs_store_close(store);
}

static void bad_specs_are_refused_and_leave_nothing(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape unknown = vs_shape_1d(VS_UNKNOWN);
    const vs_shape negative = vs_shape_1d(-7);
    const vs_shape huge = vs_shape_3d(INT64_MAX / 2, 3, 1);
    const vs_shape fine = vs_shape_1d(3);
    vs_shape deep = {70, {0}};
    vs_variable_spec spec = {.shape = NULL};
    vs_list *list = NULL;
    const vs_variable_info *info;

    assert_store(VS_ERR_NEEDSHAPE, store,
                 vs_variable_create(store, "w", &spec, NULL));
    spec.shape = &unknown;
    assert_store(VS_ERR_NEEDSHAPE, store,
                 vs_variable_create(store, "w", &spec, NULL));
    spec.shape = &negative;
    assert_store(VS_ERR_SHAPE, store,
                 vs_variable_create(store, "w", &spec, NULL));
    spec.shape = &deep;
    assert_store(VS_ERR_SHAPE, store,
                 vs_variable_create(store, "w", &spec, NULL));
    spec.shape = &huge;
    assert_int_not_equal(VS_OK, vs_variable_create(store, "w", &spec, NULL));
    spec.shape = &fine;
    spec.dtype = (vs_dtype)99;
    assert_store(VS_ERR_DTYPE, store,
                 vs_variable_create(store, "w", &spec, NULL));
    spec.dtype = VS_C64;
    assert_store(VS_ERR_INITIALIZER, store,
                 vs_variable_create(store, "w", &spec, NULL));
    spec.dtype = VS_F32;
    assert_store(VS_ERR_NAME, store,
                 vs_variable_create(store, "a//w", &spec, NULL));
    assert_store(VS_OK, store, vs_list_open(store, NULL, &list));
    assert_status(VS_DONE, vs_list_next(list, &info));
    vs_list_close(list);
    vs_store_close(store);
}

static void unseeded_initializers_follow_name_and_store_seed(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(5000);
    vs_variable_spec spec = {.shape = &shape,
                             .initializer = vs_random_normal(0, 1, VS_NO_SEED)};
    float *expected = malloc(5000 * sizeof *expected);
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, vs_variable_create(store, "a/w", &spec, &v));
    assert_ok(vs_initializer_fill(&spec.initializer, "a/w", 42, VS_F32, &shape,
                                  expected, NULL));
    values = test_read_f32(v);
    assert_memory_equal(values, expected, 5000 * sizeof *expected);
    free(values);
    free(expected);
    vs_variable_free(v);
    vs_store_close(store);
}

static void wrong_views_are_refused_with_both_sides(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_2d(2, 3));
    const vs_shape other = vs_shape_2d(3, 2);
    float values[6] = {0};
    vs_view view = vs_view_of(VS_F32, &other, values);

    assert_store(VS_ERR_SHAPE, store, vs_variable_write(v, &view));
    assert_non_null(strstr(vs_store_error(store)->message, "[2,3]"));
    assert_non_null(strstr(vs_store_error(store)->message, "[3,2]"));
    assert_store(VS_ERR_SHAPE, store, vs_variable_read(v, &view));
    view = vs_view_of(VS_I32, vs_variable_shape(v), values);
    assert_store(VS_ERR_DTYPE, store, vs_variable_read(v, &view));
    assert_store(VS_ERR_DTYPE, store, vs_variable_write(v, &view));
    vs_variable_free(v);
    vs_store_close(store);
}

/* Reads and writes random slices of a variable of several chunks beside an
 * array in memory. */
static void slices_do_what_they_do_to_an_array(void **state)
{
    enum { ROWS = 60, COLS = 50, DEEP = 40, N = ROWS * COLS * DEEP };
    vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                .chunk_bytes = 4096};
    vs_store *store = NULL;
    const vs_shape shape = vs_shape_3d(ROWS, COLS, DEEP);
    float *model = malloc(N * sizeof *model);
    float *part = malloc(N * sizeof *part);
    vs_variable *v;
    float *values;

    assert_ok(vs_store_open(test_path(state, "s.db"), &options, &store, NULL));
    v = test_iota(store, "w", shape);
    for (int i = 0; i < N; i++)
        model[i] = (float)i;
    srand(7);
    for (int round = 0; round < 60; round++) {
        vs_slice slice = vs_slice_all(&shape);
        vs_shape cut;
        vs_view view;
        int64_t k = 0;

        for (int axis = 0; axis < 3; axis++) {
            slice.start[axis] = rand() % shape.dims[axis];
            slice.step[axis] = rand() % 3 + 1;
            slice.count[axis] =
                1 + rand() % ((shape.dims[axis] - 1 - slice.start[axis]) /
                                  slice.step[axis] +
                              1);
        }
        cut = vs_slice_shape(&slice);
        view = vs_view_of(VS_F32, &cut, part);
        for (int64_t i = 0; i < N; i++)
            part[i] = (float)(round * 1000 + i);
        if (round % 2 == 0)
            assert_store(VS_OK, store,
                         vs_variable_write_slice(v, &slice, &view));
        else
            assert_store(VS_OK, store,
                         vs_variable_read_slice(v, &slice, &view));
        for (int64_t a = 0; a < slice.count[0]; a++)
            for (int64_t b = 0; b < slice.count[1]; b++)
                for (int64_t c = 0; c < slice.count[2]; c++, k++) {
                    float *at =
                        &model[((slice.start[0] + a * slice.step[0]) * COLS +
                                slice.start[1] + b * slice.step[1]) *
                                   DEEP +
                               slice.start[2] + c * slice.step[2]];

                    if (round % 2 == 0)
                        *at = part[k];
                    else
                        assert_true(part[k] == *at);
                }
    }
    values = test_read_f32(v);
    assert_memory_equal(values, model, N * sizeof *model);
    test_sound(store);
    free(values);
    free(model);
    free(part);
    vs_variable_free(v);
    vs_store_close(store);
}

static void slices_outside_the_shape_are_refused(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_2d(4, 4));
    const vs_slice rows = vs_slice_rows(vs_variable_shape(v), 3, 2);
    const vs_shape shape = vs_shape_2d(2, 4);
    float values[8] = {0};
    const vs_view view = vs_view_of(VS_F32, &shape, values);

    assert_store(VS_ERR_RANGE, store, vs_variable_read_slice(v, &rows, &view));
    assert_store(VS_ERR_RANGE, store, vs_variable_write_slice(v, &rows, &view));
    vs_variable_free(v);
    vs_store_close(store);
}

static void writing_a_slice_shares_the_other_chunks(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_2d(1024, 1024));
    const vs_slice row = vs_slice_rows(vs_variable_shape(v), 5, 1);
    const vs_shape shape = vs_shape_2d(1, 1024);
    float *values = calloc(1024, sizeof *values);
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_store_info before;
    vs_store_info after;

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_store_describe(store, &before));
    assert_store(VS_OK, store, vs_variable_write_slice(v, &row, &view));
    assert_store(VS_OK, store, vs_store_describe(store, &after));
    assert_int_equal(before.n_chunks, 4);
    assert_int_equal(after.n_chunks, 5);
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

static void adding_and_subtracting_change_every_element(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(300000));
    float *delta = malloc(300000 * sizeof *delta);
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), delta);
    float *values;

    for (int i = 0; i < 300000; i++)
        delta[i] = 0.5f;
    assert_store(VS_OK, store, vs_variable_assign_add(v, &view));
    assert_store(VS_OK, store, vs_variable_assign_add(v, &view));
    assert_store(VS_OK, store, vs_variable_assign_sub(v, &view));
    values = test_read_f32(v);
    for (int i = 0; i < 300000; i++)
        assert_true(values[i] == (float)i + 0.5f);
    free(values);
    free(delta);
    vs_variable_free(v);
    vs_store_close(store);
}

static void bools_cannot_be_added(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(3);
    vs_variable_spec spec = {.dtype = VS_BOOL, .shape = &shape};
    const uint8_t ones[3] = {1, 1, 1};
    const vs_view view = vs_view_const(VS_BOOL, &shape, ones);
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, "b", &spec, &v));
    assert_store(VS_ERR_DTYPE, store, vs_variable_assign_add(v, &view));
    vs_variable_free(v);
    vs_store_close(store);
}

static void compare_and_swap_needs_the_version_it_expects(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(2));
    const float values[2] = {5, 6};
    const vs_view view = vs_view_const(VS_F32, vs_variable_shape(v), values);
    int64_t version = 0;
    int64_t next = 0;

    assert_store(VS_OK, store, vs_variable_version(v, &version));
    assert_store(VS_OK, store,
                 vs_variable_compare_and_swap(v, version, &view, &next));
    assert_true(next > version);
    assert_store(VS_ERR_CONFLICT, store,
                 vs_variable_compare_and_swap(v, version, &view, NULL));
    assert_store(VS_ERR_MISUSE, store,
                 vs_variable_compare_and_swap(v, 0, &view, NULL));
    vs_variable_free(v);
    vs_store_close(store);
}

static void an_overwritten_value_gives_its_space_back(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(600000));
    float *values = malloc(600000 * sizeof *values);
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    vs_store_info info;

    for (int round = 1; round <= 5; round++) {
        for (int i = 0; i < 600000; i++)
            values[i] = (float)(i * round);
        assert_store(VS_OK, store, vs_variable_write(v, &view));
    }
    assert_store(VS_OK, store, vs_store_describe(store, &info));
    assert_int_equal(info.n_chunks, 3);
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

static void a_transaction_takes_all_or_nothing(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(2));
    const float values[2] = {5, 6};
    const vs_view view = vs_view_const(VS_F32, vs_variable_shape(v), values);
    vs_variable *other = NULL;
    float *read;

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    vs_variable_free(test_iota(store, "x", vs_shape_1d(9)));
    assert_store(VS_OK, store, vs_store_rollback(store));
    read = test_read_f32(v);
    assert_true(read[0] == 0);
    free(read);
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, "x", &other));

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    vs_variable_free(test_iota(store, "x", vs_shape_1d(9)));
    assert_store(VS_OK, store, vs_store_commit(store));
    read = test_read_f32(v);
    assert_true(read[0] == 5);
    free(read);
    assert_store(VS_ERR_MISUSE, store, vs_store_commit(store));
    test_sound(store);
    vs_variable_free(v);
    vs_store_close(store);
}

static void nothing_is_written_inside_a_read_transaction(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(2));
    const float values[2] = {5, 6};
    const vs_view view = vs_view_const(VS_F32, vs_variable_shape(v), values);

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_READ));
    assert_store(VS_ERR_MISUSE, store, vs_variable_write(v, &view));
    assert_store(VS_OK, store, vs_store_commit(store));
    vs_variable_free(v);
    vs_store_close(store);
}

static void nothing_is_written_to_a_store_open_for_reading(void **state)
{
    vs_store *store = fresh(state);
    const float values[2] = {5, 6};
    const vs_shape shape = vs_shape_1d(2);
    const vs_view view = vs_view_const(VS_F32, &shape, values);
    vs_variable_spec spec = {.shape = &shape};
    vs_variable *v = test_iota(store, "w", shape);

    vs_variable_free(v);
    vs_store_close(store);
    store = test_open(test_path(state, "v.db"), VS_OPEN_READ);
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    assert_store(VS_ERR_READONLY, store, vs_variable_write(v, &view));
    assert_store(VS_ERR_READONLY, store,
                 vs_variable_create(store, "x", &spec, NULL));
    vs_variable_free(v);
    vs_store_close(store);
}

struct stream {
    int64_t next;    /* element that must come next */
    int64_t stop_at; /* where to fail; -1: never */
};

static vs_status count_up(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct stream *s = ctx;
    float *out = dst;

    assert_int_equal(first, s->next);
    s->next += n;
    if (s->stop_at >= 0 && s->next > s->stop_at)
        return VS_ERR_CANCELLED;
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)((first + i) % 1000);
    return VS_OK;
}

static vs_status check_up(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct stream *s = ctx;
    const float *in = src;

    assert_int_equal(first, s->next);
    s->next += n;
    for (int64_t i = 0; i < n; i++)
        assert_true(in[i] == (float)((first + i) % 1000));
    return VS_OK;
}

static void sources_and_sinks_stream_in_order(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(2000000);
    struct stream in = {0, -1};
    struct stream out = {0, -1};
    const vs_source source = {count_up, &in};
    const vs_sink sink = {check_up, &out};
    vs_variable_spec spec = {.shape = &shape,
                             .initializer = vs_from_source(source)};
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    assert_int_equal(in.next, 2000000);
    assert_store(VS_OK, store, vs_variable_read_to(v, sink));
    assert_int_equal(out.next, 2000000);
    vs_variable_free(v);
    vs_store_close(store);
}

static void a_source_that_stops_changes_nothing(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(600000));
    struct stream in = {0, 400000};
    const vs_source source = {count_up, &in};
    float *values;

    assert_store(VS_ERR_CANCELLED, store, vs_variable_write_from(v, source));
    values = test_read_f32(v);
    assert_true(values[5] == 5);
    test_sound(store);
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

struct denied {
    const char *path;
    int run;
};

static vs_status create_and_write(void *ctx)
{
    struct denied *d = ctx;
    vs_store_options options = {.mode = VS_OPEN_CREATE, .busy_ms = -1};
    const vs_shape shape = vs_shape_1d(3000);
    float *values = calloc(3000, sizeof *values);
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable_spec spec = {.shape = &shape};
    vs_store *store = NULL;
    vs_variable *v = NULL;
    char name[32];
    vs_status st = vs_store_open(d->path, &options, &store, NULL);

    (void)snprintf(name, sizeof name, "w%d", d->run++);
    if (st == VS_OK)
        st = vs_variable_create(store, name, &spec, &v);
    if (st == VS_OK)
        st = vs_variable_write(v, &view);
    vs_variable_free(v);
    vs_store_close(store);
    free(values);
    return st;
}

static void running_out_of_memory_anywhere_is_an_error(void **state)
{
    struct denied d = {test_path(state, "v.db"), 0};
    vs_store *store = fresh(state);

    vs_store_close(store);
    assert_true(test_each_allocation_failing(create_and_write, &d, false) > 9);
    assert_true(test_each_allocation_failing(create_and_write, &d, true) > 9);
    store = test_open(d.path, VS_OPEN_READ);
    test_sound(store);
    vs_store_close(store);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_value_survives_closing_the_store),
        WITH_DIR(every_dtype_and_size_comes_back_as_it_was),
        WITH_DIR(rank_16_and_scalars_work),
        WITH_DIR(strided_memory_is_written_and_read_in_place),
        WITH_DIR(creating_twice_tells_who_was_first),
        WITH_DIR(bad_specs_are_refused_and_leave_nothing),
        WITH_DIR(unseeded_initializers_follow_name_and_store_seed),
        WITH_DIR(wrong_views_are_refused_with_both_sides),
        WITH_DIR(slices_do_what_they_do_to_an_array),
        WITH_DIR(slices_outside_the_shape_are_refused),
        WITH_DIR(writing_a_slice_shares_the_other_chunks),
        WITH_DIR(adding_and_subtracting_change_every_element),
        WITH_DIR(bools_cannot_be_added),
        WITH_DIR(compare_and_swap_needs_the_version_it_expects),
        WITH_DIR(an_overwritten_value_gives_its_space_back),
        WITH_DIR(a_transaction_takes_all_or_nothing),
        WITH_DIR(nothing_is_written_inside_a_read_transaction),
        WITH_DIR(nothing_is_written_to_a_store_open_for_reading),
        WITH_DIR(sources_and_sinks_stream_in_order),
        WITH_DIR(a_source_that_stops_changes_nothing),
        WITH_DIR(running_out_of_memory_anywhere_is_an_error),
    };

    return cmocka_run_group_tests_name("model.variable", tests, NULL, NULL);
}
