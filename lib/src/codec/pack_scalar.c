/* pack_scalar.c - the packing kernels in plain C, the reference for every
 * other. Bytes become words by shifts, so byte order is no matter. */
#include "codec/pack_path.h"

#include <string.h>

#include "base/endian.h"
#include "codec/turn.h"

static inline uint64_t load(const uint8_t *p, size_t width)
{
    uint64_t x = 0;

    for (size_t k = 0; k < width; k++)
        x |= (uint64_t)p[k] << 8 * k;
    return x;
}

/* A lane turned left by `turn` (0 .. its bits - 1) bits; the bits above the
 * lane are of no account. */
static inline uint64_t turned(uint64_t x, size_t width, unsigned turn)
{
    return turn == 0 ? x : x << turn | x >> (8 * width - turn);
}

static inline void split_by(const uint8_t *src, size_t n, size_t width,
                            unsigned turn, uint8_t *const *planes)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t x = turned(load(src + i * width, width), width, turn);

        for (size_t k = 0; k < width; k++)
            planes[k][i] = (uint8_t)(x >> 8 * k);
    }
}

static void split(const uint8_t *src, size_t n, size_t width, unsigned turn,
                  uint8_t *const *planes)
{
    switch (width) {
    case 2:
        split_by(src, n, 2, turn, planes);
        return;
    case 4:
        split_by(src, n, 4, turn, planes);
        return;
    case 8:
        split_by(src, n, 8, turn, planes);
        return;
    default:
        memcpy(planes[0], src, n);
    }
}

static inline void join_by(const uint8_t *const *planes, size_t n, size_t width,
                           unsigned turn, uint8_t *dst)
{
    const unsigned back = turn == 0 ? 0 : (unsigned)(8 * width) - turn;

    for (size_t i = 0; i < n; i++) {
        uint64_t x = 0;

        for (size_t k = 0; k < width; k++)
            x |= (uint64_t)planes[k][i] << 8 * k;
        x = turned(x, width, back);
        for (size_t k = 0; k < width; k++)
            dst[i * width + k] = (uint8_t)(x >> 8 * k);
    }
}

static void join(const uint8_t *const *planes, size_t n, size_t width,
                 unsigned turn, uint8_t *dst)
{
    switch (width) {
    case 2:
        join_by(planes, n, 2, turn, dst);
        return;
    case 4:
        join_by(planes, n, 4, turn, dst);
        return;
    case 8:
        join_by(planes, n, 8, turn, dst);
        return;
    default:
        memcpy(dst, planes[0], n);
    }
}

static size_t code(const struct vs__pack_code *code, const uint8_t *src,
                   size_t n, uint8_t *planes, size_t stride, uint8_t *escapes)
{
    const unsigned escape = vs__pack_escape(code);
    size_t n_escapes = 0;

    for (size_t j = 0; j < (n + 7) / 8; j++) {
        size_t count = n - 8 * j < 8 ? n - 8 * j : 8;
        uint64_t word = 0;

        for (size_t i = 0; i < count; i++) {
            uint8_t symbol = src[8 * j + i];
            uint8_t c = code->code[symbol];

            word |= (uint64_t)c << 8 * i;
            escapes[n_escapes] = symbol;
            n_escapes += c == escape;
        }
        word = vs__turn_bits(word);
        for (unsigned b = 0; b < code->bits; b++)
            planes[b * stride + j] = (uint8_t)(word >> 8 * b);
    }
    return n_escapes;
}

static size_t decode(const struct vs__pack_code *code,
                     const uint8_t *const *bits, size_t n,
                     const uint8_t *escapes, size_t left, uint8_t *dst)
{
    const unsigned escape = vs__pack_escape(code);
    size_t taken = 0;

    for (size_t j = 0; j < (n + 7) / 8; j++) {
        size_t count = n - 8 * j < 8 ? n - 8 * j : 8;
        uint64_t word = 0;

        for (unsigned b = 0; b < code->bits; b++)
            word |= (uint64_t)bits[b][j] << 8 * b;
        word = vs__turn_bits(word);
        for (size_t i = 0; i < count; i++) {
            unsigned c = word >> 8 * i & 0xFF;

            if (c != escape) {
                dst[8 * j + i] = code->symbol[c];
                continue;
            }
            if (taken == left)
                return SIZE_MAX;
            dst[8 * j + i] = escapes[taken++];
        }
    }
    return taken;
}

const struct vs__pack_path vs__pack_scalar = {
    "scalar", split, join, code, decode,
};
