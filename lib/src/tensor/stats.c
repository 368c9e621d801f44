/* stats.c - statistics and the exponent histogram, in one pass over elements.
 *
 * Elements are widened to double, a block at a time, so that one set of loops
 * serves all dtypes and a small float's subnormals are counted by their own
 * exponent; those of one byte are counted by pattern instead, and f32 and bf16,
 * which most numbers are, in lanes.h. A block's mean
 * and squared distances take two passes, in the nearest cache, and join the
 * rest by the formula of Chan, Golub and LeVeque ("Updating formulae and a
 * pairwise algorithm for computing sample variances", 1979). Loops run in four
 * lanes, since in one each number would wait for the one before.
 *
 * Assumes the usual floating-point environment: a program that has denormals
 * flushed to zero gets those of f32 and f64 counted as zeros.
 */
#include "tensor/stats.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/endian.h"
#include "tensor/dtype.h"
#include "tensor/lanes.h"

#define BLOCK 512 /* numbers; 4 KiB of stack */

/* The upper 12 bits of a normal double, sign and biased exponent, count from
 * -1023 and have 2048 exponents a sign; buckets count from -1074 and have
 * VS__EXPONENTS. What has no normal exponent, zeros and subnormals, would land
 * in the bucket of -1023, SUBNORMAL. */
#define MANTISSA  52
#define LEAST     (-1074)
#define SUBNORMAL (-1023 - LEAST)
#define GAP       (VS__EXPONENTS - 2048)

/* Sums of a block have 13 digits. For 9 of what is left when a mean's square is
 * taken off, that must be so much of them. */
#define CLOSE 1e-4

static const vs_stats nothing = {.min = (double)INFINITY,
                                 .max = (double)-INFINITY};

static int64_t n_finite(const vs_stats *s)
{
    return s->count - s->nans - s->infs;
}

void vs_stats_merge(vs_stats *into, const vs_stats *more)
{
    double n = (double)n_finite(into);
    double m = (double)n_finite(more);
    double share = m > 0 ? m / (n + m) : 0; /* of `more` in the whole */
    double apart = more->mean - into->mean;

    /* The counts first: an infinite square times zero would be NaN. */
    into->m2 += more->m2 + n * share * apart * apart;
    if (isfinite(apart))
        into->mean += apart * share;
    else /* both huge, of opposite sign */
        into->mean = into->mean * (1 - share) + more->mean * share;
    into->min = fmin(into->min, more->min);
    into->max = fmax(into->max, more->max);
    into->count += more->count;
    into->zeros += more->zeros;
    into->nans += more->nans;
    into->infs += more->infs;
}

double vs_stats_std(const vs_stats *stats)
{
    int64_t n = n_finite(stats);

    return n > 0 ? sqrt(stats->m2 / (double)n) : 0;
}

double vs_stats_norm(const vs_stats *stats)
{
    int64_t n = n_finite(stats);

    /* The root of m2 + n mean^2, without squares that could overflow. */
    return n > 0 ? hypot(sqrt(stats->m2), sqrt((double)n) * stats->mean) : 0;
}

void vs__tally_init(struct vs__tally *t)
{
    memset(t->buckets, 0, sizeof t->buckets);
    t->stats = nothing;
}

void vs__tally_merge(struct vs__tally *into, const struct vs__tally *more)
{
    vs_stats_merge(&into->stats, &more->stats);
    for (int i = 0; i < VS__BUCKETS; i++)
        into->buckets[i] += more->buckets[i];
}

/* Sum and ends of some numbers. */
struct span {
    double sum;
    double min; /* +inf of none */
    double max; /* -inf of none */
};

static inline void span_add(struct span *s, double x)
{
    s->sum += x;
    s->min = x < s->min ? x : s->min;
    s->max = x > s->max ? x : s->max;
}

static struct span span_of(const double *x, int n)
{
    const struct span none = {0, (double)INFINITY, (double)-INFINITY};
    struct span a = none;
    struct span b = none;
    struct span c = none;
    struct span d = none;
    int i = 0;

