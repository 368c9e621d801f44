/* variable.h - named, typed tensors that persist: read, write, share, move.
 *
 * A variable has a dtype and a shape for life and a current value, a version;
 * every write makes a new version with a number that only grows. Most programs
 * get their variables from vs_get_variable (scope.h); the calls here work on
 * full names.
 *
 * Names are paths of components joined by '/': letters, digits, '_', '.' and
 * '-', no empty component, not starting with '_' or '-' at the root, at most
 * VS_NAME_MAX bytes. Upper and lower case differ. A trailing ":0" is ignored
 * in look-ups, as TensorFlow writes it. A name can be an alias: a second name
 * of the same variable.
 *
 * A vs_variable is a handle: it stays with its variable through renames, sees
 * every new version, and gives VS_ERR_STALE once the variable is deleted, or the
 * transaction that made it is rolled back, even if the name was made again.
 * (Numbers of versions that were rolled back are given out again.) Every value
 * read has been compared with the digest taken when it was written.
 *
 * A variable made with a partitioner (partition.h) is one variable to every
 * call here: its value is that of the whole, read and written in one
 * transaction, and deleting, renaming, copying or putting it into a collection
 * does so to all its parts. These are variables of their own, X/part_0,
 * X/part_1, ... below its name X, listed and saved as such, that can be opened,
 * read and written one by one; their names change only with that of the whole.
 * While X is partitioned, X and X/part_N for any N are its own.
 *
 * Codes that any call here may return: VS_ERR_NOMEM, VS_ERR_IO,
 * VS_ERR_CORRUPT, VS_ERR_FORKED; and any that writes: VS_ERR_READONLY,
 * VS_ERR_BUSY, VS_ERR_FULL, VS_ERR_MISUSE inside a read transaction.
 * Thread rule: that of the store the handle came from.
 */
#ifndef VARSTORE_VARIABLE_H
#define VARSTORE_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/partition.h"
#include "varstore/regularize.h"
#include "varstore/rule.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/tensor.h"

VS_BEGIN_DECLS

typedef struct vs_variable vs_variable;

#define VS_NAME_MAX 1023 /* bytes of a full name */

/* Where a call stands, for vs_variable_spec.site: "train.c:41". */
#define VS_STRINGIFY_(x) #x
#define VS_STRINGIFY(x)  VS_STRINGIFY_(x)
#define VS_HERE          __FILE__ ":" VS_STRINGIFY(__LINE__)

/* What a get may do (scope.h). */
typedef enum vs_reuse {
    VS_REUSE_INHERIT = 0, /* the surrounding scope's mode; at the root: none */
    VS_REUSE_NONE,        /* TensorFlow's False: the same as INHERIT (S39) */
    VS_REUSE_TRUE,
    VS_REUSE_AUTO
} vs_reuse;

/* The standard collections (TensorFlow's keys). Any other word is fine. */
#define VS_GLOBAL_VARIABLES    "variables"
#define VS_TRAINABLE_VARIABLES "trainable_variables"
#define VS_LOCAL_VARIABLES     "local_variables"
#define VS_MODEL_VARIABLES     "model_variables"
#define VS_GLOBAL_STEP         "global_step"

/* Variables with a regularizer join this one by themselves; their losses are
 * computed when they are asked for. */
#define VS_REGULARIZATION_LOSSES "regularization_losses"

/* Left out of checkpoints: for what is to persist, but without a history. A
 * restore leaves a member alone that the checkpoint does not have. */
#define VS_UNSAVED_VARIABLES "unsaved_variables"

/* What a new variable is to be. */
typedef struct vs_variable_spec {
    size_t size;           /* sizeof(vs_variable_spec); 0 means that too */
    vs_dtype dtype;        /* default: of a VS_INIT_VALUE, else f32 */
    const vs_shape *shape; /* fully known; NULL: that of a VS_INIT_VALUE */
    vs_initializer initializer;
    vs_tristate trainable; /* default yes; adds the trainable collection */
    const char *const *collections; /* NULL-terminated; NULL: "variables" */
    const char *site; /* where in the program, such as VS_HERE; may be NULL */
    vs_partitioner partitioner; /* default: one whole */
    vs_tristate deferred;       /* default no; yes: it gets no value yet */
    vs_regularizer regularizer; /* kept, see vs_variable_loss */
    vs_constraint constraint;   /* kept, see vs_variable_constrain */
    /* The rest is for vs_get_variable. */
    const char *caching_device; /* any text but "": the handle keeps the value
                                   it has read whole in memory, and reads it
                                   again only once another version is current
                                */
    vs_tristate use_resource;   /* no effect: every read is a snapshot */
    vs_tristate validate_shape; /* default yes; no: a fetch accepts any shape.
                                   The variable keeps its own for life */
    const struct vs_getter *getter; /* in place of the scope's (getter.h) */
} vs_variable_spec;

