/* steps.c - steps on variables; see steps.h. Each is a call or a transaction that is whole or
 * nothing, and can be tried again after it has failed.
 */
#include "steps.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define N_SMALL 12
#define N_LARGE 4500 /* f32: four chunks and a part */
#define N_MANY  64
#define N_ONE   1500 /* of the many: a chunk and a half */

/* Values that LZ4 and the filters have some work with; never the same for two
 * seeds. */
static void fill(float *values, int64_t n, int seed)
{
    for (int64_t i = 0; i < n; i++)
        values[i] = (float)((i * 2654435761u + (int64_t)seed * 40503) % 8191) /
                    (float)(seed + 7);
}

static vs_view view_of(float *values, vs_shape *shape, int64_t n)
{
    *shape = vs_shape_1d(n);
    return vs_view_of(VS_F32, shape, values);
}

/* -------- Making variables. */

static vs_status create(struct world *w, const char *name, int64_t n, int seed)
{
    float values[N_LARGE];
    vs_shape shape;
    const vs_view view = view_of(values, &shape, n);
    const vs_variable_spec spec = {.initializer = vs_value(&view),
                                   .site = VS_HERE};

    fill(values, n, seed);
    return vs_variable_create(w->store, name, &spec, NULL);
}

vs_status create_small(struct world *w)
{
    return create(w, "small", N_SMALL, 1);
}

vs_status create_large(struct world *w)
{
    return create(w, "net/large", N_LARGE, 2);
}

vs_status create_twin(struct world *w)
{
    return create(w, "net/twin", N_LARGE, 2);
}

vs_status create_random(struct world *w)
{
    const vs_shape shape = vs_shape_2d(48, 40);
    const vs_variable_spec spec = {
        .shape = &shape,
        .initializer = {.kind = VS_INIT_GLOROT_UNIFORM, .seed = VS_NO_SEED},
        .site = VS_HERE};

    return vs_variable_create(w->store, "net/random", &spec, NULL);
}

/* Made now, given its value by the next step. */
vs_status create_deferred(struct world *w)
{
    const vs_shape shape = vs_shape_2d(48, 40);
    const vs_variable_spec spec = {
        .shape = &shape,
        .initializer = {.kind = VS_INIT_GLOROT_UNIFORM, .seed = VS_NO_SEED},
        .site = VS_HERE,
        .deferred = VS_YES};

    return vs_variable_create(w->store, "net/deferred", &spec, NULL);
}

vs_status initialize(struct world *w)
{
    return vs_scope_initialize(w->store, "net", NULL);
}

static void name_of_many(int i, char out[32])
{
    (void)snprintf(out, 32, "many/%02d", i);
}

