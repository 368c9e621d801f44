/* farm.h - processes that work on one store until they are killed, and what
 * must be in it afterwards.
 *
 * What was promised stands outside of the store, in memory that the processes
 * share with their parent and that outlives each of them: a writer says there
 * that it begins transaction i, and, once the commit has returned, that i is
 * told. Whoever looks at the store must find the last one told or a later one
 * that was begun, all of it and nothing of any other.
 */
#ifndef VS_TEST_FARM_H
#define VS_TEST_FARM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "varstore/varstore.h"

#define FARM_WRITERS 4
#define FARM_READERS 3
#define FARM_SAVER   (FARM_WRITERS + FARM_READERS) /* and one of these */
#define FARM_MEMBERS (FARM_SAVER + 1)
#define FARM_WORDS   400

struct promise {
    _Atomic int64_t begun;
    _Atomic int64_t told;
};

/* Shared by all processes. */
struct farm {
    const char *path;
    const char *bug;                      /* planted; NULL: none */
    struct promise writers[FARM_WRITERS]; /* numbers of transactions */
    struct promise saved;                 /* of checkpoints */
    struct promise deleted;               /* all numbers up to this one */
    _Atomic int64_t n_looks;
    _Atomic int64_t slowest_ms; /* opening after a kill */
    _Atomic int n_wrong;
    char words[FARM_WORDS]; /* of the first that was wrong */
};

/* What member `me` does until it is killed. Returns only if something is
 * wrong, which it has told. */
void farm_work(struct farm *farm, int me);

/* Looks at everything. `alone`: nobody else is at work, so that nothing but
 * what was told, or begun last, can be there; all data is checked then. */
void farm_inspect(struct farm *farm, bool alone);

#endif
