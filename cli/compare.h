/* compare.h - how far two tensors of one dtype and shape are apart. */
#ifndef CLI_COMPARE_H
#define CLI_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/tensor.h"

/* Two elements are alike if both are NaN, or |a-b| <= atol + rtol |a|. */
struct tolerance {
    double atol;
    double rtol;
};

struct delta {
    int64_t n;         /* elements compared */
    int64_t n_changed; /* not alike */
    double max_abs;    /* largest |a-b|; NaN if one of a pair is NaN */
    double sum_delta;  /* of |a-b| squared */
    double sum_a;      /* of |a| squared */
};

/* Adds `n` pairs of elements. */
void compare_add(struct delta *d, const struct tolerance *t, vs_dtype dtype,
                 const void *a, const void *b, int64_t n);

/* Norm of the difference by the norm of a: 0 if both are 0, else inf or NaN
 * where there is no such number. */
double compare_relative(const struct delta *d);

#endif
