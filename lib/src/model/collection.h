/* collection.h - named sets of variables.
 *
 * Owns the table collection. All calls run inside the caller's transaction.
 */
#ifndef VS_MODEL_COLLECTION_H
#define VS_MODEL_COLLECTION_H

#include <stdint.h>

#include "model/store.h"

/* VS_ERR_NAME: a key that is empty or too long. */
vs_status vs__collection_check(vs_store *store, const char *key);

/* Both succeed when there is nothing to do. */
vs_status vs__collection_put(vs_store *store, const char *key,
                             int64_t variable);
vs_status vs__collection_take(vs_store *store, const char *key,
                              int64_t variable);

/* Puts `to` into every collection of `from`. */
vs_status vs__collections_share(vs_store *store, int64_t from, int64_t to);

/* Takes a variable, which is being deleted, out of all. */
vs_status vs__collections_forget(vs_store *store, int64_t variable);

/* The collections of a variable in order, as one heap block that begins with
 * the NULL-terminated array (vs__free). */
vs_status vs__collections_of(vs_store *store, int64_t variable,
                             const char ***out);

/* For who finds a collection empty: VS_ERR_CORRUPT if the table is not what it
 * was. Reads all of it. */
vs_status vs__collections_none(vs_store *store);

#endif
