/* pack_neon.c - the packing kernels for ARM with NEON, which every aarch64 has.
 *
 * Lanes are split and joined 16 at a time, by the moves of neon.h. Symbols are
 * coded 128 at a time, eight vectors: then a bit plane fills a vector, and it
 * comes from 8 x 8 bits turned over in every byte, since there is no move from
 * the bits of many bytes to a mask. A symbol is looked up in those quarters of
 * all 256 that have codes: one, as exponents lie close together. What is left
 * at the end of a run goes to the scalar kernels.
 */
#include "codec/pack_path.h"

#if VS__NEON
#include "codec/neon.h"

#define BLOCK   128 /* symbols; eight vectors */
#define QUARTER 64  /* symbols that a table of four vectors has */

static inline uint8x16_t turned(uint8x16_t x, size_t width, unsigned turn)
{
    const int8_t left = (int8_t)turn; /* a negative shift is one to the right */
    const int8_t right = (int8_t)(left - (int8_t)(8 * width));

    if (width == 2) {
        const uint16x8_t y = vreinterpretq_u16_u8(x);

        return vreinterpretq_u8_u16(vorrq_u16(
            vshlq_u16(y, vdupq_n_s16(left)), vshlq_u16(y, vdupq_n_s16(right))));
    }
    if (width == 4) {
        const uint32x4_t y = vreinterpretq_u32_u8(x);

        return vreinterpretq_u8_u32(vorrq_u32(
            vshlq_u32(y, vdupq_n_s32(left)), vshlq_u32(y, vdupq_n_s32(right))));
    }
    return vreinterpretq_u8_u64(
        vorrq_u64(vshlq_u64(vreinterpretq_u64_u8(x), vdupq_n_s64(left)),
                  vshlq_u64(vreinterpretq_u64_u8(x), vdupq_n_s64(right))));
}

/* A block's index is (lane: 4 bits, byte: `width_bits`). */
static inline size_t split_by(const uint8_t *src, size_t n, size_t width,
                              int width_bits, unsigned turn,
                              uint8_t *const *planes)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        uint8x16_t v[LANES];

        for (size_t k = 0; k < width; k++)
            v[k] = turned(vld1q_u8(src + i * width + k * LANES), width, turn);
        part(v, width, width_bits);
        for (size_t k = 0; k < width; k++)
            vst1q_u8(planes[k] + i, v[k]);
    }
    return i;
}

static void split(const uint8_t *src, size_t n, size_t width, unsigned turn,
                  uint8_t *const *planes)
{
    uint8_t *rest[VS__PACK_WIDTH];
    size_t done = 0;

    if (width == 2)
        done = split_by(src, n, 2, 1, turn, planes);
    else if (width == 4)
        done = split_by(src, n, 4, 2, turn, planes);
    else if (width == 8)
        done = split_by(src, n, 8, 3, turn, planes);
    for (size_t k = 0; k < width; k++)
        rest[k] = planes[k] + done;
    vs__pack_scalar.split(src + done * width, n - done, width, turn, rest);
}

static inline size_t join_by(const uint8_t *const *planes, size_t n,
                             size_t width, int width_bits, unsigned turn,
                             uint8_t *dst)
{
    const unsigned back = (unsigned)(8 * width) - turn;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        uint8x16_t v[LANES];

        for (size_t k = 0; k < width; k++)
            v[k] = vld1q_u8(planes[k] + i);
        interleave(v, width, width_bits);
        for (size_t k = 0; k < width; k++)
            vst1q_u8(dst + i * width + k * LANES, turned(v[k], width, back));
    }
    return i;
}

static void join(const uint8_t *const *planes, size_t n, size_t width,
                 unsigned turn, uint8_t *dst)
{
    const uint8_t *rest[VS__PACK_WIDTH];
    size_t done = 0;

    if (width == 2)
        done = join_by(planes, n, 2, 1, turn, dst);
    else if (width == 4)
        done = join_by(planes, n, 4, 2, turn, dst);
    else if (width == 8)
        done = join_by(planes, n, 8, 3, turn, dst);
    for (size_t k = 0; k < width; k++)
        rest[k] = planes[k] + done;
    vs__pack_scalar.join(rest, n - done, width, turn, dst + done * width);
}

/* Which quarters have codes; how many. */
static size_t list_quarters(const struct vs__pack_code *code, uint8_t *quarters)
{
    size_t n = 0;

    for (uint8_t q = 0; q < 4; q++) {
        const uint8x16x4_t t = vld1q_u8_x4(code->code + QUARTER * q);
        const uint8x16_t least = vminq_u8(vminq_u8(t.val[0], t.val[1]),
                                          vminq_u8(t.val[2], t.val[3]));

        if (vminvq_u8(least) != vs__pack_escape(code))
            quarters[n++] = q;
    }
    return n;
}

