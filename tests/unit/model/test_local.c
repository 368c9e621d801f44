/* test_local.c - model/local: variables of one handle alone. */
#include "stores.h"

#include <stdlib.h>
#include <string.h>

struct desk {
    vs_store *store;
    vs_context *ctx;
};

static struct desk sit(void **state, vs_open_mode mode)
{
    struct desk d = {test_open(test_path(state, "v.db"), mode), NULL};

    assert_store(VS_OK, d.store, vs_context_new(d.store, &d.ctx));
    return d;
}

static void stand(struct desk *d)
{
    vs_context_free(d->ctx);
    vs_store_close(d->store);
}

static const vs_shape two = {1, {2}};

static vs_status ask(struct desk *d, const char *name, vs_variable **out)
{
    const vs_variable_spec spec = {
        .shape = &two, .initializer = vs_constant(3), .site = "net.c:3"};

    return vs_get_local_variable(d->ctx, name, &spec, out);
}

static vs_variable *local(struct desk *d, const char *name)
{
    vs_variable *v = NULL;

    assert_store(VS_OK, d->store, ask(d, name, &v));
    return v;
}

static vs_status create(struct desk *d, const char *name)
{
    const vs_variable_spec spec = {.shape = &two};

    return vs_variable_create(d->store, name, &spec, NULL);
}

static void set(vs_variable *v, float x)
{
    float values[2] = {x, x};
    const vs_view view = vs_view_of(VS_F32, &two, values);

    assert_store(VS_OK, vs_variable_store(v), vs_variable_write(v, &view));
}

static void assert_value(vs_variable *v, float want)
{
    float *values = test_read_f32(v);

    assert_true(values[0] == want && values[1] == want);
    free(values);
}

static int64_t count_names(vs_store *store, bool locals)
{
    const vs_list_options options = {.local = locals};
    const vs_variable_info *info = NULL;
    vs_list *list = NULL;
    int64_t n = 0;

    assert_store(VS_OK, store, vs_list_open(store, &options, &list));
    while (vs_list_next(list, &info) == VS_OK)
        n++;
    vs_list_close(list);
    return n;
}

static void it_is_a_variable_like_any_other(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_variable *v = local(&d, "a/w");
    const vs_variable_info *info = NULL;
    const char *const *keys = NULL;
    const vs_slice one = {1, 0, {1}, {1}, {1}};
    float x = 7;
    const vs_shape shape = vs_shape_1d(1);
    const vs_view view = vs_view_of(VS_F32, &shape, &x);
    vs_stats stats;
    float *values;

    assert_value(v, 3);
    assert_ptr_equal(vs_variable_store(v), d.store);
    assert_false(vs_variable_trainable(v));
    assert_store(VS_OK, d.store, vs_variable_write_slice(v, &one, &view));
    values = test_read_f32(v);
    assert_true(values[0] == 3 && values[1] == 7);
    free(values);
    assert_store(VS_OK, d.store, vs_variable_stats(v, &stats));
    assert_true(stats.max == 7);
    assert_store(VS_OK, d.store, vs_variable_describe(v, &info));
    assert_string_equal(info->name, "a/w");
    assert_string_equal(info->created.program, "test");
    assert_string_equal(info->created.site, "net.c:3");
    assert_store(VS_OK, d.store, vs_variable_collections(v, &keys));
    assert_string_equal(keys[0], VS_LOCAL_VARIABLES);
    assert_null(keys[1]);
    vs_variable_free(v);
    stand(&d);
}

static void nobody_else_sees_it_and_it_goes_with_the_handle(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_store *other = test_open(test_path(state, "v.db"), VS_OPEN_WRITE);
    vs_variable *v = local(&d, "w");
    vs_variable *found = NULL;
    vs_store_info info;

    assert_store(VS_ERR_NOTFOUND, other, vs_variable_open(other, "w", &found));
    assert_store(VS_OK, d.store, vs_checkpoint_save(d.store, NULL, NULL));
    assert_store(VS_ERR_NOTFOUND, d.store,
                 vs_variable_open_at(d.store, 1, "w", &found));
    assert_int_equal(count_names(d.store, false), 0);
    assert_int_equal(count_names(d.store, true), 1);
    assert_int_equal(count_names(other, true), 0);
    assert_store(VS_OK, d.store, vs_store_describe(d.store, &info));
    assert_int_equal(info.n_variables, 0);
    vs_variable_free(v);
    vs_store_close(other);
    stand(&d);
    d = sit(state, VS_OPEN_WRITE);
    assert_store(VS_ERR_NOTFOUND, d.store,
                 vs_variable_open(d.store, "w", &found));
    assert_store(VS_OK, d.store, create(&d, "w"));
    test_sound(d.store);
    stand(&d);
}

