/* test_pack_scalar.c - codec/pack_scalar: the kernels that all others are
 * measured by, against the words of pack_path.h. */
#include "support.h"

#include "pack_check.h"

static void a_lane_is_turned_as_a_number(void **state)
{
    const uint8_t lane[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF};
    uint8_t bytes[8];
    uint8_t *planes[8];

    (void)state;
    for (size_t k = 0; k < 8; k++)
        planes[k] = &bytes[k];
    vs__pack_scalar.split(lane, 1, 8, 4, planes);
    assert_int_equal(vs__load64(bytes), 0xFCDAB8967452301E);
    vs__pack_scalar.split(lane, 1, 4, 1, planes);
    assert_int_equal(vs__load32(bytes), 0xCE8A4602);
    vs__pack_scalar.split(lane + 6, 1, 2, 1, planes);
    assert_int_equal(vs__load16(bytes), 0xDF9B);
    vs__pack_scalar.split(lane, 1, 8, 0, planes);
    assert_memory_equal(bytes, lane, 8);
}

static void byte_k_of_lane_i_goes_to_plane_k(void **state)
{
    (void)state;
    for (size_t width = 1; width <= 8; width *= 2) {
        uint8_t src[8 * 70];
        uint8_t bytes[8][70];
        uint8_t *planes[8];

        fill_noise(src, sizeof src);
        for (size_t k = 0; k < 8; k++)
            planes[k] = bytes[k];
        vs__pack_scalar.split(src, 70, width, 0, planes);
        for (size_t i = 0; i < 70 * width; i++)
            assert_int_equal(bytes[i % width][i / width], src[i]);
    }
}

static void joining_undoes_splitting(void **state)
{
    (void)state;
    check_splits(&vs__pack_scalar);
}

static void codes_are_bits_and_the_rest_escapes(void **state)
{
    const uint8_t src[11] = {7, 9, 7, 1, 8, 7, 7, 2, 9, 8, 7};
    struct vs__pack_code code = {2, {7, 8, 9}, {0}};
    uint8_t planes[4];
    uint8_t escapes[11 + VS__PACK_BEYOND];

    (void)state;
    memset(code.code, 3, sizeof code.code);
    for (uint8_t c = 0; c < 3; c++)
        code.code[code.symbol[c]] = c;
    assert_int_equal(vs__pack_scalar.code(&code, src, 11, planes, 2, escapes),
                     2);
    assert_int_equal(planes[0], 0x98); /* codes 0 2 0 3 1 0 0 3, 2 1 0 */
    assert_int_equal(planes[1], 0x02);
    assert_int_equal(planes[2], 0x8A);
    assert_int_equal(planes[3], 0x01);
    assert_int_equal(escapes[0], 1);
    assert_int_equal(escapes[1], 2);
}

static void decoding_undoes_coding(void **state)
{
    (void)state;
    for (unsigned bits = 1; bits <= VS__PACK_BITS; bits++) {
        struct vs__pack_code code;
        uint8_t src[150];
        uint8_t back[150];
        uint8_t planes[VS__PACK_BITS * 19];
        uint8_t escapes[150 + VS__PACK_BEYOND];
        const uint8_t *each[VS__PACK_BITS];
        size_t n;

        make_code(&code, bits);
        fill_symbols(&code, src, sizeof src, 80);
        n = vs__pack_scalar.code(&code, src, 150, planes, 19, escapes);
        for (unsigned b = 0; b < bits; b++)
            each[b] = planes + b * 19;
        assert_int_equal(
            vs__pack_scalar.decode(&code, each, 150, escapes, n, back), n);
        assert_memory_equal(back, src, sizeof src);
    }
}

static void escapes_must_suffice(void **state)
{
    (void)state;
    check_codes(&vs__pack_scalar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_is_turned_as_a_number),
        cmocka_unit_test(byte_k_of_lane_i_goes_to_plane_k),
        cmocka_unit_test(joining_undoes_splitting),
        cmocka_unit_test(codes_are_bits_and_the_rest_escapes),
        cmocka_unit_test(decoding_undoes_coding),
        cmocka_unit_test(escapes_must_suffice),
    };

    return cmocka_run_group_tests_name("codec.pack_scalar", tests, NULL, NULL);
}
