/* vfs.c - the simulated disk as SQLite's default VFS.
 *
 * As its unix VFS: a journal or log that is made is synced together with the
 * folder the first time (whose failure it does not mind), an empty file does not
 * exist to xAccess, the shared memory is gone when nobody has it open. Locks are
 * those between processes: each opening of a file stands for a process of its
 * own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "fault.h"

#define REGION_MOST (1 << 16)

struct file {
    sqlite3_file base;
    struct inode *inode;
    char name[DISK_NAME]; /* "" for a nameless one */
    int level;            /* SQLite's lock */
    bool sync_dir;        /* at the next sync */
    bool shm_open;
    unsigned shm_shared; /* bits: locks of the shared memory */
    unsigned shm_alone;
};

static sqlite3_vfs vfs;
static sqlite3_vfs *before; /* the default VFS that was */

/* Every call stops, and may be made to fail. */
static bool fails(const char *call, const struct file *f, bool needs_room)
{
    disk_stop_at(call, f->name);
    return fault_disk(call, f->name, needs_room);
}

static int full_or(int rc)
{
    return fault_is_full() ? SQLITE_FULL : rc;
}

static int f_unlock(sqlite3_file *file, int level);
static int f_shm_unmap(sqlite3_file *file, int remove);

static int f_close(sqlite3_file *file)
{
    struct file *f = (struct file *)file;

    disk_stop_at("Close", f->name);
    if (f->shm_open)
        (void)f_shm_unmap(file, 0);
    (void)f_unlock(file, SQLITE_LOCK_NONE);
    disk_enter();
    disk_close(f->inode);
    disk_leave();
    return SQLITE_OK;
}

static int f_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    struct file *f = (struct file *)file;
    size_t got;

    if (fails("Read", f, false))
        return SQLITE_IOERR_READ;
    disk_enter();
    got = content_read(&f->inode->content, at, out, (size_t)n);
    disk_leave();
    if (got == (size_t)n)
        return SQLITE_OK;
    memset((char *)out + got, 0, (size_t)n - got);
    return SQLITE_IOERR_SHORT_READ;
}

static int f_write(sqlite3_file *file, const void *in, int n, sqlite3_int64 at)
{
    struct file *f = (struct file *)file;

    if (fails("Write", f, true))
        return full_or(SQLITE_IOERR_WRITE);
    disk_enter();
    disk_write(f->inode, at, in, (size_t)n);
    disk_leave();
    return SQLITE_OK;
}

static int f_truncate(sqlite3_file *file, sqlite3_int64 n)
{
    struct file *f = (struct file *)file;

    if (fails("Truncate", f, false))
        return SQLITE_IOERR_TRUNCATE;
    disk_enter();
    disk_truncate(f->inode, n);
    disk_leave();
    return SQLITE_OK;
}

static int f_sync(sqlite3_file *file, int flags)
{
    struct file *f = (struct file *)file;

    (void)flags;
    if (fails("Sync", f, false))
        return SQLITE_IOERR_FSYNC;
    disk_enter();
    disk_sync(f->inode);
    disk_leave();
    if (!f->sync_dir)
        return SQLITE_OK;
    f->sync_dir = false;
    if (fails("SyncDir", f, false))
        return SQLITE_OK;
    disk_enter();
    disk_sync_dir(f->name);
    disk_leave();
    return SQLITE_OK;
}

static int f_file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    struct file *f = (struct file *)file;

    if (fails("FileSize", f, false))
        return SQLITE_IOERR_FSTAT;
    disk_enter();
    *out = f->inode->content.size;
    disk_leave();
    return SQLITE_OK;
}

static int lock_higher(struct file *f, int level)
{
    struct inode *i = f->inode;

    if ((i->reserved != NULL && i->reserved != f) ||
        (i->pending != NULL && i->pending != f))
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_RESERVED) {
        i->reserved = f;
        f->level = level;
        return SQLITE_OK;
    }
    i->pending = f;
    if (i->n_shared > 1) {
        f->level = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
    }
    i->exclusive = f;
    f->level = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

static int f_lock(sqlite3_file *file, int level)
{
    struct file *f = (struct file *)file;
    int rc = SQLITE_OK;

    if (fails("Lock", f, false))
        return SQLITE_IOERR_LOCK;
    if (f->level >= level)
        return SQLITE_OK;
    disk_enter();
    if (level > SQLITE_LOCK_SHARED) {
        rc = lock_higher(f, level);
    } else if (f->inode->pending != NULL || f->inode->exclusive != NULL) {
        rc = SQLITE_BUSY;
    } else {
        f->inode->n_shared++;
        f->level = level;
    }
    disk_leave();
    return rc;
}

static int f_unlock(sqlite3_file *file, int level)
{
    struct file *f = (struct file *)file;
    struct inode *i = f->inode;

    disk_stop_at("Unlock", f->name);
    if (f->level <= level)
        return SQLITE_OK;
    disk_enter();
    if (i->reserved == f)
        i->reserved = NULL;
    if (i->pending == f)
        i->pending = NULL;
    if (i->exclusive == f)
        i->exclusive = NULL;
    if (level == SQLITE_LOCK_NONE)
        i->n_shared--;
    f->level = level;
    disk_leave();
    return SQLITE_OK;
}

