/* handle.h - what a vs_variable is: facts that never change, and where to
 * look for the rest.
 */
#ifndef VS_MODEL_HANDLE_H
#define VS_MODEL_HANDLE_H

#include "model/catalog.h"
#include "model/describe.h"
#include "rule/spec.h"
#include "varstore/partition.h"
#include "varstore/scope.h"
#include "varstore/variable.h"

struct vs_variable {
    vs_store *store;               /* borrowed */
    struct vs__kind_of_value kind; /* id, dtype, shape, plan: for life */
    bool trainable;                /* for life */
    int64_t pinned;                /* the one version it shows; 0: current */
    int64_t checkpoint;            /* where that version was found; 0: none */
    vs_partition partition;        /* of what it is, or is a part of */
    int64_t ordinal;               /* which part it is; -1: none */
    bool drawn;                    /* its first value is drawn by itself */
    struct vs_variable **parts;    /* owned, partition.parts of them; NULL: it
                                      is not partitioned */
    struct vs__description told;   /* of vs_variable_describe */
    bool undone;                   /* made in a transaction that was rolled
                                      back: see fresh.h */
    vs_variable *fresh_next;       /* in a list of fresh.h */
    vs_variable **fresh_link;      /* what leads here in it; NULL: in none */
    const char **collections;      /* of vs_variable_collections, or NULL */
    bool caching;                  /* see cache.h */
    int64_t cached;                /* version in `cache`, or 0 */
    int64_t cached_undone;         /* fresh.n_undone when it was read */
    uint8_t *cache;                /* a whole value, owned, or NULL */
    char (*rules)[VS__SPEC_MAX];   /* two, of vs_variable_rules, or NULL */
    char name[VS_NAME_MAX + 1];    /* it was opened by */
};

/* A handle for a variable that was just read or made. NULL: no memory. */
vs_variable *vs__variable_new(vs_store *store, const char *name,
                              const struct vs__variable_row *row);

/* Puts the handle's name in front of the words, if the status is that of
 * damage. Gives the status back. */
vs_status vs__variable_blame(vs_variable *v, vs_status st);

/* Opens what a path leads to, now or in a checkpoint (if it is not 0), inside
 * the caller's transaction; nothing partitioned. VS_DONE, without words: it
 * leads nowhere. */
vs_status vs__variable_find(vs_store *store, int64_t checkpoint,
                            const char *path, vs_variable **out);

/* Opens what has this path, partitioned or not, in the same way.
 * VS_ERR_NOTFOUND, with words. */
vs_status vs__variable_get(vs_store *store, int64_t checkpoint,
                           const char *path, vs_variable **out);

/* The version and variable that a checkpoint has under a path. VS_DONE,
 * without words: none. */
vs_status vs__saved_look(vs_store *store, int64_t checkpoint, const char *path,
                         int64_t *version, int64_t *variable);

/* The version that a handle shows, inside the caller's transaction; 0: the
 * variable is there, but has no value yet. Of a partitioned one the newest of
 * its parts', 0 if any has none. VS_ERR_STALE with the handle's
 * name. */
vs_status vs__variable_there(vs_variable *v, int64_t *out);

/* The same for whoever needs a value: VS_ERR_UNINITIALIZED if there is none.
 */
vs_status vs__variable_shown(vs_variable *v, int64_t *out);

/* vs_variable_create for a scope with that reuse mode. */
vs_status vs__variable_create(vs_store *store, const char *name,
                              const vs_variable_spec *spec, vs_reuse reuse,
                              vs_variable **out);

/* Who puts the chunks of a value, all of them, inside a write transaction. */
struct vs__putter {
    vs_status (*put)(struct vs__chunk_list *out, void *ctx);
    void *ctx;
};

/* vs_variable_create of a variable that is not partitioned and whose value,
 * which the spec gives, is of chunks that `putter` puts: several can then be
 * encoded ahead. */
vs_status vs__variable_create_put(vs_store *store, const char *name,
                                  const vs_variable_spec *spec,
                                  const struct vs__putter *putter);

#endif
