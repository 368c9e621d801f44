/* record.c - see record.h. */
#include "model/record.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/fail.h"
#include "model/path.h"
#include "tensor/shape.h"
#include "varstore/variable.h"

static void chain_numbers(struct vs__digest *chain, const int64_t *numbers,
                          size_t n)
{
    uint8_t bytes[8 * VS__RECORD_NUMBERS];

    for (size_t i = 0; i < n; i++)
        vs__store64(bytes + 8 * i, (uint64_t)numbers[i]);
    vs__digest_chain(chain, bytes, 8 * n);
}

/* A text's own digest stands for it, so that none is too long. */
struct vs__digest vs__record_of(const int64_t *numbers, size_t n_numbers,
                                const char *const *texts, size_t n_texts)
{
    struct vs__digest record = {{0}};

    chain_numbers(&record, numbers, n_numbers);
    for (size_t i = 0; i < n_texts; i++) {
        const struct vs__digest digest =
            vs__digest_of(texts[i], strlen(texts[i]));

        vs__digest_chain(&record, digest.bytes, VS__DIGEST_BYTES);
    }
    return record;
}

/* `numbers`: id, variable, alias, dtype, trainable, is_part. */
static struct vs__digest name_record(const int64_t numbers[6],
                                     const char *shape, const char *path)
{
    const char *const texts[] = {shape, path};

    return vs__record_of(numbers, 6, texts, 2);
}

struct vs__digest vs__name_record(const struct vs__name_row *row,
                                  const char *path)
{
    const int64_t numbers[] = {
        row->id,    row->variable,          row->alias ? 1 : 0,
        row->dtype, row->trainable ? 1 : 0, row->is_part ? 1 : 0};
    char shape[VS_SHAPE_TEXT_MAX] = "";

    if (row->variable != 0)
        (void)vs_shape_text(&row->shape, shape);
    return name_record(numbers, shape, path);
}

bool vs__type_decode(int64_t dtype, const char *text, vs_shape *shape)
{
    return dtype >= 1 && dtype <= VS_N_DTYPES &&
           vs_shape_parse(text, shape, NULL) == VS_OK &&
           vs__shape_check(shape, (vs_dtype)dtype, true, "", NULL) == VS_OK;
}

bool vs__record_is(struct vs__stmt *s, int i, const struct vs__digest *want)
{
    size_t n = 0;
    const void *found = vs__column_blob(s, i, &n);

    return n == VS__DIGEST_BYTES && memcmp(found, want->bytes, n) == 0;
}

vs_status vs__name_check(vs_store *store, struct vs__stmt *s, int i,
                         const char *path, struct vs__name_row *out)
{
    const int64_t numbers[] = {
        vs__column_i64(s, i),     vs__column_i64(s, i + 1),
        vs__column_i64(s, i + 2), vs__column_i64(s, i + 3),
        vs__column_i64(s, i + 5), vs__column_i64(s, i + 6)};
    const char *shape = vs__column_text(s, i + 4);
    const struct vs__digest want = name_record(numbers, shape, path);
    struct vs__name_row row = {.id = numbers[0], .variable = numbers[1]};
    vs_error why;

    if (!vs__record_is(s, i + VS__N_NAME - 1, &want))
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "name %s: its row is not what was written", path);
    if (vs__path_check(path, &why) != VS_OK)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "not a name: %s", why.message);
    if (out == NULL)
        return VS_OK;
    row.alias = numbers[2] != 0;
    if (row.variable != 0) {
        row.trainable = numbers[4] != 0;
        row.is_part = numbers[5] != 0;
        row.dtype = (vs_dtype)numbers[3];
        if (!vs__type_decode(numbers[3], shape, &row.shape))
            return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                            "name %s: dtype %lld and shape '%s' cannot be",
                            path, (long long)numbers[3], shape);
    }
    *out = row;
    return VS_OK;
}

struct vs__digest vs__facts_digest(const struct vs__facts *facts)
{
    const int64_t numbers[] = {
        facts->variable, facts->dtype,     facts->n_elements,
        facts->n_bytes,  facts->trainable, facts->origin,
        facts->at_ms,    facts->reuse,     facts->is_part,
    };
    const char *const texts[] = {
        facts->shape,
        facts->initializer != NULL ? facts->initializer : "",
        facts->site,
    };

    return vs__record_of(numbers, sizeof numbers / sizeof numbers[0], texts,
                         sizeof texts / sizeof texts[0]);
}

