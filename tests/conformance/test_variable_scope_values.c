/* test_variable_scope_values.c - what TensorFlow 1.x tests of its variable
 * scopes, asked of this library: values, dtypes and collections. Functions are
 * named as in test_variable_scope.c.
 */
#include "world.h"

#include <string.h>

#define SCALARS         \
    (vs_variable_spec)  \
    {                   \
        .shape = SCALAR \
    }

static void test_get_var(struct world *w)
{
    assert_same(get(w, "v", "v"), get(w, "v", "v"));
}

static void test_name_exists(struct world *w)
{
    vs_variable *v = get(w, "v", "v"); /* the root shares */

    assert_same(get(w, "v", "v"), v);
    (void)enter_with(w, "", VS_REUSE_TRUE);
    assert_same(get(w, "v", "v"), v);
    missing(w, "u");
    leave(w);
    if (!w->again) {
        const vs_variable_spec spec = SCALARS;

        assert_store(VS_ERR_EXISTS, w->store,
                     vs_variable_create(w->store, "v", &spec, NULL));
    }
}

static void test_nameless_store(struct world *w)
{
    (void)get(w, "v1", "v1");
    (void)get(w, "v2", "v2");
    members(w, NULL, NULL, "v1 v2");
}

static void test_var_scope_initializer(struct world *w)
{
    const vs_scope_options init = {.initializer = vs_constant(0.25)};
    vs_scope *tower = vs_scope_capture(enter(w, "tower"));

    (void)enter_options(w, "foo", init);
    assert_true(value(w, get(w, "v", "tower/foo/v")) == 0.25);
    leave(w);
    assert_store(VS_OK, w->store, vs_scope_reenter(w->ctx, tower, &init, NULL));
    assert_true(value(w, get(w, "w", "tower/w")) == 0.25);
    leave(w);
    leave(w);
    vs_scope_release(tower);
}

static void test_var_scope_dtype(struct world *w)
{
    const vs_scope_options half = {.dtype = VS_F16};
    vs_scope *tower = vs_scope_capture(enter(w, "tower"));

    (void)enter_options(w, "foo", half);
    assert_int_equal(vs_variable_dtype(get(w, "v", "tower/foo/v")), VS_F16);
    leave(w);
    assert_store(VS_OK, w->store, vs_scope_reenter(w->ctx, tower, &half, NULL));
    assert_int_equal(vs_variable_dtype(get(w, "w", "tower/w")), VS_F16);
    leave(w);
    leave(w);
    vs_scope_release(tower);
}

/* Adapted: what is copied is a variable, and the lists are of the store. */
static void test_eager_variable_store(struct world *w)
{
    const float minus = -1;
    const float plus = 1;
    const vs_view ones = vs_view_const(VS_F32, SCALAR, &plus);
    const vs_view minus_ones = vs_view_const(VS_F32, SCALAR, &minus);
    vs_variable *v = get(w, "v", "v");
    vs_variable *copy = NULL;

    (void)get_spec(w, "w", "w",
                   (vs_variable_spec){.shape = SCALAR, .trainable = VS_NO});
    members(w, NULL, VS_TRAINABLE_VARIABLES, "v");
    members(w, NULL, VS_GLOBAL_VARIABLES, "v w");

    assert_store(VS_OK, w->store, vs_variable_copy(w->store, "v", "copy"));
    members(w, NULL, VS_TRAINABLE_VARIABLES, "copy v");
    assert_store(VS_OK, w->store, vs_variable_open(w->store, "copy", &copy));
    assert_true(value(w, copy) == value(w, v));
    assert_store(VS_OK, w->store, vs_variable_write(v, &minus_ones));
    assert_store(VS_OK, w->store, vs_variable_write(copy, &ones));
    assert_true(value(w, v) == -1);
    assert_true(value(w, copy) == 1);
    vs_variable_free(copy);
    assert_store(VS_OK, w->store, vs_variable_delete(w->store, "copy"));
}

/* Adapted: the function called twice is a scope with VS_REUSE_AUTO. */
static void test_eager_variable_store_with_eager_defun(struct world *w)
{
    vs_variable *v[4];

    for (int i = 0; i < 2; i++) { /* a layer, called twice */
        (void)enter_with(w, "my_dense", VS_REUSE_AUTO);
        v[2 * i] = get(w, "kernel", "my_dense/kernel");
        v[2 * i + 1] = get(w, "bias", "my_dense/bias");
        leave(w);
    }
    assert_same(v[0], v[2]);
    assert_same(v[1], v[3]);
}

