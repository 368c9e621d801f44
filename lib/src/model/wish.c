/* wish.c - see wish.h. */
#include "model/wish.h"

#include <stdio.h>

#include "base/fail.h"
#include "base/options.h"
#include "model/callback.h"
#include "model/path.h"
#include "tensor/shape.h"

/* The initializer: the call's, else the scope's. A constant beside a dtype in
 * one call must be of that dtype (S53, E7). */
static vs_status take_initializer(struct vs__wish *wish, const vs_scope *scope,
                                  vs_error *err)
{
    vs_variable_spec *spec = &wish->getting.spec;
    vs_initializer *init = &spec->initializer;
    const bool inherited = init->kind == VS_INIT_DEFAULT;

    if (inherited)
        *init = scope->given.initializer;
    if (init->kind != VS_INIT_VALUE)
        return VS_OK;
    if (init->value == NULL)
        return vs__fail(err, VS_ERR_INITIALIZER,
                        "variable %.256s: the initializer's value is missing",
                        wish->path);
    if (inherited || spec->dtype == VS_DTYPE_NONE ||
        spec->dtype == init->value->dtype)
        return VS_OK;
    (void)vs__fail(err, VS_ERR_DTYPE,
                   "variable %.256s: initializer type %s and explicit dtype "
                   "%s don't match",
                   wish->path, vs_dtype_name(init->value->dtype),
                   vs_dtype_name(spec->dtype));
    vs__hint(err, "leave the dtype out, or convert the value");
    return VS_ERR_DTYPE;
}

/* The dtype, in S53's order: a constant's is that of what it creates, even one
 * that the scope holds beside another dtype in the call. What the scope says
 * counts on a fetch as if it stood in the call; the built-in f32 does not (Q6).
 * Nor does a constant's, which is ignored with the constant (S45), but to find
 * what the same call created (S54). */
static void take_dtype(struct vs__wish *wish, const vs_scope *scope)
{
    vs_variable_spec *spec = &wish->getting.spec;
    const vs_initializer *init = &spec->initializer;
    const bool called = spec->dtype != VS_DTYPE_NONE;

    wish->fetch_dtype = called ? spec->dtype : scope->given.dtype;
    wish->dtype_from = called ? "of the call" : "of the scope";
    spec->dtype =
        init->kind == VS_INIT_VALUE ? init->value->dtype : wish->fetch_dtype;
}

/* The other defaults (S14): a kind NONE, or "", says something. */
static void take_defaults(vs_variable_spec *spec, const vs_scope *scope)
{
    const struct vs__defaults *d = &scope->given;

    if (spec->regularizer.kind == VS_REGULARIZER_DEFAULT)
        spec->regularizer = d->regularizer;
    if (spec->constraint.kind == VS_CONSTRAINT_DEFAULT)
        spec->constraint = d->constraint;
    if (spec->partitioner.kind == VS_PARTITIONER_DEFAULT)
        spec->partitioner = d->partitioner;
    if (spec->caching_device == NULL)
        spec->caching_device = d->caching_device;
    if (spec->use_resource == VS_UNSET)
        spec->use_resource = d->use_resource;
}

vs_status vs__wish_take(vs_context *ctx, const char *name,
                        const vs_variable_spec *spec, struct vs__wish *out)
{
    const vs_scope *scope = ctx->current;
    vs_getting *g = &out->getting;
    vs_status st = vs__options_take(&g->spec, sizeof g->spec, spec,
                                    "vs_variable_spec", ctx->words);

    if (st != VS_OK)
        return st;
    g->spec.size = sizeof g->spec;
    g->context = ctx;
    g->local = false;
    g->name = out->path;
    g->reuse = scope->given.reuse;
    st = vs__path_join(scope->name, name, out->path, ctx->words);
    if (st == VS_OK)
        st = take_initializer(out, scope, ctx->words);
    if (st != VS_OK)
        return st;
    take_dtype(out, scope);
    take_defaults(&g->spec, scope);
    if (ctx->eager) { /* S109, S110 */
        g->reuse = VS_REUSE_AUTO;
        g->spec.partitioner = vs_no_partitioner();
        g->spec.caching_device = NULL;
    }
    return VS_OK;
}

