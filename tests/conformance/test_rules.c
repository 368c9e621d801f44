/* test_rules.c - what a variable is made with and keeps: regularizers and
 * their losses, constraints, cached values, and what a fetch verifies. S13,
 * S64-S67, S82-S86, E24, Q8-Q12, and TensorFlow's tests of them.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static double loss_of(struct world *w, vs_variable *v)
{
    double loss = -1;

    assert_store(VS_OK, w->store, vs_variable_loss(v, &loss));
    return loss;
}

static double losses(struct world *w, const char *scope, int64_t want)
{
    double loss = -1;
    int64_t n = -1;

    assert_store(VS_OK, w->store, vs_scope_loss(w->store, scope, &loss, &n));
    assert_int_equal(n, want);
    return loss;
}

static void set(struct world *w, vs_variable *v, float x)
{
    const vs_shape shape = vs_shape_scalar();
    const vs_view view = vs_view_of(VS_F32, &shape, &x);

    assert_store(VS_OK, w->store, vs_variable_write(v, &view));
}

static vs_status mean_tenth(const vs_view *view, double *out, void *data)
{
    const float *x = view->data;

    (void)data;
    *out = (double)*x * 0.1;
    return VS_OK;
}

/* TensorFlow's losses are 0.4, 0.4 and 0.5 of variables at 4 and 5. */
static void test_var_scope_regularizer(struct world *w)
{
    const vs_regularizer tenth =
        vs_custom_regularizer("tenth", mean_tenth, NULL);
    vs_scope *tower;
    vs_scope_options options = {.regularizer = tenth,
                                .initializer = vs_constant(4)};

    assert_store(VS_OK, w->store,
                 vs_register_regularizer(w->store, "tenth", mean_tenth, NULL));
    tower = enter_options(w, "tower3", options);
    assert_float_equal(loss_of(w, get(w, "u", "tower3/u")), 0.4, 1e-9);
    (void)enter(w, "tower4");
    assert_float_equal(loss_of(w, get(w, "v", "tower3/tower4/v")), 0.4, 1e-9);
    options.initializer = vs_constant(5);
    options.regularizer = vs_no_regularizer(); /* S84 */
    (void)enter_options(w, "inner", options);
    assert_float_equal(loss_of(w, get(w, "x", "tower3/tower4/inner/x")), 0, 0);
    leave(w);
    leave(w);
    vs_scope_set_regularizer(tower, &tenth);
    assert_float_equal(
        loss_of(w, get_spec(w, "w", "tower3/w",
                            (vs_variable_spec){.shape = SCALAR,
                                               .initializer = vs_constant(5)})),
        0.5, 1e-9);
    assert_float_equal(losses(w, NULL, 3), 1.3, 1e-9);
    (void)enter_with(w, "tower4", VS_REUSE_TRUE); /* S82: none on reuse */
    (void)get(w, "v", "tower3/tower4/v");
    leave(w);
    assert_float_equal(losses(w, "tower3", 3), 1.3, 1e-9);
    assert_float_equal(losses(w, "tower3/tower4", 1), 0.4, 1e-9);
    leave(w);
    members(w, NULL, VS_REGULARIZATION_LOSSES,
            "tower3/tower4/v tower3/u tower3/w");
}

static void s82_a_regularizer_is_kept_at_creation_only(struct world *w)
{
    const vs_regularizer l2 = vs_l2_regularizer(1);
    vs_variable *v = get_spec(
        w, "v", "v",
        (vs_variable_spec){.shape = SCALAR, .initializer = vs_constant(2)});

    (void)enter_options(
        w, "", (vs_scope_options){.reuse = VS_REUSE_TRUE, .regularizer = l2});
    assert_float_equal(loss_of(w, get(w, "v", "v")), 0, 0);
    leave(w);
    assert_float_equal(loss_of(w, v), 0, 0);
    assert_float_equal(losses(w, NULL, 0), 0, 0);
}

