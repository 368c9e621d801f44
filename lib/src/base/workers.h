/* workers.h - threads that run jobs for one owner.
 *
 * The owner, one thread at a time, gives jobs and awaits each of them. Whoever
 * awaits a job that is not done runs jobs that nobody has begun yet, so that
 * the owner is a worker too, and workers for one are no thread at all: the
 * same code then runs everything in the order in which it was given.
 *
 * Threads start as jobs come, block every signal, and are joined at the end.
 * A job's memory is its owner's; there is nothing to allocate between the
 * making of the workers and their end. They do not survive fork: in the child
 * they can only be freed.
 */
#ifndef VS_BASE_WORKERS_H
#define VS_BASE_WORKERS_H

#include <stdbool.h>

#define VS__WORKERS_MAX     64
#define VS__WORKERS_DEFAULT 8 /* at most, when nobody says how many */

struct vs__workers;

enum vs__job_state {
    VS__JOB_IDLE = 0, /* nobody's; also once it was awaited */
    VS__JOB_WAITING,  /* given */
    VS__JOB_RUNNING,  /* on some thread */
    VS__JOB_DONE      /* not awaited yet */
};

/* To be part of what it works on, zero at first, in one place while it is
 * given. */
struct vs__job {
    /* Runs on any thread. `worker` is 0 for the owner, and for the others a
     * number below vs__workers_count that no second job has meanwhile. */
    void (*run)(struct vs__job *job, int worker);
    struct vs__job *next;     /* in the queue */
    enum vs__job_state state; /* under the workers' lock while it is given */
};

/* As many as asked for, the owner included; 0 or less: the processors that are
 * online, at most VS__WORKERS_DEFAULT. Never above VS__WORKERS_MAX. */
int vs__workers_number(int asked);

/* Workers for `n`, the owner included. No thread starts yet. NULL when memory
 * ran out. */
struct vs__workers *vs__workers_new(int n);

/* Joins the threads. Every job was awaited before. NULL is fine. */
void vs__workers_free(struct vs__workers *w);

/* Numbers that jobs can be run under: 0 .. count - 1. */
int vs__workers_count(const struct vs__workers *w);

/* Queues a job. Its owner lets it alone until it is awaited. */
void vs__workers_give(struct vs__workers *w, struct vs__job *job);

/* True once a given job is done; it is still to be awaited. */
bool vs__workers_done(struct vs__workers *w, const struct vs__job *job);

/* Waits until a job is done, running others meanwhile. One that was not given
 * is done already. */
void vs__workers_await(struct vs__workers *w, struct vs__job *job);

#endif
