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

#include <stdbool.h>
#include <stddef.h>

#include "varstore/dtype.h"
#include "varstore/export.h"
#include "varstore/getter.h"
#include "varstore/partition.h"
#include "varstore/regularize.h"
#include "varstore/rule.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/variable.h"

VS_BEGIN_DECLS

typedef struct vs_scope vs_scope;

/* Makes a context at the root of `store`. Free with vs_context_free before
 * the store is closed. VS_ERR_NOMEM, VS_ERR_FORKED. */
VS_API VS_MUST_USE vs_status vs_context_new(vs_store *store, vs_context **out);

/* How a context differs from TensorFlow's. */
typedef struct vs_context_options {
    size_t size; /* sizeof(vs_context_options); 0 means that too */
    bool adopt;  /* whether a name exists is judged by what this context got,
                    as in a process that restores and then builds its graph:
                    the first get with reuse none adopts what is stored, or
                    creates it; a second is VS_ERR_EXISTS (Q1) */
    bool strict_reuse; /* no scope that may create inside one that only
                          fetches: VS_ERR_REUSE instead (Q5) */
    bool verify;       /* a fetch whose trainable, regularizer, constraint or
                          collections are not the variable's, which goes unheard
                          otherwise (S45), is VS_ERR_DIFFERS (Q12) */
    bool inherit_constraint; /* children and captured scopes inherit it; in
                                TensorFlow they do not (S13, Q8) */
    /* Told of what `verify` would refuse; may be NULL. `message` is borrowed
     * until it returns. */
    void (*warn)(const char *message, void *data);
    void *data; /* for `warn` */
} vs_context_options;

/* vs_context_new with options. VS_ERR_UNSUPPORTED for one that this library
 * does not know. */
VS_API VS_MUST_USE vs_status vs_context_new_with(
    vs_store *store, const vs_context_options *options, vs_context **out);

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
    /* What these point to is borrowed likewise. */
    vs_regularizer regularizer; /* VS_REGULARIZER_NONE: none below, whatever
                                   surrounds (S14, S84) */
    vs_constraint constraint;   /* of this scope's variables only, see
                                   vs_context_options (S13) */
    vs_partitioner partitioner; /* for variables with a shape but scalars */
    vs_getter getter;           /* called before those that surround */
    const char *caching_device; /* see vs_variable_spec; "" for none */
    vs_tristate use_resource;   /* no effect, see vs_variable_spec */
    /* Variables that the body will use; n_values of them. All must be of the
     * context's store: VS_ERR_MISUSE (S102). */
    vs_variable *const *values;
    size_t n_values;
} vs_scope_options;

/* Enters the scope `name` below the current one ("b/c" is one scope) and
 * makes it current. At the root "" re-enters the root with these defaults.
 * `*out` (may be NULL) is borrowed until the scope is left; see
 * vs_scope_capture. NULL options inherit everything.
 *   VS_ERR_NAME    an invalid name; "" below the root
 *   VS_ERR_MISUSE  neither a name nor a default name; an unknown reuse mode;
 *                  a value of another store; a rule with bad parameters
 *   VS_ERR_DTYPE   an unknown dtype
 *   VS_ERR_REUSE   VS_REUSE_TRUE or _AUTO with only a default name; see also
 *                  strict_reuse
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
VS_API vs_regularizer vs_scope_regularizer(const vs_scope *scope);
VS_API vs_constraint vs_scope_constraint(const vs_scope *scope);
VS_API vs_partitioner vs_scope_partitioner(const vs_scope *scope);
VS_API const char *vs_scope_caching_device(const vs_scope *scope); /* or "" */
VS_API bool vs_scope_use_resource(const vs_scope *scope);
VS_API vs_getter vs_scope_getter(const vs_scope *scope); /* the innermost */

/* Turns reuse on for good in this scope object (S42). */
VS_API void vs_scope_reuse_variables(vs_scope *scope);

/* Change the defaults of this scope object; NONE and VS_INIT_DEFAULT (or a
 * NULL initializer) unset. An initializer is copied, what it points to is
 * borrowed as in vs_scope_options. */
VS_API void vs_scope_set_dtype(vs_scope *scope, vs_dtype dtype);
VS_API void vs_scope_set_initializer(vs_scope *scope,
                                     const vs_initializer *initializer);

/* The same for the other defaults; NULL unsets, "" and kind NONE stop what
 * would be inherited. A getter replaces all that the scope had (S76).
 * There is none for the constraint (S74). */
VS_API void vs_scope_set_regularizer(vs_scope *scope,
                                     const vs_regularizer *regularizer);
VS_API void vs_scope_set_partitioner(vs_scope *scope,
                                     const vs_partitioner *partitioner);
