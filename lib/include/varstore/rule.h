/* rule.h - how a new variable gets its first value.
 *
 * An initializer is a plain struct made by one of the functions below. The
 * random ones reproduce TensorFlow 1.x value for value: Philox4x32-10 with
 * the op seed in the counter, the default graph seed 87654321 in the key;
 * normal numbers as far as the C library's log, sin and cos agree. They make
 * bf16 too, in a way of our own: drawn as f32, then rounded. Rounding can
 * reach the upper bound of a uniform range, here as in TensorFlow.
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
                                uniform, integers and bool zero */
    VS_INIT_ZEROS,          /* 0, false */
    VS_INIT_ONES,           /* 1, true */
    VS_INIT_CONSTANT,       /* `a` everywhere */
    VS_INIT_VALUE,          /* the tensor `value`; gives dtype and shape too */
    VS_INIT_RANDOM_UNIFORM, /* [a, b): f16, f32, f64, i32, i64 */
    VS_INIT_RANDOM_NORMAL,  /* mean a, standard deviation b: f16, f32, f64 */
    VS_INIT_TRUNCATED_NORMAL, /* the same, redrawn beyond two deviations */
    VS_INIT_GLOROT_UNIFORM,   /* +-sqrt(6 / (fan_in + fan_out)) */
    VS_INIT_SOURCE            /* your callback `source`; shape must be given */
} vs_initializer_kind;

typedef struct vs_initializer {
    vs_initializer_kind kind;
    double a;             /* first parameter, see the kind */
    double b;             /* second parameter */
    int64_t seed;         /* op seed of the random kinds, or VS_NO_SEED */
    const vs_view *value; /* VS_INIT_VALUE; borrowed while the call or the
                             scope that holds the initializer lasts */
    vs_source source;     /* VS_INIT_SOURCE; as `value` */
} vs_initializer;

static inline vs_initializer vs_initializer_of(vs_initializer_kind kind,
                                               double a, double b, int64_t seed)
{
    vs_initializer init = {kind, a, b, seed, NULL, {NULL, NULL}};
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

static inline vs_initializer vs_from_source(vs_source source)
{
    vs_initializer init = vs_initializer_of(VS_INIT_SOURCE, 0, 0, VS_NO_SEED);
    init.source = source;
    return init;
}

/* Fills `out`, which holds vs_shape_count elements, with what the initializer
 * gives a variable of that dtype, shape and full name in a store with that
 * seed. The store's own creations use the same code.
 *   VS_ERR_INITIALIZER  the kind cannot make this dtype, or is VS_INIT_DEFAULT
 *                       for a dtype that has no default (complex, f8)
 *   VS_ERR_SHAPE        the shape is not fully known
 *   VS_ERR_DTYPE        a VS_INIT_VALUE of another dtype
 *   VS_ERR_MISUSE       a bad parameter, such as high < low
 * `err` may be NULL. Any thread. */
VS_API vs_status vs_initializer_fill(const vs_initializer *init,
                                     const char *name, uint64_t store_seed,
                                     vs_dtype dtype, const vs_shape *shape,
                                     void *out, vs_error *err);

VS_END_DECLS

#endif
