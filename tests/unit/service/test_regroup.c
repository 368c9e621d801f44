/* test_regroup.c - restoring what is partitioned in another way now. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stores.h"

/* How a variable of the tests is cut: no parts, one whole. */
struct way {
    int64_t parts;
    int axis;
};

static const struct way ways[] = {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {2, 1}};

#define N_WAYS 5

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "s.db"), VS_OPEN_CREATE_NEW);
}

/* A f32 [5,3] variable, cut in some way, with elements from, from + 1, ... */
static void make(vs_store *store, const char *name, struct way way, float from)
{
    const vs_shape shape = vs_shape_2d(5, 3);
    float values[15];
    vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable_spec spec = {.initializer = vs_value(&view)};

    for (int i = 0; i < 15; i++)
        values[i] = from + (float)i;
    if (way.parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(way.parts, way.axis);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
}

/* Asserts how a variable is cut, and what it holds. */
static void assert_is(vs_store *store, const char *name, struct way way,
                      float from)
{
    vs_variable *v = NULL;
    float *values;

    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    assert_int_equal(vs_variable_n_parts(v), way.parts);
    if (way.parts > 1)
        assert_int_equal(vs_variable_partition(v)->axis, way.axis);
    values = test_read_f32(v);
    for (int i = 0; i < 15; i++)
        assert_true(values[i] == from + (float)i);
    free(values);
    vs_variable_free(v);
}

/* Changes are added to a text: "set w; removed w/part_0; " */
static void on_change(vs_restore_change change, const char *name, void *ctx)
{
    static const char *const words[] = {"set", "made", "removed", "extra"};
    char *text = ctx;

    (void)snprintf(text + strlen(text), 400 - strlen(text), "%s %s; ",
                   words[change], name);
}

static int64_t save(vs_store *store)
{
    int64_t checkpoint = 0;

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &checkpoint));
    return checkpoint;
}

/* Every way into every other, by a restore that takes back the old one, exact
 * or not. */
static void restoring_brings_back_how_it_was_cut(void **state)
{
    vs_store *store = fresh(state);

    for (int i = 0; i < N_WAYS; i++) {
        for (int k = 0; k < N_WAYS; k++) {
            const vs_restore_options options = {.exact = (i + k) % 2 == 0};
            int64_t checkpoint;

            make(store, "w", ways[i], 0);
            checkpoint = save(store);
            assert_store(VS_OK, store, vs_variable_delete(store, "w"));
            make(store, "w", ways[k], 100);
            assert_store(
                VS_OK, store,
                vs_checkpoint_restore(store, checkpoint, &options, NULL));
            assert_is(store, "w", ways[i], 0);
            assert_store(VS_OK, store, vs_variable_delete(store, "w"));
        }
    }
    test_sound(store);
    vs_store_close(store);
}

/* K13: the same, into what is there now. */
static void restoring_into_another_cut_keeps_it(void **state)
{
    vs_store *store = fresh(state);

    for (int i = 0; i < N_WAYS; i++) {
        for (int k = 0; k < N_WAYS; k++) {
            const vs_restore_options options = {.keep_partitions = true,
                                                .exact = (i + k) % 2 == 0};
            vs_restore_report report;
            int64_t checkpoint;

            make(store, "w", ways[i], 0);
            checkpoint = save(store);
            assert_store(VS_OK, store, vs_variable_delete(store, "w"));
            make(store, "w", ways[k], 100);
            assert_store(
                VS_OK, store,
                vs_checkpoint_restore(store, checkpoint, &options, &report));
            assert_is(store, "w", ways[k], 0);
            if (i != k) {
                assert_int_equal(report.n_set, 1);
                assert_int_equal(report.n_made, 0);
                assert_int_equal(report.n_removed, 0);
            }
            assert_store(VS_OK, store, vs_variable_delete(store, "w"));
        }
    }
    test_sound(store);
    vs_store_close(store);
}

static void what_is_cut_as_it_was_comes_back_beside_what_is_kept(void **state)
{
    const vs_restore_options keep = {.keep_partitions = true};
    vs_store *store = fresh(state);
    int64_t checkpoint;

    make(store, "v", ways[2], 50);
    make(store, "w", ways[2], 0);
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "v"));
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    make(store, "v", ways[2], 200);
    make(store, "w", ways[3], 100);
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &keep, NULL));
    assert_is(store, "v", ways[2], 50);
    assert_is(store, "w", ways[3], 0);
    test_sound(store);
    vs_store_close(store);
}

