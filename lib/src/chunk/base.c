/* base.c - see base.h.
 *
 * When the store chooses, the base is the one that the chunk before it had, or
 * that chunk. It must be one that stays: a base that only the new delta would
 * keep costs more than it saves. And it is given up when differences from it
 * have grown: a delta pays while it is smaller than the average of its group,
 * which is the base and the deltas that it has. That rule has no number to be
 * tuned, and found the best length of groups on weights early and late in
 * training. A base that was asked for is taken as long as it saves a tenth.
 */
#include "chunk/base.h"

#include "base/alloc.h"
#include "base/fail.h"
#include "chunk/count.h"
#include "chunk/list.h"
#include "db/db.h"
#include "db/stmt.h"

#define LEAST 256 /* bytes of a frame that is worth a second one to read */

vs_status vs__delta_at(struct vs__pool *pool, const struct vs__deltas *deltas,
                       int64_t ordinal, struct vs__delta *out)
{
    struct vs__delta delta = {0, 0, deltas->goes};
    vs_status st = VS_OK;

    if (deltas->previous != 0)
        st = vs__chunks_at(pool, deltas->previous, ordinal, &delta.previous);
    if (st == VS_OK && deltas->base != 0)
        st = vs__chunks_at(pool, deltas->base, ordinal, &delta.asked);
    if (st == VS_OK)
        *out = delta;
    return st;
}

/* Adds up the frames of the deltas from a base, but for one (0: none). */
static vs_status sum_deltas(struct vs__pool *pool, int64_t base, int64_t but,
                            int64_t *n, int64_t *bytes)
{
    static const char sql[] = "SELECT count(*), coalesce(sum(frame_bytes), 0) "
                              "FROM chunk WHERE base = $1 AND id <> $2";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(pool->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, base);
    vs__bind_i64(s, 2, but);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        *n = vs__column_i64(s, 0);
        *bytes = vs__column_i64(s, 1);
    }
    vs__stmt_reset(s);
    return st;
}

/* The row of the chunk itself, or of its base if it is a delta. */
static vs_status base_row(struct vs__pool *pool, int64_t chunk, int64_t *base,
                          struct vs__chunk_row *row)
{
    vs_status st = vs__pool_row(pool, chunk, row);

    *base = chunk;
    if (st != VS_OK || row->base == 0)
        return st;
    *base = row->base;
    return vs__pool_row(pool, *base, row);
}

/* The base that the place suggests, if it is to stay; and the most that another
 * delta may take: less than the average of the group. */
static vs_status suggested(struct vs__pool *pool, const struct vs__delta *delta,
                           int64_t *base, struct vs__chunk_row *row,
                           int64_t *most)
{
    struct vs__chunk_row before;
    int64_t n = 0;
    int64_t bytes = 0;
    bool leaves; /* the base loses a user when the new version is current */
    vs_status st;

    if (delta->previous == 0)
        return VS_OK;
    if ((st = vs__pool_row(pool, delta->previous, &before)) != VS_OK ||
        (st = base_row(pool, delta->previous, base, row)) != VS_OK)
        return st;
    leaves = delta->goes && (before.base == 0 || before.refs <= VS__USER);
    if (row->refs <= (leaves ? VS__USER : 0)) {
        *base = 0;
        return VS_OK;
    }
    st = sum_deltas(pool, *base, leaves ? delta->previous : 0, &n, &bytes);
    if (st == VS_OK && !vs__add_i64(bytes, row->frame_bytes, &bytes))
        return vs__fail(vs__db_error(pool->db), VS_ERR_CORRUPT,
                        "chunk %lld: a frame of %lld bytes cannot be",
                        (long long)*base, (long long)row->frame_bytes);
    *most = bytes > 0 ? (bytes - 1) / (n + 1) : 0;
    return st;
}

vs_status vs__base_choose(struct vs__pool *pool, const struct vs__delta *delta,
                          const struct vs__encoded *whole, int64_t *base,
                          struct vs__chunk_row *row, size_t *most)
{
    int64_t average = INT64_MAX;
    int64_t chosen = 0;
    vs_status st;

    *base = 0;
    *most = whole->frame_bytes - whole->frame_bytes / 10;
    if (whole->frame_bytes < LEAST)
        return VS_OK;
    if (delta->asked != 0)
        st = base_row(pool, delta->asked, &chosen, row);
    else
        st = suggested(pool, delta, &chosen, row, &average);
    if (st != VS_OK || chosen == 0)
        return st;
    if (average < (int64_t)*most)
        *most = (size_t)average;
    /* Anything else than a whole chunk of the same kind is damage, which is
     * for those to tell who read it. */
    if (row->base == 0 && row->dtype == (int64_t)whole->dtype &&
        row->raw_bytes == (int64_t)whole->raw_bytes)
        *base = chosen;
    return VS_OK;
}
