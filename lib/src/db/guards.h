/* guards.h - which SQLite runs, what that means, and which settings guard a
 * connection.
 */
#ifndef VS_DB_GUARDS_H
#define VS_DB_GUARDS_H

#include "base/finding.h"

/* What is known of a version of SQLite, by its number (3040001 is 3.40.1):
 * one line of words. */
vs_verdict vs__guards_verdict(int version, const char **why);

/* Tells of the SQLite that runs. */
void vs__guards_tell_engine(struct vs__findings *f);

/* Sets a connection up as every other, to a database of its own in memory, and
 * tells what its settings then are. VS_ERR_NOMEM, VS_ERR_IO. */
vs_status vs__guards_tell(struct vs__findings *f, vs_error *err);

#endif
