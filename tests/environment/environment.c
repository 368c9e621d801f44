/* environment.c - what the harnesses share; see environment.h. */
#include "environment.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_VARIABLES 4
#define MOST_TOLD   12 /* violations */

long env_of(const struct env *e, long brief, long small, long all)
{
    return e->form == ENV_BRIEF ? brief : e->form == ENV_SHORT ? small : all;
}

bool env_plants(const struct env *e, const char *bug)
{
    return e->plant != NULL && strcmp(e->plant, bug) == 0;
}

void env_violation(struct env *e, const char *format, ...)
{
    va_list args;

    if (++e->n_violations > MOST_TOLD || e->plant != NULL)
        return;
    va_start(args, format);
    (void)fprintf(stderr, "%s: ", e->name);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

bool env_enough(const struct env *e)
{
    return e->n_violations >= (e->plant != NULL ? 1 : 100);
}

void env_skip(const struct env *e, const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: NOT RUN: %s: %s\n", e->name, what, why);
}

/* -------- Stores. */

vs_status env_open(const char *path, vs_open_mode mode, vs_store **out,
                   vs_error *err)
{
    const vs_store_options options = {.mode = mode,
                                      .busy_ms = 2000,
                                      .chunk_bytes = 256 << 10,
                                      .program = "environment",
                                      .seed = 1,
                                      .threads = 2};

    return vs_store_open(path, &options, out, err);
}

/* Noise (splitmix64), which nothing makes smaller but for its exponent. */
static float element(int64_t state, size_t i)
{
    uint64_t x = ((uint64_t)state << 40 | i) * 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return 1.0f + (float)(x >> 41) / 8388608.0f;
}

/* The views of a state, over one block of memory; free() it. */
static float *items_of(size_t n, vs_state_item *items, vs_shape *shape)
{
    static const char *const names[] = {"net/a", "net/b", "opt/a", "opt/b"};
    const size_t each = n / N_VARIABLES / sizeof(float);
    float *memory = calloc(each * N_VARIABLES, sizeof *memory);

    if (memory == NULL)
        return NULL;
    *shape = vs_shape_1d((int64_t)each);
    for (size_t i = 0; i < N_VARIABLES; i++) {
        memset(&items[i], 0, sizeof items[i]);
        items[i].name = names[i];
        items[i].view = vs_view_of(VS_F32, shape, memory + i * each);
    }
    return memory;
}

vs_status env_save(vs_store *store, int64_t state, size_t n)
{
    const size_t n_elements = n / N_VARIABLES / sizeof(float) * N_VARIABLES;
    vs_save_options label = VS_SAVE_OPTIONS_INIT;
    vs_state_save_options options = {.reuse = VS_REUSE_AUTO,
                                     .checkpoint = &label};
    vs_state_item items[N_VARIABLES];
    vs_shape shape;
    float *memory = items_of(n, items, &shape);
    vs_status st;

    if (memory == NULL)
        return VS_ERR_NOMEM;
    for (size_t i = 0; i < n_elements; i++)
        memory[i] = element(state, i);
    label.step = state;
    st = vs_state_save(store, items, N_VARIABLES, &options, NULL);
    free(memory);
    return st;
}

bool env_make(struct env *e, const char *path, size_t n)
{
    vs_store *store = NULL;
    vs_error err = {0};
    bool made = env_open(path, VS_OPEN_CREATE_NEW, &store, &err) == VS_OK;

    if (!made)
        env_violation(e, "no store can be made: %s", err.message);
    else if (!(made = env_save(store, 0, n) == VS_OK))
        env_violation(e, "the first save: %s", vs_store_error(store)->message);
    vs_store_close(store);
    return made;
}

/* The step of the newest checkpoint; -1: there is none. */
static vs_status newest_step(vs_store *store, int64_t *step)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_status st = vs_checkpoint_list_open(store, &list);

    *step = -1;
    if (st == VS_OK && (st = vs_checkpoint_list_next(list, &info)) == VS_OK)
        *step = info->step;
    vs_checkpoint_list_close(list);
    return st == VS_DONE ? VS_OK : st;
}

