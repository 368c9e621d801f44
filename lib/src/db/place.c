/* place.c - where the store stands: its names, its kind, its file system.
 *
 * Nothing here opens the file. Closing any descriptor of it would drop the
 * POSIX locks that this process holds through SQLite, so a new file is made by
 * mknod, and all else is asked by name.
 */
#include "db/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"

/* statfs's f_type of those that cannot lock safely between machines, or
 * between a virtual machine and its host. Unknown ones are let through. */
static const struct {
    uint32_t type;
    const char *name;
} networks[] = {
    {0x6969, "NFS"},           {0x517b, "SMB"},
    {0xff534d42, "CIFS"},      {0xfe534d42, "SMB"},
    {0x01021997, "9P"},        {0x65735546, "FUSE"}, /* sshfs, virtiofs, ... */
    {0x00c36400, "Ceph"},      {0x73757245, "Coda"},
    {0x5346414f, "AFS"},       {0x6b414653, "AFS"},
    {0x564c, "NCP"},           {0x0bd00bd0, "Lustre"},
    {0x47504653, "GPFS"},      {0x19830326, "BeeGFS"},
    {0x20030528, "OrangeFS"},  {0xaad7aaea, "PanFS"},
    {0x01161970, "GFS2"},      {0x7461636f, "OCFS2"},
    {0xbacbacbc, "VMware"},    {0x786f4256, "VirtualBox"},
    {0x7c7c6673, "Parallels"},
};

const char *vs__place_network(uint64_t f_type)
{
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if (networks[i].type == (uint32_t)f_type)
            return networks[i].name;
    return NULL;
}

int64_t vs__place_bytes(const char *name)
{
    struct stat info;

    if (stat(name, &info) == 0)
        return info.st_size;
    return errno == ENOENT ? 0 : -1;
}

static vs_status fail_errno(struct vs__db *db, int e, const char *what)
{
    char text[128];

    return vs__fail(&db->err, vs__status_of_errno(e), "'%s' %s: %s",
                    db->place.path, what, strerror_r(e, text, sizeof text));
}

/* Sets the names from the absolute one: one block each, freed by done. */
static vs_status set_names(struct vs__db *db, const char *dir, const char *base)
{
    struct vs__place *place = &db->place;
    const char *slash = strcmp(dir, "/") == 0 ? "" : "/";
    const size_t n = strlen(dir) + strlen(base) + sizeof "/-journal";
    const size_t most = (size_t)db->jail.real->mxPathname;

    if (n > most)
        return vs__fail(&db->err, VS_ERR_TOOBIG,
                        "'%s': its full path has %zu bytes, at most %zu are "
                        "possible",
                        place->path, n - sizeof "-journal",
                        most - sizeof "-journal");
    place->dir = vs__strdup(dir);
    place->file = vs__alloc(n);
    place->wal = vs__alloc(n);
    place->journal = vs__alloc(n);
    if (place->dir == NULL || place->file == NULL || place->wal == NULL ||
        place->journal == NULL)
        return vs__fail_nomem(&db->err);
    (void)snprintf(place->file, n, "%s%s%s", dir, slash, base);
    (void)snprintf(place->wal, n, "%s-wal", place->file);
    (void)snprintf(place->journal, n, "%s-journal", place->file);
    return VS_OK;
}

void vs__place_done(struct vs__place *place)
{
    vs__free(place->path);
    vs__free(place->file);
    vs__free(place->wal);
    vs__free(place->journal);
    vs__free(place->dir);
}

/* Names of an existing file, behind any symbolic links. */
static vs_status name_existing(struct vs__db *db, char *real)
{
    char *slash = strrchr(real, '/');

    *slash = '\0';
    return set_names(db, slash == real ? "/" : real, slash + 1);
}

