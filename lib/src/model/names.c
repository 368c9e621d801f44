/* names.c - names as people change them: delete, rename, move, alias, copy. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/catalog.h"
#include "model/collection.h"
#include "model/describe.h"
#include "model/local.h"
#include "model/mark.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/rules.h"
#include "model/record.h"
#include "model/vacant.h"

/* What a name leads to. */
struct subject {
    char path[VS_NAME_MAX + 1]; /* its full name */
    struct vs__name_row row;    /* of the name, if it has one */
    int64_t n_parts;            /* 0: not partitioned */
};

/* Finds what `path` leads to, partitioned or not. VS_ERR_NOTFOUND. */
static vs_status find(vs_store *store, struct subject *out)
{
    vs_partition partition = {.parts = 0};
    vs_status st = vs__name_look(store, out->path, &out->row);

    if (st == VS_DONE &&
        (st = vs__whole_find(store, 0, out->path, NULL, &partition)) == VS_DONE)
        return vs__name_find(store, out->path, &out->row); /* for its words */
    out->n_parts = partition.parts;
    return st;
}

/* Begins a write and finds what `name` leads to. On failure nothing is open.
 */
static vs_status begin_with(vs_store *store, const char *name,
                            struct subject *out)
{
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    memset(out, 0, sizeof *out);
    st = vs__path_join("", name, out->path, vs__store_words(store));
    if (st == VS_OK)
        st = find(store, out);
    return st == VS_OK ? VS_OK : vs__store_end(store, st);
}

/* How many names it has, counting those of its parts. */
static int64_t count_names(const struct subject *subject)
{
    return subject->n_parts > 0 ? subject->n_parts : 1;
}

/* The row of its name, or of that of a part. */
static vs_status name_at(vs_store *store, const struct subject *subject,
                         int64_t i, struct vs__name_row *out)
{
    char path[VS_NAME_MAX + 1];
    vs_status st = VS_DONE;

    if (subject->n_parts == 0) {
        *out = subject->row;
        return VS_OK;
    }
    if (vs__part_name(subject->path, i, path))
        st = vs__name_look(store, path, out);
    if (st == VS_DONE)
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "variable %.256s: part %lld of %lld is missing",
                      subject->path, (long long)i, (long long)subject->n_parts);
    return st;
}

/* The name that goes with name_at below another path. */
static vs_status target_at(vs_store *store, const struct subject *subject,
                           const char *to, int64_t i, char *out)
{
    if (subject->n_parts == 0) {
        (void)snprintf(out, VS_NAME_MAX + 1, "%s", to);
        return VS_OK;
    }
    if (vs__part_name(to, i, out))
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_NAME,
                    "'%.64s...' is too long: its parts have names of more than "
                    "%d bytes",
                    to, VS_NAME_MAX);
}

/* A part keeps its name as long as the whole has its own. */
static vs_status refuse_part(vs_store *store, const struct subject *subject)
{
    vs_error *err = vs__store_words(store);
    vs_status st =
        subject->n_parts == 0 ? vs__part_reserved(store, subject->path) : VS_OK;

    if (st != VS_ERR_PARTITION)
        return st;
    (void)vs__fail(err, st,
                   "variable %.256s is a part of a partitioned one, and keeps "
                   "its name as long as that has its own",
                   subject->path);
    vs__hint(err, "the name of the whole stands for all its parts");
    return st;
}

