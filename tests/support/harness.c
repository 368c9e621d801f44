/* harness.c - see harness.h. */
#include "harness.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_TOLD 8 /* violations of a scenario */

static void usage(const char *name)
{
    (void)fprintf(
        stderr,
        "usage: %s [--brief | --short | --long] [--only PART] [--part I/N] "
        "[--trace] [--plant BUG]\n",
        name);
    exit(2);
}

void harness_begin(struct harness *h, const char *name, int argc, char **argv)
{
    memset(h, 0, sizeof *h);
    h->name = name;
    h->n_parts = 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--long") == 0)
            h->form = FORM_LONG;
        else if (strcmp(argv[i], "--brief") == 0)
            h->form = FORM_BRIEF;
        else if (strcmp(argv[i], "--short") == 0)
            h->form = FORM_SHORT;
        else if (strcmp(argv[i], "--trace") == 0)
            h->trace = true;
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            h->only = argv[++i];
        else if (strcmp(argv[i], "--plant") == 0 && i + 1 < argc)
            h->plant = argv[++i];
        else if (strcmp(argv[i], "--part") != 0 || i + 1 >= argc ||
                 sscanf(argv[++i], "%d/%d", &h->part, &h->n_parts) != 2 ||
                 h->part < 0 || h->part >= h->n_parts)
            usage(name);
    }
    h->began_s = harness_now_s();
}

void harness_violation(struct harness *h, const char *format, ...)
{
    va_list args;

    h->n_violations++;
    if (++h->n_told > MOST_TOLD || h->plant != NULL)
        return;
    va_start(args, format);
    (void)fprintf(stderr, "%s: ", h->name);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
}

int harness_end(struct harness *h)
{
    (void)printf("%-20s %10" PRId64 " %6" PRId64 " %8.1f\n", h->name,
                 h->n_states, h->n_violations, harness_now_s() - h->began_s);
    return (h->n_violations == 0) == (h->plant == NULL) ? 0 : 1;
}

bool harness_plants(const struct harness *h, const char *bug)
{
    return h->plant != NULL && strcmp(h->plant, bug) == 0;
}

double harness_now_s(void)
{
    struct timespec t = {0, 0};

    (void)timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
