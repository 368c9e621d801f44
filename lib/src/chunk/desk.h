/* desk.h - what a worker needs for itself to make chunks: scratch of the codec
 * and of the statistics, and to read them, memory for a frame and its chunk.
 * The owner's desk is the pool's; the others are made with the workers, or when
 * the first value is read, so that a job allocates nothing.
 */
#ifndef VS_CHUNK_DESK_H
#define VS_CHUNK_DESK_H

#include <stdint.h>

#include "base/workers.h"
#include "codec/digest.h"
#include "codec/frame.h"
#include "tensor/stats.h"
#include "varstore/tensor.h"

struct vs__db;
struct vs__readers;

struct vs__desk {
    struct vs__coder *coder; /* scratch of the codec */
    struct vs__tally *tally; /* scratch of the statistics */
    /* Of the others alone, and only once something is read: */
    uint8_t *frame; /* scratch: one frame */
    uint8_t *raw;   /* scratch: one chunk */
    uint8_t *base;  /* scratch: the base of a delta; made at need */
};

/* False when memory ran out; what there is goes with vs__desk_done. */
bool vs__desk_init(struct vs__desk *desk, size_t chunk_bytes);
void vs__desk_done(struct vs__desk *desk);

/* A chunk ready to be put. */
struct vs__encoded {
    struct vs__digest digest;
    vs_dtype dtype;
    size_t raw_bytes;
    const uint8_t *frame; /* borrowed, as is the histogram */
    size_t frame_bytes;
    vs_stats stats;
    const uint8_t *histogram;
    size_t histogram_bytes;
    int64_t base; /* the chunk that it differs from; 0: none */
};

/* Bytes of the floats in an element; 0 if it is none, or one of a byte, which
 * has no planes to be parted into. */
size_t vs__desk_floats(vs_dtype dtype);

/* Counts and encodes `n` raw bytes, and digests them unless `digest` is given.
 * The frame is made in `memory` (vs__frame_room bytes, aligned to 64), or with
 * NULL in the coder's, until its next use; `histogram` holds
 * VS__HISTOGRAM_MAX. */
void vs__desk_encode(struct vs__desk *desk, vs_dtype dtype, const void *raw,
                     size_t n, const struct vs__digest *digest, void *memory,
                     uint8_t *histogram, struct vs__encoded *out);

/* Workers, and a desk for each number that jobs are run under. */
struct vs__desks {
    struct vs__workers *workers;         /* owned */
    struct vs__readers *readers;         /* [i - 1] is desk i's; or NULL */
    size_t chunk_bytes;                  /* raw bytes of the largest chunk */
    struct vs__desk at[VS__WORKERS_MAX]; /* [0] is borrowed */
};

/* For `n` workers, the owner included, whose desk is `own`. NULL when memory
 * ran out. */
struct vs__desks *vs__desks_new(int n, const struct vs__desk *own,
                                size_t chunk_bytes);
void vs__desks_free(struct vs__desks *desks);

/* Makes what the workers need to read, and, if `bases`, to read deltas. False
 * when memory ran out. */
bool vs__desks_ready(struct vs__desks *desks, struct vs__db *db, bool bases);

/* A chunk that is to be read. */
struct vs__wanted {
    int64_t chunk;
    size_t raw_bytes;
    struct vs__digest digest;
    int64_t base; /* the chunk that it differs from; 0: none */
    struct vs__digest base_digest;
};

/* Decodes a chunk to `out` on desk `i`, which is not the owner's. False if it
 * was not to be had: then the owner must. What has the digest that is wanted
 * is what is wanted, whichever state of the store it was read from. */
bool vs__desk_load(struct vs__desks *desks, int i,
                   const struct vs__wanted *wanted, void *out);

#endif
