/* blob.c - incremental reading of a stored value.
 *
 * Moving SQLite's reader from row to row costs one look-up in the table; the
 * bytes are copied once, from its pages to the caller's memory. The reader
 * belongs to the transaction: while it is open, so is the snapshot.
 */
#include "db/blob.h"

#include "db/engine.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

struct vs__blob {
    struct vs__db *db;
    sqlite3_blob *engine; /* SQLite's reader; NULL before the first row */
    const char *table;    /* these two stand behind the struct */
    const char *column;
    int64_t row; /* where it stands, for the words of a failure */
    size_t n;    /* bytes of that row's value */
};

vs_status vs__blob_open(struct vs__db *db, const char *table,
                        const char *column, struct vs__blob **out)
{
    const size_t n_table = strlen(table) + 1;
    const size_t n_column = strlen(column) + 1;
    struct vs__blob *blob = vs__calloc(1, sizeof *blob + n_table + n_column);
    char *names;

    if (blob == NULL)
        return vs__fail_nomem(&db->err);
    names = (char *)(blob + 1);
    memcpy(names, table, n_table);
    memcpy(names + n_table, column, n_column);
    blob->db = db;
    blob->table = names;
    blob->column = names + n_table;
    *out = blob;
    return VS_OK;
}

/* Ends SQLite's reader; a forked child must not. */
static void drop(struct vs__blob *blob)
{
    if (vs__db_mine(blob->db))
        (void)sqlite3_blob_close(blob->engine);
    blob->engine = NULL;
    blob->n = 0;
}

void vs__blob_close(struct vs__blob *blob)
{
    if (blob == NULL)
        return;
    drop(blob);
    vs__free(blob);
}

static vs_status fail(struct vs__blob *blob, int rc)
{
    struct vs__db *db = blob->db;

    if ((rc & 0xff) == SQLITE_ERROR)
        return vs__fail(&db->err, VS_ERR_CORRUPT, "'%s': %s.%s, row %lld: %s",
                        db->place.path, blob->table, blob->column,
                        (long long)blob->row, sqlite3_errmsg(db->conn));
    return vs__engine_fail(db, db->conn, rc);
}

vs_status vs__blob_seek(struct vs__blob *blob, int64_t row, size_t *n)
{
    struct vs__db *db = blob->db;
    int rc = SQLITE_ABORT;

    errno = 0;
    if (vs__txn_lost(db))
        return vs__txn_fail_lost(db);
    blob->row = row;
    if (blob->engine != NULL)
        rc = sqlite3_blob_reopen(blob->engine, row);
    if (rc == SQLITE_ABORT) { /* none yet, or its row was written to */
        drop(blob);
        rc = sqlite3_blob_open(db->conn, "main", blob->table, blob->column, row,
                               0, &blob->engine);
    }
    if (rc != SQLITE_OK) {
        const vs_status st = fail(blob, rc);

        drop(blob);
        return st;
    }
    blob->n = (size_t)sqlite3_blob_bytes(blob->engine);
    *n = blob->n;
    return VS_OK;
}

vs_status vs__blob_read(struct vs__blob *blob, size_t offset, void *dst,
                        size_t n)
{
    int rc;

    if (n > blob->n || offset > blob->n - n)
        return vs__fail(&blob->db->err, VS_ERR_CORRUPT,
                        "'%s': %s.%s, row %lld: %zu bytes at %zu wanted, it "
                        "has %zu",
                        blob->db->place.path, blob->table, blob->column,
                        (long long)blob->row, n, offset, blob->n);
    if (n == 0)
        return VS_OK;
    errno = 0;
    rc = sqlite3_blob_read(blob->engine, dst, (int)n, (int)offset);
    return rc == SQLITE_OK ? VS_OK : fail(blob, rc);
}
