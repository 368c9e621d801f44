/* shuffle_sse2.c - the kernels for x86 with SSE2, which every x86-64 has.
 *
 * All four are the same move: bytes at index (a, b) of a block go to (b, a).
 * The block is 2^k bytes in registers, and interleaving its first half with
 * its second turns every byte's index left by one bit, so a few rounds of it
 * bring the low part of the index on top. The bit kernels turn 8 x 8 bits in
 * every byte of eight vectors besides. What is left at the end of a run goes to
 * the scalar kernels.
 */
#include "codec/shuffle_path.h"

#ifdef __SSE2__
#include <emmintrin.h>

#define LANES 16 /* bytes of a vector, and the most vectors of a block */

static inline __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline void store(uint8_t *p, __m128i x)
{
    _mm_storeu_si128((__m128i *)(void *)p, x);
}

/* `rounds` times: the first half of `n` vectors interleaved with the second. */
static inline void interleave(__m128i *v, size_t n, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        __m128i t[LANES];

        for (size_t i = 0; i < n / 2; i++) {
            t[2 * i] = _mm_unpacklo_epi8(v[i], v[n / 2 + i]);
            t[2 * i + 1] = _mm_unpackhi_epi8(v[i], v[n / 2 + i]);
        }
        for (size_t i = 0; i < n; i++)
            v[i] = t[i];
    }
}

/* A block's index is (element: 4 bits, byte: log2 of size bits). */
static inline size_t split_by(const uint8_t *src, size_t n, size_t size,
                              uint8_t *dst, size_t stride)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        __m128i v[LANES];

        for (size_t k = 0; k < size; k++)
            v[k] = load(src + i * size + k * LANES);
        interleave(v, size, 4);
        for (size_t k = 0; k < size; k++)
            store(dst + k * stride + i, v[k]);
    }
    return i;
}

static void split(const uint8_t *src, size_t n, size_t size, uint8_t *dst,
                  size_t stride)
{
    size_t done = 0;

    switch (size) {
    case 2:
        done = split_by(src, n, 2, dst, stride);
        break;
    case 4:
        done = split_by(src, n, 4, dst, stride);
        break;
    case 8:
        done = split_by(src, n, 8, dst, stride);
        break;
    case 16:
        done = split_by(src, n, 16, dst, stride);
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
        __m128i v[LANES];

        for (size_t k = 0; k < size; k++)
            v[k] = load(src + k * stride + i);
        interleave(v, size, size_bits);
        for (size_t k = 0; k < size; k++)
            store(dst + i * size + k * LANES, v[k]);
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

/* The high `distance` bits of each 2 * `distance` in `a` change places with the
 * low ones in `b`; `mask` has the low ones. */
static inline void swap_bits(__m128i *a, __m128i *b, int distance, char mask)
{
    __m128i t = _mm_xor_si128(_mm_srli_epi64(*a, distance), *b);

    t = _mm_and_si128(t, _mm_set1_epi8(mask));
    *b = _mm_xor_si128(*b, t);
    *a = _mm_xor_si128(*a, _mm_slli_epi64(t, distance));
}

/* Bit b of vector i changes places with bit i of vector b, in every byte: an
 * 8 x 8 matrix of bits turned over its diagonal by blocks of 4, 2, then 1. */
static inline void turn(__m128i *v)
{
    for (size_t i = 0; i < 4; i++)
        swap_bits(&v[i], &v[i + 4], 4, 0x0F);
    for (size_t i = 0; i < 2; i++) {
        swap_bits(&v[i], &v[i + 2], 2, 0x33);
        swap_bits(&v[i + 4], &v[i + 6], 2, 0x33);
    }
    for (size_t i = 0; i < 8; i += 2)
        swap_bits(&v[i], &v[i + 1], 1, 0x55);
}

/* A block's index is (place: 4 bits, byte of eight: 3 bits). */
static void split_bits(const uint8_t *src, size_t n, uint8_t *dst,
                       size_t stride)
{
    size_t j = 0;

    for (; j + LANES <= n; j += LANES) {
        __m128i v[LANES];

        for (size_t i = 0; i < 8; i++)
            v[i] = load(src + 8 * j + i * LANES);
        interleave(v, 8, 4);
        turn(v);
        for (size_t b = 0; b < 8; b++)
            store(dst + b * stride + j, v[b]);
    }
    vs__shuffle_scalar.split_bits(src + 8 * j, n - j, dst + j, stride);
}

static void join_bits(const uint8_t *src, size_t stride, size_t n, uint8_t *dst)
{
    size_t j = 0;

    for (; j + LANES <= n; j += LANES) {
        __m128i v[LANES];

        for (size_t b = 0; b < 8; b++)
            v[b] = load(src + b * stride + j);
        turn(v);
        interleave(v, 8, 3);
        for (size_t i = 0; i < 8; i++)
            store(dst + 8 * j + i * LANES, v[i]);
    }
    vs__shuffle_scalar.join_bits(src + j, stride, n - j, dst + 8 * j);
}

const struct vs__shuffle_path vs__shuffle_sse2 = {
    "sse2", split, join, split_bits, join_bits,
};
#endif
