/* catalog.c - see catalog.h. */
#include "model/catalog.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "chunk/count.h"
#include "model/collection.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/record.h"
#include "model/rules.h"
#include "model/vacant.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

/* Fills a row from columns VS__FACTS, current, record, n_names, n_versions;
 * VS_ERR_CORRUPT if they cannot be. */
static vs_status decode_row(vs_store *store, struct vs__stmt *s,
                            struct vs__variable_row *row)
{
    vs_error *err = vs__store_words(store);
    const char *shape = vs__column_text(s, 1);
    const int64_t dtype = vs__column_i64(s, 0);
    vs_status st =
        vs__variable_check(store, row->kind.variable, s, 0, &row->facts);

    if (st != VS_OK)
        return st;
    row->kind.dtype = (vs_dtype)dtype;
    if (!vs__type_decode(dtype, shape, &row->kind.shape))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "variable %lld: dtype %lld and shape '%s' cannot be",
                        (long long)row->kind.variable, (long long)dtype, shape);
    row->kind.plan =
        vs__plan_make(row->kind.dtype, &row->kind.shape, store->chunk_bytes);
    if (vs__column_i64(s, 2) != row->kind.plan.n_elements ||
        vs__column_i64(s, 3) !=
            row->kind.plan.n_elements * (int64_t)row->kind.plan.element)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "variable %lld: shape '%s' has not %lld elements",
                        (long long)row->kind.variable, shape,
                        (long long)vs__column_i64(s, 2));
    row->trainable = vs__column_i64(s, 4) != 0;
    row->reuse = (vs_reuse)vs__column_i64(s, 9);
    row->is_part = vs__column_i64(s, VS__FACT_IS_PART) != 0;
    row->current = vs__column_i64(s, VS__N_FACTS); /* NULL reads as 0 */
    row->deferred = row->current == VS__DEFERRED;
    if (row->deferred)
        row->current = 0;
    row->n_names = vs__column_i64(s, VS__N_FACTS + 2);
    row->n_versions = vs__column_i64(s, VS__N_FACTS + 3);
    return VS_OK;
}

vs_status vs__variable_row(vs_store *store, int64_t variable,
                           struct vs__variable_row *out)
{
    static const char sql[] =
        "SELECT " VS__FACTS ", v.current, v.record, v.n_names, v.n_versions "
        "FROM variable AS v WHERE v.id = $1";
    struct vs__variable_row row;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    memset(&row, 0, sizeof row);
    row.kind.variable = variable;
    vs__bind_i64(s, 1, variable);
    st = vs__stmt_step(s);
    if (st == VS_OK)
        st = decode_row(store, s, &row);
    else if (st == VS_DONE)
        st = vs__fail(vs__store_words(store), VS_ERR_STALE,
                      "the variable was deleted");
    vs__stmt_reset(s);
    if (st == VS_OK)
        *out = row;
    return st;
}

static vs_status write_current(vs_store *store, int64_t variable,
                               const struct vs__digest *facts, int64_t version)
{
    static const char sql[] =
        "UPDATE variable SET current = nullif($1, 0), record = $2 "
        "WHERE id = $3";
    const struct vs__digest record = vs__variable_record(facts, version);
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, version);
    vs__bind_blob(s, 2, record.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 3, variable);
    return vs__stmt_run(s);
}

/* Runs a statement with two numbers. */
static vs_status run2(vs_store *store, const char *sql, int64_t a, int64_t b)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, a);
    vs__bind_i64(s, 2, b);
    return vs__stmt_run(s);
}

vs_status vs__variable_replace(vs_store *store,
                               const struct vs__variable_row *row,
                               int64_t version)
{
    const int64_t variable = row->kind.variable;
    vs_status st;

    if (version != 0 && (st = vs__version_hold(store, version)) != VS_OK)
        return st;
    if ((st = write_current(store, variable, &row->facts, version)) != VS_OK)
        return st;
    return row->current != 0 ? vs__version_release(store, row->current) : VS_OK;
}

vs_status vs__variable_set_current(vs_store *store, int64_t variable,
                                   int64_t version)
{
    struct vs__variable_row row;
    vs_status st = vs__variable_row(store, variable, &row);

    return st == VS_OK ? vs__variable_replace(store, &row, version) : st;
}

/* Deletes a variable if nothing needs it any more. */
static vs_status forget(vs_store *store, int64_t variable)
{
    static const char sql[] =
        "DELETE FROM variable WHERE id = $1 AND n_versions = $2 "
        "AND n_names = 0";
    vs_status st = run2(store, sql, variable, 0);

    if (st != VS_OK || vs__db_changes(store->db) == 0)
        return st;
    if ((st = vs__collections_forget(store, variable)) == VS_OK &&
        (st = vs__rules_forget(store, variable)) == VS_OK)
        st = vs__part_forget(store, variable);
    return st;
}