struct vs__facts vs__facts_read(int64_t variable, struct vs__stmt *s, int i)
{
    return (struct vs__facts){
        .variable = variable,
        .dtype = vs__column_i64(s, i),
        .shape = vs__column_text(s, i + 1),
        .n_elements = vs__column_i64(s, i + 2),
        .n_bytes = vs__column_i64(s, i + 3),
        .trainable = vs__column_i64(s, i + 4),
        .initializer = vs__column_text(s, i + 5),
        .origin = vs__column_i64(s, i + 6),
        .site = vs__column_text(s, i + 7),
        .at_ms = vs__column_i64(s, i + 8),
        .reuse = vs__column_i64(s, i + 9),
        .is_part = vs__column_i64(s, i + VS__FACT_IS_PART),
    };
}

struct vs__digest vs__variable_record(const struct vs__digest *facts,
                                      int64_t current)
{
    struct vs__digest record = *facts;

    chain_numbers(&record, &current, 1);
    return record;
}

vs_status vs__facts_check(vs_store *store, const struct vs__facts *facts,
                          struct vs__stmt *s, int i, struct vs__digest *digest)
{
    const struct vs__digest made = vs__facts_digest(facts);
    const struct vs__digest want =
        vs__variable_record(&made, vs__column_i64(s, i));

    if (digest != NULL)
        *digest = made;
    if (vs__record_is(s, i + 1, &want))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "variable %lld: its row is not what was written",
                    (long long)facts->variable);
}

vs_status vs__variable_check(vs_store *store, int64_t variable,
                             struct vs__stmt *s, int i,
                             struct vs__digest *digest)
{
    const struct vs__facts facts = vs__facts_read(variable, s, i);

    return vs__facts_check(store, &facts, s, i + VS__N_FACTS, digest);
}

struct vs__digest vs__version_record(int64_t id, int64_t variable,
                                     int64_t n_chunks, int64_t at_ms,
                                     const struct vs__digest *digest)
{
    uint8_t record[32 + VS__DIGEST_BYTES];

    vs__store64(record, (uint64_t)id);
    vs__store64(record + 8, (uint64_t)variable);
    vs__store64(record + 16, (uint64_t)n_chunks);
    vs__store64(record + 24, (uint64_t)at_ms);
    memcpy(record + 32, digest->bytes, VS__DIGEST_BYTES);
    return vs__digest_of(record, sizeof record);
}

int64_t vs__saved_mark(int64_t checkpoint, int64_t name, int64_t version,
                       int64_t alias)
{
    const int64_t prime = 2147483647;
    int64_t mark = checkpoint % prime * 1000003 + name % prime;

    mark = mark % prime * 1000003 + version % prime;
    return (mark % prime * 1000003 + alias % prime) % prime;
}

vs_status vs__saved_check(vs_store *store, struct vs__stmt *s, int i)
{
    const int64_t checkpoint = vs__column_i64(s, i);
    const int64_t name = vs__column_i64(s, i + 1);

    if (vs__column_i64(s, i + 4) == vs__saved_mark(checkpoint, name,
                                                   vs__column_i64(s, i + 2),
                                                   vs__column_i64(s, i + 3)))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "checkpoint %lld: its row of name %lld is not what was "
                    "written",
                    (long long)checkpoint, (long long)name);
}

/* Compares the name beside a path, which one of the statements below finds;
 * VS_DONE: there is none. `found` (VS_NAME_MAX + 1 bytes, or NULL) receives
 * it. */
static vs_status check_neighbour(vs_store *store, const char *sql,
                                 const char *path, char *found)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, path, -1);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        const char *name = vs__column_text(s, VS__N_NAME);

        st = vs__name_check(store, s, 0, name, NULL);
        if (found != NULL)
            (void)snprintf(found, VS_NAME_MAX + 1, "%s", name);
    }
    vs__stmt_reset(s);
    return st;
}

/* Where there is no name at all, none has an id either. */
static vs_status check_nameless(vs_store *store)
{
    static const char sql[] = "SELECT id FROM name ORDER BY id LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    st = vs__stmt_step(s);
    vs__stmt_reset(s);
    if (st == VS_OK)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "the table of names is empty, its index is not");
    return st == VS_DONE ? VS_OK : st;
}

/* A key that is no text any more is not the text that it looks like. */
#define NEIGHBOUR                                                            \
    "SELECT " VS__NAME ", CASE typeof(n.path) WHEN 'text' THEN n.path ELSE " \
    "'' END FROM name AS n "

static vs_status look_before(vs_store *store, const char *path)
{
    static const char sql[] =
        NEIGHBOUR "WHERE n.path < $1 ORDER BY n.path DESC LIMIT 1";

    return check_neighbour(store, sql, path, NULL);
}

