/* test_initializer.c - rule/initializer: TensorFlow's values, the checks, the
 * spec and the sources.
 */
#include "support.h"

#include <math.h>
#include <string.h>

#include "rule/initializer.h"
#include "rule/spec.h"
#include "rule/seed.h"

#include "golden.h"

static void assert_value(const struct golden *g, double want,
                         const uint8_t *out)
{
    const bool exact =
        g->kind == VS_INIT_RANDOM_UNIFORM || g->kind == VS_INIT_GLOROT_UNIFORM;
    const double step = g->dtype == VS_F16 ? 0x1p-10 : 2e-6;
    double got;

    vs_to_double(g->dtype, out, 1, &got);
    if (g->dtype == VS_F32 && exact)
        assert_true(got == (double)(float)want);
    else if (exact)
        assert_true(got == want);
    else
        assert_true(fabs(got - want) <= step * fabs(want));
}

static void values_are_tensorflows(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof golden / sizeof golden[0]; k++) {
        const struct golden *g = &golden[k];
        const size_t size = vs_dtype_size(g->dtype);
        const vs_initializer init =
            vs_initializer_of(g->kind, g->a, g->b, g->seed);
        struct vs__filling f;
        const double want[4] = {g->w, g->x, g->y, g->z};
        uint8_t out[4 * 8];
        vs_shape shape;
        vs_source source;

        assert_ok(vs_shape_parse(g->shape, &shape, NULL));
        assert_ok(vs__filling_make(&init, "w", 0, g->dtype, &shape, &f, NULL));
        source = vs__filling_source(&f);
        assert_ok(source.fill(g->at, 4, out, source.ctx));
        for (int i = 0; i < 4; i++)
            assert_value(g, want[i], out + (size_t)i * size);
    }
}

static void assert_same_scaling(vs_initializer got, double scale, vs_fan fan,
                                vs_scaling scaling)
{
    assert_int_equal(got.kind, VS_INIT_VARIANCE_SCALING);
    assert_true(got.a == scale);
    assert_int_equal(got.fan, fan);
    assert_int_equal(got.scaling, scaling);
    assert_int_equal(got.seed, 77);
}

static void the_well_known_names_are_variance_scaling(void **state)
{
    (void)state;
    assert_same_scaling(vs_glorot_normal(77), 1, VS_FAN_AVERAGE,
                        VS_SCALING_TRUNCATED);
    assert_same_scaling(vs_lecun_uniform(77), 1, VS_FAN_IN, VS_SCALING_UNIFORM);
    assert_same_scaling(vs_lecun_normal(77), 1, VS_FAN_IN,
                        VS_SCALING_TRUNCATED);
    assert_same_scaling(vs_he_uniform(77), 2, VS_FAN_IN, VS_SCALING_UNIFORM);
    assert_same_scaling(vs_he_normal(77), 2, VS_FAN_IN, VS_SCALING_TRUNCATED);
}

/* Fills [2,3] of a dtype under the name "a/w"; the words go to *err. */
static vs_status fill(vs_initializer init, vs_dtype dtype, void *out,
                      vs_error *err)
{
    const vs_shape shape = vs_shape_2d(2, 3);

    return vs_initializer_fill(&init, "a/w", 5, dtype, &shape, out, err);
}

static void assert_constant(vs_initializer init, vs_dtype dtype, double want)
{
    uint8_t out[6 * 16];
    double got[6];

    memset(out, 0xee, sizeof out);
    assert_ok(fill(init, dtype, out, NULL));
    vs_to_double(dtype, out, 6, got);
    for (int i = 0; i < 6; i++)
        assert_true(got[i] == want);
}

static void zeros_and_ones_are_made_in_every_dtype(void **state)
{
    (void)state;
    for (int dtype = 1; dtype <= VS_N_DTYPES; dtype++) {
        assert_constant(vs_zeros(), (vs_dtype)dtype, 0);
        assert_constant(vs_ones(), (vs_dtype)dtype, 1);
    }
}

static void a_constant_is_everywhere(void **state)
{
    (void)state;
    assert_constant(vs_constant(-2.5), VS_F16, -2.5);
    assert_constant(vs_constant(0.1), VS_F64, 0.1);
    assert_constant(vs_constant(255), VS_U8, 255);
    assert_constant(vs_constant(-0x1p63), VS_I64, -0x1p63);
    assert_constant(vs_constant(1), VS_BOOL, 1);
    assert_constant(vs_constant(INFINITY), VS_F32, INFINITY);
}

