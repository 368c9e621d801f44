/* cmd_ls.c - a list of variables: dtype, shape, sizes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "json.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"

struct list {
    struct cli *cli;
    struct pick pick;
    struct globs globs;
    struct entries entries;
    struct items items;
    bool detailed;  /* -l */
    int64_t now_ms; /* "3 min ago" from here */
};

static int by_bytes(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;

    if (x->n_bytes != y->n_bytes)
        return x->n_bytes < y->n_bytes ? 1 : -1;
    return strcmp(x->entry->name, y->entry->name);
}

static int by_time(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;

    if (x->written_ms != y->written_ms)
        return x->written_ms < y->written_ms ? 1 : -1;
    return strcmp(x->entry->name, y->entry->name);
}

static void reverse(struct items *items)
{
    for (size_t i = 0; i < items->n / 2; i++) {
        struct item t = items->v[i];

        items->v[i] = items->v[items->n - 1 - i];
        items->v[items->n - 1 - i] = t;
    }
}

static void sort(const struct cli *cli, struct items *items)
{
    if (opt_has(cli, OPT_SIZE))
        qsort(items->v, items->n, sizeof *items->v, by_bytes);
    else if (opt_has(cli, OPT_TIME))
        qsort(items->v, items->n, sizeof *items->v, by_time);
    if (opt_has(cli, OPT_REVERSE))
        reverse(items);
}

static void add_name(struct text *t, const struct item *item)
{
    const char *name = item->label != NULL ? item->label : item->entry->name;

    escape_add(t, name, strlen(name));
}

/* "768×768"; a scalar has no extents to show. */
static void add_shape(struct text *t, const struct entry *e)
{
    if (e->rank == 0)
        text_puts(t, "scalar");
    for (int i = 0; i < e->rank; i++)
        text_printf(t, "%s%" PRId64, i > 0 ? "×" : "", e->dims[i]);
}

static void add_digest(struct text *t, const struct entry *e, int n_bytes)
{
    if (!entry_has_digest(e))
        text_puts(t, "-");
    else
        for (int i = 0; i < n_bytes; i++)
            text_printf(t, "%02x", (unsigned)e->digest[i]);
}

static void fill_alias(struct row *row, const struct list *l,
                       const struct entry *e)
{
    text_puts(&row->cells[1], "= ");
    escape_add(&row->cells[1], e->alias_of, strlen(e->alias_of));
    text_puts(&row->cells[1], "  (alias, 0 B)");
    row->open = true;
    row->used = 2;
    row->colour = out_dim(l->cli);
}

static void fill(size_t i, struct row *row, void *ctx)
{
    const struct list *l = ctx;
    const struct item *item = &l->items.v[i];
    const struct entry *e = item->entry;
    struct text *cell = row->cells;
    char t[NUM_TEXT];

    add_name(cell, item);
    if (item->n > 1)
        text_printf(cell, " ×%" PRId64, item->n);
    if (e->alias_of != NULL) {
        fill_alias(row, l, e);
        return;
    }
    text_puts(++cell, vs_dtype_name(e->dtype));
    add_shape(++cell, e);
    text_puts(++cell, num_commas(item->n_elements, t));
    text_puts(++cell, num_size(item->n_bytes, t));
    if (l->pick.store == NULL)
        return;
    text_puts(++cell,
              e->empty ? "-" : num_ratio(item->stored_bytes, item->n_bytes, t));
    if (e->empty)
        row->colour = out_dim(l->cli);
    if (!l->detailed)
        return;
    text_puts(++cell, e->empty ? "-" : num_plain(e->version, t));
    text_puts(++cell, e->empty ? "-" : num_ago(item->written_ms, l->now_ms, t));
    add_digest(++cell, e, 6);
    text_puts(++cell, e->slice != NULL ? e->slice : "");
}

static void fill_plain(size_t i, struct row *row, void *ctx)
{
    const struct list *l = ctx;
    const struct item *item = &l->items.v[i];
    const struct entry *e = item->entry;
    struct text *cell = row->cells;
    vs_shape shape = entry_shape(e);
    char t[VS_SHAPE_TEXT_MAX];

    add_name(cell, item);
    text_puts(++cell, vs_dtype_name(e->dtype));
    text_puts(++cell, vs_shape_text(&shape, t));
    text_printf(++cell, "%" PRId64, item->n_elements);
    text_printf(++cell, "%" PRId64, item->n_bytes);
    cell++;
    if (item->stored_bytes >= 0 && !e->empty)
        text_printf(cell, "%" PRId64, item->stored_bytes);
    cell++;
    if (e->alias_of != NULL)
        escape_add(cell, e->alias_of, strlen(e->alias_of));
    if (!l->detailed)
        return;
    cell += 2;
    if (!e->empty) {
        text_printf(&cell[-1], "%" PRId64, e->version);
        text_puts(cell, num_utc(item->written_ms, t));
    }
    add_digest(++cell, e, 16);
    text_puts(++cell, e->slice != NULL ? e->slice : "");
}

/* Counts of what is listed; aliases add no parameters and no bytes. */
struct totals {
    int64_t n_variables;
    int64_t n_aliases;
    int64_t n_empty; /* variables without a value */
    int64_t n_elements;
    int64_t n_bytes;
};

static struct totals sum(const struct entries *list)
{
    struct totals t = {0, 0, 0, 0, 0};

    for (size_t i = 0; i < list->n; i++) {
        const struct entry *e = &list->v[i];

        if (e->alias_of != NULL) {
            t.n_aliases++;
            continue;
        }
        t.n_variables++;
        t.n_empty += e->empty;
        t.n_elements += e->n_elements;
        t.n_bytes += e->n_bytes;
    }
    return t;
}

