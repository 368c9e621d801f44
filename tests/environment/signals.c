/* signals.c - a storm of signals, without SA_RESTART; and what they may do to a
 * call on file systems that let it be interrupted: EINTR, or a part of the
 * work. Saves, loads, imports and exports do not notice.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "environment.h"

#define BYTES ((size_t)4 << 20)
#define BULK  ((size_t)36 << 20)

static volatile sig_atomic_t n_signals;

static void count(int signal)
{
    (void)signal;
    n_signals++;
}

static void storm(bool on)
{
    const struct itimerval every = {{0, on ? 100 : 0}, {0, on ? 100 : 0}};
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = count;
    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &every, NULL);
}

static void exchange(struct env *e, vs_store *store)
{
    const vs_import_options options = {.reuse = VS_REUSE_TRUE};
    char out[ENV_PATH];

    (void)snprintf(out, sizeof out, "%.480s/out.safetensors", e->dir);
    if (vs_export(store, out, NULL, NULL) != VS_OK)
        env_violation(e, "an export: %s", vs_store_error(store)->message);
    else if (vs_import(store, out, &options, NULL) != VS_OK)
        env_violation(e, "an import: %s", vs_store_error(store)->message);
    (void)unlink(out);
}

static void save_and_load(struct env *e, int64_t state, size_t n)
{
    vs_store *store = NULL;
    vs_error err = {0};

    e->n_states++;
    if (env_open(e->store, VS_OPEN_WRITE, &store, &err) != VS_OK) {
        env_violation(e, "opening: %s", err.message);
        return;
    }
    if (env_save(store, state, n) != VS_OK)
        env_violation(e, "a save: %s", vs_store_error(store)->message);
    else
        env_expect(e, store, state, n, "in a storm");
    exchange(e, store);
    vs_store_close(store);
}

static void rounds(struct env *e, size_t n, long n_rounds)
{
    env_remove(e->store);
    if (!env_make(e, e->store, n))
        return;
    for (long i = 1; i <= n_rounds && !env_enough(e); i++) {
        storm(true);
        env_wrong.interrupted = i % 2 != 0 ? 3 : 0;
        env_wrong.tail_lost = env_plants(e, "lost-tail");
        save_and_load(e, i, n);
        env_wrong.interrupted = 0;
        env_wrong.tail_lost = false;
        storm(false);
        env_expect_at(e, e->store, i, n, "after the storm");
    }
}

void env_signals(struct env *e)
{
    rounds(e, BYTES, env_of(e, 10, 50, 5000));
    rounds(e, BULK, env_of(e, 2, 6, 500));
    if (n_signals == 0)
        env_violation(e, "no signal came");
}
