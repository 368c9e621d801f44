/* test_element.c - tensor/element: one element as text and back. */
#include "support.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "varstore/tensor.h"

#define N_ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* The text of a number in a dtype that holds it. */
static const char *text_of(vs_dtype dtype, double x, int precision, char *text)
{
    uint8_t bytes[16];

    vs_from_double(dtype, &x, 1, bytes);
    assert_ptr_equal(vs_element_text(dtype, bytes, precision, text), text);
    return text;
}

static double read_as(vs_dtype dtype, const char *text)
{
    uint8_t bytes[16];
    double x = 0;

    assert_ok(vs_element_parse(dtype, text, bytes, NULL));
    vs_to_double(dtype, bytes, 1, &x);
    return x;
}

static void integers_are_written_and_read_exactly(void **state)
{
    static const uint64_t u64 = UINT64_MAX;
    static const int64_t i64 = INT64_MIN;
    static const uint32_t u32 = UINT32_MAX;
    static const int32_t i32 = INT32_MIN;
    static const uint16_t u16 = UINT16_MAX;
    static const int16_t i16 = INT16_MIN;
    static const uint8_t u8 = UINT8_MAX;
    static const int8_t i8 = INT8_MIN;
    static const struct {
        vs_dtype dtype;
        const void *src;
        const char *text;
    } rows[] = {
        {VS_U64, &u64, "18446744073709551615"},
        {VS_I64, &i64, "-9223372036854775808"},
        {VS_U32, &u32, "4294967295"},
        {VS_I32, &i32, "-2147483648"},
        {VS_U16, &u16, "65535"},
        {VS_I16, &i16, "-32768"},
        {VS_U8, &u8, "255"},
        {VS_I8, &i8, "-128"},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        char text[VS_ELEMENT_TEXT_MAX];
        uint8_t got[8] = {0};

        (void)vs_element_text(rows[i].dtype, rows[i].src, 0, text);
        assert_string_equal(text, rows[i].text);
        assert_ok(vs_element_parse(rows[i].dtype, text, got, NULL));
        assert_memory_equal(got, rows[i].src, vs_dtype_size(rows[i].dtype));
    }
}

static void integers_just_outside_the_dtype_do_not_fit(void **state)
{
    static const struct {
        vs_dtype dtype;
        const char *below;
        const char *above;
    } rows[] = {
        {VS_U8, "-1", "256"},
        {VS_I8, "-129", "128"},
        {VS_U16, "-1", "65536"},
        {VS_I16, "-32769", "32768"},
        {VS_U32, "-1", "4294967296"},
        {VS_I32, "-2147483649", "2147483648"},
        {VS_U64, "-1", "18446744073709551616"},
        {VS_I64, "-9223372036854775809", "9223372036854775808"},
        {VS_BOOL, "-1", "2"},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        uint8_t same[8] = {7, 7, 7, 7, 7, 7, 7, 7};
        uint8_t dst[8] = {7, 7, 7, 7, 7, 7, 7, 7};

        assert_status(VS_ERR_RANGE, vs_element_parse(rows[i].dtype,
                                                     rows[i].below, dst, NULL));
        assert_status(VS_ERR_RANGE, vs_element_parse(rows[i].dtype,
                                                     rows[i].above, dst, NULL));
        assert_memory_equal(dst, same, sizeof same);
    }
}

static void integers_may_have_a_sign_a_prefix_and_blanks(void **state)
{
    (void)state;
    assert_true(read_as(VS_I32, "0x7fffffff") == 2147483647);
    assert_true(read_as(VS_I32, "-0X10") == -16);
    assert_true(read_as(VS_U8, "010") == 8);
    assert_true(read_as(VS_U8, "+7") == 7);
    assert_true(read_as(VS_U8, "-0") == 0);
    assert_true(read_as(VS_I64, " \t-12 \t") == -12);
}

