/* test_fans.c - rule/fans: inputs and outputs of a layer. */
#include "support.h"

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

static void the_variance_is_scale_by_fan(void **state)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_shape matrix = vs_shape_2d(2, 4);
    const vs_shape empty = vs_shape_2d(0, 0);

    (void)state;
    assert_true(vs__fan_variance(&matrix, VS_FAN_IN, 3) == 1.5);
    assert_true(vs__fan_variance(&matrix, VS_FAN_OUT, 3) == 0.75);
    assert_true(vs__fan_variance(&matrix, VS_FAN_AVERAGE, 3) == 1);
    assert_true(vs__fan_variance(&scalar, VS_FAN_AVERAGE, 3) == 3);
    assert_true(vs__fan_variance(&empty, VS_FAN_OUT, 3) == 3);
}

static void the_unit_is_all_but_the_last(void **state)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_shape vector = vs_shape_1d(9);
    const vs_shape filter = vs_shape_4d(3, 3, 16, 32);
    const vs_shape empty = vs_shape_2d(0, 5);

    (void)state;
    assert_true(vs__fan_unit(&scalar) == 1);
    assert_true(vs__fan_unit(&vector) == 1);
    assert_true(vs__fan_unit(&filter) == 144);
    assert_true(vs__fan_unit(&empty) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fans_follow_the_rank),
        cmocka_unit_test(huge_shapes_do_not_overflow),
        cmocka_unit_test(the_variance_is_scale_by_fan),
        cmocka_unit_test(the_unit_is_all_but_the_last),
    };

    return cmocka_run_group_tests_name("rule.fans", tests, NULL, NULL);
}
