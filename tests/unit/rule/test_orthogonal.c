/* test_orthogonal.c - rule/orthogonal: Q is orthonormal, R has no negative
 * diagonal, and A = QR.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rule/orthogonal.h"

static double next_random(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return (double)(*x >> 40) * 0x1p-23 - 1;
}

static double dot(const double *x, const double *y, int64_t n)
{
    double sum = 0;

    for (int64_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static void assert_orthonormal(const double *q, int64_t m, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++)
            assert_true(fabs(dot(q + i * m, q + j * m, m) - (i == j)) < 1e-13);
}

/* R = Q'A is upper triangular, its diagonal positive. */
static void assert_factors(const double *q, const double *a, int64_t m,
                           int64_t n)
{
    for (int64_t column = 0; column < n; column++) {
        assert_true(dot(q + column * m, a + column * m, m) > 0);
        for (int64_t row = column + 1; row < n; row++)
            assert_true(fabs(dot(q + row * m, a + column * m, m)) < 1e-12);
    }
}

static void matrices_of_any_shape_are_factored(void **state)
{
    static const int64_t shapes[][2] = {
        {1, 1},   {2, 2},   {3, 1},   {5, 3},    {7, 7},   {31, 31}, {32, 32},
        {33, 33}, {36, 35}, {64, 32}, {100, 37}, {70, 70}, {97, 64}, {130, 99},
    };
    uint64_t x = 1;

    (void)state;
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
        const int64_t m = shapes[k][0];
        const int64_t n = shapes[k][1];
        double *a = test_calloc((size_t)(m * n), sizeof a[0]);
        double *q = test_calloc((size_t)(m * n), sizeof q[0]);

        for (int64_t i = 0; i < m * n; i++)
            a[i] = next_random(&x);
        memcpy(q, a, (size_t)(m * n) * sizeof a[0]);
        assert_true(vs__orthogonalize(q, m, n));
        assert_orthonormal(q, m, n);
        assert_factors(q, a, m, n);
        test_free(a);
        test_free(q);
    }
}

static void a_zero_column_still_gives_an_orthonormal_one(void **state)
{
    double q[3 * 3] = {1, 1, 0, 0, 0, 0, 0, 0, 2};

    (void)state;
    assert_true(vs__orthogonalize(q, 3, 3));
    assert_orthonormal(q, 3, 3);
    assert_true(fabs(q[0] - sqrt(0.5)) < 1e-15);
}

static void an_orthogonal_matrix_stays(void **state)
{
    static const double want[4] = {0, 1, -1, 0};
    double q[4] = {0, 3, -2, 0};

    (void)state;
    assert_true(vs__orthogonalize(q, 2, 2));
    for (int i = 0; i < 4; i++)
        assert_true(fabs(q[i] - want[i]) < 1e-15);
}

static void a_matrix_without_columns_is_fine(void **state)
{
    (void)state;
    assert_true(vs__orthogonalize(NULL, 3, 0));
}

static vs_status orthogonalize(void *ctx)
{
    static const double given[4] = {1, 2, 3, 4};
    double q[4];

    (void)ctx;
    memcpy(q, given, sizeof q);
    if (vs__orthogonalize(q, 2, 2))
        return VS_OK;
    assert_memory_equal(q, given, sizeof q);
    return VS_ERR_NOMEM;
}

static void without_memory_nothing_happens(void **state)
{
    (void)state;
    assert_int_equal(test_each_allocation_failing(orthogonalize, NULL, false),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_of_any_shape_are_factored),
        cmocka_unit_test(a_zero_column_still_gives_an_orthonormal_one),
        cmocka_unit_test(an_orthogonal_matrix_stays),
        cmocka_unit_test(a_matrix_without_columns_is_fine),
        cmocka_unit_test(without_memory_nothing_happens),
    };

    return cmocka_run_group_tests_name("rule.orthogonal", tests, NULL, NULL);
}