static void bools_have_words_and_numbers(void **state)
{
    static const struct {
        const char *text;
        uint8_t byte;
    } rows[] = {{"true", 1},    {"True", 1}, {"false", 0},
                {" False ", 0}, {"1", 1},    {"0", 0}};
    char text[VS_ELEMENT_TEXT_MAX];
    const uint8_t odd = 255;

    (void)state;
    assert_string_equal(text_of(VS_BOOL, 1, 0, text), "true");
    assert_string_equal(text_of(VS_BOOL, 0, 0, text), "false");
    assert_string_equal(vs_element_text(VS_BOOL, &odd, 0, text), "true");
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        uint8_t byte = 7;

        assert_ok(vs_element_parse(VS_BOOL, rows[i].text, &byte, NULL));
        assert_int_equal(byte, rows[i].byte);
    }
}

static void floats_have_the_fewest_digits(void **state)
{
    static const struct {
        vs_dtype dtype;
        double x;
        const char *text;
    } rows[] = {
        {VS_F32, 0, "0"},
        {VS_F32, -0.0, "-0"},
        {VS_F32, 1, "1"},
        {VS_F32, -10, "-10"},
        {VS_F32, 0.1, "0.1"},
        {VS_F32, -2.5, "-2.5"},
        {VS_F32, 1 / 3.0, "0.33333334"},
        {VS_F32, 100000, "100000"},
        {VS_F32, 16777216, "16777216"},
        {VS_F32, 1e15, "1000000000000000"},
        {VS_F32, 1e16, "1e+16"},
        {VS_F32, 0.0001, "0.0001"},
        {VS_F32, 0.00012345, "0.00012345"},
        {VS_F32, 0.00001, "1e-05"},
        {VS_F32, 1.5e-7, "1.5e-07"},
        {VS_F32, (double)FLT_MAX, "3.4028235e+38"},
        {VS_F32, 0x1p-149, "1e-45"},
        {VS_F64, 0.1, "0.1"},
        {VS_F64, 0.1 + 0.2, "0.30000000000000004"},
        {VS_F64, 123456789.25, "123456789.25"},
        {VS_F64, 1e22, "1e+22"},
        {VS_F64, DBL_MAX, "1.7976931348623157e+308"},
        {VS_F64, -DBL_TRUE_MIN, "-5e-324"},
        {VS_F64, -DBL_MIN, "-2.2250738585072014e-308"},
        {VS_F16, 65504, "65500"},
        {VS_F16, 0.1, "0.1"},
        {VS_F16, 0x1p-24, "6e-08"},
        {VS_BF16, 3.140625, "3.14"},
        {VS_BF16, 0x1.fep127, "3.39e+38"},
        {VS_F8_E4M3, 448, "450"},
        {VS_F8_E4M3, 0.1015625, "0.1"},
        {VS_F8_E4M3, 0.125, "0.125"},
        {VS_F8_E5M2, 57344, "60000"},
        {VS_F16, INFINITY, "inf"},
        {VS_F64, -INFINITY, "-inf"},
        {VS_BF16, (double)NAN, "nan"},
        {VS_F8_E4M3, (double)NAN, "nan"},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        char text[VS_ELEMENT_TEXT_MAX];

        assert_string_equal(text_of(rows[i].dtype, rows[i].x, 0, text),
                            rows[i].text);
    }
}

static int significant_digits(const char *text)
{
    int n = 0;
    int zeros = 0; /* at the end so far */

    for (; *text != '\0' && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0')) {
            n++;
            zeros = *text == '0' ? zeros + 1 : 0;
        }
    return n - zeros;
}

/* The text reads back as the same bits, and x rounded to fewer digits does
 * not. */
static void expect_shortest(vs_dtype dtype, const void *src)
{
    char text[VS_ELEMENT_TEXT_MAX];
    uint8_t got[8];
    double x = 0;

    (void)vs_element_text(dtype, src, 0, text);
    assert_ok(vs_element_parse(dtype, text, got, NULL));
    vs_to_double(dtype, src, 1, &x);
    if (isnan(x)) {
        assert_string_equal(text, "nan");
        return;
    }
    if (memcmp(got, src, vs_dtype_size(dtype)) != 0)
        print_error("%s %a as '%s'\n", vs_dtype_name(dtype), x, text);
    assert_memory_equal(got, src, vs_dtype_size(dtype));
    if (!isfinite(x) || x == 0)
        return;
    for (int n = 1; n < significant_digits(text); n++) {
        char shorter[VS_ELEMENT_TEXT_MAX];

        (void)snprintf(shorter, sizeof shorter, "%.*e", n - 1, x);
        if (vs_element_parse(dtype, shorter, got, NULL) == VS_OK)
            assert_memory_not_equal(got, src, vs_dtype_size(dtype));
    }
}

