/* record.c - see record.h. */
#include "model/record.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/fail.h"
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

struct vs__digest vs__name_record(int64_t id, const char *path,
                                  int64_t variable, int64_t alias)
{
    const int64_t numbers[] = {id, variable, alias};

    return vs__record_of(numbers, 3, &path, 1);
}

bool vs__record_is(struct vs__stmt *s, int i, const struct vs__digest *want)
{
    size_t n = 0;
    const void *found = vs__column_blob(s, i, &n);

    return n == VS__DIGEST_BYTES && memcmp(found, want->bytes, n) == 0;
}

vs_status vs__name_check(vs_store *store, struct vs__stmt *s, int i,
                         const char *path)
{
    const struct vs__digest want =
        vs__name_record(vs__column_i64(s, i), path, vs__column_i64(s, i + 1),
                        vs__column_i64(s, i + 2));

    if (vs__record_is(s, i + 3, &want))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "name %s: its row is not what was written", path);
}

struct vs__digest vs__variable_facts(int64_t variable, struct vs__stmt *s,
                                     int i)
{
    const int64_t numbers[] = {
        variable,
        vs__column_i64(s, i),
        vs__column_i64(s, i + 2),
        vs__column_i64(s, i + 3),
        vs__column_i64(s, i + 4),
        vs__column_i64(s, i + 6),
        vs__column_i64(s, i + 8),
        vs__column_i64(s, i + 9),
        vs__column_i64(s, i + VS__FACT_IS_PART),
    };
    const char *const texts[] = {vs__column_text(s, i + 1),
                                 vs__column_text(s, i + 5),
                                 vs__column_text(s, i + 7)};

    return vs__record_of(numbers, sizeof numbers / sizeof numbers[0], texts, 3);
}

struct vs__digest vs__variable_record(const struct vs__digest *facts,
                                      int64_t current)
{
    struct vs__digest record = *facts;

    chain_numbers(&record, &current, 1);
    return record;
}

vs_status vs__variable_check(vs_store *store, int64_t variable,
                             struct vs__stmt *s, int i,
                             struct vs__digest *facts)
{
    const struct vs__digest made = vs__variable_facts(variable, s, i);
    const struct vs__digest want =
        vs__variable_record(&made, vs__column_i64(s, i + VS__N_FACTS));

    if (facts != NULL)
        *facts = made;
    if (vs__record_is(s, i + VS__N_FACTS + 1, &want))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "variable %lld: its row is not what was written",
                    (long long)variable);
}

struct vs__digest vs__version_record(int64_t id, int64_t variable,
                                     int64_t n_chunks,
                                     const struct vs__digest *digest)
{
    uint8_t record[24 + VS__DIGEST_BYTES];

    vs__store64(record, (uint64_t)id);
    vs__store64(record + 8, (uint64_t)variable);
    vs__store64(record + 16, (uint64_t)n_chunks);
    memcpy(record + 24, digest->bytes, VS__DIGEST_BYTES);
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

/* One row by its id, whatever path it has: is it what was written, and that of
 * `path`? */
static vs_status check_by_id(vs_store *store, int64_t id, const char *path)
{
    static const char sql[] =
        "SELECT id, variable, alias, record, path FROM name WHERE id = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, id);
    st = vs__stmt_step(s);
    if (st == VS_DONE ||
        (st == VS_OK && strcmp(vs__column_text(s, 4), path) != 0))
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "name %s: the index leads to another row", path);
    if (st == VS_OK)
        st = vs__name_check(store, s, 0, path);
    vs__stmt_reset(s);
    return st;
}

/* The name that the index has beside a path, by one of the statements below;
 * VS_DONE: none. `beside` has VS_NAME_MAX + 1 bytes. */
static vs_status neighbour(vs_store *store, const char *sql, const char *path,
                           int64_t *id, char *beside)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, path, -1);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        *id = vs__column_i64(s, 0);
        (void)snprintf(beside, VS_NAME_MAX + 1, "%s", vs__column_text(s, 1));
    }
    vs__stmt_reset(s);
    return st;
}

/* Where the index has no name at all the table has none either. */
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
                        "the index of names is empty, their table is not");
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__name_gap(vs_store *store, const char *path)
{
    /* A key that is no text any more is not the text that it looks like. */
    static const char before[] =
        "SELECT id, CASE typeof(path) WHEN 'text' THEN path ELSE '' END "
        "FROM name WHERE path < $1 ORDER BY path DESC LIMIT 1";
    static const char behind[] =
        "SELECT id, CASE typeof(path) WHEN 'text' THEN path ELSE '' END "
        "FROM name WHERE path >= $1 ORDER BY path LIMIT 1";
    const char *const sides[] = {before, behind};
    char beside[VS_NAME_MAX + 1];
    int n_sides = 0;

    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        int64_t id = 0;
        vs_status st = neighbour(store, sides[i], path, &id, beside);

        n_sides += st == VS_OK;
        if (st == VS_OK)
            st = check_by_id(store, id, beside);
        if (st != VS_OK && st != VS_DONE)
            return st;
    }
    return n_sides != 0 ? VS_OK : check_nameless(store);
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
