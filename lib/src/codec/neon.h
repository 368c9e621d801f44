/* neon.h - moves of bytes and of bits between vectors, for the kernels for
 * NEON.
 *
 * Some vectors one behind the other are a block, and a byte's place in it is
 * its index. What the kernels do is to bring some low bits of all indices on
 * top, or some upper ones down, and to turn 8 x 8 bits.
 *
 * They are compared with the scalar ones under emulation (tests/emulate); their
 * time has not been measured.
 */
#ifndef VS_CODEC_NEON_H
#define VS_CODEC_NEON_H

#include "base/target.h"

#if VS__NEON
#include <arm_neon.h>
#include <stddef.h>

#define LANES 16 /* bytes of a vector, and the most vectors of a block */

/* `rounds` times: even bytes of `n` vectors come first, the odd ones behind
 * them. The lowest bit of an index comes on top. */
static inline void part(uint8x16_t *v, size_t n, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        uint8x16_t t[LANES];

        for (size_t i = 0; i < n / 2; i++) {
            t[i] = vuzp1q_u8(v[2 * i], v[2 * i + 1]);
            t[n / 2 + i] = vuzp2q_u8(v[2 * i], v[2 * i + 1]);
        }
        for (size_t i = 0; i < n; i++)
            v[i] = t[i];
    }
}

/* The way back: the first half interleaved with the second. */
static inline void interleave(uint8x16_t *v, size_t n, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        uint8x16_t t[LANES];

        for (size_t i = 0; i < n / 2; i++) {
            t[2 * i] = vzip1q_u8(v[i], v[n / 2 + i]);
            t[2 * i + 1] = vzip2q_u8(v[i], v[n / 2 + i]);
        }
        for (size_t i = 0; i < n; i++)
            v[i] = t[i];
    }
}

/* The high 4, 2 or 1 bits of each 8, 4 or 2 in `a` change places with the low
 * ones in `b`. */
static inline void swap_4(uint8x16_t *a, uint8x16_t *b)
{
    const uint8x16_t was = *a;

    *a = vsliq_n_u8(was, *b, 4);
    *b = vsriq_n_u8(*b, was, 4);
}

static inline void swap_2(uint8x16_t *a, uint8x16_t *b)
{
    const uint8x16_t low = vdupq_n_u8(0x33);
    const uint8x16_t was = *a;

    *a = vbslq_u8(low, was, vshlq_n_u8(*b, 2));
    *b = vbslq_u8(low, vshrq_n_u8(was, 2), *b);
}

static inline void swap_1(uint8x16_t *a, uint8x16_t *b)
{
    const uint8x16_t low = vdupq_n_u8(0x55);
    const uint8x16_t was = *a;

    *a = vbslq_u8(low, was, vshlq_n_u8(*b, 1));
    *b = vbslq_u8(low, vshrq_n_u8(was, 1), *b);
}

/* Bit b of vector i changes places with bit i of vector b, in every byte: an
 * 8 x 8 matrix of bits turned over its diagonal by blocks of 4, 2, then 1. What
 * is not looked at afterwards is not computed: compilers see to that. */
static inline void turn_bits(uint8x16_t *v)
{
    for (size_t i = 0; i < 4; i++)
        swap_4(&v[i], &v[i + 4]);
    for (size_t i = 0; i < 8; i += 4) {
        swap_2(&v[i], &v[i + 2]);
        swap_2(&v[i + 1], &v[i + 3]);
    }
    for (size_t i = 0; i < 8; i += 2)
        swap_1(&v[i], &v[i + 1]);
}

/* The same of four vectors, where four of zeros would follow. */
static inline void turn_bits_of_4(uint8x16_t *v)
{
    swap_1(&v[0], &v[1]);
    swap_1(&v[2], &v[3]);
    swap_2(&v[0], &v[2]);
    swap_2(&v[1], &v[3]);
    for (size_t i = 0; i < 4; i++) {
        v[i + 4] = vshrq_n_u8(v[i], 4);
        v[i] = vandq_u8(v[i], vdupq_n_u8(0x0F));
    }
}
#endif

#endif