bool vs__wish_cuts(const vs_getting *getting)
{
    const vs_variable_spec *spec = &getting->spec;

    return spec->partitioner.kind > VS_PARTITIONER_NONE &&
           (spec->shape == NULL || spec->shape->rank != 0);
}

bool vs__wish_repeats(const vs_variable_spec *spec)
{
    return spec->initializer.kind == VS_INIT_VALUE &&
           vs_shape_compatible(&spec->initializer.value->shape, spec->shape);
}

/* A constant brings its own shape (S55, E6: an error also on a fetch, and when
 * the scope gave the constant). */
static vs_status refuse_shape(const vs_getting *getting, vs_error *err)
{
    char text[VS_SHAPE_TEXT_MAX];

    (void)vs__fail(err, VS_ERR_SHAPE,
                   "variable %.256s: the initializer is a value with a shape "
                   "of its own, yet shape %s is given",
                   getting->name, vs_shape_text(getting->spec.shape, text));
    vs__hint(err, "leave the shape out, or set another initializer");
    return VS_ERR_SHAPE;
}

/* Beside a partitioner a constant's shape may be repeated (S55), and the shape
 * must be known and can be cut even where the variable exists (E15). */
static vs_status check_cut(vs_getting *getting, vs_error *err)
{
    vs_variable_spec *spec = &getting->spec;
    vs_partitioner partitioner = spec->partitioner;
    const vs_dtype dtype = spec->dtype != VS_DTYPE_NONE ? spec->dtype : VS_F32;
    const vs_shape *shape = spec->shape;
    vs_partition partition;
    char text[VS_SHAPE_TEXT_MAX];
    vs_status st;

    if (spec->initializer.kind == VS_INIT_VALUE) {
        if (shape != NULL && !vs__wish_repeats(spec))
            return refuse_shape(getting, err);
        shape = &spec->initializer.value->shape;
    } else if (shape == NULL) {
        shape = spec->initializer.makes; /* S58 */
    }
    if (shape == NULL || !vs_shape_known(shape))
        return vs__fail(err, VS_ERR_NEEDSHAPE,
                        "variable %.256s: a partitioner needs a fully known "
                        "shape, have %s",
                        getting->name,
                        shape != NULL ? vs_shape_text(shape, text) : "none");
    if (shape->rank == 0) /* S88 */
        return vs__fail(err, VS_ERR_SHAPE,
                        "variable %.256s: a partitioner cannot cut a scalar, "
                        "and shape [] was not given to say it is one",
                        getting->name);
    vs__resolve_partitioner(getting->context->store, &partitioner);
    st = vs_partitioner_apply(&partitioner, dtype, shape, &partition, err);
    if (st == VS_OK)
        spec->shape = shape;
    return st;
}

vs_status vs__wish_shape(vs_getting *getting, vs_error *err)
{
    vs_variable_spec *spec = &getting->spec;
    char what[VS_NAME_MAX + 16];
    vs_status st = VS_OK;

    if (spec->shape != NULL && spec->shape->rank == VS_UNKNOWN)
        spec->shape = NULL; /* S50 */
    if (spec->shape != NULL) {
        (void)snprintf(what, sizeof what, "variable %.256s", getting->name);
        st = vs__shape_check(spec->shape, VS_U8, false, what, err);
    }
    if (st != VS_OK)
        return st;
    if (vs__wish_cuts(getting))
        return check_cut(getting, err);
    return spec->shape != NULL && spec->initializer.kind == VS_INIT_VALUE
               ? refuse_shape(getting, err)
               : VS_OK;
}
