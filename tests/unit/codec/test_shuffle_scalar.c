/* test_shuffle_scalar.c - codec/shuffle_scalar: the kernels that all others
 * are measured by, against the formulas of shuffle_path.h. */
#include "support.h"

#include <string.h>

#include "codec/shuffle_path.h"
#include "codec_data.h"

#define MOST 150 /* elements or places; a block of the kernels is 64 */

static const struct vs__shuffle_path *const path = &vs__shuffle_scalar;

static void split_moves_byte_k_of_element_i_to_plane_k(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t n = 0; n <= MOST; n++) {
            size_t stride = n + 3;
            uint8_t *src = exactly(n * size);
            uint8_t *dst = exactly(size * stride);

            fill_noise(src, n * size);
            path->split(src, n, size, dst, stride);
            for (size_t i = 0; i < n * size; i++)
                assert_int_equal(dst[i % size * stride + i / size], src[i]);
            free(src);
            free(dst);
        }
}

static void split_bits_moves_bit_b_of_byte_i_to_plane_b(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MOST; n++) {
        size_t stride = n + 3;
        uint8_t *src = exactly(8 * n);
        uint8_t *dst = exactly(8 * stride);

        fill_noise(src, 8 * n);
        path->split_bits(src, n, dst, stride);
        for (size_t i = 0; i < 8 * n; i++)
            for (size_t b = 0; b < 8; b++)
                assert_int_equal(dst[b * stride + i / 8] >> i % 8 & 1,
                                 src[i] >> b & 1);
        free(src);
        free(dst);
    }
}

static void join_undoes_split(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t n = 0; n <= MOST; n++) {
            uint8_t *src = exactly(n * size);
            uint8_t *between = exactly(n * size);
            uint8_t *back = exactly(n * size);

            fill_noise(src, n * size);
            path->split(src, n, size, between, n);
            path->join(between, n, n, size, back);
            assert_memory_equal(back, src, n * size);
            free(src);
            free(between);
            free(back);
        }
}

static void join_bits_undoes_split_bits(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MOST; n++) {
        uint8_t *src = exactly(8 * n);
        uint8_t *between = exactly(8 * n);
        uint8_t *back = exactly(8 * n);

        fill_noise(src, 8 * n);
        path->split_bits(src, n, between, n);
        path->join_bits(between, n, n, back);
        assert_memory_equal(back, src, 8 * n);
        free(src);
        free(between);
        free(back);
    }
}

static void what_lies_between_planes_is_left_alone(void **state)
{
    enum { N = 70, STRIDE = 77 };
    uint8_t src[8 * N];
    uint8_t dst[8 * STRIDE];

    (void)state;
    fill_noise(src, sizeof src);
    memset(dst, 0xEE, sizeof dst);
    path->split(src, N, 8, dst, STRIDE);
    for (size_t i = 0; i < sizeof dst; i++)
        if (i % STRIDE >= N)
            assert_int_equal(dst[i], 0xEE);
    path->split_bits(src, N, dst, STRIDE);
    for (size_t i = 0; i < sizeof dst; i++)
        if (i % STRIDE >= N)
            assert_int_equal(dst[i], 0xEE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_moves_byte_k_of_element_i_to_plane_k),
        cmocka_unit_test(split_bits_moves_bit_b_of_byte_i_to_plane_b),
        cmocka_unit_test(join_undoes_split),
        cmocka_unit_test(join_bits_undoes_split_bits),
        cmocka_unit_test(what_lies_between_planes_is_left_alone),
    };

    return cmocka_run_group_tests_name("codec.shuffle_scalar", tests, NULL,
                                       NULL);
}
