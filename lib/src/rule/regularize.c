/* regularize.c - see regularize.h and varstore/regularize.h. */
#include "rule/regularize.h"

#include <math.h>

#include "base/fail.h"
#include "rule/custom.h"
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

    if (regularizer->kind == VS_REGULARIZER_SUM)
        for (size_t i = 0; i < regularizer->n_list; i++)
            loss += vs__penalty_loss(p, &regularizer->list[i]);
    if (regularizer->kind != VS_REGULARIZER_L1_L2)
        return loss;
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

static vs_status check_terms(const vs_regularizer *sum, vs_error *err)
{
    vs_status st = VS_OK;

    if (sum->n_list > VS_REGULARIZER_TERMS ||
        (sum->n_list != 0 && sum->list == NULL))
        return vs__fail(err, VS_ERR_MISUSE,
                        "a sum of %zu regularizers, want a list of at most %d",
                        sum->n_list, VS_REGULARIZER_TERMS);
    for (size_t i = 0; i < sum->n_list && st == VS_OK; i++)
        st = sum->list[i].kind == VS_REGULARIZER_SUM
                 ? vs__fail(err, VS_ERR_MISUSE,
                            "a sum of regularizers inside a sum")
                 : vs__regularizer_check(&sum->list[i], err);
    return st;
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
    case VS_REGULARIZER_SUM:
        return check_terms(regularizer, err);
    case VS_REGULARIZER_CUSTOM:
        return vs__custom_check("regularizer", regularizer->name,
                                regularizer->loss != NULL, err);
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

bool vs__regularizer_streams(const vs_regularizer *regularizer)
{
    bool streams = regularizer->kind != VS_REGULARIZER_CUSTOM;

    if (regularizer->kind == VS_REGULARIZER_SUM)
        for (size_t i = 0; i < regularizer->n_list; i++)
            streams &= vs__regularizer_streams(&regularizer->list[i]);
    return streams;
}

/* Of any dtype: what the callback makes of it is its own business. */
static vs_status custom_loss(const vs_regularizer *r, const vs_view *view,
                             double *out, vs_error *err)
{
    vs_status st;

    if (r->loss == NULL)
        return vs__custom_missing("regularizer", r->name, err);
    if (view == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "regularizer: no view given");
    st = r->loss(view, out, r->data);
    return st == VS_OK ? VS_OK
                       : vs__custom_stopped("regularizer", r->name, st, err);
}

/* The losses of a sum one by one, where one of them is custom. */
static vs_status sum_losses(const vs_regularizer *sum, const vs_view *view,
                            double *out, vs_error *err)
{
    double total = 0;

    for (size_t i = 0; i < sum->n_list; i++) {
        double loss = 0;
        vs_status st = vs_regularizer_loss(&sum->list[i], view, &loss, err);

        if (st != VS_OK)
            return st;
        total += loss;
    }
    *out = total;
    return VS_OK;
}

vs_status vs_regularizer_loss(const vs_regularizer *regularizer,
                              const vs_view *view, double *out, vs_error *err)
{
    struct vs__penalty p = {0, 0};
    vs_status st = vs__regularizer_check(regularizer, err);

    if (st != VS_OK)
        return st;
    if (regularizer->kind == VS_REGULARIZER_CUSTOM)
        return custom_loss(regularizer, view, out, err);
    if (!vs__regularizer_streams(regularizer))
        return sum_losses(regularizer, view, out, err);
    if ((st = vs__float_view_check(view, "regularizer", err)) != VS_OK)
        return st;
    if (regularizer->kind > VS_REGULARIZER_NONE)
        add_view(&p, view);
    *out = vs__penalty_loss(&p, regularizer);
    return VS_OK;
}
