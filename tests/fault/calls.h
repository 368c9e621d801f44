/* calls.h - every call of the manual, once or in several ways, on the store that
 * test_calls.c makes.
 */
#ifndef VS_TEST_CALLS_H
#define VS_TEST_CALLS_H

#include "stores.h"

#define SCENE_KEPT 8

struct scene {
    vs_store *store;
    vs_context *ctx;
    const char *foreign; /* a file to import */
    const char *out;     /* a path to export and salvage to */
    const char *out_log; /* beside that */
    /* Open handles that calls use; where there is none they open one. */
    vs_variable *kept[SCENE_KEPT];
};

/* Makes the store at `path`, and closes it. */
void scene_make(void **state, struct scene *c, const char *path);

/* Makes damages of each kind in it, so that who meets them goes all ways. */
void scene_spoil(struct scene *c, const char *path);

/* Opens it; close it with scene_close, which frees what is kept, too. */
void scene_open(struct scene *c, const char *path);
void scene_close(struct scene *c);

/* Keeps a handle open to each variable that a call uses. */
void scene_keep(struct scene *c);

struct call {
    const char *name; /* NULL ends a table */
    vs_status (*call)(struct scene *c);
    unsigned flags;
};

#define CALL_ITSELF        1u /* it is no part of a transaction around it */
#define CALL_BY_STEPS      2u /* what it did before it failed stays */
#define CALL_MANAGES       4u /* it can do without some of its memory */
#define CALL_OFF_THE_STORE 8u /* it asks the store nothing */

extern const struct call calls_of_values[];
extern const struct call calls_of_names[];
extern const struct call calls_of_scopes[];
extern const struct call calls_of_states[];
extern const struct call calls_on_damage[]; /* of a store that was spoilt */

#define N 1500 /* elements of a/w: two chunks */

/* 0, 1/8, ... 96/8, 0, ... */
vs_view view_of_many(void);

/* Does one thing with a variable. */
vs_status call_with(struct scene *c, const char *name,
                    vs_status (*body)(vs_variable *v));

/* Some of them make the store, too. */
vs_status call_adds(struct scene *c);
vs_status call_writes_parts(struct scene *c);
vs_status call_writes_columns(struct scene *c);

#endif
