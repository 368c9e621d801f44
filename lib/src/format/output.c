/* output.c - a temporary file beside the final one, synced, then renamed.
 *
 * Everything happens relative to the folder's descriptor: a parent that is
 * renamed meanwhile does not matter, and the folder that is synced is the one
 * that holds the file.
 */
#include "format/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fail.h"
#include "format/io.h"

#define BUFFER_BYTES ((size_t)128 << 10)
#define MAX_CALL     ((size_t)1 << 30) /* see input.c */
#define N_SUFFIX     6
#define MAX_TRIES    100
#define MAX_STEM     200 /* bytes of NAME in the temporary name */

struct vs__output {
    int dir;                   /* descriptor of the folder */
    int fd;                    /* of the temporary file; -1 once closed */
    enum vs__output_mode mode; /* as given */
    int64_t size;              /* bytes added */
    size_t used;               /* bytes in the buffer */
    uint8_t *buffer;           /* BUFFER_BYTES */
    char *path;                /* final, as given, for words */
    const char *name;          /* its last component, in `path` */
    char temp[MAX_STEM + 16];  /* name of the temporary file; "" if none */
};

/* Opens the folder of the path, "." if it has none. */
static vs_status open_folder(struct vs__output *o, vs_error *err)
{
    const size_t n = (size_t)(o->name - o->path);
    char *folder = n == 0 ? vs__strdup(".") : vs__strdup(o->path);
    vs_status st = VS_OK;

    if (folder == NULL)
        return vs__fail_nomem(err);
    if (n > 0)
        folder[n] = '\0'; /* keeps the slash: "/" stays "/" */
    o->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (o->dir < 0)
        st = vs__fail_errno(err, errno, "open the folder", folder);
    vs__free(folder);
    return st;
}

static vs_status fail_exists(const struct vs__output *o, const char *what,
                             vs_error *err)
{
    return vs__fail(err, VS_ERR_EXISTS, "%s '%.400s' already exists", what,
                    o->path);
}

