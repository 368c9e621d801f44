/* store.c - opening a store: the file's facts, its schema, its transactions.
 *
 * A new file gets its tables and its facts in one transaction; whoever comes
 * second, even in the middle, sees all of it or none.
 */
#include "model/store.h"
#include "model/callback.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/options.h"
#include "base/target.h"
#include "db/migrate.h"
#include "model/local.h"

#define FORMAT      1         /* format version that this library writes */
#define BUSY_MS     5000      /* default wait for another writer */
#define CHUNK_BYTES (1 << 20) /* default chunk */
#define CHUNK_LEAST (4 << 10)
#define CHUNK_MOST  (4 << 20)

vs_error *vs__store_words(vs_store *store)
{
    return vs__db_error(store->outer != NULL ? store->outer->db : store->db);
}

const vs_error *vs_store_error(const vs_store *store)
{
    return vs__db_error(store->db);
}

vs_status vs__store_enter(vs_store *store)
{
    vs_status st =
        store->outer != NULL ? vs__db_enter(store->outer->db) : VS_OK;

    return st == VS_OK ? vs__db_enter(store->db) : st;
}

vs_status vs__store_tell(vs_store *store, vs_status st)
{
    if (st < VS_OK && store->outer != NULL) {
        const vs_error *words = vs__db_error(store->db);

        if (words->status == st)
            *vs__store_words(store) = *words;
    }
    return st;
}

vs_status vs__store_begin(vs_store *store, vs_txn_kind kind)
{
    vs_status st = vs__store_enter(store);

    return st == VS_OK ? vs__store_tell(store, vs__txn_begin(store->db, kind))
                       : st;
}

vs_status vs__store_begin_bulk(vs_store *store, int64_t n_bytes)
{
    vs_status st = vs__store_enter(store);

    return st == VS_OK
               ? vs__store_tell(store, vs__txn_begin_bulk(store->db, n_bytes))
               : st;
}

vs_status vs__store_join(vs_store *store, int64_t n_bytes)
{
    vs_status st = vs__store_enter(store);

    return st == VS_OK ? vs__store_tell(store, vs__txn_join(store->db, n_bytes))
                       : st;
}

vs_status vs__store_end(vs_store *store, vs_status st)
{
    const int level = vs__txn_depth(store->db);
    const bool writing = vs__txn_writing(store->db);

    vs__pool_rest(&store->pool);
    if (level == 1)
        st = vs__pool_end(&store->pool, st);
    st = vs__txn_end(store->db, st);
    if (writing)
        vs__fresh_end(store, level, st >= VS_OK);
    return vs__store_tell(store, st);
}

/* Reads a fact as text into `out`. VS_ERR_CORRUPT: there is no such fact. */
static vs_status meta_text(vs_store *store, const char *key, char *out,
                           size_t cap)
{
    static const char sql[] = "SELECT value FROM meta WHERE key = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, key, -1);
    st = vs__stmt_step(s);
    if (st == VS_OK)
        (void)snprintf(out, cap, "%s", vs__column_text(s, 0));
    else if (st == VS_DONE)
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "%s: the fact '%s' is missing", vs__db_path(store->db),
                      key);
    vs__stmt_reset(s);
    return st;
}

static vs_status set_meta(vs_store *store, const char *key, const char *value)
{
    static const char sql[] =
        "INSERT INTO meta (key, value) VALUES ($1, $2) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, key, -1);
    vs__bind_text(s, 2, value, -1);
    return vs__stmt_run(s);
}

static vs_status meta_i64(vs_store *store, const char *key, int64_t *out)
{
    char text[32];
    char *end;
    int64_t value;
    vs_status st = meta_text(store, key, text, sizeof text);

    if (st != VS_OK)
        return st;
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0')
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "%s: the fact '%s' is '%s', want a number",
                        vs__db_path(store->db), key, text);
    *out = value;
    return VS_OK;
}

static vs_status set_meta_i64(vs_store *store, const char *key, int64_t value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%" PRId64, value);
    return set_meta(store, key, text);
}

/* A text's digest, in hexadecimal. */
static void text_digest(const char *text, char out[33])
{
    const struct vs__digest digest = vs__digest_of(text, strlen(text));

    for (size_t i = 0; i < VS__DIGEST_BYTES; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest.bytes[i]);
}

/* That of the facts that never change. */
static void facts_digest(const vs_store *store, bool delta, char out[33])
{
    char text[160];

    (void)snprintf(text, sizeof text,
                   "varstore %d %s %" PRIu64 " %" PRId64 " %" PRId64 " %d",
                   store->format, store->id, store->seed, store->chunk_bytes,
                   store->created_ms, delta ? 1 : 0);
    text_digest(text, out);
}

