/* describe.c - what is known of variables without decoding anything.
 *
 * Reads tables that others own: each row of the answer joins a name with its
 * variable, version and origin.
 */
#include "model/describe.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/parts.h"
#include "model/record.h"

/* The first name of a variable, asked for only where the name is an alias: it
 * costs a look-up in one more index. */
#define FIRST                                       \
    "WHEN 1 THEN coalesce((SELECT f.path FROM name" \
    " AS f WHERE f.variable = v.id AND f.alias = 0), '') ELSE '' END, "

/* The same in the checkpoint whose row is `cv`. The first name of now mostly is
 * the one of then; where it is not, all names of the checkpoint are looked at.
 */
#define FIRST_SAVED                                                       \
    "WHEN 1 THEN coalesce((SELECT f.path FROM name AS f "                 \
    "CROSS JOIN checkpoint_variable AS c WHERE f.variable = v.id "        \
    "AND f.alias = 0 AND c.checkpoint = cv.checkpoint AND c.name = f.id " \
    "AND c.version = cv.version AND c.alias = 0), "                       \
    "(SELECT f.path FROM checkpoint_variable AS c "                       \
    "CROSS JOIN name AS f WHERE c.checkpoint = cv.checkpoint "            \
    "AND c.version = cv.version AND c.alias = 0 AND f.id = c.name), '') " \
    "ELSE '' END, "

/* The columns of the statements below, in order; each puts the path before
 * and the alias mark behind. */
#define COLUMNS                                                              \
    "o.program, o.host, v.id, "                                              \
    "CASE s.n_chunks WHEN 0 THEN v.n_bytes ELSE (SELECT sum(c.frame_bytes) " \
    "FROM version_chunk AS vc JOIN chunk AS c ON c.id = vc.chunk "           \
    "WHERE vc.version = s.id) END, "                                         \
    "s.n_chunks, s.id, s.at_ms, s.digest, o.pid, " VS__FACTS                 \
    ", v.current, v.record, s.record, " VS__PART_COLUMNS

/* Whether the variable is in the collection with the key $1 (NULL: any), by the
 * table and by its index: see check_member. What is not in it is given all the
 * same, since a name that was changed may lead to what is not. */
#define IN_TABLE                                              \
    "EXISTS (SELECT 1 FROM collection AS k WHERE k.key = $1 " \
    "AND k.variable = v.id)"
#define IN_INDEX                                        \
    "EXISTS (SELECT 1 FROM collection AS k INDEXED BY " \
    "collection_variable WHERE k.variable = v.id AND k.key = $1)"
#define IN_BOTH "$1 IS NULL OR " IN_TABLE ", $1 IS NULL OR " IN_INDEX

enum column {
    COL_PATH,
    COL_FIRST,
    COL_PROGRAM, /* NULL, like host and pid, if the origin is not known */
    COL_HOST,
    COL_ID,
    COL_STORED,
    COL_CHUNKS,
    COL_VERSION,
    COL_WRITTEN,
    COL_DIGEST,
    COL_PID,
    COL_FACTS, /* VS__FACTS begins */
    COL_DTYPE = COL_FACTS,
    COL_SHAPE,
    COL_ELEMENTS,
    COL_BYTES,
    COL_TRAINABLE,
    COL_INITIALIZER,
    COL_ORIGIN,
    COL_SITE,
    COL_CREATED,
    COL_VERSION_RECORD = COL_FACTS + VS__N_FACTS + 2,
    COL_PART, /* NULL: not a part */
    COL_ALIAS = COL_PART + VS__N_PART_COLUMNS,
    /* The rows of the name, and of its place in a checkpoint. */
    COL_NAME,
    COL_SAVED = COL_NAME + VS__N_NAME
};

void vs__description_done(struct vs__description *d)
{
    vs__free(d->text);
    d->text = NULL;
}

/* Tells which slice of its whole a part is: `text` receives the slice info, or
 * "" if it is no part. */
static vs_status decode_part(vs_store *store, struct vs__stmt *s,
                             vs_variable_info *info, char *text)
{
    const bool is_part = vs__column_i64(s, COL_FACTS + VS__FACT_IS_PART) != 0;
    struct vs__part_row row;
    vs_slice slice;
    vs_status st;

    text[0] = '\0';
    info->part = -1;
    if (is_part == vs__column_null(s, COL_PART))
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "variable %s: is it a part? its rows do not agree",
                        vs__column_text(s, COL_PATH));
    if (!is_part)
        return VS_OK;
    if ((st = vs__part_read(store, s, COL_PART, &row)) != VS_OK)
        return st;
    (void)vs_partition_part(&row.partition, row.ordinal, &slice, NULL);
    info->part = row.ordinal;
    info->n_parts = row.partition.parts;
    (void)vs_slice_info(&row.partition.shape, &slice, text);
    return VS_OK;
}