static void every_small_float_reads_back_from_its_shortest_text(void **state)
{
    (void)state;
    for (unsigned p = 0; p <= UINT16_MAX; p++) {
        const uint16_t bits = (uint16_t)p;
        const uint8_t byte = (uint8_t)p;

        expect_shortest(VS_F16, &bits);
        expect_shortest(VS_BF16, &bits);
        if (p > UINT8_MAX)
            continue;
        expect_shortest(VS_F8_E4M3, &byte);
        expect_shortest(VS_F8_E5M2, &byte);
    }
}

static void random_floats_read_back_from_their_shortest_text(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint32_t f32;
        double rounded;

        seed = seed * 6364136223846793005u + 1442695040888963407u;
        f32 = (uint32_t)(seed >> 32);
        expect_shortest(VS_F32, &f32);
        f32 &= 0x807fffff; /* subnormal */
        expect_shortest(VS_F32, &f32);
        if (i % 8 != 0)
            continue;
        expect_shortest(VS_F64, &seed);
        rounded = (double)(int64_t)(seed >> 44) / 1000;
        expect_shortest(VS_F64, &rounded);
    }
}

static void a_precision_bounds_the_digits(void **state)
{
    char text[VS_ELEMENT_TEXT_MAX];

    (void)state;
    assert_string_equal(text_of(VS_F64, 1234.5678, 6, text), "1234.57");
    assert_string_equal(text_of(VS_F64, 1234.5678, 2, text), "1.2e+03");
    assert_string_equal(text_of(VS_F32, 0.1, 30, text), "0.10000000149011612");
    assert_string_equal(text_of(VS_F64, 0.1, -3, text), "0.1");
    assert_string_equal(text_of(VS_I32, 123456, 2, text), "123456");
    assert_string_equal(text_of(VS_F32, (double)NAN, 3, text), "nan");
}

static void floats_are_read_as_people_write_them(void **state)
{
    (void)state;
    assert_true(read_as(VS_F32, "1.5") == 1.5);
    assert_true(read_as(VS_F32, "  -1e3 ") == -1000);
    assert_true(read_as(VS_F64, ".5") == 0.5);
    assert_true(read_as(VS_F64, "+5.") == 5);
    assert_true(read_as(VS_F64, "0x1.8p1") == 3);
    assert_true(read_as(VS_F64, "1e-400") == 0);
    assert_true(signbit(read_as(VS_F16, "-0")));
    assert_true(read_as(VS_BF16, "inf") == INFINITY);
    assert_true(read_as(VS_F64, "-Infinity") == -INFINITY);
    assert_true(isnan(read_as(VS_F8_E4M3, "NaN")));
    assert_true(isnan(read_as(VS_F32, "-nan")));
}

static void a_finite_number_that_would_become_infinite_does_not_fit(
    void **state)
{
    static const struct {
        vs_dtype dtype;
        const char *text; /* does not fit */
        const char *fits; /* the largest that rounds down */
        double held;
    } rows[] = {
        {VS_F64, "1e309", "1.7976931348623158e308", DBL_MAX},
        {VS_F32, "3.4028236e38", "3.40282356e38", (double)FLT_MAX},
        {VS_F16, "65520", "65519.99", 65504},
        {VS_BF16, "3.3961776e38", "3.39617e38", 0x1.fep127},
        {VS_F8_E4M3, "464.01", "464", 448},
        {VS_F8_E4M3, "-1e300", "449", 448},
        {VS_F8_E5M2, "61440", "61439", 57344},
        {VS_F8_E4M3, "inf", "448", 448}, /* it has no infinity */
        {VS_F8_E4M3, "-inf", "448", 448},
        {VS_C64, "1e39", "1", 1},
        {VS_C64, "(1+1e39j)", "1", 1},
        {VS_C64, "(-1e39+1j)", "1", 1},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        uint8_t dst[16] = {7};

        assert_status(VS_ERR_RANGE,
                      vs_element_parse(rows[i].dtype, rows[i].text, dst, NULL));
        assert_int_equal(dst[0], 7);
        assert_true(read_as(rows[i].dtype, rows[i].fits) == rows[i].held);
    }
}

