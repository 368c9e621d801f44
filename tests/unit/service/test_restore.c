/* test_restore.c - service/restore: going back to a checkpoint. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a restore told, as text: "SET a/small\n". */
struct told {
    char text[4096];
    vs_store *store; /* to look at while being told; may be NULL */
    bool open;       /* a transaction was open when told */
};

static void hear(vs_restore_change change, const char *name, void *ctx)
{
    static const char *const words[] = {"SET", "MADE", "REMOVED", "EXTRA"};
    struct told *told = ctx;
    const size_t n = strlen(told->text);

    (void)snprintf(told->text + n, sizeof told->text - n, "%s %s\n",
                   words[change], name);
    if (told->store != NULL)
        told->open = vs_store_commit(told->store) != VS_ERR_MISUSE;
}

static void assert_report(const vs_restore_report *r, int64_t set, int64_t made,
                          int64_t removed, int64_t extra, int64_t same)
{
    assert_int_equal(r->n_set, set);
    assert_int_equal(r->n_made, made);
    assert_int_equal(r->n_removed, removed);
    assert_int_equal(r->n_extra, extra);
    assert_int_equal(r->n_same, same);
}

/* The names of the scene's text, without its checkpoints; free() it. */
static char *names_of(vs_store *store)
{
    char *text = scene_text(store);
    char *end = strstr(text, "names ");

    if (end != NULL) {
        while (end > text && end[-1] != '\n')
            end--;
        *end = '\0';
    }
    return text;
}

/* Restores exactly and asserts that the names are those that `before` tells,
 * and that nothing is left to be done. */
static void assert_exact_restore(vs_store *store, int64_t checkpoint,
                                 const char *before)
{
    const vs_restore_options exact = {.exact = true};
    vs_restore_report report;
    char *after;

    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &exact, &report));
    after = names_of(store);
    assert_string_equal(before, after);
    free(after);
    test_sound(store);
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, checkpoint, &exact, &report));
    assert_int_equal(
        report.n_set + report.n_made + report.n_removed + report.n_extra, 0);
}

static void the_scene_goes_back_and_forth(void **state)
{
    vs_store *store = scene_make(test_path(state, "r.db"));
    vs_restore_report report;

    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, NULL, &report));
    assert_report(&report, 3, 1, 0, 0, 1);
    assert_starts(store, "a/small", 0);
    assert_starts(store, "a/large", 0);
    assert_starts(store, "b/tied", 0);
    assert_starts(store, "d/gone", 0);
    test_sound(store);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, NULL, &report));
    assert_report(&report, 3, 0, 0, 1, 1);
    assert_starts(store, "b/tied", 1);
    assert_starts(store, "d/gone", 0);
    test_sound(store);
    vs_store_close(store);
}

static void exact_removes_what_is_not_in_it(void **state)
{
    const vs_restore_options exact = {.exact = true};
    vs_store *store = scene_make(test_path(state, "r.db"));
    vs_restore_report report;

    vs_variable_free(test_iota(store, "new", vs_shape_1d(5000)));
    vs_variable_free(test_iota(store, "a/new", vs_shape_1d(5)));
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, 1, &exact, &report));
    assert_report(&report, 3, 1, 2, 0, 1);
    assert_false(scene_exists(store, "new"));
    assert_false(scene_exists(store, "a/new"));
    test_sound(store);
    vs_store_close(store);
}

/* Each function does to a scene what a user may do between saving and
 * restoring. */
static void delete_first_name(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_delete(store, "a/large"));
}

static void delete_alias(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_delete(store, "b/tied"));
}

static void delete_both_names(vs_store *store)
{
    delete_first_name(store);
    delete_alias(store);
}

static void recreate(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_delete(store, "a/small"));
    vs_variable_free(test_iota(store, "a/small", vs_shape_1d(99)));
}

static void recreate_first_name(vs_store *store)
{
    delete_first_name(store);
    vs_variable_free(test_iota(store, "a/large", vs_shape_1d(1)));
}

static void rename_one(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_rename(store, "a/small", "a/tiny"));
}

static void rename_scope(vs_store *store)
{
    assert_store(VS_OK, store, vs_scope_move(store, "a", "z/y", NULL));
}

static void swap_names(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_rename(store, "a/small", "x"));
    assert_store(VS_OK, store, vs_variable_rename(store, "c/twin", "a/small"));
    assert_store(VS_OK, store, vs_variable_rename(store, "x", "c/twin"));
}

static void swap_first_name_and_alias(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_rename(store, "a/large", "x"));
    assert_store(VS_OK, store, vs_variable_rename(store, "b/tied", "a/large"));
    assert_store(VS_OK, store, vs_variable_rename(store, "x", "b/tied"));
}