/* Copies the texts of a row, and that of a part's slice, into one block and
 * points the info at them. */
static vs_status copy_texts(struct vs__stmt *s, const char *slice,
                            struct vs__description *out)
{
    const struct {
        int column;
        const char **at;
    } texts[] = {
        {COL_PATH, &out->info.name},
        {COL_FIRST, &out->info.alias_of},
        {COL_INITIALIZER, &out->info.initializer},
        {COL_PROGRAM, &out->info.created.program},
        {COL_HOST, &out->info.created.host},
        {COL_SITE, &out->info.created.site},
    };
    const size_t n_texts = sizeof texts / sizeof texts[0];
    size_t bytes = strlen(slice) + 1;
    char *at;

    for (size_t i = 0; i < n_texts; i++)
        bytes += strlen(vs__column_text(s, texts[i].column)) + 1;
    out->text = at = vs__alloc(bytes);
    if (at == NULL)
        return VS_ERR_NOMEM;
    for (size_t i = 0; i < n_texts; i++) {
        const char *text = vs__column_text(s, texts[i].column);
        const size_t n = strlen(text) + 1;

        memcpy(at, text, n);
        *texts[i].at = at;
        at += n;
    }
    memcpy(at, slice, strlen(slice) + 1);
    out->info.slice = slice[0] != '\0' ? at : NULL;
    if (out->info.initializer[0] == '\0')
        out->info.initializer = NULL;
    return VS_OK;
}

/* Compares the records of the variable and the version in the current row, and
 * that it is the version of the variable. */
static vs_status check_row(vs_store *store, struct vs__stmt *s)
{
    const int64_t variable = vs__column_i64(s, COL_ID);
    const int64_t version = vs__column_i64(s, COL_VERSION);
    const int64_t current = vs__column_i64(s, COL_FACTS + VS__N_FACTS);
    struct vs__digest digest = {{0}};
    size_t n = 0;
    const void *found = vs__column_blob(s, COL_DIGEST, &n);
    vs_status st = vs__variable_check(store, variable, s, COL_FACTS, NULL);

    if (st != VS_OK || (current == VS__DEFERRED && version == 0))
        return st;
    if (n == VS__DIGEST_BYTES)
        memcpy(digest.bytes, found, n);
    digest = vs__version_record(version, variable,
                                vs__column_i64(s, COL_CHUNKS), &digest);
    if (n == VS__DIGEST_BYTES && vs__record_is(s, COL_VERSION_RECORD, &digest))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "version %lld: its row is not what was written",
                    (long long)version);
}

/* An alias has a first name, which the index of names by variable leads to. */
static vs_status check_first(vs_store *store, struct vs__stmt *row)
{
    static const char sql[] = "SELECT " VS__NAME ", n.path FROM name AS n "
                              "WHERE n.variable = $1 AND n.alias = $2";
    const char *told = vs__column_text(row, COL_FIRST);
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, vs__column_i64(row, COL_ID));
    vs__bind_i64(s, 2, 0);
    if ((st = vs__stmt_step(s)) == VS_OK)
        st = vs__name_check(store, s, 0, vs__column_text(s, VS__N_NAME), NULL);
    if (st == VS_DONE ||
        (st == VS_OK && strcmp(told, vs__column_text(s, VS__N_NAME)) != 0))
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "name %s is an alias, and '%s' is not its first name",
                      vs__column_text(row, COL_PATH), told);
    vs__stmt_reset(s);
    return st;
}

/* In a checkpoint its row says so, which has the same version. */
static vs_status check_saved_first(vs_store *store, struct vs__stmt *row,
                                   int64_t checkpoint)
{
    static const char sql[] =
        "SELECT c.checkpoint, c.name, c.version, c.alias, c.mark, " VS__NAME
        " FROM name AS n CROSS JOIN checkpoint_variable AS c "
        "WHERE n.path = $1 AND c.checkpoint = $2 AND c.name = n.id";
    const char *told = vs__column_text(row, COL_FIRST);
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, told, -1);
    vs__bind_i64(s, 2, checkpoint);
    if ((st = vs__stmt_step(s)) == VS_OK &&
        (st = vs__saved_check(store, s, 0)) == VS_OK)
        st = vs__name_check(store, s, 5, told, NULL);
    if (st == VS_DONE ||
        (st == VS_OK &&
         (vs__column_i64(s, 3) != 0 ||
          vs__column_i64(s, 2) != vs__column_i64(row, COL_VERSION))))
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "name %s is an alias in checkpoint %lld, and '%s' is not "
                      "its first name there",
                      vs__column_text(row, COL_PATH), (long long)checkpoint,
                      told);
    vs__stmt_reset(s);
    return st;
}

