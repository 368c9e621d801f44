/* table.c - see table.h. */
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct lap lap_begin(void)
{
    const struct lap lap = {seconds_of(CLOCK_MONOTONIC),
                            seconds_of(CLOCK_PROCESS_CPUTIME_ID)};

    return lap;
}

double lap_seconds(const struct lap *lap)
{
    return seconds_of(CLOCK_MONOTONIC) - lap->began;
}

double lap_cpu(const struct lap *lap)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - lap->began_cpu;
}

void lap_end(const struct lap *lap, int n, struct row *row)
{
    const double seconds = lap_seconds(lap);
    const double cpu = lap_cpu(lap);

    if (row->n == MAX_ROUNDS)
        return;
    row->seconds[row->n] = seconds / n;
    row->cpu[row->n++] = cpu / n;
}

_Noreturn void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
                  why);
    exit(1);
}

void *memory(size_t n)
{
    unsigned char *p = malloc(n != 0 ? n : 1);

    if (p == NULL)
        die("memory", "there is none left");
    memset(p, 1, n);
    return p;
}

struct spread {
    double median;
    double least;
    double most;
};

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct spread spread_of(const double *values, int n)
{
    double sorted[MAX_ROUNDS];
    struct spread s = {0, 0, 0};

    if (n == 0)
        return s;
    memcpy(sorted, values, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    s.median =
        n % 2 != 0 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    s.least = sorted[0];
    s.most = sorted[n - 1];
    return s;
}

/* Times in the largest unit that leaves something before the point. */
static void print_times(struct spread s, double cpu)
{
    static const struct {
        double in_seconds;
        const char *name;
    } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}};
    size_t k = 0;

    while (k < 2 && s.median < units[k].in_seconds)
        k++;
    (void)printf(" %.3g %s | %.3g..%.3g | %.3g |",
                 s.median / units[k].in_seconds, units[k].name,
                 s.least / units[k].in_seconds, s.most / units[k].in_seconds,
                 cpu / units[k].in_seconds);
}

static struct spread ratios(const struct row *row, const struct row *base)
{
    const int n = row->n < base->n ? row->n : base->n;
    double values[MAX_ROUNDS];

    for (int i = 0; i < n; i++)
        values[i] = row->seconds[i] / base->seconds[i];
    return spread_of(values, n);
}

static void print_wish(const struct row *row, double seconds, double ratio)
{
    double have = seconds;
    const char *unit = "x";
    double scale = 1;

    switch (row->wish) {
    case NO_WISH:
        (void)printf(" | |");
        return;
    case RATIO_AT_MOST:
        have = ratio;
        break;
    case SECONDS_AT_MOST:
        scale = row->limit < 1e-3 ? 1e-6 : 1e-3;
        unit = row->limit < 1e-3 ? " us" : " ms";
        break;
    case BYTES_AT_LEAST:
        (void)printf(" >= %g GB/s | %s |", row->limit / 1e9,
                     row->bytes / seconds >= row->limit ? "met" : "**missed**");
        return;
    }
    (void)printf(" <= %g%s | %s |", row->limit / scale, unit,
                 have <= row->limit ? "met" : "**missed**");
}

void table_print(const struct row *rows, size_t n)
{
    (void)printf("| what | median | least..most | CPU | GB/s | held against "
                 "| times as long | wanted | |\n"
                 "|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        const struct spread s = spread_of(row->seconds, row->n);
        struct spread r = {0, 0, 0};

        (void)printf("| %s |", row->what);
        print_times(s, spread_of(row->cpu, row->n).median);
        if (row->bytes > 0)
            (void)printf(" %.2f |", row->bytes / s.median / 1e9);
        else
            (void)printf(" |");
        if (row->base != 0) {
            r = ratios(row, &rows[row->base]);
            (void)printf(" %s | %.2f (%.2f..%.2f) |", rows[row->base].what,
                         r.median, r.least, r.most);
        } else {
            (void)printf(" | |");
        }
        print_wish(row, s.median, r.median);
        (void)printf("\n");
    }
}
