/* regularize.h - the sums behind regularization losses, run by run. */
#ifndef VS_RULE_REGULARIZE_H
#define VS_RULE_REGULARIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/regularize.h"

/* Of the elements seen so far. Sums of runs of one tensor, in any order and
 * cut anywhere, merge to those of the tensor but for rounding. */
struct vs__penalty {
    double magnitudes; /* sum of |w| */
    double squares;    /* sum of w^2 */
};

/* Adds n floats at any address. The relative error stays below n / 256 * 2^-53
 * and some. */
void vs__penalty_add(struct vs__penalty *p, vs_dtype dtype, const void *src,
                     int64_t n);

void vs__penalty_merge(struct vs__penalty *into,
                       const struct vs__penalty *more);

/* The loss that the sums make. A scale of 0 takes its sum out, even if that
 * is not finite. */
double vs__penalty_loss(const struct vs__penalty *p,
                        const vs_regularizer *regularizer);

/* Whether the loss follows from vs__penalty alone; else the whole tensor is
 * needed in memory. */
bool vs__regularizer_streams(const vs_regularizer *regularizer);

/* Checks kind, scales and names: VS_ERR_MISUSE, VS_ERR_NAME. */
vs_status vs__regularizer_check(const vs_regularizer *regularizer,
                                vs_error *err);

#endif
