/* fuzz_rows.c - a store by a stranger who knows how digests are made.
 *
 * The threat: rows that are well-formed, sealed, and lie: counts, lengths and
 * shapes that do not fit each other, ids that lead nowhere or in circles. Each
 * input is a list of changes to rows of a sound store; the rows get their
 * digests again, and the store is asked for all it has, checked, salvaged and
 * written to.
 *
 * A change is 4 bytes - what to do, which column of the schema, which row,
 * and a small number - and for some ways bytes behind them.
 */
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "db/stmt.h"
#include "fuzz.h"
#include "reseal.h"
#include "sound.h"

#define MAX_COLUMNS    160
#define NAME_MAX_BYTES 40
#define KEYS_MAX       100

/* A column of a table, and how to name a row of it. */
struct column {
    char table[NAME_MAX_BYTES];
    char name[NAME_MAX_BYTES];
    char keys[KEYS_MAX];
};

static struct column columns[MAX_COLUMNS];
static size_t n_columns;

enum way {
    WAY_SET,     /* to the small number, signed */
    WAY_ADD,     /* the small number */
    WAY_EDGE,    /* to a number at the edge of something */
    WAY_INTEGER, /* to the 8 bytes that follow */
    WAY_REAL,    /* the same, as a double */
    WAY_TEXT,    /* to as many bytes as the small number says */
    WAY_BLOB,
    WAY_NULL,
    WAY_COPY,   /* to what stands in the row of the small number */
    WAY_DELETE, /* the row */
    N_WAYS
};

static const int64_t edges[] = {
    0,          1,
    -1,         127,
    128,        255,
    256,        4095,
    4096,       4097,
    65535,      65536,
    INT32_MAX,  INT32_MIN,
    UINT32_MAX, 1LL << 32,
    1LL << 33,  1LL << 40,
    1LL << 53,  -(1LL << 53),
    1LL << 62,  -(1LL << 62),
    INT64_MAX,  INT64_MIN,
};

/* The facts of the file are for fuzz_store. */
static void list_columns(vs_store *store)
{
    static const char sql[] =
        "SELECT m.name, c.name, (SELECT group_concat(k.name, ', ') "
        "FROM pragma_table_info(m.name) AS k WHERE k.pk > 0) "
        "FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c "
        "WHERE m.type = 'table' AND m.name NOT IN ('meta', 'dtype') "
        "AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid";
    struct vs__stmt *s;

    must(vs__stmt_get(store->db, sql, &s) == VS_OK);
    while (vs__stmt_step(s) == VS_OK) {
        struct column *c = &columns[n_columns++];

        must(n_columns < MAX_COLUMNS);
        (void)snprintf(c->table, sizeof c->table, "%s", vs__column_text(s, 0));
        (void)snprintf(c->name, sizeof c->name, "%s", vs__column_text(s, 1));
        (void)snprintf(c->keys, sizeof c->keys, "%s", vs__column_text(s, 2));
    }
    vs__stmt_reset(s);
    must(n_columns > 50);
}

/* $1 is the value, $2 the row. */
static void write_sql(enum way way, const struct column *c, char *sql,
                      size_t size)
{
    char what[400];

    if (way == WAY_DELETE)
        (void)snprintf(what, sizeof what, "DELETE FROM %s WHERE $1 = $1",
                       c->table);
    else if (way == WAY_ADD)
        (void)snprintf(what, sizeof what, "UPDATE %s SET %s = %s + $1 WHERE 1",
                       c->table, c->name, c->name);
    else if (way == WAY_COPY)
        (void)snprintf(what, sizeof what,
                       "UPDATE %s SET %s = (SELECT %s FROM %s ORDER BY %s "
                       "LIMIT 1 OFFSET $1) WHERE 1",
                       c->table, c->name, c->name, c->table, c->keys);
    else
        (void)snprintf(what, sizeof what, "UPDATE %s SET %s = $1 WHERE 1",
                       c->table, c->name);
    (void)snprintf(sql, size,
                   "%s AND (%s) IN (SELECT %s FROM %s ORDER BY %s LIMIT 1 "
                   "OFFSET $2)",
                   what, c->keys, c->keys, c->table, c->keys);
}

/* Binds the new value; how many of the `n` bytes behind it used. */
static size_t bind_value(struct vs__stmt *s, enum way way, int8_t small,
                         const uint8_t *data, size_t n)
{
    const size_t length = (uint8_t)small < n ? (uint8_t)small : n;
    uint64_t bits = 0;
    double real;

    switch (way) {
    case WAY_EDGE:
        vs__bind_i64(s, 1,
                     edges[(uint8_t)small % (sizeof edges / sizeof edges[0])]);
        return 0;
    case WAY_INTEGER:
    case WAY_REAL:
        if (n >= sizeof bits)
            bits = vs__load64(data);
        memcpy(&real, &bits, sizeof real);
        if (way == WAY_REAL)
            vs__bind_f64(s, 1, real);
        else
            vs__bind_i64(s, 1, (int64_t)bits);
        return n >= sizeof bits ? sizeof bits : n;
    case WAY_TEXT:
        vs__bind_text(s, 1, (const char *)data, (int)length);
        return length;
    case WAY_BLOB:
        vs__bind_blob(s, 1, data, length);
        return length;
    case WAY_NULL:
        vs__bind_null(s, 1);
        return 0;
    case WAY_SET:
    case WAY_ADD:
    case WAY_COPY:
    case WAY_DELETE:
    case N_WAYS:
        break;
    }
    vs__bind_i64(s, 1, small);
    return 0;
}

/* One change; what the schema refuses is not done. How many of the `n` bytes
 * it used. */
static size_t change(vs_store *store, const uint8_t *data, size_t n)
{
    const enum way way = (enum way)(data[0] % N_WAYS);
    const struct column *c = &columns[data[1] % n_columns];
    char sql[600];
    struct vs__stmt *s = NULL;
    size_t used = 4;

    write_sql(way, c, sql, sizeof sql);
    must(vs__stmt_new(store->db, sql, &s) == VS_OK);
    used += bind_value(s, way, (int8_t)data[3], data + 4, n - 4);
    vs__bind_i64(s, 2, data[2] % 16);
    (void)!vs__stmt_run(s);
    vs__stmt_free(s);
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const bool salvage = n % 8 == 0;
    const bool changed = n >= 4;
    vs_store *store;

    (void)sound_put();
    store = sound_open();
    must(store != NULL);
    if (n_columns == 0)
        list_columns(store);
    must(vs_store_begin(store, VS_TXN_WRITE) == VS_OK);
    for (int i = 0; n >= 4 && i < 8; i++) {
        const size_t used = change(store, data, n);

        data += used;
        n -= used;
    }
    reseal(store);
    must(vs_store_commit(store) == VS_OK);
    vs_store_close(store);
    must(sound_use(salvage) || changed); /* else they are sealed wrongly */
    return 0;
}
