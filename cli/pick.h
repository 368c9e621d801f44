/* pick.h - FILE[@CHECKPOINT]: a store or a foreign file, seen as one thing.
 *
 * What can be looked at is a list of entries and, of each, its elements.
 * Nothing is created, and a store is open for reading, in one read
 * transaction: all that is seen is one state.
 */
#ifndef CLI_PICK_H
#define CLI_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd.h"
#include "glob.h"
#include "json.h"
#include "mem.h"
#include "varstore/varstore.h"

/* A command's FILE. Either `store` or `file` is set once it is open. */
struct pick {
    struct cli *cli;    /* whose fault and settings */
    struct text label;  /* as typed: FILE or FILE@REF */
    struct text path;   /* FILE */
    vs_store *store;    /* NULL: a foreign file */
    vs_file *file;      /* NULL: a store */
    int64_t checkpoint; /* 0: the current state, or a foreign file */
    bool in_read;       /* a read transaction is open */
};

enum pick_kind {
    PICK_ANY,  /* a store or a foreign file */
    PICK_STORE /* a store only */
};

/* Splits FILE@REF where the file of the full name does not exist; `*ref` is
 * NULL if there is none. Both point into fresh memory of `path`. */
void pick_split(const char *arg, struct text *path, const char **ref);

/* Opens FILE[@REF] to look at. `ref` (NULL: none) stands for a REF of its own.
 * A fault tells what the file is instead, or which files look like it.
 * pick_close either way. */
int pick_open(struct cli *cli, const char *arg, const char *ref,
              enum pick_kind kind, struct pick *out);
void pick_close(struct pick *p);

/* Opens the STORE of a command that writes, for reading if it has --dry-run;
 * no @REF may be given, and the file must exist. Close with vs_store_close. */
int pick_store(struct cli *cli, const char *arg, vs_store **out);

/* Finds a checkpoint of a store; a fault suggests a tag. */
int pick_checkpoint(struct cli *cli, vs_store *store, const char *path,
                    const char *ref, int64_t *out);

/* The members "file" and, if there is one, "checkpoint". */
void pick_json(const struct pick *p, struct json *j);

/* The fault that the last failed call on a store left. */
int pick_store_fault(struct cli *cli, vs_store *store);

/* Adds to a "no such file" which files nearby look like it. */
void pick_hint_file(struct cli *cli, const char *path);

/* One name of a list. */
struct entry {
    const char *name;
    const char *alias_of; /* the variable's first name; NULL: this is it */
    const int64_t *dims;  /* `rank` of them */
    int rank;
    vs_dtype dtype;
    int64_t id; /* of the variable; 0 in a foreign file */
    int64_t n_elements;
    int64_t n_bytes;      /* raw */
    int64_t stored_bytes; /* -1: not known */
    int64_t version;      /* 0: none, or none yet */
    int64_t written_ms;   /* 0: not known */
    uint8_t digest[16];   /* all zero: none */
    bool trainable;
    bool empty;        /* in a store, without a value yet */
    int64_t part;      /* of a partitioned variable; -1: it is none */
    const char *slice; /* of the whole that a part is; NULL: it is none */
};

/* A list, by name; its memory grows with the names and not with tensors. */
struct entries {
    struct entry *v; /* `n` of them */
    size_t n;
    size_t cap;
    struct block *block; /* memory that names and dims lie in */
};

/* Takes the arguments from the i-th on as patterns. globs_done either way. */
int pick_globs(struct cli *cli, int i, enum glob_names names,
               struct globs *out);

/* Lists what the patterns match: parts of partitioned variables one by one, or
 * together under the name of the whole where only exact names match. */
int pick_list(struct pick *p, const struct globs *globs, struct entries *out);
void entries_done(struct entries *list);

/* An entry's shape; whether it has a digest; whether its name is that of a part,
 * and then the length of the whole's; the entry of a name or NULL. */
vs_shape entry_shape(const struct entry *e);
bool entry_has_digest(const struct entry *e);
bool entry_is_part(const struct entry *e, size_t *n);
const struct entry *entries_find(const struct entries *list, const char *name);

/* The fault of a name that is not there, with the name that may be meant. */
int pick_not_found(struct pick *p, const char *name);

/* The fault of patterns that match nothing: exit code 1. */
int pick_no_match(struct pick *p, const struct globs *globs);

/* One tensor, open for reading. */
struct tensor {
    struct pick *pick; /* where it is; borrowed */
    vs_variable *v;    /* in a store */
    size_t index;      /* in a foreign file */
    vs_dtype dtype;
    vs_shape shape;
    int64_t n_elements;
    const char *name; /* as the file has it; borrowed until tensor_close */
};

/* Opens a tensor by name; pick_not_found if there is none. */
int tensor_open(struct pick *p, const char *name, struct tensor *out);
void tensor_close(struct tensor *t);

/* Reads a slice into contiguous memory, which it fills. */
int tensor_read(struct tensor *t, const vs_slice *slice, void *into);

/* Gives all elements, in order, a piece at a time. A sink that stops it by
 * VS_ERR_CANCELLED gets EXIT_INTERRUPT and no fault. */
int tensor_stream(struct tensor *t, vs_sink sink);

#endif
