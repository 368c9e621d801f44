/* value.c - see value.h.
 *
 * Two digests stand in a version's row. The first is over what the value is
 * (dtype, shape, content), so that equal values can be told without decoding.
 * The second is over the row itself, so that a row that took another's place
 * is noticed.
 */
#include "model/value.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/endian.h"
#include "base/fail.h"
#include "chunk/count.h"
#include "chunk/list.h"
#include "chunk/reader.h"
#include "model/catalog.h"
#include "model/record.h"
#include "tensor/walk.h"

/* The digest of dtype, shape and content; `content` is the digest of a small
 * value's bytes, or the chain over the chunks' digests. */
struct vs__digest vs__value_digest(const struct vs__kind_of_value *kind,
                                   const struct vs__digest *content)
{
    uint8_t head[2 + 8 * VS_MAX_RANK];
    struct vs__digest chain = {{0}};

    head[0] = (uint8_t)kind->dtype;
    head[1] = (uint8_t)kind->shape.rank;
    for (int i = 0; i < kind->shape.rank; i++)
        vs__store64(head + 2 + 8 * (size_t)i, (uint64_t)kind->shape.dims[i]);
    vs__digest_chain(&chain, head, 2 + 8 * (size_t)kind->shape.rank);
    vs__digest_chain(&chain, content->bytes, VS__DIGEST_BYTES);
    return chain;
}

static vs_status corrupt(vs_store *store, int64_t version, const char *what)
{
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT, "version %lld: %s",
                    (long long)version, what);
}

/* Copies a digest out of a row; false if it is not one. */
static bool column_digest(struct vs__stmt *s, int i, struct vs__digest *out)
{
    size_t n = 0;
    const void *bytes = vs__column_blob(s, i, &n);

    if (n != VS__DIGEST_BYTES)
        return false;
    memcpy(out->bytes, bytes, n);
    return true;
}

vs_status vs__version_row(vs_store *store, int64_t version,
                          struct vs__version_row *out)
{
    static const char sql[] = "SELECT variable, at_ms, n_chunks, holds, digest,"
                              " record, current FROM version WHERE id = $1";
    struct vs__version_row row = {.id = version};
    struct vs__digest record;
    struct vs__digest want;
    bool whole = false;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        row.variable = vs__column_i64(s, 0);
        row.at_ms = vs__column_i64(s, 1);
        row.n_chunks = vs__column_i64(s, 2);
        row.holds = vs__column_i64(s, 3);
        row.current = vs__column_i64(s, 6) != 0;
        whole =
            column_digest(s, 4, &row.digest) && column_digest(s, 5, &record);
    }
    vs__stmt_reset(s);
    if (st == VS_DONE)
        return vs__fail(vs__store_words(store), VS_ERR_STALE,
                        "version %lld is gone", (long long)version);
    if (st != VS_OK)
        return st;
    if (whole)
        want = vs__version_record(version, row.variable, row.n_chunks,
                                  row.at_ms, &row.digest);
    if (!whole || !vs__digest_equal(&record, &want))
        return corrupt(store, version, "its row is not what was written");
    *out = row;
    return VS_OK;
}

/* Writes the record of a version that got its id only now. */
static vs_status seal_row(vs_store *store, int64_t id,
                          const struct vs__digest *record)
{
    static const char sql[] = "UPDATE version SET record = $1 WHERE id = $2";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_blob(s, 1, record->bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 2, id);
    return vs__stmt_run(s);
}

/* Writes a version's row; nobody holds it yet. */
static vs_status insert_row(vs_store *store,
                            const struct vs__kind_of_value *kind,
                            const struct vs__digest *digest, int64_t *out)
{
    static const char sql[] =
        "INSERT INTO version (variable, at_ms, n_chunks, holds, current, "
        "digest, record, id) VALUES ($1, $2, $3, 0, 0, $4, $5, nullif($6, 0))";
    const int64_t variable = kind->variable;
    const int64_t n_chunks = kind->plan.n_chunks;
    const int64_t at_ms = vs__wall_ms();
    const int64_t next = vs__fresh_next(store->fresh.last.version);
    struct vs__digest record =
        vs__version_record(next, variable, n_chunks, at_ms, digest);
    struct vs__stmt *s;
    int64_t id;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    vs__bind_i64(s, 2, at_ms);
    vs__bind_i64(s, 3, n_chunks);
    vs__bind_blob(s, 4, digest->bytes, VS__DIGEST_BYTES);
    vs__bind_blob(s, 5, record.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 6, next);
    if ((st = vs__stmt_run(s)) != VS_OK)
        return st;
    id = vs__db_last_id(store->db);
    record = vs__version_record(id, variable, n_chunks, at_ms, digest);
    if (id != next && (st = seal_row(store, id, &record)) != VS_OK)
        return st;
    store->fresh.last.version = id;
    if ((st = vs__variable_count_versions(store, variable, 1)) == VS_OK)
        *out = id;
    return st;
}

