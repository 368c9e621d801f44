/* regroup.c - see regroup.h. */
#include "service/regroup.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/catalog.h"
#include "model/handle.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/record.h"
#include "model/whole.h"

#define IN_SCOPE VS__SUBSET_SQL("$2", "$3", "$4", "$5")

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static vs_status set_add(struct vs__name_set *set, const char *name,
                         vs_error *err)
{
    char **names = vs__grow(set->names, set->n + 1, &set->cap, sizeof *names);

    if (names == NULL)
        return vs__fail_nomem(err);
    set->names = names;
    if ((set->names[set->n] = vs__strdup(name)) == NULL)
        return vs__fail_nomem(err);
    set->n++;
    return VS_OK;
}

/* Brings names in order, each once. */
static void set_sort(struct vs__name_set *set)
{
    size_t n = 0;

    if (set->n == 0)
        return;
    qsort(set->names, set->n, sizeof *set->names, compare_names);
    for (size_t i = 0; i < set->n; i++) {
        if (n > 0 && strcmp(set->names[n - 1], set->names[i]) == 0)
            vs__free(set->names[i]);
        else
            set->names[n++] = set->names[i];
    }
    set->n = n;
}

static const char *set_find(const struct vs__name_set *set, const char *name)
{
    char **found;

    if (set->n == 0)
        return NULL;
    found =
        bsearch(&name, set->names, set->n, sizeof *set->names, compare_names);
    return found != NULL ? *found : NULL;
}

static void set_done(struct vs__name_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        vs__free(set->names[i]);
    vs__free(set->names);
    memset(set, 0, sizeof *set);
}

/* "X" of "X/part_K"; `whole` holds VS_NAME_MAX + 1 bytes. */
static bool cut_name(const char *path, char *whole)
{
    size_t n = 0;

    if (strlen(path) > VS_NAME_MAX || vs__part_ordinal(path, &n) < 0)
        return false;
    memcpy(whole, path, n);
    whole[n] = '\0';
    return true;
}

/* Lists what is partitioned, by a statement that gives names of parts and the
 * variables that they lead to. Each of these must have its row: what stays
 * unknown here would be left standing beside what excludes it. */
static vs_status list_wholes(struct vs__regroup *r, const char *sql,
                             struct vs__name_set *out)
{
    char whole[VS_NAME_MAX + 1];
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(r->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__bind_i64(s, 1, r->checkpoint);
    vs__subset_bind(r->subset, s, 2, NULL);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, VS__N_NAME);
        struct vs__part_row part;

