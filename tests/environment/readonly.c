/* readonly.c - a file system that cannot be written (EROFS): a bind mount for
 * reading only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"

#define BYTES ((size_t)1 << 20)

enum leftover { NOTHING, LOG, JOURNAL };

struct readonly {
    char behind[ENV_PATH]; /* the folder, as it can be written */
    char mount[ENV_PATH];  /* where it cannot */
    char inside[ENV_PATH]; /* the store behind the mount */
    char path[ENV_PATH];   /* the store on it */
};

/* Makes state 1, and dies with the log full. */
static void save_and_die(struct env *e, void *ctx)
{
    const struct readonly *r = ctx;
    vs_store *store = NULL;
    vs_error err;

    if (env_open(r->inside, VS_OPEN_WRITE, &store, &err) != VS_OK ||
        env_save(store, 1, BYTES) != VS_OK)
        env_violation(e, "the store cannot be prepared");
}

static bool prepare(struct env *e, struct readonly *r, enum leftover left)
{
    char name[ENV_PATH + 16];
    int fd;

    env_remove(r->inside);
    if (!env_make(e, r->inside, BYTES))
        return false;
    if (left == LOG)
        env_in_child(e, save_and_die, r);
    if (left == JOURNAL) {
        (void)snprintf(name, sizeof name, "%s-journal", r->inside);
        fd = open(name, O_WRONLY | O_CREAT, 0666);
        if (fd < 0 || write(fd, "not zero", 8) != 8)
            return false;
        (void)close(fd);
    }
    return true;
}

/* A number that changes with any file in the folder; SQLite's shared memory is
 * nobody's data. */
static uint64_t print_of(const struct readonly *r)
{
    static const char *const endings[] = {"", "-wal", "-journal"};
    uint64_t print = 14695981039346656037u;

    for (size_t i = 0; i < 3; i++) {
        char name[ENV_PATH + 16];
        uint8_t bytes[4096];
        ssize_t n;
        int fd;

        (void)snprintf(name, sizeof name, "%s%s", r->inside, endings[i]);
        fd = open(name, O_RDONLY);
        while (fd >= 0 && (n = read(fd, bytes, sizeof bytes)) > 0)
            for (ssize_t k = 0; k < n; k++)
                print = (print ^ bytes[k]) * 1099511628211u;
        if (fd >= 0)
            (void)close(fd);
        print = (print ^ (uint64_t)(fd >= 0)) * 1099511628211u;
    }
    return print;
}

static void refuse(struct env *e, const char *path, vs_open_mode mode,
                   const char *when)
{
    vs_store *store = NULL;
    vs_error err = {0};
    vs_status st = env_open(path, mode, &store, &err);

    e->n_states++;
    if (st == VS_OK)
        st = env_save(store, 2, BYTES);
    if (st != VS_ERR_READONLY)
        env_violation(e, "%s: says '%s': %s", when, vs_status_word(st),
                      err.message);
    vs_store_close(store);
}

/* A reader sees the newest state, or says why he cannot. */
static void look(struct env *e, const struct readonly *r, enum leftover left)
{
    vs_store *store = NULL;
    vs_error err = {0};
    const vs_status st = env_open(r->path, VS_OPEN_READ, &store, &err);

    e->n_states++;
    if (st == VS_OK)
        env_expect(e, store, left == LOG ? 1 : 0, BYTES, "read-only");
    else if (left == NOTHING || (st != VS_ERR_READONLY && st != VS_ERR_BUSY))
        env_violation(e, "reading says '%s': %s", vs_status_word(st),
                      err.message);
    vs_store_close(store);
}

static void try_leftover(struct env *e, struct readonly *r, enum leftover left)
{
    char other[ENV_PATH];
    uint64_t before;

    (void)snprintf(other, sizeof other, "%.490s/new.db", r->mount);
    if (!prepare(e, r, left))
        return;
    if (mount(r->behind, r->mount, NULL, MS_BIND, NULL) != 0 ||
        (!env_plants(e, "not-mounted") &&
         mount(NULL, r->mount, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) !=
             0)) {
        env_violation(e, "the mount: %s", strerror(errno));
        return;
    }
    before = print_of(r);
    look(e, r, left);
    refuse(e, r->path, VS_OPEN_WRITE, "opening for writing");
    refuse(e, r->path, VS_OPEN_CREATE, "opening or creating");
    refuse(e, other, VS_OPEN_CREATE_NEW, "creating");
    look(e, r, left);
    if (print_of(r) != before)
        env_violation(e, "a file has changed");
    env_remove(other);
    (void)umount(r->mount);
    if (left ==
        JOURNAL) { /* of no writer: he who may write does away with it */
        env_expect_at(e, r->inside, 0, BYTES, "writable again");
        return;
    }
    env_expect_at(e, r->inside, left == LOG ? 1 : 0, BYTES, "writable again");
}

static void on_mount(struct env *e, void *ctx)
{
    const char *why = env_unshare();
    struct readonly r;

    (void)ctx;
    if (why != NULL) {
        env_skip(e, "a mount for reading only", why);
        return;
    }
    (void)snprintf(r.behind, sizeof r.behind, "%.480s/behind", e->dir);
    (void)snprintf(r.mount, sizeof r.mount, "%.480s/mount", e->dir);
    (void)snprintf(r.inside, sizeof r.inside, "%.480s/behind/a.db", e->dir);
    (void)snprintf(r.path, sizeof r.path, "%.480s/mount/a.db", e->dir);
    if (mkdir(r.behind, 0777) != 0 || mkdir(r.mount, 0777) != 0)
        env_violation(e, "no folder: %s", strerror(errno));
    for (enum leftover left = NOTHING; left <= JOURNAL && !env_enough(e);
         left++)
        try_leftover(e, &r, left);
    env_remove(r.inside);
    (void)rmdir(r.behind);
    (void)rmdir(r.mount);
}

void env_readonly(struct env *e)
{
    env_in_child(e, on_mount, NULL);
}
