/* db.h - one connection to the engine: open, settings, sharing, closing.
 *
 * Only this room knows that the engine is SQLite. It knows no table, holds no
 * SQL of others and never retries in secret. Words of a failure go to the
 * vs_error that the connection owns; rooms above put theirs there too.
 *
 * A connection belongs to one thread at a time and to one process: it does not
 * survive fork.
 */
#ifndef VS_DB_DB_H
#define VS_DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/status.h"
#include "varstore/store.h"

struct vs__db;

struct vs__db_options {
    vs_open_mode mode;
    vs_sync sync;
    int64_t busy_ms;         /* longest wait for another writer, >= 0 */
    uint32_t application_id; /* expected in, or given to, the file */
};

/* Opens or creates the file; see vs_store_open for what each status means.
 * A file that is created has no tables yet (vs__db_is_new): the caller
 * migrates it in a write transaction. Until that commits, who opens the file
 * without creating it waits for the tables, up to `busy_ms`.
 * VS_ERR_FORKED: a process that this one was forked from had it open. */
vs_status vs__db_open(const char *path, const struct vs__db_options *options,
                      struct vs__db **out, vs_error *err);

/* Opens a database that only this connection has and that goes when it closes;
 * it is empty, needs no vs__db_ready and takes part in no waiting. `called`
 * stands in words for the path. VS_ERR_NOMEM, VS_ERR_IO. */
vs_status vs__db_open_alone(const char *called, struct vs__db **out,
                            vs_error *err);

/* Puts a file that is open for writing into its working mode, the write-ahead
 * log. That is the first thing that changes a file which exists: to be called,
 * outside a transaction, once whoever knows the format has looked at it.
 * VS_ERR_BUSY, VS_ERR_IO. */
vs_status vs__db_ready(struct vs__db *db);

/* Rolls back what is open, moves the log into the file if nobody minds, and
 * closes. In a forked child it frees memory only. NULL is fine. */
void vs__db_close(struct vs__db *db);

/* To be called first by every public function: clears the last error.
 * VS_ERR_FORKED in a process other than the one that opened it. */
vs_status vs__db_enter(struct vs__db *db);

/* Where words of a failure go. Never NULL. */
vs_error *vs__db_error(struct vs__db *db);

/* The path as it was given, for words; and the file itself, absolute and free
 * of symbolic links, as it was found when it was opened. */
const char *vs__db_path(const struct vs__db *db);
const char *vs__db_file(const struct vs__db *db);
bool vs__db_readonly(const struct vs__db *db);

/* True while the file holds no object at all: just created, or another
 * process is creating it right now. Read inside a transaction. */
vs_status vs__db_is_new(struct vs__db *db, bool *out);

/* Bytes of the main file, of the log, and of unused pages. */
vs_status vs__db_sizes(struct vs__db *db, int64_t *file, int64_t *wal,
                       int64_t *unused);

/* The schema number of the file (SQLite's user_version), and setting it inside
 * a write transaction. */
vs_status vs__db_schema_number(struct vs__db *db, int *out);
vs_status vs__db_set_schema_number(struct vs__db *db, int number);

/* Until the end, what a damaged page says is told as any other, and that
 * something is not there as if no page were damaged: for whoever has proof of
 * what he reads, or looks for damage. Otherwise a transaction that meets a page
 * that is not what was written gets VS_ERR_CORRUPT for each further question.
 * Nothing is written after it either way. They nest. */
void vs__db_lenient_begin(struct vs__db *db);
void vs__db_lenient_end(struct vs__db *db);

/* A number that changes whenever another connection has committed, and when
 * this one enters or leaves a bulk transaction. */
vs_status vs__db_data_version(struct vs__db *db, int64_t *out);

/* For whoever reads much, and once: until the end the cache keeps what it has,
 * and grows by a few pages only, which are used again and again while they are
 * in the processor's cache. Within a write nothing happens. */
void vs__db_sweep_begin(struct vs__db *db);
void vs__db_sweep_end(struct vs__db *db);

/* The engine's own check of its pages and indexes: `told` hears each damage.
 * VS_OK when the check ran to its end. */
vs_status vs__db_check(struct vs__db *db,
                       void (*told)(const char *what, void *ctx), void *ctx);

/* Moves the log into the main file as far as readers allow, holding the write
 * lock: the only way this product ever checkpoints (stock SQLite before 3.51.3
 * can lose pages otherwise). VS_ERR_BUSY past the deadline; VS_ERR_MISUSE
 * inside a transaction. */
vs_status vs__db_flush(struct vs__db *db);

/* The engine's version; static. */
const char *vs__db_engine(void);

#endif
