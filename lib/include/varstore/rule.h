/* rule.h - how a new variable gets its first value.
 *
 * An initializer is a plain struct made by one of the functions below. The
 * random ones reproduce TensorFlow 1.x value for value: Philox4x32-10 with
 * the op seed in the counter, the default graph seed 87654321 in the key;
 * normal numbers as far as the C library's log, sin and cos agree. Rounding can
 * reach the upper bound of a uniform range, here as there. What differs: every
 * random kind makes bf16, the orthogonal ones too (D2), and a constant that the
 * dtype cannot hold is refused, not wrapped around (D1).
 * Element i needs no element before it, so values do not depend on chunk
 * order, threads or processes. Given VS_NO_SEED the seed is derived from the
 * variable's full name and the store's seed: reproducible, and the same in
 * whichever process wins a race to create.
 */
#ifndef VARSTORE_RULE_H
#define VARSTORE_RULE_H

#include <stdint.h>

#include "varstore/export.h"
#include "varstore/status.h"
#include "varstore/tensor.h"

VS_BEGIN_DECLS

#define VS_NO_SEED INT64_MIN /* derive the seed from the variable's name */

/* A variable's elements, produced in row-major order on demand, so that a
 * tensor larger than memory can be written. `fill` puts elements [first,
 * first + n) at `dst`, which is aligned for the dtype; each is asked for
 * exactly once, in order. A status other than VS_OK stops the write, which
 * then changes nothing and returns that status. */
typedef struct vs_source {
    vs_status (*fill)(int64_t first, int64_t n, void *dst, void *ctx);
    void *ctx;
} vs_source;

/* A reader's counterpart: `take` is given elements [first, first + n) in
 * row-major order, exactly once each, borrowed until it returns. */
typedef struct vs_sink {
    vs_status (*take)(int64_t first, int64_t n, const void *src, void *ctx);
    void *ctx;
} vs_sink;

typedef enum vs_initializer_kind {
    VS_INIT_DEFAULT = 0,    /* the scope's, else by dtype: floats Glorot
                                uniform without a seed, integers and bool
                                zero */
    VS_INIT_ZEROS,          /* 0, false */
    VS_INIT_ONES,           /* 1, true */
    VS_INIT_CONSTANT,       /* `a` everywhere */
    VS_INIT_VALUE,          /* the tensor `value`; gives dtype and shape too */
    VS_INIT_RANDOM_UNIFORM, /* [a, b): f16, f32, f64, i32, i64 */
    VS_INIT_RANDOM_NORMAL,  /* mean a, standard deviation b: f16, f32, f64 */
    VS_INIT_TRUNCATED_NORMAL, /* the same, redrawn beyond two deviations */
    VS_INIT_GLOROT_UNIFORM,   /* +-sqrt(6 / (fan_in + fan_out)) */
    VS_INIT_SOURCE,           /* your callback `source`; shape must be given */
    VS_INIT_LIST,             /* the elements of `value`, of any shape, in
                                 row-major order, the last one repeated to the
                                 end; converted to the variable's dtype:
                                 fractions are cut off for integers, bool is
                                 what is not 0 */
    VS_INIT_VARIANCE_SCALING, /* floats, see vs_variance_scaling */
    VS_INIT_UNIFORM_UNIT_SCALING, /* +-a * sqrt(3 / n), n the product of all
                                     dimensions but the last */
    VS_INIT_IDENTITY,   /* a on the diagonal of a matrix, else 0; numbers */
    VS_INIT_ORTHOGONAL, /* a times orthonormal rows or columns */
    VS_INIT_DELTA_ORTHOGONAL, /* of a convolution, [..., in, out] of rank 3 to
                                 5, in <= out: the centre tap a times
                                 orthonormal rows, else 0 */
    VS_INIT_CUSTOM            /* your callback `fill`; by its name it is known
                                 to other runs and processes */
} vs_initializer_kind;

/* What variance scaling divides by: fan_in, fan_out, or their mean. Of a shape
 * [a, b] they are a and b, of [..., i, o] i and o times the product of the
 * other dimensions, of [n] both n, of a scalar 1. */
typedef enum vs_fan { VS_FAN_IN = 0, VS_FAN_OUT, VS_FAN_AVERAGE } vs_fan;

