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

/* A journal's header, section 3 of SQLite's page on its file format; records
 * follow a sector later, each a page's number, the page and a checksum. */
static const uint8_t journal_magic[8] = {0xd9, 0xd5, 0x05, 0xf9,
                                         0x20, 0xa1, 0x63, 0xd7};
#define JOURNAL_HEADER       28
#define AT_JOURNAL_WAS       16 /* pages of the file before */
#define AT_JOURNAL_SECTOR    20
#define AT_JOURNAL_PAGE      24
#define JOURNAL_RECORD_BYTES 8 /* around the page */

/* A log's header and a frame's, section 4 there. */
#define LOG_MAGIC     0x377f0682u /* or one more */
#define LOG_HEADER    32
#define FRAME_HEADER  24
#define AT_LOG_PAGE   8
#define AT_LOG_SALT   16 /* 8 bytes, as in each frame of this log */
#define AT_FRAME_SALT 8

/* Of either that are looked through for the first page, which is among the
 * first to be written. The length of a file bounds nothing: one of a terabyte
 * may be a hole. */
#define MOST_PAGES (1 << 18)

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

typedef int read_fn(struct vs__db *db, sqlite3_file *file, uint8_t *header);

/* Opens one of the store's files for `read`. */
static int read_file(struct vs__db *db, int kind, read_fn *read,
                     uint8_t *header)
{
    const struct vs__place *place = &db->place;
    sqlite3_vfs *real = db->jail.real;
    sqlite3_filename name = sqlite3_create_filename(place->file, place->journal,
                                                    place->wal, 0, NULL);
    sqlite3_file *file = vs__calloc(1, (size_t)real->szOsFile);
    int rc = SQLITE_NOMEM;
    int flags = SQLITE_OPEN_READONLY | kind;

    if (name != NULL && file != NULL) {
        const char *which = kind == SQLITE_OPEN_WAL ? sqlite3_filename_wal(name)
                            : kind == SQLITE_OPEN_MAIN_JOURNAL
                                ? sqlite3_filename_journal(name)
                                : name;

        errno = 0;
        rc = real->xOpen(real, which, file, flags, &flags);
        if (rc == SQLITE_OK)
            rc = read(db, file, header);
        if (file->pMethods != NULL)
            (void)file->pMethods->xClose(file);
    }
    vs__free(file);
    sqlite3_free_filename(name);
    return rc;
}

static bool is_sqlite(const uint8_t *header)
{
    return memcmp(header, magic, sizeof magic) == 0;
}

/* -------- A crash in the middle of writing the first page may leave anything
 * in its place. What undoes or repeats that write then tells whose file it is.
 */

/* Reads `n` bytes; false if there are fewer. */
static bool read_at(sqlite3_file *file, void *out, int n, int64_t at, int *rc)
{
    const int got = file->pMethods->xRead(file, out, n, at);

    if (got != SQLITE_OK && got != SQLITE_IOERR_SHORT_READ)
        *rc = got;
    return got == SQLITE_OK;
}

/* Whether the journal undoes the file's creation; else, in place of a header
 * that is none, the one before the write that the journal undoes. */
static int read_journal(struct vs__db *db, sqlite3_file *file, uint8_t *header)
{
    uint8_t top[JOURNAL_HEADER];
    uint8_t number[4];
    int rc = SQLITE_OK;
    int64_t at;
    int64_t page;

    if (!read_at(file, top, sizeof top, 0, &rc) ||
        memcmp(top, journal_magic, sizeof journal_magic) != 0)
        return rc;
    db->place.empty = load_be32(top + AT_JOURNAL_WAS) == 0;
    at = load_be32(top + AT_JOURNAL_SECTOR);
    page = load_be32(top + AT_JOURNAL_PAGE);
    if (db->place.empty || is_sqlite(header) || page < VS__HEADER_BYTES)
        return rc;
    for (int n = 0;
         n < MOST_PAGES && read_at(file, number, sizeof number, at, &rc); n++) {
        if (load_be32(number) == 1) {
            (void)read_at(file, header, VS__HEADER_BYTES, at + 4, &rc);
            break;
        }
        at += page + JOURNAL_RECORD_BYTES;
    }
    return rc;
}

