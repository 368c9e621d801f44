/* pages.h - stores as the engine sees them: small pages (the library makes them
 * of 32 KiB, most of which is empty in a small store, but reads any), the sums in
 * them, and which tables are empty.
 */
#ifndef VS_TEST_PAGES_H
#define VS_TEST_PAGES_H

/* Gives a closed store pages of `bytes`, by the engine itself. Ends the
 * program with words if that fails. */
void pages_shrink(const char *path, int bytes);

/* Puts the sums into all pages of a closed store, without a log, that somebody
 * else has written to. */
void pages_sum(const char *path);

/* The same, of pages of `bytes`, whatever the header says. */
void pages_sum_as(const char *path, int bytes);

/* Ends the program, with its name, if a table of a closed store has no row, or
 * an index no entry. */
void pages_need_rows(const char *path);

#endif
