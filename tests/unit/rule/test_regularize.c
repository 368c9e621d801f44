/* test_regularize.c - rule/regularize: TensorFlow's losses, and sums that do
 * not mind how a tensor is cut.
 */
#include "support.h"

#include <math.h>
#include <string.h>

#include "rule/regularize.h"

/* [2,3], exact in every float. */
static const double weights[6] = {3, -1, 0.5, 4, 2, -0.25};

static double loss_in(vs_regularizer r, vs_dtype dtype)
{
    const vs_shape shape = vs_shape_2d(2, 3);
    double memory[6];
    const vs_view view = vs_view_of(dtype, &shape, memory);
    double loss = -1;

    vs_from_double(dtype, weights, 6, memory);
    assert_ok(vs_regularizer_loss(&r, &view, &loss, NULL));
    return loss;
}

/* TensorFlow 2.21: tf.keras.regularizers.L1L2(l1, l2)(w) in float64, and
 * tf.nn.l2_loss(w) = 15.15625, on which tf.contrib's l2_regularizer rests.
 * They agree to the last bit or two. */
static void losses_are_tensorflows(void **state)
{
    static const vs_dtype dtypes[] = {VS_F16, VS_BF16, VS_F32, VS_F64};

    (void)state;
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        const vs_dtype t = dtypes[i];

        assert_true(fabs(loss_in(vs_keras_l1_l2(0.01, 0.02), t) - 0.71375) <
                    1e-15);
        assert_true(loss_in(vs_keras_l1_l2(0.5, 0), t) == 5.375);
        assert_true(loss_in(vs_keras_l1_l2(0, 0.5), t) == 15.15625);
        assert_true(loss_in(vs_l2_regularizer(1), t) == 15.15625);
        assert_true(loss_in(vs_l2_regularizer(0.5), t) == 7.578125);
        assert_true(loss_in(vs_l1_regularizer(0.5), t) == 5.375);
        assert_true(loss_in(vs_l1_l2_regularizer(0.5, 0.5), t) == 12.953125);
    }
}

/* As everywhere: a product that goes into a sum unrounded, which some
 * processors can do, would make values differ from machine to machine. */
static void products_are_rounded_before_they_are_added(void **state)
{
    const vs_regularizer r = vs_keras_l1_l2(0.3, 0.7);
    const vs_shape shape = vs_shape_1d(1);

    (void)state;
    for (int i = 2; i < 100; i++) {
        double x = 1.0 / i;
        const vs_view view = vs_view_of(VS_F64, &shape, &x);
        volatile double square = x * x;
        volatile double of_square = 0.7 * square;
        volatile double of_magnitude = 0.3 * x;
        double loss = -1;

        assert_ok(vs_regularizer_loss(&r, &view, &loss, NULL));
        assert_true(loss == of_magnitude + of_square);
    }
}

static void no_regularizer_has_no_loss(void **state)
{
    const vs_regularizer zero = vs_regularizer_of(VS_REGULARIZER_DEFAULT, 5, 5);

    (void)state;
    assert_true(loss_in(zero, VS_F32) == 0);
    assert_true(loss_in(vs_no_regularizer(), VS_F32) == 0);
    assert_true(loss_in(vs_keras_l1_l2(0, 0), VS_F32) == 0);
}

static void strides_change_nothing(void **state)
{
    const vs_regularizer r = vs_keras_l1_l2(0.3, 0.7);
    const vs_shape shape = vs_shape_2d(30, 40);
    float memory[1200];
    vs_view view = vs_view_of(VS_F32, &shape, memory);
    double plain;
    double strided;

    (void)state;
    for (int i = 0; i < 1200; i++)
        memory[i] = (float)((i * 37) % 101 - 50) / 8;
    assert_ok(vs_regularizer_loss(&r, &view, &plain, NULL));
    view.strides[0] = 1;
    view.strides[1] = 30;
    assert_ok(vs_regularizer_loss(&r, &view, &strided, NULL));
    assert_true(fabs(strided - plain) <= plain * 1e-14);
}

static void an_empty_tensor_costs_nothing(void **state)
{
    const vs_regularizer r = vs_keras_l1_l2(1, 1);
    const vs_shape shape = vs_shape_2d(3, 0);
    const vs_view view = vs_view_of(VS_F32, &shape, NULL);
    double loss = -1;

    (void)state;
    assert_ok(vs_regularizer_loss(&r, &view, &loss, NULL));
    assert_true(loss == 0);
}