vs_status vs__variable_count_versions(vs_store *store, int64_t variable,
                                      int64_t change)
{
    static const char sql[] =
        "UPDATE variable SET n_versions = n_versions + $1 WHERE id = $2 "
        "AND " VS__IS_COUNT("n_versions");
    vs_status st = run2(store, sql, change * VS__USER, variable);

    if (st == VS_OK && vs__db_changes(store->db) != 1)
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "variable %lld: it has versions, but no row, or no "
                      "count of them",
                      (long long)variable);
    return st == VS_OK && change < 0 ? forget(store, variable) : st;
}

static vs_status count_names(vs_store *store, int64_t variable, int64_t change)
{
    static const char sql[] =
        "UPDATE variable SET n_names = n_names + $1 WHERE id = $2 "
        "AND " VS__IS_COUNT("n_names");
    vs_status st = run2(store, sql, change * VS__USER, variable);

    if (st == VS_OK && vs__db_changes(store->db) != 1)
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "variable %lld: it has a name, but no row, or no count "
                      "of its names",
                      (long long)variable);
    return st;
}

/* The row of a path if the search finds it. VS_DONE: it does not. */
static vs_status find_name(vs_store *store, const char *path,
                           struct vs__name_row *out)
{
    static const char sql[] =
        "SELECT " VS__NAME " FROM name AS n WHERE n.path = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, path, -1);
    if ((st = vs__stmt_step(s)) == VS_OK)
        st = vs__name_check(store, s, 0, path, out);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__name_row(vs_store *store, const char *path,
                       struct vs__name_row *out)
{
    vs_status st = find_name(store, path, out);

    if (st != VS_DONE)
        return st;
    st = vs__name_gap(store, path);
    return st == VS_OK ? VS_DONE : st;
}

vs_status vs__name_look(vs_store *store, const char *path,
                        struct vs__name_row *out)
{
    struct vs__name_row row;
    vs_status st = vs__name_row(store, path, &row);

    if (st == VS_OK && row.variable == 0)
        return VS_DONE;
    if (st == VS_OK)
        *out = row;
    return st;
}

vs_status vs__name_find(vs_store *store, const char *path,
                        struct vs__name_row *out)
{
    vs_status st = vs__name_look(store, path, out);

    if (st == VS_DONE)
        return vs__fail(vs__store_words(store), VS_ERR_NOTFOUND,
                        "variable %s does not exist in %s", path,
                        vs__db_path(store->db));
    return st;
}

/* Binds what VS__NAME names, in that order, and the path. */
static void bind_name(struct vs__stmt *s, const struct vs__name_row *row,
                      const char *path, char shape[VS_SHAPE_TEXT_MAX],
                      struct vs__digest *record)
{
    shape[0] = '\0';
    if (row->variable != 0)
        (void)vs_shape_text(&row->shape, shape);
    *record = vs__name_record(row, path);
    vs__bind_i64(s, 1, row->id);
    if (row->variable != 0)
        vs__bind_i64(s, 2, row->variable);
    else
        vs__bind_null(s, 2);
    vs__bind_i64(s, 3, row->alias ? 1 : 0);
    vs__bind_i64(s, 4, row->dtype);
    vs__bind_text(s, 5, shape, -1);
    vs__bind_i64(s, 6, row->trainable ? 1 : 0);
    vs__bind_i64(s, 7, row->is_part ? 1 : 0);
    vs__bind_blob(s, 8, record->bytes, VS__DIGEST_BYTES);
    vs__bind_text(s, 9, path, -1);
}

static vs_status write_name(vs_store *store, const char *sql,
                            const struct vs__name_row *row, const char *path)
{
    char shape[VS_SHAPE_TEXT_MAX];
    struct vs__digest record;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    bind_name(s, row, path, shape, &record);
    return vs__stmt_run(s);
}

/* Writes what a name leads to. */
static vs_status update_name(vs_store *store, const struct vs__name_row *row,
                             const char *path)
{
    static const char sql[] =
        "UPDATE name SET id = $1, variable = $2, alias = $3, dtype = $4, "
        "shape = $5, trainable = $6, is_part = $7, record = $8 WHERE path = $9";

    return write_name(store, sql, row, path);
}

/* The greatest id of a name; 0 if there is none. */
static vs_status last_name(vs_store *store, int64_t *out)
{
    static const char sql[] = "SELECT max(id) FROM name";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    if ((st = vs__stmt_step(s)) == VS_OK)
        *out = vs__column_i64(s, 0); /* NULL reads as 0 */
    vs__stmt_reset(s);
    return st;
}

/* Makes a row; its id is greater than all others. */
static vs_status insert_name(vs_store *store, const struct vs__name_row *as,
                             const char *path)
{
    static const char sql[] =
        "INSERT INTO name (id, variable, alias, dtype, shape, trainable, "
        "is_part, record, path, saved) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";
    struct vs__name_row row = *as;
    vs_status st = VS_OK;

    row.id = store->fresh.last.name;
    if (row.id == 0)
        st = last_name(store, &row.id);
    if (st != VS_OK)
        return st;
    if (row.id < 0 || row.id == INT64_MAX)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "a name has the id %lld, which cannot be",
                        (long long)row.id);
    row.id++;
    if ((st = write_name(store, sql, &row, path)) == VS_OK)
        store->fresh.last.name = row.id;
    return st;
}

