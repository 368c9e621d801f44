/* environment.h - the real system as it can be: a full disk, one that cannot be
 * written, limits, signals, a disk that does not confirm, other users.
 *
 * One program, a harness of tests/run-reliability for each: see main.c. A store
 * holds a state, which is a number: the values of its variables follow from it,
 * and so does the step of its newest checkpoint. Whatever the system does, a
 * save brings the next state whole, or leaves the one before and says so.
 */
#ifndef VS_TEST_ENVIRONMENT_H
#define VS_TEST_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/varstore.h"

#define ENV_PATH 512 /* bytes of a path */

enum env_form { ENV_BRIEF, ENV_SHORT, ENV_LONG };

struct env {
    const char *name;     /* of the harness */
    const char *plant;    /* the bug; NULL: none */
    enum env_form form;   /* how much is tried */
    char dir[ENV_PATH];   /* a folder of its own, removed at the end */
    char store[ENV_PATH]; /* in it */
    int64_t n_states;     /* tried */
    int64_t n_violations; /* found */
};

typedef void env_harness(struct env *e);
env_harness env_full, env_quota, env_readonly, env_limits, env_signals,
    env_sync, env_users;

/* One of three numbers, by the form. */
long env_of(const struct env *e, long brief, long small, long all);

bool env_plants(const struct env *e, const char *bug);

void env_violation(struct env *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* True when no more need be tried: a planted bug was caught, or too much is
 * wrong. */
bool env_enough(const struct env *e);

/* Says on stderr what cannot be tried here, and why. */
void env_skip(const struct env *e, const char *what, const char *why);

/* -------- Stores. `n` is how many bytes a state has, in four variables. */

vs_status env_open(const char *path, vs_open_mode mode, vs_store **out,
                   vs_error *err);

/* Makes the state the current one, with a checkpoint of it. */
vs_status env_save(vs_store *store, int64_t state, size_t n);

/* Makes a store with state 0, and closes it. False, with words, if not. */
bool env_make(struct env *e, const char *path, size_t n);

/* A violation unless the store shows this state, in its values and its newest
 * checkpoint; `when` is said with it. */
void env_expect(struct env *e, vs_store *store, int64_t state, size_t n,
                const char *when);

/* The same of a store that is opened for it, and is checked with all its
 * data. */
void env_expect_at(struct env *e, const char *path, int64_t state, size_t n,
                   const char *when);

/* Removes a store and what is beside it. */
void env_remove(const char *path);

/* Runs `body` in a process of its own, whose counts are added to ours; that it
 * dies is a violation. */
void env_in_child(struct env *e, void (*body)(struct env *e, void *ctx),
                  void *ctx);

/* A namespace of this process for mounts, which end with it. NULL, or why there
 * can be none. */
const char *env_unshare(void);

/* -------- Calls to the system that go wrong: interpose.c. */

struct env_wrong {
    long sync_fails_at;   /* that sync from now gives EIO; 0: none */
    bool sync_swallowed;  /* a bug: and nobody is told */
    long n_syncs;         /* so far */
    bool folder_struck;   /* the one that failed was of a folder, which had
                             been synced before */
    bool folder_synced;   /* a sync of a folder was done */
    long quota_at;        /* from that write on EDQUOT; 0: never */
    long n_writes;        /* that make a file longer, so far */
    unsigned interrupted; /* one call in so many gives EINTR, or does less than
                             it was told; 0: none */
    bool tail_lost;       /* a bug: what does less says that it did all */
    bool full_swallowed;  /* a bug: a write that finds no room says it did */
    bool close_leaks;     /* a bug: a closed descriptor stays open */
};
extern struct env_wrong env_wrong;

#endif
