/* pack_avx512.c - the packing kernels for x86 with AVX-512 VBMI and VBMI2.
 *
 * Compiled with these sets allowed, so nothing here may run before pack_path.c
 * has asked the processor. A block is 64 lanes: any byte of two vectors can go
 * anywhere in one, a bit plane of 64 symbols is a mask, escapes are compressed
 * out of a vector and expanded into it. What is left at the end of a run goes
 * to the scalar kernels.
 */
#include "codec/pack_path.h"

#if VS__X86
#include <immintrin.h>

#include <string.h>

#define BLOCK 64 /* lanes; bytes of a vector */

/* Lanes and planes are read a few KiB at a time with other work between, too
 * short for the processor to see that they are streams: it is told what comes
 * next, which is worth a tenth to a quarter of the time. No matter whether
 * there are so many bytes. */
#define LANES_AHEAD  4096
#define PLANES_AHEAD 2048

static inline void fetch(const uint8_t *p, size_t ahead)
{
    _mm_prefetch((const char *)((uintptr_t)p + ahead), _MM_HINT_T0);
}

static inline __m512i load(const uint8_t *p)
{
    return _mm512_loadu_si512((const void *)p);
}

static inline void store(uint8_t *p, __m512i x)
{
    _mm512_storeu_si512((void *)p, x);
}

/* f(j) for each byte j of a vector. */
#define EACH4(f, j) f(j), f((j) + 1), f((j) + 2), f((j) + 3)
#define EACH16(f, j) \
    EACH4(f, j), EACH4(f, (j) + 4), EACH4(f, (j) + 8), EACH4(f, (j) + 12)
#define EACH64(f)                                                 \
    {                                                             \
        EACH16(f, 0), EACH16(f, 16), EACH16(f, 32), EACH16(f, 48) \
    }

/* Of two vectors of lanes of w bytes (128 / w lanes): planes 0 .. w/2 - 1 one
 * behind the other (for w = 8: its first four). The others are w/2 up. */
#define SPLIT(j, w) ((j) % (128 / (w)) * (w) + (j) / (128 / (w)))
#define SPLIT2(j)   SPLIT(j, 2)
#define SPLIT4(j)   SPLIT(j, 4)
#define SPLIT8(j)   SPLIT(j, 8)

/* Of planes one behind the other in two vectors, 128 / w bytes of each: the
 * first 64 / w lanes. The others are 64 / w up. */
#define JOIN(j, w) ((j) % (w) * (128 / (w)) + (j) / (w))
#define JOIN2(j)   JOIN(j, 2)
#define JOIN4(j)   JOIN(j, 4)
#define JOIN8(j)   JOIN(j, 8)

static const uint8_t split2[BLOCK] = EACH64(SPLIT2);
static const uint8_t split4[BLOCK] = EACH64(SPLIT4);
static const uint8_t split8[BLOCK] = EACH64(SPLIT8);
static const uint8_t join2[BLOCK] = EACH64(JOIN2);
static const uint8_t join4[BLOCK] = EACH64(JOIN4);
static const uint8_t join8[BLOCK] = EACH64(JOIN8);

static inline __m512i turned(__m512i x, size_t width, unsigned turn)
{
    const __m128i left = _mm_cvtsi32_si128((int)turn);
    const __m128i right = _mm_cvtsi32_si128((int)(8 * width - turn));

    if (width == 2)
        return _mm512_or_si512(_mm512_sll_epi16(x, left),
                               _mm512_srl_epi16(x, right));
    if (width == 4)
        return _mm512_rolv_epi32(x, _mm512_set1_epi32((int)turn));
    return _mm512_rolv_epi64(x, _mm512_set1_epi64((int)turn));
}

/* A 4 x 4 matrix of quarters, turned over its diagonal. */
static inline void turn_quarters(__m512i *v)
{
    __m512i a = _mm512_shuffle_i32x4(v[0], v[1], 0x44);
    __m512i b = _mm512_shuffle_i32x4(v[0], v[1], 0xEE);
    __m512i c = _mm512_shuffle_i32x4(v[2], v[3], 0x44);
    __m512i d = _mm512_shuffle_i32x4(v[2], v[3], 0xEE);

    v[0] = _mm512_shuffle_i32x4(a, c, 0x88);
    v[1] = _mm512_shuffle_i32x4(a, c, 0xDD);
    v[2] = _mm512_shuffle_i32x4(b, d, 0x88);
    v[3] = _mm512_shuffle_i32x4(b, d, 0xDD);
}