/* Checks that `to`, a full path, can be a name of it too. */
static vs_status check_target(vs_store *store, const struct subject *subject,
                              const char *to)
{
    struct vs__part_row part;
    size_t n = 0;
    vs_status st;

    if (subject->n_parts > 0)
        return vs__whole_vacant(store, to);
    if ((st = vs__name_vacant(store, to)) != VS_OK ||
        vs__part_ordinal(to, &n) < 0)
        return st;
    st = vs__part_row(store, subject->row.variable, &part);
    if (st == VS_OK)
        return vs__fail(vs__store_words(store), VS_ERR_PARTITION,
                        "%.256s leads to a part, which cannot have the name "
                        "%.256s beside that of its whole",
                        subject->path, to);
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs_variable_delete(vs_store *store, const char *name)
{
    struct subject subject;
    vs_status st;

    if ((st = vs__local_owner(store, name, &store)) != VS_OK ||
        (st = begin_with(store, name, &subject)) != VS_OK)
        return st;
    st = refuse_part(store, &subject);
    for (int64_t i = 0; i < count_names(&subject) && st == VS_OK; i++) {
        struct vs__name_row row;

        if ((st = name_at(store, &subject, i, &row)) == VS_OK)
            st = vs__name_detach(store, row.id);
    }
    return vs__store_end(store, st);
}

/* Gives a name another spelling. The row of the old one stays with the
 * checkpoints that use it. */
static vs_status rename_row(vs_store *store, const struct vs__name_row *from,
                            const char *to)
{
    vs_status st = vs__name_put(store, to, from);

    return st == VS_OK ? vs__name_detach(store, from->id) : st;
}

/* What becomes of one name of a subject, given where it is to go. */
typedef vs_status change_fn(vs_store *store, const struct vs__name_row *row,
                            const char *to);

/* Changes a subject, name by name. */
static vs_status change_all(vs_store *store, const struct subject *subject,
                            const char *to, change_fn *change)
{
    char target[VS_NAME_MAX + 1];
    char path[VS_NAME_MAX + 1];
    vs_status st = vs__path_join("", to, target, vs__store_words(store));

    if (st == VS_OK)
        st = check_target(store, subject, target);
    for (int64_t i = 0; i < count_names(subject) && st == VS_OK; i++) {
        struct vs__name_row row;

        if ((st = name_at(store, subject, i, &row)) == VS_OK &&
            (st = target_at(store, subject, target, i, path)) == VS_OK)
            st = change(store, &row, path);
    }
    return st;
}

vs_status vs_variable_rename(vs_store *store, const char *from, const char *to)
{
    struct subject subject;
    vs_status st;

    if ((st = vs__local_owner(store, from, &store)) != VS_OK ||
        (st = begin_with(store, from, &subject)) != VS_OK)
        return st;
    if ((st = refuse_part(store, &subject)) == VS_OK)
        st = change_all(store, &subject, to, rename_row);
    return vs__store_end(store, st);
}

/* The first name in a range that leads somewhere; VS_DONE: none. */
static vs_status first_in(vs_store *store, const char *low, const char *high,
                          struct vs__name_row *out, char *path)
{
    static const char sql[] =
        "SELECT " VS__NAME ", n.path FROM name AS n WHERE n.path >= $1 AND "
        "n.path < $2 AND n.variable IS NOT NULL ORDER BY n.path LIMIT 1";
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_text(s, 1, low, -1);
    vs__bind_text(s, 2, high, -1);
    if ((st = vs__stmt_step(s)) == VS_OK) {
        const char *found = vs__column_text(s, VS__N_NAME);

        if ((st = vs__name_check(store, s, 0, found, out)) == VS_OK)
            (void)snprintf(path, VS_NAME_MAX + 1, "%s", found);
    }
    vs__stmt_reset(s);
    return st;
}

static vs_status check_scopes(vs_store *store, const char *from, const char *to)
{
    vs_error *err = vs__store_words(store);
    vs_status st;

    if ((st = vs__path_check(from, err)) != VS_OK ||
        (st = vs__path_check(to, err)) != VS_OK)
        return st;
    if (vs__path_within(to, from) || vs__path_within(from, to))
        return vs__fail(err, VS_ERR_MISUSE,
                        "scope %.200s cannot move to %.200s: one is inside the "
                        "other",
                        from, to);
    return VS_OK;
}

/* Checks that a name can move. The names of parts move one by one, the first
 * of them before the others: it looks for all. */
static vs_status check_move(vs_store *store, const struct vs__name_row *row,
                            const char *path, const char *target)
{
    char whole[VS_NAME_MAX + 1];
    struct vs__part_row part;
    size_t n = 0;
    vs_status st = VS_DONE;

    if (vs__part_ordinal(path, &n) >= 0)
        st = vs__part_row(store, row->variable, &part);
    if (st == VS_DONE)
        return vs__name_vacant(store, target);
    if (st != VS_OK || part.ordinal > 0)
        return st;
    (void)vs__part_ordinal(target, &n);
    memcpy(whole, target, n);
    whole[n] = '\0';
    return vs__whole_vacant(store, whole);
}

/* Moves every name below `from`. The walk goes on behind the name it has just
 * moved: rows that only checkpoints use are never met twice. */
static vs_status move_all(vs_store *store, const char *from, const char *to,
                          int64_t *n)
{
    vs_error *err = vs__store_words(store);
    char low[VS_NAME_MAX + 3];
    char high[VS_NAME_MAX + 2];
    char path[VS_NAME_MAX + 1];
    char target[VS_NAME_MAX + 1];
    struct vs__name_row row;
    vs_status st;

    vs__path_range(from, low, high);
    for (*n = 0; (st = first_in(store, low, high, &row, path)) == VS_OK; ++*n) {
        st = vs__path_join(to, path + strlen(from) + 1, target, err);
        if (st != VS_OK ||
            (st = check_move(store, &row, path, target)) != VS_OK ||
            (st = rename_row(store, &row, target)) != VS_OK)
            return st;
        (void)snprintf(low, sizeof low, "%s" VS__JUST_BEHIND, path);
    }
    if (st == VS_DONE && *n == 0)
        return vs__fail(err, VS_ERR_NOTFOUND,
                        "no variable below scope %.256s exists in %.256s", from,
                        vs__db_path(store->db));
    return st == VS_DONE ? VS_OK : st;
}

vs_status vs_scope_move(vs_store *store, const char *from, const char *to,
                        int64_t *n_moved)
{
    int64_t n = 0;
    vs_status st = vs__store_begin(store, VS_TXN_WRITE);

    if (st != VS_OK)
        return st;
    if ((st = check_scopes(store, from, to)) == VS_OK &&
        (st = vs__seal_check_within(store, from)) == VS_OK)
        st = move_all(store, from, to, &n);
    if ((st = vs__store_end(store, st)) == VS_OK && n_moved != NULL)
        *n_moved = n;
    return st;
}

static vs_status alias_row(vs_store *store, const struct vs__name_row *from,
                           const char *to)
{
    struct vs__name_row alias = *from;

    alias.alias = true;
    return vs__name_put(store, to, &alias);
}

vs_status vs_variable_alias(vs_store *store, const char *name,
                            const char *alias)
{
    struct subject subject;
    vs_status st;

    if ((st = vs__local_owner(store, name, &store)) != VS_OK ||
        (st = begin_with(store, name, &subject)) != VS_OK)
        return st;
    return vs__store_end(store, change_all(store, &subject, alias, alias_row));
}

/* Gives a new variable the value that another one has. */
static vs_status share_value(vs_store *store,
                             const struct vs__variable_row *row, int64_t from)
{
    int64_t version = 0;
    vs_status st;

    if (row->deferred)
        return VS_OK;
    st = vs__value_share(store, &row->kind, from, &version);
    return st == VS_OK ? vs__variable_replace(store, row, version) : st;
}

/* A new variable like another one, with its current value if it has one. */
static vs_status copy(vs_store *store, int64_t from, const char *to,
                      bool is_part, int64_t *variable)
{
    struct vs__variable_row row;
    struct vs__description told = {.text = NULL};
    int64_t value;
    vs_status st = vs__variable_row(store, from, &row);

    if (st != VS_OK)
        return st;
    value = row.current;
    row.reuse = VS_REUSE_INHERIT;
    row.is_part = is_part;
    if ((st = vs__describe(store, 0, from, row.current, to, &told)) == VS_OK &&
        (st = vs__variable_insert(store, &row, to, told.info.initializer,
                                  told.info.created.site)) == VS_OK &&
        (st = share_value(store, &row, value)) == VS_OK)
        st = vs__collections_share(store, from, row.kind.variable);
    if (st == VS_OK)
        st = vs__rules_share(store, from, row.kind.variable);
    vs__description_done(&told);
    *variable = row.kind.variable;
    return st;
}

static vs_status copy_row(vs_store *store, const struct vs__name_row *from,
                          const char *to)
{
    int64_t variable = 0;

    return copy(store, from->variable, to, false, &variable);
}

/* A copy of a part among copies of all the others; a part that is copied by
 * itself is none any more. */
static vs_status copy_part(vs_store *store, const struct vs__name_row *from,
                           const char *to)
{
    struct vs__part_row part;
    int64_t variable = 0;
    vs_status st = vs__part_row(store, from->variable, &part);

    if (st == VS_OK &&
        (st = copy(store, from->variable, to, true, &variable)) == VS_OK)
        st = vs__part_insert(store, variable, &part);
    return st;
}

vs_status vs_variable_copy(vs_store *store, const char *from, const char *to)
{
    struct subject subject;
    vs_status st;

    if ((st = vs__local_owner(store, from, &store)) != VS_OK ||
        (st = begin_with(store, from, &subject)) != VS_OK)
        return st;
    return vs__store_end(
        store, change_all(store, &subject, to,
                          subject.n_parts > 0 ? copy_part : copy_row));
}
