/* store_names.c - many small variables: made, found, listed, saved.
 *
 * Names are "layer00042/w7", ten to a layer, as models have them; they are
 * asked for in random order.
 */
#include "store_cases.h"

#include <stdio.h>
#include <stdlib.h>

#include "peak.h"

#define N_CALLS    2000
#define N_LISTS    500
#define N_SMALL    1000
#define PER_LAYER  10
#define NAMES_FILE "names.vars.db"
#define SMALL_FILE "small.vars.db"

static const char *name_of(int64_t i, char name[32])
{
    (void)snprintf(name, 32, "layer%07lld/w%lld", (long long)(i / PER_LAYER),
                   (long long)(i % PER_LAYER));
    return name;
}

static int64_t pick(uint64_t *seed, int64_t n)
{
    *seed ^= *seed << 13; /* xorshift */
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (int64_t)(*seed % (uint64_t)n);
}

/* Makes n variables of 16 float32 in one transaction. */
static void make(vs_store *store, int64_t n)
{
    const vs_shape shape = vs_shape_1d(16);
    const vs_variable_spec spec = {.shape = &shape,
                                   .initializer = vs_constant(0.5)};

    bench_must(store, vs_store_begin(store, VS_TXN_WRITE), "begin");
    for (int64_t i = 0; i < n; i++) {
        char name[32];

        bench_must(store,
                   vs_variable_create(store, name_of(i, name), &spec, NULL),
                   "create");
    }
    bench_must(store, vs_store_commit(store), "commit");
}

void names_make(struct bench *b)
{
    char path[PATH_BYTES];
    vs_store_info info;
    vs_store *store;
    struct lap lap;
    double before;

    bench_remove(bench_path(b, NAMES_FILE, path));
    peak_reset();
    before = peak_now();
    store = bench_open(path, VS_OPEN_CREATE_NEW);
    lap = lap_begin();
    make(store, b->names);
    b->make_names_s = lap_seconds(&lap);
    b->names_mib = peak_most() - before;
    bench_must(store, vs_store_flush(store), "flush");
    bench_must(store, vs_store_describe(store, &info), "describe");
    b->names_file_mib = (double)info.file_bytes / (1 << 20);
    vs_store_close(store);
}

/* Gets names that exist, by scope rules. */
static void get(vs_store *store, vs_context *ctx, struct row *row)
{
    const vs_shape shape = vs_shape_1d(16);
    const vs_variable_spec spec = {.shape = &shape};
    uint64_t seed = 11;
    const struct lap lap = lap_begin();

    for (int i = 0; i < N_CALLS; i++) {
        vs_variable *v = NULL;
        char name[32];

        bench_must(store,
                   vs_get_variable(ctx, name_of(pick(&seed, N_SMALL), name),
                                   &spec, &v),
                   "get");
        vs_variable_free(v);
    }
    lap_end(&lap, N_CALLS, row);
}

static void round_get(struct bench *b, vs_store *store)
{
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    vs_context *ctx = NULL;

    bench_must(store, vs_context_new(store, &ctx), "context");
    bench_must(store, vs_scope_enter(ctx, "", &sharing, NULL), "scope");
    get(store, ctx, &b->rows[GET_OWN]);
    bench_must(store, vs_store_begin(store, VS_TXN_READ), "begin");
    get(store, ctx, &b->rows[GET_BATCH]);
    bench_must(store, vs_store_commit(store), "commit");
    vs_context_free(ctx);
}

static void round_look_up(struct bench *b, vs_store *store)
{
    uint64_t seed = 13;
    const struct lap lap = lap_begin();

    for (int i = 0; i < N_CALLS; i++) {
        vs_variable *v = NULL;
        char name[32];

        bench_must(
            store,
            vs_variable_open(store, name_of(pick(&seed, b->names), name), &v),
            "open");
        vs_variable_free(v);
    }
    lap_end(&lap, N_CALLS, &b->rows[LOOK_UP]);
}

static void round_list(struct bench *b, vs_store *store)
{
    uint64_t seed = 17;
    const struct lap lap = lap_begin();

    for (int i = 0; i < N_LISTS; i++) {
        char scope[32];
        const vs_list_options options = {.scope = scope};
        const vs_variable_info *info;
        vs_list *list = NULL;
        int n = 0;

        (void)snprintf(scope, sizeof scope, "layer%07lld",
                       (long long)pick(&seed, b->names / PER_LAYER));
        bench_must(store, vs_list_open(store, &options, &list), "list");
        while (vs_list_next(list, &info) == VS_OK)
            n++;
        vs_list_close(list);
        if (n != PER_LAYER)
            die("list", "a scope has not ten names");
    }
    lap_end(&lap, N_LISTS, &b->rows[LIST]);
}

static void round_save(struct bench *b, const char *path)
{
    vs_store *store = bench_open(path, VS_OPEN_WRITE);
    const struct lap lap = lap_begin();

    bench_must(store, vs_checkpoint_save(store, NULL, NULL), "save");
    lap_end(&lap, 1, &b->rows[SAVE_NAMES]);
    vs_store_close(store);
}

/* As many names as a model has: made, and got. */
static void round_small(struct bench *b)
{
    char path[PATH_BYTES];
    vs_store *store;
    struct lap lap;

    bench_remove(bench_path(b, SMALL_FILE, path));
    store = bench_open(path, VS_OPEN_CREATE_NEW);
    lap = lap_begin();
    make(store, N_SMALL);
    lap_end(&lap, N_SMALL, &b->rows[MAKE_SMALL]);
    round_get(b, store);
    vs_store_close(store);
    bench_remove(path);
}

void names_round(struct bench *b)
{
    char path[PATH_BYTES];
    struct lap lap = lap_begin();
    vs_store *store = bench_open(bench_path(b, NAMES_FILE, path), VS_OPEN_READ);

    vs_store_close(store);
    lap_end(&lap, 1, &b->rows[OPEN_NAMES]);
    store = bench_open(path, VS_OPEN_READ);
    round_look_up(b, store);
    round_list(b, store);
    vs_store_close(store);
    round_save(b, path);
    round_small(b);
}
