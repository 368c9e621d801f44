/* pack_avx2.c - the packing kernels for x86 with AVX2.
 *
 * Compiled with that set allowed, so nothing here may run before pack_path.c
 * has asked the processor. A block is 32 lanes. Vectors are two halves that
 * bytes leave with effort only; most of the moves here are for that. A symbol
 * is looked up by its low half byte, in one table of 16 for each high half byte
 * that has codes: a few, as exponents lie close together. What is left at the
 * end of a run goes to the scalar kernels.
 */
#include "codec/pack_path.h"

#if VS__X86
#include <immintrin.h>

#include <string.h>

#define BLOCK 32 /* lanes; bytes of a vector */

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

static inline __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline void store(uint8_t *p, __m256i x)
{
    _mm256_storeu_si256((__m256i *)(void *)p, x);
}

static inline __m256i twice(const uint8_t *p)
{
    return _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)p));
}

/* In each half: bytes of 2 lanes of 8, or of 4 of 4, to bytes of equal rank
 * together, and back. */
static const uint8_t pairs[16] = {0, 8,  1, 9,  2, 10, 3, 11,
                                  4, 12, 5, 13, 6, 14, 7, 15};
static const uint8_t unpairs[16] = {0, 2, 4, 6, 8, 10, 12, 14,
                                    1, 3, 5, 7, 9, 11, 13, 15};
static const uint8_t fours[16] = {0, 4, 8,  12, 1, 5, 9,  13,
                                  2, 6, 10, 14, 3, 7, 11, 15};

static inline __m256i turned(__m256i x, size_t width, unsigned turn)
{
    const __m128i left = _mm_cvtsi32_si128((int)turn);
    const __m128i right = _mm_cvtsi32_si128((int)(8 * width - turn));

    if (width == 2)
        return _mm256_or_si256(_mm256_sll_epi16(x, left),
                               _mm256_srl_epi16(x, right));
    if (width == 4)
        return _mm256_or_si256(_mm256_sll_epi32(x, left),
                               _mm256_srl_epi32(x, right));
    return _mm256_or_si256(_mm256_sll_epi64(x, left),
                           _mm256_srl_epi64(x, right));
}

static inline void planes_of_2(__m256i *v)
{
    const __m256i low = _mm256_set1_epi16(0xFF);
    __m256i a = _mm256_packus_epi16(_mm256_and_si256(v[0], low),
                                    _mm256_and_si256(v[1], low));
    __m256i b = _mm256_packus_epi16(_mm256_srli_epi16(v[0], 8),
                                    _mm256_srli_epi16(v[1], 8));

    v[0] = _mm256_permute4x64_epi64(a, 0xD8);
    v[1] = _mm256_permute4x64_epi64(b, 0xD8);
}

static inline void lanes_of_2(__m256i *v)
{
    __m256i a = _mm256_unpacklo_epi8(v[0], v[1]);
    __m256i b = _mm256_unpackhi_epi8(v[0], v[1]);

    v[0] = _mm256_permute2x128_si256(a, b, 0x20);
    v[1] = _mm256_permute2x128_si256(a, b, 0x31);
}

/* A 4 x 4 matrix of quarters, turned over its diagonal. */
static inline void turn_quarters(__m256i *v)
{
    __m256i a = _mm256_unpacklo_epi64(v[0], v[1]);
    __m256i b = _mm256_unpackhi_epi64(v[0], v[1]);
    __m256i c = _mm256_unpacklo_epi64(v[2], v[3]);
    __m256i d = _mm256_unpackhi_epi64(v[2], v[3]);

    v[0] = _mm256_permute2x128_si256(a, c, 0x20);
    v[1] = _mm256_permute2x128_si256(b, d, 0x20);
    v[2] = _mm256_permute2x128_si256(a, c, 0x31);
    v[3] = _mm256_permute2x128_si256(b, d, 0x31);
}

static inline void planes_of_4(__m256i *v)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);

    for (size_t k = 0; k < 4; k++)
        v[k] = _mm256_permutevar8x32_epi32(
            _mm256_shuffle_epi8(v[k], twice(fours)), order);
    turn_quarters(v);
}