/* Writes the row of a name, but does not count it. */
static vs_status put_name(vs_store *store, const char *path,
                          const struct vs__name_row *as)
{
    struct vs__name_row found;
    struct vs__name_row row = *as;
    vs_status st = find_name(store, path, &found);

    if (st == VS_OK && found.variable != 0)
        return vs__fail_exists(store, path, found.variable);
    if (st == VS_OK) {
        row.id = found.id;
        st = update_name(store, &row, path);
    } else if (st == VS_DONE) {
        st = insert_name(store, &row, path);
    }
    return st;
}

struct vs__name_row vs__name_of(const struct vs__variable_row *row, bool alias)
{
    const struct vs__name_row name = {
        .variable = row->kind.variable,
        .alias = alias,
        .trainable = row->trainable,
        .is_part = row->is_part,
        .dtype = row->kind.dtype,
        .shape = row->kind.shape,
    };

    return name;
}

/* Writes a new variable's row. Its id is set, and its record is right, if that
 * is known before; else the id is 0, and both are still to come. */
static vs_status insert_variable(vs_store *store, struct vs__facts *facts,
                                 int64_t current)
{
    static const char sql[] =
        "INSERT INTO variable (dtype, shape, n_elements, n_bytes, trainable, "
        "initializer, origin, site, at_ms, reuse, is_part, n_names, "
        "n_versions, current, record, id) VALUES ($1, $2, $3, $4, $5, $6, $7, "
        "$8, $9, $10, $11, " VS__USERS
        ", 0, nullif($12, 0), $13, nullif($14, 0))";
    const int64_t next = vs__fresh_next(store->fresh.last.variable);
    struct vs__digest record;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    facts->variable = next;
    record = vs__facts_digest(facts);
    record = vs__variable_record(&record, current);
    vs__bind_i64(s, 1, facts->dtype);
    vs__bind_text(s, 2, facts->shape, -1);
    vs__bind_i64(s, 3, facts->n_elements);
    vs__bind_i64(s, 4, facts->n_bytes);
    vs__bind_i64(s, 5, facts->trainable);
    vs__bind_text(s, 6, facts->initializer, -1);
    vs__bind_i64(s, 7, facts->origin);
    vs__bind_text(s, 8, facts->site, -1);
    vs__bind_i64(s, 9, facts->at_ms);
    vs__bind_i64(s, 10, facts->reuse);
    vs__bind_i64(s, 11, facts->is_part);
    vs__bind_i64(s, 12, current);
    vs__bind_blob(s, 13, record.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 14, next);
    return vs__stmt_run(s);
}

vs_status vs__variable_insert(vs_store *store, struct vs__variable_row *row,
                              const char *path, const char *initializer,
                              const char *site)
{
    const struct vs__kind_of_value *kind = &row->kind;
    const int64_t n = kind->plan.n_elements;
    char shape[VS_SHAPE_TEXT_MAX];
    struct vs__facts facts = {
        .dtype = kind->dtype,
        .n_elements = n,
        .n_bytes = n * (int64_t)kind->plan.element,
        .trainable = row->trainable ? 1 : 0,
        .at_ms = vs__wall_ms(),
        .reuse = row->reuse,
        .is_part = row->is_part ? 1 : 0,
        .shape = vs_shape_text(&kind->shape, shape),
        .initializer = initializer,
        .site = site != NULL ? site : "",
    };
    const int64_t current = row->deferred ? VS__DEFERRED : 0;
    struct vs__name_row name;
    bool known; /* was its id, and with it its record */
    int64_t id;
    vs_status st = vs__origin_id(store, &facts.origin);

    if (st != VS_OK || (st = insert_variable(store, &facts, current)) != VS_OK)
        return st;
    id = vs__db_last_id(store->db);
    known = facts.variable == id;
    facts.variable = id;
    row->facts = vs__facts_digest(&facts);
    row->kind.variable = id;
    row->current = 0;
    vs__fresh_variable(store, id);
    if (!known)
        st = write_current(store, id, &row->facts, current);
    name = vs__name_of(row, false);
    return st == VS_OK ? put_name(store, path, &name) : st;
}

