/* lanes_slices.h - counting tops without a table: for processors that count
 * bits.
 *
 * One number after the other in a table costs more than a cycle each. But the
 * exponents of tensors lie close together: nearly all are among the 15 from
 * the greatest downward. The distance from it, at most 15, has four bits, and
 * with them and the sign in five bit planes a top is counted 64 numbers at a
 * time: it is where each plane has the bit that it should. What is 15 or more
 * away is counted one by one.
 *
 * Who includes this has his own way to fill the planes.
 */
#ifndef VS_TENSOR_LANES_SLICES_H
#define VS_TENSOR_LANES_SLICES_H

#include "tensor/lanes_body.h"

#define WORD    64 /* numbers */
#define FAR     15 /* or farther */
#define N_WORDS (VS__LANES_BLOCK / WORD)

struct slices {
    uint64_t distance[4][N_WORDS]; /* its bits, lowest first */
    uint64_t minus[N_WORDS];
};

/* Fills the planes of a whole block, in its order. */
typedef void slice_fn(const uint8_t *src, bool bf16, unsigned most,
                      struct slices *out);

static inline uint32_t count_bits(uint64_t x)
{
    return (uint32_t)__builtin_popcountll(x);
}

/* How many numbers are at distance d, of either sign and negative. Four at a
 * time, those with the same two upper bits. */
static inline void count_distances(const struct slices *s,
                                   uint32_t all[FAR + 1],
                                   uint32_t minus[FAR + 1])
{
    for (int upper = 0; upper < 4; upper++) {
        const uint64_t off3 = upper & 2 ? 0 : ~UINT64_C(0);
        const uint64_t off2 = upper & 1 ? 0 : ~UINT64_C(0);
        uint64_t n[4] = {0};
        uint64_t m[4] = {0};

        for (int i = 0; i < N_WORDS; i++) {
            const uint64_t b0 = s->distance[0][i];
            const uint64_t b1 = s->distance[1][i];
            const uint64_t here =
                (s->distance[2][i] ^ off2) & (s->distance[3][i] ^ off3);
            const uint64_t at[4] = {here & ~b1 & ~b0, here & ~b1 & b0,
                                    here & b1 & ~b0, here & b1 & b0};

            for (int k = 0; k < 4; k++) {
                n[k] += count_bits(at[k]);
                m[k] += count_bits(at[k] & s->minus[i]);
            }
        }
        for (int k = 0; k < 4; k++) {
            all[4 * upper + k] = (uint32_t)n[k];
            minus[4 * upper + k] = (uint32_t)m[k];
        }
    }
}

/* Counts those that are far. */
static inline void count_far(const uint8_t *src, bool bf16,
                             const struct slices *s, struct vs__tops *tops)
{
    for (int i = 0; i < N_WORDS; i++) {
        uint64_t far = s->distance[0][i] & s->distance[1][i] &
                       s->distance[2][i] & s->distance[3][i];

        for (; far != 0; far &= far - 1)
            tops->n[i % 4]
                   [bits_at(src, i * WORD + __builtin_ctzll(far), bf16) >>
                    23]++;
    }
}

/* Whole blocks alone are worth it. */
static inline void slice_tops(const uint8_t *src, int n, bool bf16,
                              unsigned most, slice_fn *slice,
                              struct vs__tops *tops)
{
    uint32_t all[FAR + 1];
    uint32_t minus[FAR + 1];
    struct slices s;
    bool zeros = false; /* all that is far */

    if (n < VS__LANES_BLOCK) {
        scatter_tops(src, n, bf16, most, tops);
        return;
    }
    slice(src, bf16, most, &s);
    count_distances(&s, all, minus);
    if (all[FAR] > VS__LANES_BLOCK / 16) {
        zeros = all[FAR] == (uint32_t)lane_zeros(src, n, bf16);
        if (!zeros) {
            scatter_tops(src, n, bf16, most, tops);
            return;
        }
        tops->n[0][0] += all[FAR] - minus[FAR];
        tops->n[0][VS__LANES_TOPS / 2] += minus[FAR];
    }
    for (unsigned d = 0; d < FAR && d <= most; d++) {
        tops->n[0][most - d] += all[d] - minus[d];
        tops->n[0][VS__LANES_TOPS / 2 + most - d] += minus[d];
    }
    if (!zeros && all[FAR] != 0)
        count_far(src, bf16, &s, tops);
}

#endif
