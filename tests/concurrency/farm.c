/* farm.c - see farm.h. */
#include "farm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define N_SLOTS  7          /* variables that take turns */
#define N_LARGE  (3 * 1024) /* elements of the large one: three chunks */
#define N_FRONT  100        /* that a slice of it has */
#define N_MADE   20         /* variables that come and go */
#define MOST_CKS 5          /* checkpoints that are kept */
#define PATIENCE 120000     /* ms: the machine may be busy */

static void wrong(struct farm *farm, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void wrong(struct farm *farm, const char *format, ...)
{
    va_list args;

    if (atomic_fetch_add(&farm->n_wrong, 1) != 0)
        return;
    va_start(args, format);
    (void)vsnprintf(farm->words, sizeof farm->words, format, args);
    va_end(args);
}

/* One process's opening of the store. */
struct hand {
    struct farm *farm;
    int me;
    unsigned dice;
    vs_store *store;
    int32_t *elements; /* N_LARGE */
};

static bool plants(const struct hand *h, const char *bug)
{
    return h->farm->bug != NULL && strcmp(h->farm->bug, bug) == 0;
}

static unsigned roll(struct hand *h, unsigned n)
{
    h->dice = h->dice * 1664525 + 1013904223;
    return (h->dice >> 8) % n;
}

/* True if it went well. */
static bool ok(struct hand *h, vs_status st, const char *what)
{
    if (st == VS_OK)
        return true;
    wrong(h->farm, "member %d: %s: %s: %.300s", h->me, what, vs_status_word(st),
          h->store != NULL ? vs_store_error(h->store)->message : "");
    return false;
}

static bool hand_open(struct hand *h)
{
    const vs_store_options options = {.mode = VS_OPEN_CREATE,
                                      .busy_ms = PATIENCE,
                                      .chunk_bytes = 4096,
                                      .threads = 1};
    vs_error err = {0};
    const vs_status st =
        vs_store_open(h->farm->path, &options, &h->store, &err);

    if (st != VS_OK)
        wrong(h->farm, "member %d: open: %s: %.300s", h->me, vs_status_word(st),
              err.message);
    return st == VS_OK;
}

static bool hand_begin(struct hand *h, struct farm *farm, int me)
{
    memset(h, 0, sizeof *h);
    h->farm = farm;
    h->me = me;
    h->dice = (unsigned)getpid() * 2654435761u;
    h->elements = calloc(N_LARGE, sizeof *h->elements);
    return h->elements != NULL && hand_open(h);
}

static void hand_end(struct hand *h)
{
    vs_store_close(h->store);
    free(h->elements);
}

/* -------- What transaction i of a writer leaves: its number, one slot, the
 * large variable or the front of it, a variable made anew, and one more in the
 * sum of all writers. */

static int64_t last_whole(int64_t i) /* that wrote all of the large one */
{
    return i - (i % 2 == 0);
}

static int64_t last_front(int64_t i) /* or the front of it */
{
    return i - (i % 4 == 0);
}

static bool makes(int64_t i)
{
    return i % 5 == 0;
}

static void name_of(int w, const char *what, int64_t i, char name[32])
{
    if (i >= 0)
        (void)snprintf(name, 32, "w%d/%s_%lld", w, what, (long long)i);
    else
        (void)snprintf(name, 32, "w%d/%s", w, what);
}

static vs_status put(vs_store *store, const char *name, int64_t x, bool add)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_view view = vs_view_const(VS_I64, &scalar, &x);
    const vs_variable_spec spec = {.initializer = vs_value(&view),
                                   .site = VS_HERE};
    vs_variable *v = NULL;
    vs_status st = vs_variable_open(store, name, &v);

    if (st == VS_ERR_NOTFOUND)
        return vs_variable_create(store, name, &spec, NULL);
    if (st == VS_OK)
        st = add ? vs_variable_assign_add(v, &view)
                 : vs_variable_write(v, &view);
    vs_variable_free(v);
    return st;
}

