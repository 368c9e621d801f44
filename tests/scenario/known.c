/* known.c - see known.h. */
#include "known.h"

#include <stdlib.h>

static struct known *slot(struct known *at, size_t n_slots, uint64_t hash)
{
    size_t i = (size_t)(hash & (n_slots - 1));

    while (at[i].hash != 0 && at[i].hash != hash)
        i = (i + 1) & (n_slots - 1);
    return &at[i];
}

static void widen(struct known_images *known)
{
    const size_t n = known->n_slots == 0 ? 1024 : 2 * known->n_slots;
    struct known *wider = calloc(n, sizeof *wider);

    if (wider == NULL)
        abort();
    for (size_t i = 0; i < known->n_slots; i++)
        if (known->at[i].hash != 0)
            *slot(wider, n, known->at[i].hash) = known->at[i];
    free(known->at);
    known->at = wider;
    known->n_slots = n;
}

struct known *known_image(struct known_images *known, uint64_t hash,
                          bool *is_new)
{
    struct known *at;

    if (2 * known->n >= known->n_slots)
        widen(known);
    at = slot(known->at, known->n_slots, hash);
    *is_new = at->hash == 0;
    if (*is_new) {
        at->hash = hash;
        known->n++;
    }
    return at;
}

void known_forget(struct known_images *known)
{
    free(known->at);
    known->at = NULL;
    known->n_slots = 0;
    known->n = 0;
}
