/* lanes_body.h - the code of lanes.h, for the files that compile it: each
 * defines one function by LANES_DEFINE.
 */
#ifndef VS_TENSOR_LANES_BODY_H
#define VS_TENSOR_LANES_BODY_H

#include <string.h>

#include "tensor/lanes_sums.h"

/* Zeros of either sign. */
static inline int lane_zeros(const uint8_t *src, int n, bool bf16)
{
    int zeros = 0;

    for (int i = 0; i < n; i++)
        zeros += bits_at(src, i, bf16) << 1 == 0;
    return zeros;
}

/* Counts tops one by one. `most` is the greatest exponent. */
static inline void scatter_tops(const uint8_t *src, int n, bool bf16,
                                unsigned most, struct vs__tops *tops)
{
    int i = 0;

    (void)most;
    for (; i + 4 <= n; i += 4)
        for (int j = 0; j < 4; j++)
            tops->n[j][bits_at(src, i + j, bf16) >> 23]++;
    for (; i < n; i++)
        tops->n[0][bits_at(src, i, bf16) >> 23]++;
}

static inline uint32_t lane_least(const struct vs__tops *tops)
{
    uint32_t n = 0;

    for (int k = 0; k < 4; k++)
        n += tops->n[k][0] + tops->n[k][VS__LANES_TOPS / 2];
    return n;
}

static inline unsigned lane_exponent(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits >> 23 & 0xFF;
}

typedef void lane_tops_fn(const uint8_t *src, int n, bool bf16, unsigned most,
                          struct vs__tops *tops);

static inline void lane_block(const uint8_t *src, int n, bool bf16,
                              lane_tops_fn *count, struct vs__lanes *out,
                              struct vs__tops *tops)
{
    const uint32_t least = lane_least(tops);
    unsigned low;
    unsigned high;

    lane_sum(src, n, bf16, out);
    if (!out->finite)
        return;
    low = lane_exponent(out->min);
    high = lane_exponent(out->max);
    count(src, n, bf16, low > high ? low : high, tops);
    if (lane_least(tops) != least)
        out->zeros = lane_zeros(src, n, bf16);
}

/* `count` counts tops, to be inlined. Two calls, so that each loop is for one
 * type. */
#define LANES_DEFINE(name, count)                                          \
    void name(const uint8_t *src, int n, bool bf16, struct vs__lanes *out, \
              struct vs__tops *tops)                                       \
    {                                                                      \
        if (bf16)                                                          \
            lane_block(src, n, true, count, out, tops);                    \
        else                                                               \
            lane_block(src, n, false, count, out, tops);                   \
    }

#endif
