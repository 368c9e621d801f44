/* test_constrain.c - rule/constrain: tf.keras's values, along any axes and
 * through any strides.
 */
#include "support.h"

#include <math.h>
#include <string.h>

#include "varstore/regularize.h"

/* [2,3], exact in every float. */
static const double weights[6] = {3, -1, 0.5, 4, 2, -0.25};

struct golden_constraint {
    vs_constraint_kind kind;
    uint32_t axes;
    double min, max, rate;
    double want[6];
};

/* TensorFlow 2.21's legacy tensorflow/python/keras/constraints.py, in float64:
 * NonNeg(), MaxNorm(2, axes), UnitNorm(axes), MinMaxNorm(1, 2, .25, axes). In
 * float32 it agrees with these to 1e-6. */
static const struct golden_constraint golden[] = {
    {VS_CONSTRAINT_NON_NEG, 0, 0, 0, 0, {3.0, -0.0, 0.5, 4.0, 2.0, -0.0}},
    {VS_CONSTRAINT_MAX_NORM,
     0,
     0,
     2,
     1,
     {1.1999999760000004, -0.8944271509999177, 0.4999999105572969,
      1.5999999680000005, 1.7888543019998353, -0.24999995527864846}},
    {VS_CONSTRAINT_MAX_NORM,
     VS_AXIS(1),
     0,
     2,
     1,
     {1.8740850841266892, -0.6246950280422298, 0.3123475140211149,
      1.7860657911196436, 0.8930328955598218, -0.11162911194497772}},
    {VS_CONSTRAINT_MAX_NORM,
     VS_AXIS(0) | VS_AXIS(1),
     0,
     2,
     1,
     {1.0897838422537856, -0.36326128075126185, 0.18163064037563093,
      1.4530451230050474, 0.7265225615025237, -0.09081532018781546}},
    {VS_CONSTRAINT_UNIT_NORM,
     VS_AXIS(0),
     0,
     0,
     0,
     {0.5999999880000002, -0.4472135754999588, 0.8944270309999446,
      0.7999999840000003, 0.8944271509999177, -0.4472135154999723}},
    {VS_CONSTRAINT_UNIT_NORM,
     VS_AXIS(1),
     0,
     0,
     0,
     {0.9370425420633447, -0.3123475140211149, 0.15617375701055744,
      0.8930328955598218, 0.4465164477799109, -0.05581455597248886}},
    {VS_CONSTRAINT_MIN_MAX_NORM,
     VS_AXIS(0),
     1,
     2,
     0.25,
     {2.549999949000001, -0.9736067542089614, 0.5986066906679588,
      3.3999999320000014, 1.9472135084179227, -0.2993033453339794}},
    {VS_CONSTRAINT_MIN_MAX_NORM,
     VS_AXIS(1),
     1,
     2,
     0.25,
     {2.718521200753482, -0.9061737335844939, 0.45308686679224697,
      3.4465163808024433, 1.7232581904012216, -0.2154072738001527}},
};

static void assert_golden(const struct golden_constraint *g, vs_dtype dtype,
                          double step)
{
    const vs_constraint c =
        vs_constraint_of(g->kind, g->axes, g->min, g->max, g->rate);
    const vs_shape shape = vs_shape_2d(2, 3);
    double memory[6];
    const vs_view view = vs_view_of(dtype, &shape, memory);
    double got[6];

    vs_from_double(dtype, weights, 6, memory);
    assert_ok(vs_constraint_apply(&c, &view, NULL));
    vs_to_double(dtype, memory, 6, got);
    for (int i = 0; i < 6; i++) {
        assert_true(fabs(got[i] - g->want[i]) <= step * fabs(g->want[i]));
        assert_int_equal(signbit(got[i]) != 0, signbit(g->want[i]) != 0);
    }
}

static void values_are_those_of_keras(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        assert_golden(&golden[i], VS_F64, 4e-16);
        assert_golden(&golden[i], VS_F32, 3e-7);
        assert_golden(&golden[i], VS_F16, 0x1p-10);
        assert_golden(&golden[i], VS_BF16, 0x1p-7);
    }
}

