/* rescue.h - one variable of a damaged store, made again in a new one.
 *
 * For salvage.c, which says which and in what order. What is read has passed
 * its digests. The new store is in a write transaction; what it has under a
 * name from an earlier state is used again if it was made of the same variable,
 * else it makes way.
 */
#ifndef VS_SERVICE_RESCUE_H
#define VS_SERVICE_RESCUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/store.h"
#include "service/meter.h"
#include "varstore/variable.h"

struct vs__rescue {
    vs_store *from;         /* damaged; borrowed */
    vs_store *to;           /* owned */
    struct vs__meter meter; /* of raw bytes copied */
    int64_t n_bytes;        /* the same, without those of what was given up */
    const char **paths; /* n_paths names of any state, in order, each once */
    size_t n_paths;     /* owned by whoever gathered them */
    int64_t *made_of;   /* for each path, the variable of the damaged store that
                           the new one has there; 0: nothing that is known. Of a
                           partitioned one at its first part's. Owned likewise;
                           NULL: nothing is known */
    bool present;       /* the state is the present one, and the last */
    /* Told of a rule or a collection that is lost, its variable coming over. */
    void (*on_lost)(const char *name, const char *what, void *ctx);
    void *ctx;
};

/* Damage, or what follows from it, as opposed to a failure of ours. */
bool vs__is_damage(vs_status st);

/* A failure of the new store is one of ours: its words go to the caller. */
vs_status vs__rescue_fail(struct vs__rescue *r, vs_status st);

/* Copies the value of what was opened under `path`, partitioned or not; a part
 * becomes a variable of its own. Memory: the value. A status of damage, with
 * words in the damaged store, if it cannot be read; VS_ERR_IO, VS_ERR_NOMEM,
 * VS_ERR_CANCELLED. */
vs_status vs__rescue_value(struct vs__rescue *r, const char *path,
                           vs_variable *v, const vs_variable_info *info);

/* Makes the alias again, once its first name is there. VS_ERR_CORRUPT, with words
 * in the damaged store: that is lost, and the alias was taken away. */
vs_status vs__rescue_alias(struct vs__rescue *r, const char *path,
                           const vs_variable_info *info);

/* Takes a name away that the state does not have. */
vs_status vs__rescue_drop(struct vs__rescue *r, const char *path);

#endif
