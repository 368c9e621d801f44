/* pages.c - see pages.h. */
#include "pages.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

void pages_shrink(const char *path, int bytes)
{
    char sql[200];
    sqlite3 *db = NULL;

    (void)snprintf(sql, sizeof sql,
                   "PRAGMA journal_mode = DELETE; PRAGMA page_size = %d; "
                   "VACUUM; PRAGMA journal_mode = WAL",
                   bytes);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        (void)fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(db));
        exit(2);
    }
    (void)sqlite3_close(db);
}
