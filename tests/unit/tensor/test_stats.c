/* test_stats.c - tensor/stats against sums of long doubles over all numbers at
 * once, and exponents from frexp: no blocks, no lanes, no bits.
 */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/target.h"
#include "tensor/dtype.h"
#include "tensor/stats.h"

#define N_ROWS(a) (sizeof(a) / sizeof((a)[0]))
#define MOST      2100 /* numbers in a test: four blocks and a rest */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct vs__tally *new_tally(void)
{
    struct vs__tally *t = malloc(sizeof *t);

    assert_non_null(t);
    vs__tally_init(t);
    return t;
}

/* 2^e <= |x| < 2^(e+1) */
static int exponent_of(double x)
{
    int e;

    (void)frexp(x, &e);
    return e - 1;
}

static int bucket_of(double x)
{
    return (x < 0 ? VS__EXPONENTS : 0) + exponent_of(x) + 1074;
}

static void reference(const double *x, int n, struct vs__tally *t)
{
    long double sum = 0;
    long double squares = 0;
    int finite = 0;

    vs__tally_init(t);
    t->stats.count = n;
    for (int i = 0; i < n; i++) {
        t->stats.nans += isnan(x[i]) != 0;
        t->stats.infs += isinf(x[i]) != 0;
        if (!isfinite(x[i]))
            continue;
        finite++;
        sum += (long double)x[i];
        t->stats.zeros += x[i] == 0;
        if (x[i] != 0)
            t->buckets[bucket_of(x[i])]++;
        if (x[i] < t->stats.min)
            t->stats.min = x[i];
        if (x[i] > t->stats.max)
            t->stats.max = x[i];
    }
    for (int i = 0; i < n; i++)
        if (isfinite(x[i])) {
            long double d = (long double)x[i] - sum / finite;

            squares += d * d;
        }
    t->stats.mean = finite > 0 ? (double)(sum / finite) : 0;
    t->stats.m2 = (double)squares;
}

/* Within `part` of `scale`, or both too large for double. */
static void assert_near(double got, double want, double scale, double part)
{
    if (isinf(want)) {
        assert_true(got == want);
        return;
    }
    if (!(fabs(got - want) <= part * scale))
        print_error("have %.17g, want %.17g\n", got, want);
    assert_true(fabs(got - want) <= part * scale);
}

static void assert_same(const struct vs__tally *got,
                        const struct vs__tally *want)
{
    const vs_stats *g = &got->stats;
    const vs_stats *w = &want->stats;

    assert_int_equal(g->count, w->count);
    assert_int_equal(g->zeros, w->zeros);
    assert_int_equal(g->nans, w->nans);
    assert_int_equal(g->infs, w->infs);
    assert_true(g->min == w->min);
    assert_true(g->max == w->max);
    assert_near(g->mean, w->mean, fmax(fabs(w->min), fabs(w->max)), 1e-12);
    assert_near(g->m2, w->m2, w->m2, 1e-9);
    assert_memory_equal(got->buckets, want->buckets, sizeof want->buckets);
}

/* What elements of a dtype are as numbers, real ones or both parts. */
static int numbers_of(vs_dtype dtype, const void *src, int n, double *out)
{
    if (dtype == VS_C64 || dtype == VS_C128) {
        dtype = dtype == VS_C64 ? VS_F32 : VS_F64;
        n *= 2;
    }
    vs_to_double(dtype, src, n, out);
    return n;
}

/* Makes a random f64 one whose square can be compared, of exponent -255 .. 256,
 * or zero, subnormal, infinite or NaN. */
static void tame(uint64_t *seed, uint8_t *p)
{
    uint64_t bits;
    uint64_t exponent;
    uint64_t fraction;

    memcpy(&bits, p, sizeof bits);
    exponent = 0x300 + (bits >> 52) % 0x200;
    fraction = bits & (UINT64_MAX >> 12);
    switch (next_random(seed) % 32) {
    case 0: /* zero */
        fraction = 0;
        exponent = 0;
        break;
    case 1: /* subnormal */
        exponent = 0;
        break;
    case 2: /* infinite */
        fraction = 0;
        exponent = 0x7ff;
        break;
    case 3: /* NaN */
        exponent = 0x7ff;
        break;
    default:
        break;
    }
    bits = (bits & (UINT64_C(1) << 63)) | exponent << 52 | fraction;
    memcpy(p, &bits, sizeof bits);
}