/* v[0..w-1], from lanes to planes: with two lanes' vectors of any width done,
 * halves or quarters have to be put together. */
static inline void to_planes(__m512i *v, size_t width)
{
    const __m512i low = load(width == 2   ? split2
                             : width == 4 ? split4
                                          : split8);
    const __m512i high =
        _mm512_add_epi8(low, _mm512_set1_epi8((char)(width / 2)));
    __m512i t[VS__PACK_WIDTH];

    for (size_t k = 0; k < width / 2; k++) {
        t[k] = _mm512_permutex2var_epi8(v[2 * k], low, v[2 * k + 1]);
        t[k + width / 2] =
            _mm512_permutex2var_epi8(v[2 * k], high, v[2 * k + 1]);
    }
    if (width == 4) {
        v[0] = _mm512_shuffle_i64x2(t[0], t[1], 0x44);
        v[1] = _mm512_shuffle_i64x2(t[0], t[1], 0xEE);
        v[2] = _mm512_shuffle_i64x2(t[2], t[3], 0x44);
        v[3] = _mm512_shuffle_i64x2(t[2], t[3], 0xEE);
        return;
    }
    if (width == 8) {
        turn_quarters(t);
        turn_quarters(t + 4);
    }
    for (size_t k = 0; k < width; k++)
        v[k] = t[k];
}

static inline void to_lanes(__m512i *v, size_t width)
{
    const __m512i low = load(width == 2 ? join2 : width == 4 ? join4 : join8);
    const __m512i high =
        _mm512_add_epi8(low, _mm512_set1_epi8((char)(64 / width)));
    __m512i t[VS__PACK_WIDTH];

    for (size_t k = 0; k < width; k++)
        t[k] = v[k];
    if (width == 4) {
        t[0] = _mm512_shuffle_i64x2(v[0], v[1], 0x44);
        t[1] = _mm512_shuffle_i64x2(v[0], v[1], 0xEE);
        t[2] = _mm512_shuffle_i64x2(v[2], v[3], 0x44);
        t[3] = _mm512_shuffle_i64x2(v[2], v[3], 0xEE);
    } else if (width == 8) {
        turn_quarters(t);
        turn_quarters(t + 4);
    }
    for (size_t k = 0; k < width / 2; k++) {
        v[2 * k] = _mm512_permutex2var_epi8(t[k], low, t[k + width / 2]);
        v[2 * k + 1] = _mm512_permutex2var_epi8(t[k], high, t[k + width / 2]);
    }
}

static inline size_t split_by(const uint8_t *src, size_t n, size_t width,
                              unsigned turn, uint8_t *const *planes)
{
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        __m512i v[VS__PACK_WIDTH];

        for (size_t k = 0; k < width; k++) {
            fetch(src + i * width + k * BLOCK, LANES_AHEAD);
            v[k] = turned(load(src + i * width + k * BLOCK), width, turn);
        }
        to_planes(v, width);
        for (size_t k = 0; k < width; k++)
            store(planes[k] + i, v[k]);
    }
    return i;
}

static void split(const uint8_t *src, size_t n, size_t width, unsigned turn,
                  uint8_t *const *planes)
{
    uint8_t *rest[VS__PACK_WIDTH];
    size_t done = 0;

    if (width == 2)
        done = split_by(src, n, 2, turn, planes);
    else if (width == 4)
        done = split_by(src, n, 4, turn, planes);
    else if (width == 8)
        done = split_by(src, n, 8, turn, planes);
    for (size_t k = 0; k < width; k++)
        rest[k] = planes[k] + done;
    vs__pack_scalar.split(src + done * width, n - done, width, turn, rest);
}

static inline size_t join_by(const uint8_t *const *planes, size_t n,
                             size_t width, unsigned turn, uint8_t *dst)
{
    const unsigned back = (unsigned)(8 * width) - turn;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        __m512i v[VS__PACK_WIDTH];

        for (size_t k = 0; k < width; k++) {
            fetch(planes[k] + i, PLANES_AHEAD);
            v[k] = load(planes[k] + i);
        }
        to_lanes(v, width);
        for (size_t k = 0; k < width; k++)
            store(dst + i * width + k * BLOCK, turned(v[k], width, back));
    }
    return i;
}

