/* scope.h - variable scopes: where names come from, and who may create.
 *
 * A scope is a name prefix and a bag of defaults. Opening one writes nothing;
 * variables live in one flat map of full names. What vs_get_variable does is
 * decided by the reuse mode of the current scope, against the store itself, in
 * a transaction: it holds across threads, processes and restarts.
 *
 *     VS_REUSE_NONE   create: VS_ERR_EXISTS if the name is taken (like O_EXCL)
 *     VS_REUSE_TRUE   fetch: VS_ERR_NOTFOUND if it is absent
 *     VS_REUSE_AUTO   fetch, or create if absent; of N racing callers one
 *                     creates and all get the same variable and value
 *
 * A context is one thread's stack of open scopes and its default-name
 * counters, at the root when new; it is never stored. Semantics are those of
 * TensorFlow 1.x (numbers such as S39 in the sources name its behaviours):
 * a child inherits every default that it is not given; reuse cannot be turned
 * off below a reusing scope, except by re-entering a captured scope or the
 * root; setters act on later calls and on children opened later. There are no
 * ops here, so there are no op name scopes either.
 *
 * Words of failures go to the store (vs_store_error); calls on scopes leave
 * them alone when they succeed, so that leaving a block keeps what went wrong
 * in it.
 *
 * Thread rule: a context, its scopes and its store belong to one thread.
 */
#ifndef VARSTORE_SCOPE_H
#define VARSTORE_SCOPE_H

#include <stddef.h>

#include "varstore/dtype.h"
#include "varstore/export.h"
#include "varstore/rule.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/variable.h"

VS_BEGIN_DECLS

typedef struct vs_context vs_context;
typedef struct vs_scope vs_scope;

typedef enum vs_reuse {
    VS_REUSE_INHERIT = 0, /* the surrounding scope's mode; at the root: none */
    VS_REUSE_NONE,        /* TensorFlow's False: the same as INHERIT (S39) */
    VS_REUSE_TRUE,
    VS_REUSE_AUTO
} vs_reuse;

/* Makes a context at the root of `store`. Free with vs_context_free before
 * the store is closed. VS_ERR_NOMEM, VS_ERR_FORKED. */
VS_API VS_MUST_USE vs_status vs_context_new(vs_store *store, vs_context **out);

/* Frees the context and every scope still open in it; captured scopes too
 * become invalid. NULL is fine. */
VS_API void vs_context_free(vs_context *ctx);

/* Given to a scope; a zero field means "inherit". */
typedef struct vs_scope_options {
    size_t size;              /* sizeof(vs_scope_options); 0 means that too */
    const char *default_name; /* if `name` is NULL: made unique among the
                                 scopes this context opened, by _1, _2, ... */
    vs_reuse reuse;
    vs_dtype dtype;             /* for variables that do not say */
    vs_initializer initializer; /* for variables that do not say; what it
                                   points to is borrowed by this scope and by
                                   those that inherit or capture it */
} vs_scope_options;

/* Enters the scope `name` below the current one ("b/c" is one scope) and
 * makes it current. At the root "" re-enters the root with these defaults.
 * `*out` (may be NULL) is borrowed until the scope is left; see
 * vs_scope_capture. NULL options inherit everything.
 *   VS_ERR_NAME    an invalid name; "" below the root
 *   VS_ERR_MISUSE  neither a name nor a default name; an unknown reuse mode
 *   VS_ERR_DTYPE   an unknown dtype
 *   VS_ERR_REUSE   VS_REUSE_TRUE or _AUTO with only a default name
 *   VS_ERR_NOMEM */
VS_API VS_MUST_USE vs_status vs_scope_enter(vs_context *ctx, const char *name,
                                            const vs_scope_options *options,
                                            vs_scope **out);

/* Enters a captured scope again, from wherever the context is: the name is
 * the captured one, the defaults are those of `captured` now, not of the
 * surroundings; `options` override. The new scope is a copy: changes to it do
 * not flow back (S16-S20). `captured` may still be open. As vs_scope_enter;
 * VS_ERR_MISUSE also for a scope of another context. */
VS_API VS_MUST_USE vs_status vs_scope_reenter(vs_context *ctx,
                                              const vs_scope *captured,
                                              const vs_scope_options *options,
                                              vs_scope **out);

/* Leaves the scope, which must be the innermost one: VS_ERR_NESTING
 * otherwise, and nothing changes. The root cannot be left: VS_ERR_NESTING. */
VS_API vs_status vs_scope_leave(vs_scope *scope);

/* Keeps a scope usable after it was left, for vs_scope_reenter and the
 * functions below. Returns `scope`. Release with vs_scope_release. */
