/* test_initialize_between.c - model/initialize: others change the store while a
 * first value is computed, which is done before the write lock is taken.
 */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

#define MANY 5000 /* elements: more than is kept without chunks */

/* An initializer that gives ones, and does something to a variable by another
 * handle when it is first asked. */
struct meddler {
    vs_store *other;
    const char *victim; /* NULL: it was done */
    int n_calls;
    bool writes; /* its value, of zeros; or it is deleted */
};

static void act(vs_store *store, const char *name, bool writes)
{
    static float zeros[MANY];
    const vs_shape shape = vs_shape_1d(MANY);
    const vs_view view = vs_view_of(VS_F32, &shape, zeros);
    vs_variable *v = NULL;

    if (!writes) {
        assert_store(VS_OK, store, vs_variable_delete(store, name));
        return;
    }
    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    vs_variable_free(v);
}

static vs_status meddle(const char *name, vs_dtype dtype, const vs_shape *shape,
                        int64_t first, int64_t n, void *dst, void *data)
{
    struct meddler *m = data;
    float *to = dst;

    (void)name;
    (void)dtype;
    (void)shape;
    (void)first;
    m->n_calls++;
    if (m->victim != NULL)
        act(m->other, m->victim, m->writes);
    m->victim = NULL;
    for (int64_t i = 0; i < n; i++)
        to[i] = 1;
    return VS_OK;
}

/* a, b and c wait for their first values. */
static vs_store *make(void **state, vs_open_mode mode, struct meddler *m)
{
    static const char *const names[] = {"a", "b", "c"};
    const char *path = test_path(state, "v.db");
    const vs_shape shape = vs_shape_1d(MANY);
    const vs_variable_spec spec = {
        .shape = &shape,
        .initializer = vs_custom_initializer("meddle", meddle, NULL),
        .deferred = VS_YES};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_store(VS_OK, store,
                     vs_variable_create(store, names[i], &spec, NULL));
    vs_store_close(store);
    store = test_open(path, mode);
    assert_store(VS_OK, store,
                 vs_register_initializer(store, "meddle", meddle, m));
    m->other = test_open(path, VS_OPEN_WRITE);
    return store;
}

static void end(vs_store *store, struct meddler *m)
{
    vs_store_close(m->other);
    test_sound(store);
    vs_store_close(store);
}

static void assert_all(vs_store *store, const char *name, float want)
{
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    values = test_read_f32(v);
    for (int i = 0; i < MANY; i++)
        assert_true(values[i] == want);
    free(values);
    vs_variable_free(v);
}

static void assert_gone(vs_store *store, const char *name)
{
    vs_variable *v = NULL;

    assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, name, &v));
}

static void who_is_gone_before_its_turn_is_passed_over(void **state)
{
    struct meddler m = {NULL, "b", 0, false};
    vs_store *store = make(state, VS_OPEN_WRITE, &m);
    int64_t n = -1;

    assert_store(VS_OK, store, vs_scope_initialize(store, NULL, &n));
    assert_int_equal(n, 2);
    assert_all(store, "a", 1);
    assert_gone(store, "b");
    assert_all(store, "c", 1);
    end(store, &m);
}

/* Its value is there, and nobody to have it. */
static void so_is_who_goes_in_its_turn(void **state)
{
    struct meddler m = {NULL, "a", 0, false};
    vs_store *store = make(state, VS_OPEN_WRITE, &m);
    int64_t n = -1;

    assert_store(VS_OK, store, vs_scope_initialize(store, NULL, &n));
    assert_int_equal(n, 2);
    assert_gone(store, "a");
    assert_all(store, "b", 1);
    assert_all(store, "c", 1);
    end(store, &m);
}

/* By itself it is told. */
static void who_asks_for_one_is_told_that_it_is_gone(void **state)
{
    struct meddler m = {NULL, "a", 0, false};
    vs_store *store = make(state, VS_OPEN_WRITE, &m);
    vs_variable *v = NULL;
    bool made = true;

    assert_store(VS_OK, store, vs_variable_open(store, "a", &v));
    made = false;
    assert_store(VS_ERR_STALE, store, vs_variable_initialize(v, &made));
    assert_false(made);
    vs_variable_free(v);
    end(store, &m);
}

/* What it has computed is dropped. */
static void who_is_given_a_value_meanwhile_keeps_that(void **state)
{
    struct meddler m = {NULL, "a", 0, true};
    vs_store *store = make(state, VS_OPEN_WRITE, &m);
    vs_variable *v = NULL;
    bool made = true;
    int64_t n = -1;

    assert_store(VS_OK, store, vs_variable_open(store, "a", &v));
    assert_store(VS_OK, store, vs_variable_initialize(v, &made));
    assert_false(made);
    assert_all(store, "a", 0);
    m.victim = "b";
    assert_store(VS_OK, store, vs_scope_initialize(store, NULL, &n));
    assert_int_equal(n, 1);
    assert_all(store, "b", 0);
    assert_all(store, "c", 1);
    vs_variable_free(v);
    end(store, &m);
}

static void nothing_is_computed_for_a_store_open_for_reading(void **state)
{
    struct meddler m = {NULL, NULL, 0, false};
    vs_store *store = make(state, VS_OPEN_READ, &m);
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_open(store, "a", &v));
    assert_store(VS_ERR_READONLY, store, vs_variable_initialize(v, NULL));
    assert_int_equal(m.n_calls, 0);
    vs_variable_free(v);
    end(store, &m);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(who_is_gone_before_its_turn_is_passed_over),
        with_dir(so_is_who_goes_in_its_turn),
        with_dir(who_asks_for_one_is_told_that_it_is_gone),
        with_dir(who_is_given_a_value_meanwhile_keeps_that),
        with_dir(nothing_is_computed_for_a_store_open_for_reading),
    };

    return cmocka_run_group_tests_name("model.initialize_between", tests, NULL,
                                       NULL);
}
