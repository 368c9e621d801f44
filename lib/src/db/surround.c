/* surround.c - see surround.h. All is asked by name, except for the header,
 * which is read through SQLite's VFS as when a store is opened.
 */
#include "db/surround.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "db/engine.h"
#include "db/holders.h"

#define LITTLE_BYTES (INT64_C(64) << 20) /* of free space: a log's soft limit */

/* statfs's f_type of local file systems; `memory`: gone with the power. */
static const struct {
    const char *name;
    uint32_t type;
    bool memory;
} locals[] = {
    {"ext4", 0xef53, false},         {"XFS", 0x58465342, false},
    {"Btrfs", 0x9123683e, false},    {"ZFS", 0x2fc12fc1, false},
    {"F2FS", 0xf2f52010, false},     {"overlay", 0x794c7630, false},
    {"bcachefs", 0xca451a4e, false}, {"tmpfs", 0x01021994, true},
    {"ramfs", 0x858458f6, true},
};

static void tell_size(char out[32], int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double n = (double)bytes;
    size_t i = 0;

    for (; n >= 1024 && i < 4; i++)
        n /= 1024;
    (void)snprintf(out, 32, "%.*f %s", i == 0 ? 0 : 1, n, units[i]);
}

static void tell_file_system(struct vs__findings *f, const char *dir)
{
    struct statfs info;
    const char *network;
    char value[32] = "unknown";

    if (statfs(dir, &info) != 0) {
        vs__find(f, VS_VERDICT_WARN, "file-system", value,
                 "the system does not tell what it is");
        return;
    }
    network = vs__place_network((uint64_t)info.f_type);
    if (network != NULL) {
        vs__find(f, VS_VERDICT_BAD, "file-system", network,
                 "a network or shared file system cannot lock safely: keep the "
                 "store on a local disk");
        return;
    }
    for (size_t i = 0; i < sizeof locals / sizeof locals[0]; i++) {
        if (locals[i].type != (uint32_t)info.f_type)
            continue;
        vs__find(f, locals[i].memory ? VS_VERDICT_WARN : VS_VERDICT_OK,
                 "file-system", locals[i].name,
                 locals[i].memory
                     ? "is memory: all is lost when the machine goes down"
                     : "local");
        return;
    }
    (void)snprintf(value, sizeof value, "0x%llx",
                   (unsigned long long)(uint32_t)info.f_type);
    vs__find(f, VS_VERDICT_NOTE, "file-system", value,
             "of a kind that is not known here, taken for local: if other "
             "machines can see it too, no store can be kept safe on it");
}

static void tell_access(struct vs__findings *f, const struct vs__place *place)
{
    struct statvfs info;

    if (statvfs(place->dir, &info) == 0 && (info.f_flag & ST_RDONLY) != 0)
        vs__find(f, VS_VERDICT_NOTE, "access", "read-only",
                 "the file system is mounted for reading only");
    else if (faccessat(AT_FDCWD, place->file, W_OK, AT_EACCESS) != 0)
        vs__find(f, VS_VERDICT_NOTE, "access", "read-only",
                 "this user may not write the file");
    else if (faccessat(AT_FDCWD, place->dir, W_OK | X_OK, AT_EACCESS) != 0)
        vs__find(f, VS_VERDICT_NOTE, "access", "read-only",
                 "this user may not make files in the folder, and a writer "
                 "needs some beside the store");
    else
        vs__find(f, VS_VERDICT_OK, "access", "read-write",
                 "this user may write file and folder");
}

static void tell_free_space(struct vs__findings *f, const char *dir)
{
    struct statvfs info;
    char value[32];
    int64_t bytes;

    if (statvfs(dir, &info) != 0) {
        vs__find(f, VS_VERDICT_WARN, "free-space", "unknown",
                 "the system does not tell it");
        return;
    }
    bytes = (int64_t)(info.f_bavail * info.f_frsize);
    tell_size(value, bytes);
    if (bytes == 0 && (info.f_flag & ST_RDONLY) == 0)
        vs__find(f, VS_VERDICT_BAD, "free-space", value,
                 "nothing can be written; what is there stays readable");
    else if (bytes < LITTLE_BYTES && (info.f_flag & ST_RDONLY) == 0)
        vs__find(f, VS_VERDICT_WARN, "free-space", value,
                 "a write that does not fit fails as a whole");
    else
        vs__find(f, VS_VERDICT_OK, "free-space", value,
                 "for this user, on the store's file system");
}

/* -------- The files. */

static void tell_header(struct vs__findings *f, const struct vs__db *db,
                        vs_status st)
{
    const struct vs__place *place = &db->place;
    char value[32];

    tell_size(value, place->n_bytes);
    if (st == VS_ERR_BUSY)
        vs__find(f, VS_VERDICT_NOTE, "store", value,
                 "somebody keeps everybody out just now");
    else if (st != VS_OK)
        vs__find(f, VS_VERDICT_BAD, "store", value, "%s", db->err.message);
    else if (place->empty)
        vs__find(f, VS_VERDICT_NOTE, "store", value,
                 "is being made, or its maker died: opening it to create it "
                 "goes on");
    else
        vs__find(f, VS_VERDICT_OK, "store", value, "%s, schema number %u",
                 place->logged
                     ? "writes go through a log"
                     : "without a log just now: a big write is going on, or "
                       "was; the next writer goes back to it",
                 place->schema);
}

