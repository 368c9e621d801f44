/* base.h - which chunk a new one is told by its differences from, if any.
 *
 * A chunk that is kept as a delta needs its base for ever: a base counts the
 * deltas among its users. It is never a delta itself, so deltas stand around
 * their base like a star: whatever is read takes two frames at most, and any
 * delta can go without the others. All calls run inside the caller's
 * transaction.
 */
#ifndef VS_CHUNK_BASE_H
#define VS_CHUNK_BASE_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk/pool.h"

/* Whether the chunks of a new version may be deltas, and from what. */
struct vs__deltas {
    bool wanted;      /* false: the rest means nothing */
    int64_t previous; /* the version before; 0: none */
    bool goes;        /* it goes when the new one is current */
    int64_t base;     /* the version to differ from; 0: the store chooses */
};

/* The same for one chunk. */
struct vs__delta {
    int64_t asked;    /* the chunk to differ from, or its base; 0: not told */
    int64_t previous; /* the chunk that was in this place before; 0: none */
    bool goes;        /* it loses a user when the new version is current */
};

/* What a chunk at a place of a new version may differ from, if deltas are
 * wanted. VS_ERR_CORRUPT. */
vs_status vs__delta_at(struct vs__pool *pool, const struct vs__deltas *deltas,
                       int64_t ordinal, struct vs__delta *out);

/* Gives the base for a chunk that was encoded whole, its row, and the bytes
 * that a delta may take at most; base 0 if there is none that is worth it.
 * VS_ERR_CORRUPT. */
vs_status vs__base_choose(struct vs__pool *pool, const struct vs__delta *delta,
                          const struct vs__encoded *whole, int64_t *base,
                          struct vs__chunk_row *row, size_t *most);

#endif
