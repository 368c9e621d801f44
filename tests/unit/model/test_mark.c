/* test_mark.c - model/mark: sealed scopes, and the list of marks. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "v.db"), VS_OPEN_CREATE_NEW);
}

static void make(vs_store *store, const char *name)
{
    vs_variable_free(test_iota(store, name, vs_shape_1d(2)));
}

static vs_status create(vs_store *store, const char *name)
{
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {.shape = &shape};

    return vs_variable_create(store, name, &spec, NULL);
}

static void nothing_is_made_below_a_sealed_scope(void **state)
{
    vs_store *store = fresh(state);

    make(store, "a/w");
    assert_store(VS_OK, store, vs_scope_seal(store, "a", "net.c:3"));
    assert_store(VS_ERR_SEALED, store, create(store, "a/v"));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "a/v cannot be made: scope 'a' is sealed, by test"));
    assert_non_null(strstr(vs_store_error(store)->message, "net.c:3"));
    assert_non_null(strstr(vs_store_error(store)->hint, "vs_scope_unseal"));
    assert_store(VS_ERR_SEALED, store, create(store, "a/b/c/v"));
    assert_store(VS_ERR_EXISTS, store, create(store, "a/w"));
    assert_store(VS_OK, store, create(store, "a"));
    assert_store(VS_OK, store, create(store, "ab/v"));
    assert_store(VS_OK, store, create(store, "v"));
    test_sound(store);
    vs_store_close(store);
}

static void parts_are_names_below_their_whole(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(6);
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_context *ctx = NULL;
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_scope_seal(store, "w", NULL));
    assert_store(VS_ERR_SEALED, store,
                 vs_variable_create(store, "w", &spec, NULL));
    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_store(VS_ERR_SEALED, store,
                 vs_get_local_variable(ctx, "w", &spec, &v));
    assert_store(VS_OK, store,
                 create(store, "w")); /* whole, beside the scope */
    vs_context_free(ctx);
    test_sound(store);
    vs_store_close(store);
}

static void no_other_way_leads_into_it(void **state)
{
    vs_store *store = fresh(state);

    make(store, "a/w");
    make(store, "b/w");
    assert_store(VS_OK, store, vs_scope_seal(store, "a", NULL));
    assert_store(VS_ERR_SEALED, store, vs_variable_copy(store, "b/w", "a/v"));
    assert_store(VS_ERR_SEALED, store, vs_variable_alias(store, "b/w", "a/v"));
    assert_store(VS_ERR_SEALED, store, vs_variable_rename(store, "b/w", "a/v"));
    assert_store(VS_ERR_SEALED, store, vs_variable_rename(store, "a/w", "a/v"));
    assert_store(VS_ERR_SEALED, store, vs_scope_move(store, "b", "a/c", NULL));
    test_sound(store);
    vs_store_close(store);
}

static void a_sealed_scope_stays_where_it_is(void **state)
{
    vs_store *store = fresh(state);

    make(store, "a/b/w");
    make(store, "c/w");
    assert_store(VS_OK, store, vs_scope_seal(store, "a/b", NULL));
    assert_store(VS_ERR_SEALED, store, vs_scope_move(store, "a/b", "d", NULL));
    assert_non_null(strstr(vs_store_error(store)->message,
                           "a/b cannot be moved: scope 'a/b' is sealed"));
    assert_store(VS_ERR_SEALED, store, vs_scope_move(store, "a", "d", NULL));
    assert_store(VS_OK, store, vs_scope_move(store, "c", "a/c", NULL));
    assert_store(VS_OK, store, vs_scope_unseal(store, "a/b"));
    assert_store(VS_OK, store, vs_scope_move(store, "a", "d", NULL));
    vs_store_close(store);
}

static void what_is_there_can_still_be_used(void **state)
{
    vs_store *store = fresh(state);
    const float values[2] = {7, 8};
    const vs_shape shape = vs_shape_1d(2);
    const vs_view view = vs_view_of(VS_F32, &shape, (void *)(uintptr_t)values);
    vs_variable *v = NULL;

    make(store, "a/w");
    make(store, "a/u");
    assert_store(VS_OK, store, vs_scope_seal(store, "", NULL));
    assert_store(VS_OK, store, vs_variable_open(store, "a/w", &v));
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    vs_variable_free(v);
    assert_store(VS_OK, store, vs_variable_delete(store, "a/u"));
    assert_store(VS_ERR_SEALED, store, create(store, "a/u"));
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    test_sound(store);
    vs_store_close(store);
}

