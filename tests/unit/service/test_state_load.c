/* test_state_load.c - service/state_load: one state comes back whole, and how
 * memory differs from it is told without reading it.
 */
#include "states.h"

static void a_state_comes_back(void **state)
{
    static const int numbers[] = {1, 2, 3, 8};
    struct memory_state m = state_make(1);

    vs_store_close(state_store(state, 2, &m));
    for (size_t k = 0; k < 4; k++) {
        vs_store *store =
            state_open(test_path(state, "s.vars.db"), VS_OPEN_READ, numbers[k]);
        struct memory_state got = state_make(0);
        struct ticks ticks = {0};
        const vs_state_load_options options = {.progress = {on_tick, &ticks}};

        assert_store(VS_OK, store,
                     vs_state_load(store, got.items, N_ITEMS, &options));
        assert_state_equal(&got, &m);
        assert_true(ticks.calls >= N_ITEMS);
        assert_int_equal(ticks.done, ticks.total);
        state_free(&got);
        vs_store_close(store);
    }
    state_free(&m);
}

static void the_state_of_a_checkpoint_comes_back(void **state)
{
    struct memory_state m = state_make(1);
    struct memory_state later = state_make(60);
    struct memory_state got = state_make(0);
    vs_state_load_options options = {.checkpoint = 1};
    vs_store *store = state_store(state, 2, &m);

    assert_ok(vs_checkpoint_save(store, NULL, NULL));
    assert_ok(vs_state_save(store, later.items, N_ITEMS, NULL, NULL));
    assert_ok(vs_variable_delete(store, "step"));
    assert_store(VS_OK, store,
                 vs_state_load(store, got.items, N_ITEMS, &options));
    assert_state_equal(&got, &m);
    assert_store(VS_OK, store,
                 vs_state_load(store, got.items, N_ITEMS - 1, NULL));
    assert_memory_equal(got.bytes[1], later.bytes[1], (size_t)m.count[1] * 4);
    options.checkpoint = 9;
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_state_load(store, got.items, 0, &options));
    vs_store_close(store);
    state_free(&m);
    state_free(&later);
    state_free(&got);
}

static void what_does_not_fit_is_told_before_anything_is_read(void **state)
{
    struct memory_state m = state_make(1);
    struct memory_state got = state_make(5);
    struct memory_state untouched = state_make(5);
    const vs_shape other = vs_shape_2d(2, 100);
    const vs_variable_spec spec = {.shape = &other, .deferred = VS_YES};
    vs_store *store = state_store(state, 2, &m);
    const vs_state_item last = got.items[5];

    assert_ok(vs_variable_create(store, "later", &spec, NULL));
    got.items[5].name = "nowhere";
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_state_load(store, got.items, N_ITEMS, NULL));
    got.items[5] = last;
    got.items[5].name = "a/bias";
    assert_store(VS_ERR_SHAPE, store,
                 vs_state_load(store, got.items, N_ITEMS, NULL));
    got.items[5] = last;
    got.items[5].view.dtype = VS_I32;
    assert_store(VS_ERR_DTYPE, store,
                 vs_state_load(store, got.items, N_ITEMS, NULL));
    got.items[5] = got.items[0];
    got.items[5].view = vs_view_of(VS_F32, &other, got.bytes[0]);
    got.items[5].name = "later";
    assert_store(VS_ERR_UNINITIALIZED, store,
                 vs_state_load(store, got.items, N_ITEMS, NULL));
    got.items[5] = last;
    got.items[5].view.data = NULL;
    assert_store(VS_ERR_MISUSE, store,
                 vs_state_load(store, got.items, N_ITEMS, NULL));
    assert_state_equal(&got, &untouched);
    vs_store_close(store);
    state_free(&m);
    state_free(&got);
    state_free(&untouched);
}

static void loading_can_be_stopped(void **state)
{
    struct memory_state m = state_make(1);
    struct ticks ticks = {.stop = 3};
    const vs_state_load_options options = {.progress = {on_tick, &ticks}};
    vs_store *store = state_store(state, 2, &m);

    assert_store(VS_ERR_CANCELLED, store,
                 vs_state_load(store, m.items, N_ITEMS, &options));
    ticks = (struct ticks){0};
    assert_store(VS_OK, store,
                 vs_state_load(store, m.items, N_ITEMS, &options));
    vs_store_close(store);
    state_free(&m);
}

static void damage_is_told_and_not_loaded(void **state)
{
    static const char harm[] =
        "UPDATE frame SET bytes = zeroblob(length(bytes)) WHERE chunk = 40";
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);

    vs_store_close(store);
    scene_sql(test_path(state, "s.vars.db"), harm);
    store = state_open(test_path(state, "s.vars.db"), VS_OPEN_READ, 3);
    assert_store(VS_ERR_CORRUPT, store,
                 vs_state_load(store, m.items, N_ITEMS, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "chunk 40"));
    vs_store_close(store);
    state_free(&m);
}

