/* shuffle_path.h - what the filters are built of, once per instruction set.
 *
 * A path is a set of four kernels. All paths give the same bytes; shuffle.c
 * chooses one, the tests compare each with the scalar one. A new path is a
 * file of its own and one row there.
 */
#ifndef VS_CODEC_SHUFFLE_PATH_H
#define VS_CODEC_SHUFFLE_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "base/target.h"

/* Any `n`, also 0; `size` is 1, 2, 4, 8 or 16. Nothing overlaps, nothing needs
 * alignment, and no byte beyond those named is read or written. */
struct vs__shuffle_path {
    const char *name; /* for measurements: "scalar", "sse2" */

    /* n elements to `size` planes of n bytes, `stride` bytes apart: byte k of
     * element i goes to plane k, place i. */
    void (*split)(const uint8_t *src, size_t n, size_t size, uint8_t *dst,
                  size_t stride);

    /* The way back. */
    void (*join)(const uint8_t *src, size_t stride, size_t n, size_t size,
                 uint8_t *dst);

    /* 8n bytes to 8 planes of n bytes, `stride` bytes apart: bit b of byte
     * 8j + i goes to bit i of plane b, place j (bit 0 is the lowest). */
    void (*split_bits)(const uint8_t *src, size_t n, uint8_t *dst,
                       size_t stride);

    /* The way back. */
    void (*join_bits)(const uint8_t *src, size_t stride, size_t n,
                      uint8_t *dst);
};

extern const struct vs__shuffle_path vs__shuffle_scalar;
#ifdef __SSE2__
extern const struct vs__shuffle_path vs__shuffle_sse2;
#endif
#if VS__NEON
extern const struct vs__shuffle_path vs__shuffle_neon;
#endif

/* The path that vs__shuffle and its kin take on this machine. */
const struct vs__shuffle_path *vs__shuffle_best(void);

/* As in shuffle.h, by a path of the caller's choice: for tests and
 * measurements. */
void vs__shuffle_on(const struct vs__shuffle_path *path, const uint8_t *src,
                    uint8_t *dst, size_t n, size_t size);
void vs__unshuffle_on(const struct vs__shuffle_path *path, const uint8_t *src,
                      uint8_t *dst, size_t n, size_t size);
void vs__bitshuffle_on(const struct vs__shuffle_path *path, const uint8_t *src,
                       uint8_t *dst, size_t n, size_t size);
void vs__bitunshuffle_on(const struct vs__shuffle_path *path,
                         const uint8_t *src, uint8_t *dst, size_t n,
                         size_t size);

#endif
