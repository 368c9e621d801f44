/* initializer.c - initializers checked against a variable, and their elements.
 *
 * One table says what each kind is called, what its parameters are and how it
 * is made ready; after that an initializer is a distribution, one element to
 * repeat, a view, a matrix to compute, or the caller's source.
 */
#include "rule/initializer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "rule/custom.h"
#include "rule/fans.h"
#include "rule/seed.h"
#include "rule/spec.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

/* What is left of the standard deviation of a normal distribution that is cut
 * at two of them. */
#define TRUNCATED_STDDEV 0.87962566103423978

#define WHAT_MAX 256 /* "variable 'a/w'", cut if the name is very long */

struct kind_row {
    struct vs__initializer_kind is;
    vs_status (*ready)(struct vs__filling *f, const struct kind_row *row,
                       const char *what, vs_error *err);
};

/* Whether the dtype can hold `x`: whole numbers exactly, floats rounded but
 * not from finite to infinite or from infinite to NaN. */
static bool holds(const struct vs__dtype_info *info, double x, double back)
{
    switch (info->kind) {
    case VS__KIND_BOOL:
        return x == 0 || x == 1;
    case VS__KIND_UINT:
        return x == floor(x) && x >= 0 && x < ldexp(1, (int)info->size * 8);
    case VS__KIND_INT:
        return x == floor(x) && x >= -ldexp(1, (int)info->size * 8 - 1) &&
               x < ldexp(1, (int)info->size * 8 - 1);
    case VS__KIND_FLOAT:
    case VS__KIND_COMPLEX:
        break;
    }
    return isfinite(x) ? isfinite(back) : isnan(x) || x == back;
}

static vs_status ready_constant(struct vs__filling *f,
                                const struct kind_row *row, const char *what,
                                vs_error *err)
{
    const double x = row->is.kind == VS_INIT_ZEROS  ? 0
                     : row->is.kind == VS_INIT_ONES ? 1
                                                    : f->init.a;
    double back;

    vs_from_double(f->dtype, &x, 1, f->element);
    vs_to_double(f->dtype, f->element, 1, &back);
    if (!holds(vs__dtype_info(f->dtype), x, back))
        return vs__fail(err, VS_ERR_MISUSE, "%s: %s cannot hold the %s %g",
                        what, vs_dtype_name(f->dtype),
                        row->is.kind < VS_INIT_SOURCE ? "constant" : "gain", x);
    return VS_OK;
}