static void tie_to_another(vs_store *store)
{
    delete_alias(store);
    assert_store(VS_OK, store, vs_variable_alias(store, "c/twin", "b/tied"));
}

static void tie_first_name_to_another(vs_store *store)
{
    delete_first_name(store);
    assert_store(VS_OK, store, vs_variable_alias(store, "c/twin", "a/large"));
}

static void take_over_an_old_name(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_rename(store, "a/small", "d/gone"));
}

static void add_aliases(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_alias(store, "a/small", "a/0"));
    assert_store(VS_OK, store, vs_variable_alias(store, "c/twin", "a/1"));
}

static void copy_and_write(vs_store *store)
{
    assert_store(VS_OK, store, vs_variable_copy(store, "c/twin", "e/copy"));
    scene_write(store, "c/twin", 40);
    scene_write(store, "c/twin", 41);
}

static void delete_everything(vs_store *store)
{
    static const char *const names[] = {"a/small", "a/large", "b/tied",
                                        "c/twin"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_store(VS_OK, store, vs_variable_delete(store, names[i]));
}

static void (*const deeds[])(vs_store *) = {
    delete_first_name,
    delete_alias,
    delete_both_names,
    recreate,
    recreate_first_name,
    rename_one,
    rename_scope,
    swap_names,
    swap_first_name_and_alias,
    tie_to_another,
    tie_first_name_to_another,
    take_over_an_old_name,
    add_aliases,
    copy_and_write,
    delete_everything,
};

#define N_DEEDS (sizeof deeds / sizeof deeds[0])

/* Whatever was done, and whatever two things were, an exact restore brings
 * names, variables, versions and aliases back as they were. */
static void whatever_was_done_is_undone(void **state)
{
    vs_store *store = scene_make(test_path(state, "r.db"));
    char *before = names_of(store);

    for (size_t i = 0; i < N_DEEDS; i++) {
        deeds[i](store);
        test_sound(store);
        assert_exact_restore(store, 2, before);
    }
    free(before);
    vs_store_close(store);
}

static void so_is_what_was_done_before_and_after_another_save(void **state)
{
    const vs_restore_options exact = {.exact = true};
    vs_store *store = scene_make(test_path(state, "r.db"));
    char *before = names_of(store);
    char *first;

    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, &exact, NULL));
    first = names_of(store);
    assert_exact_restore(store, 2, before);

    for (size_t i = 0; i < N_DEEDS; i++) {
        int64_t other = 0;
        char *between;

        deeds[i](store);
        between = names_of(store);
        assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &other));
        assert_exact_restore(store, 2, before);
        assert_exact_restore(store, other, between);
        assert_exact_restore(store, 1, first);
        assert_exact_restore(store, 2, before);
        free(between);
    }
    free(first);
    free(before);
    vs_store_close(store);
}

static void a_deleted_variable_comes_back_with_its_identity(void **state)
{
    vs_store *store = scene_make(test_path(state, "r.db"));
    vs_variable *held = NULL;
    int64_t version = 0;

    assert_store(VS_OK, store, vs_variable_open(store, "c/twin", &held));
    assert_store(VS_OK, store, vs_variable_delete(store, "c/twin"));
    assert_store(VS_ERR_STALE, store, vs_variable_version(held, &version));
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_version(held, &version));
    vs_variable_free(held);
    vs_store_close(store);
}

static void a_name_that_was_renamed_comes_back_beside_the_new_one(void **state)
{
    vs_store *store = scene_make(test_path(state, "r.db"));
    vs_restore_report report;
    char *text;

    rename_one(store);
    scene_write(store, "a/tiny", 50);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, NULL, &report));
    assert_report(&report, 0, 1, 0, 1, 3);
    assert_starts(store, "a/small", 1);
    assert_starts(store, "a/tiny", 1);
    text = scene_text(store);
    assert_non_null(strstr(text, "a/tiny = a/small"));
    free(text);
    test_sound(store);
    vs_store_close(store);
}

static void a_scope_is_restored_alone(void **state)
{
    const vs_restore_options in_a = {.scope = "a/"};
    vs_store *store = scene_make(test_path(state, "r.db"));
    vs_restore_report report;

    scene_write(store, "c/twin", 9);
    vs_variable_free(test_iota(store, "a.b", vs_shape_1d(3)));
    vs_variable_free(test_iota(store, "a/new", vs_shape_1d(3)));
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, &in_a, &report));
    assert_report(&report, 2, 0, 0, 1, 0);
    assert_starts(store, "a/small", 0);
    assert_starts(store, "b/tied", 0); /* the variable has one value */
    assert_starts(store, "c/twin", 9);
    assert_false(scene_exists(store, "d/gone"));
    assert_true(scene_exists(store, "a.b"));
    test_sound(store);
    vs_store_close(store);
}

