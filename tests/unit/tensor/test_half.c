/* test_half.c - tensor/half against a slow reference that knows no bit tricks:
 * values come from ldexp, rounding from a search among all of them.
 */
#include "support.h"

#include <float.h>
#include <math.h>

#include "tensor/half.h"

/* What tells the formats apart, and the functions under test. Positive finite
 * patterns are 0 .. n - 1 in ascending order of value. */
struct format {
    const char *name;
    int mantissa;
    int bias;
    unsigned n;    /* finite patterns of one sign; also the pattern after */
    unsigned sign; /* the sign bit */
    bool has_infinity;
    float (*widen)(unsigned bits);
    unsigned (*from_f32)(float x);
    unsigned (*from_f64)(double x);
};

#define ADAPT(name, bits)                     \
    static float name##_widen(unsigned x)     \
    {                                         \
        return vs__##name##_to_f32((bits)x);  \
    }                                         \
    static unsigned name##_from_f32(float x)  \
    {                                         \
        return vs__##name##_from_f32(x);      \
    }                                         \
    static unsigned name##_from_f64(double x) \
    {                                         \
        return vs__##name##_from_f64(x);      \
    }

ADAPT(f16, uint16_t)
ADAPT(bf16, uint16_t)
ADAPT(f8_e4m3, uint8_t)
ADAPT(f8_e5m2, uint8_t)

static const struct format formats[] = {
    {"f16", 10, 15, 0x7c00, 0x8000, true, f16_widen, f16_from_f32,
     f16_from_f64},
    {"bf16", 7, 127, 0x7f80, 0x8000, true, bf16_widen, bf16_from_f32,
     bf16_from_f64},
    {"f8_e4m3", 3, 7, 0x7f, 0x80, false, f8_e4m3_widen, f8_e4m3_from_f32,
     f8_e4m3_from_f64},
    {"f8_e5m2", 2, 15, 0x7c, 0x80, true, f8_e5m2_widen, f8_e5m2_from_f32,
     f8_e5m2_from_f64},
};

#define N_FORMATS 4

/* The value of a positive pattern, as the formats' papers define it. The
 * pattern `n`, one past the largest, gets the value it would have. */
static double value_of(const struct format *f, unsigned pattern)
{
    int exponent = (int)(pattern >> f->mantissa);
    double fraction = (double)(pattern & ((1u << f->mantissa) - 1));

    if (exponent == 0)
        return ldexp(fraction, 1 - f->bias - f->mantissa);
    return ldexp(fraction + ldexp(1, f->mantissa),
                 exponent - f->bias - f->mantissa);
}

/* The pattern nearest to |x|: bisect, then compare with the middle, which has
 * one bit more than the format and is exact in double. */
static unsigned nearest(const struct format *f, double x)
{
    unsigned low = 0;
    unsigned high = f->n;
    double middle;

    x = fabs(x);
    if (x >= value_of(f, high))
        return high;
    while (high - low > 1) {
        unsigned mid = (low + high) / 2;

        if (x >= value_of(f, mid))
            low = mid;
        else
            high = mid;
    }
    middle = (value_of(f, low) + value_of(f, high)) / 2;
    if (x == middle)
        return low % 2 == 0 ? low : high;
    return x < middle ? low : high;
}

static unsigned reference(const struct format *f, double x)
{
    return nearest(f, x) | (signbit(x) ? f->sign : 0);
}

static void expect_f64(const struct format *f, double x)
{
    unsigned want = reference(f, x);
    unsigned got = f->from_f64(x);

    if (got != want)
        print_error("%s of %a (double)\n", f->name, x);
    assert_int_equal(got, want);
}

static void expect(const struct format *f, double x)
{
    float narrow = (float)x;

    expect_f64(f, x);
    expect_f64(f, -x);
    if (isfinite(narrow)) {
        unsigned want = reference(f, (double)narrow);

        if (f->from_f32(narrow) != want)
            print_error("%s of %a (float)\n", f->name, (double)narrow);
        assert_int_equal(f->from_f32(narrow), want);
        assert_int_equal(f->from_f32(-narrow), reference(f, -(double)narrow));
    }
}

static void every_finite_pattern_has_its_value(void **state)
{
    (void)state;
    for (int i = 0; i < N_FORMATS; i++)
        for (unsigned p = 0; p < formats[i].n; p++) {
            const struct format *f = &formats[i];
            double plus = (double)f->widen(p);
            double minus = (double)f->widen(p | f->sign);

            assert_true(plus == value_of(f, p) && !signbit(plus));
            assert_true(minus == -plus && signbit(minus));
        }
}

static void infinities_and_nans_are_where_the_format_has_them(void **state)
{
    (void)state;
    for (int i = 0; i < N_FORMATS; i++)
        for (unsigned p = formats[i].n; p < formats[i].sign; p++) {
            const struct format *f = &formats[i];
            float plus = f->widen(p);
            float minus = f->widen(p | f->sign);

            assert_int_equal(isinf(plus) != 0, f->has_infinity && p == f->n);
            assert_int_equal(isinf(minus) != 0, isinf(plus) != 0);
            assert_true(isinf(plus) || isnan(plus));
            assert_true(!signbit(plus) && signbit(minus));
        }
}