static void s83_a_loss_is_that_of_the_value_of_then(struct world *w)
{
    vs_variable *v =
        get_spec(w, "v", "v",
                 (vs_variable_spec){.shape = SCALAR,
                                    .initializer = vs_constant(2),
                                    .regularizer = vs_l2_regularizer(3)});
    const vs_variable *shared =
        get_spec(w, "k", "k",
                 (vs_variable_spec){.shape = SCALAR,
                                    .initializer = vs_constant(2),
                                    .regularizer = vs_keras_l1_l2(1, 1)});

    (void)shared;
    set(w, v, 2);
    assert_float_equal(loss_of(w, v), 6, 1e-12);
    set(w, v, 4);
    assert_float_equal(loss_of(w, v), 24, 1e-12);
    assert_float_equal(losses(w, NULL, 2), 24 + 2 + 4, 1e-12);
}

static void s84_no_regularizer_blocks_what_is_inherited(struct world *w)
{
    (void)enter_options(
        w, "a", (vs_scope_options){.regularizer = vs_l1_regularizer(1)});
    (void)enter_options(w, "b",
                        (vs_scope_options){.regularizer = vs_no_regularizer()});
    (void)get(w, "v", "a/b/v");
    leave(w);
    (void)get_spec(w, "u", "a/u",
                   (vs_variable_spec){.shape = SCALAR,
                                      .regularizer = vs_no_regularizer()});
    (void)get(w, "t", "a/t");
    leave(w);
    members(w, NULL, VS_REGULARIZATION_LOSSES, "a/t");
}

static void s86_what_is_not_trained_can_be_regularized(struct world *w)
{
    (void)get_spec(w, "v", "v",
                   (vs_variable_spec){.shape = SCALAR,
                                      .trainable = VS_NO,
                                      .regularizer = vs_l1_regularizer(1)});
    members(w, NULL, VS_REGULARIZATION_LOSSES, "v");
    members(w, NULL, VS_TRAINABLE_VARIABLES, "");
}

/* In TensorFlow the variable exists by then (no rollback); here it does not. */
static void e24_a_bad_regularizer_makes_nothing(struct world *w)
{
    get_fails(w, VS_ERR_MISUSE, "v",
              (vs_variable_spec){.shape = SCALAR,
                                 .regularizer = vs_l1_regularizer(-1)},
              "scales");
    get_fails(w, VS_ERR_MISUSE, "v",
              (vs_variable_spec){
                  .shape = SCALAR,
                  .regularizer = vs_custom_regularizer(NULL, mean_tenth, NULL)},
              "without a name");
    enter_fails(w, VS_ERR_MISUSE, "s",
                (vs_scope_options){.regularizer = vs_l1_regularizer(-1)},
                "scales");
    members(w, NULL, NULL, "");
}

static void q15_a_missing_callback_matters_when_it_is_needed(struct world *w)
{
    double loss = 0;
    vs_variable *v;

    assert_store(VS_OK, w->store,
                 vs_register_regularizer(w->store, "tenth", mean_tenth, NULL));
    v = get_spec(w, "v", "v",
                 (vs_variable_spec){
                     .shape = SCALAR,
                     .initializer = vs_constant(3),
                     .regularizer = vs_custom_regularizer("tenth", NULL, NULL),
                     .constraint = vs_custom_constraint("other", NULL, NULL)});
    assert_float_equal(loss_of(w, v), 0.3, 1e-7);
    assert_store(VS_OK, w->store,
                 vs_register_regularizer(w->store, "tenth", NULL, NULL));
    assert_true(value(w, v) == 3);
    assert_store(VS_ERR_CALLBACK, w->store, vs_variable_loss(v, &loss));
    assert_store(VS_ERR_CALLBACK, w->store, vs_variable_constrain(v));
    assert_true(value(w, v) == 3);
}

static void s67_a_constraint_is_applied_on_request_only(struct world *w)
{
    vs_variable *v = get_spec(w, "v", "v",
                              (vs_variable_spec){.shape = SCALAR,
                                                 .initializer = vs_constant(-2),
                                                 .constraint = vs_non_neg()});

    set(w, v, -3);
    assert_true(value(w, v) == -3);
    assert_store(VS_OK, w->store, vs_variable_constrain(v));
    assert_true(value(w, v) == 0);
    set(w, v, -2);
}

