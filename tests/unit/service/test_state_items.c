/* test_state_items.c - service/state_items: what stands beside each tensor of a
 * state, where that is in parts, or no variable of the store.
 */
#include "states.h"

/* How some variables of the state are cut. */
struct cut {
    size_t item;
    int64_t parts;
    int axis;
};

#define N_CUTS  3
#define N_PARTS 8
static const struct cut cuts[N_CUTS] = {{1, 3, 0}, {4, 4, 1}, {5, 1, 0}};
static const struct cut others[N_CUTS] = {{1, 2, 1}, {4, 5, 0}, {5, 1, 1}};

static void make_cuts(vs_store *store, const struct memory_state *m,
                      const struct cut *c, vs_tristate deferred)
{
    for (size_t i = 0; i < N_CUTS; i++) {
        const vs_state_item *item = &m->items[c[i].item];
        const vs_variable_spec spec = {
            .shape = &item->view.shape,
            .initializer = vs_zeros(),
            .deferred = deferred,
            .partitioner = vs_fixed_size_partitioner(c[i].parts, c[i].axis)};

        assert_store(VS_OK, store,
                     vs_variable_create(store, item->name, &spec, NULL));
    }
}

/* A store in which some of the state is in parts. */
static vs_store *cut_store(void **state, const struct memory_state *m,
                           vs_tristate deferred)
{
    vs_store *store =
        state_open(test_path(state, "s.vars.db"), VS_OPEN_CREATE_NEW, 2);

    make_cuts(store, m, cuts, deferred);
    return store;
}

static vs_state_report save(vs_store *store, const struct memory_state *m,
                            const vs_state_save_options *options)
{
    vs_state_report report = {0};

    assert_store(VS_OK, store,
                 vs_state_save(store, m->items, N_ITEMS, options, &report));
    return report;
}

static void loads(vs_store *store, int64_t checkpoint,
                  const struct memory_state *want)
{
    struct ticks ticks = {0};
    const vs_state_load_options options = {.checkpoint = checkpoint,
                                           .progress = {on_tick, &ticks}};
    struct memory_state got = state_make(0);

    assert_store(VS_OK, store,
                 vs_state_load(store, got.items, N_ITEMS, &options));
    assert_state_equal(&got, want);
    assert_int_equal(ticks.done, ticks.total);
    state_free(&got);
}

static void each_part_takes_its_slice(void **state)
{
    struct ticks ticks = {0};
    const vs_save_options checkpoint = VS_SAVE_OPTIONS_INIT;
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO,
                                        .checkpoint = &checkpoint,
                                        .progress = {on_tick, &ticks}};
    struct memory_state m = state_make(1);
    vs_store *store = cut_store(state, &m, VS_UNSET);
    vs_state_report report = save(store, &m, &make);

    assert_int_equal(report.n_created, N_ITEMS - N_CUTS);
    assert_int_equal(report.n_written, N_PARTS);
    assert_int_equal(ticks.done, ticks.total);
    for (size_t i = 0; i < N_ITEMS; i++)
        assert_starts(store, m.items[i].name, 1 + (float)i);
    loads(store, 0, &m);
    loads(store, report.checkpoint, &m);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

static void only_parts_that_changed_are_written(void **state)
{
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    struct memory_state m = state_make(1);
    vs_store *store = cut_store(state, &m, VS_UNSET);
    vs_state_difference d[N_ITEMS];
    vs_state_report report;

    (void)save(store, &m, &make);
    report = save(store, &m, NULL);
    assert_int_equal(report.n_same, N_ITEMS - N_CUTS + N_PARTS);
    assert_int_equal(report.n_written, 0);
    m.bytes[1][1000 * 40] = -1; /* in the second of three parts */
    assert_ok(vs_state_compare(store, m.items, N_ITEMS, NULL, d));
    for (size_t i = 0; i < N_ITEMS; i++)
        assert_int_equal(d[i], i == 1 ? VS_STATE_CHANGED : VS_STATE_SAME);
    report = save(store, &m, NULL);
    assert_int_equal(report.n_written, 1);
    assert_int_equal(report.n_bytes, 33 * 1000 * 4);
    loads(store, 0, &m);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

static void deferred_parts_get_their_first_value(void **state)
{
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    struct memory_state m = state_make(1);
    struct memory_state got = state_make(0);
    vs_store *store = cut_store(state, &m, VS_YES);

    assert_store(VS_ERR_UNINITIALIZED, store,
                 vs_state_load(store, got.items + 4, 1, NULL));
    assert_int_equal(save(store, &m, &make).n_written, N_PARTS);
    loads(store, 0, &m);
    test_sound(store);
    vs_store_close(store);
    state_free(&got);
    state_free(&m);
}

/* Whoever cuts it in another way between the look and the lock. */
struct intruder {
    vs_store *store;
    const struct memory_state *m;
    int calls;
};

static int cut_again(int64_t done, int64_t total, void *ctx)
{
    struct intruder *in = ctx;

    (void)done;
    (void)total;
    if (in->calls++ != 0)
        return 0;
    for (size_t i = 0; i < N_CUTS; i++)
        assert_ok(
            vs_variable_delete(in->store, in->m->items[cuts[i].item].name));
    make_cuts(in->store, in->m, others, VS_UNSET);
    return 0;
}

static void another_cut_that_comes_between_is_noticed(void **state)
{
    struct memory_state m = state_make(1);
    struct intruder in = {.m = &m};
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO,
                                        .progress = {cut_again, &in}};
    vs_store *store = cut_store(state, &m, VS_UNSET);
    vs_variable *v = NULL;

    in.store = state_open(test_path(state, "s.vars.db"), VS_OPEN_WRITE, 1);
    assert_int_equal(save(store, &m, &make).n_written, N_PARTS);
    assert_true(in.calls > 1);
    assert_ok(vs_variable_open(store, "c/wide", &v));
    assert_int_equal(vs_variable_n_parts(v), 5);
    vs_variable_free(v);
    loads(store, 0, &m);
    test_sound(store);
    vs_store_close(in.store);
    vs_store_close(store);
    state_free(&m);
}