static void a_constant_that_does_not_fit_is_misuse(void **state)
{
    static const struct {
        vs_dtype dtype;
        double value;
    } unfit[] = {
        {VS_U8, 256},           {VS_U8, 0.5},    {VS_U8, -1},
        {VS_I8, -129},          {VS_I32, 0.5},   {VS_I64, 0x1p63},
        {VS_U64, 0x1p64},       {VS_BOOL, 2},    {VS_I32, NAN},
        {VS_F32, 1e300},        {VS_F16, 1e6},   {VS_F8_E4M3, 1000},
        {VS_F8_E4M3, INFINITY}, {VS_C64, 1e300},
    };
    uint8_t out[6 * 16];
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++)
        assert_status(VS_ERR_MISUSE, fill(vs_constant(unfit[i].value),
                                          unfit[i].dtype, out, &err));
    assert_status(VS_ERR_MISUSE, fill(vs_constant(300), VS_U8, out, &err));
    assert_string_equal(err.message,
                        "variable 'a/w': u8 cannot hold the constant 300");
}

static void a_long_constant_run_is_filled_to_its_end(void **state)
{
    const vs_shape shape = vs_shape_1d(1000);
    const vs_initializer init = vs_constant(7);
    int32_t out[1001];

    (void)state;
    out[1000] = -1;
    assert_ok(vs_initializer_fill(&init, "w", 0, VS_I32, &shape, out, NULL));
    for (int i = 0; i < 1000; i++)
        assert_int_equal(out[i], 7);
    assert_int_equal(out[1000], -1);
}

static void the_default_goes_by_dtype(void **state)
{
    const vs_initializer init = vs_initializer_of(VS_INIT_DEFAULT, 0, 0, 0);
    uint8_t out[6 * 16];
    uint8_t glorot[6 * 16];
    vs_error err;

    (void)state;
    assert_constant(init, VS_I16, 0);
    assert_constant(init, VS_U64, 0);
    assert_constant(init, VS_BOOL, 0);
    assert_ok(fill(init, VS_F32, out, NULL));
    assert_ok(fill(vs_glorot_uniform(VS_NO_SEED), VS_F32, glorot, NULL));
    assert_memory_equal(out, glorot, 6 * sizeof(float));
    assert_ok(fill(init, VS_BF16, out, NULL));
    assert_status(VS_ERR_INITIALIZER, fill(init, VS_C64, out, &err));
    assert_status(VS_ERR_INITIALIZER, fill(init, VS_F8_E5M2, out, &err));
    assert_string_equal(err.message, "variable 'a/w': f8_e5m2 has no default "
                                     "initializer, one must be given");
}

/* What a spec holds that says nothing is no seed 0. */
static void a_default_differs_from_name_to_name(void **state)
{
    const vs_shape shape = vs_shape_1d(6);
    const vs_initializer zeroed = vs_initializer_of(VS_INIT_DEFAULT, 0, 0, 0);
    float a[6];
    float b[6];

    (void)state;
    assert_ok(vs_initializer_fill(&zeroed, "a", 5, VS_F32, &shape, a, NULL));
    assert_ok(vs_initializer_fill(&zeroed, "b", 5, VS_F32, &shape, b, NULL));
    assert_memory_not_equal(a, b, sizeof a);
}

static void random_kinds_refuse_other_dtypes(void **state)
{
    uint8_t out[6 * 16];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_INITIALIZER,
                  fill(vs_random_normal(0, 1, 1), VS_I32, out, &err));
    assert_string_equal(err.message,
                        "variable 'a/w': random_normal cannot make i32");
    assert_status(VS_ERR_INITIALIZER,
                  fill(vs_random_uniform(0, 1, 1), VS_U8, out, NULL));
    assert_status(VS_ERR_INITIALIZER,
                  fill(vs_random_uniform(0, 1, 1), VS_F8_E4M3, out, NULL));
    assert_status(VS_ERR_INITIALIZER,
                  fill(vs_truncated_normal(0, 1, 1), VS_C128, out, NULL));
    assert_status(VS_ERR_INITIALIZER,
                  fill(vs_glorot_uniform(1), VS_I64, out, NULL));
}

