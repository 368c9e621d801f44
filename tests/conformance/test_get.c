/* test_get.c - shape, dtype and initializer of vs_get_variable: S49-S63, S69,
 * E3-E8, G21, G25, Q6, Q14, Q18. */
#include "world.h"

#include <string.h>

/* A constant initializer over literal memory. */
#define VALUE_OF(dtype, shape, data) \
    vs_value(&(const vs_view){(data), (dtype), *(shape), {1, 1}})

static void s50_shape_none_is_unknown(struct world *w)
{
    const vs_shape unknown = vs_shape_unknown();

    get_fails(w, VS_ERR_NEEDSHAPE, "v", (vs_variable_spec){.size = 0}, "v");
    get_fails(w, VS_ERR_NEEDSHAPE, "v", (vs_variable_spec){.shape = &unknown},
              "v");
    assert_status(VS_ERR_NEEDSHAPE,
                  vs_get_variable(w->ctx, "v", NULL, &(vs_variable *){NULL}));
    members(w, NULL, NULL, "");
}

static void e5_a_new_variable_needs_a_whole_shape(struct world *w)
{
    get_fails(w, VS_ERR_NEEDSHAPE, "v",
              (vs_variable_spec){.shape = SHAPE(VS_UNKNOWN, 3)}, "[?,3]");
    get_fails(w, VS_ERR_NEEDSHAPE, "v",
              (vs_variable_spec){.initializer = vs_ones()}, "v");
    members(w, NULL, NULL, "");
}

static void s50_bad_shapes_are_refused(struct world *w)
{
    const vs_shape deep = {VS_MAX_RANK + 1, {1}};
    const vs_shape negative = vs_shape_2d(3, -2);

    get_fails(w, VS_ERR_SHAPE, "v", (vs_variable_spec){.shape = &deep}, "v");
    get_fails(w, VS_ERR_SHAPE, "v", (vs_variable_spec){.shape = &negative},
              "v");
    (void)get(w, "u", "u");
    (void)enter_with(w, "", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_SHAPE, "u", (vs_variable_spec){.shape = &deep}, "u");
    get_fails(w, VS_ERR_SHAPE, "u", (vs_variable_spec){.shape = &negative},
              "u");
    leave(w);
}

static void g21_shapes_on_a_fetch(struct world *w) /* S51 */
{
    const vs_variable_spec made = {.shape = SHAPE(2, 3)};
    const vs_shape unknown = vs_shape_unknown();
    vs_variable *v = get_spec(w, "v", "v", made);
    const vs_shape *const ok[] = {NULL, &unknown, SHAPE(VS_UNKNOWN, 3),
                                  SHAPE(2, 3)};
    const vs_shape *const bad[] = {SHAPE(6), SHAPE(2, VS_UNKNOWN, 1),
                                   SHAPE(3, 2)};

    (void)enter_with(w, "", VS_REUSE_TRUE);
    for (size_t i = 0; i < sizeof ok / sizeof ok[0]; i++)
        assert_same(get_spec(w, "v", "v", (vs_variable_spec){.shape = ok[i]}),
                    v);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        get_fails(w, VS_ERR_SHAPE, "v", (vs_variable_spec){.shape = bad[i]},
                  "found shape [2,3]");
    leave(w);
}

static void s51_a_scalar_is_not_a_vector_of_one(struct world *w)
{
    (void)get(w, "scalar", "scalar");
    (void)get_spec(w, "one", "one", (vs_variable_spec){.shape = SHAPE(1)});
    (void)enter_with(w, "", VS_REUSE_AUTO);
    get_fails(w, VS_ERR_SHAPE, "scalar", (vs_variable_spec){.shape = SHAPE(1)},
              "specified shape [1] and found shape []");
    get_fails(w, VS_ERR_SHAPE, "one", (vs_variable_spec){.shape = SCALAR},
              "specified shape [] and found shape [1]");
    leave(w);
}

static void e3_shape_tells_both(struct world *w)
{
    (void)get_spec(w, "a/v", "a/v", (vs_variable_spec){.shape = SHAPE(2, 3)});
    (void)enter_with(w, "a", VS_REUSE_AUTO);
    get_fails(w, VS_ERR_SHAPE, "v", (vs_variable_spec){.shape = SHAPE(3)},
              "trying to share variable a/v (reuse auto), but specified shape "
              "[3] and found shape [2,3]");
    leave(w);
}

