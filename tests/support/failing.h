/* failing.h - one statement, or one allocation, that fails: the k-th from now,
 * or from there on every one; or the k-th that is new. Programs are linked with
 * --wrap for the functions of db/stmt.h and db/blob.h. One thread only.
 */
#ifndef VS_TEST_FAILING_H
#define VS_TEST_FAILING_H

#include <stdbool.h>

enum failing_what {
    FAILING_STATEMENT, /* getting, stepping or running it: VS_ERR_IO */
    FAILING_TEXT,      /* the same, but those alone are counted in which an SQL
                          text is got, stepped or run for the first time, or
                          stepped for the second: few, and everywhere */
    FAILING_MEMORY     /* VS_ERR_NOMEM */
};

void failing_begin(enum failing_what what, int nth, bool forever);

/* True if something was made to fail since failing_begin. */
bool failing_end(void);

#endif
