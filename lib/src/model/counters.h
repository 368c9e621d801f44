/* counters.h - how often each scope was opened, for default names.
 *
 * One table per context, from full scope name to a number of openings (S26),
 * in memory only (Q2). A default name takes the first candidate that nobody
 * opened; leaving a scope forgets what was opened below it, and leaving a
 * captured scope forgets everything since it was entered.
 *
 * Names are kept in byte order, so that "all below a/" is one run. Counting
 * costs a binary search and, for a new name, a move of the pointers behind it.
 */
#ifndef VS_MODEL_COUNTERS_H
#define VS_MODEL_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/status.h"

struct vs__count;  /* a name and its number */
struct vs__change; /* what a number was before */

struct vs__counters {
    struct vs__count **counts;  /* n of them, owned, by name */
    size_t n;                   /* names known, some with number 0 */
    size_t cap;                 /* room in `counts` */
    struct vs__change *changes; /* n_changes of them, oldest first */
    size_t n_changes;           /* kept while a mark is set */
    size_t cap_changes;         /* room in `changes`; see keep_room */
    size_t n_marks;             /* marks set and not yet returned to */
    int64_t returns; /* times that something was forgotten by return */
};

void vs__counters_init(struct vs__counters *counters);
void vs__counters_done(struct vs__counters *counters);

/* Openings of `name` so far. */
int64_t vs__counters_get(const struct vs__counters *counters, const char *name);

/* Counts one opening of `name`. VS_ERR_NOMEM, nothing counted. */
vs_status vs__counters_add(struct vs__counters *counters, const char *name);

/* Sets to zero the number of `name`; there must be no mark. */
void vs__counters_clear(struct vs__counters *counters, const char *name);

/* Sets to zero whatever is strictly below `name` (S27). */
void vs__counters_zero_below(struct vs__counters *counters, const char *name);

/* The smallest k >= 1 for which "name_k" was not opened, where `name` was;
 * 0 if `name` itself was not (S25). */
int64_t vs__counters_suffix(struct vs__counters *counters, const char *name);

/* Counts one opening of `name`, then remembers all numbers as they are;
 * vs__counters_return makes them so again (S29). Marks nest and are returned
 * to in reverse order. VS_ERR_NOMEM, nothing counted. */
vs_status vs__counters_mark(struct vs__counters *counters, const char *name,
                            size_t *mark);
void vs__counters_return(struct vs__counters *counters, size_t mark);

#endif
