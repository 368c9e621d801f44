/* context.h - one thread's stack of open scopes, without the store.
 *
 * What is here and in scope.c knows names and defaults only; get.c is where a
 * scope meets the store.
 */
#ifndef VS_MODEL_CONTEXT_H
#define VS_MODEL_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/counters.h"
#include "model/getter.h"
#include "varstore/scope.h"

/* What a scope says for calls that do not. Zero fields: neither given nor
 * inherited. */
struct vs__defaults {
    vs_reuse reuse; /* NONE, TRUE or AUTO (S39) */
    vs_dtype dtype;
    vs_initializer initializer;
    vs_regularizer regularizer;
    vs_constraint constraint;
    vs_partitioner partitioner;
    const char *caching_device;
    vs_tristate use_resource;
    struct vs__link *getters; /* the innermost; a reference is held */
};

/* Lives while it is open or captured, at most as long as its context. */
struct vs_scope {
    vs_context *ctx;             /* borrowed; whose stack it is or was on */
    vs_scope *outer;             /* where leaving leads; NULL: root, or left */
    vs_scope *newer;             /* made after it in the same context */
    vs_scope *older;             /* made before it */
    size_t captures;             /* to be released */
    bool open;                   /* on the stack */
    bool jumped;                 /* entered by vs_scope_reenter */
    size_t mark;                 /* if jumped: of the counters, at entry */
    struct vs__defaults given;   /* effective; what they point to is borrowed */
    char *told;                  /* of vs_scope_describe, owned, or NULL */
    struct vs__recalled *memory; /* of vs_scope_recall, shared, or NULL */
    char name[];                 /* full; "" at the root */
};

/* A creator that is entered. */
struct vs_creator {
    vs_context *ctx;       /* borrowed */
    vs_creator *outer;     /* entered before it, owned by the context */
    struct vs_getter call; /* what to call */
};

struct vs_context {
    vs_store *store;              /* borrowed */
    vs_error *words;              /* borrowed; where failures are told */
    vs_context_options options;   /* as given, padded */
    bool eager;                   /* reuse is always auto (S109) */
    vs_scope *root;               /* bottom of the stack */
    vs_scope *current;            /* top of the stack */
    vs_scope *newest;             /* all scopes, open or captured; owned */
    vs_creator *creator;          /* the innermost, owned, or NULL */
    struct vs__counters counters; /* openings, for default names */
    struct vs__counters adopted;  /* names got, while options.adopt */
};

/* A context at the root of `store`, which it only keeps, telling failures to
 * `words`. VS_ERR_NOMEM, VS_ERR_UNSUPPORTED. */
vs_status vs__context_make(vs_store *store, vs_error *words,
                           const vs_context_options *options, bool eager,
                           vs_context **out);

/* A new scope of the context, not on the stack, with nothing set. NULL when
 * memory ran out. */
vs_scope *vs__scope_make(vs_context *ctx, const char *name);

/* Frees the scope if it is neither open nor captured. */
void vs__scope_drop(vs_scope *scope);

#endif