vs_status vs__store_head(vs_store *store, int64_t *out)
{
    char number[32];
    char digest[40];
    char want[33];
    int64_t head = 0;
    vs_status st;

    if ((st = meta_i64(store, "head", &head)) != VS_OK ||
        (st = meta_text(store, "head", number, sizeof number)) != VS_OK ||
        (st = meta_text(store, "head_digest", digest, sizeof digest)) != VS_OK)
        return st;
    text_digest(number, want);
    if (strcmp(digest, want) != 0)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "%s: the fact 'head' is not what was written",
                        vs__db_path(store->db));
    *out = head;
    return VS_OK;
}

vs_status vs__store_set_head(vs_store *store, int64_t checkpoint)
{
    char number[32];
    char digest[33];
    vs_status st;

    (void)snprintf(number, sizeof number, "%" PRId64, checkpoint);
    text_digest(number, digest);
    if ((st = set_meta(store, "head", number)) != VS_OK)
        return st;
    return set_meta(store, "head_digest", digest);
}

/* Writes the facts of a new file. */
static vs_status write_facts(vs_store *store, int64_t chunk_bytes,
                             uint64_t seed, bool delta)
{
    uint8_t random[24];
    char facts[33];
    char *id = store->id;
    vs_status st;

    if (vs__random_bytes(random, sizeof random) != 0)
        return vs__fail(vs__store_words(store), VS_ERR_IO,
                        "the system gives no random bytes");
    for (int i = 0; i < 16; i++)
        (void)snprintf(id + 2 * (size_t)i, 3, "%02x", random[i]);
    if (seed == 0)
        memcpy(&seed, random + 16, sizeof seed);
    seed &= INT64_MAX; /* kept as a decimal number that SQL can read */
    store->format = FORMAT;
    store->seed = seed;
    store->chunk_bytes = chunk_bytes;
    store->created_ms = vs__wall_ms();
    facts_digest(store, delta, facts);
    if ((st = set_meta(store, "format", "varstore")) != VS_OK ||
        (st = set_meta(store, "id", id)) != VS_OK ||
        (st = set_meta_i64(store, "format_version", FORMAT)) != VS_OK ||
        (st = set_meta_i64(store, "seed", (int64_t)seed)) != VS_OK ||
        (st = set_meta_i64(store, "chunk_bytes", chunk_bytes)) != VS_OK ||
        (st = set_meta_i64(store, "delta", delta)) != VS_OK ||
        (st = set_meta_i64(store, "created_ms", store->created_ms)) != VS_OK ||
        (st = set_meta(store, "facts", facts)) != VS_OK)
        return st;
    return vs__store_set_head(store, 0);
}

static bool chunk_bytes_valid(int64_t n)
{
    return n >= CHUNK_LEAST && n <= CHUNK_MOST && (n & (n - 1)) == 0;
}

/* Reads the facts and checks that they can be. */
static vs_status read_facts(vs_store *store)
{
    vs_error *err = vs__store_words(store);
    const char *path = vs__db_path(store->db);
    int64_t format = 0;
    int64_t seed = 0;
    int64_t delta = 0;
    char facts[40];
    char want[33];
    char name[16];
    vs_status st;

    if ((st = meta_text(store, "format", name, sizeof name)) != VS_OK ||
        (st = meta_i64(store, "format_version", &format)) != VS_OK)
        return st;
    if (strcmp(name, "varstore") != 0)
        return vs__fail(err, VS_ERR_NOTASTORE,
                        "%s: its format is '%s', want 'varstore'", path, name);
    if (format > FORMAT)
        return vs__fail(err, VS_ERR_TOONEW,
                        "%s: format version %" PRId64
                        ", this library knows up to %d",
                        path, format, FORMAT);
    if ((st = meta_text(store, "id", store->id, sizeof store->id)) != VS_OK ||
        (st = meta_i64(store, "seed", &seed)) != VS_OK ||
        (st = meta_i64(store, "chunk_bytes", &store->chunk_bytes)) != VS_OK ||
        (st = meta_i64(store, "delta", &delta)) != VS_OK ||
        (st = meta_i64(store, "created_ms", &store->created_ms)) != VS_OK ||
        (st = meta_text(store, "facts", facts, sizeof facts)) != VS_OK)
        return st;
    if (delta != 0 && delta != 1)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "%s: the fact 'delta' is %" PRId64 ", want 0 or 1",
                        path, delta);
    if (format < 1 || !chunk_bytes_valid(store->chunk_bytes))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "%s: format version %" PRId64 " with chunks of %" PRId64
                        " bytes cannot be",
                        path, format, store->chunk_bytes);
    store->format = (int)format;
    store->seed = (uint64_t)seed;
    store->delta = delta != 0;
    facts_digest(store, delta != 0, want);
    if (strcmp(facts, want) != 0)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "%s: the facts about the store are not what was "
                        "written",
                        path);
    return VS_OK;
}

