/* philox.c - Philox4x32-10, word for word as in the paper. */
#include "rule/philox.h"

#define N_ROUNDS 10

/* Multipliers and key increments of the paper's 4x32 form. */
#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define WEYL_0       0x9E3779B9u
#define WEYL_1       0xBB67AE85u

#define DEFAULT_GRAPH_SEED 87654321 /* TensorFlow, random_seed.py */
#define SEED_MODULUS       2147483647

struct vs__philox vs__philox_from_seed(int64_t op_seed)
{
    struct vs__philox p = {{DEFAULT_GRAPH_SEED, 0}, {0, 0}};
    int64_t rest = op_seed % SEED_MODULUS;

    if (rest < 0)
        rest += SEED_MODULUS;
    p.counter_high[0] = (uint32_t)rest;
    return p;
}

void vs__philox_block(const struct vs__philox *p, uint64_t index,
                      uint32_t out[4])
{
    uint32_t x[4] = {(uint32_t)index, (uint32_t)(index >> 32),
                     p->counter_high[0], p->counter_high[1]};
    uint32_t key[2] = {p->key[0], p->key[1]};

    for (int round = 0; round < N_ROUNDS; round++) {
        const uint64_t a = (uint64_t)MULTIPLIER_0 * x[0];
        const uint64_t b = (uint64_t)MULTIPLIER_1 * x[2];

        x[0] = (uint32_t)(b >> 32) ^ x[1] ^ key[0];
        x[1] = (uint32_t)b;
        x[2] = (uint32_t)(a >> 32) ^ x[3] ^ key[1];
        x[3] = (uint32_t)a;
        key[0] += WEYL_0;
        key[1] += WEYL_1;
    }
    for (int i = 0; i < 4; i++)
        out[i] = x[i];
}
