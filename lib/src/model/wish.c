/* wish.c - see wish.h. */
#include "model/wish.h"

#include <stdio.h>

#include "base/fail.h"
#include "base/options.h"
#include "model/path.h"
#include "tensor/shape.h"

/* The initializer: the call's, else the scope's. A constant beside a dtype in
 * one call must be of that dtype (S53, E7); one that the scope holds is, on a
 * fetch, among the things ignored (S45). */
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

/* The dtype, in S53's order. What the scope says counts on a fetch as if it
 * stood in the call; the built-in f32 does not (Q6). Nor does a constant's,
 * which is ignored with the constant (S45), but to find what the same call
 * created (S54). */
static void take_dtype(struct vs__wish *wish, const vs_scope *scope)
{
    vs_variable_spec *spec = &wish->getting.spec;
    const vs_initializer *init = &spec->initializer;

    wish->fetch_dtype = spec->dtype;
    wish->dtype_from = "of the call";
    if (spec->dtype != VS_DTYPE_NONE)
        return;
    wish->fetch_dtype = scope->given.dtype;
    wish->dtype_from = "of the scope";
    spec->dtype =
        init->kind == VS_INIT_VALUE ? init->value->dtype : scope->given.dtype;
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

/* An unknown rank is none (S50), a constant brings its own (S55, E6: an error
 * also on a fetch, and when the scope gave the constant; but it may be repeated
 * beside a partitioner). */
vs_status vs__wish_shape(vs_getting *getting, vs_error *err)
{
    const vs_shape *shape = getting->spec.shape;
    char what[VS_NAME_MAX + 16];
    char text[VS_SHAPE_TEXT_MAX];
    vs_status st;

    if (shape == NULL || shape->rank == VS_UNKNOWN) {
        getting->spec.shape = NULL;
        return VS_OK;
    }
    (void)snprintf(what, sizeof what, "variable %s", getting->name);
    st = vs__shape_check(shape, VS_U8, false, what, err);
    if (st != VS_OK || getting->spec.initializer.kind != VS_INIT_VALUE)
        return st;
    if (getting->spec.partitioner.kind > VS_PARTITIONER_NONE && /* S55 */
        vs_shape_equal(shape, &getting->spec.initializer.value->shape))
        return VS_OK;
    (void)vs__fail(err, VS_ERR_SHAPE,
                   "variable %.256s: the initializer is a value with a shape "
                   "of its own, yet shape %s is given",
                   getting->name, vs_shape_text(shape, text));
    vs__hint(err, "leave the shape out, or set another initializer");
    return VS_ERR_SHAPE;
}
