/* regroup.h - what a restore does about variables that are partitioned in
 * another way now than in the checkpoint.
 *
 * Their names exclude each other: X and its parts, or the parts of one number
 * and another. Names that cannot stay beside those of the checkpoint are
 * removed; or, if that is wanted, the variable is kept as it is cut now and the
 * checkpoint's value is written into it.
 */
#ifndef VS_SERVICE_REGROUP_H
#define VS_SERVICE_REGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "model/store.h"
#include "service/subset.h"

struct vs__name_set {
    char **names; /* n of them, in order; owned, and so is each */
    size_t n;
    size_t cap; /* allocated */
};

struct vs__regroup {
    vs_store *store;                 /* borrowed */
    int64_t checkpoint;              /* that is restored */
    const struct vs__subset *subset; /* the names it is about; borrowed */
    struct vs__name_set kept;        /* variables that stay as they are cut */
    struct vs__name_set clashing;    /* names that cannot stay */
};

/* Finds both kinds, inside the caller's transaction; without `keep` none is
 * kept. To be freed whatever happens. VS_ERR_PARTITION: what cannot stay is
 * never saved, so that it could not be brought back. */
vs_status vs__regroup_find(struct vs__regroup *out, vs_store *store,
                           int64_t checkpoint, const struct vs__subset *subset,
                           bool keep);
void vs__regroup_done(struct vs__regroup *r);

/* Is it a variable that stays as it is cut, or a name of a part of one? The
 * first part's stands for all: `*whole` (may be NULL) receives its variable, or
 * NULL for any other name. */
bool vs__regroup_keeps(const struct vs__regroup *r, const char *path,
                       const char **whole);

/* Is it a name that cannot stay? */
bool vs__regroup_clashes(const struct vs__regroup *r, const char *path);

/* A name that the checkpoint has, as a part of something that is not restored
 * as a whole: VS_ERR_PARTITION if it would not fit to the other parts. */
vs_status vs__regroup_fits(struct vs__regroup *r, const char *path,
                           int64_t variable);

/* Removes the names that cannot stay. */
vs_status vs__regroup_remove(struct vs__regroup *r);

/* Writes the checkpoint's values into what is kept. */
vs_status vs__regroup_write(struct vs__regroup *r);

#endif
