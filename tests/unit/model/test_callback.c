/* test_callback.c - model/callback: rules of one's own, found by their names. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/callback.h"

/* Each callback of these tests tells by its data which one it is. */
static vs_status fill(const char *name, vs_dtype dtype, const vs_shape *shape,
                      int64_t first, int64_t n, void *dst, void *data)
{
    (void)name;
    (void)dtype;
    (void)shape;
    (void)first;
    for (int64_t i = 0; i < n; i++)
        ((float *)dst)[i] = *(const float *)data;
    return VS_OK;
}

static vs_status weigh(const vs_view *view, double *out, void *data)
{
    (void)view;
    *out = *(const float *)data;
    return VS_OK;
}

static vs_status set_all(const vs_view *view, void *data)
{
    for (int64_t i = 0; i < view->shape.dims[0]; i++)
        ((float *)view->data)[i] = *(const float *)data;
    return VS_OK;
}

static vs_status cut(const vs_shape *shape, vs_dtype dtype, int64_t *counts,
                     void *data)
{
    (void)shape;
    (void)dtype;
    counts[0] = (int64_t) * (const float *)data;
    return VS_OK;
}

static vs_status pass(vs_next *next, const vs_getting *getting, void *data,
                      vs_variable **out)
{
    *(float *)data += 1;
    return vs_next_get(next, getting, out);
}

struct fixture {
    vs_store *store;
    vs_context *ctx;
};

static struct fixture begin(void **state)
{
    struct fixture f;

    f.store = test_open(test_path(state, "c.db"), VS_OPEN_CREATE);
    assert_ok(vs_context_new(f.store, &f.ctx));
    return f;
}

static void end(struct fixture *f)
{
    vs_context_free(f->ctx);
    vs_store_close(f->store);
}

static const vs_shape four = {1, {4}};

static vs_variable *get(struct fixture *f, const char *name,
                        const vs_variable_spec *spec)
{
    vs_variable *v = NULL;

    assert_store(VS_OK, f->store, vs_get_variable(f->ctx, name, spec, &v));
    return v;
}

static float first_of(vs_variable *v)
{
    float memory[4];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), memory);

    assert_store(VS_OK, vs_variable_store(v), vs_variable_read(v, &view));
    return memory[0];
}

static void each_sort_has_names_of_its_own(void **state)
{
    static float one = 1, two = 2, three = 3, gets = 0;
    struct fixture f = begin(state);
    const vs_variable_spec spec = {
        .shape = &four,
        .initializer = vs_custom_initializer("mine", NULL, NULL),
        .regularizer = vs_custom_regularizer("mine", NULL, NULL),
        .constraint = vs_custom_constraint("mine", NULL, NULL)};
    const vs_getter getter = {NULL, NULL, "mine"};
    vs_variable_spec asked = spec;
    vs_variable *v;
    double loss = 0;

    asked.getter = &getter;
    assert_ok(vs_register_initializer(f.store, "mine", fill, &one));
    assert_ok(vs_register_regularizer(f.store, "mine", weigh, &two));
    assert_ok(vs_register_constraint(f.store, "mine", set_all, &three));
    assert_ok(vs_register_getter(f.store, "mine", pass, &gets));
    v = get(&f, "v", &asked);
    assert_float_equal(first_of(v), 1, 0);
    assert_float_equal(gets, 1, 0);
    assert_store(VS_OK, f.store, vs_variable_loss(v, &loss));
    assert_float_equal(loss, 2, 0);
    assert_store(VS_OK, f.store, vs_variable_constrain(v));
    assert_float_equal(first_of(v), 3, 0);
    vs_variable_free(v);
    end(&f);
}

static void the_name_decides_among_many(void **state)
{
    static float values[] = {1, 2, 3};
    static const char *const names[] = {"a", "b", "c"};
    struct fixture f = begin(state);

    for (size_t i = 0; i < 3; i++)
        assert_ok(vs_register_initializer(f.store, names[i], fill, &values[i]));
    for (size_t i = 0; i < 3; i++) {
        const vs_variable_spec spec = {
            .shape = &four,
            .initializer = vs_custom_initializer(names[i], NULL, NULL)};
        vs_variable *v = get(&f, names[i], &spec);

        assert_float_equal(first_of(v), values[i], 0);
        vs_variable_free(v);
    }
    end(&f);
}

static void again_replaces_and_null_takes_away(void **state)
{
    static float one = 1, two = 2;
    struct fixture f = begin(state);
    const vs_variable_spec spec = {
        .shape = &four,
        .initializer = vs_custom_initializer("mine", NULL, NULL)};
    vs_variable *v;

    assert_ok(vs_register_initializer(f.store, "mine", fill, &one));
    assert_ok(vs_register_initializer(f.store, "mine", fill, &two));
    v = get(&f, "v", &spec);
    assert_float_equal(first_of(v), 2, 0);
    vs_variable_free(v);
    assert_ok(vs_register_initializer(f.store, "mine", NULL, NULL));
    assert_ok(vs_register_initializer(f.store, "mine", NULL, NULL));
    assert_store(VS_ERR_CALLBACK, f.store,
                 vs_get_variable(f.ctx, "w", &spec, &v));
    end(&f);
}