/* Tells a file that is being created from one that is empty for another
 * reason: the creator holds the write lock, so after it has ended there are
 * tables, or there never was a creator. */
static vs_status make_tables(vs_store *store, const vs_store_options *options)
{
    bool is_new = false;
    vs_status st = vs__txn_begin(store->db, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = vs__db_is_new(store->db, &is_new)) == VS_OK && is_new) {
        st = vs__migrate(store->db, vs__schema, vs__schema_n);
        if (st == VS_OK)
            st = write_facts(store,
                             options->chunk_bytes != 0 ? options->chunk_bytes
                                                       : CHUNK_BYTES,
                             options->seed, options->delta == VS_YES);
    }
    return vs__txn_end(store->db, st);
}

/* Brings the schema of an older file up to date. */
static vs_status migrate(vs_store *store)
{
    int number = 0;
    vs_status st = vs__db_schema_number(store->db, &number);

    if (st != VS_OK || number >= vs__schema_n || vs__db_readonly(store->db))
        return st;
    if ((st = vs__txn_begin(store->db, VS_TXN_WRITE)) != VS_OK)
        return st;
    return vs__txn_end(store->db,
                       vs__migrate(store->db, vs__schema, vs__schema_n));
}

/* Checks identity before anything of the file is trusted, then reads its
 * facts. */
static vs_status check_and_read(vs_store *store)
{
    int number = 0;
    vs_status st = vs__txn_begin(store->db, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    st = vs__db_schema_number(store->db, &number);
    if (st == VS_OK && number > vs__schema_n)
        st = vs__fail(vs__store_words(store), VS_ERR_TOONEW,
                      "%s: schema number %d, this library knows up to %d",
                      vs__db_path(store->db), number, vs__schema_n);
    if (st == VS_OK)
        st = vs__migrate_verify(store->db, vs__schema, vs__schema_n);
    if (st == VS_OK)
        st = read_facts(store);
    return vs__txn_end(store->db, st);
}

/* A check or a salvage needs a damaged store opened: what is read here has
 * proof of its own. */
static vs_status start(vs_store *store, const vs_store_options *options)
{
    bool is_new = false;
    vs_status st = vs__txn_begin(store->db, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    st = vs__txn_end(store->db, vs__db_is_new(store->db, &is_new));
    if (st == VS_OK && is_new && options->mode < VS_OPEN_CREATE)
        st = vs__fail(vs__store_words(store), VS_ERR_NOTASTORE,
                      "%s: it has no tables", vs__db_path(store->db));
    if (st == VS_OK && is_new)
        st = make_tables(store, options);
    if (st == VS_OK)
        st = check_and_read(store);
    if (st == VS_OK)
        st = vs__db_ready(store->db);
    if (st == VS_OK)
        st = migrate(store);
    return st;
}

static vs_status check_options(const char *path, const vs_store_options *o,
                               vs_error *err)
{
    if (path == NULL || path[0] == '\0')
        return vs__fail(err, VS_ERR_MISUSE, "a store needs a path");
    if (VS__HOST_BIG) /* elements are handed over as they lie in the file */
        return vs__fail(err, VS_ERR_UNSUPPORTED,
                        "%s: a store needs a processor that has the lowest "
                        "byte of a number first",
                        path);
    if ((int)o->mode < VS_OPEN_READ || o->mode > VS_OPEN_CREATE_NEW ||
        (int)o->sync < VS_SYNC_FULL || o->sync > VS_SYNC_NORMAL)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: open mode %d and sync %d, want up to %d and %d",
                        path, (int)o->mode, (int)o->sync,
                        (int)VS_OPEN_CREATE_NEW, (int)VS_SYNC_NORMAL);
    if (o->threads < 0 || o->threads > VS__WORKERS_MAX)
        return vs__fail(err, VS_ERR_MISUSE, "%s: %d threads, want up to %d",
                        path, o->threads, VS__WORKERS_MAX);
    if ((int)o->delta < VS_UNSET || o->delta > VS_YES)
        return vs__fail(err, VS_ERR_MISUSE, "%s: delta is %d, want %d to %d",
                        path, (int)o->delta, (int)VS_UNSET, (int)VS_YES);
    if (o->chunk_bytes != 0 && !chunk_bytes_valid(o->chunk_bytes))
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: chunks of %" PRId64
                        " bytes, want a power of two from %d to %d",
                        path, o->chunk_bytes, CHUNK_LEAST, CHUNK_MOST);
    return VS_OK;
}

