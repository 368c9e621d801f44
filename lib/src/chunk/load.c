/* load.c - see load.h. */
#include "chunk/load.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "db/blob.h"
#include "db/db.h"
#include "db/stmt.h"

vs_status vs__pool_row(struct vs__pool *pool, int64_t chunk,
                       struct vs__chunk_row *out)
{
    static const char sql[] =
        "SELECT digest, dtype, raw_bytes, refs, frame_bytes, base FROM chunk "
        "WHERE id = $1";
    vs_error *err = vs__db_error(pool->db);
    size_t n = 0;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, chunk);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        const void *digest = vs__column_blob(s, 0, &n);

        out->dtype = vs__column_i64(s, 1);
        out->raw_bytes = vs__column_i64(s, 2);
        out->refs = vs__column_i64(s, 3);
        out->frame_bytes = vs__column_i64(s, 4);
        out->base = vs__column_i64(s, 5); /* NULL reads as 0 */
        if (n == VS__DIGEST_BYTES)
            memcpy(out->digest.bytes, digest, n);
        else
            st = vs__fail(err, VS_ERR_CORRUPT,
                          "chunk %lld: a digest of %zu bytes, want %d",
                          (long long)chunk, n, VS__DIGEST_BYTES);
    } else if (st == VS_DONE) {
        st = vs__fail(err, VS_ERR_CORRUPT,
                      "chunk %lld: it is used, but has no row",
                      (long long)chunk);
    }
    vs__stmt_reset(s);
    return st;
}

/* Damage that was found on the way to a chunk need not tell which chunk that
 * was for: it is said here. */
static vs_status blame(struct vs__pool *pool, int64_t chunk, const char *part,
                       vs_status st)
{
    vs_error *err = vs__db_error(pool->db);
    vs_error why;

    if (st != VS_ERR_CORRUPT)
        return st;
    why = *err;
    return vs__fail(err, st, "chunk %lld: %s%s", (long long)chunk, part,
                    why.message);
}

vs_status vs__pool_base_row(struct vs__pool *pool, int64_t chunk,
                            const struct vs__chunk_row *row,
                            struct vs__chunk_row *out)
{
    vs_error *err = vs__db_error(pool->db);
    vs_status st = vs__pool_row(pool, row->base, out);

    if (st == VS_OK && out->base != 0)
        st = vs__fail(err, VS_ERR_CORRUPT, "chunk %lld has a base itself",
                      (long long)row->base);
    if (st == VS_OK &&
        (out->dtype != row->dtype || out->raw_bytes != row->raw_bytes))
        st = vs__fail(err, VS_ERR_CORRUPT,
                      "chunk %lld has %lld bytes of dtype %lld, want %lld of "
                      "dtype %lld",
                      (long long)row->base, (long long)out->raw_bytes,
                      (long long)out->dtype, (long long)row->raw_bytes,
                      (long long)row->dtype);
    return blame(pool, chunk, "its base: ", st);
}

/* Goes to the frame of a chunk. */
static vs_status seek_frame(struct vs__pool *pool, int64_t chunk, size_t *n)
{
    vs_status st = VS_OK;

    if (pool->frames == NULL)
        st = vs__blob_open(pool->db, "frame", "bytes", &pool->frames);
    if (st == VS_OK)
        st = vs__blob_seek(pool->frames, chunk, n);
    if (st == VS_OK && *n > pool->frame_cap)
        st = vs__fail(vs__db_error(pool->db), VS_ERR_CORRUPT,
                      "a frame of %zu bytes, at most %zu can be", *n,
                      pool->frame_cap);
    return st;
}

/* Reads raw bytes to where they belong, if the frame is no more than that.
 * What is not as it should be is left to be decoded, and told. */
static vs_status read_plain(struct vs__pool *pool, size_t frame_bytes,
                            void *out, size_t n,
                            const struct vs__digest *digest, bool *done)
{
    struct vs__digest got;
    vs_status st;

    *done = false;
    if (frame_bytes != VS__FRAME_HEADER + n)
        return VS_OK;
    st = vs__blob_read(pool->frames, 0, pool->frame, VS__FRAME_HEADER);
    if (st != VS_OK || !vs__frame_plain(pool->frame, frame_bytes, n, digest))
        return st;
    st = vs__blob_read(pool->frames, VS__FRAME_HEADER, out, n);
    if (st == VS_OK) {
        got = vs__digest_of(out, n);
        *done = vs__digest_equal(&got, digest);
    }
    return st;
}

