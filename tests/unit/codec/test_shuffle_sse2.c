/* test_shuffle_sse2.c - codec/shuffle_sse2: each kernel gives the scalar one's
 * bytes at every length around its blocks, and touches no others. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "codec/shuffle_path.h"
#include "codec_data.h"

#ifdef __SSE2__
#define MOST 300 /* elements or places; a block of the kernels is 16 */

static const struct vs__shuffle_path *const path = &vs__shuffle_sse2;
static const struct vs__shuffle_path *const scalar = &vs__shuffle_scalar;

static void split_gives_the_scalar_bytes(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t n = 0; n <= MOST; n++) {
            size_t stride = n + n % 5;
            uint8_t *src = exactly(n * size);
            uint8_t *got = exactly(size * stride);
            uint8_t *want = exactly(size * stride);

            fill_noise(src, n * size);
            memset(got, 0xEE, size * stride);
            memset(want, 0xEE, size * stride);
            path->split(src, n, size, got, stride);
            scalar->split(src, n, size, want, stride);
            assert_memory_equal(got, want, size * stride);
            free(src);
            free(got);
            free(want);
        }
}

static void join_gives_the_scalar_bytes(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t n = 0; n <= MOST; n++) {
            size_t stride = n + n % 5;
            uint8_t *src = exactly(size * stride);
            uint8_t *got = exactly(n * size);
            uint8_t *want = exactly(n * size);

            fill_noise(src, size * stride);
            path->join(src, stride, n, size, got);
            scalar->join(src, stride, n, size, want);
            assert_memory_equal(got, want, n * size);
            free(src);
            free(got);
            free(want);
        }
}

static void split_bits_gives_the_scalar_bytes(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MOST; n++) {
        size_t stride = n + n % 5;
        uint8_t *src = exactly(8 * n);
        uint8_t *got = exactly(8 * stride);
        uint8_t *want = exactly(8 * stride);

        fill_noise(src, 8 * n);
        memset(got, 0xEE, 8 * stride);
        memset(want, 0xEE, 8 * stride);
        path->split_bits(src, n, got, stride);
        scalar->split_bits(src, n, want, stride);
        assert_memory_equal(got, want, 8 * stride);
        free(src);
        free(got);
        free(want);
    }
}

static void join_bits_gives_the_scalar_bytes(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MOST; n++) {
        size_t stride = n + n % 5;
        uint8_t *src = exactly(8 * stride);
        uint8_t *got = exactly(8 * n);
        uint8_t *want = exactly(8 * n);

        fill_noise(src, 8 * stride);
        path->join_bits(src, stride, n, got);
        scalar->join_bits(src, stride, n, want);
        assert_memory_equal(got, want, 8 * n);
        free(src);
        free(got);
        free(want);
    }
}

static void whole_filters_give_the_scalar_bytes(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t n = 450; n <= 1100; n += 13) {
            uint8_t *src = exactly(n * size);
            uint8_t *got = exactly(n * size);
            uint8_t *want = exactly(n * size);

            fill_noise(src, n * size);
            vs__bitshuffle_on(path, src, got, n, size);
            vs__bitshuffle_on(scalar, src, want, n, size);
            assert_memory_equal(got, want, n * size);
            vs__bitunshuffle_on(path, src, got, n, size);
            vs__bitunshuffle_on(scalar, src, want, n, size);
            assert_memory_equal(got, want, n * size);
            free(src);
            free(got);
            free(want);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_gives_the_scalar_bytes),
        cmocka_unit_test(join_gives_the_scalar_bytes),
        cmocka_unit_test(split_bits_gives_the_scalar_bytes),
        cmocka_unit_test(join_bits_gives_the_scalar_bytes),
        cmocka_unit_test(whole_filters_give_the_scalar_bytes),
    };

    return cmocka_run_group_tests_name("codec.shuffle_sse2", tests, NULL, NULL);
}
#else
int main(void)
{
    (void)printf("no SSE2 in this build\n");
    return 0;
}
#endif
