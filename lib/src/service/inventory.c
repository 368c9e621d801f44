/* inventory.c - see inventory.h. */
#include "service/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/catalog.h"
#include "model/parts.h"
#include "model/path.h"
#include "model/whole.h"
#include "model/record.h"
#include "service/checkpoint.h"
#include "varstore/checkpoint.h"

/* A name as it was read. */
struct found {
    size_t at;        /* of its path in the text */
    int64_t variable; /* it leads to */
    int64_t version;  /* of the variable in this state */
    int64_t alias;    /* 0 or 1 */
    size_t index;     /* its place in the order of names */
    size_t leader;    /* the place of the name that stands for its variable */
    int64_t part;     /* of a whole that is listed as one; -1: none */
    size_t n_whole;   /* and the length of the whole's name */
};

static vs_status check_current(vs_store *store, struct vs__stmt *s,
                               const char *path)
{
    if (vs__column_i64(s, 4 + VS__N_NAME) == 1 ||
        vs__column_i64(s, 2) == VS__DEFERRED)
        return VS_OK;
    return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                    "name %s: it leads to no current version", path);
}

/* Reads the rows of a statement whose columns are path, variable, version and
 * alias, in order of paths. */
static vs_status read_names(struct vs__inventory *in, vs_store *store,
                            struct vs__stmt *s, struct vs__buf *founds)
{
    vs_status st;

    while ((st = vs__stmt_step(s)) == VS_OK) {
        const char *path = vs__column_text(s, 0);
        const struct found found = {
            .at = in->text.len,
            .variable = vs__column_i64(s, 1),
            .version = vs__column_i64(s, 2),
            .alias = vs__column_i64(s, 3),
            .index = founds->len / sizeof found,
            .part = -1,
        };

        if ((st = vs__name_check(store, s, 4, path, NULL)) == VS_OK)
            st = in->checkpoint != 0 ? vs__saved_check(store, s, 4 + VS__N_NAME)
                                     : check_current(store, s, path);
        if (st != VS_OK)
            break;
        if (vs__buf_add(founds, &found, sizeof found) != VS_OK ||
            vs__buf_add(&in->text, path, strlen(path) + 1) != VS_OK) {
            st = vs__fail_nomem(vs__store_words(store));
            break;
        }
    }
    return st == VS_DONE ? VS_OK : st;
}

static vs_status find_names(struct vs__inventory *in, vs_store *store,
                            const struct vs__subset *subset,
                            struct vs__buf *founds)
{
    static const char now[] =
        "SELECT n.path, n.variable, v.current, n.alias, " VS__NAME
        ", s.current "
        "FROM name AS n LEFT JOIN variable AS v ON v.id = n.variable "
        "LEFT JOIN version AS s ON s.id = v.current "
        "WHERE n.variable IS NOT NULL AND " VS__SUBSET_SQL(
            "$1", "$2", "$3", "$4") "ORDER BY n.path";
    static const char saved[] =
        "SELECT n.path, s.variable, s.id, c.alias, " VS__NAME
        ", c.checkpoint, c.name, c.version, c.alias, c.mark "
        "FROM name AS n CROSS JOIN checkpoint_variable AS c "
        "CROSS JOIN version AS s "
        "WHERE " VS__SUBSET_SQL("$1", "$2", "$3",
                                "$4") "AND c.checkpoint = $5 AND c.name = n.id "
                                      "AND s.id = c.version "
                                      "ORDER BY n.path";
    struct vs__stmt *s;
    vs_status st =
        vs__stmt_get(store->db, in->checkpoint == 0 ? now : saved, &s);

    if (st != VS_OK)
        return st;
    vs__subset_bind(subset, s, 1, NULL);
    if (in->checkpoint != 0)
        vs__bind_i64(s, 5, in->checkpoint);
    st = read_names(in, store, s, founds);
    vs__stmt_reset(s);
    return st;
}