static void changes_are_told_before_and_after(void **state)
{
    static const char taken[] = "removed w; made w/part_0; made w/part_1; ";
    static const char kept[] = "set w; ";
    vs_store *store = fresh(state);
    char text[400] = "";
    vs_restore_options options = {.on_change = on_change, .ctx = text};
    vs_restore_report report;
    int64_t checkpoint;

    make(store, "w", ways[2], 0);
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    make(store, "w", ways[0], 100);
    options.dry_run = true;
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &options, &report));
    assert_string_equal(text, taken);
    assert_int_equal(report.n_removed, 1);
    assert_int_equal(report.n_made, 2);
    text[0] = '\0';
    options.keep_partitions = true;
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &options, &report));
    assert_string_equal(text, kept);
    assert_is(store, "w", ways[0], 100);
    text[0] = '\0';
    options.dry_run = false;
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &options, &report));
    assert_string_equal(text, kept);
    options.keep_partitions = false;
    text[0] = '\0';
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &options, &report));
    assert_string_equal(text, taken);
    vs_store_close(store);
}

static void another_shape_is_not_kept(void **state)
{
    vs_store *store = fresh(state);
    const vs_restore_options options = {.keep_partitions = true};
    int64_t checkpoint;

    make(store, "w", ways[2], 0);
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    vs_variable_free(test_iota(store, "w", vs_shape_2d(3, 5)));
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &options, NULL));
    assert_is(store, "w", ways[2], 0);
    test_sound(store);
    vs_store_close(store);
}

static void stray_names_of_parts_go_with_the_other_cut(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    int64_t plain;
    int64_t cut;

    vs_variable_free(test_iota(store, "w/part_7", vs_shape_1d(2)));
    plain = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w/part_7"));
    make(store, "w", ways[3], 0);
    cut = save(store);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, plain, NULL, NULL));
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, "w", &v));
    test_sound(store);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, cut, NULL, NULL));
    assert_is(store, "w", ways[3], 0);
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open(store, "w/part_7", &v));
    test_sound(store);
    vs_store_close(store);
}

static void a_part_is_restored_alone_only_into_its_whole(void **state)
{
    vs_store *store = fresh(state);
    const vs_restore_options options = {.scope = "w/part_1"};
    const vs_shape shape = vs_shape_2d(3, 3);
    float nines[9];
    const vs_view view = vs_view_of(VS_F32, &shape, nines);
    vs_variable *v = NULL;
    int64_t checkpoint;

    for (int i = 0; i < 9; i++)
        nines[i] = 9;
    make(store, "w", ways[2], 0); /* [3,3] and [2,3] */
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_open(store, "w/part_0", &v));
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    vs_variable_free(v);
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &options, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    make(store, "w", ways[3], 100);
    assert_store(VS_ERR_PARTITION, store,
                 vs_checkpoint_restore(store, checkpoint, &options, NULL));
    assert_is(store, "w", ways[3], 100);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_ERR_PARTITION, store,
                 vs_checkpoint_restore(store, checkpoint, &options, NULL));
    test_sound(store);
    vs_store_close(store);
}

/* What was partitioned has the name of a part now: the others of that whole
 * would stay alone. */
static void what_is_a_part_now_goes_with_its_whole(void **state)
{
    const vs_restore_options part = {.scope = "w/part_0"};
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    int64_t checkpoint;

    make(store, "w/part_0", ways[2], 0);
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w/part_0"));
    make(store, "w", ways[3], 100);
    assert_store(VS_ERR_PARTITION, store,
                 vs_checkpoint_restore(store, checkpoint, &part, NULL));
    assert_is(store, "w", ways[3], 100);
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, NULL, NULL));
    assert_is(store, "w/part_0", ways[2], 0);
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open(store, "w/part_1", &v));
    test_sound(store);
    vs_store_close(store);
}

