/* describe.c - what is known of variables without decoding anything.
 *
 * Reads tables that others own: each row of the answer joins a name with its
 * variable, version and origin.
 */
#include "model/describe.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/parts.h"
#include "model/record.h"

/* The columns of the statements below, in order; each puts the path before
 * and the alias mark behind. What few rows need, or most share, is asked for by
 * statements of its own: the first name of an alias, the place of a part, who
 * created. */
#define COLUMNS                                                              \
    "v.id, "                                                                 \
    "CASE s.n_chunks WHEN 0 THEN v.n_bytes ELSE (SELECT sum(c.frame_bytes) " \
    "FROM version_chunk AS vc JOIN chunk AS c ON c.id = vc.chunk "           \
    "WHERE vc.version = s.id) END, "                                         \
    "s.n_chunks, s.id, s.at_ms, s.digest, " VS__FACTS                        \
    ", v.current, v.record, s.record"

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
    COL_ID,
    COL_STORED,
    COL_CHUNKS,
    COL_VERSION, /* NULL, like what is its, if there is no value yet */
    COL_WRITTEN,
    COL_DIGEST,
    COL_FACTS, /* VS__FACTS begins */
    COL_CURRENT = COL_FACTS + VS__N_FACTS,
    COL_VARIABLE_RECORD,
    COL_VERSION_RECORD,
    COL_ALIAS,
    /* The rows of the name, and of its place in a checkpoint. */
    COL_NAME,
    COL_SAVED = COL_NAME + VS__N_NAME
};

void vs__description_done(struct vs__description *d)
{
    vs__free(d->text);
    d->text = NULL;
}

/* Whose row is decoded, and where. */
struct row {
    vs_store *store;
    struct vs__stmt *s;
    int64_t checkpoint; /* 0: now */
    const char *path;
    struct vs__facts facts;
    struct vs__digest digest; /* of the value; zeros if there is none */
    int64_t version;          /* 0: no value yet */
};

/* The texts of a description, wherever they lie. */
struct texts {
    char first[VS_NAME_MAX + 1];   /* of an alias; else "" */
    char slice[VS_SLICE_INFO_MAX]; /* of a part; else "" */
    const char *program;           /* "" if not known, as the next is */
    const char *host;
};

/* Tells which slice of its whole a part is. */
static vs_status find_part(const struct row *row, vs_variable_info *info,
                           char slice[VS_SLICE_INFO_MAX])
{
    const struct vs__variable_row variable = {
        .kind.variable = row->facts.variable,
        .is_part = row->facts.is_part != 0,
    };
    struct vs__part_row part;
    vs_slice cut;
    vs_status st = vs__part_of(row->store, &variable, &part);

    slice[0] = '\0';
    info->part = -1;
    if (st != VS_OK)
        return st == VS_DONE ? VS_OK : st;
    (void)vs_partition_part(&part.partition, part.ordinal, &cut, NULL);
    info->part = part.ordinal;
    info->n_parts = part.partition.parts;
    (void)vs_slice_info(&part.partition.shape, &cut, slice);
    return VS_OK;
}

/* Copies the texts of a row into one block and points the info at them. */
static vs_status copy_texts(const struct row *row, const struct texts *texts,
                            struct vs__description *out)
{
    vs_variable_info *info = &out->info;
    const struct {
        const char *text;
        const char **at;
    } all[] = {
        {row->path, &info->name},
        {texts->first, &info->alias_of},
        {row->facts.initializer, &info->initializer},
        {texts->program, &info->created.program},
        {texts->host, &info->created.host},
        {row->facts.site, &info->created.site},
        {texts->slice, &info->slice},
    };
    enum { N_TEXTS = sizeof all / sizeof all[0] };
    size_t lengths[N_TEXTS];
    size_t bytes = 0;
    char *at;

    for (size_t i = 0; i < N_TEXTS; i++)
        bytes += lengths[i] = strlen(all[i].text) + 1;
    out->text = at = vs__alloc(bytes);
    if (at == NULL)
        return vs__fail_nomem(vs__store_words(row->store));
    for (size_t i = 0; i < N_TEXTS; i++) {
        memcpy(at, all[i].text, lengths[i]);
        *all[i].at = at;
        at += lengths[i];
    }
    if (info->alias_of[0] == '\0')
        info->alias_of = NULL;
    if (info->initializer[0] == '\0')
        info->initializer = NULL;
    if (info->slice[0] == '\0')
        info->slice = NULL;
    return VS_OK;
}

