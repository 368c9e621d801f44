/* get.c - where a scope meets the store: get a variable, or create it.
 *
 * Built on the calls of variable.h: look the name up, and create it if it is
 * absent and the mode allows. Both are transactions of their own, so a name
 * that exists never takes the write lock, and whoever loses the race to create
 * fetches what the winner made (Q17). Reuse is decided here and nowhere else,
 * and always against the store (Q1).
 */
#include "varstore/scope.h"

#include <stdio.h>

#include "base/fail.h"
#include "base/options.h"
#include "model/catalog.h"
#include "model/context.h"
#include "model/path.h"
#include "model/store.h"
#include "tensor/shape.h"

/* Looks at a name that others create and delete before it is given up. */
#define LOOKS 64

/* A call with its defaults resolved: argument, scope, built-in (S49). */
struct wish {
    vs_reuse reuse;         /* of the scope, now (S43) */
    vs_variable_spec spec;  /* as vs_variable_create takes it */
    vs_dtype fetch_dtype;   /* what a fetch must find, or spec.dtype */
    const char *dtype_from; /* who named fetch_dtype, in words */
    char path[VS_NAME_MAX + 1];
};

vs_status vs_context_new(vs_store *store, vs_context **out)
{
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    return vs__context_make(store, vs__store_words(store), out);
}

/* The initializer: the call's, else the scope's. A constant beside a dtype in
 * one call must be of that dtype (S53, E7); one that the scope holds is, on a
 * fetch, among the things ignored (S45). */
static vs_status take_initializer(struct wish *wish, const vs_scope *scope,
                                  vs_error *err)
{
    vs_initializer *init = &wish->spec.initializer;
    const bool inherited = init->kind == VS_INIT_DEFAULT;

    if (inherited)
        *init = scope->initializer;
    if (init->kind != VS_INIT_VALUE)
        return VS_OK;
    if (init->value == NULL)
        return vs__fail(err, VS_ERR_INITIALIZER,
                        "variable %.256s: the initializer's value is missing",
                        wish->path);
    if (inherited || wish->spec.dtype == VS_DTYPE_NONE ||
        wish->spec.dtype == init->value->dtype)
        return VS_OK;
    (void)vs__fail(err, VS_ERR_DTYPE,
                   "variable %.256s: initializer type %s and explicit dtype "
                   "%s don't match",
                   wish->path, vs_dtype_name(init->value->dtype),
                   vs_dtype_name(wish->spec.dtype));
    vs__hint(err, "leave the dtype out, or convert the value");
    return VS_ERR_DTYPE;
}

/* The shape: an unknown rank is none (S50), a constant brings its own (S55,
 * E6: an error also on a fetch, and when the scope gave the constant). */
static vs_status take_shape(struct wish *wish, vs_error *err)
{
    const vs_shape *shape = wish->spec.shape;
    char what[VS_NAME_MAX + 16];
    char text[VS_SHAPE_TEXT_MAX];
    vs_status st;

    if (shape == NULL || shape->rank == VS_UNKNOWN) {
        wish->spec.shape = NULL;
        return VS_OK;
    }
    (void)snprintf(what, sizeof what, "variable %s", wish->path);
    st = vs__shape_check(shape, VS_U8, false, what, err);
    if (st != VS_OK || wish->spec.initializer.kind != VS_INIT_VALUE)
        return st;
    (void)vs__fail(err, VS_ERR_SHAPE,
                   "variable %.256s: the initializer is a value with a shape "
                   "of its own, yet shape %s is given",
                   wish->path, vs_shape_text(shape, text));
    vs__hint(err, "leave the shape out, or set another initializer");
    return VS_ERR_SHAPE;
}

/* The dtype, in S53's order. What the scope says counts on a fetch as if it
 * stood in the call; the built-in f32 does not (Q6). Nor does a constant's,
 * which is ignored with the constant (S45), but to find what the same call
 * created (S54). */
static void take_dtype(struct wish *wish, const vs_scope *scope)
{
    const vs_initializer *init = &wish->spec.initializer;

    wish->fetch_dtype = wish->spec.dtype;
    wish->dtype_from = "of the call";
    if (wish->spec.dtype != VS_DTYPE_NONE)
        return;
    wish->fetch_dtype = scope->dtype;
    wish->dtype_from = "of the scope";
    wish->spec.dtype =
        init->kind == VS_INIT_VALUE ? init->value->dtype : scope->dtype;
}

static vs_status take_wish(const vs_context *ctx, const char *name,
                           const vs_variable_spec *spec, struct wish *wish)
{
    const vs_scope *scope = ctx->current;
    vs_status st = vs__options_take(&wish->spec, sizeof wish->spec, spec,
                                    "vs_variable_spec", ctx->words);

    if (st != VS_OK)
        return st;
    wish->spec.size = sizeof wish->spec;
    wish->reuse = scope->reuse;
    st = vs__path_join(scope->name, name, wish->path, ctx->words);
    if (st != VS_OK)
        return st;
    st = take_initializer(wish, scope, ctx->words);
    if (st != VS_OK)
        return st;
    st = take_shape(wish, ctx->words);
    if (st == VS_OK)
        take_dtype(wish, scope);
    return st;
}

