/* pack_path.h - what packing is built of, once per instruction set.
 *
 * A path is a set of four kernels over a run of lanes. All paths give the same
 * bytes; pack_path.c chooses one, the tests compare each with the scalar one. A
 * new path is a file of its own and one row there.
 */
#ifndef VS_CODEC_PACK_PATH_H
#define VS_CODEC_PACK_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "base/target.h"

#define VS__PACK_WIDTH  8 /* bytes of the widest lane */
#define VS__PACK_BITS   6 /* of the longest code */
#define VS__PACK_CODES  (1 << VS__PACK_BITS)
#define VS__PACK_BEYOND 64 /* bytes that `code` may spoil behind its escapes */

/* The last of the 2^bits codes means that the symbol is among the escapes. */
struct vs__pack_code {
    unsigned bits;                  /* 1 .. VS__PACK_BITS */
    uint8_t symbol[VS__PACK_CODES]; /* of each code but the last */
    uint8_t code[256];              /* the way back; encoding only */
};

static inline unsigned vs__pack_escape(const struct vs__pack_code *code)
{
    return (1U << code->bits) - 1;
}

/* Any `n`, also 0. Nothing overlaps, nothing needs alignment, and no byte
 * beyond those named is read or written, except as `code` says. */
struct vs__pack_path {
    const char *name; /* for measurements: "scalar", "avx2" */

    /* n lanes of `width` (1, 2, 4, 8) bytes, the lowest first, each turned
     * left by `turn` (0 .. 7; 0 if width is 1) bits as a number: byte k of lane i goes to
     * planes[k][i]. */
    void (*split)(const uint8_t *src, size_t n, size_t width, unsigned turn,
                  uint8_t *const *planes);

    /* The way back. */
    void (*join)(const uint8_t *const *planes, size_t n, size_t width,
                 unsigned turn, uint8_t *dst);

    /* n symbols to code->bits planes of (n + 7) / 8 bytes, `stride` apart: bit
     * b of the code of symbol 8j + i is bit i of planes[b * stride + j]; bits
     * without a symbol are 0. Symbols without a code go to `escapes`, where
     * VS__PACK_BEYOND bytes behind them may be spoilt. How many they are. */
    size_t (*code)(const struct vs__pack_code *code, const uint8_t *src,
                   size_t n, uint8_t *planes, size_t stride, uint8_t *escapes);

    /* The way back, a plane at bits[b]. How many of `left` escapes it took, or
     * SIZE_MAX if it needs more; `dst` is then undefined. */
    size_t (*decode)(const struct vs__pack_code *code,
                     const uint8_t *const *bits, size_t n,
                     const uint8_t *escapes, size_t left, uint8_t *dst);
};

extern const struct vs__pack_path vs__pack_scalar;
#if VS__X86
extern const struct vs__pack_path vs__pack_avx2;
extern const struct vs__pack_path vs__pack_avx512;
#endif
#if VS__NEON
extern const struct vs__pack_path vs__pack_neon;
#endif

/* The paths that this machine can run, best first; NULL behind the last. */
const struct vs__pack_path *vs__pack_path_at(size_t i);

#endif
