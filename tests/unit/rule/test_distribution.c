/* test_distribution.c - rule/distribution: random access, published values,
 * and what a dtype can hold.
 */
#include "support.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "rule/distribution.h"
#include "varstore/tensor.h"

#define N 4096

struct form {
    enum vs__law law;
    vs_dtype dtype;
    double a;
    double b;
};

/* Every law in every dtype it makes. */
static const struct form forms[] = {
    {VS__LAW_UNIFORM, VS_F16, -1, 3},    {VS__LAW_UNIFORM, VS_BF16, -1, 3},
    {VS__LAW_UNIFORM, VS_F32, -1, 3},    {VS__LAW_UNIFORM, VS_F64, -1, 3},
    {VS__LAW_UNIFORM, VS_I32, -5, 1000}, {VS__LAW_UNIFORM, VS_I64, -5, 1000},
    {VS__LAW_NORMAL, VS_F16, 1, 2},      {VS__LAW_NORMAL, VS_BF16, 1, 2},
    {VS__LAW_NORMAL, VS_F32, 1, 2},      {VS__LAW_NORMAL, VS_F64, 1, 2},
    {VS__LAW_TRUNCATED, VS_F16, 1, 2},   {VS__LAW_TRUNCATED, VS_BF16, 1, 2},
    {VS__LAW_TRUNCATED, VS_F32, 1, 2},   {VS__LAW_TRUNCATED, VS_F64, 1, 2},
};

#define N_FORMS (sizeof forms / sizeof forms[0])

static struct vs__distribution made(enum vs__law law, vs_dtype dtype, double a,
                                    double b, int64_t seed)
{
    struct vs__distribution d;

    assert_true(vs__distribution_make(law, dtype, a, b,
                                      vs__philox_from_seed(seed), &d));
    return d;
}

static bool can_make(enum vs__law law, vs_dtype dtype, double a, double b)
{
    struct vs__distribution d;

    return vs__distribution_make(law, dtype, a, b, vs__philox_from_seed(1), &d);
}

static void assert_near(const float *want, const float *got, int n)
{
    for (int i = 0; i < n; i++)
        assert_float_equal(got[i], want[i], fabsf(want[i]) * 2e-6f);
}

/* Op seed 1, no graph seed; both lists stand in many places. */
static void uniform_values_are_the_published_ones(void **state)
{
    static const float want[] = {0.239037395f,  0.920399547f, 0.0505124331f,
                                 0.495744467f,  0.835522294f, 0.0264704227f,
                                 0.0881130695f, 0.45666039f};
    const struct vs__distribution d = made(VS__LAW_UNIFORM, VS_F32, 0, 1, 1);
    float got[8];

    (void)state;
    vs__distribution_fill(&d, 0, 8, got);
    assert_memory_equal(got, want, sizeof want);
}

static void normal_values_are_the_published_ones(void **state)
{
    static const float want[] = {
        -0.8113182f, 1.4845988f, 0.0653294f,  -2.4427042f, 0.0992484f,
        0.5912243f,  0.5928230f, -2.1229296f, -0.7228972f, -0.0562704f};
    const struct vs__distribution d = made(VS__LAW_NORMAL, VS_F32, 0, 1, 1);
    float got[10];

    (void)state;
    vs__distribution_fill(&d, 0, 10, got);
    assert_near(want, got, 10);
}

static void truncated_values_are_the_known_ones(void **state)
{
    static const float want[] = {-0.8113183f, 1.4845986f, 0.0653293f,
                                 0.0992484f,  0.6396971f, 1.6108712f,
                                 0.1635356f,  -1.5157055f};
    const struct vs__distribution d = made(VS__LAW_TRUNCATED, VS_F32, 0, 1, 1);
    float got[8];

    (void)state;
    vs__distribution_fill(&d, 0, 8, got);
    assert_near(want, got, 8);
}