static vs_status ready_value(struct vs__filling *f, const struct kind_row *row,
                             const char *what, vs_error *err)
{
    (void)row;
    if (f->init.value == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: no value to start from", what);
    return vs__view_check(f->init.value, f->dtype, &f->shape, what, err);
}

/* Whether the dtype has a number for an element of a list of another one:
 * fractions are cut off of what becomes an integer, and bool is what is not 0,
 * as NumPy converts; but nothing wraps around, and 64-bit integers must pass
 * a double unchanged (D1). */
static bool converts(vs_dtype to, vs_dtype from, double x)
{
    const struct vs__dtype_info *info = vs__dtype_info(to);
    double back;
    uint8_t element[16];

    if (vs_dtype_size(from) == 8 &&
        vs__dtype_info(from)->kind < VS__KIND_FLOAT && fabs(x) >= 0x1p53)
        return false;
    if (info->kind == VS__KIND_BOOL)
        return true;
    if (info->kind == VS__KIND_UINT || info->kind == VS__KIND_INT)
        x = trunc(x);
    vs_from_double(to, &x, 1, element);
    vs_to_double(to, element, 1, &back);
    return holds(info, x, back);
}

/* Judges the elements of a list of another dtype than the variable's. */
static vs_status check_list(const struct vs__filling *f, const char *what,
                            vs_error *err)
{
    const vs_view *list = f->init.value;
    const int64_t n = vs__shape_count(&list->shape);

    if (vs__dtype_info(list->dtype)->kind == VS__KIND_COMPLEX)
        return vs__fail(err, VS_ERR_DTYPE,
                        "%s: a list of %s, which cannot become %s", what,
                        vs_dtype_name(list->dtype), vs_dtype_name(f->dtype));
    for (int64_t i = 0; i < n; i++) {
        const double x = vs__list_number(list, i);

        if (!converts(f->dtype, list->dtype, x))
            return vs__fail(
                err, VS_ERR_MISUSE, "%s: %s cannot hold the %g of a list of %s",
                what, vs_dtype_name(f->dtype), x, vs_dtype_name(list->dtype));
    }
    return VS_OK;
}

static vs_status ready_list(struct vs__filling *f, const struct kind_row *row,
                            const char *what, vs_error *err)
{
    const vs_view *list = f->init.value;
    const int64_t want = vs__shape_count(&f->shape);
    char text[VS_SHAPE_TEXT_MAX];
    int64_t have;
    vs_status st;

    (void)row;
    if (list == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: no list to start from", what);
    if (!vs__dtype_valid(list->dtype))
        return vs__fail(err, VS_ERR_DTYPE,
                        "%s: a list of dtype %d, which is "
                        "none",
                        what, (int)list->dtype);
    if ((st = vs__shape_check(&list->shape, list->dtype, true, what, err)) !=
            VS_OK ||
        (st = vs__view_check(list, list->dtype, &list->shape, what, err)) !=
            VS_OK ||
        (list->dtype != f->dtype && (st = check_list(f, what, err)) != VS_OK))
        return st;
    have = vs__shape_count(&list->shape);
    if (have > want)
        return vs__fail(err, VS_ERR_SHAPE,
                        "%s: a list of %" PRId64 " values, but shape %s has "
                        "%" PRId64 " elements",
                        what, have, vs_shape_text(&f->shape, text), want);
    if (have == 0 && want > 0)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: an empty list, but shape %s has %" PRId64
                        " elements",
                        what, vs_shape_text(&f->shape, text), want);
    if (have > 0)
        vs__list_take(list, f->dtype, have - 1, 1, f->element);
    return VS_OK;
}

static vs_status ready_source(struct vs__filling *f, const struct kind_row *row,
                              const char *what, vs_error *err)
{
    (void)row;
    if (f->init.source.fill == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: its source has no fill", what);
    return VS_OK;
}

static vs_status refuse_dtype(const struct vs__filling *f,
                              const struct kind_row *row, const char *what,
                              vs_error *err)
{
    return vs__fail(err, VS_ERR_INITIALIZER, "%s: %s cannot make %s", what,
                    row->is.name, vs_dtype_name(f->dtype));
}

static bool makes_floats(vs_dtype dtype)
{
    return vs__dtype_info(dtype)->kind == VS__KIND_FLOAT;
}

static vs_status make_random(struct vs__filling *f, const struct kind_row *row,
                             enum vs__law law, double a, double b,
                             const char *what, vs_error *err)
{
    const struct vs__philox philox = vs__philox_from_seed(f->init.seed);

    if (!vs__law_makes(law, f->dtype))
        return refuse_dtype(f, row, what, err);
    if (vs__distribution_make(law, f->dtype, a, b, philox, &f->random))
        return VS_OK;
    (void)vs__fail(err, VS_ERR_MISUSE, "%s: %s of %s cannot take %.10g, %.10g",
                   what, row->is.name, vs_dtype_name(f->dtype), a, b);
    vs__hint(err, "uniform: low <= high, integers whole and low < high; "
                  "normal: stddev >= 0; all within the dtype's range");
    return VS_ERR_MISUSE;
}

static vs_status ready_random(struct vs__filling *f, const struct kind_row *row,
                              const char *what, vs_error *err)
{
    const enum vs__law law =
        row->is.kind == VS_INIT_RANDOM_NORMAL      ? VS__LAW_NORMAL
        : row->is.kind == VS_INIT_TRUNCATED_NORMAL ? VS__LAW_TRUNCATED
                                                   : VS__LAW_UNIFORM;

    return make_random(f, row, law, f->init.a, f->init.b, what, err);
}

/* Uniform in +-limit. */
static vs_status make_limited(struct vs__filling *f, const struct kind_row *row,
                              double limit, const char *what, vs_error *err)
{
    if (!makes_floats(f->dtype))
        return refuse_dtype(f, row, what, err);
    return make_random(f, row, VS__LAW_UNIFORM, -limit, limit, what, err);
}

static vs_status ready_glorot(struct vs__filling *f, const struct kind_row *row,
                              const char *what, vs_error *err)
{
    const double v = vs__fan_variance(&f->shape, VS_FAN_AVERAGE, 1);

    return make_limited(f, row, sqrt(3.0 * v), what, err);
}

static vs_status ready_unit(struct vs__filling *f, const struct kind_row *row,
                            const char *what, vs_error *err)
{
    const double limit = sqrt(3 / vs__fan_unit(&f->shape)) * f->init.a;

    return make_limited(f, row, limit, what, err);
}

static vs_status ready_scaling(struct vs__filling *f,
                               const struct kind_row *row, const char *what,
                               vs_error *err)
{
    const vs_initializer *init = &f->init;
    const double scale = init->a;
    double v;

    if (!(scale > 0))
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: %s with scale %g, want one above 0", what,
                        row->is.name, scale);
    if (vs__fan_name(init->fan) == NULL ||
        vs__scaling_name(init->scaling) == NULL)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: %s with fan %d and scaling %d, which are none",
                        what, row->is.name, (int)init->fan, (int)init->scaling);
    v = vs__fan_variance(&f->shape, init->fan, scale);
    switch (init->scaling) {
    case VS_SCALING_TRUNCATED:
        return make_random(f, row, VS__LAW_TRUNCATED, 0,
                           sqrt(v) / TRUNCATED_STDDEV, what, err);
    case VS_SCALING_TRUNCATED_1_9:
        return make_random(f, row, VS__LAW_TRUNCATED, 0, sqrt(v), what, err);
    case VS_SCALING_NORMAL:
        return make_random(f, row, VS__LAW_NORMAL, 0, sqrt(v), what, err);
    case VS_SCALING_UNIFORM:
        break;
    }
    return make_limited(f, row, sqrt(3.0 * v), what, err);
}

