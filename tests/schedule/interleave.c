/* interleave.c - all orders of calls of two processes on one store, to a depth.
 *
 * A process begins to read or to write, reads, writes, commits, rolls back,
 * flushes, closes and opens. After each call the model says what must have come
 * out: a reader sees the state of its beginning, a second writer is told that
 * it is busy, nothing that was committed is lost, nothing else appears.
 */
#include <stdio.h>
#include <string.h>

#include "ledger.h"
#include "steps.h"

enum call {
    OPEN,
    CLOSE,
    BEGIN_READ,
    BEGIN_WRITE,
    READ,
    WRITE,
    COMMIT,
    ROLLBACK,
    FLUSH,
    N_CALLS
};

static const char *const words[N_CALLS] = {
    "open",  "close",  "begin to read", "begin to write", "read",
    "write", "commit", "roll back",     "flush"};

#define MOST_DEPTH 8

/* One process, and what it must see. */
struct process {
    vs_store *store; /* NULL: closed */
    bool reading;    /* in a transaction */
    bool writing;
    int64_t sees;   /* the value, in a transaction */
    int64_t cached; /* of a planted bug: the value that was read first */
};

struct order {
    struct harness h;
    int depth;
    int calls[MOST_DEPTH]; /* process * N_CALLS + call */
    struct process p[2];
    int64_t value;   /* committed */
    int64_t written; /* the newest number that was ever written */
    struct disk_image *start;
};

static bool may(const struct order *o, int who, enum call call)
{
    const struct process *p = &o->p[who];
    const bool in = p->reading || p->writing;

    if (p->store == NULL)
        return call == OPEN;
    switch (call) {
    case OPEN:
        return false;
    case CLOSE: /* inside a transaction too */
    case READ:
        return true;
    case BEGIN_READ:
    case BEGIN_WRITE:
    case FLUSH:
        return !in;
    case WRITE:
        return !p->reading;
    case COMMIT:
    case ROLLBACK:
        return in;
    case N_CALLS:
        break;
    }
    return false;
}

static vs_status access_value(vs_store *store, bool write, int64_t *x)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_view view = vs_view_of(VS_I64, &scalar, x);
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(store, "x", &v);

    if (st == VS_OK)
        st = write ? vs_variable_write(v, &view) : vs_variable_read(v, &view);
    vs_variable_free(v);
    return st;
}

static void tell(struct order *o, int n, const char *what, int64_t got,
                 int64_t want)
{
    char text[256] = "";
    size_t used = 0;

    for (int i = 0; i <= n && used < sizeof text - 24; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%c: %s",
                                 i > 0 ? ", " : "", 'A' + o->calls[i] / N_CALLS,
                                 words[o->calls[i] % N_CALLS]);
    harness_violation(&o->h, "%s: %s: got %lld, want %lld", text, what,
                      (long long)got, (long long)want);
}

static vs_status begin(struct order *o, int who, bool write)
{
    struct process *p = &o->p[who];
    const vs_status st =
        vs_store_begin(p->store, write ? VS_TXN_WRITE : VS_TXN_READ);

    if (st != VS_OK)
        return st;
    p->reading = !write;
    p->writing = write;
    p->sees = o->value;
    return st;
}

static vs_status write_next(struct order *o, int who)
{
    struct process *p = &o->p[who];
    int64_t x = ++o->written;
    const vs_status st = access_value(p->store, true, &x);

    if (st != VS_OK)
        return st;
    if (p->writing)
        p->sees = x;
    else
        o->value = x;
    return st;
}

static vs_status end(struct order *o, int who, bool commit)
{
    struct process *p = &o->p[who];
    const vs_status st =
        commit ? vs_store_commit(p->store) : vs_store_rollback(p->store);

    if (p->writing && commit && st == VS_OK)
        o->value = p->sees;
    p->reading = p->writing = false;
    return st;
}

static vs_status open_it(struct process *p)
{
    vs_error err;

    return world_open(VS_OPEN_WRITE, VS_SYNC_FULL, &p->store, &err);
}

static void close_it(struct process *p)
{
    vs_store_close(p->store);
    memset(p, 0, sizeof *p);
}

