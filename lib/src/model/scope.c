/* scope.c - entering, leaving and keeping scopes; their defaults.
 *
 * A scope takes its defaults from the one it is opened in, once, when it is
 * opened: what is set later on a parent reaches only children opened later
 * (S12), and a look-up never walks the stack. Everything that can fail comes
 * before the first change, so a scope that cannot be entered leaves no trace.
 */
#include "varstore/scope.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/options.h"
#include "model/context.h"
#include "model/path.h"
#include "model/scope_text.h"
#include "rule/constrain.h"
#include "rule/regularize.h"

static bool is_reuse(vs_reuse reuse)
{
    switch (reuse) {
    case VS_REUSE_INHERIT:
    case VS_REUSE_NONE:
    case VS_REUSE_TRUE:
    case VS_REUSE_AUTO:
        return true;
    }
    return false;
}

/* TRUE and AUTO say something; NONE and INHERIT are the same (S37, S39). */
static bool is_given(vs_reuse reuse)
{
    return reuse == VS_REUSE_TRUE || reuse == VS_REUSE_AUTO;
}

/* S102: all of one store, and that is the context's. */
static vs_status check_values(vs_context *ctx, const vs_scope_options *options)
{
    for (size_t i = 0; i < options->n_values; i++)
        if (options->values == NULL || options->values[i] == NULL ||
            vs_variable_store(options->values[i]) != ctx->store)
            return vs__fail(ctx->words, VS_ERR_MISUSE,
                            "value %zu of a scope is not a variable of its "
                            "store",
                            i);
    return VS_OK;
}

/* Copies and checks the options of a caller. */
static vs_status take_options(vs_context *ctx, const vs_scope_options *options,
                              vs_scope_options *out)
{
    vs_status st = vs__options_take(out, sizeof *out, options,
                                    "vs_scope_options", ctx->words);

    if (st != VS_OK)
        return st;
    if (!is_reuse(out->reuse)) /* E9 */
        return vs__fail(ctx->words, VS_ERR_MISUSE,
                        "reuse mode %d is unknown, it can be "
                        "VS_REUSE_INHERIT, _NONE, _TRUE or _AUTO",
                        (int)out->reuse);
    if ((int)out->dtype < 0 || (int)out->dtype > VS_N_DTYPES)
        return vs__fail(ctx->words, VS_ERR_DTYPE,
                        "dtype %d of a scope is "
                        "unknown",
                        (int)out->dtype);
    st = vs__regularizer_check(&out->regularizer, ctx->words);
    if (st == VS_OK)
        st = vs__constraint_check(&out->constraint, ctx->words);
    return st == VS_OK ? check_values(ctx, out) : st;
}

/* The full name of a scope opened by string. */
static vs_status name_given(vs_context *ctx, const char *name, char *path)
{
    if (name[0] != '\0')
        return vs__path_nest(ctx->current->name, name, path, ctx->words);
    if (ctx->current->name[0] != '\0') /* Q20 */
        return vs__fail(ctx->words, VS_ERR_NAME,
                        "'' is not a valid scope name in scope '%.256s': only "
                        "the root can be entered so",
                        ctx->current->name);
    path[0] = '\0'; /* S8: the root again, with other defaults */
    return VS_OK;
}

/* The full name of a scope opened by default name: the name itself, or with
 * the first suffix that this context has not opened (S25). Existing variables
 * have no say (S31). */
static vs_status name_unique(vs_context *ctx, const vs_scope_options *given,
                             char *path)
{
    char numbered[VS_NAME_MAX + 24];
    vs_status st;
    int64_t k;

    if (given->default_name == NULL) { /* S15, E11 */
        (void)vs__fail(ctx->words, VS_ERR_MISUSE,
                       "a scope in '%.256s' has neither a name nor a default "
                       "name",
                       ctx->current->name);
        vs__hint(ctx->words, "give a name, or \"\" for the root");
        return VS_ERR_MISUSE;
    }
    if (is_given(given->reuse)) { /* S33, E10 */
        (void)vs__fail(ctx->words, VS_ERR_REUSE,
                       "reuse %s is not possible with only the default name "
                       "'%.256s'",
                       given->reuse == VS_REUSE_TRUE ? "true" : "auto",
                       given->default_name);
        vs__hint(ctx->words, "give the scope a name, or let it inherit reuse");
        return VS_ERR_REUSE;
    }
    st = vs__path_nest(ctx->current->name, given->default_name, path,
                       ctx->words);
    if (st != VS_OK)
        return st;
    k = vs__counters_suffix(&ctx->counters, path);
    if (k == 0)
        return VS_OK;
    (void)snprintf(numbered, sizeof numbered, "%s_%" PRId64,
                   given->default_name, k);
    return vs__path_nest(ctx->current->name, numbered, path, ctx->words);
}