static int f_check_lock(sqlite3_file *file, int *out)
{
    struct file *f = (struct file *)file;

    if (fails("CheckReservedLock", f, false))
        return SQLITE_IOERR_CHECKRESERVEDLOCK;
    disk_enter();
    *out = f->inode->reserved != NULL;
    disk_leave();
    return SQLITE_OK;
}

static int f_control(sqlite3_file *file, int op, void *arg)
{
    struct file *f = (struct file *)file;

    if (op != SQLITE_FCNTL_HAS_MOVED)
        return SQLITE_NOTFOUND;
    disk_enter();
    *(int *)arg = disk_find(f->name) != f->inode;
    disk_leave();
    return SQLITE_OK;
}

static int f_sector_size(sqlite3_file *file)
{
    (void)file;
    return 4096;
}

static int f_device(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int f_shm_map(sqlite3_file *file, int page, int n, int extend,
                     void volatile **out)
{
    struct file *f = (struct file *)file;
    struct inode *i = f->inode;

    *out = NULL;
    if (fails("ShmMap", f, true))
        return fault_is_full() ? SQLITE_IOERR_SHMSIZE : SQLITE_IOERR_SHMMAP;
    if (page >= N_REGIONS || n > REGION_MOST)
        return SQLITE_IOERR_SHMSIZE;
    disk_enter();
    if (!f->shm_open)
        i->n_shm_open++;
    f->shm_open = true;
    if (i->regions[page] == NULL && extend != 0 &&
        (i->regions[page] = calloc(1, (size_t)n)) == NULL)
        abort();
    *out = i->regions[page];
    disk_leave();
    return SQLITE_OK;
}

static void shm_release(struct file *f, unsigned bits)
{
    struct inode *i = f->inode;

    for (unsigned k = 0; k < N_SHM; k++) {
        if ((bits & f->shm_shared & 1u << k) != 0)
            i->n_shm_shared[k]--;
        if ((bits & f->shm_alone & 1u << k) != 0)
            i->shm_owner[k] = NULL;
    }
    f->shm_shared &= ~bits;
    f->shm_alone &= ~bits;
}

static bool shm_free(const struct file *f, unsigned bits, bool alone)
{
    const struct inode *i = f->inode;

    for (unsigned k = 0; k < N_SHM; k++) {
        const int mine = (f->shm_shared & 1u << k) != 0;

        if ((bits & 1u << k) == 0)
            continue;
        if (i->shm_owner[k] != NULL && i->shm_owner[k] != f)
            return false;
        if (alone && i->n_shm_shared[k] > mine)
            return false;
    }
    return true;
}

static void shm_take(struct file *f, unsigned bits, bool alone)
{
    for (unsigned k = 0; k < N_SHM; k++) {
        if ((bits & 1u << k) == 0)
            continue;
        if (alone)
            f->inode->shm_owner[k] = f;
        else if ((f->shm_shared & 1u << k) == 0)
            f->inode->n_shm_shared[k]++;
    }
    if (alone)
        f->shm_alone |= bits;
    else
        f->shm_shared |= bits;
}

static int f_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    struct file *f = (struct file *)file;
    const unsigned bits = ((1u << n) - 1) << at;
    const bool alone = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    int rc = SQLITE_OK;

    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        disk_stop_at(alone ? "ShmUnlock" : "ShmUnshare", f->name);
        disk_enter();
        shm_release(f, bits);
        disk_leave();
        return SQLITE_OK;
    }
    if (fails(alone ? "ShmLock" : "ShmShare", f, false))
        return SQLITE_IOERR_SHMLOCK;
    disk_enter();
    if (shm_free(f, bits, alone))
        shm_take(f, bits, alone);
    else
        rc = SQLITE_BUSY;
    disk_leave();
    return rc;
}

static void f_shm_barrier(sqlite3_file *file)
{
    disk_stop_at("ShmBarrier", ((struct file *)file)->name);
    disk_enter();
    disk_leave();
}

static int f_shm_unmap(sqlite3_file *file, int remove)
{
    struct file *f = (struct file *)file;
    struct inode *i = f->inode;

    (void)remove;
    disk_enter();
    shm_release(f, (1u << N_SHM) - 1);
    if (f->shm_open && --i->n_shm_open == 0)
        for (int k = 0; k < N_REGIONS; k++) {
            free(i->regions[k]);
            i->regions[k] = NULL;
        }
    f->shm_open = false;
    disk_leave();
    return SQLITE_OK;
}

/* Nothing is mapped; but SQLite calls the second between reading the header of
 * the shared memory and what follows, so it is a place to stop. */
static int f_fetch(sqlite3_file *file, sqlite3_int64 at, int n, void **out)
{
    (void)file;
    (void)at;
    (void)n;
    *out = NULL;
    return SQLITE_OK;
}

