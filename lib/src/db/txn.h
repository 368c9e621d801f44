/* txn.h - transactions that nest.
 *
 * The outermost one is a real transaction, inner ones are savepoints (for
 * reads inside anything: nothing at all). A write begins at once with the
 * write lock, waiting its turn up to the connection's deadline; so a body
 * never finds out half-way that it may not write.
 *
 * When the engine fails within a statement (no memory, no space, the disk), it
 * rolls the whole transaction back. Until the outermost end every statement,
 * every write that is begun and every end then fails with that status.
 */
#ifndef VS_DB_TXN_H
#define VS_DB_TXN_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/status.h"
#include "varstore/store.h"

struct vs__db;

#define VS__DEEPEST 64 /* levels that a transaction can have */

/* VS_ERR_BUSY, VS_ERR_READONLY, VS_ERR_IO; VS_ERR_MISUSE for a write inside a
 * read transaction. After VS_OK, vs__txn_end must be called. */
vs_status vs__txn_begin(struct vs__db *db, vs_txn_kind kind);

/* A write whose body fails, if it does, before it has written anything; except
 * for what ends the whole transaction anyway, or damage in the file. Inside a
 * write it needs no savepoint, which is ten times as fast as a small change
 * with one. A body that has written and fails all the same takes the outermost
 * transaction with it, as if the engine had failed; so nothing is ever left
 * half done. `n_bytes` as below. Ended by vs__txn_end. Codes as vs__txn_begin.
 */
vs_status vs__txn_join(struct vs__db *db, int64_t n_bytes);

/* A write of about `n_bytes` of new data. If it is big, and the outermost, and
 * nobody else has the file open, it goes to the file once instead of to the
 * log and then to the file; whoever comes meanwhile waits for its end (see
 * bulk.c for the order of writes and syncs). Else as vs__txn_begin. */
vs_status vs__txn_begin_bulk(struct vs__db *db, int64_t n_bytes);

/* Whether this is such a transaction, and the log was left. */
bool vs__txn_bulk(const struct vs__db *db);

/* Commits if `st` is VS_OK (or VS_DONE), else rolls back; returns `st`, or
 * the failure of the commit, in which case it has been rolled back. A failed
 * `st` keeps its words. */
vs_status vs__txn_end(struct vs__db *db, vs_status st);

/* 0 outside, 1 in an outermost transaction, ... */
int vs__txn_depth(const struct vs__db *db);

/* True inside a write transaction. */
bool vs__txn_writing(const struct vs__db *db);

#endif
