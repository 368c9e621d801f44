/* test_subset.c - service/subset: the names in a scope. */
#include "support.h"

#include <string.h>

#include "service/subset.h"

static void the_root_is_everything(void **state)
{
    struct vs__subset subset;

    (void)state;
    assert_ok(vs__subset_make(&subset, NULL, NULL));
    assert_string_equal(subset.scope, "");
    assert_string_equal(subset.low, "");
    assert_ok(vs__subset_make(&subset, "", NULL));
    assert_true(strcmp("zzz", subset.high) < 0);
}

static void a_scope_may_end_in_a_slash(void **state)
{
    struct vs__subset with;
    struct vs__subset without;

    (void)state;
    assert_ok(vs__subset_make(&with, "a/b/", NULL));
    assert_ok(vs__subset_make(&without, "a/b", NULL));
    assert_string_equal(with.scope, "a/b");
    assert_string_equal(with.low, without.low);
    assert_string_equal(with.high, without.high);
}

static void what_is_no_name_is_no_scope(void **state)
{
    static const char *const scopes[] = {"/", "a//b", "a//", "_a", "a b"};
    struct vs__subset subset;
    char longest[VS_NAME_MAX + 3];

    (void)state;
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
        assert_status(VS_ERR_NAME, vs__subset_make(&subset, scopes[i], NULL));
    memset(longest, 'a', sizeof longest);
    longest[VS_NAME_MAX + 2] = '\0';
    assert_status(VS_ERR_NAME, vs__subset_make(&subset, longest, NULL));
    longest[VS_NAME_MAX + 1] = '\0';
    assert_status(VS_ERR_NAME, vs__subset_make(&subset, longest, NULL));
    longest[VS_NAME_MAX] = '\0';
    assert_ok(vs__subset_make(&subset, longest, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_is_everything),
        cmocka_unit_test(a_scope_may_end_in_a_slash),
        cmocka_unit_test(what_is_no_name_is_no_scope),
    };

    return cmocka_run_group_tests_name("service.subset", tests, NULL, NULL);
}
