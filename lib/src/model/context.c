/* context.c - contexts: the root, and the list of scopes that die with them.
 *
 * A scope can outlive its place on the stack (vs_scope_capture), so the stack
 * is threaded through the scopes themselves and the context owns them all.
 */
#include "model/context.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/options.h"
#include "model/scope_text.h"

vs_scope *vs__scope_make(vs_context *ctx, const char *name)
{
    const size_t n = strlen(name) + 1;
    vs_scope *scope = vs__alloc(sizeof *scope + n);

    if (scope == NULL)
        return NULL;
    memset(scope, 0, sizeof *scope);
    scope->ctx = ctx;
    scope->given.reuse = ctx->eager ? VS_REUSE_AUTO : VS_REUSE_NONE;
    memcpy(scope->name, name, n);
    scope->older = ctx->newest;
    if (ctx->newest != NULL)
        ctx->newest->newer = scope;
    ctx->newest = scope;
    return scope;
}

static void end_scope(vs_scope *scope)
{
    vs__link_release(scope->given.getters);
    vs__recalled_release(scope->memory);
    vs__free(scope->told);
    vs__free(scope);
}

/* The root, which is the oldest, stays open. */
void vs__scope_drop(vs_scope *scope)
{
    if (scope->open || scope->captures != 0)
        return;
    if (scope->newer != NULL)
        scope->newer->older = scope->older;
    else
        scope->ctx->newest = scope->older;
    scope->older->newer = scope->newer;
    end_scope(scope);
}

vs_status vs__context_make(vs_store *store, vs_error *words,
                           const vs_context_options *options, bool eager,
                           vs_context **out)
{
    vs_context *ctx = vs__calloc(1, sizeof *ctx);
    vs_status st;

    if (ctx == NULL)
        return vs__fail_nomem(words);
    st = vs__options_take(&ctx->options, sizeof ctx->options, options,
                          "vs_context_options", words);
    if (st != VS_OK) {
        vs__free(ctx);
        return st;
    }
    ctx->store = store;
    ctx->words = words;
    ctx->eager = eager;
    vs__counters_init(&ctx->counters);
    vs__counters_init(&ctx->adopted);
    ctx->root = vs__scope_make(ctx, "");
    if (ctx->root == NULL) {
        vs_context_free(ctx);
        return vs__fail_nomem(words);
    }
    ctx->root->open = true;
    ctx->current = ctx->root;
    *out = ctx;
    return VS_OK;
}

void vs_context_free(vs_context *ctx)
{
    if (ctx == NULL)
        return;
    while (ctx->newest != NULL) {
        vs_scope *older = ctx->newest->older;

        end_scope(ctx->newest);
        ctx->newest = older;
    }
    while (ctx->creator != NULL) {
        vs_creator *outer = ctx->creator->outer;

        vs__free(ctx->creator);
        ctx->creator = outer;
    }
    vs__counters_done(&ctx->counters);
    vs__counters_done(&ctx->adopted);
    vs__free(ctx);
}

vs_scope *vs_scope_current(vs_context *ctx)
{
    return ctx->current;
}