static void names_are_shared_with_the_store(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_variable *v = NULL;
    vs_variable *same = NULL;

    vs_variable_free(test_iota(d.store, "global", two));
    assert_store(VS_ERR_EXISTS, d.store, ask(&d, "global", &v));
    assert_non_null(strstr(vs_store_error(d.store)->message, "already exists"));
    v = local(&d, "local");
    assert_store(VS_ERR_EXISTS, d.store, create(&d, "local"));
    assert_non_null(
        strstr(vs_store_error(d.store)->message, "(local variables)"));
    assert_store(VS_ERR_EXISTS, d.store,
                 vs_variable_copy(d.store, "global", "local"));
    assert_store(VS_ERR_EXISTS, d.store,
                 vs_variable_rename(d.store, "global", "local"));
    assert_store(VS_ERR_EXISTS, d.store,
                 vs_variable_rename(d.store, "local", "global"));
    assert_store(VS_OK, d.store, vs_variable_open(d.store, "local:0", &same));
    assert_true(vs_variable_same(v, same));
    vs_variable_free(same);
    vs_variable_free(v);
    test_sound(d.store);
    stand(&d);
}

static void its_names_can_be_changed(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_variable *v = local(&d, "w");
    vs_variable *found = NULL;
    const char *const *keys = NULL;
    int64_t version = 0;

    assert_store(VS_OK, d.store, vs_variable_rename(d.store, "w", "v"));
    assert_store(VS_OK, d.store, vs_variable_alias(d.store, "v", "u"));
    assert_store(VS_OK, d.store, vs_variable_copy(d.store, "u", "t"));
    assert_int_equal(count_names(d.store, true), 3);
    assert_int_equal(count_names(d.store, false), 0);
    assert_store(VS_OK, d.store, vs_collection_add(d.store, "k", "v"));
    assert_store(VS_OK, d.store, vs_variable_collections(v, &keys));
    assert_string_equal(keys[0], "k");
    assert_store(VS_OK, d.store, vs_collection_remove(d.store, "k", "u"));
    assert_store(VS_OK, d.store, vs_variable_delete(d.store, "v"));
    assert_value(v, 3);
    assert_store(VS_OK, d.store, vs_variable_delete(d.store, "u"));
    assert_store(VS_ERR_STALE, d.store, vs_variable_version(v, &version));
    assert_store(VS_ERR_NOTFOUND, d.store,
                 vs_variable_open(d.store, "v", &found));
    vs_variable_free(v);
    stand(&d);
}

static void a_rollback_of_the_caller_undoes_it(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_variable *v;
    vs_variable *late;
    int64_t version = 0;

    assert_store(VS_OK, d.store, vs_store_begin(d.store, VS_TXN_WRITE));
    assert_store(VS_OK, d.store, vs_store_begin(d.store, VS_TXN_WRITE));
    v = local(&d, "first"); /* the inner store is made two levels deep */
    assert_store(VS_OK, d.store, vs_store_commit(d.store));
    assert_store(VS_OK, d.store, vs_store_begin(d.store, VS_TXN_WRITE));
    late = local(&d, "late");
    set(v, 5);
    assert_store(VS_OK, d.store, create(&d, "global"));
    assert_store(VS_OK, d.store, vs_store_rollback(d.store));
    assert_value(v, 3);
    assert_store(VS_ERR_STALE, d.store, vs_variable_version(late, &version));
    vs_variable_free(late);
    set(v, 6);
    assert_store(VS_OK, d.store, vs_store_commit(d.store));
    assert_value(v, 6);
    assert_store(VS_OK, d.store, vs_store_begin(d.store, VS_TXN_WRITE));
    set(v, 7);
    assert_store(VS_OK, d.store, vs_store_rollback(d.store));
    assert_value(v, 6);
    assert_store(VS_ERR_MISUSE, d.store, vs_store_rollback(d.store));
    vs_variable_free(v);
    test_sound(d.store);
    stand(&d);
}

