/* faulty.c - see faulty.h. */
#include "faulty.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A file of ours is this struct with the real one behind it. */
struct file {
    sqlite3_file base;
    const char *name; /* SQLite keeps it until the file is closed */
    sqlite3_file *real;
};

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    enum faulty_call call;
    const char *suffix; /* NULL: disarmed */
    int left;
    int rc;
    int error;
    bool forever;
    bool struck;
    int left_to_live; /* calls that change a file; 0: any number */
    bool torn;        /* the last of them is half done */
} faulty;

static bool strikes(struct file *f, enum faulty_call call)
{
    size_t n;
    size_t n_suffix;

    if (faulty.suffix == NULL || call != faulty.call || f->name == NULL)
        return false;
    n = strlen(f->name);
    n_suffix = strlen(faulty.suffix);
    if (n < n_suffix || strcmp(f->name + n - n_suffix, faulty.suffix) != 0)
        return false;
    if (faulty.left > 0 && --faulty.left > 0)
        return false;
    if (faulty.struck && !faulty.forever)
        return false;
    faulty.struck = true;
    errno = faulty.error;
    return true;
}

/* True in the last call before the end. */
static bool ends(void)
{
    return faulty.left_to_live > 0 && --faulty.left_to_live == 0;
}

static void live(void)
{
    if (ends())
        _exit(0);
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct file *)file)->real;
}

#define REAL(file) (real_of(file)->pMethods)

static int f_close(sqlite3_file *file)
{
    return REAL(file)->xClose(real_of(file));
}

static int f_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    if (strikes((struct file *)file, FAULTY_READ))
        return faulty.rc;
    return REAL(file)->xRead(real_of(file), out, n, at);
}

static int f_write(sqlite3_file *file, const void *in, int n, sqlite3_int64 at)
{
    if (strikes((struct file *)file, FAULTY_WRITE))
        return faulty.rc;
    if (ends()) {
        if (faulty.torn)
            (void)REAL(file)->xWrite(real_of(file), in, n / 2, at);
        _exit(0);
    }
    return REAL(file)->xWrite(real_of(file), in, n, at);
}

static int f_truncate(sqlite3_file *file, sqlite3_int64 n)
{
    live();
    return REAL(file)->xTruncate(real_of(file), n);
}

static int f_sync(sqlite3_file *file, int flags)
{
    if (strikes((struct file *)file, FAULTY_SYNC))
        return faulty.rc;
    live();
    return REAL(file)->xSync(real_of(file), flags);
}

static int f_file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return REAL(file)->xFileSize(real_of(file), out);
}

static int f_lock(sqlite3_file *file, int level)
{
    if (strikes((struct file *)file, FAULTY_LOCK))
        return faulty.rc;
    return REAL(file)->xLock(real_of(file), level);
}

static int f_unlock(sqlite3_file *file, int level)
{
    return REAL(file)->xUnlock(real_of(file), level);
}

static int f_check_lock(sqlite3_file *file, int *out)
{
    return REAL(file)->xCheckReservedLock(real_of(file), out);
}

static int f_control(sqlite3_file *file, int op, void *arg)
{
    return REAL(file)->xFileControl(real_of(file), op, arg);
}

static int f_sector_size(sqlite3_file *file)
{
    return REAL(file)->xSectorSize(real_of(file));
}

static int f_device(sqlite3_file *file)
{
    return REAL(file)->xDeviceCharacteristics(real_of(file));
}

static int f_shm_map(sqlite3_file *file, int page, int n, int extend,
                     void volatile **out)
{
    if (strikes((struct file *)file, FAULTY_SHM_MAP))
        return faulty.rc;
    return REAL(file)->xShmMap(real_of(file), page, n, extend, out);
}

static int f_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    return REAL(file)->xShmLock(real_of(file), at, n, flags);
}

static void f_shm_barrier(sqlite3_file *file)
{
    REAL(file)->xShmBarrier(real_of(file));
}

static int f_shm_unmap(sqlite3_file *file, int remove)
{
    return REAL(file)->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    2,           f_close,      f_read,      f_write,
    f_truncate,  f_sync,       f_file_size, f_lock,
    f_unlock,    f_check_lock, f_control,   f_sector_size,
    f_device,    f_shm_map,    f_shm_lock,  f_shm_barrier,
    f_shm_unmap, NULL,         NULL,
};

static int v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
                  int flags, int *out_flags)
{
    struct file *f = (struct file *)file;
    int rc;

    (void)vfs;
    f->name = name;
    f->real = (sqlite3_file *)(f + 1);
    rc = faulty.real->xOpen(faulty.real, name, f->real, flags, out_flags);
    f->base.pMethods = f->real->pMethods != NULL ? &methods : NULL;
    return rc;
}

static int v_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    (void)vfs;
    live();
    return faulty.real->xDelete(faulty.real, name, sync_dir);
}

void faulty_begin(void)
{
    faulty_disarm();
    if (sqlite3_vfs_find(NULL) == &faulty.vfs)
        return; /* a test has failed before its faulty_end */
    faulty.real = sqlite3_vfs_find(NULL);
    faulty.vfs = *faulty.real; /* all the rest is the real one's */
    faulty.vfs.pNext = NULL;
    faulty.vfs.zName = "faulty";
    faulty.vfs.szOsFile = (int)sizeof(struct file) + faulty.real->szOsFile;
    faulty.vfs.xOpen = v_open;
    faulty.vfs.xDelete = v_delete;
    (void)sqlite3_vfs_register(&faulty.vfs, 1);
}

void faulty_end(void)
{
    (void)sqlite3_vfs_unregister(&faulty.vfs);
    (void)sqlite3_vfs_register(faulty.real, 1);
}

void faulty_arm(enum faulty_call call, const char *suffix, int nth, int rc,
                int error, bool forever)
{
    faulty.call = call;
    faulty.suffix = suffix;
    faulty.left = nth;
    faulty.rc = rc;
    faulty.error = error;
    faulty.forever = forever;
    faulty.struck = false;
}

void faulty_disarm(void)
{
    faulty.suffix = NULL;
    faulty.left_to_live = 0;
}

void faulty_kill(int nth, bool torn)
{
    faulty.left_to_live = nth;
    faulty.torn = torn;
}

bool faulty_struck(void)
{
    return faulty.struck;
}
