/* list.c - see list.h. */
#include "chunk/list.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "chunk/seal.h"
#include "db/db.h"
#include "db/stmt.h"

void vs__chunk_list_init(struct vs__chunk_list *list)
{
    memset(list, 0, sizeof *list);
}

void vs__chunk_list_done(struct vs__chunk_list *list)
{
    vs__free(list->chunks);
    vs__chunk_list_init(list);
}

vs_status vs__chunk_list_add(struct vs__chunk_list *list, int64_t chunk,
                             const struct vs__digest *digest)
{
    int64_t *chunks =
        vs__grow(list->chunks, (size_t)list->n + 1, &list->cap, sizeof *chunks);

    if (chunks == NULL)
        return VS_ERR_NOMEM;
    list->chunks = chunks;
    list->chunks[list->n++] = chunk;
    vs__digest_chain(&list->chain, digest->bytes, VS__DIGEST_BYTES);
    return VS_OK;
}

vs_status vs__chunks_attach(struct vs__pool *pool, int64_t version,
                            const struct vs__chunk_list *list)
{
    static const char sql[] =
        "INSERT INTO version_chunk (version, ordinal, chunk) "
        "VALUES ($1, $2, $3)";
    struct vs__stmt *s;
    vs_status st = VS_OK;

    for (int64_t i = 0; i < list->n && st == VS_OK; i++) {
        if ((st = vs__stmt_get(pool->db, sql, &s)) != VS_OK)
            break;
        vs__bind_i64(s, 1, version);
        vs__bind_i64(s, 2, i);
        vs__bind_i64(s, 3, list->chunks[i]);
        st = vs__stmt_run(s);
    }
    return st;
}

vs_status vs__chunks_at(struct vs__pool *pool, int64_t version, int64_t ordinal,
                        int64_t *out)
{
    static const char sql[] = "SELECT chunk FROM version_chunk "
                              "WHERE version = $1 AND ordinal = $2";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    vs__bind_i64(s, 2, ordinal);
    st = vs__stmt_step(s);
    if (st == VS_OK)
        *out = vs__column_i64(s, 0);
    else if (st == VS_DONE)
        st = vs__fail(vs__db_error(pool->db), VS_ERR_CORRUPT,
                      "version %lld: its chunk %lld is missing",
                      (long long)version, (long long)ordinal);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__chunks_entry(struct vs__pool *pool, int64_t version,
                           int64_t ordinal, int64_t *out,
                           struct vs__digest *digest)
{
    static const char sql[] = "SELECT c.id, c.digest FROM version_chunk AS vc "
                              "JOIN chunk AS c ON c.id = vc.chunk "
                              "WHERE vc.version = $1 AND vc.ordinal = $2";
    size_t n = 0;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    vs__bind_i64(s, 2, ordinal);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        const void *bytes = vs__column_blob(s, 1, &n);

        if (n == VS__DIGEST_BYTES) {
            *out = vs__column_i64(s, 0);
            memcpy(digest->bytes, bytes, n);
        }
    }
    vs__stmt_reset(s);
    if (st == VS_DONE)
        return vs__fail(vs__db_error(pool->db), VS_ERR_CORRUPT,
                        "version %lld: its chunk %lld is missing",
                        (long long)version, (long long)ordinal);
    if (st == VS_OK && n != VS__DIGEST_BYTES)
        return vs__fail(vs__db_error(pool->db), VS_ERR_CORRUPT,
                        "version %lld: chunk %lld has a digest of %zu bytes",
                        (long long)version, (long long)ordinal, n);
    return st;
}

