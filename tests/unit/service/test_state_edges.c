/* test_state_edges.c - service/state_*: tensors that cannot be, options that
 * cannot be, and states whose chunks are many.
 */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

#include "model/store.h"

static vs_store *fresh(void **state)
{
    const vs_store_options options = {
        .mode = VS_OPEN_CREATE_NEW, .chunk_bytes = 4096, .threads = 2};
    vs_store *store = NULL;

    assert_ok(vs_store_open(test_path(state, "s.db"), &options, &store, NULL));
    return store;
}

static void a_sum_of_bytes_that_is_no_number_is_told(void **state)
{
    static float one;
    const vs_shape huge = vs_shape_1d(INT64_C(1) << 59);
    vs_store *store = fresh(state);
    vs_state_item items[5];

    memset(items, 0, sizeof items);
    for (size_t i = 0; i < 5; i++) {
        static const char *const names[] = {"a", "b", "c", "d", "e"};

        items[i].name = names[i];
        items[i].view = vs_view_of(VS_F32, &huge, &one);
        items[i].view.strides[0] = 0; /* one number, again and again */
    }
    assert_store(VS_ERR_TOOBIG, store, vs_state_load(store, items, 5, NULL));
    assert_string_equal(vs_store_error(store)->message,
                        "a state of more than 2^63 bytes");
    assert_store(VS_ERR_NOTFOUND, store, vs_state_load(store, items, 3, NULL));
    vs_store_close(store);
}

static void what_can_be_no_tensor_is_told_by_its_name(void **state)
{
    static float memory[4];
    const vs_shape shape = vs_shape_1d(4);
    const vs_shape unknown = vs_shape_1d(VS_UNKNOWN);
    const vs_shape negative = vs_shape_1d(-7);
    const vs_shape vast = vs_shape_1d(INT64_C(1) << 61);
    const struct {
        vs_view view;
        vs_status want;
    } cases[] = {
        {{.data = memory}, VS_ERR_DTYPE}, /* nothing was set */
        {vs_view_of((vs_dtype)99, &shape, memory), VS_ERR_DTYPE},
        {{.data = memory, .dtype = VS_F32, .shape = unknown}, VS_ERR_NEEDSHAPE},
        {{.data = memory, .dtype = VS_F32, .shape = negative}, VS_ERR_SHAPE},
        {{.data = memory, .dtype = VS_F32, .shape = vast}, VS_ERR_TOOBIG},
        {vs_view_of(VS_F32, &shape, NULL), VS_ERR_MISUSE},
    };
    vs_store *store = fresh(state);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const vs_state_item item = {.name = "odd", .view = cases[i].view};
        const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
        vs_state_difference out;

        assert_store(cases[i].want, store,
                     vs_state_load(store, &item, 1, NULL));
        assert_non_null(strstr(vs_store_error(store)->message, "tensor odd"));
        assert_store(cases[i].want, store,
                     vs_state_save(store, &item, 1, &make, NULL));
        assert_store(cases[i].want, store,
                     vs_state_compare(store, &item, 1, NULL, &out));
    }
    vs_store_close(store);
}

static void a_name_that_the_checkpoint_lacks_is_told_with_its_number(
    void **state)
{
    static float memory[4];
    const vs_shape shape = vs_shape_1d(4);
    const vs_state_item item = {.name = "late",
                                .view = vs_view_of(VS_F32, &shape, memory)};
    const vs_state_load_options then = {.checkpoint = 1};
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    vs_variable_free(test_iota(store, "late", shape));
    assert_store(VS_OK, store, vs_state_load(store, &item, 1, NULL));
    assert_store(VS_ERR_NOTFOUND, store, vs_state_load(store, &item, 1, &then));
    assert_string_equal(vs_store_error(store)->message,
                        "variable late does not exist in checkpoint 1");
    vs_store_close(store);
}

