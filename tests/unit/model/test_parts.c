/* test_parts.c - names of partitioned variables: what happens to one happens
 * to all its parts.
 */
#include <stdlib.h>
#include <string.h>

#include "model/parts.h"
#include "stores.h"

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "s.db"), VS_OPEN_CREATE_NEW);
}

/* Three parts of [5,2], seeded by nothing: zeros. */
static void make(vs_store *store, const char *name)
{
    const vs_shape shape = vs_shape_2d(5, 2);
    vs_variable_spec spec = {.shape = &shape, .initializer = vs_zeros()};

    spec.partitioner = vs_fixed_size_partitioner(3, 0);
    assert_store(VS_OK, store, vs_variable_create(store, name, &spec, NULL));
}

/* Number of parts under a name; -1: it does not exist. */
static int64_t parts_of(vs_store *store, const char *name)
{
    vs_variable *v = NULL;
    const vs_status st = vs_variable_open(store, name, &v);
    const int64_t n = st == VS_OK ? vs_variable_n_parts(v) : -1;

    if (st != VS_ERR_NOTFOUND)
        assert_store(VS_OK, store, st);
    vs_variable_free(v);
    return n;
}

/* All current names, joined by blanks. */
static void assert_names(vs_store *store, const char *want)
{
    char have[1000] = "";
    vs_list *list = NULL;
    const vs_variable_info *info;

    assert_store(VS_OK, store, vs_list_open(store, NULL, &list));
    while (vs_list_next(list, &info) == VS_OK) {
        strcat(have, have[0] != '\0' ? " " : "");
        strcat(have, info->name);
    }
    vs_list_close(list);
    assert_string_equal(have, want);
}

static void ordinals_are_read_from_names(void **state)
{
    size_t n = 0;
    char name[VS_NAME_MAX + 1];
    char longest[VS_NAME_MAX + 1];

    (void)state;
    assert_int_equal(vs__part_ordinal("a/b/part_0", &n), 0);
    assert_int_equal(n, 3);
    assert_int_equal(vs__part_ordinal("w/part_12", &n), 12);
    assert_int_equal(n, 1);
    assert_int_equal(vs__part_ordinal("part_1", &n), -1);
    assert_int_equal(vs__part_ordinal("w/part_", &n), -1);
    assert_int_equal(vs__part_ordinal("w/part_01", &n), -1);
    assert_int_equal(vs__part_ordinal("w/part_1x", &n), -1);
    assert_int_equal(vs__part_ordinal("w/part_1/x", &n), -1);
    assert_int_equal(vs__part_ordinal("w/apart_1", &n), -1);
    assert_int_equal(vs__part_ordinal("w/part_99999999999999999999", &n), -1);
    assert_int_equal(vs__part_ordinal("/part_1", &n), -1);
    assert_int_equal(vs__part_ordinal("w/part_1 ", &n), -1);
    assert_true(vs__part_name("w", 10, name));
    assert_string_equal(name, "w/part_10");
    memset(longest, 'a', VS_NAME_MAX);
    longest[VS_NAME_MAX] = '\0';
    assert_false(vs__part_name(longest, 0, name));
    longest[VS_NAME_MAX - 7] = '\0';
    assert_true(vs__part_name(longest, 9, name));
    assert_false(vs__part_name(longest, 10, name));
}

static void deleting_takes_all_parts(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    vs_variable *part = NULL;
    int64_t version;

    make(store, "w");
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    assert_store(VS_OK, store, vs_variable_open(store, "w/part_2", &part));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_delete(store, "w/part_1"));
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_names(store, "");
    assert_store(VS_ERR_STALE, store, vs_variable_version(v, &version));
    assert_store(VS_ERR_STALE, store, vs_variable_version(part, &version));
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_delete(store, "w"));
    vs_variable_free(part);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void renaming_takes_all_parts_along(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(1);

    make(store, "a/w");
    vs_variable_free(test_iota(store, "p", shape));
    vs_variable_free(test_iota(store, "q/part_5", shape));
    assert_store(VS_ERR_EXISTS, store, vs_variable_rename(store, "a/w", "p"));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_rename(store, "a/w", "q"));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_rename(store, "a/w/part_0", "x"));
    assert_store(VS_ERR_EXISTS, store, vs_variable_rename(store, "p", "a/w"));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_rename(store, "p", "a/w/part_3"));
    assert_store(VS_OK, store, vs_variable_rename(store, "a/w", "b/c"));
    assert_names(store, "b/c/part_0 b/c/part_1 b/c/part_2 p q/part_5");
    assert_int_equal(parts_of(store, "b/c"), 3);
    assert_int_equal(parts_of(store, "a/w"), -1);
    test_sound(store);
    vs_store_close(store);
}