/* Names of a file that is to be made: its folder must be there. */
static vs_status name_absent(struct vs__db *db)
{
    const char *path = db->place.path;
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    char real[PATH_MAX];
    char *dir;
    vs_status st;

    if (base[0] == '\0' || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
        return vs__fail(&db->err, VS_ERR_NOFILE,
                        "'%s' names a directory that does not exist", path);
    dir = vs__strdup(slash != NULL ? path : ".");
    if (dir == NULL)
        return vs__fail_nomem(&db->err);
    if (slash != NULL)
        dir[slash == path ? 1 : slash - path] = '\0';
    if (realpath(dir, real) != NULL)
        st = set_names(db, real, base);
    else if (errno == EACCES)
        st = vs__fail(&db->err, VS_ERR_PERM,
                      "directory '%s' cannot be searched", dir);
    else if (errno == ENOENT)
        st = vs__fail(&db->err, VS_ERR_NOFILE, "directory '%s' does not exist",
                      dir);
    else
        st = fail_errno(db, errno, "cannot be created");
    vs__free(dir);
    return st;
}

static vs_status check_file_system(struct vs__db *db, const char *name)
{
    struct statfs info;
    const char *network;

    if (statfs(name, &info) != 0)
        return fail_errno(db, errno, "is on an unknown file system");
    network = vs__place_network((uint64_t)info.f_type);
    if (network == NULL)
        return VS_OK;
    (void)vs__fail(&db->err, VS_ERR_NETWORK,
                   "'%s' is on a network or shared file system (%s, type "
                   "0x%llx), which cannot lock safely",
                   db->place.path, network, (unsigned long long)info.f_type);
    vs__hint(&db->err, "keep the store on a local disk");
    return VS_ERR_NETWORK;
}

static vs_status make(struct vs__db *db)
{
    struct stat info;

    if (mknod(db->place.file, S_IFREG | 0666, 0) == 0) {
        db->place.made = true;
        return VS_OK;
    }
    if (errno != EEXIST)
        return fail_errno(db, errno, "cannot be created");
    if (stat(db->place.file, &info) != 0)
        return vs__fail(&db->err, VS_ERR_NOFILE,
                        "'%s' is a symbolic link to a file that does not exist",
                        db->place.path);
    if (db->options.mode == VS_OPEN_CREATE_NEW)
        return vs__fail(&db->err, VS_ERR_EXISTS, "'%s' already exists",
                        db->place.path);
    return VS_OK; /* somebody was quicker: open his */
}

/* What a thing is called that is no file; NULL: it is one. */
static const char *strange_kind(mode_t mode)
{
    if (S_ISREG(mode))
        return NULL;
    if (S_ISLNK(mode))
        return "symbolic link";
    if (S_ISDIR(mode))
        return "directory";
    if (S_ISFIFO(mode))
        return "pipe";
    return S_ISSOCK(mode) ? "socket" : "device";
}

/* What SQLite keeps beside the file is files. Opening a pipe there would wait
 * for ever, and a link would lead to a file that is not the store's. */
static vs_status check_beside(struct vs__db *db)
{
    static const char *const endings[] = {"-wal", "-journal", "-shm"};
    char name[PATH_MAX + sizeof "-journal"];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const char *kind;
        struct stat info;

        (void)snprintf(name, sizeof name, "%s%s", db->place.file, endings[i]);
        if (lstat(name, &info) != 0 ||
            (kind = strange_kind(info.st_mode)) == NULL)
            continue;
        return vs__fail(&db->err, VS_ERR_NOTASTORE,
                        "'%s%s' is a %s, want a file or nothing",
                        db->place.path, endings[i], kind);
    }
    return VS_OK;
}

