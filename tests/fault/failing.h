/* failing.h - one statement, or one allocation, that fails: the k-th from now,
 * or from there on every one. Programs are linked with --wrap for the functions
 * of db/stmt.h and db/blob.h. One thread only.
 */
#ifndef VS_TEST_FAILING_H
#define VS_TEST_FAILING_H

#include <stdbool.h>

enum failing_what {
    FAILING_STATEMENT, /* getting, stepping or running it: VS_ERR_IO */
    FAILING_MEMORY     /* VS_ERR_NOMEM */
};

void failing_begin(enum failing_what what, int nth, bool forever);

/* True if something was made to fail since failing_begin. */
bool failing_end(void);

#endif