    for (; i + 4 <= n; i += 4) {
        span_add(&a, x[i]);
        span_add(&b, x[i + 1]);
        span_add(&c, x[i + 2]);
        span_add(&d, x[i + 3]);
    }
    for (; i < n; i++)
        span_add(&a, x[i]);
    a.sum = (a.sum + b.sum) + (c.sum + d.sum);
    a.min = fmin(fmin(a.min, b.min), fmin(c.min, d.min));
    a.max = fmax(fmax(a.max, b.max), fmax(c.max, d.max));
    return a;
}

static inline double square(double x)
{
    return x * x;
}

/* Sum of squared distances from the mean. */
static double squares_of(const double *x, int n, double mean)
{
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;

    for (; i + 4 <= n; i += 4) {
        a += square(x[i] - mean);
        b += square(x[i + 1] - mean);
        c += square(x[i + 2] - mean);
        d += square(x[i + 3] - mean);
    }
    for (; i < n; i++)
        a += square(x[i] - mean);
    return (a + b) + (c + d);
}

/* Held between the ends, which rounding may pass: the mean of equal numbers is
 * that number, and their deviation zero. */
static double mean_of(const double *x, int n, const struct span *span)
{
    double mean = span->sum / n;

    if (!isfinite(mean)) { /* the numbers are, their sum is not */
        mean = 0;
        for (int i = 0; i < n; i++)
            mean += x[i] / n;
    }
    return fmax(span->min, fmin(mean, span->max));
}

/* Counts NaN and infinities and closes the gaps they leave; what remains. */
static int keep_finite(double *x, int n, vs_stats *stats)
{
    int kept = 0;

    for (int i = 0; i < n; i++)
        if (isfinite(x[i]))
            x[kept++] = x[i];
        else if (isnan(x[i]))
            stats->nans++;
        else
            stats->infs++;
    return kept;
}

/* Without branches: zeros come at random and in great numbers. */
static int64_t count_zeros(const double *x, int n)
{
    int zeros = 0;

    for (int i = 0; i < n; i++)
        zeros += x[i] == 0;
    return zeros;
}

/* The bucket of a finite number other than zero, for few of them. */
static int bucket_of(double x)
{
    return (x < 0 ? VS__EXPONENTS : 0) + ilogb(x) - LEAST;
}

static void count_subnormal(int64_t *buckets, const double *x, int n)
{
    for (int i = 0; i < n; i++)
        if (fabs(x[i]) < DBL_MIN && x[i] != 0)
            buckets[bucket_of(x[i])]++;
}

/* Counts finite numbers into buckets; the zeros, which are in none. */
static int64_t count_exponents(int64_t *buckets, const double *x, int n)
{
    int64_t *plus = &buckets[SUBNORMAL];
    int64_t *minus = &buckets[VS__EXPONENTS + SUBNORMAL];
    const int64_t plus_before = *plus;
    const int64_t minus_before = *minus;
    int64_t tiny;
    int64_t zeros;

    for (int i = 0; i < n; i++) {
        uint64_t bits;

        memcpy(&bits, &x[i], sizeof bits);
        buckets[SUBNORMAL + (bits >> MANTISSA) + GAP * (bits >> 63)]++;
    }
    tiny = (*plus - plus_before) + (*minus - minus_before);
    if (tiny == 0)
        return 0;
    *plus = plus_before;
    *minus = minus_before;
    zeros = count_zeros(x, n);
    if (zeros != tiny)
        count_subnormal(buckets, x, n);
    return zeros;
}

/* Adds up to BLOCK numbers, which it may move. */
static void add_block(struct vs__tally *t, double *x, int n)
{
    vs_stats block = nothing;
    struct span span = span_of(x, n);

    block.count = n;
    if (!isfinite(span.sum)) { /* for one of two reasons */
        n = keep_finite(x, n, &block);
        span = span_of(x, n);
    }
    if (n > 0) {
        block.min = span.min;
        block.max = span.max;
        block.mean = mean_of(x, n, &span);
        block.m2 = squares_of(x, n, block.mean);
        block.zeros = count_exponents(t->buckets, x, n);
    }
    vs_stats_merge(&t->stats, &block);
}

