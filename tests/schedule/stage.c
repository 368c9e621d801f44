/* stage.c - see stage.h. */
#include "stage.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct stage *stage;
    int turn;
    bool ended[2];
} now = {.mutex = PTHREAD_MUTEX_INITIALIZER,
         .changed = PTHREAD_COND_INITIALIZER};

static _Thread_local int me = -1; /* actor; -1: none */

static void await_turn(void)
{
    while (now.turn != me)
        (void)pthread_cond_wait(&now.changed, &now.mutex);
}

static void leave(bool ends)
{
    (void)pthread_mutex_lock(&now.mutex);
    now.ended[me] = ends;
    if (!now.ended[1 - me]) {
        now.turn = 1 - me;
        (void)pthread_cond_broadcast(&now.changed);
        if (!ends)
            await_turn();
    }
    (void)pthread_mutex_unlock(&now.mutex);
}

/* Before each call to the disk. Whoever sleeps waits for the other. */
static void stop(const char *call, const char *name, void *ctx)
{
    struct stage *stage = now.stage;

    (void)ctx;
    if (me < 0)
        return;
    stage->n_stops[me]++;
    if (strcmp(call, "Sleep") == 0) {
        leave(false);
    } else if (stage->n_stops[me] == stage->leaves_at[me]) {
        (void)snprintf(stage->left_at[me], sizeof stage->left_at[me],
                       "%.20s %.40s", call, name);
        leave(false);
    }
}

static void *act(void *arg)
{
    me = *(const int *)arg;
    (void)pthread_mutex_lock(&now.mutex);
    await_turn();
    (void)pthread_mutex_unlock(&now.mutex);
    now.stage->play[me](now.stage->ctx[me]);
    leave(true);
    return NULL;
}

void stage_play(struct stage *stage)
{
    static const int actors[2] = {0, 1};
    pthread_t threads[2];

    memset(stage->n_stops, 0, sizeof stage->n_stops);
    memset(stage->left_at, 0, sizeof stage->left_at);
    now.stage = stage;
    now.turn = 0;
    now.ended[0] = now.ended[1] = false;
    disk_set_stop(stop, NULL);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, act,
                           (void *)(uintptr_t)&actors[i]) != 0)
            abort();
    for (int i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    disk_set_stop(NULL, NULL);
}
