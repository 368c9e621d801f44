/* floats.h - for the tests of deltas: weights, and the same some steps later. */
#ifndef VS_TEST_FLOATS_H
#define VS_TEST_FLOATS_H

#include "pools.h"

#include "base/endian.h"
#include "chunk/base.h"

#define N_FLOATS (CHUNK / 4)

/* Weights near 0.05, the same for each seed, moved by some 2^bits of their last
 * places; 0 bits: not moved. */
static inline void fill_trained(uint8_t *raw, uint64_t seed, unsigned bits,
                                uint64_t step)
{
    for (size_t i = 0; i < N_FLOATS; i++) {
        uint32_t x = 0x3D000000 | (uint32_t)(next_random(&seed) % (1U << 23));

        x ^= (uint32_t)(next_random(&step) % (1ULL << bits));
        if (i % 3 == 0)
            x |= 0x80000000;
        vs__store32(raw + 4 * i, x);
    }
}

static inline int64_t base_of(struct base *b, int64_t chunk)
{
    return ask(b, "SELECT coalesce(base, 0) FROM chunk WHERE id = $1", chunk);
}

static inline int64_t frame_bytes(struct base *b, int64_t chunk)
{
    return ask(b, "SELECT frame_bytes FROM chunk WHERE id = $1", chunk);
}

static inline int64_t put_f32(struct base *b, const uint8_t *raw,
                              struct vs__delta delta)
{
    struct vs__digest digest;
    int64_t chunk = 0;

    assert_ok(vs__pool_put_delta(&b->pool, VS_F32, raw, CHUNK, &delta, &chunk,
                                 &digest));
    return chunk;
}

/* A weight's whole chunk, and a delta from it. */
static inline int64_t put_pair(struct base *b, int64_t *base)
{
    uint8_t raw[CHUNK];

    fill_trained(raw, 1, 0, 0);
    *base = put_f32(b, raw, (struct vs__delta){0});
    fill_trained(raw, 1, 6, 1);
    return put_f32(b, raw, (struct vs__delta){.asked = *base});
}

static inline vs_status get_f32(struct base *b, int64_t chunk, uint8_t *out)
{
    return vs__pool_get(&b->pool, chunk, VS_F32, out, CHUNK, NULL);
}

#endif