static void e4_dtype_tells_both(struct world *w)
{
    const vs_variable_spec ints = {.dtype = VS_I32, .shape = SCALAR};

    (void)get(w, "a/v", "a/v");
    (void)enter_with(w, "a", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_DTYPE, "v", ints,
              "trying to share variable a/v (reuse true), but specified dtype "
              "i32 (of the call) and found dtype f32");
    assert_non_null(strstr(vs_store_error(w->store)->hint, "f32"));
    leave(w);
}

static void s52_dtype_defaults_to_the_scopes_then_f32(struct world *w)
{
    assert_int_equal(vs_variable_dtype(get(w, "v", "v")), VS_F32);
    (void)enter_options(w, "a", (vs_scope_options){.dtype = VS_F16});
    assert_int_equal(vs_variable_dtype(get(w, "v", "a/v")), VS_F16);
    assert_int_equal(vs_variable_dtype(get_spec(
                         w, "u", "a/u",
                         (vs_variable_spec){.dtype = VS_F64, .shape = SCALAR})),
                     VS_F64);
    leave(w);
}

static void s52_a_scopes_dtype_counts_on_a_fetch(struct world *w)
{
    (void)get(w, "a/v", "a/v");
    (void)enter_options(
        w, "a", (vs_scope_options){.reuse = VS_REUSE_TRUE, .dtype = VS_I32});
    get_fails(w, VS_ERR_DTYPE, "v", (vs_variable_spec){.shape = SCALAR},
              "specified dtype i32 (of the scope) and found dtype f32");
    (void)get_spec(w, "v", "a/v", (vs_variable_spec){.dtype = VS_F32});
    leave(w);
}

static void q6_the_built_in_dtype_does_not(struct world *w)
{
    vs_variable *v = get_spec(
        w, "a/v", "a/v", (vs_variable_spec){.dtype = VS_I32, .shape = SCALAR});

    (void)enter_with(w, "a", VS_REUSE_TRUE);
    assert_same(get(w, "v", "a/v"), v);
    leave(w);
}

static void s53_a_values_dtype_decides(struct world *w)
{
    int32_t seven = 7;
    const vs_variable_spec spec = {.initializer =
                                       VALUE_OF(VS_I32, SCALAR, &seven)};
    vs_variable *v;

    (void)enter_options(w, "a", (vs_scope_options){.dtype = VS_F64});
    v = get_spec(w, "v", "a/v", spec);
    assert_int_equal(vs_variable_dtype(v), VS_I32);
    assert_true(value(w, v) == 7);
    leave(w);
}

static void s54_the_same_auto_call_succeeds_twice(struct world *w) /* Q6 */
{
    int32_t seven = 7;
    const vs_variable_spec spec = {.initializer =
                                       VALUE_OF(VS_I32, SCALAR, &seven)};

    (void)enter_with(w, "", VS_REUSE_AUTO);
    assert_same(get_spec(w, "v", "v", spec), get_spec(w, "v", "v", spec));
    (void)enter_options(w, "a", (vs_scope_options){.dtype = VS_F64});
    assert_same(get_spec(w, "v", "a/v", spec), get_spec(w, "v", "a/v", spec));
    leave(w);
    leave(w);
}

static void s45_a_values_dtype_is_ignored_on_a_fetch(struct world *w)
{
    int32_t seven = 7;
    vs_variable_spec spec = {.initializer = VALUE_OF(VS_I32, SCALAR, &seven)};
    vs_variable *v = get(w, "a/v", "a/v");

    (void)enter_options(
        w, "a", (vs_scope_options){.reuse = VS_REUSE_TRUE, .dtype = VS_F32});
    assert_same(get_spec(w, "v", "a/v", spec), v);
    leave(w);
    (void)enter_with(w, "a", VS_REUSE_TRUE);
    assert_same(get_spec(w, "v", "a/v", spec), v);
    leave(w);
    (void)enter_options(
        w, "a", (vs_scope_options){.reuse = VS_REUSE_TRUE, .dtype = VS_F64});
    get_fails(w, VS_ERR_DTYPE, "v", spec,
              "specified dtype f64 (of the scope) and found dtype f32");
    leave(w);
}

