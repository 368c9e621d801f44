/* fail.h - setting the words of a failure, where the fault is seen. */
#ifndef VS_BASE_FAIL_H
#define VS_BASE_FAIL_H

#include "varstore/status.h"

/* Fills `err` (may be NULL) and returns `status`, so that a function can end
 * with `return vs__fail(err, VS_ERR_X, "...")`. One line, no final stop, the
 * thing named and both values told. Clears the hint. */
vs_status vs__fail(vs_error *err, vs_status status, const char *fmt, ...)
    VS_PRINTF(3, 4);

/* The same, with what is returned in sight of whoever compiles the caller: an
 * analyzer need not fear that a failure comes back as VS_OK. */
#define vs__fail(err, status, ...) \
    ((void)vs__fail(err, status, __VA_ARGS__), (status))

/* Adds the hint to a failure that vs__fail has just described. */
void vs__hint(vs_error *err, const char *fmt, ...) VS_PRINTF(2, 3);

/* The one text for memory that ran out. */
vs_status vs__fail_nomem(vs_error *err);

/* Back to "nothing failed". */
void vs__clear(vs_error *err);

#endif
