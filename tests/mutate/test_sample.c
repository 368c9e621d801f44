/* test_sample.c - tests of sample.c, one of them missing. */
#include "support.h"

#include "sample.h"

static void children_pay_half(void **state)
{
    (void)state;
    assert_int_equal(sample_fare(0), 5);
    assert_int_equal(sample_fare(16), 5);
    assert_int_equal(sample_fare(20), 10);
    assert_int_equal(sample_fare(150), 10);
}

static void some_numbers_are_no_age(void **state)
{
    (void)state;
    assert_int_equal(sample_fare(-1), -1);
    assert_int_equal(sample_fare(151), -1);
}

static void a_spread_has_no_direction(void **state)
{
    (void)state;
    assert_int_equal(sample_spread(3, 3), 0);
    assert_int_equal(sample_spread(3, 5), 2);
    assert_int_equal(sample_spread(5, 3), 2);
}

static void bits_double_what_can_be_told_apart(void **state)
{
    (void)state;
    assert_int_equal(sample_bits(1), 0);
    assert_int_equal(sample_bits(2), 1);
    assert_int_equal(sample_bits(5), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_pay_half),
        cmocka_unit_test(some_numbers_are_no_age),
        cmocka_unit_test(a_spread_has_no_direction),
        cmocka_unit_test(bits_double_what_can_be_told_apart),
    };

    return cmocka_run_group_tests_name("mutate.sample", tests, NULL, NULL);
}
