/* shuffle_check.h - what each set of shuffling kernels must do: give the scalar
 * one's bytes at every length around its blocks, and touch no others. */
#ifndef VS_TEST_SHUFFLE_CHECK_H
#define VS_TEST_SHUFFLE_CHECK_H

#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "codec/shuffle_path.h"
#include "codec_data.h"

#define MOST 300 /* elements or places; a block of the kernels is 16 */

static const struct vs__shuffle_path *const scalar = &vs__shuffle_scalar;

static inline void check_split(const struct vs__shuffle_path *path, size_t n,
                               size_t size)
{
    size_t stride = n + n % 5;
    uint8_t *src = exactly(n * size);
    uint8_t *got = exactly(size * stride);
    uint8_t *want = exactly(size * stride);

    fill_noise(src, n * size);
    path->split(src, n, size, got, stride);
    scalar->split(src, n, size, want, stride);
    assert_memory_equal(got, want, size * stride);
    free(src);
    free(got);
    free(want);
}

static inline void check_join(const struct vs__shuffle_path *path, size_t n,
                              size_t size)
{
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

static inline void check_split_bits(const struct vs__shuffle_path *path,
                                    size_t n)
{
    size_t stride = n + n % 5;
    uint8_t *src = exactly(8 * n);
    uint8_t *got = exactly(8 * stride);
    uint8_t *want = exactly(8 * stride);

    fill_noise(src, 8 * n);
    path->split_bits(src, n, got, stride);
    scalar->split_bits(src, n, want, stride);
    assert_memory_equal(got, want, 8 * stride);
    free(src);
    free(got);
    free(want);
}

static inline void check_join_bits(const struct vs__shuffle_path *path,
                                   size_t n)
{
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

static inline void check_filters(const struct vs__shuffle_path *path, size_t n,
                                 size_t size)
{
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

static inline void check_bytes(const struct vs__shuffle_path *path)
{
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t n = 0; n <= MOST; n++) {
            check_split(path, n, size);
            check_join(path, n, size);
        }
}

static inline void check_bits(const struct vs__shuffle_path *path)
{
    for (size_t n = 0; n <= MOST; n++) {
        check_split_bits(path, n);
        check_join_bits(path, n);
    }
}

static inline void check_whole(const struct vs__shuffle_path *path)
{
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t n = 450; n <= 1100; n += 13)
            check_filters(path, n, size);
}

#endif
