/* checkpoint.c - see checkpoint.h. */
#include "service/checkpoint.h"

#include <string.h>

#include "base/clock.h"
#include "base/endian.h"
#include "base/fail.h"
#include "model/catalog.h"
#include "model/record.h"
#include "model/store.h"
#include "model/value.h"
#include "varstore/variable.h"

/* The record of the columns VS__CHECKPOINT_COLUMNS, from `i` on, and the root;
 * a step that is NULL counts as VS_NO_STEP. */
static struct vs__digest record_of(struct vs__stmt *s, int i,
                                   const struct vs__digest *root)
{
    const char *message = vs__column_text(s, i + 10);
    struct vs__digest record;
    int64_t numbers[9];

    for (int k = 0; k < 9; k++)
        numbers[k] =
            vs__column_null(s, i + k) ? VS_NO_STEP : vs__column_i64(s, i + k);
    record = vs__record_of(numbers, 9, &message, 1);
    vs__digest_chain(&record, root->bytes, VS__DIGEST_BYTES);
    return record;
}

vs_status vs__checkpoint_intact(vs_store *store, struct vs__stmt *s, int i,
                                struct vs__digest *out)
{
    vs_error *err = vs__store_words(store);
    const int64_t id = vs__column_i64(s, i);
    struct vs__digest root;
    struct vs__digest want;
    size_t n = 0;
    const void *bytes = vs__column_blob(s, i + 9, &n);

    if (n != VS__DIGEST_BYTES)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "checkpoint %lld: its root has %zu bytes, want %d",
                        (long long)id, n, VS__DIGEST_BYTES);
    memcpy(root.bytes, bytes, n);
    want = record_of(s, i, &root);
    /* 0 means "none" in rows and in calls. */
    if (id <= 0 || !vs__record_is(s, i + 11, &want))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "checkpoint %lld: its row is not what was written",
                        (long long)id);
    *out = root;
    return VS_OK;
}

static struct vs__digest metric_record(int64_t checkpoint, const char *key,
                                       double value)
{
    const double real = value + 0.0; /* SQLite keeps no sign of zero */
    int64_t numbers[] = {checkpoint, 0};

    memcpy(&numbers[1], &real, sizeof real);
    return vs__record_of(numbers, 2, &key, 1);
}

vs_status vs__metric_check(vs_store *store, struct vs__stmt *s, int i)
{
    const int64_t checkpoint = vs__column_i64(s, i);
    const char *key = vs__column_text(s, i + 1);
    const struct vs__digest want =
        metric_record(checkpoint, key, vs__column_f64(s, i + 2));

    if (vs__record_is(s, i + 3, &want))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "checkpoint %lld: the row of metric '%s' is not what was "
                    "written",
                    (long long)checkpoint, key);
}

vs_status vs__checkpoint_row(vs_store *store, int64_t checkpoint,
                             struct vs__checkpoint_row *out)
{
    static const char sql[] =
        "SELECT " VS__CHECKPOINT_COLUMNS " FROM checkpoint AS c "
        "WHERE c.id = $1";
    vs_error *err = vs__store_words(store);
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        if ((st = vs__checkpoint_intact(store, s, 0, &out->root)) == VS_OK) {
            out->id = checkpoint;
            out->step =
                vs__column_null(s, 2) ? VS_NO_STEP : vs__column_i64(s, 2);
            out->n_names = vs__column_i64(s, 5);
        }
    } else if (st == VS_DONE) {
        st = vs__fail(err, VS_ERR_NOTFOUND, "checkpoint %lld does not exist",
                      (long long)checkpoint);
    }
    vs__stmt_reset(s);
    return st;
}

/* Adds one row of the checkpoint, whose name was checked, to the chain. */
static vs_status chain_name(vs_store *store, const char *path, bool alias,
                            int64_t version, struct vs__digest *chain)
{
    vs_error *err = vs__store_words(store);
    uint8_t item[VS_NAME_MAX + 2 + VS__DIGEST_BYTES];
    const size_t n = strlen(path);
    struct vs__version_row row;
    vs_status st = vs__version_row(store, version, &row);

    if (st == VS_ERR_STALE)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "name '%s' leads to version %lld, which is not there",
                        path, (long long)version);
    if (st != VS_OK)
        return st;
    memcpy(item, path, n + 1);
    item[n + 1] = alias;
    memcpy(item + n + 2, row.digest.bytes, VS__DIGEST_BYTES);
    vs__digest_chain(chain, item, n + 2 + VS__DIGEST_BYTES);
    return VS_OK;
}