static void modes_that_are_none_are_misuse(void **state)
{
    static float memory[4];
    const vs_shape shape = vs_shape_1d(4);
    const vs_state_item item = {.name = "x",
                                .view = vs_view_of(VS_F32, &shape, memory)};
    const vs_state_save_options saves[] = {
        {.reuse = (vs_reuse)-1},
        {.reuse = (vs_reuse)4},
        {.reuse = VS_REUSE_AUTO, .delta = (vs_tristate)-1},
        {.reuse = VS_REUSE_AUTO, .delta = (vs_tristate)3},
    };
    const vs_import_options imports[] = {{.reuse = (vs_reuse)-1},
                                         {.reuse = (vs_reuse)4}};
    vs_store *store = fresh(state);

    for (size_t i = 0; i < sizeof saves / sizeof saves[0]; i++)
        assert_store(VS_ERR_MISUSE, store,
                     vs_state_save(store, &item, 1, &saves[i], NULL));
    for (size_t i = 0; i < sizeof imports / sizeof imports[0]; i++)
        assert_store(VS_ERR_MISUSE, store,
                     vs_import(store, "/dev/null", &imports[i], NULL));
    vs_store_close(store);
}

/* None makes what is not there, and nothing else. */
static void without_reuse_only_new_names_are_saved(void **state)
{
    static float memory[4];
    const vs_shape shape = vs_shape_1d(4);
    const vs_shape rows = vs_shape_2d(4, 1);
    vs_state_item item = {.name = "x",
                          .view = vs_view_of(VS_F32, &shape, memory)};
    const vs_state_save_options none = {.reuse = VS_REUSE_NONE};
    const vs_variable_spec spec = {
        .shape = &rows, .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_state_report report;
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_state_save(store, &item, 1, &none, &report));
    assert_int_equal(report.n_created, 1);
    assert_store(VS_ERR_EXISTS, store,
                 vs_state_save(store, &item, 1, &none, NULL));
    item.name = "x:0"; /* as TensorFlow spells it */
    assert_store(VS_ERR_EXISTS, store,
                 vs_state_save(store, &item, 1, &none, NULL));
    assert_string_equal(vs_store_error(store)->message,
                        "variable x:0 already exists");
    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    item.name = "w";
    item.view = vs_view_of(VS_F32, &rows, memory);
    assert_true(vs_state_save(store, &item, 1, &none, NULL) < VS_OK);
    item.name = "w/part_0";
    assert_store(VS_ERR_EXISTS, store,
                 vs_state_save(store, &item, 1, &none, NULL));
    item.name = "w/part_5"; /* reserved */
    assert_store(VS_ERR_PARTITION, store,
                 vs_state_save(store, &item, 1, &none, NULL));
    vs_store_close(store);
}

/* More chunks than are under way at once, the difference in any of them. */
static void one_number_among_many_chunks_is_found(void **state)
{
    enum { N = 200 * 1024 };
    static const int places[] = {0,         1023,      1024,     2500,
                                 66 * 1024, 70 * 1024, N - 1025, N - 1};
    const vs_shape shape = vs_shape_1d(N);
    float *memory = calloc(N, sizeof *memory);
    vs_store *store = fresh(state);
    vs_state_item items[2];

    assert_non_null(memory);
    memset(items, 0, sizeof items);
    for (int i = 0; i < N; i++)
        memory[i] = (float)i;
    vs_variable_free(test_iota(store, "x", shape));
    vs_variable_free(test_iota(store, "y", shape));
    items[0].name = "x";
    items[1].name = "y";
    items[0].view = items[1].view = vs_view_of(VS_F32, &shape, memory);
    for (size_t i = 0; i <= sizeof places / sizeof places[0]; i++) {
        const bool same = i == sizeof places / sizeof places[0];
        vs_state_difference out[2];

        if (!same)
            memory[places[i]] = -1;
        assert_store(VS_OK, store,
                     vs_state_compare(store, items, 2, NULL, out));
        assert_int_equal(out[0], same ? VS_STATE_SAME : VS_STATE_CHANGED);
        assert_int_equal(out[1], same ? VS_STATE_SAME : VS_STATE_CHANGED);
        if (!same)
            memory[places[i]] = (float)places[i];
    }
    free(memory);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_sum_of_bytes_that_is_no_number_is_told),
        IN_DIR(what_can_be_no_tensor_is_told_by_its_name),
        IN_DIR(a_name_that_the_checkpoint_lacks_is_told_with_its_number),
        IN_DIR(modes_that_are_none_are_misuse),
        IN_DIR(without_reuse_only_new_names_are_saved),
        IN_DIR(one_number_among_many_chunks_is_found),
    };

    return cmocka_run_group_tests_name("service.state_edges", tests, NULL,
                                       NULL);
}
