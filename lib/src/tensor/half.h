/* half.h - the small floats, to and from float.
 *
 * Widening is exact. It is in line, since whole tensors are converted, without
 * branches, so that loops over it can be vectorised, and without a subnormal
 * float on the way from f16 and f8: a program that flushes those to zero still
 * gets the right values.
 */
#ifndef VS_TENSOR_HALF_H
#define VS_TENSOR_HALF_H

#include <stdint.h>
#include <string.h>

static inline float vs__f32_of_bits(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A float from the pattern of a smaller one without its sign, `magnitude`:
 * moved up by `shift`, exponent raised by `rebias`. Below `normal` it counts
 * multiples of `least` instead; from `special` on it is infinite or NaN. */
static inline float vs__widen(uint32_t sign, uint32_t magnitude, int shift,
                              uint32_t rebias, float least, uint32_t normal,
                              uint32_t special)
{
    uint32_t wide = (magnitude << shift) + rebias;
    float tiny = (float)(int32_t)magnitude * least;
    uint32_t is_tiny = 0u - (magnitude < normal); /* all ones or none */
    uint32_t tiny_bits;

    memcpy(&tiny_bits, &tiny, sizeof tiny_bits);
    wide += rebias & (0u - (magnitude >= special));
    return vs__f32_of_bits(sign | (tiny_bits & is_tiny) | (wide & ~is_tiny));
}

static inline float vs__f16_to_f32(uint16_t bits)
{
    return vs__widen((bits & 0x8000u) << 16, bits & 0x7fffu, 13,
                     (127u - 15u) << 23, 0x1p-24f, 0x400, 0x7c00);
}

static inline float vs__bf16_to_f32(uint16_t bits)
{
    return vs__f32_of_bits((uint32_t)bits << 16);
}

static inline float vs__f8_e4m3_to_f32(uint8_t bits)
{
    return vs__widen((bits & 0x80u) << 24, bits & 0x7fu, 20, (127u - 7u) << 23,
                     0x1p-9f, 0x8, 0x7f);
}

/* An f16 without the last eight bits of its mantissa. */
static inline float vs__f8_e5m2_to_f32(uint8_t bits)
{
    return vs__f16_to_f32((uint16_t)(bits << 8));
}

/* Round to nearest, ties to even; NaN stays NaN (quiet, sign kept); what is
 * too large becomes infinite, in f8_e4m3, which has none, NaN. */
uint16_t vs__f16_from_f32(float x);
uint16_t vs__bf16_from_f32(float x);
uint8_t vs__f8_e4m3_from_f32(float x);
uint8_t vs__f8_e5m2_from_f32(float x);

/* From double with one rounding (not by way of float). */
uint16_t vs__f16_from_f64(double x);
uint16_t vs__bf16_from_f64(double x);
uint8_t vs__f8_e4m3_from_f64(double x);
uint8_t vs__f8_e5m2_from_f64(double x);

#endif