static void constructors_set_what_they_say(void **state)
{
    const vs_constraint made[] = {
        vs_non_neg(),
        vs_max_norm(2, 0),
        vs_max_norm(2, VS_AXIS(1)),
        vs_max_norm(2, VS_AXIS(0) | VS_AXIS(1)),
        vs_unit_norm(VS_AXIS(0)),
        vs_unit_norm(VS_AXIS(1)),
        vs_min_max_norm(1, 2, 0.25, VS_AXIS(0)),
        vs_min_max_norm(1, 2, 0.25, VS_AXIS(1)),
    };

    (void)state;
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        assert_int_equal(made[i].kind, golden[i].kind);
        assert_int_equal(made[i].axes, golden[i].axes);
        assert_true(made[i].min == golden[i].min);
        assert_true(made[i].max == golden[i].max);
        assert_true(made[i].rate == golden[i].rate);
    }
}

#define A 3
#define B 5
#define C 150 /* more than there are lanes, and a rest */

static int64_t place(const vs_view *view, int a, int b, int c)
{
    return a * view->strides[0] + b * view->strides[1] + c * view->strides[2];
}

/* Unit norm, the plain way: for each element the norm of those that agree with
 * it on all axes but the summed ones. */
static double unit(const double *w, const vs_view *view, uint32_t axes,
                   const int at[3])
{
    double sum = 0;

    for (int a = 0; a < A; a++)
        for (int b = 0; b < B; b++)
            for (int c = 0; c < C; c++) {
                const int index[3] = {a, b, c};
                bool same = true;

                for (int i = 0; i < 3; i++)
                    same &= (axes >> i & 1) != 0 || index[i] == at[i];
                if (same)
                    sum += pow(w[place(view, a, b, c)], 2);
            }
    return w[place(view, at[0], at[1], at[2])] / (1e-7 + sqrt(sum));
}

static void assert_unit_norm(uint32_t axes, const int64_t strides[3])
{
    const vs_shape shape = vs_shape_3d(A, B, C);
    const vs_constraint constraint = vs_unit_norm(axes);
    static double before[A * B * C * 2];
    static double after[A * B * C * 2];
    vs_view view = vs_view_of(VS_F64, &shape, after);

    memcpy(view.strides, strides, 3 * sizeof strides[0]);
    for (int i = 0; i < A * B * C * 2; i++)
        before[i] = after[i] = (i * 37) % 101 - 49.5;
    assert_ok(vs_constraint_apply(&constraint, &view, NULL));
    for (int i = 0; i < A * B * C; i += 7) {
        const int at[3] = {i / (B * C), i / C % B, i % C};

        assert_true(fabs(after[place(&view, at[0], at[1], at[2])] -
                         unit(before, &view, axes, at)) < 1e-14);
    }
}

static void any_axes_and_strides_will_do(void **state)
{
    static const int64_t strides[][3] = {
        {B * C, C, 1},
        {1, A, A * B},
        {C, A * C, 1},
        {2 * B * C, 2 * C, 2},
    };

    (void)state;
    for (uint32_t axes = 1; axes < 8; axes++)
        for (size_t i = 0; i < sizeof strides / sizeof strides[0]; i++)
            assert_unit_norm(axes, strides[i]);
}

/* With a gap behind each element: what lies there is not ours. */
static void memory_between_elements_stays(void **state)
{
    const vs_shape shape = vs_shape_1d(3);
    const vs_constraint c = vs_non_neg();
    float memory[6] = {-1, -2, 3, -4, -5, -6};
    static const float want[6] = {0, -2, 3, -4, 0, -6};
    vs_view view = vs_view_of(VS_F32, &shape, memory);

    (void)state;
    view.strides[0] = 2;
    assert_ok(vs_constraint_apply(&c, &view, NULL));
    for (int i = 0; i < 6; i++)
        assert_true(memory[i] == want[i]);
}

static void assert_vector(vs_constraint c, float x, float y, float want_x,
                          float want_y)
{
    const vs_shape shape = vs_shape_1d(2);
    float memory[2] = {x, y};
    const vs_view view = vs_view_of(VS_F32, &shape, memory);

    assert_ok(vs_constraint_apply(&c, &view, NULL));
    assert_true(memory[0] == want_x || (isnan(memory[0]) && isnan(want_x)));
    assert_true(memory[1] == want_y || (isnan(memory[1]) && isnan(want_y)));
}

