/* test_write.c - model/write: values kept as differences from others: when,
 * from which, and that nothing is ever lost by it. */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "model/store.h"

#define N     3000 /* elements: three chunks of 4 KiB */
#define BYTES (N * sizeof(float))

static const vs_shape shape = {1, {N}};

static vs_store *open_as(void **state, vs_open_mode mode, vs_tristate delta)
{
    const vs_store_options options = {
        .mode = mode, .chunk_bytes = 4096, .delta = delta};
    vs_store *store = NULL;

    assert_ok(vs_store_open(test_path(state, "w.db"), &options, &store, NULL));
    return store;
}

/* Weights, the same in each run, moved in their last 2^6 places by a step. */
static void fill(float *out, uint32_t step)
{
    uint32_t x = 1;
    uint32_t y = step;

    for (size_t i = 0; i < N; i++) {
        uint32_t bits;

        x = x * 1664525 + 1013904223;
        y = y * 1664525 + 1013904223;
        bits = 0x3C000000 ^ (x >> 8) ^ (step != 0 ? y >> 26 : 0);
        memcpy(&out[i], &bits, sizeof bits);
    }
}

static vs_view view_of(float *values)
{
    return vs_view_of(VS_F32, &shape, values);
}

static vs_variable *create(vs_store *store, const char *name, uint32_t step)
{
    float *values = malloc(BYTES);
    const vs_view view = view_of(values);
    const vs_variable_spec spec = {.initializer = vs_value(&view)};
    vs_variable *v = NULL;

    fill(values, step);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, &v));
    free(values);
    return v;
}

static vs_status write_as(vs_variable *v, uint32_t step, vs_tristate delta,
                          vs_variable *base)
{
    const vs_write_options options = {.delta = delta, .base = base};
    float *values = malloc(BYTES);
    const vs_view view = view_of(values);
    vs_status st;

    fill(values, step);
    st = vs_variable_write_with(v, &view, &options);
    free(values);
    return st;
}

static void write_step(vs_variable *v, uint32_t step)
{
    assert_store(VS_OK, vs_variable_store(v),
                 write_as(v, step, VS_UNSET, NULL));
}

static void assert_step(vs_variable *v, uint32_t step)
{
    float *want = malloc(BYTES);
    float *got = test_read_f32(v);

    fill(want, step);
    assert_memory_equal(got, want, BYTES);
    free(want);
    free(got);
}

static int64_t ask(vs_store *store, const char *sql)
{
    struct vs__stmt *s = NULL;
    int64_t n;

    assert_ok(vs__stmt_new(store->db, sql, &s));
    assert_ok(vs__stmt_step(s));
    n = vs__column_i64(s, 0);
    vs__stmt_free(s);
    return n;
}

static void run(vs_store *store, const char *sql)
{
    struct vs__stmt *s = NULL;

    assert_ok(vs_store_begin(store, VS_TXN_WRITE));
    assert_ok(vs__stmt_new(store->db, sql, &s));
    assert_ok(vs__stmt_run(s));
    vs__stmt_free(s);
    assert_ok(vs_store_commit(store));
}

static int64_t n_deltas(vs_store *store)
{
    return ask(store, "SELECT count(*) FROM chunk WHERE base IS NOT NULL");
}

static int64_t save(vs_store *store)
{
    int64_t checkpoint = 0;

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &checkpoint));
    return checkpoint;
}

static void finish(vs_variable *v)
{
    vs_store *store = vs_variable_store(v);

    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void nothing_is_a_delta_unless_it_is_asked_for(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_UNSET);
    vs_variable *v = create(store, "w", 0);

    (void)save(store);
    write_step(v, 1);
    assert_int_equal(n_deltas(store), 0);
    assert_store(VS_OK, store, write_as(v, 2, VS_NO, NULL));
    assert_int_equal(n_deltas(store), 0);
    (void)save(store);
    assert_store(VS_OK, store, write_as(v, 3, VS_YES, NULL));
    assert_int_equal(n_deltas(store), 3);
    assert_step(v, 3);
    write_step(v, 4); /* asking held for that write */
    assert_int_equal(n_deltas(store), 0);
    finish(v);
}

