/* fault.h - one point where anything can be made to fail: allocations of the
 * library and of SQLite, and calls to the simulated disk, under one counter.
 */
#ifndef VS_TEST_FAULT_H
#define VS_TEST_FAULT_H

#include <stdbool.h>

enum fault_kind {
    FAULT_ALLOC = 1, /* memory runs out: the library's or SQLite's */
    FAULT_IO = 2,    /* the disk gives an error: EIO */
    FAULT_FULL = 4   /* the disk has no room: ENOSPC, where that can be */
};

/* Before SQLite is used: its allocations come here too. */
void fault_begin(void);

/* The `k`-th call (1: the next) of this kind fails; with `forever`, all after
 * it too. k == 0: none fails, all are counted. */
void fault_arm(enum fault_kind kind, long k, bool forever);
/* How many calls there were since. */
long fault_disarm(void);
/* Whether one has failed since fault_arm; stays so after fault_disarm. */
bool fault_struck(void);
/* "xSync a.vars.db-wal": what failed first. */
const char *fault_where(void);

/* For the disk and the allocators: is this call to fail? */
bool fault_strikes(enum fault_kind kind, const char *call, const char *name);
/* For the disk: an error is to be given; sets errno. */
bool fault_disk(const char *call, const char *name, bool needs_room);
/* Whether it is for lack of room. */
bool fault_is_full(void);

/* Blocks that the library and SQLite have allocated and not freed. */
long fault_n_blocks(void);

#endif