static inline void lanes_of_4(__m256i *v)
{
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);

    turn_quarters(v);
    for (size_t k = 0; k < 4; k++)
        v[k] = _mm256_shuffle_epi8(_mm256_permutevar8x32_epi32(v[k], order),
                                   twice(fours));
}

/* In each half an 8 x 8 matrix of byte pairs, turned over its diagonal. */
static inline void turn_pairs(__m256i *v)
{
    __m256i t[8];
    __m256i u[8];

    for (size_t k = 0; k < 4; k++) {
        t[2 * k] = _mm256_unpacklo_epi16(v[2 * k], v[2 * k + 1]);
        t[2 * k + 1] = _mm256_unpackhi_epi16(v[2 * k], v[2 * k + 1]);
    }
    for (size_t k = 0; k < 8; k += 4)
        for (size_t h = 0; h < 2; h++) {
            u[k + 2 * h] = _mm256_unpacklo_epi32(t[k + h], t[k + h + 2]);
            u[k + 2 * h + 1] = _mm256_unpackhi_epi32(t[k + h], t[k + h + 2]);
        }
    for (size_t k = 0; k < 4; k++) {
        v[2 * k] = _mm256_unpacklo_epi64(u[k], u[k + 4]);
        v[2 * k + 1] = _mm256_unpackhi_epi64(u[k], u[k + 4]);
    }
}

/* Vector k holds lanes 4k .. 4k + 3, so after turn_pairs the halves of a plane
 * hold every other pair of its bytes. */
static inline void planes_of_8(__m256i *v)
{
    for (size_t k = 0; k < 8; k++)
        v[k] = _mm256_shuffle_epi8(v[k], twice(pairs));
    turn_pairs(v);
    for (size_t k = 0; k < 8; k++) {
        __m128i a = _mm256_castsi256_si128(v[k]);
        __m128i b = _mm256_extracti128_si256(v[k], 1);

        v[k] = _mm256_set_m128i(_mm_unpackhi_epi16(a, b),
                                _mm_unpacklo_epi16(a, b));
    }
}

static inline void lanes_of_8(__m256i *v)
{
    const __m256i sort =
        _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15,
                         0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);

    for (size_t k = 0; k < 8; k++)
        v[k] = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(v[k], sort), 0xD8);
    turn_pairs(v);
    for (size_t k = 0; k < 8; k++)
        v[k] = _mm256_shuffle_epi8(v[k], twice(unpairs));
}