/* Names of one variable together, the first name in front. */
static int compare_variables(const void *a, const void *b)
{
    const struct found *x = a;
    const struct found *y = b;

    if (x->variable != y->variable)
        return x->variable < y->variable ? -1 : 1;
    if (x->alias != y->alias)
        return x->alias < y->alias ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static int compare_indices(const void *a, const void *b)
{
    const struct found *x = a;
    const struct found *y = b;

    return (x->index > y->index) - (x->index < y->index);
}

/* Finds for each name the one that stands for its variable. */
static void choose_leaders(struct found *founds, size_t n)
{
    qsort(founds, n, sizeof *founds, compare_variables);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && founds[i].variable == founds[i - 1].variable) {
            founds[i].leader = founds[i - 1].leader;
        } else {
            founds[i].leader = founds[i].index;
        }
    }
    qsort(founds, n, sizeof *founds, compare_indices);
}

/* Finds out which names are those of parts, of wholes that the subset has.
 * `*loose` receives how many are left if each first part takes as many as its
 * whole has. */
static vs_status find_parts(struct vs__inventory *in, vs_store *store,
                            const struct vs__subset *subset,
                            struct found *founds, size_t n, uint64_t *loose)
{
    char whole[VS_NAME_MAX + 1];

    *loose = 0;
    for (size_t i = 0; i < n; i++) {
        struct found *f = &founds[i];
        const char *path = vs__buf_text(&in->text) + f->at;
        const int64_t ordinal = vs__part_ordinal(path, &f->n_whole);
        struct vs__part_row row;
        vs_status st;

        if (ordinal < 0)
            continue;
        memcpy(whole, path, f->n_whole);
        whole[f->n_whole] = '\0';
        if (!vs__path_within(whole, subset->scope))
            continue;
        st = vs__part_row(store, f->variable, &row);
        if (st == VS_DONE)
            continue;
        if (st != VS_OK)
            return st;
        if (row.ordinal != ordinal)
            return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                            "name %s: it leads to part %lld of a variable",
                            path, (long long)row.ordinal);
        f->part = ordinal;
        *loose += 1;
        if (ordinal == 0)
            *loose -= (uint64_t)row.partition.parts;
    }
    return VS_OK;
}

static vs_status lacks_value(vs_store *store, const char *name)
{
    return vs__fail(vs__store_words(store), VS_ERR_UNINITIALIZED,
                    "variable %s has no value yet", name);
}

static void count_holding(struct vs__inventory *in)
{
    const struct vs__kind_of_value *kind = &in->holdings[in->n].kind;

    in->n_bytes += kind->plan.n_elements * (int64_t)kind->plan.element;
    in->n++;
}

static vs_status add_holding(struct vs__inventory *in, vs_store *store,
                             const struct found *found)
{
    struct vs__holding *h = &in->holdings[in->n];
    struct vs__variable_row row;
    vs_status st = vs__variable_row(store, found->variable, &row);

    h->name = vs__buf_text(&in->text) + found->at;
    if (st == VS_ERR_STALE)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "version %lld is of variable %lld, which is not there",
                        (long long)found->version, (long long)found->variable);
    if (st != VS_OK)
        return st;
    if (found->version == VS__DEFERRED)
        return lacks_value(store, h->name);
    h->kind = row.kind;
    h->version = found->version;
    count_holding(in);
    return VS_OK;
}

/* Cuts what makes it a part's off the name of a first part. */
static const char *cut_name(struct vs__inventory *in, const struct found *found)
{
    char *name = (char *)in->text.data + found->at;

    name[found->n_whole] = '\0';
    return name;
}

/* Adds a partitioned variable, by the name of its first part. */
static vs_status add_whole(struct vs__inventory *in, vs_store *store,
                           const struct found *found)
{
    struct vs__holding *h = &in->holdings[in->n];
    vs_status st;

    h->name = cut_name(in, found);
    st = vs__whole_open(store, in->checkpoint, h->name, &h->whole);
    if (st == VS_DONE)
        return vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                        "variable %s: its first part is gone", h->name);
    if (st == VS_OK)
        st = vs__whole_there(h->whole, &h->version);
    if (st == VS_OK && h->version == 0)
        st = lacks_value(store, h->name);
    if (st != VS_OK) {
        vs_variable_free(h->whole);
        h->whole = NULL;
        return st;
    }
    h->kind = h->whole->kind;
    count_holding(in);
    return VS_OK;
}

/* Adds a name to one of the lists. A tie must lead to what is listed, so a name
 * that a part has beside that of its whole gets the value by itself. */