static void a_pointer_needs_no_name(void **state)
{
    static float one = 1, two = 2;
    struct fixture f = begin(state);
    const vs_variable_spec spec = {
        .shape = &four,
        .initializer = vs_custom_initializer("mine", fill, &two),
        .partitioner = vs_custom_partitioner("mine", cut, &two)};
    const vs_variable_spec nameless = {
        .shape = &four,
        .initializer = vs_custom_initializer(NULL, fill, &two),
        .partitioner = vs_custom_partitioner(NULL, cut, &one)};
    vs_variable *v;

    assert_ok(vs_register_initializer(f.store, "mine", fill, &one));
    assert_ok(vs_register_partitioner(f.store, "mine", cut, &one));
    v = get(&f, "v", &spec);
    assert_float_equal(first_of(v), 2, 0);
    assert_int_equal(vs_variable_n_parts(v), 2);
    vs_variable_free(v);
    v = get(&f, "w", &nameless);
    assert_float_equal(first_of(v), 2, 0);
    vs_variable_free(v);
    end(&f);
}

/* What has neither a pointer nor a name is not looked for. */
static void nothing_at_all_is_refused(void **state)
{
    static float one = 1;
    struct fixture f = begin(state);
    const vs_variable_spec init = {
        .shape = &four, .initializer = vs_custom_initializer(NULL, NULL, NULL)};
    const vs_variable_spec partitioner = {
        .shape = &four, .partitioner = vs_custom_partitioner(NULL, NULL, NULL)};
    vs_variable *v = NULL;

    assert_ok(vs_register_initializer(f.store, "mine", fill, &one));
    assert_ok(vs_register_partitioner(f.store, "mine", cut, &one));
    assert_store(VS_ERR_CALLBACK, f.store,
                 vs_get_variable(f.ctx, "v", &init, &v));
    assert_store(VS_ERR_MISUSE, f.store,
                 vs_get_variable(f.ctx, "v", &partitioner, &v));
    assert_null(v);
    end(&f);
}

/* Who has forked has the parent's list, but registers nothing in it. */
static void a_forked_process_registers_nothing(void **state)
{
    static float one = 1;
    struct fixture f = begin(state);
    int how = -1;
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) /* by exit: what it reached is counted */
        exit(vs_register_initializer(f.store, "mine", fill, &one) ==
                         VS_ERR_FORKED &&
                     f.store->callbacks == NULL
                 ? 0
                 : 1);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    end(&f);
}

static void partitioners_are_found_by_name(void **state)
{
    static float two = 2;
    struct fixture f = begin(state);
    const vs_variable_spec spec = {
        .shape = &four,
        .partitioner = vs_custom_partitioner("halves", NULL, NULL)};
    vs_variable *v = NULL;

    assert_store(VS_ERR_CALLBACK, f.store,
                 vs_get_variable(f.ctx, "v", &spec, &v));
    assert_ok(vs_register_partitioner(f.store, "halves", cut, &two));
    v = get(&f, "v", &spec);
    assert_int_equal(vs_variable_n_parts(v), 2);
    vs_variable_free(v);
    end(&f);
}

static void local_variables_find_them_too(void **state)
{
    static float two = 2;
    struct fixture f = begin(state);
    const vs_variable_spec spec = {
        .shape = &four,
        .initializer = vs_custom_initializer("mine", NULL, NULL)};
    vs_variable *v = NULL;

    assert_ok(vs_register_initializer(f.store, "mine", fill, &two));
    assert_store(VS_OK, f.store, vs_get_local_variable(f.ctx, "v", &spec, &v));
    assert_float_equal(first_of(v), 2, 0);
    vs_variable_free(v);
    end(&f);
}

static void bad_names_are_refused(void **state)
{
    static const char *const names[] = {
        NULL, "", "a b", "a/b",
        "0123456789012345678901234567890123456789012345678901234567890123"};
    static float one = 1;
    struct fixture f = begin(state);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_store(VS_ERR_NAME, f.store,
                     vs_register_initializer(f.store, names[i], fill, &one));
    end(&f);
}

static vs_status register_one(void *store)
{
    vs_status st = vs_register_constraint(store, "mine", set_all, NULL);

    if (st == VS_OK)
        assert_ok(vs_register_constraint(store, "mine", NULL, NULL));
    return st;
}

static void memory_may_run_out(void **state)
{
    struct fixture f = begin(state);

    assert_int_equal(test_each_allocation_failing(register_one, f.store, false),
                     1);
    end(&f);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(each_sort_has_names_of_its_own),
        with_dir(the_name_decides_among_many),
        with_dir(again_replaces_and_null_takes_away),
        with_dir(a_pointer_needs_no_name),
        with_dir(nothing_at_all_is_refused),
        with_dir(a_forked_process_registers_nothing),
        with_dir(partitioners_are_found_by_name),
        with_dir(local_variables_find_them_too),
        with_dir(bad_names_are_refused),
        with_dir(memory_may_run_out),
    };

    return cmocka_run_group_tests_name("model.callback", tests, NULL, NULL);
}
