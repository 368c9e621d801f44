/* compare.c - all that a handle sees, against the model; see enact.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enact.h"

#define MOST_ROWS (MOST_NAMES * 3)

/* A name as a list tells it: a variable's, or that of a part of one. */
struct row {
    char path[PATH_BYTES + 8];
    char alias_of[PATH_BYTES + 8]; /* "" if it is a first name */
    int variable;                  /* id */
    int kind;
    int value;
    int part; /* -1: the variable is whole */
};

struct rows {
    int n;
    struct row rows[MOST_ROWS];
};

static int in_order(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->path, ((const struct row *)b)->path);
}

static void add_name(struct rows *rows, const struct name *name, int kind,
                     int value)
{
    const int parts = kinds[kind].parts;

    for (int i = 0; i < (parts > 0 ? parts : 1); i++) {
        struct row *row = &rows->rows[rows->n++];

        *row = (struct row){.variable = name->variable,
                            .kind = kind,
                            .value = value,
                            .part = parts > 0 ? i : -1};
        (void)snprintf(row->path, sizeof row->path,
                       parts > 0 ? "%s/part_%d" : "%s", name->path, i);
    }
}

static bool same_row(struct play *p, const struct row *row,
                     const vs_variable_info *v)
{
    const struct kind *kind = &kinds[row->kind];

    if (strcmp(row->path, v->name) != 0)
        return play_wrong(p, "a list has %s instead of %s", v->name, row->path);
    if (v->dtype != kind->dtype || v->n_parts != kind->parts ||
        v->part != row->part || (v->version == 0) != (row->value == NO_VALUE) ||
        (row->part < 0 && !vs_shape_equal(&v->shape, &kind->shape)))
        return play_wrong(p, "a list tells %s otherwise", row->path);
    return true;
}

/* One name of each variable is its first; the others say which. */
static bool first_names(struct play *p, const struct rows *rows)
{
    for (int i = 0; i < rows->n; i++) {
        const struct row *a = &rows->rows[i];
        int n_first = 0;

        for (int j = 0; j < rows->n; j++) {
            const struct row *b = &rows->rows[j];

            if (b->variable != a->variable || b->part != a->part ||
                b->alias_of[0] != '\0')
                continue;
            n_first++;
            if (a->alias_of[0] != '\0' && strcmp(a->alias_of, b->path) != 0)
                return play_wrong(p, "%s is an alias of %s, not of %s", a->path,
                                  b->path, a->alias_of);
        }
        if (n_first != 1)
            return play_wrong(p, "%s: %d first names", a->path, n_first);
    }
    return true;
}

/* A list, of now or of a checkpoint, against rows in order. */
static bool same_list(struct play *p, struct rows *rows, int64_t checkpoint)
{
    const vs_list_options options = {.checkpoint = checkpoint};
    const vs_variable_info *v = NULL;
    vs_list *list = NULL;
    bool good = true;
    int n = 0;
    vs_status st = vs_list_open(p->h->store, &options, &list);

    while (good && st == VS_OK && (st = vs_list_next(list, &v)) == VS_OK) {
        struct row *row = &rows->rows[n];

        if (n++ == rows->n)
            good = play_wrong(p, "a list has %s too", v->name);
        else
            good = same_row(p, row, v);
        if (good && v->alias_of != NULL)
            (void)snprintf(row->alias_of, sizeof row->alias_of, "%s",
                           v->alias_of);
        if (good && checkpoint == 0 && v->version != 0 && row->part < 0)
            good = play_version(p, variable_find(p->s, row->variable),
                                v->version, v->name);
    }
    vs_list_close(list);
    if (!good || (st != VS_DONE && !play_judge(p, st, 0, "list")))
        return false;
    if (n < rows->n)
        return play_wrong(p, "a list ends before %s", rows->rows[n].path);
    return first_names(p, rows);
}

static bool same_value(struct play *p, const char *path, int64_t checkpoint,
                       int kind, int value)
{
    const vs_view into = play_blank(p, kind, 0);
    vs_variable *v = NULL;
    vs_status st = checkpoint != 0
                       ? vs_variable_open_at(p->h->store, checkpoint, path, &v)
                       : vs_variable_open(p->h->store, path, &v);

    if (!play_judge(p, st, 0, path))
        return false;
    st = vs_variable_read(v, &into);
    vs_variable_free(v);
    if (!play_judge(p, st, value == NO_VALUE ? ERR(UNINITIALIZED) : 0, path))
        return false;
    return value == NO_VALUE || play_same(p, value, 0, 0, path);
}

static bool compare_names(struct play *p)
{
    static struct rows rows;
    struct state *s = p->s;

    rows.n = 0;
    for (int i = 0; i < s->n_names; i++) {
        const struct variable *v = variable_find(s, s->names[i].variable);

        add_name(&rows, &s->names[i], v->kind, v->value);
        if (!same_value(p, s->names[i].path, 0, v->kind, v->value))
            return false;
    }
    qsort(rows.rows, (size_t)rows.n, sizeof rows.rows[0], in_order);
    return same_list(p, &rows, 0);
}