static void complex_numbers_have_two_parts(void **state)
{
    static const struct {
        double re, im;
        const char *text;
    } rows[] = {
        {1, 2, "(1+2j)"},
        {-0.5, -0.25, "(-0.5-0.25j)"},
        {0, -0.0, "(0-0j)"},
        {-0.0, 0, "(-0+0j)"},
        {(double)NAN, INFINITY, "(nan+infj)"},
        {-INFINITY, (double)NAN, "(-inf+nanj)"},
        {-DBL_MAX, -DBL_MIN,
         "(-1.7976931348623157e+308-2.2250738585072014e-308j)"},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        const double x[2] = {rows[i].re, rows[i].im};
        char text[VS_ELEMENT_TEXT_MAX];
        double got[2];

        (void)vs_element_text(VS_C128, x, 0, text);
        assert_string_equal(text, rows[i].text);
        assert_ok(vs_element_parse(VS_C128, text, got, NULL));
        for (int k = 0; k < 2; k++)
            if (isnan(x[k]))
                assert_true(isnan(got[k]));
            else
                assert_true(got[k] == x[k] && signbit(got[k]) == signbit(x[k]));
    }
}

static void complex_numbers_are_read_in_parts_too(void **state)
{
    static const struct {
        const char *text;
        float re, im;
    } rows[] = {{"3", 3, 0},        {"(3)", 3, 0},
                {"2j", 0, 2},       {"(-2j)", 0, -2},
                {"1+2j", 1, 2},     {"1e-1-2e1j", 0.1F, -20},
                {" (1+2j) ", 1, 2}, {"inf-infj", INFINITY, -INFINITY}};

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        float got[2];

        assert_ok(vs_element_parse(VS_C64, rows[i].text, got, NULL));
        assert_true(got[0] == rows[i].re && got[1] == rows[i].im);
    }
}

static void other_texts_are_refused_with_text_and_dtype(void **state)
{
    static const struct {
        vs_dtype dtype;
        const char *text;
    } rows[] = {
        {VS_I32, ""},        {VS_I32, " "},       {VS_I32, "1.5"},
        {VS_I32, "1e3"},     {VS_I32, "0x"},      {VS_I32, "--1"},
        {VS_I32, "- 1"},     {VS_I32, "1 2"},     {VS_I32, "nan"},
        {VS_I32, "300x"},    {VS_U8, "300x"},     {VS_I32, "08"},
        {VS_BOOL, "TRUE"},   {VS_BOOL, "yes"},    {VS_BOOL, "truex"},
        {VS_BOOL, ""},       {VS_BOOL, "0.0"},    {VS_F32, ""},
        {VS_F32, "one"},     {VS_F32, "1.5x"},    {VS_F32, "1,5"},
        {VS_F32, "1e999x"},  {VS_F32, "(1+2j)"},  {VS_F32, "1 2"},
        {VS_F32, "\v1"},     {VS_F64, "--1"},     {VS_C64, ""},
        {VS_C64, "("},       {VS_C64, "()"},      {VS_C64, "(1+2j"},
        {VS_C64, "1+2j)"},   {VS_C64, "1+2"},     {VS_C64, "1+j"},
        {VS_C64, "1 + 2j"},  {VS_C64, "(1+ 2j)"}, {VS_C64, "( 1+2j)"},
        {VS_C64, "1+2i"},    {VS_C64, "2jj"},     {VS_C64, "j"},
        {VS_C64, "1e39+xj"}, {VS_C64, "(1+2j)x"}, {VS_C64, "1+2j+3j"},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        uint8_t dst[16] = {7};
        vs_error err;

        assert_status(VS_ERR_MISUSE,
                      vs_element_parse(rows[i].dtype, rows[i].text, dst, &err));
        assert_non_null(strstr(err.message, rows[i].text));
        assert_non_null(strstr(err.message, vs_dtype_name(rows[i].dtype)));
        assert_int_equal(dst[0], 7);
    }
}

