/* checkpoint.h - saved states: names to versions, cheap, all or nothing.
 *
 * A checkpoint records which version every name leads to at one instant. It
 * copies no tensor: what did not change since is shared, and later writes make
 * new versions beside it. Checkpoints are numbered 1, 2, 3, ... for ever;
 * a number is never used twice. Codes that any call may return and the thread
 * rule are those of variable.h.
 */
#ifndef VARSTORE_CHECKPOINT_H
#define VARSTORE_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/status.h"
#include "varstore/store.h"

VS_BEGIN_DECLS

#define VS_NO_STEP     (-1) /* the checkpoint has no step */
#define VS_TAG_MAX     127  /* bytes of a tag or of a metric's key */
#define VS_MESSAGE_MAX 4095 /* bytes of a message */
#define VS_METRICS_MAX 256  /* metrics of one checkpoint */

typedef struct vs_metric {
    const char *key; /* 1 .. VS_TAG_MAX bytes of UTF-8 */
    double value;    /* finite */
} vs_metric;

typedef struct vs_save_options {
    size_t size;              /* sizeof(vs_save_options); 0 means that too */
    int64_t step;             /* >= 0, or VS_NO_STEP. 0 is a step */
    const char *message;      /* NULL: none */
    const vs_metric *metrics; /* n_metrics of them */
    size_t n_metrics;
    const char *const *tags; /* NULL-terminated; NULL: none. A tag that exists
                                moves here */
    bool partial; /* leave out variables that have no value yet, instead of
                     VS_ERR_UNINITIALIZED */
} vs_save_options;

#define VS_SAVE_OPTIONS_INIT                                            \
    {                                                                   \
        sizeof(vs_save_options), VS_NO_STEP, NULL, NULL, 0, NULL, false \
    }

/* Saves the state of all names in one transaction; `*out` (may be NULL)
 * receives the checkpoint's number. NULL options: no step, nothing else.
 * Variables in the collection VS_UNSAVED_VARIABLES are left out.
 *   VS_ERR_UNINITIALIZED  some have no value yet: how many, and the first of
 *                  their names, are told
 *   VS_ERR_METRIC  a metric is NaN or infinite; its key is told
 *   VS_ERR_MISUSE  a negative step, too many metrics, a key twice
 *   VS_ERR_NAME    a bad tag or key: empty, too long, not UTF-8; tags also:
 *                  "latest", only digits, or one of ": ~ / @", a blank or a
 *                  control character; a message that is not UTF-8
 *   VS_ERR_TOOBIG  the message */
VS_API VS_MUST_USE vs_status vs_checkpoint_save(vs_store *store,
                                                const vs_save_options *options,
                                                int64_t *out);

/* Finds a checkpoint by a reference: "12" (its number), "latest", "step:1200"
 * (the newest with that step), a tag; each may end in "~N", the N-th older
 * one. A leading '@' is ignored.
 * VS_ERR_NOTFOUND; VS_ERR_MISUSE: not a reference. */
VS_API vs_status vs_checkpoint_find(vs_store *store, const char *ref,
                                    int64_t *out);

typedef struct vs_checkpoint_info {
    int64_t id;            /* its number */
    int64_t parent;        /* saved or restored before it; 0: none, or gone */
    int64_t step;          /* or VS_NO_STEP */
    int64_t at_ms;         /* milliseconds since 1970, UTC */
    const char *message;   /* "" if none */
    const char *program;   /* who saved it; "" if unknown */
    int64_t n_names;       /* aliases included */
    int64_t logical_bytes; /* raw bytes of its distinct versions */
    int64_t new_bytes;     /* stored bytes of chunks that no older checkpoint
                                had when it was saved */
    uint8_t root[16];      /* digest over all its names and versions */
    const vs_metric *metrics; /* n_metrics, by key */
    size_t n_metrics;
    const char *const *tags; /* n_tags, in order, NULL-terminated */
    size_t n_tags;
} vs_checkpoint_info;

/* Walks checkpoints, newest first. */
typedef struct vs_checkpoint_list vs_checkpoint_list;

VS_API vs_status vs_checkpoint_list_open(vs_store *store,
                                         vs_checkpoint_list **out);

/* The next one, or VS_DONE; borrowed until the next call on the list. */
VS_API vs_status vs_checkpoint_list_next(vs_checkpoint_list *list,
                                         const vs_checkpoint_info **out);

VS_API void vs_checkpoint_list_close(vs_checkpoint_list *list);

typedef enum vs_restore_change {
    VS_RESTORE_SET = 0, /* the name got another version */
    VS_RESTORE_MADE,    /* the name did not exist, or led elsewhere */
    VS_RESTORE_REMOVED, /* not in the checkpoint; only with `exact`, or where it
                           cannot stay: see vs_checkpoint_restore */
    VS_RESTORE_EXTRA    /* not in the checkpoint; kept. Left out of it as
                           VS_UNSAVED_VARIABLES: not even told */
} vs_restore_change;

typedef struct vs_restore_options {
    size_t size;       /* sizeof(vs_restore_options); 0 means that too */
    const char *scope; /* only names in it (itself or below); NULL: all */
    bool exact;        /* remove names that the checkpoint does not have */
    bool dry_run;      /* report, change nothing */
    /* Told of each change in the order of names, after it was committed (or,
     * with dry_run, found); the names are kept in memory until then. */
    void (*on_change)(vs_restore_change change, const char *name, void *ctx);
    void *ctx;
    bool keep_partitions; /* variables that are cut in another way now stay
                             so, and get the checkpoint's value */
} vs_restore_options;

typedef struct vs_restore_report {
    int64_t n_set;
    int64_t n_made;
    int64_t n_removed;
    int64_t n_extra;
    int64_t n_same; /* already at the checkpoint's version */
} vs_restore_report;

/* Gives every name the version that the checkpoint holds, in one transaction,
 * moving no data. What was current and is in no checkpoint is gone: save
 * first to keep it. A variable has one value: its aliases outside of `scope`,
 * and names it was given later, show the restored one too. The checkpoint is
 * compared with its root first. `report` may be NULL.
 *
 * A variable that is partitioned now, or was then, and not in the same way,
 * comes back as it was: what now has its name, or names of its parts, is
 * removed. With `keep_partitions` it stays as it is cut now (whole, too), if
 * dtype and shape of the whole are the same, and the value of then is written
 * into it, whatever it was cut into; such a variable is told as set, under the
 * name of the whole.
 * VS_ERR_NOTFOUND; VS_ERR_NAME: the scope; VS_ERR_CORRUPT: nothing changed;
 * VS_ERR_PARTITION: `scope` has some parts of a variable that is cut in another
 * way now, or what would be removed is in VS_UNSAVED_VARIABLES. */
VS_API VS_MUST_USE vs_status vs_checkpoint_restore(
    vs_store *store, int64_t checkpoint, const vs_restore_options *options,
    vs_restore_report *report);

/* Deletes a checkpoint and its tags, and frees versions and chunks that
 * nothing else holds. Checkpoints saved after it keep its number as that of
 * their parent, which then is gone. VS_ERR_NOTFOUND. */
VS_API vs_status vs_checkpoint_delete(vs_store *store, int64_t checkpoint);

/* Puts a tag on a checkpoint, moving it if it exists; removes one.
 * VS_ERR_NOTFOUND, VS_ERR_NAME. */
VS_API vs_status vs_tag_set(vs_store *store, const char *tag,
                            int64_t checkpoint);
VS_API vs_status vs_tag_remove(vs_store *store, const char *tag);

VS_END_DECLS

#endif