static void a_scope_is_restored_exactly_and_no_more(void **state)
{
    const vs_restore_options in_a = {.scope = "a", .exact = true};
    vs_store *store = scene_make(test_path(state, "r.db"));
    vs_restore_report report;

    vs_variable_free(test_iota(store, "a", vs_shape_1d(3)));
    vs_variable_free(test_iota(store, "a/b/c", vs_shape_1d(3)));
    vs_variable_free(test_iota(store, "a-b", vs_shape_1d(3)));
    vs_variable_free(test_iota(store, "a0", vs_shape_1d(3)));
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, &in_a, &report));
    assert_report(&report, 0, 0, 2, 0, 2);
    assert_false(scene_exists(store, "a"));
    assert_false(scene_exists(store, "a/b/c"));
    assert_true(scene_exists(store, "a-b"));
    assert_true(scene_exists(store, "a0"));
    test_sound(store);
    vs_store_close(store);
}

/* The alias alone lies in the scope; the first name is gone, or is there. */
static void an_alias_in_the_scope_finds_its_place(void **state)
{
    const vs_restore_options in_b = {.scope = "b"};
    vs_store *store = scene_make(test_path(state, "r.db"));
    char *text;

    delete_both_names(store);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, &in_b, NULL));
    text = scene_text(store);
    assert_non_null(strstr(text, "b/tied = - "));
    free(text);
    test_sound(store);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, NULL, NULL));
    text = scene_text(store);
    assert_non_null(strstr(text, "b/tied = a/large "));
    free(text);
    delete_alias(store);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, &in_b, NULL));
    text = scene_text(store);
    assert_non_null(strstr(text, "b/tied = a/large "));
    free(text);
    test_sound(store);
    vs_store_close(store);
}

static void changes_are_told_in_order_when_they_are_certain(void **state)
{
    vs_store *store = scene_make(test_path(state, "r.db"));
    struct told told = {"", store, false};
    const vs_restore_options loud = {
        .exact = true, .on_change = hear, .ctx = &told};

    vs_variable_free(test_iota(store, "b/new", vs_shape_1d(3)));
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, &loud, NULL));
    assert_string_equal(told.text, "SET a/large\nSET a/small\nREMOVED b/new\n"
                                   "SET b/tied\nMADE d/gone\n");
    assert_false(told.open);
    vs_store_close(store);
}

static void a_dry_run_tells_the_same_and_changes_nothing(void **state)
{
    struct told told = {"", NULL, false};
    const vs_restore_options dry = {
        .dry_run = true, .on_change = hear, .ctx = &told};
    const char *path = test_path(state, "r.db");
    vs_store *store = scene_make(path);
    vs_restore_report report;
    char *before;
    char *after;

    vs_variable_free(test_iota(store, "b/new", vs_shape_1d(3)));
    vs_store_close(store);
    store = test_open(path, VS_OPEN_READ);
    before = scene_text(store);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, &dry, &report));
    assert_report(&report, 3, 1, 0, 1, 1);
    assert_string_equal(told.text, "SET a/large\nSET a/small\nEXTRA b/new\n"
                                   "SET b/tied\nMADE d/gone\n");
    after = scene_text(store);
    assert_string_equal(before, after);
    free(before);
    free(after);
    vs_store_close(store);
}

static void a_damaged_checkpoint_is_not_restored(void **state)
{
    static const char *const damages[] = {
        "UPDATE checkpoint_variable SET version = 5 WHERE version = 1",
        "DELETE FROM checkpoint_variable WHERE checkpoint = 1 AND name = 2",
        "UPDATE version SET digest = zeroblob(16) WHERE id = 1",
        "UPDATE checkpoint SET root = zeroblob(16) WHERE id = 1",
        "DELETE FROM version WHERE id = 1",
        "DELETE FROM variable WHERE id = 4", /* d/gone's */
    };
    const char *path = test_path(state, "r.db");
    const vs_restore_options exact = {.exact = true};

    vs_store_close(scene_make(path));
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        size_t n = 0;
        void *whole = test_read_file(path, &n);
        vs_restore_report report = {.n_set = -1};
        vs_store *store;
        vs_status st;

        scene_sql(path, damages[i]);
        store = test_open(path, VS_OPEN_WRITE);
        st = vs_checkpoint_restore(store, 1, &exact, &report);
        if (st != VS_ERR_CORRUPT || report.n_set != -1)
            fail_msg("%s: %s", damages[i], vs_status_word(st));
        assert_starts(store, "a/large", 1);
        vs_store_close(store);
        test_write_file(path, whole, n);
        free(whole);
    }
}

