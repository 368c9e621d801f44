/* test_num.c - cli/num: numbers as people write and read them. */
#include "support.h"

#include <math.h>

#include "num.h"

static void whole_numbers_are_read_whole(void **state)
{
    int64_t n = 7;

    (void)state;
    assert_true(num_int("-12", &n));
    assert_int_equal(n, -12);
    assert_true(num_int("9223372036854775807", &n));
    assert_true(n == INT64_MAX);
    n = 7;
    assert_false(num_int("9223372036854775808", &n));
    assert_false(num_int("", &n));
    assert_false(num_int(" 1", &n));
    assert_false(num_int("1x", &n));
    assert_false(num_int("1.5", &n));
    assert_int_equal(n, 7);
}

static void real_numbers_are_read_whole(void **state)
{
    double x = 7;

    (void)state;
    assert_true(num_double("-1e-3", &x));
    assert_true(x == -1e-3);
    assert_true(num_double("nan", &x));
    assert_true(isnan(x));
    assert_false(num_double("1e", &x));
    assert_false(num_double("", &x));
    assert_false(num_double("-", &x));
}

static void sizes_have_units(void **state)
{
    static const struct {
        const char *text;
        int64_t want;
    } cases[] = {{"0", 0},           {"4096", 4096},  {"256KiB", 262144},
                 {"1 MiB", 1 << 20}, {"2M", 2 << 20}, {"1g", 1 << 30},
                 {"3kb", 3072},      {"12B", 12}};
    int64_t n = 7;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(num_bytes(cases[i].text, &n));
        assert_true(n == cases[i].want);
    }
    n = 7;
    assert_false(num_bytes("-1", &n));
    assert_false(num_bytes("1.5M", &n));
    assert_false(num_bytes("1X", &n));
    assert_false(num_bytes("99999999999T", &n));
    assert_false(num_bytes("", &n));
    assert_int_equal(n, 7);
}

static void thousands_are_parted(void **state)
{
    char t[NUM_TEXT];

    (void)state;
    assert_string_equal(num_commas(0, t), "0");
    assert_string_equal(num_commas(999, t), "999");
    assert_string_equal(num_commas(1234567, t), "1,234,567");
    assert_string_equal(num_commas(-1000, t), "-1,000");
    assert_string_equal(num_commas(INT64_MIN, t), "-9,223,372,036,854,775,808");
}

static void sizes_are_short(void **state)
{
    char t[NUM_TEXT];

    (void)state;
    assert_string_equal(num_size(0, t), "0 B");
    assert_string_equal(num_size(1023, t), "1023 B");
    assert_string_equal(num_size(1024, t), "1.0 KiB");
    assert_string_equal(num_size(28311552, t), "27.0 MiB");
    assert_string_equal(num_size((1 << 20) - 1, t), "1.0 MiB");
    assert_string_equal(num_size(INT64_MAX, t), "8.0 EiB");
}

static void ratios_and_percents_do_not_round_to_nothing(void **state)
{
    char t[NUM_TEXT];

    (void)state;
    assert_string_equal(num_ratio(91, 100, t), "0.91");
    assert_string_equal(num_ratio(1, 0, t), "-");
    assert_string_equal(num_percent(0, 10, t), "0 %");
    assert_string_equal(num_percent(10, 10, t), "100 %");
    assert_string_equal(num_percent(1, 1000000, t), "<0.01 %");
    assert_string_equal(num_percent(999999, 1000000, t), ">99.99 %");
    assert_string_equal(num_percent(41, 100, t), "41 %");
}

static void exact_numbers_read_back(void **state)
{
    char t[NUM_TEXT];

    (void)state;
    assert_string_equal(num_exact(0.1, t), "0.1");
    assert_string_equal(num_exact(2.113, t), "2.113");
    assert_string_equal(num_exact(1.0 / 3, t), "0.3333333333333333");
    assert_string_equal(num_real(-0.0, t), "0");
}

static void times_are_told_from_now(void **state)
{
    static const struct {
        int64_t age_ms;
        const char *want;
    } cases[] = {{0, "just now"},
                 {-5000, "just now"},
                 {-120000, "in the future"},
                 {30000, "30 s ago"},
                 {180000, "3 min ago"},
                 {7200000, "2 h ago"},
                 {345600000, "4 days ago"}};
    char t[NUM_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(
            num_ago(1000000000 - cases[i].age_ms, 1000000000, t),
            cases[i].want);
    assert_string_equal(num_utc(1700000000123, t), "2023-11-14T22:13:20.123Z");
    assert_string_equal(num_utc(-1, t), "1969-12-31T23:59:59.999Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_read_whole),
        cmocka_unit_test(real_numbers_are_read_whole),
        cmocka_unit_test(sizes_have_units),
        cmocka_unit_test(thousands_are_parted),
        cmocka_unit_test(sizes_are_short),
        cmocka_unit_test(ratios_and_percents_do_not_round_to_nothing),
        cmocka_unit_test(exact_numbers_read_back),
        cmocka_unit_test(times_are_told_from_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
