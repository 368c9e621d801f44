/* test_builder.c - model/builder: parts that lie across the rows of the whole,
 * whose elements come a run at a time.
 */
#include "stores.h"

#include <stdlib.h>

/* A row of each part fills a chunk of 1024 and goes on behind it, and so do the
 * pieces of 1024 that the source is asked for. */
#define ROWS    3
#define COLUMNS 2800

static vs_variable *make(void **state, vs_store **store)
{
    const vs_store_options options = {
        .mode = VS_OPEN_CREATE_NEW, .chunk_bytes = 4096, .threads = 1};
    const vs_shape shape = vs_shape_2d(ROWS, COLUMNS);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_zeros(),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 1)};
    vs_variable *v = NULL;

    assert_ok(vs_store_open(test_path(state, "b.db"), &options, store, NULL));
    assert_store(VS_OK, *store, vs_variable_create(*store, "v", &spec, &v));
    return v;
}

static vs_status number(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++)
        ((float *)dst)[i] = (float)(first + i);
    return VS_OK;
}

static void assert_numbered(vs_variable *v)
{
    float *values = test_read_f32(v);

    for (int i = 0; i < ROWS * COLUMNS; i++)
        assert_true(values[i] == (float)i);
    free(values);
}

static void each_part_gets_its_elements_of_every_row(void **state)
{
    vs_store *store = NULL;
    vs_variable *v = make(state, &store);

    assert_store(VS_OK, store,
                 vs_variable_write_from(v, (vs_source){number, NULL}));
    assert_numbered(v);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

struct writing {
    vs_variable *v;
    int64_t version; /* before */
};

static vs_status write(void *ctx)
{
    const struct writing *w = ctx;
    const vs_status st =
        vs_variable_write_from(w->v, (vs_source){number, NULL});
    int64_t version = 0;

    if (st != VS_OK) {
        assert_ok(vs_variable_version(w->v, &version));
        assert_true(version == w->version);
    }
    return st;
}

static void memory_that_runs_out_in_a_run_leaves_what_was(void **state)
{
    vs_store *store = NULL;
    struct writing w = {make(state, &store), 0};

    /* What is kept from one write to the next is there then. */
    assert_store(VS_OK, store,
                 vs_variable_write_from(w.v, (vs_source){number, NULL}));
    assert_store(VS_OK, store, vs_variable_version(w.v, &w.version));
    assert_true(test_each_allocation_failing(write, &w, false) >= 4);
    assert_numbered(w.v);
    vs_variable_free(w.v);
    test_sound(store);
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(each_part_gets_its_elements_of_every_row),
        with_dir(memory_that_runs_out_in_a_run_leaves_what_was),
    };

    return cmocka_run_group_tests_name("model.builder", tests, NULL, NULL);
}
