/* describe.h - a vs_variable_info with the memory behind its strings. */
#ifndef VS_MODEL_DESCRIBE_H
#define VS_MODEL_DESCRIBE_H

#include "model/store.h"
#include "varstore/variable.h"

struct vs__description {
    vs_variable_info info; /* its strings lie in `text` */
    char *text;            /* owned; NULL if there is none yet */
    int64_t origin;        /* id of who created it */
};

void vs__description_done(struct vs__description *d);

/* Describes a version of a variable (0: one without a value) under the name it
 * was asked for by, inside the caller's transaction, which found the version
 * there; what that name was in a checkpoint, if there is one. VS_ERR_CORRUPT:
 * the version is another's. */
vs_status vs__describe(vs_store *store, int64_t checkpoint, int64_t variable,
                       int64_t version, const char *name,
                       struct vs__description *out);

/* A byte below every byte of a name: `name` followed by it is the least text
 * behind `name` and before every other name behind it. */
#define VS__JUST_BEHIND "\001"

/* Which names; borrowed texts. */
struct vs__range {
    const char *low;        /* from here on, in byte order */
    const char *high;       /* and below this */
    const char *collection; /* only its members; NULL: any */
    int64_t checkpoint;     /* as of that one; 0: now */
    bool uninitialized;     /* now: only those without a value */
};

/* Describes up to `most` names of a range; `*n` receives how many. */
vs_status vs__describe_range(vs_store *store, const struct vs__range *range,
                             struct vs__description *out, int most, int *n);

#endif
