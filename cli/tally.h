/* tally.h - statistics and histogram of elements that stream by, as a store
 * keeps them with its chunks; and a histogram as one line of a terminal.
 */
#ifndef CLI_TALLY_H
#define CLI_TALLY_H

#include <stdint.h>

#include "mem.h"
#include "varstore/tensor.h"
#include "varstore/variable.h"

#define TALLY_EXPONENTS 2098 /* 2^-1074 .. 2^1023 */

struct tally {
    vs_stats stats;
    int64_t negative[TALLY_EXPONENTS]; /* by exponent + 1074 */
    int64_t positive[TALLY_EXPONENTS];
};

void tally_init(struct tally *t);

/* Adds `n` elements. */
void tally_add(struct tally *t, vs_dtype dtype, const void *src, int64_t n);

/* The non-empty buckets as vs_variable_histogram gives them; returns how
 * many. `out` holds VS_BUCKETS_MAX. */
int tally_buckets(const struct tally *t, vs_bucket *out);

/* How many of `dtype`'s numbers make an element: 2 for complex, else 1; and
 * the dtype of one of them. */
int complex_parts(vs_dtype dtype);
vs_dtype complex_part(vs_dtype dtype);

/* Appends a histogram of `bins` columns between min and max: the buckets'
 * counts, spread evenly within each power of two, zeros in their own place. */
void spark_add(struct text *out, const vs_stats *stats,
               const vs_bucket *buckets, int n_buckets, int bins);

#endif