static void a_restore_makes_no_name_there_either(void **state)
{
    vs_store *store = fresh(state);
    const vs_restore_options dry = {.dry_run = true};

    make(store, "a/w");
    make(store, "b/w");
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, NULL));
    assert_store(VS_OK, store, vs_variable_delete(store, "a/w"));
    assert_store(VS_OK, store, vs_scope_seal(store, "a", NULL));
    assert_store(VS_ERR_SEALED, store,
                 vs_checkpoint_restore(store, 1, &dry, NULL));
    assert_store(VS_ERR_SEALED, store,
                 vs_checkpoint_restore(store, 1, NULL, NULL));
    assert_store(VS_OK, store, vs_scope_unseal(store, "a"));
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, NULL, NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "a", NULL));
    assert_store(VS_OK, store, vs_checkpoint_restore(store, 1, NULL, NULL));
    vs_store_close(store);
}

static void a_seal_is_for_everybody_until_it_is_taken_off(void **state)
{
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_scope_seal(store, "a", NULL));
    assert_store(VS_OK, store, vs_scope_seal(store, "a", "again"));
    vs_store_close(store);
    store = test_open(test_path(state, "v.db"), VS_OPEN_WRITE);
    assert_store(VS_ERR_SEALED, store, create(store, "a/v"));
    assert_null(strstr(vs_store_error(store)->message, "again"));
    assert_store(VS_ERR_NOTFOUND, store, vs_scope_unseal(store, "a/b"));
    assert_string_equal(vs_store_error(store)->hint,
                        "a scope around it is sealed");
    assert_store(VS_ERR_NOTFOUND, store, vs_scope_unseal(store, "c"));
    assert_string_equal(vs_store_error(store)->hint, "");
    assert_store(VS_OK, store, vs_scope_unseal(store, "a"));
    assert_store(VS_OK, store, create(store, "a/v"));
    assert_store(VS_ERR_NOTFOUND, store, vs_scope_unseal(store, "a"));
    vs_store_close(store);
}

static void a_seal_is_part_of_its_transaction(void **state)
{
    vs_store *store = fresh(state);

    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
    make(store, "a/w");
    assert_store(VS_OK, store, vs_scope_seal(store, "a", NULL));
    assert_store(VS_ERR_SEALED, store, create(store, "a/v"));
    make(store, "b/w"); /* the refusal has undone nothing */
    assert_store(VS_OK, store, vs_store_rollback(store));
    assert_store(VS_OK, store, create(store, "a/v"));
    vs_store_close(store);
}

static void what_is_no_scope_is_refused(void **state)
{
    vs_store *store = fresh(state);

    assert_store(VS_ERR_NAME, store, vs_scope_seal(store, "a//b", NULL));
    assert_store(VS_ERR_NAME, store, vs_scope_seal(store, NULL, NULL));
    assert_store(VS_ERR_NAME, store, vs_scope_unseal(store, "/"));
    assert_store(VS_ERR_NAME, store, vs_scope_unreserve(store, "a b"));
    vs_store_close(store);
    store = test_open(test_path(state, "v.db"), VS_OPEN_READ);
    assert_store(VS_ERR_READONLY, store, vs_scope_seal(store, "a", NULL));
    vs_store_close(store);
}

static void marks_are_listed_in_order(void **state)
{
    static const char *const want[] = {"", "a", "a/b", "ab"};
    vs_store *store = fresh(state);
    vs_mark_list *list = NULL;
    const vs_mark *mark = NULL;

    for (int i = 3; i >= 0; i--)
        assert_store(VS_OK, store, vs_scope_seal(store, want[i], "here"));
    assert_store(VS_OK, store, vs_mark_list_open(store, VS_MARK_SEALED, &list));
    for (int i = 0; i < 4; i++) {
        assert_store(VS_OK, store, vs_mark_list_next(list, &mark));
        assert_string_equal(mark->scope, want[i]);
        assert_int_equal(mark->kind, VS_MARK_SEALED);
        assert_string_equal(mark->made.site, "here");
        assert_string_equal(mark->made.program, "test");
        assert_true(mark->made.pid > 0);
    }
    assert_store(VS_DONE, store, vs_mark_list_next(list, &mark));
    vs_mark_list_close(list);
    assert_store(VS_OK, store,
                 vs_mark_list_open(store, VS_MARK_RESERVED, &list));
    assert_store(VS_DONE, store, vs_mark_list_next(list, &mark));
    vs_mark_list_close(list);
    assert_store(VS_ERR_MISUSE, store,
                 vs_mark_list_open(store, (vs_mark_kind)3, &list));
    vs_mark_list_close(NULL);
    test_sound(store);
    vs_store_close(store);
}

static vs_status list_seals(vs_store *store)
{
    const vs_mark *mark = NULL;
    vs_mark_list *list = NULL;
    vs_status st = vs_mark_list_open(store, VS_MARK_SEALED, &list);

    while (st == VS_OK)
        st = vs_mark_list_next(list, &mark);
    vs_mark_list_close(list);
    return st;
}

