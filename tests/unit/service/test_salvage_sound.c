/* test_salvage_sound.c - service/salvage: of a sound store everything comes
 * over, whatever its names have been.
 */
#include "same.h"

#include <stdio.h>

/* What is said of a variable beside its value. */
static void assert_same_words(vs_store *from, vs_store *to, const char *name)
{
    const char *rules[4];
    const char *const *keys[2];
    vs_variable *a = NULL;
    vs_variable *b = NULL;
    size_t i = 0;

    assert_store(VS_OK, from, vs_variable_open(from, name, &a));
    assert_store(VS_OK, to, vs_variable_open(to, name, &b));
    assert_store(VS_OK, from, vs_variable_rules(a, &rules[0], &rules[1]));
    assert_store(VS_OK, to, vs_variable_rules(b, &rules[2], &rules[3]));
    assert_string_equal(rules[0], rules[2]);
    assert_string_equal(rules[1], rules[3]);
    assert_store(VS_OK, from, vs_variable_collections(a, &keys[0]));
    assert_store(VS_OK, to, vs_variable_collections(b, &keys[1]));
    for (; keys[0][i] != NULL && keys[1][i] != NULL; i++)
        assert_string_equal(keys[0][i], keys[1][i]);
    assert_null(keys[0][i]);
    assert_null(keys[1][i]);
    vs_variable_free(a);
    vs_variable_free(b);
}

static void on_lost(const char *name, int64_t checkpoint, const char *what,
                    void *ctx)
{
    (void)ctx;
    fail_msg("%s, checkpoint %lld: %s", name != NULL ? name : "-",
             (long long)checkpoint, what);
}

/* Salvages and compares all states. The new store is left open. */
static vs_store *salvage(void **state, vs_store *from, int64_t n_checkpoints)
{
    const vs_salvage_options options = {.on_lost = on_lost};
    const char *path = test_path(state, "to.db");
    vs_salvage_report report;
    vs_store *to;

    assert_store(VS_OK, from, vs_salvage(from, path, &options, &report));
    assert_int_equal(report.n_checkpoints, n_checkpoints);
    to = test_open(path, VS_OPEN_READ);
    test_sound(to);
    for (int64_t i = 0; i <= n_checkpoints; i++)
        assert_same_states(from, i, to, i);
    return to;
}

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "from.db"), VS_OPEN_CREATE_NEW);
}

static void create(vs_store *store, const char *name,
                   const vs_variable_spec *spec)
{
    assert_store(VS_OK, store, vs_variable_create(store, name, spec, NULL));
}

