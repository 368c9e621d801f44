/* fault.h - what went wrong: three lines for a person, one object for a
 * program, one exit code for both.
 */
#ifndef CLI_FAULT_H
#define CLI_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "varstore/export.h"
#include "varstore/status.h"

enum exit_code {
    EXIT_YES = 0,
    EXIT_NO = 1,
    EXIT_USAGE = 2,
    EXIT_NONE = 10,
    EXIT_BUSY = 11,
    EXIT_CORRUPT = 12,
    EXIT_TOONEW = 13,
    EXIT_CONFLICT = 14,
    EXIT_SYSTEM = 15,
    EXIT_UNSUPPORTED = 16,
    EXIT_INTERRUPT = 130
};

/* The meaning of each code, in order; ends with NULL text. */
struct exit_meaning {
    int code;
    const char *text;
};
extern const struct exit_meaning exit_meanings[];

/* The one table from what the library says to the exit code. */
int exit_of(vs_status status);

#define FAULT_MESSAGE_BYTES 1024
#define FAULT_LINE_BYTES    512

/* One failure; all zero: none. Names in it are as they are and escaped when
 * it is printed. */
struct fault {
    vs_status status;                  /* its word goes into JSON */
    int code;                          /* exit code */
    char message[FAULT_MESSAGE_BYTES]; /* one line */
    char hint[FAULT_LINE_BYTES];       /* what to do; may be "" */
    char see[FAULT_LINE_BYTES];        /* a command that tells more, or "" */
};

/* Sets the failure, unless there is one already: the first is the cause.
 * Returns its exit code, so that "return fault_set(...)" ends a function. */
int fault_set(struct fault *f, vs_status status, const char *fmt, ...)
    VS_PRINTF(3, 4);

/* The same with the words of the library. */
int fault_take(struct fault *f, const vs_error *err);

/* As fault_set, for a negative answer: exit code 1. */
int fault_no(struct fault *f, const char *fmt, ...) VS_PRINTF(2, 3);

/* Adds the second and the third line; an earlier one stays. */
void fault_hint(struct fault *f, const char *fmt, ...) VS_PRINTF(2, 3);
void fault_see(struct fault *f, const char *fmt, ...) VS_PRINTF(2, 3);

/* Prints it to `stream`, as text or as one JSON object. */
void fault_print(const struct fault *f, FILE *stream, bool json, bool colour);

#endif
