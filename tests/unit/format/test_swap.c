/* test_swap.c - format/swap: bytes of numbers turned around. */
#include "support.h"

#include "base/target.h"
#include "format/swap.h"

static void numbers_of_each_width_are_turned_around(void **state)
{
    uint8_t ones[] = {1, 2, 3};
    uint8_t twos[] = {0, 1, 2, 3, 4};
    uint8_t fours[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t eights[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t want1[] = {1, 2, 3};
    static const uint8_t want2[] = {0, 2, 1, 4, 3};
    static const uint8_t want4[] = {0, 4, 3, 2, 1, 8, 7, 6, 5};
    static const uint8_t want8[] = {0, 8, 7, 6, 5, 4, 3, 2, 1};

    (void)state;
    vs__swap(ones, 3, 1);
    vs__swap(twos + 1, 2, 2);
    vs__swap(fours + 1, 2, 4);
    vs__swap(eights + 1, 1, 8);
    assert_memory_equal(ones, want1, sizeof ones);
    assert_memory_equal(twos, want2, sizeof twos);
    assert_memory_equal(fours, want4, sizeof fours);
    assert_memory_equal(eights, want8, sizeof eights);
}

static void the_host_is_one_or_the_other(void **state)
{
    const uint16_t one = 1;

    (void)state;
    assert_int_equal(VS__HOST_BIG, *(const uint8_t *)&one == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_each_width_are_turned_around),
        cmocka_unit_test(the_host_is_one_or_the_other),
    };

    return cmocka_run_group_tests_name("format.swap", tests, NULL, NULL);
}
