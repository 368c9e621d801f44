/* philox.h - Philox4x32-10: a random block for every counter.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as
 * 1, 2, 3" (SC 2011); used by TensorFlow for its random ops.
 */
#ifndef VS_RULE_PHILOX_H
#define VS_RULE_PHILOX_H

#include <stdint.h>

struct vs__philox {
    uint32_t key[2];
    uint32_t counter_high[2]; /* counter words 2 and 3 */
};

/* TensorFlow's use of an op seed without a graph seed: key = 87654321, counter
 * words 2, 3 = op seed modulo 2^31 - 1, never negative. */
struct vs__philox vs__philox_from_seed(int64_t op_seed);

/* The four words of block `index` (counter words 0 and 1). */
void vs__philox_block(const struct vs__philox *p, uint64_t index,
                      uint32_t out[4]);

#endif
