/* matrix.h - the elements of a variable that starts orthogonal.
 *
 * An element depends on all others: the matrix is computed as a whole when the
 * first is asked for, and kept.
 */
#ifndef VS_RULE_MATRIX_H
#define VS_RULE_MATRIX_H

#include <stdint.h>

#include "rule/distribution.h"
#include "varstore/tensor.h"

/* Where in the variable which matrix lies. */
struct vs__matrix {
    int64_t rows;    /* of the matrix drawn: never less than its columns */
    int64_t columns; /* of it */
    int64_t width;   /* last dimension of the variable; its transpose is shown
                        if that is not `columns` */
    int64_t at;      /* element of the variable where it begins */
    int64_t shown;   /* elements of it that the variable holds */
    double gain;     /* it is multiplied by */
    double *a;       /* owned; columns back to back; NULL until needed */
};

/* Plans the orthogonal matrix of a known shape, its leading dimensions taken
 * as one; of the delta kind the square one whose first rows make up the centre
 * tap. VS_ERR_SHAPE: not a shape that has one. VS_ERR_TOOBIG: more than
 * VS_ORTHOGONAL_MAX elements. The words begin with `what`. */
vs_status vs__matrix_plan(const vs_shape *shape, double gain, const char *what,
                          struct vs__matrix *out, vs_error *err);
vs_status vs__matrix_plan_delta(const vs_shape *shape, double gain,
                                const char *what, struct vs__matrix *out,
                                vs_error *err);

/* The dtype in which numbers for a matrix of this one are drawn. */
vs_dtype vs__matrix_draws(vs_dtype dtype);

/* Puts elements [first, first + n) of the variable at `dst`. `normal` draws
 * standard normal numbers in vs__matrix_draws. VS_ERR_NOMEM, at the first
 * call only. */
vs_status vs__matrix_fill(struct vs__matrix *matrix,
                          const struct vs__distribution *normal, vs_dtype dtype,
                          int64_t first, int64_t n, void *dst);

/* Frees the computed matrix. A zeroed one is fine. */
void vs__matrix_done(struct vs__matrix *matrix);

#endif