/* Makes a variable, with its first value, in one transaction; the initial
 * value is computed before the write lock is taken. Free `*out` with
 * vs_variable_free; `out` may be NULL.
 *
 * A deferred one is made without a value: it is there, for every process, with
 * dtype, shape and initializer, but reading it is VS_ERR_UNINITIALIZED until
 * vs_variable_initialize or vs_variable_write gives it one. Its initializer is
 * checked now and must be one that the store can keep: not a VS_INIT_VALUE,
 * _LIST or _SOURCE, and a VS_INIT_CUSTOM only by name.
 *   VS_ERR_EXISTS       the name is taken; the words tell by whom and when
 *   VS_ERR_NAME         not a valid name
 *   VS_ERR_NEEDSHAPE    no fully known shape
 *   VS_ERR_SHAPE, VS_ERR_DTYPE  invalid, or at odds with a VS_INIT_VALUE
 *   VS_ERR_INITIALIZER  see vs_initializer_fill; deferred with one that
 *                       cannot be kept
 *   VS_ERR_CALLBACK     a callback by a name that is not registered
 *   VS_ERR_MISUSE       a regularizer or constraint with bad parameters; one
 *                       that is a callback needs a name to be kept under
 *   VS_ERR_TOOBIG       more than 2^62 bytes
 *   VS_ERR_PARTITION    the name is reserved for a part; or the partitioner
 *                       cuts it, and a name of a part is taken
 * and those of vs_partitioner_apply. */
VS_API vs_status vs_variable_create(vs_store *store, const char *name,
                                    const vs_variable_spec *spec,
                                    vs_variable **out);

/* Opens a variable by name or alias. VS_ERR_NOTFOUND, VS_ERR_NAME. */
VS_API vs_status vs_variable_open(vs_store *store, const char *name,
                                  vs_variable **out);

/* Opens the value that a checkpoint holds under this name: a handle to that
 * one version, for reading only (VS_ERR_READONLY for the rest), valid as long
 * as the checkpoint; VS_ERR_STALE after, once nothing else keeps that version.
 * VS_ERR_NOTFOUND, VS_ERR_NAME. */
VS_API vs_status vs_variable_open_at(vs_store *store, int64_t checkpoint,
                                     const char *name, vs_variable **out);

/* Ends a handle, not the variable. NULL is fine. */
VS_API void vs_variable_free(vs_variable *v);

/* Facts that hold for the variable's life, or for the handle's: the name is
 * the one it was opened by. Borrowed until vs_variable_free; no database
 * access; cannot fail. */
VS_API const char *vs_variable_name(const vs_variable *v);
VS_API vs_dtype vs_variable_dtype(const vs_variable *v);
VS_API const vs_shape *vs_variable_shape(const vs_variable *v);
VS_API bool vs_variable_trainable(const vs_variable *v);
VS_API vs_store *vs_variable_store(const vs_variable *v);

/* True if both handles lead to the same variable of the same store file. */
VS_API bool vs_variable_same(const vs_variable *a, const vs_variable *b);

/* How the variable is partitioned: of a partitioned one its own partition, of
 * a part that of the whole, else NULL. Which slice of the whole a part is,
 * vs_partition_part tells. Borrowed; cannot fail, like the three below. */
VS_API const vs_partition *vs_variable_partition(const vs_variable *v);

/* The number of parts; 0: it is not partitioned (one part is). */
VS_API int64_t vs_variable_n_parts(const vs_variable *v);

/* Part `i`, a handle that belongs to `v` and ends with it: not to be freed.
 * NULL: no such part. */
VS_API vs_variable *vs_variable_part(const vs_variable *v, int64_t i);

/* Which part of a partitioned variable this one is, from 0; -1: none. */
VS_API int64_t vs_variable_ordinal(const vs_variable *v);