/* Adds a number that occurs n times. */
static void add_times(struct vs__tally *t, double x, int64_t n)
{
    vs_stats equal = nothing;

    equal.count = n;
    if (isnan(x)) {
        equal.nans = n;
    } else if (isinf(x)) {
        equal.infs = n;
    } else {
        equal.min = x;
        equal.max = x;
        equal.mean = x;
        if (x == 0)
            equal.zeros = n;
        else
            t->buckets[bucket_of(x)] += n;
    }
    vs_stats_merge(&t->stats, &equal);
}

/* Adds elements of one byte. They can only be 256 numbers, so that it is
 * enough to count each; in two tables, since equal neighbours in one would
 * wait for each other. */
static void add_bytes(struct vs__tally *t, vs_dtype dtype, const uint8_t *src,
                      int64_t n)
{
    int64_t even[256] = {0};
    int64_t odd[256] = {0};

    for (int64_t i = 1; i < n; i += 2) {
        even[src[i - 1]]++;
        odd[src[i]]++;
    }
    if (n % 2 != 0)
        even[src[n - 1]]++;
    for (int i = 0; i < 256; i++) {
        const uint8_t byte = (uint8_t)i;
        double x = 0;

        if (even[i] + odd[i] == 0)
            continue;
        vs_to_double(dtype, &byte, 1, &x);
        add_times(t, x, even[i] + odd[i]);
    }
}

/* Widens a block by block, as for any dtype. */
static void add_widened(struct vs__tally *t, vs_dtype dtype, const uint8_t *p,
                        int64_t n, size_t part)
{
    double x[BLOCK];

    while (n > 0) {
        const int m = n < BLOCK ? (int)n : BLOCK;

        vs_to_double(dtype, p, m, x);
        add_block(t, x, m);
        p += (size_t)m * part;
        n -= m;
    }
}

/* Numbers so far whose exponent is the least: zeros and subnormals. */
static int64_t count_least(const struct vs__tops *tops)
{
    int64_t n = 0;

    for (int k = 0; k < 4; k++)
        n += (int64_t)tops->n[k][0] + tops->n[k][VS__LANES_TOPS / 2];
    return n;
}

/* Adds what the tops say; the least exponent is counted elsewhere. */
static void add_tops(int64_t *buckets, const struct vs__tops *tops)
{
    for (int i = 0; i < VS__LANES_TOPS; i++) {
        const int exponent = i % (VS__LANES_TOPS / 2);
        const int negative = i / (VS__LANES_TOPS / 2);

        if (exponent != 0)
            buckets[negative * VS__EXPONENTS + exponent - 127 - LEAST] +=
                (int64_t)tops->n[0][i] + tops->n[1][i] + tops->n[2][i] +
                tops->n[3][i];
    }
}

/* Joins the sums of a block. Where the numbers lie close together, far from
 * zero, the difference of two large sums says nothing of them: false. */
static bool add_lanes(vs_stats *stats, const struct vs__lanes *lanes, int n)
{
    vs_stats block = nothing;
    const double mean = lanes->sum / n;

    block.count = n;
    block.zeros = lanes->zeros;
    block.min = (double)lanes->min;
    block.max = (double)lanes->max;
    block.mean = fmax(block.min, fmin(mean, block.max));
    if (block.min < block.max) {
        block.m2 = lanes->squares - lanes->sum * mean;
        if (block.m2 < CLOSE * lanes->squares)
            return false;
    }
    vs_stats_merge(stats, &block);
    return true;
}

