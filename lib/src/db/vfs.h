/* vfs.h - the name jail: the VFS through which each connection is opened. */
#ifndef VS_DB_VFS_H
#define VS_DB_VFS_H

#include <sqlite3.h>

#include "db/place.h"

/* A VFS that opens the store's own files and no others; see vfs.c. */
struct vs__jail {
    sqlite3_vfs vfs;               /* ours, known to SQLite while we open */
    sqlite3_vfs *real;             /* the default one, which does the work */
    const struct vs__place *place; /* the names it lets through */
    char name[40];                 /* "varstore-" and the object's address */
};

void vs__jail_init(struct vs__jail *jail, const struct vs__place *place);
/* Opens a connection inside the jail. *out is set even on failure. */
int vs__jail_connect(struct vs__jail *jail, const char *name, int flags,
                     sqlite3 **out);

#endif
