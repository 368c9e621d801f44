/* mark.h - what the store remembers of scopes: seals and reservations.
 *
 * Owns the table scope_mark. All calls run inside the caller's transaction.
 */
#ifndef VS_MODEL_MARK_H
#define VS_MODEL_MARK_H

#include <stdbool.h>

#include "model/store.h"
#include "varstore/mark.h"

/* The columns of a row that stands as `m` in the statement. A key that is no
 * text any more is not the text that it looks like. */
#define VS__MARK_COLUMNS                                                  \
    "m.mark, CASE typeof(m.scope) WHEN 'text' THEN m.scope ELSE '' END, " \
    "m.origin, m.site, m.at_ms, m.record"

/* Compares the record of the current row, which the columns above begin.
 * VS_ERR_CORRUPT. */
vs_status vs__mark_check(vs_store *store, struct vs__stmt *s);

/* VS_ERR_SEALED, with the origin of the seal, if a name of this path must not
 * be made: a scope that it lies in is sealed. */
vs_status vs__seal_check(vs_store *store, const char *path);

/* VS_ERR_SEALED if a scope is sealed, or one in it is: for who moves it. */
vs_status vs__seal_check_within(vs_store *store, const char *scope);

/* Marks a scope; nothing if it has that mark. */
vs_status vs__mark_put(vs_store *store, vs_mark_kind kind, const char *scope,
                       const char *site);

/* True if a scope, or one in it, has a mark. */
vs_status vs__mark_within(vs_store *store, const char *scope, bool *out);

#endif
