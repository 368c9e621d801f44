/* test_scope.c - model/scope: names, defaults and order of scopes, without a
 * store. What they mean for variables stands in tests/conformance. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "model/context.h"

struct fixture {
    vs_context *ctx;
    vs_error err;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    if (f == NULL)
        return -1;
    *state = f;
    return vs__context_make(NULL, &f->err, NULL, false, &f->ctx);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    vs_context_free(f->ctx);
    free(f);
    return 0;
}

static vs_scope *enter(struct fixture *f, const char *name,
                       const vs_scope_options *options)
{
    vs_scope *scope = NULL;

    assert_ok(vs_scope_enter(f->ctx, name, options, &scope));
    assert_ptr_equal(vs_scope_current(f->ctx), scope);
    return scope;
}

static vs_scope *enter_default(struct fixture *f, const char *name)
{
    const vs_scope_options options = {.default_name = name};

    return enter(f, NULL, &options);
}

/* Opens and leaves a default scope, which is to get that name. */
static void default_is(struct fixture *f, const char *name, const char *want)
{
    vs_scope *scope = enter_default(f, name);

    assert_string_equal(vs_scope_name(scope), want);
    assert_ok(vs_scope_leave(scope));
}

static vs_scope *reenter(struct fixture *f, const vs_scope *captured)
{
    vs_scope *scope = NULL;

    assert_ok(vs_scope_reenter(f->ctx, captured, NULL, &scope));
    return scope;
}

static void refuses(struct fixture *f, vs_status want, const char *name,
                    const vs_scope_options *options, const char *words)
{
    vs_scope *before = vs_scope_current(f->ctx);
    vs_scope *out = before;

    assert_status(want, vs_scope_enter(f->ctx, name, options, &out));
    assert_ptr_equal(out, before);
    assert_ptr_equal(vs_scope_current(f->ctx), before);
    assert_int_equal(f->err.status, want);
    if (strstr(f->err.message, words) == NULL)
        assert_string_equal(f->err.message, words);
}

static void a_child_adds_its_name_to_the_parents(void **state)
{
    struct fixture *f = *state;
    vs_scope *a = enter(f, "a", NULL);
    vs_scope *bc = enter(f, "b/c", NULL);

    assert_string_equal(vs_scope_name(bc), "a/b/c");
    assert_ok(vs_scope_leave(bc));
    assert_ptr_equal(vs_scope_current(f->ctx), a);
}

static void a_bad_name_leaves_no_trace(void **state)
{
    struct fixture *f = *state;

    refuses(f, VS_ERR_NAME, "_", NULL, "'_' is not a valid scope name");
    refuses(f, VS_ERR_NAME, "a b", NULL, "' ' at byte 2");
    refuses(f, VS_ERR_NAME, "a/", NULL, "empty component");
    refuses(f, VS_ERR_NAME, "a:0", NULL, "':' at byte 2");
    (void)enter(f, "a", NULL);
    refuses(f, VS_ERR_NAME, "", NULL, "'' is not a valid scope name");
}

static void an_empty_name_enters_the_root_again(void **state)
{
    struct fixture *f = *state;
    const vs_scope_options options = {.reuse = VS_REUSE_AUTO};
    vs_scope *root = enter(f, "", &options);

    assert_string_equal(vs_scope_name(root), "");
    assert_int_equal(vs_scope_reuse(root), VS_REUSE_AUTO);
    (void)enter(f, "", NULL);
}

static void neither_name_nor_default_name_is_misuse(void **state)
{
    struct fixture *f = *state;

    refuses(f, VS_ERR_MISUSE, NULL, NULL, "neither a name nor a default name");
    assert_string_not_equal(f->err.hint, "");
}

static void reuse_with_only_a_default_name_is_refused(void **state)
{
    struct fixture *f = *state;
    vs_scope_options options = {.default_name = "d", .reuse = VS_REUSE_TRUE};

    refuses(f, VS_ERR_REUSE, NULL, &options, "reuse true");
    options.reuse = VS_REUSE_AUTO;
    refuses(f, VS_ERR_REUSE, NULL, &options, "reuse auto");
    options.reuse = VS_REUSE_NONE;
    assert_string_equal(vs_scope_name(enter(f, NULL, &options)), "d");
}

