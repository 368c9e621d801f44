/* check_chunks.c - chunks and their frames: the row against the frame's
 * header, and, if that is wanted, both against the bytes.
 *
 * Each chunk is looked at once. Whom a damaged one harms is found afterwards:
 * check_harm.h.
 */
#include "service/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "chunk/count.h"
#include "chunk/pool.h"
#include "chunk/seal.h"
#include "db/blob.h"
#include "service/check_harm.h"
#include "tensor/dtype.h"
#include "tensor/stats.h"

struct walk {
    struct vs__check *check; /* borrowed */
    struct vs__blob *frames; /* reader of frame.bytes, or NULL */
    struct vs__tally *tally; /* scratch */
    uint8_t *histogram;      /* scratch: VS__HISTOGRAM_MAX */
    struct vs__harms *harms; /* the damaged ones, and whom they harm */
};

/* What a chunk's row says; the columns are those of the schema. */
struct row {
    int64_t id;
    int64_t dtype;
    int64_t raw_bytes;
    int64_t refs;
    int64_t codec;
    int64_t filter;
    int64_t frame_bytes;
    int64_t base; /* 0: none */
    vs_stats stats;
    struct vs__digest digest;
    const uint8_t *histogram; /* borrowed until the next row */
    size_t histogram_bytes;
    bool whole;  /* the digest has its length */
    bool intact; /* the record is right */
};

static struct row read_row(struct vs__stmt *s)
{
    struct row row = {
        .id = vs__column_i64(s, 0),
        .dtype = vs__column_i64(s, 2),
        .raw_bytes = vs__column_i64(s, 3),
        .refs = vs__column_i64(s, 4),
        .codec = vs__column_i64(s, 5),
        .filter = vs__column_i64(s, 6),
        .frame_bytes = vs__column_i64(s, 7),
        .base = vs__column_i64(s, 17), /* NULL reads as 0 */
        .stats = {.count = vs__column_i64(s, 8),
                  .zeros = vs__column_i64(s, 9),
                  .nans = vs__column_i64(s, 10),
                  .infs = vs__column_i64(s, 11),
                  .min = vs__column_f64(s, 12),
                  .max = vs__column_f64(s, 13),
                  .mean = vs__column_f64(s, 14),
                  .m2 = vs__column_f64(s, 15)},
    };
    size_t n = 0;
    const void *digest = vs__column_blob(s, 1, &n);

    row.whole = n == VS__DIGEST_BYTES;
    if (row.whole)
        memcpy(row.digest.bytes, digest, n);
    row.histogram = vs__column_blob(s, 16, &row.histogram_bytes);
    row.intact = vs__chunk_intact(s, 18);
    return row;
}

/* What the row says must be possible. */
static vs_status check_row(struct walk *w, const struct row *row)
{
    vs_error *err = vs__store_words(w->check->store);
    const vs_stats *stats = &row->stats;
    const struct vs__dtype_info *info =
        row->dtype >= 1 && row->dtype <= VS_N_DTYPES
            ? vs__dtype_info((vs_dtype)row->dtype)
            : NULL;

    if (info == NULL || !row->whole || row->raw_bytes < 1 ||
        row->raw_bytes > w->check->store->chunk_bytes ||
        row->raw_bytes % (int64_t)info->size != 0 || row->refs < 1)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "chunk %lld: %lld bytes of dtype %lld with %lld users "
                        "cannot be",
                        (long long)row->id, (long long)row->raw_bytes,
                        (long long)row->dtype, (long long)row->refs / VS__USER);
    if (stats->count != row->raw_bytes / (int64_t)info->part ||
        stats->zeros < 0 || stats->zeros > stats->count || stats->nans < 0 ||
        stats->nans > stats->count || stats->infs < 0 ||
        stats->infs > stats->count - stats->nans)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "chunk %lld: statistics of %lld numbers cannot be "
                        "those of %lld bytes",
                        (long long)row->id, (long long)stats->count,
                        (long long)row->raw_bytes);
    return VS_OK;
}

/* Reads the header of a chunk's frame, whose bytes `*n` receives. A shorter
 * one is filled up with zeros. The reader is made anew after it has failed. */
static vs_status read_header(struct walk *w, int64_t chunk, uint8_t *header,
                             size_t *n)
{
    vs_status st = VS_OK;

    memset(header, 0, VS__FRAME_HEADER);
    if (w->frames == NULL)
        st = vs__blob_open(w->check->store->db, "frame", "bytes", &w->frames);
    if (st == VS_OK)
        st = vs__blob_seek(w->frames, chunk, n);
    if (st == VS_OK)
        st = vs__blob_read(w->frames, 0, header,
                           *n < VS__FRAME_HEADER ? *n : VS__FRAME_HEADER);
    if (st != VS_OK) {
        vs__blob_close(w->frames);
        w->frames = NULL;
    }
    return st;
}