static void random_patterns_are_counted_exactly(void **state)
{
    static const int lengths[] = {0, 1, 2, 3, 5, 511, 512, 513, 1024, MOST};
    struct vs__tally *got = new_tally();
    struct vs__tally *want = new_tally();
    uint8_t *bytes = malloc(MOST * 16 + 1);
    double *x = malloc(2 * MOST * sizeof *x);
    uint64_t seed = 0x9e3779b97f4a7c15;

    (void)state;
    assert_true(bytes != NULL && x != NULL);
    for (int d = 1; d <= VS_N_DTYPES; d++)
        for (size_t k = 0; k < N_ROWS(lengths); k++) {
            for (size_t i = 1; i <= MOST * 16; i++)
                bytes[i] =
                    (uint8_t)(next_random(&seed) % 8 == 0 ? 0
                                                          : next_random(&seed));
            for (size_t i = 1; i < MOST * 16; i += 8)
                if (d == VS_F64 || d == VS_C128)
                    tame(&seed, bytes + i);
            vs__tally_init(got);
            vs__tally_add(got, (vs_dtype)d, bytes + 1, lengths[k]);
            reference(x, numbers_of((vs_dtype)d, bytes + 1, lengths[k], x),
                      want);
            assert_same(got, want);
        }
    free(x);
    free(bytes);
    free(want);
    free(got);
}

static void special_numbers_in_every_place_are_counted(void **state)
{
    static const double specials[] = {
        (double)NAN,  INFINITY,     -INFINITY, 0,        -0.0,
        DBL_TRUE_MIN, -DBL_MIN / 4, DBL_MIN,   -DBL_MIN, 0x1p-1023};
    struct vs__tally *got = new_tally();
    struct vs__tally *want = new_tally();

    (void)state;
    for (size_t k = 0; k < N_ROWS(specials); k++)
        for (int at = 0; at < 9; at++) {
            double x[9] = {1, 2, 3, 4, -5, 6, 7, 8, 9};

            x[at] = specials[k];
            vs__tally_init(got);
            vs__tally_add(got, VS_F64, x, 9);
            reference(x, 9, want);
            assert_same(got, want);
        }
    free(want);
    free(got);
}

static void a_mean_far_from_zero_keeps_the_spread(void **state)
{
    struct vs__tally *got = new_tally();
    struct vs__tally *want = new_tally();
    double x[MOST];
    uint64_t seed = 0x2545f4914f6cdd1d;

    (void)state;
    for (int i = 0; i < MOST; i++)
        x[i] = 1e9 + (double)(next_random(&seed) % 1000) / 1000 +
               (i > MOST / 2 ? 1e3 : 0);
    vs__tally_add(got, VS_F64, x, MOST);
    reference(x, MOST, want);
    assert_near(got->stats.mean, want->stats.mean, want->stats.mean, 1e-15);
    assert_near(got->stats.m2, want->stats.m2, want->stats.m2, 1e-9);
    free(want);
    free(got);
}

/* Where sums of squares cancel out, and where they only begin to. */
static void floats_around_one_keep_their_spread(void **state)
{
    static const float spreads[] = {1e-6F, 1e-4F, 1e-3F, 0.02F, 0.1F, 1};
    const int n = 10000;
    float *x = malloc((size_t)n * sizeof *x);
    double *wide = malloc((size_t)n * sizeof *wide);

    (void)state;
    assert_true(x != NULL && wide != NULL);
    for (size_t k = 0; k < sizeof spreads / sizeof spreads[0]; k++) {
        struct vs__tally *got = new_tally();
        struct vs__tally *want = new_tally();
        uint64_t seed = 0x2545f4914f6cdd1d;

        for (int i = 0; i < n; i++) {
            x[i] = 1 + spreads[k] * (float)(next_random(&seed) % 1000) / 1000;
            wide[i] = (double)x[i];
        }
        vs__tally_add(got, VS_F32, x, n);
        reference(wide, n, want);
        assert_same(got, want);
        free(want);
        free(got);
    }
    free(wide);
    free(x);
}

