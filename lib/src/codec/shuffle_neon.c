/* shuffle_neon.c - the kernels for ARM with NEON, which every aarch64 has.
 *
 * All four are moves of neon.h in a block of as many vectors as an element has
 * bytes, or of eight. What is left at the end of a run goes to the scalar
 * kernels.
 */
#include "codec/shuffle_path.h"

#if VS__NEON
#include "codec/neon.h"

/* A block's index is (element: 4 bits, byte: `size_bits`). */
static inline size_t split_by(const uint8_t *src, size_t n, size_t size,
                              int size_bits, uint8_t *dst, size_t stride)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        uint8x16_t v[LANES];

        for (size_t k = 0; k < size; k++)
            v[k] = vld1q_u8(src + i * size + k * LANES);
        part(v, size, size_bits);
        for (size_t k = 0; k < size; k++)
            vst1q_u8(dst + k * stride + i, v[k]);
    }
    return i;
}

static void split(const uint8_t *src, size_t n, size_t size, uint8_t *dst,
                  size_t stride)
{
    size_t done = 0;

    switch (size) {
    case 2:
        done = split_by(src, n, 2, 1, dst, stride);
        break;
    case 4:
        done = split_by(src, n, 4, 2, dst, stride);
        break;
    case 8:
        done = split_by(src, n, 8, 3, dst, stride);
        break;
    case 16:
        done = split_by(src, n, 16, 4, dst, stride);
        break;
    default:
        break;
    }
    vs__shuffle_scalar.split(src + done * size, n - done, size, dst + done,
                             stride);
}

static inline size_t join_by(const uint8_t *src, size_t stride, size_t n,
                             size_t size, int size_bits, uint8_t *dst)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        uint8x16_t v[LANES];

        for (size_t k = 0; k < size; k++)
            v[k] = vld1q_u8(src + k * stride + i);
        interleave(v, size, size_bits);
        for (size_t k = 0; k < size; k++)
            vst1q_u8(dst + i * size + k * LANES, v[k]);
    }
    return i;
}

static void join(const uint8_t *src, size_t stride, size_t n, size_t size,
                 uint8_t *dst)
{
    size_t done = 0;

    switch (size) {
    case 2:
        done = join_by(src, stride, n, 2, 1, dst);
        break;
    case 4:
        done = join_by(src, stride, n, 4, 2, dst);
        break;
    case 8:
        done = join_by(src, stride, n, 8, 3, dst);
        break;
    case 16:
        done = join_by(src, stride, n, 16, 4, dst);
        break;
    default:
        break;
    }
    vs__shuffle_scalar.join(src + done, stride, n - done, size,
                            dst + done * size);
}

/* A block's index is (place: 4 bits, byte of eight: 3 bits). */
static void split_bits(const uint8_t *src, size_t n, uint8_t *dst,
                       size_t stride)
{
    size_t j = 0;

    for (; j + LANES <= n; j += LANES) {
        uint8x16_t v[LANES];

        for (size_t i = 0; i < 8; i++)
            v[i] = vld1q_u8(src + 8 * j + i * LANES);
        part(v, 8, 3);
        turn_bits(v);
        for (size_t b = 0; b < 8; b++)
            vst1q_u8(dst + b * stride + j, v[b]);
    }
    vs__shuffle_scalar.split_bits(src + 8 * j, n - j, dst + j, stride);
}

static void join_bits(const uint8_t *src, size_t stride, size_t n, uint8_t *dst)
{
    size_t j = 0;

    for (; j + LANES <= n; j += LANES) {
        uint8x16_t v[LANES];

        for (size_t b = 0; b < 8; b++)
            v[b] = vld1q_u8(src + b * stride + j);
        turn_bits(v);
        interleave(v, 8, 3);
        for (size_t i = 0; i < 8; i++)
            vst1q_u8(dst + 8 * j + i * LANES, v[i]);
    }
    vs__shuffle_scalar.join_bits(src + j, stride, n - j, dst + 8 * j);
}

const struct vs__shuffle_path vs__shuffle_neon = {
    "neon", split, join, split_bits, join_bits,
};
#endif
