/* store.h - an open store: the connection, the pool, and facts of the file.
 *
 * Owns the tables meta and (in origin.c) origin. How public functions of this
 * room and of service are built:
 *
 *     vs_status st = vs__store_begin(store, VS_TXN_WRITE);
 *
 *     if (st != VS_OK)
 *         return st;
 *     st = ... the work, words of failures to vs__store_words(store) ...
 *     return vs__store_end(store, st);
 */
#ifndef VS_MODEL_STORE_H
#define VS_MODEL_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk/pool.h"
#include "db/db.h"
#include "db/stmt.h"
#include "db/txn.h"
#include "model/fresh.h"
#include "varstore/store.h"

#define VS__APPLICATION_ID 0x56535452u /* "VSTR", in the file's header */

struct vs_store {
    struct vs__db *db;      /* owned */
    struct vs__pool pool;   /* chunks of this store */
    char id[33];            /* 32 hex digits */
    int format;             /* format version of the file */
    uint64_t seed;          /* of unseeded initializers */
    bool delta;             /* new values may be deltas */
    int64_t delta_base;     /* version that the write at work is to differ from;
                             0: any */
    int64_t chunk_bytes;    /* raw bytes of a chunk */
    int64_t created_ms;     /* of the file */
    int64_t origin;         /* our row in origin, or 0 if not made yet */
    int64_t origin_ms;      /* its time: when we opened the store */
    struct vs__fresh fresh; /* what may still be undone */
    vs_store *outer;        /* of local variables: whose they are; else NULL */
    vs_store *locals;       /* owned; NULL while there are none, see local.h */
    bool eager;             /* see vs_store_options */
    struct vs__callback *callbacks; /* registered, owned: callback.c */
    char program[128];              /* for that row */
    char host[128];                 /* for that row */
};

/* To be called first by a public function that begins no transaction: clears
 * the last error. VS_ERR_FORKED. */
vs_status vs__store_enter(vs_store *store);

/* Gives `st` back, having seen to it that its words are where the caller looks:
 * a store of local variables has its own database, but no words of its own. */
vs_status vs__store_tell(vs_store *store, vs_status st);

/* Opens a store of local variables inside another one. VS_ERR_NOMEM, VS_ERR_IO,
 * VS_ERR_FULL. */
vs_status vs__store_open_inner(vs_store *outer, vs_store **out);

/* Clears the last error, checks the process, begins a transaction (or joins
 * the one that is open). VS_ERR_FORKED and those of vs__txn_begin. */
vs_status vs__store_begin(vs_store *store, vs_txn_kind kind);

/* The same for a write that fails, if it does, before it has written anything:
 * see vs__txn_join. */
vs_status vs__store_join(vs_store *store, int64_t n_bytes);

/* The same for a write of about `n_bytes` of new data: see vs__txn_begin_bulk.
 */
vs_status vs__store_begin_bulk(vs_store *store, int64_t n_bytes);

/* Ends it as vs__txn_end, and lets go of readers first. */
vs_status vs__store_end(vs_store *store, vs_status st);

/* Where words of failures go: never NULL. */
vs_error *vs__store_words(vs_store *store);

/* The checkpoint last saved or restored, or 0; inside the transaction.
 * VS_ERR_CORRUPT: it is not what was written. */
vs_status vs__store_head(vs_store *store, int64_t *out);
vs_status vs__store_set_head(vs_store *store, int64_t checkpoint);

/* The id of this opening's row in origin, made when first needed; inside a
 * write transaction. */
vs_status vs__origin_id(vs_store *store, int64_t *out);

/* The columns of an origin that its record is over, and the record. */
#define VS__ORIGIN_COLUMNS "id, pid, at_ms, program, host, record"

/* Is the current row, of these columns, what was written? Whoever tells of an
 * origin does not ask: a check does. VS_ERR_CORRUPT. */
vs_status vs__origin_check(vs_store *store, struct vs__stmt *s);

#define VS__ORIGIN_TEXT_MAX 320

/* Who did something, for words: "train (pid 7 on vm) at 2026-01-02 03:04:05
 * UTC, train.c:41", cut where a part is very long. */
void vs__origin_text(char out[VS__ORIGIN_TEXT_MAX], const char *program,
                     int64_t pid, const char *host, int64_t at_ms,
                     const char *site);

#endif