static vs_status put_large(struct hand *h, const char *name, int64_t i)
{
    const vs_shape shape = vs_shape_1d(N_LARGE);
    const vs_shape front = vs_shape_1d(N_FRONT);
    const vs_slice slice = vs_slice_rows(&shape, 0, N_FRONT);
    const vs_view all = vs_view_of(VS_I32, &shape, h->elements);
    const vs_view some = vs_view_of(VS_I32, &front, h->elements);
    const vs_variable_spec spec = {.initializer = vs_value(&all)};
    vs_variable *v = NULL;
    vs_status st;

    for (int k = 0; k < N_LARGE; k++)
        h->elements[k] = (int32_t)i;
    st = vs_variable_open(h->store, name, &v);
    if (st == VS_ERR_NOTFOUND)
        return vs_variable_create(h->store, name, &spec, NULL);
    if (st == VS_OK && last_whole(i) == i)
        st = vs_variable_write(v, &all);
    else if (st == VS_OK && last_front(i) == i)
        st = vs_variable_write_slice(v, &slice, &some);
    vs_variable_free(v);
    return st;
}

static vs_status make_anew(struct hand *h, int64_t i)
{
    char name[32];
    vs_status st;

    name_of(h->me, "made", i / 5 % N_MADE, name);
    st = vs_variable_delete(h->store, name);
    return st == VS_OK || st == VS_ERR_NOTFOUND ? put(h->store, name, i, false)
                                                : st;
}

static vs_status write_all(struct hand *h, int64_t i)
{
    char name[32];
    vs_status st;

    name_of(h->me, "number", -1, name);
    if ((st = put(h->store, name, i, false)) != VS_OK)
        return st;
    name_of(h->me, "slot", i % N_SLOTS, name);
    if ((st = put(h->store, name, i, false)) != VS_OK ||
        (st = put(h->store, "sum", 1, true)) != VS_OK)
        return st;
    if (plants(h, "two-transactions") &&
        ((st = vs_store_commit(h->store)) != VS_OK ||
         (st = vs_store_begin(h->store, VS_TXN_WRITE)) != VS_OK))
        return st;
    name_of(h->me, "large", -1, name);
    if ((st = put_large(h, name, i)) == VS_OK && makes(i))
        st = make_anew(h, i);
    return st;
}

static bool transact(struct hand *h, int64_t i)
{
    struct promise *p = &h->farm->writers[h->me];
    const vs_txn_kind kind = roll(h, 16) == 0 ? VS_TXN_BULK : VS_TXN_WRITE;

    atomic_store(&p->begun, i);
    if (!ok(h, vs_store_begin(h->store, kind), "begin") ||
        !ok(h, write_all(h, i), "write"))
        return false;
    if (plants(h, "told-early"))
        atomic_store(&p->told, i);
    if (!ok(h, vs_store_commit(h->store), "commit"))
        return false;
    atomic_store(&p->told, i);
    return true;
}

/* -------- Looking. */

static vs_status get(vs_store *store, int64_t checkpoint, const char *name,
                     int64_t *x)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_view view = vs_view_of(VS_I64, &scalar, x);
    vs_variable *v = NULL;
    vs_status st = checkpoint != 0
                       ? vs_variable_open_at(store, checkpoint, name, &v)
                       : vs_variable_open(store, name, &v);

    if (st == VS_OK)
        st = vs_variable_read(v, &view);
    vs_variable_free(v);
    return st;
}

/* The number of a writer's last transaction; 0: it has made none. */
static bool number_of(struct hand *h, int64_t checkpoint, int w, int64_t *out)
{
    char name[32];
    vs_status st;

    name_of(w, "number", -1, name);
    *out = 0;
    st = get(h->store, checkpoint, name, out);
    return st == VS_ERR_NOTFOUND || ok(h, st, name);
}

/* A variable that must hold this number. */
static bool holds(struct hand *h, int64_t checkpoint, const char *name,
                  int64_t want)
{
    int64_t x = -1;

    if (!ok(h, get(h->store, checkpoint, name, &x), name))
        return false;
    if (x != want)
        wrong(h->farm, "%s is %lld, want %lld (checkpoint %lld)", name,
              (long long)x, (long long)want, (long long)checkpoint);
    return x == want;
}