static vs_status ready_identity(struct vs__filling *f,
                                const struct kind_row *row, const char *what,
                                vs_error *err)
{
    char text[VS_SHAPE_TEXT_MAX];

    if (vs__dtype_info(f->dtype)->kind == VS__KIND_BOOL)
        return refuse_dtype(f, row, what, err);
    if (f->shape.rank != 2)
        return vs__fail(err, VS_ERR_SHAPE,
                        "%s: %s makes matrices, have shape %s", what,
                        row->is.name, vs_shape_text(&f->shape, text));
    return ready_constant(f, row, what, err);
}

static vs_status ready_orthogonal(struct vs__filling *f,
                                  const struct kind_row *row, const char *what,
                                  vs_error *err)
{
    const bool delta = row->is.kind == VS_INIT_DELTA_ORTHOGONAL;
    const struct vs__philox philox = vs__philox_from_seed(f->init.seed);
    vs_status st;

    if (!vs__law_makes(VS__LAW_NORMAL, f->dtype))
        return refuse_dtype(f, row, what, err);
    if ((st = ready_constant(f, row, what, err)) != VS_OK)
        return st;
    (void)vs__distribution_make(VS__LAW_NORMAL, vs__matrix_draws(f->dtype), 0,
                                1, philox, &f->random);
    return (delta ? vs__matrix_plan_delta : vs__matrix_plan)(
        &f->shape, f->init.a, what, &f->matrix, err);
}

static vs_status ready_custom(struct vs__filling *f, const struct kind_row *row,
                              const char *what, vs_error *err)
{
    (void)row;
    (void)what;
    return f->init.fill != NULL
               ? vs__custom_check("initializer", f->init.name, true, err)
               : vs__custom_missing("initializer", f->init.name, err);
}

static const struct kind_row kinds[] = {
    {{VS_INIT_ZEROS, false, "zeros", NULL, NULL}, ready_constant},
    {{VS_INIT_ONES, false, "ones", NULL, NULL}, ready_constant},
    {{VS_INIT_CONSTANT, false, "constant", "value", NULL}, ready_constant},
    {{VS_INIT_VALUE, false, "value", NULL, NULL}, ready_value},
    {{VS_INIT_RANDOM_UNIFORM, true, "random_uniform", "low", "high"},
     ready_random},
    {{VS_INIT_RANDOM_NORMAL, true, "random_normal", "mean", "stddev"},
     ready_random},
    {{VS_INIT_TRUNCATED_NORMAL, true, "truncated_normal", "mean", "stddev"},
     ready_random},
    {{VS_INIT_GLOROT_UNIFORM, true, "glorot_uniform", NULL, NULL},
     ready_glorot},
    {{VS_INIT_SOURCE, false, "source", NULL, NULL}, ready_source},
    {{VS_INIT_LIST, false, "list", NULL, NULL}, ready_list},
    {{VS_INIT_VARIANCE_SCALING, true, "variance_scaling", "scale", NULL},
     ready_scaling},
    {{VS_INIT_UNIFORM_UNIT_SCALING, true, "uniform_unit_scaling", "factor",
      NULL},
     ready_unit},
    {{VS_INIT_IDENTITY, false, "identity", "gain", NULL}, ready_identity},
    {{VS_INIT_ORTHOGONAL, true, "orthogonal", "gain", NULL}, ready_orthogonal},
    {{VS_INIT_DELTA_ORTHOGONAL, true, "delta_orthogonal", "gain", NULL},
     ready_orthogonal},
    {{VS_INIT_CUSTOM, false, "custom", NULL, NULL}, ready_custom},
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

static const struct kind_row *find_kind(vs_initializer_kind kind)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (kinds[i].is.kind == kind)
            return &kinds[i];
    return NULL;
}

