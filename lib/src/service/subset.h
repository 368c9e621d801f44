/* subset.h - the names in a scope, for statements over many names.
 *
 * A name is in a scope if it is the scope itself or below it; every name is in
 * the root, "". A scope may be written with a slash at its end.
 */
#ifndef VS_SERVICE_SUBSET_H
#define VS_SERVICE_SUBSET_H

#include "db/stmt.h"
#include "varstore/status.h"
#include "varstore/variable.h"

struct vs__subset {
    char scope[VS_NAME_MAX + 2]; /* without a slash at its end; "" for all */
    char low[VS_NAME_MAX + 2];   /* names below it: low <= path, */
    char high[VS_NAME_MAX + 2];  /* path < high */
};

/* The condition in SQL on name AS n, as one range of its index; the arguments
 * are its four parameters: "$1", "$2", ... */
#define VS__SUBSET_SQL(from, high, scope, low)      \
    "n.path >= " from " AND n.path < " high " AND " \
    "(n.path = " scope " OR n.path >= " low ") "

/* NULL and "" give the root. VS_ERR_NAME. */
vs_status vs__subset_make(struct vs__subset *out, const char *scope,
                          vs_error *err);

/* Binds the four parameters, `first` being the number of the first. `from`
 * (NULL: the least) is the path to begin at. Borrowed until the statement is
 * reset. */
void vs__subset_bind(const struct vs__subset *subset, struct vs__stmt *s,
                     int first, const char *from);

#endif