static vs_constraint_kind constraint_of(struct world *w, vs_variable *v)
{
    const char *regularizer;
    const char *constraint;

    assert_store(VS_OK, w->store,
                 vs_variable_rules(v, &regularizer, &constraint));
    return strstr(constraint, "non_neg") != NULL ? VS_CONSTRAINT_NON_NEG
                                                 : VS_CONSTRAINT_NONE;
}

static void s13_a_constraint_is_not_inherited(struct world *w)
{
    const vs_scope_options options = {.constraint = vs_non_neg()};
    vs_scope *s = vs_scope_capture(enter_options(w, "s", options));

    assert_int_equal(constraint_of(w, get(w, "v", "s/v")),
                     VS_CONSTRAINT_NON_NEG);
    (void)enter(w, "t");
    assert_int_equal(constraint_of(w, get(w, "v", "s/t/v")),
                     VS_CONSTRAINT_NONE);
    leave(w);
    leave(w);
    (void)reenter(w, s);
    assert_int_equal(constraint_of(w, get(w, "u", "s/u")), VS_CONSTRAINT_NONE);
    leave(w);
    vs_scope_release(s);
}

static void test_var_scope_constraint(struct world *w)
{
    const vs_scope_options options = {.constraint = vs_non_neg()};
    vs_scope *tower = vs_scope_capture(enter(w, "tower1"));
    vs_scope *again = NULL;

    (void)enter_options(w, "foo", options);
    assert_int_equal(constraint_of(w, get(w, "v", "tower1/foo/v")),
                     VS_CONSTRAINT_NON_NEG);
    leave(w);
    leave(w);
    assert_store(VS_OK, w->store,
                 vs_scope_reenter(w->ctx, tower, &options, &again));
    assert_int_equal(constraint_of(w, get(w, "w", "tower1/w")),
                     VS_CONSTRAINT_NON_NEG);
    leave(w);
    vs_scope_release(tower);
}

/* Adapted: a device is any word that asks for a cache, or "" for none. */
static void test_var_scope_caching_device(struct world *w)
{
    vs_scope *tower = enter_options(
        w, "tower", (vs_scope_options){.caching_device = "cache"});
    vs_scope *inner = enter(w, "inner");
    vs_variable *v = get_spec(
        w, "v", "tower/inner/v",
        (vs_variable_spec){.shape = SCALAR, .initializer = vs_constant(1)});
    vs_variable *other;

    assert_string_equal(vs_scope_caching_device(inner), "cache");
    vs_scope_set_caching_device(inner, "another");
    assert_string_equal(vs_scope_caching_device(inner), "another");
    assert_string_equal(vs_scope_caching_device(tower), "cache");
    leave(w);
    (void)enter_options(w, "off", (vs_scope_options){.caching_device = ""});
    assert_string_equal(vs_scope_caching_device(vs_scope_current(w->ctx)), "");
    leave(w);
    leave(w);
    /* S64, Q10: what is kept is never stale. */
    assert_store(VS_OK, w->store,
                 vs_variable_open(w->store, "tower/inner/v", &other));
    for (int i = 0; i < 3; i++) {
        set(w, other, (float)i);
        assert_true(value(w, v) == i);
        assert_true(value(w, v) == i);
    }
    set(w, other, 1);
    vs_variable_free(other);
}

static void s65_without_validation_any_shape_fetches(struct world *w)
{
    const vs_shape wide = vs_shape_2d(4, 4);

    (void)get(w, "v", "v");
    (void)enter_with(w, "", VS_REUSE_TRUE);
    (void)get_spec(w, "v", "v",
                   (vs_variable_spec){.shape = &wide, .validate_shape = VS_NO});
    get_fails(w, VS_ERR_SHAPE, "v", (vs_variable_spec){.shape = &wide},
              "shape");
    leave(w);
}

/* Adapted: the flag is accepted and inherited, and changes nothing. */
static void test_resource(struct world *w)
{
    vs_scope *s =
        enter_options(w, "s", (vs_scope_options){.use_resource = VS_YES});

    assert_true(vs_scope_use_resource(s));
    (void)get_spec(w, "v", "s/v",
                   (vs_variable_spec){.shape = SCALAR, .use_resource = VS_YES});
    vs_scope_set_use_resource(s, false);
    assert_false(vs_scope_use_resource(enter(w, "t")));
    leave(w);
    leave(w);
}

