/* history.c - histories of many processes on a few names, each explained by an
 * order of its calls.
 *
 *     concurrency_history [--brief | --short | --long] [--plant BUG]
 *
 * Eight processes make, get, open, read, write, add to, swap, rename and delete
 * variables of three names, and write down when each call began and ended and
 * what it told. There must be one order of all calls that explains it
 * (linear.h). A state is a history of some 1,600 calls.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "linear.h"
#include "support.h"
#include "varstore/varstore.h"

#define N_PROCESSES 8
#define N_CALLS     200 /* of each */
#define N_HANDLES   3   /* that each keeps */
#define PATIENCE    120000

static const int64_t n_histories[] = {
    [FORM_BRIEF] = 3, [FORM_SHORT] = 100, [FORM_LONG] = 1000};
static const char *const names[LINEAR_NAMES] = {"a", "b", "s/c"};

/* What one process wrote down, in memory that all share. */
struct log {
    int n;
    struct linear_call calls[N_CALLS];
    char words[300]; /* of a call that failed as none may; or "" */
};

struct actor {
    struct log *log;
    const char *plant;
    vs_store *store;
    vs_context *ctx;
    uint64_t dice;
    uint64_t values; /* where the generator of values stands */
    vs_variable *handles[N_HANDLES];
    int64_t ids[N_HANDLES];
};

static int64_t now_ns(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static unsigned roll(struct actor *a, unsigned n)
{
    a->dice = a->dice * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(a->dice >> 33) % n;
}

static bool plants(const struct actor *a, const char *bug)
{
    return a->plant != NULL && strcmp(a->plant, bug) == 0;
}

/* What a status tells, if it is one that may be told. */
static void tell(struct actor *a, struct linear_call *c, vs_status st)
{
    c->ended_ns = now_ns();
    switch (st) {
    case VS_OK:
        c->outcome = LINEAR_OK;
        return;
    case VS_ERR_EXISTS:
        c->outcome = LINEAR_EXISTS;
        return;
    case VS_ERR_NOTFOUND:
        c->outcome = LINEAR_NONE;
        return;
    case VS_ERR_STALE:
        c->outcome = LINEAR_STALE;
        return;
    case VS_ERR_CONFLICT:
        c->outcome = LINEAR_CONFLICT;
        return;
    default:
        break;
    }
    (void)snprintf(a->log->words, sizeof a->log->words, "%s: %.240s",
                   vs_status_word(st), vs_store_error(a->store)->message);
}

static vs_view scalar_view(int64_t *x)
{
    const vs_shape scalar = vs_shape_scalar();

    return vs_view_of(VS_I64, &scalar, x);
}

/* The handle that a call got, and which variable it is. */
static void keep(struct actor *a, struct linear_call *c, vs_variable *v)
{
    const vs_variable_info *info = NULL;
    const unsigned at = roll(a, N_HANDLES);

    c->id = vs_variable_describe(v, &info) == VS_OK ? info->id : 0;
    vs_variable_free(a->handles[at]);
    a->handles[at] = c->id != 0 ? v : NULL; /* gone already */
    a->ids[at] = c->id;
    if (c->id == 0)
        vs_variable_free(v);
}

static void get_one(struct actor *a, struct linear_call *c)
{
    const bool only = c->kind == LINEAR_CREATE;
    const vs_scope_options mode = {.reuse =
                                       only ? VS_REUSE_NONE : VS_REUSE_AUTO};
    const vs_view view = scalar_view(&c->value);
    const vs_variable_spec spec = {.initializer = vs_value(&view)};
    vs_variable *v = NULL;
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, a->ctx, "", &mode)
        st = vs_get_variable(a->ctx, names[c->name], &spec, &v);
    tell(a, c, st);
    if (st == VS_OK)
        keep(a, c, v);
}

static void open_one(struct actor *a, struct linear_call *c)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open(a->store, names[c->name], &v);

    tell(a, c, st);
    if (st == VS_OK)
        keep(a, c, v);
}

