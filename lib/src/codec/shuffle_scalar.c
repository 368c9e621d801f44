/* shuffle_scalar.c - the kernels in plain C, the reference for every other.
 *
 * Written so that a compiler can turn each inner loop into vector code: the
 * element size is a constant there, and bytes are moved in blocks through
 * words on the stack. Bytes become words by shifts, so byte order is no matter.
 */
#include "codec/shuffle_path.h"

#include <string.h>

#include "base/endian.h"
#include "codec/turn.h"

#define BLOCK 64 /* words between the two halves of a bit kernel */

static inline void split_by(const uint8_t *restrict src, size_t n, size_t size,
                            uint8_t *restrict dst, size_t stride)
{
    for (size_t k = 0; k < size; k++)
        for (size_t i = 0; i < n; i++)
            dst[k * stride + i] = src[i * size + k];
}

static void split(const uint8_t *src, size_t n, size_t size, uint8_t *dst,
                  size_t stride)
{
    switch (size) {
    case 2:
        split_by(src, n, 2, dst, stride);
        return;
    case 4:
        split_by(src, n, 4, dst, stride);
        return;
    case 8:
        split_by(src, n, 8, dst, stride);
        return;
    case 16:
        split_by(src, n, 16, dst, stride);
        return;
    default:
        memcpy(dst, src, n);
    }
}

static inline void join_by(const uint8_t *restrict src, size_t stride, size_t n,
                           size_t size, uint8_t *restrict dst)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < size; k++)
            dst[i * size + k] = src[k * stride + i];
}

static void join(const uint8_t *src, size_t stride, size_t n, size_t size,
                 uint8_t *dst)
{
    switch (size) {
    case 2:
        join_by(src, stride, n, 2, dst);
        return;
    case 4:
        join_by(src, stride, n, 4, dst);
        return;
    case 8:
        join_by(src, stride, n, 8, dst);
        return;
    case 16:
        join_by(src, stride, n, 16, dst);
        return;
    default:
        memcpy(dst, src, n);
    }
}

static void split_bits(const uint8_t *src, size_t n, uint8_t *dst,
                       size_t stride)
{
    uint64_t words[BLOCK];

    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;

        for (size_t j = 0; j < count; j++)
            words[j] = vs__turn_bits(vs__load64(src + 8 * (at + j)));
        for (size_t b = 0; b < 8; b++)
            for (size_t j = 0; j < count; j++)
                dst[b * stride + at + j] = (uint8_t)(words[j] >> 8 * b);
    }
}

static void join_bits(const uint8_t *src, size_t stride, size_t n, uint8_t *dst)
{
    uint64_t words[BLOCK];

    for (size_t at = 0; at < n; at += BLOCK) {
        size_t count = n - at < BLOCK ? n - at : BLOCK;

        memset(words, 0, sizeof words);
        for (size_t b = 0; b < 8; b++)
            for (size_t j = 0; j < count; j++)
                words[j] |= (uint64_t)src[b * stride + at + j] << 8 * b;
        for (size_t j = 0; j < count; j++)
            vs__store64(dst + 8 * (at + j), vs__turn_bits(words[j]));
    }
}

const struct vs__shuffle_path vs__shuffle_scalar = {
    "scalar", split, join, split_bits, join_bits,
};
