/* lanes_body.h - the code of lanes.h, for the files that compile it: each
 * defines one function by LANES_DEFINE.
 *
 * Plain loops with constant trips, which compilers turn into vectors. Products
 * must not be fused into the sums: the files are compiled without that.
 */
#ifndef VS_TENSOR_LANES_BODY_H
#define VS_TENSOR_LANES_BODY_H

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
    uint32_t top[LANES]; /* the largest exponent */
    int32_t zeros[LANES];
};

static inline void lane_add(struct lane_sums *s, int j, uint32_t bits,
                            double shift)
{
    const float x = number_of(bits);
    const double d = (double)x - shift;
    const uint32_t top = bits & 0x7F800000;

    s->sum[j] += d;
    s->squares[j] += d * d;
    s->min[j] = x < s->min[j] ? x : s->min[j];
    s->max[j] = x > s->max[j] ? x : s->max[j];
    s->top[j] = top > s->top[j] ? top : s->top[j];
    s->zeros[j] += (bits & 0x7FFFFFFF) == 0;
}

/* Halves until one lane is left. */
static inline void lane_reduce(struct lane_sums *s, struct vs__lanes *out)
{
    uint32_t top = 0;
    int zeros = 0;

    for (int step = LANES / 2; step > 0; step /= 2)
        for (int j = 0; j < step; j++) {
            s->sum[j] += s->sum[j + step];
            s->squares[j] += s->squares[j + step];
            if (s->min[j + step] < s->min[j])
                s->min[j] = s->min[j + step];
            if (s->max[j + step] > s->max[j])
                s->max[j] = s->max[j + step];
        }
    for (int j = 0; j < LANES; j++) {
        top = s->top[j] > top ? s->top[j] : top;
        zeros += s->zeros[j];
    }
    out->sum = s->sum[0];
    out->squares = s->squares[0];
    out->min = s->min[0];
    out->max = s->max[0];
    out->zeros = zeros;
    out->finite = top != 0x7F800000;
}

static inline void lane_sum(const uint8_t *src, int n, bool bf16,
                            struct vs__lanes *out)
{
    const float first = number_of(bits_at(src, 0, bf16));
    struct lane_sums s;
    int i = 0;

    memset(&s, 0, sizeof s);
    for (int j = 0; j < LANES; j++) {
        s.min[j] = first;
        s.max[j] = first;
    }
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane_add(&s, j, bits_at(src, i + j, bf16), (double)first);
    for (int j = 0; i + j < n; j++)
        lane_add(&s, j, bits_at(src, i + j, bf16), (double)first);
    lane_reduce(&s, out);
}

static inline void lane_tops(const uint8_t *src, int n, bool bf16,
                             struct vs__tops *tops)
{
    int i = 0;

    for (; i + 4 <= n; i += 4)
        for (int j = 0; j < 4; j++)
            tops->n[j][bits_at(src, i + j, bf16) >> 23]++;
    for (; i < n; i++)
        tops->n[0][bits_at(src, i, bf16) >> 23]++;
}

static inline void lane_block(const uint8_t *src, int n, bool bf16,
                              struct vs__lanes *out, struct vs__tops *tops)
{
    lane_sum(src, n, bf16, out);
    if (out->finite)
        lane_tops(src, n, bf16, tops);
}

/* Two calls, so that each loop is for one type. */
#define LANES_DEFINE(name)                                                 \
    void name(const uint8_t *src, int n, bool bf16, struct vs__lanes *out, \
              struct vs__tops *tops)                                       \
    {                                                                      \
        if (bf16)                                                          \
            lane_block(src, n, true, out, tops);                           \
        else                                                               \
            lane_block(src, n, false, out, tops);                          \
    }

#endif
