/* delta_avx2.c - the kernels of delta.h for x86 with AVX2.
 *
 * Compiled with that set allowed, so nothing here may run before delta.c has
 * asked the processor. What is left at the end of a run goes to the scalar
 * kernels.
 */
#include "codec/delta.h"

#if VS__X86
#include <immintrin.h>

#define BLOCK 32 /* bytes of a vector */

static inline __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline void store(uint8_t *p, __m256i x)
{
    _mm256_storeu_si256((__m256i *)(void *)p, x);
}

/* All bits of a lane, if its highest is set. */
static inline __m256i signs(__m256i x, size_t width)
{
    if (width == 2)
        return _mm256_srai_epi16(x, 15);
    if (width == 4)
        return _mm256_srai_epi32(x, 31);
    return _mm256_cmpgt_epi64(_mm256_setzero_si256(), x);
}

static inline __m256i half(__m256i x, size_t width)
{
    if (width == 2)
        return _mm256_srli_epi16(x, 1);
    if (width == 4)
        return _mm256_srli_epi32(x, 1);
    return _mm256_srli_epi64(x, 1);
}

static inline __m256i sum(__m256i a, __m256i b, size_t width)
{
    if (width == 2)
        return _mm256_add_epi16(a, b);
    if (width == 4)
        return _mm256_add_epi32(a, b);
    return _mm256_add_epi64(a, b);
}

static inline __m256i difference(__m256i a, __m256i b, size_t width)
{
    if (width == 2)
        return _mm256_sub_epi16(a, b);
    if (width == 4)
        return _mm256_sub_epi32(a, b);
    return _mm256_sub_epi64(a, b);
}

static inline __m256i ordered(__m256i x, size_t width)
{
    return _mm256_xor_si256(x, half(signs(x, width), width));
}

static inline __m256i folded(__m256i d, size_t width)
{
    return _mm256_xor_si256(sum(d, d, width), signs(d, width));
}

/* The lowest bit is the sign; the others are the magnitude. */
static inline __m256i unfolded(__m256i f, size_t width)
{
    const __m256i zero = _mm256_setzero_si256();
    const __m256i magnitude = half(f, width);
    const __m256i sign = difference(f, sum(magnitude, magnitude, width), width);

    return _mm256_xor_si256(magnitude, difference(zero, sign, width));
}

/* How many bytes were done: whole vectors. */
static inline size_t subtract_by(const uint8_t *src, const uint8_t *base,
                                 size_t n_bytes, size_t width, uint8_t *dst)
{
    size_t i = 0;

    for (; i + BLOCK <= n_bytes; i += BLOCK) {
        __m256i x = ordered(load(src + i), width);
        __m256i y = ordered(load(base + i), width);

        store(dst + i, folded(difference(x, y, width), width));
    }
    return i;
}

static inline size_t add_by(uint8_t *lanes, const uint8_t *base, size_t n_bytes,
                            size_t width)
{
    size_t i = 0;

    for (; i + BLOCK <= n_bytes; i += BLOCK) {
        __m256i y = ordered(load(base + i), width);
        __m256i d = unfolded(load(lanes + i), width);

        store(lanes + i, ordered(sum(y, d, width), width));
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
    else
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
    else
        done = add_by(lanes, base, 8 * n, 8);
    vs__delta_scalar.add(lanes + done, base + done, n - done / width, width);
}

const struct vs__delta_path vs__delta_avx2 = {subtract, add};
#endif