/* Makes a description of the current row, of a checkpoint or (0) of now. */
static vs_status decode_row(vs_store *store, struct vs__stmt *s,
                            int64_t checkpoint, struct vs__description *out)
{
    const bool valued = !vs__column_null(s, COL_VERSION);
    vs_error *err = vs__store_words(store);
    vs_variable_info *info = &out->info;
    char slice[VS_SLICE_INFO_MAX];
    size_t n = 0;
    const void *digest = vs__column_blob(s, COL_DIGEST, &n);
    const int64_t dtype = vs__column_i64(s, COL_DTYPE);
    vs_status st;

    memset(info, 0, sizeof *info);
    out->text = NULL;
    if ((st = check_row(store, s)) != VS_OK ||
        (vs__column_i64(s, COL_ALIAS) != 0 &&
         (st = checkpoint != 0 ? check_saved_first(store, s, checkpoint)
                               : check_first(store, s)) != VS_OK))
        return st;
    if (n != (valued ? VS__DIGEST_BYTES : 0) || dtype < 1 ||
        dtype > VS_N_DTYPES ||
        vs_shape_parse(vs__column_text(s, COL_SHAPE), &info->shape, NULL) !=
            VS_OK)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "variable %s: dtype %lld, shape '%s' and a digest of "
                        "%zu bytes cannot be",
                        vs__column_text(s, COL_PATH), (long long)dtype,
                        vs__column_text(s, COL_SHAPE), n);
    if (valued)
        memcpy(info->digest, digest, n);
    if ((st = decode_part(store, s, info, slice)) != VS_OK)
        return st;
    if (copy_texts(s, slice, out) != VS_OK)
        return vs__fail_nomem(err);
    if (vs__column_i64(s, COL_ALIAS) == 0)
        info->alias_of = NULL;
    info->id = vs__column_i64(s, COL_ID);
    info->dtype = (vs_dtype)dtype;
    info->n_elements = vs__column_i64(s, COL_ELEMENTS);
    info->n_bytes = vs__column_i64(s, COL_BYTES);
    info->stored_bytes = vs__column_i64(s, COL_STORED);
    info->n_chunks = vs__column_i64(s, COL_CHUNKS);
    info->version = vs__column_i64(s, COL_VERSION);
    info->written_ms = vs__column_i64(s, COL_WRITTEN);
    info->trainable = vs__column_i64(s, COL_TRAINABLE) != 0;
    info->created.pid = vs__column_i64(s, COL_PID);
    info->created.at_ms = vs__column_i64(s, COL_CREATED);
    return VS_OK;
}

/* A variable is in a collection by the table and by its index, or by neither:
 * they stand in columns `i` and `i` + 1. */
static vs_status check_member(vs_store *store, struct vs__stmt *s, int i)
{
    if (vs__column_i64(s, i) == vs__column_i64(s, i + 1))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "variable %s: the rows of its collections are not what was "
                    "written",
                    vs__column_text(s, COL_PATH));
}

/* Whether the current row is behind the range: a name that was changed in the
 * index would end it too soon, so the first one behind is compared as well. A
 * range without end has none. */
static bool is_behind(const struct vs__range *range, struct vs__stmt *s)
{
    return strcmp(vs__column_text(s, COL_PATH), range->high) >= 0;
}

/* Compares the name in the current row, and how it leads to its version. */
static vs_status check_name(vs_store *store, struct vs__stmt *s,
                            int64_t checkpoint)
{
    const char *path = vs__column_text(s, COL_PATH);
    vs_status st = vs__name_check(store, s, COL_NAME, path, NULL);

    if (st != VS_OK)
        return st;
    if (checkpoint != 0)
        return vs__column_null(s, COL_SAVED)
                   ? vs__saved_gap(store, checkpoint,
                                   vs__column_i64(s, COL_NAME))
                   : vs__saved_check(store, s, COL_SAVED);
    if (vs__column_null(s, COL_NAME + 1) || vs__column_i64(s, COL_SAVED) == 1 ||
        vs__column_i64(s, COL_FACTS + VS__N_FACTS) == VS__DEFERRED)
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "name %s: it leads to no current version", path);
}

