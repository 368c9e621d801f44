/* pages.c - see pages.h. */
#include "pages.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/sums.h"

static void die(const char *path, const char *words)
{
    (void)fprintf(stderr, "%s: %s\n", path, words);
    exit(2);
}

void pages_shrink(const char *path, int bytes)
{
    char sql[200];
    sqlite3 *db = NULL;

    (void)snprintf(sql, sizeof sql,
                   "PRAGMA journal_mode = DELETE; PRAGMA page_size = %d; "
                   "VACUUM; PRAGMA journal_mode = WAL",
                   bytes);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        die(path, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
    pages_sum(path);
}

void pages_sum_as(const char *path, int bytes)
{
    static uint8_t page[65536];
    FILE *f = fopen(path, "r+b");
    const size_t n = (size_t)bytes;

    if (f == NULL)
        die(path, "it cannot be opened");
    for (long at = 0; fseek(f, at, SEEK_SET) == 0 && fread(page, 1, n, f) == n;
         at += bytes) {
        const struct vs__sum sum = vs__sum_of(page, bytes, at / bytes + 1);

        memcpy(page + n - sizeof sum, &sum, sizeof sum);
        if (fseek(f, at, SEEK_SET) != 0 || fwrite(page, 1, n, f) != n)
            die(path, "it cannot be written");
    }
    if (fclose(f) != 0)
        die(path, "it cannot be written");
}

void pages_sum(const char *path)
{
    uint8_t header[18];
    FILE *f = fopen(path, "rb");
    int bytes;

    if (f == NULL || fread(header, 1, sizeof header, f) != sizeof header)
        die(path, "it has no header");
    (void)fclose(f);
    bytes = header[16] << 8 | header[17];
    pages_sum_as(path, bytes == 1 ? 65536 : bytes);
}

/* An index that holds some rows only is a question of its own: with its
 * condition, told by the schema's text behind WHERE. */
static void need_row(sqlite3 *db, const char *path, const char *table,
                     const char *definition)
{
    const char *where = strstr(definition, " WHERE ");
    char words[200];
    char sql[400];
    sqlite3_stmt *s = NULL;

    (void)snprintf(sql, sizeof sql, "SELECT 1 FROM %s%s LIMIT 1", table,
                   where != NULL ? where : "");
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        die(path, sqlite3_errmsg(db));
    if (sqlite3_step(s) != SQLITE_ROW) {
        (void)snprintf(words, sizeof words, "%s%s has no row", table,
                       where != NULL ? where : "");
        die(path, words);
    }
    (void)sqlite3_finalize(s);
}

void pages_need_rows(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db,
                           "SELECT tbl_name, coalesce(sql, '') "
                           "FROM sqlite_schema WHERE type <> 'view'",
                           -1, &s, NULL) != SQLITE_OK)
        die(path, sqlite3_errmsg(db));
    while (sqlite3_step(s) == SQLITE_ROW)
        need_row(db, path, (const char *)sqlite3_column_text(s, 0),
                 (const char *)sqlite3_column_text(s, 1));
    (void)sqlite3_finalize(s);
    (void)sqlite3_close(db);
}
