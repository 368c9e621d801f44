/* num.c - see num.h. The locale is never asked: scripts read this too. */
#include "num.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

bool num_int(const char *text, int64_t *out)
{
    char *end;
    long long n;

    if (text[0] == '\0' || isspace((unsigned char)text[0]))
        return false;
    errno = 0;
    n = strtoll(text, &end, 10);
    if (*end != '\0' || errno != 0)
        return false;
    *out = n;
    return true;
}

bool num_double(const char *text, double *out)
{
    char *end;
    double x;

    if (text[0] == '\0' || isspace((unsigned char)text[0]))
        return false;
    x = strtod(text, &end);
    if (*end != '\0' || end == text)
        return false;
    *out = x;
    return true;
}

static bool unit_shift(const char *unit, int *shift)
{
    static const char letters[] = "kmgt";
    const char *at;

    *shift = 0;
    if (unit[0] == '\0' || strcasecmp(unit, "b") == 0)
        return true;
    at = strchr(letters, tolower((unsigned char)unit[0]));
    if (at == NULL || (unit[1] != '\0' && strcasecmp(unit + 1, "ib") != 0 &&
                       strcasecmp(unit + 1, "b") != 0))
        return false;
    *shift = (int)(at - letters + 1) * 10;
    return true;
}

bool num_bytes(const char *text, int64_t *out)
{
    char *end;
    long long n;
    int shift;

    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    n = strtoll(text, &end, 10);
    while (*end == ' ')
        end++;
    if (errno != 0 || !unit_shift(end, &shift) || n > (INT64_MAX >> shift))
        return false;
    *out = n << shift;
    return true;
}

char *num_commas(int64_t n, char *text)
{
    char digits[24];
    int n_digits = snprintf(digits, sizeof digits, "%" PRIu64,
                            n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
    char *at = text;

    if (n < 0)
        *at++ = '-';
    for (int i = 0; i < n_digits; i++) {
        if (i != 0 && (n_digits - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return text;
}

char *num_plain(int64_t n, char *text)
{
    (void)snprintf(text, NUM_TEXT, "%" PRId64, n);
    return text;
}

char *num_size(int64_t bytes, char *text)
{
    static const char *const units[] = {"KiB", "MiB", "GiB",
                                        "TiB", "PiB", "EiB"};
    double x = (double)bytes / 1024;
    size_t i = 0;

    if (bytes < 1024) {
        (void)snprintf(text, NUM_TEXT, "%" PRId64 " B", bytes);
        return text;
    }
    while (x >= 1023.95 && i + 1 < sizeof units / sizeof units[0]) {
        x /= 1024;
        i++;
    }
    (void)snprintf(text, NUM_TEXT, "%.1f %s", x, units[i]);
    return text;
}

char *num_ratio(int64_t part, int64_t of, char *text)
{
    if (of <= 0)
        (void)snprintf(text, NUM_TEXT, "-");
    else
        (void)snprintf(text, NUM_TEXT, "%.2f", (double)part / (double)of);
    return text;
}

char *num_real(double x, char *text)
{
    (void)snprintf(text, NUM_TEXT, "%.4g", x == 0 ? 0.0 : x);
    return text;
}

char *num_exact(double x, char *text)
{
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, NUM_TEXT, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return text;
}

char *num_percent(int64_t part, int64_t of, char *text)
{
    double percent = of > 0 ? 100.0 * (double)part / (double)of : 0.0;

    /* Something is never shown as nothing, nor nearly all as all. */
    if (part > 0 && percent < 0.01)
        (void)snprintf(text, NUM_TEXT, "<0.01 %%");
    else if (part < of && percent > 99.99)
        (void)snprintf(text, NUM_TEXT, ">99.99 %%");
    else
        (void)snprintf(text, NUM_TEXT, "%.4g %%", percent);
    return text;
}

char *num_ago(int64_t ms, int64_t now_ms, char *text)
{
    static const struct {
        int64_t below_s; /* used up to here */
        int64_t unit_s;  /* seconds of one */
        const char *unit;
    } steps[] = {{120, 1, "s"},
                 {7200, 60, "min"},
                 {172800, 3600, "h"},
                 {INT64_MAX, 86400, "days"}};
    int64_t s = (now_ms - ms) / 1000;
    size_t i = 0;

    if (s < 2) /* a clock that is a little ahead is no news */
        (void)snprintf(text, NUM_TEXT, s > -60 ? "just now" : "in the future");
    else {
        while (s >= steps[i].below_s)
            i++;
        (void)snprintf(text, NUM_TEXT, "%" PRId64 " %s ago",
                       s / steps[i].unit_s, steps[i].unit);
    }
    return text;
}

char *num_utc(int64_t ms, char *text)
{
    int64_t milli = ms % 1000;
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    size_t n;

    if (milli < 0) {
        milli += 1000;
        s--;
    }
    if (gmtime_r(&s, &tm) == NULL) {
        (void)snprintf(text, NUM_TEXT, "?");
        return text;
    }
    n = strftime(text, NUM_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text + n, NUM_TEXT - n, ".%03dZ", (int)milli);
    return text;
}

int64_t num_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