static void test_eager_variables_store_adds_to_collections(struct world *w)
{
    static const char *const concatenated[] = {"concatenated_variables", NULL};

    (void)get(w, "v1", "v1");
    (void)get_spec(w, "v2", "v2",
                   (vs_variable_spec){.shape = SCALAR, .trainable = VS_NO});
    (void)get_spec(
        w, "v3", "v3",
        (vs_variable_spec){.shape = SCALAR, .collections = concatenated});
    members(w, NULL, VS_GLOBAL_VARIABLES, "v1 v2");
    members(w, NULL, VS_TRAINABLE_VARIABLES, "v1 v3");
    members(w, NULL, "concatenated_variables", "v3");
}

static void test_init_from_non_tensor_value(struct world *w)
{
    int32_t four = 4;
    int64_t numbers[3] = {1, 2, 3};
    int64_t have[3] = {0, 0, 0};
    const vs_view scalar = vs_view_of(VS_I32, SCALAR, &four);
    const vs_view vector = vs_view_of(VS_I64, SHAPE(3), numbers);
    const vs_view into = vs_view_of(VS_I64, SHAPE(3), have);
    vs_variable_spec spec = {.dtype = VS_I32, .initializer = vs_value(&scalar)};
    const vs_view nothing = {.dtype = VS_F32, .shape = *SHAPE(3)};

    assert_true(value(w, get_spec(w, "v", "v", spec)) == 4);
    spec.dtype = VS_I64;
    spec.initializer = vs_value(&vector);
    assert_store(VS_OK, w->store,
                 vs_variable_read(get_spec(w, "w", "w", spec), &into));
    assert_memory_equal(have, numbers, sizeof have);
    get_fails(w, VS_ERR_MISUSE, "x",
              (vs_variable_spec){.initializer = vs_value(&nothing)}, "x");
}

static void test_init_from_non_initializer(struct world *w)
{
    static const vs_dtype types[] = {VS_I8,  VS_U8,  VS_I16, VS_U16,
                                     VS_I32, VS_I64, VS_BOOL};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char x[] = {'x', (char)('0' + i), '\0'};
        const char y[] = {'y', (char)('0' + i), '\0'};
        vs_variable_spec spec = {.dtype = types[i], .shape = SHAPE(3, 4)};
        uint8_t have[2][96];
        vs_view view;

        memset(have, 0xee, sizeof have);
        view = vs_view_of(types[i], SHAPE(3, 4), have[0]);
        assert_store(VS_OK, w->store,
                     vs_variable_read(get_spec(w, x, x, spec), &view));
        spec.initializer = vs_zeros();
        view = vs_view_of(types[i], SHAPE(3, 4), have[1]);
        assert_store(VS_OK, w->store,
                     vs_variable_read(get_spec(w, y, y, spec), &view));
        assert_memory_equal(have[0], have[1], sizeof have[0]);
    }
}

static void test_initialize_from_value(struct world *w)
{
    float tenth = 0.1f;
    int32_t one = 1;
    const vs_view constant = vs_view_of(VS_F32, SCALAR, &tenth);
    const vs_view integer = vs_view_of(VS_I32, SCALAR, &one);
    vs_variable_spec spec = {.initializer = vs_value(&constant)};

    assert_float_equal(value(w, get_spec(w, "v", "v", spec)), 0.1, 1e-7);
    spec.shape = SHAPE(1);
    get_fails(w, VS_ERR_SHAPE, "u", spec, "shape");

    (void)enter_options(w, "foo",
                        (vs_scope_options){.initializer = vs_value(&constant)});
    assert_float_equal(
        value(w, get_spec(w, "v", "foo/v", (vs_variable_spec){.size = 0})), 0.1,
        1e-7);
    leave(w);

    spec = (vs_variable_spec){.initializer = vs_value(&integer)};
    assert_int_equal(vs_variable_dtype(get_spec(w, "t", "t", spec)), VS_I32);
    spec.dtype = VS_F64;
    get_fails(w, VS_ERR_DTYPE, "s", spec, "don't match");
}

static void test_get_variable_scope(struct world *w)
{
    const vs_initializer init = vs_constant(0.25);

    (void)enter(w, "bar");
    assert_int_equal(vs_scope_initializer(vs_scope_current(w->ctx)).kind,
                     VS_INIT_DEFAULT);
    vs_scope_set_initializer(vs_scope_current(w->ctx), &init);
    assert_true(value(w, get(w, "v", "bar/v")) == 0.25);
    vs_scope_reuse_variables(vs_scope_current(w->ctx));
    missing(w, "w");
    leave(w);
    assert_int_equal(vs_scope_initializer(vs_scope_current(w->ctx)).kind,
                     VS_INIT_DEFAULT);
}

