/* test_fresh.c - model/fresh: handles and cached values from inside of a
 * transaction that is rolled back.
 */
#include "scene.h"

#include <stdio.h>

#include "model/fresh.h"

static vs_store *fresh(void **state)
{
    return test_open(test_path(state, "f.db"), VS_OPEN_CREATE_NEW);
}

static vs_variable *make(vs_store *store, const char *name)
{
    return test_iota(store, name, vs_shape_1d(3));
}

static void begin(vs_store *store)
{
    assert_store(VS_OK, store, vs_store_begin(store, VS_TXN_WRITE));
}

static vs_status look(vs_variable *v)
{
    int64_t version = 0;

    return vs_variable_version(v, &version);
}

/* Rows get the numbers that SQLite gives them, where they are not told. */
static void a_row_is_told_its_number_unless_there_is_none(void **state)
{
    (void)state;
    assert_int_equal(vs__fresh_next(0), 0); /* none was made */
    assert_int_equal(vs__fresh_next(1), 2);
    assert_int_equal(vs__fresh_next(INT64_MAX - 1), INT64_MAX);
    assert_int_equal(vs__fresh_next(INT64_MAX), 0); /* the last there is */
}

/* A store in which there is one number left for a version. */
static void after_the_last_number_nothing_is_written(void **state)
{
    const char *path = test_path(state, "f.db");
    const vs_shape shape = vs_shape_1d(3);
    float values[3] = {5, 6, 7};
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_store *store = fresh(state);
    vs_variable *v = make(store, "a");

    vs_variable_free(v);
    vs_store_close(store);
    scene_sql(path, "UPDATE sqlite_sequence SET seq = 9223372036854775806 "
                    "WHERE name = 'version'");
    store = test_open(path, VS_OPEN_WRITE);
    assert_store(VS_OK, store, vs_variable_open(store, "a", &v));
    begin(store);
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    values[0] = 8;
    assert_store(VS_ERR_FULL, store, vs_variable_write(v, &view));
    assert_store(VS_OK, store, vs_store_rollback(store));
    assert_store(VS_OK, store, vs_variable_read(v, &view));
    assert_true(values[0] == 0 && values[2] == 2); /* what it was */
    test_sound(store);
    vs_variable_free(v);
    vs_store_close(store);
}

static void a_handle_of_what_was_undone_means_nothing_else(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(3);
    float values[3] = {0};
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_variable *gone;
    vs_variable *opened = NULL;
    vs_variable *there;

    begin(store);
    gone = make(store, "a");
    assert_store(VS_OK, store, vs_variable_open(store, "a", &opened));
    assert_store(VS_OK, store, vs_store_rollback(store));
    there = make(store, "b"); /* with the same id */
    assert_store(VS_ERR_STALE, store, vs_variable_read(gone, &view));
    assert_store(VS_ERR_STALE, store, vs_variable_write(gone, &view));
    assert_store(VS_ERR_STALE, store, vs_variable_assign_add(gone, &view));
    assert_store(VS_ERR_STALE, store, vs_variable_read(opened, &view));
    assert_false(vs_variable_same(gone, there));
    assert_store(VS_OK, store, vs_variable_read(there, &view));
    assert_true(values[2] == 2);
    vs_variable_free(gone);
    vs_variable_free(opened);
    vs_variable_free(there);
    vs_store_close(store);
}

static void an_inner_level_undoes_only_its_own(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *before = make(store, "before");
    vs_variable *outer;
    vs_variable *inner;
    vs_variable *kept;
    vs_variable *again = NULL;

    begin(store);
    outer = make(store, "outer");
    begin(store);
    inner = make(store, "inner");
    assert_store(VS_OK, store, vs_variable_open(store, "before", &again));
    assert_store(VS_OK, store, vs_store_rollback(store));
    begin(store);
    kept = make(store, "kept");
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_store(VS_ERR_STALE, store, look(inner));
    assert_store(VS_OK, store, look(outer));
    assert_store(VS_OK, store, look(kept));
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_store(VS_ERR_STALE, store, look(inner));
    assert_store(VS_OK, store, look(outer));
    assert_store(VS_OK, store, look(kept));
    assert_store(VS_OK, store, look(before));
    assert_store(VS_OK, store, look(again));
    vs_variable_free(before);
    vs_variable_free(outer);
    vs_variable_free(inner);
    vs_variable_free(kept);
    vs_variable_free(again);
    vs_store_close(store);
}

static void what_an_inner_level_kept_goes_with_the_outer(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v;

    begin(store);
    begin(store);
    v = make(store, "a");
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_store(VS_OK, store, look(v));
    assert_store(VS_OK, store, vs_store_rollback(store));
    vs_variable_free(make(store, "b"));
    assert_store(VS_ERR_STALE, store, look(v));
    vs_variable_free(v);
    vs_store_close(store);
}

static void so_does_a_value_of_a_checkpoint(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v = make(store, "a");
    vs_variable *saved = NULL;
    int64_t id = 0;

    begin(store);
    assert_store(VS_OK, store, vs_checkpoint_save(store, NULL, &id));
    assert_store(VS_OK, store, vs_variable_open_at(store, id, "a", &saved));
    assert_store(VS_OK, store, look(saved));
    assert_store(VS_OK, store, vs_store_rollback(store));
    assert_store(VS_ERR_STALE, store, look(saved));
    vs_variable_free(saved);
    vs_variable_free(v);
    vs_store_close(store);
}

