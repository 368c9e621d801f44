/* race.h - races to create: many members, the same names, in the same order.
 */
#ifndef VS_TEST_RACE_H
#define VS_TEST_RACE_H

#include "crowd.h"

#define RACE_NAMES 1000 /* at most */

struct racer {
    struct member member;
    int n_won;                       /* exclusive: created by this member */
    vs_status saw[RACE_NAMES];       /* exclusive: status of each name */
    uint8_t digests[RACE_NAMES][16]; /* shared: of the values, as told */
    uint64_t sums[RACE_NAMES];       /* shared: over the bytes read */
};

/* Runs a crowd of racers; crowd_processes or crowd_threads. */
typedef void race_start(struct crowd *crowd, int n, size_t slot_bytes,
                        const char *path, int n_todo, crowd_body *body);

/* n members get n_names names with VS_REUSE_AUTO and unseeded random values;
 * one variable and one value each must come out. */
void race_to_share(void **state, race_start *start, int n, int n_names);

/* n members create n_names names exclusively; each must have one winner, all
 * others see that it exists and nothing else. */
void race_to_own(void **state, race_start *start, int n, int n_names);

#endif