static void what_is_not_finite_shows(void **state)
{
    const vs_shape shape = vs_shape_1d(2);
    float memory[2] = {1, INFINITY};
    const vs_view view = vs_view_of(VS_F32, &shape, memory);
    const vs_regularizer r = vs_l1_regularizer(2);
    double loss = -1;

    (void)state;
    assert_ok(vs_regularizer_loss(&r, &view, &loss, NULL));
    assert_true(isinf(loss));
    memory[1] = NAN;
    assert_ok(vs_regularizer_loss(&r, &view, &loss, NULL));
    assert_true(isnan(loss));
}

static void a_scale_of_zero_takes_its_sum_out(void **state)
{
    const vs_shape shape = vs_shape_1d(2);
    double memory[2] = {1, 1e200};
    const vs_view view = vs_view_of(VS_F64, &shape, memory);
    const vs_regularizer l1 = vs_l1_regularizer(2);
    const vs_regularizer none = vs_keras_l1_l2(0, 0);
    double loss = -1;

    (void)state;
    assert_ok(vs_regularizer_loss(&l1, &view, &loss, NULL));
    assert_true(loss == 2e200);
    memory[0] = INFINITY;
    assert_ok(vs_regularizer_loss(&none, &view, &loss, NULL));
    assert_true(loss == 0);
}

static void sums_of_runs_merge_to_that_of_the_whole(void **state)
{
    float x[1000];
    struct vs__penalty whole = {0, 0};
    struct vs__penalty merged = {0, 0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        x[i] = (float)((i * 37) % 101 - 50) / 8;
    vs__penalty_add(&whole, VS_F32, x, 1000);
    for (int64_t at = 0, n = 1; at < 1000; at += n, n = n * 3 % 401) {
        struct vs__penalty run = {0, 0};

        n = n < 1000 - at ? n : 1000 - at;
        vs__penalty_add(&run, VS_F32, x + at, n);
        vs__penalty_merge(&merged, &run);
    }
    /* Multiples of 1/64: every sum is exact. */
    assert_true(merged.magnitudes == whole.magnitudes);
    assert_true(merged.squares == whole.squares);
}

static void long_sums_stay_exact_enough(void **state)
{
    static double x[100000];
    struct vs__penalty p = {0, 0};

    (void)state;
    for (int i = 0; i < 100000; i++)
        x[i] = 0.1;
    for (int i = 0; i < 100; i++)
        vs__penalty_add(&p, VS_F64, x, 100000);
    assert_true(fabs(p.magnitudes - 1e6) < 1e6 * 1e-12);
    assert_true(fabs(p.squares - 1e5) < 1e5 * 1e-12);
}

static void assert_refused(vs_status want, const char *words, vs_regularizer r,
                           vs_dtype dtype)
{
    const vs_shape shape = vs_shape_1d(2);
    double memory[2] = {0};
    const vs_view view = vs_view_of(dtype, &shape, memory);
    double loss = -1;
    vs_error err;

    assert_status(want, vs_regularizer_loss(&r, &view, &loss, &err));
    assert_string_equal(err.message, words);
    assert_true(loss == -1);
}

static void bad_arguments_are_refused(void **state)
{
    const vs_regularizer good = vs_l1_regularizer(1);
    double loss = -1;

    (void)state;
    assert_refused(VS_ERR_MISUSE,
                   "regularizer with scales -1 and 0, want finite ones, at "
                   "least 0",
                   vs_l1_regularizer(-1), VS_F32);
    assert_refused(VS_ERR_MISUSE,
                   "regularizer with scales 0 and inf, want finite ones, at "
                   "least 0",
                   vs_l2_regularizer(INFINITY), VS_F32);
    assert_refused(VS_ERR_MISUSE, "99 is no regularizer kind",
                   vs_regularizer_of((vs_regularizer_kind)99, 0, 0), VS_F32);
    assert_refused(VS_ERR_DTYPE, "regularizer: have i32, want floats", good,
                   VS_I32);
    assert_status(VS_ERR_MISUSE, vs_regularizer_loss(NULL, NULL, &loss, NULL));
    assert_status(VS_ERR_MISUSE, vs_regularizer_loss(&good, NULL, &loss, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_tensorflows),
        cmocka_unit_test(products_are_rounded_before_they_are_added),
        cmocka_unit_test(no_regularizer_has_no_loss),
        cmocka_unit_test(strides_change_nothing),
        cmocka_unit_test(an_empty_tensor_costs_nothing),
        cmocka_unit_test(what_is_not_finite_shows),
        cmocka_unit_test(a_scale_of_zero_takes_its_sum_out),
        cmocka_unit_test(sums_of_runs_merge_to_that_of_the_whole),
        cmocka_unit_test(long_sums_stay_exact_enough),
        cmocka_unit_test(bad_arguments_are_refused),
    };

    return cmocka_run_group_tests_name("rule.regularize", tests, NULL, NULL);
}