/* Adapted: the dtype is known when the variable is made, wherever it is. */
static void test_get_var_with_device(struct world *w)
{
    int64_t numbers[73] = {0};
    const vs_view arange = vs_view_of(VS_I64, SHAPE(73), numbers);
    const vs_variable_spec x = {.shape = SHAPE(100, 200)};
    const vs_variable_spec y = {.dtype = VS_I64,
                                .initializer = vs_value(&arange)};
    const vs_variable_info *info = NULL;

    assert_store(VS_OK, w->store,
                 vs_variable_describe(get_spec(w, "x", "x", x), &info));
    assert_int_equal(info->dtype, VS_F32);
    assert_store(VS_OK, w->store,
                 vs_variable_describe(get_spec(w, "y", "y", y), &info));
    assert_int_equal(info->dtype, VS_I64);
    assert_int_equal(info->shape.dims[0], 73);
}

static void test_get_collection(struct world *w)
{
    static const char *const scopes[] = {"", "foo_", "foo"};
    static const char *const a[] = {"a", "foo_/a", "foo/a"};
    static const char *const b[] = {"b", "foo_/b", "foo/b"};

    for (int i = 0; i < 3; i++) {
        (void)enter(w, scopes[i]);
        (void)get(w, "a", a[i]);
        (void)get_spec(w, "b", b[i],
                       (vs_variable_spec){.shape = SCALAR, .trainable = VS_NO});
        leave(w);
    }
    members(w, "foo_", VS_TRAINABLE_VARIABLES, "foo_/a");
    members(w, "foo_", VS_GLOBAL_VARIABLES, "foo_/a foo_/b");
    members(w, "foo", VS_TRAINABLE_VARIABLES, "foo/a");
    members(w, "foo", VS_GLOBAL_VARIABLES, "foo/a foo/b");
    members(w, "", VS_GLOBAL_VARIABLES, "a b foo/a foo/b foo_/a foo_/b");
    members(w, "", VS_TRAINABLE_VARIABLES, "a foo/a foo_/a");
}

/* Adapted: there is no synchronization that would change the default. */
static void test_get_trainable_variables_with_get_variable(struct world *w)
{
    (void)get(w, "a", "a");
    (void)enter(w, "foo");
    (void)get(w, "b", "foo/b");
    (void)get_spec(w, "c", "foo/c",
                   (vs_variable_spec){.shape = SCALAR, .trainable = VS_NO});
    if (!w->again)
        members(w, "foo", VS_TRAINABLE_VARIABLES, "foo/b");
    (void)get_spec(w, "e", "foo/e",
                   (vs_variable_spec){.shape = SCALAR, .trainable = VS_YES});
    leave(w);
    members(w, "foo", VS_TRAINABLE_VARIABLES, "foo/b foo/e");
}

static void test_get_global_variables(struct world *w)
{
    (void)get(w, "a", "a");
    (void)enter(w, "foo");
    (void)get(w, "b", "foo/b");
    leave(w);
    members(w, "foo", VS_GLOBAL_VARIABLES, "foo/b");
}

static void test_get_local_variables(struct world *w)
{
    static const char *const local[] = {VS_LOCAL_VARIABLES, NULL};
    const vs_variable_spec spec = {.shape = SCALAR, .collections = local};

    (void)get_spec(w, "a", "a", spec);
    (void)enter(w, "foo");
    (void)get_spec(w, "b", "foo/b", spec);
    (void)get(w, "c", "foo/c");
    leave(w);
    members(w, "foo", VS_LOCAL_VARIABLES, "foo/b");
}

static void
test_get_variable_with_initializer_which_takes_unprovided_args_and_no_shape(
    struct world *w)
{
    get_fails(w, VS_ERR_NEEDSHAPE, "foo",
              (vs_variable_spec){.initializer = vs_random_uniform(0, 1, 1)},
              "shape");
}

int main(void)
{
    static const struct program programs[] = {
        SHARING_PROGRAM(test_get_var),
        SHARING_PROGRAM(test_name_exists),
        PROGRAM(test_nameless_store),
        PROGRAM(test_var_scope_initializer),
        PROGRAM(test_var_scope_dtype),
        PROGRAM(test_eager_variable_store),
        PROGRAM(test_eager_variable_store_with_eager_defun),
        PROGRAM(test_eager_variables_store_adds_to_collections),
        PROGRAM(test_init_from_non_tensor_value),
        PROGRAM(test_init_from_non_initializer),
        PROGRAM(test_initialize_from_value),
        PROGRAM(test_get_variable_scope),
        PROGRAM(test_get_var_with_device),
        PROGRAM(test_get_collection),
        PROGRAM(test_get_trainable_variables_with_get_variable),
        PROGRAM(test_get_global_variables),
        PROGRAM(test_get_local_variables),
        PROGRAM(
            test_get_variable_with_initializer_which_takes_unprovided_args_and_no_shape),
    };

    return world_main("conformance.variable_scope_values", programs,
                      sizeof programs / sizeof programs[0]);
}