/* Adds to a failure what the scope's mode had to do with it. */
static vs_status tell_mode(vs_error *err, const char *mode, const char *hint)
{
    const vs_error was = *err;

    (void)vs__fail(err, was.status, "%s; %s", was.message, mode);
    vs__hint(err, "%s", hint);
    return was.status;
}

/* Mode NONE. The name is looked at first, since that it is taken says more
 * than what else is wrong with the call; the words tell who took it (E1). */
static vs_status create_only(const vs_context *ctx, const struct wish *wish,
                             vs_variable **out)
{
    vs_status st = vs__store_begin(ctx->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    st = vs__store_end(ctx->store,
                       vs__name_vacant(ctx->store, wish->path, NULL));
    if (st == VS_OK)
        st = vs_variable_create(ctx->store, wish->path, &wish->spec, out);
    if (st != VS_ERR_EXISTS)
        return st;
    return tell_mode(ctx->words, "disallowed by reuse none",
                     "VS_REUSE_AUTO in the scope fetches or creates, "
                     "VS_REUSE_TRUE fetches");
}

/* What a fetch must meet; no dtype named meets any (Q6). */
static vs_status check_found(const struct wish *wish, const vs_variable *v,
                             vs_error *err)
{
    const char *mode = wish->reuse == VS_REUSE_TRUE ? "true" : "auto";
    const vs_shape *have = vs_variable_shape(v);
    const vs_shape *want = wish->spec.shape;

    if (want != NULL && !vs_shape_compatible(have, want)) { /* S51, E3 */
        char have_text[VS_SHAPE_TEXT_MAX];
        char want_text[VS_SHAPE_TEXT_MAX];

        (void)vs__fail(err, VS_ERR_SHAPE,
                       "trying to share variable %.200s (reuse %s), but "
                       "specified shape %.160s and found shape %.160s",
                       wish->path, mode, vs_shape_text(want, want_text),
                       vs_shape_text(have, have_text));
        vs__hint(err, "leave the shape out to fetch whatever is there");
        return VS_ERR_SHAPE;
    }
    if (wish->fetch_dtype == VS_DTYPE_NONE ||
        wish->fetch_dtype == vs_variable_dtype(v) ||
        wish->spec.dtype == vs_variable_dtype(v))
        return VS_OK;
    (void)vs__fail(err, VS_ERR_DTYPE, /* E4 */
                   "trying to share variable %.256s (reuse %s), but specified "
                   "dtype %s (%s) and found dtype %s",
                   wish->path, mode, vs_dtype_name(wish->fetch_dtype),
                   wish->dtype_from, vs_dtype_name(vs_variable_dtype(v)));
    vs__hint(err, "name the dtype %s in the call",
             vs_dtype_name(vs_variable_dtype(v)));
    return VS_ERR_DTYPE;
}

/* Modes TRUE and AUTO, where the name exists. */
static vs_status fetch(const vs_context *ctx, const struct wish *wish,
                       vs_variable **out)
{
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(ctx->store, wish->path, &v);

    if (st != VS_OK)
        return st;
    st = check_found(wish, v, ctx->words);
    if (st == VS_OK)
        *out = v;
    else
        vs_variable_free(v);
    return st;
}

/* Mode TRUE. */
static vs_status fetch_only(const vs_context *ctx, const struct wish *wish,
                            vs_variable **out)
{
    vs_status st = fetch(ctx, wish, out);

    if (st != VS_ERR_NOTFOUND)
        return st;
    return tell_mode(ctx->words, "reuse true only fetches", /* E2 */
                     "VS_REUSE_AUTO in the scope creates what is absent");
}

/* Mode AUTO. Somebody can create the name after we saw that it is absent, and
 * delete it again before we fetch it: then the question is put once more. */
static vs_status fetch_or_create(const vs_context *ctx, const struct wish *wish,
                                 vs_variable **out)
{
    for (int i = 0; i < LOOKS; i++) {
        vs_status st = fetch(ctx, wish, out);

        if (st != VS_ERR_NOTFOUND)
            return st;
        st = vs_variable_create(ctx->store, wish->path, &wish->spec, out);
        if (st != VS_ERR_EXISTS)
            return st;
    }
    return vs__fail(ctx->words, VS_ERR_BUSY,
                    "variable %.256s was created and deleted by others %d "
                    "times while it was asked for",
                    wish->path, LOOKS);
}

vs_status vs_get_variable(vs_context *ctx, const char *name,
                          const vs_variable_spec *spec, vs_variable **out)
{
    struct wish wish;
    vs_status st = vs__db_enter(ctx->store->db);

    if (st == VS_OK)
        st = take_wish(ctx, name, spec, &wish);
    if (st != VS_OK)
        return st;
    switch (wish.reuse) { /* S38 */
    case VS_REUSE_TRUE:
        return fetch_only(ctx, &wish, out);
    case VS_REUSE_AUTO:
        return fetch_or_create(ctx, &wish, out);
    case VS_REUSE_INHERIT:
    case VS_REUSE_NONE:
        break;
    }
    return create_only(ctx, &wish, out);
}