/* What variance scaling draws from, with variance v. */
typedef enum vs_scaling {
    VS_SCALING_TRUNCATED = 0, /* truncated normal, widened so that v is left
                                 after the cut: TensorFlow from 1.10 on */
    VS_SCALING_TRUNCATED_1_9, /* the same, not widened: up to 1.9 */
    VS_SCALING_NORMAL,        /* normal: "untruncated_normal" */
    VS_SCALING_UNIFORM        /* +-sqrt(3 v) */
} vs_scaling;

/* An initializer of yours: puts elements [first, first + n) of a variable of
 * that full name, dtype and shape at `dst`. It is asked in any order, perhaps
 * more than once, and must give the same each time. A status other than VS_OK
 * stops the creation, which returns it. */
typedef vs_status (*vs_fill_fn)(const char *name, vs_dtype dtype,
                                const vs_shape *shape, int64_t first, int64_t n,
                                void *dst, void *data);

typedef struct vs_initializer {
    vs_initializer_kind kind;
    double a;              /* first parameter, see the kind */
    double b;              /* second parameter */
    int64_t seed;          /* op seed of the random kinds, or VS_NO_SEED */
    const vs_view *value;  /* VS_INIT_VALUE and VS_INIT_LIST; borrowed while the
                             call or scope that holds the initializer lasts */
    vs_source source;      /* VS_INIT_SOURCE; as `value` */
    vs_fan fan;            /* VS_INIT_VARIANCE_SCALING */
    vs_scaling scaling;    /* VS_INIT_VARIANCE_SCALING */
    const char *name;      /* VS_INIT_CUSTOM: that it is registered under, see
                             callback.h, or NULL; borrowed as `value` */
    vs_fill_fn fill;       /* VS_INIT_CUSTOM; NULL: the registered one */
    void *data;            /* for `fill` */
    const vs_shape *makes; /* VS_INIT_SOURCE and _CUSTOM: the shape that they
                              give a variable without one (S58), or NULL;
                              borrowed as `value` */
} vs_initializer;

static inline vs_initializer vs_initializer_of(vs_initializer_kind kind,
                                               double a, double b, int64_t seed)
{
    vs_initializer init = {kind,      a,
                           b,         seed,
                           NULL,      {NULL, NULL},
                           VS_FAN_IN, VS_SCALING_TRUNCATED,
                           NULL,      NULL,
                           NULL,      NULL};
    return init;
}

static inline vs_initializer vs_zeros(void)
{
    return vs_initializer_of(VS_INIT_ZEROS, 0, 0, VS_NO_SEED);
}

static inline vs_initializer vs_ones(void)
{
    return vs_initializer_of(VS_INIT_ONES, 0, 0, VS_NO_SEED);
}

static inline vs_initializer vs_constant(double value)
{
    return vs_initializer_of(VS_INIT_CONSTANT, value, 0, VS_NO_SEED);
}

static inline vs_initializer vs_value(const vs_view *value)
{
    vs_initializer init = vs_initializer_of(VS_INIT_VALUE, 0, 0, VS_NO_SEED);
    init.value = value;
    return init;
}

/* A list of values, as TensorFlow's constant initializer takes: more than the
 * variable has elements are an error, fewer are not. */
static inline vs_initializer vs_constant_list(const vs_view *values)
{
    vs_initializer init = vs_initializer_of(VS_INIT_LIST, 0, 0, VS_NO_SEED);
    init.value = values;
    return init;
}

static inline vs_initializer vs_random_uniform(double low, double high,
                                               int64_t seed)
{
    return vs_initializer_of(VS_INIT_RANDOM_UNIFORM, low, high, seed);
}

static inline vs_initializer vs_random_normal(double mean, double stddev,
                                              int64_t seed)
{
    return vs_initializer_of(VS_INIT_RANDOM_NORMAL, mean, stddev, seed);
}

static inline vs_initializer vs_truncated_normal(double mean, double stddev,
                                                 int64_t seed)
{
    return vs_initializer_of(VS_INIT_TRUNCATED_NORMAL, mean, stddev, seed);
}

static inline vs_initializer vs_glorot_uniform(int64_t seed)
{
    return vs_initializer_of(VS_INIT_GLOROT_UNIFORM, 0, 0, seed);
}

/* Random numbers with mean 0 and variance scale / max(1, fan). */
static inline vs_initializer vs_variance_scaling(double scale, vs_fan fan,
                                                 vs_scaling scaling,
                                                 int64_t seed)
{
    vs_initializer init =
        vs_initializer_of(VS_INIT_VARIANCE_SCALING, scale, 0, seed);
    init.fan = fan;
    init.scaling = scaling;
    return init;
}