/* Defaults of a new scope: what is given, else those of `from` (S13, S14).
 * Reuse cannot be turned off so, but AUTO inside TRUE weakens and TRUE inside
 * AUTO tightens (S39, S40). Getters compose (S19), a constraint is left behind
 * (S13). False: no memory. */
static bool inherit(vs_scope *scope, const vs_scope *from,
                    const vs_scope_options *given)
{
    struct vs__defaults *d = &scope->given;

    *d = from->given;
    d->getters = NULL;
    scope->memory = vs__recalled_hold(from->memory);
    if (is_given(given->reuse))
        d->reuse = given->reuse;
    if (scope->ctx->eager)
        d->reuse = VS_REUSE_AUTO;
    if (given->dtype != VS_DTYPE_NONE)
        d->dtype = given->dtype;
    if (given->initializer.kind != VS_INIT_DEFAULT)
        d->initializer = given->initializer;
    if (given->regularizer.kind != VS_REGULARIZER_DEFAULT)
        d->regularizer = given->regularizer;
    if (!scope->ctx->options.inherit_constraint ||
        given->constraint.kind != VS_CONSTRAINT_DEFAULT)
        d->constraint = given->constraint;
    if (given->partitioner.kind != VS_PARTITIONER_DEFAULT)
        d->partitioner = given->partitioner;
    if (given->caching_device != NULL)
        d->caching_device = given->caching_device;
    if (given->use_resource != VS_UNSET)
        d->use_resource = given->use_resource;
    d->getters = vs__getter_given(&given->getter)
                     ? vs__link_make(&given->getter, from->given.getters)
                     : vs__link_hold(from->given.getters);
    return d->getters != NULL || !vs__getter_given(&given->getter);
}

/* Nothing that creates inside what only fetches, where that was asked for. */
static vs_status check_strict(vs_context *ctx, const char *path,
                              const vs_scope *from,
                              const vs_scope_options *given)
{
    const vs_reuse reuse =
        is_given(given->reuse) ? given->reuse : from->given.reuse;

    if (!ctx->options.strict_reuse ||
        ctx->current->given.reuse != VS_REUSE_TRUE || reuse == VS_REUSE_TRUE)
        return VS_OK;
    return vs__fail(ctx->words, VS_ERR_REUSE,
                    "scope '%.200s' could create inside scope '%.200s', which "
                    "only fetches, and this context is strict",
                    path, ctx->current->name);
}

/* Makes a scope of that full name the current one. Every opening counts,
 * whatever the name came from (S26); a jump is counted before the numbers are
 * remembered (S29). */
static vs_status push(vs_context *ctx, const char *path, const vs_scope *from,
                      const vs_scope_options *given, bool jump, vs_scope **out)
{
    vs_scope *scope;
    vs_status st = check_strict(ctx, path, from, given);

    if (st != VS_OK)
        return st;
    if ((scope = vs__scope_make(ctx, path)) == NULL)
        return vs__fail_nomem(ctx->words);
    st = inherit(scope, from, given) ? VS_OK : VS_ERR_NOMEM;
    if (st == VS_OK)
        st = jump ? vs__counters_mark(&ctx->counters, path, &scope->mark)
                  : vs__counters_add(&ctx->counters, path);
    if (st != VS_OK) {
        vs__scope_drop(scope);
        return vs__fail_nomem(ctx->words);
    }
    scope->jumped = jump;
    scope->open = true;
    scope->outer = ctx->current;
    ctx->current = scope;
    if (out != NULL)
        *out = scope;
    return VS_OK;
}

vs_status vs_scope_enter(vs_context *ctx, const char *name,
                         const vs_scope_options *options, vs_scope **out)
{
    vs_scope_options given;
    char path[VS_NAME_MAX + 1];
    vs_status st = take_options(ctx, options, &given);

    if (st != VS_OK)
        return st;
    st = name != NULL ? name_given(ctx, name, path) /* S24 */
                      : name_unique(ctx, &given, path);
    if (st != VS_OK)
        return st;
    return push(ctx, path, ctx->current, &given, false, out);
}

/* S16: the captured name; S17, S18: the captured defaults and reuse, whatever
 * surrounds; S20: a copy. A default name is ignored (S24). */
vs_status vs_scope_reenter(vs_context *ctx, const vs_scope *captured,
                           const vs_scope_options *options, vs_scope **out)
{
    vs_scope_options given;
    vs_status st;

    if (captured->ctx != ctx)
        return vs__fail(ctx->words, VS_ERR_MISUSE,
                        "scope '%.256s' belongs to another context",
                        captured->name);
    st = take_options(ctx, options, &given);
    if (st != VS_OK)
        return st;
    return push(ctx, captured->name, captured, &given, true, out);
}

