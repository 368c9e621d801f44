/* test_convert.c - tensor/convert: runs of elements to double and back. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "varstore/tensor.h"

#define N_ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* Numbers that every dtype but bool holds; enough for whole groups of the
 * loops and a rest. */
static const double common[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  10,
                                12, 14, 16, 20, 24, 28, 32, 64, 112};

#define N_COMMON ((int)N_ROWS(common))

static void common_numbers_survive_every_dtype_and_length(void **state)
{
    (void)state;
    for (int d = VS_U8; d <= VS_N_DTYPES; d++)
        for (int n = 0; n <= N_COMMON; n++) {
            uint8_t bytes[N_COMMON * 16 + 1] = {0};
            double got[N_COMMON + 1] = {0};

            got[n] = -7;                                       /* must stay */
            vs_from_double((vs_dtype)d, common, n, bytes + 1); /* unaligned */
            vs_to_double((vs_dtype)d, bytes + 1, n, got);
            assert_memory_equal(got, common, (size_t)n * sizeof common[0]);
            assert_true(got[n] == -7);
        }
}

static void narrowing_writes_no_byte_too_many(void **state)
{
    (void)state;
    for (int d = 1; d <= VS_N_DTYPES; d++)
        for (int n = 0; n <= N_COMMON; n++) {
            uint8_t bytes[N_COMMON * 16 + 1];
            size_t used = (size_t)n * vs_dtype_size((vs_dtype)d);

            memset(bytes, 0xa5, sizeof bytes);
            vs_from_double((vs_dtype)d, common, n, bytes);
            for (size_t i = used; i < sizeof bytes; i++)
                assert_int_equal(bytes[i], 0xa5);
        }
}

static void integers_become_the_same_doubles(void **state)
{
    const uint8_t u8[] = {0, 255};
    const int8_t i8[] = {INT8_MIN, -1};
    const uint16_t u16[] = {1, UINT16_MAX};
    const int16_t i16[] = {INT16_MIN, -2};
    const uint32_t u32[] = {2, UINT32_MAX};
    const int32_t i32[] = {INT32_MIN, -3};
    const struct {
        vs_dtype dtype;
        const void *src;
        double want[2];
    } rows[] = {
        {VS_U8, u8, {0, 255}},          {VS_I8, i8, {-128, -1}},
        {VS_U16, u16, {1, 65535}},      {VS_I16, i16, {-32768, -2}},
        {VS_U32, u32, {2, 4294967295}}, {VS_I32, i32, {-2147483648.0, -3}},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        double got[2];

        vs_to_double(rows[i].dtype, rows[i].src, 2, got);
        assert_memory_equal(got, rows[i].want, sizeof got);
    }
}

static void wide_integers_are_rounded_to_nearest(void **state)
{
    const int64_t i64[] = {INT64_MIN, INT64_MAX, (INT64_C(1) << 53) + 1,
                           (INT64_C(1) << 53) + 3};
    const uint64_t u64[] = {UINT64_MAX, UINT64_C(1) << 63};
    double got[4];

    (void)state;
    vs_to_double(VS_I64, i64, 4, got);
    assert_true(got[0] == -0x1p63 && got[1] == 0x1p63);
    assert_true(got[2] == 0x1p53 && got[3] == 0x1p53 + 4);
    vs_to_double(VS_U64, u64, 2, got);
    assert_true(got[0] == 0x1p64 && got[1] == 0x1p63);
}

static void any_byte_of_a_bool_but_zero_is_true(void **state)
{
    const uint8_t bytes[] = {0, 1, 2, 255};
    const double want[] = {0, 1, 1, 1};
    const double values[] = {0, -0.0, 1, -3, 0.25, DBL_TRUE_MIN, (double)NAN};
    const uint8_t bools[] = {0, 0, 1, 1, 1, 1, 1};
    double got[4];
    uint8_t made[7];

    (void)state;
    vs_to_double(VS_BOOL, bytes, 4, got);
    assert_memory_equal(got, want, sizeof want);
    vs_from_double(VS_BOOL, values, 7, made);
    assert_memory_equal(made, bools, sizeof bools);
}

