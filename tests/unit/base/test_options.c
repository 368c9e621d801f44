/* test_options.c - base/options: structs of callers of another version. */
#include "support.h"

#include "base/options.h"

struct known {
    size_t size;
    int a;
    int b;
};

struct later {
    size_t size;
    int a;
    int b;
    int64_t c;
};

static void null_means_all_defaults(void **state)
{
    struct known out = {9, 9, 9};

    (void)state;
    assert_ok(vs__options_take(&out, sizeof out, NULL, "known", NULL));
    assert_int_equal(out.a, 0);
    assert_int_equal(out.b, 0);
}

static void size_zero_means_the_whole_struct(void **state)
{
    struct known given = {0, 1, 2};
    struct known out;

    (void)state;
    assert_ok(vs__options_take(&out, sizeof out, &given, "known", NULL));
    assert_int_equal(out.b, 2);
}

static void a_shorter_struct_is_padded_with_zeros(void **state)
{
    struct known given = {offsetof(struct known, b), 1, 2};
    struct known out;

    (void)state;
    assert_ok(vs__options_take(&out, sizeof out, &given, "known", NULL));
    assert_int_equal(out.a, 1);
    assert_int_equal(out.b, 0);
    given.size = sizeof given.size; /* nothing but its size */
    assert_ok(vs__options_take(&out, sizeof out, &given, "known", NULL));
    assert_int_equal(out.a, 0);
}

static void a_longer_struct_is_refused_if_its_tail_is_set(void **state)
{
    struct later given = {sizeof given, 1, 2, 0};
    struct known out;
    vs_error err;

    (void)state;
    assert_ok(vs__options_take(&out, sizeof out, &given, "known", &err));
    given.c = 3;
    assert_status(VS_ERR_UNSUPPORTED,
                  vs__options_take(&out, sizeof out, &given, "known", &err));
    assert_non_null(err.message);
}

static void a_size_below_its_own_field_is_misuse(void **state)
{
    struct known given = {3, 1, 2};
    struct known out;

    (void)state;
    assert_status(VS_ERR_MISUSE,
                  vs__options_take(&out, sizeof out, &given, "known", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_means_all_defaults),
        cmocka_unit_test(size_zero_means_the_whole_struct),
        cmocka_unit_test(a_shorter_struct_is_padded_with_zeros),
        cmocka_unit_test(a_longer_struct_is_refused_if_its_tail_is_set),
        cmocka_unit_test(a_size_below_its_own_field_is_misuse),
    };

    return cmocka_run_group_tests_name("base.options", tests, NULL, NULL);
}