/* E23: out of order is an error that changes nothing. */
static vs_status check_innermost(const vs_scope *scope)
{
    const vs_context *ctx = scope->ctx;

    if (scope == ctx->root)
        return vs__fail(ctx->words, VS_ERR_NESTING,
                        "the root scope cannot be left");
    if (!scope->open)
        return vs__fail(ctx->words, VS_ERR_NESTING,
                        "scope '%.256s' was left already", scope->name);
    if (scope != ctx->current)
        return vs__fail(ctx->words, VS_ERR_NESTING,
                        "scope '%.256s' is not the innermost, '%.256s' must "
                        "be left first",
                        scope->name, ctx->current->name);
    return VS_OK;
}

vs_status vs_scope_leave(vs_scope *scope)
{
    vs_context *ctx = scope->ctx;
    vs_status st = check_innermost(scope);

    if (st != VS_OK)
        return st;
    if (scope->jumped)
        vs__counters_return(&ctx->counters, scope->mark); /* S29, S30 */
    else
        vs__counters_zero_below(&ctx->counters, scope->name); /* S27 */
    ctx->current = scope->outer;
    scope->outer = NULL;
    scope->open = false;
    vs__scope_drop(scope);
    return VS_OK;
}

vs_scope *vs_scope_capture(vs_scope *scope)
{
    scope->captures++;
    return scope;
}

void vs_scope_release(vs_scope *scope)
{
    if (scope == NULL)
        return;
    if (scope->captures != 0)
        scope->captures--;
    vs__scope_drop(scope);
}

const char *vs_scope_name(const vs_scope *scope)
{
    return scope->name;
}

vs_reuse vs_scope_reuse(const vs_scope *scope)
{
    return scope->given.reuse;
}

vs_dtype vs_scope_dtype(const vs_scope *scope)
{
    return scope->given.dtype;
}

vs_initializer vs_scope_initializer(const vs_scope *scope)
{
    return scope->given.initializer;
}

vs_regularizer vs_scope_regularizer(const vs_scope *scope)
{
    return scope->given.regularizer;
}

vs_constraint vs_scope_constraint(const vs_scope *scope)
{
    return scope->given.constraint;
}

vs_partitioner vs_scope_partitioner(const vs_scope *scope)
{
    return scope->given.partitioner;
}

const char *vs_scope_caching_device(const vs_scope *scope)
{
    return scope->given.caching_device != NULL ? scope->given.caching_device
                                               : "";
}

bool vs_scope_use_resource(const vs_scope *scope)
{
    return scope->given.use_resource == VS_YES;
}

vs_getter vs_scope_getter(const vs_scope *scope)
{
    const vs_getter none = {NULL, NULL, NULL};

    return scope->given.getters != NULL ? scope->given.getters->getter : none;
}

void vs_scope_reuse_variables(vs_scope *scope)
{
    scope->given.reuse = VS_REUSE_TRUE; /* S42: also where it was AUTO */
}

void vs_scope_set_dtype(vs_scope *scope, vs_dtype dtype)
{
    scope->given.dtype = dtype;
}

void vs_scope_set_initializer(vs_scope *scope,
                              const vs_initializer *initializer)
{
    const vs_initializer unset =
        vs_initializer_of(VS_INIT_DEFAULT, 0, 0, VS_NO_SEED);

    scope->given.initializer = initializer != NULL ? *initializer : unset;
}

void vs_scope_set_regularizer(vs_scope *scope,
                              const vs_regularizer *regularizer)
{
    scope->given.regularizer =
        regularizer != NULL ? *regularizer
                            : vs_regularizer_of(VS_REGULARIZER_DEFAULT, 0, 0);
}

void vs_scope_set_partitioner(vs_scope *scope,
                              const vs_partitioner *partitioner)
{
    scope->given.partitioner =
        partitioner != NULL
            ? *partitioner
            : vs_partitioner_of(VS_PARTITIONER_DEFAULT, 0, 0, 0);
}

void vs_scope_set_caching_device(vs_scope *scope, const char *device)
{
    scope->given.caching_device = device;
}

void vs_scope_set_use_resource(vs_scope *scope, bool use_resource)
{
    scope->given.use_resource = use_resource ? VS_YES : VS_NO;
}

vs_status vs_scope_set_getter(vs_scope *scope, const vs_getter *getter)
{
    struct vs__link *link = NULL;

    if (getter != NULL && vs__getter_given(getter) &&
        (link = vs__link_make(getter, NULL)) == NULL)
        return vs__fail_nomem(scope->ctx->words);
    vs__link_release(scope->given.getters);
    scope->given.getters = link;
    return VS_OK;
}
