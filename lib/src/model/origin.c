/* origin.c - who writes: one row for each opening that creates something.
 *
 * The id is remembered, but the transaction that made the row may have been
 * rolled back since and the id taken by somebody else: so it is compared.
 */
#include "model/store.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "model/record.h"

/* True if the remembered row is there and ours. */
static vs_status still_ours(vs_store *store, bool *out)
{
    static const char sql[] = "SELECT 1 FROM origin WHERE id = $1 AND pid = $2 "
                              "AND at_ms = $3 AND program = $4 AND host = $5";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, store->origin);
    vs__bind_i64(s, 2, getpid());
    vs__bind_i64(s, 3, store->origin_ms);
    vs__bind_text(s, 4, store->program, -1);
    vs__bind_text(s, 5, store->host, -1);
    st = vs__stmt_step(s);
    *out = st == VS_OK;
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static struct vs__digest record_of(int64_t id, int64_t pid, int64_t at_ms,
                                   const char *program, const char *host)
{
    const int64_t numbers[] = {id, pid, at_ms};
    const char *const texts[] = {program, host};

    return vs__record_of(numbers, 3, texts, 2);
}

vs_status vs__origin_check(vs_store *store, struct vs__stmt *s)
{
    const int64_t id = vs__column_i64(s, 0);
    const struct vs__digest want =
        record_of(id, vs__column_i64(s, 1), vs__column_i64(s, 2),
                  vs__column_text(s, 3), vs__column_text(s, 4));

    if (vs__record_is(s, 5, &want))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "origin %lld: its row is not what was written",
                    (long long)id);
}

/* The record is over the id, which is known when the row is there. */
static vs_status insert(vs_store *store)
{
    static const char sql[] =
        "INSERT INTO origin (program, host, pid, at_ms, record) "
        "VALUES ($1, $2, $3, $4, $5)";
    static const char seal[] = "UPDATE origin SET record = $1 WHERE id = $2";
    struct vs__digest record;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, store->program, -1);
    vs__bind_text(s, 2, store->host, -1);
    vs__bind_i64(s, 3, getpid());
    vs__bind_i64(s, 4, store->origin_ms);
    vs__bind_blob(s, 5, "", 0);
    if ((st = vs__stmt_run(s)) != VS_OK)
        return st;
    store->origin = vs__db_last_id(store->db);
    record = record_of(store->origin, getpid(), store->origin_ms,
                       store->program, store->host);
    if ((st = vs__stmt_get(store->db, seal, &s)) != VS_OK)
        return st;
    vs__bind_blob(s, 1, record.bytes, VS__DIGEST_BYTES);
    vs__bind_i64(s, 2, store->origin);
    return vs__stmt_run(s);
}

vs_status vs__origin_id(vs_store *store, int64_t *out)
{
    bool ours = false;
    vs_status st = VS_OK;

    if (store->origin != 0 && (st = still_ours(store, &ours)) != VS_OK)
        return st;
    if (!ours && (st = insert(store)) != VS_OK)
        return st;
    *out = store->origin;
    return VS_OK;
}

void vs__origin_text(char out[VS__ORIGIN_TEXT_MAX], const char *program,
                     int64_t pid, const char *host, int64_t at_ms,
                     const char *site)
{
    const time_t seconds = (time_t)(at_ms / 1000);
    char when[32] = "";
    struct tm utc;

    /* Milliseconds of 64 bits reach years of nine digits, which struct tm and
     * `when` can hold. */
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &utc);
    (void)snprintf(out, VS__ORIGIN_TEXT_MAX,
                   "%.80s (pid %lld on %.64s) at "
                   "%s%s%.80s",
                   program, (long long)pid, host, when,
                   site[0] != '\0' ? ", " : "", site);
}