/* Decodes the frame of a chunk whose digest is known; `base` is NULL if it is
 * no delta. */
static vs_status decode_frame(struct vs__pool *pool, int64_t chunk,
                              const struct vs__frame_base *base, void *out,
                              size_t n, const struct vs__digest *digest)
{
    vs_error *err = vs__db_error(pool->db);
    size_t frame_bytes = 0;
    bool done = false;
    vs_status st = seek_frame(pool, chunk, &frame_bytes);

    if (st == VS_OK && base == NULL)
        st = read_plain(pool, frame_bytes, out, n, digest, &done);
    if (st == VS_OK && done)
        return VS_OK;
    if (st == VS_OK)
        st = vs__blob_read(pool->frames, 0, pool->frame, frame_bytes);
    if (st == VS_OK && base == NULL)
        st = vs__frame_decode(pool->desk.coder, pool->frame, frame_bytes, out,
                              n, digest, err);
    else if (st == VS_OK)
        st = vs__frame_decode_delta(pool->desk.coder, pool->frame, frame_bytes,
                                    base, out, n, digest, err);
    return blame(pool, chunk, "", st);
}

vs_status vs__load_base(struct vs__pool *pool, int64_t chunk,
                        const struct vs__chunk_row *row,
                        struct vs__frame_base *out)
{
    if (pool->base == NULL &&
        (pool->base = vs__alloc_aligned(64, pool->chunk_bytes)) == NULL)
        return vs__fail_nomem(vs__db_error(pool->db));
    out->raw = pool->base;
    out->digest = row->digest;
    return decode_frame(pool, chunk, NULL, pool->base, (size_t)row->raw_bytes,
                        &row->digest);
}

vs_status vs__load(struct vs__pool *pool, int64_t chunk,
                   const struct vs__chunk_row *row, void *out)
{
    struct vs__chunk_row base_row;
    struct vs__frame_base base;
    vs_status st = VS_OK;

    if (row->base != 0 &&
        (st = vs__pool_base_row(pool, chunk, row, &base_row)) == VS_OK)
        st = blame(pool, chunk, "its base: ",
                   vs__load_base(pool, row->base, &base_row, &base));
    if (st != VS_OK)
        return st;
    return decode_frame(pool, chunk, row->base != 0 ? &base : NULL, out,
                        (size_t)row->raw_bytes, &row->digest);
}

vs_status vs__pool_digest(struct vs__pool *pool, int64_t chunk,
                          struct vs__digest *out)
{
    struct vs__chunk_row row = {0};
    vs_status st = vs__pool_row(pool, chunk, &row);

    if (st == VS_OK)
        *out = row.digest;
    return st;
}

vs_status vs__pool_row_of(struct vs__pool *pool, int64_t chunk, vs_dtype dtype,
                          size_t n, struct vs__chunk_row *out)
{
    vs_status st = vs__pool_row(pool, chunk, out);

    if (st != VS_OK)
        return st;
    if (out->dtype != (int64_t)dtype || out->raw_bytes != (int64_t)n)
        return vs__fail(vs__db_error(pool->db), VS_ERR_CORRUPT,
                        "chunk %lld: has %lld bytes of dtype %lld, want %zu of "
                        "dtype %d",
                        (long long)chunk, (long long)out->raw_bytes,
                        (long long)out->dtype, n, (int)dtype);
    return VS_OK;
}

vs_status vs__pool_get(struct vs__pool *pool, int64_t chunk, vs_dtype dtype,
                       void *out, size_t n, struct vs__digest *digest)
{
    struct vs__chunk_row row = {0};
    vs_status st = vs__pool_row_of(pool, chunk, dtype, n, &row);

    if (st == VS_OK)
        st = vs__load(pool, chunk, &row, out);
    if (st == VS_OK && digest != NULL)
        *digest = row.digest;
    return st;
}

void vs__pool_rest(struct vs__pool *pool)
{
    vs__blob_close(pool->frames);
    pool->frames = NULL;
}
