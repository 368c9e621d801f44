/* shuffle.c - the filters of shuffle.h, tile by tile over one path's kernels.
 *
 * A tile is the elements of which a bit plane holds one cache line. Its bytes
 * stay in the first-level cache between the two steps of the bit-shuffle, and
 * each line of the many planes is visited once: planes of a power-of-two
 * chunk all fall into the same few cache sets and would drive one another out.
 */
#include "codec/shuffle.h"

#include "codec/shuffle_path.h"

#define TILE     512 /* elements; 64 bytes of each bit plane */
#define MAX_SIZE 16  /* bytes of the largest element */

const struct vs__shuffle_path *vs__shuffle_best(void)
{
#if VS__NEON
    return &vs__shuffle_neon;
#elif defined(__SSE2__)
    return &vs__shuffle_sse2;
#else
    return &vs__shuffle_scalar;
#endif
}

static size_t tile_at(size_t i, size_t n)
{
    return n - i < TILE ? n - i : TILE;
}

void vs__shuffle_on(const struct vs__shuffle_path *path, const uint8_t *src,
                    uint8_t *dst, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i += TILE)
        path->split(src + i * size, tile_at(i, n), size, dst + i, n);
}

void vs__unshuffle_on(const struct vs__shuffle_path *path, const uint8_t *src,
                      uint8_t *dst, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i += TILE)
        path->join(src + i, n, tile_at(i, n), size, dst + i * size);
}

void vs__bitshuffle_on(const struct vs__shuffle_path *path, const uint8_t *src,
                       uint8_t *dst, size_t n, size_t size)
{
    uint8_t planes[MAX_SIZE * TILE];
    size_t rest = n % 8;
    size_t whole = n - rest;

    for (size_t i = 0; i < whole; i += TILE) {
        size_t count = tile_at(i, whole);

        path->split(src + i * size, count, size, planes, TILE);
        for (size_t k = 0; k < size; k++)
            path->split_bits(planes + k * TILE, count / 8, dst + k * n + i / 8,
                             whole / 8);
    }
    path->split(src + whole * size, rest, size, dst + whole, n);
}

void vs__bitunshuffle_on(const struct vs__shuffle_path *path,
                         const uint8_t *src, uint8_t *dst, size_t n,
                         size_t size)
{
    uint8_t planes[MAX_SIZE * TILE];
    size_t rest = n % 8;
    size_t whole = n - rest;

    for (size_t i = 0; i < whole; i += TILE) {
        size_t count = tile_at(i, whole);

        for (size_t k = 0; k < size; k++)
            path->join_bits(src + k * n + i / 8, whole / 8, count / 8,
                            planes + k * TILE);
        path->join(planes, TILE, count, size, dst + i * size);
    }
    path->join(src + whole, n, rest, size, dst + whole * size);
}

void vs__shuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    vs__shuffle_on(vs__shuffle_best(), src, dst, n, size);
}

void vs__unshuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    vs__unshuffle_on(vs__shuffle_best(), src, dst, n, size);
}

void vs__bitshuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    vs__bitshuffle_on(vs__shuffle_best(), src, dst, n, size);
}

void vs__bitunshuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    vs__bitunshuffle_on(vs__shuffle_best(), src, dst, n, size);
}
