/* journal.c - the creations since a position, read off the variables.
 *
 * Ids of variables are never used twice and only grow, and there is one writer
 * at a time: the order of ids is the order of commits, and an id is a position.
 */
#include "varstore/journal.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/options.h"
#include "model/path.h"
#include "model/record.h"

struct vs_journal {
    vs_store *store;            /* borrowed */
    bool all;                   /* whatever its name, or without one */
    char low[VS_NAME_MAX + 2];  /* names from here */
    char high[VS_NAME_MAX + 2]; /* to before this */
    vs_reuse reuse;             /* wanted; INHERIT: any */
    int64_t position;           /* of the entry last given */
    struct vs__buf text;        /* of the entry below */
    vs_creation entry;          /* last given */
};

vs_status vs_journal_position(vs_store *store, int64_t *out)
{
    static const char sql[] = "SELECT coalesce(max(id), 0) FROM variable";
    struct vs__stmt *s;
    int64_t position = 0;
    vs_status st = vs__store_begin(store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = vs__stmt_get(store->db, sql, &s)) == VS_OK) {
        if ((st = vs__stmt_step(s)) == VS_OK)
            position = vs__column_i64(s, 0);
        vs__stmt_reset(s);
    }
    if ((st = vs__store_end(store, st)) == VS_OK)
        *out = position;
    return st;
}

static vs_status check(const vs_journal_options *o, vs_error *err)
{
    if (o->reuse != VS_REUSE_INHERIT && o->reuse != VS_REUSE_NONE &&
        o->reuse != VS_REUSE_AUTO)
        return vs__fail(err, VS_ERR_MISUSE,
                        "nothing is created in reuse mode %d", (int)o->reuse);
    if (o->after < 0)
        return vs__fail(err, VS_ERR_MISUSE, "%" PRId64 " is no position",
                        o->after);
    return o->scope == NULL || o->scope[0] == '\0'
               ? VS_OK
               : vs__path_check(o->scope, err);
}

vs_status vs_journal_open(vs_store *store, const vs_journal_options *given,
                          vs_journal **out)
{
    vs_error *err = vs__store_words(store);
    vs_journal_options o;
    vs_journal *journal;
    vs_status st = vs__db_enter(store->db);

    if (st != VS_OK ||
        (st = vs__options_take(&o, sizeof o, given, "vs_journal_options",
                               err)) != VS_OK ||
        (st = check(&o, err)) != VS_OK)
        return st;
    if ((journal = vs__calloc(1, sizeof *journal)) == NULL)
        return vs__fail_nomem(err);
    journal->store = store;
    journal->all = o.scope == NULL || o.scope[0] == '\0';
    vs__path_range(journal->all ? "" : o.scope, journal->low, journal->high);
    journal->reuse = o.reuse;
    journal->position = o.after;
    vs__buf_init(&journal->text, SIZE_MAX / 2);
    *out = journal;
    return VS_OK;
}

/* Takes the current row over: columns name, program, host, site, then id,
 * reuse, pid and time. */
static vs_status keep_row(vs_journal *journal, struct vs__stmt *s)
{
    vs_creation *e = &journal->entry;
    size_t at[4];
    const char *text;

    journal->text.len = 0;
    for (int i = 0; i < 4; i++) {
        const char *column = vs__column_text(s, i);

        at[i] = journal->text.len;
        if (vs__buf_add(&journal->text, column, strlen(column) + 1) != VS_OK)
            return vs__fail_nomem(vs__store_words(journal->store));
    }
    text = vs__buf_text(&journal->text);
    e->name = vs__column_null(s, 0) ? NULL : text + at[0];
    e->created.program = text + at[1];
    e->created.host = text + at[2];
    e->created.site = text + at[3];
    e->position = vs__column_i64(s, 4);
    e->reuse = (vs_reuse)vs__column_i64(s, 5);
    e->created.pid = vs__column_i64(s, 6);
    e->created.at_ms = vs__column_i64(s, 7);
    journal->position = e->position;
    return VS_OK;
}

static vs_status next(vs_journal *journal)
{
    static const char sql[] =
        "SELECT n.path, coalesce(o.program, ''), coalesce(o.host, ''), v.site, "
        "v.id, v.reuse, coalesce(o.pid, 0), v.at_ms, " VS__FACTS
        ", v.current, v.record FROM variable AS v "
        "LEFT JOIN name AS n ON n.variable = v.id AND n.alias = 0 "
        "LEFT JOIN origin AS o ON o.id = v.origin "
        "WHERE v.id > $1 AND ($2 = 0 OR v.reuse = $2) "
        "AND ($3 = 1 OR (n.path >= $4 AND n.path < $5)) ORDER BY v.id LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(journal->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, journal->position);
    vs__bind_i64(s, 2, journal->reuse);
    vs__bind_i64(s, 3, journal->all ? 1 : 0);
    vs__bind_text(s, 4, journal->low, -1);
    vs__bind_text(s, 5, journal->high, -1);
    if ((st = vs__stmt_step(s)) == VS_OK &&
        (st = vs__variable_check(journal->store, vs__column_i64(s, 4), s, 8,
                                 NULL)) == VS_OK)
        st = keep_row(journal, s);
    vs__stmt_reset(s);
    return st;
}

vs_status vs_journal_next(vs_journal *journal, const vs_creation **out)
{
    vs_status st = vs__store_begin(journal->store, VS_TXN_READ);

    if (st != VS_OK)
        return st;
    if ((st = vs__store_end(journal->store, next(journal))) == VS_OK)
        *out = &journal->entry;
    return st;
}

void vs_journal_close(vs_journal *journal)
{
    if (journal == NULL)
        return;
    vs__buf_done(&journal->text);
    vs__free(journal);
}