static void a_store_open_for_reading_can_have_it(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_variable *v;

    vs_variable_free(test_iota(d.store, "global", two));
    stand(&d);
    d = sit(state, VS_OPEN_READ);
    v = local(&d, "w");
    set(v, 4);
    assert_value(v, 4);
    assert_store(VS_OK, d.store, vs_store_begin(d.store, VS_TXN_READ));
    set(v, 5);
    assert_store(VS_OK, d.store, vs_store_commit(d.store));
    assert_value(v, 5);
    assert_store(VS_ERR_READONLY, d.store, create(&d, "v"));
    vs_variable_free(v);
    assert_store(VS_ERR_EXISTS, d.store, ask(&d, "global", &v));
    stand(&d);
}

static void a_large_one_comes_back_as_it_was(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    const vs_shape shape = vs_shape_2d(700, 800);
    const vs_variable_spec spec = {
        .shape = &shape, .initializer = vs_random_normal(0, 1, VS_NO_SEED)};
    float *want = malloc(700 * 800 * sizeof *want);
    vs_variable *v = NULL;
    float *have;

    assert_non_null(want);
    assert_store(VS_OK, d.store,
                 vs_get_local_variable(d.ctx, "big", &spec, &v));
    have = test_read_f32(v);
    /* Unseeded values are those of the name and the store, here as there. */
    assert_ok(vs_initializer_fill(&spec.initializer, "big", 42, VS_F32, &shape,
                                  want, NULL));
    assert_memory_equal(have, want, 700 * 800 * sizeof *want);
    free(have);
    free(want);
    vs_variable_free(v);
    stand(&d);
}

static void its_failures_are_told_by_the_store(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_variable *v = local(&d, "w");
    double x[2] = {0, 0};
    const vs_view wrong = vs_view_of(VS_F64, &two, x);
    const vs_variable_spec bad = {.shape = &two, .dtype = VS_C64};
    const vs_list_options both = {.local = true, .checkpoint = 1};
    vs_list *list = NULL;
    vs_variable *none = NULL;
    int64_t version = 0;

    assert_store(VS_ERR_DTYPE, d.store, vs_variable_write(v, &wrong));
    assert_int_equal(vs_store_error(d.store)->status, VS_ERR_DTYPE);
    assert_non_null(strstr(vs_store_error(d.store)->message, "w"));
    assert_value(v, 3);
    assert_int_equal(vs_store_error(d.store)->status, VS_OK);
    assert_store(VS_ERR_INITIALIZER, d.store,
                 vs_get_local_variable(d.ctx, "u", &bad, &none));
    assert_int_equal(vs_store_error(d.store)->status, VS_ERR_INITIALIZER);
    assert_store(VS_ERR_NEEDSHAPE, d.store,
                 vs_get_local_variable(d.ctx, "u", NULL, &none));
    assert_store(VS_ERR_MISUSE, d.store, vs_list_open(d.store, &both, &list));
    assert_store(VS_OK, d.store, vs_variable_delete(d.store, "w"));
    assert_store(VS_ERR_STALE, d.store, vs_variable_version(v, &version));
    assert_int_equal(vs_store_error(d.store)->status, VS_ERR_STALE);
    vs_variable_free(v);
    stand(&d);
}

static void it_can_be_cut_into_parts(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    const vs_variable_spec spec = {.shape = &two,
                                   .initializer = vs_constant(3),
                                   .partitioner =
                                       vs_fixed_size_partitioner(2, 0)};
    vs_variable *v = NULL;

    assert_store(VS_OK, d.store, vs_get_local_variable(d.ctx, "w", &spec, &v));
    assert_value(v, 3);
    set(v, 4);
    assert_value(v, 4);
    assert_int_equal(count_names(d.store, true), 2);
    assert_int_equal(count_names(d.store, false), 0);
    assert_store(VS_ERR_EXISTS, d.store, create(&d, "w"));
    assert_store(VS_OK, d.store, vs_variable_delete(d.store, "w"));
    assert_int_equal(count_names(d.store, true), 0);
    vs_variable_free(v);
    stand(&d);
}

