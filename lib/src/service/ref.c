/* ref.c - finds a checkpoint by what people write: "12", "latest",
 * "step:1200", a tag, "latest~2".
 */
#include "varstore/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "model/store.h"
#include "service/checkpoint.h"
#include "service/label.h"
#include "service/tag.h"

#define REF_MAX 255 /* bytes of a reference */

static vs_status no_reference(vs_store *store, const char *ref)
{
    vs_error *err = vs__store_words(store);
    vs_status st = vs__fail(err, VS_ERR_MISUSE,
                            "'%.80s' is not a reference to a checkpoint", ref);

    vs__hint(err, "write a number, 'latest', 'step:N' or a tag, and '~N' "
                  "behind it for the N-th older one");
    return st;
}

/* Reads decimal digits up to the end. False: others, none, or too many. */
static bool parse_number(const char *text, int64_t *out)
{
    int64_t n = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || n > (INT64_MAX - (*text - '0')) / 10)
            return false;
        n = n * 10 + (*text - '0');
    }
    *out = n;
    return true;
}

/* Gives the number that a statement with two numbers finds. */
static vs_status find_by(vs_store *store, const char *sql, int64_t a, int64_t b,
                         int64_t *out)
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, a);
    vs__bind_i64(s, 2, b);
    if ((st = vs__stmt_step(s)) == VS_OK)
        *out = vs__column_i64(s, 0);
    vs__stmt_reset(s);
    return st;
}

static vs_status find_step(vs_store *store, int64_t step, int64_t *out)
{
    static const char sql[] = "SELECT id FROM checkpoint WHERE step = $1 "
                              "ORDER BY id DESC LIMIT 1 OFFSET $2";
    /* The same without the index: what was lost from it is still there. */
    static const char scan[] = "SELECT id FROM checkpoint WHERE +step = $1 "
                               "ORDER BY id DESC LIMIT 1 OFFSET $2";
    struct vs__checkpoint_row row;
    vs_status st = find_by(store, sql, step, 0, out);

    if (st == VS_OK && (st = vs__checkpoint_row(store, *out, &row)) == VS_OK &&
        row.step != step)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "checkpoint %lld has step %lld, but the index says "
                        "%lld",
                        (long long)*out, (long long)row.step, (long long)step);
    if (st == VS_DONE && (st = find_by(store, scan, step, 0, out)) == VS_OK)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "checkpoint %lld of step %lld is not in the index",
                        (long long)*out, (long long)step);
    if (st == VS_DONE)
        return vs__fail(vs__store_words(store), VS_ERR_NOTFOUND,
                        "a checkpoint of step %lld does not exist",
                        (long long)step);
    return st;
}

/* The n-th checkpoint among those below `id`, counted down from 0. */
static vs_status find_below(vs_store *store, int64_t id, int64_t n,
                            int64_t *out)
{
    static const char sql[] = "SELECT id FROM checkpoint WHERE id < $1 "
                              "ORDER BY id DESC LIMIT 1 OFFSET $2";

    return find_by(store, sql, id, n, out);
}

/* What stands before a '~'. */
static vs_status find_base(vs_store *store, const char *base, int64_t *out)
{
    vs_error *err = vs__store_words(store);
    struct vs__checkpoint_row row;
    int64_t n;
    vs_status st;

    if (strcmp(base, "latest") == 0) {
        st = find_below(store, INT64_MAX, 0, out);
        return st == VS_DONE ? vs__fail(err, VS_ERR_NOTFOUND,
                                        "the store has no checkpoint")
                             : st;
    }
    if (strncmp(base, "step:", 5) == 0)
        return parse_number(base + 5, &n) ? find_step(store, n, out)
                                          : no_reference(store, base);
    if (parse_number(base, &n)) {
        if ((st = vs__checkpoint_row(store, n, &row)) == VS_OK)
            *out = n;
        return st;
    }
    if (vs__tag_check(base, err) != VS_OK)
        return no_reference(store, base);
    return vs__tag_find(store, base, out);
}

static vs_status find(vs_store *store, const char *ref, int64_t *out)
{
    vs_error *err = vs__store_words(store);
    struct vs__checkpoint_row row;
    char base[REF_MAX + 1];
    int64_t older = 0;
    int64_t id = 0;
    const char *tilde;
    vs_status st;

    if (ref == NULL)
        return no_reference(store, "");
    if (*ref == '@')
        ref++;
    tilde = strchr(ref, '~');
    if (strlen(ref) > REF_MAX ||
        (tilde != NULL && !parse_number(tilde + 1, &older)))
        return no_reference(store, ref);
    (void)snprintf(base, sizeof base, "%.*s",
                   (int)(tilde != NULL ? (size_t)(tilde - ref) : strlen(ref)),
                   ref);
    if ((st = find_base(store, base, &id)) != VS_OK)
        return st;
    if (older > 0 && (st = find_below(store, id, older - 1, &id)) == VS_DONE)
        return vs__fail(vs__store_words(store), VS_ERR_NOTFOUND,
                        "'%s' does not exist: checkpoint %lld has fewer than "
                        "%lld older ones",
                        ref, (long long)id, (long long)older);
    if (st == VS_OK && (st = vs__checkpoint_row(store, id, &row)) == VS_OK)
        *out = id;
    else if (st == VS_ERR_NOTFOUND) /* something that is there led to it */
        st = vs__fail(err, VS_ERR_CORRUPT,
                      "'%s' leads to checkpoint %lld, which is not there", ref,
                      (long long)id);
    return st;
}

vs_status vs_checkpoint_find(vs_store *store, const char *ref, int64_t *out)
{
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    return vs__store_end(store, find(store, ref, out));
}