/* Reads the facts of the current row, compares the records of the variable and
 * the version, and that it is the version of the variable. */
static vs_status read_row(struct row *row)
{
    vs_error *err = vs__store_words(row->store);
    struct vs__stmt *s = row->s;
    size_t n = 0;
    const void *digest = vs__column_blob(s, COL_DIGEST, &n);
    struct vs__digest want;
    vs_status st;

    row->facts = vs__facts_read(vs__column_i64(s, COL_ID), s, COL_FACTS);
    row->version = vs__column_i64(s, COL_VERSION);
    st = vs__facts_check(row->store, &row->facts, s, COL_CURRENT, NULL);
    if (st != VS_OK ||
        (row->version == 0 && vs__column_i64(s, COL_CURRENT) == VS__DEFERRED))
        return st;
    if (n == VS__DIGEST_BYTES)
        memcpy(row->digest.bytes, digest, n);
    want = vs__version_record(row->version, row->facts.variable,
                              vs__column_i64(s, COL_CHUNKS),
                              vs__column_i64(s, COL_WRITTEN), &row->digest);
    if (n == VS__DIGEST_BYTES && vs__record_is(s, COL_VERSION_RECORD, &want))
        return VS_OK;
    return vs__fail(err, VS_ERR_CORRUPT,
                    "version %lld: its row is not what was written",
                    (long long)row->version);
}

/* An alias has a first name, which the index of names by variable leads to. */
static vs_status find_first(const struct row *row, char first[VS_NAME_MAX + 1])
{
    static const char sql[] = "SELECT " VS__NAME ", n.path FROM name AS n "
                              "WHERE n.variable = $1 AND n.alias = 0";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(row->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, row->facts.variable);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, VS__N_NAME);

        st = vs__name_check(row->store, s, 0, path, NULL);
        (void)snprintf(first, VS_NAME_MAX + 1, "%s", path);
    }
    vs__stmt_reset(s);
    return st;
}

/* In a checkpoint its row says so, which has the same version. The first name
 * of now mostly is the one of then; where it is not, all names of the
 * checkpoint are looked at. */
static vs_status find_saved_first(const struct row *row,
                                  char first[VS_NAME_MAX + 1])
{
    static const char sql[] =
        "SELECT c.checkpoint, c.name, c.version, c.alias, c.mark, " VS__NAME
        ", n.path, 0 FROM name AS n CROSS JOIN checkpoint_variable AS c "
        "WHERE n.variable = $1 AND n.alias = 0 AND c.checkpoint = $2 "
        "AND c.name = n.id AND c.version = $3 AND c.alias = 0 UNION ALL "
        "SELECT c.checkpoint, c.name, c.version, c.alias, c.mark, " VS__NAME
        ", n.path, 1 FROM checkpoint_variable AS c CROSS JOIN name AS n "
        "WHERE c.checkpoint = $2 AND c.version = $3 AND c.alias = 0 "
        "AND n.id = c.name LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(row->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, row->facts.variable);
    vs__bind_i64(s, 2, row->checkpoint);
    vs__bind_i64(s, 3, row->version);
    if ((st = vs__stmt_step(s)) == VS_OK &&
        (st = vs__saved_check(row->store, s, 0)) == VS_OK) {
        const char *path = vs__column_text(s, 5 + VS__N_NAME);

        st = vs__name_check(row->store, s, 5, path, NULL);
        (void)snprintf(first, VS_NAME_MAX + 1, "%s", path);
    }
    vs__stmt_reset(s);
    return st;
}

static vs_status find_alias_of(const struct row *row,
                               char first[VS_NAME_MAX + 1])
{
    vs_error *err = vs__store_words(row->store);
    vs_status st;

    first[0] = '\0';
    if (vs__column_i64(row->s, COL_ALIAS) == 0)
        return VS_OK;
    st = row->checkpoint == 0 ? find_first(row, first)
                              : find_saved_first(row, first);
    if (st == VS_DONE) {
        st = row->checkpoint == 0
                 ? vs__fail(err, VS_ERR_CORRUPT,
                            "name %s is an alias, and its variable has no "
                            "first name",
                            row->path)
                 : vs__fail(err, VS_ERR_CORRUPT,
                            "name %s is an alias in checkpoint %lld, and its "
                            "variable has no first name there",
                            row->path, (long long)row->checkpoint);
    }
    return st;
}

/* Finds who created: whoever created the variable before mostly did. *s is to
 * be reset when the texts have been copied; NULL if they are the others'. */
