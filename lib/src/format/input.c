/* input.c - reading a file by position, restarted when a signal interrupts. */
#include "format/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"

/* Linux moves at most 0x7ffff000 bytes in one call; stay well below. */
#define MAX_CALL ((size_t)1 << 30)

struct file {
    int fd;
    char name[VS__WHAT_MAX]; /* last component of the path, cut */
};

static vs_status file_read_at(void *ctx, int64_t offset, void *dst, size_t n,
                              vs_error *err)
{
    const struct file *file = ctx;
    uint8_t *to = dst;

    while (n > 0) {
        const ssize_t got =
            pread(file->fd, to, n < MAX_CALL ? n : MAX_CALL, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vs__fail_errno(err, errno, "read", file->name);
        if (got == 0)
            return vs__fail(err, VS_ERR_FORMAT,
                            "file '%s': has shrunk: nothing at offset %lld "
                            "where %zu bytes were",
                            file->name, (long long)offset, n);
        to += got;
        offset += got;
        n -= (size_t)got;
    }
    return VS_OK;
}

static void file_close(void *ctx)
{
    struct file *file = ctx;

    (void)close(file->fd);
    vs__free(file);
}

/* The descriptor's size. O_NONBLOCK has kept open() from waiting for the other
 * end of a pipe; a regular file does not care. */
static vs_status regular_size(int fd, const char *path, int64_t *size,
                              vs_error *err)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return vs__fail_errno(err, errno, "examine", path);
    if (!S_ISREG(info.st_mode))
        return vs__fail(err, VS_ERR_UNSUPPORTED, "'%.400s' is %s", path,
                        S_ISDIR(info.st_mode) ? "a directory, not a file"
                                              : "not a regular file");
    *size = (int64_t)info.st_size;
    return VS_OK;
}

vs_status vs__input_open(const char *path, struct vs__input *out, vs_error *err)
{
    struct vs__input in = {file_read_at, file_close, NULL, 0, ""};
    const char *slash = strrchr(path, '/');
    struct file *file;
    vs_status st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return vs__fail_errno(err, errno, "open", path);
    if ((st = regular_size(fd, path, &in.size, err)) != VS_OK)
        goto out;
    file = vs__alloc(sizeof *file);
    if (file == NULL) {
        st = vs__fail_nomem(err);
        goto out;
    }
    file->fd = fd;
    (void)snprintf(file->name, sizeof file->name, "%.128s",
                   slash != NULL ? slash + 1 : path);
    (void)snprintf(in.what, sizeof in.what, "file '%.128s'", file->name);
    in.ctx = file;
    *out = in;
    return VS_OK;
out:
    (void)close(fd);
    return st;
}

static vs_status memory_read_at(void *ctx, int64_t offset, void *dst, size_t n,
                                vs_error *err)
{
    (void)err;
    memcpy(dst, (const uint8_t *)ctx + offset, n);
    return VS_OK;
}

struct vs__input vs__input_of(const void *bytes, size_t n)
{
    union {
        const void *in;
        void *out;
    } unconst = {bytes}; /* memory_read_at only reads */
    const struct vs__input in = {memory_read_at, NULL, unconst.out, (int64_t)n,
                                 "memory"};

    return in;
}