/* How many rows the list of a version has. */
static vs_status length(struct vs__pool *pool, int64_t version, int64_t *out)
{
    static const char sql[] =
        "SELECT count(*) FROM version_chunk WHERE version = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    if ((st = vs__stmt_step(s)) == VS_OK)
        *out = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__chunks_drop(struct vs__pool *pool, int64_t version)
{
    static const char sql[] = "DELETE FROM version_chunk WHERE version = $1";
    struct vs__stmt *s;
    int64_t n = 0;
    vs_status st = length(pool, version, &n);

    for (int64_t i = 0; i < n && st == VS_OK; i++) {
        int64_t chunk = 0;

        if ((st = vs__chunks_at(pool, version, i, &chunk)) == VS_OK)
            st = vs__pool_unref(pool, chunk);
    }
    if (st != VS_OK || (st = vs__stmt_get(pool->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    return vs__stmt_run(s);
}

vs_status vs__chunks_share(struct vs__pool *pool, int64_t from, int64_t to)
{
    static const char sql[] =
        "INSERT INTO version_chunk (version, ordinal, chunk) "
        "SELECT $1, ordinal, chunk FROM version_chunk WHERE version = $2";
    struct vs__stmt *s;
    int64_t n = 0;
    vs_status st = length(pool, from, &n);

    for (int64_t i = 0; i < n && st == VS_OK; i++) {
        int64_t chunk = 0;

        if ((st = vs__chunks_at(pool, from, i, &chunk)) == VS_OK)
            st = vs__pool_ref(pool, chunk);
    }
    if (st != VS_OK || (st = vs__stmt_get(pool->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, to);
    vs__bind_i64(s, 2, from);
    return vs__stmt_run(s);
}

vs_status vs__chunks_chain(struct vs__pool *pool, int64_t version,
                           struct vs__digest *chain, int64_t *n)
{
    static const char sql[] = "SELECT c.digest FROM version_chunk AS vc "
                              "JOIN chunk AS c ON c.id = vc.chunk "
                              "WHERE vc.version = $1 ORDER BY vc.ordinal";
    struct vs__digest made = {{0}};
    struct vs__stmt *s;
    int64_t count = 0;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    for (; (st = vs__stmt_step(s)) == VS_OK; count++) {
        size_t bytes = 0;
        const void *digest = vs__column_blob(s, 0, &bytes);

        if (bytes != VS__DIGEST_BYTES) {
            st = vs__fail(vs__db_error(pool->db), VS_ERR_CORRUPT,
                          "version %lld: chunk %lld has a digest of %zu bytes",
                          (long long)version, (long long)count, bytes);
            break;
        }
        vs__digest_chain(&made, digest, bytes);
    }
    vs__stmt_reset(s);
    if (st != VS_DONE)
        return st;
    *chain = made;
    *n = count;
    return VS_OK;
}

/* Reads the statistics of a chunk's row. */
static vs_stats stats_of(struct vs__stmt *s)
{
    vs_stats stats = {
        .count = vs__column_i64(s, 8),
        .zeros = vs__column_i64(s, 9),
        .nans = vs__column_i64(s, 10),
        .infs = vs__column_i64(s, 11),
        .min = vs__column_f64(s, 12),
        .max = vs__column_f64(s, 13),
        .mean = vs__column_f64(s, 14),
        .m2 = vs__column_f64(s, 15),
    };

    return stats;
}

/* Counts that no chunk can have would overflow the sums. */
static bool possible(const vs_stats *stats)
{
    return stats->count >= 0 && stats->count <= VS__CHUNK_MAX &&
           stats->zeros >= 0 && stats->zeros <= stats->count &&
           stats->nans >= 0 && stats->nans <= stats->count &&
           stats->infs >= 0 && stats->infs <= stats->count - stats->nans;
}

/* Adds the chunk in the current row, the columns being those below. */
static vs_status add_chunk(struct vs__pool *pool, int64_t version,
                           struct vs__stmt *s, struct vs__tally *tally,
                           int64_t *bytes)
{
    vs_error *err = vs__db_error(pool->db);
    const vs_stats stats = stats_of(s);
    size_t n = 0;
    const void *histogram = vs__column_blob(s, 16, &n);

    if (!vs__add_i64(*bytes, vs__column_i64(s, 7), bytes))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "version %lld: a chunk's frame of %lld bytes cannot be",
                        (long long)version, (long long)vs__column_i64(s, 7));
    if (tally == NULL)
        return VS_OK;
    if (!possible(&stats))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "version %lld: a chunk's statistics of %lld numbers "
                        "cannot be",
                        (long long)version, (long long)stats.count);
    vs_stats_merge(&tally->stats, &stats);
    if (vs__histogram_unpack(tally, histogram, n) != VS_OK)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "version %lld: a chunk's histogram of %zu bytes is "
                        "none",
                        (long long)version, n);
    if (!vs__chunk_intact(s, 0))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "version %lld: the row of a chunk is not what was "
                        "written",
                        (long long)version);
    return VS_OK;
}

vs_status vs__chunks_sum(struct vs__pool *pool, int64_t version,
                         struct vs__tally *tally, int64_t *stored)
{
    static const char sql[] =
        "SELECT " VS__CHUNK_COLUMNS
        " FROM version_chunk AS vc JOIN chunk AS c ON c.id = vc.chunk "
        "WHERE vc.version = $1 ORDER BY vc.ordinal";
    struct vs__stmt *s;
    int64_t bytes = 0;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    while ((st = vs__stmt_step(s)) == VS_OK)
        if ((st = add_chunk(pool, version, s, tally, &bytes)) != VS_OK)
            break;
    vs__stmt_reset(s);
    if (st != VS_DONE)
        return st;
    if (stored != NULL)
        *stored = bytes;
    return VS_OK;
}
