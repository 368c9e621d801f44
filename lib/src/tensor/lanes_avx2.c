/* lanes_avx2.c - lanes.h for x86 with AVX2. */
#include "tensor/lanes_slices.h"

#if VS__X86
#include <immintrin.h>

static inline __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Sign and exponent of 32 numbers, 9 bits in 16 each; in the two halves of
 * vectors apart, which `in_order` mends. */
static inline void take_f32(const uint8_t *p, __m256i *a, __m256i *b)
{
    *a = _mm256_packus_epi32(_mm256_srli_epi32(load(p), 23),
                             _mm256_srli_epi32(load(p + 32), 23));
    *b = _mm256_packus_epi32(_mm256_srli_epi32(load(p + 64), 23),
                             _mm256_srli_epi32(load(p + 96), 23));
}

static inline void take_bf16(const uint8_t *p, __m256i *a, __m256i *b)
{
    *a = _mm256_srli_epi16(load(p), 7);
    *b = _mm256_srli_epi16(load(p + 32), 7);
}

/* The low bytes of two vectors of 16 bits. */
static inline __m256i in_order(__m256i a, __m256i b, bool bf16)
{
    const __m256i f32_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i packed = _mm256_packus_epi16(a, b);

    return bf16 ? _mm256_permute4x64_epi64(packed, 0xD8)
                : _mm256_permutevar8x32_epi32(packed, f32_order);
}

static inline void put_bits(uint64_t *plane, int half, __m256i x, int bit)
{
    const uint32_t mask =
        (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(x, 7 - bit));

    memcpy((uint8_t *)plane + 4 * half, &mask, sizeof mask);
}

static inline void slice(const uint8_t *src, bool bf16, unsigned most,
                         struct slices *out)
{
    const __m256i low = _mm256_set1_epi16(0xFF);
    const __m256i greatest = _mm256_set1_epi8((char)most);

    for (int i = 0; i < VS__LANES_BLOCK; i += WORD / 2) {
        const int half = i / (WORD / 2) % 2;
        const uint8_t *p = src + (size_t)i * (bf16 ? 2 : 4);
        __m256i a;
        __m256i b;
        __m256i x;

        if (bf16)
            take_bf16(p, &a, &b);
        else
            take_f32(p, &a, &b);
        x = in_order(_mm256_and_si256(a, low), _mm256_and_si256(b, low), bf16);
        x = _mm256_min_epu8(_mm256_sub_epi8(greatest, x),
                            _mm256_set1_epi8(FAR));
        for (int k = 0; k < 4; k++)
            put_bits(&out->distance[k][i / WORD], half, x, k);
        x = in_order(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8), bf16);
        put_bits(&out->minus[i / WORD], half, x, 0);
    }
}

static inline void count(const uint8_t *src, int n, bool bf16, unsigned most,
                         struct vs__tops *tops)
{
    slice_tops(src, n, bf16, most, slice, tops);
}

LANES_DEFINE(vs__lanes_avx2, count)
#endif
