/* arith.h - arithmetic of elements, in their own dtype. */
#ifndef VS_TENSOR_ARITH_H
#define VS_TENSOR_ARITH_H

#include <stdint.h>

#include "varstore/tensor.h"

/* dst[i] += src[i], or -=, for n elements at any address. Integers wrap
 * around; f16, bf16 and f8 are computed in float and rounded once, to nearest
 * even. VS_ERR_DTYPE for bool. */
vs_status vs__add(vs_dtype dtype, void *dst, const void *src, int64_t n);
vs_status vs__sub(vs_dtype dtype, void *dst, const void *src, int64_t n);

#endif
