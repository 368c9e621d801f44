/* initializer.c - initializers checked against a variable, and their elements.
 *
 * One table says what each kind is called, what its parameters are and how it
 * is made ready; after that an initializer is a distribution, one element to
 * repeat, a view, or the caller's source.
 */
#include "rule/initializer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "rule/fans.h"
#include "rule/seed.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"
#include "tensor/walk.h"

#define WHAT_MAX 256 /* "variable 'a/w'", cut if the name is very long */

struct kind_row {
    vs_initializer_kind kind;
    bool random;        /* has a seed */
    const char *name;   /* in the spec and in words */
    const char *first;  /* name of parameter `a`, or NULL */
    const char *second; /* name of parameter `b`, or NULL */
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
    const double x = row->kind == VS_INIT_CONSTANT ? f->init.a
                     : row->kind == VS_INIT_ONES   ? 1
                                                   : 0;
    double back;

    vs_from_double(f->dtype, &x, 1, f->element);
    vs_to_double(f->dtype, f->element, 1, &back);
    if (!holds(vs__dtype_info(f->dtype), x, back))
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: %s cannot hold the constant %g", what,
                        vs_dtype_name(f->dtype), x);
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

static vs_status ready_source(struct vs__filling *f, const struct kind_row *row,
                              const char *what, vs_error *err)
{
    (void)row;
    if (f->init.source.fill == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: its source has no fill", what);
    return VS_OK;
}

static enum vs__law law_of(vs_initializer_kind kind)
{
    if (kind == VS_INIT_RANDOM_NORMAL)
        return VS__LAW_NORMAL;
    if (kind == VS_INIT_TRUNCATED_NORMAL)
        return VS__LAW_TRUNCATED;
    return VS__LAW_UNIFORM;
}

static vs_status ready_random(struct vs__filling *f, const struct kind_row *row,
                              const char *what, vs_error *err)
{
    const enum vs__law law = law_of(row->kind);
    const bool glorot = row->kind == VS_INIT_GLOROT_UNIFORM;
    const bool floats = vs__dtype_info(f->dtype)->kind == VS__KIND_FLOAT;
    const struct vs__philox philox = vs__philox_from_seed(f->init.seed);
    double a = f->init.a;
    double b = f->init.b;

    if (!vs__law_makes(law, f->dtype) || (glorot && !floats))
        return vs__fail(err, VS_ERR_INITIALIZER, "%s: %s cannot make %s", what,
                        row->name, vs_dtype_name(f->dtype));
    if (glorot) {
        b = vs__glorot_limit(&f->shape);
        a = -b;
    }
    if (!vs__distribution_make(law, f->dtype, a, b, philox, &f->random)) {
        (void)vs__fail(err, VS_ERR_MISUSE,
                       "%s: %s of %s cannot take %.10g, %.10g", what, row->name,
                       vs_dtype_name(f->dtype), a, b);
        vs__hint(err, "uniform: low <= high, integers whole and low < high; "
                      "normal: stddev >= 0; all within the dtype's range");
        return VS_ERR_MISUSE;
    }
    return VS_OK;
}

static const struct kind_row kinds[] = {
    {VS_INIT_ZEROS, false, "zeros", NULL, NULL, ready_constant},
    {VS_INIT_ONES, false, "ones", NULL, NULL, ready_constant},
    {VS_INIT_CONSTANT, false, "constant", "value", NULL, ready_constant},
    {VS_INIT_VALUE, false, "value", NULL, NULL, ready_value},
    {VS_INIT_RANDOM_UNIFORM, true, "random_uniform", "low", "high",
     ready_random},
    {VS_INIT_RANDOM_NORMAL, true, "random_normal", "mean", "stddev",
     ready_random},
    {VS_INIT_TRUNCATED_NORMAL, true, "truncated_normal", "mean", "stddev",
     ready_random},
    {VS_INIT_GLOROT_UNIFORM, true, "glorot_uniform", NULL, NULL, ready_random},
    {VS_INIT_SOURCE, false, "source", NULL, NULL, ready_source},
};

static const struct kind_row *find_kind(vs_initializer_kind kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

/* The built-in default of a dtype, TensorFlow's S59. */
static vs_status resolve_default(struct vs__filling *f, const char *what,
                                 vs_error *err)
{
    const enum vs__dtype_kind kind = vs__dtype_info(f->dtype)->kind;

    if (kind == VS__KIND_BOOL || kind == VS__KIND_UINT || kind == VS__KIND_INT)
        f->init.kind = VS_INIT_ZEROS;
    else if (vs__law_makes(VS__LAW_UNIFORM, f->dtype))
        f->init.kind = VS_INIT_GLOROT_UNIFORM;
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
    if (row->random && f->init.seed == VS_NO_SEED)
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
    f.dtype = dtype;
    f.shape = *shape;
    st = make(&f, name, store_seed, what, err);
    if (st == VS_OK)
        *out = f;
    return st;
}

/* Copies what is there already, so that copies get longer and longer. */
static vs_status fill_constant(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__filling *f = ctx;
    const size_t size = vs_dtype_size(f->dtype);
    const size_t total = (size_t)n * size;
    uint8_t *to = dst;

    (void)first;
    memcpy(to, f->element, total < size ? total : size);
    for (size_t done = size; done < total;) {
        const size_t more = done < total - done ? done : total - done;

        memcpy(to + done, to, more);
        done += more;
    }
    return VS_OK;
}

static vs_status fill_value(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__filling *f = ctx;

    vs__view_gather(f->init.value, first, n, dst);
    return VS_OK;
}

static vs_status fill_random(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__filling *f = ctx;

    vs__distribution_fill(&f->random, first, n, dst);
    return VS_OK;
}

vs_source vs__filling_source(struct vs__filling *filling)
{
    vs_source source = {fill_constant, filling};

    if (filling->init.kind == VS_INIT_SOURCE)
        return filling->init.source;
    if (filling->init.kind == VS_INIT_VALUE)
        source.fill = fill_value;
    else if (find_kind(filling->init.kind)->random)
        source.fill = fill_random;
    return source;
}

/* `,"name":number` to `out`; returns its length. */
static size_t put_number(char *out, size_t cap, const char *name, double x)
{
    char text[VS_ELEMENT_TEXT_MAX];
    const char *quote = isfinite(x) ? "" : "\"";

    vs_element_text(VS_F64, &x, 0, text);
    return (size_t)snprintf(out, cap, ",\"%s\":%s%s%s", name, quote, text,
                            quote);
}

void vs__filling_spec(const struct vs__filling *filling, char out[VS__SPEC_MAX])
{
    const struct kind_row *row = find_kind(filling->init.kind);
    size_t n =
        (size_t)snprintf(out, VS__SPEC_MAX, "{\"kind\":\"%s\"", row->name);

    if (row->first != NULL)
        n += put_number(out + n, VS__SPEC_MAX - n, row->first, filling->init.a);
    if (row->second != NULL)
        n +=
            put_number(out + n, VS__SPEC_MAX - n, row->second, filling->init.b);
    if (row->random)
        n += (size_t)snprintf(out + n, VS__SPEC_MAX - n, ",\"seed\":%" PRId64,
                              filling->init.seed);
    (void)snprintf(out + n, VS__SPEC_MAX - n, "}");
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
    if (st != VS_OK)
        return vs__fail(err, st, "variable '%.200s': its source stopped: %s",
                        name, vs_status_text(st));
    return VS_OK;
}