        if ((st = vs__name_check(r->store, s, 0, path, NULL)) != VS_OK ||
            (st = vs__part_row(r->store, vs__column_i64(s, VS__N_NAME + 1),
                               &part)) != VS_OK ||
            (part.ordinal == 0 && cut_name(path, whole) &&
             (st = set_add(out, whole, vs__store_words(r->store))) != VS_OK))
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* Opens what has a name, now or in the checkpoint; NULL if nothing has. */
static vs_status look(struct vs__regroup *r, int64_t checkpoint,
                      const char *path, vs_variable **out)
{
    vs_status st = vs__variable_find(r->store, checkpoint, path, out);

    *out = st == VS_OK ? *out : NULL;
    if (st == VS_DONE)
        st = vs__whole_open(r->store, checkpoint, path, out);
    return st == VS_DONE ? VS_OK : st;
}

/* Is this the name of a part of `whole`? What is partitioned itself under such a
 * name, so that this one is a part (`is_part`) of that, stands for one, too. */
static bool stands_for_part(const char *path, bool is_part, const char *whole)
{
    char found[VS_NAME_MAX + 1];
    char outer[VS_NAME_MAX + 1];

    if (!cut_name(path, found))
        return false;
    return strcmp(found, whole) == 0 ||
           (is_part && cut_name(found, outer) && strcmp(outer, whole) == 0);
}

/* Adds the names of parts of `whole`, current ones, that the checkpoint does
 * not have. */
static vs_status add_parts(struct vs__regroup *r, const char *whole)
{
    static const char sql[] =
        "SELECT n.path, n.is_part FROM name AS n "
        "WHERE n.path >= $1 AND n.path < $2 "
        "AND n.variable IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM checkpoint_variable AS c "
        "WHERE c.checkpoint = $3 AND c.name = n.id) ORDER BY n.path";
    char low[VS_NAME_MAX + 3];
    char high[VS_NAME_MAX + 2];
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(r->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    vs__path_range(whole, low, high);
    vs__bind_text(s, 1, low, -1);
    vs__bind_text(s, 2, high, -1);
    vs__bind_i64(s, 3, r->checkpoint);
    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, 0);

        if (stands_for_part(path, vs__column_i64(s, 1) != 0, whole) &&
            (st = set_add(&r->clashing, path, vs__store_words(r->store))) !=
                VS_OK)
            break;
    }
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* Does the checkpoint have a name of a part of `whole`? */
static vs_status has_saved_part(struct vs__regroup *r, const char *whole,
                                bool *out)
{
    static const char sql[] =
        "SELECT n.path, EXISTS (SELECT 1 FROM version AS s CROSS JOIN part AS "
        "p WHERE s.id = c.version AND p.variable = s.variable) "
        "FROM name AS n CROSS JOIN checkpoint_variable AS c "
        "WHERE n.path >= $1 AND n.path < $2 AND c.checkpoint = $3 "
        "AND c.name = n.id ORDER BY n.path";
    char low[VS_NAME_MAX + 3];
    char high[VS_NAME_MAX + 2];
    struct vs__stmt *s;
    vs_status st = vs__stmt_get(r->store->db, sql, &s);

    if (st != VS_OK)
        return st;
    *out = false;
    vs__path_range(whole, low, high);
    vs__bind_text(s, 1, low, -1);
    vs__bind_text(s, 2, high, -1);
    vs__bind_i64(s, 3, r->checkpoint);
    while (!*out && (st = vs__stmt_step(s)) == VS_OK)
        *out = stands_for_part(vs__column_text(s, 0), vs__column_i64(s, 1) != 0,
                               whole);
    vs__stmt_reset(s);
    return st == VS_DONE ? VS_OK : st;
}

/* True if both are one tensor, cut in different ways. */
static bool can_keep(const vs_variable *now, const vs_variable *saved)
{
    return now->kind.dtype == saved->kind.dtype &&
           vs_shape_equal(&now->kind.shape, &saved->kind.shape) &&
           vs_variable_n_parts(now) + vs_variable_n_parts(saved) > 0 &&
           (now->parts == NULL || saved->parts == NULL ||
            !vs__partition_equal(&now->partition, &saved->partition));
}

/* What is partitioned in the checkpoint takes the place of one variable. If that
 * is a part now, the others cannot stay without it. */
static vs_status take_place(struct vs__regroup *r, const char *whole,
                            const vs_variable *now)
{
    vs_error *err = vs__store_words(r->store);
    char outer[VS_NAME_MAX + 1];

    if (now->ordinal < 0 || !cut_name(whole, outer))
        return set_add(&r->clashing, whole, err);
    if (!vs__path_within(outer, r->subset->scope))
        return vs__fail(err, VS_ERR_PARTITION,
                        "variable %.256s is a part now, and partitioned itself "
                        "in checkpoint %lld: it can be restored only with all "
                        "of %.256s",
                        whole, (long long)r->checkpoint, outer);
    return add_parts(r, outer);
}

/* Decides what becomes of a name that is partitioned now or was then. */
static vs_status decide(struct vs__regroup *r, const char *whole, bool keep)
{
    vs_error *err = vs__store_words(r->store);
    vs_variable *now = NULL;
    vs_variable *saved = NULL;
    bool parts = false;
    vs_status st = look(r, 0, whole, &now);

    if (st == VS_OK)
        st = look(r, r->checkpoint, whole, &saved);
    if (st != VS_OK)
        goto out;
    if (keep && now != NULL && saved != NULL && can_keep(now, saved)) {
        st = set_add(&r->kept, whole, err);
        goto out;
    }
    if (saved != NULL && saved->parts != NULL) {
        if (now != NULL && now->parts == NULL)
            st = take_place(r, whole, now);
        if (st == VS_OK)
            st = add_parts(r, whole);
    } else if (now == NULL) {
        st = vs__fail(err, VS_ERR_CORRUPT,
                      "variable %.256s: its first part is there, but a search "
                      "does not find it",
                      whole);
    } else if (now->parts != NULL) {
        st = has_saved_part(r, whole, &parts);
        if (st == VS_OK && (saved != NULL || parts))
            st = add_parts(r, whole);
    }
out:
    vs_variable_free(now);
    vs_variable_free(saved);
    return st;
}

/* What stays as it is cut now cannot lose a part, and what checkpoints leave out
 * must not go by one. The name was met in its range: who searches must find it.
 */
static vs_status check_clashing(struct vs__regroup *r, const char *path)
{
    static const char sql[] =
        "SELECT 1 FROM collection WHERE key = $1 AND variable = $2";
    vs_error *err = vs__store_words(r->store);
    struct vs__name_row row;
    struct vs__stmt *s;
    vs_status st;

    if (vs__regroup_keeps(r, path, NULL))
        return vs__fail(err, VS_ERR_PARTITION,
                        "variable %.256s cannot stay as it is cut beside what "
                        "checkpoint %lld has there",
                        path, (long long)r->checkpoint);
    if ((st = vs__name_look(r->store, path, &row)) == VS_DONE)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "name %s: it is there, but a search does not find it",
                        path);
    if (st != VS_OK || (st = vs__stmt_get(r->store->db, sql, &s)) != VS_OK)
        return st;
    vs__bind_text(s, 1, VS_UNSAVED_VARIABLES, -1);
    vs__bind_i64(s, 2, row.variable);
    st = vs__stmt_step(s);
    vs__stmt_reset(s);
    if (st != VS_OK)
        return st == VS_DONE ? VS_OK : st;
    return vs__fail(err, VS_ERR_PARTITION,
                    "variable %.256s is in no checkpoint, and cannot stay "
                    "beside what checkpoint %lld has there in other parts",
                    path, (long long)r->checkpoint);
}

