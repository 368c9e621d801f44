/* test_philox.c - rule/philox: the generator's published answers. */
#include "support.h"

#include "rule/philox.h"

struct answer {
    uint32_t counter[4];
    uint32_t key[2];
    uint32_t want[4];
};

/* The known answers that come with the authors' Random123 library. */
static const struct answer answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void blocks_are_the_published_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const struct answer *a = &answers[i];
        const struct vs__philox p = {{a->key[0], a->key[1]},
                                     {a->counter[2], a->counter[3]}};
        uint32_t out[4];

        vs__philox_block(&p, a->counter[0] | (uint64_t)a->counter[1] << 32,
                         out);
        assert_memory_equal(out, a->want, sizeof out);
    }
}

static void a_seed_goes_where_tensorflow_puts_it(void **state)
{
    const struct vs__philox p = vs__philox_from_seed(42);

    (void)state;
    assert_int_equal(p.key[0], 87654321);
    assert_int_equal(p.key[1], 0);
    assert_int_equal(p.counter_high[0], 42);
    assert_int_equal(p.counter_high[1], 0);
}

static void seeds_are_reduced_as_python_reduces_them(void **state)
{
    (void)state;
    assert_int_equal(vs__philox_from_seed(2147483647).counter_high[0], 0);
    assert_int_equal(vs__philox_from_seed(2147483649).counter_high[0], 2);
    assert_int_equal(vs__philox_from_seed(-5).counter_high[0], 2147483642);
    assert_int_equal(vs__philox_from_seed(INT64_MAX).counter_high[0], 1);
    assert_int_equal(vs__philox_from_seed(INT64_MIN + 1).counter_high[0],
                     2147483646);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_the_published_ones),
        cmocka_unit_test(a_seed_goes_where_tensorflow_puts_it),
        cmocka_unit_test(seeds_are_reduced_as_python_reduces_them),
    };

    return cmocka_run_group_tests_name("rule.philox", tests, NULL, NULL);
}
