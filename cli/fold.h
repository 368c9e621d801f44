/* fold.h - rows of a list; layers that are alike can share one.
 *
 * Names that differ in one number only, with the same dtype and shape, fold
 * into "layer_{0..11}/w". Of several numbers the leftmost that folds is taken.
 */
#ifndef CLI_FOLD_H
#define CLI_FOLD_H

#include "pick.h"

struct item {
    const struct entry *entry; /* the first of the row's names */
    char *label;               /* the folded name; NULL: one name only */
    int64_t n;                 /* names in the row */
    int64_t n_elements;        /* sums over them */
    int64_t n_bytes;
    int64_t stored_bytes; /* -1: not known */
    int64_t written_ms;   /* the latest */
};

struct items {
    struct item *v; /* `n` of them, by name */
    size_t n;
};

/* One row per name. */
void items_init(struct items *items, const struct entries *list);

/* Folds the rows. Time grows as n log n. */
void items_fold(struct items *items);

void items_done(struct items *items);

#endif