static void e7_a_value_of_another_dtype(struct world *w) /* S53 */
{
    int32_t one = 1;
    vs_variable_spec spec = {.dtype = VS_F64,
                             .initializer = VALUE_OF(VS_I32, SCALAR, &one)};

    get_fails(w, VS_ERR_DTYPE, "v", spec,
              "initializer type i32 and explicit dtype f64 don't match");
    (void)get_spec(w, "u", "u",
                   (vs_variable_spec){.dtype = VS_F64, .shape = SCALAR});
    (void)enter_with(w, "", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_DTYPE, "u", spec, "don't match");
    leave(w);
    members(w, NULL, NULL, "u");
}

static void e6_a_value_and_a_shape(struct world *w) /* S55 */
{
    float one = 1;
    const vs_initializer init = VALUE_OF(VS_F32, SCALAR, &one);
    const vs_variable_spec both = {.shape = SCALAR, .initializer = init};
    const vs_variable_spec shape = {.shape = SCALAR};

    get_fails(w, VS_ERR_SHAPE, "v", both, "shape [] is given");
    assert_non_null(strstr(vs_store_error(w->store)->hint, "shape out"));
    (void)get(w, "u", "u");
    (void)enter_with(w, "", VS_REUSE_TRUE);
    get_fails(w, VS_ERR_SHAPE, "u", both, "shape [] is given");
    leave(w);
    (void)enter_options(w, "a", (vs_scope_options){.initializer = init});
    get_fails(w, VS_ERR_SHAPE, "v", shape, "a/v");
    assert_true(
        value(w, get_spec(w, "v", "a/v", (vs_variable_spec){.size = 0})) == 1);
    leave(w);
    members(w, NULL, NULL, "a/v u");
}

static void s56_a_values_shape_does_not_count_on_a_fetch(struct world *w)
{
    float two[2] = {1, 2};
    vs_variable *v = get(w, "v", "v");

    (void)enter_with(w, "", VS_REUSE_AUTO);
    assert_same(get_spec(w, "v", "v",
                         (vs_variable_spec){
                             .initializer = VALUE_OF(VS_F32, SHAPE(2), two)}),
                v);
    leave(w);
}

static vs_status fill_squares(int64_t first, int64_t n, void *dst, void *ctx)
{
    double *x = dst;

    for (int64_t i = 0; i < n; i++)
        x[i] = (double)((first + i) * (first + i)) + *(const double *)ctx;
    return VS_OK;
}

static void s57_a_callback_fills_in_the_variables_dtype(struct world *w)
{
    double offset = 0.5;
    double have[5];
    const vs_view view = vs_view_of(VS_F64, SHAPE(5), have);
    const vs_variable_spec spec = {
        .dtype = VS_F64,
        .shape = SHAPE(5),
        .initializer = vs_from_source((vs_source){fill_squares, &offset})};
    vs_variable *v = get_spec(w, "v", "v", spec);

    assert_store(VS_OK, w->store, vs_variable_read(v, &view));
    for (int i = 0; i < 5; i++)
        assert_true(have[i] == i * i + 0.5);
}

static vs_status fill_not(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)first;
    (void)n;
    (void)dst;
    (void)ctx;
    return VS_ERR_CANCELLED;
}

static void s57_a_callback_that_fails_creates_nothing(struct world *w)
{
    const vs_variable_spec spec = {
        .shape = SHAPE(5),
        .initializer = vs_from_source((vs_source){fill_not, NULL})};

    get_fails(w, VS_ERR_CANCELLED, "v", spec, "");
    members(w, NULL, NULL, "");
}

static void s58_a_callback_needs_a_shape(struct world *w)
{
    const vs_variable_spec spec = {
        .initializer = vs_from_source((vs_source){fill_not, NULL})};

    get_fails(w, VS_ERR_NEEDSHAPE, "v", spec, "shape");
}

static void s59_integers_and_bool_start_at_zero(struct world *w)
{
    static const vs_dtype zeros[] = {VS_BOOL, VS_U8,  VS_U16, VS_U32, VS_U64,
                                     VS_I8,   VS_I16, VS_I32, VS_I64};

    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++) {
        const char *name = vs_dtype_name(zeros[i]);
        const vs_variable_spec spec = {.dtype = zeros[i], .shape = SCALAR};

        assert_true(value(w, get_spec(w, name, name, spec)) == 0);
    }
}