static inline size_t split_by(const uint8_t *src, size_t n, size_t width,
                              unsigned turn, uint8_t *const *planes)
{
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        __m256i v[VS__PACK_WIDTH];

        for (size_t k = 0; k < width; k++) {
            fetch(src + i * width + k * BLOCK, LANES_AHEAD);
            v[k] = turned(load(src + i * width + k * BLOCK), width, turn);
        }
        if (width == 2)
            planes_of_2(v);
        else if (width == 4)
            planes_of_4(v);
        else
            planes_of_8(v);
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
        __m256i v[VS__PACK_WIDTH];

        for (size_t k = 0; k < width; k++) {
            fetch(planes[k] + i, PLANES_AHEAD);
            v[k] = load(planes[k] + i);
        }
        if (width == 2)
            lanes_of_2(v);
        else if (width == 4)
            lanes_of_4(v);
        else
            lanes_of_8(v);
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

/* The codes of the symbols with one high half byte. */
struct row {
    uint8_t high;           /* in its place */
    uint8_t difference[16]; /* of code and escape, by low half byte */
};

static size_t list_rows(const struct vs__pack_code *code, struct row *rows)
{
    const unsigned escape = vs__pack_escape(code);
    size_t n = 0;

    for (unsigned c = 0; c < escape; c++) {
        uint8_t symbol = code->symbol[c];
        size_t k = 0;

        if (code->code[symbol] != c)
            continue; /* a place without a symbol */
        while (k < n && rows[k].high != (symbol & 0xF0))
            k++;
        if (k == n) {
            memset(&rows[n], 0, sizeof rows[n]);
            rows[n++].high = symbol & 0xF0;
        }
        rows[k].difference[symbol & 0xF] = (uint8_t)(c ^ escape);
    }
    return n;
}

/* Entry x of a table of 16 where x < 16, else 0. A shuffle gives 0 where bit 7
 * is set, which saturated adding does for all from 16 up. */
static inline __m256i look_up(__m256i table, __m256i x)
{
    return _mm256_shuffle_epi8(table,
                               _mm256_adds_epu8(x, _mm256_set1_epi8(0x70)));
}

/* Bit b of each byte. */
static inline uint32_t bit_mask(__m256i x, unsigned b)
{
    return (uint32_t)_mm256_movemask_epi8(
        _mm256_sll_epi16(x, _mm_cvtsi32_si128((int)(7 - b))));
}

static size_t code(const struct vs__pack_code *code, const uint8_t *src,
                   size_t n, uint8_t *planes, size_t stride, uint8_t *escapes)
{
    const __m256i escape = _mm256_set1_epi8((char)vs__pack_escape(code));
    struct row rows[16];
    size_t n_rows = list_rows(code, rows);
    uint8_t *out = escapes;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        __m256i x = load(src + i);
        __m256i c = escape;
        uint32_t escaped;

        for (size_t k = 0; k < n_rows; k++) {
            __m256i high = _mm256_set1_epi8((char)rows[k].high);

            c = _mm256_xor_si256(c, look_up(twice(rows[k].difference),
                                            _mm256_xor_si256(x, high)));
        }
        for (unsigned b = 0; b < code->bits; b++) {
            uint32_t plane = bit_mask(c, b);

            memcpy(planes + b * stride + i / 8, &plane, sizeof plane);
        }
        escaped = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(c, escape));
        for (; escaped != 0; escaped &= escaped - 1)
            *out++ = src[i + (unsigned)__builtin_ctz(escaped)];
    }
    out +=
        vs__pack_scalar.code(code, src + i, n - i, planes + i / 8, stride, out);
    return (size_t)(out - escapes);
}

/* 0xFF for each bit that is set, else 0. */
static inline __m256i bytes_of(uint32_t mask)
{
    const __m256i spread =
        _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2,
                         2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit = _mm256_set1_epi64x((int64_t)0x8040201008040201);
    __m256i x = _mm256_shuffle_epi8(_mm256_set1_epi32((int)mask), spread);

    return _mm256_cmpeq_epi8(_mm256_and_si256(x, bit), bit);
}

static inline size_t decode_by(const struct vs__pack_code *code, unsigned bits,
                               const uint8_t *const *planes, size_t n,
                               const uint8_t **escapes, size_t left,
                               uint8_t *dst)
{
    const size_t n_tables = bits <= 4 ? 1 : (size_t)1 << (bits - 4);
    const uint8_t *from = *escapes;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK) {
        __m256i c = _mm256_setzero_si256();
        __m256i x = _mm256_setzero_si256();
        uint32_t escaped = ~0U;

        for (unsigned b = 0; b < bits; b++) {
            uint32_t plane;

            memcpy(&plane, planes[b] + i / 8, sizeof plane);
            escaped &= plane;
            c = _mm256_or_si256(
                c, _mm256_and_si256(bytes_of(plane),
                                    _mm256_set1_epi8((char)(1 << b))));
        }
        for (size_t k = 0; k < n_tables; k++) {
            __m256i base = _mm256_set1_epi8((char)(16 * k));

            x = _mm256_or_si256(x, look_up(twice(code->symbol + 16 * k),
                                           _mm256_xor_si256(c, base)));
        }
        store(dst + i, x);
        if ((size_t)__builtin_popcount(escaped) > left)
            return SIZE_MAX;
        left -= (size_t)__builtin_popcount(escaped);
        for (; escaped != 0; escaped &= escaped - 1)
            dst[i + (unsigned)__builtin_ctz(escaped)] = *from++;
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

const struct vs__pack_path vs__pack_avx2 = {
    "avx2", split, join, code, decode,
};
#endif
