/* test_workers.c - base/workers: every job runs once, under a number of its
 * own, on at most as many threads as there may be, and all of them end.
 */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/workers.h"

#define N_JOBS 500

/* What the jobs of a test share. */
struct shared {
    atomic_int busy[VS__WORKERS_MAX]; /* jobs under each number right now */
    atomic_int clashes;               /* two under one */
    atomic_int order;                 /* jobs begun */
};

struct task {
    struct vs__job job; /* first, so that the job is the task */
    struct shared *shared;
    int runs;
    int worker;
    int place; /* in the order of beginnings */
    pthread_t thread;
};

static void nap_us(long us)
{
    const struct timespec t = {0, us * 1000};

    (void)nanosleep(&t, NULL);
}

static void run(struct vs__job *job, int worker)
{
    struct task *t = (struct task *)job;

    if (atomic_fetch_add(&t->shared->busy[worker], 1) != 0)
        atomic_fetch_add(&t->shared->clashes, 1);
    t->place = atomic_fetch_add(&t->shared->order, 1);
    t->runs++;
    t->worker = worker;
    t->thread = pthread_self();
    if (t->place % 7 == 0)
        nap_us(50);
    atomic_fetch_sub(&t->shared->busy[worker], 1);
}

/* Gives N_JOBS jobs, `window` at a time, and awaits them in order. */
static void run_all(int n, int window, struct task *tasks,
                    struct shared *shared)
{
    struct vs__workers *w = vs__workers_new(n);

    assert_non_null(w);
    assert_int_equal(vs__workers_count(w), n);
    memset(shared, 0, sizeof *shared);
    memset(tasks, 0, N_JOBS * sizeof *tasks);
    for (int i = 0; i < N_JOBS + window; i++) {
        if (i >= window) {
            vs__workers_await(w, &tasks[i - window].job);
            assert_int_equal(tasks[i - window].runs, 1);
            assert_int_equal(tasks[i - window].job.state, VS__JOB_IDLE);
        }
        if (i < N_JOBS) {
            tasks[i].job.run = run;
            tasks[i].shared = shared;
            vs__workers_give(w, &tasks[i].job);
        }
    }
    vs__workers_free(w);
}

static void every_job_runs_once_under_a_number_of_its_own(void **state)
{
    static const int numbers[] = {1, 2, 3, 8, VS__WORKERS_MAX};
    static struct task tasks[N_JOBS];
    struct shared shared;

    (void)state;
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
        for (int window = 1; window <= 16; window *= 4) {
            run_all(numbers[k], window, tasks, &shared);
            assert_int_equal(atomic_load(&shared.order), N_JOBS);
            assert_int_equal(atomic_load(&shared.clashes), 0);
            for (int i = 0; i < N_JOBS; i++) {
                assert_int_equal(tasks[i].runs, 1);
                assert_in_range(tasks[i].worker, 0, numbers[k] - 1);
            }
        }
}

static void one_worker_is_the_owner_in_the_order_of_giving(void **state)
{
    static struct task tasks[N_JOBS];
    struct shared shared;

    (void)state;
    run_all(1, 16, tasks, &shared);
    for (int i = 0; i < N_JOBS; i++) {
        assert_int_equal(tasks[i].place, i);
        assert_true(pthread_equal(tasks[i].thread, pthread_self()));
    }
}

static void the_owner_alone_has_number_0(void **state)
{
    static struct task tasks[N_JOBS];
    struct shared shared;

    (void)state;
    run_all(4, 8, tasks, &shared);
    for (int i = 0; i < N_JOBS; i++)
        assert_int_equal(tasks[i].worker == 0,
                         pthread_equal(tasks[i].thread, pthread_self()) != 0);
}

/* Two jobs that each wait for the other to begin. */
static void meet(struct vs__job *job, int worker)
{
    struct task *t = (struct task *)job;

    (void)worker;
    atomic_fetch_add(&t->shared->order, 1);
    while (atomic_load(&t->shared->order) < 2)
        nap_us(10);
}

static void two_jobs_run_at_the_same_time(void **state)
{
    struct vs__workers *w = vs__workers_new(2);
    struct shared shared = {0};
    struct task tasks[2] = {{.job.run = meet, .shared = &shared},
                            {.job.run = meet, .shared = &shared}};

    (void)state;
    assert_non_null(w);
    vs__workers_give(w, &tasks[0].job);
    vs__workers_give(w, &tasks[1].job);
    vs__workers_await(w, &tasks[1].job);
    vs__workers_await(w, &tasks[0].job);
    vs__workers_free(w);
}

static void a_job_is_done_before_it_is_awaited(void **state)
{
    struct vs__workers *w = vs__workers_new(2);
    struct shared shared = {0};
    struct task t = {.job.run = run, .shared = &shared};

    (void)state;
    assert_non_null(w);
    assert_false(vs__workers_done(w, &t.job));
    vs__workers_await(w, &t.job); /* it was not given */
    assert_int_equal(t.runs, 0);
    vs__workers_give(w, &t.job);
    while (!vs__workers_done(w, &t.job))
        nap_us(10);
    vs__workers_await(w, &t.job);
    assert_int_equal(t.runs, 1);
    assert_int_equal(t.worker, 1);
    vs__workers_free(w);
}

static volatile sig_atomic_t elsewhere;
static pthread_t main_thread;

static void on_signal(int number)
{
    (void)number;
    if (!pthread_equal(pthread_self(), main_thread))
        elsewhere = 1;
}

