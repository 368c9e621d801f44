/* getter.h - having a say in vs_get_variable.
 *
 * A getter stands between a program and the store: every vs_get_variable in
 * its scope calls it, for what exists and for what will be made, and it passes
 * the call on, changed or not, or answers itself. Getters nest: that of the
 * innermost scope is called first, and what it passes on goes to the one
 * around it; behind the outermost is the store (S77-S79).
 *
 *     static vs_status renamed(vs_next *next, const vs_getting *getting,
 *                              void *data, vs_variable **out)
 *     {
 *         vs_getting mine = *getting;
 *         char name[VS_NAME_MAX + 1];
 *
 *         snprintf(name, sizeof name, "%s_ema", getting->name);
 *         mine.name = name;
 *         return vs_next_get(next, &mine, out);
 *     }
 *
 * A creator is the same for creation only: it is called when a variable is
 * really to be made (S81).
 *
 * Words of a failure stay those of the call that failed. A getter that gets
 * several variables frees those that it does not hand on. Thread rule: that of
 * the context.
 */
#ifndef VARSTORE_GETTER_H
#define VARSTORE_GETTER_H

#include <stdbool.h>

#include "varstore/export.h"
#include "varstore/status.h"
#include "varstore/variable.h"

VS_BEGIN_DECLS

typedef struct vs_context vs_context;

/* A call of vs_get_variable on its way to the store: a plain struct that may
 * be copied, changed and passed on. What it points to is borrowed for the
 * call. */
typedef struct vs_getting {
    vs_context *context;
    const char *name;      /* full */
    vs_reuse reuse;        /* of the scope: NONE, TRUE or AUTO */
    vs_variable_spec spec; /* what the call does not say is the scope's */
    bool local;            /* it is one of vs_get_local_variable */
} vs_getting;

/* The rest of the way; borrowed during the call of a getter or creator. */
typedef struct vs_next vs_next;

/* Puts into `*out` whatever variable the caller is to have, and returns VS_OK;
 * or returns a failure and leaves `*out` alone. */
typedef vs_status (*vs_getter_fn)(vs_next *next, const vs_getting *getting,
                                  void *data, vs_variable **out);

/* A getter or creator: by pointer, by the name it is registered under
 * (callback.h), or both. A zeroed one is none. A name that is not registered
 * is an error of the call that needs it, not of the scope (E14):
 * VS_ERR_CALLBACK. */
typedef struct vs_getter {
    vs_getter_fn get; /* NULL: the registered one */
    void *data;       /* for `get` */
    const char *name; /* or NULL; borrowed as long as the scope */
} vs_getter;

/* Passes a call on, any number of times: to the next getter outwards, or to
 * the store. `getting` may differ from what the getter was given in everything
 * but the context. As vs_get_variable; VS_ERR_NAME for a name that is none. */
VS_API VS_MUST_USE vs_status vs_next_get(vs_next *next,
                                         const vs_getting *getting,
                                         vs_variable **out);

/* From now on `creator` is asked whenever the context is about to make a
 * variable, before those entered earlier; behind the first is the store. It
 * may pass on another name or spec, or hand out what exists. What it points to
 * is borrowed until it is left.
 *   VS_ERR_MISUSE  neither a pointer nor a name; VS_ERR_NAME, VS_ERR_NOMEM */
typedef struct vs_creator vs_creator;
VS_API VS_MUST_USE vs_status vs_creator_enter(vs_context *ctx,
                                              const vs_getter *creator,
                                              vs_creator **out);

/* Ends that, innermost first: VS_ERR_NESTING otherwise, and nothing changes. */
VS_API vs_status vs_creator_leave(vs_creator *creator);

VS_END_DECLS

#endif
