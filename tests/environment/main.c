/* main.c - one harness by its name:
 *
 *     environment NAME [--brief | --short | --long] [--plant BUG]
 *
 * It prints the row that tests/run-reliability gathers, "NAME STATES VIOLATIONS
 * SECONDS", and exits with 0 if there was no violation; with a bug planted, if
 * there was one; with 77 if nothing of it can be tried here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "environment.h"

static const struct {
    const char *word;
    const char *name;
    env_harness *run;
} harnesses[] = {
    {"full", "environment.full", env_full},
    {"quota", "environment.quota", env_quota},
    {"readonly", "environment.readonly", env_readonly},
    {"limits", "environment.limits", env_limits},
    {"signals", "environment.signals", env_signals},
    {"sync", "environment.sync", env_sync},
    {"users", "environment.users", env_users},
};
#define NOTHING_RUN 77
#define N_HARNESSES (sizeof harnesses / sizeof harnesses[0])

static int usage(const char *program)
{
    (void)fprintf(stderr,
                  "usage: %s NAME [--brief | --short | --long] [--plant BUG]\n"
                  "names:",
                  program);
    for (size_t i = 0; i < N_HARNESSES; i++)
        (void)fprintf(stderr, " %s", harnesses[i].word);
    (void)fprintf(stderr, "\n");
    return 2;
}

static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool read_options(struct env *e, int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--brief") == 0)
            e->form = ENV_BRIEF;
        else if (strcmp(argv[i], "--short") == 0)
            e->form = ENV_SHORT;
        else if (strcmp(argv[i], "--long") == 0)
            e->form = ENV_LONG;
        else if (strcmp(argv[i], "--plant") == 0 && i + 1 < argc)
            e->plant = argv[++i];
        else
            return false;
    return true;
}

int main(int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    const double began = now_s();
    struct env e = {.form = ENV_BRIEF};
    size_t i = 0;

    while (i < N_HARNESSES &&
           (argc < 2 || strcmp(argv[1], harnesses[i].word) != 0))
        i++;
    if (i == N_HARNESSES || !read_options(&e, argc, argv))
        return usage(argv[0]);
    e.name = harnesses[i].name;
    (void)snprintf(e.dir, sizeof e.dir, "%s/varstore-env-XXXXXX",
                   tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(e.dir) == NULL) {
        perror(e.dir);
        return 2;
    }
    (void)snprintf(e.store, sizeof e.store, "%.490s/a.db", e.dir);
    harnesses[i].run(&e);
    env_remove(e.store);
    if (rmdir(e.dir) != 0)
        env_violation(&e, "something is left in %s", e.dir);
    (void)printf("%-20s %10" PRId64 " %6" PRId64 " %8.1f\n", e.name, e.n_states,
                 e.n_violations, now_s() - began);
    if (e.n_states == 0 && e.n_violations == 0)
        return NOTHING_RUN;
    return (e.n_violations == 0) == (e.plant == NULL) ? 0 : 1;
}