/* Gives a deferred variable its first value, that of the initializer it was
 * made with, by whichever process. Of any number of callers, and of writers,
 * exactly one gives it; `*made` (may be NULL) tells whether it was this call.
 * Nothing is done to a variable that has a value. VS_ERR_STALE;
 * VS_ERR_CALLBACK: the initializer is a callback that is not known here. */
VS_API vs_status vs_variable_initialize(vs_variable *v, bool *made);

/* Does so for every variable below a scope (NULL or "": all) that has no value
 * yet, each in a transaction of its own; `*n_made` (may be NULL) receives how
 * many got it from this call. On failure those before have theirs.
 * VS_ERR_NAME. */
VS_API vs_status vs_scope_initialize(vs_store *store, const char *scope,
                                     int64_t *n_made);

/* The number of the current version; of a partitioned variable the newest of
 * its parts'. VS_ERR_STALE, VS_ERR_UNINITIALIZED. */
VS_API vs_status vs_variable_version(vs_variable *v, int64_t *out);

/* Reads the whole value into `into`, whose shape and dtype must be the
 * variable's; any strides. On failure what `into` holds is undefined.
 * VS_ERR_SHAPE, VS_ERR_DTYPE, VS_ERR_STALE; VS_ERR_UNINITIALIZED if the
 * variable was deferred and has no value yet: so for everything below that
 * needs one. */
VS_API vs_status vs_variable_read(vs_variable *v, const vs_view *into);

/* Reads a slice; `into` has vs_slice_shape(slice). Only the chunks that the
 * slice touches are read. As vs_variable_read, and VS_ERR_RANGE. */
VS_API vs_status vs_variable_read_slice(vs_variable *v, const vs_slice *slice,
                                        const vs_view *into);

/* Gives the whole value, piece by piece, to `sink`; needs a few chunks of
 * memory whatever the size. The value is one version's: a write that happens
 * meanwhile is not seen. Returns the sink's status if it is not VS_OK. */
VS_API vs_status vs_variable_read_to(vs_variable *v, vs_sink sink);

/* Replaces the value, or gives a deferred variable its first one. Shape and
 * dtype must be the variable's: VS_ERR_SHAPE, VS_ERR_DTYPE, VS_ERR_STALE. */
VS_API vs_status vs_variable_write(vs_variable *v, const vs_view *from);

/* Deltas. A value of f16, bf16, f32, f64 or complex numbers can be kept as its
 * differences from another, its base, which takes less space where training
 * moved it little: chunk by chunk, where that saves a tenth or more, and every
 * bit comes back. Writing and reading take about twice the time. Nothing is
 * kept so unless it is asked for: by vs_store_options.delta, or here.
 *
 * When the store chooses, values differ from one that a checkpoint holds, or
 * from the base of the value before; and a new one is kept whole when the
 * differences have grown so that it is time for another base. A base stays in
 * the file as long as a delta needs it, whoever else lets go of it. It is never
 * a delta itself, so no value needs more than one other. */
typedef struct vs_write_options {
    size_t size;       /* sizeof(vs_write_options); 0 means that too */
    vs_tristate delta; /* may it be kept as a delta? Default: as the store was
                          opened, and yes if there is a `base` */
    vs_variable *base; /* differ from what this handle shows now, such as the
                          model that is being tuned (vs_variable_open) or a
                          checkpoint's value (vs_variable_open_at); NULL: the
                          store chooses. The store keeps no pointer to it. */
} vs_write_options;

/* Replaces the value as vs_variable_write does, and says how it is kept. NULL
 * options: as vs_variable_write. As that, and for the base VS_ERR_SHAPE,
 * VS_ERR_DTYPE, VS_ERR_STALE, VS_ERR_UNINITIALIZED; VS_ERR_MISUSE: it was
 * opened through another vs_store, or `delta` is VS_NO; VS_ERR_PARTITION: one
 * of the two has parts, which are written with bases of their own. */
VS_API vs_status vs_variable_write_with(vs_variable *v, const vs_view *from,
                                        const vs_write_options *options);

/* Replaces a slice; only its chunks are written. As vs_variable_write, and
 * VS_ERR_RANGE. */
VS_API vs_status vs_variable_write_slice(vs_variable *v, const vs_slice *slice,
                                         const vs_view *from);

