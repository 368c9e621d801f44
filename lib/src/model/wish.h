/* wish.h - a call of vs_get_variable with its defaults resolved. */
#ifndef VS_MODEL_WISH_H
#define VS_MODEL_WISH_H

#include "model/context.h"
#include "varstore/scope.h"

/* What getters do not see: which dtype a fetch must find, where that is not
 * the one that creates (S54, Q6). */
struct vs__wish {
    vs_getting getting;     /* as the first getter is given it */
    vs_dtype fetch_dtype;   /* NONE: any */
    const char *dtype_from; /* who named fetch_dtype, in words */
    char path[VS_NAME_MAX + 1];
};

/* Resolves a call in the current scope: argument, scope, built-in (S49).
 * VS_ERR_NAME, VS_ERR_DTYPE, VS_ERR_INITIALIZER, VS_ERR_UNSUPPORTED. */
vs_status vs__wish_take(vs_context *ctx, const char *name,
                        const vs_variable_spec *spec, struct vs__wish *out);

/* True if the call is for a partitioned variable: it has a partitioner, and
 * does not say that it means a scalar (S88). */
bool vs__wish_cuts(const vs_getting *getting);

/* True if a spec that has a shape gives a constant that fits it. */
bool vs__wish_repeats(const vs_variable_spec *spec);

/* Judges what the getters left of a call's shape, and of its partitioner, and
 * puts what stands for an unknown one; `shape` of the spec is NULL after if
 * none is given. VS_ERR_SHAPE, VS_ERR_NEEDSHAPE, and those of
 * vs_partitioner_apply. */
vs_status vs__wish_shape(vs_getting *getting, vs_error *err);

#endif