static void every_pattern_comes_back(void **state)
{
    (void)state;
    for (int i = 0; i < N_FORMATS; i++)
        for (unsigned p = 0; p < 2 * formats[i].sign; p++) {
            const struct format *f = &formats[i];
            float x = f->widen(p);
            /* A signalling NaN comes back quiet. */
            unsigned quiet = isnan(x) ? 1u << (f->mantissa - 1) : 0;

            assert_int_equal(f->from_f32(x), p | quiet);
            assert_int_equal(f->from_f64((double)x), p | quiet);
        }
}

static void ties_go_to_even_and_the_rest_to_the_nearest(void **state)
{
    (void)state;
    for (int i = 0; i < N_FORMATS; i++)
        for (unsigned p = 0; p < formats[i].n; p++) {
            const struct format *f = &formats[i];
            double tie = (value_of(f, p) + value_of(f, p + 1)) / 2;

            expect(f, tie);
            expect(f, nextafter(tie, 0));
            expect(f, nextafter(tie, INFINITY));
            expect(f, (double)nextafterf((float)tie, 0));
            expect(f, (double)nextafterf((float)tie, INFINITY));
        }
}

/* By way of float these would first become the tie, then even. */
static void doubles_are_rounded_once(void **state)
{
    int n_traps = 0;

    (void)state;
    for (int i = 0; i < N_FORMATS; i++)
        for (unsigned p = 1; p + 1 < formats[i].n; p += 2) {
            const struct format *f = &formats[i];
            double tie = (value_of(f, p - 1) + value_of(f, p)) / 2;
            double above = tie * (1 + 0x1p-40);

            if ((double)(float)tie != tie || (float)above != (float)tie)
                continue; /* a float cannot hold it */
            assert_int_equal(f->from_f32((float)above), p - 1);
            assert_int_equal(f->from_f64(above), p);
            n_traps++;
        }
    assert_true(n_traps > 30000);
}

static void overflow_begins_half_a_step_past_the_largest(void **state)
{
    static const double largest[] = {65504, 0x1.fep127, 448, 57344};
    static const double first_over[] = {65520, 0x1.ffp127, 464, 61440};
    /* A tie goes to the even pattern: here 448, else infinity. */
    static const bool tie_is_over[] = {true, true, false, true};

    (void)state;
    for (int i = 0; i < N_FORMATS; i++) {
        const struct format *f = &formats[i];
        double tie = first_over[i];

        assert_true(value_of(f, f->n - 1) == largest[i]);
        assert_int_equal(f->from_f64(largest[i]), f->n - 1);
        assert_int_equal(f->from_f64(nextafter(tie, 0)), f->n - 1);
        assert_int_equal(f->from_f64(tie), f->n - !tie_is_over[i]);
        assert_int_equal(f->from_f64(nextafter(tie, INFINITY)), f->n);
        assert_int_equal(f->from_f64(-DBL_MAX), f->n | f->sign);
        assert_int_equal(f->from_f64(INFINITY), f->n);
        assert_int_equal(f->from_f32(-INFINITY), f->n | f->sign);
        assert_int_equal(f->from_f32(FLT_MAX), f->n);
    }
}

static void what_is_below_half_the_least_becomes_zero(void **state)
{
    (void)state;
    for (int i = 0; i < N_FORMATS; i++) {
        const struct format *f = &formats[i];
        double half = value_of(f, 1) / 2;

        assert_int_equal(f->from_f64(half), 0);
        assert_int_equal(f->from_f64(nextafter(half, 1)), 1);
        assert_int_equal(f->from_f64(-half), f->sign);
        assert_int_equal(f->from_f64(DBL_TRUE_MIN), 0);
        assert_int_equal(f->from_f64(-DBL_MIN), f->sign);
        assert_int_equal(f->from_f64(-0.0), f->sign);
        assert_int_equal(f->from_f64(0.0), 0);
    }
}

static void nan_keeps_its_sign(void **state)
{
    (void)state;
    for (int i = 0; i < N_FORMATS; i++) {
        const struct format *f = &formats[i];
        unsigned plus = f->from_f64((double)NAN);
        unsigned minus = f->from_f32(-NAN);

        assert_true(isnan(f->widen(plus)) && plus < f->sign);
        assert_true(isnan(f->widen(minus)) && minus > f->sign);
    }
}

/* Random doubles over, around and beyond each format's range. */
static void random_values_agree_with_the_search(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15;

    (void)state;
    for (int i = 0; i < N_FORMATS; i++)
        for (int k = 0; k < 50000; k++) {
            const struct format *f = &formats[i];
            int span = 2 * f->bias + f->mantissa + 6;
            double fraction;
            int exponent;

            seed = seed * 6364136223846793005u + 1442695040888963407u;
            fraction = (double)(seed >> 11) * 0x1p-53;
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            exponent = (int)(seed >> 40) % span - f->bias - f->mantissa - 3;
            expect(f, ldexp(1 + fraction, exponent));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_finite_pattern_has_its_value),
        cmocka_unit_test(infinities_and_nans_are_where_the_format_has_them),
        cmocka_unit_test(every_pattern_comes_back),
        cmocka_unit_test(ties_go_to_even_and_the_rest_to_the_nearest),
        cmocka_unit_test(doubles_are_rounded_once),
        cmocka_unit_test(overflow_begins_half_a_step_past_the_largest),
        cmocka_unit_test(what_is_below_half_the_least_becomes_zero),
        cmocka_unit_test(nan_keeps_its_sign),
        cmocka_unit_test(random_values_agree_with_the_search),
    };

    return cmocka_run_group_tests_name("tensor.half", tests, NULL, NULL);
}
