/* sums.h - a sum in each page of the file, compared whenever one is read.
 *
 * Digests tell whether what was found is what was written. They cannot tell
 * that nothing was found because a bit in the head of a page, or in a key, has
 * changed. So the last bytes of each page hold a sum over all others and the
 * page's number (FORMAT.md, section 10): it is put there when a page goes to the
 * file, and compared when one comes from it. In the log pages have none: its
 * frames have sums of their own.
 *
 * SQLite sees zeros instead of sums, and these it takes along to the log and to
 * journals. So what another program moves from there to the file, as SQLite's
 * own shell does when it closes, has zeros for a sum, and that means: not known.
 *
 * A page that does not fit is handed to SQLite all the same, and noted: stmt.c
 * then lets no question be answered and nothing be written, unless the
 * connection is lenient, for whoever has proof of each row or looks for damage.
 *
 * Belongs to a connection, and like it to one thread.
 */
#ifndef VS_DB_SUMS_H
#define VS_DB_SUMS_H

#include <sqlite3.h>

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

#define VS__SUM_BYTES  8  /* of each page, at its end */
#define VS__SUMS_NOTED 64 /* damaged pages that are known by their number */

struct vs__sum {
    uint8_t bytes[VS__SUM_BYTES];
};

/* Stands behind the real file object of a main file, in the memory that SQLite
 * gives to it. */
struct vs__sums {
    sqlite3_io_methods methods; /* the real ones, but for reading and writing */
    const sqlite3_io_methods *real;
    bool logged;       /* SQLite uses the log */
    bool lasting;      /* SQLite goes on using what a damaged page said */
    int64_t n_damaged; /* pages that were read and did not fit */
    int64_t damaged[VS__SUMS_NOTED]; /* numbers, from 1, of the first of them */
};

/* Takes over an open main file; `s` is memory behind it. */
void vs__sums_watch(struct vs__sums *s, sqlite3_file *file);

/* Those of a connection made by vs__jail_connect. */
struct vs__sums *vs__sums_of(sqlite3 *conn);

/* The sum of page `number` (from 1) of `n` bytes, whatever its last ones are. */
struct vs__sum vs__sum_of(const uint8_t *page, int n, int64_t number);

/* VS_ERR_CORRUPT, and words, if a damaged page was read since vs__sums_forget;
 * VS_OK otherwise. */
vs_status vs__sums_fail(struct vs__db *db);

/* Has all pages read again, and nothing noted. Outside of transactions. */
void vs__sums_forget(struct vs__db *db);

/* After the schema may have been read, which SQLite keeps in memory: damage that
 * was met since `before` pages of it were noted is never forgotten. */
void vs__sums_last(struct vs__db *db, int64_t before);
int64_t vs__sums_noted(const struct vs__db *db);

#endif
