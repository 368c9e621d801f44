/* matrix.c - see matrix.h. What TensorFlow's Orthogonal and
 * ConvolutionDeltaOrthogonal do (python/ops/init_ops.py), in f64 throughout.
 */
#include "rule/matrix.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "rule/orthogonal.h"
#include "tensor/shape.h"
#include "varstore/rule.h"

#define GROUP 256 /* numbers on their way to or from the matrix */

static vs_status check_size(const struct vs__matrix *x, const char *what,
                            vs_error *err)
{
    if (x->columns == 0 || x->rows <= VS_ORTHOGONAL_MAX / x->columns)
        return VS_OK;
    return vs__fail(err, VS_ERR_TOOBIG,
                    "%s: an orthogonal matrix of %" PRId64 " x %" PRId64
                    ", want at most %" PRId64 " elements",
                    what, x->rows, x->columns, VS_ORTHOGONAL_MAX);
}

vs_status vs__matrix_plan(const vs_shape *shape, double gain, const char *what,
                          struct vs__matrix *out, vs_error *err)
{
    struct vs__matrix x = {0};
    char text[VS_SHAPE_TEXT_MAX];
    int64_t rows = 1;
    vs_status st;

    if (shape->rank < 2)
        return vs__fail(err, VS_ERR_SHAPE,
                        "%s: an orthogonal matrix needs rank 2 or more, have "
                        "shape %s",
                        what, vs_shape_text(shape, text));
    for (int i = 0; i < shape->rank - 1; i++)
        rows *= shape->dims[i];
    x.width = shape->dims[shape->rank - 1];
    x.rows = rows > x.width ? rows : x.width;
    x.columns = rows > x.width ? x.width : rows;
    x.shown = x.rows * x.columns;
    x.gain = gain;
    if ((st = check_size(&x, what, err)) == VS_OK)
        *out = x;
    return st;
}

vs_status vs__matrix_plan_delta(const vs_shape *shape, double gain,
                                const char *what, struct vs__matrix *out,
                                vs_error *err)
{
    const int rank = shape->rank;
    struct vs__matrix x = {0};
    char text[VS_SHAPE_TEXT_MAX];
    int64_t tap = 0;
    vs_status st;

    if (rank < 3 || rank > 5)
        return vs__fail(err, VS_ERR_SHAPE,
                        "%s: a convolution needs rank 3 to 5, have shape %s",
                        what, vs_shape_text(shape, text));
    x.width = shape->dims[rank - 1];
    if (shape->dims[rank - 2] > x.width)
        return vs__fail(err, VS_ERR_SHAPE,
                        "%s: %" PRId64 " inputs and %" PRId64 " outputs, want "
                        "no more inputs than outputs",
                        what, shape->dims[rank - 2], x.width);
    for (int i = 0; i < rank - 2; i++)
        tap = tap * shape->dims[i] + (shape->dims[i] - 1) / 2;
    x.rows = x.width;
    x.columns = x.width;
    x.shown = shape->dims[rank - 2] * x.width;
    x.at = tap * x.shown;
    x.gain = (double)(float)gain; /* TensorFlow has it in f32 */
    if ((st = check_size(&x, what, err)) == VS_OK)
        *out = x;
    return st;
}

vs_dtype vs__matrix_draws(vs_dtype dtype)
{
    return dtype == VS_F64 ? VS_F64 : VS_F32;
}

/* Draws row by row, as TensorFlow does, into columns. */
static void draw(const struct vs__matrix *x,
                 const struct vs__distribution *normal, vs_dtype drawn,
                 double *a)
{
    const int64_t count = x->rows * x->columns;
    double numbers[GROUP];
    double raw[GROUP]; /* of the dtype drawn */

    for (int64_t at = 0; at < count;) {
        const int64_t take = count - at < GROUP ? count - at : GROUP;

        vs__distribution_fill(normal, at, take, raw);
        vs_to_double(drawn, raw, take, numbers);
        for (int64_t i = 0; i < take; i++, at++)
            a[at % x->columns * x->rows + at / x->columns] = numbers[i];
    }
}

static vs_status compute(struct vs__matrix *x,
                         const struct vs__distribution *normal, vs_dtype drawn)
{
    const size_t n = (size_t)(x->rows * x->columns);
    double *a = vs__calloc(n, sizeof a[0]);

    if (a == NULL)
        return VS_ERR_NOMEM;
    draw(x, normal, drawn, a);
    if (!vs__orthogonalize(a, x->rows, x->columns)) {
        vs__free(a);
        return VS_ERR_NOMEM;
    }
    for (size_t i = 0; i < n; i++)
        a[i] *= x->gain;
    x->a = a;
    return VS_OK;
}

/* Element `at` of the variable, zero outside the matrix. */
static double element(const struct vs__matrix *x, int64_t at)
{
    at -= x->at;
    if (at < 0 || at >= x->shown)
        return 0;
    if (x->width != x->columns)
        return x->a[at];
    return x->a[at % x->columns * x->rows + at / x->columns];
}

vs_status vs__matrix_fill(struct vs__matrix *matrix,
                          const struct vs__distribution *normal, vs_dtype dtype,
                          int64_t first, int64_t n, void *dst)
{
    const size_t size = vs_dtype_size(dtype);
    uint8_t *to = dst;
    double numbers[GROUP];
    vs_status st;

    if (matrix->a == NULL &&
        (st = compute(matrix, normal, vs__matrix_draws(dtype))) != VS_OK)
        return st;
    for (int64_t done = 0; done < n;) {
        const int64_t take = n - done < GROUP ? n - done : GROUP;

        for (int64_t i = 0; i < take; i++)
            numbers[i] = element(matrix, first + done + i);
        vs_from_double(dtype, numbers, take, to + (size_t)done * size);
        done += take;
    }
    return VS_OK;
}

void vs__matrix_done(struct vs__matrix *matrix)
{
    vs__free(matrix->a);
    matrix->a = NULL;
}