static int f_unfetch(sqlite3_file *file, sqlite3_int64 at, void *p)
{
    (void)at;
    (void)p;
    disk_stop_at("Unfetch", ((struct file *)file)->name);
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    3,           f_close,      f_read,      f_write,
    f_truncate,  f_sync,       f_file_size, f_lock,
    f_unlock,    f_check_lock, f_control,   f_sector_size,
    f_device,    f_shm_map,    f_shm_lock,  f_shm_barrier,
    f_shm_unmap, f_fetch,      f_unfetch,
};

static int v_open(sqlite3_vfs *v, const char *path, sqlite3_file *file,
                  int flags, int *out_flags)
{
    struct file *f = (struct file *)file;
    const char *name = path != NULL ? disk_base(path) : "";
    const bool makes = (flags & SQLITE_OPEN_CREATE) != 0;

    (void)v;
    memset(f, 0, sizeof *f);
    if (name == NULL || strlen(name) >= DISK_NAME)
        return SQLITE_CANTOPEN;
    memcpy(f->name, name, strlen(name) + 1);
    if (fails("Open", f, makes))
        return SQLITE_CANTOPEN;
    disk_enter();
    f->inode = path != NULL ? disk_find(name) : disk_make(NULL);
    if (f->inode == NULL && makes) {
        f->inode = disk_make(name);
        f->sync_dir = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL |
                                SQLITE_OPEN_SUPER_JOURNAL)) != 0;
    }
    if (f->inode != NULL)
        disk_opened(f->inode);
    disk_leave();
    if (f->inode == NULL) {
        errno = ENOENT;
        return SQLITE_CANTOPEN;
    }
    f->base.pMethods = &methods;
    if (out_flags != NULL)
        *out_flags = flags;
    return SQLITE_OK;
}

static int v_delete(sqlite3_vfs *v, const char *path, int sync_dir)
{
    const char *name = disk_base(path);
    int rc = SQLITE_OK;

    (void)v;
    disk_stop_at("Delete", name != NULL ? name : "");
    if (name == NULL || fault_disk("Delete", name, false))
        return SQLITE_IOERR_DELETE;
    disk_enter();
    if (disk_find(name) == NULL)
        rc = SQLITE_IOERR_DELETE_NOENT;
    disk_unlink(name);
    disk_leave();
    if (rc != SQLITE_OK || sync_dir == 0)
        return rc;
    if (fault_disk("SyncDir", name, false))
        return SQLITE_IOERR_DIR_FSYNC;
    disk_enter();
    disk_sync_dir(name);
    disk_leave();
    return SQLITE_OK;
}

static int v_access(sqlite3_vfs *v, const char *path, int flags, int *out)
{
    const char *name = disk_base(path);
    const struct inode *file;

    (void)v;
    *out = 0;
    if (name == NULL)
        return SQLITE_OK;
    disk_stop_at("Access", name);
    if (fault_disk("Access", name, false))
        return SQLITE_IOERR_ACCESS;
    disk_enter();
    file = disk_find(name);
    *out = file != NULL &&
           (flags != SQLITE_ACCESS_EXISTS || file->content.size > 0);
    disk_leave();
    return SQLITE_OK;
}

static int v_full_pathname(sqlite3_vfs *v, const char *path, int n, char *out)
{
    (void)v;
    if (strlen(path) >= (size_t)n)
        return SQLITE_CANTOPEN;
    memcpy(out, path, strlen(path) + 1);
    return SQLITE_OK;
}

static int v_randomness(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    disk_random(out, (size_t)n);
    return n;
}

static int v_sleep(sqlite3_vfs *v, int us)
{
    (void)v;
    disk_sleep((int64_t)us * 1000);
    return us;
}

static int v_current_time_ms(sqlite3_vfs *v, sqlite3_int64 *out)
{
    (void)v;
    *out = INT64_C(210866760000000) + disk_now_ns() / 1000000;
    return SQLITE_OK;
}

static int v_current_time(sqlite3_vfs *v, double *out)
{
    sqlite3_int64 ms = 0;

    (void)v_current_time_ms(v, &ms);
    *out = (double)ms / 86400000.0;
    return SQLITE_OK;
}

static int v_last_error(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    (void)n;
    (void)out;
    return errno;
}

void disk_vfs_begin(void)
{
    before = sqlite3_vfs_find(NULL);
    memset(&vfs, 0, sizeof vfs);
    vfs.iVersion = 2;
    vfs.szOsFile = (int)sizeof(struct file);
    vfs.mxPathname = 512;
    vfs.zName = "disk";
    vfs.xOpen = v_open;
    vfs.xDelete = v_delete;
    vfs.xAccess = v_access;
    vfs.xFullPathname = v_full_pathname;
    vfs.xRandomness = v_randomness;
    vfs.xSleep = v_sleep;
    vfs.xCurrentTime = v_current_time;
    vfs.xGetLastError = v_last_error;
    vfs.xCurrentTimeInt64 = v_current_time_ms;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}

void disk_vfs_end(void)
{
    (void)sqlite3_vfs_unregister(&vfs);
    (void)sqlite3_vfs_register(before, 1);
}