/* The name of a part that a whole does not have is reserved all the same. */
static void what_is_partitioned_under_a_parts_name_is_in_its_way(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    int64_t inner;
    int64_t outer;

    make(store, "w/part_7", ways[2], 0);
    inner = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w/part_7"));
    make(store, "w", ways[3], 100);
    outer = save(store);
    for (int i = 0; i < 2; i++) {
        assert_store(VS_OK, store,
                     vs_checkpoint_restore(store, inner, NULL, NULL));
        assert_is(store, "w/part_7", ways[2], 0);
        assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, "w", &v));
        assert_store(VS_OK, store,
                     vs_checkpoint_restore(store, outer, NULL, NULL));
        assert_is(store, "w", ways[3], 100);
        assert_store(VS_ERR_NOTFOUND, store,
                     vs_variable_open(store, "w/part_7", &v));
    }
    test_sound(store);
    vs_store_close(store);
}

static void what_stays_as_it_is_cut_loses_no_part(void **state)
{
    const vs_restore_options keep = {.keep_partitions = true};
    vs_store *store = fresh(state);
    int64_t checkpoint;

    make(store, "w", ways[0], 0);
    make(store, "w/part_0", ways[2], 50);
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w/part_0"));
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    make(store, "w", ways[3], 100);
    assert_store(VS_ERR_PARTITION, store,
                 vs_checkpoint_restore(store, checkpoint, &keep, NULL));
    assert_is(store, "w", ways[3], 100);
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, NULL, NULL));
    assert_is(store, "w", ways[0], 0);
    assert_is(store, "w/part_0", ways[2], 50);
    test_sound(store);
    vs_store_close(store);
}

static void what_is_never_saved_is_not_removed(void **state)
{
    vs_store *store = fresh(state);
    int64_t checkpoint;

    make(store, "w", ways[2], 0);
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    make(store, "w", ways[0], 100);
    assert_store(VS_OK, store,
                 vs_collection_add(store, VS_UNSAVED_VARIABLES, "w"));
    assert_store(VS_ERR_PARTITION, store,
                 vs_checkpoint_restore(store, checkpoint, NULL, NULL));
    assert_is(store, "w", ways[0], 100);
    test_sound(store);
    vs_store_close(store);
}

static void aliases_of_the_whole_come_back_too(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *a = NULL;
    vs_variable *b = NULL;
    int64_t checkpoint;

    make(store, "w", ways[2], 0);
    assert_store(VS_OK, store, vs_variable_alias(store, "w", "a/v"));
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_OK, store, vs_variable_delete(store, "a/v"));
    make(store, "w", ways[4], 100);
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_open(store, "w", &a));
    assert_store(VS_OK, store, vs_variable_open(store, "a/v", &b));
    assert_true(vs_variable_same(a, b));
    vs_variable_free(a);
    vs_variable_free(b);
    test_sound(store);
    vs_store_close(store);
}

