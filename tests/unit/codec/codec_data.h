/* codec_data.h - bytes for the tests of this room: seeded, of known nature. */
#ifndef VS_TEST_CODEC_DATA_H
#define VS_TEST_CODEC_DATA_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

/* splitmix64 */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

/* Heap memory of exactly `n` bytes, so that a byte too far is noticed, full of
 * what no test expects, so that one left out is. */
static inline uint8_t *exactly(size_t n)
{
    uint8_t *p = malloc(n != 0 ? n : 1);

    if (p == NULL)
        abort();
    memset(p, 0xA5, n);
    return p;
}

static inline void fill_noise(uint8_t *p, size_t n)
{
    uint64_t seed = n;

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)next_random(&seed);
}

/* Float32 like trained weights: near normal, deviation 0.05. */
static inline void fill_weights(uint8_t *p, size_t n)
{
    uint64_t seed = n;

    for (size_t i = 0; i + 4 <= n; i += 4) {
        double sum = -6.0;
        float x;
        uint32_t bits;

        for (int k = 0; k < 12; k++)
            sum += (double)(next_random(&seed) >> 11) * 0x1p-53;
        x = (float)(0.05 * sum);
        memcpy(&bits, &x, sizeof bits);
        vs__store32(p + i, bits);
    }
}

/* Floats of `width` (2: bf16, 4, 8) bytes, the exponents of half-lives: one
 * step down is half as frequent, so that some are rare. */
static inline void fill_floats(uint8_t *p, size_t n, size_t width)
{
    const unsigned mantissa = width == 2 ? 7 : width == 4 ? 23 : 52;
    const uint64_t top = width == 8 ? 1020 : 120;
    uint64_t seed = n + width;

    for (size_t i = 0; i + width <= n; i += width) {
        uint64_t x = next_random(&seed);
        uint64_t exponent = top;
        uint64_t bits;

        for (uint64_t coins = next_random(&seed); coins & 1; coins >>= 1)
            exponent--;
        bits = (x >> 63) << (8 * width - 1) | exponent << mantissa |
               (x & ((1ULL << mantissa) - 1));
        for (size_t k = 0; k < width; k++)
            p[i + k] = (uint8_t)(bits >> 8 * k);
    }
}

static inline void fill_counter(uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 8 <= n; i += 8)
        vs__store64(p + i, i / 8);
}

#endif
