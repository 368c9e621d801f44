/* test_pack_plan.c - codec/pack_plan: how each plane is to be stored. */
#include "support.h"

#include <string.h>

#include "codec/coder.h"
#include "codec_data.h"

#define CHUNK ((size_t)256 << 10)

static struct vs__pack_plan plan_of(const uint8_t *raw, size_t n,
                                    enum vs__filter_id filter, size_t width)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct vs__frame_info how = {VS__CODEC_LZ4, filter, width, n, {{0}}};
    struct vs__pack_plan plan;

    assert_non_null(coder);
    vs__pack_plan(coder, raw, &how, width, &plan);
    vs__coder_free(coder);
    return plan;
}

static void a_lane_is_a_float_or_an_element_of_at_most_8_bytes(void **state)
{
    (void)state;
    assert_int_equal(vs__pack_width(8, 4), 4);
    assert_int_equal(vs__pack_width(4, 0), 4);
    assert_int_equal(vs__pack_width(1, 0), 1);
    assert_int_equal(vs__pack_width(16, 0), 8);
}

static void only_the_exponent_filter_turns_lanes(void **state)
{
    (void)state;
    assert_int_equal(vs__pack_turn(VS__FILTER_EXPONENT, 1), 0);
    assert_int_equal(vs__pack_turn(VS__FILTER_EXPONENT, 2), 1);
    assert_int_equal(vs__pack_turn(VS__FILTER_EXPONENT, 4), 1);
    assert_int_equal(vs__pack_turn(VS__FILTER_EXPONENT, 8), 4);
    for (size_t width = 1; width <= 8; width *= 2)
        assert_int_equal(vs__pack_turn(VS__FILTER_PLANES, width), 0);
}

/* Half of them have the first exponent, a quarter the second, and so on: 3 bits
 * give 7 of them and miss 1 of 128, 2 would miss an eighth. */
static void exponents_get_as_few_bits_as_pay(void **state)
{
    uint8_t *raw = exactly(CHUNK);
    struct vs__pack_plan plan;

    (void)state;
    fill_floats(raw, CHUNK, 4);
    plan = plan_of(raw, CHUNK, VS__FILTER_EXPONENT, 4);
    assert_int_equal(plan.mode[0], VS__PACK_RAW);
    assert_int_equal(plan.mode[1], VS__PACK_RAW);
    assert_int_equal(plan.mode[2], VS__PACK_RAW);
    assert_in_range(plan.mode[3], 2, 3);
    assert_int_equal(plan.codes[3].bits, plan.mode[3]);
    assert_int_equal(plan.codes[3].symbol[0], 120);
    assert_int_equal(plan.codes[3].symbol[1], 119);
    assert_int_equal(plan.codes[3].code[119], 1);
    assert_int_equal(plan.codes[3].code[7], (1 << plan.mode[3]) - 1);
    assert_true(plan.noisy);
    assert_false(plan.same_sign);
    assert_in_range(plan.cost, plan.sampled * 83 / 100,
                    plan.sampled * 86 / 100);
    free(raw);
}

static void a_sign_that_never_changes_is_seen(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_floats(raw, CHUNK, 2);
    for (size_t i = 1; i < CHUNK; i += 2)
        raw[i] |= 0x80;
    assert_true(plan_of(raw, CHUNK, VS__FILTER_EXPONENT, 2).same_sign);
    free(raw);
}

static void noise_stays_raw(void **state)
{
    uint8_t *raw = exactly(CHUNK);
    struct vs__pack_plan plan;

    (void)state;
    fill_noise(raw, CHUNK);
    plan = plan_of(raw, CHUNK, VS__FILTER_EXPONENT, 8);
    for (size_t k = 0; k < 8; k++)
        assert_int_equal(plan.mode[k], VS__PACK_RAW);
    assert_in_range(plan.cost, plan.sampled, plan.sampled + 9);
    free(raw);
}

static void a_plane_that_repeats_without_a_common_byte_is_a_piece(void **state)
{
    uint8_t *raw = exactly(CHUNK);
    struct vs__pack_plan plan;

    (void)state;
    fill_counter(raw, CHUNK);
    plan = plan_of(raw, CHUNK, VS__FILTER_PLANES, 8);
    assert_int_equal(plan.mode[0], VS__PACK_PIECE);
    assert_int_equal(plan.mode[7], 1);
    assert_false(plan.noisy);
    free(raw);
}

/* The end counts as much as the start. */
static void the_whole_chunk_is_sampled(void **state)
{
    uint8_t *raw = exactly(CHUNK);
    struct vs__pack_plan plan;

    (void)state;
    memset(raw, 1, CHUNK / 2);
    memset(raw + CHUNK / 2, 2, CHUNK / 2);
    plan = plan_of(raw, CHUNK, VS__FILTER_PLANES, 1);
    assert_int_equal(plan.mode[0], 2);
    assert_in_range(plan.codes[0].symbol[0], 1, 2);
    assert_int_equal(plan.codes[0].symbol[0] + plan.codes[0].symbol[1], 3);
    free(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_is_a_float_or_an_element_of_at_most_8_bytes),
        cmocka_unit_test(only_the_exponent_filter_turns_lanes),
        cmocka_unit_test(exponents_get_as_few_bits_as_pay),
        cmocka_unit_test(a_sign_that_never_changes_is_seen),
        cmocka_unit_test(noise_stays_raw),
        cmocka_unit_test(a_plane_that_repeats_without_a_common_byte_is_a_piece),
        cmocka_unit_test(the_whole_chunk_is_sampled),
    };

    return cmocka_run_group_tests_name("codec.pack_plan", tests, NULL, NULL);
}