/* Tells early what commit would find out late. */
static vs_status check_target(const struct vs__output *o, vs_error *err)
{
    struct stat info;

    if (fstatat(o->dir, o->name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? VS_OK
                               : vs__fail_errno(err, errno, "examine", o->path);
    if (S_ISDIR(info.st_mode))
        return fail_exists(o, "a directory", err);
    if (o->mode == VS__OUTPUT_NEW)
        return fail_exists(o, "file", err);
    return VS_OK;
}

static void make_temp_name(struct vs__output *o, const uint8_t *random)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
    char suffix[N_SUFFIX + 1];

    for (int i = 0; i < N_SUFFIX; i++)
        suffix[i] = letters[random[i] % 32];
    suffix[N_SUFFIX] = '\0';
    (void)snprintf(o->temp, sizeof o->temp, ".%.*s.tmp-%s", MAX_STEM, o->name,
                   suffix);
}

static vs_status create_temp(struct vs__output *o, vs_error *err)
{
    int tries = 0;

    do {
        uint8_t random[N_SUFFIX];

        if (vs__random_bytes(random, sizeof random) != 0)
            return vs__fail(err, VS_ERR_IO, "no random bytes for a file name");
        make_temp_name(o, random);
        o->fd = openat(o->dir, o->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                       0666);
    } while (o->fd < 0 && errno == EEXIST && ++tries < MAX_TRIES);
    if (o->fd >= 0)
        return VS_OK;
    o->temp[0] = '\0';
    return vs__fail_errno(err, errno, "create a file beside", o->path);
}

vs_status vs__output_open(const char *path, enum vs__output_mode mode,
                          struct vs__output **out, vs_error *err)
{
    struct vs__output *o = vs__calloc(1, sizeof *o);
    const char *slash;
    vs_status st;

    if (o == NULL)
        return vs__fail_nomem(err);
    o->dir = -1;
    o->fd = -1;
    o->mode = mode;
    o->path = vs__strdup(path);
    o->buffer = vs__alloc(BUFFER_BYTES);
    if (o->path == NULL || o->buffer == NULL) {
        st = vs__fail_nomem(err);
        goto out;
    }
    slash = strrchr(o->path, '/');
    o->name = slash != NULL ? slash + 1 : o->path;
    if (o->name[0] == '\0') {
        st = vs__fail(err, VS_ERR_MISUSE, "'%.400s' names no file", path);
        goto out;
    }
    if ((st = open_folder(o, err)) == VS_OK &&
        (st = check_target(o, err)) == VS_OK)
        st = create_temp(o, err);
    if (st != VS_OK)
        goto out;
    *out = o;
    o = NULL;
out:
    vs__output_abandon(o);
    return st;
}

static vs_status write_all(const struct vs__output *o, const uint8_t *bytes,
                           size_t n, vs_error *err)
{
    while (n > 0) {
        const ssize_t put = write(o->fd, bytes, n < MAX_CALL ? n : MAX_CALL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return vs__fail_errno(err, errno, "write", o->path);
        bytes += put;
        n -= (size_t)put;
    }
    return VS_OK;
}

static vs_status flush(struct vs__output *o, vs_error *err)
{
    const size_t n = o->used;

    o->used = 0;
    return write_all(o, o->buffer, n, err);
}

vs_status vs__output_append(struct vs__output *o, const void *bytes, size_t n,
                            vs_error *err)
{
    vs_status st;

    if (n > BUFFER_BYTES - o->used) {
        if ((st = flush(o, err)) != VS_OK)
            return st;
    }
    if (n >= BUFFER_BYTES) {
        if ((st = write_all(o, bytes, n, err)) != VS_OK)
            return st;
    } else if (n > 0) {
        memcpy(o->buffer + o->used, bytes, n);
        o->used += n;
    }
    o->size += (int64_t)n;
    return VS_OK;
}

vs_status vs__output_amend(struct vs__output *o, int64_t at, const void *bytes,
                           size_t n, vs_error *err)
{
    const uint8_t *from = bytes;
    vs_status st = flush(o, err);

    while (st == VS_OK && n > 0) {
        const ssize_t put =
            pwrite(o->fd, from, n < MAX_CALL ? n : MAX_CALL, (off_t)at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return vs__fail_errno(err, errno, "write", o->path);
        from += put;
        at += put;
        n -= (size_t)put;
    }
    return st;
}

int64_t vs__output_size(const struct vs__output *o)
{
    return o->size;
}

/* Gives the temporary file its name unless the name is taken. Not every file
 * system knows the flag; where it does not, a second link does the same. */
static int name_if_free(struct vs__output *o)
{
#ifdef RENAME_NOREPLACE
    if (renameat2(o->dir, o->temp, o->dir, o->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
#endif
    if (linkat(o->dir, o->temp, o->dir, o->name, 0) != 0)
        return -1;
    (void)unlinkat(o->dir, o->temp, 0);
    return 0;
}

static vs_status give_name(struct vs__output *o, vs_error *err)
{
    const int failed = o->mode == VS__OUTPUT_NEW
                           ? name_if_free(o)
                           : renameat(o->dir, o->temp, o->dir, o->name);

    if (failed != 0 && errno == EEXIST)
        return fail_exists(o, "file", err);
    if (failed != 0)
        return vs__fail_errno(err, errno, "give the finished file its name",
                              o->path);
    o->temp[0] = '\0';
    return VS_OK;
}

static int sync_whole(int fd)
{
    int failed;

    do {
        failed = fsync(fd);
    } while (failed != 0 && errno == EINTR);
    return failed;
}

static vs_status sync_and_close(struct vs__output *o, vs_error *err)
{
    const int fd = o->fd;

    if (sync_whole(fd) != 0)
        return vs__fail_errno(err, errno, "sync", o->path);
    o->fd = -1;
    if (close(fd) != 0 && errno != EINTR)
        return vs__fail_errno(err, errno, "close", o->path);
    return VS_OK;
}

/* EINVAL: a file system whose folders cannot be synced, nor need it. Where it
 * fails, a name that is new is taken away again; a file that was replaced is
 * gone, and the new one has its name, whole. */
static vs_status sync_folder(const struct vs__output *o, vs_error *err)
{
    bool undone = o->mode == VS__OUTPUT_NEW;
    vs_error why;

    if (sync_whole(o->dir) == 0 || errno == EINVAL)
        return VS_OK;
    (void)vs__fail_errno(&why, errno, "sync the folder of", o->path);
    undone = undone && unlinkat(o->dir, o->name, 0) == 0;
    return vs__fail(err, why.status, "%s%s", why.message,
                    undone ? ""
                           : "; the file is there, complete, but the disk did "
                             "not confirm it");
}

vs_status vs__output_commit(struct vs__output *o, vs_error *err)
{
    vs_status st;

    if ((st = flush(o, err)) == VS_OK &&
        (st = sync_and_close(o, err)) == VS_OK &&
        (st = give_name(o, err)) == VS_OK)
        st = sync_folder(o, err);
    vs__output_abandon(o);
    return st;
}

void vs__output_abandon(struct vs__output *o)
{
    if (o == NULL)
        return;
    if (o->fd >= 0)
        (void)close(o->fd);
    if (o->temp[0] != '\0')
        (void)unlinkat(o->dir, o->temp, 0);
    if (o->dir >= 0)
        (void)close(o->dir);
    vs__free(o->path);
    vs__free(o->buffer);
    vs__free(o);
}
