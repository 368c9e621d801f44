/* fair.c - sixteen writers on one store, each for himself: does anyone starve?
 *
 *     concurrency_fair [--brief | --short | --long]
 *
 * Each process adds to a variable of its own, one commit after the other, at
 * synchronous FULL, for a second (brief), 20 or 60. Prints what the slowest
 * and the fastest did, and the waits. A state is a commit. That somebody got
 * nothing done is a violation; in the longer forms also that the slowest did
 * less than a quarter of what the fastest did.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "support.h"
#include "varstore/varstore.h"

#define N_WRITERS 16
#define N_WAITS   200000 /* commits of one that are timed */

static const double n_seconds[] = {
    [FORM_BRIEF] = 1, [FORM_SHORT] = 10, [FORM_LONG] = 60};

/* What a writer tells, in memory that all share. */
struct writer {
    int n;
    char words[300]; /* of a failure, or "" */
    float waits_ms[N_WAITS];
};

static double now_s(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static vs_status open_own(const char *path, int me, vs_store **store,
                          vs_variable **v)
{
    const vs_store_options options = {.mode = VS_OPEN_WRITE, .busy_ms = 60000};
    const vs_shape scalar = vs_shape_scalar();
    const vs_variable_spec spec = {.dtype = VS_I64, .shape = &scalar};
    char name[16];
    vs_status st = vs_store_open(path, &options, store, NULL);

    (void)snprintf(name, sizeof name, "w%d", me);
    return st == VS_OK ? vs_variable_create(*store, name, &spec, v) : st;
}

static void write_on(const char *path, int me, struct writer *w, double start,
                     double seconds)
{
    const vs_shape scalar = vs_shape_scalar();
    const int64_t one = 1;
    const vs_view view = vs_view_const(VS_I64, &scalar, &one);
    vs_store *store = NULL;
    vs_variable *v = NULL;
    vs_status st = open_own(path, me, &store, &v);

    while (now_s() < start) /* all are there */
        (void)usleep(1000);
    while (st == VS_OK && now_s() < start + seconds && w->n < N_WAITS) {
        const double began = now_s();

        if ((st = vs_variable_assign_add(v, &view)) == VS_OK)
            w->waits_ms[w->n++] = (float)((now_s() - began) * 1000);
    }
    if (st != VS_OK)
        (void)snprintf(w->words, sizeof w->words, "writer %d: %s: %.240s", me,
                       vs_status_word(st),
                       store != NULL ? vs_store_error(store)->message : "");
    vs_variable_free(v);
    vs_store_close(store);
}

static void run(const char *path, struct writer *writers, double seconds)
{
    const double start = now_s() + 0.5;

    (void)fflush(NULL);
    for (int i = 0; i < N_WRITERS; i++) {
        const pid_t pid = fork();

        if (pid < 0)
            exit(2);
        if (pid == 0) {
            write_on(path, i, &writers[i], start, seconds);
            _exit(0);
        }
    }
    for (int i = 0; i < N_WRITERS; i++)
        while (wait(NULL) < 0 && errno == EINTR)
            continue;
}

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;

    return (x > y) - (x < y);
}

/* All waits together, in order. */
static void tell_waits(struct harness *h, const struct writer *writers,
                       int least, int most)
{
    float *all = malloc((size_t)h->n_states * sizeof *all + 1);
    int64_t n = 0;

    if (all == NULL)
        exit(2);
    for (int i = 0; i < N_WRITERS; i++) {
        memcpy(all + n, writers[i].waits_ms,
               (size_t)writers[i].n * sizeof *all);
        n += writers[i].n;
    }
    qsort(all, (size_t)n, sizeof *all, by_size);
    if (n > 0)
        (void)fprintf(stderr,
                      "%s: slowest %d, fastest %d commits; half within %.1f "
                      "ms, 99 %% within %.1f ms, worst %.1f ms\n",
                      h->name, least, most, (double)all[n / 2],
                      (double)all[n - 1 - n / 100], (double)all[n - 1]);
    free(all);
}

static void judge(struct harness *h, const struct writer *writers)
{
    int least = writers[0].n;
    int most = 0;

    for (int i = 0; i < N_WRITERS; i++) {
        least = writers[i].n < least ? writers[i].n : least;
        most = writers[i].n > most ? writers[i].n : most;
        h->n_states += writers[i].n;
        if (writers[i].words[0] != '\0')
            harness_violation(h, "%s", writers[i].words);
    }
    tell_waits(h, writers, least, most);
    if (least == 0 || (h->form != FORM_BRIEF && 4 * least < most))
        harness_violation(h, "the slowest did %d, the fastest %d", least, most);
}

static void make(struct harness *h, const char *path)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE_NEW};
    vs_store *store = NULL;

    if (vs_store_open(path, &options, &store, NULL) != VS_OK)
        harness_violation(h, "no store");
    vs_store_close(store);
}

int main(int argc, char **argv)
{
    struct writer *writers =
        mmap(NULL, N_WRITERS * sizeof *writers, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    void *folder = NULL;
    struct harness h;
    const char *path;

    harness_begin(&h, "concurrency.fair", argc, argv);
    if (writers == MAP_FAILED || test_dir_setup(&folder) != 0)
        return 2;
    path = test_path(&folder, "f.vars.db");
    make(&h, path);
    run(path, writers, n_seconds[h.form]);
    judge(&h, writers);
    (void)test_dir_teardown(&folder);
    return harness_end(&h);
}
