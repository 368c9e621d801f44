/* faulty.h - a default VFS whose calls fail on demand.
 *
 * Put under the jail: connections opened while it is in place use it. One
 * thread only.
 */
#ifndef VS_FAULTY_H
#define VS_FAULTY_H

#include "db/engine.h"

enum faulty_call {
    FAULTY_READ,
    FAULTY_WRITE,
    FAULTY_SYNC,
    FAULTY_LOCK,
    FAULTY_SHM_MAP
};

/* Becomes, and stops being, the default VFS. */
void faulty_begin(void);
void faulty_end(void);

/* The `nth` call of this kind from now (1: the next) on a file whose name ends
 * in `suffix` gives `rc`, with this errno; and all later ones if `forever`. */
void faulty_arm(enum faulty_call call, const char *suffix, int nth, int rc,
                int error, bool forever);
void faulty_disarm(void);

/* The process ends, as if killed, at the `nth` call from now that changes a
 * file (write, truncate, sync, delete); a write may be `torn`: half of it is
 * done. 0: never. */
void faulty_kill(int nth, bool torn);

/* Whether a call was made to fail since faulty_arm. */
bool faulty_struck(void);

#endif
