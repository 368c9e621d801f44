/* blocks.h - a selection of a tensor, a few MiB at a time.
 *
 * The blocks follow each other in row-major order, so that what they hold can
 * be printed, written or compared as one stream.
 */
#ifndef CLI_BLOCKS_H
#define CLI_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/tensor.h"

/* Raw bytes of one block at most: a few chunks, so that few are read twice. */
#define BLOCK_RAW_BYTES (4 << 20)

struct blocks {
    vs_slice all;              /* what is walked */
    int split;                 /* the axis that blocks cut; those before it
                                  are walked one index at a time */
    int64_t rows;              /* indices of that axis in a block */
    int64_t done[VS_MAX_RANK]; /* indices of each axis already walked */
    bool over;                 /* there is no more */
};

/* Blocks of at most `max_elements` (1 or more). */
void blocks_init(struct blocks *b, const vs_slice *slice, int64_t max_elements);

/* The next block and how many elements it has; false past the last. */
bool blocks_next(struct blocks *b, vs_slice *out, int64_t *n);

/* The longest slice that is the elements [first, first + k) in row-major order
 * with k <= n; returns k, at least 1 for a non-empty shape and n >= 1. */
int64_t blocks_run(const vs_shape *shape, int64_t first, int64_t n,
                   vs_slice *out);

#endif
