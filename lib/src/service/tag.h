/* tag.h - names that lead to checkpoints, and can be moved.
 *
 * Owns the table tag. All calls run inside the caller's transaction.
 */
#ifndef VS_SERVICE_TAG_H
#define VS_SERVICE_TAG_H

#include <stdint.h>

#include "base/buf.h"
#include "varstore/store.h"

/* Makes a tag, which has been checked, lead to a checkpoint that is there. */
vs_status vs__tag_put(vs_store *store, const char *tag, int64_t checkpoint);

/* Compares the record of the current row: name, checkpoint and record stand
 * from column `i` on. VS_ERR_CORRUPT. */
struct vs__stmt;
vs_status vs__tag_check_row(vs_store *store, struct vs__stmt *s, int i);

/* The checkpoint that a tag leads to. VS_ERR_NOTFOUND with words. */
vs_status vs__tag_find(vs_store *store, const char *tag, int64_t *out);

/* Takes all tags from a checkpoint. */
vs_status vs__tags_drop(vs_store *store, int64_t checkpoint);

/* Adds the tags of a checkpoint to `texts`, in order, each with its NUL, and
 * counts them. */
vs_status vs__tags_of(vs_store *store, int64_t checkpoint,
                      struct vs__buf *texts, size_t *n);

#endif