static vs_status find_origin(const struct row *row,
                             const struct vs__description *before,
                             vs_origin *created, struct vs__stmt **s,
                             struct texts *texts)
{
    static const char sql[] =
        "SELECT program, host, pid FROM origin WHERE id = $1";
    vs_status st;

    *s = NULL;
    if (before != NULL && before->origin == row->facts.origin) {
        texts->program = before->info.created.program;
        texts->host = before->info.created.host;
        created->pid = before->info.created.pid;
        return VS_OK;
    }
    texts->program = texts->host = "";
    if ((st = vs__stmt_get(row->store->db, sql, s)) != VS_OK)
        return st;
    vs__bind_i64(*s, 1, row->facts.origin);
    if ((st = vs__stmt_step(*s)) != VS_OK)
        return st == VS_DONE ? VS_OK : st;
    texts->program = vs__column_text(*s, 0);
    texts->host = vs__column_text(*s, 1);
    created->pid = vs__column_i64(*s, 2);
    return VS_OK;
}

/* What the columns say by themselves. */
static vs_status decode_numbers(const struct row *row, vs_variable_info *info)
{
    const struct vs__facts *facts = &row->facts;
    struct vs__stmt *s = row->s;

    if (!vs__type_decode(facts->dtype, facts->shape, &info->shape) ||
        (row->version == 0) != vs__column_null(s, COL_VERSION))
        return vs__fail(vs__store_words(row->store), VS_ERR_CORRUPT,
                        "variable %s: dtype %lld, shape '%s' and version %lld "
                        "cannot be",
                        row->path, (long long)facts->dtype, facts->shape,
                        (long long)row->version);
    info->id = facts->variable;
    info->dtype = (vs_dtype)facts->dtype;
    info->n_elements = facts->n_elements;
    info->n_bytes = facts->n_bytes;
    info->trainable = facts->trainable != 0;
    info->created.at_ms = facts->at_ms;
    info->stored_bytes = vs__column_i64(s, COL_STORED);
    info->n_chunks = vs__column_i64(s, COL_CHUNKS);
    info->version = row->version;
    info->written_ms = vs__column_i64(s, COL_WRITTEN);
    memcpy(info->digest, row->digest.bytes, sizeof info->digest);
    return VS_OK;
}

/* Makes a description of the current row, of a checkpoint or (0) of now.
 * `before` (may be NULL) is the one made before it. */
static vs_status decode_row(vs_store *store, struct vs__stmt *s,
                            int64_t checkpoint,
                            const struct vs__description *before,
                            struct vs__description *out)
{
    struct row row = {
        .store = store,
        .s = s,
        .checkpoint = checkpoint,
        .path = vs__column_text(s, COL_PATH),
    };
    struct vs__stmt *origin = NULL;
    vs_variable_info *info = &out->info;
    struct texts texts;
    vs_status st;

    memset(info, 0, sizeof *info);
    out->text = NULL;
    if ((st = read_row(&row)) != VS_OK ||
        (st = decode_numbers(&row, info)) != VS_OK ||
        (st = find_alias_of(&row, texts.first)) != VS_OK ||
        (st = find_part(&row, info, texts.slice)) != VS_OK)
        return st;
    out->origin = row.facts.origin;
    st = find_origin(&row, before, &info->created, &origin, &texts);
    if (st == VS_OK)
        st = copy_texts(&row, &texts, out);
    vs__stmt_reset(origin);
    return st;
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

/* Compares the name in the current row, and how it leads to its version. A key
 * that is no text any more may stand where its text does not belong. */
static vs_status check_name(vs_store *store, struct vs__stmt *s,
                            const struct vs__range *range, const char *path)
{
    const int64_t checkpoint = range->checkpoint;
    vs_status st = vs__name_check(store, s, COL_NAME, path, NULL);

    if (st != VS_OK)
        return st;
    if (strcmp(path, range->low) < 0)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "name %s: it stands behind '%s' in the file", path,
                        range->low);
    if (checkpoint != 0)
        return vs__column_null(s, COL_SAVED)
                   ? vs__saved_gap(store, checkpoint,
                                   vs__column_i64(s, COL_NAME))
                   : vs__saved_check(store, s, COL_SAVED);
    if (vs__column_null(s, COL_NAME + 1) || vs__column_i64(s, COL_SAVED) == 1 ||
        vs__column_i64(s, COL_CURRENT) == VS__DEFERRED)
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "name %s: it leads to no current version", path);
}

