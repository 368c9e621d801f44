/* scenario.h - what programs do with a store, as one table that every harness
 * reads: a feature joins all of them by adding a row to table.c.
 *
 * A scenario starts from a base, a store made before, and takes steps. A step
 * is one call, or one transaction: what it changes is there whole, or not at
 * all. A step that changes nothing (flush, close) is fine.
 */
#ifndef VS_TEST_SCENARIO_H
#define VS_TEST_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/digest.h"
#include "disk.h"
#include "varstore/varstore.h"

#define WORLD_PATH   DISK_DIR "/w.vars.db"
#define WORLD_IMPORT DISK_DIR "/in.safetensors"
#define WORLD_EXPORT DISK_DIR "/out.safetensors"

enum base {
    BASE_NOTHING, /* an empty folder */
    BASE_EMPTY,   /* a store without variables */
    BASE_SMALL,   /* some variables and two checkpoints */
    BASE_MANY,    /* 64 variables of two chunks */
    BASE_KILLED,  /* BASE_SMALL after the death of a writer: a log is there */
    BASE_HALF,    /* a store that its maker has given its identity only */
    N_BASES
};

struct world {
    vs_store *store; /* the one that steps work on; NULL while closed */
    vs_store *other; /* another opening of the file; NULL: none */
    vs_context *ctx; /* of `store`; NULL: none */
    bool again;      /* a step is tried again after it has failed */
};

typedef vs_status step_fn(struct world *w);

#define MOST_STEPS 6

struct scenario {
    const char *name; /* one word, or several joined by '-' */
    enum base base;
    unsigned flags;
    step_fn *steps[MOST_STEPS + 1]; /* ends with NULL */
};

#define STARTS_CLOSED 1u /* the first step opens the store */
#define FORGETFUL     2u /* power loss may take back the newest steps, in order */
#define PLANTED       4u /* a step has a bug, which a harness must catch */

extern const struct scenario scenarios[];
extern const size_t n_scenarios;

int scenario_n_steps(const struct scenario *s);

/* Puts the base on the disk and opens it; ends the program, with words, if
 * that fails. Closes all that is open. */
void world_begin(struct world *w, const struct scenario *s);
void world_end(struct world *w);

/* The words of the step that failed last. */
const char *world_words(const struct world *w);

/* What is in a store, and whether it is sound. */
struct look {
    vs_status st;            /* of looking */
    int64_t n_damages;       /* that vs_check told */
    char words[256];         /* of a failure, or of the first damage */
    struct vs__digest state; /* of all that can be seen of it */
};

/* Looks through an open store; `checked`: runs vs_check with its data too. */
void look_through(vs_store *store, bool checked, struct look *out);

/* Opens the store, looks and closes. */
void look_at(vs_open_mode mode, bool checked, struct look *out);

/* Looks at what world_begin would start from, or at a disk without a store. */
bool look_is_sound(const struct look *look);
bool look_same(const struct look *a, const struct look *b);

/* For the harnesses' command lines: scenarios whose name has `part` in it. */
bool scenario_chosen(const struct scenario *s, const char *part);

#endif