static inline vs_initializer vs_glorot_normal(int64_t seed)
{
    return vs_variance_scaling(1, VS_FAN_AVERAGE, VS_SCALING_TRUNCATED, seed);
}

static inline vs_initializer vs_lecun_uniform(int64_t seed)
{
    return vs_variance_scaling(1, VS_FAN_IN, VS_SCALING_UNIFORM, seed);
}

static inline vs_initializer vs_lecun_normal(int64_t seed)
{
    return vs_variance_scaling(1, VS_FAN_IN, VS_SCALING_TRUNCATED, seed);
}

static inline vs_initializer vs_he_uniform(int64_t seed)
{
    return vs_variance_scaling(2, VS_FAN_IN, VS_SCALING_UNIFORM, seed);
}

static inline vs_initializer vs_he_normal(int64_t seed)
{
    return vs_variance_scaling(2, VS_FAN_IN, VS_SCALING_TRUNCATED, seed);
}

static inline vs_initializer vs_uniform_unit_scaling(double factor,
                                                     int64_t seed)
{
    return vs_initializer_of(VS_INIT_UNIFORM_UNIT_SCALING, factor, 0, seed);
}

static inline vs_initializer vs_identity(double gain)
{
    return vs_initializer_of(VS_INIT_IDENTITY, gain, 0, VS_NO_SEED);
}

/* An orthogonal matrix: the Q of a random normal one whose R has a positive
 * diagonal. Leading dimensions count as one; rank 2 and above. The only kinds
 * made as a whole: 8 bytes of memory for each element of the matrix (of the
 * delta kind: out * out) while the variable is created, VS_ORTHOGONAL_MAX
 * elements at most, and time with the cube of its side. TensorFlow computes
 * in the variable's dtype, this in f64: f32 values agree to about 1e-6. */
static inline vs_initializer vs_orthogonal(double gain, int64_t seed)
{
    return vs_initializer_of(VS_INIT_ORTHOGONAL, gain, 0, seed);
}

static inline vs_initializer vs_delta_orthogonal(double gain, int64_t seed)
{
    return vs_initializer_of(VS_INIT_DELTA_ORTHOGONAL, gain, 0, seed);
}

#define VS_ORTHOGONAL_MAX (INT64_C(1) << 24) /* 4096 x 4096: 128 MiB */

static inline vs_initializer vs_from_source(vs_source source)
{
    vs_initializer init = vs_initializer_of(VS_INIT_SOURCE, 0, 0, VS_NO_SEED);
    init.source = source;
    return init;
}

/* Your callback, by the name it is registered under (callback.h), by a pointer
 * with `data`, or both: what is stored is the name. */
static inline vs_initializer vs_custom_initializer(const char *name,
                                                   vs_fill_fn fill, void *data)
{
    vs_initializer init = vs_initializer_of(VS_INIT_CUSTOM, 0, 0, VS_NO_SEED);
    init.name = name;
    init.fill = fill;
    init.data = data;
    return init;
}

/* Fills `out`, which holds vs_shape_count elements, with what the initializer
 * gives a variable of that dtype, shape and full name in a store with that
 * seed. The store's own creations use the same code.
 *   VS_ERR_INITIALIZER  the kind cannot make this dtype, or is VS_INIT_DEFAULT
 *                       for a dtype that has no default (complex, f8)
 *   VS_ERR_SHAPE        the shape is not fully known, or not one that the kind
 *                       makes; a list longer than it
 *   VS_ERR_DTYPE        a value of another dtype; a list of complex numbers for
 *                       another dtype
 *   VS_ERR_MISUSE       a bad parameter, such as high < low; a constant that the
 *                       dtype cannot hold, such as -1 in u8 (D1); in a list of
 *                       another dtype such a number, and an integer of 2^53 or
 *                       more
 *   VS_ERR_TOOBIG       an orthogonal matrix above VS_ORTHOGONAL_MAX
 *   VS_ERR_CALLBACK     a VS_INIT_CUSTOM with a name only: no store is asked
 *   VS_ERR_NOMEM
 * `err` may be NULL. Any thread. */
VS_API vs_status vs_initializer_fill(const vs_initializer *init,
                                     const char *name, uint64_t store_seed,
                                     vs_dtype dtype, const vs_shape *shape,
                                     void *out, vs_error *err);

VS_END_DECLS

#endif