/* A row that leads to no name would be missed by the join below. */
static vs_status check_rows(vs_store *store, int64_t checkpoint, int64_t want)
{
    static const char sql[] =
        "SELECT count(*) FROM checkpoint_variable WHERE checkpoint = $1";
    struct vs__stmt *s;
    int64_t n = 0;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    if ((st = vs__stmt_step(s)) == VS_OK)
        n = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    if (st == VS_OK && n != want)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "checkpoint %lld: it has %lld rows, but only %lld lead "
                        "to a name",
                        (long long)checkpoint, (long long)n, (long long)want);
    return st;
}

vs_status vs__checkpoint_sum(vs_store *store, int64_t checkpoint,
                             int64_t *n_names, struct vs__digest *root)
{
    /* Names drive the join, so that they come in order without being sorted
     * in memory. One that is not marked as saved could be lost any time. */
    static const char sql[] =
        "SELECT n.path, c.alias, c.version, " VS__NAME
        ", c.checkpoint, c.name, c.version, c.alias, c.mark "
        "FROM name AS n CROSS JOIN checkpoint_variable AS c "
        "WHERE c.checkpoint = $1 AND c.name = n.id AND n.saved = 1 "
        "ORDER BY n.path";
    struct vs__digest chain = {{0}};
    struct vs__stmt *s;
    uint8_t count[8];
    int64_t n = 0;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, 0);

        if ((st = vs__name_check(store, s, 3, path, NULL)) == VS_OK &&
            (st = vs__saved_check(store, s, 3 + VS__N_NAME)) == VS_OK)
            st = chain_name(store, path, vs__column_i64(s, 1) != 0,
                            vs__column_i64(s, 2), &chain);
        if (st != VS_OK)
            break;
        n++;
    }
    vs__stmt_reset(s);
    if (st != VS_DONE || (st = check_rows(store, checkpoint, n)) != VS_OK)
        return st;
    vs__store64(count, (uint64_t)n);
    vs__digest_chain(&chain, count, sizeof count);
    *n_names = n;
    *root = chain;
    return VS_OK;
}

vs_status vs__checkpoint_verify(vs_store *store,
                                const struct vs__checkpoint_row *row)
{
    vs_error *err = vs__store_words(store);
    struct vs__digest root;
    int64_t n = 0;
    vs_status st = vs__checkpoint_sum(store, row->id, &n, &root);

    if (st != VS_OK)
        return st;
    if (n != row->n_names)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "checkpoint %lld: %lld names are there, want %lld",
                        (long long)row->id, (long long)n,
                        (long long)row->n_names);
    if (!vs__digest_equal(&root, &row->root))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "checkpoint %lld: its names and versions are not those "
                        "that were saved",
                        (long long)row->id);
    return VS_OK;
}

