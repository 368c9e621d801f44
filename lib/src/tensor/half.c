/* half.c - narrowing to the small floats, by integer arithmetic on the bits.
 *
 * One function rounds for all four formats. The result of every step is the
 * format's own pattern, so that a carry out of the mantissa raises the
 * exponent, the largest subnormal rounds up to the smallest normal number, and
 * the largest number to infinity, without a case for any of them.
 */
#include "tensor/half.h"

#define F64_MANTISSA 52
#define F64_BIAS     1023
#define F64_INFINITY (UINT64_C(0x7ff) << F64_MANTISSA)

/* A small float: sign, exponent, mantissa, from the top. */
struct format {
    int bits;      /* of all */
    int mantissa;  /* bits of the mantissa */
    int bias;      /* of the exponent */
    unsigned over; /* pattern of what is too large: infinity, or NaN */
};

static const struct format f16 = {16, 10, 15, 0x7c00};
static const struct format bf16 = {16, 7, 127, 0x7f80};
static const struct format e4m3 = {8, 3, 7, 0x7f};
static const struct format e5m2 = {8, 2, 15, 0x7c};

/* `n` without its last `shift` bits (1 .. 62), to nearest, ties to even: half
 * of the lost range is added, less one where the result so far is even. */
static uint64_t shift_rounding(uint64_t n, int shift)
{
    uint64_t half = UINT64_C(1) << (shift - 1);

    return (n + half - 1 + (n >> shift & 1)) >> shift;
}

/* Pattern of a number that is no NaN, without sign, not above `f->over`. */
static unsigned round_number(uint64_t magnitude, const struct format *f)
{
    int rebias = F64_BIAS - f->bias;
    int exponent = (int)(magnitude >> F64_MANTISSA) - rebias;
    int shift = F64_MANTISSA - f->mantissa;
    uint64_t pattern;

    if (exponent >= 1) {
        magnitude -= (uint64_t)rebias << F64_MANTISSA;
    } else { /* subnormal: the leading one shows, the exponent goes */
        magnitude &= (UINT64_C(1) << F64_MANTISSA) - 1;
        magnitude |= UINT64_C(1) << F64_MANTISSA;
        shift += 1 - exponent;
    }
    if (shift > F64_MANTISSA + 1) /* below half of the least number */
        return 0;
    pattern = shift_rounding(magnitude, shift);
    return pattern < f->over ? (unsigned)pattern : f->over;
}

static unsigned narrow(double x, const struct format *f)
{
    uint64_t bits;
    uint64_t magnitude;
    unsigned sign;

    memcpy(&bits, &x, sizeof bits);
    sign = (unsigned)(bits >> 63) << (f->bits - 1);
    magnitude = bits & INT64_MAX;
    if (magnitude > F64_INFINITY) { /* NaN: quiet, with what fits of the rest */
        unsigned quiet = 1u << (f->mantissa - 1);
        unsigned rest = (unsigned)(magnitude >> (F64_MANTISSA - f->mantissa));

        return sign | f->over | quiet | (rest & (quiet - 1));
    }
    return sign | round_number(magnitude, f);
}

uint16_t vs__f16_from_f64(double x)
{
    return (uint16_t)narrow(x, &f16);
}

uint16_t vs__bf16_from_f64(double x)
{
    return (uint16_t)narrow(x, &bf16);
}

uint8_t vs__f8_e4m3_from_f64(double x)
{
    return (uint8_t)narrow(x, &e4m3);
}

uint8_t vs__f8_e5m2_from_f64(double x)
{
    return (uint8_t)narrow(x, &e5m2);
}

/* A float becomes a double exactly, so that these round once too. */
uint16_t vs__f16_from_f32(float x)
{
    return (uint16_t)narrow((double)x, &f16);
}

uint16_t vs__bf16_from_f32(float x)
{
    return (uint16_t)narrow((double)x, &bf16);
}

uint8_t vs__f8_e4m3_from_f32(float x)
{
    return (uint8_t)narrow((double)x, &e4m3);
}

uint8_t vs__f8_e5m2_from_f32(float x)
{
    return (uint8_t)narrow((double)x, &e5m2);
}
