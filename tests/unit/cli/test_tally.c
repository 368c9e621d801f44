/* test_tally.c - cli/tally: statistics of a stream, and their picture. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"

static struct tally *tally_of(vs_dtype dtype, const void *src, int64_t n)
{
    struct tally *t = malloc(sizeof *t);

    assert_non_null(t);
    tally_init(t);
    tally_add(t, dtype, src, n);
    return t;
}

static void statistics_are_those_of_the_numbers(void **state)
{
    static const float x[] = {1, 2, 3, 4, 0, NAN, INFINITY, -INFINITY};
    struct tally *t = tally_of(VS_F32, x, 8);

    (void)state;
    assert_int_equal(t->stats.count, 8);
    assert_int_equal(t->stats.zeros, 1);
    assert_int_equal(t->stats.nans, 1);
    assert_int_equal(t->stats.infs, 2);
    assert_true(t->stats.min == 0 && t->stats.max == 4);
    assert_true(fabs(t->stats.mean - 2) < 1e-12);
    assert_true(fabs(t->stats.m2 - 10) < 1e-12);
    free(t);
}

static void pieces_add_up(void **state)
{
    enum { N = 20000 };
    static double x[N];
    struct tally *whole;
    struct tally *parts;

    (void)state;
    for (int i = 0; i < N; i++)
        x[i] = sin(i) * i;
    whole = tally_of(VS_F64, x, N);
    parts = tally_of(VS_F64, x, 777);
    tally_add(parts, VS_F64, x + 777, N - 777);
    assert_true(fabs(whole->stats.mean - parts->stats.mean) < 1e-9);
    assert_true(fabs(whole->stats.m2 / parts->stats.m2 - 1) < 1e-12);
    assert_memory_equal(whole->positive, parts->positive,
                        sizeof whole->positive);
    free(whole);
    free(parts);
}

static void complex_numbers_are_two(void **state)
{
    static const float x[] = {3, -4};
    struct tally *t = tally_of(VS_C64, x, 1);

    (void)state;
    assert_int_equal(t->stats.count, 2);
    assert_true(t->stats.min == -4 && t->stats.max == 3);
    free(t);
}

static void buckets_go_from_low_to_high(void **state)
{
    static const double x[] = {1, 1.5, 2, -1, -8, 5e-324, 0};
    struct tally *t = tally_of(VS_F64, x, 7);
    vs_bucket *b = calloc(VS_BUCKETS_MAX, sizeof *b);

    (void)state;
    assert_int_equal(tally_buckets(t, b), 5);
    assert_true(b[0].negative && b[0].exponent == 3 && b[0].count == 1);
    assert_true(b[1].negative && b[1].exponent == 0 && b[1].count == 1);
    assert_true(!b[2].negative && b[2].exponent == -1074);
    assert_true(!b[3].negative && b[3].exponent == 0 && b[3].count == 2);
    assert_true(!b[4].negative && b[4].exponent == 1 && b[4].count == 1);
    free(b);
    free(t);
}

static void assert_spark(const double *x, int64_t n, const char *want)
{
    struct tally *t = tally_of(VS_F64, x, n);
    vs_bucket *b = calloc(VS_BUCKETS_MAX, sizeof *b);
    struct text text = {NULL, 0, 0};

    spark_add(&text, &t->stats, b, tally_buckets(t, b), 4);
    assert_string_equal(text_str(&text), want);
    text_done(&text);
    free(b);
    free(t);
}

static void a_picture_shows_where_numbers_are(void **state)
{
    static const double zeros[] = {-1, 0, 0, 0, 0, 0, 0, 0, 1};
    static const double one[] = {5, 5, 5};
    static const double high[] = {0, 1e300, 1e300, 1e300};

    (void)state;
    assert_spark(zeros, 9, "\xe2\x96\x82\xe2\x96\x81\xe2\x96\x88\xe2\x96\x82");
    assert_spark(one, 3, "\xe2\x96\x81\xe2\x96\x81\xe2\x96\x88\xe2\x96\x81");
    assert_spark(high, 4, "\xe2\x96\x84\xe2\x96\x81\xe2\x96\x83\xe2\x96\x88");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_those_of_the_numbers),
        cmocka_unit_test(pieces_add_up),
        cmocka_unit_test(complex_numbers_are_two),
        cmocka_unit_test(buckets_go_from_low_to_high),
        cmocka_unit_test(a_picture_shows_where_numbers_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
