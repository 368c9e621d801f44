/* known.h - images of the simulated disk that were looked at before: what is the
 * same to the last byte looks the same, and is not opened again.
 */
#ifndef VS_TEST_KNOWN_H
#define VS_TEST_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was found out about an image: bit i: it looks as after i steps. */
struct known {
    uint64_t hash; /* 0: free */
    unsigned after;
};

/* Zeroed: none. Open addressing. */
struct known_images {
    struct known *at;
    size_t n_slots; /* a power of two */
    size_t n;
};

/* The slot of an image, which is added if it was not there: `*is_new` tells.
 * Valid until the next call. `hash` is not 0. */
struct known *known_image(struct known_images *known, uint64_t hash,
                          bool *is_new);

/* Forgets all. */
void known_forget(struct known_images *known);

#endif
