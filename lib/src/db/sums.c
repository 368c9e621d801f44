/* sums.c - see sums.h.
 *
 * SQLite leaves the bytes at the end of each page alone that the header keeps
 * free, takes them along to logs and journals, and hands pages over whole. It
 * gets zeros in place of a sum that fits, and one that does not fit as it is: so
 * a damaged page that a rollback puts back, or that a journal gives to whoever
 * opens the store after a crash, comes with the sum that it had, and no sum is
 * ever made for it.
 */
#include "db/sums.h"

#include <string.h>

#include "base/fail.h"
#include "base/never.h"
#include "codec/digest.h"
#include "db/engine.h"

#define LEAST_PAGE 512 /* bytes */

/* What SQLite's header says of the last change, and of who may write how: other
 * programs change it when they switch the journal, and nothing depends on it. */
static void leave_out_changes(uint8_t header[VS__HEADER_BYTES])
{
    memset(header + VS__AT_WRITE_MODE, 0, 2); /* and who may read */
    memset(header + VS__AT_CHANGES, 0, 4);
    memset(header + VS__AT_COUNTED, 0, 8); /* and SQLite's version */
}

struct vs__sum vs__sum_of(const uint8_t *page, int n, int64_t number)
{
    const size_t length = (size_t)n - VS__SUM_BYTES;
    const size_t first = number == 1 ? VS__HEADER_BYTES : 0;
    const struct vs__digest d = vs__digest_of(page + first, length - first);
    uint8_t header[VS__HEADER_BYTES];
    struct vs__digest of_header = {{0}};
    struct vs__sum sum;

    if (number == 1) {
        memcpy(header, page, sizeof header);
        leave_out_changes(header);
        of_header = vs__digest_of(header, sizeof header);
    }
    for (int i = 0; i < VS__SUM_BYTES; i++)
        sum.bytes[i] = d.bytes[i] ^ of_header.bytes[i] ^
                       (uint8_t)((uint64_t)number >> (8 * i));
    return sum;
}

/* What SQLite takes for constant methods is ours. */
static struct vs__sums *of(const sqlite3_file *file)
{
    return (struct vs__sums *)(uintptr_t)file->pMethods;
}

/* SQLite reads and writes whole pages, and reads a part of the header. */
static bool is_page(int n)
{
    return n >= LEAST_PAGE;
}

static void note(struct vs__sums *s, int64_t number)
{
    for (int64_t i = 0; i < s->n_damaged && i < VS__SUMS_NOTED; i++)
        if (s->damaged[i] == number)
            return;
    if (s->n_damaged < VS__SUMS_NOTED)
        s->damaged[s->n_damaged] = number;
    s->n_damaged++;
}

static bool is_unknown(const struct vs__sum *sum)
{
    static const struct vs__sum zeros;

    return memcmp(sum, &zeros, sizeof zeros) == 0;
}

static int read_page(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    struct vs__sums *s = of(file);
    uint8_t *end = (uint8_t *)out + n - VS__SUM_BYTES;
    const int rc = s->real->xRead(file, out, n, at);
    struct vs__sum found;
    struct vs__sum want;

    if (rc != SQLITE_OK || !is_page(n))
        return rc;
    memcpy(&found, end, sizeof found);
    if (is_unknown(&found))
        return SQLITE_OK;
    want = vs__sum_of(out, n, at / n + 1);
    if (memcmp(&found, &want, sizeof found) == 0)
        memset(end, 0, sizeof found);
    else
        note(s, at / n + 1);
    return SQLITE_OK;
}

/* The memory is a page of SQLite's cache, or a copy of one, and never constant;
 * it is as it was when this returns. */
static int write_page(sqlite3_file *file, const void *bytes, int n,
                      sqlite3_int64 at)
{
    struct vs__sums *s = of(file);
    uint8_t *page = (uint8_t *)(uintptr_t)bytes;
    uint8_t *end = page + n - VS__SUM_BYTES;
    struct vs__sum sum;
    int rc;

    if (vs__never(!is_page(n)))
        return s->real->xWrite(file, bytes, n, at);
    memcpy(&sum, end, sizeof sum);
    if (!is_unknown(&sum))
        return s->real->xWrite(file, bytes, n, at);
    sum = vs__sum_of(page, n, at / n + 1);
    memcpy(end, &sum, sizeof sum);
    rc = s->real->xWrite(file, bytes, n, at);
    memset(end, 0, sizeof sum);
    return rc;
}

/* Before SQLite opens the log it reads the first page, to learn that there is
 * one, while others may be moving a new one there from the log: it may get half
 * of each, and reads it again. What did not fit before does not count. */
static int map_index(sqlite3_file *file, int region, int n, int extend,
                     void volatile **out)
{
    struct vs__sums *s = of(file);

    if (!s->logged && !s->lasting)
        s->n_damaged = 0;
    s->logged = true;
    return s->real->xShmMap(file, region, n, extend, out);
}

static int unmap_index(sqlite3_file *file, int remove)
{
    struct vs__sums *s = of(file);

    s->logged = false;
    return s->real->xShmUnmap(file, remove);
}

/* No page goes past us through a mapping. */
static int map_nothing(sqlite3_file *file, sqlite3_int64 at, int n, void **out)
{
    (void)file;
    (void)at;
    (void)n;
    *out = NULL;
    return SQLITE_OK;
}

void vs__sums_watch(struct vs__sums *s, sqlite3_file *file)
{
    memset(s, 0, sizeof *s);
    s->methods = *file->pMethods;
    s->methods.xRead = read_page;
    s->methods.xWrite = write_page;
    s->methods.xShmMap = map_index;
    s->methods.xShmUnmap = unmap_index;
    s->methods.xFetch = map_nothing;
    s->real = file->pMethods;
    file->pMethods = &s->methods;
}

struct vs__sums *vs__sums_of(sqlite3 *conn)
{
    sqlite3_file *file = NULL;
    const int rc = sqlite3_file_control(conn, "main", SQLITE_FCNTL_FILE_POINTER,
                                        (void *)&file);

    if (vs__never(rc != SQLITE_OK || file->pMethods->xRead != read_page))
        return NULL;
    return of(file);
}

vs_status vs__sums_fail(struct vs__db *db)
{
    if (vs__sums_noted(db) == 0)
        return VS_OK;
    (void)vs__fail(&db->err, VS_ERR_CORRUPT,
                   "'%s': page %lld is not what was written: damaged, or "
                   "written by another program",
                   db->place.path, (long long)db->sums->damaged[0]);
    vs__hint(&db->err, "`varstore check` tells what is harmed, with --salvage "
                       "it copies what is left");
    return VS_ERR_CORRUPT;
}

/* A list that is being read keeps its pages in the cache. */
static bool is_reading(sqlite3 *conn)
{
    sqlite3_stmt *s = sqlite3_next_stmt(conn, NULL);

    while (s != NULL && sqlite3_stmt_busy(s) == 0)
        s = sqlite3_next_stmt(conn, s);
    return s != NULL;
}

void vs__sums_forget(struct vs__db *db)
{
    if (vs__sums_noted(db) == 0 || db->sums->lasting || is_reading(db->conn))
        return;
    (void)sqlite3_db_release_memory(db->conn);
    db->sums->n_damaged = 0;
}

int64_t vs__sums_noted(const struct vs__db *db)
{
    return db->sums != NULL ? db->sums->n_damaged : 0;
}

void vs__sums_last(struct vs__db *db, int64_t before)
{
    if (vs__sums_noted(db) > before)
        db->sums->lasting = true;
}