static void pieces_and_merged_tallies_give_the_whole(void **state)
{
    struct vs__tally *whole = new_tally();
    struct vs__tally *pieces = new_tally();
    struct vs__tally *merged = new_tally();
    struct vs__tally *other = new_tally();
    float x[MOST];
    uint64_t seed = 0xd1b54a32d192ed03;

    (void)state;
    for (int i = 0; i < MOST; i++)
        x[i] = (float)(next_random(&seed) % 100000) / 1000 - 30;
    vs__tally_add(whole, VS_F32, x, MOST);
    for (int i = 0; i < MOST; i += 70)
        vs__tally_add(pieces, VS_F32, x + i, 70);
    vs__tally_add(merged, VS_F32, x, 999);
    vs__tally_add(other, VS_F32, x + 999, MOST - 999);
    vs__tally_merge(merged, other);
    assert_same(pieces, whole);
    assert_same(merged, whole);
    free(other);
    free(merged);
    free(pieces);
    free(whole);
}

static void subnormals_have_their_exponent_as_a_double(void **state)
{
    static const struct {
        vs_dtype dtype;
        int exponent; /* of the least positive number */
    } rows[] = {{VS_F64, -1074}, {VS_F32, -149},   {VS_BF16, -133},
                {VS_F16, -24},   {VS_F8_E4M3, -9}, {VS_F8_E5M2, -16},
                {VS_C64, -149}};
    struct vs__tally *t = new_tally();

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        uint8_t one[8] = {0}; /* the lowest bit of a number */

        one[VS__HOST_BIG ? vs__dtype_info(rows[i].dtype)->part - 1 : 0] = 1;
        vs__tally_init(t);
        vs__tally_add(t, rows[i].dtype, one, 1);
        assert_int_equal(t->buckets[rows[i].exponent + 1074], 1);
        assert_int_equal(t->stats.zeros, rows[i].dtype == VS_C64);
        assert_true(t->stats.max == ldexp(1, rows[i].exponent));
    }
    free(t);
}

static void the_outermost_buckets_take_the_extremes(void **state)
{
    const double x[] = {DBL_TRUE_MIN, DBL_MAX, -DBL_TRUE_MIN, -DBL_MAX};
    struct vs__tally *t = new_tally();

    (void)state;
    vs__tally_add(t, VS_F64, x, 4);
    assert_int_equal(t->buckets[0], 1);
    assert_int_equal(t->buckets[VS__EXPONENTS - 1], 1);
    assert_int_equal(t->buckets[VS__EXPONENTS], 1);
    assert_int_equal(t->buckets[VS__BUCKETS - 1], 1);
    free(t);
}

static void merging_adds_the_outermost_buckets_too(void **state)
{
    struct vs__tally *a = new_tally();
    struct vs__tally *b = new_tally();

    (void)state;
    a->buckets[0] = 1;
    b->buckets[0] = 2;
    b->buckets[VS__BUCKETS - 1] = 3;
    vs__tally_merge(a, b);
    assert_int_equal(a->buckets[0], 3);
    assert_int_equal(a->buckets[VS__BUCKETS - 1], 3);
    free(b);
    free(a);
}

static void bools_count_as_zero_and_one(void **state)
{
    const uint8_t x[] = {0, 1, 1, 255};
    struct vs__tally *t = new_tally();

    (void)state;
    vs__tally_add(t, VS_BOOL, x, 4);
    assert_int_equal(t->stats.count, 4);
    assert_int_equal(t->stats.zeros, 1);
    assert_true(t->stats.max == 1);
    assert_true(t->stats.mean == 0.75);
    assert_int_equal(t->buckets[1074], 3);
    free(t);
}

static void complex_numbers_count_as_two(void **state)
{
    const float x[] = {1, -2, 0, 4};
    struct vs__tally *t = new_tally();

    (void)state;
    vs__tally_add(t, VS_C64, x, 2);
    assert_int_equal(t->stats.count, 4);
    assert_int_equal(t->stats.zeros, 1);
    assert_true(t->stats.min == -2 && t->stats.max == 4);
    free(t);
}

static void the_widest_integers_are_rounded_to_double(void **state)
{
    const int64_t x[] = {INT64_MAX, INT64_MIN};
    struct vs__tally *t = new_tally();

    (void)state;
    vs__tally_add(t, VS_I64, x, 2);
    assert_true(t->stats.max == 0x1p63 && t->stats.min == -0x1p63);
    assert_int_equal(t->buckets[63 + 1074], 1);
    assert_int_equal(t->buckets[VS__EXPONENTS + 63 + 1074], 1);
    free(t);
}

