/* test_state_between.c - service/state_save: what somebody else commits between
 * the look at a state and the lock to write it.
 */
#include "states.h"

/* Somebody else, who does one thing when the look reports for the first time. */
struct other {
    void (*act)(vs_store *store);
    vs_store *store;
    int calls;
};

static int act_once(int64_t done, int64_t total, void *ctx)
{
    struct other *o = ctx;

    (void)done;
    (void)total;
    if (o->calls++ == 0)
        o->act(o->store);
    return 0;
}

/* Saves the state, of which a/kernel is new; meanwhile somebody acts. */
static vs_status save_while(void **state, vs_store *store,
                            struct memory_state *m, vs_reuse reuse,
                            void (*act)(vs_store *store),
                            vs_state_report *report)
{
    struct other o = {.act = act};
    const vs_state_save_options options = {.reuse = reuse,
                                           .progress = {act_once, &o}};
    vs_status st;

    o.store = state_open(test_path(state, "s.vars.db"), VS_OPEN_WRITE, 1);
    state_fill(m, 1, 30);
    st = vs_state_save(store, m->items, N_ITEMS, &options, report);
    assert_true(o.calls > 0);
    vs_store_close(o.store);
    return st;
}

/* Another variable of the same kind under the same name. */
static void replace_kernel(vs_store *store)
{
    assert_ok(vs_variable_delete(store, "a/kernel"));
    vs_variable_free(test_iota(store, "a/kernel", vs_shape_2d(100, 1000)));
}

static void what_was_made_anew_gets_the_value(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);
    vs_state_report report;

    assert_store(
        VS_OK, store,
        save_while(state, store, &m, VS_REUSE_TRUE, replace_kernel, &report));
    assert_int_equal(report.n_written, 1);
    assert_int_equal(report.n_created, 0);
    assert_starts(store, "a/kernel", 31);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

static void reshape_bias(vs_store *store)
{
    assert_ok(vs_variable_delete(store, "b/bias"));
    vs_variable_free(test_iota(store, "b/bias", vs_shape_1d(5)));
}

static void what_has_another_shape_by_now_stops_it_all(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);

    assert_store(
        VS_ERR_SHAPE, store,
        save_while(state, store, &m, VS_REUSE_TRUE, reshape_bias, NULL));
    assert_string_equal(vs_store_error(store)->message,
                        "variable b/bias: have f32[5], the state's is "
                        "f32[1,3000]");
    assert_starts(store, "a/kernel", 2); /* as it was */
    assert_starts(store, "b/bias", 0);
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

static void delete_kernel(vs_store *store)
{
    assert_ok(vs_variable_delete(store, "a/kernel"));
}

static void what_is_gone_by_now_stops_it_all(void **state)
{
    struct memory_state m = state_make(1);
    vs_store *store = state_store(state, 2, &m);

    state_fill(&m, 0, 40);
    assert_store(
        VS_ERR_NOTFOUND, store,
        save_while(state, store, &m, VS_REUSE_TRUE, delete_kernel, NULL));
    assert_starts(store, "a/bias", 1);
    assert_false(scene_exists(store, "a/kernel"));
    test_sound(store);
    vs_store_close(store);
    state_free(&m);
}

static void make_cut(vs_store *store, const char *name, int64_t n_parts)
{
    const vs_shape shape = vs_shape_1d(6);
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(n_parts, 0)};

    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
}

/* As many parts as before, cut elsewhere. */
static void cut_elsewhere(vs_store *store)
{
    assert_ok(vs_variable_delete(store, "x"));
    assert_ok(vs_variable_delete(store, "y"));
    make_cut(store, "x", 3);
    make_cut(store, "y", 2);
}

static void what_is_cut_elsewhere_by_now_gets_the_value(void **state)
{
    const char *path = test_path(state, "s.vars.db");
    const vs_shape shape = vs_shape_1d(6);
    float values[2][6] = {{0, 1, 2, 3, 4, 5}, {7, 8, 9, 10, 11, 12}};
    vs_store *store = state_open(path, VS_OPEN_CREATE_NEW, 1);
    struct other o = {.act = cut_elsewhere};
    const vs_state_save_options options = {.progress = {act_once, &o}};
    vs_state_item items[2];

    memset(items, 0, sizeof items);
    items[0].name = "x";
    items[1].name = "y";
    for (int i = 0; i < 2; i++)
        items[i].view = vs_view_of(VS_F32, &shape, values[i]);
    make_cut(store, "x", 2);
    make_cut(store, "y", 3);
    assert_store(VS_OK, store, vs_state_save(store, items, 1, NULL, NULL));
    o.store = state_open(path, VS_OPEN_WRITE, 1);
    assert_store(VS_OK, store, vs_state_save(store, items, 2, &options, NULL));
    assert_true(o.calls > 0);
    assert_starts(store, "x", 0);
    assert_starts(store, "y", 7);
    test_sound(store);
    vs_store_close(o.store);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(what_was_made_anew_gets_the_value),
        IN_DIR(what_has_another_shape_by_now_stops_it_all),
        IN_DIR(what_is_gone_by_now_stops_it_all),
        IN_DIR(what_is_cut_elsewhere_by_now_gets_the_value),
    };

    return cmocka_run_group_tests_name("service.state_between", tests, NULL,
                                       NULL);
}