/* More names than are made room for at first. */
static void many_parts_go_with_the_other_cut(void **state)
{
    const vs_shape shape = vs_shape_1d(40);
    vs_variable_spec spec = {.shape = &shape};
    vs_store *store = fresh(state);
    vs_restore_report report;
    vs_variable *v = NULL;
    int64_t whole;
    int64_t cut;

    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    whole = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    spec.partitioner = vs_fixed_size_partitioner(40, 0);
    assert_store(VS_OK, store, vs_variable_create(store, "w", &spec, NULL));
    cut = save(store);
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, whole, NULL, &report));
    assert_int_equal(report.n_removed, 40);
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open(store, "w/part_39", &v));
    assert_store(VS_OK, store, vs_checkpoint_restore(store, cut, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    assert_int_equal(vs_variable_n_parts(v), 40);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

/* Only what has the name of a part excludes a whole, or what is partitioned
 * under such a name. */
static void names_below_a_whole_stay(void **state)
{
    static const char *const below[] = {"w/bias", "w/x/part_0",
                                        "w/part_1/part_0", "w/part_1/bias"};
    vs_store *store = fresh(state);
    vs_restore_report report;
    int64_t cut;
    int64_t whole;

    make(store, "w", ways[2], 0);
    cut = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    make(store, "w", ways[0], 50);
    whole = save(store);
    for (size_t i = 0; i < 4; i++)
        make(store, below[i], ways[0], (float)i);
    make(store, "w/y", ways[2], 7);
    make(store, "w/z/part_3", ways[3], 8);
    for (int i = 0; i < 2; i++) {
        assert_store(VS_OK, store,
                     vs_checkpoint_restore(store, cut, NULL, &report));
        assert_is(store, "w", ways[2], 0);
        assert_int_equal(report.n_extra, 4 + 2 + 3);
        assert_store(VS_OK, store,
                     vs_checkpoint_restore(store, whole, NULL, &report));
        assert_is(store, "w", ways[0], 50);
        assert_int_equal(report.n_extra, 4 + 2 + 3);
    }
    for (size_t i = 0; i < 4; i++)
        assert_is(store, below[i], ways[0], (float)i);
    assert_is(store, "w/y", ways[2], 7);
    assert_is(store, "w/z/part_3", ways[3], 8);
    test_sound(store);
    vs_store_close(store);
}

static void a_second_name_of_a_part_makes_way_alone(void **state)
{
    vs_store *store = fresh(state);
    int64_t checkpoint;

    make(store, "x", ways[2], 0);
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "x"));
    make(store, "w", ways[3], 100);
    assert_store(VS_OK, store, vs_variable_alias(store, "w/part_0", "x"));
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, NULL, NULL));
    assert_is(store, "x", ways[2], 0);
    assert_is(store, "w", ways[3], 100);
    test_sound(store);
    vs_store_close(store);
}

/* A variable that only has the name of a part comes back alone, unless the name
 * is reserved by now. */
static void what_only_has_a_parts_name_needs_it_to_be_free(void **state)
{
    const vs_restore_options options = {.scope = "w/part_1"};
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    int64_t checkpoint;

    make(store, "w/part_1", ways[0], 7);
    checkpoint = save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w/part_1"));
    make(store, "w", ways[3], 100);
    assert_store(VS_ERR_PARTITION, store,
                 vs_checkpoint_restore(store, checkpoint, &options, NULL));
    assert_non_null(
        strstr(vs_store_error(store)->message, "w/part_1 is reserved"));
    assert_is(store, "w", ways[3], 100);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open(store, "w/part_1", &v));
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &options, NULL));
    assert_is(store, "w/part_1", ways[0], 7);
    test_sound(store);
    vs_store_close(store);
}

static vs_status restore_both(void *ctx)
{
    vs_store *store = ctx;
    vs_restore_options options = {.keep_partitions = true};
    vs_status st = vs_checkpoint_restore(store, 1, &options, NULL);

    if (st == VS_OK)
        st = vs_checkpoint_restore(store, 1, NULL, NULL);
    return st == VS_OK ? vs_checkpoint_restore(store, 2, NULL, NULL) : st;
}

static void without_memory_nothing_is_half_restored(void **state)
{
    vs_store *store = fresh(state);

    make(store, "w", ways[3], 0);
    (void)save(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    make(store, "w", ways[4], 100);
    (void)save(store);
    assert_true(test_each_allocation_failing(restore_both, store, false) > 10);
    assert_is(store, "w", ways[4], 100);
    test_sound(store);
    vs_store_close(store);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(restoring_brings_back_how_it_was_cut),
        TEST(restoring_into_another_cut_keeps_it),
        TEST(what_is_cut_as_it_was_comes_back_beside_what_is_kept),
        TEST(changes_are_told_before_and_after),
        TEST(another_shape_is_not_kept),
        TEST(stray_names_of_parts_go_with_the_other_cut),
        TEST(a_part_is_restored_alone_only_into_its_whole),
        TEST(what_is_a_part_now_goes_with_its_whole),
        TEST(what_is_partitioned_under_a_parts_name_is_in_its_way),
        TEST(what_stays_as_it_is_cut_loses_no_part),
        TEST(what_is_never_saved_is_not_removed),
        TEST(aliases_of_the_whole_come_back_too),
        TEST(many_parts_go_with_the_other_cut),
        TEST(names_below_a_whole_stay),
        TEST(a_second_name_of_a_part_makes_way_alone),
        TEST(what_only_has_a_parts_name_needs_it_to_be_free),
        TEST(without_memory_nothing_is_half_restored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
