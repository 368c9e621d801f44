/* compare.c - see compare.h. */
#include "compare.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "tally.h"

#define PIECE 2048 /* numbers converted at a time */

/* |a-b| of 64-bit integers, which doubles would round before subtracting. */
static double wide_distance(vs_dtype dtype, const char *a, const char *b)
{
    uint64_t x;
    uint64_t y;
    bool less;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    less = dtype == VS_I64 ? (int64_t)x < (int64_t)y : x < y;
    return (double)(less ? y - x : x - y);
}

static void add_number(struct delta *d, double a, double distance)
{
    if (isnan(distance) || isnan(d->max_abs))
        d->max_abs = NAN;
    else if (distance > d->max_abs)
        d->max_abs = distance;
    d->sum_delta += distance * distance;
    if (isfinite(a))
        d->sum_a += a * a;
}

static double distance_of(double a, double b)
{
    if (a == b || (isnan(a) && isnan(b))) /* infinities too */
        return 0;
    return fabs(a - b);
}

static bool is_alike(double distance, double a, const struct tolerance *t)
{
    if (distance == 0) /* infinities too, where what follows is no number */
        return true;
    return isfinite(distance) && distance <= t->atol + t->rtol * fabs(a);
}

void compare_add(struct delta *d, const struct tolerance *t, vs_dtype dtype,
                 const void *a, const void *b, int64_t n)
{
    vs_dtype part = complex_part(dtype);
    size_t size = vs_dtype_size(part);
    int parts = complex_parts(dtype);
    bool wide = dtype == VS_I64 || dtype == VS_U64;
    const char *at_a = a;
    const char *at_b = b;
    double x[PIECE];
    double y[PIECE];

    d->n += n;
    for (int64_t left = n * parts; left > 0;) {
        int64_t k = left < PIECE ? left : PIECE;
        bool changed = false;

        vs_to_double(part, at_a, k, x);
        vs_to_double(part, at_b, k, y);
        for (int64_t i = 0; i < k; i++) {
            size_t at = (size_t)i * size;
            double far = wide ? wide_distance(dtype, at_a + at, at_b + at)
                              : distance_of(x[i], y[i]);

            changed = changed || !is_alike(far, x[i], t);
            add_number(d, x[i], far);
            if (i % parts == parts - 1) { /* PIECE is even */
                d->n_changed += changed;
                changed = false;
            }
        }
        at_a += (size_t)k * size;
        at_b += (size_t)k * size;
        left -= k;
    }
}

double compare_relative(const struct delta *d)
{
    if (d->sum_delta == 0)
        return 0;
    return sqrt(d->sum_delta) / sqrt(d->sum_a);
}