/* Rows of three numbers, all the same. */
static void make(vs_store *store, const char *name, int64_t rows, double value,
                 int64_t n_parts)
{
    const vs_shape shape = vs_shape_2d(rows, 3);
    vs_variable_spec spec = {.shape = &shape,
                             .initializer = vs_constant(value)};

    if (n_parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(n_parts, 0);
    create(store, name, &spec);
}

static void drop(vs_store *store, const char *name)
{
    assert_store(VS_OK, store, vs_variable_delete(store, name));
}

static void save(vs_store *store)
{
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
}

static void close_both(vs_store *from, vs_store *to)
{
    vs_store_close(to);
    vs_store_close(from);
}

static void variables_of_each_kind_come_over(void **state)
{
    const vs_shape none = vs_shape_1d(0);
    const vs_shape one = vs_shape_scalar();
    const char *const keys[] = {"mine", "yours", NULL};
    vs_variable_spec spec = {.shape = &none};
    vs_store *from = fresh(state);
    vs_store *to;

    create(from, "empty", &spec);
    spec.shape = &one;
    spec.dtype = VS_I64;
    spec.trainable = VS_NO;
    spec.collections = keys;
    create(from, "step", &spec);
    make(from, "q", 2, 1, 0); /* beside names like those of parts */
    make(from, "q/part_0", 3, 2, 0);
    make(from, "q/part_3", 3, 3, 0);
    make(from, "w/aa", 6, 4, 2); /* two wholes, whose names are as long */
    make(from, "w/bb", 6, 5, 3);
    assert_store(VS_OK, from, vs_variable_alias(from, "w/aa/part_1", "single"));
    save(from);
    to = salvage(state, from, 1);
    assert_same_words(from, to, "step");
    assert_same_words(from, to, "empty");
    close_both(from, to);
}

/* Old values would be taken for present ones otherwise. */
static void what_has_no_value_now_gets_no_older_one(void **state)
{
    const vs_shape shape = vs_shape_2d(6, 3);
    const vs_shape huge = vs_shape_1d(INT64_C(1) << 50);
    vs_variable_spec spec = {
        .shape = &shape, .initializer = vs_zeros(), .deferred = VS_YES};
    vs_store *from = fresh(state);
    vs_store *to;

    make(from, "plain", 6, 1, 0);
    make(from, "tied", 6, 2, 0);
    make(from, "cut", 6, 3, 2);
    save(from);
    drop(from, "plain");
    drop(from, "tied");
    drop(from, "cut");
    create(from, "plain", &spec);
    assert_store(VS_OK, from, vs_variable_alias(from, "plain", "tied"));
    spec.partitioner = vs_fixed_size_partitioner(3, 0);
    create(from, "cut", &spec);
    spec = (vs_variable_spec){.shape = &huge, .deferred = VS_YES};
    create(from, "huge", &spec); /* nor is memory asked for it */
    to = salvage(state, from, 1);
    close_both(from, to);
}

/* A name that was an alias has a value of its own now, and the reverse. */
static void names_that_parted_from_each_other_have_their_values(void **state)
{
    vs_store *from = fresh(state);
    vs_store *to;

    make(from, "m", 2, 1, 0);
    assert_store(VS_OK, from, vs_variable_alias(from, "m", "a"));
    assert_store(VS_OK, from, vs_variable_alias(from, "m", "z"));
    make(from, "wm", 6, 4, 2);
    assert_store(VS_OK, from, vs_variable_alias(from, "wm", "wa"));
    assert_store(VS_OK, from, vs_variable_alias(from, "wm", "wz"));
    save(from);
    drop(from, "a");
    drop(from, "z");
    drop(from, "wa");
    drop(from, "wz");
    make(from, "a", 2, 2, 0);
    make(from, "z", 2, 3, 0);
    make(from, "wa", 6, 5, 2);
    make(from, "wz", 6, 6, 2);
    save(from);
    drop(from, "a");
    drop(from, "wm");
    drop(from, "m");
    assert_store(VS_OK, from, vs_variable_alias(from, "z", "m"));
    assert_store(VS_OK, from, vs_variable_alias(from, "wz", "wm"));
    to = salvage(state, from, 2);
    close_both(from, to);
}

/* A variable that was deleted and made again is another one. */
static void what_was_made_anew_is_as_it_is_now(void **state)
{
    const char *const keys[] = {"mine", NULL};
    const vs_shape shape = vs_shape_2d(2, 3);
    vs_variable_spec spec = {.shape = &shape};
    vs_store *from = fresh(state);
    vs_store *to;

    make(from, "x", 2, 1, 0);
    make(from, "dtype", 2, 1, 0);
    make(from, "shape", 2, 1, 0);
    save(from);
    drop(from, "x");
    drop(from, "dtype");
    drop(from, "shape");
    make(from, "shape", 3, 1, 0);
    spec.dtype = VS_F64;
    create(from, "dtype", &spec);
    spec.dtype = VS_F32;
    spec.initializer = vs_constant(2);
    spec.trainable = VS_NO;
    spec.collections = keys;
    spec.regularizer = vs_l2_regularizer(0.5);
    spec.constraint = vs_non_neg();
    create(from, "x", &spec);
    to = salvage(state, from, 1);
    assert_same_words(from, to, "x");
    close_both(from, to);
}

/* By a restore of the first checkpoint, after the second. */
static void what_was_cut_meanwhile_is_one_again(void **state)
{
    vs_store *from = fresh(state);
    vs_store *to;

    make(from, "x", 6, 1, 0);
    make(from, "y", 6, 2, 2);
    save(from);
    drop(from, "x");
    drop(from, "y");
    make(from, "x", 6, 3, 3);
    make(from, "y", 6, 4, 0);
    save(from);
    assert_store(VS_OK, from, vs_checkpoint_restore(from, 1, NULL, NULL));
    to = salvage(state, from, 2);
    assert_same_words(from, to, "x");
    close_both(from, to);
}

static void a_sealed_root_is_sealed_again(void **state)
{
    const vs_mark *mark = NULL;
    vs_mark_list *list = NULL;
    vs_store *from = fresh(state);
    vs_store *to;

    make(from, "x", 6, 1, 0);
    save(from);
    assert_store(VS_OK, from, vs_scope_seal(from, "", "here"));
    to = salvage(state, from, 1);
    assert_store(VS_OK, to, vs_mark_list_open(to, VS_MARK_SEALED, &list));
    assert_store(VS_OK, to, vs_mark_list_next(list, &mark));
    assert_string_equal(mark->scope, "");
    assert_string_equal(mark->made.site, "here");
    vs_mark_list_close(list);
    close_both(from, to);
}

/* It says nothing about checkpoints that were saved before. */
static void what_checkpoints_leave_out_now_stays_in_older_ones(void **state)
{
    vs_store *from = fresh(state);
    vs_store *to;

    make(from, "x", 2, 1, 0);
    make(from, "w", 6, 2, 3);
    save(from);
    assert_store(VS_OK, from,
                 vs_collection_add(from, VS_UNSAVED_VARIABLES, "x"));
    assert_store(VS_OK, from,
                 vs_collection_add(from, VS_UNSAVED_VARIABLES, "w"));
    make(from, "y", 2, 3, 0);
    assert_store(VS_OK, from,
                 vs_collection_add(from, VS_UNSAVED_VARIABLES, "y"));
    save(from);
    to = salvage(state, from, 2);
    assert_same_words(from, to, "x");
    assert_same_words(from, to, "w/part_1");
    assert_same_words(from, to, "y");
    close_both(from, to);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(variables_of_each_kind_come_over),
        IN_DIR(what_has_no_value_now_gets_no_older_one),
        IN_DIR(names_that_parted_from_each_other_have_their_values),
        IN_DIR(what_was_made_anew_is_as_it_is_now),
        IN_DIR(what_checkpoints_leave_out_now_stays_in_older_ones),
        IN_DIR(what_was_cut_meanwhile_is_one_again),
        IN_DIR(a_sealed_root_is_sealed_again),
    };

    return cmocka_run_group_tests_name("service.salvage_sound", tests, NULL,
                                       NULL);
}