static void kinds_of_floats_refuse_other_dtypes(void **state)
{
    const vs_initializer floats[] = {
        vs_he_normal(1),           vs_he_uniform(1),
        vs_orthogonal(1, 1),       vs_uniform_unit_scaling(1, 1),
        vs_delta_orthogonal(1, 1),
    };
    static const vs_dtype others[] = {VS_BOOL, VS_U8, VS_I32, VS_I64, VS_C64};
    uint8_t out[6 * 16];
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++)
        for (size_t j = 0; j < sizeof others / sizeof others[0]; j++)
            assert_status(VS_ERR_INITIALIZER,
                          fill(floats[i], others[j], out, &err));
    assert_string_equal(err.message,
                        "variable 'a/w': delta_orthogonal cannot make c64");
}

/* As TensorFlow's, whose constructor alone insists on floats. */
static void an_identity_can_be_of_any_number(void **state)
{
    static const vs_dtype numbers[] = {VS_U8, VS_U64, VS_I16, VS_I32, VS_C64};
    static const double want[] = {2, 0, 0, 0, 2, 0};
    double have[6];
    uint8_t out[6 * 16];
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_ok(fill(vs_identity(2), numbers[i], out, NULL));
        vs_to_double(numbers[i], out, 6, have);
        assert_memory_equal(have, want, sizeof want);
    }
    assert_status(VS_ERR_INITIALIZER, fill(vs_identity(1), VS_BOOL, out, &err));
    assert_status(VS_ERR_MISUSE, fill(vs_identity(0.5), VS_I32, out, &err));
    assert_string_equal(err.message,
                        "variable 'a/w': i32 cannot hold the gain 0.5");
}

static void bad_scalings_are_misuse(void **state)
{
    uint8_t out[6 * 16];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_MISUSE, fill(vs_variance_scaling(NAN, VS_FAN_IN,
                                                          VS_SCALING_NORMAL, 1),
                                      VS_F32, out, NULL));
    assert_status(VS_ERR_MISUSE,
                  fill(vs_variance_scaling(0, VS_FAN_IN, VS_SCALING_NORMAL, 1),
                       VS_F32, out, &err));
    assert_string_equal(err.message, "variable 'a/w': variance_scaling with "
                                     "scale 0, want one above 0");
    assert_status(VS_ERR_MISUSE,
                  fill(vs_variance_scaling(1, (vs_fan)3, VS_SCALING_NORMAL, 1),
                       VS_F32, out, NULL));
    assert_status(VS_ERR_MISUSE,
                  fill(vs_variance_scaling(1, VS_FAN_IN, (vs_scaling)-1, 1),
                       VS_F32, out, &err));
    assert_string_equal(err.message,
                        "variable 'a/w': variance_scaling with fan 0 and "
                        "scaling -1, which are none");
    assert_status(
        VS_ERR_MISUSE,
        fill(vs_variance_scaling(1e300, VS_FAN_IN, VS_SCALING_UNIFORM, 1),
             VS_F32, out, NULL));
    assert_status(VS_ERR_MISUSE,
                  fill(vs_uniform_unit_scaling(-1, 1), VS_F32, out, NULL));
    assert_status(VS_ERR_MISUSE, fill(vs_identity(1e9), VS_F16, out, &err));
    assert_string_equal(err.message,
                        "variable 'a/w': f16 cannot hold the gain 1e+09");
    assert_status(VS_ERR_MISUSE,
                  fill(vs_orthogonal(1e9, 1), VS_F16, out, NULL));
}

static void shapes_that_a_kind_cannot_make_are_refused(void **state)
{
    const vs_shape vector = vs_shape_1d(6);
    const vs_shape many = vs_shape_3d(2, 3, 2);
    const vs_shape huge = vs_shape_2d(4097, 4096);
    const vs_initializer identity = vs_identity(1);
    const vs_initializer orthogonal = vs_orthogonal(1, 1);
    const vs_initializer delta = vs_delta_orthogonal(1, 1);
    float out[12];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE, vs_initializer_fill(&identity, "w", 0, VS_F32,
                                                    &many, out, &err));
    assert_string_equal(
        err.message,
        "variable 'w': identity makes matrices, have shape [2,3,2]");
    assert_status(VS_ERR_SHAPE, vs_initializer_fill(&orthogonal, "w", 0, VS_F32,
                                                    &vector, out, NULL));
    assert_status(VS_ERR_SHAPE, vs_initializer_fill(&delta, "w", 0, VS_F32,
                                                    &many, out, NULL));
    assert_status(VS_ERR_TOOBIG, vs_initializer_fill(&orthogonal, "w", 0,
                                                     VS_F32, &huge, out, NULL));
}