void env_expect(struct env *e, vs_store *store, int64_t state, size_t n,
                const char *when)
{
    const size_t n_elements = n / N_VARIABLES / sizeof(float) * N_VARIABLES;
    vs_state_item items[N_VARIABLES];
    vs_shape shape;
    float *memory = items_of(n, items, &shape);
    int64_t step = -1;
    size_t same = 0;
    vs_status st;

    if (memory == NULL) {
        env_violation(e, "%s: the test has no memory", when);
        return;
    }
    st = vs_state_load(store, items, N_VARIABLES, NULL);
    if (st == VS_OK)
        st = newest_step(store, &step);
    while (st == VS_OK && same < n_elements &&
           memcmp(&memory[same], &(float){element(state, same)},
                  sizeof(float)) == 0)
        same++;
    free(memory);
    if (st != VS_OK)
        env_violation(e, "%s: state %lld cannot be read: %s", when,
                      (long long)state, vs_store_error(store)->message);
    else if (same < n_elements || step != state)
        env_violation(e, "%s: not state %lld: %zu of %zu values, step %lld",
                      when, (long long)state, same, n_elements,
                      (long long)step);
}

static void on_damage(const vs_damage *damage, void *ctx)
{
    env_violation(ctx, "damage: %s: %s",
                  damage->name != NULL ? damage->name : "-", damage->what);
}

void env_expect_at(struct env *e, const char *path, int64_t state, size_t n,
                   const char *when)
{
    const vs_check_options options = {
        .read_data = true, .on_damage = on_damage, .ctx = e};
    vs_store *store = NULL;
    vs_error err = {0};

    if (env_open(path, VS_OPEN_WRITE, &store, &err) != VS_OK) {
        env_violation(e, "%s: cannot be opened again: %s", when, err.message);
        return;
    }
    env_expect(e, store, state, n, when);
    if (vs_check(store, &options, NULL) != VS_OK)
        env_violation(e, "%s: cannot be checked: %s", when,
                      vs_store_error(store)->message);
    vs_store_close(store);
}

void env_remove(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < 4; i++) {
        char name[ENV_PATH + 16];

        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
}

/* -------- Processes. */

void env_in_child(struct env *e, void (*body)(struct env *e, void *ctx),
                  void *ctx)
{
    int64_t counts[2] = {e->n_states, e->n_violations};
    int fds[2];
    int how = -1;
    ssize_t got;
    pid_t pid;

    if (pipe(fds) != 0 || (pid = fork()) < 0) {
        env_violation(e, "no process can be made");
        return;
    }
    if (pid == 0) {
        (void)close(fds[0]);
        body(e, ctx);
        counts[0] = e->n_states;
        counts[1] = e->n_violations;
        _exit(write(fds[1], counts, sizeof counts) == sizeof counts ? 0 : 1);
    }
    (void)close(fds[1]);
    got = read(fds[0], counts, sizeof counts);
    (void)close(fds[0]);
    (void)waitpid(pid, &how, 0);
    e->n_states = counts[0];
    e->n_violations = counts[1];
    if (how != 0 || got != (ssize_t)sizeof counts)
        env_violation(e, "a process died, by signal %d or with code %d",
                      WIFSIGNALED(how) ? WTERMSIG(how) : 0,
                      WIFEXITED(how) ? WEXITSTATUS(how) : 0);
}

static bool write_text(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const size_t n = strlen(text);
    const bool done = fd >= 0 && write(fd, text, n) == (ssize_t)n;

    if (fd >= 0)
        (void)close(fd);
    return done;
}

/* Root has one of his own; others become root of a namespace of users. */
const char *env_unshare(void)
{
    const unsigned uid = (unsigned)geteuid();
    const unsigned gid = (unsigned)getegid();
    char map[64];

    if (uid == 0 && unshare(CLONE_NEWNS) != 0)
        return strerror(errno);
    if (uid != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return strerror(errno);
        (void)write_text("/proc/self/setgroups", "deny");
        (void)snprintf(map, sizeof map, "0 %u 1", uid);
        if (!write_text("/proc/self/uid_map", map))
            return "users cannot be mapped";
        (void)snprintf(map, sizeof map, "0 %u 1", gid);
        if (!write_text("/proc/self/gid_map", map))
            return "groups cannot be mapped";
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return strerror(errno);
    return NULL;
}