static bool compare_saved(struct play *p, const struct checkpoint *c)
{
    static struct rows rows;

    rows.n = 0;
    for (int i = 0; i < c->n; i++) {
        const struct entry *e = &c->entries[i];
        const int kind = p->m.values[e->value].kind;

        add_name(&rows, &e->name, kind, e->value);
        if (!same_value(p, e->name.path, c->id, kind, e->value))
            return false;
    }
    qsort(rows.rows, (size_t)rows.n, sizeof rows.rows[0], in_order);
    return same_list(p, &rows, c->id);
}

static bool same_checkpoint(struct play *p, const struct checkpoint *c,
                            const vs_checkpoint_info *info)
{
    const bool has_parent = checkpoint_find(p->s, c->parent) != NULL;
    int64_t n_names = 0;
    size_t n_tags = 0;

    for (int i = 0; i < c->n; i++) {
        const int parts = kinds[p->m.values[c->entries[i].value].kind].parts;

        n_names += parts > 0 ? parts : 1;
    }
    for (int tag = 0; tag < MOST_TAGS; tag++) {
        char word[8];

        (void)snprintf(word, sizeof word, "t%d", tag);
        if (c->tags[tag] &&
            (n_tags == info->n_tags || strcmp(info->tags[n_tags++], word) != 0))
            return play_wrong(p, "checkpoint %lld has no tag %s",
                              (long long)c->id, word);
    }
    if (info->id == c->id && info->step == c->step &&
        info->parent == (has_parent ? c->parent : 0) &&
        info->n_names == n_names && info->n_tags == n_tags)
        return true;
    return play_wrong(p,
                      "checkpoint %lld, parent %lld, step %lld, %lld names is "
                      "told as %lld, %lld, %lld, %lld",
                      (long long)c->id, (long long)c->parent,
                      (long long)c->step, (long long)n_names,
                      (long long)info->id, (long long)info->parent,
                      (long long)info->step, (long long)info->n_names);
}

/* Newest first. */
static bool compare_checkpoints(struct play *p)
{
    const vs_checkpoint_info *info = NULL;
    vs_checkpoint_list *list = NULL;
    int n = p->s->n_checkpoints;
    bool good = true;
    vs_status st = vs_checkpoint_list_open(p->h->store, &list);

    while (good && st == VS_OK &&
           (st = vs_checkpoint_list_next(list, &info)) == VS_OK) {
        if (n == 0)
            good = play_wrong(p, "checkpoint %lld too", (long long)info->id);
        else
            good = same_checkpoint(p, &p->s->checkpoints[--n], info);
    }
    vs_checkpoint_list_close(list);
    if (!good || (st != VS_DONE && !play_judge(p, st, 0, "checkpoints")))
        return false;
    if (n > 0)
        return play_wrong(p, "%d checkpoints are missing", n);
    for (int i = 0; i < p->s->n_checkpoints; i++)
        if (!compare_saved(p, &p->s->checkpoints[i]))
            return false;
    return true;
}

/* The counts that the store keeps. */
static bool compare_counts(struct play *p)
{
    vs_store_info info;
    int64_t n = 0;
    int64_t n_valueless = 0;

    if (!play_judge(p, vs_store_describe(p->h->store, &info), 0, "describe"))
        return false;
    for (int i = 0; i < p->s->n_variables; i++) {
        const struct variable *v = &p->s->variables[i];
        const int parts = kinds[v->kind].parts;

        if (!variable_is_live(p->s, v->id))
            continue;
        n += parts > 0 ? parts : 1;
        if (v->value == NO_VALUE)
            n_valueless += parts > 0 ? parts : 1;
    }
    if (info.n_variables == n && info.n_deferred == n_valueless &&
        info.n_checkpoints == p->s->n_checkpoints)
        return true;
    return play_wrong(p,
                      "%lld variables, %lld without a value; told %lld, %lld",
                      (long long)n, (long long)n_valueless,
                      (long long)info.n_variables, (long long)info.n_deferred);
}

bool compare_all(struct play *p)
{
    return compare_names(p) && compare_checkpoints(p) && compare_counts(p);
}

bool do_compare(struct play *p, const struct deed *d)
{
    (void)d;
    return compare_all(p);
}

static void told(const vs_damage *damage, void *ctx)
{
    (void)play_wrong(ctx, "damage: %s: %s",
                     damage->name != NULL ? damage->name : "-", damage->what);
}

bool do_check(struct play *p, const struct deed *d)
{
    const vs_check_options options = {
        .read_data = true, .on_damage = told, .ctx = p};
    vs_check_report report = {0};

    (void)d;
    return play_judge(p, vs_check(p->h->store, &options, &report), 0,
                      "check") &&
           !p->wrong && report.n_damages == 0;
}
