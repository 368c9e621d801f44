/* delta.c - see delta.h; the kernels in plain C, and which ones are taken. */
#include "codec/delta.h"

#include "base/endian.h"

/* What a sign is worth: all bits below it turned over. Its own inverse. */
static inline uint16_t ordered16(uint16_t x)
{
    return (uint16_t)(x ^ (uint16_t)(0U - (x >> 15)) >> 1);
}

static inline uint32_t ordered32(uint32_t x)
{
    return x ^ (0U - (x >> 31)) >> 1;
}

static inline uint64_t ordered64(uint64_t x)
{
    return x ^ (UINT64_C(0) - (x >> 63)) >> 1;
}

static void subtract(const uint8_t *src, const uint8_t *base, size_t n,
                     size_t width, uint8_t *dst)
{
    for (size_t i = 0; i < n && width == 2; i++) {
        uint16_t d = (uint16_t)(ordered16(vs__load16(src + 2 * i)) -
                                ordered16(vs__load16(base + 2 * i)));

        vs__store16(dst + 2 * i, (uint16_t)(d << 1 ^ (0U - (d >> 15))));
    }
    for (size_t i = 0; i < n && width == 4; i++) {
        uint32_t d = ordered32(vs__load32(src + 4 * i)) -
                     ordered32(vs__load32(base + 4 * i));

        vs__store32(dst + 4 * i, d << 1 ^ (0U - (d >> 31)));
    }
    for (size_t i = 0; i < n && width == 8; i++) {
        uint64_t d = ordered64(vs__load64(src + 8 * i)) -
                     ordered64(vs__load64(base + 8 * i));

        vs__store64(dst + 8 * i, d << 1 ^ (UINT64_C(0) - (d >> 63)));
    }
}

static void add(uint8_t *lanes, const uint8_t *base, size_t n, size_t width)
{
    for (size_t i = 0; i < n && width == 2; i++) {
        uint16_t f = vs__load16(lanes + 2 * i);
        uint16_t d = (uint16_t)(f >> 1 ^ (0U - (f & 1U)));

        vs__store16(
            lanes + 2 * i,
            ordered16((uint16_t)(ordered16(vs__load16(base + 2 * i)) + d)));
    }
    for (size_t i = 0; i < n && width == 4; i++) {
        uint32_t f = vs__load32(lanes + 4 * i);
        uint32_t d = f >> 1 ^ (0U - (f & 1));

        vs__store32(lanes + 4 * i,
                    ordered32(ordered32(vs__load32(base + 4 * i)) + d));
    }
    for (size_t i = 0; i < n && width == 8; i++) {
        uint64_t f = vs__load64(lanes + 8 * i);
        uint64_t d = f >> 1 ^ (UINT64_C(0) - (f & 1));

        vs__store64(lanes + 8 * i,
                    ordered64(ordered64(vs__load64(base + 8 * i)) + d));
    }
}

const struct vs__delta_path vs__delta_scalar = {subtract, add};

const struct vs__delta_path *vs__delta_path_at(size_t i)
{
    const struct vs__delta_path *have[2];
    size_t n = 0;

#if VS__NEON
    have[n++] = &vs__delta_neon;
#endif
#if VS__X86
    if (__builtin_cpu_supports("avx2"))
        have[n++] = &vs__delta_avx2;
#endif
    have[n++] = &vs__delta_scalar;
    return i < n ? have[i] : NULL;
}

void vs__delta_subtract(const uint8_t *src, const uint8_t *base, size_t n,
                        size_t width, uint8_t *dst)
{
    vs__delta_path_at(0)->subtract(src, base, n, width, dst);
}

void vs__delta_add(uint8_t *lanes, const uint8_t *base, size_t n, size_t width)
{
    vs__delta_path_at(0)->add(lanes, base, n, width);
}
