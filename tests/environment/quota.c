/* quota.c - a quota that is used up (EDQUOT): from each write on that makes a
 * file longer, until it is lifted. No file system with one is needed: the calls
 * are answered so.
 */
#include <stdio.h>

#include "environment.h"

#define SMALL ((size_t)1 << 20)  /* a save through the log */
#define BULK  ((size_t)36 << 20) /* one past the log: see lib/src/db/bulk.c */

static void expect_full(struct env *e, vs_status st, const char *words,
                        const char *when)
{
    if (st != VS_OK && st != VS_ERR_FULL)
        env_violation(e, "%s: says '%s': %s", when, vs_status_word(st), words);
}

/* False: there are fewer writes than k. */
static bool strike(struct env *e, long k, size_t n)
{
    vs_store *store = NULL;
    vs_error err = {0};
    vs_status st;
    bool struck;
    char when[60];

    (void)snprintf(when, sizeof when, "from write %ld of %s on", k,
                   n == BULK ? "a big save" : "a save");
    env_remove(e->store);
    if (!env_make(e, e->store, n))
        return false;
    env_wrong.n_writes = 0;
    env_wrong.quota_at = k;
    env_wrong.full_swallowed = env_plants(e, "swallowed");
    st = env_open(e->store, VS_OPEN_WRITE, &store, &err);
    expect_full(e, st, err.message, when);
    if (st == VS_OK) {
        st = env_save(store, 1, n);
        expect_full(e, st, vs_store_error(store)->message, when);
        env_expect(e, store, st == VS_OK ? 1 : 0, n, when);
    }
    struck = env_wrong.n_writes >= k;
    env_wrong.quota_at = 0;
    env_wrong.full_swallowed = false;
    if (store != NULL && st != VS_OK && env_save(store, 1, n) != VS_OK)
        env_violation(e, "%s: when lifted: %s", when,
                      vs_store_error(store)->message);
    vs_store_close(store);
    env_expect_at(e, e->store, store != NULL ? 1 : 0, n, when);
    e->n_states++;
    return struck;
}

void env_quota(struct env *e)
{
    for (long k = 1; !env_enough(e) && strike(e, k, SMALL);
         k += env_of(e, 17, 3, 1))
        ;
    for (long k = 1; !env_enough(e) && strike(e, k, BULK);
         k += env_of(e, 211, 43, 7))
        ;
}