static void unknown_modes_and_dtypes_are_refused(void **state)
{
    struct fixture *f = *state;
    vs_scope_options options = {.reuse = (vs_reuse)4};

    refuses(f, VS_ERR_MISUSE, "a", &options, "reuse mode 4 is unknown");
    options.reuse = VS_REUSE_NONE;
    options.dtype = (vs_dtype)(VS_N_DTYPES + 1);
    refuses(f, VS_ERR_DTYPE, "a", &options, "dtype 18");
    options.dtype = (vs_dtype)-1;
    refuses(f, VS_ERR_DTYPE, "a", &options, "dtype -1");
    options.dtype = VS_DTYPE_NONE;
    options.reuse = (vs_reuse)-1;
    refuses(f, VS_ERR_MISUSE, "a", &options, "reuse mode -1 is unknown");
}

static void a_longer_options_struct_must_end_in_zeros(void **state)
{
    struct fixture *f = *state;
    struct {
        vs_scope_options known;
        int64_t later;
    } options;

    memset(&options, 0, sizeof options);
    options.known.size = sizeof options;
    options.later = 1;
    refuses(f, VS_ERR_UNSUPPORTED, "a", &options.known, "vs_scope_options");
    assert_status(VS_ERR_UNSUPPORTED,
                  vs_scope_reenter(f->ctx, vs_scope_current(f->ctx),
                                   &options.known, NULL));
    options.later = 0;
    (void)enter(f, "a", &options.known);
}

static void default_names_count_every_opening(void **state)
{
    struct fixture *f = *state;

    assert_ok(vs_scope_leave(enter(f, "d_1", NULL)));
    default_is(f, "d", "d");
    default_is(f, "d", "d_2");
    default_is(f, "d", "d_3");
}

static void a_name_makes_the_default_name_idle(void **state)
{
    struct fixture *f = *state;
    const vs_scope_options options = {.default_name = "not a name"};
    vs_scope *a = enter(f, "a", &options);

    assert_string_equal(vs_scope_name(a), "a");
    (void)vs_scope_capture(a);
    assert_ok(vs_scope_reenter(f->ctx, a, &options, NULL));
    assert_string_equal(vs_scope_name(vs_scope_current(f->ctx)), "a");
}

static void a_default_name_is_checked_with_its_suffix(void **state)
{
    struct fixture *f = *state;
    char name[VS_NAME_MAX + 1];
    vs_scope_options options = {.default_name = name};

    memset(name, 'd', sizeof name);
    name[VS_NAME_MAX] = '\0';
    assert_ok(vs_scope_leave(enter(f, NULL, &options)));
    refuses(f, VS_ERR_NAME, NULL, &options, "1025 bytes, at most 1023");
    options.default_name = "";
    refuses(f, VS_ERR_NAME, NULL, &options, "'' is not a valid scope name");
}

static void leaving_restarts_the_numbers_below(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        vs_scope *a = enter(f, "a", NULL);

        default_is(f, "d", "a/d");
        default_is(f, "d", "a/d_1");
        assert_ok(vs_scope_leave(a));
    }
}

static void leaving_a_captured_scope_forgets_what_was_inside(void **state)
{
    struct fixture *f = *state;
    vs_scope *a = enter(f, "a", NULL);
    vs_scope *again;

    default_is(f, "d", "a/d");
    again = reenter(f, a);
    default_is(f, "d", "a/d_1");
    default_is(f, "d", "a/d_2");
    assert_ok(vs_scope_leave(again));
    default_is(f, "d", "a/d_1"); /* S30 */
}

static void the_empty_scope_keeps_the_roots_numbers(void **state)
{
    struct fixture *f = *state;

    default_is(f, "B", "B");
    assert_ok(vs_scope_leave(enter(f, "", NULL)));
    default_is(f, "B", "B_1");
}

