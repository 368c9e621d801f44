/* test_delta.c - codec/delta: differences are small where floats are close,
 * every bit comes back, and every instruction set gives the same bytes. */
#include "support.h"

#include "codec/delta.h"
#include "codec_data.h"

#define MOST_LANES 300

static uint64_t lane(const uint8_t *p, size_t width)
{
    uint64_t x = 0;

    for (size_t k = 0; k < width; k++)
        x |= (uint64_t)p[k] << 8 * k;
    return x;
}

static void set_lane(uint8_t *p, size_t width, uint64_t x)
{
    for (size_t k = 0; k < width; k++)
        p[k] = (uint8_t)(x >> 8 * k);
}

/* The folded difference of two lanes, by the kernel that the machine takes. */
static uint64_t difference(size_t width, uint64_t x, uint64_t base)
{
    uint8_t bytes[3][8] = {{0}};

    set_lane(bytes[0], width, x);
    set_lane(bytes[1], width, base);
    vs__delta_subtract(bytes[0], bytes[1], 1, width, bytes[2]);
    x = lane(bytes[2], width);
    vs__delta_add(bytes[2], bytes[1], 1, width);
    assert_memory_equal(bytes[2], bytes[0], width);
    return x;
}

static void floats_side_by_side_are_one_apart(void **state)
{
    (void)state;
    for (size_t width = 2; width <= 8; width *= 2) {
        const uint64_t sign = 1ULL << (8 * width - 1);
        const uint64_t x = sign / 2 + 77; /* some number above 1 */

        assert_int_equal(difference(width, x, x), 0);
        assert_int_equal(difference(width, x + 1, x), 2);
        assert_int_equal(difference(width, x, x + 1), 1);
        assert_int_equal(difference(width, sign | x, sign | (x + 1)), 2);
        assert_int_equal(difference(width, sign | (x + 1), sign | x), 1);
    }
}

static void the_zeros_are_side_by_side_and_not_the_same(void **state)
{
    (void)state;
    for (size_t width = 2; width <= 8; width *= 2) {
        const uint64_t sign = 1ULL << (8 * width - 1);

        assert_int_equal(difference(width, 0, sign), 2);
        assert_int_equal(difference(width, sign, 0), 1);
        assert_int_equal(difference(width, 1, sign | 1), 6);
    }
}

/* Zeros, denormals, ones, infinities and NaN of both signs, and the bits at
 * the ends; each from each. */
static void every_bit_comes_back_from_every_base(void **state)
{
    (void)state;
    for (size_t width = 2; width <= 8; width *= 2) {
        const uint64_t sign = 1ULL << (8 * width - 1);
        const unsigned exponent = width == 2 ? 7 : width == 4 ? 23 : 52;
        const uint64_t infinity = (sign - 1) >> exponent << exponent;
        const uint64_t odd[] = {0,        1,        (1ULL << exponent) - 1,
                                sign / 2, infinity, infinity | 1,
                                sign - 1, sign - 2, infinity - 1};
        const size_t n = sizeof odd / sizeof odd[0];

        for (size_t i = 0; i < 2 * n; i++)
            for (size_t k = 0; k < 2 * n; k++)
                (void)difference(width, odd[i % n] | (i < n ? 0 : sign),
                                 odd[k % n] | (k < n ? 0 : sign));
    }
}

static void all_16_bits_come_back(void **state)
{
    uint8_t *raw = exactly(2 << 16);
    uint8_t *base = exactly(2 << 16);
    uint8_t *made = exactly(2 << 16);

    (void)state;
    for (uint32_t x = 0; x < 1 << 16; x++) {
        vs__store16(raw + 2 * x, (uint16_t)x);
        vs__store16(base + 2 * x, (uint16_t)(x * 40503U));
    }
    vs__delta_subtract(raw, base, 1 << 16, 2, made);
    vs__delta_add(made, base, 1 << 16, 2);
    assert_memory_equal(made, raw, 2 << 16);
    free(raw);
    free(base);
    free(made);
}

static void check_length(const struct vs__delta_path *path, size_t width,
                         size_t n)
{
    uint8_t *raw = exactly(n * width);
    uint8_t *base = exactly(n * width);
    uint8_t *got = exactly(n * width);
    uint8_t *want = exactly(n * width);

    fill_noise(raw, n * width);
    fill_weights(base, n * width);
    vs__delta_scalar.subtract(raw, base, n, width, want);
    path->subtract(raw, base, n, width, got);
    assert_memory_equal(got, want, n * width);
    path->add(got, base, n, width);
    assert_memory_equal(got, raw, n * width);
    free(raw);
    free(base);
    free(got);
    free(want);
}

static void every_instruction_set_gives_the_same_bytes(void **state)
{
    const struct vs__delta_path *path;

    (void)state;
    for (size_t i = 0; (path = vs__delta_path_at(i)) != NULL; i++)
        for (size_t width = 2; width <= 8; width *= 2)
            for (size_t n = 0; n <= MOST_LANES; n++)
                check_length(path, width, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_side_by_side_are_one_apart),
        cmocka_unit_test(the_zeros_are_side_by_side_and_not_the_same),
        cmocka_unit_test(every_bit_comes_back_from_every_base),
        cmocka_unit_test(all_16_bits_come_back),
        cmocka_unit_test(every_instruction_set_gives_the_same_bytes),
    };

    return cmocka_run_group_tests_name("codec.delta", tests, NULL, NULL);
}
