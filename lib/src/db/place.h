/* place.h - where the file lies: its names, what is there, and whether it still
 * is. The file system's side of a connection; opens nothing.
 */
#ifndef VS_DB_PLACE_H
#define VS_DB_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "varstore/status.h"

struct vs__db;

/* The file's place in the file system, resolved once. */
struct vs__place {
    char *path;    /* as the caller gave it */
    char *file;    /* absolute, free of symbolic links */
    char *wal;     /* file + "-wal" */
    char *journal; /* file + "-journal" */
    char *dir;     /* the folder of these */
    dev_t dev;     /* of the file, when it was first looked at */
    ino_t ino;
    dev_t wal_dev; /* of the log, once it was seen */
    ino_t wal_ino;
    int64_t mtime_ns;  /* of the file as it was opened */
    int64_t n_bytes;   /* of the file when it was first looked at */
    int64_t n_claimed; /* bytes that its header then promised; 0: none */
    int64_t moved_ns;  /* mtime and bytes of the file when it was last looked */
    int64_t moved_to;  /* whether a big write gets on */
    uint32_t schema;   /* user_version in its header */
    bool logged;       /* and that it is in write-ahead mode */
    bool wal_seen;     /* wal_dev and wal_ino are set */
    bool made;         /* this call made the file */
    bool empty;        /* there is nothing in it yet, or it is being created */
};

/* Resolves the path, looks at what is there and makes the file if that is
 * wanted. Opens nothing. */
vs_status vs__place_find(struct vs__db *db, const char *path);
void vs__place_done(struct vs__place *place);
/* The name of a network file system by statfs's f_type; NULL: a local one. */
const char *vs__place_network(uint64_t f_type);
/* Notes which files are open; later VS_ERR_IO if the names lead elsewhere. */
vs_status vs__place_note(struct vs__db *db);
vs_status vs__place_guard(struct vs__db *db);
/* The same for an immutable connection, which nobody else knows of: VS_ERR_IO
 * if the file has been written to. */
vs_status vs__place_still(struct vs__db *db);
/* True if there is a rollback journal, and the file has changed since the last
 * such question, or since it was found: somebody is at a big write. */
bool vs__place_moves(struct vs__place *place);
/* Bytes of a file by name; 0 if there is none, -1 if the system cannot tell. */
int64_t vs__place_bytes(const char *name);
/* True if the file is this user's own. */
bool vs__place_owned(const struct vs__place *place);
/* Why the store cannot be written, in words; VS_OK if the system sees no
 * reason. */
vs_status vs__place_denied(struct vs__db *db);

#endif
