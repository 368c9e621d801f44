/* test_compare.c - cli/compare: how far two tensors are apart. */
#include "support.h"

#include <math.h>

#include "compare.h"

static const struct tolerance exact = {0, 0};

static void equal_values_are_alike(void **state)
{
    float a[] = {1, -0.0f, NAN, INFINITY};
    float b[] = {1, 0.0f, -NAN, INFINITY};
    struct delta d = {.n = 0};

    (void)state;
    compare_add(&d, &exact, VS_F32, a, b, 4);
    assert_int_equal(d.n, 4);
    assert_int_equal(d.n_changed, 0);
    assert_true(d.max_abs == 0);
    assert_true(compare_relative(&d) == 0);
}

static void differences_are_measured(void **state)
{
    float a[] = {3, 4, 0, 0};
    float b[] = {3, 4.5f, 0, -1};
    struct delta d = {.n = 0};

    (void)state;
    compare_add(&d, &exact, VS_F32, a, b, 4);
    assert_int_equal(d.n_changed, 2);
    assert_true(d.max_abs == 1);
    assert_true(fabs(compare_relative(&d) - sqrt(1.25) / 5) < 1e-12);
}

static void a_tolerance_forgives(void **state)
{
    double a[] = {100, 1};
    double b[] = {100.5, 1.5};
    struct tolerance absolute = {0.5, 0};
    struct tolerance relative = {0, 0.01};
    struct delta d = {.n = 0};
    struct delta e = {.n = 0};

    (void)state;
    compare_add(&d, &absolute, VS_F64, a, b, 2);
    assert_int_equal(d.n_changed, 0);
    compare_add(&e, &relative, VS_F64, a, b, 2);
    assert_int_equal(e.n_changed, 1);
}

static void infinity_is_alike_only_to_itself(void **state)
{
    float a[] = {INFINITY, INFINITY, 1};
    float b[] = {INFINITY, 1, INFINITY};
    struct tolerance wide = {1e30, 1};
    struct delta d = {.n = 0};

    (void)state;
    compare_add(&d, &wide, VS_F32, a, b, 3);
    assert_int_equal(d.n_changed, 2);
    assert_true(isinf(d.max_abs));
}

static void nan_beside_a_number_is_never_alike(void **state)
{
    float a[] = {NAN, 1};
    float b[] = {1, 1};
    struct tolerance wide = {1e30, 1};
    struct delta d = {.n = 0};

    (void)state;
    compare_add(&d, &wide, VS_F32, a, b, 2);
    assert_int_equal(d.n_changed, 1);
    assert_true(isnan(d.max_abs));
}

static void long_integers_are_compared_exactly(void **state)
{
    int64_t a[] = {INT64_C(9007199254740993), INT64_MIN, 5};
    int64_t b[] = {INT64_C(9007199254740992), INT64_MAX, 5};
    uint64_t u[] = {UINT64_MAX};
    uint64_t v[] = {UINT64_MAX - 1};
    struct delta d = {.n = 0};
    struct delta e = {.n = 0};

    (void)state;
    compare_add(&d, &exact, VS_I64, a, b, 3);
    assert_int_equal(d.n_changed, 2);
    assert_true(d.max_abs == 18446744073709551615.0);
    compare_add(&e, &exact, VS_U64, u, v, 1);
    assert_int_equal(e.n_changed, 1);
    assert_true(e.max_abs == 1);
}

static void complex_numbers_count_once(void **state)
{
    float a[] = {1, 2, 3, 4};
    float b[] = {9, 9, 3, 5};
    struct delta d = {.n = 0};

    (void)state;
    compare_add(&d, &exact, VS_C64, a, b, 2);
    assert_int_equal(d.n, 2);
    assert_int_equal(d.n_changed, 2);
    assert_true(d.max_abs == 8);
}

static void many_elements_come_in_pieces(void **state)
{
    enum { N = 10001 };
    static uint8_t a[N];
    static uint8_t b[N];
    struct delta d = {.n = 0};

    (void)state;
    b[0] = b[4096] = b[N - 1] = 3;
    compare_add(&d, &exact, VS_U8, a, b, N);
    compare_add(&d, &exact, VS_U8, a, a, N);
    assert_int_equal(d.n, 2 * N);
    assert_int_equal(d.n_changed, 3);
    assert_true(isinf(compare_relative(&d)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_are_alike),
        cmocka_unit_test(differences_are_measured),
        cmocka_unit_test(a_tolerance_forgives),
        cmocka_unit_test(infinity_is_alike_only_to_itself),
        cmocka_unit_test(nan_beside_a_number_is_never_alike),
        cmocka_unit_test(long_integers_are_compared_exactly),
        cmocka_unit_test(complex_numbers_count_once),
        cmocka_unit_test(many_elements_come_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
