/* test_path.c - model/path: which names are names, and what is said of the
 * others. */
#include "support.h"

#include <string.h>

#include "model/path.h"

static const char *fault(const char *path, vs_error *err)
{
    memset(err, 0, sizeof *err);
    assert_status(VS_ERR_NAME, vs__path_check(path, err));
    assert_int_equal(err->status, VS_ERR_NAME);
    return err->message;
}

static void good_names_pass(void **state)
{
    static const char *const good[] = {
        "w",   "W",         "7",         ".hidden", "a/b",     "a/_b",   "a/-b",
        "a/.", "layer_1/w", "x.y-z_/A0", "a/b/c",   "part_10", "a/../b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_ok(vs__path_check(good[i], NULL));
}

static void a_bad_character_is_named_with_its_place(void **state)
{
    vs_error err;

    (void)state;
    assert_string_equal(fault("a b", &err),
                        "'a b' is not a valid name: ' ' at byte 2 is not a "
                        "letter, a digit, or one of _ . - /");
    assert_string_equal(fault("w:0", &err),
                        "'w:0' is not a valid name: ':' at byte 2 is not a "
                        "letter, a digit, or one of _ . - /");
}

static void an_unprintable_character_is_told_as_a_number(void **state)
{
    vs_error err;

    (void)state;
    assert_non_null(strstr(fault("a/\x1b[2J", &err), "0x1b at byte 3"));
    assert_non_null(strstr(fault("caf\xc3\xa9", &err), "0xc3 at byte 4"));
}

static void no_component_is_empty(void **state)
{
    vs_error err;

    (void)state;
    assert_non_null(strstr(fault("/a", &err), "byte 1 follows an empty"));
    assert_non_null(strstr(fault("a//b", &err), "byte 3 follows an empty"));
    assert_non_null(strstr(fault("a/", &err), "byte 2 leads to an empty"));
    assert_non_null(strstr(fault("/", &err), "byte 1"));
    assert_non_null(strstr(fault("", &err), "it is empty"));
    assert_non_null(strstr(fault(NULL, &err), "missing"));
}

static void the_root_has_no_leading_underscore_or_dash(void **state)
{
    vs_error err;

    (void)state;
    assert_non_null(strstr(fault("_", &err), "'_' at byte 1 cannot begin it"));
    assert_non_null(strstr(fault("-a/b", &err), "'-' at byte 1"));
}

static void the_longest_name_has_1023_bytes(void **state)
{
    char name[VS_NAME_MAX + 2];
    vs_error err;

    (void)state;
    memset(name, 'n', sizeof name);
    name[VS_NAME_MAX] = '\0';
    assert_ok(vs__path_check(name, NULL));

    name[VS_NAME_MAX] = 'n';
    name[VS_NAME_MAX + 1] = '\0';
    assert_non_null(strstr(fault(name, &err), "1024 bytes, at most 1023"));
}

static void join_puts_a_slash_below_a_scope_and_none_at_the_root(void **state)
{
    char path[VS_NAME_MAX + 1];

    (void)state;
    assert_ok(vs__path_join("a/b", "w", path, NULL));
    assert_string_equal(path, "a/b/w");
    assert_ok(vs__path_join("", "w", path, NULL));
    assert_string_equal(path, "w");
    assert_ok(vs__path_join("a", "_w", path, NULL));
    assert_string_equal(path, "a/_w");
}

static void join_strips_one_trailing_output_number(void **state)
{
    char path[VS_NAME_MAX + 1];

    (void)state;
    assert_ok(vs__path_join("a", "w:0", path, NULL));
    assert_string_equal(path, "a/w");
    assert_status(VS_ERR_NAME, vs__path_join("a", "w:1", path, NULL));
    assert_status(VS_ERR_NAME, vs__path_join("a", "w:0:0", path, NULL));
    assert_status(VS_ERR_NAME, vs__path_join("a", ":0", path, NULL));
    assert_status(VS_ERR_NAME, vs__path_nest("a", "w:0", path, NULL));
}

static void a_failed_join_leaves_the_output_alone(void **state)
{
    char path[VS_NAME_MAX + 1] = "before";
    vs_error err;

    (void)state;
    assert_status(VS_ERR_NAME, vs__path_join("a", "b c", path, &err));
    assert_non_null(strstr(err.message, "'a/b c'"));
    assert_status(VS_ERR_NAME, vs__path_join("a", "", path, NULL));
    assert_status(VS_ERR_NAME, vs__path_join("", "", path, NULL));
    assert_status(VS_ERR_NAME, vs__path_join("a", NULL, path, NULL));
    assert_string_equal(path, "before");
}

static void the_whole_of_a_join_has_at_most_1023_bytes(void **state)
{
    char scope[VS_NAME_MAX + 1];
    char name[VS_NAME_MAX + 2];
    char path[VS_NAME_MAX + 1];
    vs_error err;

    (void)state;
    memset(scope, 's', sizeof scope);
    scope[1000] = '\0';
    memset(name, 'n', sizeof name);
    name[22] = '\0';
    assert_ok(vs__path_join(scope, name, path, NULL));
    assert_int_equal(strlen(path), VS_NAME_MAX);

    name[22] = 'n';
    name[23] = '\0';
    assert_status(VS_ERR_NAME, vs__path_join(scope, name, path, &err));
    assert_non_null(strstr(err.message, "1024 bytes, at most 1023"));

    name[23] = 'n';
    name[VS_NAME_MAX + 1] = '\0';
    assert_status(VS_ERR_NAME, vs__path_join("", name, path, &err));
}

static void a_scope_says_that_it_is_one(void **state)
{
    char path[VS_NAME_MAX + 1];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_NAME, vs__path_nest("", "_", path, &err));
    assert_non_null(strstr(err.message, "'_' is not a valid scope name"));
}

