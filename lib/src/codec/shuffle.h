/* shuffle.h - the two transposing filters; they change order, not size.
 *
 * `n` counts elements, `size` their bytes (1, 2, 4, 8 or 16). Source and
 * destination do not overlap and need no alignment.
 */
#ifndef VS_CODEC_SHUFFLE_H
#define VS_CODEC_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/* Byte k of element i goes to k * n + i, and back. */
void vs__shuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size);
void vs__unshuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size);

/* As vs__shuffle, then in each byte plane the first n - n % 8 bytes are
 * replaced by eight bit planes of n / 8 bytes: bit b (0 = lowest) of bytes
 * 8j .. 8j + 7 becomes byte b * (n / 8) + j, the lowest-numbered byte in the
 * lowest bit. The last n % 8 bytes of a plane follow as they are. */
void vs__bitshuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size);
void vs__bitunshuffle(const uint8_t *src, uint8_t *dst, size_t n, size_t size);

#endif
