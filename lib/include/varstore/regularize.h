/* regularize.h - what a variable's values cost, and what they are kept within.
 *
 * A regularizer is a loss over a tensor, a constraint a change to one: plain
 * structs made by the functions below, applied to views. A variable made with
 * one (vs_variable_spec) keeps it: vs_variable_loss and vs_variable_constrain
 * apply it to the value of then. Nothing in this header touches a store.
 * Tensors are of floats, except for your own callbacks; every function works
 * on its arguments alone and may be called from any thread.
 */
#ifndef VARSTORE_REGULARIZE_H
#define VARSTORE_REGULARIZE_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/status.h"
#include "varstore/tensor.h"

VS_BEGIN_DECLS

typedef enum vs_regularizer_kind {
    VS_REGULARIZER_DEFAULT = 0, /* the scope's, else none */
    VS_REGULARIZER_NONE,        /* no loss, whatever the scope says */
    VS_REGULARIZER_L1_L2,       /* l1 * sum |w| + l2 * sum w^2 */
    VS_REGULARIZER_SUM,         /* the losses of `list`, added */
    VS_REGULARIZER_CUSTOM       /* your callback `loss` */
} vs_regularizer_kind;

/* A loss of yours over a whole tensor. A status other than VS_OK is that of
 * the call that asked for the loss. */
typedef vs_status (*vs_loss_fn)(const vs_view *view, double *out, void *data);

typedef struct vs_regularizer {
    vs_regularizer_kind kind;
    double l1; /* both finite and >= 0 */
    double l2;
    const struct vs_regularizer *list; /* SUM: none of them a sum; borrowed as
                                          long as the regularizer is in use */
    size_t n_list;                     /* at most VS_REGULARIZER_TERMS */
    const char *name; /* CUSTOM: that it is registered under, see callback.h,
                         or NULL; borrowed as `list` */
    vs_loss_fn loss;  /* CUSTOM; NULL: the registered one */
    void *data;       /* for `loss` */
} vs_regularizer;

#define VS_REGULARIZER_TERMS 8 /* of a sum, at most */

static inline vs_regularizer vs_regularizer_of(vs_regularizer_kind kind,
                                               double l1, double l2)
{
    vs_regularizer r = {kind, l1, l2, NULL, 0, NULL, NULL, NULL};
    return r;
}

static inline vs_regularizer vs_no_regularizer(void)
{
    return vs_regularizer_of(VS_REGULARIZER_NONE, 0, 0);
}

/* The forms of tf.contrib.layers: sum |w|, and half the sum of w^2. */
static inline vs_regularizer vs_l1_l2_regularizer(double l1, double l2)
{
    return vs_regularizer_of(VS_REGULARIZER_L1_L2, l1, l2 / 2);
}

static inline vs_regularizer vs_l1_regularizer(double scale)
{
    return vs_l1_l2_regularizer(scale, 0);
}

static inline vs_regularizer vs_l2_regularizer(double scale)
{
    return vs_l1_l2_regularizer(0, scale);
}

/* The form of tf.keras.regularizers: the whole sum of w^2. One term alone by a
 * zero for the other. */
static inline vs_regularizer vs_keras_l1_l2(double l1, double l2)
{
    return vs_regularizer_of(VS_REGULARIZER_L1_L2, l1, l2);
}

/* The losses of several added, as sum_regularizer; NONE among them adds 0. */
static inline vs_regularizer vs_sum_regularizer(const vs_regularizer *list,
                                                size_t n)
{
    vs_regularizer r = vs_regularizer_of(VS_REGULARIZER_SUM, 0, 0);
    r.list = list;
    r.n_list = n;
    return r;
}

/* Your callback, by the name it is registered under (callback.h), by a pointer
 * with `data`, or both: what is stored is the name. */
static inline vs_regularizer vs_custom_regularizer(const char *name,
                                                   vs_loss_fn loss, void *data)
{
    vs_regularizer r = vs_regularizer_of(VS_REGULARIZER_CUSTOM, 0, 0);
    r.name = name;
    r.loss = loss;
    r.data = data;
    return r;
}

/* The loss of a tensor, summed in double; 0 under VS_REGULARIZER_DEFAULT and
 * NONE, NaN or infinite if the elements ask for it. A sum does not mind
 * parts: the losses of the parts of a tensor add up to its own.
 *   VS_ERR_DTYPE   not floats
 *   VS_ERR_MISUSE  a bad scale, kind or view; a sum in a sum
 *   VS_ERR_CALLBACK  a CUSTOM with a name only: no store is asked here
 * `err` may be NULL. */