vs_status vs_store_open(const char *path, const vs_store_options *given,
                        vs_store **out, vs_error *err)
{
    vs_store_options options;
    struct vs__db_options db_options;
    vs_store *store;
    vs_status st = vs__options_take(&options, sizeof options, given,
                                    "vs_store_options", err);

    if (st != VS_OK || (st = check_options(path, &options, err)) != VS_OK)
        return st;
    store = vs__calloc(1, sizeof *store);
    if (store == NULL)
        return vs__fail_nomem(err);
    db_options.mode = options.mode;
    db_options.sync = options.sync;
    db_options.application_id = VS__APPLICATION_ID;
    db_options.busy_ms = options.busy_ms == 0 ? BUSY_MS : options.busy_ms;
    if (db_options.busy_ms < 0)
        db_options.busy_ms = 0;
    if ((st = vs__db_open(path, &db_options, &store->db, err)) != VS_OK)
        goto fail;
    vs__db_lenient_begin(store->db);
    st = start(store, &options);
    vs__db_lenient_end(store->db);
    if (st != VS_OK) {
        if (err != NULL)
            *err = *vs__store_words(store);
        goto fail;
    }
    if (options.delta != VS_UNSET)
        store->delta = options.delta == VS_YES;
    vs__pool_init(&store->pool, store->db, (size_t)store->chunk_bytes);
    store->pool.threads = vs__workers_number(options.threads);
    store->eager = options.eager;
    store->origin_ms = vs__wall_ms();
    vs__host_name(store->host, sizeof store->host);
    if (options.program != NULL)
        (void)snprintf(store->program, sizeof store->program, "%s",
                       options.program);
    else
        vs__program_name(store->program, sizeof store->program);
    *out = store;
    return VS_OK;

fail:
    vs_store_close(store);
    return st;
}

/* Makes the tables of a store of local variables and takes what it has in
 * common with the outer one. */
static vs_status start_inner(vs_store *inner)
{
    const vs_store *outer = inner->outer;
    const vs_store_options options = {.chunk_bytes = outer->chunk_bytes};
    vs_status st = make_tables(inner, &options);

    if (st != VS_OK || (st = check_and_read(inner)) != VS_OK)
        return st;
    inner->seed = outer->seed;
    vs__pool_init(&inner->pool, inner->db, (size_t)inner->chunk_bytes);
    inner->pool.threads = 1; /* its database has one connection */
    inner->origin_ms = outer->origin_ms;
    memcpy(inner->host, outer->host, sizeof inner->host);
    memcpy(inner->program, outer->program, sizeof inner->program);
    return VS_OK;
}

vs_status vs__store_open_inner(vs_store *outer, vs_store **out)
{
    vs_error *err = vs__store_words(outer);
    vs_store *inner = vs__calloc(1, sizeof *inner);
    char called[512];
    vs_status st;

    if (inner == NULL)
        return vs__fail_nomem(err);
    inner->outer = outer;
    (void)snprintf(called, sizeof called, "%.480s (local variables)",
                   vs__db_path(outer->db));
    if ((st = vs__db_open_alone(called, &inner->db, err)) == VS_OK)
        st = vs__store_tell(inner, start_inner(inner));
    if (st == VS_OK)
        *out = inner;
    else
        vs_store_close(inner);
    return st;
}

void vs_store_close(vs_store *store)
{
    if (store == NULL)
        return;
    vs__callbacks_done(store);
    vs__fresh_done(store);
    vs_store_close(store->locals);
    vs__pool_done(&store->pool);
    vs__db_close(store->db);
    vs__free(store);
}

vs_status vs_store_begin(vs_store *store, vs_txn_kind kind)
{
    vs_status st;

    if ((int)kind < VS_TXN_READ || kind > VS_TXN_BULK)
        return vs__fail(vs__store_words(store), VS_ERR_MISUSE,
                        "a transaction of kind %d, want %d to %d", (int)kind,
                        (int)VS_TXN_READ, (int)VS_TXN_BULK);
    if ((st = vs__store_begin(store, kind)) != VS_OK)
        return st;
    if ((st = vs__local_begin(store)) != VS_OK)
        (void)vs__txn_end(store->db, st);
    return st;
}

/* Ends the caller's innermost transaction. */
static vs_status end(vs_store *store, bool commit)
{
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK)
        return st;
    if (vs__txn_depth(store->db) == 0)
        return vs__fail(vs__store_words(store), VS_ERR_MISUSE,
                        "no transaction is open");
    if (!commit) {
        (void)vs__store_end(store, VS_ERR_CANCELLED);
        return vs__local_end(store, VS_ERR_CANCELLED);
    }
    if ((st = vs__store_end(store, VS_OK)) == VS_OK)
        return vs__local_end(store, VS_OK);
    (void)vs__local_end(store, st);
    return st;
}

vs_status vs_store_commit(vs_store *store)
{
    return end(store, true);
}

vs_status vs_store_rollback(vs_store *store)
{
    return end(store, false);
}

vs_status vs_store_flush(vs_store *store)
{
    vs_status st = vs__db_enter(store->db);

    return st == VS_OK ? vs__db_flush(store->db) : st;
}
