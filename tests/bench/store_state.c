/* store_state.c - see store_state.h. */
#include "store_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((size_t)1 << 20)

uint64_t state_random(uint64_t *seed)
{
    uint64_t x = *seed += 0x9E3779B97F4A7C15; /* splitmix64 */

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

static double uniform(uint64_t *seed)
{
    return ((double)(state_random(seed) >> 11) + 0.5) * 0x1p-53;
}

void state_make(struct bench *b)
{
    const int64_t n_rows = b->mib * 256 / b->tensors;
    uint64_t seed = 1;

    b->shape = vs_shape_2d(n_rows, 1024);
    b->bytes = (size_t)(n_rows * b->tensors) * 4096;
    b->state = memory(b->bytes);
    b->copy = memory(b->bytes);
    for (size_t i = 0; i < b->bytes / 4; i += 2) {
        const double r = 0.05 * sqrt(-2 * log(uniform(&seed)));
        const double a = 6.283185307179586 * uniform(&seed);

        b->state[i] = (float)(r * cos(a));
        b->state[i + 1] = (float)(r * sin(a));
    }
}

void state_free(struct bench *b)
{
    free(b->state);
    free(b->copy);
}

void state_change_all(struct bench *b)
{
    for (size_t i = 0; i < b->bytes / 4; i++)
        b->state[i] *= 1.0009765625F;
}

void state_change_some(struct bench *b)
{
    for (size_t at = 0; at < b->bytes; at += 100 * MIB)
        b->state[at / 4] += 1;
}

vs_view state_tensor(const struct bench *b, float *values, int64_t i)
{
    const size_t n = b->bytes / 4 / (size_t)b->tensors;

    return vs_view_of(VS_F32, &b->shape, values + (size_t)i * n);
}

const char *state_name(int64_t i, char name[STATE_NAME])
{
    (void)snprintf(name, STATE_NAME, "layer%lld/kernel", (long long)i);
    return name;
}

void state_create(struct bench *b, vs_store *store, vs_txn_kind kind)
{
    bench_must(store, vs_store_begin(store, kind), "begin");
    for (int64_t i = 0; i < b->tensors; i++) {
        const vs_view view = state_tensor(b, b->state, i);
        const vs_variable_spec spec = {.initializer = vs_value(&view)};
        char name[STATE_NAME];

        bench_must(store,
                   vs_variable_create(store, state_name(i, name), &spec, NULL),
                   "create");
    }
    bench_must(store, vs_store_commit(store), "commit");
}

void state_write(struct bench *b, vs_store *store, vs_txn_kind kind)
{
    bench_must(store, vs_store_begin(store, kind), "begin");
    for (int64_t i = 0; i < b->tensors; i++) {
        const vs_view view = state_tensor(b, b->state, i);
        vs_variable *v = NULL;
        char name[STATE_NAME];

        bench_must(store, vs_variable_open(store, state_name(i, name), &v),
                   "open");
        bench_must(store, vs_variable_write(v, &view), "write");
        vs_variable_free(v);
    }
    bench_must(store, vs_store_commit(store), "commit");
}

/* The state as vs_state_save and vs_state_load take it; free it. */
static vs_state_item *items_of(const struct bench *b, float *values)
{
    vs_state_item *items = calloc((size_t)b->tensors, sizeof *items);

    if (items == NULL)
        die("memory", "there is none left");
    for (int64_t i = 0; i < b->tensors; i++) {
        char name[STATE_NAME];

        items[i].name = strdup(state_name(i, name));
        items[i].view = state_tensor(b, values, i);
        if (items[i].name == NULL)
            die("memory", "there is none left");
    }
    return items;
}

static void items_free(const struct bench *b, vs_state_item *items)
{
    for (int64_t i = 0; i < b->tensors; i++)
        free((void *)(uintptr_t)items[i].name);
    free(items);
}

void state_save(struct bench *b, vs_store *store, bool checkpoint)
{
    const vs_save_options point = VS_SAVE_OPTIONS_INIT;
    const vs_state_save_options options = {.checkpoint =
                                               checkpoint ? &point : NULL};
    vs_state_item *items = items_of(b, b->state);

    bench_must(store,
               vs_state_save(store, items, (size_t)b->tensors, &options, NULL),
               "vs_state_save");
    items_free(b, items);
}

void state_load_whole(struct bench *b, vs_store *store)
{
    vs_state_item *items = items_of(b, b->copy);

    bench_must(store, vs_state_load(store, items, (size_t)b->tensors, NULL),
               "vs_state_load");
    items_free(b, items);
}

void state_commit_little(vs_store *store)
{
    char name[STATE_NAME];

    bench_must(store, vs_collection_add(store, "bench", state_name(0, name)),
               "collection");
}

void state_load(struct bench *b, vs_store *store, int64_t first, int64_t step)
{
    for (int64_t i = first; i < b->tensors; i += step) {
        const vs_view view = state_tensor(b, b->copy, i);
        vs_variable *v = NULL;
        char name[STATE_NAME];

        bench_must(store, vs_variable_open(store, state_name(i, name), &v),
                   "open");
        bench_must(store, vs_variable_read(v, &view), "read");
        vs_variable_free(v);
    }
}