static uint64_t next_random(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

static void any_split_gives_the_values_of_one_pass(void **state)
{
    static uint8_t whole[N * 8];
    static uint8_t parts[N * 8];
    uint64_t x = 1;

    (void)state;
    for (size_t f = 0; f < N_FORMS; f++) {
        const struct vs__distribution d = made(
            forms[f].law, forms[f].dtype, forms[f].a, forms[f].b, (int64_t)f);
        const size_t size = vs_dtype_size(forms[f].dtype);

        vs__distribution_fill(&d, 0, N, whole);
        memset(parts, 0xee, sizeof parts);
        for (int64_t at = 0, n; at < N; at += n) {
            n = (int64_t)(next_random(&x) % 37); /* 0 is a run, too */
            n = n < N - at ? n : N - at;
            vs__distribution_fill(&d, at, n, parts + (size_t)at * size);
        }
        assert_memory_equal(parts, whole, N * size);
    }
}

static void runs_far_out_need_none_before_them(void **state)
{
    const int64_t far = INT64_C(1) << 50;

    (void)state;
    for (size_t f = 0; f < N_FORMS; f++) {
        const struct vs__distribution d =
            made(forms[f].law, forms[f].dtype, forms[f].a, forms[f].b, 7);
        uint8_t run[5 * 8] = {0};
        uint8_t one[8] = {0};
        const size_t size = vs_dtype_size(forms[f].dtype);

        vs__distribution_fill(&d, far + 2, 5, run);
        vs__distribution_fill(&d, far + 5, 1, one);
        assert_memory_equal(run + 3 * size, one, size);
    }
}

static void memory_needs_no_alignment(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FORMS; f++) {
        const struct vs__distribution d =
            made(forms[f].law, forms[f].dtype, forms[f].a, forms[f].b, 7);
        uint8_t even[8 * 8 + 1];
        uint8_t odd[8 * 8 + 1];
        const size_t size = vs_dtype_size(forms[f].dtype);

        vs__distribution_fill(&d, 0, 8, even);
        vs__distribution_fill(&d, 0, 8, odd + 1);
        assert_memory_equal(even, odd + 1, 8 * size);
    }
}

static void integers_reach_both_ends_of_their_range(void **state)
{
    const struct vs__distribution d = made(VS__LAW_UNIFORM, VS_I32, -3, 4, 1);
    int32_t got[1000];
    bool seen[7] = {false};

    (void)state;
    vs__distribution_fill(&d, 0, 1000, got);
    for (int i = 0; i < 1000; i++) {
        assert_in_range(got[i] + 3, 0, 6);
        seen[got[i] + 3] = true;
    }
    for (int i = 0; i < 7; i++)
        assert_true(seen[i]);
}

static void truncated_values_stay_within_two_deviations(void **state)
{
    const struct vs__distribution d = made(VS__LAW_TRUNCATED, VS_F64, 0, 1, 3);
    static double got[N];
    double sum2 = 0;

    (void)state;
    vs__distribution_fill(&d, 0, N, got);
    for (int i = 0; i < N; i++) {
        assert_true(fabs(got[i]) < 2.0);
        sum2 += got[i] * got[i];
    }
    assert_float_equal(sqrt(sum2 / N), 0.87962566, 0.03);
}

static void a_deviation_of_zero_gives_the_mean(void **state)
{
    const struct vs__distribution d =
        made(VS__LAW_TRUNCATED, VS_F32, 2.5, 0, 3);
    float got[9];

    (void)state;
    vs__distribution_fill(&d, 0, 9, got);
    for (int i = 0; i < 9; i++)
        assert_true(got[i] == 2.5f);
}

/* TensorFlow 2.21: bf16 uniform numbers have 7 random bits, and each step of
 * the arithmetic is rounded. */
static void bf16_is_computed_in_bf16(void **state)
{
    static const float unit[8] = {0.5546875f, 0.3046875f, 0.3828125f,
                                  0.109375f,  0.7890625f, 0.765625f,
                                  0.578125f,  0.6953125f};
    static const float wide[8] = {4.21875f, 0.96875f, 1.96875f, -1.578125f,
                                  7.25f,    6.9375f,  4.5f,     6.0625f};
    static const float normal[8] = {4.3125f,  -4.96875f,  -0.53125f,
                                    3.53125f, 4.65625f,   1.3828125f,
                                    -8.0f,    0.29296875f};
    const struct {
        struct vs__distribution d;
        const float *want;
    } cases[] = {
        {made(VS__LAW_UNIFORM, VS_BF16, 0, 1, 1), unit},
        {made(VS__LAW_UNIFORM, VS_BF16, -3, 10, 1), wide},
        {made(VS__LAW_NORMAL, VS_BF16, 0.1, 3, 11), normal},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        uint16_t bits[8];
        double got[8];

        vs__distribution_fill(&cases[k].d, 0, 8, bits);
        vs_to_double(VS_BF16, bits, 8, got);
        for (int i = 0; i < 8; i++)
            assert_float_equal(got[i], cases[k].want[i], 0);
    }
}

