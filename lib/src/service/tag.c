/* tag.c - see tag.h and checkpoint.h. */
#include "service/tag.h"

#include <string.h>

#include "base/fail.h"
#include "model/record.h"
#include "model/store.h"
#include "service/checkpoint.h"
#include "service/label.h"
#include "varstore/checkpoint.h"

static struct vs__digest record_of(const char *tag, int64_t checkpoint)
{
    return vs__record_of(&checkpoint, 1, &tag, 1);
}

vs_status vs__tag_check_row(vs_store *store, struct vs__stmt *s, int i)
{
    const char *tag = vs__column_text(s, i);
    const struct vs__digest want = record_of(tag, vs__column_i64(s, i + 1));

    if (vs__record_is(s, i + 2, &want))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "tag '%s': its row is not what was written", tag);
}

vs_status vs__tag_put(vs_store *store, const char *tag, int64_t checkpoint)
{
    static const char sql[] =
        "INSERT INTO tag (name, checkpoint, record) VALUES ($1, $2, $3) "
        "ON CONFLICT (name) DO UPDATE SET checkpoint = excluded.checkpoint, "
        "record = excluded.record";
    const struct vs__digest record = record_of(tag, checkpoint);
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, tag, -1);
    vs__bind_i64(s, 2, checkpoint);
    vs__bind_blob(s, 3, record.bytes, VS__DIGEST_BYTES);
    return vs__stmt_run(s);
}

/* A tag that was lost from the table may still be in its index. Gives
 * VS_ERR_NOTFOUND, whose words are said, if it is not. */
static vs_status check_absent(vs_store *store, const char *tag)
{
    static const char sql[] = "SELECT checkpoint FROM tag INDEXED BY "
                              "tag_checkpoint WHERE +name = $1 "
                              "AND checkpoint > $2";
    vs_error *err = vs__store_words(store);
    const vs_error said = *err;
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, tag, -1);
    vs__bind_i64(s, 2, 0);
    st = vs__stmt_step(s);
    vs__stmt_reset(s);
    if (st == VS_OK)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "tag '%s': the index has it, the table has not", tag);
    if (st != VS_DONE)
        return st;
    *err = said;
    return VS_ERR_NOTFOUND;
}

vs_status vs__tag_find(vs_store *store, const char *tag, int64_t *out)
{
    static const char sql[] = "SELECT name, checkpoint, record FROM tag "
                              "WHERE name = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, tag, -1);
    st = vs__stmt_step(s);
    if (st == VS_OK && (st = vs__tag_check_row(store, s, 0)) == VS_OK)
        *out = vs__column_i64(s, 1);
    else if (st == VS_DONE)
        st = vs__fail(vs__store_words(store), VS_ERR_NOTFOUND,
                      "tag '%s' does not exist", tag);
    vs__stmt_reset(s);
    return st == VS_ERR_NOTFOUND ? check_absent(store, tag) : st;
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

/* The tags that the index has beside those of a checkpoint must be in the
 * table: one that was changed there still lies here. As vs__name_gap. */
static vs_status check_beside(vs_store *store, int64_t checkpoint, bool any)
{
    static const char before[] =
        "SELECT EXISTS (SELECT 1 FROM tag AS t WHERE t.name = k.name "
        "AND t.checkpoint = k.checkpoint) FROM tag AS k "
        "INDEXED BY tag_checkpoint WHERE k.checkpoint < $1 "
        "ORDER BY k.checkpoint DESC, k.name DESC LIMIT 1";
    static const char behind[] =
        "SELECT EXISTS (SELECT 1 FROM tag AS t WHERE t.name = k.name "
        "AND t.checkpoint = k.checkpoint) FROM tag AS k "
        "INDEXED BY tag_checkpoint WHERE k.checkpoint > $1 "
        "ORDER BY k.checkpoint, k.name LIMIT 1";
    /* Asked where the index has nothing at all. */
    static const char of_it[] = "SELECT 0 FROM tag AS t "
                                "WHERE t.name >= '' AND +t.checkpoint = $1 "
                                "UNION ALL SELECT 0 FROM tag AS t "
                                "WHERE typeof(t.name) <> 'text' LIMIT 1";
    const char *const asked[] = {before, behind, of_it};

    for (size_t i = 0; i < (any ? 2U : 3U); i++) {
        struct vs__stmt *s;
        bool lost;
        vs_status st = vs__stmt_get(store->db, asked[i], &s);

        if (st != VS_OK)
            return st;
        vs__bind_i64(s, 1, checkpoint);
        st = vs__stmt_step(s);
        any = any || st == VS_OK;
        lost = st == VS_OK && vs__column_i64(s, 0) != 1;
        vs__stmt_reset(s);
        if (lost)
            return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                            "checkpoint %lld: the rows of its tags are not "
                            "what was written",
                            (long long)checkpoint);
        if (st != VS_OK && st != VS_DONE)
            return st;
    }
    return VS_OK;
}

vs_status vs__tags_of(vs_store *store, int64_t checkpoint,
                      struct vs__buf *texts, size_t *n)
{
    static const char sql[] =
        "SELECT name, checkpoint, record FROM tag WHERE checkpoint = $1 "
        "ORDER BY name";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *tag = vs__column_text(s, 0);

        if ((st = vs__tag_check_row(store, s, 0)) != VS_OK)
            break;
        if ((st = vs__buf_add(texts, tag, strlen(tag) + 1)) != VS_OK) {
            (void)vs__fail(vs__store_words(store), st,
                           "checkpoint %lld: no room for its tags",
                           (long long)checkpoint);
            break;
        }
        ++*n;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? check_beside(store, checkpoint, *n != 0) : st;
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