static bool large_holds(struct hand *h, int64_t checkpoint, int w, int64_t i)
{
    const vs_shape shape = vs_shape_1d(N_LARGE);
    const vs_view view = vs_view_of(VS_I32, &shape, h->elements);
    vs_variable *v = NULL;
    char name[32];
    vs_status st;

    name_of(w, "large", -1, name);
    st = checkpoint != 0 ? vs_variable_open_at(h->store, checkpoint, name, &v)
                         : vs_variable_open(h->store, name, &v);
    if (st == VS_OK)
        st = vs_variable_read(v, &view);
    vs_variable_free(v);
    if (!ok(h, st, name))
        return false;
    for (int k = 0; k < N_LARGE; k++) {
        const int64_t want = k < N_FRONT ? last_front(i) : last_whole(i);

        if (h->elements[k] == want)
            continue;
        wrong(h->farm, "%s[%d] after %lld is %d, want %lld", name, k,
              (long long)i, h->elements[k], (long long)want);
        return false;
    }
    return true;
}

/* All that a writer has left after transaction i. */
static bool writer_holds(struct hand *h, int64_t checkpoint, int w, int64_t i)
{
    char name[32];

    for (int64_t k = i; k > 0 && k > i - N_SLOTS; k--) {
        name_of(w, "slot", k % N_SLOTS, name);
        if (!holds(h, checkpoint, name, k))
            return false;
    }
    for (int64_t k = i - i % 5; k > 0 && k > i - 5 * N_MADE; k -= 35) {
        name_of(w, "made", k / 5 % N_MADE, name);
        if (!holds(h, checkpoint, name, k))
            return false;
    }
    return i == 0 || large_holds(h, checkpoint, w, i);
}

/* One state, of now or of a checkpoint, inside a read transaction. */
static bool state_holds(struct hand *h, int64_t checkpoint,
                        int64_t numbers[FARM_WRITERS])
{
    int64_t sum = 0;

    for (int w = 0; w < FARM_WRITERS; w++) {
        if (!number_of(h, checkpoint, w, &numbers[w]) ||
            !writer_holds(h, checkpoint, w, numbers[w]))
            return false;
        sum += numbers[w];
    }
    return sum == 0 || holds(h, checkpoint, "sum", sum);
}

/* Every checkpoint that was told and not deleted is there. */
static bool checkpoints_hold(struct hand *h, int64_t told)
{
    int64_t numbers[FARM_WRITERS];
    char ref[32];

    for (int64_t id = told; id > 0 && id > told - MOST_CKS; id--) {
        int64_t found = 0;
        vs_status st;

        (void)snprintf(ref, sizeof ref, "%lld", (long long)id);
        st = vs_checkpoint_find(h->store, ref, &found);
        /* looked at after: what was gone had been asked for before */
        if (st == VS_ERR_NOTFOUND && id <= atomic_load(&h->farm->deleted.begun))
            return true;
        if (!ok(h, st, "a checkpoint that was told"))
            return false;
        if (id > told - 2 && !state_holds(h, id, numbers))
            return false;
    }
    return true;
}

static bool look_inside(struct hand *h, const int64_t told[FARM_WRITERS],
                        int64_t saved, bool alone)
{
    int64_t numbers[FARM_WRITERS];

    if (!state_holds(h, 0, numbers))
        return false;
    for (int w = 0; w < FARM_WRITERS; w++) {
        const int64_t begun = atomic_load(&h->farm->writers[w].begun);

        if (numbers[w] < told[w] || numbers[w] > begun ||
            (alone && numbers[w] > told[w] + 1)) {
            wrong(h->farm, "writer %d is at %lld; told %lld, begun %lld", w,
                  (long long)numbers[w], (long long)told[w], (long long)begun);
            return false;
        }
    }
    return checkpoints_hold(h, saved);
}

/* What was told before must be there; what is there must have been begun. */
static bool look(struct hand *h, bool alone)
{
    int64_t told[FARM_WRITERS];
    const int64_t saved = atomic_load(&h->farm->saved.told);
    bool good;

    for (int w = 0; w < FARM_WRITERS; w++)
        told[w] = atomic_load(&h->farm->writers[w].told);
    if (!ok(h, vs_store_begin(h->store, VS_TXN_READ), "begin to read"))
        return false;
    good = look_inside(h, told, saved, alone);
    atomic_fetch_add(&h->farm->n_looks, 1);
    return ok(h, vs_store_rollback(h->store), "end reading") && good;
}

