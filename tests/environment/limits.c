/* limits.c - limits of the process: descriptors, memory, sizes of files. Each
 * value in steps, from nothing to more than is needed, in a process of its own.
 * And standard streams that are closed, whose numbers the next files would get.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "environment.h"

#define BYTES ((size_t)4 << 20)

struct limit {
    const char *name;
    int resource;
    rlim_t value;
    bool through; /* the save went through */
};

static int n_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (dir != NULL && readdir(dir) != NULL)
        n++;
    if (dir != NULL)
        (void)closedir(dir);
    return n;
}

static bool may_say(const struct limit *l, vs_status st)
{
    switch (l->resource) {
    case RLIMIT_AS:
        return st == VS_ERR_NOMEM;
    case RLIMIT_FSIZE:
        return st == VS_ERR_FULL || st == VS_ERR_IO;
    default:
        return st == VS_ERR_IO;
    }
}

/* Opens and saves under the limit; once it is lifted the same handle can do
 * what it could not. */
static void under_limit(struct env *e, struct limit *l)
{
    const int before = n_descriptors();
    struct rlimit limit;
    vs_store *store = NULL;
    vs_error err = {0};
    vs_status st;
    rlim_t old;
    char when[80];

    (void)snprintf(when, sizeof when, "%s %llu", l->name,
                   (unsigned long long)l->value);
    (void)getrlimit((__rlimit_resource_t)l->resource, &limit);
    old = limit.rlim_cur;
    limit.rlim_cur = l->value;
    if (setrlimit((__rlimit_resource_t)l->resource, &limit) != 0)
        env_violation(e, "%s: %s", when, strerror(errno));
    st = env_open(e->store, VS_OPEN_WRITE, &store, &err);
    if (st == VS_OK && (st = env_save(store, 1, BYTES)) != VS_OK &&
        st != VS_ERR_NOMEM)
        err = *vs_store_error(store);
    limit.rlim_cur = old;
    (void)setrlimit((__rlimit_resource_t)l->resource, &limit);
    l->through = st == VS_OK;
    if (st != VS_OK && !may_say(l, st))
        env_violation(e, "%s: says '%s': %s", when, vs_status_word(st),
                      err.message);
    if (store != NULL) {
        env_expect(e, store, st == VS_OK ? 1 : 0, BYTES, when);
        if (st != VS_OK && env_save(store, 1, BYTES) != VS_OK)
            env_violation(e, "%s: when lifted: %s", when,
                          vs_store_error(store)->message);
    }
    vs_store_close(store);
    if (n_descriptors() != before)
        env_violation(e, "%s: %d descriptors are left open", when,
                      n_descriptors() - before);
    env_expect_at(e, e->store, store != NULL ? 1 : 0, BYTES, when);
}

static void try_value(struct env *e, void *ctx)
{
    struct limit *l = ctx;

    e->n_states++;
    env_wrong.close_leaks = env_plants(e, "leak");
    under_limit(e, l);
    if (l->through)
        e->n_states |= INT64_C(1) << 40; /* a message to the parent */
}

/* True if the save went through. */
static bool try_apart(struct env *e, struct limit *l)
{
    bool through;

    env_remove(e->store);
    if (!env_make(e, e->store, BYTES))
        return true;
    env_in_child(e, try_value, l);
    through = (e->n_states >> 40 & 1) != 0;
    e->n_states &= ~(INT64_C(1) << 40);
    return through;
}

static rlim_t memory_now(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (f == NULL || fscanf(f, "%lu", &pages) != 1)
        pages = 0;
    if (f != NULL)
        (void)fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* From `first` on in these steps, until three in a row went through. */
static void sweep(struct env *e, const char *name, int resource, rlim_t first,
                  rlim_t step)
{
    int n_through = 0;

    for (rlim_t value = first; n_through < 3 && !env_enough(e); value += step) {
        struct limit l = {name, resource, value, false};

        n_through = try_apart(e, &l) ? n_through + 1 : 0;
    }
}

/* What such a program prints goes nowhere, and not into the store. */
static void without_streams(struct env *e, void *ctx)
{
    const int first = *(const int *)ctx;
    const char text[] = "words that nobody is to read\n";
    vs_store *store = NULL;
    vs_error err = {0};
    int n_refused = 0;

    for (int fd = first; fd <= 2; fd++)
        (void)close(fd);
    e->n_states++;
    if (env_open(e->store, VS_OPEN_WRITE, &store, &err) != VS_OK ||
        env_save(store, 1, BYTES) != VS_OK)
        env_violation(e, "without streams: %s", err.message);
    for (int fd = first; fd <= 2; fd++)
        n_refused += write(fd, text, sizeof text) < 0;
    if (n_refused != 3 - first)
        env_violation(e, "a file of the store has the number of a stream");
    vs_store_close(store);
}

static void try_streams(struct env *e)
{
    for (int first = 0; first <= 2; first++) {
        env_remove(e->store);
        if (!env_make(e, e->store, BYTES))
            return;
        env_in_child(e, without_streams, &first);
        env_expect_at(e, e->store, 1, BYTES, "after closed streams");
    }
}

void env_limits(struct env *e)
{
    try_streams(e);
    (void)signal(SIGXFSZ, SIG_IGN); /* as a program must that has limits */
    sweep(e, "RLIMIT_NOFILE", RLIMIT_NOFILE, 3, (rlim_t)env_of(e, 2, 1, 1));
    sweep(e, "RLIMIT_FSIZE", RLIMIT_FSIZE, 0,
          4096 * (rlim_t)env_of(e, 131, 17, 1));
    /* What malloc has already may be enough for a while. */
    sweep(e, "RLIMIT_AS", RLIMIT_AS, memory_now(),
          65536 * (rlim_t)env_of(e, 61, 7, 1));
}