static void what_does_not_fit_the_whole_is_told(void **state)
{
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    const vs_state_save_options all_new = {.reuse = VS_REUSE_NONE};
    const vs_shape part = vs_shape_2d(50, 175);
    struct memory_state m = state_make(1);
    vs_store *store = cut_store(state, &m, VS_UNSET);
    vs_state_item both[2] = {m.items[4], m.items[4]};
    vs_state_difference d;

    both[1].name = "c/wide/part_2";
    both[1].view.shape = part;
    assert_store(VS_ERR_NAME, store, vs_state_save(store, both, 2, NULL, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "c/wide/part_2"));
    assert_store(VS_OK, store, vs_state_save(store, both + 1, 1, NULL, NULL));
    assert_store(VS_OK, store, vs_state_load(store, both, 2, NULL));
    assert_store(VS_ERR_EXISTS, store,
                 vs_state_save(store, both, 1, &all_new, NULL));
    both[1].name = "c/wide/part_4"; /* there are four */
    assert_store(VS_ERR_PARTITION, store,
                 vs_state_save(store, both + 1, 1, &make, NULL));
    both[1].name = "c/wide";
    assert_store(VS_ERR_SHAPE, store,
                 vs_state_save(store, both + 1, 1, &make, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "[50,700]"));
    assert_store(VS_ERR_SHAPE, store, vs_state_load(store, both + 1, 1, NULL));
    assert_ok(vs_state_compare(store, both + 1, 1, NULL, &d));
    assert_int_equal(d, VS_STATE_RESHAPED);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

/* A local variable has an id in a store of its own, which means another one
 * here. */
static void a_local_variable_is_in_no_state(void **state)
{
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    const vs_variable_spec spec = {.shape = &m.items[0].view.shape};
    vs_state_difference d = VS_STATE_SAME;
    vs_context *ctx = NULL;
    vs_variable *v = NULL;
    vs_state_item item = m.items[0];

    assert_ok(vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_get_local_variable(ctx, "l", &spec, &v));
    vs_variable_free(v);
    item.name = "l";
    assert_store(VS_ERR_MISUSE, store,
                 vs_state_save(store, &item, 1, &make, NULL));
    assert_non_null(strstr(vs_store_error(store)->message, "local"));
    assert_store(VS_ERR_MISUSE, store, vs_state_load(store, &item, 1, NULL));
    assert_store(VS_ERR_MISUSE, store,
                 vs_state_compare(store, &item, 1, NULL, &d));
    vs_context_free(ctx);
    loads(store, 0, &m);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

/* More parts than a list of items has room for at first. */
static vs_status save_many_parts(void *ctx)
{
    static float values[20];
    const vs_shape shape = vs_shape_1d(20);
    const vs_state_item item = {.name = "many",
                                .view = vs_view_of(VS_F32, &shape, values)};
    const vs_store_options options = {.mode = VS_OPEN_WRITE, .threads = 1};
    vs_store *store = NULL;
    vs_status st = vs_store_open(*(const char **)ctx, &options, &store, NULL);

    if (st == VS_OK)
        st = vs_state_save(store, &item, 1, NULL, NULL);
    vs_store_close(store);
    return st;
}

static void memory_that_runs_out_among_parts_is_told(void **state)
{
    const char *path = test_path(state, "m.vars.db");
    const vs_shape shape = vs_shape_1d(20);
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(20, 0)};
    vs_store *store = state_open(path, VS_OPEN_CREATE_NEW, 1);

    assert_store(VS_OK, store, vs_variable_create(store, "many", &spec, NULL));
    vs_store_close(store);
    assert_in_range(test_each_allocation_failing(save_many_parts, &path, false),
                    20, 3000);
}

struct run {
    const char *path;
    struct memory_state *m;
};

static vs_status save_and_load(void *ctx)
{
    const struct run *r = ctx;
    const vs_store_options options = {.mode = VS_OPEN_WRITE, .threads = 1};
    vs_store *store = NULL;
    vs_status st = vs_store_open(r->path, &options, &store, NULL);

    if (st == VS_OK)
        st = vs_state_save(store, r->m->items, N_ITEMS, NULL, NULL);
    if (st == VS_OK)
        st = vs_state_load(store, r->m->items, N_ITEMS, NULL);
    vs_store_close(store);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    struct memory_state m = state_make(1);
    struct run r = {test_path(state, "s.vars.db"), &m};
    vs_store *store = cut_store(state, &m, VS_UNSET);

    (void)save(store, &m, &make);
    vs_store_close(store);
    m.bytes[1][7] = -1;
    assert_in_range(test_each_allocation_failing(save_and_load, &r, false), 20,
                    3000);
    store = state_open(test_path(state, "s.vars.db"), VS_OPEN_WRITE, 1);
    loads(store, 0, &m);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(each_part_takes_its_slice),
        WITH_DIR(only_parts_that_changed_are_written),
        WITH_DIR(deferred_parts_get_their_first_value),
        WITH_DIR(another_cut_that_comes_between_is_noticed),
        WITH_DIR(what_does_not_fit_the_whole_is_told),
        WITH_DIR(a_local_variable_is_in_no_state),
        WITH_DIR(memory_that_runs_out_among_parts_is_told),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("service.state_items", tests, NULL,
                                       NULL);
}
