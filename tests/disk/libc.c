/* libc.c - the simulated disk as the library sees it through libc.
 *
 * The linker leads the library's calls here (--wrap). What names nothing in
 * DISK_DIR, and descriptors that are not ours, go on to libc. Only what the
 * library uses is here: one folder, regular files, appending writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <time.h>

#include "core.h"
#include "fault.h"

#define FIRST_FD 1000000
#define N_FDS    16
#define TMPFS    0x01021994

/* Declares what the linker calls `name`, and libc's own. */
#define WRAPPED(type, name, ...)     \
    type __real_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

WRAPPED(int, stat, const char *path, struct stat *out);
WRAPPED(int, access, const char *path, int mode);
WRAPPED(int, faccessat, int dir, const char *path, int mode, int flags);
WRAPPED(char *, realpath, const char *path, char *out);
WRAPPED(int, statfs, const char *path, struct statfs *out);
WRAPPED(int, mknod, const char *path, mode_t mode, dev_t dev);
WRAPPED(int, unlink, const char *path);
WRAPPED(int, open, const char *path, int flags, ...);
WRAPPED(int, openat, int dir, const char *path, int flags, ...);
WRAPPED(int, fstat, int fd, struct stat *out);
WRAPPED(int, fstatat, int dir, const char *path, struct stat *out, int flags);
WRAPPED(ssize_t, pread, int fd, void *out, size_t n, off_t at);
WRAPPED(ssize_t, write, int fd, const void *in, size_t n);
WRAPPED(ssize_t, pwrite, int fd, const void *in, size_t n, off_t at);
WRAPPED(int, fsync, int fd);
WRAPPED(int, close, int fd);
WRAPPED(int, renameat, int a, const char *from, int b, const char *to);
WRAPPED(int, renameat2, int a, const char *from, int b, const char *to,
        unsigned flags);
WRAPPED(int, unlinkat, int dir, const char *path, int flags);
WRAPPED(int, nanosleep, const struct timespec *t, struct timespec *left);
WRAPPED(int, clock_gettime, clockid_t id, struct timespec *out);
WRAPPED(ssize_t, getrandom, void *out, size_t n, unsigned flags);

/* An open descriptor: of a file, or with file == NULL of the folder. */
static struct {
    bool open;
    struct inode *file;
    int64_t at;
} fds[N_FDS];

static bool is_ours(int fd)
{
    return fd >= FIRST_FD && fd < FIRST_FD + N_FDS;
}

static bool is_folder(const char *path)
{
    return strcmp(path, DISK_DIR) == 0 || strcmp(path, DISK_DIR "/") == 0;
}

static bool ours(const char *path)
{
    return is_folder(path) || disk_base(path) != NULL;
}

static int fail(int e)
{
    errno = e;
    return -1;
}

static int stat_name(const char *name, struct stat *out)
{
    const struct inode *file;
    int rc = 0;

    disk_enter();
    file = disk_find(name);
    if (file != NULL)
        disk_stat(file, out);
    else
        rc = fail(ENOENT);
    disk_leave();
    return rc;
}

int __wrap_stat(const char *path, struct stat *out)
{
    if (!ours(path))
        return __real_stat(path, out);
    if (fault_disk("stat", path, false))
        return -1;
    if (is_folder(path)) {
        disk_stat(NULL, out);
        return 0;
    }
    return stat_name(disk_base(path), out);
}

int __wrap_access(const char *path, int mode)
{
    struct stat info;

    if (!ours(path))
        return __real_access(path, mode);
    if (fault_disk("access", path, false))
        return -1;
    return is_folder(path) ? 0 : stat_name(disk_base(path), &info);
}

int __wrap_faccessat(int dir, const char *path, int mode, int flags)
{
    return ours(path) ? __wrap_access(path, mode)
                      : __real_faccessat(dir, path, mode, flags);
}

char *__wrap_realpath(const char *path, char *out)
{
    struct stat info;

    if (!ours(path))
        return __real_realpath(path, out);
    if (out == NULL)
        abort(); /* the library brings its own memory */
    if (fault_disk("realpath", path, false))
        return NULL;
    if (is_folder(path))
        return strcpy(out, DISK_DIR);
    if (stat_name(disk_base(path), &info) != 0)
        return NULL;
    return strcpy(out, path);
}

int __wrap_statfs(const char *path, struct statfs *out)
{
    if (!ours(path))
        return __real_statfs(path, out);
    if (fault_disk("statfs", path, false))
        return -1;
    memset(out, 0, sizeof *out);
    out->f_type = TMPFS;
    return 0;
}

int __wrap_mknod(const char *path, mode_t mode, dev_t dev)
{
    int rc = 0;

    if (!ours(path))
        return __real_mknod(path, mode, dev);
    if (fault_disk("mknod", path, true))
        return -1;
    disk_enter();
    if (disk_find(disk_base(path)) != NULL)
        rc = fail(EEXIST);
    else
        (void)disk_make(disk_base(path));
    disk_leave();
    return rc;
}

static int unlink_name(const char *name)
{
    int rc = 0;

    if (fault_disk("unlink", name, false))
        return -1;
    disk_enter();
    if (disk_find(name) == NULL)
        rc = fail(ENOENT);
    disk_unlink(name);
    disk_leave();
    return rc;
}

int __wrap_unlink(const char *path)
{
    return ours(path) ? unlink_name(disk_base(path)) : __real_unlink(path);
}