VS_API vs_status vs_regularizer_loss(const vs_regularizer *regularizer,
                                     const vs_view *view, double *out,
                                     vs_error *err);

typedef enum vs_constraint_kind {
    VS_CONSTRAINT_DEFAULT = 0,  /* the scope's, else none */
    VS_CONSTRAINT_NONE,         /* no change, whatever the scope says */
    VS_CONSTRAINT_NON_NEG,      /* w * (w >= 0): -inf becomes NaN */
    VS_CONSTRAINT_MAX_NORM,     /* w * clip(n, 0, max) / (e + n) */
    VS_CONSTRAINT_UNIT_NORM,    /* w / (e + n) */
    VS_CONSTRAINT_MIN_MAX_NORM, /* w * d / (e + n), where d =
                                   rate * clip(n, min, max) + (1 - rate) * n */
    VS_CONSTRAINT_CUSTOM        /* your callback `apply` */
} vs_constraint_kind;

/* A constraint of yours: changes a whole tensor in place. A status other than
 * VS_OK is that of the call that asked for it. */
typedef vs_status (*vs_constrain_fn)(const vs_view *view, void *data);

/* n is the L2 norm along some axes, e 1e-7: weights within the bounds shrink
 * by that much, as in tf.keras.constraints. */
typedef struct vs_constraint {
    vs_constraint_kind kind;
    uint32_t axes; /* bit i: the norm runs along axis i; 0 means axis 0 */
    double min;    /* 0 <= min <= max, finite */
    double max;
    double rate;           /* finite */
    const char *name;      /* CUSTOM: that it is registered under, see
                              callback.h, or NULL; borrowed while in use */
    vs_constrain_fn apply; /* CUSTOM; NULL: the registered one */
    void *data;            /* for `apply` */
} vs_constraint;

#define VS_AXIS(i) (UINT32_C(1) << (i)) /* for `axes`, joined by | */

static inline vs_constraint vs_constraint_of(vs_constraint_kind kind,
                                             uint32_t axes, double min,
                                             double max, double rate)
{
    vs_constraint c = {kind, axes, min, max, rate, NULL, NULL, NULL};
    return c;
}

static inline vs_constraint vs_no_constraint(void)
{
    return vs_constraint_of(VS_CONSTRAINT_NONE, 0, 0, 0, 0);
}

static inline vs_constraint vs_non_neg(void)
{
    return vs_constraint_of(VS_CONSTRAINT_NON_NEG, 0, 0, 0, 0);
}

static inline vs_constraint vs_max_norm(double max, uint32_t axes)
{
    return vs_constraint_of(VS_CONSTRAINT_MAX_NORM, axes, 0, max, 1);
}

static inline vs_constraint vs_unit_norm(uint32_t axes)
{
    return vs_constraint_of(VS_CONSTRAINT_UNIT_NORM, axes, 0, 0, 0);
}

static inline vs_constraint vs_min_max_norm(double min, double max, double rate,
                                            uint32_t axes)
{
    return vs_constraint_of(VS_CONSTRAINT_MIN_MAX_NORM, axes, min, max, rate);
}

/* Your callback, as vs_custom_regularizer. */
static inline vs_constraint vs_custom_constraint(const char *name,
                                                 vs_constrain_fn apply,
                                                 void *data)
{
    vs_constraint c = vs_constraint_of(VS_CONSTRAINT_CUSTOM, 0, 0, 0, 0);
    c.name = name;
    c.apply = apply;
    c.data = data;
    return c;
}

/* Changes the tensor in place; its elements must lie apart (no stride of 0).
 * Norms are summed in double; factors are f32, of f64 tensors f64; each
 * element is rounded once.
 *   VS_ERR_DTYPE   not floats
 *   VS_ERR_SHAPE   an axis that the tensor has not
 *   VS_ERR_MISUSE  a bad bound, rate, kind or view
 *   VS_ERR_CALLBACK  a CUSTOM with a name only: no store is asked here
 * `err` may be NULL. */
VS_API vs_status vs_constraint_apply(const vs_constraint *constraint,
                                     const vs_view *view, vs_error *err);

VS_END_DECLS

#endif