VS_API void vs_scope_set_caching_device(vs_scope *scope, const char *device);
VS_API void vs_scope_set_use_resource(vs_scope *scope, bool use_resource);
VS_API VS_MUST_USE vs_status vs_scope_set_getter(vs_scope *scope,
                                                 const vs_getter *getter);

/* A scope as JSON, to be entered by another process: its path, reuse mode and
 * those defaults that can be told, callbacks by their names (Q4). Borrowed
 * until the next call on this scope. VS_ERR_TOOBIG: it has more than 16 getters
 * with names, or a caching device of more than 255 bytes; VS_ERR_NOMEM. */
VS_API VS_MUST_USE vs_status vs_scope_describe(vs_scope *scope,
                                               const char **out);

/* The scope that such a text tells, captured in this context (release it with
 * vs_scope_release). VS_ERR_FORMAT, VS_ERR_UNSUPPORTED, VS_ERR_NAME,
 * VS_ERR_NOMEM; VS_ERR_MISUSE: a rule that no variable can have. */
VS_API VS_MUST_USE vs_status vs_scope_recall(vs_context *ctx, const char *text,
                                             vs_scope **out);

/* Gets the variable `name` of the current scope, by the scope's reuse mode.
 * NULL `spec` means an empty one. Free `*out` with vs_variable_free.
 *
 * To create, the shape must be fully known (or the initializer a VS_INIT_VALUE,
 * whose shape must not be repeated, S55). dtype: that of a VS_INIT_VALUE, of
 * the call or the scope, else the spec's, else the scope's, else f32 (S53). To
 * fetch, a given shape must be compatible (unknown rank and dimensions match
 * anything; with validate_shape VS_NO and no partitioner any shape is, S65), and
 * so must the dtype of the spec, else the scope's; the built-in f32 matches any,
 * and what the same call would create is always found (Q6). The other fields are then ignored, a
 * VS_INIT_VALUE too; still a shape beside it, and a dtype at odds with it in
 * one call, are refused.
 *
 * With a partitioner, of the call or the scope, the call is for a partitioned
 * variable, unless its shape is []: the shape must be known, and such as can be
 * cut, to fetch too, and a VS_INIT_VALUE may repeat it. Without one the modes
 * TRUE and AUTO find what is partitioned as it is (Q7). The names of its parts
 * are for them alone (Q20).
 *
 *   VS_ERR_EXISTS       mode NONE and the name "already exists"; the words
 *                       tell who made it, when and where
 *   VS_ERR_NOTFOUND     mode TRUE and it "does not exist"
 *   VS_ERR_SHAPE, VS_ERR_DTYPE  it exists with another one; both are told
 *   VS_ERR_PARTITION    it exists, but is not cut as the partitioner would;
 *                       in mode NONE also if it is partitioned and no
 *                       partitioner was given. Or the name cannot be made: see
 *                       vs_variable_create. Where whole and partitioned meet,
 *                       this is told before anything else
 *   VS_ERR_NEEDSHAPE, VS_ERR_INITIALIZER, VS_ERR_NAME  as vs_variable_create
 *   VS_ERR_CALLBACK     a getter, or another callback that is needed, by a name
 *                       that is not registered
 *   VS_ERR_DIFFERS      see vs_context_options.verify
 *   VS_ERR_READONLY     it would have to be created in a store open for
 *                       reading; inside a read transaction VS_ERR_MISUSE
 * and those that any call of variable.h may return. */
VS_API VS_MUST_USE vs_status vs_get_variable(vs_context *ctx, const char *name,
                                             const vs_variable_spec *spec,
                                             vs_variable **out);

/* Gets a local variable (S71-S73): of this store handle alone, as
 * vs_get_variable does otherwise. It is never trainable, is in the collection
 * VS_LOCAL_VARIABLES and in those that the spec names, but not in the default
 * one; its value lies in memory, or a temporary file if it is large, and goes
 * when the store is closed. No other handle or process sees it, no checkpoint,
 * export, check or list has it (but see vs_list_options.local), and it can be
 * made and written in a store that is open for reading, and in a read
 * transaction. Everything else is as with other variables: reading, writing,
 * slices, statistics, deferring, vs_variable_open, _delete, _rename and so on
 * by name, and vs_store_rollback undoes what was done to it. Calls on whole
 * scopes, such as vs_scope_move and vs_scope_initialize, leave it alone.
 *
 * Names are shared: a local variable cannot have a name that another variable
 * has, nor the reverse while it lives (VS_ERR_EXISTS), and either call fetches
 * what is there, of whichever kind. A name that another process takes later
 * stays hidden here behind the local variable.
 * As vs_get_variable; VS_ERR_SEALED, VS_ERR_FULL, VS_ERR_IO. */
VS_API VS_MUST_USE vs_status vs_get_local_variable(vs_context *ctx,
                                                   const char *name,
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
