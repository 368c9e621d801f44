/* test_saver.c - what TensorFlow 1.x tests of its Saver and of its readers of
 * checkpoints, asked of this library, whose checkpoints are in the store. A
 * function bears the name of the TensorFlow test whose facts it checks.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(struct world *w, vs_variable *v, double x)
{
    char element[16];
    const vs_view view =
        vs_view_of(vs_variable_dtype(v), vs_variable_shape(v), element);

    assert_int_equal(vs_variable_shape(v)->rank, 0);
    vs_from_double(vs_variable_dtype(v), &x, 1, element);
    assert_store(VS_OK, w->store, vs_variable_write(v, &view));
}

static int64_t save(struct world *w, int64_t step)
{
    vs_save_options options = VS_SAVE_OPTIONS_INIT;
    int64_t checkpoint = 0;

    options.step = step;
    assert_store(VS_OK, w->store,
                 vs_checkpoint_save(w->store, &options, &checkpoint));
    assert_true(checkpoint > 0);
    return checkpoint;
}

static void restore(struct world *w, int64_t checkpoint)
{
    assert_store(VS_OK, w->store,
                 vs_checkpoint_restore(w->store, checkpoint, NULL, NULL));
}

static double saved(struct world *w, int64_t checkpoint, const char *name)
{
    vs_variable *v = NULL;
    double x;

    assert_store(VS_OK, w->store,
                 vs_variable_open_at(w->store, checkpoint, name, &v));
    x = value(w, v);
    vs_variable_free(v);
    return x;
}

static void test_basics(struct world *w)
{
    vs_variable *v0 = get(w, "v0", "v0");
    vs_variable *v1 = get(w, "v1", "v1");
    int64_t checkpoint;

    set(w, v0, 10);
    set(w, v1, 20);
    checkpoint = save(w, VS_NO_STEP);
    set(w, v0, 1000);
    set(w, v1, 2000);
    restore(w, checkpoint);
    assert_true(value(w, v0) == 10);
    assert_true(value(w, v1) == 20);
}

static void test_int64(struct world *w)
{
    vs_variable *v = get_spec(
        w, "v", "v", (vs_variable_spec){.dtype = VS_I64, .shape = SCALAR});
    int64_t checkpoint;

    set(w, v, 15);
    checkpoint = save(w, VS_NO_STEP);
    set(w, v, -1);
    restore(w, checkpoint);
    assert_true(value(w, v) == 15);
}

/* A list of all variables by default; locals are not among them. */
static void test_variables(struct world *w)
{
    const vs_variable_spec spec = {.shape = SCALAR};
    vs_variable *local = NULL;
    vs_variable *v = NULL;
    int64_t checkpoint;

    (void)get_spec(w, "v", "v",
                   (vs_variable_spec){.shape = SCALAR, .trainable = VS_NO});
    assert_store(VS_OK, w->store,
                 vs_get_local_variable(w->ctx, "l", &spec, &local));
    checkpoint = save(w, VS_NO_STEP);
    assert_true(saved(w, checkpoint, "v") == value(w, w->held[0]));
    assert_store(VS_ERR_NOTFOUND, w->store,
                 vs_variable_open_at(w->store, checkpoint, "l", &v));
    vs_variable_free(local);
}

/* Adapted: a second name of one variable is an alias, saved as one. */
static void test_same_name(struct world *w)
{
    vs_variable *v = get(w, "v", "v");
    vs_variable *there = NULL;
    int64_t checkpoint;

    if (vs_variable_open(w->store, "also", &there) == VS_ERR_NOTFOUND)
        assert_store(VS_OK, w->store, vs_variable_alias(w->store, "v", "also"));
    vs_variable_free(there);
    set(w, v, 3);
    checkpoint = save(w, VS_NO_STEP);
    set(w, v, 4);
    assert_true(saved(w, checkpoint, "v") == 3);
    assert_true(saved(w, checkpoint, "also") == 3);
}

/* Adapted: an empty state can be saved, and nothing need be allowed. */
static void test_allow_empty(struct world *w)
{
    vs_restore_report report;
    const int64_t checkpoint = save(w, VS_NO_STEP);

    assert_store(VS_OK, w->store,
                 vs_checkpoint_restore(w->store, checkpoint, NULL, &report));
    assert_int_equal(report.n_set + report.n_made + report.n_same, 0);
}

/* Adapted: what cannot be found is a number, not a path. */
static void test_invalid_path(struct world *w)
{
    int64_t found = -1;

    assert_store(VS_ERR_NOTFOUND, w->store,
                 vs_checkpoint_restore(w->store, 12345, NULL, NULL));
    assert_store(VS_ERR_NOTFOUND, w->store,
                 vs_checkpoint_find(w->store, "12345", &found));
    assert_int_equal(found, -1);
}