vs_status vs__describe_range(vs_store *store, const struct vs__range *range,
                             struct vs__description *out, int most, int *n)
{
    static const char now[] = "SELECT n.path, " COLUMNS ", n.alias, " VS__NAME
                              ", s.current, " IN_BOTH " FROM name AS n "
                              "LEFT JOIN variable AS v ON v.id = n.variable "
                              "LEFT JOIN version AS s ON s.id = v.current "
                              "WHERE n.path >= $2 ORDER BY n.path";
    /* CROSS JOIN keeps the names outside: their order is the answer's. */
    static const char saved[] =
        "SELECT n.path, " COLUMNS ", cv.alias, " VS__NAME
        ", cv.checkpoint, cv.name, cv.version, cv.alias, cv.mark, " IN_BOTH
        " FROM name AS n "
        "LEFT JOIN checkpoint_variable AS cv "
        "ON cv.checkpoint = $2 AND cv.name = n.id "
        "LEFT JOIN version AS s ON s.id = cv.version "
        "LEFT JOIN variable AS v ON v.id = s.variable "
        "WHERE n.path >= $3 ORDER BY n.path";
    const int64_t checkpoint = range->checkpoint;
    const int both = checkpoint != 0 ? COL_SAVED + 5 : COL_SAVED + 1;
    struct vs__stmt *s;
    bool any = false; /* a name, in the range or behind it */
    int i = 1;
    vs_status st = vs__stmt_get(store->db, checkpoint == 0 ? now : saved, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, i++, range->collection, -1);
    if (checkpoint != 0)
        vs__bind_i64(s, i++, checkpoint);
    vs__bind_text(s, i, range->low, -1);
    *n = 0;
    st = vs__name_before(store, range->low);
    while (st == VS_OK && *n < most && (st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, COL_PATH);

        any = true;
        if ((st = check_name(store, s, range, path)) != VS_OK)
            break;
        /* A name that was changed in the index would end the range too soon,
         * so the first one behind is compared as well; a range without end has
         * none. */
        if (strcmp(path, range->high) >= 0)
            break;
        if (vs__column_null(s, checkpoint == 0 ? COL_NAME + 1 : COL_SAVED))
            continue; /* a name of other times */
        if ((st = check_member(store, s, both)) != VS_OK)
            break;
        if (vs__column_i64(s, both) == 0)
            continue;
        st = decode_row(store, s, checkpoint, *n > 0 ? &out[*n - 1] : NULL,
                        &out[*n]);
        if (st != VS_OK)
            break;
        if (range->uninitialized && out[*n].info.version != 0)
            vs__description_done(&out[*n]);
        else
            ++*n;
    }
    vs__stmt_reset(s);
    if (st == VS_DONE)
        st = any ? VS_OK : vs__name_gap(store, range->low);
    if (st == VS_OK)
        return VS_OK;
    while (*n > 0)
        vs__description_done(&out[--*n]);
    return st;
}

vs_status vs__describe(vs_store *store, int64_t checkpoint, int64_t variable,
                       int64_t version, const char *name,
                       struct vs__description *out)
{
    static const char now[] =
        "SELECT $1, " COLUMNS ", coalesce(n.alias, 0) "
        "FROM variable AS v "
        "LEFT JOIN version AS s ON s.id = $2 AND s.variable = v.id "
        "LEFT JOIN name AS n ON n.path = $1 AND n.variable = v.id "
        "WHERE v.id = $3 AND (s.id IS NOT NULL OR $2 = 0)";
    static const char then[] =
        "SELECT $1, " COLUMNS ", coalesce(k.alias, 0) "
        "FROM variable AS v "
        "JOIN version AS s ON s.id = $2 AND s.variable = v.id "
        "LEFT JOIN name AS n ON n.path = $1 "
        "LEFT JOIN checkpoint_variable AS k "
        "ON k.checkpoint = $3 AND k.name = n.id WHERE v.id = $4";
    struct vs__description made;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, checkpoint == 0 ? now : then, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, name, -1);
    vs__bind_i64(s, 2, version);
    vs__bind_i64(s, 3, checkpoint == 0 ? variable : checkpoint);
    if (checkpoint != 0)
        vs__bind_i64(s, 4, variable);
    st = vs__stmt_step(s);
    if (st == VS_OK)
        st = decode_row(store, s, checkpoint, NULL, &made);
    else if (st == VS_DONE)
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "variable %s: version %lld is none of its own", name,
                      (long long)version);
    vs__stmt_reset(s);
    if (st == VS_OK)
        *out = made;
    return st;
}