static void reuse_follows_the_table(void **state)
{
    static const vs_reuse given[] = {VS_REUSE_INHERIT, VS_REUSE_NONE,
                                     VS_REUSE_TRUE, VS_REUSE_AUTO};
    static const vs_reuse parents[] = {VS_REUSE_NONE, VS_REUSE_TRUE,
                                       VS_REUSE_AUTO};
    struct fixture *f = *state;

    for (size_t p = 0; p < 3; p++) {
        const vs_scope_options outer = {.reuse = parents[p]};
        vs_scope *parent = enter(f, "p", &outer);

        for (size_t g = 0; g < 4; g++) {
            const vs_scope_options inner = {.reuse = given[g]};
            vs_scope *child = enter(f, "c", &inner);

            assert_int_equal(vs_scope_reuse(child),
                             g < 2 ? parents[p] : given[g]);
            assert_ok(vs_scope_leave(child));
        }
        assert_ok(vs_scope_leave(parent));
    }
}

static void children_copy_defaults_when_they_are_opened(void **state)
{
    struct fixture *f = *state;
    const vs_scope_options options = {.dtype = VS_F16,
                                      .initializer = vs_constant(3)};
    const vs_initializer ones = vs_ones();
    vs_scope *a = enter(f, "a", &options);
    vs_scope *b = enter(f, "b", NULL);

    assert_int_equal(vs_scope_dtype(b), VS_F16);
    assert_true(vs_scope_initializer(b).a == 3);
    vs_scope_set_dtype(a, VS_I8);
    vs_scope_set_initializer(a, &ones);
    vs_scope_reuse_variables(a);
    assert_int_equal(vs_scope_dtype(b), VS_F16);
    assert_int_equal(vs_scope_initializer(b).kind, VS_INIT_CONSTANT);
    assert_int_equal(vs_scope_reuse(b), VS_REUSE_NONE);
    assert_ok(vs_scope_leave(b));

    b = enter(f, "b", NULL);
    assert_int_equal(vs_scope_dtype(b), VS_I8);
    assert_int_equal(vs_scope_initializer(b).kind, VS_INIT_ONES);
    assert_int_equal(vs_scope_reuse(b), VS_REUSE_TRUE);
}

static void a_switch_is_on_or_off(void **state)
{
    struct fixture *f = *state;
    const vs_getter none = {NULL, NULL, NULL};
    vs_scope *root = vs_scope_current(f->ctx);

    assert_string_equal(vs_scope_caching_device(root), "");
    vs_scope_set_use_resource(root, true);
    assert_true(vs_scope_use_resource(root));
    vs_scope_set_use_resource(root, false);
    assert_false(vs_scope_use_resource(root));
    assert_ok(vs_scope_set_getter(root, &none));
    assert_null(vs_scope_getter(root).get);
}

static void none_and_null_unset_a_default(void **state)
{
    struct fixture *f = *state;
    const vs_scope_options options = {.dtype = VS_F16,
                                      .initializer = vs_ones()};
    vs_scope *a = enter(f, "a", &options);

    vs_scope_set_dtype(a, VS_DTYPE_NONE);
    vs_scope_set_initializer(a, NULL);
    assert_int_equal(vs_scope_dtype(a), VS_DTYPE_NONE);
    assert_int_equal(vs_scope_initializer(a).kind, VS_INIT_DEFAULT);
}

static void reentering_copies_the_captured_scope_as_it_is(void **state)
{
    struct fixture *f = *state;
    const vs_scope_options surroundings = {.reuse = VS_REUSE_AUTO,
                                           .dtype = VS_F64};
    vs_scope *a = vs_scope_capture(enter(f, "a", NULL));
    vs_scope *again;

    assert_ok(vs_scope_leave(a));
    vs_scope_set_dtype(a, VS_I32);
    (void)enter(f, "elsewhere", &surroundings);
    again = reenter(f, a);
    assert_string_equal(vs_scope_name(again), "a");
    assert_int_equal(vs_scope_dtype(again), VS_I32);
    assert_int_equal(vs_scope_reuse(again), VS_REUSE_NONE);
    vs_scope_set_dtype(again, VS_U8);
    assert_int_equal(vs_scope_dtype(a), VS_I32);
    vs_scope_release(a);
    assert_string_equal(vs_scope_name(again), "a");
}

