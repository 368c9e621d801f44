/* whole.h - partitioned variables as one: opening, asking, reading, writing.
 *
 * A handle to one holds a handle to each part (handle.h). Everything here runs
 * inside the caller's transaction, which is what makes the parts one value;
 * what is said of values in value.h holds here too.
 */
#ifndef VS_MODEL_WHOLE_H
#define VS_MODEL_WHOLE_H

#include <stdint.h>

#include "chunk/edit.h"
#include "model/handle.h"
#include "tensor/stats.h"

/* Opens the partitioned variable that `path` is, now or in a checkpoint (if it
 * is not 0). VS_DONE, without words: it is none. VS_ERR_CORRUPT: a part is
 * missing, or is not what the first one says. */
vs_status vs__whole_open(vs_store *store, int64_t checkpoint, const char *path,
                         vs_variable **out);

/* A handle to a partitioned variable that is yet to be made, with handles to
 * its parts, each with all but an id. `row` is that of the whole. */
vs_status vs__whole_new(vs_store *store, const char *path,
                        const struct vs__variable_row *row,
                        const vs_partition *partition, vs_variable **out);

/* True if the parts follow each other in row-major order of the whole. */
bool vs__whole_in_a_row(const vs_variable *v);

/* The newest version among the parts; 0: one of them has no value yet.
 * VS_ERR_STALE if any is gone. */
vs_status vs__whole_there(vs_variable *v, int64_t *out);

/* Describes the whole: what the first part has, with sums and the newest. */
vs_status vs__whole_describe(vs_variable *v, struct vs__description *out);

/* Adds up the parts. */
vs_status vs__whole_sum(vs_variable *v, struct vs__tally *tally);

/* Reads a slice (NULL: all) of the whole. */
vs_status vs__whole_read(vs_variable *v, const vs_slice *slice,
                         const vs_view *into);

/* Gives the whole to a sink in row-major order. */
vs_status vs__whole_read_to(vs_variable *v, vs_sink sink);

/* Gives new versions to the parts that a slice (NULL: all) meets. */
vs_status vs__whole_edit(vs_variable *v, const vs_slice *slice,
                         enum vs__edit how, const vs_view *from);

/* Gives every part a new version, from a view of the whole, or from a source
 * of its elements, which needs a chunk of memory for each part unless the
 * first axis is cut (or those before the cut have one index). */
vs_status vs__whole_write(vs_variable *v, const vs_view *from);
vs_status vs__whole_write_from(vs_variable *v, vs_source source);

/* The same for parts that are just being made. */
vs_status vs__whole_first_value(vs_variable *v, vs_source source);

/* Gives `to` a new value, that of `from`: both have the same dtype and shape,
 * and either may be partitioned, in any way. */
vs_status vs__whole_assign(vs_variable *to, vs_variable *from);

#endif
