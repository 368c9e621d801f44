/* workers.c - see workers.h: one lock, one queue, first in first out. */
#include "base/workers.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "base/alloc.h"

/* A thread, and the number it runs jobs under. */
struct hand {
    struct vs__workers *workers;
    pthread_t thread;
    int number;
};

struct vs__workers {
    pthread_mutex_t lock;  /* of all below but n and pid */
    pthread_cond_t given;  /* a job waits, or the end has come */
    pthread_cond_t done;   /* a job is done */
    struct vs__job *first; /* of the queue; NULL: empty */
    struct vs__job *last;
    int n;         /* owner included */
    int n_started; /* threads; hands[1 .. n_started] */
    int n_resting; /* of these, waiting for a job */
    int n_waiting; /* jobs in the queue */
    bool failed;   /* the system gave no further thread: do without */
    bool ending;
    pid_t pid; /* of the process that has the threads */
    struct hand hands[VS__WORKERS_MAX];
};

int vs__workers_number(int asked)
{
    long online;

    if (asked > 0)
        return asked < VS__WORKERS_MAX ? asked : VS__WORKERS_MAX;
    online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online < 1)
        return 1;
    return online < VS__WORKERS_DEFAULT ? (int)online : VS__WORKERS_DEFAULT;
}

struct vs__workers *vs__workers_new(int n)
{
    struct vs__workers *w;

    assert(n >= 1 && n <= VS__WORKERS_MAX);
    w = vs__calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->n = n;
    w->pid = getpid();
    if (pthread_mutex_init(&w->lock, NULL) != 0)
        goto no_lock;
    if (pthread_cond_init(&w->given, NULL) != 0)
        goto no_given;
    if (pthread_cond_init(&w->done, NULL) != 0)
        goto no_done;
    return w;

no_done:
    (void)pthread_cond_destroy(&w->given);
no_given:
    (void)pthread_mutex_destroy(&w->lock);
no_lock:
    vs__free(w);
    return NULL;
}

int vs__workers_count(const struct vs__workers *w)
{
    return w->n;
}

/* Takes the oldest waiting job and runs it, under the lock but for the run. */
static void run_next(struct vs__workers *w, int number)
{
    struct vs__job *job = w->first;

    w->first = job->next;
    if (w->first == NULL)
        w->last = NULL;
    w->n_waiting--;
    job->state = VS__JOB_RUNNING;
    (void)pthread_mutex_unlock(&w->lock);
    job->run(job, number);
    (void)pthread_mutex_lock(&w->lock);
    job->state = VS__JOB_DONE;
    (void)pthread_cond_signal(&w->done); /* only the owner waits for it */
}

static void *work(void *ctx)
{
    const struct hand *hand = ctx;
    struct vs__workers *w = hand->workers;

    (void)pthread_mutex_lock(&w->lock);
    while (!w->ending) {
        if (w->first != NULL) {
            run_next(w, hand->number);
            continue;
        }
        w->n_resting++;
        (void)pthread_cond_wait(&w->given, &w->lock);
        w->n_resting--;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Starts one more thread, under the lock. Signals are for the program's own
 * threads: ours would run its handlers where it does not expect them. */
static void start(struct vs__workers *w)
{
    struct hand *hand = &w->hands[w->n_started + 1];
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        w->failed = true;
        return;
    }
    hand->workers = w;
    hand->number = w->n_started + 1;
    if (pthread_create(&hand->thread, NULL, work, hand) == 0)
        w->n_started++;
    else
        w->failed = true;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void vs__workers_give(struct vs__workers *w, struct vs__job *job)
{
    assert(job->state == VS__JOB_IDLE);
    (void)pthread_mutex_lock(&w->lock);
    job->state = VS__JOB_WAITING;
    job->next = NULL;
    if (w->last != NULL)
        w->last->next = job;
    else
        w->first = job;
    w->last = job;
    w->n_waiting++;
    if (w->n_waiting > w->n_resting && w->n_started + 1 < w->n && !w->failed)
        start(w);
    if (w->n_resting > 0)
        (void)pthread_cond_signal(&w->given);
    (void)pthread_mutex_unlock(&w->lock);
}

bool vs__workers_done(struct vs__workers *w, const struct vs__job *job)
{
    bool done;

    (void)pthread_mutex_lock(&w->lock);
    done = job->state == VS__JOB_DONE;
    (void)pthread_mutex_unlock(&w->lock);
    return done;
}

void vs__workers_await(struct vs__workers *w, struct vs__job *job)
{
    (void)pthread_mutex_lock(&w->lock);
    while (job->state != VS__JOB_DONE && job->state != VS__JOB_IDLE) {
        if (w->first != NULL)
            run_next(w, 0);
        else
            (void)pthread_cond_wait(&w->done, &w->lock);
    }
    job->state = VS__JOB_IDLE;
    (void)pthread_mutex_unlock(&w->lock);
}

/* In a forked child there are no threads, and the lock may be anybody's. */
void vs__workers_free(struct vs__workers *w)
{
    if (w == NULL)
        return;
    if (w->pid == getpid()) {
        (void)pthread_mutex_lock(&w->lock);
        assert(w->first == NULL);
        w->ending = true;
        (void)pthread_cond_broadcast(&w->given);
        (void)pthread_mutex_unlock(&w->lock);
        for (int i = 1; i <= w->n_started; i++)
            (void)pthread_join(w->hands[i].thread, NULL);
        (void)pthread_cond_destroy(&w->done);
        (void)pthread_cond_destroy(&w->given);
        (void)pthread_mutex_destroy(&w->lock);
    }
    vs__free(w);
}
