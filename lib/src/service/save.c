/* save.c - makes a checkpoint: the versions that all names lead to now.
 *
 * One statement records the names, one counts the new holder of each version;
 * only the root is computed name by name. No tensor is read or copied.
 */
#include "varstore/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/options.h"
#include "chunk/count.h"
#include "model/catalog.h"
#include "model/store.h"
#include "model/value.h"
#include "service/checkpoint.h"
#include "service/label.h"
#include "service/tag.h"

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static vs_status check_metrics(const vs_metric *metrics, size_t n,
                               vs_error *err)
{
    const char *keys[VS_METRICS_MAX];

    if (n > VS_METRICS_MAX)
        return vs__fail(err, VS_ERR_MISUSE, "%zu metrics, at most %d may be", n,
                        VS_METRICS_MAX);
    if (n != 0 && metrics == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%zu metrics, but none is given",
                        n);
    for (size_t i = 0; i < n; i++) {
        vs_status st = vs__metric_key_check(metrics[i].key, err);

        if (st != VS_OK)
            return st;
        if (!isfinite(metrics[i].value))
            return vs__fail(err, VS_ERR_METRIC,
                            "metric '%s' is %g, want a finite number",
                            metrics[i].key, metrics[i].value);
        keys[i] = metrics[i].key;
    }
    qsort(keys, n, sizeof keys[0], compare_keys);
    for (size_t i = 1; i < n; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            return vs__fail(err, VS_ERR_MISUSE, "metric '%s' is given twice",
                            keys[i]);
    return VS_OK;
}

static vs_status check(const vs_save_options *o, vs_error *err)
{
    vs_status st;

    if (o->step < 0 && o->step != VS_NO_STEP)
        return vs__fail(err, VS_ERR_MISUSE,
                        "step %" PRId64 ", want 0 or more, or VS_NO_STEP",
                        o->step);
    if (o->message != NULL &&
        (st = vs__message_check(o->message, err)) != VS_OK)
        return st;
    for (const char *const *tag = o->tags; tag != NULL && *tag != NULL; tag++)
        if ((st = vs__tag_check(*tag, err)) != VS_OK)
            return st;
    return check_metrics(o->metrics, o->n_metrics, err);
}

/* What has no value cannot be saved, and would silently be missing from the
 * checkpoint too. */
static vs_status check_initialized(vs_store *store)
{
    static const char sql[] =
        "SELECT count(*), min(n.path) FROM variable AS v "
        "CROSS JOIN name AS n WHERE v.current = -1 AND n.variable = v.id "
        "AND v.id NOT IN (SELECT variable FROM collection WHERE key = $1)";
    vs_error *err = vs__store_words(store);
    struct vs__stmt *s;
    int64_t n = 0;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, VS_UNSAVED_VARIABLES, -1);
    if ((st = vs__stmt_step(s)) == VS_OK && (n = vs__column_i64(s, 0)) != 0) {
        st = vs__fail(err, VS_ERR_UNINITIALIZED,
                      "%" PRId64 " name%s no value to be saved: %s%s", n,
                      n == 1 ? " has" : "s have", vs__column_text(s, 1),
                      n == 1 ? "" : " is the first");
        vs__hint(err, "initialize what has no value, leave it out, or put it "
                      "into the collection " VS_UNSAVED_VARIABLES);
    }
    vs__stmt_reset(s);
    return st;
}

vs_status vs__checkpoint_check(vs_store *store, const vs_save_options *given)
{
    vs_error *err = vs__store_words(store);
    vs_save_options o;
    vs_status st =
        vs__options_take(&o, sizeof o, given, "vs_save_options", err);

    return st == VS_OK ? check(&o, err) : st;
}

/* A name that leads to nothing would silently be missing from the checkpoint.
 */
static vs_status check_complete(vs_store *store, int64_t n)
{
    static const char sql[] =
        "SELECT count(*) FROM name WHERE variable IS NOT NULL "
        "AND variable" VS__IS_SAVED;
    int64_t want = 0;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    if ((st = vs__stmt_step(s)) == VS_OK)
        want = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    if (st == VS_OK && n != want)
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "%" PRId64 " names lead to a variable, but only %" PRId64
                      " of these have a value",
                      want, n);
    return st;
}

struct sizes {
    int64_t n_names;       /* aliases included */
    int64_t logical_bytes; /* raw, of its distinct versions */
    int64_t new_bytes;     /* stored, that no older checkpoint has */
};

/* Gives the one number of a statement about a checkpoint. */
static vs_status number(vs_store *store, const char *sql, int64_t checkpoint,
                        int64_t *out)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    if ((st = vs__stmt_step(s)) == VS_OK)
        *out = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    return st;
}

/* Sums up what the checkpoint holds. To be called before its versions are
 * held: those that one holder has, their variable, are in no other checkpoint.
 * A chunk is new if nobody but such versions uses it, or deltas that are new.
 */
