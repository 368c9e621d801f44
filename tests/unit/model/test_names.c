/* test_names.c - model/names and model/catalog: delete, rename, move, alias,
 * copy, and what becomes of values and handles.
 */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "n.db"), VS_OPEN_CREATE_NEW);
}

static void make(vs_store *store, const char *name)
{
    vs_variable_free(test_iota(store, name, vs_shape_1d(1500)));
}

static void exists(vs_store *store, const char *name)
{
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_open(store, name, &v));
    vs_variable_free(v);
}

static void missing(vs_store *store, const char *name)
{
    vs_variable *v = NULL;

    assert_store(VS_ERR_NOTFOUND, store, vs_variable_open(store, name, &v));
    assert_null(v);
}

static void a_deleted_variable_is_gone_with_its_bytes(void **state)
{
    vs_store *store = fresh(state);
    vs_store_info info;

    make(store, "a/w");
    assert_store(VS_OK, store, vs_variable_delete(store, "a/w"));
    missing(store, "a/w");
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_delete(store, "a/w"));
    assert_store(VS_OK, store, vs_store_describe(store, &info));
    assert_int_equal(info.n_chunks, 0);
    assert_int_equal(info.stored_bytes, 0);
    test_sound(store);
    vs_store_close(store);
}

static void handles_of_a_deleted_variable_are_stale(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(4));
    float values[4];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);

    assert_store(VS_OK, store, vs_variable_delete(store, "w"));
    make(store, "w");
    assert_store(VS_ERR_STALE, store, vs_variable_read(v, &view));
    assert_store(VS_ERR_STALE, store, vs_variable_write(v, &view));
    vs_variable_free(v);
    vs_store_close(store);
}

static void a_handle_follows_its_variable_through_a_rename(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "old", vs_shape_1d(4));
    float *values;

    assert_store(VS_OK, store, vs_variable_rename(store, "old", "x/new"));
    missing(store, "old");
    exists(store, "x/new");
    values = test_read_f32(v);
    assert_true(values[3] == 3);
    free(values);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void renaming_never_replaces(void **state)
{
    vs_store *store = fresh(state);

    make(store, "a");
    make(store, "b");
    assert_store(VS_ERR_EXISTS, store, vs_variable_rename(store, "a", "b"));
    assert_store(VS_ERR_EXISTS, store, vs_variable_rename(store, "a", "a"));
    assert_store(VS_ERR_NAME, store, vs_variable_rename(store, "a", "/b"));
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_rename(store, "c", "d"));
    exists(store, "a");
    exists(store, "b");
    test_sound(store);
    vs_store_close(store);
}

static void a_scope_moves_whole_or_not_at_all(void **state)
{
    vs_store *store = fresh(state);
    int64_t n = -1;

    make(store, "a/x");
    make(store, "a/y/z");
    make(store, "ab");
    make(store, "a-b/x");
    assert_store(VS_OK, store, vs_scope_move(store, "a", "q/r", &n));
    assert_int_equal(n, 2);
    exists(store, "q/r/x");
    exists(store, "q/r/y/z");
    exists(store, "ab");
    exists(store, "a-b/x");
    missing(store, "a/x");
    make(store, "t/y/z");
    assert_store(VS_ERR_EXISTS, store, vs_scope_move(store, "q/r", "t", NULL));
    exists(store, "q/r/x");
    assert_store(VS_ERR_NOTFOUND, store, vs_scope_move(store, "a", "b", &n));
    assert_store(VS_ERR_MISUSE, store, vs_scope_move(store, "q", "q/r", &n));
    assert_store(VS_ERR_MISUSE, store, vs_scope_move(store, "q/r", "q", &n));
    assert_store(VS_ERR_NAME, store, vs_scope_move(store, "", "b", &n));
    test_sound(store);
    vs_store_close(store);
}

static void a_scope_moves_to_where_names_can_be(void **state)
{
    vs_store *store = fresh(state);
    char far[VS_NAME_MAX + 1];
    int64_t n = 7;

    make(store, "a/w");
    make(store, "a/x/long");
    assert_store(VS_ERR_NAME, store, vs_scope_move(store, "a", "/b", &n));
    assert_non_null(strstr(vs_store_error(store)->message, "'/b'"));
    assert_store(VS_ERR_NAME, store, vs_scope_move(store, "a", NULL, &n));
    memset(far, 'f', VS_NAME_MAX - 2);
    far[VS_NAME_MAX - 2] = '\0'; /* "/w" fits, "/x/long" does not */
    assert_store(VS_ERR_NAME, store, vs_scope_move(store, "a", far, &n));
    assert_non_null(strstr(vs_store_error(store)->message, "1028 bytes"));
    assert_int_equal(n, 7);
    exists(store, "a/w");
    exists(store, "a/x/long");
    test_sound(store);
    vs_store_close(store);
}