static void within_matches_whole_components(void **state)
{
    (void)state;
    assert_true(vs__path_within("a/b", "a"));
    assert_true(vs__path_within("a", "a"));
    assert_true(vs__path_within("anything", ""));
    assert_false(vs__path_within("ab/c", "a"));
    assert_false(vs__path_within("a", "a/b"));
    assert_false(vs__path_within("A/b", "a"));
}

static void range_holds_what_is_below_and_nothing_beside(void **state)
{
    static const char *const below[] = {"a/.", "a/-", "a/0", "a/z/_"};
    static const char *const beside[] = {"a", "a-b", "a.b", "a0", "a_", "b"};
    char low[VS_NAME_MAX + 2];
    char high[VS_NAME_MAX + 2];

    (void)state;
    vs__path_range("a", low, high);
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)
        assert_true(strcmp(below[i], low) >= 0 && strcmp(below[i], high) < 0);
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++)
        assert_false(strcmp(beside[i], low) >= 0 &&
                     strcmp(beside[i], high) < 0);
}

static void range_of_the_root_is_everything(void **state)
{
    char low[VS_NAME_MAX + 2];
    char high[VS_NAME_MAX + 2];

    (void)state;
    vs__path_range("", low, high);
    assert_string_equal(low, "");
    assert_true(strcmp("zzz", high) < 0);
    assert_true(strcmp("_", high) < 0);
}

static void range_of_a_scope_too_long_is_empty(void **state)
{
    char scope[VS_NAME_MAX + 2];
    char low[VS_NAME_MAX + 2];
    char high[VS_NAME_MAX + 2];

    (void)state;
    memset(scope, 's', sizeof scope);
    scope[VS_NAME_MAX + 1] = '\0';
    vs__path_range(scope, low, high);
    assert_string_equal(low, "");
    assert_string_equal(high, "");

    scope[VS_NAME_MAX] = '\0';
    vs__path_range(scope, low, high);
    assert_int_equal(strlen(low), VS_NAME_MAX + 1);
    assert_int_equal(high[VS_NAME_MAX], '0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_names_pass),
        cmocka_unit_test(a_bad_character_is_named_with_its_place),
        cmocka_unit_test(an_unprintable_character_is_told_as_a_number),
        cmocka_unit_test(no_component_is_empty),
        cmocka_unit_test(the_root_has_no_leading_underscore_or_dash),
        cmocka_unit_test(the_longest_name_has_1023_bytes),
        cmocka_unit_test(join_puts_a_slash_below_a_scope_and_none_at_the_root),
        cmocka_unit_test(join_strips_one_trailing_output_number),
        cmocka_unit_test(a_failed_join_leaves_the_output_alone),
        cmocka_unit_test(the_whole_of_a_join_has_at_most_1023_bytes),
        cmocka_unit_test(a_scope_says_that_it_is_one),
        cmocka_unit_test(within_matches_whole_components),
        cmocka_unit_test(range_holds_what_is_below_and_nothing_beside),
        cmocka_unit_test(range_of_the_root_is_everything),
        cmocka_unit_test(range_of_a_scope_too_long_is_empty),
    };

    return cmocka_run_group_tests_name("model.path", tests, NULL, NULL);
}
