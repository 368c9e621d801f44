/* check_checkpoints.c - each checkpoint against its root, and what people
 * wrote on it against the rules for that.
 */
#include "service/check.h"

#include "service/checkpoint.h"
#include "service/label.h"
#include "service/tag.h"

static vs_status check_one(struct vs__check *c, int64_t checkpoint)
{
    struct vs__checkpoint_row row;
    vs_status st = vs__checkpoint_row(c->store, checkpoint, &row);

    if (st == VS_OK)
        st = vs__checkpoint_verify(c->store, &row);
    return vs__check_absorb_checkpoint(c, checkpoint, st);
}

static vs_status check_roots(struct vs__check *c)
{
    static const char sql[] = "SELECT id, message FROM checkpoint ORDER BY id";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const int64_t id = vs__column_i64(s, 0);
        vs_error why;

        c->report.n_checkpoints++;
        if (vs__message_check(vs__column_text(s, 1), &why) != VS_OK)
            vs__check_damage(c, NULL, "checkpoint %lld: %s", (long long)id,
                             why.message);
        if ((st = check_one(c, id)) != VS_OK ||
            (st = vs__check_tick(c, 0)) != VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* Checks the text in each row of a statement, which is its second column, and
 * the row, which stands behind. */
static vs_status check_texts(struct vs__check *c, const char *sql,
                             vs_status (*check)(const char *text,
                                                vs_error *err),
                             vs_status (*check_row)(vs_store *store,
                                                    struct vs__stmt *s, int i))
{
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(c->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    while ((st = vs__stmt_step(s)) == VS_OK) {
        vs_error why;

        if (check(vs__column_text(s, 1), &why) != VS_OK)
            vs__check_damage(c, NULL, "checkpoint %lld: %s",
                             (long long)vs__column_i64(s, 0), why.message);
        /* Only compares, and looks for nobody: nothing can fail. */
        (void)vs__check_absorb(c, 0, check_row(c->store, s, 2));
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs__check_checkpoints(struct vs__check *c)
{
    static const char tags[] = "SELECT checkpoint, name, name, checkpoint, "
                               "record FROM tag";
    static const char keys[] = "SELECT checkpoint, key, checkpoint, key, "
                               "value, record FROM metric";
    vs_status st;

    if ((st = vs__check_absorb(c, 0, check_roots(c))) != VS_OK ||
        (st = vs__check_absorb(
             c, 0, check_texts(c, tags, vs__tag_check, vs__tag_check_row))) !=
            VS_OK)
        return st;
    return vs__check_absorb(
        c, 0, check_texts(c, keys, vs__metric_key_check, vs__metric_check));
}
