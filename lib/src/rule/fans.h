/* fans.h - how many inputs and outputs a layer's weights have. */
#ifndef VS_RULE_FANS_H
#define VS_RULE_FANS_H

#include "varstore/tensor.h"

/* TensorFlow's rule for a known shape: rank 0 gives 1, 1; rank 1 [n] gives
 * n, n; rank 2 [a, b] gives a, b; above, [..., i, o] gives i and o times the
 * product of the leading dimensions. Doubles, as there. */
void vs__fans(const vs_shape *shape, double *fan_in, double *fan_out);

/* The limit of Glorot's uniform initializer, computed in TensorFlow's order:
 * sqrt(3 * (1 / max(1, (fan_in + fan_out) / 2))). */
double vs__glorot_limit(const vs_shape *shape);

#endif
