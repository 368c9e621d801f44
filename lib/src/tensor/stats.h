/* stats.h - statistics and histogram of a run of elements, in one pass. */
#ifndef VS_TENSOR_STATS_H
#define VS_TENSOR_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/status.h"
#include "varstore/tensor.h"

/* Buckets by sign and by exponent of the value as a double: bucket
 * negative * VS__EXPONENTS + (exponent + 1074), exponent -1074 .. 1023. */
#define VS__EXPONENTS 2098
#define VS__BUCKETS   (2 * VS__EXPONENTS)

struct vs__tally {
    vs_stats stats;               /* of all that was added */
    int64_t buckets[VS__BUCKETS]; /* 33 KiB: on the heap */
};

/* Empties the tally. */
void vs__tally_init(struct vs__tally *t);

/* Adds `n` elements at any address. Exactness: counts, min and max are exact
 * (64-bit integers as doubles); mean and m2 agree with a two-pass computation
 * to about 1e-9 relative. */
void vs__tally_add(struct vs__tally *t, vs_dtype dtype, const void *src,
                   int64_t n);

/* Adds what another tally counted. */
void vs__tally_merge(struct vs__tally *into, const struct vs__tally *more);

#define VS__PACKED        6 /* bytes of a bucket in storage */
#define VS__HISTOGRAM_MAX (VS__BUCKETS * VS__PACKED)

/* The non-empty buckets as bytes for storage, ascending: u16 bucket, u32
 * count, little-endian each. `out` holds VS__HISTOGRAM_MAX; returns the bytes
 * used. A count above 2^32-1 asserts: chunks are smaller. */
size_t vs__histogram_pack(const struct vs__tally *t, uint8_t *out);

/* Adds stored bytes to a tally's buckets. VS_ERR_CORRUPT: not such bytes, and
 * nothing is added. */
vs_status vs__histogram_unpack(struct vs__tally *t, const uint8_t *bytes,
                               size_t n);

#endif
