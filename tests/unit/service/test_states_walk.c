/* test_states_walk.c - service/restore, regroup, salvage, inventory: whatever
 * names have been, plain, in parts or aliases, an exact restore brings a
 * checkpoint back, and a salvage or an export all there is.
 */
#include "same.h"

#include <stdio.h>

#define N_STEPS 160

/* Names that stand in each other's way, and some that do not. */
static const char *const names[] = {
    "w", "w/part_0", "w/part_1", "w/part_7", "w/part_1/x", "w/sub",
    "v", "v/part_0", "w0",       "x/w",      "x/part_0",   "x/w/part_2",
};
#define N_NAMES (sizeof names / sizeof names[0])

struct walk {
    vs_store *store;
    uint32_t random;
    float last;            /* number that a value began with */
    int64_t n_checkpoints; /* saved so far */
};

static uint32_t below(struct walk *w, uint32_t n)
{
    w->random = w->random * 1664525u + 1013904223u;
    return (w->random >> 8) % n;
}

static const char *any_name(struct walk *w)
{
    return names[below(w, N_NAMES)];
}

/* [6,2] f32 or f64, plain or in two or three parts along an axis. */
static void create(struct walk *w)
{
    const vs_shape shape = vs_shape_2d(6, 2);
    const uint32_t parts = below(w, 4);
    vs_variable_spec spec = {.shape = &shape,
                             .dtype = below(w, 4) == 0 ? VS_F64 : VS_F32,
                             .initializer = vs_constant(++w->last),
                             .trainable = below(w, 4) == 0 ? VS_NO : VS_YES};

    if (parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(parts == 3 ? 2 : parts + 1,
                                                     parts == 3 ? 1 : 0);
    (void)vs_variable_create(w->store, any_name(w), &spec, NULL);
}

static void write(struct walk *w)
{
    float numbers[12];
    vs_variable *v = NULL;
    vs_view view;

    if (vs_variable_open(w->store, any_name(w), &v) != VS_OK)
        return;
    for (size_t i = 0; i < 12; i++)
        numbers[i] = w->last + (float)i / 16;
    w->last++;
    view = vs_view_of(VS_F32, vs_variable_shape(v), numbers);
    if (vs_variable_dtype(v) == VS_F32)
        assert_store(VS_OK, w->store, vs_variable_write(v, &view));
    vs_variable_free(v);
}

/* Of a part alone it would come out of a salvage as something else. */
static void make_alias(struct walk *w)
{
    const char *name = any_name(w);
    vs_variable *v = NULL;

    if (vs_variable_open(w->store, name, &v) == VS_OK &&
        vs_variable_ordinal(v) < 0)
        (void)vs_variable_alias(w->store, name, any_name(w));
    vs_variable_free(v);
}

static void save(struct walk *w)
{
    assert_store(VS_OK, w->store, vs_checkpoint_save(w->store, NULL, NULL));
    w->n_checkpoints++;
}

static void restore(struct walk *w)
{
    const uint32_t how = below(w, 4);
    const vs_restore_options options = {.exact = how < 2,
                                        .keep_partitions = how == 2,
                                        .scope = how == 3 ? any_name(w) : NULL};
    int64_t checkpoint;
    vs_status st;

    if (w->n_checkpoints == 0)
        return;
    checkpoint = 1 + below(w, (uint32_t)w->n_checkpoints);
    st = vs_checkpoint_restore(w->store, checkpoint, &options, NULL);
    if (how < 2) {
        assert_store(VS_OK, w->store, st);
        assert_same_states(w->store, checkpoint, w->store, 0);
    } else if (st != VS_OK) {
        assert_store(VS_ERR_PARTITION, w->store, st);
    }
}

static void step(struct walk *w)
{
    switch (below(w, 12)) {
    case 0:
    case 1:
        (void)vs_variable_delete(w->store, any_name(w));
        break;
    case 2:
        make_alias(w);
        break;
    case 3:
        (void)vs_variable_rename(w->store, any_name(w), any_name(w));
        break;
    case 4:
    case 5:
        save(w);
        break;
    case 6:
    case 7:
        restore(w);
        break;
    case 8:
        write(w);
        break;
    default:
        create(w);
    }
}

static void on_lost(const char *name, int64_t checkpoint, const char *what,
                    void *ctx)
{
    (void)ctx;
    fail_msg("%s, checkpoint %lld: %s", name != NULL ? name : "-",
             (long long)checkpoint, what);
}

static void salvage(void **state, struct walk *w, const char *file)
{
    const vs_salvage_options options = {.on_lost = on_lost};
    const char *path = test_path(state, file);
    vs_salvage_report report;
    vs_store *to;

    assert_store(VS_OK, w->store,
                 vs_salvage(w->store, path, &options, &report));
    assert_int_equal(report.n_checkpoints, w->n_checkpoints);
    to = test_open(path, VS_OPEN_READ);
    test_sound(to);
    for (int64_t i = 0; i <= w->n_checkpoints; i++)
        assert_same_states(w->store, i, to, i);
    vs_store_close(to);
}

static void walk(void **state, uint32_t seed, const char *from, const char *to)
{
    const int n_steps = test_stride() > 1 ? N_STEPS / 4 : N_STEPS;
    struct walk w = {.random = seed};

    w.store = test_open(test_path(state, from), VS_OPEN_CREATE_NEW);
    for (int i = 0; i < n_steps; i++)
        step(&w);
    test_sound(w.store);
    salvage(state, &w, to);
    vs_store_close(w.store);
}

static void states_come_back_whatever_names_have_been(void **state)
{
    walk(state, 1, "a.db", "b.db");
    walk(state, 2, "c.db", "d.db");
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(states_come_back_whatever_names_have_been),
    };

    return cmocka_run_group_tests_name("service.states_walk", tests, NULL,
                                       NULL);
}