/* Makes a version of a value that is kept inline. */
static vs_status make_small(vs_store *store,
                            const struct vs__kind_of_value *kind,
                            const uint8_t *bytes, int64_t *out)
{
    static const char sql[] =
        "INSERT INTO small (version, bytes) VALUES ($1, $2)";
    const size_t n = (size_t)kind->plan.n_elements * kind->plan.element;
    const struct vs__digest content = vs__digest_of(bytes, n);
    const struct vs__digest digest = vs__value_digest(kind, &content);
    struct vs__stmt *s;
    int64_t id;
    vs_status st = insert_row(store, kind, &digest, &id);

    if (st != VS_OK || (st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, id);
    vs__bind_blob(s, 2, bytes, n);
    if ((st = vs__stmt_run(s)) == VS_OK)
        *out = id;
    return st;
}

/* Makes a version of the chunks in a list. */
vs_status vs__value_of_chunks(vs_store *store,
                              const struct vs__kind_of_value *kind,
                              const struct vs__chunk_list *list, int64_t *out)
{
    const struct vs__digest digest = vs__value_digest(kind, &list->chain);
    int64_t id;
    vs_status st = insert_row(store, kind, &digest, &id);

    if (st == VS_OK)
        st = vs__chunks_attach(&store->pool, id, list);
    if (st == VS_OK)
        *out = id;
    return st;
}

vs_status vs__value_deltas(vs_store *store, int64_t previous,
                           struct vs__deltas *out)
{
    struct vs__version_row row;
    vs_status st = VS_OK;

    out->wanted = store->delta;
    out->previous = previous;
    out->goes = false;
    out->base = store->delta_base;
    if (out->wanted && previous != 0 &&
        (st = vs__version_row(store, previous, &row)) == VS_OK)
        out->goes = row.holds <= VS__USER;
    return st;
}

vs_status vs__value_make(vs_store *store, const struct vs__kind_of_value *kind,
                         vs_source source, struct vs__writer *staged,
                         int64_t previous, int64_t *out)
{
    struct vs__chunk_list list;
    struct vs__writer own;
    vs_status st = VS_OK;

    if (kind->plan.n_chunks == 0) {
        _Alignas(16) uint8_t bytes[VS__SMALL_BYTES];

        if (kind->plan.n_elements != 0)
            st = vs__source_ask(source, 0, kind->plan.n_elements, bytes,
                                vs__store_words(store));
        return st == VS_OK ? make_small(store, kind, bytes, out) : st;
    }
    vs__writer_init(&own, &store->pool, kind->dtype, &kind->plan, source);
    st = vs__value_deltas(store, previous,
                          staged != NULL ? &staged->deltas : &own.deltas);
    vs__chunk_list_init(&list);
    if (st == VS_OK)
        st = vs__writer_finish(staged != NULL ? staged : &own, previous, &list);
    if (st == VS_OK)
        st = vs__value_of_chunks(store, kind, &list, out);
    vs__chunk_list_done(&list);
    vs__writer_done(&own);
    return st;
}

/* Reads a small value; `bytes` holds VS__SMALL_BYTES. */
static vs_status read_small(vs_store *store,
                            const struct vs__kind_of_value *kind,
                            const struct vs__version_row *row, uint8_t *bytes)
{
    static const char sql[] = "SELECT bytes FROM small WHERE version = $1";
    const size_t want = (size_t)kind->plan.n_elements * kind->plan.element;
    struct vs__digest digest;
    struct vs__stmt *s;
    size_t n = 0;
    const void *found;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, row->id);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        found = vs__column_blob(s, 0, &n);
        if (n == want && n != 0)
            memcpy(bytes, found, n);
    }
    vs__stmt_reset(s);
    if (st == VS_DONE)
        return corrupt(store, row->id, "its value is missing");
    if (st != VS_OK)
        return st;
    if (n != want)
        return corrupt(store, row->id, "its value has another length");
    digest = vs__digest_of(bytes, n);
    digest = vs__value_digest(kind, &digest);
    if (!vs__digest_equal(&digest, &row->digest))
        return corrupt(store, row->id, "its value is not what was written");
    return VS_OK;
}

/* Checks that a version belongs to the variable and, for chunks, that its list
 * is the one that was written. */
static vs_status check_row(vs_store *store,
                           const struct vs__kind_of_value *kind,
                           int64_t version, struct vs__version_row *row)
{
    struct vs__digest digest;
    int64_t n = 0;
    vs_status st = vs__version_row(store, version, row);

    if (st != VS_OK)
        return st;
    if (row->variable != kind->variable || row->n_chunks != kind->plan.n_chunks)
        return corrupt(store, version, "it belongs to another variable");
    if (row->n_chunks == 0)
        return VS_OK;
    if ((st = vs__chunks_chain(&store->pool, version, &digest, &n)) != VS_OK)
        return st;
    digest = vs__value_digest(kind, &digest);
    if (n != row->n_chunks || !vs__digest_equal(&digest, &row->digest))
        return corrupt(store, version, "its chunks are not those it had");
    return VS_OK;
}

