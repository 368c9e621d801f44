/* states.h - every disk that a crash may leave, from a trace of what happened.
 *
 * A change is durable once its file (for a name: the folder) has been synced.
 * Of the changes that are not, any subset may have reached the disk, in whole,
 * in part (some of a write's sectors of 512 bytes) or as garbage; names may lag
 * behind files. Nothing else is assumed about their order.
 */
#ifndef VS_TEST_STATES_H
#define VS_TEST_STATES_H

#include "disk.h"

#define MOST_SUBSETS 12 /* pending changes of which all subsets are tried */

struct states_options {
    int most_all;      /* pending changes of which all subsets are tried */
    int n_seeds;       /* random subsets at each point, where there are more */
    int n_torn;        /* torn ones, and ones with garbage, at each point */
    unsigned prefixes; /* of these states one in so many is told, */
    unsigned others;   /* and of all others one in so many; never 0 */
};

/* One state: between which operations, and what was promised then. */
struct state {
    const struct disk_image *image;
    size_t at;        /* operations that happened before the crash */
    int64_t promised; /* of the last mark before it */
    int64_t begun;    /* the same */
    const char *how;  /* "prefix", "subset", "random", "torn", "garbage" */
    uint64_t chosen;  /* bits of the first 64 pending changes */
};

/* Tells `each` of every state; stops when it returns false. */
void states_walk(const struct disk_trace *trace,
                 const struct states_options *options, uint64_t seed,
                 bool (*each)(const struct state *state, void *ctx), void *ctx);

#endif
