/* state_items.h - the tensors of a state, each beside what the store has under
 * its name, and which of them are the same.
 *
 * A tensor whose variable is partitioned becomes as many items as that has
 * parts: each takes its slice of the tensor's memory, and nobody behind this
 * needs to know.
 */
#ifndef VS_SERVICE_STATE_ITEMS_H
#define VS_SERVICE_STATE_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunk/encoder.h"
#include "model/value.h"
#include "service/meter.h"
#include "varstore/state.h"

struct vs__state_item {
    const vs_state_item *given; /* it is that, or a part of that; borrowed */
    vs_view view;               /* its memory, the caller's */
    struct vs__kind_of_value
        kind;                    /* of the variable; its id 0: there is none */
    int64_t version;             /* that it shows; 0: none */
    vs_state_difference differs; /* as far as is known */
    struct vs__digest chain;     /* over the chunks compared so far */
    bool going;                  /* all of these were the same */
};

struct vs__state {
    vs_store *store;            /* borrowed */
    const vs_state_item *given; /* n_given of them; borrowed */
    size_t n_given;
    struct vs__state_item *items; /* n of them, in the order of those given;
                                     owned */
    size_t n;
    size_t cap;               /* items that there is memory for */
    int64_t checkpoint;       /* to look into; 0: what is current */
    struct vs__meter meter;   /* of raw bytes */
    struct vs__encoder *line; /* borrowed from the pool; or NULL */
};

/* Checks names and views. VS_ERR_MISUSE, VS_ERR_SHAPE, VS_ERR_DTYPE,
 * VS_ERR_NOMEM. */
vs_status vs__state_init(struct vs__state *s, vs_store *store,
                         const vs_state_item *items, size_t n,
                         int64_t checkpoint, const vs_progress *progress);
void vs__state_done(struct vs__state *s);

/* Raw bytes of an item. */
int64_t vs__state_bytes(const struct vs__state_item *item);

/* Looks up each tensor and makes the items, inside the caller's transaction:
 * `differs` is MISSING, RESHAPED or CHANGED. VS_ERR_NAME, VS_ERR_NOTFOUND: the
 * checkpoint; VS_ERR_NOMEM. */
vs_status vs__state_find(struct vs__state *s);

/* Looks again; `*moved` tells whether any tensor leads to other variables or
 * versions than before. The items stay as they are. */
vs_status vs__state_confirm(struct vs__state *s, bool *moved);

/* Words for an item that is missing or reshaped. */
vs_status vs__state_refuse(struct vs__state *s,
                           const struct vs__state_item *item);

/* Of the items that were CHANGED, finds those that are the SAME, inside the
 * caller's transaction, and counts them as done. Borrows an encoder, which must
 * not be there yet. VS_ERR_CANCELLED, VS_ERR_NOMEM. */
vs_status vs__state_compare(struct vs__state *s);

/* A chunk of an item, as it is fed; nothing is said of what was there before. */
struct vs__fed vs__state_chunk(const struct vs__state_item *item,
                               int64_t ordinal);

#endif
