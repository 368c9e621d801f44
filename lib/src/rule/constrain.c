/* constrain.c - weights scaled to norms within bounds, in place.
 *
 * A norm runs along some axes; the others tell norms apart. These are walked
 * one by one, but the last of them, where its neighbours lie close together,
 * in lanes that are gathered side by side: so memory is read in runs whichever
 * axes are summed. Formulas: tensorflow 1.15, python/keras/constraints.py.
 */
#include "rule/constrain.h"

#include <inttypes.h>
#include <math.h>

#include "base/fail.h"
#include "rule/custom.h"
#include "rule/floats.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

#define GROUP   256 /* elements gathered at a time */
#define LANES   64  /* norms computed side by side */
#define EPSILON 1e-7

/* Elements that lie along the summed axes, for up to LANES norms: those axes,
 * then one of neighbours. Element i belongs to norm i % lanes. */
struct bundle {
    vs_view view;
    int64_t lanes;
    int64_t count; /* elements in all */
};

/* As the tensor's arithmetic has it. */
static double rounded(vs_dtype dtype, double x)
{
    return dtype == VS_F64 ? x : (double)(float)x;
}

/* Not less than low, not more than high; NaN stays. */
static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* What weights of norm n are multiplied by; of UNIT_NORM divided by. */
static double factor(const vs_constraint *c, vs_dtype dtype, double n)
{
    const double divisor = rounded(dtype, rounded(dtype, EPSILON) + n);
    const double low = rounded(dtype, c->min);
    const double high = rounded(dtype, c->max);
    const double rate = rounded(dtype, c->rate);
    const double rest = rounded(dtype, 1 - c->rate);
    double wanted = clip(n, low, high);

    if (c->kind == VS_CONSTRAINT_UNIT_NORM)
        return divisor;
    if (c->kind == VS_CONSTRAINT_MIN_MAX_NORM)
        wanted = rounded(dtype, rounded(dtype, rate * wanted) +
                                    rounded(dtype, rest * n));
    return rounded(dtype, wanted / divisor);
}

/* Elements to gather at a time: whole rows of lanes. */
static int64_t group_of(const struct bundle *b)
{
    return GROUP / b->lanes * b->lanes;
}

/* Adds to the sums. */
static void sum_squares(const struct bundle *b, double sums[LANES])
{
    const int64_t group = group_of(b);
    double raw[GROUP]; /* of the view's dtype */
    double x[GROUP];

    for (int64_t at = 0; at < b->count; at += group) {
        const int64_t n = b->count - at < group ? b->count - at : group;

        vs__view_gather(&b->view, at, n, raw);
        vs_to_double(b->view.dtype, raw, n, x);
        for (int64_t row = 0; row < n; row += b->lanes)
            for (int64_t i = 0; i < b->lanes; i++)
                sums[i] += x[row + i] * x[row + i];
    }
}

static void scale(const struct bundle *b, const vs_constraint *c,
                  const double factors[LANES])
{
    const bool divide = c->kind == VS_CONSTRAINT_UNIT_NORM;
    const int64_t group = group_of(b);
    double raw[GROUP]; /* of the view's dtype */
    double x[GROUP];

    for (int64_t at = 0; at < b->count; at += group) {
        const int64_t n = b->count - at < group ? b->count - at : group;

        vs__view_gather(&b->view, at, n, raw);
        vs_to_double(b->view.dtype, raw, n, x);
        for (int64_t row = 0; row < n; row += b->lanes)
            for (int64_t i = 0; i < b->lanes; i++)
                x[row + i] =
                    divide ? x[row + i] / factors[i] : x[row + i] * factors[i];
        vs_from_double(b->view.dtype, x, n, raw);
        vs__view_scatter(&b->view, at, n, raw);
    }
}

static void constrain_bundle(const struct bundle *b, const vs_constraint *c)
{
    double numbers[LANES] = {0}; /* sums, then factors */

    sum_squares(b, numbers);
    for (int64_t i = 0; i < b->lanes; i++) {
        const double norm = rounded(b->view.dtype, sqrt(numbers[i]));

        numbers[i] = factor(c, b->view.dtype, norm);
    }
    scale(b, c, numbers);
}

/* The axes of a view sorted into summed ones and others. */
struct axes {
    int summed[VS_MAX_RANK];
    int n_summed; /* >= 1 */
    int others[VS_MAX_RANK];
    int n_others;
    int64_t lanes; /* at most; 1 where summed elements lie closer together */
};

static int64_t distance(const vs_view *view, int axis)
{
    return view->strides[axis] < 0 ? -view->strides[axis] : view->strides[axis];
}

static struct axes sort_axes(const vs_view *view, uint32_t mask)
{
    struct axes a = {{0}, 0, {0}, 0, 1};

    for (int i = 0; i < view->shape.rank; i++) {
        if ((mask >> i & 1) != 0)
            a.summed[a.n_summed++] = i;
        else
            a.others[a.n_others++] = i;
    }
    if (a.n_others > 0 && distance(view, a.others[a.n_others - 1]) <
                              distance(view, a.summed[a.n_summed - 1]))
        a.lanes = LANES;
    return a;
}

/* The bundle at an index of the other axes, in which the last one stands at
 * the first lane. */
