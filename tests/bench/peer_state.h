/* peer_state.h - the state that peers.py measures with, as bench_peer has it.
 *
 * It comes in a folder: `manifest` has a line for each tensor, its name, dtype
 * and dimensions ("layer/kernel f32 128 256"), and `values` has their elements,
 * one tensor after the other.
 */
#ifndef VS_BENCH_PEER_STATE_H
#define VS_BENCH_PEER_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/varstore.h"

struct peer_state {
    size_t n;            /* tensors */
    size_t bytes;        /* of all values */
    uint8_t *values;     /* what is saved */
    uint8_t *copy;       /* where it is loaded to, as many bytes */
    vs_state_item *from; /* n views of the values */
    vs_state_item *into; /* the same of the copy */
};

/* Whatever goes wrong ends the program. Free with peer_state_free. */
void peer_state_read(struct peer_state *s, const char *folder);
void peer_state_free(struct peer_state *s);

/* The tensor of a name, which must be there. */
size_t peer_state_find(const struct peer_state *s, const char *name);

/* Bytes of a tensor. */
size_t peer_item_bytes(const vs_state_item *item);

#endif