/* Replaces the value by what `source` gives, piece by piece. Of a variable
 * that is partitioned behind an axis of more than one index, a chunk of each
 * part is kept in memory on the way. */
VS_API vs_status vs_variable_write_from(vs_variable *v, vs_source source);

/* The loss that the variable's regularizer makes of the current value; 0 if it
 * has none. Streams, except for a custom regularizer, which is given the whole
 * tensor in memory. VS_ERR_CALLBACK: the regularizer is a callback that is not
 * registered. VS_ERR_DTYPE: it is not one of floats. VS_ERR_STALE,
 * VS_ERR_UNINITIALIZED. Each part of a partitioned variable has a loss of its
 * own; they are added. */
VS_API vs_status vs_variable_loss(vs_variable *v, double *out);

/* The losses of all variables below a scope (NULL or "": all) that have a
 * regularizer, of one snapshot, added; an alias adds nothing. `*n` (may be
 * NULL) receives how many there are. As vs_variable_loss; VS_ERR_NAME. */
VS_API vs_status vs_scope_loss(vs_store *store, const char *scope, double *out,
                               int64_t *n);

/* Replaces the value by what the variable's constraint makes of it, in one
 * transaction, with the tensor in memory; does nothing if it has none. Nothing
 * else applies a constraint: neither creation nor a write (S67). To each part
 * of a partitioned variable it is applied by itself.
 * VS_ERR_CALLBACK, VS_ERR_DTYPE and VS_ERR_SHAPE as vs_constraint_apply;
 * VS_ERR_STALE, VS_ERR_UNINITIALIZED. */
VS_API vs_status vs_variable_constrain(vs_variable *v);

/* The specs of the rules that the variable was made with, as JSON, or "" for
 * none. Borrowed until the next call on this handle. VS_ERR_STALE. */
VS_API vs_status vs_variable_rules(vs_variable *v, const char **regularizer,
                                   const char **constraint);

/* Adds `delta` to the value, or subtracts it, element by element in the
 * variable's dtype (integers wrap around; f16, bf16 and f8 round once from
 * f32), reading and writing in one transaction: no update of another process
 * is lost. VS_ERR_SHAPE, VS_ERR_DTYPE (bool too), VS_ERR_STALE. */
VS_API vs_status vs_variable_assign_add(vs_variable *v, const vs_view *delta);
VS_API vs_status vs_variable_assign_sub(vs_variable *v, const vs_view *delta);

/* Replaces the value only if the current version is `expected`; `*out` (may
 * be NULL) receives the new version. VS_ERR_CONFLICT tells both numbers.
 * VS_ERR_PARTITION: it is partitioned, and only its parts have versions that
 * can be compared. */
VS_API vs_status vs_variable_compare_and_swap(vs_variable *v, int64_t expected,
                                              const vs_view *from,
                                              int64_t *out);

/* Removes a name. The variable goes with its last name; values that
 * checkpoints hold stay readable there. VS_ERR_NOTFOUND. */
VS_API vs_status vs_variable_delete(vs_store *store, const char *name);

/* Gives one name another spelling; the value is not touched. VS_ERR_NOTFOUND,
 * VS_ERR_EXISTS, VS_ERR_NAME. */
VS_API vs_status vs_variable_rename(vs_store *store, const char *from,
                                    const char *to);

/* Moves the scope `from`, every name "from/...", to "to/..." in one
 * transaction; `*n_moved` (may be NULL) receives how many. VS_ERR_NOTFOUND if
 * there is none, VS_ERR_EXISTS if any new name is taken (nothing is moved),
 * VS_ERR_MISUSE if one scope lies inside the other. */
VS_API vs_status vs_scope_move(vs_store *store, const char *from,
                               const char *to, int64_t *n_moved);

/* Makes `alias` a second name of the variable `name`. VS_ERR_NOTFOUND,
 * VS_ERR_EXISTS, VS_ERR_NAME. */
VS_API vs_status vs_variable_alias(vs_store *store, const char *name,
                                   const char *alias);

/* Makes `to` a new variable with the metadata, collections and current value
 * of `from`, sharing its chunks: no bytes are copied. As vs_variable_alias. */
VS_API vs_status vs_variable_copy(vs_store *store, const char *from,
                                  const char *to);

/* Adds to or removes from a collection; both succeed when there is nothing to
 * do. VS_ERR_NOTFOUND: no such variable. VS_ERR_NAME: an empty key or one of
 * more than VS_NAME_MAX bytes. */
