/* fans.h - how many inputs and outputs a layer's weights have. */
#ifndef VS_RULE_FANS_H
#define VS_RULE_FANS_H

#include "varstore/rule.h"
#include "varstore/tensor.h"

/* TensorFlow's rule for a known shape: rank 0 gives 1, 1; rank 1 [n] gives
 * n, n; rank 2 [a, b] gives a, b; above, [..., i, o] gives i and o times the
 * product of the leading dimensions. Doubles, as there. */
void vs__fans(const vs_shape *shape, double *fan_in, double *fan_out);

/* The variance that scale and fan give, scale / max(1, fan), in TensorFlow's
 * order of operations. */
double vs__fan_variance(const vs_shape *shape, vs_fan fan, double scale);

/* The product of all dimensions but the last, at least 1. */
double vs__fan_unit(const vs_shape *shape);

#endif