static void nothing_has_no_ends_and_mean_zero(void **state)
{
    const double x[] = {(double)NAN, INFINITY, -INFINITY};
    struct vs__tally *t = new_tally();

    (void)state;
    for (int n = 0; n <= 3; n += 3) {
        vs__tally_add(t, VS_F64, x, n);
        assert_int_equal(t->stats.count, n);
        assert_int_equal(t->stats.nans + t->stats.infs, n);
        assert_true(t->stats.min == INFINITY && t->stats.max == -INFINITY);
        assert_true(t->stats.mean == 0 && t->stats.m2 == 0);
        assert_true(vs_stats_std(&t->stats) == 0);
        assert_true(vs_stats_norm(&t->stats) == 0);
    }
    free(t);
}

static void huge_numbers_have_a_finite_mean(void **state)
{
    double x[MOST];
    struct vs__tally *t = new_tally();

    (void)state;
    for (int i = 0; i < MOST; i++)
        x[i] = i < MOST / 3 ? -DBL_MAX : DBL_MAX;
    vs__tally_add(t, VS_F64, x, MOST);
    assert_near(t->stats.mean, DBL_MAX / 3, DBL_MAX, 1e-12);
    assert_true(t->stats.m2 == INFINITY);
    vs__tally_init(t);
    vs__tally_add(t, VS_F64, x + MOST / 3, 3);
    assert_true(t->stats.mean == DBL_MAX && t->stats.m2 == 0);
    free(t);
}

static void equal_numbers_have_no_deviation(void **state)
{
    double x[MOST];
    struct vs__tally *t = new_tally();

    (void)state;
    for (int i = 0; i < MOST; i++)
        x[i] = 0.1;
    for (int n = 1; n <= MOST; n += 97) {
        vs__tally_init(t);
        vs__tally_add(t, VS_F64, x, n);
        assert_true(t->stats.mean == 0.1 && t->stats.m2 == 0);
    }
    free(t);
}

static void merging_with_nothing_changes_nothing(void **state)
{
    const double x[] = {1e200, 3e200};
    struct vs__tally *some = new_tally();
    struct vs__tally *none = new_tally();
    vs_stats before;
    vs_stats into;

    (void)state;
    vs__tally_add(some, VS_F64, x, 2);
    before = some->stats;
    into = none->stats;
    vs_stats_merge(&some->stats, &none->stats);
    assert_memory_equal(&some->stats, &before, sizeof before);
    vs_stats_merge(&into, &before);
    assert_memory_equal(&into, &before, sizeof before);
    free(none);
    free(some);
}

static void merging_far_means_does_not_overflow(void **state)
{
    vs_stats a = {.count = 3, .min = 1.5e308, .max = 1.5e308, .mean = 1.5e308};
    const vs_stats b = {
        .count = 1, .min = -1.5e308, .max = -1.5e308, .mean = -1.5e308};

    (void)state;
    vs_stats_merge(&a, &b);
    assert_near(a.mean, 0.75e308, 1e308, 1e-15);
    assert_true(a.m2 == INFINITY);
    assert_true(a.min == -1.5e308 && a.max == 1.5e308);
}

static void deviation_and_norm_of_known_numbers(void **state)
{
    const float x[] = {1, 2, 3, 4, NAN, INFINITY};
    const double huge[] = {3e200, -4e200};
    struct vs__tally *t = new_tally();

    (void)state;
    vs__tally_add(t, VS_F32, x, 6);
    assert_near(vs_stats_std(&t->stats), sqrt(1.25), 1, 1e-15);
    assert_near(vs_stats_norm(&t->stats), sqrt(30), 1, 1e-14);
    vs__tally_init(t);
    vs__tally_add(t, VS_F64, huge, 1);
    assert_near(vs_stats_norm(&t->stats), 3e200, 3e200, 1e-15);
    free(t);
}