static void laws_make_their_dtypes_only(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FORMS; f++)
        assert_true(vs__law_makes(forms[f].law, forms[f].dtype));
    assert_false(vs__law_makes(VS__LAW_NORMAL, VS_I32));
    assert_false(vs__law_makes(VS__LAW_UNIFORM, VS_U8));
    assert_false(vs__law_makes(VS__LAW_UNIFORM, VS_C64));
    assert_false(vs__law_makes(VS__LAW_UNIFORM, VS_F8_E4M3));
    assert_false(vs__law_makes(VS__LAW_UNIFORM, VS_DTYPE_NONE));
}

static void integer_bounds_must_be_whole_and_fit(void **state)
{
    (void)state;
    assert_true(can_make(VS__LAW_UNIFORM, VS_I32, INT32_MIN, INT32_MAX));
    assert_true(can_make(VS__LAW_UNIFORM, VS_I64, -0x1p63, 0x1p62));
    assert_false(can_make(VS__LAW_UNIFORM, VS_I32, 0, 0x1p31));
    assert_false(can_make(VS__LAW_UNIFORM, VS_I32, -0x1p31 - 1, 0));
    assert_false(can_make(VS__LAW_UNIFORM, VS_I64, 0, 0x1p63));
    assert_false(can_make(VS__LAW_UNIFORM, VS_I32, 3, 3));
    assert_false(can_make(VS__LAW_UNIFORM, VS_I32, 0, 2.5));
    assert_false(can_make(VS__LAW_UNIFORM, VS_I32, 0.5, 2));
    assert_false(can_make(VS__LAW_UNIFORM, VS_I32, NAN, 2));
    assert_false(can_make(VS__LAW_UNIFORM, VS_I64, 0, INFINITY));
}

static void float_parameters_must_stay_finite(void **state)
{
    (void)state;
    assert_true(can_make(VS__LAW_UNIFORM, VS_F32, 1, 1));
    assert_false(can_make(VS__LAW_UNIFORM, VS_F32, 2, 1));
    assert_false(can_make(VS__LAW_UNIFORM, VS_F32, -FLT_MAX, FLT_MAX));
    assert_false(can_make(VS__LAW_UNIFORM, VS_F16, 0, 70000));
    assert_false(can_make(VS__LAW_UNIFORM, VS_BF16, 0, FLT_MAX));
    assert_false(can_make(VS__LAW_UNIFORM, VS_F64, -DBL_MAX, DBL_MAX));
    assert_false(can_make(VS__LAW_UNIFORM, VS_F64, NAN, 1));
    assert_false(can_make(VS__LAW_NORMAL, VS_F32, 0, -1));
    assert_false(can_make(VS__LAW_NORMAL, VS_F32, INFINITY, 1));
    assert_false(can_make(VS__LAW_TRUNCATED, VS_F64, 0, NAN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_values_are_the_published_ones),
        cmocka_unit_test(normal_values_are_the_published_ones),
        cmocka_unit_test(truncated_values_are_the_known_ones),
        cmocka_unit_test(any_split_gives_the_values_of_one_pass),
        cmocka_unit_test(runs_far_out_need_none_before_them),
        cmocka_unit_test(memory_needs_no_alignment),
        cmocka_unit_test(integers_reach_both_ends_of_their_range),
        cmocka_unit_test(truncated_values_stay_within_two_deviations),
        cmocka_unit_test(a_deviation_of_zero_gives_the_mean),
        cmocka_unit_test(bf16_is_computed_in_bf16),
        cmocka_unit_test(laws_make_their_dtypes_only),
        cmocka_unit_test(integer_bounds_must_be_whole_and_fit),
        cmocka_unit_test(float_parameters_must_stay_finite),
    };

    return cmocka_run_group_tests_name("rule.distribution", tests, NULL, NULL);
}
