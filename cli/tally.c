/* tally.c - see tally.h. */
#include "tally.h"

#include <math.h>
#include <string.h>

#define PIECE 4096 /* numbers converted at a time */

int complex_parts(vs_dtype dtype)
{
    return dtype == VS_C64 || dtype == VS_C128 ? 2 : 1;
}

vs_dtype complex_part(vs_dtype dtype)
{
    if (dtype == VS_C64)
        return VS_F32;
    return dtype == VS_C128 ? VS_F64 : dtype;
}

static const vs_stats no_stats = {0, 0, 0, 0, INFINITY, -INFINITY, 0, 0};

void tally_init(struct tally *t)
{
    memset(t, 0, sizeof *t);
    t->stats = no_stats;
}

static void count(struct tally *t, double x, vs_stats *s)
{
    int exponent;

    s->count++;
    if (isnan(x)) {
        s->nans++;
        return;
    }
    if (isinf(x)) {
        s->infs++;
        return;
    }
    s->min = x < s->min ? x : s->min;
    s->max = x > s->max ? x : s->max;
    s->mean += x; /* the sum, until the piece is done */
    if (x == 0) {
        s->zeros++;
        return;
    }
    (void)frexp(x, &exponent); /* 0.5 <= |m| < 1: one above our exponent */
    (x < 0 ? t->negative : t->positive)[exponent - 1 + 1074]++;
}

static void add_piece(struct tally *t, const double *x, int64_t n)
{
    vs_stats s = no_stats;
    int64_t n_finite;

    for (int64_t i = 0; i < n; i++)
        count(t, x[i], &s);
    n_finite = s.count - s.nans - s.infs;
    if (n_finite > 0)
        s.mean /= (double)n_finite;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i]))
            s.m2 += (x[i] - s.mean) * (x[i] - s.mean);
    vs_stats_merge(&t->stats, &s);
}

void tally_add(struct tally *t, vs_dtype dtype, const void *src, int64_t n)
{
    double x[PIECE];
    vs_dtype part = complex_part(dtype);
    size_t size = vs_dtype_size(part);
    const char *at = src;

    n *= complex_parts(dtype);
    while (n > 0) {
        int64_t k = n < PIECE ? n : PIECE;

        vs_to_double(part, at, k, x);
        add_piece(t, x, k);
        at += (size_t)k * size;
        n -= k;
    }
}

int tally_buckets(const struct tally *t, vs_bucket *out)
{
    int n = 0;

    for (int e = TALLY_EXPONENTS - 1; e >= 0; e--)
        if (t->negative[e] != 0)
            out[n++] = (vs_bucket){1, e - 1074, t->negative[e]};
    for (int e = 0; e < TALLY_EXPONENTS; e++)
        if (t->positive[e] != 0)
            out[n++] = (vs_bucket){0, e - 1074, t->positive[e]};
    return n;
}

#define MAX_BINS 128

static int bin_of(double x, double low, double width, int bins)
{
    double at = width > 0 ? (x - low) / width * bins : bins / 2.0;

    if (!(at > 0))
        return 0;
    return at >= bins ? bins - 1 : (int)at;
}

/* Spreads a count evenly over [from, to]. */
static void spread(double *heights, int bins, double low, double width,
                   double from, double to, double n)
{
    int first = bin_of(from, low, width, bins);
    int last = bin_of(to, low, width, bins);
    double step = width / bins;

    if (first == last || !(to > from)) {
        heights[first] += n;
        return;
    }
    for (int i = first; i <= last; i++) {
        double left = fmax(from, low + i * step);
        double right = fmin(to, low + (i + 1) * step);

        if (right > left)
            heights[i] += n * (right - left) / (to - from);
    }
}

void spark_add(struct text *out, const vs_stats *stats,
               const vs_bucket *buckets, int n_buckets, int bins)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    double heights[MAX_BINS] = {0};
    double low = stats->min;
    double width = stats->max - stats->min;
    double most = 0;

    if (bins > MAX_BINS || !isfinite(width))
        return;
    for (int i = 0; i < n_buckets; i++) {
        double near = ldexp(1, buckets[i].exponent);
        double from = buckets[i].negative ? -2 * near : near;
        double to = buckets[i].negative ? -near : 2 * near;

        spread(heights, bins, low, width, fmax(from, stats->min),
               fmin(to, stats->max), (double)buckets[i].count);
    }
    if (stats->zeros > 0)
        heights[bin_of(0, low, width, bins)] += (double)stats->zeros;
    for (int i = 0; i < bins; i++)
        most = fmax(most, heights[i]);
    for (int i = 0; i < bins; i++) {
        int level = most > 0 ? (int)(heights[i] / most * 7.999) : 0;

        text_puts(out, bars[level]);
    }
}
