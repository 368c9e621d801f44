/* collection.c - see collection.h. */
#include "model/collection.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "model/handle.h"
#include "model/local.h"
#include "model/path.h"

#define LIST_MOST (16 << 20) /* bytes of all keys of one variable */

vs_status vs__collection_check(vs_store *store, const char *key)
{
    const size_t n = key != NULL ? strlen(key) : 0;

    if (n == 0 || n > VS_NAME_MAX)
        return vs__fail(vs__store_words(store), VS_ERR_NAME,
                        "a collection's key has %zu bytes, want 1 to %d", n,
                        VS_NAME_MAX);
    return VS_OK;
}

/* Runs a statement with a key and a variable. */
static vs_status run(vs_store *store, const char *sql, const char *key,
                     int64_t variable)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, key, -1);
    vs__bind_i64(s, 2, variable);
    return vs__stmt_run(s);
}

vs_status vs__collection_put(vs_store *store, const char *key, int64_t variable)
{
    static const char sql[] = "INSERT INTO collection (key, variable) VALUES "
                              "($1, $2) ON CONFLICT (key, variable) DO NOTHING";

    return run(store, sql, key, variable);
}

vs_status vs__collection_take(vs_store *store, const char *key,
                              int64_t variable)
{
    static const char sql[] =
        "DELETE FROM collection WHERE key = $1 AND variable = $2";

    return run(store, sql, key, variable);
}

vs_status vs__collections_share(vs_store *store, int64_t from, int64_t to)
{
    static const char sql[] =
        "INSERT INTO collection (key, variable) "
        "SELECT key, $1 FROM collection WHERE variable = $2";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, to);
    vs__bind_i64(s, 2, from);
    return vs__stmt_run(s);
}

vs_status vs__collections_forget(vs_store *store, int64_t variable)
{
    static const char sql[] = "DELETE FROM collection WHERE variable = $1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    return vs__stmt_run(s);
}

/* Makes the array out of `n` texts that lie back to back. */
static vs_status index_texts(const struct vs__buf *texts, size_t n,
                             const char ***out)
{
    const size_t head = (n + 1) * sizeof(char *);
    char *block = vs__alloc(head + texts->len);
    const char **array = (const char **)(void *)block;
    const char *text;

    if (block == NULL)
        return VS_ERR_NOMEM;
    text = block + head;
    if (texts->len != 0)
        memcpy(block + head, texts->data, texts->len);
    for (size_t i = 0; i < n; i++) {
        array[i] = text;
        text += strlen(text) + 1;
    }
    array[n] = NULL;
    *out = array;
    return VS_OK;
}

static vs_status fail_changed(vs_store *store, int64_t variable)
{
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "variable %lld: the rows of its collections are not what "
                    "was written",
                    (long long)variable);
}

/* An entry of the index that was changed to another variable's still lies
 * beside those of this one, and is not in the table: as vs__name_gap. */
static vs_status check_beside(vs_store *store, int64_t variable)
{
    static const char before[] =
        "SELECT EXISTS (SELECT 1 FROM collection AS t "
        "WHERE t.key = k.key AND t.variable = k.variable) "
        "FROM collection AS k INDEXED BY collection_variable "
        "WHERE k.variable < $1 ORDER BY k.variable DESC, k.key DESC LIMIT 1";
    static const char behind[] =
        "SELECT EXISTS (SELECT 1 FROM collection AS t "
        "WHERE t.key = k.key AND t.variable = k.variable) "
        "FROM collection AS k INDEXED BY collection_variable "
        "WHERE k.variable > $1 ORDER BY k.variable, k.key LIMIT 1";
    const char *const sides[] = {before, behind};

    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        struct vs__stmt *s;
        bool lost;
        vs_status st = vs__stmt_get(store->db, sides[i], &s);

        if (st != VS_OK)
            return st;
        vs__bind_i64(s, 1, variable);
        st = vs__stmt_step(s);
        lost = st == VS_OK && vs__column_i64(s, 0) != 1;
        vs__stmt_reset(s);
        if (lost)
            return fail_changed(store, variable);
        if (st != VS_OK && st != VS_DONE)
            return st;
    }
    return VS_OK;
}

/* An index that was lost as a whole gives nothing: the table is asked, and
 * whether one is in the place of the other. */
static vs_status check_none(vs_store *store, int64_t variable)
{
    static const char sql[] =
        "SELECT 1 FROM collection AS k WHERE k.key >= '' AND +k.variable = $1 "
        "UNION ALL SELECT 1 FROM collection AS k WHERE typeof(k.key) <> 'text' "
        "LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, variable);
    st = vs__stmt_step(s);
    vs__stmt_reset(s);
    if (st == VS_OK)
        return fail_changed(store, variable);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__collections_none(vs_store *store)
{
    return check_none(store, 0);
}

vs_status vs__collections_of(vs_store *store, int64_t variable,
                             const char ***out)
{
    static const char sql[] =
        "SELECT k.key, EXISTS (SELECT 1 FROM collection AS t "
        "WHERE t.key = k.key AND t.variable = k.variable) "
        "FROM collection AS k INDEXED BY collection_variable "
        "WHERE k.variable = $1 ORDER BY k.key";
    struct vs__buf texts;
    struct vs__stmt *s;
    size_t n = 0;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__buf_init(&texts, LIST_MOST);
    vs__bind_i64(s, 1, variable);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *key = vs__column_text(s, 0);

        if (vs__column_i64(s, 1) != 1) {
            st = fail_changed(store, variable);
            break;
        }
        if ((st = vs__buf_add(&texts, key, strlen(key) + 1)) != VS_OK)
            break;
        n++;
    }
    vs__stmt_reset(s);
    if (st == VS_DONE)
        st = n == 0 ? check_none(store, variable)
                    : check_beside(store, variable);
    if (st == VS_OK)
        st = index_texts(&texts, n, out);
    if (st == VS_ERR_NOMEM)
        (void)vs__fail_nomem(vs__store_words(store));
    vs__buf_done(&texts);
    return st;
}

typedef vs_status change_fn(vs_store *store, const char *key, int64_t variable);

/* A variable, or each of its parts. */
static vs_status change_each(const vs_variable *v, const char *key,
                             change_fn *how)
{
    vs_status st = VS_OK;

    if (v->parts == NULL)
        return how(v->store, key, v->kind.variable);
    for (int64_t i = 0; st == VS_OK && i < v->partition.parts; i++)
        st = how(v->store, key, v->parts[i]->kind.variable);
    return st;
}

/* Both public calls. */
static vs_status change(vs_store *store, const char *key, const char *name,
                        change_fn *how)
{
    char path[VS_NAME_MAX + 1];
    vs_variable *v = NULL;
    vs_status st;

    if ((st = vs__local_owner(store, name, &store)) != VS_OK ||
        (st = vs__store_join(store, 0)) != VS_OK)
        return st;
    if ((st = vs__collection_check(store, key)) == VS_OK &&
        (st = vs__path_join("", name, path, vs__store_words(store))) == VS_OK &&
        (st = vs__variable_get(store, 0, path, &v)) == VS_OK)
        st = change_each(v, key, how);
    vs_variable_free(v);
    return vs__store_end(store, st);
}

vs_status vs_collection_add(vs_store *store, const char *key, const char *name)
{
    return change(store, key, name, vs__collection_put);
}

vs_status vs_collection_remove(vs_store *store, const char *key,
                               const char *name)
{
    return change(store, key, name, vs__collection_take);
}