/* Compares the frame's header with the row. */
static vs_status check_header(struct walk *w, const struct row *row)
{
    vs_error *err = vs__store_words(w->check->store);
    uint8_t header[VS__FRAME_HEADER];
    struct vs__frame_info info;
    vs_error why;
    size_t n = 0;
    vs_status st = read_header(w, row->id, header, &n);

    if (st != VS_OK)
        return st;
    if ((int64_t)n != row->frame_bytes)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "chunk %lld: a frame of %zu bytes, want %lld",
                        (long long)row->id, n, (long long)row->frame_bytes);
    if (vs__frame_info(header, n, &info, &why) != VS_OK)
        return vs__fail(err, VS_ERR_CORRUPT, "chunk %lld: %s",
                        (long long)row->id, why.message);
    if ((int64_t)info.codec == row->codec &&
        (int64_t)info.filter == row->filter &&
        info.element == vs_dtype_size((vs_dtype)row->dtype) &&
        (int64_t)info.raw_bytes == row->raw_bytes &&
        vs__digest_equal(&info.digest, &row->digest))
        return VS_OK;
    return vs__fail(err, VS_ERR_CORRUPT,
                    "chunk %lld: its frame says codec %d, filter %d, %zu bytes "
                    "in elements of %zu or another digest, want codec %lld, "
                    "filter %lld, %lld bytes in elements of %zu",
                    (long long)row->id, (int)info.codec, (int)info.filter,
                    info.raw_bytes, info.element, (long long)row->codec,
                    (long long)row->filter, (long long)row->raw_bytes,
                    vs_dtype_size((vs_dtype)row->dtype));
}

/* Deltas have a base, and others have none; the base is whole and of the same
 * kind. */
static vs_status check_base(struct walk *w, const struct row *row)
{
    const struct vs__chunk_row delta = {
        .dtype = row->dtype, .raw_bytes = row->raw_bytes, .base = row->base};
    vs_store *store = w->check->store;
    struct vs__chunk_row base;

    if ((row->base != 0) != (row->filter == VS__FILTER_DELTA))
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "chunk %lld: has base %lld under filter %lld",
                        (long long)row->id, (long long)row->base,
                        (long long)row->filter);
    return row->base != 0
               ? vs__pool_base_row(&store->pool, row->id, &delta, &base)
               : VS_OK;
}

/* Equal up to what another order of summing may change; to the bit with scale 0.
 */
static bool nearly(double a, double b, double scale)
{
    return a == b || fabs(a - b) <= 1e-6 * scale;
}

/* Of as many numbers, which was seen before. */
static bool same_stats(const vs_stats *a, const vs_stats *b)
{
    const double most = fmax(fabs(a->min), fabs(a->max));
    const double squares = 1e-9 * (double)a->count * most * most;

    if (a->zeros != b->zeros || a->nans != b->nans || a->infs != b->infs)
        return false;
    return nearly(a->min, b->min, 0) && nearly(a->max, b->max, 0) &&
           nearly(a->mean, b->mean, most) &&
           nearly(a->m2, b->m2, fabs(a->m2) + squares);
}

/* Decodes a chunk, which checks its digest, and counts its numbers again. */
static vs_status check_data(struct walk *w, const struct row *row)
{
    vs_store *store = w->check->store;
    const vs_dtype dtype = (vs_dtype)row->dtype;
    size_t n;
    vs_status st = vs__pool_get(&store->pool, row->id, dtype, store->pool.raw,
                                (size_t)row->raw_bytes, NULL);

    if (st != VS_OK) {
        vs__pool_rest(&store->pool); /* its reader may be broken */
        return st;
    }
    vs__tally_init(w->tally);
    vs__tally_add(w->tally, dtype, store->pool.raw,
                  row->raw_bytes / (int64_t)vs_dtype_size(dtype));
    n = vs__histogram_pack(w->tally, w->histogram);
    if (same_stats(&w->tally->stats, &row->stats) &&
        n == row->histogram_bytes &&
        (n == 0 || memcmp(w->histogram, row->histogram, n) == 0))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "chunk %lld: its statistics are not those of its numbers",
                    (long long)row->id);
}

/* Only the first damage of a chunk is told: others often follow from it. */
static vs_status check_chunk(struct walk *w, const struct row *row)
{
    const bool read = w->check->options.read_data;
    int64_t bytes = 0;
    vs_status st = check_row(w, row);

    if (st == VS_OK) {
        bytes = read ? row->raw_bytes : 0;
        st = check_header(w, row);
    }
    if (st == VS_OK)
        st = check_base(w, row);
    if (st == VS_OK && read)
        st = check_data(w, row);
    if (st == VS_OK && !row->intact)
        st = vs__fail(vs__store_words(w->check->store), VS_ERR_CORRUPT,
                      "chunk %lld: its row is not what was written",
                      (long long)row->id);
    if (st == VS_ERR_CORRUPT)
        st = vs__harms_add(w->harms, row->id);
    return st == VS_OK ? vs__check_tick(w->check, bytes) : st;
}

static vs_status check_all(struct walk *w)
{
    static const char sql[] =
        "SELECT id, digest, dtype, raw_bytes, refs, codec, filter, frame_bytes,"
        " n_numbers, n_zeros, n_nans, n_infs, min, max, mean, m2, histogram, "
        "base, " VS__CHUNK_COLUMNS " FROM chunk AS c ORDER BY id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(w->check->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const struct row row = read_row(s);

        w->check->report.n_chunks++;
        if ((st = check_chunk(w, &row)) != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__check_chunks(struct vs__check *c)
{
    struct walk w = {.check = c};
    vs_status st = vs__pool_ready(&c->store->pool);

    if (st != VS_OK)
        return st;
    w.tally = vs__alloc(sizeof *w.tally);
    w.histogram = vs__alloc(VS__HISTOGRAM_MAX);
    w.harms = vs__harms_new(c);
    if (w.tally == NULL || w.histogram == NULL || w.harms == NULL) {
        st = vs__fail_nomem(vs__store_words(c->store));
        goto out;
    }
    st = vs__check_absorb(c, 0, check_all(&w));
    if (st == VS_OK)
        st = vs__harms_tell(w.harms);
out:
    vs__blob_close(w.frames);
    vs__harms_free(w.harms);
    vs__free(w.histogram);
    vs__free(w.tally);
    return st;
}