static void tell_links(struct vs__findings *f, const struct vs__place *place)
{
    struct stat info;
    char value[32];

    if (stat(place->file, &info) != 0 || info.st_nlink < 2)
        return;
    (void)snprintf(value, sizeof value, "%lu", (unsigned long)info.st_nlink);
    vs__find(f, VS_VERDICT_BAD, "hard-links", value,
             "the file has several names; who opens it by another one looks "
             "for its log elsewhere, and both lose data: keep one name");
}

static void tell_log(struct vs__findings *f, const struct vs__place *place,
                     const struct vs__holders *holders)
{
    const int64_t bytes = vs__place_bytes(place->wal);
    char value[32];

    tell_size(value, bytes);
    if (bytes < 0)
        vs__find(f, VS_VERDICT_WARN, "log", "unknown", "cannot be looked at");
    else if (bytes == 0)
        vs__find(f, VS_VERDICT_OK, "log", "empty", "there is nothing in it");
    else if (bytes > VS__LOG_HARD_BYTES)
        vs__find(f, VS_VERDICT_WARN, "log", value,
                 "is above its limit: some process has had a read transaction "
                 "open for long, and keeps it from being emptied");
    else if (holders->all == 0)
        vs__find(f, VS_VERDICT_NOTE, "log", value,
                 "was left by who had it open last; the newest commits may be "
                 "in it: whoever copies or moves the store takes it along");
    else
        vs__find(f, VS_VERDICT_OK, "log", value,
                 "in use; the newest commits may be in it");
}

static void tell_journal(struct vs__findings *f, const struct vs__place *place,
                         const struct vs__holders *holders)
{
    const int64_t bytes = vs__place_bytes(place->journal);
    const unsigned writing = VS__HOLDS_WRITE | VS__HOLDS_ALONE;
    char value[32];

    tell_size(value, bytes);
    if (bytes < 0)
        vs__find(f, VS_VERDICT_WARN, "journal", "unknown",
                 "cannot be looked at");
    else if (bytes == 0)
        vs__find(f, VS_VERDICT_OK, "journal", "none", "as it should be");
    else if ((holders->all & writing) != 0)
        vs__find(f, VS_VERDICT_NOTE, "journal", value,
                 "belongs to a big write that is going on");
    else
        vs__find(f, VS_VERDICT_WARN, "journal", value,
                 "a writer died within a big write: the next opening by a user "
                 "who may write undoes it. Do not delete it, and do not copy "
                 "the store without it");
}

static void tell_shared_memory(struct vs__findings *f,
                               const struct vs__place *place,
                               const struct vs__holders *holders)
{
    char name[PATH_MAX];
    char value[32];
    int64_t bytes;

    (void)snprintf(name, sizeof name, "%s-shm", place->file);
    bytes = vs__place_bytes(name);
    tell_size(value, bytes);
    if (bytes < 0)
        vs__find(f, VS_VERDICT_WARN, "shared-memory", "unknown",
                 "cannot be looked at");
    else if (bytes == 0)
        vs__find(f, VS_VERDICT_OK, "shared-memory", "none",
                 "made by who opens the store");
    else if (holders->all == 0)
        vs__find(f, VS_VERDICT_OK, "shared-memory", value,
                 "was left, and is made anew by who comes next");
    else
        vs__find(f, VS_VERDICT_OK, "shared-memory", value, "in use");
}

static vs_status tell_all(struct vs__findings *f, struct vs__db *db,
                          vs_status header)
{
    const struct vs__place *place = &db->place;
    struct vs__holders *holders = vs__alloc(sizeof *holders);
    vs_status st;

    if (holders == NULL)
        return vs__fail_nomem(&db->err);
    st = vs__holders_find(place, !vs__fork_has(place->dev, place->ino), holders,
                          &db->err);
    if (st == VS_OK) {
        f->group = "place";
        tell_file_system(f, place->dir);
        tell_access(f, place);
        tell_free_space(f, place->dir);
        f->group = "file";
        tell_header(f, db, header);
        tell_links(f, place);
        tell_log(f, place, holders);
        tell_journal(f, place, holders);
        tell_shared_memory(f, place, holders);
        f->group = "holder";
        vs__holders_tell(holders, f);
    }
    vs__free(holders);
    return st;
}

vs_status vs__surround_tell(struct vs__findings *f, const char *path,
                            uint32_t application_id, vs_error *err)
{
    struct vs__db *db = vs__calloc(1, sizeof *db);
    vs_status st;

    if (db == NULL)
        return vs__fail_nomem(err);
    db->options.mode = VS_OPEN_READ;
    db->options.application_id = application_id;
    vs__wait_init(db);
    vs__wait_arm(db, 0);
    vs__jail_init(&db->jail, &db->place);
    st = vs__place_find(db, path);
    if (st == VS_OK ||
        st == VS_ERR_NETWORK) { /* the place is known all the same */
        const vs_status header = vs__header_check(db);

        st =
            header == VS_OK || header == VS_ERR_CORRUPT || header == VS_ERR_BUSY
                ? tell_all(f, db, header)
                : header;
    }
    if (st != VS_OK && err != NULL)
        *err = db->err;
    vs__place_done(&db->place);
    vs__free(db);
    return st;
}
