/* check.h - what the parts of a check share.
 *
 * A part returns VS_OK when it ran to its end, whatever it found; anything
 * else stops the whole check. Everything runs in one read transaction, and
 * memory does not grow with the store.
 */
#ifndef VS_SERVICE_CHECK_H
#define VS_SERVICE_CHECK_H

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
    int searches;             /* long ways gone to find a name */
};

/* Reports a damage that harms no variable, or one whose name is known. */
void vs__check_damage(struct vs__check *c, const char *name, const char *fmt,
                      ...) VS_PRINTF(3, 4);

/* Reports a damage that harms a variable (0: none that is known), under its
 * first name, or one that a checkpoint has for it. */
void vs__check_damage_to(struct vs__check *c, int64_t variable,
                         const char *what);

/* A failure that means damage is reported, with the words of the store, as one
 * that harms the variable (0: none that is known), and gives VS_OK; any other
 * status is given back. */
vs_status vs__check_absorb(struct vs__check *c, int64_t variable, vs_status st);

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
