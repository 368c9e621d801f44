/* test_checkpoint.c - service/checkpoint: rows, and roots that bind them. */
#include "scene.h"

#include <stdio.h>

#include <stdlib.h>
#include <string.h>

#include "model/store.h"
#include "service/checkpoint.h"

/* Verifies checkpoint 1 of the scene after SQL has been run on it. */
static vs_status verify_after(const char *path, const char *sql)
{
    struct vs__checkpoint_row row;
    vs_store *store;
    vs_status st;

    if (sql != NULL)
        scene_sql(path, sql);
    store = test_open(path, VS_OPEN_READ);
    assert_ok(vs__store_begin(store, VS_TXN_READ));
    if ((st = vs__checkpoint_row(store, 1, &row)) == VS_OK)
        st = vs__checkpoint_verify(store, &row);
    assert_status(st, vs__store_end(store, st));
    vs_store_close(store);
    return st;
}

static void what_was_saved_has_its_root(void **state)
{
    const char *path = test_path(state, "scene.db");

    vs_store_close(scene_make(path));
    assert_ok(verify_after(path, NULL));
}

static void any_change_breaks_the_root(void **state)
{
    static const char *const damages[] = {
        "DELETE FROM checkpoint_variable WHERE checkpoint = 1 AND name = 2",
        "INSERT INTO checkpoint_variable VALUES (1, 99, 1, 0, 0)",
        "UPDATE checkpoint_variable SET version = 5 WHERE checkpoint = 1 "
        "AND version = 1",
        "UPDATE checkpoint_variable SET version = 99 WHERE checkpoint = 1 "
        "AND version = 1",
        "UPDATE checkpoint_variable SET alias = 1 - alias WHERE checkpoint = 1 "
        "AND version = 2",
        "UPDATE name SET path = 'a/smell' WHERE path = 'a/small'",
        "UPDATE name SET saved = 0 WHERE path = 'd/gone'",
        "UPDATE version SET digest = zeroblob(16) WHERE id = 1",
        "UPDATE version SET n_chunks = 7 WHERE id = 1",
        "UPDATE version SET variable = 2 WHERE id = 1",
        "UPDATE checkpoint SET n_names = n_names + 1",
        "UPDATE checkpoint SET root = randomblob(16)",
        "UPDATE checkpoint SET root = randomblob(15)",
        "UPDATE name SET path = path || hex(zeroblob(600)) "
        "WHERE path = 'a/small'",
    };
    const char *path = test_path(state, "scene.db");

    vs_store_close(scene_make(path));
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        size_t n = 0;
        void *whole = test_read_file(path, &n);

        if (verify_after(path, damages[i]) != VS_ERR_CORRUPT)
            fail_msg("%s: was not noticed", damages[i]);
        test_write_file(path, whole, n);
        free(whole);
    }
}

/* Every row is as it was, only two paths have changed places. */
static void swapped_rows_break_the_root(void **state)
{
    const char *path = test_path(state, "scene.db");

    vs_store_close(scene_make(path));
    scene_sql(path, "UPDATE name SET path = 'x' WHERE path = 'a/small'");
    scene_sql(path, "UPDATE name SET path = 'a/small' WHERE path = 'c/twin'");
    scene_sql(path, "UPDATE name SET path = 'c/twin' WHERE path = 'x'");
    assert_status(VS_ERR_CORRUPT, verify_after(path, NULL));
}

static void a_checkpoint_that_is_not_there_is_not_found(void **state)
{
    vs_store *store = scene_make(test_path(state, "scene.db"));
    struct vs__checkpoint_row row;

    assert_ok(vs__store_begin(store, VS_TXN_READ));
    assert_status(VS_ERR_NOTFOUND, vs__checkpoint_row(store, 3, &row));
    assert_status(VS_ERR_NOTFOUND, vs__checkpoint_row(store, 0, &row));
    assert_ok(vs__checkpoint_row(store, 2, &row));
    assert_int_equal(row.step, 20);
    assert_int_equal(row.n_names, 4);
    assert_ok(vs__store_end(store, VS_OK));
    vs_store_close(store);
}

/* A name that a checkpoint does not have is looked for between its neighbours,
 * which must be what was written. */
static void open_beside(void **state, const char *spoilt, const char *missing)
{
    const char *path = test_path(state, "s.db");
    const char *const unsaved[] = {VS_UNSAVED_VARIABLES, NULL};
    const vs_shape shape = vs_shape_1d(3);
    const vs_variable_spec first = {.shape = &shape, .collections = unsaved};
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
    vs_variable *v = NULL;
    char sql[200];
    int64_t id = 0;

    assert_ok(vs_variable_create(store, "first", &first, &v));
    vs_variable_free(v);
    v = NULL;
    vs_variable_free(test_iota(store, "a", shape));
    vs_variable_free(test_iota(store, "b", shape));
    assert_ok(vs_checkpoint_save(store, NULL, &id));
    vs_variable_free(test_iota(store, "last", shape));
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open_at(store, id, missing, &v));
    vs_store_close(store);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE checkpoint_variable SET mark = mark + 1 WHERE name "
                   "= (SELECT id FROM name WHERE path = '%s')",
                   spoilt);
    scene_sql(path, sql);
    store = test_open(path, VS_OPEN_READ);
    assert_store(VS_ERR_CORRUPT, store,
                 vs_variable_open_at(store, id, missing, &v));
    assert_null(v);
    vs_store_close(store);
}

static void a_damaged_neighbour_before_a_missing_name_is_told(void **state)
{
    open_beside(state, "b", "last");
}

static void so_is_one_behind_it(void **state)
{
    open_beside(state, "a", "first");
}

/* A row of its number stands there already, of a name that is not in use. */
static void a_new_checkpoint_has_no_names_but_those_of_now(void **state)
{
    const char *path = test_path(state, "scene.db");
    vs_store *store = scene_make(path);
    char *before;
    char *after;

    vs_store_close(store);
    scene_sql(path, "INSERT INTO checkpoint_variable SELECT 3, name, version, "
                    "alias, 0 FROM checkpoint_variable WHERE checkpoint = 1 "
                    "AND name = (SELECT id FROM name WHERE path = "
                    "'d/gone')" SCENE_SEAL);
    store = test_open(path, VS_OPEN_WRITE);
    before = scene_text(store);
    assert_store(VS_ERR_CORRUPT, store, vs_checkpoint_save(store, NULL, NULL));
    assert_string_equal(vs_store_error(store)->message,
                        "4 names were recorded, but 5 can be read");
    after = scene_text(store);
    assert_string_equal(before, after);
    free(before);
    free(after);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(what_was_saved_has_its_root),
        IN_DIR(any_change_breaks_the_root),
        IN_DIR(swapped_rows_break_the_root),
        IN_DIR(a_checkpoint_that_is_not_there_is_not_found),
        IN_DIR(a_damaged_neighbour_before_a_missing_name_is_told),
        IN_DIR(so_is_one_behind_it),
        IN_DIR(a_new_checkpoint_has_no_names_but_those_of_now),
    };

    return cmocka_run_group_tests_name("service.checkpoint", tests, NULL, NULL);
}
