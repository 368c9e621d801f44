/* pool.c - see pool.h.
 *
 * A chunk is found by its typed digest. XXH3 is no proof against somebody who
 * makes collisions on purpose, so a hit is decoded and compared; unequal bytes
 * get the next tie under the same digest.
 */
#include "chunk/pool.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/never.h"
#include "chunk/base.h"
#include "chunk/count.h"
#include "chunk/encoder.h"
#include "chunk/load.h"
#include "chunk/loader.h"
#include "chunk/seal.h"
#include "db/blob.h"
#include "db/db.h"
#include "db/stmt.h"
#include "db/txn.h"

#define IDLE_MOST ((size_t)8 << 20) /* bytes: a million chunks */

void vs__pool_init(struct vs__pool *pool, struct vs__db *db, size_t chunk_bytes)
{
    memset(pool, 0, sizeof *pool);
    pool->db = db;
    pool->chunk_bytes = chunk_bytes;
    pool->threads = 1;
    vs__buf_init(&pool->idle, IDLE_MOST);
}

void vs__pool_done(struct vs__pool *pool)
{
    vs__pool_rest(pool);
    vs__encoder_free(pool->encoder);
    vs__loader_free(pool->loader);
    vs__desks_free(pool->desks);
    vs__desk_done(&pool->desk);
    vs__free(pool->histogram);
    vs__free(pool->raw);
    vs__free(pool->other);
    vs__free(pool->gathered);
    vs__free(pool->base);
    vs__free(pool->frame);
    vs__buf_done(&pool->idle);
    memset(pool, 0, sizeof *pool);
}

vs_status vs__pool_ready(struct vs__pool *pool)
{
    if (pool->frame != NULL)
        return VS_OK;
    pool->frame_cap = VS__FRAME_HEADER + pool->chunk_bytes;
    if (!vs__desk_init(&pool->desk, pool->chunk_bytes) ||
        (pool->histogram == NULL &&
         (pool->histogram = vs__alloc(VS__HISTOGRAM_MAX)) == NULL) ||
        (pool->raw == NULL &&
         (pool->raw = vs__alloc_aligned(64, pool->chunk_bytes)) == NULL) ||
        (pool->other == NULL &&
         (pool->other = vs__alloc_aligned(64, pool->chunk_bytes)) == NULL) ||
        (pool->gathered == NULL &&
         (pool->gathered = vs__alloc_aligned(64, pool->chunk_bytes)) == NULL) ||
        (pool->frame = vs__alloc(pool->frame_cap)) == NULL)
        return vs__fail_nomem(vs__db_error(pool->db));
    return VS_OK;
}

struct vs__desks *vs__pool_desks(struct vs__pool *pool)
{
    if (vs__pool_ready(pool) != VS_OK)
        return NULL;
    if (pool->desks == NULL)
        pool->desks =
            vs__desks_new(pool->threads, &pool->desk, pool->chunk_bytes);
    if (pool->desks == NULL)
        (void)vs__fail_nomem(vs__db_error(pool->db));
    return pool->desks;
}

void vs__pool_encode(struct vs__pool *pool, vs_dtype dtype, const void *raw,
                     size_t n, struct vs__encoded *out)
{
    vs__desk_encode(&pool->desk, dtype, raw, n, NULL, NULL, pool->histogram,
                    out);
}

