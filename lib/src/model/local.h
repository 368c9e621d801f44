/* local.h - local variables: a store inside the store, of this handle alone.
 *
 * The inner store has the same tables in a private database (db/db.h), so that
 * a local variable is a variable like any other, with its chunks, versions and
 * collections; it is made when the first local variable is. What the two
 * share: names (a path leads to one variable in either, never in both), the
 * seals of the outer, the words of failures, which go to the outer, and the
 * caller's transactions.
 */
#ifndef VS_MODEL_LOCAL_H
#define VS_MODEL_LOCAL_H

#include <stdbool.h>

#include "model/store.h"

/* The inner store, made now if there is none yet, in as many transactions as
 * the outer is in. VS_ERR_NOMEM, VS_ERR_IO, VS_ERR_FULL. */
vs_status vs__local_store(vs_store *store, vs_store **out);

/* The store whose variable `name` leads to now, by this handle: the inner one
 * if it is there, else the one given, which has words for a name that is none.
 * `out` may be &store. */
vs_status vs__local_owner(vs_store *store, const char *name, vs_store **out);

/* vs__name_used_within of the local variables. */
vs_status vs__local_used(vs_store *store, const char *path, bool *out);

/* The caller's transactions, which begin and end in both. The inner one can
 * always be written: nobody else sees it. */
vs_status vs__local_begin(vs_store *store);
vs_status vs__local_end(vs_store *store, vs_status st);

#endif