vs_status create_many(struct world *w)
{
    vs_status st = vs_store_begin(w->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    for (int i = 0; i < N_MANY && st == VS_OK; i++) {
        char name[32];

        name_of_many(i, name);
        st = create(w, name, N_ONE, 100 + i);
    }
    return world_end_txn(w, st);
}

static vs_status get(struct world *w, const char *name)
{
    const vs_scope_options sharing = {.reuse = VS_REUSE_AUTO};
    const vs_shape shape = vs_shape_2d(30, 40);
    const vs_variable_spec spec = {.shape = &shape, .site = VS_HERE};
    vs_variable *v = NULL;
    vs_status st = VS_OK;

    if (w->ctx == NULL && (st = vs_context_new(w->store, &w->ctx)) != VS_OK)
        return st;
    VS_WITH_SCOPE (st, w->ctx, "net", &sharing)
        st = vs_get_variable(w->ctx, name, &spec, &v);
    vs_variable_free(v);
    return st;
}

vs_status get_or_create(struct world *w)
{
    return get(w, "got");
}

vs_status get_again(struct world *w)
{
    return get(w, "got");
}

/* -------- Changing them. */

static vs_status open_variable(struct world *w, const char *name,
                               vs_variable **out)
{
    *out = NULL;
    return vs_variable_open(w->store, name, out);
}

static vs_status write_seed(struct world *w, const char *name, int64_t n,
                            int seed)
{
    float values[N_LARGE];
    vs_shape shape;
    const vs_view view = view_of(values, &shape, n);
    vs_variable *v;
    vs_status st = open_variable(w, name, &v);

    fill(values, n, seed);
    if (st == VS_OK)
        st = vs_variable_write(v, &view);
    vs_variable_free(v);
    return st;
}

vs_status write_small(struct world *w)
{
    return write_seed(w, "small", N_SMALL, 11);
}

vs_status write_large(struct world *w)
{
    return write_seed(w, "net/large", N_LARGE, 12);
}

/* In a base: other values than those of the steps. */
vs_status write_before(struct world *w)
{
    const vs_status st = write_seed(w, "small", N_SMALL, 31);

    return st == VS_OK ? write_seed(w, "net/large", N_LARGE, 32) : st;
}

/* The value that it had first, which a checkpoint still holds. */
vs_status write_back(struct world *w)
{
    return write_seed(w, "net/large", N_LARGE, 2);
}

/* The value that it has. */
vs_status write_equal(struct world *w)
{
    return write_seed(w, "net/twin", N_LARGE, 2);
}

vs_status write_slice(struct world *w)
{
    const vs_shape whole = vs_shape_1d(N_LARGE);
    const vs_slice slice = vs_slice_rows(&whole, 1000, 1100);
    float values[1100];
    vs_shape shape;
    const vs_view view = view_of(values, &shape, 1100);
    vs_variable *v;
    vs_status st = open_variable(w, "net/large", &v);

    fill(values, 1100, 13);
    if (st == VS_OK)
        st = vs_variable_write_slice(v, &slice, &view);
    vs_variable_free(v);
    return st;
}

static vs_status give(int64_t first, int64_t n, void *dst, void *ctx)
{
    float *out = dst;

    (void)ctx;
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)((first + i) % 1000) * 0.25F;
    return VS_OK;
}

vs_status write_source(struct world *w)
{
    const vs_source source = {give, NULL};
    vs_variable *v;
    vs_status st = open_variable(w, "net/large", &v);

    if (st == VS_OK)
        st = vs_variable_write_from(v, source);
    vs_variable_free(v);
    return st;
}

vs_status assign_add(struct world *w)
{
    float values[N_LARGE];
    vs_shape shape;
    const vs_view view = view_of(values, &shape, N_LARGE);
    vs_variable *v;
    vs_status st = open_variable(w, "net/large", &v);

    fill(values, N_LARGE, 14);
    if (st == VS_OK)
        st = vs_variable_assign_add(v, &view);
    vs_variable_free(v);
    return st;
}

vs_status compare_and_swap(struct world *w)
{
    float values[N_SMALL];
    vs_shape shape;
    const vs_view view = view_of(values, &shape, N_SMALL);
    int64_t version = 0;
    vs_variable *v;
    vs_status st = open_variable(w, "small", &v);

    fill(values, N_SMALL, 15);
    if (st == VS_OK)
        st = vs_variable_version(v, &version);
    if (st == VS_OK)
        st = vs_variable_compare_and_swap(v, version, &view, NULL);
    vs_variable_free(v);
    return st;
}

