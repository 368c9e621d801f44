/* state.h - many tensors at once: a model's whole state saved, loaded or
 * compared in one call.
 *
 * A program that trains has its state in memory, as tensors with names. Here it
 * hands all of them over together: what did not change is found by its digest
 * and costs nothing else, the rest is encoded on the handle's threads while it
 * is written, and everything, with a checkpoint of it if that is wanted,
 * becomes visible in one transaction or not at all.
 *
 * A partitioned variable is one tensor here, under the name of the whole: each
 * part takes its slice of the memory, and only parts that changed are written.
 * What is made is whole.
 *
 * Codes that any call may return and the thread rule are those of variable.h.
 */
#ifndef VARSTORE_STATE_H
#define VARSTORE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/checkpoint.h"
#include "varstore/export.h"
#include "varstore/scope.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/tensor.h"
#include "varstore/transfer.h"
#include "varstore/variable.h"

VS_BEGIN_DECLS

/* One tensor of a state. */
typedef struct vs_state_item {
    const char *name; /* a full name, or an alias */
    vs_view view;     /* its value's memory; any strides */
    /* For a name that vs_state_save makes; as in vs_variable_spec. What exists
     * keeps what it has. */
    vs_tristate trainable;
    const char *const *collections;
} vs_state_item;

typedef struct vs_state_save_options {
    size_t size;    /* sizeof(vs_state_save_options); 0 means that too */
    vs_reuse reuse; /* TRUE (and INHERIT): every name must exist;
                       AUTO: written or made; NONE: every name must be new */
    const char
        *site; /* for variables that are made, such as VS_HERE; or NULL */
    const vs_save_options *checkpoint; /* saved in the same transaction, as
                                          vs_checkpoint_save does; NULL: none */
    vs_progress progress; /* raw bytes of the state, at least once a tensor;
                             before the commit: whoever stops it then has
                             changed nothing */
    vs_tristate delta;    /* may values be kept as differences? As in
                             vs_write_options */
} vs_state_save_options;

typedef struct vs_state_report {
    int64_t n_same;     /* values that were there already; parts count each */
    int64_t n_written;  /* variables that got a new version; parts likewise */
    int64_t n_created;  /* variables that were made */
    int64_t n_bytes;    /* raw bytes of the written and the made */
    int64_t checkpoint; /* that was saved; 0: none */
} vs_state_report;

/* Gives `n` variables the values in memory. A value that is the current one
 * already gets no new version: it costs one pass of a digest over the memory,
 * and its variable is not touched. If nothing differs and no checkpoint is
 * wanted, nothing is written and the write lock is not taken.
 *
 * Much new data goes to the file once if nobody else has the store open, as in
 * a VS_TXN_BULK. What is new is digested, and the first chunks of it (about 4 MiB) encoded,
 * before the write lock is taken; the rest while it is held, on the handle's
 * threads beside the writing one. Memory is a few chunks for each thread,
 * whatever the size of the state. The memory of the tensors must not change
 * until the call returns; the store keeps no pointer to it.
 *
 * `report` may be NULL. On failure nothing has changed.
 *   VS_ERR_NOTFOUND, VS_ERR_EXISTS  by `reuse`
 *   VS_ERR_SHAPE, VS_ERR_DTYPE  not those of the variable that exists
 *   VS_ERR_NAME        not a valid name; two items are one variable, or one is
 *                      a part of the other
 *   VS_ERR_PARTITION   the name of a new one is that of a part
 *   VS_ERR_MISUSE      a view without memory; a local variable; a reuse mode that
 *                      is none
 *   VS_ERR_CANCELLED   the progress callback asked for it
 *   and those of vs_checkpoint_save and, for what is made,
 *   vs_variable_create */
VS_API VS_MUST_USE vs_status vs_state_save(vs_store *store,
                                           const vs_state_item *items, size_t n,
                                           const vs_state_save_options *options,
                                           vs_state_report *report);

typedef struct vs_state_load_options {
    size_t size;          /* sizeof(vs_state_load_options); 0 means that too */
    int64_t checkpoint;   /* the state to load; 0: the current one */
    vs_progress progress; /* raw bytes, at least once a tensor */
} vs_state_load_options;

/* Fills the views of `n` items with one consistent state: no write that happens
 * meanwhile is seen. Names may be given twice. What the views hold after a
 * failure is undefined; names, shapes and dtypes are compared before any of
 * them is touched.
 *   VS_ERR_NOTFOUND    no such name, or no such checkpoint
 *   VS_ERR_SHAPE, VS_ERR_DTYPE  not those of the variable
 *   VS_ERR_UNINITIALIZED  a deferred variable without a value
 *   VS_ERR_NAME, VS_ERR_MISUSE, VS_ERR_CANCELLED  as vs_state_save */
VS_API VS_MUST_USE vs_status
vs_state_load(vs_store *store, const vs_state_item *items, size_t n,
              const vs_state_load_options *options);

typedef enum vs_state_difference {
    VS_STATE_SAME = 0, /* the value is that of the memory, bit by bit */
    VS_STATE_CHANGED,  /* it is another one, or there is none yet */
    VS_STATE_RESHAPED, /* shape or dtype are not those of the view */
    VS_STATE_MISSING   /* there is no such name */
} vs_state_difference;

/* Tells for each of `n` items, in out[0 .. n - 1], how the store differs from
 * memory, by digests alone: no value is read, nothing is written. A value that
 * changed is mostly known as such by its first chunk. Options as in
 * vs_state_load; names may be given twice.
 * VS_ERR_NOTFOUND: no such checkpoint. VS_ERR_NAME, VS_ERR_MISUSE,
 * VS_ERR_CANCELLED as vs_state_save. */
VS_API VS_MUST_USE vs_status vs_state_compare(
    vs_store *store, const vs_state_item *items, size_t n,
    const vs_state_load_options *options, vs_state_difference *out);

VS_END_DECLS

#endif
