/* ledger.c - see ledger.h. */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

void harness_begin_on_disk(struct harness *h, const char *name, int argc,
                           char **argv)
{
    harness_begin(h, name, argc, argv);
    fault_begin();
    disk_begin();
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
