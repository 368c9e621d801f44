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

/* How much is tried: a sample of seconds, for the ordinary suite; one of a
 * minute; everything. */
enum form { FORM_BRIEF, FORM_SHORT, FORM_LONG };

struct harness {
    const char *name;
    const char *only; /* what to try alone, in the harness's words; NULL: all */
    const char *plant; /* the bug; NULL: none */
    enum form form;
    bool trace; /* tell what happens, on stderr */
    int part;   /* 0 .. n_parts - 1: this process's share */
    int n_parts;
    int64_t n_states;
    int64_t n_violations;
    int n_told; /* violations of this scenario that were told */
    double began_s;
};

/* Reads the command line (ends the program if it is none). */
void harness_begin(struct harness *h, const char *name, int argc, char **argv);

/* Tells a violation. */
void harness_violation(struct harness *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints the row; what main returns. */
int harness_end(struct harness *h);

/* True if this bug is to be planted. */
bool harness_plants(const struct harness *h, const char *bug);

/* Seconds of the real clock, on a simulated disk too. */
double harness_now_s(void);

#endif