vs_status vs__checkpoint_insert(vs_store *store, int64_t parent, int64_t step,
                                const char *message, size_t n_metrics,
                                int64_t *out)
{
    static const char sql[] =
        "INSERT INTO checkpoint (parent, step, at_ms, message, origin, "
        "n_names, n_metrics, logical_bytes, new_bytes, root, record) "
        "VALUES ($1, $2, $3, $4, $5, 0, $6, 0, 0, $7, $7)";
    struct vs__stmt *s;
    int64_t origin = 0;
    vs_status st;

    if ((st = vs__origin_id(store, &origin)) != VS_OK ||
        (st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, parent);
    if (step == VS_NO_STEP)
        vs__bind_null(s, 2);
    else
        vs__bind_i64(s, 2, step);
    vs__bind_i64(s, 3, vs__wall_ms());
    vs__bind_text(s, 4, message, -1);
    vs__bind_i64(s, 5, origin);
    vs__bind_i64(s, 6, (int64_t)n_metrics);
    vs__bind_blob(s, 7, NULL, 0);
    if ((st = vs__stmt_run(s)) == VS_OK)
        vs__fresh_checkpoint(store, *out = vs__db_last_id(store->db));
    return st;
}

vs_status vs__checkpoint_record(vs_store *store, int64_t checkpoint, int64_t *n)
{
    static const char sql[] =
        "INSERT INTO checkpoint_variable "
        "(checkpoint, name, version, alias, mark) "
        "SELECT $1, n.id, v.current, n.alias, " VS__MARK_SQL(
            "$1", "n.id", "v.current",
            "n.alias") " "
                       "FROM name AS n JOIN variable AS v ON v.id = n.variable "
                       "WHERE v.current IS NOT NULL AND v.id" VS__IS_SAVED
                       "ORDER BY n.id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    if ((st = vs__stmt_run(s)) == VS_OK)
        *n = vs__db_changes(store->db);
    return st;
}

/* Gives a row that is complete its record. */
static vs_status seal(vs_store *store, int64_t checkpoint,
                      const struct vs__digest *root)
{
    static const char find[] =
        "SELECT " VS__CHECKPOINT_COLUMNS " FROM checkpoint AS c "
        "WHERE c.id = $1";
    static const char set[] = "UPDATE checkpoint SET record = $1 WHERE id = $2";
    struct vs__digest record = {{0}};
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, find, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    if ((st = vs__stmt_step(s)) == VS_OK)
        record = record_of(s, 0, root);
    vs__stmt_reset(s);
    if (st != VS_OK || (st = vs__stmt_get(store->db, set, &s)) != VS_OK)
        return st;
    vs__bind_blob(s, 1, record.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 2, checkpoint);
    return vs__stmt_run(s);
}

vs_status vs__checkpoint_complete(vs_store *store, int64_t checkpoint,
                                  int64_t n_names, int64_t logical_bytes,
                                  int64_t new_bytes)
{
    static const char sql[] = "UPDATE checkpoint SET n_names = $1, "
                              "logical_bytes = $2, new_bytes = $3, root = $4 "
                              "WHERE id = $5";
    struct vs__digest root;
    struct vs__stmt *s;
    int64_t n = 0;
    vs_status st = vs__checkpoint_sum(store, checkpoint, &n, &root);

    if (st != VS_OK)
        return st;
    if (n != n_names)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "%lld names were recorded, but %lld can be read",
                        (long long)n_names, (long long)n);
    if ((st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, n_names);
    vs__bind_i64(s, 2, logical_bytes);
    vs__bind_i64(s, 3, new_bytes);
    vs__bind_blob(s, 4, root.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 5, checkpoint);
    st = vs__stmt_run(s);
    return st == VS_OK ? seal(store, checkpoint, &root) : st;
}

vs_status vs__checkpoint_measured(vs_store *store, int64_t checkpoint,
                                  const vs_metric *metric)
{
    static const char sql[] =
        "INSERT INTO metric (checkpoint, key, value, record) "
        "VALUES ($1, $2, $3, $4)";
    const struct vs__digest record =
        metric_record(checkpoint, metric->key, metric->value);
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    vs__bind_text(s, 2, metric->key, -1);
    vs__bind_f64(s, 3, metric->value);
    vs__bind_blob(s, 4, record.bytes, VS__DIGEST_BYTES);
    return vs__stmt_run(s);
}

vs_status vs__checkpoint_drop(vs_store *store, int64_t checkpoint)
{
    static const char names[] =
        "DELETE FROM checkpoint_variable WHERE checkpoint = $1";
    static const char metrics[] = "DELETE FROM metric WHERE checkpoint = $1";
    static const char row[] = "DELETE FROM checkpoint WHERE id = $1";
    const char *const steps[] = {names, metrics, row};
    struct vs__stmt *s;
    vs_status st = VS_OK;

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if ((st = vs__stmt_get(store->db, steps[i], &s)) != VS_OK)
            return st;
        vs__bind_i64(s, 1, checkpoint);
        if ((st = vs__stmt_run(s)) != VS_OK)
            return st;
    }
    return st;
}