static vs_status insert_row(struct vs__pool *pool, const struct vs__encoded *e,
                            int64_t tie, int64_t *out)
{
    static const char sql[] =
        "INSERT INTO chunk (digest, dtype, raw_bytes, tie, refs, base, codec,"
        " filter, frame_bytes, n_numbers, n_zeros, n_nans, n_infs, min, max, "
        "mean, m2,"
        " histogram, record) VALUES ($1, $2, $3, $4, " VS__USERS
        ", $5, $6, $7, $8, $9,"
        " $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    struct vs__digest record;
    struct vs__frame_info info;
    struct vs__stmt *s;
    vs_status st =
        vs__frame_info(e->frame, e->frame_bytes, &info, vs__db_error(pool->db));

    if (vs__never(st != VS_OK)) /* it has just been encoded */
        return st;
    if ((st = vs__stmt_get(pool->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_blob(s, 1, e->digest.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 2, e->dtype);
    vs__bind_i64(s, 3, (int64_t)e->raw_bytes);
    vs__bind_i64(s, 4, tie);
    if (e->base != 0)
        vs__bind_i64(s, 5, e->base);
    else
        vs__bind_null(s, 5);
    vs__bind_i64(s, 6, info.codec);
    vs__bind_i64(s, 7, info.filter);
    vs__bind_i64(s, 8, (int64_t)e->frame_bytes);
    vs__bind_i64(s, 9, e->stats.count);
    vs__bind_i64(s, 10, e->stats.zeros);
    vs__bind_i64(s, 11, e->stats.nans);
    vs__bind_i64(s, 12, e->stats.infs);
    vs__bind_f64(s, 13, e->stats.min);
    vs__bind_f64(s, 14, e->stats.max);
    vs__bind_f64(s, 15, e->stats.mean);
    vs__bind_f64(s, 16, e->stats.m2);
    vs__bind_blob(s, 17, e->histogram, e->histogram_bytes);
    record = vs__chunk_record(e, &info, tie);
    vs__bind_blob(s, 18, record.bytes, VS__DIGEST_BYTES);
    if ((st = vs__stmt_run(s)) == VS_OK)
        *out = vs__db_last_id(pool->db);
    return st;
}

static vs_status insert_frame(struct vs__pool *pool, int64_t chunk,
                              const struct vs__encoded *e)
{
    static const char sql[] =
        "INSERT INTO frame (chunk, bytes) VALUES ($1, $2)";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, chunk);
    vs__bind_blob(s, 2, e->frame, e->frame_bytes);
    return vs__stmt_run(s);
}

static vs_status insert(struct vs__pool *pool, const struct vs__encoded *e,
                        int64_t tie, int64_t *out)
{
    int64_t chunk = 0;
    vs_status st = insert_row(pool, e, tie, &chunk);

    if (st == VS_OK)
        st = insert_frame(pool, chunk, e);
    if (st == VS_OK && e->base != 0)
        st = vs__pool_ref(pool, e->base);
    if (st == VS_OK)
        *out = chunk;
    return st;
}

/* The chunk with the row's key and this tie, 0 if there is none, and its base.
 */
static vs_status lookup(struct vs__pool *pool, struct vs__chunk_row *row,
                        int64_t tie, int64_t *out)
{
    static const char sql[] =
        "SELECT id, base FROM chunk WHERE digest = $1 AND "
        "dtype = $2 AND raw_bytes = $3 AND tie = $4";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_blob(s, 1, row->digest.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 2, row->dtype);
    vs__bind_i64(s, 3, row->raw_bytes);
    vs__bind_i64(s, 4, tie);
    *out = 0;
    if ((st = vs__stmt_step(s)) == VS_OK) {
        *out = vs__column_i64(s, 0);
        row->base = vs__column_i64(s, 1); /* NULL reads as 0 */
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* Looks for a chunk with exactly these raw bytes. Gives it, or 0 and the tie
 * that a new one would get. Compares in `other`. */
static vs_status find(struct vs__pool *pool, const struct vs__digest *digest,
                      vs_dtype dtype, const void *raw, size_t n,
                      int64_t previous, int64_t *chunk, int64_t *tie)
{
    struct vs__chunk_row row = {
        .digest = *digest, .dtype = dtype, .raw_bytes = (int64_t)n};

    for (*tie = 0;; ++*tie) {
        vs_status st = lookup(pool, &row, *tie, chunk);

        if (st != VS_OK || *chunk == 0 || *chunk == previous)
            return st;
        if ((st = vs__load(pool, *chunk, &row, pool->other)) != VS_OK)
            return st;
        if (memcmp(pool->other, raw, n) == 0)
            return VS_OK;
    }
}

/* Tries to make a delta of what is encoded whole; where that does not pay it
 * stays what it is. A base that is damaged is no base, unless it was asked
 * for. */
static vs_status try_delta(struct vs__pool *pool, const struct vs__delta *delta,
                           const void *raw, struct vs__encoded *e)
{
    const size_t width = vs__desk_floats(e->dtype);
    const size_t element = vs_dtype_size(e->dtype);
    struct vs__chunk_row row;
    struct vs__frame_base base;
    int64_t chunk = 0;
    size_t most = 0;
    vs_status st;

    if (width == 0)
        return VS_OK;
    st = vs__base_choose(pool, delta, e, &chunk, &row, &most);
    if (st == VS_OK && chunk != 0)
        st = vs__load_base(pool, chunk, &row, &base);
    if (st == VS_ERR_CORRUPT && delta->asked == 0) {
        vs__clear(vs__db_error(pool->db));
        return VS_OK;
    }
    if (st != VS_OK || chunk == 0)
        return st;
    memcpy(pool->frame, e->frame, e->frame_bytes);
    e->frame = pool->frame;
    if (vs__frame_encode_delta(pool->desk.coder, raw, e->raw_bytes, element,
                               width, &e->digest, &base, most, &e->frame,
                               &e->frame_bytes))
        e->base = chunk;
    return VS_OK;
}

static vs_status put(struct vs__pool *pool, const struct vs__digest *digest,
                     vs_dtype dtype, const void *raw, size_t n,
                     int64_t previous, const struct vs__delta *delta,
                     int64_t *out)
{
    struct vs__encoded e;
    int64_t chunk = 0;
    int64_t tie = 0;
    vs_status st;

    assert(n <= pool->chunk_bytes);
    st = find(pool, digest, dtype, raw, n, previous, &chunk, &tie);
    if (st != VS_OK)
        return st;
    if (chunk != 0) {
        if ((st = vs__pool_ref(pool, chunk)) == VS_OK)
            *out = chunk;
        return st;
    }
    vs__desk_encode(&pool->desk, dtype, raw, n, digest, NULL, pool->histogram,
                    &e);
    if (delta != NULL)
        st = try_delta(pool, delta, raw, &e);
    return st == VS_OK ? insert(pool, &e, tie, out) : st;
}

vs_status vs__pool_put(struct vs__pool *pool, vs_dtype dtype, const void *raw,
                       size_t n, int64_t previous, int64_t *out,
                       struct vs__digest *digest)
{
    *digest = vs__digest_of(raw, n);
    return put(pool, digest, dtype, raw, n, previous, NULL, out);
}

vs_status vs__pool_put_digested(struct vs__pool *pool,
                                const struct vs__digest *digest, vs_dtype dtype,
                                const void *raw, size_t n, int64_t *out)
{
    return put(pool, digest, dtype, raw, n, 0, NULL, out);
}

vs_status vs__pool_put_delta(struct vs__pool *pool, vs_dtype dtype,
                             const void *raw, size_t n,
                             const struct vs__delta *delta, int64_t *out,
                             struct vs__digest *digest)
{
    *digest = vs__digest_of(raw, n);
    return put(pool, digest, dtype, raw, n, delta->previous, delta, out);
}

vs_status vs__pool_put_encoded(struct vs__pool *pool,
                               const struct vs__encoded *encoded,
                               const void *raw, const struct vs__delta *delta,
                               int64_t *out, bool *is_new)
{
    struct vs__encoded e = *encoded;
    int64_t chunk = 0;
    int64_t tie = 0;
    vs_status st =
        find(pool, &e.digest, e.dtype, raw, e.raw_bytes, 0, &chunk, &tie);

    if (st != VS_OK)
        return st;
    *is_new = chunk == 0;
    if (chunk == 0) {
        if (delta != NULL)
            st = try_delta(pool, delta, raw, &e);
        return st == VS_OK ? insert(pool, &e, tie, out) : st;
    }
    if ((st = vs__pool_ref(pool, chunk)) == VS_OK)
        *out = chunk;
    return st;
}

vs_status vs__pool_has(struct vs__pool *pool, const struct vs__digest *digest,
                       vs_dtype dtype, size_t n, bool *out)
{
    struct vs__chunk_row row = {
        .digest = *digest, .dtype = dtype, .raw_bytes = (int64_t)n};
    int64_t chunk = 0;
    vs_status st = lookup(pool, &row, 0, &chunk);

    if (st == VS_OK)
        *out = chunk != 0;
    return st;
}

/* Runs a statement that must touch exactly the chunk given as $1. */
static vs_status on_chunk(struct vs__pool *pool, const char *sql, int64_t chunk)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, chunk);
    if ((st = vs__stmt_run(s)) != VS_OK)
        return st;
    if (vs__db_changes(pool->db) != 1)
        return vs__fail(vs__db_error(pool->db), VS_ERR_CORRUPT,
                        "chunk %lld: it is used, but has no row, or no count "
                        "of its users",
                        (long long)chunk);
    return VS_OK;
}

vs_status vs__pool_ref(struct vs__pool *pool, int64_t chunk)
{
    static const char sql[] = "UPDATE chunk SET refs = refs + " VS__USERS
                              " WHERE id = $1 AND " VS__IS_COUNT("refs");

    return on_chunk(pool, sql, chunk);
}

/* Deletes a chunk that has no users left; gives the base that it leaves, or 0.
 */
static vs_status drop(struct vs__pool *pool, int64_t chunk, int64_t *base)
{
    static const char drop_row[] =
        "DELETE FROM chunk WHERE id = $1 AND refs <= 0 RETURNING base";
    static const char drop_frame[] = "DELETE FROM frame WHERE chunk = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, drop_row, &s);

    *base = 0;
    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, chunk);
    if ((st = vs__stmt_step(s)) == VS_DONE) {
        vs__stmt_reset(s);
        return VS_OK;
    }
    if (st == VS_OK)
        *base = vs__column_i64(s, 0); /* NULL reads as 0 */
    if (st == VS_OK && (st = vs__stmt_step(s)) == VS_DONE)
        st = VS_OK;
    vs__stmt_reset(s);
    if (st != VS_OK)
        return st;
    vs__pool_rest(pool); /* a reader must not stand on a row that goes */
    return on_chunk(pool, drop_frame, chunk);
}

/* One user less, who may have been the last. */
static vs_status let_go(struct vs__pool *pool, int64_t chunk)
{
    static const char sql[] = "UPDATE chunk SET refs = refs - " VS__USERS
                              " WHERE id = $1 AND " VS__IS_COUNT("refs");

    return on_chunk(pool, sql, chunk);
}

/* Deletes a chunk without users, and its base if that has none then. */
static vs_status drop_all(struct vs__pool *pool, int64_t chunk)
{
    vs_status st = VS_OK;

    while (st == VS_OK && chunk != 0) {
        int64_t base = 0;

        if ((st = drop(pool, chunk, &base)) == VS_OK && base != 0)
            st = let_go(pool, base);
        chunk = base;
    }
    return st;
}

/* Space that is freed in a bulk transaction and used again in it would go to
 * the journal first. So it is freed at the end; without memory to remember
 * that, at once. */
vs_status vs__pool_unref(struct vs__pool *pool, int64_t chunk)
{
    const vs_status st = let_go(pool, chunk);

    if (st != VS_OK ||
        (vs__txn_bulk(pool->db) &&
         vs__buf_add(&pool->idle, &chunk, sizeof chunk) == VS_OK))
        return st;
    return drop_all(pool, chunk);
}

vs_status vs__pool_end(struct vs__pool *pool, vs_status st)
{
    for (size_t at = 0; at < pool->idle.len && st >= VS_OK;
         at += sizeof(int64_t)) {
        int64_t chunk;
        vs_status dropped;

        memcpy(&chunk, pool->idle.data + at, sizeof chunk);
        if ((dropped = drop_all(pool, chunk)) != VS_OK)
            st = dropped;
    }
    vs__buf_reset(&pool->idle);
    return st;
}