static void a_sealed_scope_takes_none(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_variable *v = NULL;

    assert_store(VS_OK, d.store, vs_scope_seal(d.store, "a", NULL));
    assert_store(VS_ERR_SEALED, d.store, ask(&d, "a/w", &v));
    assert_int_equal(vs_store_error(d.store)->status, VS_ERR_SEALED);
    stand(&d);
}

static void a_reserved_scope_avoids_it(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_scope *scope = NULL;

    vs_variable_free(local(&d, "run/w"));
    assert_store(VS_OK, d.store, vs_scope_reserve(d.ctx, "run", NULL, &scope));
    assert_string_equal(vs_scope_name(scope), "run_1");
    stand(&d);
}

/* The parts of one would lie where a variable of the store does. */
static void parts_of_one_stand_beside_no_name_of_the_store(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    const vs_variable_spec spec = {
        .shape = &two, .partitioner = vs_fixed_size_partitioner(2, 0)};
    vs_variable *v = NULL;

    assert_store(VS_OK, d.store, create(&d, "w/part_7"));
    assert_store(VS_ERR_PARTITION, d.store,
                 vs_get_local_variable(d.ctx, "w", &spec, &v));
    assert_null(v);
    assert_string_equal(vs_store_error(d.store)->message,
                        "variable w cannot be partitioned: variable w/part_7 "
                        "already exists");
    assert_int_equal(count_names(d.store, true), 0);
    assert_store(VS_OK, d.store, vs_variable_delete(d.store, "w/part_7"));
    assert_store(VS_OK, d.store, vs_get_local_variable(d.ctx, "w", &spec, &v));
    vs_variable_free(v);
    stand(&d);
}

/* Names that are none are nobody's; the store has the words for them. */
static void a_name_that_is_none_is_told_by_the_store(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_variable *v = local(&d, "w");
    vs_variable *none = NULL;

    assert_store(VS_ERR_NAME, d.store, vs_variable_open(d.store, "", &none));
    assert_store(VS_ERR_NAME, d.store, vs_variable_delete(d.store, NULL));
    assert_store(VS_ERR_NAME, d.store,
                 vs_variable_rename(d.store, "w//x", "x"));
    assert_non_null(strstr(vs_store_error(d.store)->message, "'w//x'"));
    assert_store(VS_ERR_NAME, d.store,
                 vs_collection_add(d.store, "kept", "/w"));
    assert_int_equal(count_names(d.store, true), 1);
    vs_variable_free(v);
    stand(&d);
}

static vs_status make_and_take_back(void *ctx)
{
    struct desk *d = ctx;
    vs_variable *v = NULL;
    vs_status st = vs_store_begin(d->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = ask(d, "w", &v);
    vs_variable_free(v);
    (void)vs_store_rollback(d->store);
    return st;
}

static void memory_may_run_out(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);

    assert_true(test_each_allocation_failing(make_and_take_back, &d, false) >
                3);
    stand(&d);
}

#define TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_a_variable_like_any_other),
        TEST(nobody_else_sees_it_and_it_goes_with_the_handle),
        TEST(names_are_shared_with_the_store),
        TEST(its_names_can_be_changed),
        TEST(a_rollback_of_the_caller_undoes_it),
        TEST(a_store_open_for_reading_can_have_it),
        TEST(a_large_one_comes_back_as_it_was),
        TEST(its_failures_are_told_by_the_store),
        TEST(it_can_be_cut_into_parts),
        TEST(a_sealed_scope_takes_none),
        TEST(a_reserved_scope_avoids_it),
        TEST(parts_of_one_stand_beside_no_name_of_the_store),
        TEST(a_name_that_is_none_is_told_by_the_store),
        TEST(memory_may_run_out),
    };

    return cmocka_run_group_tests_name("model.local", tests, NULL, NULL);
}
