/* distribution.h - random elements of a dtype, at any index.
 *
 * Elements come in groups that need no other group: element i is element
 * i % n of group i / n, so a run may begin and end anywhere. The values are
 * TensorFlow 1.x's: uniform ones and integers bit by bit, normal ones as far
 * as the C library's log, sin and cos agree with those it was built with.
 * TensorFlow's arithmetic is kept: f16 is rounded after every operation, f32
 * and f64 compute in their own type. bf16 is ours: the f32 value, rounded
 * once (TensorFlow 1.x draws uniform bf16 from 7 bits).
 */
#ifndef VS_RULE_DISTRIBUTION_H
#define VS_RULE_DISTRIBUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "rule/philox.h"
#include "varstore/dtype.h"

enum vs__law {
    VS__LAW_UNIFORM,  /* in [a, b), but for rounding: b itself can occur */
    VS__LAW_NORMAL,   /* mean a, standard deviation b */
    VS__LAW_TRUNCATED /* the same, redrawn beyond two deviations */
};

struct vs__law_row; /* how one law makes one dtype */

struct vs__distribution {
    struct vs__philox philox;
    const struct vs__law_row *row;
    double scale;   /* floats: an element is scale * draw + shift */
    double shift;   /* both hold values of the dtype (bf16: of f32) */
    uint64_t low;   /* integers: low + draw % range, modulo 2^64 */
    uint64_t range; /* above 0 */
};

/* True if the law can make the dtype: f16, bf16, f32, f64, and uniform i32 and
 * i64 too. */
bool vs__law_makes(enum vs__law law, vs_dtype dtype);

/* Makes a distribution ready. The law must make the dtype. False, with `out`
 * undefined, if the dtype cannot hold the parameters or their difference:
 * floats must stay finite, integers be whole numbers of the type. Uniform
 * needs a <= b, in integers a < b; the others b >= 0. */
bool vs__distribution_make(enum vs__law law, vs_dtype dtype, double a, double b,
                           struct vs__philox philox,
                           struct vs__distribution *out);

/* Puts elements [first, first + n) at `dst`, which needs no alignment. */
void vs__distribution_fill(const struct vs__distribution *d, int64_t first,
                           int64_t n, void *dst);

#endif
