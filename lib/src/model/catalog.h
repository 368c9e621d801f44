/* catalog.h - names and variables: the rows behind the handles.
 *
 * Owns the tables name, variable and collection. All calls run inside the
 * caller's transaction.
 */
#ifndef VS_MODEL_CATALOG_H
#define VS_MODEL_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "model/store.h"
#include "model/value.h"
#include "varstore/variable.h"

struct vs__variable_row {
    struct vs__kind_of_value kind; /* id, dtype, shape, plan */
    bool trainable;
    int64_t current; /* version, or 0 when no name is left */
    int64_t n_names;
    int64_t n_versions;
};

/* The row of a variable. VS_ERR_STALE: there is none. VS_ERR_CORRUPT: a field
 * that cannot be. */
vs_status vs__variable_row(vs_store *store, int64_t variable,
                           struct vs__variable_row *out);

/* The variable that a path leads to now, and the name's row (`name` may be
 * NULL). VS_ERR_NOTFOUND with words. */
vs_status vs__name_find(vs_store *store, const char *path, int64_t *variable,
                        int64_t *name);

/* Makes a path lead to a variable. The row is made, or taken up again if only
 * checkpoints use it. VS_ERR_EXISTS (with the origin of what is there) if it
 * leads somewhere now. */
vs_status vs__name_attach(vs_store *store, const char *path, int64_t variable,
                          bool alias);

/* Takes a name (by the id of its row) from its variable. The oldest alias
 * moves up if it was the first name; a variable without names has no current
 * version, and goes unless a checkpoint keeps one. */
vs_status vs__name_detach(vs_store *store, int64_t name);

/* Replaces a variable's current version: holds the new one (unless 0), lets
 * go of the old one. */
vs_status vs__variable_set_current(vs_store *store, int64_t variable,
                                   int64_t version);

#endif