/* One call; false: it broke the model. */
static bool run(struct order *o, int n)
{
    const int who = o->calls[n] / N_CALLS;
    const enum call call = (enum call)(o->calls[n] % N_CALLS);
    struct process *p = &o->p[who];
    const bool locked = o->p[1 - who].writing;
    int64_t x = -1;
    vs_status st = VS_OK;
    vs_status want = VS_OK;

    switch (call) {
    case OPEN:
        st = open_it(p);
        break;
    case CLOSE:
        close_it(p);
        break;
    case BEGIN_READ:
        st = begin(o, who, false);
        break;
    case BEGIN_WRITE:
        want = locked ? VS_ERR_BUSY : VS_OK;
        st = begin(o, who, true);
        break;
    case READ:
        st = access_value(p->store, false, &x);
        if (harness_plants(&o->h, "stale-value") && st == VS_OK)
            x = p->cached >= 0 ? p->cached : (p->cached = x);
        if (st == VS_OK && x != (p->reading || p->writing ? p->sees : o->value))
            tell(o, n, "another value", x, p->sees);
        break;
    case WRITE:
        want = locked && !p->writing ? VS_ERR_BUSY : VS_OK;
        st = write_next(o, who);
        break;
    case COMMIT:
    case ROLLBACK:
        st = end(o, who, call == COMMIT);
        break;
    case FLUSH:
        want = locked ? VS_ERR_BUSY : VS_OK;
        st = vs_store_flush(p->store);
        break;
    case N_CALLS:
        break;
    }
    if (st != want)
        tell(o, n, "another status", st, want);
    return st == want;
}

/* All of it from the start, then what is left. */
static void replay(struct order *o, int n)
{
    struct look look;
    int64_t x = -1;

    disk_load(o->start);
    disk_restart();
    o->value = o->written = 0;
    memset(o->p, 0, sizeof o->p);
    o->p[0].cached = o->p[1].cached = -1;
    if (open_it(&o->p[0]) != VS_OK)
        tell(o, -1, "the first cannot open it", 1, 0);
    for (int i = 0; i < n; i++)
        if (!run(o, i))
            break;
    close_it(&o->p[0]);
    close_it(&o->p[1]);
    o->h.n_states++;
    if (open_it(&o->p[0]) != VS_OK ||
        access_value(o->p[0].store, false, &x) != VS_OK || x != o->value)
        tell(o, n - 1, "in the end another value", x, o->value);
    if (o->p[0].store != NULL) {
        look_through(o->p[0].store, true, &look);
        if (!look_is_sound(&look))
            tell(o, n - 1, look.words, look.n_damages, 0);
    }
    close_it(&o->p[0]);
}

/* What the processes are after the first `n` calls, without running them. */
static void imagine(struct order *o, int n)
{
    static char any;
    vs_store *const somewhere = (vs_store *)(void *)&any;

    memset(o->p, 0, sizeof o->p);
    o->p[0].store = somewhere;
    for (int i = 0; i < n; i++) {
        const int who = o->calls[i] / N_CALLS;
        struct process *p = &o->p[who];

        switch ((enum call)(o->calls[i] % N_CALLS)) {
        case OPEN:
            p->store = somewhere;
            break;
        case CLOSE:
            memset(p, 0, sizeof *p);
            break;
        case BEGIN_READ:
            p->reading = true;
            break;
        case BEGIN_WRITE:
            p->writing = !o->p[1 - who].writing;
            break;
        case COMMIT:
        case ROLLBACK:
            p->reading = p->writing = false;
            break;
        case READ:
        case WRITE:
        case FLUSH:
        case N_CALLS:
            break;
        }
    }
}

/* Every order of `n` calls and more. Only the full ones are run: the shorter
 * are their beginnings. */
static void walk(struct order *o, int n)
{
    if (n == o->depth) {
        if (o->h.n_parts == 1 || o->calls[1] % o->h.n_parts == o->h.part)
            replay(o, n);
        return;
    }
    for (int next = 0; next < 2 * N_CALLS; next++) {
        imagine(o, n);
        if (!may(o, next / N_CALLS, (enum call)(next % N_CALLS)))
            continue;
        o->calls[n] = next;
        walk(o, n + 1);
    }
}

static void make_start(struct order *o)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_variable_spec spec = {.dtype = VS_I64,
                                   .shape = &scalar,
                                   .initializer = {.kind = VS_INIT_ZEROS}};
    vs_store *store = NULL;
    vs_error err;

    if (world_open(VS_OPEN_CREATE_NEW, VS_SYNC_FULL, &store, &err) != VS_OK ||
        vs_variable_create(store, "x", &spec, NULL) != VS_OK)
        harness_violation(&o->h, "no store to start from");
    vs_store_close(store);
    o->start = disk_save();
}

int main(int argc, char **argv)
{
    static const int depths[] = {
        [FORM_BRIEF] = 3, [FORM_SHORT] = 4, [FORM_LONG] = 6};
    struct order o = {.depth = 0};

    harness_begin_on_disk(&o.h, "schedule.calls", argc, argv);
    o.depth = depths[o.h.form];
    make_start(&o);
    /* The first has it open, the second not yet. */
    walk(&o, 0);
    disk_image_free(o.start);
    disk_end();
    return harness_end(&o.h);
}
