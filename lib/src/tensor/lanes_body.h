/* lanes_body.h - the code of lanes.h, for the files that compile it: each
 * defines one function by LANES_DEFINE.
 *
 * Plain loops with constant trips, which compilers turn into vectors. The
 * square of an f32 is exact as a double, so it makes no difference whether a
 * product is fused into a sum.
 */
#ifndef VS_TENSOR_LANES_BODY_H
#define VS_TENSOR_LANES_BODY_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "tensor/lanes.h"

#define LANES 16

/* The bits of number i as f32. */
static inline uint32_t bits_at(const uint8_t *src, int i, bool bf16)
{
    uint32_t wide;
    uint16_t half;

    if (bf16) {
        memcpy(&half, src + (size_t)i * sizeof half, sizeof half);
        return (uint32_t)half << 16;
    }
    memcpy(&wide, src + (size_t)i * sizeof wide, sizeof wide);
    return wide;
}

static inline float number_of(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

struct lane_sums {
    double sum[LANES];
    double squares[LANES];
    float min[LANES];
    float max[LANES];
};

static inline void lane_add(struct lane_sums *s, int j, uint32_t bits)
{
    const float x = number_of(bits);
    const double d = (double)x;

    s->sum[j] += d;
    s->squares[j] += d * d;
    s->min[j] = x < s->min[j] ? x : s->min[j];
    s->max[j] = x > s->max[j] ? x : s->max[j];
}

/* Two of bf16 that lie in one word. */
static inline void lane_add_pair(struct lane_sums *s, int j, uint32_t word)
{
    const float x = number_of(word << 16);
    const float y = number_of(word & 0xFFFF0000);
    const float low = x < y ? x : y;
    const float high = x < y ? y : x;

    s->sum[j] += (double)x + (double)y;
    s->squares[j] += (double)x * (double)x;
    s->squares[j] += (double)y * (double)y;
    s->min[j] = low < s->min[j] ? low : s->min[j];
    s->max[j] = high > s->max[j] ? high : s->max[j];
}

/* Halves until one lane is left. */
static inline void lane_reduce(struct lane_sums *s, struct vs__lanes *out)
{
    for (int step = LANES / 2; step > 0; step /= 2)
        for (int j = 0; j < step; j++) {
            s->sum[j] += s->sum[j + step];
            s->squares[j] += s->squares[j + step];
            if (s->min[j + step] < s->min[j])
                s->min[j] = s->min[j + step];
            if (s->max[j + step] > s->max[j])
                s->max[j] = s->max[j + step];
        }
    out->sum = s->sum[0];
    out->squares = s->squares[0];
    out->min = s->min[0];
    out->max = s->max[0];
    out->zeros = 0;
    out->finite = isfinite(out->squares); /* as those of all f32 are */
}

static inline void lane_sum(const uint8_t *src, int n, bool bf16,
                            struct vs__lanes *out)
{
    const float first = number_of(bits_at(src, 0, bf16));
    const int step = bf16 ? 2 * LANES : LANES;
    struct lane_sums s;
    int i = 0;

    memset(&s, 0, sizeof s);
    for (int j = 0; j < LANES; j++) {
        s.min[j] = first;
        s.max[j] = first;
    }
    for (; i + step <= n; i += step)
        for (int j = 0; j < LANES; j++) {
            uint32_t word;

            memcpy(&word, src + (bf16 ? 2 : 4) * (size_t)i + 4 * (size_t)j, 4);
            if (bf16)
                lane_add_pair(&s, j, word);
            else
                lane_add(&s, j, word);
        }
    for (int j = 0; i + j < n; j++)
        lane_add(&s, j % LANES, bits_at(src, i + j, bf16));
    lane_reduce(&s, out);
}

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
