/* describe.h - a vs_variable_info with the memory behind its strings. */
#ifndef VS_MODEL_DESCRIBE_H
#define VS_MODEL_DESCRIBE_H

#include "model/store.h"
#include "varstore/variable.h"

struct vs__description {
    vs_variable_info info; /* its strings lie in `text` */
    char *text;            /* owned; NULL if there is none yet */
};

void vs__description_done(struct vs__description *d);

/* Describes a version of a variable under the name it was asked for by, inside
 * the caller's transaction. VS_ERR_STALE: there is no such. */
vs_status vs__describe(vs_store *store, int64_t variable, int64_t version,
                       const char *name, struct vs__description *out);

/* A byte below every byte of a name: `name` followed by it is the least text
 * behind `name` and before every other name behind it. */
#define VS__JUST_BEHIND "\001"

/* Describes up to `most` names, from `low` on and below `high` (byte order),
 * now, or in a checkpoint if it is not 0; only members of `collection` if that
 * is not NULL. `*n` receives how many. */
vs_status vs__describe_range(vs_store *store, const char *low, const char *high,
                             int64_t checkpoint, const char *collection,
                             struct vs__description *out, int most, int *n);

#endif