static void a_store_remembers_and_a_handle_overrides(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);

    (void)save(store);
    vs_variable_free(v);
    vs_store_close(store);
    store = open_as(state, VS_OPEN_WRITE, VS_NO);
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    write_step(v, 1);
    assert_int_equal(n_deltas(store), 0);
    vs_variable_free(v);
    vs_store_close(store);
    store = open_as(state, VS_OPEN_WRITE, VS_UNSET);
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    (void)save(store);
    write_step(v, 2);
    assert_int_equal(n_deltas(store), 3);
    assert_store(VS_OK, store, write_as(v, 3, VS_NO, NULL));
    assert_int_equal(n_deltas(store), 0);
    assert_step(v, 3);
    finish(v);
}

static void values_that_only_pass_by_are_no_base(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);

    write_step(v, 1);
    write_step(v, 2);
    assert_int_equal(n_deltas(store), 0);
    assert_int_equal(ask(store, "SELECT count(*) FROM chunk"), 3);
    (void)save(store);
    write_step(v, 3);
    write_step(v, 4); /* the delta before it goes, its base stays */
    assert_int_equal(n_deltas(store), 3);
    assert_int_equal(ask(store, "SELECT count(*) FROM chunk"), 6);
    assert_step(v, 4);
    finish(v);
}

static void each_of_a_long_history_comes_back(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);

    for (uint32_t step = 1; step <= 12; step++) {
        (void)save(store);
        write_step(v, step);
    }
    assert_int_equal(n_deltas(store), 36);
    for (int64_t checkpoint = 1; checkpoint <= 12; checkpoint++) {
        vs_variable *then = NULL;

        assert_store(VS_OK, store,
                     vs_variable_open_at(store, checkpoint, "w", &then));
        assert_step(then, (uint32_t)checkpoint - 1);
        vs_variable_free(then);
    }
    assert_step(v, 12);
    finish(v);
}

/* The first checkpoint has the base of all that follow. */
static void a_base_stays_when_its_checkpoint_goes(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);
    vs_variable *then = NULL;

    (void)save(store);
    write_step(v, 1);
    (void)save(store);
    write_step(v, 2);
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 1));
    test_sound(store);
    assert_store(VS_OK, store, vs_variable_open_at(store, 2, "w", &then));
    assert_step(then, 1);
    vs_variable_free(then);
    assert_step(v, 2);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, NULL, NULL));
    assert_step(v, 1);
    test_sound(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_int_equal(ask(store, "SELECT count(*) FROM chunk"), 6);
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 2));
    assert_int_equal(ask(store, "SELECT count(*) FROM chunk"), 0);
    finish(v);
}

static void a_slice_makes_deltas_of_the_chunks_it_meets(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);
    const vs_shape one = vs_shape_1d(1);
    float value = 7;
    const vs_view view = vs_view_of(VS_F32, &one, &value);
    vs_slice slice = vs_slice_all(&shape);
    float *got;

    slice.start[0] = 1500;
    slice.count[0] = 1;
    (void)save(store);
    assert_store(VS_OK, store, vs_variable_write_slice(v, &slice, &view));
    assert_int_equal(n_deltas(store), 1);
    got = test_read_f32(v);
    assert_true(got[1500] == 7);
    free(got);
    finish(v);
}

static void a_tuned_copy_differs_from_what_it_was_copied_from(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);
    vs_variable *tuned = NULL;

    assert_store(VS_OK, store, vs_variable_copy(store, "w", "tuned"));
    assert_store(VS_OK, store, vs_variable_open(store, "tuned", &tuned));
    write_step(tuned, 1);
    assert_int_equal(n_deltas(store), 3);
    assert_step(tuned, 1);
    assert_step(v, 0);
    vs_variable_free(tuned);
    finish(v);
}

static void another_variable_can_be_the_base(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_UNSET);
    vs_variable *v = create(store, "w", 0);
    vs_variable *tuned = create(store, "tuned", 77);

    assert_store(VS_OK, store, write_as(tuned, 1, VS_UNSET, v));
    assert_int_equal(n_deltas(store), 3);
    assert_step(tuned, 1);
    assert_store(VS_OK, store, write_as(tuned, 2, VS_YES, v));
    assert_int_equal(n_deltas(store), 3);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_step(tuned, 2);
    test_sound(store);
    vs_variable_free(v);
    finish(tuned);
}