/* All values in one read transaction. */
static vs_status snapshot(struct actor *a, struct linear_call *c)
{
    vs_status st = vs_store_begin(a->store, VS_TXN_READ);
    vs_status ended;

    if (st != VS_OK)
        return st;
    for (int i = 0; i < LINEAR_NAMES && st == VS_OK; i++) {
        const vs_view view = scalar_view(&c->all[i]);
        vs_variable *v = NULL;

        c->all[i] = 0;
        st = vs_variable_open(a->store, names[i], &v);
        if (st == VS_OK)
            st = vs_variable_read(v, &view);
        else if (st == VS_ERR_NOTFOUND)
            st = VS_OK;
        vs_variable_free(v);
    }
    ended = vs_store_commit(a->store);
    return st != VS_OK ? st : ended;
}

/* Value and version of one snapshot, then the swap, which is the call. */
static vs_status swap(struct actor *a, struct linear_call *c, vs_variable *v)
{
    const vs_view into = scalar_view(&c->expected);
    const vs_view from = scalar_view(&c->value);
    int64_t version = 0;
    vs_status st = vs_store_begin(a->store, VS_TXN_READ);
    vs_status ended;

    if (st != VS_OK)
        return st;
    st = vs_variable_version(v, &version);
    if (st == VS_OK)
        st = vs_variable_read(v, &into);
    ended = vs_store_commit(a->store);
    if (st != VS_OK || ended != VS_OK)
        return st != VS_OK ? st : ended;
    c->began_ns = now_ns();
    return vs_variable_compare_and_swap(v, version, &from, NULL);
}

static vs_status use_handle(struct actor *a, struct linear_call *c,
                            vs_variable *v)
{
    const vs_view view = scalar_view(&c->value);

    switch (c->kind) {
    case LINEAR_READ:
        return vs_variable_read(v, &view);
    case LINEAR_ADD:
        return vs_variable_assign_add(v, &view);
    case LINEAR_SWAP:
        return swap(a, c, v);
    default:
        if (plants(a, "lost-write") && roll(a, 20) == 0)
            return VS_OK;
        return vs_variable_write(v, &view);
    }
}

/* A value that no other call has, nor the sum of any: splitmix64. Sums of all
 * calls still fit. */
static int64_t new_value(struct actor *a)
{
    uint64_t x = a->values += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (int64_t)((x ^ (x >> 31)) >> 14) + 1;
}

/* One call; false: it had no handle. */
static bool act(struct actor *a, struct linear_call *c)
{
    static const enum linear_kind often[] = {
        LINEAR_GET,    LINEAR_GET,    LINEAR_CREATE, LINEAR_OPEN,
        LINEAR_DELETE, LINEAR_RENAME, LINEAR_READ,   LINEAR_READ,
        LINEAR_READ,   LINEAR_WRITE,  LINEAR_WRITE,  LINEAR_WRITE,
        LINEAR_ADD,    LINEAR_SWAP,   LINEAR_SWAP,   LINEAR_SNAPSHOT};
    const unsigned at = roll(a, N_HANDLES);

    memset(c, 0, sizeof *c);
    c->kind = often[roll(a, sizeof often / sizeof often[0])];
    c->name = (int)roll(a, LINEAR_NAMES);
    c->other = (c->name + 1 + (int)roll(a, LINEAR_NAMES - 1)) % LINEAR_NAMES;
    c->value = new_value(a);
    c->began_ns = now_ns();
    switch (c->kind) {
    case LINEAR_GET:
    case LINEAR_CREATE:
        get_one(a, c);
        return true;
    case LINEAR_OPEN:
        open_one(a, c);
        return true;
    case LINEAR_DELETE:
        tell(a, c, vs_variable_delete(a->store, names[c->name]));
        return true;
    case LINEAR_RENAME:
        tell(a, c,
             vs_variable_rename(a->store, names[c->name], names[c->other]));
        return true;
    case LINEAR_SNAPSHOT:
        tell(a, c, snapshot(a, c));
        return true;
    default:
        if (a->handles[at] == NULL)
            return false;
        c->id = a->ids[at];
        tell(a, c, use_handle(a, c, a->handles[at]));
        return true;
    }
}

