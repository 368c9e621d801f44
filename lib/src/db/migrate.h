/* migrate.h - bringing a store's schema to the version this library knows.
 *
 * The scripts come from schema/, embedded at build time; each is applied once,
 * in order, and `user_version` tells how many were. A shipped script is never
 * edited: a change is the next number. CREATE statements begin in capitals with
 * single spaces, and no ALTER or DROP is used: the text in the file must stay
 * that of the script.
 */
#ifndef VS_DB_MIGRATE_H
#define VS_DB_MIGRATE_H

#include "varstore/status.h"

struct vs__db;

struct vs__migration {
    int version;      /* 1, 2, 3, ... */
    const char *name; /* of the script's file */
    const char *sql;  /* the whole script */
};

/* Generated from schema/ by embed.cmake. */
extern const struct vs__migration vs__schema[];
extern const int vs__schema_n;

/* Applies the scripts that the file lacks, of `n` (1 or more), inside the
 * caller's write transaction. VS_ERR_TOONEW: the file has more than `n`. */
vs_status vs__migrate(struct vs__db *db, const struct vs__migration *scripts,
                      int n);

/* Compares the text of every object in the file with the scripts: nothing of
 * a file from elsewhere is run before this. VS_ERR_NOTASTORE names the first
 * object that is not ours; VS_ERR_CORRUPT one of ours that is missing. */
vs_status vs__migrate_verify(struct vs__db *db,
                             const struct vs__migration *scripts, int n);

#endif