static void the_words_of_a_failure(void **state)
{
    uint8_t dst[16];
    vs_error err;

    (void)state;
    (void)vs_element_parse(VS_I32, "1.5", dst, &err);
    assert_string_equal(err.message, "'1.5' is not of dtype i32");
    (void)vs_element_parse(VS_U8, "300", dst, &err);
    assert_string_equal(err.message, "'300' does not fit dtype u8");
    assert_status(VS_ERR_MISUSE, vs_element_parse(VS_U8, NULL, dst, &err));
    assert_string_equal(err.message, "no text for dtype u8");
}

static void an_unknown_dtype_has_no_elements(void **state)
{
    const double x = 1;
    uint8_t dst[16] = {7};
    char text[VS_ELEMENT_TEXT_MAX];
    vs_error err;

    (void)state;
    assert_string_equal(vs_element_text(VS_DTYPE_NONE, &x, 0, text), "?");
    assert_status(VS_ERR_DTYPE, vs_element_parse((vs_dtype)99, "1", dst, &err));
    assert_string_equal(err.message, "99 is no dtype");
    assert_int_equal(dst[0], 7);
}

/* A German program, say: its printf writes "0,5". */
static void the_programs_locale_does_not_matter(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",
                                        "fr_FR.UTF-8", "fr_FR.utf8", "de_DE"};
    char text[VS_ELEMENT_TEXT_MAX];
    char own[8];
    bool found = false;

    (void)state;
    for (size_t i = 0; i < N_ROWS(names) && !found; i++)
        found = setlocale(LC_ALL, names[i]) != NULL;
    if (!found)
        skip(); /* none installed */
    (void)text_of(VS_F64, 0.5, 0, text);
    (void)snprintf(own, sizeof own, "%.1f", 0.5); /* still the program's */
    assert_true(read_as(VS_F64, "1.5") == 1.5);
    (void)setlocale(LC_ALL, "C");
    assert_string_equal(text, "0.5");
    assert_string_equal(own, "0,5");
}

/* -------- A system that makes no locale. */

static bool without_locales;

locale_t __real_newlocale(int mask, const char *name, locale_t base);
locale_t __wrap_newlocale(int mask, const char *name, locale_t base);

locale_t __wrap_newlocale(int mask, const char *name, locale_t base)
{
    return without_locales ? (locale_t)0 : __real_newlocale(mask, name, base);
}

static void without_a_locale_the_programs_own_serves(void **state)
{
    char text[VS_ELEMENT_TEXT_MAX];

    (void)state;
    without_locales = true;
    assert_string_equal(text_of(VS_F64, 0.5, 0, text), "0.5");
    assert_true(read_as(VS_F64, "1.5") == 1.5);
    without_locales = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_written_and_read_exactly),
        cmocka_unit_test(integers_just_outside_the_dtype_do_not_fit),
        cmocka_unit_test(integers_may_have_a_sign_a_prefix_and_blanks),
        cmocka_unit_test(bools_have_words_and_numbers),
        cmocka_unit_test(floats_have_the_fewest_digits),
        cmocka_unit_test(every_small_float_reads_back_from_its_shortest_text),
        cmocka_unit_test(random_floats_read_back_from_their_shortest_text),
        cmocka_unit_test(a_precision_bounds_the_digits),
        cmocka_unit_test(floats_are_read_as_people_write_them),
        cmocka_unit_test(
            a_finite_number_that_would_become_infinite_does_not_fit),
        cmocka_unit_test(complex_numbers_have_two_parts),
        cmocka_unit_test(complex_numbers_are_read_in_parts_too),
        cmocka_unit_test(other_texts_are_refused_with_text_and_dtype),
        cmocka_unit_test(the_words_of_a_failure),
        cmocka_unit_test(an_unknown_dtype_has_no_elements),
        cmocka_unit_test(the_programs_locale_does_not_matter),
        cmocka_unit_test(without_a_locale_the_programs_own_serves),
    };

    return cmocka_run_group_tests_name("tensor.element", tests, NULL, NULL);
}
