/* header.h - SQLite's header, at the start of the file: what stands in it, and
 * whose file it says it is.
 *
 * The offsets are those of section 1.3 of SQLite's page on its file format.
 * Numbers are big-endian, of 4 bytes where nothing else is said.
 */
#ifndef VS_DB_HEADER_H
#define VS_DB_HEADER_H

#include <stdint.h>

#include "db/db.h"

#define VS__HEADER_BYTES 100

#define VS__AT_PAGE_BYTES  16 /* 2 bytes; 1 means 65536 */
#define VS__AT_WRITE_MODE  18 /* 1 byte; 2: the write-ahead log */
#define VS__AT_FREE        20 /* 1 byte: how many of each page are kept free */
#define VS__AT_CHANGES     24
#define VS__AT_PAGES       28
#define VS__AT_USER        60 /* our schema number */
#define VS__AT_APPLICATION 68
#define VS__AT_COUNTED     92 /* the pages are right if this is the changes */

/* Whose file is it? Asked before SQLite opens a connection, through its VFS, so
 * that no lock of this process is lost. VS_ERR_NOTASTORE: another application's,
 * or none of SQLite's. VS_ERR_CORRUPT: shorter than it says, or without room for
 * sums. What it says of itself stands in db->place then. */
vs_status vs__header_check(struct vs__db *db);

/* The words of a file of another application, `id`, and of one that is shorter
 * than it says. */
vs_status vs__header_foreign(struct vs__db *db, uint32_t id);
vs_status vs__header_truncated(struct vs__db *db);

#endif
