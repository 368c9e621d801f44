/* lanes_sums.h - the moments of a block, for lanes_body.h.
 *
 * Plain loops with constant trips, which compilers turn into vectors. The
 * square of an f32 is exact as a double, so it makes no difference whether a
 * product is fused into a sum.
 */
#ifndef VS_TENSOR_LANES_SUMS_H
#define VS_TENSOR_LANES_SUMS_H

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

static inline struct lane_sums lanes_from(float first)
{
    struct lane_sums s = {{0}, {0}, {0}, {0}};

    for (int j = 0; j < LANES; j++) {
        s.min[j] = first;
        s.max[j] = first;
    }
    return s;
}

/* The two below are one loop each over sums that nobody else points to, so
 * that compilers keep them in registers. */
static inline struct lane_sums sum_f32(const uint8_t *src, int n)
{
    struct lane_sums s = lanes_from(number_of(bits_at(src, 0, false)));
    int i = 0;

    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane_add(&s, j, bits_at(src, i + j, false));
    for (int j = 0; i + j < n; j++)
        lane_add(&s, j, bits_at(src, i + j, false));
    return s;
}

static inline struct lane_sums sum_bf16(const uint8_t *src, int n)
{
    struct lane_sums s = lanes_from(number_of(bits_at(src, 0, true)));
    int i = 0;

    for (; i + 2 * LANES <= n; i += 2 * LANES)
        for (int j = 0; j < LANES; j++)
            lane_add_pair(&s, j, bits_at(src, i / 2 + j, false));
    for (int j = 0; i + j < n; j++)
        lane_add(&s, j % LANES, bits_at(src, i + j, true));
    return s;
}

static inline void lane_sum(const uint8_t *src, int n, bool bf16,
                            struct vs__lanes *out)
{
    struct lane_sums s = bf16 ? sum_bf16(src, n) : sum_f32(src, n);

    lane_reduce(&s, out);
}

#endif
