/* getter.h - the chain of getters and creators between a program and the
 * store.
 */
#ifndef VS_MODEL_GETTER_H
#define VS_MODEL_GETTER_H

#include <stddef.h>

#include "varstore/getter.h"

/* A getter and those around it. Scopes that inherit one share it. */
struct vs__link {
    vs_getter getter;
    struct vs__link *outer; /* a reference is held; NULL: behind is the store */
    size_t refs;            /* scopes and links */
};

/* A link in front of `outer` (may be NULL), with one reference; one more is
 * taken of `outer`. NULL when memory ran out. */
struct vs__link *vs__link_make(const vs_getter *getter, struct vs__link *outer);

/* NULL is fine. `hold` returns its argument. */
struct vs__link *vs__link_hold(struct vs__link *link);
void vs__link_release(struct vs__link *link);

/* A zeroed getter is none. */
static inline int vs__getter_given(const vs_getter *getter)
{
    return getter->get != NULL || getter->name != NULL;
}

/* Calls the getters from `link` on, and behind the last `store` with `getting`
 * and `ctx`. VS_ERR_CALLBACK: one is not registered. */
typedef vs_status vs__store_fn(const vs_getting *getting, void *ctx,
                               vs_variable **out);
vs_status vs__chain_get(const struct vs__link *link, const vs_getting *getting,
                        vs__store_fn *store, void *ctx, vs_variable **out);

/* The same for the creators from `creator` on. */
vs_status vs__chain_create(const vs_creator *creator, const vs_getting *getting,
                           vs__store_fn *store, void *ctx, vs_variable **out);

#endif
