/* lanes.h - statistics of a block of f32 or bf16, in lanes that vector
 * instructions take.
 *
 * Numbers of these two types are most of what a store holds, and each is
 * counted when it is written. What is computed does not depend on the vectors:
 * a number's place in a block says which lane it goes to, and the lanes are
 * added up in one order. So a file of its own is compiled for the instruction
 * set in its name, from lanes_body.h, and all give the same bits.
 */
#ifndef VS_TENSOR_LANES_H
#define VS_TENSOR_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/target.h"

#define VS__LANES_BLOCK 4096 /* numbers of a block, at most */
#define VS__LANES_TOPS  512  /* values of sign and exponent */

/* Of a block. */
struct vs__lanes {
    double sum;
    double squares; /* sum of them: each is exact */
    float min;
    float max;
    int zeros;
    bool finite; /* false: nothing else is said */
};

/* How often each sign and exponent occurred, in four tables, since neighbours
 * are often equal and would wait for each other in one. */
struct vs__tops {
    uint32_t n[4][VS__LANES_TOPS];
};

/* Adds up `n` (1 .. VS__LANES_BLOCK) numbers of f32, or bf16, at any address;
 * if they are finite, counts their tops. */
typedef void vs__lanes_fn(const uint8_t *src, int n, bool bf16,
                          struct vs__lanes *out, struct vs__tops *tops);

vs__lanes_fn vs__lanes_plain;
#if VS__X86
vs__lanes_fn vs__lanes_avx2;
vs__lanes_fn vs__lanes_avx512;
#endif

/* The paths that this machine can run, best first; NULL behind the last. */
vs__lanes_fn *vs__lanes_at(int i);

#endif
