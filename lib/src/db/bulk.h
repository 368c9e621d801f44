/* bulk.h - big writes that reach the disk once, instead of through the log. For
 * txn.c, which decides when.
 */
#ifndef VS_DB_BULK_H
#define VS_DB_BULK_H

#include <stdint.h>

#include "varstore/status.h"

struct vs__db;

/* The disk's head start within one. */
struct vs__early {
    int fd;          /* SQLite's descriptor of the file; -1: not found */
    int64_t n_bytes; /* written when the disk was last told to begin */
};

/* Before an outermost write of about so many bytes: leaves the log for a
 * rollback journal if that pays and nobody else has the file open; sets the
 * connection's `bulk` then. */
vs_status vs__bulk_enter(struct vs__db *db, int64_t n_bytes);

/* Within it, now and then: lets the disk begin. */
void vs__bulk_advance(struct vs__db *db);

/* After it: back to the log. Should that fail, the next write tries again. */
void vs__bulk_leave(struct vs__db *db);

#endif