const struct vs__initializer_kind *vs__initializer_kind_at(size_t i)
{
    return i < N_KINDS ? &kinds[i].is : NULL;
}

/* The built-in default of a dtype, TensorFlow's S59. */
static vs_status resolve_default(struct vs__filling *f, const char *what,
                                 vs_error *err)
{
    const enum vs__dtype_kind kind = vs__dtype_info(f->dtype)->kind;

    if (kind == VS__KIND_BOOL || kind == VS__KIND_UINT || kind == VS__KIND_INT)
        f->init.kind = VS_INIT_ZEROS;
    else if (vs__law_makes(VS__LAW_UNIFORM, f->dtype))
        f->init = vs_glorot_uniform(VS_NO_SEED); /* as in a zeroed spec */
    else
        return vs__fail(err, VS_ERR_INITIALIZER,
                        "%s: %s has no default initializer, one must be given",
                        what, vs_dtype_name(f->dtype));
    return VS_OK;
}

static vs_status check_target(vs_dtype dtype, const vs_shape *shape,
                              const char *what, vs_error *err)
{
    char text[VS_SHAPE_TEXT_MAX];
    vs_status st;

    if (shape == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: no shape given", what);
    if (!vs__dtype_valid(dtype))
        return vs__fail(err, VS_ERR_DTYPE, "%s: %d is no dtype", what,
                        (int)dtype);
    if ((st = vs__shape_check(shape, dtype, false, what, err)) != VS_OK)
        return st;
    if (!vs_shape_known(shape))
        return vs__fail(err, VS_ERR_SHAPE, "%s: shape %s is not fully known",
                        what, vs_shape_text(shape, text));
    return vs__shape_check(shape, dtype, true, what, err);
}

static vs_status make(struct vs__filling *f, const char *name,
                      uint64_t store_seed, const char *what, vs_error *err)
{
    const struct kind_row *row;
    vs_status st = VS_OK;

    if (f->init.kind == VS_INIT_DEFAULT)
        st = resolve_default(f, what, err);
    if (st != VS_OK)
        return st;
    row = find_kind(f->init.kind);
    if (row == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: %d is no initializer kind",
                        what, (int)f->init.kind);
    if (row->is.random && f->init.seed == VS_NO_SEED)
        f->init.seed = vs__seed_from_name(name, store_seed);
    return row->ready(f, row, what, err);
}

vs_status vs__filling_make(const vs_initializer *init, const char *name,
                           uint64_t store_seed, vs_dtype dtype,
                           const vs_shape *shape, struct vs__filling *out,
                           vs_error *err)
{
    struct vs__filling f;
    char what[WHAT_MAX];
    vs_status st;

    if (init == NULL || name == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "an initializer needs %s",
                        init == NULL ? "to be given" : "a variable's name");
    (void)snprintf(what, sizeof what, "variable '%.200s'", name);
    st = check_target(dtype, shape, what, err);
    if (st != VS_OK)
        return st;
    memset(&f, 0, sizeof f);
    f.init = *init;
    f.name = name;
    f.dtype = dtype;
    f.shape = *shape;
    st = make(&f, name, store_seed, what, err);
    if (st == VS_OK)
        *out = f;
    return st;
}

bool vs__filling_by_part(const struct vs__filling *filling)
{
    return find_kind(filling->init.kind)->is.random ||
           filling->init.kind == VS_INIT_LIST;
}

vs_status vs_initializer_fill(const vs_initializer *init, const char *name,
                              uint64_t store_seed, vs_dtype dtype,
                              const vs_shape *shape, void *out, vs_error *err)
{
    struct vs__filling filling;
    vs_source source;
    int64_t n;
    vs_status st;

    memset(&filling, 0, sizeof filling);
    st = vs__filling_make(init, name, store_seed, dtype, shape, &filling, err);
    if (st != VS_OK)
        return st;
    n = vs__shape_count(shape);
    if (n == 0)
        return VS_OK;
    if (out == NULL)
        return vs__fail(err, VS_ERR_MISUSE,
                        "variable '%.200s': no memory given to fill", name);
    source = vs__filling_source(&filling);
    st = source.fill(0, n, out, source.ctx);
    vs__filling_done(&filling);
    if (st != VS_OK)
        return vs__fail(err, st, "variable '%.200s': its source stopped: %s",
                        name, vs_status_text(st));
    return VS_OK;
}
