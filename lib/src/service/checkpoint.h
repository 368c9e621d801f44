/* checkpoint.h - rows of checkpoints, and the digest that binds them.
 *
 * A checkpoint's root is a chain (codec/digest.h) of one item for each of its
 * names, in byte order of the paths - the path, a NUL, one byte that is 1 for
 * an alias, the version's digest - and at last the number of names, 8 bytes
 * little-endian. A row that is lost, swapped or changed breaks it.
 *
 * Owns the tables checkpoint, checkpoint_variable and metric. All calls run
 * inside the caller's transaction.
 */
#ifndef VS_SERVICE_CHECKPOINT_H
#define VS_SERVICE_CHECKPOINT_H

#include <stdint.h>

#include "chunk/pool.h"
#include "varstore/checkpoint.h"
#include "varstore/store.h"

struct vs__stmt;

struct vs__checkpoint_row {
    int64_t id;             /* its number */
    int64_t step;           /* or VS_NO_STEP */
    int64_t n_names;        /* aliases included */
    struct vs__digest root; /* over names and versions, as saved */
};

/* The columns of a checkpoint, which stands as `c` in the statement, that its
 * record is over, and the record. */
#define VS__CHECKPOINT_COLUMNS                                       \
    "c.id, c.parent, c.step, c.at_ms, c.origin, c.n_names, "         \
    "c.n_metrics, c.logical_bytes, c.new_bytes, c.root, c.message, " \
    "c.record"

/* Compares the record if these columns stand from `i` on, and gives the root.
 * VS_ERR_CORRUPT. */
vs_status vs__checkpoint_intact(vs_store *store, struct vs__stmt *s, int i,
                                struct vs__digest *root);

/* A list whose first item is this checkpoint, or the next older one. */
vs_status vs__checkpoint_list_at(vs_store *store, int64_t checkpoint,
                                 vs_checkpoint_list **out);

/* The same of a metric: checkpoint, key, value, record. VS_ERR_CORRUPT. */
vs_status vs__metric_check(vs_store *store, struct vs__stmt *s, int i);

/* VS_ERR_NOTFOUND: there is no such checkpoint. VS_ERR_CORRUPT. */
vs_status vs__checkpoint_row(vs_store *store, int64_t checkpoint,
                             struct vs__checkpoint_row *out);

/* Computes root and count from the checkpoint's names and their versions,
 * whose records are checked. Reads the names of the store once, in order;
 * memory does not grow with them. VS_ERR_CORRUPT. */
vs_status vs__checkpoint_sum(vs_store *store, int64_t checkpoint,
                             int64_t *n_names, struct vs__digest *root);

/* Compares what vs__checkpoint_sum gives with the row. VS_ERR_CORRUPT. */
vs_status vs__checkpoint_verify(vs_store *store,
                                const struct vs__checkpoint_row *row);

/* Checks what a checkpoint is to be saved with, as vs_checkpoint_save does. */
vs_status vs__checkpoint_check(vs_store *store, const vs_save_options *given);

/* Makes the row of a new checkpoint; sizes and root are still missing. */
vs_status vs__checkpoint_insert(vs_store *store, int64_t parent, int64_t step,
                                const char *message, size_t n_metrics,
                                int64_t *out);

/* Records what every name leads to that is to be saved; `*n` receives how many
 * there are. */
vs_status vs__checkpoint_record(vs_store *store, int64_t checkpoint,
                                int64_t *n);

/* Completes the row: the root is computed, the rest was found out. */
vs_status vs__checkpoint_complete(vs_store *store, int64_t checkpoint,
                                  int64_t n_names, int64_t logical_bytes,
                                  int64_t new_bytes);

/* Adds a metric, which has been checked. */
vs_status vs__checkpoint_measured(vs_store *store, int64_t checkpoint,
                                  const vs_metric *metric);

/* Deletes the rows; names and versions have been let go before. */
vs_status vs__checkpoint_drop(vs_store *store, int64_t checkpoint);

#endif