/* The name at a path, or the next one. */
static vs_status look_from(vs_store *store, const char *path, char *found)
{
    static const char sql[] =
        NEIGHBOUR "WHERE n.path >= $1 ORDER BY n.path LIMIT 1";

    return check_neighbour(store, sql, path, found);
}

vs_status vs__name_before(vs_store *store, const char *path)
{
    const vs_status st = look_before(store, path);

    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__name_gap(vs_store *store, const char *path)
{
    const vs_status left = look_before(store, path);
    vs_status right;

    if (left != VS_OK && left != VS_DONE)
        return left;
    right = look_from(store, path, NULL);
    if (left == VS_DONE && right == VS_DONE)
        return check_nameless(store);
    return right == VS_DONE ? VS_OK : right;
}

vs_status vs__names_none(vs_store *store, const char *first, const char *last,
                         bool *out)
{
    char found[VS_NAME_MAX + 1];
    const vs_status right = look_from(store, first, found);
    vs_status left;

    if (right != VS_OK && right != VS_DONE)
        return right;
    *out = right == VS_DONE || strcmp(found, last) > 0;
    if (!*out)
        return VS_OK;
    left = look_before(store, first);
    if (left == VS_DONE && right == VS_DONE)
        return check_nameless(store);
    return left == VS_DONE ? VS_OK : left;
}

vs_status vs__saved_gap(vs_store *store, int64_t checkpoint, int64_t name)
{
    static const char before[] =
        "SELECT checkpoint, name, version, alias, mark "
        "FROM checkpoint_variable WHERE (checkpoint, name) < ($1, $2) "
        "ORDER BY checkpoint DESC, name DESC LIMIT 1";
    static const char behind[] =
        "SELECT checkpoint, name, version, alias, mark "
        "FROM checkpoint_variable WHERE (checkpoint, name) > ($1, $2) "
        "ORDER BY checkpoint, name LIMIT 1";
    const char *const sides[] = {before, behind};

    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        struct vs__stmt *s;
        vs_status st = vs__stmt_get(store->db, sides[i], &s);

        if (st != VS_OK)
            return st;
        vs__bind_i64(s, 1, checkpoint);
        vs__bind_i64(s, 2, name);
        if ((st = vs__stmt_step(s)) == VS_OK)
            st = vs__saved_check(store, s, 0);
        vs__stmt_reset(s);
        if (st != VS_OK && st != VS_DONE)
            return st;
    }
    return VS_OK;
}

/* How many names a checkpoint was saved with; VS_DONE: there is none. */
static vs_status count_saved(vs_store *store, int64_t checkpoint, int64_t *n)
{
    static const char sql[] = "SELECT n_names FROM checkpoint WHERE id = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    if ((st = vs__stmt_step(s)) == VS_OK)
        *n = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__saved_complete(vs_store *store, int64_t checkpoint)
{
    static const char sql[] = "SELECT checkpoint, name, version, alias, mark "
                              "FROM checkpoint_variable WHERE checkpoint = $1";
    struct vs__stmt *s;
    int64_t want = 0;
    int64_t n = 0;
    vs_status st = count_saved(store, checkpoint, &want);

    if (st != VS_OK)
        return st == VS_DONE ? VS_OK : st;
    if ((st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    while ((st = vs__stmt_step(s)) == VS_OK &&
           (st = vs__saved_check(store, s, 0)) == VS_OK)
        n++;
    vs__stmt_reset(s);
    if (st != VS_DONE)
        return st;
    if (n != want)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "checkpoint %lld: %lld of its names are there, want "
                        "%lld",
                        (long long)checkpoint, (long long)n, (long long)want);
    return VS_OK;
}

vs_status vs__names_verify(vs_store *store)
{
    static const char sql[] = "SELECT " VS__NAME ", n.path, " VS__FACTS
                              ", v.current, v.record, s.current FROM name AS n "
                              "LEFT JOIN variable AS v ON v.id = n.variable "
                              "LEFT JOIN version AS s ON s.id = v.current "
                              "WHERE n.variable IS NOT NULL";
    const int facts = VS__N_NAME + 1;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, VS__N_NAME);

        st = vs__name_check(store, s, 0, path, NULL);
        if (st == VS_OK)
            st =
                vs__variable_check(store, vs__column_i64(s, 1), s, facts, NULL);
        if (st == VS_OK &&
            vs__column_i64(s, facts + VS__N_FACTS) != VS__DEFERRED &&
            vs__column_i64(s, facts + VS__N_FACTS + 2) != 1)
            st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                          "name %s: it leads to no current version", path);
        if (st != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}