/* Names of parts are longer than that of the whole. */
static void a_whole_cannot_get_a_name_too_long_for_its_parts(void **state)
{
    vs_store *store = fresh(state);
    char longest[VS_NAME_MAX + 1];

    make(store, "w");
    memset(longest, 'a', VS_NAME_MAX);
    longest[VS_NAME_MAX] = '\0';
    assert_store(VS_ERR_NAME, store, vs_variable_rename(store, "w", longest));
    assert_store(VS_ERR_NAME, store, vs_variable_alias(store, "w", longest));
    assert_store(VS_ERR_NAME, store, vs_variable_copy(store, "w", longest));
    longest[VS_NAME_MAX - 7] = '\0';
    assert_store(VS_OK, store, vs_variable_rename(store, "w", longest));
    test_sound(store);
    vs_store_close(store);
}

/* What stands between the names of parts is in nobody's way, unless it is a
 * part, of this whole or of what would be its first part. */
static void names_like_those_of_parts_are_told_apart(void **state)
{
    vs_store *store = fresh(state);

    vs_variable_free(test_iota(store, "w/part_0x", vs_shape_1d(1)));
    make(store, "w");
    vs_variable_free(test_iota(store, "u/part_0/part_7", vs_shape_1d(1)));
    assert_store(VS_ERR_PARTITION, store, vs_variable_rename(store, "w", "u"));
    vs_variable_free(test_iota(store, "t/part_0/x/part_7", vs_shape_1d(1)));
    assert_store(VS_OK, store, vs_variable_rename(store, "w", "t"));
    test_sound(store);
    vs_store_close(store);
}

static void moving_a_scope_moves_what_is_partitioned_in_it(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(1);
    int64_t n = 0;

    make(store, "a/w");
    vs_variable_free(test_iota(store, "a/v", shape));
    vs_variable_free(test_iota(store, "b/w", shape));
    vs_variable_free(test_iota(store, "c/w/part_9", shape));
    assert_store(VS_ERR_EXISTS, store, vs_scope_move(store, "a", "b", &n));
    assert_store(VS_ERR_PARTITION, store, vs_scope_move(store, "a", "c", &n));
    assert_int_equal(parts_of(store, "a/w"), 3);
    assert_store(VS_OK, store, vs_scope_move(store, "a", "d/e", &n));
    assert_int_equal(n, 4);
    assert_names(store, "b/w c/w/part_9 d/e/v d/e/w/part_0 d/e/w/part_1 "
                        "d/e/w/part_2");
    assert_int_equal(parts_of(store, "d/e/w"), 3);
    assert_store(VS_OK, store, vs_scope_move(store, "d/e/w", "w", &n));
    assert_int_equal(parts_of(store, "w"), 3);
    assert_store(VS_ERR_PARTITION, store, vs_scope_move(store, "c/w", "w", &n));
    test_sound(store);
    vs_store_close(store);
}