/* The first header in the log: if the file's first page is being written from
 * the log, there is one that counts, and so do all frames before it. Those
 * behind may be of a transaction that never ended, and anything. */
static int read_log(struct vs__db *db, sqlite3_file *file, uint8_t *header)
{
    uint8_t top[LOG_HEADER];
    uint8_t frame[FRAME_HEADER];
    int rc = SQLITE_OK;
    int64_t at = LOG_HEADER;
    int64_t page;

    (void)db;
    if (!read_at(file, top, sizeof top, 0, &rc) ||
        (load_be32(top) & ~1u) != LOG_MAGIC)
        return rc;
    page = load_be32(top + AT_LOG_PAGE);
    if (page < VS__HEADER_BYTES)
        return rc;
    for (int n = 0;
         n < MOST_PAGES && read_at(file, frame, sizeof frame, at, &rc) &&
         memcmp(frame + AT_FRAME_SALT, top + AT_LOG_SALT, 8) == 0;
         n++) {
        if (load_be32(frame) == 1) {
            (void)read_at(file, header, VS__HEADER_BYTES, at + FRAME_HEADER,
                          &rc);
            break;
        }
        at += FRAME_HEADER + page;
    }
    return rc;
}

static int read_beside(struct vs__db *db, uint8_t *header)
{
    const struct vs__place *place = &db->place;
    int rc = SQLITE_OK;

    if (vs__place_bytes(place->journal) != 0)
        rc = read_file(db, SQLITE_OPEN_MAIN_JOURNAL, read_journal, header);
    else if (!is_sqlite(header) && vs__place_bytes(place->wal) != 0)
        rc = read_file(db, SQLITE_OPEN_WAL, read_log, header);
    return (rc & 0xff) == SQLITE_CANTOPEN ? SQLITE_OK : rc; /* just gone */
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
        (int64_t)header[VS__AT_PAGE_BYTES] << 8 | header[VS__AT_PAGE_BYTES + 1];

    if (load_be32(header + VS__AT_COUNTED) !=
        load_be32(header + VS__AT_CHANGES))
        return 0;
    return (page == 1 ? 65536 : page) * load_be32(header + VS__AT_PAGES);
}

vs_status vs__header_check(struct vs__db *db)
{
    struct vs__place *place = &db->place;
    uint8_t header[VS__HEADER_BYTES] = {0};
    uint32_t id;
    int rc;

    if (place->empty)
        return VS_OK;
    rc = read_file(db, SQLITE_OPEN_MAIN_DB, read_locked, header);
    if (rc == SQLITE_OK)
        rc = read_beside(db, header);
    if (rc != SQLITE_OK)
        return vs__engine_fail(db, NULL, rc);
    id = load_be32(header + VS__AT_APPLICATION);
    if (place->empty &&
        (!is_sqlite(header) || id == db->options.application_id))
        return VS_OK;
    place->empty = false;
    if (!is_sqlite(header))
        return vs__fail(&db->err, VS_ERR_NOTASTORE, "'%s' is not a SQLite file",
                        place->path);
    if (id != db->options.application_id)
        return vs__header_foreign(db, id);
    place->n_claimed = claimed_bytes(header);
    place->logged = header[VS__AT_WRITE_MODE] == 2;
    place->schema = load_be32(header + VS__AT_USER);
    /* SQLite reads a last page that is cut as if the rest were zeros. A log
     * may hold what the file still lacks. */
    if (place->n_claimed > place->n_bytes && vs__place_bytes(place->wal) == 0 &&
        vs__place_bytes(place->journal) == 0)
        return vs__header_truncated(db);
    if (header[VS__AT_FREE] != VS__SUM_BYTES)
        return vs__fail(&db->err, VS_ERR_CORRUPT,
                        "'%s': its header keeps %d bytes of each page free, "
                        "want %d",
                        place->path, header[VS__AT_FREE], VS__SUM_BYTES);
    return VS_OK;
}
