/* regularize.c - see regularize.h and varstore/regularize.h. */
#include "rule/regularize.h"

#include <math.h>

#include "base/fail.h"
#include "rule/floats.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

#define GROUP 256 /* elements summed on their own before they join the rest */
#define LANES 4   /* partial sums, so that additions overlap */

static void add_group(struct vs__penalty *p, const double *x, int64_t n)
{
    double magnitudes[LANES] = {0};
    double squares[LANES] = {0};

    for (int64_t i = 0; i < n; i++) {
        magnitudes[i % LANES] += fabs(x[i]);
        squares[i % LANES] += x[i] * x[i];
    }
    for (int i = 1; i < LANES; i++) {
        magnitudes[0] += magnitudes[i];
        squares[0] += squares[i];
    }
    p->magnitudes += magnitudes[0];
    p->squares += squares[0];
}

void vs__penalty_add(struct vs__penalty *p, vs_dtype dtype, const void *src,
                     int64_t n)
{
    const uint8_t *from = src;
    double x[GROUP];

    while (n > 0) {
        const int64_t take = n < GROUP ? n : GROUP;

        vs_to_double(dtype, from, take, x);
        add_group(p, x, take);
        from += (size_t)take * vs_dtype_size(dtype);
        n -= take;
    }
}

void vs__penalty_merge(struct vs__penalty *into, const struct vs__penalty *more)
{
    into->magnitudes += more->magnitudes;
    into->squares += more->squares;
}

double vs__penalty_loss(const struct vs__penalty *p,
                        const vs_regularizer *regularizer)
{
    double loss = 0;

    if (regularizer->kind != VS_REGULARIZER_L1_L2)
        return 0;
    if (regularizer->l1 != 0)
        loss += regularizer->l1 * p->magnitudes;
    if (regularizer->l2 != 0)
        loss += regularizer->l2 * p->squares;
    return loss;
}

static bool is_scale(double x)
{
    return isfinite(x) && x >= 0;
}

vs_status vs__regularizer_check(const vs_regularizer *regularizer,
                                vs_error *err)
{
    if (regularizer == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "no regularizer given");
    switch (regularizer->kind) {
    case VS_REGULARIZER_DEFAULT:
    case VS_REGULARIZER_NONE:
        return VS_OK;
    case VS_REGULARIZER_L1_L2:
        if (is_scale(regularizer->l1) && is_scale(regularizer->l2))
            return VS_OK;
        return vs__fail(err, VS_ERR_MISUSE,
                        "regularizer with scales %g and %g, want finite ones, "
                        "at least 0",
                        regularizer->l1, regularizer->l2);
    }
    return vs__fail(err, VS_ERR_MISUSE, "%d is no regularizer kind",
                    (int)regularizer->kind);
}

/* Sums a checked view, straight from its memory where that is one run. */
static void add_view(struct vs__penalty *p, const vs_view *view)
{
    const int64_t count = vs__shape_count(&view->shape);
    double raw[GROUP]; /* of the view's dtype */

    if (vs__view_contiguous(view)) {
        vs__penalty_add(p, view->dtype, view->data, count);
        return;
    }
    for (int64_t at = 0; at < count; at += GROUP) {
        const int64_t take = count - at < GROUP ? count - at : GROUP;

        vs__view_gather(view, at, take, raw);
        vs__penalty_add(p, view->dtype, raw, take);
    }
}

vs_status vs_regularizer_loss(const vs_regularizer *regularizer,
                              const vs_view *view, double *out, vs_error *err)
{
    struct vs__penalty p = {0, 0};
    vs_status st = vs__regularizer_check(regularizer, err);

    if (st == VS_OK)
        st = vs__float_view_check(view, "regularizer", err);
    if (st != VS_OK)
        return st;
    if (regularizer->kind == VS_REGULARIZER_L1_L2)
        add_view(&p, view);
    *out = vs__penalty_loss(&p, regularizer);
    return VS_OK;
}