static void the_odd_values_are_those_of_keras(void **state)
{
    (void)state;
    assert_vector(vs_non_neg(), -INFINITY, INFINITY, NAN, INFINITY);
    assert_vector(vs_non_neg(), NAN, -0.0f, NAN, -0.0f);
    assert_vector(vs_max_norm(2, 0), 0, 0, 0, 0);
    assert_vector(vs_unit_norm(0), 0, 0, 0, 0);
    assert_vector(vs_min_max_norm(1, 2, 1, 0), 0, 0, 0, 0);
    assert_vector(vs_max_norm(2, 0), INFINITY, 1, NAN, 0);
    assert_vector(vs_unit_norm(0), NAN, 1, NAN, NAN);
    assert_vector(vs_max_norm(0, 0), 3, 4, 0, 0);
}

static void no_constraint_changes_nothing(void **state)
{
    const vs_constraint zero =
        vs_constraint_of(VS_CONSTRAINT_DEFAULT, 0, 0, 0, 0);
    const vs_constraint c = vs_max_norm(2, 0);
    const vs_shape shape = vs_shape_2d(0, 3);
    const vs_view empty = vs_view_of(VS_F32, &shape, NULL);

    (void)state;
    assert_vector(zero, -3, 4, -3, 4);
    assert_vector(vs_no_constraint(), -3, 4, -3, 4);
    assert_ok(vs_constraint_apply(&c, &empty, NULL));
}

static void assert_refused(vs_status want, const char *words, vs_constraint c,
                           vs_dtype dtype)
{
    const vs_shape shape = vs_shape_2d(1, 2);
    double memory[2] = {7, 7};
    const vs_view view = vs_view_of(dtype, &shape, memory);
    vs_error err;

    assert_status(want, vs_constraint_apply(&c, &view, &err));
    assert_string_equal(err.message, words);
    assert_true(memory[0] == 7 && memory[1] == 7);
}

static void bad_arguments_are_refused(void **state)
{
    const vs_constraint good = vs_unit_norm(0);
    const vs_shape scalar = vs_shape_scalar();
    double one = 1;
    const vs_view view = vs_view_of(VS_F64, &scalar, &one);

    (void)state;
    assert_refused(VS_ERR_MISUSE,
                   "constraint to norms from 0 to -1, want 0 <= min <= max, "
                   "finite",
                   vs_max_norm(-1, 0), VS_F64);
    assert_refused(VS_ERR_MISUSE,
                   "constraint to norms from -1 to 2, want 0 <= min <= max, "
                   "finite",
                   vs_min_max_norm(-1, 2, 1, 0), VS_F64);
    assert_refused(VS_ERR_MISUSE,
                   "constraint to norms from 3 to 2, want 0 <= min <= max, "
                   "finite",
                   vs_min_max_norm(3, 2, 1, 0), VS_F64);
    assert_refused(VS_ERR_MISUSE,
                   "constraint to norms from 0 to inf, want 0 <= min <= max, "
                   "finite",
                   vs_max_norm(INFINITY, 0), VS_F64);
    assert_refused(VS_ERR_MISUSE, "constraint at rate inf, want a finite one",
                   vs_min_max_norm(1, 2, INFINITY, 0), VS_F64);
    assert_refused(VS_ERR_MISUSE, "99 is no constraint kind",
                   vs_constraint_of((vs_constraint_kind)99, 0, 0, 0, 0),
                   VS_F64);
    assert_refused(VS_ERR_DTYPE, "constraint: have i64, want floats", good,
                   VS_I64);
    assert_refused(VS_ERR_SHAPE,
                   "constraint along axes 0x4 of shape [1,2], which has 2",
                   vs_unit_norm(VS_AXIS(2)), VS_F64);
    assert_status(VS_ERR_SHAPE, vs_constraint_apply(&good, &view, NULL));
    assert_status(VS_ERR_MISUSE, vs_constraint_apply(NULL, &view, NULL));
    assert_status(VS_ERR_MISUSE, vs_constraint_apply(&good, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_keras),
        cmocka_unit_test(constructors_set_what_they_say),
        cmocka_unit_test(any_axes_and_strides_will_do),
        cmocka_unit_test(memory_between_elements_stays),
        cmocka_unit_test(the_odd_values_are_those_of_keras),
        cmocka_unit_test(no_constraint_changes_nothing),
        cmocka_unit_test(bad_arguments_are_refused),
    };

    return cmocka_run_group_tests_name("rule.constrain", tests, NULL, NULL);
}
