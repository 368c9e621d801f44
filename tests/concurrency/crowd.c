/* crowd.c - see crowd.h. */
#include "crowd.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t now_ns(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void *crowd_slot(const struct crowd *crowd, int i)
{
    return crowd->slots + (size_t)i * crowd->slot_bytes;
}

static void crowd_init(struct crowd *crowd, int n, size_t slot_bytes,
                       const char *path, int n_todo)
{
    crowd->n = n;
    crowd->slot_bytes = (slot_bytes + 63) / 64 * 64;
    crowd->slots =
        mmap(NULL, (size_t)n * crowd->slot_bytes, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(crowd->slots, MAP_FAILED);
    for (int i = 0; i < n; i++) {
        struct member *m = crowd_slot(crowd, i);

        m->me = i;
        m->path = path;
        m->n_todo = n_todo;
    }
}

void crowd_done(struct crowd *crowd)
{
    (void)munmap(crowd->slots, (size_t)crowd->n * crowd->slot_bytes);
}

static void run_member(struct member *m, crowd_body *body)
{
    const int64_t start = now_ns();

    body(m);
    m->ended_ns = now_ns() - start;
}

/* Members wait for the end of a pipe that the parent holds open. */
void crowd_processes(struct crowd *crowd, int n, size_t slot_bytes,
                     const char *path, int n_todo, crowd_body *body)
{
    int gate[2];
    int64_t start;

    crowd_init(crowd, n, slot_bytes, path, n_todo);
    assert_int_equal(pipe(gate), 0);
    (void)fflush(NULL);
    for (int i = 0; i < n; i++) {
        const pid_t pid = fork();
        char byte;

        assert_true(pid >= 0);
        if (pid == 0) {
            (void)close(gate[1]);
            if (read(gate[0], &byte, 1) == 0)
                run_member(crowd_slot(crowd, i), body);
            _exit(0);
        }
    }
    start = now_ns();
    (void)close(gate[0]);
    (void)close(gate[1]);
    for (int i = 0; i < n; i++) {
        int how = -1;

        assert_true(wait(&how) > 0);
        assert_true(WIFEXITED(how));
        assert_int_equal(WEXITSTATUS(how), 0);
    }
    crowd->elapsed_ns = now_ns() - start;
}

struct runner {
    struct member *member;
    crowd_body *body;
    pthread_barrier_t *gate;
};

static void *run_thread(void *given)
{
    const struct runner *r = given;

    (void)pthread_barrier_wait(r->gate);
    run_member(r->member, r->body);
    return NULL;
}

void crowd_threads(struct crowd *crowd, int n, size_t slot_bytes,
                   const char *path, int n_todo, crowd_body *body)
{
    pthread_t *threads = calloc((size_t)n, sizeof *threads);
    struct runner *runners = calloc((size_t)n, sizeof *runners);
    pthread_barrier_t gate;
    int64_t start;

    assert_non_null(threads);
    assert_non_null(runners);
    crowd_init(crowd, n, slot_bytes, path, n_todo);
    assert_int_equal(pthread_barrier_init(&gate, NULL, (unsigned)n), 0);
    start = now_ns();
    for (int i = 0; i < n; i++) {
        runners[i].member = crowd_slot(crowd, i);
        runners[i].body = body;
        runners[i].gate = &gate;
        assert_int_equal(
            pthread_create(&threads[i], NULL, run_thread, &runners[i]), 0);
    }
    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    crowd->elapsed_ns = now_ns() - start;
    (void)pthread_barrier_destroy(&gate);
    free(runners);
    free(threads);
}

/* Milliseconds within which 99 of 100 calls returned. */
static double percentile_99(const struct crowd *crowd, int64_t calls)
{
    int64_t longer = 0;
    int b = CROWD_BUCKETS;

    while (b > 0 && longer * 100 <= calls) {
        b--;
        for (int i = 0; i < crowd->n; i++)
            longer += ((struct member *)crowd_slot(crowd, i))->times[b];
    }
    return exp2((b + 1) / 4.0) / 1000;
}

void crowd_report(const struct crowd *crowd, const char *what)
{
    int64_t calls = 0;
    int64_t worst = 0;
    int64_t first = INT64_MAX;
    int64_t last = 0;
    int failed = 0;

    for (int i = 0; i < crowd->n; i++) {
        const struct member *m = crowd_slot(crowd, i);

        calls += m->n_calls;
        worst = m->worst_ns > worst ? m->worst_ns : worst;
        first = m->ended_ns < first ? m->ended_ns : first;
        last = m->ended_ns > last ? m->ended_ns : last;
        if (m->st == VS_OK)
            continue;
        failed++;
        print_error("%s: member %d saw %s: %s\n", what, i,
                    vs_status_word(m->st), m->words);
    }
    print_message("%s: %d members, %lld calls in %.2f s; 99 %% within %.1f ms, "
                  "worst %.1f ms; first done after %.2f s, last after %.2f s\n",
                  what, crowd->n, (long long)calls,
                  (double)crowd->elapsed_ns / 1e9, percentile_99(crowd, calls),
                  (double)worst / 1e6, (double)first / 1e9, (double)last / 1e9);
    assert_int_equal(failed, 0);
}

bool member_ok(struct member *m, vs_store *store, vs_status st)
{
    if (st == VS_OK)
        return true;
    if (m->st == VS_OK) {
        m->st = st;
        (void)snprintf(m->words, sizeof m->words, "%.390s",
                       store != NULL ? vs_store_error(store)->message : "");
    }
    return false;
}

vs_store *member_open(struct member *m)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE};
    vs_store *store = NULL;
    vs_error err;
    const vs_status st = vs_store_open(m->path, &options, &store, &err);

    if (st != VS_OK) {
        (void)member_ok(m, NULL, st);
        (void)snprintf(m->words, sizeof m->words, "open: %.380s", err.message);
    }
    return store;
}

static int bucket_of(int64_t ns)
{
    const double at = ns > 1000 ? 4 * log2((double)ns / 1000) : 0;

    return at < CROWD_BUCKETS - 1 ? (int)at : CROWD_BUCKETS - 1;
}

vs_status member_called(struct member *m, vs_status st)
{
    const int64_t took = now_ns() - m->start_ns;

    m->n_calls++;
    m->worst_ns = took > m->worst_ns ? took : m->worst_ns;
    m->times[bucket_of(took)]++;
    return st;
}
