/* pages.c - see pages.h. */
#include "pages.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