static void how_memory_differs_is_told(void **state)
{
    struct memory_state m = state_make(1);
    const vs_shape other = vs_shape_2d(2, 100);
    vs_state_difference out[N_ITEMS];
    struct ticks ticks = {0};
    const vs_state_load_options options = {.progress = {on_tick, &ticks}};
    const vs_state_load_options saved = {.checkpoint = 1};
    vs_store *store = state_store(state, 3, &m);

    assert_ok(vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store,
                 vs_state_compare(store, m.items, N_ITEMS, &options, out));
    for (size_t i = 0; i < N_ITEMS; i++)
        assert_int_equal(out[i], VS_STATE_SAME);
    assert_int_equal(ticks.done, ticks.total);
    m.items[0].view = vs_view_of(VS_F32, &other, m.bytes[0]);
    m.bytes[1][m.count[1] - 1] += 1;
    m.bytes[2][0] += 1;
    m.bytes[3][2 * (m.count[3] / 2)] += 1;
    m.items[5].name = "nowhere";
    assert_store(VS_OK, store,
                 vs_state_compare(store, m.items, N_ITEMS, NULL, out));
    assert_int_equal(out[0], VS_STATE_RESHAPED);
    assert_int_equal(out[1], VS_STATE_CHANGED);
    assert_int_equal(out[2], VS_STATE_CHANGED);
    assert_int_equal(out[3], VS_STATE_CHANGED);
    assert_int_equal(out[4], VS_STATE_SAME);
    assert_int_equal(out[5], VS_STATE_MISSING);
    m.items[5] = m.items[2]; /* twice, which is fine here */
    scene_write(store, "c/wide", 0);
    assert_store(VS_OK, store,
                 vs_state_compare(store, m.items, N_ITEMS, &saved, out));
    assert_int_equal(out[4], VS_STATE_SAME);
    assert_int_equal(out[5], VS_STATE_CHANGED);
    vs_store_close(store);
    state_free(&m);
}

/* Which is as good as another bit pattern, and no worse. */
static void bits_are_compared_not_numbers(void **state)
{
    struct memory_state m = state_make(1);
    vs_state_difference out[N_ITEMS];
    vs_store *store;

    m.bytes[0][5] = 0.0F;
    store = state_store(state, 2, &m);
    m.bytes[0][5] = -0.0F;
    assert_ok(vs_state_compare(store, m.items, N_ITEMS, NULL, out));
    assert_int_equal(out[0], VS_STATE_CHANGED);
    vs_store_close(store);
    state_free(&m);
}

static void comparing_can_be_stopped_at_every_report(void **state)
{
    struct memory_state m = state_make(1);
    vs_state_difference out[N_ITEMS];
    struct ticks ticks = {0};
    const vs_state_load_options options = {.progress = {on_tick, &ticks}};
    const vs_state_load_options missing = {.checkpoint = 5};
    vs_store *store = state_store(state, 2, &m);
    vs_status st;

    for (int stop = 1;; stop++) {
        ticks = (struct ticks){.stop = stop};
        st = vs_state_compare(store, m.items, N_ITEMS, &options, out);
        if (st == VS_OK)
            break;
        assert_store(VS_ERR_CANCELLED, store, st);
    }
    assert_in_range(ticks.calls, 100, 1000);
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_state_compare(store, m.items, N_ITEMS, &missing, out));
    vs_store_close(store);
    state_free(&m);
}

struct run {
    const char *path;
    struct memory_state *m;
};

static vs_status load_and_compare(void *ctx)
{
    const struct run *r = ctx;
    const vs_store_options open = {.mode = VS_OPEN_READ, .threads = 2};
    vs_state_difference out[N_ITEMS];
    vs_store *store = NULL;
    vs_status st = vs_store_open(r->path, &open, &store, NULL);

    if (st == VS_OK)
        st = vs_state_load(store, r->m->items, N_ITEMS, NULL);
    if (st == VS_OK)
        st = vs_state_compare(store, r->m->items, N_ITEMS, NULL, out);
    vs_store_close(store);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    struct memory_state m = state_make(1);
    struct run r = {test_path(state, "s.vars.db"), &m};

    vs_store_close(state_store(state, 2, &m));
    assert_in_range(test_each_allocation_failing(load_and_compare, &r, false),
                    20, 3000);
    (void)test_each_allocation_failing(load_and_compare, &r, true);
    state_free(&m);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_state_comes_back),
        WITH_DIR(the_state_of_a_checkpoint_comes_back),
        WITH_DIR(what_does_not_fit_is_told_before_anything_is_read),
        WITH_DIR(loading_can_be_stopped),
        WITH_DIR(damage_is_told_and_not_loaded),
        WITH_DIR(how_memory_differs_is_told),
        WITH_DIR(bits_are_compared_not_numbers),
        WITH_DIR(comparing_can_be_stopped_at_every_report),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("service.state_load", tests, NULL, NULL);
}
