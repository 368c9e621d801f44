/* reseal.c - see reseal.h. */
#include "reseal.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "codec/digest.h"
#include "db/stmt.h"
#include "fuzz.h"
#include "model/record.h"

#define SQL_MAX 512

/* What a record is over, as letters, one for each column:
 *   n  a number of the item that is being put together; NULL is 0
 *   m  the same; NULL is -1
 *   d  the same, a double without the sign of a zero
 *   t  an item: the digest of a text
 *   r  an item: the text or the bytes themselves
 *   b  no item: it starts with these bytes, which are a digest
 *   v  these bytes end the item, whose digest is the record: no chain
 * A dot, which is no column, ends an item of numbers. */
static const struct recorded {
    const char *table;
    const char *keys;
    const char *columns;
    const char *letters;
} recorded[] = {
    {"name", "id",
     "id, variable, alias, dtype, trainable, is_part, shape, path",
     "nnnnnn.tt"},
    {"variable", "id",
     "id, dtype, n_elements, n_bytes, trainable, origin, at_ms, reuse, "
     "is_part, shape, initializer, site, current",
     "nnnnnnnnn.tttn."},
    {"part", "variable",
     "variable, ordinal, n_parts, axis, first, drawn, shape", "nnnnnn.t"},
    {"scope_mark", "mark, scope", "mark, origin, at_ms, scope, site", "nnn.tt"},
    {"version", "id", "id, variable, n_chunks, at_ms, digest", "nnnnv"},
    {"origin", "id", "id, pid, at_ms, program, host", "nnn.tt"},
    {"chunk", "id",
     "digest, dtype, raw_bytes, tie, base, codec, filter, frame_bytes, "
     "n_numbers, n_zeros, n_nans, n_infs, min, max, mean, m2, histogram",
     "bnnnnnnnnnnndddd.r"},
    {"rule", "variable, kind", "variable, kind, spec", "n.tt"},
    {"checkpoint", "id",
     "id, parent, step, at_ms, origin, n_names, n_metrics, logical_bytes, "
     "new_bytes, message, root",
     "nnmnnnnnn.tr"},
    {"metric", "checkpoint, key", "checkpoint, value, key", "nd.t"},
    {"tag", "name", "checkpoint, name", "n.t"},
};

static uint64_t double_bits(double value)
{
    const double unsigned_zero = value + 0.0;
    uint64_t bits;

    memcpy(&bits, &unsigned_zero, sizeof bits);
    return bits;
}

static struct vs__digest digest_of_text(struct vs__stmt *s, int column)
{
    const char *text = vs__column_text(s, column);

    return vs__digest_of(text, strlen(text));
}

/* Bytes that are no digest count as none. */
static size_t copy_digest(uint8_t *out, struct vs__stmt *s, int column)
{
    size_t n = 0;
    const void *bytes = vs__column_blob(s, column, &n);

    if (n != VS__DIGEST_BYTES)
        return 0;
    memcpy(out, bytes, n);
    return n;
}

/* An item that is too long for a chain cannot be one. */
static void add_raw(struct vs__digest *chain, struct vs__stmt *s, int column)
{
    size_t n = 0;
    const void *bytes = vs__column_blob(s, column, &n);

    if (n <= VS__CHAIN_ITEM_MAX)
        vs__digest_chain(chain, bytes, n);
}

static struct vs__digest record_of(struct vs__stmt *s, const char *letters)
{
    struct vs__digest chain = {{0}};
    struct vs__digest text;
    uint8_t item[16 * 8];
    size_t n = 0;
    int column = 0;

    for (const char *letter = letters; *letter != '\0'; letter++)
        switch (*letter) {
        case '.':
            vs__digest_chain(&chain, item, n);
            n = 0;
            break;
        case 'm':
        case 'n':
            vs__store64(item + n,
                        (uint64_t)(*letter == 'm' && vs__column_null(s, column)
                                       ? -1
                                       : vs__column_i64(s, column)));
            n += 8;
            column++;
            break;
        case 'd':
            vs__store64(item + n, double_bits(vs__column_f64(s, column++)));
            n += 8;
            break;
        case 't':
            text = digest_of_text(s, column++);
            vs__digest_chain(&chain, text.bytes, VS__DIGEST_BYTES);
            break;
        case 'r':
            add_raw(&chain, s, column++);
            break;
        case 'v':
            n += copy_digest(item + n, s, column++);
            chain = vs__digest_of(item, n);
            break;
        default:
            (void)copy_digest(chain.bytes, s, column++);
        }
    return chain;
}

/* The record that row `row` should have, counted in the order of the keys;
 * false: there is no such row. */
static bool make_record(vs_store *store, const struct recorded *r, int64_t row,
                        struct vs__digest *out)
{
    char sql[SQL_MAX];
    struct vs__stmt *s = NULL;
    bool found = false;

    (void)snprintf(sql, sizeof sql,
                   "SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET $1",
                   r->columns, r->table, r->keys);
    if (vs__stmt_new(store->db, sql, &s) != VS_OK)
        return false;
    vs__bind_i64(s, 1, row);
    if (vs__stmt_step(s) == VS_OK) {
        *out = record_of(s, r->letters);
        found = true;
    }
    vs__stmt_free(s);
    return found;
}

static void put_record(vs_store *store, const struct recorded *r, int64_t row,
                       const struct vs__digest *record)
{
    char sql[SQL_MAX];
    struct vs__stmt *s = NULL;

    (void)snprintf(sql, sizeof sql,
                   "UPDATE %s SET record = $1 WHERE (%s) IN "
                   "(SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET $2)",
                   r->table, r->keys, r->keys, r->table, r->keys);
    if (vs__stmt_new(store->db, sql, &s) != VS_OK)
        return;
    vs__bind_blob(s, 1, record->bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 2, row);
    (void)!vs__stmt_run(s);
    vs__stmt_free(s);
}

static void put_marks(vs_store *store)
{
    static const char sql[] =
        "UPDATE checkpoint_variable SET mark = " VS__MARK_SQL(
            "checkpoint", "name", "version", "alias");
    struct vs__stmt *s;

    if (vs__stmt_get(store->db, sql, &s) == VS_OK)
        (void)!vs__stmt_run(s);
}

void reseal(vs_store *store)
{
    struct vs__digest record;

    for (size_t i = 0; i < sizeof recorded / sizeof recorded[0]; i++)
        for (int64_t row = 0; make_record(store, &recorded[i], row, &record);
             row++)
            put_record(store, &recorded[i], row, &record);
    put_marks(store);
}