static void complex_numbers_give_and_take_the_real_part(void **state)
{
    const float c64[] = {1, 9, 2, 9};
    const double c128[] = {3, 9, 4, 9};
    const double values[] = {5, 6};
    const float want[] = {5, 0, 6, 0};
    double got[2];
    float made[4] = {9, 9, 9, 9};

    (void)state;
    vs_to_double(VS_C64, c64, 2, got);
    assert_true(got[0] == 1 && got[1] == 2);
    vs_to_double(VS_C128, c128, 2, got);
    assert_true(got[0] == 3 && got[1] == 4);
    vs_from_double(VS_C64, values, 2, made);
    assert_memory_equal(made, want, sizeof want);
}

static void integers_truncate_toward_zero_and_saturate(void **state)
{
    static const double values[] = {
        1.9,      -1.9,      -0.9,        126.9,   127,     128,
        255.9,    256,       -128.9,      -129,    1e300,   -1e300,
        INFINITY, -INFINITY, (double)NAN, 32767.5, 65536.5, -40000};
    static const int8_t want_i8[] = {1,   -1,   0,    126,  127, 127,
                                     127, 127,  -128, -128, 127, -128,
                                     127, -128, 0,    127,  127, -128};
    static const uint8_t want_u8[] = {1, 0,   0, 126, 127, 128, 255, 255, 0,
                                      0, 255, 0, 255, 0,   0,   255, 255, 0};
    int8_t i8[N_ROWS(values)];
    uint8_t u8[N_ROWS(values)];
    int16_t i16[N_ROWS(values)];

    (void)state;
    vs_from_double(VS_I8, values, (int64_t)N_ROWS(values), i8);
    assert_memory_equal(i8, want_i8, sizeof want_i8);
    vs_from_double(VS_U8, values, (int64_t)N_ROWS(values), u8);
    assert_memory_equal(u8, want_u8, sizeof want_u8);
    vs_from_double(VS_I16, values, (int64_t)N_ROWS(values), i16);
    assert_int_equal(i16[15], 32767);
    assert_int_equal(i16[16], 32767);
    assert_int_equal(i16[17], -32768);
}

static void the_widest_integers_saturate_where_double_has_no_last_bit(
    void **state)
{
    const double values[] = {0x1p63, nextafter(0x1p63, 0), -0x1p63, -0x1.8p63,
                             0x1p64, nextafter(0x1p64, 0), -1};
    const int64_t want[] = {INT64_MAX, INT64_MAX - 1023, INT64_MIN, INT64_MIN,
                            INT64_MAX, INT64_MAX,        -1};
    const uint64_t want_u[] = {
        UINT64_C(1) << 63, (UINT64_C(1) << 63) - 1024, 0, 0,
        UINT64_MAX,        UINT64_MAX - 2047,          0};
    int64_t got[7];
    uint64_t got_u[7];

    (void)state;
    vs_from_double(VS_I64, values, 7, got);
    assert_memory_equal(got, want, sizeof want);
    vs_from_double(VS_U64, values, 7, got_u);
    assert_memory_equal(got_u, want_u, sizeof want_u);
}