/* Copies between a slice of a small value's bytes and a view. */
static void small_to_view(const struct vs__kind_of_value *kind,
                          const vs_slice *slice, const uint8_t *bytes,
                          const vs_view *into)
{
    struct vs__walk walk;
    struct vs__run run;

    vs__walk_begin(&walk, &kind->shape, slice);
    while (vs__walk_next(&walk, &run)) {
        const uint8_t *src = bytes + (size_t)run.at * kind->plan.element;

        if (run.step == 1) {
            vs__view_scatter(into, run.part, run.n, src);
            continue;
        }
        for (int64_t i = 0; i < run.n; i++)
            vs__view_scatter(into, run.part + i, 1,
                             src + (size_t)(i * run.step) * kind->plan.element);
    }
}

/* Reads a slice, by a loader if it has chunks. */
static vs_status read_by(vs_store *store, const struct vs__kind_of_value *kind,
                         int64_t version, const vs_slice *slice,
                         const vs_view *into, struct vs__loader *loader)
{
    struct vs__version_row row;
    uint8_t bytes[VS__SMALL_BYTES];
    vs_status st = check_row(store, kind, version, &row);

    if (st != VS_OK)
        return st;
    if (row.n_chunks != 0 && loader != NULL)
        return vs__loader_add(loader, version, kind->dtype, &kind->plan,
                              &kind->shape, slice, into);
    if (row.n_chunks != 0)
        return vs__chunks_read(&store->pool, version, kind->dtype, &kind->plan,
                               &kind->shape, slice, into);
    if ((st = read_small(store, kind, &row, bytes)) == VS_OK)
        small_to_view(kind, slice, bytes, into);
    return st;
}

vs_status vs__value_read(vs_store *store, const struct vs__kind_of_value *kind,
                         int64_t version, const vs_slice *slice,
                         const vs_view *into)
{
    const vs_slice all = vs_slice_all(&kind->shape);

    return read_by(store, kind, version, slice != NULL ? slice : &all, into,
                   NULL);
}

vs_status vs__value_load(vs_store *store, const struct vs__kind_of_value *kind,
                         int64_t version, const vs_view *into,
                         struct vs__loader *loader)
{
    const vs_slice all = vs_slice_all(&kind->shape);

    return read_by(store, kind, version, &all, into, loader);
}

vs_status vs__value_read_to(vs_store *store,
                            const struct vs__kind_of_value *kind,
                            int64_t version, vs_sink sink)
{
    struct vs__version_row row;
    struct vs__digest chain;
    _Alignas(16) uint8_t bytes[VS__SMALL_BYTES];
    vs_status st = check_row(store, kind, version, &row);

    if (st != VS_OK)
        return st;
    if (row.n_chunks != 0)
        return vs__chunks_read_to(&store->pool, version, kind->dtype,
                                  &kind->plan, sink, &chain);
    st = read_small(store, kind, &row, bytes);
    if (st == VS_OK && kind->plan.n_elements != 0)
        st = sink.take(0, kind->plan.n_elements, bytes, sink.ctx);
    return st;
}

/* Edits a small value in place. */
static vs_status edit_small(vs_store *store,
                            const struct vs__kind_of_value *kind,
                            const struct vs__version_row *row,
                            const vs_slice *slice, enum vs__edit edit,
                            const vs_view *from, int64_t *out)
{
    uint8_t bytes[VS__SMALL_BYTES];
    uint8_t gathered[VS__SMALL_BYTES];
    const size_t element = kind->plan.element;
    struct vs__walk walk;
    struct vs__run run;
    vs_status st = read_small(store, kind, row, bytes);

    vs__walk_begin(&walk, &kind->shape, slice);
    while (st == VS_OK && vs__walk_next(&walk, &run)) {
        vs__view_gather(from, run.part, run.n, gathered);
        st = vs__edit_apply(edit, kind->dtype, bytes + (size_t)run.at * element,
                            run.step, gathered, run.n);
    }
    return st == VS_OK ? make_small(store, kind, bytes, out) : st;
}

vs_status vs__value_edit(vs_store *store, const struct vs__kind_of_value *kind,
                         int64_t version, const vs_slice *slice,
                         enum vs__edit edit, const vs_view *from, int64_t *out)
{
    struct vs__chunk_list list;
    struct vs__version_row row;
    struct vs__deltas deltas;
    vs_status st = check_row(store, kind, version, &row);