vs_status vs__regroup_find(struct vs__regroup *out, vs_store *store,
                           int64_t checkpoint, const struct vs__subset *subset,
                           bool keep)
{
    static const char then[] =
        "SELECT " VS__NAME ", n.path, v.id "
        "FROM checkpoint_variable AS c CROSS JOIN version AS s "
        "CROSS JOIN variable AS v CROSS JOIN name AS n WHERE c.checkpoint = $1 "
        "AND s.id = c.version AND v.id = s.variable AND v.is_part = 1 "
        "AND n.id = c.name AND " IN_SCOPE;
    /* Not by the index of variables: what that has lost is there all the same.
     */
    static const char now[] =
        "SELECT " VS__NAME ", n.path, n.variable FROM name AS n "
        "WHERE $1 = $1 AND n.is_part = 1 AND +n.variable IS NOT NULL "
        "AND " IN_SCOPE;
    struct vs__name_set wholes = {NULL, 0, 0};
    vs_status st;

    memset(out, 0, sizeof *out);
    out->store = store;
    out->checkpoint = checkpoint;
    out->subset = subset;
    if ((st = list_wholes(out, then, &wholes)) == VS_OK)
        st = list_wholes(out, now, &wholes);
    if (st == VS_OK)
        set_sort(&wholes);
    for (size_t i = 0; i < wholes.n && st == VS_OK; i++)
        if (vs__path_within(wholes.names[i], subset->scope))
            st = decide(out, wholes.names[i], keep);
    set_done(&wholes);
    set_sort(&out->kept);
    set_sort(&out->clashing);
    for (size_t i = 0; i < out->clashing.n && st == VS_OK; i++)
        st = check_clashing(out, out->clashing.names[i]);
    return st;
}

void vs__regroup_done(struct vs__regroup *r)
{
    set_done(&r->kept);
    set_done(&r->clashing);
}

bool vs__regroup_keeps(const struct vs__regroup *r, const char *path,
                       const char **whole)
{
    char name[VS_NAME_MAX + 1];
    size_t n = 0;
    const char *kept = NULL;

    if (whole != NULL)
        *whole = NULL;
    if (r->kept.n == 0)
        return false;
    if (cut_name(path, name) && (kept = set_find(&r->kept, name)) != NULL) {
        if (whole != NULL && vs__part_ordinal(path, &n) == 0)
            *whole = kept;
        return true;
    }
    return set_find(&r->kept, path) != NULL;
}

bool vs__regroup_clashes(const struct vs__regroup *r, const char *path)
{
    return set_find(&r->clashing, path) != NULL;
}

vs_status vs__regroup_fits(struct vs__regroup *r, const char *path,
                           int64_t variable)
{
    char whole[VS_NAME_MAX + 1];
    struct vs__part_row part;
    vs_status st;

    if (!cut_name(path, whole) || vs__path_within(whole, r->subset->scope))
        return VS_OK;
    st = vs__part_row(r->store, variable, &part);
    if (st == VS_DONE)
        return vs__part_reserved(r->store, path);
    if (st != VS_OK)
        return st;
    return vs__fail(vs__store_words(r->store), VS_ERR_PARTITION,
                    "variable %.256s is a part of another variable now than in "
                    "checkpoint %lld: it can be restored only with the whole "
                    "of %.256s",
                    path, (long long)r->checkpoint, whole);
}

vs_status vs__regroup_remove(struct vs__regroup *r)
{
    vs_status st = VS_OK;

    for (size_t i = 0; i < r->clashing.n && st == VS_OK; i++) {
        struct vs__name_row row;

        st = vs__name_find(r->store, r->clashing.names[i], &row);
        if (st == VS_OK)
            st = vs__name_detach(r->store, row.id);
    }
    return st;
}

vs_status vs__regroup_write(struct vs__regroup *r)
{
    vs_status st = VS_OK;

    for (size_t i = 0; i < r->kept.n && st == VS_OK; i++) {
        vs_variable *now = NULL;
        vs_variable *saved = NULL;

        if ((st = vs__variable_get(r->store, 0, r->kept.names[i], &now)) ==
                VS_OK &&
            (st = vs__variable_get(r->store, r->checkpoint, r->kept.names[i],
                                   &saved)) == VS_OK)
            st = vs__whole_assign(now, saved);
        vs_variable_free(now);
        vs_variable_free(saved);
    }
    return st;
}