static void parts_too(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(4);
    const vs_variable_spec spec = {
        .shape = &shape, .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_variable *v = NULL;

    begin(store);
    assert_store(VS_OK, store, vs_variable_create(store, "p", &spec, &v));
    assert_store(VS_OK, store, vs_store_rollback(store));
    assert_store(VS_OK, store, vs_variable_create(store, "q", &spec, NULL));
    assert_store(VS_ERR_STALE, store, look(v));
    assert_store(VS_ERR_STALE, store, look(vs_variable_part(v, 1)));
    vs_variable_free(v);
    vs_store_close(store);
}

static void local_variables_too(void **state)
{
    vs_store *store = fresh(state);
    const vs_shape shape = vs_shape_1d(2);
    const vs_variable_spec spec = {.shape = &shape};
    vs_context *ctx = NULL;
    vs_variable *v = NULL;
    vs_variable *other = NULL;

    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    begin(store);
    assert_store(VS_OK, store, vs_get_local_variable(ctx, "a", &spec, &v));
    assert_store(VS_OK, store, vs_store_rollback(store));
    assert_store(VS_OK, store, vs_get_local_variable(ctx, "b", &spec, &other));
    assert_store(VS_ERR_STALE, store, look(v));
    assert_store(VS_OK, store, look(other));
    vs_variable_free(v);
    vs_variable_free(other);
    vs_context_free(ctx);
    vs_store_close(store);
}

/* The version that was undone has its number from the next one. */
static void a_cache_forgets_what_was_undone(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *made = make(store, "a");
    const vs_scope_options sharing = {.reuse = VS_REUSE_TRUE,
                                      .caching_device = "memory"};
    const vs_shape shape = vs_shape_1d(3);
    float values[3] = {7, 7, 7};
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_context *ctx = NULL;
    vs_variable *v = NULL;

    assert_store(VS_OK, store, vs_context_new(store, &ctx));
    assert_store(VS_OK, store, vs_scope_enter(ctx, "", &sharing, NULL));
    assert_store(VS_OK, store, vs_get_variable(ctx, "a", NULL, &v));
    begin(store);
    assert_store(VS_OK, store, vs_variable_write(v, &view));
    assert_store(VS_OK, store, vs_variable_read(v, &view)); /* cached */
    assert_store(VS_OK, store, vs_store_rollback(store));
    values[0] = values[1] = values[2] = 8;
    assert_store(VS_OK, store, vs_variable_write(made, &view));
    assert_store(VS_OK, store, vs_variable_read(v, &view));
    assert_true(values[0] == 8);
    vs_variable_free(made);
    vs_variable_free(v);
    vs_context_free(ctx);
    vs_store_close(store);
}

static void handles_may_outlive_a_transaction_that_closing_undoes(void **state)
{
    vs_store *store = fresh(state);
    vs_variable *v;

    begin(store);
    v = make(store, "a");
    vs_store_close(store);
    vs_variable_free(v);
}

/* Ids that follow each other within a write are known before the rows are
 * written, and are in their records. */
static void rows_after_an_undone_level_are_what_was_written(void **state)
{
    static const char *const names[] = {"a", "b", "d", "e", "f"};
    vs_store *store = fresh(state);
    vs_journal *journal = NULL;
    const vs_creation *made;
    int64_t last = 0;

    begin(store);
    vs_variable_free(make(store, "a"));
    vs_variable_free(make(store, "b"));
    begin(store);
    vs_variable_free(make(store, "c"));
    assert_store(VS_OK, store, vs_store_rollback(store));
    vs_variable_free(make(store, "d"));
    begin(store);
    vs_variable_free(make(store, "e"));
    assert_store(VS_OK, store, vs_store_commit(store));
    vs_variable_free(make(store, "f"));
    assert_store(VS_OK, store, vs_store_commit(store));
    assert_ok(vs_journal_open(store, NULL, &journal));
    for (size_t i = 0; i < 5; i++) {
        assert_ok(vs_journal_next(journal, &made));
        assert_string_equal(made->name, names[i]);
        assert_true(made->position > last);
        last = made->position;
    }
    vs_journal_close(journal);
    test_sound(store);
    vs_store_close(store);
}

static void ids_are_not_guessed_across_transactions(void **state)
{
    const char *path = test_path(state, "f.db");
    vs_store *store = fresh(state);
    vs_store *other = test_open(path, VS_OPEN_WRITE);

    for (int i = 0; i < 6; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "v%d", i);
        vs_variable_free(make(i % 2 == 0 ? store : other, name));
    }
    test_sound(store);
    vs_store_close(other);
    vs_store_close(store);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_told_its_number_unless_there_is_none),
        WITH_DIR(after_the_last_number_nothing_is_written),
        WITH_DIR(a_handle_of_what_was_undone_means_nothing_else),
        WITH_DIR(an_inner_level_undoes_only_its_own),
        WITH_DIR(what_an_inner_level_kept_goes_with_the_outer),
        WITH_DIR(so_does_a_value_of_a_checkpoint),
        WITH_DIR(parts_too),
        WITH_DIR(local_variables_too),
        WITH_DIR(a_cache_forgets_what_was_undone),
        WITH_DIR(handles_may_outlive_a_transaction_that_closing_undoes),
        WITH_DIR(rows_after_an_undone_level_are_what_was_written),
        WITH_DIR(ids_are_not_guessed_across_transactions),
    };

    return cmocka_run_group_tests_name("model.fresh", tests, NULL, NULL);
}