    if (st != VS_OK)
        return st;
    if (row.n_chunks == 0)
        return edit_small(store, kind, &row, slice, edit, from, out);
    if ((st = vs__value_deltas(store, version, &deltas)) != VS_OK)
        return st;
    vs__chunk_list_init(&list);
    st = vs__chunks_edit(&store->pool, version, kind->dtype, &kind->plan,
                         &kind->shape, slice, edit, from, &deltas, &list);
    if (st == VS_OK)
        st = vs__value_of_chunks(store, kind, &list, out);
    vs__chunk_list_done(&list);
    return st;
}

vs_status vs__value_share(vs_store *store, const struct vs__kind_of_value *kind,
                          int64_t version, int64_t *out)
{
    struct vs__kind_of_value from = *kind;
    struct vs__version_row row;
    uint8_t bytes[VS__SMALL_BYTES];
    int64_t id;
    vs_status st = vs__version_row(store, version, &row);

    if (st != VS_OK)
        return st;
    from.variable = row.variable;
    if ((st = check_row(store, &from, version, &row)) != VS_OK)
        return st;
    if (row.n_chunks == 0) {
        st = read_small(store, &from, &row, bytes);
        return st == VS_OK ? make_small(store, kind, bytes, out) : st;
    }
    if ((st = insert_row(store, kind, &row.digest, &id)) == VS_OK &&
        (st = vs__chunks_share(&store->pool, version, id)) == VS_OK)
        *out = id;
    return st;
}

vs_status vs__value_sum(vs_store *store, const struct vs__kind_of_value *kind,
                        int64_t version, struct vs__tally *tally,
                        int64_t *stored)
{
    struct vs__version_row row;
    uint8_t bytes[VS__SMALL_BYTES];
    vs_status st = check_row(store, kind, version, &row);

    if (st != VS_OK)
        return st;
    if (row.n_chunks != 0)
        return vs__chunks_sum(&store->pool, version, tally, stored);
    if ((st = read_small(store, kind, &row, bytes)) != VS_OK)
        return st;
    vs__tally_add(tally, kind->dtype, bytes, kind->plan.n_elements);
    if (stored != NULL)
        *stored = kind->plan.n_elements * (int64_t)kind->plan.element;
    return VS_OK;
}

/* Changes the number of holders. The variable is the only one who comes and
 * goes by himself: checkpoints do it by one statement, or go last. (A RETURNING
 * clause makes SQLite copy the page for the case that the statement fails
 * half-way, which costs far more.) */
static vs_status count_holds(vs_store *store, int64_t version, int64_t change)
{
    static const char sql[] = "UPDATE version SET holds = holds + $1, "
                              "current = CASE WHEN $1 > 0 THEN 1 ELSE 0 END "
                              "WHERE id = $2 AND " VS__IS_COUNT("holds");
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, change);
    vs__bind_i64(s, 2, version);
    if ((st = vs__stmt_run(s)) == VS_OK && vs__db_changes(store->db) != 1)
        st = corrupt(store, version,
                     "it is held, but has no row, or no count of its holders");
    return st;
}

vs_status vs__version_hold(vs_store *store, int64_t version)
{
    return count_holds(store, version, VS__USER);
}

static vs_status ask_holds(vs_store *store, int64_t version, int64_t *holds)
{
    static const char sql[] = "SELECT holds FROM version WHERE id = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    if ((st = vs__stmt_step(s)) == VS_OK)
        *holds = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    return st;
}

/* Runs a statement whose only parameter is a version's id. */
static vs_status on_version(vs_store *store, const char *sql, int64_t version)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    return vs__stmt_run(s);
}

vs_status vs__version_release(vs_store *store, int64_t version)
{
    static const char drop_small[] = "DELETE FROM small WHERE version = $1";
    static const char drop_row[] = "DELETE FROM version WHERE id = $1";
    struct vs__version_row row;
    int64_t holds = 0;
    vs_status st = count_holds(store, version, -VS__USER);

    if (st != VS_OK || (st = ask_holds(store, version, &holds)) != VS_OK ||
        holds > 0)
        return st;
    if ((st = vs__version_row(store, version, &row)) != VS_OK)
        return st;
    st = row.n_chunks == 0 ? on_version(store, drop_small, version)
                           : vs__chunks_drop(&store->pool, version);
    if (st == VS_OK)
        st = on_version(store, drop_row, version);
    if (st == VS_OK)
        st = vs__variable_count_versions(store, row.variable, -1);
    return st;
}

vs_status vs__versions_count_saved(vs_store *store, int64_t checkpoint,
                                   int64_t change)
{
    static const char sql[] =
        "UPDATE version SET holds = holds + $1 WHERE id IN "
        "(SELECT version FROM checkpoint_variable WHERE checkpoint = $2)";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, change * VS__USER);
    vs__bind_i64(s, 2, checkpoint);
    return vs__stmt_run(s);
}