static void a_scope_of_another_context_cannot_be_reentered(void **state)
{
    struct fixture *f = *state;
    vs_context *other = NULL;
    vs_scope *out = NULL;

    assert_ok(vs__context_make(NULL, NULL, NULL, false, &other));
    assert_status(
        VS_ERR_MISUSE,
        vs_scope_reenter(f->ctx, vs_scope_current(other), NULL, &out));
    assert_null(out);
    vs_context_free(other);
}

static void leaving_out_of_order_changes_nothing(void **state)
{
    struct fixture *f = *state;
    vs_scope *a = enter(f, "a", NULL);
    vs_scope *b = enter(f, "b", NULL);

    assert_status(VS_ERR_NESTING, vs_scope_leave(a));
    assert_string_equal(f->err.message, "scope 'a' is not the innermost, "
                                        "'a/b' must be left first");
    assert_ptr_equal(vs_scope_current(f->ctx), b);
    assert_ok(vs_scope_leave(b));
    assert_ok(vs_scope_leave(a));
}

static void the_root_cannot_be_left(void **state)
{
    struct fixture *f = *state;
    vs_scope *root = vs_scope_current(f->ctx);

    assert_status(VS_ERR_NESTING, vs_scope_leave(root));
    assert_ptr_equal(vs_scope_current(f->ctx), root);
}

static void a_scope_is_left_once(void **state)
{
    struct fixture *f = *state;
    vs_scope *a = vs_scope_capture(enter(f, "a", NULL));

    assert_ok(vs_scope_leave(a));
    assert_status(VS_ERR_NESTING, vs_scope_leave(a));
    assert_non_null(strstr(f->err.message, "left already"));
    vs_scope_release(a);
}

static void captures_are_counted(void **state)
{
    struct fixture *f = *state;
    vs_scope *a = enter(f, "a", NULL);

    (void)vs_scope_capture(a);
    (void)vs_scope_capture(a);
    vs_scope_release(a);
    assert_ok(vs_scope_leave(a));
    assert_string_equal(vs_scope_name(a), "a");
    vs_scope_release(a);
    assert_ptr_equal(f->ctx->newest, f->ctx->root);
    vs_scope_release(NULL);
}

static void a_release_too_many_does_not_take_an_open_scope(void **state)
{
    struct fixture *f = *state;
    vs_scope *a = enter(f, "a", NULL);

    vs_scope_release(a);
    vs_scope_release(vs_scope_current(f->ctx));
    assert_string_equal(vs_scope_name(a), "a");
    assert_ok(vs_scope_leave(a));
}

static void success_keeps_the_words_of_an_earlier_failure(void **state)
{
    struct fixture *f = *state;
    vs_scope *a = enter(f, "a", NULL);

    refuses(f, VS_ERR_NAME, "b c", NULL, "b c");
    assert_ok(vs_scope_leave(a));
    assert_int_equal(f->err.status, VS_ERR_NAME);
}

static void a_block_enters_and_leaves(void **state)
{
    struct fixture *f = *state;
    vs_status st = VS_OK;
    int ran = 0;

    VS_WITH_SCOPE (st, f->ctx, "a", NULL) {
        assert_string_equal(vs_scope_name(vs_scope_current(f->ctx)), "a");
        VS_WITH_SCOPE (st, f->ctx, "b", NULL) {
            assert_string_equal(vs_scope_name(vs_scope_current(f->ctx)), "a/b");
            ran++;
            continue;
        }
    }
    assert_ok(st);
    assert_int_equal(ran, 1);
    assert_string_equal(vs_scope_name(vs_scope_current(f->ctx)), "");
}