static void s66_every_read_is_a_snapshot(struct world *w)
{
    vs_variable *v =
        get_spec(w, "v", "v",
                 (vs_variable_spec){.shape = SCALAR, .use_resource = VS_NO});
    vs_variable *other;
    float before;

    set(w, v, 1);
    assert_store(VS_OK, w->store, vs_variable_open(w->store, "v", &other));
    assert_store(VS_OK, w->store, vs_store_begin(w->store, VS_TXN_READ));
    before = (float)value(w, v);
    assert_true(value(w, other) == (double)before);
    assert_store(VS_OK, w->store, vs_store_commit(w->store));
    vs_variable_free(other);
}

static void s64_a_cached_value_is_read_once(struct world *w)
{
    const vs_shape shape = vs_shape_1d(3);
    float out[3] = {0};
    const vs_view view = vs_view_of(VS_F32, &shape, out);
    vs_variable *v = get_spec(w, "v", "v",
                              (vs_variable_spec){.shape = &shape,
                                                 .initializer = vs_constant(2),
                                                 .caching_device = "here"});

    for (int i = 0; i < 2; i++) {
        memset(out, 0, sizeof out);
        assert_store(VS_OK, w->store, vs_variable_read(v, &view));
        assert_float_equal(out[2], 2, 0);
    }
}

static void s74_a_scope_tells_its_defaults(struct world *w)
{
    vs_scope *s = enter_options(
        w, "s",
        (vs_scope_options){.dtype = VS_F64,
                           .initializer = vs_ones(),
                           .regularizer = vs_l1_regularizer(1),
                           .constraint = vs_non_neg(),
                           .partitioner = vs_fixed_size_partitioner(2, 0)});
    const vs_partitioner none = vs_no_partitioner();

    assert_int_equal(vs_scope_dtype(s), VS_F64);
    assert_int_equal(vs_scope_initializer(s).kind, VS_INIT_ONES);
    assert_int_equal(vs_scope_regularizer(s).kind, VS_REGULARIZER_L1_L2);
    assert_int_equal(vs_scope_constraint(s).kind, VS_CONSTRAINT_NON_NEG);
    assert_int_equal(vs_scope_partitioner(s).kind, VS_PARTITIONER_FIXED_SIZE);
    assert_null(vs_scope_getter(s).get);
    vs_scope_set_partitioner(s, &none);
    vs_scope_set_regularizer(s, NULL);
    vs_scope_set_dtype(s, VS_DTYPE_NONE);
    vs_scope_set_initializer(s, NULL);
    assert_int_equal(vs_scope_partitioner(s).kind, VS_PARTITIONER_NONE);
    assert_int_equal(vs_scope_regularizer(s).kind, VS_REGULARIZER_DEFAULT);
    vs_scope_set_partitioner(s, NULL);
    assert_int_equal(vs_scope_partitioner(s).kind, VS_PARTITIONER_DEFAULT);
    leave(w);
}

static void s102_values_are_of_the_contexts_store(struct world *w)
{
    vs_variable *mine[] = {get(w, "v", "v")};
    vs_variable *nobody[] = {NULL};

    (void)enter_options(w, "s",
                        (vs_scope_options){.values = mine, .n_values = 1});
    leave(w);
    enter_fails(w, VS_ERR_MISUSE, "s",
                (vs_scope_options){.values = nobody, .n_values = 1}, "value 0");
    enter_fails(w, VS_ERR_MISUSE, "s", (vs_scope_options){.n_values = 1},
                "value 0");
}

/* The old spelling of a scope with values: the same call (S103). */
static void s103_an_op_scope_is_a_scope_with_values(struct world *w)
{
    vs_variable *values[] = {get(w, "v", "v")};

    (void)enter_options(w, NULL,
                        (vs_scope_options){.default_name = "default",
                                           .values = values,
                                           .n_values = 1});
    (void)get(w, "w", "default/w");
    leave(w);
}

/* A template: a default name first, the captured scope with reuse later. */
static void s112_a_template_is_a_captured_scope(struct world *w)
{
    vs_scope *made = vs_scope_capture(enter_default(w, "template"));
    vs_variable *v = get(w, "w", "template/w");

    leave(w);
    (void)reenter_with(w, made, VS_REUSE_TRUE);
    assert_same(get(w, "w", "template/w"), v);
    missing(w, "more");
    leave(w);
    vs_scope_release(made);
}

