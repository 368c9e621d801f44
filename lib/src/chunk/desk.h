/* desk.h - what a worker needs for itself to make chunks: scratch of the codec
 * and of the statistics. The owner's desk is the pool's; the others are made
 * with the workers, once, so that a job allocates nothing.
 */
#ifndef VS_CHUNK_DESK_H
#define VS_CHUNK_DESK_H

#include <stdint.h>

#include "base/workers.h"
#include "codec/digest.h"
#include "codec/frame.h"
#include "tensor/stats.h"
#include "varstore/tensor.h"

struct vs__desk {
    struct vs__coder *coder; /* scratch of the codec */
    struct vs__tally *tally; /* scratch of the statistics */
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

/* Counts and encodes `n` raw bytes whose digest is known. The frame is made in
 * `memory` (vs__frame_room bytes, aligned to 64), or with NULL in the coder's,
 * until its next use; `histogram` holds VS__HISTOGRAM_MAX. */
void vs__desk_encode(struct vs__desk *desk, vs_dtype dtype, const void *raw,
                     size_t n, const struct vs__digest *digest, void *memory,
                     uint8_t *histogram, struct vs__encoded *out);

/* Workers, and a desk for each number that jobs are run under. */
struct vs__desks {
    struct vs__workers *workers;         /* owned */
    struct vs__desk at[VS__WORKERS_MAX]; /* [0] is borrowed */
};

/* For `n` workers, the owner included, whose desk is `own`. NULL when memory
 * ran out. */
struct vs__desks *vs__desks_new(int n, const struct vs__desk *own,
                                size_t chunk_bytes);
void vs__desks_free(struct vs__desks *desks);

#endif
