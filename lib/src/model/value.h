/* value.h - versions: making, reading, keeping and dropping values.
 *
 * Owns the tables version and small. A version counts who holds it (its
 * variable while it is current, and each checkpoint with it) and goes with the
 * last. All calls run inside the caller's transaction.
 */
#ifndef VS_MODEL_VALUE_H
#define VS_MODEL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk/edit.h"
#include "chunk/loader.h"
#include "chunk/plan.h"
#include "chunk/writer.h"
#include "codec/digest.h"
#include "model/store.h"
#include "varstore/rule.h"
#include "varstore/tensor.h"

/* What values of a variable look like, and whose they are. */
struct vs__kind_of_value {
    int64_t variable; /* variable.id */
    vs_dtype dtype;
    vs_shape shape; /* fully known */
    struct vs__plan plan;
};

struct vs__version_row {
    int64_t id;
    int64_t variable;
    int64_t at_ms;
    int64_t n_chunks;
    int64_t holds;
    bool current;             /* its variable's; the variable says so too */
    struct vs__digest digest; /* of dtype, shape and content */
};

/* The row, its record digest checked. VS_ERR_STALE: there is none;
 * VS_ERR_CORRUPT. */
vs_status vs__version_row(vs_store *store, int64_t version,
                          struct vs__version_row *out);

/* Makes a version from a source, held by nobody yet. `staged` (may be NULL) is
 * a writer over the same source that was given a head start. */
vs_status vs__value_make(vs_store *store, const struct vs__kind_of_value *kind,
                         vs_source source, struct vs__writer *staged,
                         int64_t previous, int64_t *out);

/* Makes a version of chunks that were put, held by nobody yet. */
vs_status vs__value_of_chunks(vs_store *store,
                              const struct vs__kind_of_value *kind,
                              const struct vs__chunk_list *list, int64_t *out);

/* The digest of a value; `content` is that of a small value's bytes, or the
 * chain over the chunks' digests. */
struct vs__digest vs__value_digest(const struct vs__kind_of_value *kind,
                                   const struct vs__digest *content);

/* Whether, and how, the version after `previous` (0: none) may have deltas for
 * chunks: as the store was opened, or the write at work asks. */
vs_status vs__value_deltas(vs_store *store, int64_t previous,
                           struct vs__deltas *out);

/* Makes a version that differs from `version` in a slice. */
vs_status vs__value_edit(vs_store *store, const struct vs__kind_of_value *kind,
                         int64_t version, const vs_slice *slice,
                         enum vs__edit edit, const vs_view *from, int64_t *out);

/* Makes a version of `kind` with the content of a version of another variable
 * of the same dtype and shape, sharing its chunks. */
vs_status vs__value_share(vs_store *store, const struct vs__kind_of_value *kind,
                          int64_t version, int64_t *out);

/* Reads a slice (NULL: all) of a version. */
vs_status vs__value_read(vs_store *store, const struct vs__kind_of_value *kind,
                         int64_t version, const vs_slice *slice,
                         const vs_view *into);

/* The same for all of a version through a loader of the caller's: what has
 * chunks is there once that is finished. */
vs_status vs__value_load(vs_store *store, const struct vs__kind_of_value *kind,
                         int64_t version, const vs_view *into,
                         struct vs__loader *loader);

/* Gives the whole value to a sink and compares the content with the version's
 * digest at the end: VS_ERR_CORRUPT. */
vs_status vs__value_read_to(vs_store *store,
                            const struct vs__kind_of_value *kind,
                            int64_t version, vs_sink sink);

/* Statistics and buckets of a version, and its stored bytes, unless that is
 * NULL; `tally` may be for a value of chunks. */
vs_status vs__value_sum(vs_store *store, const struct vs__kind_of_value *kind,
                        int64_t version, struct vs__tally *tally,
                        int64_t *stored);

/* Its variable holds it as the current one. */
vs_status vs__version_hold(vs_store *store, int64_t version);

/* One holder less; the last one deletes the version with its chunks, counts it
 * off its variable, and deletes the variable if it has neither name nor
 * version left. */
vs_status vs__version_release(vs_store *store, int64_t version);

/* One holder more (change 1), or less (-1), for each version in a checkpoint,
 * however many names lead to it there, in one statement. None of them may lose
 * its last holder by this. */
vs_status vs__versions_count_saved(vs_store *store, int64_t checkpoint,
                                   int64_t change);

#endif
