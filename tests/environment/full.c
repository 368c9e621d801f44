/* full.c - a disk that fills up: each size of its free space, in steps of 4 KiB,
 * from nothing to more than is needed. A tmpfs, whose size is set anew each
 * time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "environment.h"

#define STEP  4096
#define SMALL ((size_t)4 << 20)  /* a save through the log */
#define BULK  ((size_t)36 << 20) /* one past the log: see lib/src/db/bulk.c */

struct full {
    char mount[ENV_PATH];
    char path[ENV_PATH]; /* of the store on it */
    uint8_t *base;       /* n_base bytes of the store, with state 0 */
    size_t n_base;
    size_t n; /* bytes of a state */
};

/* Leaves `free` bytes for what is to be written; -1: as many as it likes. */
static bool set_free(const struct full *f, int64_t free)
{
    struct statvfs info;
    char option[64];

    if (statvfs(f->mount, &info) != 0)
        return false;
    (void)snprintf(
        option, sizeof option, "size=%lld",
        free < 0 ? (long long)1 << 30
                 : (long long)((info.f_blocks - info.f_bfree) * info.f_frsize) +
                       (long long)free);
    return mount("tmpfs", f->mount, NULL, MS_REMOUNT, option) == 0;
}

static bool keep_base(struct full *f)
{
    const int fd = open(f->path, O_RDONLY);
    struct stat info;
    bool done;

    if (fd < 0 || fstat(fd, &info) != 0)
        return false;
    f->n_base = (size_t)info.st_size;
    f->base = malloc(f->n_base);
    done =
        f->base != NULL && read(fd, f->base, f->n_base) == (ssize_t)f->n_base;
    (void)close(fd);
    return done;
}

static bool put_base(const struct full *f)
{
    int fd;
    bool done;

    env_remove(f->path);
    if (!set_free(f, -1) ||
        (fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL, 0666)) < 0)
        return false;
    done = write(fd, f->base, f->n_base) == (ssize_t)f->n_base;
    (void)close(fd);
    return done;
}

/* What a call may say when there is no room. */
static void expect_full(struct env *e, vs_status st, const char *words,
                        const char *when)
{
    if (st != VS_OK && st != VS_ERR_FULL)
        env_violation(e, "%s: says '%s': %s", when, vs_status_word(st), words);
}

/* One free size. True if the save went through. */
static bool try_size(struct env *e, const struct full *f, int64_t free,
                     bool open_before)
{
    vs_store *store = NULL;
    vs_error err = {0};
    vs_status st = VS_OK;
    char when[80];

    (void)snprintf(when, sizeof when, "%lld bytes free%s%s", (long long)free,
                   open_before ? ", opened before" : "",
                   f->n == BULK ? ", big" : "");
    e->n_states++;
    if (!put_base(f)) {
        env_violation(e, "%s: the test itself has no room", when);
        return true;
    }
    if (open_before)
        st = env_open(f->path, VS_OPEN_WRITE, &store, &err);
    if (!set_free(f, free))
        env_violation(e, "%s: cannot be set", when);
    env_wrong.full_swallowed = env_plants(e, "swallowed");
    if (st == VS_OK && store == NULL)
        st = env_open(f->path, VS_OPEN_WRITE, &store, &err);
    expect_full(e, st, err.message, when);
    if (st == VS_OK) {
        st = env_save(store, 1, f->n);
        expect_full(e, st, vs_store_error(store)->message, when);
        env_expect(e, store, st == VS_OK ? 1 : 0, f->n, when);
    }
    env_wrong.full_swallowed = false;
    if (!set_free(f, -1))
        env_violation(e, "%s: cannot be set back", when);
    if (store != NULL && st != VS_OK && env_save(store, 1, f->n) != VS_OK)
        env_violation(e, "%s: with room again: %s", when,
                      vs_store_error(store)->message);
    vs_store_close(store);
    env_expect_at(e, f->path, store != NULL ? 1 : 0, f->n, when);
    return st == VS_OK;
}

static void sweep(struct env *e, struct full *f, size_t n, long stride)
{
    int n_through = 0;

    f->n = n;
    env_remove(f->path);
    if (!set_free(f, -1) || !env_make(e, f->path, n) || !keep_base(f)) {
        env_violation(e, "no store on %s", f->mount);
        return;
    }
    for (int64_t k = 0; n_through < 3 && !env_enough(e); k++)
        n_through =
            try_size(e, f, k * stride * STEP, k % 2 != 0) ? n_through + 1 : 0;
    free(f->base);
    f->base = NULL;
}

static void on_tmpfs(struct env *e, void *ctx)
{
    struct full f = {.base = NULL};
    const char *why = env_unshare();

    (void)ctx;
    (void)snprintf(f.mount, sizeof f.mount, "%.480s/full", e->dir);
    (void)snprintf(f.path, sizeof f.path, "%.480s/full/a.db", e->dir);
    if (why == NULL && mkdir(f.mount, 0777) != 0)
        why = strerror(errno);
    if (why == NULL && mount("tmpfs", f.mount, "tmpfs", 0, "size=1g") != 0)
        why = strerror(errno);
    if (why != NULL) {
        env_skip(e, "a tmpfs (but see environment.limits)", why);
    } else {
        sweep(e, &f, SMALL, env_of(e, 53, 7, 1));
        sweep(e, &f, BULK, env_of(e, 2111, 307, 31));
        (void)umount(f.mount);
    }
    (void)rmdir(f.mount);
}

void env_full(struct env *e)
{
    env_in_child(e, on_tmpfs, NULL);
}