static void damaged(const vs_damage *damage, void *ctx)
{
    wrong(ctx, "damage: %s: %.300s", damage->name != NULL ? damage->name : "-",
          damage->what);
}

static int64_t now_ms(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void farm_inspect(struct farm *farm, bool alone)
{
    const vs_check_options check = {
        .read_data = alone, .on_damage = damaged, .ctx = farm};
    const int64_t began = now_ms();
    struct hand h;

    if (hand_begin(&h, farm, FARM_MEMBERS)) {
        const int64_t took = now_ms() - began;

        if (alone && took > atomic_load(&farm->slowest_ms))
            atomic_store(&farm->slowest_ms, took);
        if (look(&h, alone))
            (void)ok(&h, vs_check(h.store, &check, NULL), "check");
    }
    hand_end(&h);
}

/* -------- Working. */

/* Where the last one left off, which may have been killed between its commit
 * and its word. */
static bool resume(struct hand *h, int64_t *i)
{
    struct promise *p = &h->farm->writers[h->me];

    if (!number_of(h, 0, h->me, i))
        return false;
    if (*i < atomic_load(&p->told) || *i > atomic_load(&p->begun)) {
        wrong(h->farm, "writer %d resumes at %lld; told %lld, begun %lld",
              h->me, (long long)*i, (long long)atomic_load(&p->told),
              (long long)atomic_load(&p->begun));
        return false;
    }
    atomic_store(&p->told, *i);
    return true;
}

/* Closes and opens again, now and then; or moves the log. */
static bool turn(struct hand *h)
{
    if (roll(h, 32) == 0) {
        vs_store_close(h->store);
        h->store = NULL;
        return hand_open(h);
    }
    return roll(h, 32) != 0 || ok(h, vs_store_flush(h->store), "flush");
}

static void write_on(struct hand *h)
{
    int64_t i = 0;

    if (!resume(h, &i))
        return;
    while (transact(h, ++i))
        if (!turn(h))
            return;
}

static void read_on(struct hand *h)
{
    while (look(h, false) && turn(h))
        continue;
}

/* The last one may have been killed between a commit and its word. */
static bool save_one(struct hand *h)
{
    struct promise *p = &h->farm->saved;
    int64_t id = 0;

    if (!ok(h, vs_checkpoint_save(h->store, NULL, &id), "save"))
        return false;
    if (id <= atomic_load(&p->told)) {
        wrong(h->farm, "checkpoint %lld was told before", (long long)id);
        return false;
    }
    atomic_store(&p->told, id);
    return true;
}

static bool delete_old(struct hand *h)
{
    const vs_checkpoint_info *info = NULL;
    const int64_t keep = atomic_load(&h->farm->saved.told) - MOST_CKS + 1;
    vs_checkpoint_list *list = NULL;
    int64_t oldest = 0;

    if (!ok(h, vs_checkpoint_list_open(h->store, &list), "checkpoints"))
        return false;
    while (vs_checkpoint_list_next(list, &info) == VS_OK)
        oldest = info->id;
    vs_checkpoint_list_close(list);
    if (oldest == 0 || oldest >= keep)
        return true;
    atomic_store(&h->farm->deleted.begun, oldest);
    if (!ok(h, vs_checkpoint_delete(h->store, oldest), "delete"))
        return false;
    atomic_store(&h->farm->deleted.told, oldest);
    return true;
}

static void save_on(struct hand *h)
{
    while (save_one(h) && delete_old(h) && delete_old(h) && turn(h))
        continue;
}

void farm_work(struct farm *farm, int me)
{
    struct hand h;

    if (hand_begin(&h, farm, me)) {
        if (me < FARM_WRITERS)
            write_on(&h);
        else if (me < FARM_SAVER)
            read_on(&h);
        else
            save_on(&h);
    }
    hand_end(&h);
}
