/* turn.h - an 8 x 8 matrix of bits in a word, turned over its diagonal. */
#ifndef VS_CODEC_TURN_H
#define VS_CODEC_TURN_H

#include <stdint.h>

/* Swaps the bits under `mask` with those `distance` above them. */
static inline uint64_t vs__swap_bits(uint64_t x, unsigned distance,
                                     uint64_t mask)
{
    uint64_t t = (x ^ x >> distance) & mask;

    return x ^ t ^ t << distance;
}

/* One row per byte; blocks of 1, then 2, then 4 bits (Warren, Hacker's
 * Delight, 7-3). */
static inline uint64_t vs__turn_bits(uint64_t x)
{
    x = vs__swap_bits(x, 7, 0x00AA00AA00AA00AA);
    x = vs__swap_bits(x, 14, 0x0000CCCC0000CCCC);
    return vs__swap_bits(x, 28, 0x00000000F0F0F0F0);
}

#endif
