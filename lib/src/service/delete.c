/* delete.c - forgets a checkpoint, and what only it kept.
 */
#include "varstore/checkpoint.h"

#include <stdlib.h>

#include "chunk/count.h"
#include "model/catalog.h"
#include "model/store.h"
#include "model/value.h"
#include "service/checkpoint.h"
#include "service/tag.h"

#define PAGE 256 /* versions that are found, then let go, at a time */

static int compare_i64(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Finds versions that only this checkpoint holds, among its names above
 * `*after`, which moves on. A version can come twice, by an alias. */
static vs_status doomed(vs_store *store, int64_t checkpoint, int64_t *after,
                        int64_t *versions, size_t *n)
{
    static const char sql[] =
        "SELECT c.name, c.version FROM checkpoint_variable AS c "
        "JOIN version AS s ON s.id = c.version "
        "WHERE c.checkpoint = $1 AND c.name > $2 AND s.holds = " VS__USERS " "
        "ORDER BY c.name LIMIT $3";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, checkpoint);
    vs__bind_i64(s, 2, *after);
    vs__bind_i64(s, 3, PAGE);
    for (*n = 0; (st = vs__stmt_step(s)) == VS_OK; ++*n) {
        *after = vs__column_i64(s, 0);
        versions[*n] = vs__column_i64(s, 1);
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* Lets go of the versions that nothing else holds: they are deleted. */
static vs_status release_last(vs_store *store, int64_t checkpoint)
{
    int64_t versions[PAGE];
    int64_t after = 0;
    size_t n = 0;
    vs_status st;

    do {
        if ((st = doomed(store, checkpoint, &after, versions, &n)) != VS_OK)
            return st;
        qsort(versions, n, sizeof versions[0], compare_i64);
        for (size_t i = 0; i < n; i++) {
            if (i > 0 && versions[i] == versions[i - 1])
                continue;
            st = vs__version_release(store, versions[i]);
            if (st != VS_OK)
                return st;
        }
    } while (n == PAGE);
    return VS_OK;
}

/* Children keep the number of their parent; nothing else leads to a checkpoint
 * that is gone, so the head must not either. */
static vs_status behead(vs_store *store, int64_t checkpoint)
{
    int64_t head = 0;
    vs_status st = vs__store_head(store, &head);

    if (st != VS_OK || head != checkpoint)
        return st;
    return vs__store_set_head(store, 0);
}

/* After the versions that only this checkpoint holds are gone, the others lose
 * one holder each in one statement. */
static vs_status delete_one(vs_store *store, int64_t checkpoint)
{
    struct vs__checkpoint_row row;
    vs_status st;

    if ((st = vs__checkpoint_row(store, checkpoint, &row)) != VS_OK ||
        (st = release_last(store, checkpoint)) != VS_OK ||
        (st = vs__versions_count_saved(store, checkpoint, -1)) != VS_OK ||
        (st = vs__names_unsaved(store, checkpoint)) != VS_OK ||
        (st = vs__tags_drop(store, checkpoint)) != VS_OK ||
        (st = vs__checkpoint_drop(store, checkpoint)) != VS_OK)
        return st;
    return behead(store, checkpoint);
}

vs_status vs_checkpoint_delete(vs_store *store, int64_t checkpoint)
{
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    return vs__store_end(store, delete_one(store, checkpoint));
}
