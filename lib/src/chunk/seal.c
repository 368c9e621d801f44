/* seal.c - see seal.h. */
#include "chunk/seal.h"

#include <string.h>

#include "base/endian.h"
#include "db/stmt.h"

#define N_NUMBERS 11
#define N_REALS   4

/* Zeros have no sign in it: SQLite keeps none. */
static struct vs__digest record_of(const struct vs__digest *digest,
                                   const int64_t numbers[N_NUMBERS],
                                   const double reals[N_REALS],
                                   const void *histogram, size_t n)
{
    struct vs__digest record = *digest;
    uint8_t bytes[8 * (N_NUMBERS + N_REALS)];

    for (size_t i = 0; i < N_NUMBERS; i++)
        vs__store64(bytes + 8 * i, (uint64_t)numbers[i]);
    for (size_t i = 0; i < N_REALS; i++) {
        const double real = reals[i] + 0.0;
        uint64_t bits;

        memcpy(&bits, &real, sizeof bits);
        vs__store64(bytes + 8 * (N_NUMBERS + i), bits);
    }
    vs__digest_chain(&record, bytes, sizeof bytes);
    if (n <= VS__CHAIN_ITEM_MAX)
        vs__digest_chain(&record, histogram, n);
    return record;
}

struct vs__digest vs__chunk_record(const struct vs__encoded *e,
                                   const struct vs__frame_info *info,
                                   int64_t tie)
{
    const int64_t numbers[N_NUMBERS] = {
        e->dtype,
        (int64_t)e->raw_bytes,
        tie,
        e->base,
        info->codec,
        info->filter,
        (int64_t)e->frame_bytes,
        e->stats.count,
        e->stats.zeros,
        e->stats.nans,
        e->stats.infs,
    };
    const double reals[N_REALS] = {e->stats.min, e->stats.max, e->stats.mean,
                                   e->stats.m2};

    return record_of(&e->digest, numbers, reals, e->histogram,
                     e->histogram_bytes);
}

bool vs__chunk_row_record(struct vs__stmt *s, int i, struct vs__digest *out)
{
    struct vs__digest digest;
    int64_t numbers[N_NUMBERS];
    double reals[N_REALS];
    size_t n = 0;
    const void *bytes = vs__column_blob(s, i, &n);

    if (n != VS__DIGEST_BYTES)
        return false;
    memcpy(digest.bytes, bytes, n);
    for (int k = 0; k < N_NUMBERS; k++)
        numbers[k] = vs__column_i64(s, i + 1 + k); /* NULL reads as 0 */
    i += 1 + N_NUMBERS;
    for (int k = 0; k < N_REALS; k++)
        reals[k] = vs__column_f64(s, i + k);
    i += N_REALS;
    bytes = vs__column_blob(s, i, &n);
    *out = record_of(&digest, numbers, reals, bytes, n);
    return true;
}

bool vs__chunk_intact(struct vs__stmt *s, int i)
{
    struct vs__digest record;
    const void *bytes;
    size_t n = 0;

    if (!vs__chunk_row_record(s, i, &record))
        return false;
    bytes = vs__column_blob(s, i + VS__N_CHUNK_COLUMNS - 1, &n);
    return n == VS__DIGEST_BYTES && memcmp(bytes, record.bytes, n) == 0;
}
