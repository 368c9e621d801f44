/* test_update.c - eight processes change one number; no change is lost. */
#include "crowd.h"

#define N_MEMBERS 8
#define N_UPDATES 100

struct updater {
    struct member member;
    int64_t n_conflicts; /* compare-and-swaps that came too late */
};

/* The counter, made by whoever comes first. */
static vs_variable *counter(struct member *m, vs_store *store)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_variable_spec spec = {.dtype = VS_I64, .shape = &scalar};
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    vs_context *ctx = NULL;
    vs_variable *v = NULL;

    if (member_ok(m, store, vs_context_new(store, &ctx)) &&
        member_ok(m, store, vs_scope_enter(ctx, "", &sharing, NULL)))
        (void)member_ok(m, store, vs_get_variable(ctx, "counter", &spec, &v));
    vs_context_free(ctx);
    return v;
}

static void add_all(struct member *m)
{
    const vs_shape scalar = vs_shape_scalar();
    const int64_t one = 1;
    const vs_view delta = vs_view_const(VS_I64, &scalar, &one);
    vs_store *store = member_open(m);
    vs_variable *v = store != NULL ? counter(m, store) : NULL;

    for (int i = 0; i < m->n_todo && m->st == VS_OK; i++)
        (void)member_ok(m, store,
                        member_call(m, vs_variable_assign_add(v, &delta)));
    vs_variable_free(v);
    vs_store_close(store);
}

/* Value and version of one snapshot. */
static vs_status look(vs_variable *v, vs_store *store, int64_t *value,
                      int64_t *version)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_view into = vs_view_of(VS_I64, &scalar, value);
    vs_status st = vs_store_begin(store, VS_TXN_READ);
    vs_status ended;

    if (st != VS_OK)
        return st;
    st = vs_variable_version(v, version);
    if (st == VS_OK)
        st = vs_variable_read(v, &into);
    ended = vs_store_commit(store);
    return st != VS_OK ? st : ended;
}

static void swap_one(struct updater *u, vs_variable *v, vs_store *store)
{
    const vs_shape scalar = vs_shape_scalar();
    struct member *m = &u->member;
    int64_t value = 0;
    int64_t version = 0;
    vs_view view = vs_view_of(VS_I64, &scalar, &value);
    vs_status st = VS_ERR_CONFLICT;

    while (st == VS_ERR_CONFLICT) {
        if (!member_ok(m, store, look(v, store, &value, &version)))
            return;
        value++;
        st = member_call(m,
                         vs_variable_compare_and_swap(v, version, &view, NULL));
        u->n_conflicts += st == VS_ERR_CONFLICT;
    }
    (void)member_ok(m, store, st);
}

static void swap_all(struct member *m)
{
    struct updater *u = (struct updater *)m;
    vs_store *store = member_open(m);
    vs_variable *v = store != NULL ? counter(m, store) : NULL;

    for (int i = 0; i < m->n_todo && m->st == VS_OK; i++)
        swap_one(u, v, store);
    vs_variable_free(v);
    vs_store_close(store);
}

static void assert_total(const char *path, int64_t want)
{
    vs_store *store = test_open(path, VS_OPEN_READ);
    const vs_shape scalar = vs_shape_scalar();
    int64_t total = 0;
    const vs_view into = vs_view_of(VS_I64, &scalar, &total);
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_open(store, "counter", &v));
    assert_store(VS_OK, store, vs_variable_read(v, &into));
    assert_int_equal(total, want);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void additions_of_many_processes_add_up(void **state)
{
    const char *path = test_path(state, "u.vars.db");
    struct crowd crowd;

    crowd_processes(&crowd, N_MEMBERS, sizeof(struct updater), path, N_UPDATES,
                    add_all);
    crowd_report(&crowd, "assign_add");
    assert_total(path, N_MEMBERS * N_UPDATES);
    crowd_done(&crowd);
}

static void swaps_of_many_processes_add_up(void **state)
{
    const char *path = test_path(state, "u.vars.db");
    struct crowd crowd;
    int64_t conflicts = 0;

    crowd_processes(&crowd, N_MEMBERS, sizeof(struct updater), path, N_UPDATES,
                    swap_all);
    crowd_report(&crowd, "compare_and_swap");
    for (int i = 0; i < N_MEMBERS; i++)
        conflicts += ((struct updater *)crowd_slot(&crowd, i))->n_conflicts;
    print_message("%lld conflicts\n", (long long)conflicts);
    assert_total(path, N_MEMBERS * N_UPDATES);
    crowd_done(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(additions_of_many_processes_add_up,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(swaps_of_many_processes_add_up,
                                        test_dir_setup, test_dir_teardown),
    };

    return cmocka_run_group_tests_name("concurrency.update", tests, NULL, NULL);
}