static vs_status add_name(struct vs__inventory *in, vs_store *store,
                          const struct found *founds, size_t i)
{
    const struct found *f = &founds[i];
    const struct found *leader = &founds[f->leader];
    const bool tied = f->leader != i && (f->part < 0) == (leader->part < 0);
    struct vs__tie *tie = &in->ties[in->n_ties];

    if (f->part > 0)
        return VS_OK; /* the first one stands for all */
    if (!tied)
        return f->part == 0 ? add_whole(in, store, f)
                            : add_holding(in, store, f);
    tie->name =
        f->part == 0 ? cut_name(in, f) : vs__buf_text(&in->text) + f->at;
    tie->target = vs__buf_text(&in->text) + leader->at;
    in->n_ties++;
    return VS_OK;
}

static int compare_holdings(const void *a, const void *b)
{
    return strcmp(((const struct vs__holding *)a)->name,
                  ((const struct vs__holding *)b)->name);
}

static int compare_ties(const void *a, const void *b)
{
    return strcmp(((const struct vs__tie *)a)->name,
                  ((const struct vs__tie *)b)->name);
}

/* Makes the two lists out of the names. */
static vs_status sort_out(struct vs__inventory *in, vs_store *store,
                          const struct vs__subset *subset, struct found *founds,
                          size_t n)
{
    uint64_t loose = 0;
    vs_status st = find_parts(in, store, subset, founds, n, &loose);

    if (st != VS_OK)
        return st;
    choose_leaders(founds, n);
    in->holdings = vs__calloc(n, sizeof *in->holdings);
    in->ties = vs__calloc(n, sizeof *in->ties);
    if (in->holdings == NULL || in->ties == NULL)
        return vs__fail_nomem(vs__store_words(store));
    for (size_t i = 0; i < n && st == VS_OK; i++)
        st = add_name(in, store, founds, i);
    /* The name of a whole stands before those of its parts. */
    qsort(in->holdings, in->n, sizeof *in->holdings, compare_holdings);
    qsort(in->ties, in->n_ties, sizeof *in->ties, compare_ties);
    if (st == VS_OK && loose != 0) /* no first part stands for them */
        st = vs__fail(vs__store_words(store), VS_ERR_CORRUPT,
                      "of a partitioned variable the first part is missing");
    return st;
}

static vs_status find_checkpoint(struct vs__inventory *in, vs_store *store,
                                 int64_t checkpoint)
{
    struct vs__checkpoint_row row;
    vs_status st;

    if (checkpoint == 0)
        return VS_OK;
    if ((st = vs__checkpoint_row(store, checkpoint, &row)) != VS_OK ||
        (st = vs__checkpoint_verify(store, &row)) != VS_OK)
        return st;
    in->step = row.step;
    return VS_OK;
}

vs_status vs__inventory_take(struct vs__inventory *out, vs_store *store,
                             const struct vs__subset *subset,
                             int64_t checkpoint)
{
    struct vs__buf founds;
    vs_status st;

    out->checkpoint = checkpoint;
    out->step = VS_NO_STEP;
    vs__buf_init(&out->text, SIZE_MAX / 2);
    vs__buf_init(&founds, SIZE_MAX / 2);
    if ((st = find_checkpoint(out, store, checkpoint)) == VS_OK)
        st = find_names(out, store, subset, &founds);
    if (st == VS_OK && founds.len == 0)
        st = vs__fail(vs__store_words(store), VS_ERR_NOTFOUND,
                      "no variable %s%s exists in %s",
                      subset->scope[0] != '\0' ? "in scope " : "at all",
                      subset->scope, vs__db_path(store->db));
    if (st == VS_OK)
        st = sort_out(out, store, subset, (struct found *)(void *)founds.data,
                      founds.len / sizeof(struct found));
    vs__buf_done(&founds);
    return st;
}

vs_status vs__holding_read_to(vs_store *store,
                              const struct vs__holding *holding, vs_sink sink)
{
    return holding->whole != NULL ? vs__whole_read_to(holding->whole, sink)
                                  : vs__value_read_to(store, &holding->kind,
                                                      holding->version, sink);
}

void vs__inventory_done(struct vs__inventory *inventory)
{
    for (size_t i = 0; i < inventory->n; i++)
        vs_variable_free(inventory->holdings[i].whole);
    vs__free(inventory->holdings);
    vs__free(inventory->ties);
    vs__free(inventory->text.data);
    memset(inventory, 0, sizeof *inventory);
}
