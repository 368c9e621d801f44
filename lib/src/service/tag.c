/* tag.c - see tag.h and checkpoint.h. */
#include "service/tag.h"

#include <string.h>

#include "base/fail.h"
#include "model/store.h"
#include "service/checkpoint.h"
#include "service/label.h"
#include "varstore/checkpoint.h"

vs_status vs__tag_put(vs_store *store, const char *tag, int64_t checkpoint)
{
    static const char sql[] =
        "INSERT INTO tag (name, checkpoint) VALUES ($1, $2) "
        "ON CONFLICT (name) DO UPDATE SET checkpoint = excluded.checkpoint";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, tag, -1);
    vs__bind_i64(s, 2, checkpoint);
    return vs__stmt_run(s);
}

vs_status vs__tag_find(vs_store *store, const char *tag, int64_t *out)
{
    static const char sql[] = "SELECT checkpoint FROM tag WHERE name = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, tag, -1);
    st = vs__stmt_step(s);
    if (st == VS_OK)
        *out = vs__column_i64(s, 0);
    else if (st == VS_DONE)
        st = vs__fail(vs__store_words(store), VS_ERR_NOTFOUND,
                      "tag '%s' does not exist", tag);
    vs__stmt_reset(s);
    return st;
}

vs_status vs__tags_drop(vs_store *store, int64_t checkpoint)
{
    static const char sql[] = "DELETE FROM tag WHERE checkpoint = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    return vs__stmt_run(s);
}

vs_status vs__tags_of(vs_store *store, int64_t checkpoint,
                      struct vs__buf *texts, size_t *n)
{
    static const char sql[] =
        "SELECT name FROM tag WHERE checkpoint = $1 ORDER BY name";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *tag = vs__column_text(s, 0);

        st = vs__buf_add(texts, tag, strlen(tag) + 1);
        if (st != VS_OK) {
            (void)vs__fail(vs__store_words(store), st,
                           "checkpoint %lld: no room for its tags",
                           (long long)checkpoint);
            break;
        }
        ++*n;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

static vs_status set(vs_store *store, const char *tag, int64_t checkpoint)
{
    struct vs__checkpoint_row row;
    vs_status st = vs__tag_check(tag, vs__store_words(store));

    if (st == VS_OK)
        st = vs__checkpoint_row(store, checkpoint, &row);
    return st == VS_OK ? vs__tag_put(store, tag, checkpoint) : st;
}

vs_status vs_tag_set(vs_store *store, const char *tag, int64_t checkpoint)
{
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    return vs__store_end(store, set(store, tag, checkpoint));
}

static vs_status remove_one(vs_store *store, const char *tag)
{
    static const char sql[] = "DELETE FROM tag WHERE name = $1";
    struct vs__stmt *s;
    int64_t checkpoint;
    vs_status st = vs__tag_check(tag, vs__store_words(store));

    if (st == VS_OK)
        st = vs__tag_find(store, tag, &checkpoint);
    if (st != VS_OK || (st = vs__stmt_get(store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_text(s, 1, tag, -1);
    return vs__stmt_run(s);
}

vs_status vs_tag_remove(vs_store *store, const char *tag)
{
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    return vs__store_end(store, remove_one(store, tag));
}
