/* harness.c - see harness.h. */
#include "harness.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

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
    fault_begin();
    disk_begin();
    h->began_s = disk_real_s();
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
                 h->n_states, h->n_violations, disk_real_s() - h->began_s);
    return (h->n_violations == 0) == (h->plant == NULL) ? 0 : 1;
}

bool harness_plants(const struct harness *h, const char *bug)
{
    return h->plant != NULL && strcmp(h->plant, bug) == 0;
}

/* A scenario that is a bug is run alone, and only on request. */
static bool chosen(const struct harness *h, const struct scenario *s)
{
    if ((s->flags & PLANTED) != 0)
        return harness_plants(h, s->name);
    for (const struct scenario *bug = scenarios; h->plant != NULL; bug++) {
        if (bug == scenarios + n_scenarios)
            break;
        if ((bug->flags & PLANTED) != 0 && harness_plants(h, bug->name))
            return false;
    }
    return scenario_chosen(s, h->only) &&
           (int)((s - scenarios) % h->n_parts) == h->part;
}

const struct scenario *harness_next(struct harness *h, const struct scenario *s)
{
    h->n_told = 0;
    s = s == NULL ? scenarios : s + 1;
    for (; s < scenarios + n_scenarios; s++)
        if (chosen(h, s))
            return s;
    return NULL;
}

vs_open_mode ledger_mode(const struct scenario *s, int64_t promised)
{
    return promised == 0 && (s->base == BASE_NOTHING || s->base == BASE_HALF)
               ? VS_OPEN_CREATE
               : VS_OPEN_WRITE;
}

void ledger_make(struct ledger *ledger, const struct scenario *s)
{
    ledger->n_steps = scenario_n_steps(s);
    for (int n = 0; n <= ledger->n_steps; n++) {
        struct world w;

        world_begin(&w, s);
        for (int i = 0; i < n; i++) {
            const vs_status st = s->steps[i](&w);

            if (st == VS_OK)
                continue;
            (void)fprintf(stderr, "%s: step %d: %s: %s\n", s->name, i,
                          vs_status_word(st), world_words(&w));
            exit(2);
        }
        world_end(&w);
        look_at(ledger_mode(s, n), true, &ledger->looks[n]);
        if (look_is_sound(&ledger->looks[n]))
            continue;
        (void)fprintf(stderr, "%s: after %d steps: %s\n", s->name, n,
                      ledger->looks[n].words);
        exit(2);
    }
}

int ledger_find(const struct ledger *ledger, const struct look *look,
                int64_t least, int64_t most)
{
    for (int64_t i = most; i >= least; i--)
        if (look_same(look, &ledger->looks[i]))
            return (int)i;
    return -1;
}
