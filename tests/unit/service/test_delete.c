/* test_delete.c - service/delete: forgetting checkpoints. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

static void what_only_it_held_goes(void **state)
{
    const char *path = test_path(state, "d.db");
    vs_store *store = scene_make(path);
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_checkpoint_delete(store, 1));
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_variable_open_at(store, 1, "d/gone", &v));
    assert_starts(store, "a/large", 1);
    assert_starts(store, "c/twin", 0);
    test_sound(store);
    vs_store_close(store);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM version"), 3);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM variable"), 3);
    assert_int_equal(
        scene_number(path, "SELECT count(*) FROM name WHERE path = 'd/gone'"),
        0);
}

static void deleting_all_leaves_the_current_state(void **state)
{
    const char *path = test_path(state, "d.db");
    vs_store *store = scene_make(path);

    assert_store(VS_OK, store, vs_checkpoint_delete(store, 2));
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 1));
    assert_starts(store, "a/large", 1);
    assert_starts(store, "b/tied", 1);
    test_sound(store);
    vs_store_close(store);
    assert_int_equal(scene_number(path, "SELECT sum(saved) FROM name"), 0);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM metric"), 0);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM tag"), 0);
}

static void a_name_another_checkpoint_has_stays(void **state)
{
    const char *path = test_path(state, "d.db");
    vs_store *store = scene_make(path);
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_variable_delete(store, "a/small"));
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 1));
    assert_store(VS_OK, store, vs_variable_open_at(store, 2, "a/small", &v));
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 2));
    test_sound(store);
    vs_store_close(store);
    assert_int_equal(
        scene_number(path, "SELECT count(*) FROM name WHERE path = 'a/small'"),
        0);
}

/* Names that are deleted after their checkpoint must not linger either. */
static void a_name_no_checkpoint_has_any_more_goes_with_its_variable(
    void **state)
{
    const char *path = test_path(state, "d.db");
    vs_store *store = scene_make(path);

    assert_store(VS_OK, store, vs_checkpoint_delete(store, 1));
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 2));
    assert_store(VS_OK, store, vs_variable_delete(store, "c/twin"));
    vs_store_close(store);
    assert_int_equal(
        scene_number(path, "SELECT count(*) FROM name WHERE path = 'c/twin'"),
        0);
}

static void numbers_are_never_used_again(void **state)
{
    vs_store *store = scene_make(test_path(state, "d.db"));
    int64_t id = 0;

    assert_store(VS_OK, store, vs_checkpoint_delete(store, 2));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    assert_int_equal(id, 3);
    test_sound(store);
    vs_store_close(store);
}

static void its_tags_go_and_others_stay(void **state)
{
    vs_store *store = scene_make(test_path(state, "d.db"));
    int64_t id = 0;

    assert_store(VS_OK, store, vs_checkpoint_delete(store, 2));
    assert_store(VS_ERR_NOTFOUND, store,
                 vs_checkpoint_find(store, "best", &id));
    assert_store(VS_OK, store, vs_checkpoint_find(store, "first", &id));
    assert_int_equal(id, 1);
    vs_store_close(store);
}

static void what_is_not_there_cannot_be_deleted(void **state)
{
    vs_store *store = scene_make(test_path(state, "d.db"));

    assert_store(VS_ERR_NOTFOUND, store, vs_checkpoint_delete(store, 3));
    assert_store(VS_ERR_NOTFOUND, store, vs_checkpoint_delete(store, -1));
    vs_store_close(store);
}

/* More than one page of versions goes at once, aliases among them. */
static void many_versions_go_with_their_aliases(void **state)
{
    const char *path = test_path(state, "d.db");
    vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    for (int i = 0; i < 300; i++) {
        char name[32];
        char alias[32];

        (void)snprintf(name, sizeof name, "v%d", i);
        (void)snprintf(alias, sizeof alias, "w%d", i);
        vs_variable_free(test_iota(store, name, vs_shape_1d(i % 7)));
        assert_store(VS_OK, store, vs_variable_alias(store, name, alias));
    }
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    for (int i = 0; i < 300; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "v%d", i);
        assert_store(VS_OK, store, vs_variable_delete(store, name));
        (void)snprintf(name, sizeof name, "w%d", i);
        assert_store(VS_OK, store, vs_variable_delete(store, name));
    }
    assert_store(VS_OK, store, vs_store_commit(store));
    test_sound(store);
    assert_store(VS_OK, store, vs_checkpoint_delete(store, 1));
    test_sound(store);
    vs_store_close(store);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM version"), 0);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM variable"), 0);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM small"), 0);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM name"), 0);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM collection"), 0);
}

static vs_status delete_both(void *ctx)
{
    vs_store *store = ctx;
    vs_status st = vs_store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = vs_checkpoint_delete(store, 1)) == VS_OK)
        st = vs_checkpoint_delete(store, 2);
    (void)vs_store_rollback(store);
    return st;
}

static void running_out_of_memory_deletes_nothing(void **state)
{
    const char *path = test_path(state, "d.db");
    vs_store *store;
    char *before;
    char *after;

    vs_store_close(scene_make(path));
    store = test_open(path, VS_OPEN_WRITE);
    before = scene_text(store);
    assert_true(test_each_allocation_failing(delete_both, store, false) > 3);
    after = scene_text(store);
    assert_string_equal(before, after);
    test_sound(store);
    free(before);
    free(after);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(what_only_it_held_goes),
        IN_DIR(deleting_all_leaves_the_current_state),
        IN_DIR(a_name_another_checkpoint_has_stays),
        IN_DIR(a_name_no_checkpoint_has_any_more_goes_with_its_variable),
        IN_DIR(numbers_are_never_used_again),
        IN_DIR(its_tags_go_and_others_stay),
        IN_DIR(what_is_not_there_cannot_be_deleted),
        IN_DIR(many_versions_go_with_their_aliases),
        IN_DIR(running_out_of_memory_deletes_nothing),
    };

    return cmocka_run_group_tests_name("service.delete", tests, NULL, NULL);
}