static void a_value_of_a_checkpoint_can_be_the_base(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_UNSET);
    vs_variable *v = create(store, "w", 0);
    vs_variable *then = NULL;

    (void)save(store);
    write_step(v, 77);
    (void)save(store);
    assert_store(VS_OK, store, vs_variable_open_at(store, 1, "w", &then));
    assert_store(VS_OK, store, write_as(v, 1, VS_UNSET, then));
    assert_int_equal(n_deltas(store), 3);
    assert_int_equal(ask(store, "SELECT count(*) FROM chunk AS c JOIN "
                                "version_chunk AS k ON k.chunk = c.base "
                                "WHERE k.version = 1"),
                     3);
    assert_step(v, 1);
    vs_variable_free(then);
    finish(v);
}

static void a_base_that_does_not_fit_is_refused(void **state)
{
    const vs_shape other = vs_shape_2d(3, 1000);
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_UNSET);
    vs_store *second = open_as(state, VS_OPEN_WRITE, VS_UNSET);
    vs_variable *v = create(store, "w", 0);
    vs_variable *base = test_iota(store, "other", other);
    vs_variable_spec spec = {.shape = &shape, .dtype = VS_I32};

    assert_store(VS_ERR_SHAPE, store, write_as(v, 1, VS_UNSET, base));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "variable w has shape [3000], but its base other "
                           "has [3,1000]"));
    vs_variable_free(base);
    assert_store(VS_OK, store, vs_variable_create(store, "ints", &spec, &base));
    assert_store(VS_ERR_DTYPE, store, write_as(v, 1, VS_UNSET, base));
    vs_variable_free(base);
    assert_store(VS_OK, second, vs_variable_open(second, "w", &base));
    assert_store(VS_ERR_MISUSE, store, write_as(v, 1, VS_UNSET, base));
    vs_variable_free(base);
    vs_store_close(second);
    assert_store(VS_ERR_MISUSE, store, write_as(v, 1, VS_NO, v));
    assert_store(VS_ERR_MISUSE, store, write_as(v, 1, (vs_tristate)3, NULL));
    assert_store(VS_ERR_MISUSE, store, write_as(v, 1, (vs_tristate)-1, NULL));
    base = create(store, "gone", 0);
    assert_store(VS_OK, store, vs_variable_delete(store, "gone"));
    assert_store(VS_ERR_STALE, store, write_as(v, 1, VS_UNSET, base));
    vs_variable_free(base);
    assert_step(v, 0);
    finish(v);
}

/* Each part has a value of its own. */
static void a_partitioned_variable_takes_deltas_but_no_base(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *base = create(store, "w", 0);
    float *values = malloc(BYTES);
    const vs_view view = view_of(values);
    const vs_variable_spec spec = {.initializer = vs_value(&view),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 0)};
    vs_variable *v = NULL;

    fill(values, 0);
    values[0] = 1; /* or its chunks would be those of the other */
    values[2000] = 1;
    assert_store(VS_OK, store, vs_variable_create(store, "p", &spec, &v));
    assert_store(VS_ERR_PARTITION, store, write_as(v, 1, VS_UNSET, base));
    assert_store(VS_ERR_PARTITION, store, write_as(base, 1, VS_UNSET, v));
    (void)save(store);
    write_step(v, 1);
    assert_int_equal(n_deltas(store), 4);
    assert_step(v, 1);
    free(values);
    vs_variable_free(base);
    finish(v);
}

static void options_of_the_store_are_checked(void **state)
{
    vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                .delta = (vs_tristate)3};
    vs_store *store = NULL;
    vs_error err;

    assert_status(VS_ERR_MISUSE, vs_store_open(test_path(state, "w.db"),
                                               &options, &store, &err));
    options.delta = VS_NO;
    assert_ok(vs_store_open(test_path(state, "w.db"), &options, &store, &err));
    run(store, "UPDATE meta SET value = '2' WHERE key = 'delta'");
    vs_store_close(store);
    options.mode = VS_OPEN_READ;
    assert_status(VS_ERR_CORRUPT, vs_store_open(test_path(state, "w.db"),
                                                &options, &store, &err));
}

static void without_options_it_is_a_plain_write(void **state)
{
    const vs_write_options no_options = {.size = 1};
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_UNSET);
    vs_variable *v = create(store, "w", 0);
    float *values = malloc(BYTES);
    vs_view view = view_of(values);

    fill(values, 5);
    assert_store(VS_OK, store, vs_variable_write_with(v, &view, NULL));
    assert_step(v, 5);
    view.dtype = VS_I32;
    assert_store(VS_ERR_DTYPE, store, vs_variable_write_with(v, &view, NULL));
    assert_store(VS_ERR_MISUSE, store,
                 vs_variable_write_with(v, &view, &no_options));
    free(values);
    finish(v);
}

