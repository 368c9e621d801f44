/* world.h - a store, a context and what a program got from them.
 *
 * A program is a test body that is run twice. The first time the store is
 * fresh and the root creates only, as in TensorFlow. Then everything is closed
 * and opened again, and the same program runs at a root with VS_REUSE_AUTO:
 * every variable that it gets must be the one it got at this point the first
 * time, by name and by identity, and nothing new may appear.
 */
#ifndef VS_TEST_WORLD_H
#define VS_TEST_WORLD_H

#include "stores.h"

#define WORLD_MAX 256 /* variables that a program may get */

struct world {
    const char *path;       /* of the store */
    vs_store *store;        /* owned */
    vs_context *ctx;        /* owned */
    vs_scope *root;         /* where the program starts */
    bool again;             /* the second run */
    bool sharing;           /* the first run starts with VS_REUSE_AUTO too */
    int n_got;              /* gets in this run */
    int n_first;            /* gets in the first run */
    int64_t n_rows;         /* variables in the store after the first run */
    char *names[WORLD_MAX]; /* of the first run's gets, in order */
    int64_t ids[WORLD_MAX]; /* of the variables */
    vs_variable *held[WORLD_MAX]; /* handles of this run */
    int n_held;
};

typedef void world_body(struct world *w);

struct program {
    const char *name;
    world_body *body;
    bool sharing; /* see struct world */
};

/* A program whose root creates only; one whose root always shares. */
#define PROGRAM(fn)    \
    {                  \
#fn, fn, false \
    }
#define SHARING_PROGRAM(fn) \
    {                       \
#fn, fn, true       \
    }

/* Runs all programs as a group of cmocka tests; what main returns. */
int world_main(const char *group, const struct program *programs, size_t n);

/* Enter a scope of the current context; the test fails if that fails. */
vs_scope *enter(struct world *w, const char *name);
vs_scope *enter_with(struct world *w, const char *name, vs_reuse reuse);
vs_scope *enter_options(struct world *w, const char *name,
                        vs_scope_options options);
vs_scope *enter_default(struct world *w, const char *name);
vs_scope *reenter(struct world *w, const vs_scope *captured);
vs_scope *reenter_with(struct world *w, const vs_scope *captured,
                       vs_reuse reuse);

/* Leaves the innermost scope. */
void leave(struct world *w);

/* Enters and leaves, and gives the scope captured. */
vs_scope *captured(struct world *w, const char *name);

/* A call that must be refused with that status and those words, opening
 * nothing. */
void enter_fails(struct world *w, vs_status want, const char *name,
                 vs_scope_options options, const char *words);

/* Gets a scalar, or what a spec says; its full name must be `full`. The handle
 * is the world's. */
vs_variable *get(struct world *w, const char *name, const char *full);
vs_variable *get_spec(struct world *w, const char *name, const char *full,
                      vs_variable_spec spec);

/* A get that must be refused, with those words, leaving its output alone. */
void get_fails(struct world *w, vs_status want, const char *name,
               vs_variable_spec spec, const char *words);

/* The name exists: refused by a scope that creates only, and in the second
 * run, where nothing creates only, given. */
void taken(struct world *w, const char *name);

/* The name does not exist and the scope fetches only. */
void missing(struct world *w, const char *name);

/* Asserts identity. */
#define assert_same(a, b)      assert_true(vs_variable_same((a), (b)))
#define assert_different(a, b) assert_false(vs_variable_same((a), (b)))

/* Asserts the current scope's full name. */
void at(struct world *w, const char *name);

/* A spec with a shape of rank 1 or 2; the shape is the world's literal. */
#define SHAPE(...)                                                 \
    (&(const vs_shape){                                            \
        (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), \
        {__VA_ARGS__}})
#define SCALAR (&(const vs_shape){0, {0}})

/* The one element of a scalar of floats or integers. */
double value(struct world *w, vs_variable *v);

/* Names in a collection below a scope (NULL: all), joined by blanks. */
void members(struct world *w, const char *scope, const char *collection,
             const char *want);

#endif
