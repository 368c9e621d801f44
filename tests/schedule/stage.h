/* stage.h - two actors, each a thread that stands for a process, of which one
 * runs at a time: they change where a plan says so, and where one waits.
 */
#ifndef VS_TEST_STAGE_H
#define VS_TEST_STAGE_H

#include <stdbool.h>

struct stage {
    /* The plan. */
    void (*play[2])(void *ctx);
    void *ctx[2];
    long leaves_at[2]; /* the stop at which an actor leaves to the other, the
                          first time it is there; 0: never */
    /* What came out. */
    long n_stops[2];     /* calls to the disk */
    char left_at[2][64]; /* the call before which it left */
};

/* Plays to the end of both. The first actor begins. */
void stage_play(struct stage *stage);

#endif
