/* holders.h - which processes have a store's files open, and what locks they
 * hold on them. Asked of the system; nothing is opened that could drop a lock
 * of this process.
 */
#ifndef VS_DB_HOLDERS_H
#define VS_DB_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/finding.h"

struct vs__place;

/* What a process holds; several together. */
#define VS__HOLDS_OPEN   1u  /* one of the files */
#define VS__HOLDS_SHARED 2u  /* the lock of everyone who has read the store */
#define VS__HOLDS_READ   4u  /* a state of the log that it reads from */
#define VS__HOLDS_WRITE  8u  /* the right to write */
#define VS__HOLDS_MOVE   16u /* the log, which it moves into the file */
#define VS__HOLDS_ALONE  32u /* the file, against everybody */

#define VS__HOLDERS_MAX 256

struct vs__holder {
    pid_t pid;
    unsigned holds; /* VS__HOLDS_... */
};

struct vs__holders {
    struct vs__holder v[VS__HOLDERS_MAX]; /* n of them, others than this one */
    int n;                                /* up to the ceiling */
    bool more;                            /* there were others */
    unsigned unseen; /* what processes hold that cannot be seen from here */
    int n_hidden;    /* processes whose files may not be looked at */
    unsigned all;    /* what all of them together hold */
};

/* A file by its numbers; `shm`: it is the shared memory. */
struct vs__held_file {
    dev_t dev;
    ino_t ino;
    bool shm;
};

/* What a lock from byte `from` to `to` (both included) of such a file is. */
unsigned vs__holds_of(bool shm, bool write, uint64_t from, uint64_t to);

/* Adds the locks on these files that the text of /proc/locks tells. */
void vs__holders_add_locks(struct vs__holders *h, const char *text,
                           const struct vs__held_file *files, int n);

/* Finds them all. With `probe`, also what locks the system sees that it does
 * not list: for that the files are opened and closed, so this process may have
 * no lock on them. VS_ERR_NOMEM. */
vs_status vs__holders_find(const struct vs__place *place, bool probe,
                           struct vs__holders *out, vs_error *err);

void vs__holders_tell(const struct vs__holders *h, struct vs__findings *f);

#endif
