/* harness.h - what the harnesses of tests/run-reliability have in common: how
 * they are called, and the row that each prints.
 *
 *     HARNESS [--brief | --short | --long] [--only PART] [--part I/N] [--trace]
 *             [--plant BUG]
 *
 * A harness tries states and counts violations; violations are told on stderr
 * as they are found. At its end it prints one row on stdout, four words:
 *
 *     NAME STATES VIOLATIONS SECONDS
 *
 * and exits with 0 if there was no violation, with 1 if there was any. With a
 * bug planted it is the other way round: 0 if the bug was caught.
 */
#ifndef VS_TEST_HARNESS_H
#define VS_TEST_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario.h"

/* How much is tried: a sample of seconds, for the ordinary suite; one of a
 * minute; everything. */
enum form { FORM_BRIEF, FORM_SHORT, FORM_LONG };

struct harness {
    const char *name;
    const char *only;  /* scenarios with this in their name; NULL: all */
    const char *plant; /* the bug; NULL: none */
    enum form form;
    bool trace; /* tell what happens to the disk, on stderr */
    int part;   /* 0 .. n_parts - 1: this process's share */
    int n_parts;
    int64_t n_states;
    int64_t n_violations;
    int n_told; /* violations of this scenario that were told */
    double began_s;
};

/* Reads the command line (ends the program if it is none) and puts the disk
 * and the faults in place. */
void harness_begin(struct harness *h, const char *name, int argc, char **argv);

/* Tells a violation. */
void harness_violation(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints the row; what main returns. */
int harness_end(struct harness *h);

/* True if this bug is to be planted. */
bool harness_plants(const struct harness *h, const char *bug);

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