static vs_status measure(vs_store *store, int64_t checkpoint,
                         struct sizes *sizes)
{
    static const char logical[] =
        "SELECT coalesce(sum(v.n_bytes), 0) FROM checkpoint_variable AS c "
        "JOIN version AS s ON s.id = c.version "
        "JOIN variable AS v ON v.id = s.variable "
        "WHERE c.checkpoint = $1 AND c.alias = 0";
    static const char new_small[] =
        "SELECT coalesce(sum(v.n_bytes), 0) FROM checkpoint_variable AS c "
        "JOIN version AS s ON s.id = c.version "
        "JOIN variable AS v ON v.id = s.variable "
        "WHERE c.checkpoint = $1 AND c.alias = 0 AND s.holds = " VS__USERS
        " AND s.n_chunks = 0";
    static const char new_chunks[] =
        "WITH u AS (SELECT vc.chunk AS chunk, count(*) AS uses "
        "FROM checkpoint_variable AS c "
        "JOIN version AS s ON s.id = c.version "
        "JOIN version_chunk AS vc ON vc.version = s.id "
        "WHERE c.checkpoint = $1 AND c.alias = 0 AND s.holds = " VS__USERS
        " GROUP BY vc.chunk), "
        "k AS (SELECT c.base AS base, c.frame_bytes AS frame_bytes FROM u "
        "JOIN chunk AS c ON c.id = u.chunk WHERE c.refs = " VS__USERS
        " * u.uses), "
        "d AS (SELECT base, count(*) AS uses FROM k WHERE base IS NOT NULL "
        "GROUP BY base) "
        "SELECT coalesce((SELECT sum(frame_bytes) FROM k), 0) + "
        "coalesce((SELECT sum(b.frame_bytes) FROM d "
        "JOIN chunk AS b ON b.id = d.base LEFT JOIN u ON u.chunk = b.id "
        "WHERE b.refs = " VS__USERS " * (d.uses + coalesce(u.uses, 0))), 0)";
    int64_t small = 0;
    int64_t chunks = 0;
    vs_status st;

    if ((st = number(store, logical, checkpoint, &sizes->logical_bytes)) !=
            VS_OK ||
        (st = number(store, new_small, checkpoint, &small)) != VS_OK ||
        (st = number(store, new_chunks, checkpoint, &chunks)) != VS_OK)
        return st;
    sizes->new_bytes = small + chunks;
    return VS_OK;
}

/* What people gave the checkpoint, and its place as the head. */
static vs_status label(vs_store *store, int64_t checkpoint,
                       const vs_save_options *o)
{
    vs_status st = VS_OK;

    for (size_t i = 0; i < o->n_metrics && st == VS_OK; i++)
        st = vs__checkpoint_measured(store, checkpoint, &o->metrics[i]);
    for (const char *const *tag = o->tags;
         st == VS_OK && tag != NULL && *tag != NULL; tag++)
        st = vs__tag_put(store, *tag, checkpoint);
    return st == VS_OK ? vs__store_set_head(store, checkpoint) : st;
}

static vs_status save(vs_store *store, const vs_save_options *o, int64_t *out)
{
    const char *message = o->message != NULL ? o->message : "";
    struct sizes sizes = {0, 0, 0};
    int64_t head = 0;
    vs_status st;

    if (!o->partial && (st = check_initialized(store)) != VS_OK)
        return st;
    if ((st = vs__store_head(store, &head)) != VS_OK ||
        (st = vs__names_verify(store)) != VS_OK ||
        (st = vs__checkpoint_insert(store, head, o->step, message, o->n_metrics,
                                    out)) != VS_OK ||
        (st = vs__checkpoint_record(store, *out, &sizes.n_names)) != VS_OK ||
        (st = check_complete(store, sizes.n_names)) != VS_OK ||
        (st = measure(store, *out, &sizes)) != VS_OK ||
        (st = vs__versions_count_saved(store, *out, 1)) != VS_OK ||
        (st = vs__names_saved(store)) != VS_OK ||
        (st = vs__checkpoint_complete(store, *out, sizes.n_names,
                                      sizes.logical_bytes, sizes.new_bytes)) !=
            VS_OK)
        return st;
    return label(store, *out, o);
}

vs_status vs_checkpoint_save(vs_store *store, const vs_save_options *given,
                             int64_t *out)
{
    const vs_save_options nothing = VS_SAVE_OPTIONS_INIT;
    vs_save_options o;
    int64_t checkpoint = 0;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    if ((st = vs__options_take(&o, sizeof o, given != NULL ? given : &nothing,
                               "vs_save_options", vs__store_words(store))) !=
            VS_OK ||
        (st = check(&o, vs__store_words(store))) != VS_OK ||
        (st = vs__store_begin(store, VS_TXN_WRITE)) != VS_OK)
        return st;
    st = vs__store_end(store, save(store, &o, &checkpoint));
    if (st == VS_OK && out != NULL)
        *out = checkpoint;
    return st;
}
