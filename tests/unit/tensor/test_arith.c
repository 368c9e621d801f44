/* test_arith.c - tensor/arith: sums and differences in each dtype. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "tensor/arith.h"
#include "tensor/dtype.h"
#include "tensor/half.h"

#define N 19 /* whole groups of the loops and a rest */

static void every_dtype_but_bool_adds_and_subtracts(void **state)
{
    (void)state;
    for (int d = VS_U8; d <= VS_N_DTYPES; d++)
        for (int n = 0; n <= N; n++) {
            vs_dtype dtype = (vs_dtype)d;
            double fours[N];
            double twos[N];
            double got[N];
            uint8_t a[N * 16 + 1] = {0};
            uint8_t b[N * 16 + 1] = {0};

            for (int i = 0; i < N; i++) {
                fours[i] = 4;
                twos[i] = i % 2 == 0 ? 2 : 1;
            }
            vs_from_double(dtype, fours, N, a + 1); /* unaligned */
            vs_from_double(dtype, twos, N, b + 1);
            assert_ok(vs__add(dtype, a + 1, b + 1, n));
            vs_to_double(dtype, a + 1, N, got);
            for (int i = 0; i < N; i++)
                assert_true(got[i] == (i < n ? 4 + twos[i] : 4));
            assert_ok(vs__sub(dtype, a + 1, b + 1, n));
            assert_ok(vs__sub(dtype, a + 1, b + 1, n));
            vs_to_double(dtype, a + 1, N, got);
            for (int i = 0; i < N; i++)
                assert_true(got[i] == (i < n ? 4 - twos[i] : 4));
        }
}

static void integers_wrap_around(void **state)
{
    int8_t i8[] = {INT8_MAX, INT8_MIN};
    const int8_t d8[] = {1, -1};
    uint16_t u16[] = {UINT16_MAX, 7};
    const uint16_t d16[] = {UINT16_MAX, UINT16_MAX};
    int32_t i32[] = {INT32_MIN};
    const int32_t d32[] = {1};
    int64_t i64[] = {INT64_MAX};
    const int64_t d64[] = {INT64_MAX};

    (void)state;
    assert_ok(vs__add(VS_I8, i8, d8, 2));
    assert_int_equal(i8[0], INT8_MIN);
    assert_int_equal(i8[1], INT8_MAX);
    assert_ok(vs__add(VS_U16, u16, d16, 2));
    assert_int_equal(u16[0], UINT16_MAX - 1);
    assert_int_equal(u16[1], 6);
    assert_ok(vs__sub(VS_I32, i32, d32, 1));
    assert_int_equal(i32[0], INT32_MAX);
    assert_ok(vs__add(VS_I64, i64, d64, 1));
    assert_int_equal(i64[0], -2);
}

static void complex_numbers_add_both_parts(void **state)
{
    float a[] = {1, 2, 3, 4};
    const float b[] = {10, 20, 30, 40};
    const float want[] = {11, 22, 33, 44};
    double x[] = {1, 2};
    const double y[] = {5, 7};

    (void)state;
    assert_ok(vs__add(VS_C64, a, b, 2));
    assert_memory_equal(a, want, sizeof want);
    assert_ok(vs__sub(VS_C128, x, y, 1));
    assert_true(x[0] == -4 && x[1] == -5);
}

/* The sum of two bf16 is exact in double, which is then rounded once. */
static void small_floats_are_rounded_once_to_even(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint16_t a;
        uint16_t b;
        uint16_t f16;
        uint16_t bf16;
        double sum;

        seed = seed * 6364136223846793005u + 1442695040888963407u;
        a = (uint16_t)(0x3000 + (seed >> 33) % 0x1800);
        b = (uint16_t)(0xb000 + (seed >> 48) % 0x1800);
        f16 = a;
        sum = (double)vs__f16_to_f32(a) - (double)vs__f16_to_f32(b);
        assert_ok(vs__sub(VS_F16, &f16, &b, 1));
        assert_int_equal(f16, vs__f16_from_f64(sum));
        bf16 = a;
        sum = (double)vs__bf16_to_f32(a) + (double)vs__bf16_to_f32(b);
        assert_ok(vs__add(VS_BF16, &bf16, &b, 1));
        assert_int_equal(bf16, vs__bf16_from_f64(sum));
    }
}

static void a_run_can_be_added_to_itself(void **state)
{
    float a[N];

    (void)state;
    for (int i = 0; i < N; i++)
        a[i] = (float)i;
    assert_ok(vs__add(VS_F32, a, a, N));
    for (int i = 0; i < N; i++)
        assert_true(a[i] == (float)(2 * i));
}

static void floats_overflow_to_infinity(void **state)
{
    uint16_t f16[] = {0x7bff};
    uint8_t e4m3[] = {0x7e};

    (void)state;
    assert_ok(vs__add(VS_F16, f16, f16, 1));
    assert_int_equal(f16[0], 0x7c00);
    assert_ok(vs__add(VS_F8_E4M3, e4m3, e4m3, 1));
    assert_int_equal(e4m3[0], 0x7f); /* it has none: NaN */
}

static void bool_and_strangers_are_refused(void **state)
{
    uint8_t a[] = {1, 0};
    const uint8_t b[] = {1, 1};

    (void)state;
    assert_status(VS_ERR_DTYPE, vs__add(VS_BOOL, a, b, 2));
    assert_status(VS_ERR_DTYPE, vs__sub(VS_BOOL, a, b, 2));
    assert_status(VS_ERR_DTYPE, vs__add(VS_DTYPE_NONE, a, b, 2));
    assert_status(VS_ERR_DTYPE, vs__sub((vs_dtype)99, a, b, 2));
    assert_int_equal(a[0], 1);
    assert_int_equal(a[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dtype_but_bool_adds_and_subtracts),
        cmocka_unit_test(integers_wrap_around),
        cmocka_unit_test(complex_numbers_add_both_parts),
        cmocka_unit_test(small_floats_are_rounded_once_to_even),
        cmocka_unit_test(a_run_can_be_added_to_itself),
        cmocka_unit_test(floats_overflow_to_infinity),
        cmocka_unit_test(bool_and_strangers_are_refused),
    };

    return cmocka_run_group_tests_name("tensor.arith", tests, NULL, NULL);
}
