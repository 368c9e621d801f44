/* chunk_data.h - numbers and bytes for the tests of this room: seeded. */
#ifndef VS_TEST_CHUNK_DATA_H
#define VS_TEST_CHUNK_DATA_H

#include "support.h"

#include <stdlib.h>

/* splitmix64 */
static inline uint64_t next_random(uint64_t *seed)
{
    uint64_t x = *seed += 0x9E3779B97F4A7C15;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

/* 0 .. n - 1 */
static inline int64_t pick(uint64_t *seed, int64_t n)
{
    return (int64_t)(next_random(seed) % (uint64_t)n);
}

/* Bytes that no codec shortens, another run for each seed. */
static inline void fill_noise(void *dst, size_t n, uint64_t seed)
{
    uint8_t *p = dst;

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)next_random(&seed);
}

/* Memory that a test asked for: there is always some. free() it. */
static inline void *memory(size_t n)
{
    void *p = calloc(n != 0 ? n : 1, 1);

    assert_non_null(p);
    return p;
}

#endif