static int64_t mtime_ns(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

/* What stands at the name now: a file that SQLite may be given? */
static vs_status check_kind(struct vs__db *db)
{
    struct vs__place *place = &db->place;
    const char *kind;
    struct stat info;
    vs_status st;

    if (stat(place->file, &info) != 0)
        return fail_errno(db, errno, "cannot be looked at");
    kind = strange_kind(info.st_mode);
    if (kind != NULL)
        return vs__fail(&db->err, VS_ERR_NOTASTORE, "'%s' is a %s", place->path,
                        kind);
    if (faccessat(AT_FDCWD, place->file, R_OK, AT_EACCESS) != 0)
        return fail_errno(db, errno, "cannot be read");
    if ((st = check_beside(db)) != VS_OK)
        return st;
    place->dev = info.st_dev;
    place->ino = info.st_ino;
    place->n_bytes = info.st_size;
    place->moved_ns = mtime_ns(&info);
    place->moved_to = info.st_size;
    place->empty = info.st_size == 0;
    if (place->empty && db->options.mode < VS_OPEN_CREATE &&
        access(place->wal, F_OK) != 0 && access(place->journal, F_OK) != 0)
        return vs__fail(&db->err, VS_ERR_NOTASTORE, "'%s' is empty",
                        place->path);
    return VS_OK;
}

vs_status vs__place_find(struct vs__db *db, const char *path)
{
    const bool may_make = db->options.mode >= VS_OPEN_CREATE;
    char real[PATH_MAX];
    bool absent;
    vs_status st;

    db->place.path = vs__strdup(path);
    if (db->place.path == NULL)
        return vs__fail_nomem(&db->err);
    absent = realpath(path, real) == NULL;
    if (absent && errno != ENOENT)
        return fail_errno(db, errno, "cannot be found");
    if (absent && !may_make)
        return vs__fail(&db->err, VS_ERR_NOFILE, "'%s' does not exist", path);
    if (!absent && db->options.mode == VS_OPEN_CREATE_NEW)
        return vs__fail(&db->err, VS_ERR_EXISTS, "'%s' already exists", path);
    if (!absent) {
        if ((st = name_existing(db, real)) == VS_OK &&
            (st = check_kind(db)) == VS_OK)
            st = check_file_system(db, db->place.file);
        return st;
    }
    if ((st = name_absent(db)) == VS_OK &&
        (st = check_file_system(db, db->place.dir)) == VS_OK &&
        (st = make(db)) == VS_OK)
        st = check_kind(db);
    return st;
}

vs_status vs__place_denied(struct vs__db *db)
{
    if (faccessat(AT_FDCWD, db->place.file, W_OK, AT_EACCESS) != 0)
        return fail_errno(db, errno, "cannot be written");
    if (faccessat(AT_FDCWD, db->place.dir, W_OK | X_OK, AT_EACCESS) != 0)
        return fail_errno(db, errno,
                          "needs files beside it, but its directory cannot be "
                          "written");
    return VS_OK;
}

bool vs__place_owned(const struct vs__place *place)
{
    struct stat info;

    return stat(place->file, &info) == 0 && info.st_uid == geteuid();
}

bool vs__place_moves(struct vs__place *place)
{
    struct stat info;
    bool moves;

    if (vs__place_bytes(place->journal) == 0 || stat(place->file, &info) != 0)
        return false;
    moves = mtime_ns(&info) != place->moved_ns ||
            (int64_t)info.st_size != place->moved_to;
    place->moved_ns = mtime_ns(&info);
    place->moved_to = info.st_size;
    return moves;
}

static vs_status fail_replaced(struct vs__db *db)
{
    (void)vs__fail(&db->err, VS_ERR_IO,
                   "'%s': the store's file was replaced or its log removed "
                   "while open",
                   db->place.path);
    vs__hint(&db->err, "nothing was written; open the store again, and leave "
                       "the files beside it alone");
    return VS_ERR_IO;
}

static bool is_same(const char *name, dev_t dev, ino_t ino, struct stat *info)
{
    return stat(name, info) == 0 && info->st_dev == dev && info->st_ino == ino;
}

vs_status vs__place_note(struct vs__db *db)
{
    struct vs__place *place = &db->place;
    struct stat info;

    if (!is_same(place->file, place->dev, place->ino, &info))
        return fail_replaced(db);
    place->mtime_ns = mtime_ns(&info);
    place->wal_seen = stat(place->wal, &info) == 0;
    place->wal_dev = place->wal_seen ? info.st_dev : 0;
    place->wal_ino = place->wal_seen ? info.st_ino : 0;
    return VS_OK;
}

/* A peer that lost its locks unlinks the log of all others when it closes;
 * what is written to an unlinked log is lost. Costs two calls to stat. */
vs_status vs__place_guard(struct vs__db *db)
{
    struct vs__place *place = &db->place;
    struct stat info;

    if (!is_same(place->file, place->dev, place->ino, &info))
        return fail_replaced(db);
    if (!place->wal_seen)
        return vs__place_note(db);
    if (!is_same(place->wal, place->wal_dev, place->wal_ino, &info))
        return fail_replaced(db);
    return VS_OK;
}

vs_status vs__place_still(struct vs__db *db)
{
    const struct vs__place *place = &db->place;
    struct stat info;

    if (is_same(place->file, place->dev, place->ino, &info) &&
        mtime_ns(&info) == place->mtime_ns && vs__place_bytes(place->wal) == 0)
        return VS_OK;
    (void)vs__fail(&db->err, VS_ERR_IO,
                   "'%s' was changed while open in a directory that cannot be "
                   "written, where no lock is held on it",
                   place->path);
    vs__hint(&db->err, "open the store again");
    return VS_ERR_IO;
}
