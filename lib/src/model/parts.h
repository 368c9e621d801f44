/* parts.h - which variables are parts of a partitioned one, and its name.
 *
 * Owns the table part. The parts of the variable X are ordinary variables with
 * the names X/part_0, X/part_1, ...; X itself is no row, only what is left of
 * those names. While X is partitioned nothing else can be named X, or X/part_N
 * for any N. All calls but those on names run inside the caller's transaction.
 */
#ifndef VS_MODEL_PARTS_H
#define VS_MODEL_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/catalog.h"
#include "model/store.h"
#include "varstore/partition.h"
#include "varstore/variable.h"

/* A part's place in its whole. */
struct vs__part_row {
    vs_partition partition; /* of the whole */
    int64_t ordinal;        /* which of its parts */
    bool drawn;             /* its first value is drawn by itself */
};

/* The columns of a row that stands as `p` in the statement. */
#define VS__PART_COLUMNS                                  \
    "p.variable, p.ordinal, p.n_parts, p.axis, p.first, " \
    "p.drawn, p.shape, p.record"
#define VS__N_PART_COLUMNS 8

/* Says that a variable is a part. */
vs_status vs__part_insert(vs_store *store, int64_t variable,
                          const struct vs__part_row *row);

/* Forgets that of a variable which is being deleted. */
vs_status vs__part_forget(vs_store *store, int64_t variable);

/* Reads the row in the columns from `i` on. VS_ERR_CORRUPT: it is not what was
 * written, or cannot be; `*out` is untouched. */
vs_status vs__part_read(vs_store *store, struct vs__stmt *s, int i,
                        struct vs__part_row *out);

/* The place of a variable that is a part. VS_DONE: it is none, and `*out` is
 * untouched. VS_ERR_CORRUPT as above, and if the row was lost. */
vs_status vs__part_of(vs_store *store, const struct vs__variable_row *variable,
                      struct vs__part_row *out);

/* The same for one whose own row is read first. */
vs_status vs__part_row(vs_store *store, int64_t variable,
                       struct vs__part_row *out);

/* True if two partitions cut the same shape in the same way. */
bool vs__partition_equal(const vs_partition *a, const vs_partition *b);

/* The K of a name "X/part_K", and the length of X; -1 for any other name. K is
 * written without zeros in front. */
int64_t vs__part_ordinal(const char *path, size_t *n_whole);

/* Writes the name of part `ordinal` of `whole` to `out`, which holds
 * VS_NAME_MAX + 1 bytes; false if it would be too long. */
bool vs__part_name(const char *whole, int64_t ordinal, char *out);

/* Finds out whether `path` is a partitioned variable now, or in a checkpoint
 * (if it is not 0), by its first part. VS_DONE: it is not. `*variable` (may be
 * NULL) receives the id of the first part, `*out` (may be NULL) the partition.
 */
vs_status vs__whole_find(vs_store *store, int64_t checkpoint, const char *path,
                         int64_t *variable, vs_partition *out);

/* VS_ERR_PARTITION if `path` is "X/part_N" and X is partitioned now. */
vs_status vs__part_reserved(vs_store *store, const char *path);

/* VS_ERR_PARTITION if any name "X/part_N" leads somewhere now, X being `path`:
 * nothing can be partitioned under that name. */
vs_status vs__parts_vacant(vs_store *store, const char *path);

#endif
