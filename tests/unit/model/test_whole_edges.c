/* test_whole_edges.c - model/whole and model/whole_value: names as long as can be,
 * first names that parts have alone, streams that end early, memory that runs
 * out while a stream is dealt, and what cannot be read to be cut anew.
 */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

static vs_store *fresh(void **state)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                      .chunk_bytes = 4096};
    vs_store *store = NULL;

    assert_ok(vs_store_open(test_path(state, "w.db"), &options, &store, NULL));
    return store;
}

static vs_status cut(vs_store *store, const char *name, vs_shape shape,
                     int64_t parts, int axis)
{
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(parts, axis)};

    return vs_variable_create(store, name, &spec, NULL);
}

static void a_name_leaves_room_for_those_of_the_parts(void **state)
{
    vs_store *store = fresh(state);
    char name[VS_NAME_MAX + 1];
    vs_store_info info;

    memset(name, 'n', VS_NAME_MAX - 7);
    name[VS_NAME_MAX - 7] = '\0'; /* "/part_9" fits, "/part_10" does not */
    assert_store(VS_ERR_NAME, store, cut(store, name, vs_shape_1d(11), 11, 0));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "is too long for a partitioned variable: its parts "
                           "have names of more than 1023 bytes"));
    assert_store(VS_OK, store, vs_store_describe(store, &info));
    assert_int_equal(info.n_variables, 0);
    assert_store(VS_OK, store, cut(store, name, vs_shape_1d(10), 10, 0));
    vs_store_close(store);
}

/* A part may be known by a name that the others have nothing like; the whole is
 * no alias of that. */
static void a_first_name_of_a_part_alone_is_not_the_wholes(void **state)
{
    vs_store *store = fresh(state);
    const vs_variable_info *info = NULL;
    vs_variable *v = NULL;

    assert_store(VS_OK, store, cut(store, "w", vs_shape_1d(4), 2, 0));
    assert_store(VS_OK, store, vs_variable_alias(store, "w/part_0", "mine"));
    assert_store(VS_OK, store, vs_variable_alias(store, "w", "v"));
    assert_store(VS_OK, store, vs_variable_open(store, "v", &v));
    assert_store(VS_OK, store, vs_variable_describe(v, &info));
    assert_string_equal(info->alias_of, "w");
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_OK, store, vs_variable_describe(v, &info));
    assert_string_equal(info->name, "v");
    assert_null(info->alias_of);
    assert_store(VS_OK, store,
                 vs_variable_describe(vs_variable_part(v, 0), &info));
    assert_string_equal(info->alias_of, "mine");
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static vs_status stop_at_once(int64_t first, int64_t n, const void *src,
                              void *ctx)
{
    int *n_calls = ctx;

    (void)first;
    (void)n;
    (void)src;
    ++*n_calls;
    return VS_ERR_CANCELLED;
}

/* More than is put together at once. */
static void a_sink_that_stops_is_given_no_more(void **state)
{
    vs_store *store = test_open(test_path(state, "w.db"), VS_OPEN_CREATE_NEW);
    const vs_shape shape = vs_shape_2d(2, 5 << 20);
    const vs_variable_spec spec = {.shape = &shape,
                                   .dtype = VS_U8,
                                   .initializer = vs_ones(),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 1)};
    vs_variable *v = NULL;
    int n_calls = 0;

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, &v));
    assert_store(VS_ERR_CANCELLED, store,
                 vs_variable_read_to(v, (vs_sink){stop_at_once, &n_calls}));
    assert_int_equal(n_calls, 1);
    vs_variable_free(v);
    vs_store_close(store);
}

static vs_status sevens(int64_t first, int64_t n, void *dst, void *ctx)
{
    float *to = dst;

    (void)first;
    (void)ctx;
    for (int64_t i = 0; i < n; i++)
        to[i] = 7;
    return VS_OK;
}

static vs_status deal_and_take_back(void *ctx)
{
    vs_variable *v = ctx;
    vs_store *store = vs_variable_store(v);
    vs_status st = vs_store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = vs_variable_write_from(v, (vs_source){sevens, NULL});
    (void)vs_store_rollback(store);
    return st;
}

static void without_memory_a_stream_is_not_dealt(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, cut(store, "w", vs_shape_2d(3, 1400), 2, 1));
    for (int forever = 0; forever < 2; forever++) {
        assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
        assert_true(
            test_each_allocation_failing(deal_and_take_back, v, forever) > 2);
        vs_variable_free(v);
    }
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    values = test_read_f32(v);
    for (int i = 0; i < 3 * 1400; i++)
        assert_true(values[i] != 7);
    free(values);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

/* -------- Values of checkpoints that are cut in another way now. */

#define ROWS    4
#define COLUMNS 1800

/* w f32[4,1800] is cut across its rows in checkpoint 1, into three parts that
 * have a chunk for each row, and along them now, into two. The second chunk of a
 * part is the end of one row, from the third part of then, and the beginning of
 * the next, from the first. */
static vs_store *cut_later(void **state)
{
    static float numbers[ROWS * COLUMNS];
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_2d(ROWS, COLUMNS);
    const vs_view view = vs_view_of(VS_F32, &shape, numbers);
    const vs_variable_spec spec = {.initializer = vs_value(&view),
                                   .partitioner =
                                       vs_fixed_size_partitioner(3, 1)};

    for (int i = 0; i < ROWS * COLUMNS; i++)
        numbers[i] = (float)i;
    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_OK, store, cut(store, "w", shape, 2, 0));
    return store;
}

static float *read_w(vs_store *store)
{
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    values = test_read_f32(v);
    vs_variable_free(v);
    return values;
}

static void a_chunk_of_several_rows_is_cut_anew(void **state)
{
    const vs_restore_options options = {.keep_partitions = true};
    vs_store *store = cut_later(state);
    float *values;

    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, &options, NULL));
    values = read_w(store);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        assert_true(values[i] == (float)i);
    free(values);
    test_sound(store);
    vs_store_close(store);
}

/* The first row of the third part: what cannot be read ends the chunk, and the
 * restore, although all behind it could be. */
static void what_cannot_be_read_is_not_cut_anew(void **state)
{
    const char *path = test_path(state, "w.db");
    const vs_restore_options options = {.keep_partitions = true};
    vs_store *store = cut_later(state);
    float *was = read_w(store);
    float *is;

    vs_store_close(store);
    scene_sql(path, "UPDATE frame SET bytes = x'00' WHERE chunk = 9");
    store = test_open(path, VS_OPEN_WRITE);
    assert_store(VS_ERR_CORRUPT, store,
                 vs_checkpoint_restore(store, 1, &options, NULL));
    assert_non_null(
        strstr(vs_store_error(store)->message, "variable w/part_2"));
    is = read_w(store);
    assert_memory_equal(was, is, ROWS * COLUMNS * sizeof *was);
    free(was);
    free(is);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_name_leaves_room_for_those_of_the_parts),
        with_dir(a_first_name_of_a_part_alone_is_not_the_wholes),
        with_dir(a_sink_that_stops_is_given_no_more),
        with_dir(without_memory_a_stream_is_not_dealt),
        with_dir(a_chunk_of_several_rows_is_cut_anew),
        with_dir(what_cannot_be_read_is_not_cut_anew),
    };

    return cmocka_run_group_tests_name("model.whole_edges", tests, NULL, NULL);
}
