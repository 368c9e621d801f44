/* lanes_avx512.c - lanes.h for x86 with AVX-512, that of Ice Lake. */
#include "tensor/lanes_slices.h"

#if VS__X86
#include <immintrin.h>

static inline __m512i load(const uint8_t *p)
{
    return _mm512_loadu_si512((const void *)p);
}

/* f(j) for each byte j of a vector. */
#define EACH4(f, j) f(j), f((j) + 1), f((j) + 2), f((j) + 3)
#define EACH16(f, j) \
    EACH4(f, j), EACH4(f, (j) + 4), EACH4(f, (j) + 8), EACH4(f, (j) + 12)
#define EACH64(f)                                                 \
    {                                                             \
        EACH16(f, 0), EACH16(f, 16), EACH16(f, 32), EACH16(f, 48) \
    }

/* Of two vectors: the upper bytes of 32 numbers and then their lower ones; of
 * 64 numbers the upper ones. */
#define ENDS_OF_32(j)  (4 * ((j) % 32) + 3 * ((j) < 32))
#define UPPER_OF_16(j) (2 * (j) + 1)

static const uint8_t ends_of_32[WORD] = EACH64(ENDS_OF_32);
static const uint8_t upper_of_16[WORD] = EACH64(UPPER_OF_16);

/* With the sign turned to the lowest bit a byte is all exponent. */
static inline void take_f32(const uint8_t *p, __m512i *exponents,
                            __m512i *signs)
{
    const __m512i ends = load(ends_of_32);
    const __m512i a = _mm512_permutex2var_epi8(
        _mm512_rol_epi32(load(p), 1), ends, _mm512_rol_epi32(load(p + 64), 1));
    const __m512i b =
        _mm512_permutex2var_epi8(_mm512_rol_epi32(load(p + 128), 1), ends,
                                 _mm512_rol_epi32(load(p + 192), 1));

    *exponents = _mm512_shuffle_i64x2(a, b, 0x44);
    *signs = _mm512_shuffle_i64x2(a, b, 0xEE);
}

static inline void take_bf16(const uint8_t *p, __m512i *exponents,
                             __m512i *signs)
{
    const __m512i upper = load(upper_of_16);
    const __m512i lower = _mm512_sub_epi8(upper, _mm512_set1_epi8(1));
    const __m512i a = _mm512_shldi_epi16(load(p), load(p), 1);
    const __m512i b = _mm512_shldi_epi16(load(p + 64), load(p + 64), 1);

    *exponents = _mm512_permutex2var_epi8(a, upper, b);
    *signs = _mm512_permutex2var_epi8(a, lower, b);
}

static inline uint64_t bit_of(__m512i x, int bit)
{
    return _mm512_test_epi8_mask(x, _mm512_set1_epi8((char)(1 << bit)));
}

static inline void slice(const uint8_t *src, bool bf16, unsigned most,
                         struct slices *out)
{
    const __m512i greatest = _mm512_set1_epi8((char)most);

    for (int i = 0; i < N_WORDS; i++) {
        const uint8_t *p = src + (size_t)i * WORD * (bf16 ? 2 : 4);
        __m512i x;
        __m512i signs;

        if (bf16)
            take_bf16(p, &x, &signs);
        else
            take_f32(p, &x, &signs);
        x = _mm512_min_epu8(_mm512_sub_epi8(greatest, x),
                            _mm512_set1_epi8(FAR));
        for (int k = 0; k < 4; k++)
            out->distance[k][i] = bit_of(x, k);
        out->minus[i] = bit_of(signs, 0);
    }
}

static inline void count(const uint8_t *src, int n, bool bf16, unsigned most,
                         struct vs__tops *tops)
{
    slice_tops(src, n, bf16, most, slice, tops);
}

LANES_DEFINE(vs__lanes_avx512, count)
#endif