vs_status vs__describe_range(vs_store *store, const struct vs__range *range,
                             struct vs__description *out, int most, int *n)
{
    static const char now[] =
        "SELECT n.path, CASE n.alias " FIRST COLUMNS ", n.alias, " VS__NAME
        ", s.current, " IN_BOTH " FROM name AS n "
        "LEFT JOIN variable AS v ON v.id = n.variable "
        "LEFT JOIN version AS s ON s.id = v.current "
        "LEFT JOIN origin AS o ON o.id = v.origin "
        "LEFT JOIN part AS p ON p.variable = v.id "
        "WHERE n.path >= $2 ORDER BY n.path";
    /* CROSS JOIN keeps the names outside: their order is the answer's. */
    static const char saved[] =
        "SELECT n.path, CASE cv.alias " FIRST_SAVED COLUMNS
        ", cv.alias, " VS__NAME
        ", cv.checkpoint, cv.name, cv.version, cv.alias, cv.mark, " IN_BOTH
        " FROM name AS n "
        "LEFT JOIN checkpoint_variable AS cv "
        "ON cv.checkpoint = $2 AND cv.name = n.id "
        "LEFT JOIN version AS s ON s.id = cv.version "
        "LEFT JOIN variable AS v ON v.id = s.variable "
        "LEFT JOIN origin AS o ON o.id = v.origin "
        "LEFT JOIN part AS p ON p.variable = v.id "
        "WHERE n.path >= $3 ORDER BY n.path";
    const int64_t checkpoint = range->checkpoint;
    const int both = checkpoint != 0 ? COL_SAVED + 5 : COL_SAVED + 1;
    struct vs__stmt *s;
    int i = 1;
    vs_status st = vs__stmt_get(store->db, checkpoint == 0 ? now : saved, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, i++, range->collection, -1);
    if (checkpoint != 0)
        vs__bind_i64(s, i++, checkpoint);
    vs__bind_text(s, i, range->low, -1);
    *n = 0;
    st = vs__name_gap(store, range->low);
    while (st == VS_OK && *n < most && (st = vs__stmt_step(s)) == VS_OK) {
        if ((st = check_name(store, s, checkpoint)) != VS_OK ||
            is_behind(range, s))
            break;
        if (vs__column_null(s, checkpoint == 0 ? COL_NAME + 1 : COL_SAVED))
            continue; /* a name of other times */
        if ((st = check_member(store, s, both)) != VS_OK)
            break;
        if (vs__column_i64(s, both) == 0)
            continue;
        if ((st = decode_row(store, s, checkpoint, &out[*n])) != VS_OK)
            break;
        if (range->uninitialized && out[*n].info.version != 0)
            vs__description_done(&out[*n]);
        else
            ++*n;
    }
    vs__stmt_reset(s);
    if (st == VS_OK || st == VS_DONE)
        return VS_OK;
    while (*n > 0)
        vs__description_done(&out[--*n]);
    return st;
}

vs_status vs__describe(vs_store *store, int64_t variable, int64_t version,
                       const char *name, struct vs__description *out)
{
    static const char sql[] =
        "SELECT $1, CASE n.alias " FIRST COLUMNS ", coalesce(n.alias, 0) "
        "FROM variable AS v "
        "LEFT JOIN version AS s ON s.id = $2 AND s.variable = v.id "
        "LEFT JOIN origin AS o ON o.id = v.origin "
        "LEFT JOIN name AS n ON n.path = $1 AND n.variable = v.id "
        "LEFT JOIN part AS p ON p.variable = v.id "
        "WHERE v.id = $3 AND (s.id IS NOT NULL OR $2 = 0)";
    struct vs__description made;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, name, -1);
    vs__bind_i64(s, 2, version);
    vs__bind_i64(s, 3, variable);
    st = vs__stmt_step(s);
    if (st == VS_OK)
        st = decode_row(store, s, 0, &made);
    else if (st == VS_DONE)
        st = vs__fail(vs__store_words(store), VS_ERR_STALE,
                      "variable %s: version %lld is gone", name,
                      (long long)version);
    vs__stmt_reset(s);
    if (st == VS_OK)
        *out = made;
    return st;
}
