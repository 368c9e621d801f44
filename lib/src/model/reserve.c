/* reserve.c - a scope name that nobody uses, for good (Q2).
 *
 * Like mkdtemp: the name is found and taken under the write lock. What counts
 * as used is whatever is in the store, unlike the counters of default names,
 * which are a context's own.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/fail.h"
#include "model/catalog.h"
#include "model/context.h"
#include "model/local.h"
#include "model/mark.h"
#include "model/path.h"

/* The scope below the current one that a call is about. */
struct reserving {
    char name[VS_NAME_MAX + 24]; /* as given, with the number */
    char path[VS_NAME_MAX + 1];  /* of the whole */
};

/* Finds the first name that nobody uses. */
static vs_status find(const vs_context *ctx, const char *name,
                      struct reserving *r)
{
    bool used = true;
    vs_status st = VS_OK;

    for (int64_t k = 0; used; k++) {
        if (k == 0)
            (void)snprintf(r->name, sizeof r->name, "%s", name);
        else
            (void)snprintf(r->name, sizeof r->name, "%s_%" PRId64, name, k);
        if ((st = vs__path_nest(ctx->current->name, r->name, r->path,
                                ctx->words)) != VS_OK ||
            (st = vs__name_used_within(ctx->store, r->path, &used)) != VS_OK)
            return st;
        if (!used && (st = vs__local_used(ctx->store, r->path, &used)) != VS_OK)
            return st;
        if (!used &&
            (st = vs__mark_within(ctx->store, r->path, &used)) != VS_OK)
            return st;
    }
    return st;
}

/* Inside the write transaction. Entering comes last, since it cannot be taken
 * back without a trace. */
static vs_status reserve(vs_context *ctx, const char *name,
                         const vs_scope_options *options, vs_scope **out)
{
    struct reserving r;
    vs_status st = find(ctx, name, &r);

    if (st == VS_OK)
        st = vs__seal_check(ctx->store, r.path);
    if (st == VS_OK)
        st = vs__mark_put(ctx->store, VS_MARK_RESERVED, r.path, NULL);
    return st == VS_OK ? vs_scope_enter(ctx, r.name, options, out) : st;
}

vs_status vs_scope_reserve(vs_context *ctx, const char *name,
                           const vs_scope_options *options, vs_scope **out)
{
    vs_scope *scope = NULL;
    char path[VS_NAME_MAX + 1];
    vs_status st = vs__db_enter(ctx->store->db);

    if (st != VS_OK)
        return st;
    if (name == NULL)
        return vs__fail(ctx->words, VS_ERR_MISUSE,
                        "a reserved scope in '%.256s' needs a name to begin "
                        "with",
                        ctx->current->name);
    if ((st = vs__path_nest(ctx->current->name, name, path, ctx->words)) !=
            VS_OK ||
        (st = vs__store_begin(ctx->store, VS_TXN_WRITE)) != VS_OK)
        return st;
    st = vs__store_end(ctx->store, reserve(ctx, name, options, &scope));
    if (st != VS_OK) {
        if (scope != NULL) /* the commit failed */
            (void)vs_scope_leave(scope);
        return st;
    }
    if (out != NULL)
        *out = scope;
    return VS_OK;
}