static void bad_parameters_are_misuse(void **state)
{
    uint8_t out[6 * 16];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_MISUSE,
                  fill(vs_random_uniform(3, 1, 1), VS_F32, out, &err));
    assert_string_equal(
        err.message, "variable 'a/w': random_uniform of f32 cannot take 3, 1");
    assert_true(err.hint[0] != '\0');
    assert_status(VS_ERR_MISUSE,
                  fill(vs_random_uniform(3, 3, 1), VS_I32, out, NULL));
    assert_status(VS_ERR_MISUSE,
                  fill(vs_random_normal(0, -1, 1), VS_F32, out, NULL));
    assert_status(VS_ERR_MISUSE,
                  fill(vs_initializer_of((vs_initializer_kind)99, 0, 0, 1),
                       VS_F32, out, NULL));
    assert_status(VS_ERR_MISUSE, fill(vs_zeros(), VS_F32, NULL, NULL));
}

static void names_shapes_and_dtypes_are_checked(void **state)
{
    const vs_initializer zeros = vs_zeros();
    const vs_shape two = vs_shape_1d(2);
    const vs_shape open = vs_shape_2d(2, VS_UNKNOWN);
    const vs_shape bad = vs_shape_1d(-7);
    float out[2] = {5, 5};
    vs_error err;

    (void)state;
    assert_status(VS_ERR_MISUSE,
                  vs_initializer_fill(NULL, "w", 0, VS_F32, &two, out, &err));
    assert_status(VS_ERR_MISUSE, vs_initializer_fill(&zeros, NULL, 0, VS_F32,
                                                     &two, out, &err));
    assert_status(VS_ERR_MISUSE,
                  vs_initializer_fill(&zeros, "w", 0, VS_F32, NULL, out, &err));
    assert_status(
        VS_ERR_DTYPE,
        vs_initializer_fill(&zeros, "w", 0, VS_DTYPE_NONE, &two, out, &err));
    assert_status(VS_ERR_SHAPE,
                  vs_initializer_fill(&zeros, "w", 0, VS_F32, &bad, out, &err));
    assert_status(VS_ERR_SHAPE, vs_initializer_fill(&zeros, "w", 0, VS_F32,
                                                    &open, out, &err));
    assert_string_equal(err.message,
                        "variable 'w': shape [2,?] is not fully known");
    assert_true(out[0] == 5 && out[1] == 5);
}

static void empty_shapes_need_no_memory(void **state)
{
    const vs_shape empty = vs_shape_2d(3, 0);
    const vs_initializer init = vs_random_uniform(0, 1, 1);

    (void)state;
    assert_ok(vs_initializer_fill(&init, "w", 0, VS_F32, &empty, NULL, NULL));
}

static void a_value_is_gathered_through_its_strides(void **state)
{
    const vs_shape shape = vs_shape_2d(2, 3);
    int16_t memory[6] = {1, 2, 3, 4, 5, 6};
    static const int16_t want[6] = {1, 3, 5, 2, 4, 6};
    vs_view view = vs_view_of(VS_I16, &shape, memory);
    int16_t out[6];

    (void)state;
    view.strides[0] = 1;
    view.strides[1] = 2;
    assert_ok(fill(vs_value(&view), VS_I16, out, NULL));
    assert_memory_equal(out, want, sizeof want);
}

static void a_value_must_agree(void **state)
{
    const vs_shape other = vs_shape_1d(6);
    const vs_shape same = vs_shape_2d(2, 3);
    float memory[6] = {0};
    const vs_view misshapen = vs_view_of(VS_F32, &other, memory);
    const vs_view floats = vs_view_of(VS_F32, &same, memory);
    double out[6];

    (void)state;
    assert_status(VS_ERR_SHAPE, fill(vs_value(&misshapen), VS_F32, out, NULL));
    assert_status(VS_ERR_DTYPE, fill(vs_value(&floats), VS_F64, out, NULL));
    assert_status(VS_ERR_MISUSE, fill(vs_value(NULL), VS_F32, out, NULL));
}

