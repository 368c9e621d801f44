/* check.h - what the parts of a check share.
 *
 * A part returns VS_OK when it ran to its end, whatever it found; anything
 * else stops the whole check. Everything runs in one read transaction, and
 * memory does not grow with the store.
 */
#ifndef VS_SERVICE_CHECK_H
#define VS_SERVICE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/store.h"
#include "service/meter.h"
#include "varstore/maintain.h"
#include "varstore/variable.h"

struct vs__check {
    vs_store *store;          /* borrowed */
    vs_check_options options; /* as given, padded */
    vs_check_report report;   /* so far */
    struct vs__meter meter;   /* of raw bytes decoded */
    int searches; /* long ways gone to find a name or a checkpoint */
};

#define VS__CHECK_SEARCHES 100 /* such ways at most */
#define VS__HARMED_MAX     16  /* checkpoints told one by one */

/* What a damage harms, beside a variable. */
struct vs__harm {
    int64_t chunk;                       /* 0: none */
    bool current;                        /* the variable's present value */
    int64_t checkpoints[VS__HARMED_MAX]; /* the oldest of them, in order */
    int64_t n_checkpoints;               /* all of them */
};

/* Reports a damage that harms no variable, or one whose name is known. */
void vs__check_damage(struct vs__check *c, const char *name, const char *fmt,
                      ...) VS_PRINTF(3, 4);

/* Reports a damage that harms a variable (0: none that is known), under its
 * first name, or one that a checkpoint has for it; `harm` (may be NULL) is what
 * else is known. Fails only if it cannot look for the name. */
vs_status vs__check_damage_to(struct vs__check *c, int64_t variable,
                              const struct vs__harm *harm, const char *what);

/* A failure that means damage is reported, with the words of the store, as one
 * that harms the variable (0: none that is known), and gives VS_OK; any other
 * status is given back. */
vs_status vs__check_absorb(struct vs__check *c, int64_t variable, vs_status st);

/* The same for one that harms a version, or a checkpoint. */
vs_status vs__check_absorb_version(struct vs__check *c, int64_t variable,
                                   int64_t version, vs_status st);
vs_status vs__check_absorb_checkpoint(struct vs__check *c, int64_t checkpoint,
                                      vs_status st);

/* Counts raw bytes as read and tells how far the check is. VS_ERR_CANCELLED.
 */
vs_status vs__check_tick(struct vs__check *c, int64_t bytes);

/* The parts: facts and counts that statements can compare; names and what they
 * lead to; partitioned variables; versions and their values; chunks; checkpoints. */
vs_status vs__check_rules(struct vs__check *c);
vs_status vs__check_names(struct vs__check *c);
vs_status vs__check_parts(struct vs__check *c);
vs_status vs__check_versions(struct vs__check *c);
vs_status vs__check_chunks(struct vs__check *c);
vs_status vs__check_checkpoints(struct vs__check *c);

#endif