VS_API vs_scope *vs_scope_capture(vs_scope *scope);
VS_API void vs_scope_release(vs_scope *scope);

/* The innermost open scope; never NULL. Borrowed until it is left. */
VS_API vs_scope *vs_scope_current(vs_context *ctx);

/* What a scope is. The name is "" at the root. Borrowed as the scope is. */
VS_API const char *vs_scope_name(const vs_scope *scope);
VS_API vs_reuse vs_scope_reuse(const vs_scope *scope); /* NONE, TRUE or AUTO */
VS_API vs_dtype vs_scope_dtype(const vs_scope *scope); /* NONE if never set */
VS_API vs_initializer vs_scope_initializer(const vs_scope *scope);

/* Turns reuse on for good in this scope object (S42). */
VS_API void vs_scope_reuse_variables(vs_scope *scope);

/* Change the defaults of this scope object; NONE and VS_INIT_DEFAULT (or a
 * NULL initializer) unset. An initializer is copied, what it points to is
 * borrowed as in vs_scope_options. */
VS_API void vs_scope_set_dtype(vs_scope *scope, vs_dtype dtype);
VS_API void vs_scope_set_initializer(vs_scope *scope,
                                     const vs_initializer *initializer);

/* Gets the variable `name` of the current scope, by the scope's reuse mode.
 * NULL `spec` means an empty one. Free `*out` with vs_variable_free.
 *
 * To create, the shape must be fully known (or the initializer a VS_INIT_VALUE,
 * whose shape must not be repeated, S55). dtype: the spec's, else that of a
 * VS_INIT_VALUE, else the scope's, else f32. To fetch, a given shape must be
 * compatible (unknown rank and dimensions match anything), and so must the
 * dtype of the spec, else the scope's; the built-in f32 matches any, and what
 * the same call would create is always found. The other fields are then
 * ignored, a VS_INIT_VALUE too; still a shape beside it, and a dtype at odds
 * with it in one call, are refused.
 *
 *   VS_ERR_EXISTS       mode NONE and the name "already exists"; the words
 *                       tell who made it, when and where
 *   VS_ERR_NOTFOUND     mode TRUE and it "does not exist"
 *   VS_ERR_SHAPE, VS_ERR_DTYPE  it exists with another one; both are told
 *   VS_ERR_NEEDSHAPE, VS_ERR_INITIALIZER, VS_ERR_NAME  as vs_variable_create
 *   VS_ERR_READONLY     it would have to be created in a store open for
 *                       reading; inside a read transaction VS_ERR_MISUSE
 * and those that any call of variable.h may return. */
VS_API VS_MUST_USE vs_status vs_get_variable(vs_context *ctx, const char *name,
                                             const vs_variable_spec *spec,
                                             vs_variable **out);

/* A block inside a scope. `status` is an lvalue that holds VS_OK at the start;
 * the block is skipped, and `status` set, if the scope cannot be entered.
 * Leave the block early by `continue`, never by break, goto or return. Blocks
 * nest.
 *
 *     VS_WITH_SCOPE (st, ctx, "layer1", NULL) {
 *         if ((st = vs_get_variable(ctx, "w", &spec, &w)) != VS_OK)
 *             continue;
 *         ...
 *     }
 */
#define VS_WITH_SCOPE(status, ctx, name, options)                        \
    for (vs_scope *VS_SCOPE_BLOCK_ =                                     \
             vs_scope_block_enter_(&(status), (ctx), (name), (options)); \
         VS_SCOPE_BLOCK_ != NULL;                                        \
         VS_SCOPE_BLOCK_ = vs_scope_block_leave_(&(status), VS_SCOPE_BLOCK_))

/* Differs by line, so that blocks can nest without shadowing. */
#define VS_SCOPE_BLOCK_            VS_PASTE_LINE_(vs_scope_block_, __LINE__)
#define VS_PASTE_LINE_(name, line) VS_PASTE_(name, line)
#define VS_PASTE_(a, b)            a##b

static inline vs_scope *vs_scope_block_enter_(vs_status *status,
                                              vs_context *ctx, const char *name,
                                              const vs_scope_options *options)
{
    vs_scope *scope = NULL;

    if (*status == VS_OK)
        *status = vs_scope_enter(ctx, name, options, &scope);
    return scope;
}

static inline vs_scope *vs_scope_block_leave_(vs_status *status,
                                              vs_scope *scope)
{
    vs_status left = vs_scope_leave(scope);

    if (*status == VS_OK)
        *status = left;
    return NULL;
}

VS_END_DECLS

#endif