static void an_alias_of_a_whole_is_one_of_each_part(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    vs_variable *other = NULL;
    const vs_variable_info *info = NULL;

    make(store, "w");
    assert_store(VS_OK, store, vs_variable_alias(store, "w", "a/v"));
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    assert_store(VS_OK, store, vs_variable_open(store, "a/v", &other));
    assert_true(vs_variable_same(v, other));
    assert_store(VS_OK, store, vs_variable_describe(other, &info));
    assert_string_equal(info->name, "a/v");
    assert_string_equal(info->alias_of, "w");
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_OK, store, vs_variable_describe(other, &info));
    assert_null(info->alias_of);
    assert_names(store, "a/v/part_0 a/v/part_1 a/v/part_2");
    vs_variable_free(other);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void a_part_has_other_names_than_those_of_parts(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;

    make(store, "w");
    assert_store(VS_OK, store, vs_variable_alias(store, "w/part_1", "mine"));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_alias(store, "w/part_1", "x/part_0"));
    assert_store(VS_ERR_PARTITION, store,
                 vs_variable_rename(store, "mine", "x/part_1"));
    assert_store(VS_OK, store, vs_variable_rename(store, "mine", "ours"));
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_OK, store, vs_variable_open(store, "ours", &v));
    assert_int_equal(vs_variable_ordinal(v), 1);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void a_copy_of_a_whole_is_partitioned_too(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *part = NULL;

    make(store, "w");
    assert_store(VS_OK, store, vs_collection_add(store, "mine", "w"));
    assert_store(VS_ERR_EXISTS, store, vs_variable_copy(store, "w", "w"));
    assert_store(VS_OK, store, vs_variable_copy(store, "w", "c"));
    assert_int_equal(parts_of(store, "c"), 3);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_int_equal(parts_of(store, "c"), 3);
    assert_store(VS_OK, store, vs_variable_copy(store, "c/part_1", "one"));
    assert_store(VS_OK, store, vs_variable_open(store, "one", &part));
    assert_int_equal(vs_variable_ordinal(part), -1);
    vs_variable_free(part);
    test_sound(store);
    vs_store_close(store);
}

static void a_collection_has_all_parts(void **state)
{
    vs_store *store = fresh(state);
    const vs_list_options options = {.collection = "mine"};
    const vs_variable_info *info;
    const char *const *keys = NULL;
    vs_list *list = NULL;
    vs_variable *v = NULL;
    int n = 0;

    make(store, "w");
    assert_store(VS_OK, store, vs_collection_add(store, "mine", "w"));
    assert_store(VS_OK, store, vs_list_open(store, &options, &list));
    while (vs_list_next(list, &info) == VS_OK)
        n++;
    vs_list_close(list);
    assert_int_equal(n, 3);
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    assert_store(VS_OK, store, vs_variable_collections(v, &keys));
    assert_string_equal(keys[0], "mine");
    assert_string_equal(keys[1], VS_TRAINABLE_VARIABLES);
    assert_store(VS_OK, store, vs_collection_remove(store, "mine", "w"));
    assert_store(VS_OK, store, vs_variable_collections(v, &keys));
    assert_string_equal(keys[0], VS_TRAINABLE_VARIABLES);
    vs_variable_free(v);
    vs_store_close(store);
}

static void checkpoints_have_the_whole_as_it_was(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    vs_variable *then = NULL;
    float *values;
    float nines[10];
    const vs_shape shape = vs_shape_2d(5, 2);
    const vs_view view = vs_view_of(VS_F32, &shape, nines);
    int64_t checkpoint = 0;

    make(store, "w");
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &checkpoint));
    for (int i = 0; i < 10; i++)
        nines[i] = 9;
    assert_store(VS_OK, store, vs_variable_open(store, "w", &v));
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    assert_store(VS_OK, store,
                 vs_variable_open_at(store, checkpoint, "w", &then));
    assert_int_equal(vs_variable_n_parts(then), 3);
    values = test_read_f32(then);
    assert_true(values[0] == 0 && values[9] == 0);
    free(values);
    assert_store(VS_ERR_READONLY, store, vs_variable_write(then, &view));
    vs_variable_free(then);
    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    assert_store(VS_OK, store,
                 vs_variable_open_at(store, checkpoint, "w", &then));
    vs_variable_free(then);
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open_at(store, checkpoint, "x", &then));
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ordinals_are_read_from_names),
        TEST(deleting_takes_all_parts),
        TEST(renaming_takes_all_parts_along),
        TEST(a_whole_cannot_get_a_name_too_long_for_its_parts),
        TEST(names_like_those_of_parts_are_told_apart),
        TEST(moving_a_scope_moves_what_is_partitioned_in_it),
        TEST(an_alias_of_a_whole_is_one_of_each_part),
        TEST(a_part_has_other_names_than_those_of_parts),
        TEST(a_copy_of_a_whole_is_partitioned_too),
        TEST(a_collection_has_all_parts),
        TEST(checkpoints_have_the_whole_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