int __wrap_unlinkat(int dir, const char *path, int flags)
{
    return is_ours(dir) ? unlink_name(path) : __real_unlinkat(dir, path, flags);
}

static int take_fd(struct inode *file)
{
    for (int i = 0; i < N_FDS; i++)
        if (!fds[i].open) {
            fds[i].open = true;
            fds[i].file = file;
            fds[i].at = 0;
            if (file != NULL)
                disk_opened(file);
            return FIRST_FD + i;
        }
    return fail(EMFILE);
}

static int open_name(const char *name, int flags)
{
    struct inode *file;
    int fd;

    if (fault_disk("open", name, (flags & O_CREAT) != 0))
        return -1;
    disk_enter();
    file = disk_find(name);
    if (file == NULL && (flags & O_CREAT) != 0)
        file = disk_make(name);
    else if (file != NULL && (flags & O_EXCL) != 0) {
        disk_leave();
        return fail(EEXIST);
    }
    fd = file != NULL ? take_fd(file) : fail(ENOENT);
    disk_leave();
    return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    int fd;

    if ((flags & O_CREAT) != 0) {
        va_list args;

        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    if (!ours(path))
        return __real_open(path, flags, mode);
    if (!is_folder(path))
        return open_name(disk_base(path), flags);
    if (fault_disk("open", path, false))
        return -1;
    disk_enter();
    fd = take_fd(NULL);
    disk_leave();
    return fd;
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
    mode_t mode = 0;

    if ((flags & O_CREAT) != 0) {
        va_list args;

        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return is_ours(dir) ? open_name(path, flags)
                        : __real_openat(dir, path, flags, mode);
}

int __wrap_fstat(int fd, struct stat *out)
{
    if (!is_ours(fd))
        return __real_fstat(fd, out);
    if (fault_disk("fstat", "", false))
        return -1;
    disk_enter();
    disk_stat(fds[fd - FIRST_FD].file, out);
    disk_leave();
    return 0;
}

int __wrap_fstatat(int dir, const char *path, struct stat *out, int flags)
{
    if (!is_ours(dir))
        return __real_fstatat(dir, path, out, flags);
    if (fault_disk("fstatat", path, false))
        return -1;
    return stat_name(path, out);
}

ssize_t __wrap_pread(int fd, void *out, size_t n, off_t at)
{
    ssize_t got;

    if (!is_ours(fd))
        return __real_pread(fd, out, n, at);
    if (fault_disk("pread", "", false))
        return -1;
    disk_enter();
    got = (ssize_t)content_read(&fds[fd - FIRST_FD].file->content, at, out, n);
    disk_leave();
    return got;
}

ssize_t __wrap_write(int fd, const void *in, size_t n)
{
    if (!is_ours(fd))
        return __real_write(fd, in, n);
    if (fault_disk("write", "", true))
        return -1;
    disk_enter();
    disk_write(fds[fd - FIRST_FD].file, fds[fd - FIRST_FD].at, in, n);
    fds[fd - FIRST_FD].at += (int64_t)n;
    disk_leave();
    return (ssize_t)n;
}

ssize_t __wrap_pwrite(int fd, const void *in, size_t n, off_t at)
{
    if (!is_ours(fd))
        return __real_pwrite(fd, in, n, at);
    if (fault_disk("pwrite", "", true))
        return -1;
    disk_enter();
    disk_write(fds[fd - FIRST_FD].file, at, in, n);
    disk_leave();
    return (ssize_t)n;
}

int __wrap_fsync(int fd)
{
    struct inode *file;

    if (!is_ours(fd))
        return __real_fsync(fd);
    if (fault_disk("fsync", "", false))
        return -1;
    disk_enter();
    file = fds[fd - FIRST_FD].file;
    if (file != NULL)
        disk_sync(file);
    else
        disk_sync_dir("");
    disk_leave();
    return 0;
}

int __wrap_close(int fd)
{
    if (!is_ours(fd))
        return __real_close(fd);
    disk_enter();
    if (fds[fd - FIRST_FD].file != NULL)
        disk_close(fds[fd - FIRST_FD].file);
    fds[fd - FIRST_FD].open = false;
    disk_leave();
    return 0;
}

static int rename_name(const char *from, const char *to, bool replace)
{
    int rc = 0;

    if (fault_disk("rename", from, false))
        return -1;
    disk_enter();
    if (disk_find(from) == NULL)
        rc = fail(ENOENT);
    else if (!replace && disk_find(to) != NULL)
        rc = fail(EEXIST);
    else
        disk_rename(from, to);
    disk_leave();
    return rc;
}

int __wrap_renameat(int a, const char *from, int b, const char *to)
{
    return is_ours(a) ? rename_name(from, to, true)
                      : __real_renameat(a, from, b, to);
}

int __wrap_renameat2(int a, const char *from, int b, const char *to,
                     unsigned flags)
{
    return is_ours(a) ? rename_name(from, to, flags == 0)
                      : __real_renameat2(a, from, b, to, flags);
}

int __wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
    (void)left;
    disk_sleep((int64_t)t->tv_sec * 1000000000 + t->tv_nsec);
    return 0;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
    const int64_t now = disk_now_ns();

    (void)id;
    out->tv_sec = (time_t)(now / 1000000000);
    out->tv_nsec = (long)(now % 1000000000);
    return 0;
}

ssize_t __wrap_getrandom(void *out, size_t n, unsigned flags)
{
    (void)flags;
    disk_random(out, n);
    return (ssize_t)n;
}
