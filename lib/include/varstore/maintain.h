/* maintain.h - is everything still what was stored?
 *
 * Codes that any call may return and the thread rule are those of variable.h.
 */
#ifndef VARSTORE_MAINTAIN_H
#define VARSTORE_MAINTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/transfer.h"

VS_BEGIN_DECLS

/* A damage, and whom it harms as far as that is known. All of it is borrowed
 * until the callback returns. */
typedef struct vs_damage {
    const char *name; /* the variable it harms, by its first name; or NULL */
    const char *what; /* one line of words */
    int64_t chunk;    /* the chunk that is damaged; 0: it is another thing */
    bool current;     /* the variable's present value is harmed */
    const int64_t *checkpoints; /* n_checkpoints that are harmed, or hold a
                                   harmed value: the oldest ones, in order */
    size_t n_checkpoints;
    int64_t n_more; /* further ones, not told one by one */
} vs_damage;

typedef struct vs_check_options {
    size_t size;    /* sizeof(vs_check_options); 0 means that too */
    bool read_data; /* decode every chunk too and compare its digest */
    /* Told of each damage; one that harms several variables is told for each,
     * for eight of them at most; if there are more, it is told once again
     * without a name. */
    void (*on_damage)(const vs_damage *damage, void *ctx);
    void *ctx;
    vs_progress progress;
} vs_check_options;

typedef struct vs_check_report {
    int64_t n_names;
    int64_t n_versions;
    int64_t n_chunks;
    int64_t n_checkpoints;
    int64_t n_bytes_read; /* raw bytes decoded, with read_data */
    int64_t n_damages;    /* 0: sound */
} vs_check_report;

/* Checks the store against itself in one snapshot: the engine's structure and
 * the sum of each page (other calls compare it too, and go no further where one
 * does not fit: VS_ERR_CORRUPT), every reference, count and record digest, and
 * with `read_data` every chunk. Returns VS_OK when the check ran to its end,
 * whatever it found. */
VS_API vs_status vs_check(vs_store *store, const vs_check_options *options,
                          vs_check_report *report);

typedef struct vs_salvage_options {
    size_t size; /* sizeof(vs_salvage_options); 0 means that too */
    /* Told of each thing that is lost, in one line of words: of `name` its
     * present value, or what its value came over without (a rule, or that it is
     * partitioned); with NULL, a checkpoint (0: what belongs to no single one,
     * such as checkpoints that cannot even be counted, or marks of scopes). */
    void (*on_lost)(const char *name, int64_t checkpoint, const char *what,
                    void *ctx);
    void *ctx;
    vs_progress progress; /* its total is 0: it is not known */
} vs_salvage_options;

typedef struct vs_salvage_report {
    int64_t n_names;       /* that the new store has now, aliases included */
    int64_t n_checkpoints; /* that came over, each of them whole */
    int64_t n_bytes;       /* raw bytes that were copied */
    int64_t n_lost;        /* calls of on_lost; 0: nothing is missing */
} vs_salvage_report;

/* Makes a new store at `path` of all that can still be proved right in a
 * damaged one: each checkpoint whose names and values are all as they were
 * saved, with its step, message, metrics and tags, and the present value of
 * each variable that has one, with its regularizer and constraint. Partitioned
 * variables stay so; of one that has lost a part the others come over as
 * variables of their own. Scopes that were sealed or reserved are so again.
 * Ids and times are new; initializers are not kept. The
 * damaged store is only read, and may be open for reading.
 * Memory: the largest value, and all paths.
 *   VS_ERR_EXISTS   there is a file at `path`
 *   VS_ERR_IO       the new store cannot be written; what was made stays
 *   VS_ERR_CANCELLED  by `progress`
 * Returns VS_OK whatever was lost. */
VS_API VS_MUST_USE vs_status vs_salvage(vs_store *store, const char *path,
                                        const vs_salvage_options *options,
                                        vs_salvage_report *report);

VS_END_DECLS

#endif