static void s113_a_global_step_is_a_variable(struct world *w)
{
    static const char *const keys[] = {VS_GLOBAL_VARIABLES, VS_GLOBAL_STEP,
                                       NULL};
    const vs_variable_spec spec = {.dtype = VS_I64,
                                   .shape = SCALAR,
                                   .initializer = vs_zeros(),
                                   .trainable = VS_NO,
                                   .collections = keys};

    (void)get_spec(w, "global_step", "global_step", spec);
    members(w, NULL, VS_GLOBAL_STEP, "global_step");
    members(w, NULL, VS_TRAINABLE_VARIABLES, "");
    if (!w->again)
        get_fails(w, VS_ERR_EXISTS, "global_step", spec, "already exists");
}

static vs_status count_up(const char *name, vs_dtype dtype,
                          const vs_shape *shape, int64_t first, int64_t n,
                          void *dst, void *data)
{
    float *out = dst;

    (void)name;
    (void)dtype;
    (void)shape;
    (void)data;
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)(first + i);
    return VS_OK;
}

/* Adapted: what makes a shape of its own is a callback that says which. */
static void test_get_variable_with_initializer_which_takes_no_args(
    struct world *w)
{
    const vs_shape shape = vs_shape_1d(3);
    vs_initializer init = vs_custom_initializer("count", count_up, NULL);
    float out[3] = {0};
    const vs_view view = vs_view_of(VS_F32, &shape, out);
    vs_variable *v;

    init.makes = &shape;
    v = get_spec(w, "v", "v", (vs_variable_spec){.initializer = init});
    assert_store(VS_OK, w->store, vs_variable_read(v, &view));
    assert_float_equal(out[2], 2, 0);
}

/* Adapted: what was not initialized cannot be read, whatever surrounds. */
static void test_control_deps(struct world *w)
{
    const vs_shape shape = vs_shape_scalar();
    float x = 0;
    const vs_view view = vs_view_of(VS_F32, &shape, &x);
    bool made = false;
    vs_variable *v = get_spec(w, "v", "v",
                              (vs_variable_spec){.shape = SCALAR,
                                                 .initializer = vs_constant(1),
                                                 .deferred = VS_YES});

    if (!w->again)
        assert_store(VS_ERR_UNINITIALIZED, w->store,
                     vs_variable_read(v, &view));
    assert_store(VS_OK, w->store, vs_variable_initialize(v, &made));
    assert_int_equal(made, !w->again);
    assert_true(value(w, v) == 1);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(test_var_scope_regularizer),
        PROGRAM(s82_a_regularizer_is_kept_at_creation_only),
        PROGRAM(s83_a_loss_is_that_of_the_value_of_then),
        PROGRAM(s84_no_regularizer_blocks_what_is_inherited),
        PROGRAM(s86_what_is_not_trained_can_be_regularized),
        PROGRAM(e24_a_bad_regularizer_makes_nothing),
        PROGRAM(q15_a_missing_callback_matters_when_it_is_needed),
        PROGRAM(s67_a_constraint_is_applied_on_request_only),
        PROGRAM(s13_a_constraint_is_not_inherited),
        PROGRAM(test_var_scope_constraint),
        PROGRAM(test_var_scope_caching_device),
        PROGRAM(s64_a_cached_value_is_read_once),
        PROGRAM(s65_without_validation_any_shape_fetches),
        PROGRAM(test_resource),
        PROGRAM(s66_every_read_is_a_snapshot),
        PROGRAM(s74_a_scope_tells_its_defaults),
        PROGRAM(s102_values_are_of_the_contexts_store),
        PROGRAM(s103_an_op_scope_is_a_scope_with_values),
        PROGRAM(s112_a_template_is_a_captured_scope),
        PROGRAM(s113_a_global_step_is_a_variable),
        PROGRAM(test_get_variable_with_initializer_which_takes_no_args),
        PROGRAM(test_control_deps),
    };

    return world_main("conformance.rules", programs,
                      sizeof programs / sizeof programs[0]);
}