static vs_status fill_orthogonal(void *ctx)
{
    return fill(vs_orthogonal(1, 1), VS_F32, ctx, NULL);
}

static void memory_may_run_out(void **state)
{
    float out[6];

    (void)state;
    assert_int_equal(test_each_allocation_failing(fill_orthogonal, out, false),
                     2);
}

static vs_status count_up(int64_t first, int64_t n, void *dst, void *ctx)
{
    int32_t *to = dst;

    for (int64_t i = 0; i < n; i++)
        to[i] = (int32_t)(first + i) + *(const int32_t *)ctx;
    return VS_OK;
}

static vs_status refuse(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)first;
    (void)n;
    (void)dst;
    (void)ctx;
    return VS_ERR_CANCELLED;
}

static void a_source_is_passed_through(void **state)
{
    int32_t base = 100;
    int32_t out[6];

    (void)state;
    assert_ok(
        fill(vs_from_source((vs_source){count_up, &base}), VS_I32, out, NULL));
    for (int i = 0; i < 6; i++)
        assert_int_equal(out[i], 100 + i);
}

static void a_source_may_stop_the_fill(void **state)
{
    int32_t out[6];
    vs_error err;

    (void)state;
    assert_status(
        VS_ERR_CANCELLED,
        fill(vs_from_source((vs_source){refuse, NULL}), VS_I32, out, &err));
    assert_int_equal(err.status, VS_ERR_CANCELLED);
    assert_status(VS_ERR_MISUSE, fill(vs_from_source((vs_source){NULL, NULL}),
                                      VS_I32, out, &err));
}

static void no_seed_means_the_seed_of_the_name(void **state)
{
    float unseeded[6];
    float seeded[6];
    float other[6];
    const int64_t seed = vs__seed_from_name("a/w", 5);

    (void)state;
    assert_ok(
        fill(vs_random_uniform(0, 1, VS_NO_SEED), VS_F32, unseeded, NULL));
    assert_ok(fill(vs_random_uniform(0, 1, seed), VS_F32, seeded, NULL));
    assert_ok(fill(vs_random_uniform(0, 1, seed + 1), VS_F32, other, NULL));
    assert_memory_equal(unseeded, seeded, sizeof seeded);
    assert_memory_not_equal(unseeded, other, sizeof other);
}

static void assert_spec_of(const char *want, vs_initializer init,
                           vs_dtype dtype, vs_shape shape)
{
    struct vs__filling f;
    char text[VS__SPEC_MAX];

    assert_ok(vs__filling_make(&init, "w", 0, dtype, &shape, &f, NULL));
    vs__spec_of_initializer(&f.init, text);
    assert_string_equal(text, want);
}

static void assert_spec(const char *want, vs_initializer init, vs_dtype dtype)
{
    assert_spec_of(want, init, dtype, vs_shape_1d(4));
}

static void specs_tell_every_parameter(void **state)
{
    float memory[4] = {0};
    const vs_shape shape = vs_shape_1d(4);
    const vs_view view = vs_view_of(VS_F32, &shape, memory);

    (void)state;
    assert_spec("{\"kind\":\"list\"}", vs_constant_list(&view), VS_F32);
    assert_spec("{\"kind\":\"variance_scaling\",\"scale\":2,"
                "\"mode\":\"fan_in\",\"distribution\":\"truncated_normal\","
                "\"seed\":7}",
                vs_he_normal(7), VS_F32);
    assert_spec(
        "{\"kind\":\"variance_scaling\",\"scale\":0.1,"
        "\"mode\":\"fan_out\","
        "\"distribution\":\"truncated_normal_1_9\",\"seed\":7}",
        vs_variance_scaling(0.1, VS_FAN_OUT, VS_SCALING_TRUNCATED_1_9, 7),
        VS_F32);
    assert_spec("{\"kind\":\"variance_scaling\",\"scale\":1,"
                "\"mode\":\"fan_avg\","
                "\"distribution\":\"untruncated_normal\",\"seed\":7}",
                vs_variance_scaling(1, VS_FAN_AVERAGE, VS_SCALING_NORMAL, 7),
                VS_F32);
    assert_spec("{\"kind\":\"uniform_unit_scaling\",\"factor\":1.43,"
                "\"seed\":7}",
                vs_uniform_unit_scaling(1.43, 7), VS_F32);
    assert_spec_of("{\"kind\":\"identity\",\"gain\":2}", vs_identity(2), VS_F32,
                   vs_shape_2d(2, 2));
    assert_spec_of("{\"kind\":\"orthogonal\",\"gain\":2,\"seed\":7}",
                   vs_orthogonal(2, 7), VS_F32, vs_shape_2d(2, 2));
    assert_spec_of("{\"kind\":\"delta_orthogonal\",\"gain\":2,\"seed\":7}",
                   vs_delta_orthogonal(2, 7), VS_F32, vs_shape_3d(1, 2, 2));
}

