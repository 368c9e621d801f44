/* summary.c - counts over the whole store, for vs_store_describe. */
#include <string.h>

#include "base/fail.h"
#include "model/store.h"

/* Runs a statement without parameters and reads its one row of numbers. */
static vs_status numbers(vs_store *store, const char *sql, int64_t *out, int n)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    if ((st = vs__stmt_step(s)) == VS_OK)
        for (int i = 0; i < n; i++)
            out[i] = vs__column_i64(s, i);
    vs__stmt_reset(s);
    return st;
}

static vs_status count(vs_store *store, vs_store_info *info)
{
    static const char variables[] =
        "SELECT count(*), coalesce(sum(trainable), 0), "
        "coalesce(sum(n_elements), 0), coalesce(sum(CASE current WHEN -1 THEN "
        "1 ELSE 0 END), 0), "
        "coalesce(sum(CASE current WHEN -1 THEN 0 ELSE n_bytes END), 0) "
        "FROM variable WHERE n_names > 0";
    static const char aliases[] =
        "SELECT count(*) FROM name WHERE alias = 1 AND variable IS NOT NULL";
    static const char chunks[] =
        "SELECT count(*), coalesce(sum(frame_bytes), 0) FROM chunk";
    static const char small[] =
        "SELECT coalesce(sum(v.n_bytes), 0) FROM version AS s "
        "JOIN variable AS v ON v.id = s.variable WHERE s.n_chunks = 0";
    static const char checkpoints[] = "SELECT count(*) FROM checkpoint";
    int64_t n[5];
    vs_status st;

    if ((st = numbers(store, variables, n, 5)) != VS_OK)
        return st;
    info->n_variables = n[0];
    info->n_trainable = n[1];
    info->n_parameters = n[2];
    info->n_deferred = n[3];
    info->logical_bytes = n[4];
    if ((st = numbers(store, chunks, n, 2)) != VS_OK)
        return st;
    info->n_chunks = n[0];
    info->stored_bytes = n[1];
    if ((st = numbers(store, small, n, 1)) != VS_OK)
        return st;
    info->stored_bytes += n[0];
    if ((st = numbers(store, aliases, &info->n_aliases, 1)) != VS_OK)
        return st;
    return numbers(store, checkpoints, &info->n_checkpoints, 1);
}

vs_status vs_store_describe(vs_store *store, vs_store_info *out)
{
    vs_store_info info;
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    memset(&info, 0, sizeof info);
    info.path = vs__db_path(store->db);
    info.id = store->id;
    info.format = store->format;
    info.created_ms = store->created_ms;
    info.chunk_bytes = store->chunk_bytes;
    info.sqlite = vs__db_engine();
    st = vs__db_sizes(store->db, &info.file_bytes, &info.wal_bytes,
                      &info.free_bytes);
    if (st == VS_OK)
        st = count(store, &info);
    st = vs__store_end(store, st);
    if (st == VS_OK)
        *out = info;
    return st;
}
