/* header.c - whose file is it? Asked before a connection is opened.
 *
 * A connection to a file in WAL mode makes two files beside it, and one that
 * finds a journal replays it. So the header is read first, under a shared
 * lock, through SQLite's VFS: SQLite keeps descriptors of a file that this
 * process has open elsewhere, and with them its locks, until the last one is
 * closed. Nothing is written, whatever the file is.
 */
#include "db/engine.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

static const char magic[16] = "SQLite format 3";

/* Offsets in the header: the file format page of SQLite, section 1.3. */
#define AT_PAGE_BYTES  16 /* 2 bytes; 1 means 65536 */
#define AT_CHANGES     24
#define AT_PAGES       28
#define AT_APPLICATION 68
#define AT_COUNTED     92 /* AT_PAGES is right if this equals AT_CHANGES */

static uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static int lock_shared(struct vs__db *db, sqlite3_file *file)
{
    int rc;

    do
        rc = file->pMethods->xLock(file, SQLITE_LOCK_SHARED);
    while ((rc & 0xff) == SQLITE_BUSY && vs__wait_nap(db));
    return rc;
}

static int read_locked(struct vs__db *db, sqlite3_file *file, uint8_t *header)
{
    sqlite3_int64 n = 0;
    int rc = lock_shared(db, file);

    if (rc != SQLITE_OK)
        return rc;
    rc = file->pMethods->xFileSize(file, &n);
    if (rc == SQLITE_OK)
        rc = file->pMethods->xRead(file, header, VS__HEADER_BYTES, 0);
    if (rc == SQLITE_IOERR_SHORT_READ)
        rc = SQLITE_OK; /* the rest is zeros */
    db->place.n_bytes = n;
    (void)file->pMethods->xUnlock(file, SQLITE_LOCK_NONE);
    return rc;
}

static int read_header(struct vs__db *db, uint8_t *header)
{
    const struct vs__place *place = &db->place;
    sqlite3_vfs *real = db->jail.real;
    sqlite3_filename name = sqlite3_create_filename(place->file, place->journal,
                                                    place->wal, 0, NULL);
    sqlite3_file *file = vs__calloc(1, (size_t)real->szOsFile);
    int rc = SQLITE_NOMEM;
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;

    if (name != NULL && file != NULL) {
        errno = 0;
        rc = real->xOpen(real, name, file, flags, &flags);
        if (rc == SQLITE_OK)
            rc = read_locked(db, file, header);
        if (file->pMethods != NULL)
            (void)file->pMethods->xClose(file);
    }
    vs__free(file);
    sqlite3_free_filename(name);
    return rc;
}

static bool all_zero(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

vs_status vs__header_foreign(struct vs__db *db, uint32_t id)
{
    return vs__fail(&db->err, VS_ERR_NOTASTORE,
                    "'%s' is the SQLite file of another application: its id is "
                    "0x%08x, want 0x%08x",
                    db->place.path, (unsigned)id,
                    (unsigned)db->options.application_id);
}

vs_status vs__header_truncated(struct vs__db *db)
{
    return vs__fail(&db->err, VS_ERR_CORRUPT,
                    "'%s' is truncated: %lld bytes, its header says %lld",
                    db->place.path, (long long)db->place.n_bytes,
                    (long long)db->place.n_claimed);
}

static int64_t claimed_bytes(const uint8_t *header)
{
    const int64_t page =
        (int64_t)header[AT_PAGE_BYTES] << 8 | header[AT_PAGE_BYTES + 1];

    if (load_be32(header + AT_COUNTED) != load_be32(header + AT_CHANGES))
        return 0;
    return (page == 1 ? VS__PAGE_BYTES : page) * load_be32(header + AT_PAGES);
}

vs_status vs__header_check(struct vs__db *db)
{
    struct vs__place *place = &db->place;
    uint8_t header[VS__HEADER_BYTES] = {0};
    uint32_t id;
    int rc;

    if (place->empty)
        return VS_OK;
    rc = read_header(db, header);
    if (rc != SQLITE_OK)
        return vs__engine_fail(db, NULL, rc);
    /* A creator died, or is at work, and had not written its first page. */
    place->empty =
        all_zero(header, sizeof header) && vs__place_bytes(place->journal) > 0;
    if (place->empty)
        return VS_OK;
    if (memcmp(header, magic, sizeof magic) != 0)
        return vs__fail(&db->err, VS_ERR_NOTASTORE, "'%s' is not a SQLite file",
                        place->path);
    id = load_be32(header + AT_APPLICATION);
    if (id != db->options.application_id)
        return vs__header_foreign(db, id);
    place->n_claimed = claimed_bytes(header);
    /* SQLite reads a last page that is cut as if the rest were zeros. A log
     * may hold what the file still lacks. */
    if (place->n_claimed > place->n_bytes && vs__place_bytes(place->wal) == 0 &&
        vs__place_bytes(place->journal) == 0)
        return vs__header_truncated(db);
    return VS_OK;
}