vs_status vs__name_put(vs_store *store, const char *path,
                       const struct vs__name_row *as)
{
    vs_status st = put_name(store, path, as);

    return st == VS_OK ? count_names(store, as->variable, 1) : st;
}

vs_status vs__name_used_within(vs_store *store, const char *path, bool *out)
{
    static const char sql[] =
        "SELECT 1 FROM name WHERE path = $1 OR (path >= $2 AND path < $3) "
        "LIMIT 1";
    char low[VS_NAME_MAX + 2];
    char high[VS_NAME_MAX + 2];
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__path_range(path, low, high);
    vs__bind_text(s, 1, path, -1);
    vs__bind_text(s, 2, low, -1);
    vs__bind_text(s, 3, high, -1);
    st = vs__stmt_step(s);
    *out = st == VS_OK;
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* The path and the rest of a name's row, by its id, as it was written. `path`
 * has VS_NAME_MAX + 1 bytes. */
static vs_status name_by_id(vs_store *store, int64_t id,
                            struct vs__name_row *out, char *path)
{
    static const char sql[] =
        "SELECT " VS__NAME ", n.path FROM name AS n WHERE n.id = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, id);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        const char *found = vs__column_text(s, VS__N_NAME);

        if ((st = vs__name_check(store, s, 0, found, out)) == VS_OK)
            (void)snprintf(path, VS_NAME_MAX + 1, "%s", found);
    }
    vs__stmt_reset(s);
    if (st == VS_DONE)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "name %lld has no row", (long long)id);
    return st;
}

vs_status vs__name_set_alias(vs_store *store, int64_t name, bool alias)
{
    char path[VS_NAME_MAX + 1];
    struct vs__name_row row;
    vs_status st = name_by_id(store, name, &row, path);

    row.alias = alias;
    return st == VS_OK ? update_name(store, &row, path) : st;
}

/* Makes the oldest alias of a variable its first name if it has none. */
static vs_status promote(vs_store *store, int64_t variable)
{
    static const char sql[] =
        "SELECT min(id) FROM name WHERE variable = $1 AND NOT EXISTS "
        "(SELECT 1 FROM name WHERE variable = $1 AND alias = 0)";
    struct vs__stmt *s;
    int64_t oldest = 0;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    if ((st = vs__stmt_step(s)) == VS_OK)
        oldest = vs__column_i64(s, 0); /* NULL reads as 0 */
    vs__stmt_reset(s);
    if (st != VS_OK)
        return st;
    return oldest != 0 ? vs__name_set_alias(store, oldest, false) : VS_OK;
}

vs_status vs__name_detach(vs_store *store, int64_t name)
{
    static const char drop[] = "DELETE FROM name WHERE id = $1 AND saved = $2";
    const struct vs__name_row nowhere = {.id = name};
    char path[VS_NAME_MAX + 1];
    struct vs__variable_row row;
    struct vs__name_row found;
    int64_t variable;
    vs_status st = name_by_id(store, name, &found, path);

    if (st != VS_OK)
        return st;
    variable = found.variable;
    if ((st = update_name(store, &nowhere, path)) != VS_OK ||
        (st = run2(store, drop, name, 0)) != VS_OK ||
        (st = count_names(store, variable, -1)) != VS_OK ||
        (st = vs__variable_row(store, variable, &row)) != VS_OK)
        return st;
    if (row.n_names > 0)
        return promote(store, variable);
    /* Without a value there is no version whose end would end it. */
    return row.current != 0 ? vs__variable_set_current(store, variable, 0)
                            : forget(store, variable);
}

vs_status vs__names_saved(vs_store *store)
{
    static const char sql[] =
        "UPDATE name SET saved = $1 WHERE saved = $2 AND variable IS NOT NULL "
        "AND variable" VS__IS_SAVED;

    return run2(store, sql, 1, 0);
}

vs_status vs__names_unsaved(vs_store *store, int64_t checkpoint)
{
    static const char unsave[] =
        "UPDATE name SET saved = 0 WHERE id IN "
        "(SELECT name FROM checkpoint_variable WHERE checkpoint = $1) "
        "AND NOT EXISTS "
        "(SELECT 1 FROM checkpoint AS k CROSS JOIN checkpoint_variable AS c "
        "WHERE k.id <> $2 AND c.checkpoint = k.id AND c.name = name.id)";
    static const char drop[] =
        "DELETE FROM name WHERE variable IS NULL AND saved = $1 AND id IN "
        "(SELECT name FROM checkpoint_variable WHERE checkpoint = $2)";
    vs_status st = run2(store, unsave, checkpoint, checkpoint);

    return st == VS_OK ? run2(store, drop, 0, checkpoint) : st;
}
