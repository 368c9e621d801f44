/* test_context.c - model/context: the root, and who frees scopes. */
#include <string.h>

#include "support.h"

#include "model/context.h"

static void a_new_context_is_at_the_root_and_creates_only(void **state)
{
    vs_context *ctx = NULL;
    vs_scope *root;

    (void)state;
    assert_ok(vs__context_make(NULL, NULL, NULL, false, &ctx));
    root = vs_scope_current(ctx);
    assert_string_equal(vs_scope_name(root), "");
    assert_int_equal(vs_scope_reuse(root), VS_REUSE_NONE);
    assert_int_equal(vs_scope_dtype(root), VS_DTYPE_NONE);
    assert_int_equal(vs_scope_initializer(root).kind, VS_INIT_DEFAULT);
    vs_context_free(ctx);
}

static void free_takes_null(void **state)
{
    (void)state;
    vs_context_free(NULL);
}

/* What is leaked here the sanitizers and valgrind tell. */
static void free_takes_open_and_captured_scopes_along(void **state)
{
    vs_context *ctx = NULL;
    vs_scope *kept = NULL;
    vs_scope *open = NULL;

    (void)state;
    assert_ok(vs__context_make(NULL, NULL, NULL, false, &ctx));
    assert_ok(vs_scope_enter(ctx, "kept", NULL, &kept));
    assert_ptr_equal(vs_scope_capture(kept), kept);
    assert_ok(vs_scope_leave(kept));
    assert_ok(vs_scope_enter(ctx, "open", NULL, &open));
    assert_ok(vs_scope_enter(ctx, "deeper", NULL, NULL));
    assert_ok(vs_scope_reenter(ctx, kept, NULL, NULL));
    vs_context_free(ctx);
}

static vs_status get_nothing(vs_next *next, const vs_getting *getting,
                             void *data, vs_variable **out)
{
    (void)next;
    (void)getting;
    (void)data;
    (void)out;
    return VS_ERR_NOTFOUND;
}

static void free_takes_creators_along(void **state)
{
    const vs_getter by_pointer = {get_nothing, NULL, NULL};
    const vs_getter by_name = {NULL, NULL, "later"};
    vs_context *ctx = NULL;
    vs_creator *outer = NULL;
    vs_creator *inner = NULL;

    (void)state;
    assert_ok(vs__context_make(NULL, NULL, NULL, false, &ctx));
    assert_ok(vs_creator_enter(ctx, &by_pointer, &outer));
    assert_ok(vs_creator_enter(ctx, &by_name, &inner));
    assert_status(VS_ERR_NESTING, vs_creator_leave(outer));
    vs_context_free(ctx);
}

static void a_scope_is_freed_when_neither_open_nor_captured(void **state)
{
    vs_context *ctx = NULL;
    vs_scope *first;
    vs_scope *second;
    vs_scope *third;

    (void)state;
    assert_ok(vs__context_make(NULL, NULL, NULL, false, &ctx));
    first = vs__scope_make(ctx, "first");
    second = vs__scope_make(ctx, "second");
    third = vs__scope_make(ctx, "third");
    assert_ptr_equal(ctx->newest, third);

    second->captures = 1;
    vs__scope_drop(second);
    assert_ptr_equal(third->older, second);
    second->captures = 0;
    vs__scope_drop(second);
    assert_ptr_equal(third->older, first);
    assert_ptr_equal(first->newer, third);

    vs__scope_drop(third);
    assert_ptr_equal(ctx->newest, first);
    vs__scope_drop(first);
    assert_ptr_equal(ctx->newest, ctx->root);
    vs_context_free(ctx);
}

static void a_longer_options_struct_must_end_in_zeros(void **state)
{
    struct {
        vs_context_options known;
        int64_t later;
    } options;
    vs_context *ctx = NULL;
    vs_error err;

    (void)state;
    memset(&options, 0, sizeof options);
    options.known.size = sizeof options;
    options.later = 1;
    assert_status(VS_ERR_UNSUPPORTED,
                  vs__context_make(NULL, &err, &options.known, false, &ctx));
    assert_null(ctx);
    assert_non_null(strstr(err.message, "vs_context_options"));
    options.later = 0;
    assert_ok(vs__context_make(NULL, &err, &options.known, false, &ctx));
    vs_context_free(ctx);
}

static vs_status make(void *unused)
{
    vs_context *ctx = NULL;
    vs_error err;
    vs_status st = vs__context_make(NULL, &err, NULL, false, &ctx);

    (void)unused;
    if (st != VS_OK)
        assert_null(ctx);
    vs_context_free(ctx);
    return st;
}

static void memory_that_runs_out_makes_no_context(void **state)
{
    (void)state;
    assert_true(test_each_allocation_failing(make, NULL, false) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_context_is_at_the_root_and_creates_only),
        cmocka_unit_test(free_takes_null),
        cmocka_unit_test(free_takes_open_and_captured_scopes_along),
        cmocka_unit_test(free_takes_creators_along),
        cmocka_unit_test(a_scope_is_freed_when_neither_open_nor_captured),
        cmocka_unit_test(a_longer_options_struct_must_end_in_zeros),
        cmocka_unit_test(memory_that_runs_out_makes_no_context),
    };

    return cmocka_run_group_tests_name("model.context", tests, NULL, NULL);
}
