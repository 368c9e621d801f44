/* test_matrix.c - rule/matrix: where the matrix lies, and its limits. */
#include "support.h"

#include <math.h>

#include "rule/matrix.h"
#include "varstore/rule.h"

static void assert_plan(vs_shape shape, int64_t rows, int64_t columns)
{
    struct vs__matrix x;

    assert_ok(vs__matrix_plan(&shape, 1, "w", &x, NULL));
    assert_int_equal(x.rows, rows);
    assert_int_equal(x.columns, columns);
    assert_int_equal(x.at, 0);
    assert_int_equal(x.shown, rows * columns);
}

static void matrices_are_drawn_upright(void **state)
{
    (void)state;
    assert_plan(vs_shape_2d(3, 3), 3, 3);
    assert_plan(vs_shape_2d(5, 3), 5, 3);
    assert_plan(vs_shape_2d(3, 5), 5, 3);
    assert_plan(vs_shape_4d(2, 2, 3, 5), 12, 5);
    assert_plan(vs_shape_3d(2, 2, 5), 5, 4);
    assert_plan(vs_shape_2d(0, 5), 5, 0);
}

static void assert_delta(vs_shape shape, int64_t at, int64_t shown)
{
    struct vs__matrix x;

    assert_ok(vs__matrix_plan_delta(&shape, 1, "w", &x, NULL));
    assert_int_equal(x.rows, shape.dims[shape.rank - 1]);
    assert_int_equal(x.columns, x.rows);
    assert_int_equal(x.at, at);
    assert_int_equal(x.shown, shown);
}

static void the_delta_is_at_the_centre_tap(void **state)
{
    (void)state;
    assert_delta(vs_shape_3d(1, 2, 3), 0, 6);
    assert_delta(vs_shape_3d(3, 2, 3), 6, 6);
    assert_delta(vs_shape_3d(4, 2, 3), 6, 6);
    assert_delta(vs_shape_4d(3, 5, 4, 4), (1 * 5 + 2) * 16, 16);
}

static void shapes_without_a_matrix_are_refused(void **state)
{
    const vs_shape vector = vs_shape_1d(4);
    const vs_shape matrix = vs_shape_2d(4, 4);
    const vs_shape deep = {6, {1, 1, 1, 1, 2, 2}};
    const vs_shape narrowing = vs_shape_3d(3, 4, 2);
    struct vs__matrix x = {0};
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE, vs__matrix_plan(&vector, 1, "w", &x, &err));
    assert_string_equal(
        err.message, "w: an orthogonal matrix needs rank 2 or more, have shape "
                     "[4]");
    assert_status(VS_ERR_SHAPE, vs__matrix_plan_delta(&deep, 1, "w", &x, NULL));
    assert_status(VS_ERR_SHAPE,
                  vs__matrix_plan_delta(&matrix, 1, "w", &x, &err));
    assert_string_equal(err.message,
                        "w: a convolution needs rank 3 to 5, have shape [4,4]");
    assert_status(VS_ERR_SHAPE,
                  vs__matrix_plan_delta(&narrowing, 1, "w", &x, &err));
    assert_string_equal(err.message, "w: 4 inputs and 2 outputs, want no more "
                                     "inputs than outputs");
    assert_int_equal(x.rows, 0);
}

static void matrices_above_the_limit_are_refused(void **state)
{
    const vs_shape most = vs_shape_2d(4096, 4096);
    const vs_shape more = vs_shape_2d(4096, 4097);
    const vs_shape delta = vs_shape_3d(1, 1, 4097);
    const vs_shape vast = vs_shape_2d(INT64_C(1) << 30, INT64_C(1) << 30);
    struct vs__matrix x;
    vs_error err;

    (void)state;
    assert_ok(vs__matrix_plan(&most, 1, "w", &x, NULL));
    assert_status(VS_ERR_TOOBIG, vs__matrix_plan(&more, 1, "w", &x, &err));
    assert_string_equal(err.message,
                        "w: an orthogonal matrix of 4097 x 4096, want at most "
                        "16777216 elements");
    assert_status(VS_ERR_TOOBIG, vs__matrix_plan(&vast, 1, "w", &x, NULL));
    assert_status(VS_ERR_TOOBIG,
                  vs__matrix_plan_delta(&delta, 1, "w", &x, NULL));
}

/* What the rows of an f64 [m,n] make with each other is gain^2 or 0, and so
 * do the columns if they are fewer. */
static void assert_orthogonal(int64_t m, int64_t n, double gain)
{
    const vs_shape shape = vs_shape_2d(m, n);
    const vs_initializer init = vs_orthogonal(gain, 3);
    const int64_t few = m < n ? m : n;
    const int64_t along = m < n ? 1 : n;
    const int64_t across = m < n ? n : 1;
    double w[60];

    assert_ok(vs_initializer_fill(&init, "w", 0, VS_F64, &shape, w, NULL));
    for (int64_t i = 0; i < few; i++)
        for (int64_t j = 0; j < few; j++) {
            double sum = i == j ? -gain * gain : 0;

            for (int64_t k = 0; k < m * n / few; k++)
                sum += w[i * across + k * along] * w[j * across + k * along];
            assert_true(fabs(sum) < 1e-12);
        }
}

static void values_are_orthogonal_times_the_gain(void **state)
{
    (void)state;
    assert_orthogonal(7, 7, 1);
    assert_orthogonal(10, 6, 3);
    assert_orthogonal(6, 10, 3);
    assert_orthogonal(1, 8, -2);
    assert_orthogonal(8, 1, 0);
}

static void small_floats_are_rounded_once(void **state)
{
    const vs_shape shape = vs_shape_2d(6, 10);
    const vs_initializer init = vs_orthogonal(1.5, 3);
    uint16_t half[60];
    float single[60];

    (void)state;
    assert_ok(vs_initializer_fill(&init, "w", 0, VS_BF16, &shape, half, NULL));
    assert_ok(vs_initializer_fill(&init, "w", 0, VS_F32, &shape, single, NULL));
    for (int i = 0; i < 60; i++) {
        double got;

        vs_to_double(VS_BF16, &half[i], 1, &got);
        assert_true(fabs(got - (double)single[i]) <=
                    0x1p-8 * fabs((double)single[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_are_drawn_upright),
        cmocka_unit_test(the_delta_is_at_the_centre_tap),
        cmocka_unit_test(shapes_without_a_matrix_are_refused),
        cmocka_unit_test(matrices_above_the_limit_are_refused),
        cmocka_unit_test(values_are_orthogonal_times_the_gain),
        cmocka_unit_test(small_floats_are_rounded_once),
    };

    return cmocka_run_group_tests_name("rule.matrix", tests, NULL, NULL);
}
