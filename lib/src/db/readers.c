/* readers.c - see readers.h.
 *
 * A reader's cache holds a few pages only. Values are read once, and a page
 * that is used again at once is still in the processor's cache: that makes
 * SQLite's copy of it cheap.
 */
#include "db/readers.h"

#include "db/engine.h"

#include <pthread.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"

struct reader {
    sqlite3 *conn;      /* NULL: not connected */
    sqlite3_blob *blob; /* NULL: sees nothing, holds nothing */
    size_t n;           /* bytes of the value it stands on */
    bool broken;        /* it could not connect; until the next rest */
};

struct vs__readers {
    struct vs__db *db;    /* borrowed */
    pthread_mutex_t lock; /* of connecting: the jail lets one in at a time */
    struct vs__buf name;  /* of the file, as SQLite is to open it */
    const char *table;
    const char *column;
    int n;
    struct reader at[];
};

struct vs__readers *vs__readers_new(struct vs__db *db, int n, const char *table,
                                    const char *column)
{
    struct vs__readers *r =
        vs__calloc(1, sizeof *r + (size_t)n * sizeof r->at[0]);

    if (r == NULL) {
        (void)vs__fail_nomem(&db->err);
        return NULL;
    }
    vs__buf_init(&r->name, 1 << 16);
    if ((db->immutable ? vs__open_immutable_name(db, &r->name)
                       : vs__buf_add_text(&r->name, db->place.file)) != VS_OK ||
        pthread_mutex_init(&r->lock, NULL) != 0) {
        vs__buf_done(&r->name);
        vs__free(r);
        (void)vs__fail_nomem(&db->err);
        return NULL;
    }
    r->db = db;
    r->n = n;
    r->table = table;
    r->column = column;
    db->readers = r;
    return r;
}

static void rest(struct reader *r)
{
    (void)sqlite3_blob_close(r->blob);
    r->blob = NULL;
    r->n = 0;
    r->broken = false;
}

void vs__readers_rest(struct vs__readers *readers)
{
    for (int i = 0; i < readers->n; i++)
        rest(&readers->at[i]);
}

void vs__readers_disconnect(struct vs__db *db)
{
    struct vs__readers *readers = db->readers;

    for (int i = 0; readers != NULL && i < readers->n; i++) {
        rest(&readers->at[i]);
        (void)sqlite3_close(readers->at[i].conn);
        readers->at[i].conn = NULL;
    }
}

void vs__readers_free(struct vs__readers *readers)
{
    if (readers == NULL)
        return;
    if (vs__db_mine(readers->db))
        vs__readers_disconnect(readers->db);
    readers->db->readers = NULL;
    vs__buf_done(&readers->name);
    (void)pthread_mutex_destroy(&readers->lock);
    vs__free(readers);
}

/* Opens a connection, with no busy handler: nobody waits here. */
static int open_one(struct vs__readers *readers, sqlite3 **out)
{
    static const char settings[] = "PRAGMA cell_size_check = ON;"
                                   "PRAGMA mmap_size = 0;"
                                   "PRAGMA cache_size = 8";
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
                      (readers->db->immutable ? SQLITE_OPEN_URI : 0);
    int rc;

    (void)pthread_mutex_lock(&readers->lock);
    rc = vs__jail_connect(&readers->db->jail, vs__buf_text(&readers->name),
                          flags, out);
    (void)pthread_mutex_unlock(&readers->lock);
    if (rc == SQLITE_OK)
        rc = vs__settings_harden(*out);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*out, settings, NULL, NULL, NULL);
    return rc;
}

static bool connect(struct vs__readers *readers, struct reader *r)
{
    if (r->conn != NULL)
        return true;
    if (r->broken)
        return false;
    if (open_one(readers, &r->conn) == SQLITE_OK)
        return true;
    (void)sqlite3_close(r->conn);
    r->conn = NULL;
    r->broken = true;
    return false;
}

bool vs__readers_seek(struct vs__readers *readers, int i, int64_t row,
                      size_t *n)
{
    struct reader *r = &readers->at[i];
    int rc = SQLITE_ABORT;

    if (!connect(readers, r))
        return false;
    if (r->blob != NULL)
        rc = sqlite3_blob_reopen(r->blob, row);
    if (rc == SQLITE_ABORT) { /* none yet, or the last row was not there */
        (void)sqlite3_blob_close(r->blob);
        r->blob = NULL;
        rc = sqlite3_blob_open(r->conn, "main", readers->table, readers->column,
                               row, 0, &r->blob);
    }
    if (rc != SQLITE_OK) {
        (void)sqlite3_blob_close(r->blob);
        r->blob = NULL;
        return false;
    }
    r->n = (size_t)sqlite3_blob_bytes(r->blob);
    *n = r->n;
    return true;
}

bool vs__readers_read(struct vs__readers *readers, int i, size_t offset,
                      void *dst, size_t n)
{
    struct reader *r = &readers->at[i];

    if (r->blob == NULL || n > r->n || offset > r->n - n)
        return false;
    return n == 0 ||
           sqlite3_blob_read(r->blob, dst, (int)n, (int)offset) == SQLITE_OK;
}
