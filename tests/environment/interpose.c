/* interpose.c - calls of SQLite and the library to the system, on their way:
 * these symbols of the program come before libc's. Without a wrong they do what
 * they are told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "environment.h"

struct env_wrong env_wrong;

/* So that shared libraries find them too. */
#pragma GCC visibility push(default)
int fdatasync(int fd);
int fsync(int fd);
int close(int fd);
ssize_t read(int fd, void *bytes, size_t n);
ssize_t write(int fd, const void *bytes, size_t n);
ssize_t pread64(int fd, void *bytes, size_t n, off64_t at);
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at);
#pragma GCC visibility pop

static bool sync_strikes(int fd)
{
    struct stat info;
    const bool folder = fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);

    if (++env_wrong.n_syncs != env_wrong.sync_fails_at) {
        env_wrong.folder_synced = env_wrong.folder_synced || folder;
        return false;
    }
    env_wrong.folder_struck = folder && env_wrong.folder_synced;
    errno = EIO;
    return true;
}

int fdatasync(int fd)
{
    if (sync_strikes(fd))
        return env_wrong.sync_swallowed ? 0 : -1;
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    if (sync_strikes(fd))
        return env_wrong.sync_swallowed ? 0 : -1;
    return (int)syscall(SYS_fsync, fd);
}

int close(int fd)
{
    return env_wrong.close_leaks ? 0 : (int)syscall(SYS_close, fd);
}

/* What a signal does to a call: 0 nothing, 1 EINTR, 2 only a part. */
static int struck(size_t n)
{
    static unsigned turn;
    const unsigned now =
        __atomic_add_fetch(&turn, 1, __ATOMIC_RELAXED) * 2654435761u;

    if (env_wrong.interrupted == 0 || (now >> 8) % env_wrong.interrupted != 0)
        return 0;
    return (now >> 30 & 1) != 0 && n > 1 ? 2 : 1;
}

static ssize_t interrupted(void)
{
    errno = EINTR;
    return -1;
}

ssize_t read(int fd, void *bytes, size_t n)
{
    const int how = struck(n);

    if (how == 1)
        return interrupted();
    return syscall(SYS_read, fd, bytes, how == 2 ? n / 2 : n);
}

ssize_t pread64(int fd, void *bytes, size_t n, off64_t at)
{
    const int how = struck(n);

    if (how == 1)
        return interrupted();
    return syscall(SYS_pread64, fd, bytes, how == 2 ? n / 2 : n, at);
}

/* What makes a file longer needs room; the rest is there already. */
static bool over_quota(int fd, off64_t end)
{
    struct stat info;

    if (env_wrong.quota_at == 0 || fstat(fd, &info) != 0 ||
        !S_ISREG(info.st_mode) || end <= info.st_size ||
        __atomic_add_fetch(&env_wrong.n_writes, 1, __ATOMIC_RELAXED) <
            env_wrong.quota_at)
        return false;
    errno = EDQUOT;
    return true;
}

static ssize_t written(ssize_t put, size_t n, int how)
{
    if (how == 2 && put > 0 && env_wrong.tail_lost)
        return (ssize_t)n;
    if (put < 0 && (errno == ENOSPC || errno == EDQUOT) &&
        env_wrong.full_swallowed && n > 1)
        return (ssize_t)n;
    return put;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    const int how = struck(n);

    if (how == 1)
        return interrupted();
    if (over_quota(fd, INT64_MAX))
        return written(-1, n, 0);
    return written(syscall(SYS_write, fd, bytes, how == 2 ? n / 2 : n), n, how);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    const int how = struck(n);

    if (how == 1)
        return interrupted();
    if (over_quota(fd, at + (off64_t)n))
        return written(-1, n, 0);
    return written(syscall(SYS_pwrite64, fd, bytes, how == 2 ? n / 2 : n, at),
                   n, how);
}
