/* stmt.h - prepared statements, typed, kept by the connection.
 *
 * SQL stands as a `static const char []` in the one function that runs it; the
 * connection keeps the prepared statement under the literal's address. A
 * statement is got, bound, stepped and reset inside one function:
 *
 *     static const char sql[] = "SELECT id FROM name WHERE path = $1";
 *     struct vs__stmt *s;
 *     vs_status st = vs__stmt_get(db, sql, &s);
 *
 *     if (st != VS_OK)
 *         return st;
 *     vs__bind_text(s, 1, path, -1);
 *     if ((st = vs__stmt_step(s)) == VS_OK)
 *         id = vs__column_i64(s, 0);
 *     vs__stmt_reset(s);
 *
 * Parameters are numbered from 1 in order of first use, columns from 0. Text
 * and bytes bound are borrowed until the reset. Binding cannot fail by itself:
 * a failure is kept and given by the next step.
 */
#ifndef VS_DB_STMT_H
#define VS_DB_STMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/status.h"

struct vs__db;
struct vs__stmt;

/* The statement for this literal, reset and without bindings. It must not be
 * in use: no statement is used in two frames at once.
 * VS_ERR_NOMEM; VS_ERR_CORRUPT if the schema does not fit. */
vs_status vs__stmt_get(struct vs__db *db, const char *sql,
                       struct vs__stmt **out);

/* For a statement that stays in use while others run, such as a list's: a
 * private one; end it with vs__stmt_free. */
vs_status vs__stmt_new(struct vs__db *db, const char *sql,
                       struct vs__stmt **out);
void vs__stmt_free(struct vs__stmt *s);

void vs__bind_i64(struct vs__stmt *s, int i, int64_t value);
void vs__bind_f64(struct vs__stmt *s, int i, double value);
/* `n` bytes, or up to the NUL if n is negative; NULL text binds NULL. */
void vs__bind_text(struct vs__stmt *s, int i, const char *text, int n);
/* A NULL pointer with n == 0 is an empty blob. */
void vs__bind_blob(struct vs__stmt *s, int i, const void *bytes, size_t n);
void vs__bind_null(struct vs__stmt *s, int i);

/* VS_OK: a row is there; VS_DONE: no more; or an error with words. Both ends
 * are final: the same comes again until the reset. */
vs_status vs__stmt_step(struct vs__stmt *s);

/* Steps to the end, ignoring rows, and resets: VS_OK or an error. */
vs_status vs__stmt_run(struct vs__stmt *s);

/* Of the current row. Text and bytes are borrowed until the next step or
 * reset, and never NULL: NULL reads as "", and so does what memory ran out
 * for; the next step then fails. */
int64_t vs__column_i64(struct vs__stmt *s, int i);
double vs__column_f64(struct vs__stmt *s, int i);
const char *vs__column_text(struct vs__stmt *s, int i);
const void *vs__column_blob(struct vs__stmt *s, int i, size_t *n);
bool vs__column_null(struct vs__stmt *s, int i);

/* Gives rows and bindings back. NULL is fine. */
void vs__stmt_reset(struct vs__stmt *s);

/* The key of the row that the last INSERT on this connection made, and how
 * many rows the last INSERT, UPDATE or DELETE touched. */
int64_t vs__db_last_id(struct vs__db *db);
int64_t vs__db_changes(struct vs__db *db);

#endif