static void packed_buckets_read_back(void **state)
{
    struct vs__tally *t = new_tally();
    struct vs__tally *back = new_tally();
    uint8_t *bytes = malloc(VS__HISTOGRAM_MAX);

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(vs__histogram_pack(t, bytes), 0);
    t->buckets[0] = 1;
    t->buckets[258] = 0x01020304;
    t->buckets[VS__BUCKETS - 1] = UINT32_MAX;
    assert_int_equal(vs__histogram_pack(t, bytes), 18);
    assert_memory_equal(bytes + 6, "\x02\x01\x04\x03\x02\x01", 6);
    assert_ok(vs__histogram_unpack(back, bytes, 18));
    assert_memory_equal(back->buckets, t->buckets, sizeof t->buckets);
    assert_ok(vs__histogram_unpack(back, bytes, 18)); /* adds */
    assert_int_equal(back->buckets[258], 2 * 0x01020304);
    assert_int_equal(back->buckets[VS__BUCKETS - 1], 2 * (int64_t)UINT32_MAX);
    free(bytes);
    free(back);
    free(t);
}

static void the_fullest_histogram_fits(void **state)
{
    struct vs__tally *t = new_tally();
    struct vs__tally *back = new_tally();
    uint8_t *bytes = malloc(VS__HISTOGRAM_MAX);

    (void)state;
    assert_non_null(bytes);
    for (int i = 0; i < VS__BUCKETS; i++)
        t->buckets[i] = i + 1;
    assert_int_equal(vs__histogram_pack(t, bytes), VS__HISTOGRAM_MAX);
    assert_ok(vs__histogram_unpack(back, bytes, VS__HISTOGRAM_MAX));
    assert_memory_equal(back->buckets, t->buckets, sizeof t->buckets);
    free(bytes);
    free(back);
    free(t);
}

static void damaged_buckets_are_corrupt_and_add_nothing(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {
        {"\1\0\1\0\0", 5},                    /* cut */
        {"\1\0\1\0\0\0\2", 7},                /* cut */
        {"\5\0\1\0\0\0\5\0\1\0\0\0", 12},     /* twice the same */
        {"\5\0\1\0\0\0\4\0\1\0\0\0", 12},     /* descending */
        {"\5\0\1\0\0\0\6\0\0\0\0\0", 12},     /* a count of none */
        {"\5\0\1\0\0\0\x64\x10\1\0\0\0", 12}, /* bucket 4196 */
        {"\5\0\1\0\0\0\xff\xff\1\0\0\0", 12},
    };
    struct vs__tally *t = new_tally();
    struct vs__tally *empty = new_tally();

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        const uint8_t *bytes = (const uint8_t *)rows[i].bytes;

        assert_status(VS_ERR_CORRUPT,
                      vs__histogram_unpack(t, bytes, rows[i].n));
        assert_memory_equal(t->buckets, empty->buckets, sizeof t->buckets);
    }
    assert_ok(vs__histogram_unpack(t, NULL, 0));
    free(empty);
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_patterns_are_counted_exactly),
        cmocka_unit_test(special_numbers_in_every_place_are_counted),
        cmocka_unit_test(a_mean_far_from_zero_keeps_the_spread),
        cmocka_unit_test(floats_around_one_keep_their_spread),
        cmocka_unit_test(pieces_and_merged_tallies_give_the_whole),
        cmocka_unit_test(subnormals_have_their_exponent_as_a_double),
        cmocka_unit_test(the_outermost_buckets_take_the_extremes),
        cmocka_unit_test(merging_adds_the_outermost_buckets_too),
        cmocka_unit_test(bools_count_as_zero_and_one),
        cmocka_unit_test(complex_numbers_count_as_two),
        cmocka_unit_test(the_widest_integers_are_rounded_to_double),
        cmocka_unit_test(nothing_has_no_ends_and_mean_zero),
        cmocka_unit_test(huge_numbers_have_a_finite_mean),
        cmocka_unit_test(equal_numbers_have_no_deviation),
        cmocka_unit_test(merging_with_nothing_changes_nothing),
        cmocka_unit_test(merging_far_means_does_not_overflow),
        cmocka_unit_test(deviation_and_norm_of_known_numbers),
        cmocka_unit_test(packed_buckets_read_back),
        cmocka_unit_test(the_fullest_histogram_fits),
        cmocka_unit_test(damaged_buckets_are_corrupt_and_add_nothing),
    };

    return cmocka_run_group_tests_name("tensor.stats", tests, NULL, NULL);
}
