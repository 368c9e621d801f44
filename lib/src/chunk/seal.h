/* seal.h - the record of a chunk's row: is the row what was written?
 *
 * It is over all that the row tells of the chunk and its frame, statistics
 * included, but not over its id and its count of users. lib/FORMAT.md has its
 * bytes.
 */
#ifndef VS_CHUNK_SEAL_H
#define VS_CHUNK_SEAL_H

#include <stdbool.h>

#include "chunk/pool.h"

struct vs__stmt;

/* The record of a chunk that is being put under this tie. */
struct vs__digest vs__chunk_record(const struct vs__encoded *e,
                                   const struct vs__frame_info *info,
                                   int64_t tie);

/* The columns of a chunk, which stands as `c` in the statement, that its record
 * is over, and the record. */
#define VS__CHUNK_COLUMNS                                                \
    "c.digest, c.dtype, c.raw_bytes, c.tie, c.base, c.codec, c.filter, " \
    "c.frame_bytes, c.n_numbers, c.n_zeros, c.n_nans, c.n_infs, c.min, " \
    "c.max, c.mean, c.m2, c.histogram, c.record"

#define VS__N_CHUNK_COLUMNS 18

/* The record that a row should have whose columns stand from `i` on. False:
 * its digest is none. */
bool vs__chunk_row_record(struct vs__stmt *s, int i, struct vs__digest *out);

/* Is the record right, if these columns stand from `i` on? */
bool vs__chunk_intact(struct vs__stmt *s, int i);

#endif
