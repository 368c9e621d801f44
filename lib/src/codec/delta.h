/* delta.h - floats as differences from those of a base: FORMAT.md's section
 * "Delta".
 *
 * Read as sign and magnitude, the bits of a float are an integer whose order
 * is that of the floats, so those of two floats that lie close together have a
 * small difference, whatever their exponents. It is taken modulo 2^bits, which
 * loses nothing for any bits, and folded so that it is small in magnitude
 * where the difference is. Private to the room.
 */
#ifndef VS_CODEC_DELTA_H
#define VS_CODEC_DELTA_H

#include <stddef.h>
#include <stdint.h>

/* `n` lanes of `width` (2, 4, 8) bytes, the lowest first, nothing needs
 * alignment. `dst` overlaps neither source. */
void vs__delta_subtract(const uint8_t *src, const uint8_t *base, size_t n,
                        size_t width, uint8_t *dst);

/* The way back, in place: differences become lanes. */
void vs__delta_add(uint8_t *lanes, const uint8_t *base, size_t n, size_t width);

/* The same by a path of the caller's choice: in plain C, the reference, and
 * for x86 with AVX2. They give the same bytes. */
void vs__delta_subtract_scalar(const uint8_t *src, const uint8_t *base,
                               size_t n, size_t width, uint8_t *dst);
void vs__delta_add_scalar(uint8_t *lanes, const uint8_t *base, size_t n,
                          size_t width);

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define VS__DELTA_X86 1
void vs__delta_subtract_avx2(const uint8_t *src, const uint8_t *base, size_t n,
                             size_t width, uint8_t *dst);
void vs__delta_add_avx2(uint8_t *lanes, const uint8_t *base, size_t n,
                        size_t width);
#else
#define VS__DELTA_X86 0
#endif

#endif
