/* test_fans.c - rule/fans: inputs and outputs of a layer. */
#include "support.h"

#include <math.h>

#include "rule/fans.h"

static void assert_fans(vs_shape shape, double want_in, double want_out)
{
    double fan_in = -1;
    double fan_out = -1;

    vs__fans(&shape, &fan_in, &fan_out);
    assert_true(fan_in == want_in);
    assert_true(fan_out == want_out);
}

static void fans_follow_the_rank(void **state)
{
    (void)state;
    assert_fans(vs_shape_scalar(), 1, 1);
    assert_fans(vs_shape_1d(7), 7, 7);
    assert_fans(vs_shape_2d(3, 4), 3, 4);
    assert_fans(vs_shape_3d(5, 3, 4), 15, 20);
    assert_fans(vs_shape_4d(3, 3, 16, 32), 144, 288);
}

static void huge_shapes_do_not_overflow(void **state)
{
    (void)state;
    assert_fans(vs_shape_4d(INT64_C(1) << 40, 0, INT64_C(1) << 40, 2), 0, 0);
}

static void the_glorot_limit_is_the_formula(void **state)
{
    vs_shape scalar = vs_shape_scalar();
    vs_shape matrix = vs_shape_2d(2, 4);
    vs_shape empty = vs_shape_2d(0, 0);

    (void)state;
    assert_true(vs__glorot_limit(&scalar) == sqrt(3.0));
    assert_true(vs__glorot_limit(&matrix) == 1.0);
    assert_true(vs__glorot_limit(&empty) == sqrt(3.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fans_follow_the_rank),
        cmocka_unit_test(huge_shapes_do_not_overflow),
        cmocka_unit_test(the_glorot_limit_is_the_formula),
    };

    return cmocka_run_group_tests_name("rule.fans", tests, NULL, NULL);
}
