/* fresh.h - what a transaction has made, and what becomes of it if that is
 * rolled back.
 *
 * Ids are never used twice among what is committed, but the engine gives those
 * of a rolled back transaction out again: to this process, or to another. A
 * handle from inside of it would then mean somebody else's variable, and a
 * cached value be taken for that of a version it is not of. So a store knows
 * the handles that were opened while it writes, and the first ids that were
 * made since each level of the transaction began; ids only grow, hence a handle
 * with a greater one is of what is being undone.
 */
#ifndef VS_MODEL_FRESH_H
#define VS_MODEL_FRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "db/txn.h"
#include "varstore/variable.h"

/* Ids that rows were given last in the write that is open; 0: none yet, or a
 * level was rolled back since. Nobody else makes rows meanwhile, so the next
 * one's id is known before it is written; where it is not, SQLite gives one to
 * a row whose id is NULL. */
struct vs__ids {
    int64_t variable;
    int64_t version;
    int64_t name;
};

struct vs__fresh {
    vs_variable *handles; /* opened inside the write transaction: a list */
    int64_t variables[VS__DEEPEST];   /* first id made in each level; 0: none */
    int64_t checkpoints[VS__DEEPEST]; /* likewise */
    int64_t n_undone;                 /* levels that were rolled back, ever */
    struct vs__ids last;
};

/* What follows an id of vs__ids; 0: not known. */
int64_t vs__fresh_next(int64_t last);

/* A row was made, in the present level. */
void vs__fresh_variable(vs_store *store, int64_t id);
void vs__fresh_checkpoint(vs_store *store, int64_t id);

/* A handle was opened, or is about to end. */
void vs__fresh_add(vs_variable *v);
void vs__fresh_remove(vs_variable *v);

/* Level `level` (1: the outermost) of a write has ended: its handles are those
 * of the level around it, or of nothing. */
void vs__fresh_end(vs_store *store, int level, bool kept);

/* Lets go of all handles; they outlive the store. */
void vs__fresh_done(vs_store *store);

#endif
