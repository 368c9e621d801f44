/* linear.h - is there an order of these calls, one after the other, that
 * explains all that they told and respects that some ended before others
 * began?
 *
 * The search is Wing and Gong's with Lowe's memory of what was tried: of the
 * calls that nothing unexplained ended before, one that the state allows goes
 * first; if nothing does, the last choice was wrong. The state is that of a few
 * names: which variable each leads to, and its value.
 */
#ifndef VS_TEST_LINEAR_H
#define VS_TEST_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

#define LINEAR_NAMES 3

enum linear_kind {
    LINEAR_GET,      /* or create, with `value`: variable `id` */
    LINEAR_CREATE,   /* with `value`: `id`, or it exists */
    LINEAR_OPEN,     /* `id`, or there is none */
    LINEAR_DELETE,   /* done, or there is none */
    LINEAR_RENAME,   /* to `other`: done, or there is none, or `other` exists */
    LINEAR_READ,     /* of variable `id`: `value`, or it is stale */
    LINEAR_WRITE,    /* `value` to `id` */
    LINEAR_ADD,      /* `value` to `id` */
    LINEAR_SWAP,     /* `value` for `expected` in `id`, or that is not there */
    LINEAR_SNAPSHOT, /* the values of all names: `all`, 0 where there is none */
    LINEAR_KINDS
};

enum linear_outcome {
    LINEAR_OK,
    LINEAR_EXISTS,
    LINEAR_NONE,
    LINEAR_STALE,
    LINEAR_CONFLICT
};

struct linear_call {
    int64_t began_ns;
    int64_t ended_ns;
    enum linear_kind kind;
    enum linear_outcome outcome;
    int name;
    int other;
    int64_t id; /* 0: the call could not tell which */
    int64_t value;
    int64_t expected;
    int64_t all[LINEAR_NAMES];
};

/* True if there is one. Values are never 0. Else *stuck receives the call that
 * the longest explanation came to and could not explain. Ends
 * the program without memory. */
bool linear_explains(const struct linear_call *calls, int n, int *stuck);

#endif
