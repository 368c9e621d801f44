/* delta_neon.c - the kernels of delta.h for ARM with NEON, which every aarch64
 * has. What is left at the end of a run goes to the scalar kernels.
 */
#include "codec/delta.h"

#if VS__NEON
#include <arm_neon.h>

#define BLOCK 16 /* bytes of a vector */

/* Vectors pass between these as bytes, whatever their lanes. */

/* All bits of a lane, if its highest is set. */
static inline uint8x16_t signs(uint8x16_t x, size_t width)
{
    if (width == 2)
        return vreinterpretq_u8_s16(vshrq_n_s16(vreinterpretq_s16_u8(x), 15));
    if (width == 4)
        return vreinterpretq_u8_s32(vshrq_n_s32(vreinterpretq_s32_u8(x), 31));
    return vreinterpretq_u8_s64(vshrq_n_s64(vreinterpretq_s64_u8(x), 63));
}

static inline uint8x16_t half(uint8x16_t x, size_t width)
{
    if (width == 2)
        return vreinterpretq_u8_u16(vshrq_n_u16(vreinterpretq_u16_u8(x), 1));
    if (width == 4)
        return vreinterpretq_u8_u32(vshrq_n_u32(vreinterpretq_u32_u8(x), 1));
    return vreinterpretq_u8_u64(vshrq_n_u64(vreinterpretq_u64_u8(x), 1));
}

static inline uint8x16_t sum(uint8x16_t a, uint8x16_t b, size_t width)
{
    if (width == 2)
        return vreinterpretq_u8_u16(
            vaddq_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b)));
    if (width == 4)
        return vreinterpretq_u8_u32(
            vaddq_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
    return vreinterpretq_u8_u64(
        vaddq_u64(vreinterpretq_u64_u8(a), vreinterpretq_u64_u8(b)));
}

static inline uint8x16_t difference(uint8x16_t a, uint8x16_t b, size_t width)
{
    if (width == 2)
        return vreinterpretq_u8_u16(
            vsubq_u16(vreinterpretq_u16_u8(a), vreinterpretq_u16_u8(b)));
    if (width == 4)
        return vreinterpretq_u8_u32(
            vsubq_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
    return vreinterpretq_u8_u64(
        vsubq_u64(vreinterpretq_u64_u8(a), vreinterpretq_u64_u8(b)));
}

static inline uint8x16_t ordered(uint8x16_t x, size_t width)
{
    return veorq_u8(x, half(signs(x, width), width));
}

static inline uint8x16_t folded(uint8x16_t d, size_t width)
{
    return veorq_u8(sum(d, d, width), signs(d, width));
}

/* The lowest bit is the sign; the others are the magnitude. */
static inline uint8x16_t unfolded(uint8x16_t f, size_t width)
{
    const uint8x16_t magnitude = half(f, width);
    const uint8x16_t sign =
        difference(f, sum(magnitude, magnitude, width), width);

    return veorq_u8(magnitude, difference(vdupq_n_u8(0), sign, width));
}

/* How many bytes were done: whole vectors. */
static inline size_t subtract_by(const uint8_t *src, const uint8_t *base,
                                 size_t n_bytes, size_t width, uint8_t *dst)
{
    size_t i = 0;

    for (; i + BLOCK <= n_bytes; i += BLOCK) {
        uint8x16_t x = ordered(vld1q_u8(src + i), width);
        uint8x16_t y = ordered(vld1q_u8(base + i), width);

        vst1q_u8(dst + i, folded(difference(x, y, width), width));
    }
    return i;
}

static inline size_t add_by(uint8_t *lanes, const uint8_t *base, size_t n_bytes,
                            size_t width)
{
    size_t i = 0;

    for (; i + BLOCK <= n_bytes; i += BLOCK) {
        uint8x16_t y = ordered(vld1q_u8(base + i), width);
        uint8x16_t d = unfolded(vld1q_u8(lanes + i), width);

        vst1q_u8(lanes + i, ordered(sum(y, d, width), width));
    }
    return i;
}

static void subtract(const uint8_t *src, const uint8_t *base, size_t n,
                     size_t width, uint8_t *dst)
{
    size_t done = 0;

    if (width == 2)
        done = subtract_by(src, base, 2 * n, 2, dst);
    else if (width == 4)
        done = subtract_by(src, base, 4 * n, 4, dst);
    else if (width == 8)
        done = subtract_by(src, base, 8 * n, 8, dst);
    vs__delta_scalar.subtract(src + done, base + done, n - done / width, width,
                              dst + done);
}

static void add(uint8_t *lanes, const uint8_t *base, size_t n, size_t width)
{
    size_t done = 0;

    if (width == 2)
        done = add_by(lanes, base, 2 * n, 2);
    else if (width == 4)
        done = add_by(lanes, base, 4 * n, 4);
    else if (width == 8)
        done = add_by(lanes, base, 8 * n, 8);
    vs__delta_scalar.add(lanes + done, base + done, n - done / width, width);
}

const struct vs__delta_path vs__delta_neon = {subtract, add};
#endif