/* A process. */
static void play(const char *path, struct log *log, int me, const char *plant)
{
    const vs_store_options options = {
        .mode = VS_OPEN_CREATE, .busy_ms = PATIENCE, .threads = 1};
    struct actor a = {.log = log,
                      .plant = plant,
                      .dice = (uint64_t)now_ns() + (uint64_t)me,
                      .values = (uint64_t)me << 48};
    vs_error err = {0};
    vs_status st = vs_store_open(path, &options, &a.store, &err);

    if (st != VS_OK || vs_context_new(a.store, &a.ctx) != VS_OK) {
        (void)snprintf(log->words, sizeof log->words, "open: %.280s",
                       err.message);
        return;
    }
    while (log->n < N_CALLS && log->words[0] == '\0')
        log->n += act(&a, &log->calls[log->n]);
    for (int i = 0; i < N_HANDLES; i++)
        vs_variable_free(a.handles[i]);
    vs_context_free(a.ctx);
    vs_store_close(a.store);
}

/* -------- The parent. */

static void run_processes(const char *path, struct log *logs, const char *plant)
{
    memset(logs, 0, N_PROCESSES * sizeof *logs);
    (void)fflush(NULL);
    for (int i = 0; i < N_PROCESSES; i++) {
        const pid_t pid = fork();

        if (pid < 0)
            exit(2);
        if (pid == 0) {
            play(path, &logs[i], i, plant);
            _exit(0);
        }
    }
    for (int i = 0; i < N_PROCESSES; i++) {
        int how = 0;

        while (wait(&how) < 0 && errno == EINTR)
            continue;
        if (!WIFEXITED(how))
            (void)snprintf(logs[0].words, sizeof logs[0].words,
                           "a process got signal %d", WTERMSIG(how));
    }
}

/* For the test of the checker: one read of all tells what was before. */
static void spoil(struct linear_call *calls, int n)
{
    for (int i = n / 2; i < n; i++)
        if (calls[i].kind == LINEAR_READ && calls[i].outcome == LINEAR_OK) {
            calls[i].value--;
            return;
        }
}

static void judge(struct harness *h, const struct log *logs)
{
    static struct linear_call calls[N_PROCESSES * N_CALLS];
    int stuck = 0;
    int n = 0;

    for (int i = 0; i < N_PROCESSES; i++) {
        if (logs[i].words[0] != '\0')
            harness_violation(h, "history %lld: %s", (long long)h->n_states,
                              logs[i].words);
        memcpy(calls + n, logs[i].calls, (size_t)logs[i].n * sizeof calls[0]);
        n += logs[i].n;
    }
    if (harness_plants(h, "another-value"))
        spoil(calls, n);
    if (linear_explains(calls, n, &stuck))
        return;
    harness_violation(h,
                      "history %lld: no order explains call %d of process %d: "
                      "kind %d, outcome %d, name %d, variable %lld, value %lld",
                      (long long)h->n_states, stuck % N_CALLS, stuck / N_CALLS,
                      (int)calls[stuck].kind, (int)calls[stuck].outcome,
                      calls[stuck].name, (long long)calls[stuck].id,
                      (long long)calls[stuck].value);
}

static void check(struct harness *h, const char *path)
{
    const vs_check_options options = {.read_data = true};
    vs_check_report report = {.n_damages = 1};
    vs_store *store = NULL;

    if (vs_store_open(path, NULL, &store, NULL) != VS_OK ||
        vs_check(store, &options, &report) != VS_OK || report.n_damages != 0)
        harness_violation(h, "history %lld: the store is damaged",
                          (long long)h->n_states);
    vs_store_close(store);
}

int main(int argc, char **argv)
{
    struct log *logs =
        mmap(NULL, N_PROCESSES * sizeof *logs, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct harness h;

    harness_begin(&h, "concurrency.history", argc, argv);
    while (logs != MAP_FAILED && h.n_states < n_histories[h.form] &&
           h.n_violations == 0) {
        void *folder = NULL;
        const char *path;

        if (test_dir_setup(&folder) != 0)
            return 2;
        path = test_path(&folder, "h.vars.db");
        run_processes(path, logs, h.plant);
        judge(&h, logs);
        check(&h, path);
        (void)test_dir_teardown(&folder);
        h.n_states++;
    }
    return harness_end(&h);
}