vs_status write_two(struct world *w)
{
    vs_status st = vs_store_begin(w->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = write_seed(w, "small", N_SMALL, 16);
    if (st == VS_OK)
        st = write_seed(w, "net/large", N_LARGE, 17);
    return world_end_txn(w, st);
}

vs_status write_many(struct world *w)
{
    vs_status st = vs_store_begin(w->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    for (int i = 0; i < N_MANY && st == VS_OK; i++) {
        char name[32];

        name_of_many(i, name);
        st = write_seed(w, name, N_ONE, 200 + i);
    }
    return world_end_txn(w, st);
}

/* A transaction that its owner rolls back. */
vs_status write_and_undo(struct world *w)
{
    vs_status st = vs_store_begin(w->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = write_seed(w, "net/large", N_LARGE, 18);
    if (st != VS_OK)
        return world_end_txn(w, st);
    return vs_store_rollback(w->store);
}

/* The inner one of two is rolled back. */
vs_status write_inner_undone(struct world *w)
{
    vs_status st = vs_store_begin(w->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = write_seed(w, "small", N_SMALL, 19);
    if (st == VS_OK)
        st = vs_store_begin(w->store, VS_TXN_WRITE);
    if (st != VS_OK)
        return world_end_txn(w, st);
    st = write_seed(w, "net/large", N_LARGE, 20);
    world_keep_words(w, st);
    (void)vs_store_rollback(w->store);
    return world_end_txn(w, st);
}

/* -------- Bugs. */

/* What should be one transaction is two. */
vs_status bug_two_transactions(struct world *w)
{
    const vs_status st = write_seed(w, "small", N_SMALL, 16);

    return st == VS_OK ? write_seed(w, "net/large", N_LARGE, 17) : st;
}

/* Memory is left behind on the way out of a failure. */
vs_status bug_leak(struct world *w)
{
    void *p = vs__alloc(100);
    const vs_status st = p != NULL ? write_small(w) : VS_ERR_NOMEM;

    if (st == VS_OK)
        vs__free(p);
    return st;
}

/* A failure is taken for a success. */
vs_status bug_swallow(struct world *w)
{
    (void)write_large(w);
    return VS_OK;
}

/* -------- Whole states. */

#define N_STATE 6

struct state {
    float values[N_STATE][N_ONE];
    char names[N_STATE][32];
    vs_shape shape;
    vs_state_item items[N_STATE];
};

/* The last two of them are new in BASE_MANY. */
static void make_state(struct state *s, int seed)
{
    memset(s, 0, sizeof *s);
    for (int i = 0; i < N_STATE; i++) {
        (void)snprintf(s->names[i], sizeof s->names[i], "many/%02d",
                       N_MANY - 4 + i);
        fill(s->values[i], N_ONE, seed + i);
        s->items[i].name = s->names[i];
        s->items[i].view = view_of(s->values[i], &s->shape, N_ONE);
    }
}

static vs_status save_state_of(struct world *w, int seed)
{
    const vs_save_options checkpoint = VS_SAVE_OPTIONS_INIT;
    const vs_state_save_options options = {.reuse = VS_REUSE_AUTO,
                                           .checkpoint = &checkpoint};
    struct state s;

    make_state(&s, seed);
    return vs_state_save(w->store, s.items, N_STATE, &options, NULL);
}

vs_status save_state(struct world *w)
{
    return save_state_of(w, 300);
}

vs_status save_other_state(struct world *w)
{
    return save_state_of(w, 400);
}

/* Reads only; what it finds must be what was saved. */
vs_status load_state(struct world *w)
{
    struct state want;
    struct state got;
    vs_status st;

    make_state(&want, 400);
    make_state(&got, 0);
    st = vs_state_load(w->store, got.items, N_STATE, NULL);
    if (st == VS_OK && memcmp(got.values, want.values, sizeof got.values) != 0)
        return VS_ERR_CORRUPT;
    return st;
}

/* -------- Names and collections. */

vs_status rename_small(struct world *w)
{
    return vs_variable_rename(w->store, "small", "tiny");
}

vs_status move_scope(struct world *w)
{
    return vs_scope_move(w->store, "net", "old/net", NULL);
}

vs_status alias_large(struct world *w)
{
    return vs_variable_alias(w->store, "net/large", "big");
}

vs_status copy_large(struct world *w)
{
    return vs_variable_copy(w->store, "net/large", "net/copy");
}

vs_status delete_small(struct world *w)
{
    return vs_variable_delete(w->store, "small");
}

vs_status delete_large(struct world *w)
{
    return vs_variable_delete(w->store, "net/twin");
}

vs_status collect(struct world *w)
{
    return vs_collection_add(w->store, "mine", "net/large");
}

vs_status uncollect(struct world *w)
{
    return vs_collection_remove(w->store, "mine", "net/large");
}
