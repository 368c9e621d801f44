/* kill.c - processes on one store, killed at random instants.
 *
 *     concurrency_kill [--brief | --short | --long] [--plant BUG]
 *
 * Four writers, three readers and one that saves and deletes checkpoints work
 * on one real file (farm.h). One of them gets a SIGKILL at a time, now and then
 * all; then another process opens the store, checks it, and looks whether all
 * is there that was told, while the others go on. A state is a kill.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "farm.h"
#include "harness.h"
#include "support.h"

#define ALL_AT 16 /* kills, of which one is of all */

static const int64_t n_kills[] = {
    [FORM_BRIEF] = 48, [FORM_SHORT] = 500, [FORM_LONG] = 10000};

static void give_up(const char *what)
{
    perror(what);
    exit(2);
}

/* Forks a process that ends with this one; true in the child. */
static bool child(pid_t *out)
{
    (void)fflush(NULL);
    *out = fork();
    if (*out < 0)
        give_up("fork");
    if (*out == 0)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    return *out == 0;
}

static void start(struct farm *farm, pid_t *pids, int me)
{
    if (child(&pids[me])) {
        farm_work(farm, me);
        _exit(0); /* something is wrong, and told */
    }
}

static void end(pid_t pid)
{
    int how;

    (void)kill(pid, SIGKILL);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        continue;
}

static void inspect(struct farm *farm, bool alone)
{
    pid_t pid;
    int how = 0;

    if (child(&pid)) {
        farm_inspect(farm, alone);
        _exit(0);
    }
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(how) || atomic_fetch_add(&farm->n_wrong, 1) != 0)
        return;
    (void)snprintf(farm->words, sizeof farm->words,
                   "who looked at it got signal %d", WTERMSIG(how));
}

static void pause_us(long us)
{
    const struct timespec t = {0, us * 1000};

    (void)nanosleep(&t, NULL);
}

static void farm_run(struct harness *h, struct farm *farm)
{
    const int64_t n = n_kills[h->form];
    pid_t pids[FARM_MEMBERS];
    unsigned dice = 20;

    for (int i = 0; i < FARM_MEMBERS; i++)
        start(farm, pids, i);
    while (h->n_states < n && atomic_load(&farm->n_wrong) == 0) {
        const bool all = h->n_states % ALL_AT == ALL_AT - 1;
        int victim;

        dice = dice * 1664525 + 1013904223;
        pause_us((dice >> 8) % 25000);
        victim = (int)((dice >> 4) % FARM_MEMBERS);
        for (int i = 0; i < FARM_MEMBERS; i++)
            if (all || i == victim) {
                end(pids[i]);
                h->n_states++;
            }
        inspect(farm, all);
        for (int i = 0; i < FARM_MEMBERS; i++)
            if (all || i == victim)
                start(farm, pids, i);
    }
    for (int i = 0; i < FARM_MEMBERS; i++)
        end(pids[i]);
    inspect(farm, true);
    if (atomic_load(&farm->n_wrong) != 0)
        harness_violation(h, "after %lld kills: %s", (long long)h->n_states,
                          farm->words);
}

static void report(const struct farm *farm)
{
    int64_t told = 0;

    for (int w = 0; w < FARM_WRITERS; w++)
        told += atomic_load(&farm->writers[w].told);
    (void)fprintf(stderr,
                  "concurrency.kill: %lld transactions told, %lld checkpoints, "
                  "%lld looks, slowest opening after a kill of all %lld ms\n",
                  (long long)told, (long long)atomic_load(&farm->saved.told),
                  (long long)atomic_load(&farm->n_looks),
                  (long long)atomic_load(&farm->slowest_ms));
}

int main(int argc, char **argv)
{
    void *folder = NULL;
    struct farm *farm;
    struct harness h;

    harness_begin(&h, "concurrency.kill", argc, argv);
    farm = mmap(NULL, sizeof *farm, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (farm == MAP_FAILED || test_dir_setup(&folder) != 0)
        give_up("concurrency.kill");
    farm->path = test_path(&folder, "k.vars.db");
    farm->bug = h.plant;
    farm_run(&h, farm);
    report(farm);
    (void)test_dir_teardown(&folder);
    return harness_end(&h);
}