static void damage_of_a_base_names_variable_and_chunks(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);
    float *values = malloc(BYTES);
    const vs_view view = view_of(values);

    (void)save(store);
    write_step(v, 1);
    run(store, "UPDATE chunk SET raw_bytes = 4092 WHERE id = 2");
    assert_store(VS_ERR_CORRUPT, store, vs_variable_read(v, &view));
    assert_string_equal(vs_store_error(store)->message,
                        "variable w: chunk 5: its base: chunk 2 has 4092 bytes "
                        "of dtype 12, want 4096 of dtype 12");
    free(values);
    vs_variable_free(v);
    vs_store_close(store);
}

/* The bytes that a checkpoint adds: its deltas, and bases that are only kept
 * because of these. */
static void new_bytes_of_a_checkpoint_count_bases_once(void **state)
{
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);
    vs_variable *tuned = NULL;

    assert_store(VS_OK, store, vs_variable_copy(store, "w", "tuned"));
    assert_store(VS_OK, store, vs_variable_open(store, "tuned", &tuned));
    write_step(tuned, 1);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    (void)save(store); /* all that there is: deltas, and bases of nobody */
    assert_int_equal(n_deltas(store), 3);
    assert_int_equal(
        ask(store, "SELECT new_bytes FROM checkpoint WHERE id = 1"),
        ask(store, "SELECT sum(frame_bytes) FROM chunk"));
    write_step(tuned, 2);
    (void)save(store);
    assert_int_equal(
        ask(store, "SELECT new_bytes FROM checkpoint WHERE id = 2"),
        ask(store, "SELECT sum(frame_bytes) FROM chunk WHERE id > 6"));
    vs_variable_free(v);
    finish(tuned);
}

static vs_status write_deltas(void *ctx)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE};
    vs_write_options how = {.delta = VS_YES};
    float *values = malloc(BYTES);
    const vs_view view = view_of(values);
    vs_store *store = NULL;
    vs_variable *v = NULL;
    vs_variable *base = NULL;
    vs_status st = vs_store_open(ctx, &options, &store, NULL);

    fill(values, 3);
    if (st == VS_OK && (st = vs_store_begin(store, VS_TXN_WRITE)) == VS_OK &&
        (st = vs_variable_open(store, "w", &v)) == VS_OK &&
        (st = vs_variable_open_at(store, 1, "w", &base)) == VS_OK) {
        how.base = base;
        st = vs_variable_write_with(v, &view, &how);
        if (st == VS_OK)
            st = vs_variable_read(v, &view);
    }
    vs_variable_free(base);
    vs_variable_free(v);
    vs_store_close(store);
    free(values);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    const char *path = test_path(state, "w.db");
    vs_store *store = open_as(state, VS_OPEN_CREATE_NEW, VS_YES);
    vs_variable *v = create(store, "w", 0);

    (void)save(store);
    vs_variable_free(v);
    vs_store_close(store);
    assert_in_range(test_each_allocation_failing(
                        write_deltas, (void *)(uintptr_t)path, false),
                    10, 1000);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(nothing_is_a_delta_unless_it_is_asked_for),
        WITH_DIR(a_store_remembers_and_a_handle_overrides),
        WITH_DIR(values_that_only_pass_by_are_no_base),
        WITH_DIR(each_of_a_long_history_comes_back),
        WITH_DIR(a_base_stays_when_its_checkpoint_goes),
        WITH_DIR(a_slice_makes_deltas_of_the_chunks_it_meets),
        WITH_DIR(a_tuned_copy_differs_from_what_it_was_copied_from),
        WITH_DIR(another_variable_can_be_the_base),
        WITH_DIR(a_value_of_a_checkpoint_can_be_the_base),
        WITH_DIR(a_base_that_does_not_fit_is_refused),
        WITH_DIR(a_partitioned_variable_takes_deltas_but_no_base),
        WITH_DIR(options_of_the_store_are_checked),
        WITH_DIR(without_options_it_is_a_plain_write),
        WITH_DIR(damage_of_a_base_names_variable_and_chunks),
        WITH_DIR(new_bytes_of_a_checkpoint_count_bases_once),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("model.write", tests, NULL, NULL);
}
