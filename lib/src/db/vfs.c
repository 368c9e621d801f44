/* vfs.c - the name jail: a connection can reach the store's own files only.
 *
 * A journal that somebody has put beside the store may name any file of the
 * user as its "super-journal", and SQLite then deletes that file. So each
 * connection is opened through a VFS that knows three names: the file, its
 * -wal and its -journal (-shm is opened below, by the file's own methods).
 * Everything else does not exist, except for nameless temporary files. The
 * work is done by the default VFS, on file objects that are its own.
 *
 * Two things are not left to it alone. The pages of the file have sums: sums.h.
 * And SQLite syncs the folder of a log or journal the first time it syncs that
 * file, since the name may be new, but does not look at the answer: after a
 * failure and a loss of power the file could be gone with its commits. So that
 * first sync is ours: the folder, and if the disk has confirmed it the file;
 * then its methods are put back as they were.
 *
 * SQLite's list of VFSs knows ours only while a connection is being opened: a
 * forked child may then free its memory without asking SQLite.
 */
#include "db/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Stands behind the real file object, in the memory that SQLite gives to it,
 * until the first sync of a log or journal. */
struct first_sync {
    sqlite3_io_methods methods; /* the real ones, but for xSync */
    const sqlite3_io_methods *real;
    const struct vs__jail *jail;
};

static const struct vs__jail *jail_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static bool is_log(const struct vs__jail *jail, const char *name)
{
    return strcmp(name, jail->place->wal) == 0 ||
           strcmp(name, jail->place->journal) == 0;
}

static bool may_open(const struct vs__jail *jail, const char *name, int flags)
{
    if (name == NULL)
        return (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0)
        return strcmp(name, jail->place->file) == 0;
    return (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0 &&
           is_log(jail, name);
}

/* Who may not read the folder cannot sync it; and some file systems have
 * folders that cannot be synced, nor need it (EINVAL). */
static int sync_folder(const char *dir)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed;
    int e;

    if (fd < 0)
        return errno == EACCES ? SQLITE_OK : SQLITE_CANTOPEN;
    do {
        failed = fsync(fd);
    } while (failed != 0 && errno == EINTR);
    e = errno;
    (void)close(fd);
    if (failed == 0 || e == EINVAL)
        return SQLITE_OK;
    errno = e;
    return SQLITE_IOERR_DIR_FSYNC;
}

static int sync_first(sqlite3_file *file, int flags)
{
    const struct first_sync *f = (const struct first_sync *)file->pMethods;
    const int rc = sync_folder(f->jail->place->dir);

    if (rc != SQLITE_OK)
        return rc;
    file->pMethods = f->real;
    return f->real->xSync(file, flags);
}

/* What stands behind a real file object. */
union behind {
    struct first_sync sync; /* of a log or journal */
    struct vs__sums sums;   /* of the file */
};

static size_t behind(const sqlite3_vfs *real)
{
    const size_t align = _Alignof(union behind);

    return ((size_t)real->szOsFile + align - 1) / align * align;
}

static void *behind_of(const struct vs__jail *jail, sqlite3_file *file)
{
    return (char *)file + behind(jail->real);
}

static void await_first_sync(const struct vs__jail *jail, sqlite3_file *file)
{
    struct first_sync *f = behind_of(jail, file);

    f->methods = *file->pMethods;
    f->methods.xSync = sync_first;
    f->real = file->pMethods;
    f->jail = jail;
    file->pMethods = &f->methods;
}

static int jail_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
                     int flags, int *out_flags)
{
    const struct vs__jail *jail = jail_of(vfs);
    int rc;

    file->pMethods = NULL; /* nothing to close */
    if (!may_open(jail, name, flags))
        return SQLITE_CANTOPEN;
    rc = jail->real->xOpen(jail->real, name, file, flags, out_flags);
    if (rc == SQLITE_OK && name != NULL && is_log(jail, name))
        await_first_sync(jail, file);
    else if (rc == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0)
        vs__sums_watch(behind_of(jail, file), file);
    return rc;
}

