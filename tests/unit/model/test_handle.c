/* test_handle.c - model/handle: handles to what is no longer there, or not where
 * it is looked for.
 */
#include "pages.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/stmt.h"
#include "model/store.h"

static void assert_tells(vs_store *store, const char *words)
{
    if (strstr(vs_store_error(store)->message, words) == NULL)
        fail_msg("\"%s\" does not tell \"%s\"", vs_store_error(store)->message,
                 words);
}

static vs_status read(vs_variable *v)
{
    float values[3];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), values);

    return vs_variable_read(v, &view);
}

static void a_saved_value_goes_with_its_checkpoint(void **state)
{
    vs_store *store = test_open(test_path(state, "h.db"), VS_OPEN_CREATE_NEW);
    vs_variable *v = test_iota(store, "a", vs_shape_1d(3));
    const vs_variable_info *info;
    vs_variable *saved = NULL;
    float *values;
    int64_t id = 0;

    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    assert_store(VS_OK, store, vs_variable_open_at(store, id, "a", &saved));
    scene_write(store, "a", 7);
    assert_store(VS_OK, store, read(saved));
    assert_store(VS_OK, store, vs_checkpoint_delete(store, id));
    assert_store(VS_ERR_STALE, store, read(saved));
    assert_tells(store, "variable a: its version in checkpoint 1 is gone with "
                        "the checkpoint");
    assert_store(VS_ERR_STALE, store, vs_variable_describe(saved, &info));
    values = test_read_f32(v);
    assert_true(values[0] == 7);
    free(values);
    vs_variable_free(saved);
    vs_variable_free(v);
    test_sound(store);
    vs_store_close(store);
}

/* Runs SQL in the store itself, as nobody else could while it is open. */
static void run(vs_store *store, const char *sql)
{
    struct vs__stmt *s;

    assert_ok(vs__store_begin(store, VS_TXN_WRITE));
    assert_ok(vs__stmt_new(store->db, sql, &s));
    assert_ok(vs__store_end(store, vs__stmt_run(s)));
    vs__stmt_free(s);
}

/* Whether it was deleted is asked of its name. */
static void a_row_that_is_gone_was_deleted_unless_its_name_is_there(
    void **state)
{
    vs_store *store = test_open(test_path(state, "h.db"), VS_OPEN_CREATE_NEW);
    vs_variable *v = test_iota(store, "a", vs_shape_1d(3));

    run(store, "DELETE FROM variable");
    assert_store(VS_ERR_CORRUPT, store, read(v));
    assert_tells(store, "name a: its variable has no row");
    run(store, "UPDATE name SET trainable = 7");
    assert_store(VS_ERR_CORRUPT, store, read(v));
    assert_tells(store, "name a: its row is not what was written");
    run(store, "DELETE FROM name");
    assert_store(VS_ERR_STALE, store, read(v));
    assert_tells(store, "variable a was deleted since this handle was opened");
    vs_variable_free(v);
    vs_store_close(store);
}

static void make_names(vs_store *store, int first, int last)
{
    char name[8];

    for (int i = first; i <= last; i++) {
        (void)snprintf(name, sizeof name, "n%02d", i);
        vs_variable_free(test_iota(store, name, vs_shape_1d(2)));
    }
}

/* Four checkpoints of n01, and a fifth one of n05 to n11. */
static void make_five(const char *path)
{
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    make_names(store, 1, 1);
    for (int i = 1; i <= 4; i++)
        assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    make_names(store, 2, 11);
    assert_store(VS_OK, store, vs_variable_delete(store, "n01"));
    assert_store(VS_OK, store, vs_variable_delete(store, "n02"));
    assert_store(VS_OK, store, vs_variable_delete(store, "n03"));
    assert_store(VS_OK, store, vs_variable_delete(store, "n04"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    vs_store_close(store);
    scene_sql(path, "UPDATE meta SET value = value"); /* all in the file */
}

/* In the bytes of checkpoint_variable's row of name 6 in checkpoint 5, which is
 * the one in the middle: its head has 6 bytes (and the kinds of five columns),
 * behind which these two numbers stand. With 5, what follows is taken for name 5
 * in checkpoint 4. SQLite meets it on its way to that one, which has no row, and
 * then takes the row before, of name 5 in checkpoint 5. */
static void a_row_of_another_checkpoint_is_told(void **state)
{
    static const uint8_t head[] = {6, 1, 1, 1, 8, 4, 5, 6};
    const char *path = test_path(state, "h.db");
    vs_variable *v = NULL;
    vs_store *store;
    uint8_t *bytes;
    uint8_t *at;
    size_t n = 0;

    make_five(path);
    bytes = test_read_file(path, &n);
    at = memmem(bytes, n, head, sizeof head);
    assert_non_null(at);
    at[0] = 5;
    test_write_file(path, bytes, n);
    free(bytes);
    pages_sum(path);
    store = test_open(path, VS_OPEN_READ);
    assert_store(VS_ERR_CORRUPT, store,
                 vs_variable_open_at(store, 4, "n05", &v));
    assert_tells(store, "checkpoint 4: another row stands where that of name 5 "
                        "is looked for");
    vs_store_close(store);
}

#define with_dir(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_dir(a_saved_value_goes_with_its_checkpoint),
        with_dir(a_row_that_is_gone_was_deleted_unless_its_name_is_there),
        with_dir(a_row_of_another_checkpoint_is_told),
    };

    return cmocka_run_group_tests_name("model.handle", tests, NULL, NULL);
}
