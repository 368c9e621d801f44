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

vs_status vs__origin_id(vs_store *store, int64_t *out)
{
    static const char sql[] = "INSERT INTO origin (program, host, pid, at_ms) "
                              "VALUES ($1, $2, $3, $4)";
    struct vs__stmt *s;
    bool ours = false;
    vs_status st = VS_OK;

    if (store->origin != 0 && (st = still_ours(store, &ours)) != VS_OK)
        return st;
    if (!ours) {
        if ((st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
            return st;
        vs__bind_text(s, 1, store->program, -1);
        vs__bind_text(s, 2, store->host, -1);
        vs__bind_i64(s, 3, getpid());
        vs__bind_i64(s, 4, store->origin_ms);
        if ((st = vs__stmt_run(s)) != VS_OK)
            return st;
        store->origin = vs__db_last_id(store->db);
    }
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

    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &utc);
    (void)snprintf(out, VS__ORIGIN_TEXT_MAX,
                   "%.80s (pid %lld on %.64s) at "
                   "%s%s%.80s",
                   program, (long long)pid, host, when,
                   site[0] != '\0' ? ", " : "", site);
}