static int jail_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    const struct vs__jail *jail = jail_of(vfs);

    if (!is_log(jail, name))
        return SQLITE_IOERR_DELETE;
    return jail->real->xDelete(jail->real, name, sync_dir);
}

static int jail_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    const struct vs__jail *jail = jail_of(vfs);

    if (strcmp(name, jail->place->file) == 0 || is_log(jail, name))
        return jail->real->xAccess(jail->real, name, flags, out);
    *out = 0;
    return SQLITE_OK;
}

/* The name was resolved before; a second resolution could lead elsewhere. */
static int jail_full_pathname(sqlite3_vfs *vfs, const char *name, int n,
                              char *out)
{
    const struct vs__jail *jail = jail_of(vfs);

    if (strcmp(name, jail->place->file) != 0 || strlen(name) >= (size_t)n)
        return SQLITE_CANTOPEN;
    memcpy(out, name, strlen(name) + 1);
    return SQLITE_OK;
}

static void *jail_dl_open(sqlite3_vfs *vfs, const char *name)
{
    (void)vfs;
    (void)name;
    return NULL;
}

static void jail_dl_error(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    (void)snprintf(out, (size_t)n, "no extension can be loaded here");
}

static int jail_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    sqlite3_vfs *real = jail_of(vfs)->real;

    return real->xRandomness(real, n, out);
}

static int jail_sleep(sqlite3_vfs *vfs, int us)
{
    sqlite3_vfs *real = jail_of(vfs)->real;

    return real->xSleep(real, us);
}

static int jail_current_time(sqlite3_vfs *vfs, double *out)
{
    sqlite3_vfs *real = jail_of(vfs)->real;

    return real->xCurrentTime(real, out);
}

static int jail_current_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    sqlite3_vfs *real = jail_of(vfs)->real;

    return real->xCurrentTimeInt64(real, out);
}

static int jail_last_error(sqlite3_vfs *vfs, int n, char *out)
{
    sqlite3_vfs *real = jail_of(vfs)->real;

    return real->xGetLastError(real, n, out);
}

void vs__jail_init(struct vs__jail *jail, const struct vs__place *place)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);

    jail->real = real;
    jail->place = place;
    (void)snprintf(jail->name, sizeof jail->name, "varstore-%p", (void *)jail);
    memset(&jail->vfs, 0, sizeof jail->vfs);
    jail->vfs.iVersion = real->iVersion < 2 ? 1 : 2;
    jail->vfs.szOsFile = (int)(behind(real) + sizeof(union behind));
    jail->vfs.mxPathname = real->mxPathname;
    jail->vfs.zName = jail->name;
    jail->vfs.pAppData = jail;
    jail->vfs.xOpen = jail_open;
    jail->vfs.xDelete = jail_delete;
    jail->vfs.xAccess = jail_access;
    jail->vfs.xFullPathname = jail_full_pathname;
    jail->vfs.xDlOpen = jail_dl_open;
    jail->vfs.xDlError = jail_dl_error;
    jail->vfs.xRandomness = jail_randomness;
    jail->vfs.xSleep = jail_sleep;
    jail->vfs.xCurrentTime = jail_current_time;
    jail->vfs.xCurrentTimeInt64 = jail_current_time_ms;
    jail->vfs.xGetLastError = jail_last_error;
}

int vs__jail_connect(struct vs__jail *jail, const char *name, int flags,
                     sqlite3 **out)
{
    int rc = sqlite3_vfs_register(&jail->vfs, 0);

    *out = NULL;
    if (rc != SQLITE_OK)
        return rc;
    errno = 0;
    rc = sqlite3_open_v2(name, out, flags, jail->name);
    (void)sqlite3_vfs_unregister(&jail->vfs);
    return rc;
}
