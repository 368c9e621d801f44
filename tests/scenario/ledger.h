/* ledger.h - harnesses on the simulated disk: which scenarios they try, and
 * what must be in the store after each step of one.
 */
#ifndef VS_TEST_LEDGER_H
#define VS_TEST_LEDGER_H

#include <stdint.h>

#include "harness.h"
#include "scenario.h"

/* harness_begin, and puts the disk and the faults in place. */
void harness_begin_on_disk(struct harness *h, const char *name, int argc,
                           char **argv);

/* Walks the chosen scenarios that are this process's share. */
const struct scenario *harness_next(struct harness *h,
                                    const struct scenario *s);

/* What is in the store after each number of steps, 0 .. n_steps. */
struct ledger {
    struct look looks[MOST_STEPS + 1];
    int n_steps;
};

void ledger_make(struct ledger *ledger, const struct scenario *s);

/* How a store is to be opened after `promised` steps have been confirmed: it
 * may have to be made. */
vs_open_mode ledger_mode(const struct scenario *s, int64_t promised);

/* The number of steps after which the store looks like this, of those from
 * `least` to `most`; -1: none. */
int ledger_find(const struct ledger *ledger, const struct look *look,
                int64_t least, int64_t most);

#endif