VS_API vs_status vs_collection_add(vs_store *store, const char *key,
                                   const char *name);
VS_API vs_status vs_collection_remove(vs_store *store, const char *key,
                                      const char *name);

/* Who made a thing, as far as that was said. */
typedef struct vs_origin {
    const char *program; /* name of the program; "" if unknown */
    const char *host;    /* "" if unknown */
    int64_t pid;         /* on that host; 0 if unknown */
    const char *site;    /* call site, or "" */
    int64_t at_ms;       /* milliseconds since 1970, UTC */
} vs_origin;

/* What is known of a variable, current or in a checkpoint, without decoding
 * anything. Strings are borrowed until the next call on the same list, or
 * until vs_variable_free. */
typedef struct vs_variable_info {
    const char *name;
    const char *alias_of; /* first name of the variable, if this is an
                                alias; else NULL */
    int64_t id;           /* the same for all names of a variable */
    vs_dtype dtype;
    vs_shape shape;
    int64_t n_elements;
    int64_t n_bytes;      /* raw */
    int64_t stored_bytes; /* of its frames, shared ones included */
    int64_t n_chunks;     /* 0: kept inline */
    int64_t version;      /* 0: deferred, no value yet; then stored_bytes,
                           n_chunks, written_ms and digest are 0 too */
    int64_t written_ms;   /* when this version was made */
    bool trainable;
    uint8_t digest[16];      /* of dtype, shape and content: equal means equal
                                (stores of one chunk size) */
    const char *initializer; /* its spec as JSON, or NULL */
    vs_origin created;
    int64_t n_parts;   /* of the partitioned variable that it is, or is a part
                          of; 0: neither */
    int64_t part;      /* which part it is, from 0; -1: none */
    const char *slice; /* a part's slice info (vs_slice_info); NULL: no part */
} vs_variable_info;

/* Describes the variable's current version (or the pinned one). */
VS_API vs_status vs_variable_describe(vs_variable *v,
                                      const vs_variable_info **out);

/* Statistics of the value, merged from those of its chunks: nothing is
 * decoded. VS_ERR_STALE. */
VS_API vs_status vs_variable_stats(vs_variable *v, vs_stats *out);

/* One bucket of the histogram by sign and exponent: the numbers x with
 * 2^exponent <= |x| < 2^(exponent+1), of one sign. */
typedef struct vs_bucket {
    int negative; /* 1 for x < 0 */
    int exponent; /* -1074 .. 1023 */
    int64_t count;
} vs_bucket;

#define VS_BUCKETS_MAX 4196 /* as many as there can be */

/* The non-empty buckets, most negative numbers first, merged from the chunks;
 * zeros, NaN and infinities are in none. `out` holds VS_BUCKETS_MAX. */
VS_API vs_status vs_variable_histogram(vs_variable *v, vs_bucket *out,
                                       int *n_out);

/* The names of a variable's collections, in order; NULL-terminated, borrowed
 * until the next call on this handle. */
VS_API vs_status vs_variable_collections(vs_variable *v,
                                         const char *const **out);

/* Walks names in byte order. */
typedef struct vs_list vs_list;

typedef struct vs_list_options {
    size_t size;            /* sizeof(vs_list_options); 0 means that too */
    const char *scope;      /* only names below it; NULL or "": all */
    const char *collection; /* only its members; NULL: any */
    int64_t checkpoint;     /* names and versions of that checkpoint; 0: now */
    bool uninitialized;     /* only deferred ones that have no value yet; such
                               are in no checkpoint: VS_ERR_MISUSE for both */
    bool local;             /* the local variables of this handle instead; they
                               are in no checkpoint either */
} vs_list_options;

/* Opens a list; NULL options list all current names. Rows are fetched a few
 * hundred at a time; for one snapshot of all, open the list and walk it inside
 * a read transaction. Close with vs_list_close before the store.
 * VS_ERR_NOTFOUND: no such checkpoint. */
VS_API vs_status vs_list_open(vs_store *store, const vs_list_options *options,
                              vs_list **out);

/* The next name, or VS_DONE. Borrowed until the next call on the list. */
VS_API vs_status vs_list_next(vs_list *list, const vs_variable_info **out);

VS_API void vs_list_close(vs_list *list);

VS_END_DECLS

#endif