static void print_totals(const struct list *l)
{
    struct totals t = sum(&l->entries);
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    char c[NUM_TEXT];

    (void)printf("%s variable%s, %s parameter%s, %s",
                 num_commas(t.n_variables, a), t.n_variables == 1 ? "" : "s",
                 num_commas(t.n_elements, b), t.n_elements == 1 ? "" : "s",
                 num_size(t.n_bytes, c));
    if (t.n_aliases > 0)
        (void)printf(", %s alias%s", num_commas(t.n_aliases, a),
                     t.n_aliases == 1 ? "" : "es");
    if (t.n_empty > 0)
        (void)printf(", %s uninitialized", num_commas(t.n_empty, a));
    (void)fputs("\n", stdout);
}

static void print_table(struct list *l)
{
    static const struct column text_columns[] = {
        {"NAME", false},   {"DTYPE", false},  {"SHAPE", false},
        {"PARAMS", true},  {"BYTES", true},   {"RATIO", true},
        {"VERSION", true}, {"WRITTEN", true}, {"DIGEST", false},
        {"SLICE", false},
    };
    static const struct column plain_columns[11] = {{NULL, false}};
    int n = l->pick.store == NULL ? 5 : l->detailed ? 10 : 6;

    if (l->cli->plain) {
        out_table(l->cli, plain_columns, l->detailed ? 11 : 7, l->items.n,
                  fill_plain, l);
        return;
    }
    if (l->items.n > 0)
        out_table(l->cli, text_columns, n, l->items.n, fill, l);
    print_totals(l);
}

static void print_names(const struct list *l, bool raw)
{
    struct text t = {NULL, 0, 0};

    for (size_t i = 0; i < l->items.n && out_alive(); i++) {
        const struct item *item = &l->items.v[i];

        if (raw) {
            (void)fputs(item->entry->name, stdout);
            (void)putchar('\0');
            continue;
        }
        text_reset(&t);
        add_name(&t, item);
        (void)puts(t.p);
    }
    text_done(&t);
}

static void json_entry(struct json *j, const struct entry *e)
{
    json_open(j, '{');
    json_member_text(j, "name", e->name);
    if (e->alias_of != NULL)
        json_member_text(j, "alias_of", e->alias_of);
    json_member_text(j, "dtype", vs_dtype_name(e->dtype));
    json_member_open(j, "shape", '[');
    for (int i = 0; i < e->rank; i++)
        json_int(j, e->dims[i]);
    json_close(j, ']');
    json_member_int(j, "params", e->n_elements);
    json_member_int(j, "bytes", e->n_bytes);
    if (e->empty)
        json_member_bool(j, "initialized", false);
    if (e->stored_bytes >= 0 && !e->empty) {
        json_member_int(j, "stored_bytes", e->stored_bytes);
        json_member_id(j, "version", e->version);
        json_member_time(j, "written", e->written_ms);
        json_member_digest(j, "digest", e->digest);
    }
    if (e->stored_bytes >= 0)
        json_member_bool(j, "trainable", e->trainable);
    if (e->slice != NULL) {
        json_member_int(j, "part", e->part);
        json_member_text(j, "slice", e->slice);
    }
    json_close(j, '}');
}

static void print_json(const struct list *l)
{
    struct totals t = sum(&l->entries);
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.ls/1");
    pick_json(&l->pick, &j);
    json_member_open(&j, "variables", '[');
    for (size_t i = 0; i < l->items.n && out_alive(); i++)
        json_entry(&j, l->items.v[i].entry);
    json_close(&j, ']');
    json_member_int(&j, "n_variables", t.n_variables);
    json_member_int(&j, "n_aliases", t.n_aliases);
    json_member_int(&j, "params", t.n_elements);
    json_member_int(&j, "bytes", t.n_bytes);
    json_close(&j, '}');
}

static void print(struct list *l)
{
    const struct cli *cli = l->cli;
    bool names = opt_has(cli, OPT_NAMES) || opt_has(cli, OPT_NULL);

    items_init(&l->items, &l->entries);
    if (opt_has(cli, OPT_FOLD) && !cli->json && !opt_has(cli, OPT_NULL))
        items_fold(&l->items);
    sort(cli, &l->items);
    if (cli->json)
        print_json(l);
    else if (names)
        print_names(l, opt_has(cli, OPT_NULL));
    else
        print_table(l);
    items_done(&l->items);
}

/* Drops what has a value. */
static void keep_empty(struct entries *list)
{
    size_t n = 0;

    for (size_t i = 0; i < list->n; i++)
        if (list->v[i].empty)
            list->v[n++] = list->v[i];
    list->n = n;
}

int cmd_ls(struct cli *cli)
{
    struct list l = {.cli = cli, .now_ms = num_now()};
    int rc = pick_open(cli, cli->args[0], NULL, PICK_ANY, &l.pick);

    l.detailed = opt_has(cli, OPT_LONG);
    if (rc == EXIT_YES)
        rc = pick_globs(cli, 1, GLOB_NAMES_BELOW, &l.globs);
    if (rc == EXIT_YES)
        rc = pick_list(&l.pick, &l.globs, &l.entries);
    if (rc == EXIT_YES && l.entries.n == 0 && l.globs.n > 0)
        rc = pick_no_match(&l.pick, &l.globs);
    if (opt_has(cli, OPT_UNINITIALIZED))
        keep_empty(&l.entries);
    if (rc == EXIT_YES)
        print(&l);
    entries_done(&l.entries);
    globs_done(&l.globs);
    pick_close(&l.pick);
    return rc;
}