/* The moments of such a block, in two passes. */
static void add_close(vs_stats *stats, vs_dtype dtype, const uint8_t *p, int n,
                      size_t part)
{
    double x[BLOCK];

    for (int m; n > 0; n -= m, p += (size_t)m * part) {
        vs_stats block = nothing;
        struct span span;

        m = n < BLOCK ? n : BLOCK;
        vs_to_double(dtype, p, m, x);
        span = span_of(x, m);
        block.count = m;
        block.min = span.min;
        block.max = span.max;
        block.mean = mean_of(x, m, &span);
        block.m2 = squares_of(x, m, block.mean);
        vs_stats_merge(stats, &block);
    }
}

/* Counts the subnormals of a block one by one. */
static void add_subnormals(int64_t *buckets, vs_dtype dtype, const uint8_t *p,
                           int n, size_t part)
{
    for (int i = 0; i < n; i++) {
        double x;

        vs_to_double(dtype, p + (size_t)i * part, 1, &x);
        if (fabs(x) < (double)FLT_MIN && x != 0)
            buckets[bucket_of(x)]++;
    }
}

/* Adds numbers of f32 or bf16. Blocks with NaN or infinities are widened. */
static void add_floats(struct vs__tally *t, vs_dtype dtype, const uint8_t *p,
                       int64_t n, size_t part)
{
    vs__lanes_fn *const sum = vs__lanes_at(0);
    struct vs__tops tops;
    int64_t least = 0; /* numbers of the least exponent, up to here */

    memset(&tops, 0, sizeof tops);
    for (int m; n > 0; n -= m, p += (size_t)m * part) {
        struct vs__lanes lanes;

        m = n < VS__LANES_BLOCK ? (int)n : VS__LANES_BLOCK;
        sum(p, m, dtype == VS_BF16, &lanes, &tops);
        if (!lanes.finite) {
            add_widened(t, dtype, p, m, part);
            continue;
        }
        if (!add_lanes(&t->stats, &lanes, m)) {
            add_close(&t->stats, dtype, p, m, part);
            t->stats.zeros += lanes.zeros;
        }
        if (count_least(&tops) - least != lanes.zeros)
            add_subnormals(t->buckets, dtype, p, m, part);
        least = count_least(&tops);
    }
    add_tops(t->buckets, &tops);
}

void vs__tally_add(struct vs__tally *t, vs_dtype dtype, const void *src,
                   int64_t n)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);

    assert(info != NULL);
    if (info->size == 1) {
        add_bytes(t, dtype, src, n);
        return;
    }
    n *= (int64_t)(info->size / info->part);
    if (info->kind == VS__KIND_COMPLEX)
        dtype = dtype == VS_C64 ? VS_F32 : VS_F64;
    if (dtype == VS_F32 || dtype == VS_BF16)
        add_floats(t, dtype, src, n, info->part);
    else
        add_widened(t, dtype, src, n, info->part);
}

size_t vs__histogram_pack(const struct vs__tally *t, uint8_t *out)
{
    uint8_t *p = out;

    for (int i = 0; i < VS__BUCKETS; i++)
        if (t->buckets[i] != 0) {
            assert(t->buckets[i] <= UINT32_MAX);
            vs__store16(p, (uint16_t)i);
            vs__store32(p + 2, (uint32_t)t->buckets[i]);
            p += VS__PACKED;
        }
    return (size_t)(p - out);
}

vs_status vs__histogram_unpack(struct vs__tally *t, const uint8_t *bytes,
                               size_t n)
{
    int last = -1;

    if (n % VS__PACKED != 0)
        return VS_ERR_CORRUPT;
    for (size_t i = 0; i < n; i += VS__PACKED) {
        int bucket = vs__load16(bytes + i);

        if (bucket <= last || bucket >= VS__BUCKETS ||
            vs__load32(bytes + i + 2) == 0)
            return VS_ERR_CORRUPT;
        last = bucket;
    }
    for (size_t i = 0; i < n; i += VS__PACKED)
        t->buckets[vs__load16(bytes + i)] += vs__load32(bytes + i + 2);
    return VS_OK;
}
