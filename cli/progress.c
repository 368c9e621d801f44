/* progress.c - see progress.h. */
#include "progress.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "num.h"

#define QUIET_MS 1000 /* a job shorter than this shows nothing */
#define DRAW_MS  100  /* between two drawings */

/* The one thing a signal handler may touch. */
static volatile sig_atomic_t stopped;

static void on_interrupt(int number)
{
    (void)number;
    stopped = 1;
}

static int64_t steady_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw(const struct progress *p, int64_t done, int64_t total,
                 int64_t passed_ms)
{
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    char c[NUM_TEXT];
    int64_t speed = passed_ms > 0 ? done * 1000 / passed_ms : 0;
    int64_t left_s = speed > 0 ? (total - done) / speed : 0;

    (void)fprintf(stderr, "\r%s %3d %%  %s of %s  %s/s  %lld s left   ",
                  p->verb,
                  total > 0 ? (int)(100.0 * (double)done / (double)total) : 0,
                  num_size(done, a), num_size(total, b), num_size(speed, c),
                  (long long)left_s);
    (void)fflush(stderr);
}

static int tick(int64_t done, int64_t total, void *ctx)
{
    struct progress *p = ctx;
    int64_t now;

    if (stopped)
        return 1;
    if (!p->shows)
        return 0;
    now = steady_ms();
    if (now - p->start_ms < QUIET_MS || now - p->drawn_ms < DRAW_MS)
        return 0;
    p->drawn_ms = now;
    draw(p, done, total, now - p->start_ms);
    return 0;
}

vs_progress progress_begin(struct progress *p, const struct cli *cli,
                           const char *verb)
{
    struct sigaction action;
    vs_progress progress = {tick, p};

    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
    (void)sigaction(SIGINT, &action, NULL);
    p->verb = verb;
    p->start_ms = steady_ms();
    p->drawn_ms = 0;
    p->shows = isatty(STDERR_FILENO) && !cli->quiet && !cli->json;
    return progress;
}

void progress_end(struct progress *p)
{
    if (p->drawn_ms != 0)
        (void)fprintf(stderr, "\r%79s\r", "");
}

bool progress_stopped(void)
{
    return stopped != 0;
}