/* What was written since stands beside the file. */
static void remove_log(const char *path)
{
    char name[600];

    (void)snprintf(name, sizeof name, "%s-wal", path);
    (void)remove(name);
    (void)snprintf(name, sizeof name, "%s-shm", path);
    (void)remove(name);
}

static bool is_sound(vs_store *store)
{
    vs_check_report report;

    assert_store(VS_OK, store, vs_check(store, NULL, &report));
    return report.n_damages == 0;
}

/* Each bit of a seal's row, its key included, alone and between others: no name
 * is made as if it were not there, and none of it is listed as if it were. */
static void a_seal_that_was_changed_is_never_overlooked(void **state)
{
    static const char scope[] = "zone/of/seal";

    for (int others = 0; others < 2; others++) {
        const char *path = test_path(state, others == 0 ? "0.db" : "1.db");
        vs_store *store = test_open(path, VS_OPEN_CREATE_NEW);
        size_t n = 0;
        size_t at = 0;
        int overlooked = 0;
        int same = 0;
        char *whole;

        if (others != 0) {
            assert_store(VS_OK, store, vs_scope_seal(store, "zone/a", NULL));
            assert_store(VS_OK, store, vs_scope_seal(store, "zoo", NULL));
        }
        assert_store(VS_OK, store, vs_scope_seal(store, scope, "here"));
        vs_store_close(store);
        remove_log(path); /* all of it is in the file */
        whole = test_read_file(path, &n);
        while (at + sizeof scope < n &&
               memcmp(whole + at, scope, sizeof scope - 1) != 0)
            at++;
        assert_true(at + sizeof scope < n);
        /* Before the scope the lengths of the columns, behind it the others:
         * origin (in its length), site, at_ms and record. */
        for (size_t i = at - 6; i < at + sizeof scope - 1 + 4 + 6 + 16; i++)
            for (int bit = 0; bit < 8; bit++) {
                vs_status st;

                if ((8 * i + (size_t)bit) % test_stride() != 0)
                    continue;
                whole[i] ^= (char)(1 << bit);
                test_write_file(path, whole, n);
                whole[i] ^= (char)(1 << bit);
                store = test_open(path, VS_OPEN_WRITE);
                st = create(store, "zone/of/seal/v");
                assert_true(!is_sound(store) || st == VS_ERR_SEALED);
                if (st == VS_OK) {
                    overlooked++;
                } else if (st != VS_ERR_SEALED) {
                    assert_store(VS_ERR_CORRUPT, store, st);
                    overlooked += list_seals(store) != VS_ERR_CORRUPT;
                    st = vs_scope_move(store, "zone", "elsewhere", NULL);
                    assert_true(st == VS_ERR_CORRUPT ||
                                (others != 0 && st == VS_ERR_SEALED));
                } else {
                    same++;
                }
                vs_store_close(store);
                remove_log(path);
            }
        /* Alone it is never overlooked. Among others two bits make the key one
         * that is of no type, or a number: a search may pass it by, and only a
         * check finds it. */
        assert_true(overlooked <= 2 * others);
        assert_true(same <= 2); /* text for blob, or blob for text */
        test_write_file(path, whole, n);
        free(whole);
    }
}

static vs_status seal_list_and_unseal(void *ctx)
{
    vs_store *store = ctx;
    vs_mark_list *list = NULL;
    const vs_mark *mark = NULL;
    vs_status st = vs_store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = vs_scope_seal(store, "a", NULL)) == VS_OK &&
        (st = vs_mark_list_open(store, VS_MARK_SEALED, &list)) == VS_OK &&
        (st = vs_mark_list_next(list, &mark)) == VS_OK)
        st = vs_scope_unseal(store, "a");
    vs_mark_list_close(list);
    (void)vs_store_rollback(store);
    return st;
}

static void memory_may_run_out(void **state)
{
    vs_store *store = fresh(state);

    assert_true(
        test_each_allocation_failing(seal_list_and_unseal, store, false) > 0);
    assert_true(
        test_each_allocation_failing(seal_list_and_unseal, store, true) >= 0);
    test_sound(store);
    vs_store_close(store);
}

#define TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_made_below_a_sealed_scope),
        TEST(parts_are_names_below_their_whole),
        TEST(no_other_way_leads_into_it),
        TEST(a_sealed_scope_stays_where_it_is),
        TEST(what_is_there_can_still_be_used),
        TEST(a_restore_makes_no_name_there_either),
        TEST(a_seal_is_for_everybody_until_it_is_taken_off),
        TEST(a_seal_is_part_of_its_transaction),
        TEST(what_is_no_scope_is_refused),
        TEST(marks_are_listed_in_order),
        TEST(a_seal_that_was_changed_is_never_overlooked),
        TEST(memory_may_run_out),
    };

    return cmocka_run_group_tests_name("model.mark", tests, NULL, NULL);
}