static void what_cannot_be_restored_is_told(void **state)
{
    const vs_restore_options bad = {.scope = "a//b"};
    vs_store *store = scene_make(test_path(state, "r.db"));
    vs_restore_report report = {.n_set = -1};

    assert_store(VS_ERR_NOTFOUND, store,
                 vs_checkpoint_restore(store, 3, NULL, &report));
    assert_store(VS_ERR_NAME, store,
                 vs_checkpoint_restore(store, 1, &bad, &report));
    assert_int_equal(report.n_set, -1);
    vs_store_close(store);
    store = test_open(test_path(state, "r.db"), VS_OPEN_READ);
    assert_store(VS_ERR_READONLY, store,
                 vs_checkpoint_restore(store, 1, NULL, &report));
    vs_store_close(store);
}

static void what_no_checkpoint_has_is_gone(void **state)
{
    const char *path = test_path(state, "r.db");
    vs_store *store = scene_make(path);

    scene_write(store, "a/large", 77);
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, NULL, NULL));
    vs_store_close(store);
    assert_int_equal(scene_number(path, "SELECT count(*) FROM version"), 6);
}

static vs_status restore_first(void *ctx)
{
    struct told told = {"", NULL, false};
    const vs_restore_options exact = {
        .exact = true, .on_change = hear, .ctx = &told};
    vs_store *store = ctx;
    vs_status st = vs_store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = vs_checkpoint_restore(store, 1, &exact, NULL)) != VS_OK)
        assert_string_equal(told.text, "");
    (void)vs_store_rollback(store);
    return st;
}

static void running_out_of_memory_changes_nothing(void **state)
{
    const char *path = test_path(state, "r.db");
    vs_store *store = scene_make(path);
    char *before;
    char *after;

    swap_names(store);
    tie_to_another(store);
    vs_store_close(store);
    store = test_open(path, VS_OPEN_WRITE);
    before = scene_text(store);
    assert_true(test_each_allocation_failing(restore_first, store, false) > 5);
    after = scene_text(store);
    assert_string_equal(before, after);
    test_sound(store);
    free(before);
    free(after);
    vs_store_close(store);
}

static void what_checkpoints_leave_out_is_left_alone(void **state)
{
    vs_store *store = scene_make(test_path(state, "r.db"));
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec later = {.shape = &shape, .deferred = VS_YES};
    const vs_restore_options exact = {.exact = true};
    vs_restore_report report;

    vs_variable_free(test_iota(store, "scratch", vs_shape_1d(2)));
    assert_store(VS_OK, store,
                 vs_collection_add(store, VS_UNSAVED_VARIABLES, "scratch"));
    assert_store(VS_OK, store, vs_variable_create(store, "late", &later, NULL));
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 2, NULL, &report));
    assert_report(&report, 0, 0, 0, 1, 4);
    assert_true(scene_exists(store, "late"));
    assert_store(VS_OK, store,
                 vs_checkpoint_restore(store, 2, &exact, &report));
    assert_report(&report, 0, 0, 1, 0, 4);
    assert_false(scene_exists(store, "late"));
    assert_true(scene_exists(store, "scratch"));
    test_sound(store);
    vs_store_close(store);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(the_scene_goes_back_and_forth),
        IN_DIR(exact_removes_what_is_not_in_it),
        IN_DIR(whatever_was_done_is_undone),
        IN_DIR(so_is_what_was_done_before_and_after_another_save),
        IN_DIR(a_deleted_variable_comes_back_with_its_identity),
        IN_DIR(a_name_that_was_renamed_comes_back_beside_the_new_one),
        IN_DIR(a_scope_is_restored_alone),
        IN_DIR(a_scope_is_restored_exactly_and_no_more),
        IN_DIR(an_alias_in_the_scope_finds_its_place),
        IN_DIR(changes_are_told_in_order_when_they_are_certain),
        IN_DIR(a_dry_run_tells_the_same_and_changes_nothing),
        IN_DIR(a_damaged_checkpoint_is_not_restored),
        IN_DIR(what_cannot_be_restored_is_told),
        IN_DIR(what_no_checkpoint_has_is_gone),
        IN_DIR(what_checkpoints_leave_out_is_left_alone),
        IN_DIR(running_out_of_memory_changes_nothing),
    };

    return cmocka_run_group_tests_name("service.restore", tests, NULL, NULL);
}