/* Adapted: the step is a column, and needs no padding. */
static void test_save_with_global_step(struct world *w)
{
    vs_variable *v = get(w, "v", "v");
    int64_t five;
    int64_t found = 0;

    set(w, v, 5);
    five = save(w, 5);
    set(w, v, 1000005);
    (void)save(w, 1000005);
    assert_store(VS_OK, w->store,
                 vs_checkpoint_find(w->store, "step:5", &found));
    assert_int_equal(found, five);
    assert_store(VS_OK, w->store,
                 vs_checkpoint_find(w->store, "step:1000005", &found));
    assert_true(saved(w, found, "v") == 1000005);
    assert_store(VS_ERR_NOTFOUND, w->store,
                 vs_checkpoint_find(w->store, "step:6", &found));
}

/* Adapted: nothing is deleted by itself. */
static void test_no_max_to_keep(struct world *w)
{
    vs_variable *v = get(w, "v", "v");
    int64_t kept[8];

    for (int i = 0; i < 8; i++) {
        set(w, v, i);
        kept[i] = save(w, VS_NO_STEP);
    }
    for (int i = 0; i < 8; i++)
        assert_true(saved(w, kept[i], "v") == i);
}

/* How a tensor [10,3] is cut; 0 parts: it is whole. */
struct cut {
    int64_t parts;
    int axis;
};

static void make_cut(struct world *w, struct cut cut, float *values)
{
    const vs_shape shape = vs_shape_2d(10, 3);
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable_spec spec = {.initializer = vs_value(&view)};

    if (cut.parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(cut.parts, cut.axis);
    assert_store(VS_OK, w->store,
                 vs_variable_create(w->store, "v", &spec, NULL));
}

/* Saved in one cut, restored into another. */
static void restore_cut(struct world *w, int64_t checkpoint, struct cut to,
                        const float *want)
{
    const vs_restore_options keep = {.keep_partitions = true};
    float zeros[30] = {0};
    vs_variable *v = NULL;
    float *have;

    make_cut(w, to, zeros);
    assert_store(VS_OK, w->store,
                 vs_checkpoint_restore(w->store, checkpoint, &keep, NULL));
    assert_store(VS_OK, w->store, vs_variable_open(w->store, "v", &v));
    assert_int_equal(vs_variable_n_parts(v), to.parts);
    have = test_read_f32(v);
    assert_memory_equal(have, want, 30 * sizeof *want);
    free(have);
    vs_variable_free(v);
    assert_store(VS_OK, w->store, vs_variable_delete(w->store, "v"));
}

/* Adapted: the cut of now is kept if the caller says so. */
static void test_partitioned_variable(struct world *w)
{
    static const struct cut cuts[] = {{0, 0}, {2, 0}, {10, 0}, {3, 1}, {1, 0}};
    const size_t n = sizeof cuts / sizeof cuts[0];
    float values[30];

    for (int i = 0; i < 30; i++)
        values[i] = (float)i + 0.5F;
    for (size_t from = 0; from < n; from++) {
        int64_t checkpoint;

        make_cut(w, cuts[from], values);
        checkpoint = save(w, VS_NO_STEP);
        assert_store(VS_OK, w->store, vs_variable_delete(w->store, "v"));
        for (size_t to = 0; to < n; to++)
            restore_cut(w, checkpoint, cuts[to], values);
        assert_store(VS_OK, w->store,
                     vs_checkpoint_delete(w->store, checkpoint));
    }
}

/* Adapted: the newest row, whatever files there are. */
static void test_latest_checkpoint(struct world *w)
{
    vs_variable *v = get(w, "v", "v");
    int64_t first;
    int64_t second;
    int64_t found = 0;

    set(w, v, 1);
    first = save(w, VS_NO_STEP);
    set(w, v, 2);
    second = save(w, VS_NO_STEP);
    assert_store(VS_OK, w->store,
                 vs_checkpoint_find(w->store, "latest", &found));
    assert_int_equal(found, second);
    assert_store(VS_OK, w->store, vs_checkpoint_delete(w->store, second));
    assert_store(VS_OK, w->store,
                 vs_checkpoint_find(w->store, "latest", &found));
    assert_int_equal(found, first);
}

/* Adapted: the state file is the list of rows, newest first. */
static void test_checkpoint_state(struct world *w)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    int64_t saved_now[2];

    (void)get(w, "v", "v");
    saved_now[0] = save(w, 1);
    saved_now[1] = save(w, 2);
    assert_store(VS_OK, w->store, vs_checkpoint_list_open(w->store, &list));
    for (int i = 1; i >= 0; i--) {
        assert_store(VS_OK, w->store, vs_checkpoint_list_next(list, &info));
        assert_int_equal(info->id, saved_now[i]);
        assert_int_equal(info->step, i + 1);
    }
    assert_int_equal(vs_checkpoint_list_next(list, &info),
                     w->again ? VS_OK : VS_DONE);
    vs_checkpoint_list_close(list);
}