static void an_alias_is_the_same_variable(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *first = test_iota(store, "embed", vs_shape_1d(3));
    const float values[3] = {7, 8, 9};
    const vs_view view =
        vs_view_const(VS_F32, vs_variable_shape(first), values);
    vs_variable *second = NULL;
    float *read;

    assert_store(VS_OK, store, vs_variable_alias(store, "embed", "out"));
    assert_store(VS_OK, store, vs_variable_open(store, "out", &second));
    assert_true(vs_variable_same(first, second));
    assert_store(VS_OK, store, vs_variable_write(second, &view));
    read = test_read_f32(first);
    assert_memory_equal(read, values, sizeof values);
    assert_store(VS_ERR_EXISTS, store,
                 vs_variable_alias(store, "embed", "out"));
    assert_store(VS_ERR_NOTFOUND, store, vs_variable_alias(store, "no", "x"));
    free(read);
    vs_variable_free(first);
    vs_variable_free(second);
    test_sound(store);
    vs_store_close(store);
}

static void the_last_name_takes_the_variable_with_it(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "embed", vs_shape_1d(3));
    const vs_variable_info *info;
    float *read;

    assert_store(VS_OK, store, vs_variable_alias(store, "embed", "b"));
    assert_store(VS_OK, store, vs_variable_alias(store, "embed", "a"));
    assert_store(VS_OK, store, vs_variable_delete(store, "embed"));
    read = test_read_f32(v);
    free(read);
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_variable_open(store, "b", &v));
    assert_store(VS_OK, store, vs_variable_describe(v, &info));
    assert_null(info->alias_of); /* the oldest alias has moved up */
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_variable_open(store, "a", &v));
    assert_store(VS_OK, store, vs_variable_describe(v, &info));
    assert_string_equal(info->alias_of, "b");
    test_sound(store);
    assert_store(VS_OK, store, vs_variable_delete(store, "a"));
    assert_store(VS_OK, store, vs_variable_delete(store, "b"));
    assert_store(VS_ERR_STALE, store, vs_variable_describe(v, &info));
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

static void a_copy_shares_chunks_and_goes_its_own_way(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = test_iota(store, "w", vs_shape_1d(600000));
    vs_variable *twin = NULL;
    float *values = calloc(600000, sizeof *values);
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);
    const char *const *keys;
    vs_store_info info;
    float *read;

    assert_store(VS_OK, store, vs_collection_add(store, "tall", "w"));
    assert_store(VS_OK, store, vs_variable_copy(store, "w", "twin"));
    assert_store(VS_OK, store, vs_store_describe(store, &info));
    assert_int_equal(info.n_chunks, 3);
    assert_int_equal(info.n_variables, 2);
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    assert_store(VS_OK, store, vs_variable_open(store, "twin", &twin));
    assert_false(vs_variable_same(v, twin));
    read = test_read_f32(twin);
    assert_true(read[599999] == 599999.0f);
    assert_store(VS_OK, store, vs_variable_collections(twin, &keys));
    assert_string_equal(keys[0], "tall");
    assert_string_equal(keys[1], VS_TRAINABLE_VARIABLES);
    assert_string_equal(keys[2], VS_GLOBAL_VARIABLES);
    assert_null(keys[3]);
    free(read);
    free(values);
    vs_variable_free(v);
    vs_variable_free(twin);
    test_sound(store);
    vs_store_close(store);
}

static void a_checkpoint_keeps_deleted_and_renamed_names(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = NULL;
    int64_t checkpoint = 0;
    float *read;

    make(store, "a");
    make(store, "b");
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &checkpoint));
    assert_store(VS_OK, store, vs_variable_delete(store, "a"));
    assert_store(VS_OK, store, vs_variable_rename(store, "b", "c"));
    make(store, "a"); /* another variable of that name */
    assert_store(VS_OK, store, vs_variable_open_at(store, checkpoint, "a", &v));
    read = test_read_f32(v);
    assert_true(read[1499] == 1499);
    free(read);
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_variable_open_at(store, checkpoint, "b", &v));
    vs_variable_free(v);
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open_at(store, checkpoint, "c", &v));
    test_sound(store);
    vs_store_close(store);
}

static void names_end_in_colon_zero_if_they_must(void **state)
{
    vs_store *store = fresh(state);

    make(store, "a/w");
    exists(store, "a/w:0");
    vs_store_close(store);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_deleted_variable_is_gone_with_its_bytes),
        WITH_DIR(handles_of_a_deleted_variable_are_stale),
        WITH_DIR(a_handle_follows_its_variable_through_a_rename),
        WITH_DIR(renaming_never_replaces),
        WITH_DIR(a_scope_moves_whole_or_not_at_all),
        WITH_DIR(a_scope_moves_to_where_names_can_be),
        WITH_DIR(an_alias_is_the_same_variable),
        WITH_DIR(the_last_name_takes_the_variable_with_it),
        WITH_DIR(a_copy_shares_chunks_and_goes_its_own_way),
        WITH_DIR(a_checkpoint_keeps_deleted_and_renamed_names),
        WITH_DIR(names_end_in_colon_zero_if_they_must),
    };

    return cmocka_run_group_tests_name("model.names", tests, NULL, NULL);
}
