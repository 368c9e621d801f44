/* orthogonal.c - Householder's QR, panel by panel.
 *
 * A reflector is a column of the matrix from its diagonal on: H = I - tau v v'.
 * Reflectors of a panel are applied to four columns at a time, all of the
 * panel's before the next four, so that these stay in the nearest cache and
 * each reflector is read once for four. Otherwise this is LAPACK's dgeqr2 and
 * dorg2r (G. Golub, C. Van Loan, "Matrix Computations", 5.2). The order of the
 * sums is fixed: the same matrix gives the same Q on every machine that
 * rounds as IEEE 754 says.
 */
#include "rule/orthogonal.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

#define PANEL 32 /* reflectors applied together: they fit in a second cache */
#define GROUP 4  /* columns they are applied to together */
#define LANES 4  /* partial sums, so that additions overlap */

/* The matrix under work. */
struct work {
    double *a;   /* columns back to back */
    int64_t m;   /* rows */
    int64_t n;   /* columns */
    double *tau; /* of each reflector; 0: the identity */
    double *d;   /* sign of R's diagonal, 1 or -1 */
};

static double *column(const struct work *w, int64_t c)
{
    return w->a + c * w->m;
}

static double dot(const double *x, const double *y, int64_t n)
{
    double sum[LANES] = {0};
    double rest = 0;
    int64_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            sum[j] += x[i + j] * y[i + j];
    for (; i < n; i++)
        rest += x[i] * y[i];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + rest;
}

/* c = H c for one column, from the reflector's diagonal on. */
static void reflect(const double *v, double tau, double *c, int64_t n)
{
    const double s = tau * dot(v, c, n);

    for (int64_t i = 0; i < n; i++)
        c[i] -= s * v[i];
}

/* The same for GROUP columns, `m` apart. */
static void reflect_group(const double *v, double tau, double *c, int64_t m,
                          int64_t n)
{
    double *const c0 = c;
    double *const c1 = c + m;
    double *const c2 = c + 2 * m;
    double *const c3 = c + 3 * m;
    double s0[2] = {0};
    double s1[2] = {0};
    double s2[2] = {0};
    double s3[2] = {0};
    int64_t i = 0;

    for (; i + 2 <= n; i += 2)
        for (int j = 0; j < 2; j++) {
            s0[j] += v[i + j] * c0[i + j];
            s1[j] += v[i + j] * c1[i + j];
            s2[j] += v[i + j] * c2[i + j];
            s3[j] += v[i + j] * c3[i + j];
        }
    if (i < n) {
        s0[0] += v[i] * c0[i];
        s1[0] += v[i] * c1[i];
        s2[0] += v[i] * c2[i];
        s3[0] += v[i] * c3[i];
    }
    s0[0] = tau * (s0[0] + s0[1]);
    s1[0] = tau * (s1[0] + s1[1]);
    s2[0] = tau * (s2[0] + s2[1]);
    s3[0] = tau * (s3[0] + s3[1]);
    for (i = 0; i < n; i++) {
        c0[i] -= s0[0] * v[i];
        c1[i] -= s1[0] * v[i];
        c2[i] -= s2[0] * v[i];
        c3[i] -= s3[0] * v[i];
    }
}

/* Applies reflectors k, k + step, ... (count of them) to columns [c, end). */
static void apply(const struct work *w, int64_t k, int64_t step, int64_t count,
                  int64_t c, int64_t end)
{
    while (c < end) {
        const bool group = end - c >= GROUP;

        for (int64_t i = 0; i < count; i++) {
            const int64_t at = k + i * step;
            const double *v = column(w, at) + at;

            if (group)
                reflect_group(v, w->tau[at], column(w, c) + at, w->m,
                              w->m - at);
            else
                reflect(v, w->tau[at], column(w, c) + at, w->m - at);
        }
        c += group ? GROUP : 1;
    }
}

/* Makes column k the reflector that clears it below the diagonal. */
static void make_reflector(struct work *w, int64_t k)
{
    double *x = column(w, k) + k;
    const double norm = sqrt(dot(x, x, w->m - k));

    w->d[k] = x[0] > 0 ? -1 : 1; /* R's diagonal becomes -norm, or norm */
    w->tau[k] = norm > 0 ? 1 / (norm * (norm + fabs(x[0]))) : 0;
    x[0] += x[0] > 0 ? norm : -norm;
}

/* Makes column k, a reflector, column k of Q as far as reflectors k, k + 1, ..
 * go: H e_k, with the sign. */
static void make_column(const struct work *w, int64_t k)
{
    double *x = column(w, k) + k;
    const double s = w->tau[k] * x[0] * w->d[k];

    for (int64_t i = 0; i < w->m - k; i++)
        x[i] *= -s;
    x[0] += w->d[k];
    memset(column(w, k), 0, (size_t)k * sizeof x[0]);
}

static void factor(struct work *w)
{
    for (int64_t k = 0; k < w->n; k += PANEL) {
        const int64_t end = k + PANEL < w->n ? k + PANEL : w->n;

        for (int64_t j = k; j < end; j++) {
            make_reflector(w, j);
            apply(w, j, 1, 1, j + 1, end);
        }
        apply(w, k, 1, end - k, end, w->n);
    }
}

static void form(const struct work *w)
{
    for (int64_t k = (w->n - 1) / PANEL * PANEL; k >= 0; k -= PANEL) {
        const int64_t end = k + PANEL < w->n ? k + PANEL : w->n;

        apply(w, end - 1, -1, end - k, end, w->n);
        for (int64_t j = end - 1; j >= k; j--) {
            apply(w, j, -1, 1, j + 1, end);
            make_column(w, j);
        }
    }
}

bool vs__orthogonalize(double *a, int64_t m, int64_t n)
{
    struct work w = {a, m, n, NULL, NULL};

    if (n == 0)
        return true;
    w.tau = vs__calloc((size_t)n * 2, sizeof w.tau[0]);
    if (w.tau == NULL)
        return false;
    w.d = w.tau + n;
    factor(&w);
    form(&w);
    vs__free(w.tau);
    return true;
}