/* Adapted: by number, not by the files of a path. */
static void test_checkpoint_exists(struct world *w)
{
    int64_t found = 0;
    char ref[32];

    (void)get(w, "v", "v");
    (void)snprintf(ref, sizeof ref, "%lld", (long long)save(w, VS_NO_STEP));
    assert_store(VS_OK, w->store, vs_checkpoint_find(w->store, ref, &found));
    assert_store(VS_OK, w->store, vs_checkpoint_delete(w->store, found));
    assert_store(VS_ERR_NOTFOUND, w->store,
                 vs_checkpoint_find(w->store, ref, &found));
}

/* Adapted: times are those of saving, in the rows. */
static void test_get_checkpoint_mtimes(struct world *w)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    vs_store_info store;
    int64_t newer;

    (void)get(w, "v", "v");
    (void)save(w, VS_NO_STEP);
    (void)save(w, VS_NO_STEP);
    assert_store(VS_OK, w->store, vs_store_describe(w->store, &store));
    assert_store(VS_OK, w->store, vs_checkpoint_list_open(w->store, &list));
    assert_store(VS_OK, w->store, vs_checkpoint_list_next(list, &info));
    newer = info->at_ms;
    assert_store(VS_OK, w->store, vs_checkpoint_list_next(list, &info));
    assert_true(info->at_ms <= newer);
    assert_true(info->at_ms >= store.created_ms);
    vs_checkpoint_list_close(list);
}

static void test_no_checkpoints(struct world *w)
{
    int64_t found = 0;
    vs_variable *v = NULL;

    (void)get(w, "v", "v");
    assert_store(VS_ERR_NOTFOUND, w->store,
                 vs_checkpoint_find(w->store, "latest", &found));
    assert_store(VS_ERR_NOTFOUND, w->store,
                 vs_variable_open_at(w->store, 1, "v", &v));
    assert_null(v);
}

static void test_no_tensor(struct world *w)
{
    vs_variable *v = NULL;
    int64_t checkpoint;

    (void)get(w, "v", "v");
    checkpoint = save(w, VS_NO_STEP);
    assert_store(VS_ERR_NOTFOUND, w->store,
                 vs_variable_open_at(w->store, checkpoint, "adam", &v));
    assert_non_null(strstr(vs_store_error(w->store)->message, "adam"));
    assert_null(v);
}

/* The value of then, while that of now is another; a ":0" is overlooked, as by
 * TensorFlow's load_variable (K16). */
static void test_get_tensor(struct world *w)
{
    vs_variable *v = get(w, "v", "v");
    int64_t checkpoint;

    set(w, v, 6);
    checkpoint = save(w, VS_NO_STEP);
    set(w, v, 7);
    assert_true(saved(w, checkpoint, "v") == 6);
    assert_true(saved(w, checkpoint, "v:0") == 6);
    assert_true(value(w, v) == 7);
}

/* Adapted: names in order, each with its shape; what is in parts is told part by part. */
static void test_get_all_variables(struct world *w)
{
    static const char *const names[] = {"a/b", "v", "w/part_0", "w/part_1",
                                        "z"};
    static const char *const shapes[] = {"[2,3]", "[]", "[2]", "[1]", "[]"};
    const int n = w->again ? 5 : 4; /* z was made after the first was saved */
    const vs_variable_info *info = NULL;
    vs_list_options options = {0};
    vs_list *list = NULL;

    (void)get_spec(w, "a/b", "a/b", (vs_variable_spec){.shape = SHAPE(2, 3)});
    (void)get(w, "v", "v");
    (void)get_spec(
        w, "w", "w",
        (vs_variable_spec){.shape = SHAPE(3),
                           .partitioner = vs_fixed_size_partitioner(2, 0)});
    options.checkpoint = save(w, VS_NO_STEP);
    (void)get(w, "z", "z");
    assert_store(VS_OK, w->store, vs_list_open(w->store, &options, &list));
    for (int i = 0; i < n; i++) {
        char text[VS_SHAPE_TEXT_MAX];

        assert_store(VS_OK, w->store, vs_list_next(list, &info));
        assert_string_equal(info->name, names[i]);
        assert_string_equal(vs_shape_text(&info->shape, text), shapes[i]);
    }
    assert_int_equal(vs_list_next(list, &info), VS_DONE);
    vs_list_close(list);
}

int main(void)
{
    static const struct program programs[] = {
        PROGRAM(test_basics),
        PROGRAM(test_int64),
        PROGRAM(test_variables),
        PROGRAM(test_same_name),
        PROGRAM(test_allow_empty),
        PROGRAM(test_invalid_path),
        PROGRAM(test_save_with_global_step),
        PROGRAM(test_no_max_to_keep),
        PROGRAM(test_partitioned_variable),
        PROGRAM(test_latest_checkpoint),
        PROGRAM(test_checkpoint_state),
        PROGRAM(test_checkpoint_exists),
        PROGRAM(test_get_checkpoint_mtimes),
        PROGRAM(test_no_checkpoints),
        PROGRAM(test_no_tensor),
        PROGRAM(test_get_tensor),
        PROGRAM(test_get_all_variables),
    };

    return world_main("conformance.saver", programs,
                      sizeof programs / sizeof programs[0]);
}
