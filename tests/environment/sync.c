/* sync.c - the disk does not confirm a write (fsync gives EIO): once, at every
 * place. The handle writes no more; opened anew, the store has the state
 * before, or the one that was being saved, whole.
 *
 * SQLite syncs a folder when it has made a file in it, and does not look at the
 * answer. The library has synced it before: that one counts (lib/src/db/vfs.c).
 */
#include <stdio.h>
#include <string.h>

#include "environment.h"

#define BYTES ((size_t)2 << 20)
#define BULK  ((size_t)36 << 20)

/* Which of two states a store has; -1, with words: neither. */
static int64_t state_of(struct env *e, size_t n, const char *when)
{
    for (int64_t state = 1; state >= 0; state--) {
        struct env quiet = *e;

        quiet.n_violations = 0;
        quiet.plant = ""; /* nothing is told */
        env_expect_at(&quiet, e->store, state, n, when);
        if (quiet.n_violations == 0)
            return state;
    }
    env_expect_at(e, e->store, 0, n, when);
    return -1;
}

/* The k-th sync of open, save and flush fails, but nobody is told of it yet if
 * it was one behind the commit: what is done next then fails. */
static vs_status save_striking(struct env *e, vs_store *store, long k, size_t n,
                               const char *when)
{
    vs_status st = env_save(store, 1, n);

    if (st == VS_OK)
        st = vs_store_flush(store);
    if (env_wrong.n_syncs < k || env_wrong.folder_struck)
        return st;
    if (st == VS_OK && (st = env_save(store, 2, n)) == VS_OK)
        env_violation(e, "%s: nobody noticed", when);
    if (env_save(store, 3, n) == VS_OK)
        env_violation(e, "%s: the handle goes on writing", when);
    return st;
}

/* False: there are fewer syncs than k. */
static bool strike(struct env *e, long k, size_t n)
{
    vs_store *store = NULL;
    vs_error err = {0};
    vs_status st;
    int64_t state;
    char when[60];

    (void)snprintf(when, sizeof when, "sync %ld of %s", k,
                   n == BULK ? "a big save" : "a save");
    env_remove(e->store);
    if (!env_make(e, e->store, n))
        return false;
    env_wrong.n_syncs = 0;
    env_wrong.sync_fails_at = k;
    env_wrong.folder_struck = false;
    env_wrong.folder_synced = false;
    env_wrong.sync_swallowed = env_plants(e, "swallowed");
    st = env_open(e->store, VS_OPEN_WRITE, &store, &err);
    if (st == VS_OK)
        st = save_striking(e, store, k, n, when);
    env_wrong.sync_fails_at = 0;
    if (env_wrong.n_syncs < k) {
        vs_store_close(store);
        return false;
    }
    if (st != VS_OK && st != VS_ERR_IO)
        env_violation(e, "%s: says '%s'", when, vs_status_word(st));
    vs_store_close(store);
    e->n_states++;
    state = state_of(e, n, when);
    if (state == 0 && st == VS_OK)
        env_violation(e, "%s: what was confirmed is gone", when);
    return true;
}

void env_sync(struct env *e)
{
    for (long k = 1; !env_enough(e) && strike(e, k, BYTES); k++)
        ;
    for (long k = 1; !env_enough(e) && strike(e, k, BULK);
         k += env_of(e, 3, 1, 1))
        ;
}