static void floats_round_to_nearest_even_and_overflow(void **state)
{
    const double values[] = {1 + 0x1p-24, 1 + 0x3p-24, 1e39, -1e39, -0.0};
    const float want[] = {1, 1 + 0x1p-22f, INFINITY, -INFINITY, -0.0f};
    const double e4m3[] = {448, 465, -1e9, INFINITY};
    const uint8_t want_e4m3[] = {0x7e, 0x7f, 0xff, 0x7f};
    const double f16[] = {1 + 0x1p-11, 65520, -0.0};
    const uint16_t want_f16[] = {0x3c00, 0x7c00, 0x8000};
    float got[5];
    uint8_t got_e4m3[4];
    uint16_t got_f16[3];

    (void)state;
    vs_from_double(VS_F32, values, 5, got);
    assert_memory_equal(got, want, sizeof want);
    vs_from_double(VS_F8_E4M3, e4m3, 4, got_e4m3);
    assert_memory_equal(got_e4m3, want_e4m3, sizeof want_e4m3);
    vs_from_double(VS_F16, f16, 3, got_f16);
    assert_memory_equal(got_f16, want_f16, sizeof want_f16);
}

static void special_floats_stay_special(void **state)
{
    static const vs_dtype dtypes[] = {VS_F16, VS_BF16,    VS_F32,
                                      VS_F64, VS_F8_E5M2, VS_C64};
    const double values[] = {INFINITY, -INFINITY, (double)NAN, -0.0};

    (void)state;
    for (size_t i = 0; i < N_ROWS(dtypes); i++) {
        uint8_t bytes[4 * 8];
        double got[4];

        vs_from_double(dtypes[i], values, 4, bytes);
        vs_to_double(dtypes[i], bytes, 4, got);
        assert_true(isinf(got[0]) && got[0] > 0);
        assert_true(isinf(got[1]) && got[1] < 0);
        assert_true(isnan(got[2]));
        assert_true(got[3] == 0 && signbit(got[3]));
    }
}

static void subnormal_floats_are_not_lost(void **state)
{
    const float f32[] = {FLT_TRUE_MIN, -FLT_MIN / 2};
    const uint16_t f16[] = {0x0001, 0x83ff};
    const uint16_t bf16[] = {0x0001, 0x807f};
    const uint8_t e4m3[] = {0x01, 0x87};
    double got[2];

    (void)state;
    vs_to_double(VS_F32, f32, 2, got);
    assert_true(got[0] == 0x1p-149 && got[1] == -0x1p-127);
    vs_to_double(VS_F16, f16, 2, got);
    assert_true(got[0] == 0x1p-24 && got[1] == -0x3ffp-24);
    vs_to_double(VS_BF16, bf16, 2, got);
    assert_true(got[0] == 0x1p-133 && got[1] == -0x7fp-133);
    vs_to_double(VS_F8_E4M3, e4m3, 2, got);
    assert_true(got[0] == 0x1p-9 && got[1] == -0x7p-9);
}

static void an_unknown_dtype_writes_nothing(void **state)
{
    const double values[] = {1};
    double got[1] = {-7};
    uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const uint8_t same[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
    vs_to_double(VS_DTYPE_NONE, bytes, 1, got);
    assert_true(got[0] == -7);
    vs_from_double((vs_dtype)(VS_N_DTYPES + 1), values, 1, bytes);
    assert_memory_equal(bytes, same, sizeof same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_numbers_survive_every_dtype_and_length),
        cmocka_unit_test(narrowing_writes_no_byte_too_many),
        cmocka_unit_test(integers_become_the_same_doubles),
        cmocka_unit_test(wide_integers_are_rounded_to_nearest),
        cmocka_unit_test(any_byte_of_a_bool_but_zero_is_true),
        cmocka_unit_test(complex_numbers_give_and_take_the_real_part),
        cmocka_unit_test(integers_truncate_toward_zero_and_saturate),
        cmocka_unit_test(
            the_widest_integers_saturate_where_double_has_no_last_bit),
        cmocka_unit_test(floats_round_to_nearest_even_and_overflow),
        cmocka_unit_test(special_floats_stay_special),
        cmocka_unit_test(subnormal_floats_are_not_lost),
        cmocka_unit_test(an_unknown_dtype_writes_nothing),
    };

    return cmocka_run_group_tests_name("tensor.convert", tests, NULL, NULL);
}
