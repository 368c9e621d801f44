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

#include "base/target.h"

/* `n` lanes of `width` (2, 4, 8) bytes, the lowest first, nothing needs
 * alignment. `dst` overlaps neither source. */
void vs__delta_subtract(const uint8_t *src, const uint8_t *base, size_t n,
                        size_t width, uint8_t *dst);

/* The way back, in place: differences become lanes. */
void vs__delta_add(uint8_t *lanes, const uint8_t *base, size_t n, size_t width);

/* The same, once per instruction set; all paths give the same bytes. */
struct vs__delta_path {
    void (*subtract)(const uint8_t *src, const uint8_t *base, size_t n,
                     size_t width, uint8_t *dst);
    void (*add)(uint8_t *lanes, const uint8_t *base, size_t n, size_t width);
};

extern const struct vs__delta_path vs__delta_scalar; /* the reference */
#if VS__X86
extern const struct vs__delta_path vs__delta_avx2;
#endif
#if VS__NEON
extern const struct vs__delta_path vs__delta_neon;
#endif

/* The paths that this machine can run, best first; NULL behind the last. */
const struct vs__delta_path *vs__delta_path_at(size_t i);

#endif