static void a_block_is_skipped_when_its_scope_cannot_be_entered(void **state)
{
    struct fixture *f = *state;
    vs_status st = VS_OK;
    int ran = 0;

    VS_WITH_SCOPE (st, f->ctx, "no name", NULL)
        ran++;
    assert_status(VS_ERR_NAME, st);
    VS_WITH_SCOPE (st, f->ctx, "a", NULL)
        ran++;
    assert_status(VS_ERR_NAME, st);
    assert_int_equal(ran, 0);
}

static void a_block_keeps_the_failure_of_its_body(void **state)
{
    struct fixture *f = *state;
    vs_status st = VS_OK;

    VS_WITH_SCOPE (st, f->ctx, "a", NULL) {
        st = VS_ERR_SHAPE;
        continue;
    }
    assert_status(VS_ERR_SHAPE, st);
    assert_string_equal(vs_scope_name(vs_scope_current(f->ctx)), "");
}

static vs_status walk(void *given)
{
    vs_context *ctx = given;
    const vs_scope_options named = {.default_name = "d"};
    vs_scope *a = NULL;
    vs_scope *again = NULL;
    vs_scope *d = NULL;
    vs_status st = vs_scope_enter(ctx, "a", NULL, &a);

    if (st == VS_OK)
        st = vs_scope_enter(ctx, NULL, &named, &d);
    if (st == VS_OK)
        st = vs_scope_reenter(ctx, a, NULL, &again);
    if (again != NULL)
        assert_ok(vs_scope_leave(again));
    if (d != NULL) {
        assert_string_equal(vs_scope_name(d), "a/d");
        assert_ok(vs_scope_leave(d));
    }
    if (a != NULL)
        assert_ok(vs_scope_leave(a));
    assert_string_equal(vs_scope_name(vs_scope_current(ctx)), "");
    return st;
}

static vs_status walk_afresh(void *unused)
{
    vs_context *ctx = NULL;
    vs_status st = vs__context_make(NULL, NULL, NULL, false, &ctx);

    (void)unused;
    if (st == VS_OK)
        st = walk(ctx);
    vs_context_free(ctx);
    return st;
}

static void memory_that_runs_out_enters_nothing(void **state)
{
    (void)state;
    assert_true(test_each_allocation_failing(walk_afresh, NULL, false) > 6);
    assert_true(test_each_allocation_failing(walk_afresh, NULL, true) > 6);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_child_adds_its_name_to_the_parents),
        TEST(a_bad_name_leaves_no_trace),
        TEST(an_empty_name_enters_the_root_again),
        TEST(neither_name_nor_default_name_is_misuse),
        TEST(reuse_with_only_a_default_name_is_refused),
        TEST(unknown_modes_and_dtypes_are_refused),
        TEST(a_longer_options_struct_must_end_in_zeros),
        TEST(default_names_count_every_opening),
        TEST(a_name_makes_the_default_name_idle),
        TEST(a_default_name_is_checked_with_its_suffix),
        TEST(leaving_restarts_the_numbers_below),
        TEST(leaving_a_captured_scope_forgets_what_was_inside),
        TEST(the_empty_scope_keeps_the_roots_numbers),
        TEST(reuse_follows_the_table),
        TEST(children_copy_defaults_when_they_are_opened),
        TEST(a_switch_is_on_or_off),
        TEST(none_and_null_unset_a_default),
        TEST(reentering_copies_the_captured_scope_as_it_is),
        TEST(a_scope_of_another_context_cannot_be_reentered),
        TEST(leaving_out_of_order_changes_nothing),
        TEST(the_root_cannot_be_left),
        TEST(a_scope_is_left_once),
        TEST(captures_are_counted),
        TEST(a_release_too_many_does_not_take_an_open_scope),
        TEST(success_keeps_the_words_of_an_earlier_failure),
        TEST(a_block_enters_and_leaves),
        TEST(a_block_is_skipped_when_its_scope_cannot_be_entered),
        TEST(a_block_keeps_the_failure_of_its_body),
        TEST(memory_that_runs_out_enters_nothing),
    };

    return cmocka_run_group_tests_name("model.scope", tests, NULL, NULL);
}
