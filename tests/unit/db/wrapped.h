/* wrapped.h - what this room asks of SQLite and of the system, made to fail.
 *
 * Calls of the library itself; what SQLite asks of the system is not among
 * them (see faulty.h). One thread only.
 */
#ifndef VS_WRAPPED_H
#define VS_WRAPPED_H

#include "db/engine.h"

enum whose {
    SQLITES, /* the call gives this code of SQLite's */
    SYSTEMS, /* it gives this errno */
    ANSWERS  /* SQLite is asked for nothing, and seems to have said something */
};

/* The `nth` of these from now (1: the next) fails. */
void wrapped_arm(enum whose whose, int code, int nth);
/* Whether it did. */
bool wrapped_disarm(void);

#endif