/* The codes of a block. A table leaves alone what it does not have. */
static inline void look_up(const struct vs__pack_code *code,
                           const uint8_t *quarters, size_t n_quarters,
                           const uint8_t *src, uint8x16_t *c)
{
    for (size_t k = 0; k < 8; k++)
        c[k] = vdupq_n_u8((uint8_t)vs__pack_escape(code));
    for (size_t q = 0; q < n_quarters; q++) {
        const uint8_t first = (uint8_t)(QUARTER * quarters[q]);
        const uint8x16x4_t table = vld1q_u8_x4(code->code + first);

        for (size_t k = 0; k < 8; k++)
            c[k] = vqtbx4q_u8(
                c[k], table,
                veorq_u8(vld1q_u8(src + k * LANES), vdupq_n_u8(first)));
    }
}

/* Those of 64 symbols that have no code; where the next ones go. */
static inline uint8_t *put_escapes(uint64_t escaped, const uint8_t *src,
                                   uint8_t *out)
{
    for (; escaped != 0; escaped &= escaped - 1)
        *out++ = src[__builtin_ctzll(escaped)];
    return out;
}

static size_t code(const struct vs__pack_code *code, const uint8_t *src,
                   size_t n, uint8_t *planes, size_t stride, uint8_t *escapes)
{
    const unsigned bits = code->bits;
    uint8_t quarters[4];
    const size_t n_quarters = list_quarters(code, quarters);
    uint8_t *out = escapes;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        uint8x16_t escaped = vdupq_n_u8(0xFF);
        uint8x16_t v[LANES];
        uint64x2_t words;

        look_up(code, quarters, n_quarters, src + i, v);
        part(v, 8, 3);
        turn_bits(v);
        for (unsigned b = 0; b < bits && b < VS__PACK_BITS; b++) {
            vst1q_u8(planes + b * stride + i / 8, v[b]);
            escaped = vandq_u8(escaped, v[b]);
        }
        words = vreinterpretq_u64_u8(escaped);
        out = put_escapes(vgetq_lane_u64(words, 0), src + i, out);
        out = put_escapes(vgetq_lane_u64(words, 1), src + i + 64, out);
    }
    out +=
        vs__pack_scalar.code(code, src + i, n - i, planes + i / 8, stride, out);
    return (size_t)(out - escapes);
}

/* Puts escapes in the place of 64 symbols; which is the next one. */
static inline const uint8_t *take_escapes(uint64_t escaped, const uint8_t *from,
                                          uint8_t *dst)
{
    for (; escaped != 0; escaped &= escaped - 1)
        dst[__builtin_ctzll(escaped)] = *from++;
    return from;
}

/* SIZE_MAX if the escapes do not suffice, else how many symbols are done. */
static inline size_t decode_by(const struct vs__pack_code *code, unsigned bits,
                               const uint8_t *const *planes, size_t n,
                               const uint8_t **escapes, size_t left,
                               uint8_t *dst)
{
    const uint8x16x4_t symbols = vld1q_u8_x4(code->symbol);
    const uint8_t *from = *escapes;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        uint8x16_t escaped = vdupq_n_u8(0xFF);
        uint8x16_t v[LANES];
        uint64x2_t words;
        size_t count;

        for (unsigned b = 0; b < 8; b++)
            v[b] = b < bits ? vld1q_u8(planes[b] + i / 8) : vdupq_n_u8(0);
        for (unsigned b = 0; b < bits && b < VS__PACK_BITS; b++)
            escaped = vandq_u8(escaped, v[b]);
        count = vaddvq_u8(vcntq_u8(escaped)); /* at most BLOCK */
        if (count > left)
            return SIZE_MAX;
        left -= count;
        if (bits <= 4)
            turn_bits_of_4(v);
        else
            turn_bits(v);
        interleave(v, 8, 3);
        for (size_t k = 0; k < 8; k++)
            vst1q_u8(dst + i + k * LANES, bits <= 4
                                              ? vqtbl1q_u8(symbols.val[0], v[k])
                                              : vqtbl4q_u8(symbols, v[k]));
        words = vreinterpretq_u64_u8(escaped);
        from = take_escapes(vgetq_lane_u64(words, 0), from, dst + i);
        from = take_escapes(vgetq_lane_u64(words, 1), from, dst + i + 64);
    }
    *escapes = from;
    return i;
}

static size_t decode(const struct vs__pack_code *code,
                     const uint8_t *const *bits, size_t n,
                     const uint8_t *escapes, size_t left, uint8_t *dst)
{
    const uint8_t *from = escapes;
    const uint8_t *rest[VS__PACK_BITS];
    size_t done;
    size_t taken;

    switch (code->bits) {
    case 2:
        done = decode_by(code, 2, bits, n, &from, left, dst);
        break;
    case 3:
        done = decode_by(code, 3, bits, n, &from, left, dst);
        break;
    case 4:
        done = decode_by(code, 4, bits, n, &from, left, dst);
        break;
    default:
        done = decode_by(code, code->bits, bits, n, &from, left, dst);
    }
    if (done == SIZE_MAX)
        return SIZE_MAX;
    for (unsigned b = 0; b < code->bits; b++)
        rest[b] = bits[b] + done / 8;
    taken = (size_t)(from - escapes);
    done = vs__pack_scalar.decode(code, rest, n - done, from, left - taken,
                                  dst + done);
    return done == SIZE_MAX ? SIZE_MAX : taken + done;
}

const struct vs__pack_path vs__pack_neon = {
    "neon", split, join, code, decode,
};
#endif
