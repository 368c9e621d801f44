/* model.h - what a store is to hold: names, values, checkpoints, seals, in
 * memory and in the simplest way. Knows the words of the public headers and
 * nothing of the library.
 *
 * A state is one struct, copied whole where a transaction begins, so that to
 * roll back is to forget the copy. A value is known by its number: values are
 * never changed, and every write makes one, so that two versions are the same
 * if their numbers are.
 */
#ifndef VS_TEST_MODEL_H
#define VS_TEST_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/varstore.h"

#define PATH_BYTES    32
#define MOST_NAMES    40
#define MOST_KINDS    7
#define MOST_ELEMENTS 2600
#define MOST_VARS     256
#define MOST_SAVED    6 /* checkpoints at a time */
#define MOST_TAGS     3
#define MOST_SEALS    4
#define MOST_DEPTH    3 /* of transactions */
#define MOST_SCOPES   3 /* open ones */
#define MOST_SLOTS    4 /* handles of variables */
#define NO_VALUE      (-1)

/* What a variable can be: a dtype, a shape, and into how many parts it is cut
 * along its first axis (0: whole). */
struct kind {
    vs_dtype dtype;
    vs_shape shape;
    int parts;
};

extern const struct kind kinds[MOST_KINDS];

int64_t kind_count(int kind); /* elements */

/* A version's elements, as integers whatever the dtype. */
struct value {
    int kind;
    int32_t *elements; /* owned */
};

struct variable {
    int id; /* never used twice, not even after a rollback */
    int kind;
    int value;       /* its number, or NO_VALUE: deferred */
    int fill;        /* of its initializer: what a deferred one will get */
    int64_t version; /* as the store told; 0: not asked yet */
    int64_t floor;   /* it must be above this one */
};

struct name {
    char path[PATH_BYTES];
    int variable; /* id */
};

/* A name in a checkpoint. */
struct entry {
    struct name name;
    int value;
    int64_t version; /* 0: not known */
};

struct checkpoint {
    int64_t id;
    int64_t parent; /* 0: none */
    int64_t step;
    bool tags[MOST_TAGS];
    int n;
    struct entry entries[MOST_NAMES];
};

struct state {
    int n_names;
    int n_variables;
    int n_checkpoints;
    int n_seals;
    int64_t newest; /* number of a version that was ever seen */
    int64_t head;   /* checkpoint last saved or restored */
    int64_t n_saved;
    struct name names[MOST_NAMES]; /* in byte order */
    struct variable variables[MOST_VARS];
    struct checkpoint checkpoints[MOST_SAVED]; /* oldest first */
    char seals[MOST_SEALS][PATH_BYTES];
};

/* A variable's handle. */
struct slot {
    vs_variable *v;     /* NULL: empty */
    int variable;       /* id */
    int64_t checkpoint; /* that it looks at; 0: at what is current */
    int value;          /* in that */
};

struct scope {
    char path[PATH_BYTES];
    vs_reuse reuse;
};

/* A handle of the store, and what its process knows. */
struct handle {
    vs_store *store; /* NULL: closed */
    vs_context *ctx;
    bool only_reads; /* opened for reading */
    bool alone;      /* in a bulk transaction that nobody else saw begin */
    vs_txn_kind txn; /* of the outermost transaction */
    int depth;       /* open transactions */
    int n_scopes;
    struct scope scopes[MOST_SCOPES];
    vs_scope *entered[MOST_SCOPES];
    struct slot slots[MOST_SLOTS];
    struct state levels[MOST_DEPTH];
};

struct model {
    struct state now; /* committed */
    struct handle handles[2];
    int n_ids;
    int n_values;
    int cap_values;
    struct value *values; /* owned */
};

void model_init(struct model *m);
void model_done(struct model *m);

/* Values. The one made last is at least `a`'s number or more; -1: no memory
 * ends the program. */
int value_fill(struct model *m, int kind, int fill, int slope);
int value_copy(struct model *m, int value);
const int32_t *value_of(const struct model *m, int value);
bool value_equal(const struct model *m, int a, int b);

/* What a handle sees, and writes. */
struct state *view_of(struct model *m, int who);
bool is_writing(const struct model *m, int who);

/* Names. */
struct name *name_find(struct state *s, const char *path);
void name_put(struct state *s, const char *path, int variable);
void name_drop(struct state *s, const char *path);
struct variable *variable_find(struct state *s, int id);
struct variable *variable_at(struct state *s, const char *path);
bool variable_is_live(const struct state *s, int id);
struct variable *variable_make(struct model *m, struct state *s, int kind);
/* Gives a variable another value, whose version is not known yet. */
void variable_give(struct state *s, struct variable *v, int value);

bool path_within(const char *path, const char *scope); /* itself or below */
/* May a name of this kind be made? Parts lie in a scope of its name. */
bool is_sealed(const struct state *s, const char *path, int kind);

struct checkpoint *checkpoint_find(struct state *s, int64_t id);
void checkpoint_drop(struct state *s, int64_t id);
struct checkpoint *checkpoint_tagged(struct state *s, int tag);

#endif
