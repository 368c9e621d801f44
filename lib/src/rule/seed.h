/* seed.h - the op seed of a variable whose initializer was given none. */
#ifndef VS_RULE_SEED_H
#define VS_RULE_SEED_H

#include <stdint.h>

/* A seed in 0 .. 2^31 - 2 that depends on the full name and the store's seed
 * alone: FNV-1a (64 bits) over the bytes of the name, that hash XOR the mixed
 * store seed, mixed, modulo 2^31 - 1. To mix is SplitMix64: add its constant,
 * then finalise. Values on disk rest on this: it never changes. */
int64_t vs__seed_from_name(const char *name, uint64_t store_seed);

#endif