static void join(const uint8_t *const *planes, size_t n, size_t width,
                 unsigned turn, uint8_t *dst)
{
    const uint8_t *rest[VS__PACK_WIDTH];
    size_t done = 0;

    if (width == 2)
        done = join_by(planes, n, 2, turn, dst);
    else if (width == 4)
        done = join_by(planes, n, 4, turn, dst);
    else if (width == 8)
        done = join_by(planes, n, 8, turn, dst);
    for (size_t k = 0; k < width; k++)
        rest[k] = planes[k] + done;
    vs__pack_scalar.join(rest, n - done, width, turn, dst + done * width);
}

static inline void store_mask(uint8_t *p, __mmask64 mask)
{
    const uint64_t x = mask;

    memcpy(p, &x, sizeof x);
}

static inline __mmask64 load_mask(const uint8_t *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof x);
    return x;
}

static inline size_t code_by(const struct vs__pack_code *code, unsigned bits,
                             const uint8_t *src, size_t n, uint8_t *planes,
                             size_t stride, uint8_t **escapes)
{
    const __m512i escape = _mm512_set1_epi8((char)vs__pack_escape(code));
    const __m512i c0 = load(code->code);
    const __m512i c1 = load(code->code + 64);
    const __m512i c2 = load(code->code + 128);
    const __m512i c3 = load(code->code + 192);
    uint8_t *out = *escapes;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        __m512i x = load(src + i);
        __m512i c = _mm512_mask_blend_epi8(_mm512_movepi8_mask(x),
                                           _mm512_permutex2var_epi8(c0, x, c1),
                                           _mm512_permutex2var_epi8(c2, x, c3));
        __mmask64 escaped = _mm512_cmpeq_epi8_mask(c, escape);

        for (unsigned b = 0; b < bits; b++)
            store_mask(
                planes + b * stride + i / 8,
                _mm512_test_epi8_mask(c, _mm512_set1_epi8((char)(1 << b))));
        store(out, _mm512_maskz_compress_epi8(escaped, x));
        out += __builtin_popcountll(escaped);
    }
    *escapes = out;
    return i;
}

static size_t code(const struct vs__pack_code *code, const uint8_t *src,
                   size_t n, uint8_t *planes, size_t stride, uint8_t *escapes)
{
    uint8_t *out = escapes;
    size_t done;

    switch (code->bits) {
    case 2:
        done = code_by(code, 2, src, n, planes, stride, &out);
        break;
    case 3:
        done = code_by(code, 3, src, n, planes, stride, &out);
        break;
    case 4:
        done = code_by(code, 4, src, n, planes, stride, &out);
        break;
    default:
        done = code_by(code, code->bits, src, n, planes, stride, &out);
    }
    out += vs__pack_scalar.code(code, src + done, n - done, planes + done / 8,
                                stride, out);
    return (size_t)(out - escapes);
}

/* SIZE_MAX if the escapes do not suffice, else how many symbols are done. */
static inline size_t decode_by(const struct vs__pack_code *code, unsigned bits,
                               const uint8_t *const *planes, size_t n,
                               const uint8_t **escapes, size_t left,
                               uint8_t *dst)
{
    const __m512i symbols = load(code->symbol);
    const uint8_t *from = *escapes;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        __mmask64 escaped = load_mask(planes[0] + i / 8);
        __m512i c = _mm512_maskz_set1_epi8(escaped, 1);
        size_t count;
        __mmask64 wanted;

        for (unsigned b = 1; b < bits; b++) {
            __mmask64 plane = load_mask(planes[b] + i / 8);
            __m512i bit = _mm512_set1_epi8((char)(1 << b));

            escaped &= plane;
            c = _mm512_or_si512(c, _mm512_maskz_mov_epi8(plane, bit));
        }
        count = (size_t)__builtin_popcountll(escaped);
        if (count > left)
            return SIZE_MAX;
        left -= count;
        wanted = _bzhi_u64(~0ULL, (unsigned)count);
        store(dst + i, _mm512_mask_expand_epi8(
                           _mm512_permutexvar_epi8(c, symbols), escaped,
                           _mm512_maskz_loadu_epi8(wanted, from)));
        from += count;
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

const struct vs__pack_path vs__pack_avx512 = {
    "avx512", split, join, code, decode,
};
#endif