static void specs_are_json_that_reads_back(void **state)
{
    float memory[4] = {0};
    const vs_shape shape = vs_shape_1d(4);
    const vs_view view = vs_view_of(VS_F32, &shape, memory);

    (void)state;
    assert_spec("{\"kind\":\"zeros\"}", vs_zeros(), VS_U8);
    assert_spec("{\"kind\":\"constant\",\"value\":0.1}", vs_constant(0.1),
                VS_F32);
    assert_spec("{\"kind\":\"constant\",\"value\":\"nan\"}", vs_constant(NAN),
                VS_F32);
    assert_spec("{\"kind\":\"constant\",\"value\":\"-inf\"}",
                vs_constant(-INFINITY), VS_F32);
    assert_spec("{\"kind\":\"value\"}", vs_value(&view), VS_F32);
    assert_spec("{\"kind\":\"source\"}",
                vs_from_source((vs_source){refuse, NULL}), VS_F32);
    assert_spec("{\"kind\":\"random_uniform\",\"low\":-0.25,\"high\":4,"
                "\"seed\":-5}",
                vs_random_uniform(-0.25, 4, -5), VS_F64);
    assert_spec("{\"kind\":\"random_normal\",\"mean\":0,\"stddev\":1,"
                "\"seed\":42}",
                vs_random_normal(0, 1, 42), VS_F16);
    assert_spec("{\"kind\":\"glorot_uniform\",\"seed\":7}",
                vs_glorot_uniform(7), VS_F32);
}

static void the_longest_spec_fits(void **state)
{
    const vs_shape shape = vs_shape_1d(4);
    const vs_initializer init = vs_truncated_normal(
        -1.2345678901234567e-300, 1.2345678901234567e-300, INT64_MIN + 1);
    struct vs__filling f;
    char text[VS__SPEC_MAX];

    (void)state;
    assert_ok(vs__filling_make(&init, "w", 0, VS_F64, &shape, &f, NULL));
    vs__spec_of_initializer(&f.init, text);
    assert_int_equal(text[strlen(text) - 1], '}');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_tensorflows),
        cmocka_unit_test(the_well_known_names_are_variance_scaling),
        cmocka_unit_test(zeros_and_ones_are_made_in_every_dtype),
        cmocka_unit_test(a_constant_is_everywhere),
        cmocka_unit_test(a_constant_that_does_not_fit_is_misuse),
        cmocka_unit_test(a_long_constant_run_is_filled_to_its_end),
        cmocka_unit_test(the_default_goes_by_dtype),
        cmocka_unit_test(a_default_differs_from_name_to_name),
        cmocka_unit_test(random_kinds_refuse_other_dtypes),
        cmocka_unit_test(kinds_of_floats_refuse_other_dtypes),
        cmocka_unit_test(an_identity_can_be_of_any_number),
        cmocka_unit_test(bad_scalings_are_misuse),
        cmocka_unit_test(shapes_that_a_kind_cannot_make_are_refused),
        cmocka_unit_test(bad_parameters_are_misuse),
        cmocka_unit_test(names_shapes_and_dtypes_are_checked),
        cmocka_unit_test(empty_shapes_need_no_memory),
        cmocka_unit_test(a_value_is_gathered_through_its_strides),
        cmocka_unit_test(a_value_must_agree),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(a_source_is_passed_through),
        cmocka_unit_test(a_source_may_stop_the_fill),
        cmocka_unit_test(no_seed_means_the_seed_of_the_name),
        cmocka_unit_test(specs_tell_every_parameter),
        cmocka_unit_test(specs_are_json_that_reads_back),
        cmocka_unit_test(the_longest_spec_fits),
    };

    return cmocka_run_group_tests_name("rule.initializer", tests, NULL, NULL);
}