static void s59_floats_start_as_glorot_uniform(struct world *w)
{
    static const vs_dtype floats[] = {VS_F16, VS_F32, VS_F64};

    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        const char *name = vs_dtype_name(floats[i]);
        const vs_variable_spec spec = {.dtype = floats[i],
                                       .shape = SHAPE(40, 60)};
        vs_stats stats;

        assert_store(VS_OK, w->store,
                     vs_variable_stats(get_spec(w, name, name, spec), &stats));
        assert_int_equal(stats.count, 2400);
        assert_true(stats.max <= 0.2451 && stats.max > 0.23); /* sqrt(6/100) */
        assert_true(stats.min >= -0.2451 && stats.min < -0.23);
        assert_true(stats.mean < 0.02 && stats.mean > -0.02);
    }
}

static void e8_complex_needs_an_initializer(struct world *w) /* S59 */
{
    vs_variable_spec spec = {.dtype = VS_C64, .shape = SCALAR};

    get_fails(w, VS_ERR_INITIALIZER, "none", spec, "c64");
    assert_non_null(strstr(vs_store_error(w->store)->message, "none"));
    spec.initializer = vs_zeros();
    (void)get_spec(w, "v", "v", spec);
}

static void e8_a_missing_value_is_no_initializer(struct world *w)
{
    get_fails(w, VS_ERR_INITIALIZER, "v",
              (vs_variable_spec){.initializer = vs_value(NULL)}, "v");
}

static void s49_the_calls_initializer_beats_the_scopes(struct world *w)
{
    vs_variable_spec spec = {.shape = SCALAR};

    (void)enter_options(w, "a",
                        (vs_scope_options){.initializer = vs_constant(1)});
    assert_true(value(w, get_spec(w, "v", "a/v", spec)) == 1);
    spec.initializer = vs_constant(2);
    assert_true(value(w, get_spec(w, "u", "a/u", spec)) == 2);
    leave(w);
}

/* Gets a vector, reads it and deletes the variable. */
static void read_and_delete(struct world *w, const char *name, int64_t seed,
                            float out[64])
{
    const vs_variable_spec spec = {.shape = SHAPE(64),
                                   .initializer = vs_random_normal(0, 1, seed)};
    const vs_view view = vs_view_of(VS_F32, SHAPE(64), out);
    vs_variable *v = NULL;

    assert_store(VS_OK, w->store, vs_get_variable(w->ctx, name, &spec, &v));
    assert_store(VS_OK, w->store, vs_variable_read(v, &view));
    vs_variable_free(v);
    assert_store(VS_OK, w->store, vs_variable_delete(w->store, name));
}

static void q14_unseeded_values_come_from_the_name(struct world *w)
{
    float a[64];
    float b[64];
    float again[64];

    read_and_delete(w, "a", VS_NO_SEED, a);
    read_and_delete(w, "b", VS_NO_SEED, b);
    read_and_delete(w, "a", VS_NO_SEED, again);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_equal(a, again, sizeof a);
}

static void q14_seeded_values_come_from_the_seed(struct world *w)
{
    float a[64];
    float b[64];
    float other[64];

    read_and_delete(w, "a", 1, a);
    read_and_delete(w, "b", 1, b);
    read_and_delete(w, "a", 2, other);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, other, sizeof a);
    assert_float_equal(a[0], -0.8113182, 1e-6); /* as TensorFlow 1.x */
    assert_float_equal(a[3], -2.4427042, 1e-5);
}

static void s69_a_variable_can_be_read_at_once(struct world *w) /* Q18 */
{
    const vs_variable_spec spec = {.shape = SCALAR,
                                   .initializer = vs_constant(0.25)};
    vs_variable *v = get_spec(w, "v", "v", spec);
    int64_t version = 0;

    assert_true(value(w, v) == 0.25);
    assert_store(VS_OK, w->store, vs_variable_version(v, &version));
    assert_true(version > 0);
}

static void s70_a_write_has_the_same_shape_and_dtype(struct world *w)
{
    double x[2] = {1, 2};
    const vs_view vector = vs_view_of(VS_F32, SHAPE(2), x);
    const vs_view number = vs_view_of(VS_F64, SCALAR, x);
    vs_variable *v = get(w, "v", "v");

    assert_store(VS_ERR_SHAPE, w->store, vs_variable_write(v, &vector));
    assert_store(VS_ERR_DTYPE, w->store, vs_variable_write(v, &number));
}

