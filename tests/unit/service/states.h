/* states.h - a state in memory for the tests of state.h: tensors that are
 * small, of one chunk and of many, plain and strided.
 */
#ifndef VS_TEST_STATES_H
#define VS_TEST_STATES_H

#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_ITEMS 6

struct memory_state {
    vs_state_item items[N_ITEMS];
    float *bytes[N_ITEMS]; /* of items[i]; free() it */
    int64_t count[N_ITEMS];
};

/* Elements of item i are start + i, start + i + 1, ...; chunks have 4 KiB. */
static inline void state_fill(struct memory_state *m, size_t i, float start)
{
    const vs_view *view = &m->items[i].view;

    for (int64_t k = 0; k < m->count[i]; k++) {
        const int64_t columns = view->shape.dims[1];
        const int64_t at =
            k / columns * view->strides[0] + k % columns * view->strides[1];

        ((float *)view->data)[at] = start + (float)i + (float)k;
    }
}

static inline struct memory_state state_make(float start)
{
    static const char *const names[N_ITEMS] = {"a/bias",   "a/kernel", "b/bias",
                                               "b/kernel", "c/wide",   "step"};
    static const int64_t rows[N_ITEMS] = {1, 100, 1, 37, 50, 1};
    static const int64_t columns[N_ITEMS] = {200, 1000, 3000, 129, 700, 1};
    struct memory_state m = {0};

    for (size_t i = 0; i < N_ITEMS; i++) {
        const vs_shape shape = vs_shape_2d(rows[i], columns[i]);

        m.count[i] = rows[i] * columns[i];
        m.bytes[i] = calloc((size_t)m.count[i] * 2, sizeof(float));
        assert_non_null(m.bytes[i]);
        m.items[i].name = names[i];
        m.items[i].view = vs_view_of(VS_F32, &shape, m.bytes[i]);
        if (i >= 3 && i <= 4) { /* every second one */
            m.items[i].view.strides[0] *= 2;
            m.items[i].view.strides[1] *= 2;
        }
        state_fill(&m, i, start);
    }
    return m;
}

static inline void state_free(struct memory_state *m)
{
    for (size_t i = 0; i < N_ITEMS; i++)
        free(m->bytes[i]);
}

static inline void assert_state_equal(const struct memory_state *a,
                                      const struct memory_state *b)
{
    for (size_t i = 0; i < N_ITEMS; i++)
        assert_memory_equal(a->bytes[i], b->bytes[i],
                            (size_t)a->count[i] * 2 * sizeof(float));
}

static inline vs_store *state_open(const char *path, vs_open_mode mode,
                                   int threads)
{
    const vs_store_options options = {.mode = mode,
                                      .chunk_bytes = 4096,
                                      .threads = threads,
                                      .seed = 1,
                                      .program = "test"};
    vs_store *store = NULL;

    assert_ok(vs_store_open(path, &options, &store, NULL));
    return store;
}

/* A store with the state in it. */
static inline vs_store *state_store(void **state, int threads,
                                    const struct memory_state *m)
{
    const vs_state_save_options make = {.reuse = VS_REUSE_AUTO};
    vs_store *store =
        state_open(test_path(state, "s.vars.db"), VS_OPEN_CREATE_NEW, threads);

    assert_store(VS_OK, store,
                 vs_state_save(store, m->items, N_ITEMS, &make, NULL));
    return store;
}

/* A progress callback that counts, checks that it never goes back, and stops
 * the call at the `stop`-th time (0: never). */
struct ticks {
    int calls;
    int stop;
    int64_t done;
    int64_t total;
};

static inline int on_tick(int64_t done, int64_t total, void *ctx)
{
    struct ticks *t = ctx;

    assert_true(done >= t->done && done <= total);
    t->done = done;
    t->total = total;
    return ++t->calls == t->stop;
}

#endif