static void threads_of_ours_take_no_signals(void **state)
{
    const struct sigaction action = {.sa_handler = on_signal};
    struct vs__workers *w = vs__workers_new(2);
    struct shared shared = {0};
    struct task t = {.job.run = run, .shared = &shared};
    sigset_t usr1;
    sigset_t before;

    (void)state;
    main_thread = pthread_self();
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    vs__workers_give(w, &t.job);
    while (!vs__workers_done(w, &t.job))
        nap_us(10);
    vs__workers_await(w, &t.job);
    /* Only a worker could take it now. */
    (void)sigemptyset(&usr1);
    (void)sigaddset(&usr1, SIGUSR1);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &usr1, &before), 0);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    nap_us(20000);
    assert_int_equal(elsewhere, 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    vs__workers_free(w);
}

static void a_forked_child_can_free_them(void **state)
{
    struct vs__workers *w = vs__workers_new(3);
    struct shared shared = {0};
    struct task t = {.job.run = run, .shared = &shared};
    int status = 0;
    pid_t child;

    (void)state;
    vs__workers_give(w, &t.job);
    vs__workers_await(w, &t.job);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        vs__workers_free(w);
        _exit(7);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    vs__workers_free(w);
}

static void the_number_asked_for_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(vs__workers_number(1), 1);
    assert_int_equal(vs__workers_number(5), 5);
    assert_int_equal(vs__workers_number(1000), VS__WORKERS_MAX);
    assert_in_range(vs__workers_number(0), 1, VS__WORKERS_DEFAULT);
    assert_int_equal(vs__workers_number(-3), vs__workers_number(0));
}

/* -------- A system that has no locks, threads or answers. */

static struct {
    int cond_inits; /* that succeed before one fails; -1: all do */
    bool no_mutex;
    bool no_threads;
    bool no_masks;
    long online; /* processors; 0: as there are */
} without = {.cond_inits = -1};

int __real_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a);
int __wrap_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a);
int __wrap_pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a)
{
    return without.no_mutex ? EAGAIN : __real_pthread_mutex_init(m, a);
}

int __real_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a);
int __wrap_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a);
int __wrap_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a)
{
    if (without.cond_inits == 0)
        return EAGAIN;
    if (without.cond_inits > 0)
        without.cond_inits--;
    return __real_pthread_cond_init(c, a);
}

typedef void *body_fn(void *ctx);
int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, body_fn *body,
                          void *ctx);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, body_fn *body,
                          void *ctx);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, body_fn *body,
                          void *ctx)
{
    return without.no_threads ? EAGAIN : __real_pthread_create(t, a, body, ctx);
}

int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    return without.no_masks ? EINVAL : __real_pthread_sigmask(how, set, old);
}

long __real_sysconf(int name);
long __wrap_sysconf(int name);
long __wrap_sysconf(int name)
{
    return name == _SC_NPROCESSORS_ONLN && without.online != 0
               ? without.online
               : __real_sysconf(name);
}

static void without_locks_there_are_no_workers(void **state)
{
    (void)state;
    without.no_mutex = true;
    assert_null(vs__workers_new(2));
    without.no_mutex = false;
    for (int i = 0; i < 2; i++) {
        without.cond_inits = i;
        assert_null(vs__workers_new(2));
    }
    without.cond_inits = -1;
}

/* All jobs are the owner's then. */
static void jobs_are_done_by_the_owner_alone(void)
{
    struct shared shared = {0};
    struct vs__workers *w = vs__workers_new(4);
    struct task tasks[20];

    assert_non_null(w);
    memset(tasks, 0, sizeof tasks);
    for (int i = 0; i < 20; i++) {
        tasks[i].job.run = run;
        tasks[i].shared = &shared;
        vs__workers_give(w, &tasks[i].job);
    }
    for (int i = 0; i < 20; i++) {
        vs__workers_await(w, &tasks[i].job);
        assert_int_equal(tasks[i].runs, 1);
        assert_int_equal(tasks[i].worker, 0);
    }
    vs__workers_free(w);
}

static void without_threads_the_owner_does_it_all(void **state)
{
    (void)state;
    without.no_threads = true;
    jobs_are_done_by_the_owner_alone();
    without.no_threads = false;
    without.no_masks = true;
    jobs_are_done_by_the_owner_alone();
    without.no_masks = false;
}

static void a_machine_has_as_many_as_processors_up_to_a_number(void **state)
{
    (void)state;
    without.online = -1;
    assert_int_equal(vs__workers_number(0), 1);
    without.online = 1;
    assert_int_equal(vs__workers_number(0), 1);
    without.online = 2;
    assert_int_equal(vs__workers_number(0), 2);
    without.online = 1000;
    assert_int_equal(vs__workers_number(0), VS__WORKERS_DEFAULT);
    without.online = 0;
}

static bool deny(size_t size, void *ctx)
{
    (void)size;
    (void)ctx;
    return true;
}

static void memory_that_runs_out_gives_none(void **state)
{
    (void)state;
    vs__alloc_hook(deny, NULL);
    assert_null(vs__workers_new(2));
    vs__alloc_hook(NULL, NULL);
    vs__workers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once_under_a_number_of_its_own),
        cmocka_unit_test(one_worker_is_the_owner_in_the_order_of_giving),
        cmocka_unit_test(the_owner_alone_has_number_0),
        cmocka_unit_test(two_jobs_run_at_the_same_time),
        cmocka_unit_test(a_job_is_done_before_it_is_awaited),
        cmocka_unit_test(threads_of_ours_take_no_signals),
        cmocka_unit_test(a_forked_child_can_free_them),
        cmocka_unit_test(the_number_asked_for_is_bounded),
        cmocka_unit_test(without_locks_there_are_no_workers),
        cmocka_unit_test(without_threads_the_owner_does_it_all),
        cmocka_unit_test(a_machine_has_as_many_as_processors_up_to_a_number),
        cmocka_unit_test(memory_that_runs_out_gives_none),
    };

    return cmocka_run_group_tests_name("base.workers", tests, NULL, NULL);
}