static void g25_collections(struct world *w) /* S62, S63 */
{
    static const char *const local[] = {VS_LOCAL_VARIABLES, NULL};
    static const char *const none[] = {NULL};
    const vs_shape *scalar = SCALAR;

    (void)get_spec(w, "a", "a",
                   (vs_variable_spec){.shape = scalar, .collections = local});
    (void)get_spec(w, "b", "b",
                   (vs_variable_spec){.shape = scalar, .trainable = VS_NO});
    (void)get_spec(w, "c", "c",
                   (vs_variable_spec){.shape = scalar,
                                      .trainable = VS_NO,
                                      .collections = local});
    (void)get_spec(w, "d", "d",
                   (vs_variable_spec){.shape = scalar, .collections = none});
    (void)get_spec(w, "e", "e",
                   (vs_variable_spec){.shape = scalar,
                                      .trainable = VS_NO,
                                      .collections = none});
    members(w, NULL, VS_LOCAL_VARIABLES, "a c");
    members(w, NULL, VS_TRAINABLE_VARIABLES, "a d");
    members(w, NULL, VS_GLOBAL_VARIABLES, "b");
    members(w, NULL, NULL, "a b c d e");
}

static void s62_a_collection_named_twice_counts_once(struct world *w)
{
    static const char *const keys[] = {"mine", "mine", VS_TRAINABLE_VARIABLES,
                                       NULL};

    (void)get_spec(w, "v", "v",
                   (vs_variable_spec){.shape = SCALAR, .collections = keys});
    members(w, NULL, "mine", "v");
    members(w, NULL, VS_TRAINABLE_VARIABLES, "v");
}

static void a_spec_of_a_later_header_must_end_in_zeros(struct world *w)
{
    struct {
        vs_variable_spec known;
        int64_t later;
    } spec = {{.shape = SCALAR}, 1};
    vs_variable *v = NULL;

    spec.known.size = sizeof spec;
    assert_store(VS_ERR_UNSUPPORTED, w->store,
                 vs_get_variable(w->ctx, "v", &spec.known, &v));
    assert_null(v);
    spec.later = 0;
    assert_store(VS_OK, w->store,
                 vs_get_variable(w->ctx, "v", &spec.known, &v));
    vs_variable_free(v);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(s50_shape_none_is_unknown),
        PROGRAM(e5_a_new_variable_needs_a_whole_shape),
        PROGRAM(s50_bad_shapes_are_refused),
        PROGRAM(g21_shapes_on_a_fetch),
        PROGRAM(s51_a_scalar_is_not_a_vector_of_one),
        PROGRAM(e3_shape_tells_both),
        PROGRAM(e4_dtype_tells_both),
        PROGRAM(s52_dtype_defaults_to_the_scopes_then_f32),
        PROGRAM(s52_a_scopes_dtype_counts_on_a_fetch),
        PROGRAM(q6_the_built_in_dtype_does_not),
        PROGRAM(s53_a_values_dtype_decides),
        PROGRAM(s54_the_same_auto_call_succeeds_twice),
        PROGRAM(s45_a_values_dtype_is_ignored_on_a_fetch),
        PROGRAM(e7_a_value_of_another_dtype),
        PROGRAM(e6_a_value_and_a_shape),
        PROGRAM(s56_a_values_shape_does_not_count_on_a_fetch),
        PROGRAM(s57_a_callback_fills_in_the_variables_dtype),
        PROGRAM(s57_a_callback_that_fails_creates_nothing),
        PROGRAM(s58_a_callback_needs_a_shape),
        PROGRAM(s59_integers_and_bool_start_at_zero),
        PROGRAM(s59_floats_start_as_glorot_uniform),
        PROGRAM(e8_complex_needs_an_initializer),
        PROGRAM(e8_a_missing_value_is_no_initializer),
        PROGRAM(s49_the_calls_initializer_beats_the_scopes),
        PROGRAM(q14_unseeded_values_come_from_the_name),
        PROGRAM(q14_seeded_values_come_from_the_seed),
        PROGRAM(s69_a_variable_can_be_read_at_once),
        PROGRAM(s70_a_write_has_the_same_shape_and_dtype),
        PROGRAM(g25_collections),
        PROGRAM(s62_a_collection_named_twice_counts_once),
        PROGRAM(a_spec_of_a_later_header_must_end_in_zeros),
    };

    return world_main("conformance.get", programs,
                      sizeof programs / sizeof programs[0]);
}
