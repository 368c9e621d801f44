/* test_reserve.c - model/reserve: scope names that nobody uses. */
#include "stores.h"

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

/* Reserves, and leaves; the name must be `want`. */
static void reserves(struct desk *d, const char *name, const char *want)
{
    vs_scope *scope = NULL;

    assert_store(VS_OK, d->store, vs_scope_reserve(d->ctx, name, NULL, &scope));
    assert_ptr_equal(vs_scope_current(d->ctx), scope);
    assert_string_equal(vs_scope_name(scope), want);
    assert_store(VS_OK, d->store, vs_scope_leave(scope));
}

static void each_name_is_given_once(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);

    reserves(&d, "run", "run");
    reserves(&d, "run", "run_1");
    stand(&d);
    d = sit(state, VS_OPEN_WRITE);
    reserves(&d, "run", "run_2");
    reserves(&d, "walk", "walk");
    reserves(&d, "run_1", "run_1_1");
    test_sound(d.store);
    stand(&d);
}

static void what_was_ever_a_name_is_used(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    const char *const names[] = {"run/w", "run_1", "run_2/a/w"};

    for (size_t i = 0; i < 3; i++)
        vs_variable_free(test_iota(d.store, names[i], vs_shape_1d(2)));
    reserves(&d, "run", "run_3");
    assert_store(VS_OK, d.store, vs_variable_delete(d.store, "run_1"));
    reserves(&d, "run", "run_1");
    assert_store(VS_OK, d.store, vs_checkpoint_save(d.store, NULL, NULL));
    assert_store(VS_OK, d.store, vs_variable_delete(d.store, "run/w"));
    reserves(&d, "run", "run_4");
    assert_store(VS_OK, d.store, vs_scope_seal(d.store, "run_5", NULL));
    reserves(&d, "run", "run_6");
    stand(&d);
}

static void it_is_found_below_the_current_scope(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);

    reserves(&d, "run", "run");
    assert_store(VS_OK, d.store, vs_scope_enter(d.ctx, "a", NULL, NULL));
    reserves(&d, "run", "a/run");
    reserves(&d, "b/run", "a/b/run");
    reserves(&d, "b", "a/b_1"); /* b/run is in a/b */
    stand(&d);
}

static void options_are_those_of_a_scope(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    const vs_scope_options share = {.reuse = VS_REUSE_AUTO, .dtype = VS_F64};
    const vs_scope_options bad = {.dtype = (vs_dtype)99};
    vs_scope *scope = NULL;

    assert_store(VS_OK, d.store,
                 vs_scope_reserve(d.ctx, "run", &share, &scope));
    assert_int_equal(vs_scope_reuse(scope), VS_REUSE_AUTO);
    assert_int_equal(vs_scope_dtype(scope), VS_F64);
    assert_store(VS_OK, d.store, vs_scope_leave(scope));
    assert_store(VS_ERR_DTYPE, d.store,
                 vs_scope_reserve(d.ctx, "run", &bad, &scope));
    reserves(&d, "run", "run_1"); /* the refused call took none */
    stand(&d);
}

static void what_cannot_be_reserved_is_told(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);
    vs_scope *scope = NULL;
    char longest[VS_NAME_MAX + 1];

    assert_store(VS_ERR_MISUSE, d.store,
                 vs_scope_reserve(d.ctx, NULL, NULL, &scope));
    assert_store(VS_ERR_NAME, d.store,
                 vs_scope_reserve(d.ctx, "a//b", NULL, &scope));
    assert_store(VS_ERR_NAME, d.store,
                 vs_scope_reserve(d.ctx, "", NULL, &scope));
    memset(longest, 'a', VS_NAME_MAX);
    longest[VS_NAME_MAX] = '\0';
    reserves(&d, longest, longest);
    assert_store(VS_ERR_NAME, d.store,
                 vs_scope_reserve(d.ctx, longest, NULL, &scope));
    assert_store(VS_OK, d.store, vs_scope_seal(d.store, "", NULL));
    assert_store(VS_ERR_SEALED, d.store,
                 vs_scope_reserve(d.ctx, "run", NULL, &scope));
    stand(&d);
    d = sit(state, VS_OPEN_READ);
    assert_store(VS_ERR_READONLY, d.store,
                 vs_scope_reserve(d.ctx, "run", NULL, &scope));
    assert_null(scope);
    stand(&d);
}

static void what_is_rolled_back_or_given_back_is_free(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);

    assert_store(VS_OK, d.store, vs_store_begin(d.store, VS_TXN_WRITE));
    reserves(&d, "run", "run");
    assert_store(VS_OK, d.store, vs_store_rollback(d.store));
    reserves(&d, "run", "run");
    assert_store(VS_OK, d.store, vs_scope_unreserve(d.store, "run"));
    assert_store(VS_ERR_NOTFOUND, d.store, vs_scope_unreserve(d.store, "run"));
    reserves(&d, "run", "run");
    stand(&d);
}

static vs_status reserve_and_take_back(void *ctx)
{
    struct desk *d = ctx;
    vs_scope *scope = NULL;
    vs_status st = vs_store_begin(d->store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    st = vs_scope_reserve(d->ctx, "run", NULL, &scope);
    if (st == VS_OK)
        st = vs_scope_leave(scope);
    (void)vs_store_rollback(d->store);
    return st;
}

static void memory_may_run_out(void **state)
{
    struct desk d = sit(state, VS_OPEN_CREATE_NEW);

    assert_true(test_each_allocation_failing(reserve_and_take_back, &d, false) >
                0);
    assert_true(test_each_allocation_failing(reserve_and_take_back, &d, true) >=
                0);
    test_sound(d.store);
    stand(&d);
}

#define TEST(fn) \
    cmocka_unit_test_setup_teardown(fn, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_name_is_given_once),
        TEST(what_was_ever_a_name_is_used),
        TEST(it_is_found_below_the_current_scope),
        TEST(options_are_those_of_a_scope),
        TEST(what_cannot_be_reserved_is_told),
        TEST(what_is_rolled_back_or_given_back_is_free),
        TEST(memory_may_run_out),
    };

    return cmocka_run_group_tests_name("model.reserve", tests, NULL, NULL);
}
