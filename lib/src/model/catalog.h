/* catalog.h - names and variables: the rows behind the handles.
 *
 * Owns the tables name and variable. All calls run inside the caller's
 * transaction. Each row has a record, a digest of itself, that is compared
 * whenever the row is read: VS_ERR_CORRUPT from any call below.
 */
#ifndef VS_MODEL_CATALOG_H
#define VS_MODEL_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "model/record.h"
#include "model/store.h"
#include "model/value.h"
#include "varstore/scope.h"
#include "varstore/variable.h"

struct vs__variable_row {
    struct vs__kind_of_value kind; /* id, dtype, shape, plan */
    bool trainable;
    vs_reuse reuse;  /* of the scope that made it; INHERIT: none */
    bool is_part;    /* parts.h has more of it */
    bool deferred;   /* its first value is still to come */
    int64_t current; /* version; 0: no name is left, or no value yet */
    int64_t n_names;
    int64_t n_versions;
    struct vs__digest facts; /* of what never changes; in its record */
};

/* The row of a variable. VS_ERR_STALE: there is none. VS_ERR_CORRUPT: a field
 * that cannot be. */
vs_status vs__variable_row(vs_store *store, int64_t variable,
                           struct vs__variable_row *out);

/* Writes the row of a new variable and that of its first name, without version
 * or collection yet; sets row->kind.variable, row->facts and row->current.
 * `initializer` (a spec in JSON) may be NULL. Errors as vs__name_put. */
vs_status vs__variable_insert(vs_store *store, struct vs__variable_row *row,
                              const char *path, const char *initializer,
                              const char *site);

/* Replaces a variable's current version: holds the new one (unless 0), lets
 * go of the old one. With a version it is no longer deferred. */
vs_status vs__variable_set_current(vs_store *store, int64_t variable,
                                   int64_t version);

/* The same for one who has the row as it is now. */
vs_status vs__variable_replace(vs_store *store,
                               const struct vs__variable_row *row,
                               int64_t version);

/* Counts versions on or off. A variable with neither version nor name is
 * deleted, with its collections. */
vs_status vs__variable_count_versions(vs_store *store, int64_t variable,
                                      int64_t change);

/* The row of a path, whether it leads somewhere or not. VS_DONE: none. What it
 * tells of the variable spares reading that one's row. */
vs_status vs__name_row(vs_store *store, const char *path,
                       struct vs__name_row *out);

/* The variable that a path leads to now. VS_ERR_NOTFOUND with words, unless
 * the path may have been lost: VS_ERR_CORRUPT. */
vs_status vs__name_find(vs_store *store, const char *path,
                        struct vs__name_row *out);

/* The same without words; VS_DONE: none. */
vs_status vs__name_look(vs_store *store, const char *path,
                        struct vs__name_row *out);

/* What the row of a name of this variable has, but for its id. */
struct vs__name_row vs__name_of(const struct vs__variable_row *row, bool alias);

/* True if the path, or one below it, leads somewhere now or in a checkpoint. */
vs_status vs__name_used_within(vs_store *store, const char *path, bool *out);

/* Makes a path lead to the variable of `as`, whose id is not looked at. The row
 * is made, or taken up again if only checkpoints use it. It is for the caller
 * to see, in this transaction, that the path was not lost, and to what may
 * stand beside it: VS_ERR_EXISTS only if it leads somewhere itself. */
vs_status vs__name_put(vs_store *store, const char *path,
                       const struct vs__name_row *as);

/* Takes a name (by the id of its row) from its variable. The oldest alias
 * moves up if it was the first name; a variable without names has no current
 * version, and goes unless a checkpoint keeps one. A row that no checkpoint
 * ever used goes too. */
vs_status vs__name_detach(vs_store *store, int64_t name);

/* Makes a name (by the id of its row) an alias of its variable, or the first
 * one. It is for the caller to see that there is one first name. */
vs_status vs__name_set_alias(vs_store *store, int64_t name, bool alias);

/* Put behind the id of a variable, the condition that checkpoints save it: it
 * has a value, and is not in the collection that they leave out. */
#define VS__IS_SAVED                                                 \
    " NOT IN (SELECT id FROM variable WHERE current = -1 UNION ALL " \
    "SELECT variable FROM collection WHERE key = '" VS_UNSAVED_VARIABLES "') "

/* Says that a checkpoint uses all names that it saves now. */
vs_status vs__names_saved(vs_store *store);

/* Says that a checkpoint, which is being deleted, no longer uses its names.
 * Those that no other one uses are not saved any more, and go if they lead
 * nowhere. */
vs_status vs__names_unsaved(vs_store *store, int64_t checkpoint);

#endif