static struct bundle bundle_at(const vs_view *view, const struct axes *a,
                               const int64_t *index)
{
    struct bundle b = {*view, 1, 1};
    int64_t at = 0;

    for (int i = 0; i < a->n_summed; i++) {
        b.view.shape.dims[i] = view->shape.dims[a->summed[i]];
        b.view.strides[i] = view->strides[a->summed[i]];
        b.count *= b.view.shape.dims[i];
    }
    b.view.shape.rank = a->n_summed;
    for (int i = 0; i < a->n_others; i++)
        at += index[i] * view->strides[a->others[i]];
    if (a->n_others > 0) {
        const int last = a->others[a->n_others - 1];
        const int64_t left = view->shape.dims[last] - index[a->n_others - 1];

        b.lanes = left < a->lanes ? left : a->lanes;
        b.view.shape.dims[a->n_summed] = b.lanes;
        b.view.strides[a->n_summed] = view->strides[last];
        b.view.shape.rank++;
        b.count *= b.lanes;
    }
    b.view.data =
        (uint8_t *)view->data + at * (int64_t)vs_dtype_size(view->dtype);
    return b;
}

/* Goes on to the next bundle; false after the last. */
static bool next_index(const vs_view *view, const struct axes *a,
                       int64_t *index)
{
    for (int i = a->n_others - 1; i >= 0; i--) {
        index[i] += i == a->n_others - 1 ? a->lanes : 1;
        if (index[i] < view->shape.dims[a->others[i]])
            return true;
        index[i] = 0;
    }
    return false;
}

static void constrain_norms(const vs_constraint *c, uint32_t mask,
                            const vs_view *view)
{
    const struct axes axes = sort_axes(view, mask);
    int64_t index[VS_MAX_RANK] = {0};

    do {
        const struct bundle b = bundle_at(view, &axes, index);

        constrain_bundle(&b, c);
    } while (next_index(view, &axes, index));
}

static void clear_negatives(const vs_view *view)
{
    const int64_t count = vs__shape_count(&view->shape);
    double raw[GROUP]; /* of the view's dtype */
    double x[GROUP];

    for (int64_t at = 0; at < count; at += GROUP) {
        const int64_t n = count - at < GROUP ? count - at : GROUP;

        vs__view_gather(view, at, n, raw);
        vs_to_double(view->dtype, raw, n, x);
        for (int64_t i = 0; i < n; i++)
            x[i] *= x[i] >= 0 ? 1 : 0;
        vs_from_double(view->dtype, x, n, raw);
        vs__view_scatter(view, at, n, raw);
    }
}

/* Bounds and rate, where the kind has them. */
static vs_status check_numbers(const vs_constraint *c, vs_error *err)
{
    if (c->kind != VS_CONSTRAINT_MAX_NORM &&
        c->kind != VS_CONSTRAINT_MIN_MAX_NORM)
        return VS_OK;
    if (!(c->min >= 0 && c->min <= c->max && isfinite(c->max)))
        return vs__fail(err, VS_ERR_MISUSE,
                        "constraint to norms from %g to %g, want 0 <= min <= "
                        "max, finite",
                        c->min, c->max);
    if (!isfinite(c->rate))
        return vs__fail(err, VS_ERR_MISUSE,
                        "constraint at rate %g, want a finite one", c->rate);
    return VS_OK;
}

vs_status vs__constraint_check(const vs_constraint *c, vs_error *err)
{
    if (c == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "no constraint given");
    if ((unsigned)c->kind > VS_CONSTRAINT_CUSTOM)
        return vs__fail(err, VS_ERR_MISUSE, "%d is no constraint kind",
                        (int)c->kind);
    if (c->kind == VS_CONSTRAINT_CUSTOM)
        return vs__custom_check("constraint", c->name, c->apply != NULL, err);
    return check_numbers(c, err);
}

/* Of any dtype: what the callback makes of it is its own business. */
static vs_status apply_custom(const vs_constraint *c, const vs_view *view,
                              vs_error *err)
{
    vs_status st;

    if (c->apply == NULL)
        return vs__custom_missing("constraint", c->name, err);
    if (view == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "constraint: no view given");
    st = c->apply(view, c->data);
    return st == VS_OK ? VS_OK
                       : vs__custom_stopped("constraint", c->name, st, err);
}

vs_status vs_constraint_apply(const vs_constraint *constraint,
                              const vs_view *view, vs_error *err)
{
    const uint32_t mask =
        constraint == NULL || constraint->axes == 0 ? 1 : constraint->axes;
    char text[VS_SHAPE_TEXT_MAX];
    vs_status st;

    if ((st = vs__constraint_check(constraint, err)) != VS_OK)
        return st;
    if (constraint->kind == VS_CONSTRAINT_CUSTOM)
        return apply_custom(constraint, view, err);
    if ((st = vs__float_view_check(view, "constraint", err)) != VS_OK)
        return st;
    if (constraint->kind <= VS_CONSTRAINT_NONE)
        return VS_OK;
    if (constraint->kind > VS_CONSTRAINT_NON_NEG &&
        mask >> view->shape.rank != 0)
        return vs__fail(
            err, VS_ERR_SHAPE,
            "constraint along axes 0x%" PRIx32 " of shape %s, which has %d",
            mask, vs_shape_text(&view->shape, text), view->shape.rank);
    if (vs__shape_count(&view->shape) == 0)
        return VS_OK;
    if (constraint->kind == VS_CONSTRAINT_NON_NEG)
        clear_negatives(view);
    else
        constrain_norms(constraint, mask, view);
    return VS_OK;
}
