/* users.c - whose files: the umask, and users who may only read.
 *
 * The files beside a store have its mode, so that whoever may use the one may
 * use the others.
 */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"

#define BYTES  ((size_t)1 << 20)
#define NOBODY 65534

static int mode_of(const char *path, const char *ending)
{
    char name[ENV_PATH + 16];
    struct stat info;

    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    return stat(name, &info) == 0 ? (int)(info.st_mode & 0777) : -1;
}

static void try_umask(struct env *e, mode_t mask)
{
    const int want = 0666 & ~(int)mask;
    const mode_t old = umask(mask);
    char log[ENV_PATH + 16];
    vs_store *store = NULL;
    vs_error err = {0};

    e->n_states++;
    env_remove(e->store);
    (void)snprintf(log, sizeof log, "%s-wal", e->store);
    if (env_make(e, e->store, BYTES) &&
        env_open(e->store, VS_OPEN_WRITE, &store, &err) == VS_OK) {
        static const char *const endings[] = {"", "-wal", "-shm"};

        (void)umask(0); /* what it is later does not matter */
        if (env_save(store, 1, BYTES) != VS_OK)
            env_violation(e, "umask %03o: %s", (unsigned)mask,
                          vs_store_error(store)->message);
        if (env_plants(e, "other-mode"))
            (void)chmod(log, 0604);
        for (size_t i = 0; i < 3; i++)
            if (mode_of(e->store, endings[i]) != want)
                env_violation(e, "umask %03o: store%s has mode %03o",
                              (unsigned)mask, endings[i],
                              (unsigned)mode_of(e->store, endings[i]));
    }
    vs_store_close(store);
    (void)umask(old);
}

/* What a user who is not the owner can do. */
struct stranger {
    mode_t folder;
    mode_t file;
    bool log; /* the store was left with its newest state in the log */
};

static bool may_read(const struct stranger *s)
{
    return (s->folder & 1) != 0 && (s->file & 4) != 0;
}

/* In a folder where he can make no files those that are there may do. */
static bool may_write(const struct stranger *s)
{
    return (s->file & 2) != 0 && may_read(s);
}

static void as_stranger(struct env *e, void *ctx)
{
    const struct stranger *s = ctx;
    vs_store *store = NULL;
    vs_error err = {0};
    vs_status st;
    char when[80];

    (void)snprintf(when, sizeof when, "a stranger, folder %03o, file %03o%s",
                   (unsigned)s->folder, (unsigned)s->file,
                   s->log ? ", with a log" : "");
    if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0) {
        env_violation(e, "%s: nobody cannot be had", when);
        return;
    }
    e->n_states++;
    st = env_open(e->store, VS_OPEN_READ, &store, &err);
    if (st == VS_OK && !may_read(s))
        env_violation(e, "%s: may read", when);
    else if (st == VS_OK)
        env_expect(e, store, 1, BYTES, when);
    else if (may_read(s) && !(s->log && st == VS_ERR_READONLY))
        env_violation(e, "%s: reading says '%s': %s", when, vs_status_word(st),
                      err.message);
    vs_store_close(store);
    store = NULL;
    st = env_open(e->store, VS_OPEN_WRITE, &store, &err);
    if (st == VS_OK)
        st = env_save(store, 1, BYTES);
    if ((st == VS_OK && !may_write(s)) ||
        (st != VS_OK && may_write(s) && (s->folder & 2) != 0) ||
        (st != VS_OK && st != VS_ERR_PERM && st != VS_ERR_READONLY))
        env_violation(e, "%s: writing says '%s': %s", when, vs_status_word(st),
                      err.message);
    vs_store_close(store);
}

static void save_and_die(struct env *e, void *ctx)
{
    vs_store *store = NULL;
    vs_error err;

    (void)ctx;
    if (env_open(e->store, VS_OPEN_WRITE, &store, &err) != VS_OK ||
        env_save(store, 1, BYTES) != VS_OK)
        env_violation(e, "the store cannot be prepared");
}

static void set_modes(const struct env *e, mode_t file)
{
    static const char *const endings[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < 3; i++) {
        char name[ENV_PATH + 16];

        (void)snprintf(name, sizeof name, "%s%s", e->store, endings[i]);
        (void)chmod(name, file);
    }
}

static void try_stranger(struct env *e, struct stranger s)
{
    vs_store *store = NULL;
    vs_error err;

    env_remove(e->store);
    if (!env_make(e, e->store, BYTES))
        return;
    if (s.log)
        env_in_child(e, save_and_die, NULL);
    else if (env_open(e->store, VS_OPEN_WRITE, &store, &err) != VS_OK ||
             env_save(store, 1, BYTES) != VS_OK)
        env_violation(e, "the store cannot be prepared");
    vs_store_close(store);
    set_modes(e, s.file);
    (void)chmod(e->dir, s.folder);
    env_in_child(e, as_stranger, &s);
    (void)chmod(e->dir, 0755);
    env_expect_at(e, e->store, 1, BYTES, "its owner, after a stranger");
}

void env_users(struct env *e)
{
    static const mode_t masks[] = {0000, 0002, 0022, 0027, 0077, 0007, 0026};
    static const mode_t folders[] = {0777, 0755, 0700};
    static const mode_t files[] = {0666, 0644, 0600};

    for (size_t i = 0; i < sizeof masks / sizeof masks[0] && !env_enough(e);
         i++)
        try_umask(e, masks[i]);
    if (geteuid() != 0) {
        env_skip(e, "other users", "only root can become one");
        return;
    }
    for (size_t i = 0; i < 9 && !env_enough(e); i++)
        for (int log = 0; log < 2; log++)
            try_stranger(e, (struct stranger){.folder = folders[i / 3],
                                              .file = files[i % 3],
                                              .log = log != 0});
}
