/* cmd_tree.c - scopes as a tree, with their sums. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"
#include "tree.h"

struct drawing {
    struct cli *cli;
    struct pick pick;
    struct tree tree;
    size_t *shown; /* indices of `n_shown` nodes that are not too deep */
    size_t n_shown;
    char separator;
    int64_t max_depth;
    const char *scope; /* what is drawn; "": all */
    bool *lines; /* of each shown node, TREE_DEPTH_MAX: does the line of that
                    depth go on below? Text only */
};

static const struct node *node_of(const struct drawing *d, size_t i)
{
    return &d->tree.nodes[d->shown[i]];
}

static char *size_text(const struct cli *cli, int64_t bytes, char *text)
{
    return opt_has(cli, OPT_BYTES) ? num_plain(bytes, text)
                                   : num_size(bytes, text);
}

static void add_branch(struct text *t, const struct drawing *d, size_t i)
{
    const struct node *node = node_of(d, i);
    const bool *goes_on = d->lines + i * TREE_DEPTH_MAX;

    for (int depth = 1; depth < node->depth; depth++)
        text_puts(t, goes_on[depth] ? "│  " : "   ");
    if (node->depth > 0)
        text_puts(t, node->last ? "└─ " : "├─ ");
}

static void add_count(struct text *t, const struct node *node,
                      const char *before)
{
    char n[NUM_TEXT];

    if (node->n_variables > 0 || node->n_aliases == 0)
        text_printf(t, "%s%s variable%s", before,
                    num_commas(node->n_variables, n),
                    node->n_variables == 1 ? "" : "s");
    if (node->n_variables > 0)
        before = ", ";
    if (node->n_aliases > 0)
        text_printf(t, "%s%s alias%s", before, num_commas(node->n_aliases, n),
                    node->n_aliases == 1 ? "" : "es");
}

/* What a leaf is, or how many variables a scope has. */
static void add_what(struct text *t, const struct node *node)
{
    const struct entry *e = node->entry;

    if (e != NULL && e->alias_of != NULL) {
        text_puts(t, "= ");
        escape_add(t, e->alias_of, strlen(e->alias_of));
        return;
    }
    if (e != NULL) {
        text_printf(t, "%s ", vs_dtype_name(e->dtype));
        for (int i = 0; i < e->rank; i++)
            text_printf(t, "%s%" PRId64, i > 0 ? "×" : "", e->dims[i]);
        if (e->rank == 0)
            text_puts(t, "scalar");
    }
    if (e == NULL || node->n_variables + node->n_aliases > 1)
        add_count(t, node, e != NULL ? ", " : "");
}

static void fill(size_t i, struct row *row, void *ctx)
{
    const struct drawing *d = ctx;
    const struct node *node = node_of(d, i);
    char t[NUM_TEXT];

    add_branch(&row->cells[0], d, i);
    escape_add(&row->cells[0], node->label, node->n_label);
    text_puts(&row->cells[1], num_commas(node->n_elements, t));
    text_puts(&row->cells[2], size_text(d->cli, node->n_bytes, t));
    add_what(&row->cells[3], node);
}

static void fill_plain(size_t i, struct row *row, void *ctx)
{
    const struct drawing *d = ctx;
    const struct node *node = node_of(d, i);

    text_printf(&row->cells[0], "%d", node->depth);
    escape_add(&row->cells[1], node->label, node->n_label);
    text_puts(&row->cells[2], node->entry != NULL ? "variable" : "scope");
    text_printf(&row->cells[3], "%" PRId64, node->n_variables);
    text_printf(&row->cells[4], "%" PRId64, node->n_elements);
    text_printf(&row->cells[5], "%" PRId64, node->n_bytes);
}

/* Notes, for each node, at which depths above it a line goes on. */
static void trace_lines(struct drawing *d)
{
    bool goes_on[TREE_DEPTH_MAX] = {false};

    d->lines = mem_get(d->n_shown, sizeof goes_on);
    for (size_t i = 0; i < d->n_shown; i++) {
        goes_on[node_of(d, i)->depth] = !node_of(d, i)->last;
        memcpy(d->lines + i * TREE_DEPTH_MAX, goes_on, sizeof goes_on);
    }
}

static void print_text(struct drawing *d)
{
    static const struct column columns[] = {{"SCOPE", false}, {"PARAMS", true},
                                            {"BYTES", true},  {"", false},
                                            {"", false},      {"", false}};
    const struct node *total = &d->tree.total;
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    char c[NUM_TEXT];

    if (d->cli->plain) {
        out_table(d->cli, columns, 6, d->n_shown, fill_plain, d);
        return;
    }
    trace_lines(d);
    if (d->n_shown > 0)
        out_table(d->cli, columns, 4, d->n_shown, fill, d);
    (void)printf(
        "%s variable%s, %s parameter%s, %s\n",
        num_commas(total->n_variables, a), total->n_variables == 1 ? "" : "s",
        num_commas(total->n_elements, b), total->n_elements == 1 ? "" : "s",
        size_text(d->cli, total->n_bytes, c));
    free(d->lines);
}

static void json_node(struct json *j, const struct node *node)
{
    char *label = mem_copy_n(node->label, node->n_label);

    json_open(j, '{');
    json_member_int(j, "depth", node->depth);
    json_member_text(j, "label", label);
    if (node->entry != NULL)
        json_member_text(j, "name", node->entry->name);
    json_member_int(j, "n_variables", node->n_variables);
    json_member_int(j, "params", node->n_elements);
    json_member_int(j, "bytes", node->n_bytes);
    json_close(j, '}');
    free(label);
}

static void print_json(const struct drawing *d)
{
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.tree/1");
    pick_json(&d->pick, &j);
    json_member_text(&j, "scope", d->scope);
    json_member_open(&j, "nodes", '[');
    for (size_t i = 0; i < d->n_shown; i++)
        json_node(&j, node_of(d, i));
    json_close(&j, ']');
    json_member_int(&j, "n_variables", d->tree.total.n_variables);
    json_member_int(&j, "params", d->tree.total.n_elements);
    json_member_int(&j, "bytes", d->tree.total.n_bytes);
    json_close(&j, '}');
}

static void print(struct drawing *d)
{
    d->shown = mem_get(d->tree.n, sizeof *d->shown);
    for (size_t i = 0; i < d->tree.n; i++)
        if (d->tree.nodes[i].depth < d->max_depth)
            d->shown[d->n_shown++] = i;
    if (d->cli->json)
        print_json(d);
    else
        print_text(d);
    free(d->shown);
}

/* Keeps what lies in the scope or is the variable of that name; returns how
 * many bytes of the kept names the scope takes. */
static size_t keep_scope(const struct drawing *d, struct entries *list)
{
    size_t n = strlen(d->scope);
    size_t kept = 0;

    while (n > 0 && d->scope[n - 1] == d->separator)
        n--;
    if (n == 0)
        return 0;
    for (size_t i = 0; i < list->n; i++)
        if (strncmp(list->v[i].name, d->scope, n) == 0 &&
            list->v[i].name[n] == d->separator)
            list->v[kept++] = list->v[i];
    list->n = kept;
    return n + 1;
}

static int draw(struct drawing *d)
{
    const struct globs all = {NULL, 0, GLOB_NAMES_BELOW};
    struct entries list;
    int rc = pick_list(&d->pick, &all, &list);

    if (rc == EXIT_YES) {
        size_t skip = keep_scope(d, &list);

        if (skip > 0 && list.n == 0)
            rc = pick_not_found(&d->pick, d->scope);
        else {
            tree_init(&d->tree, &list, skip, d->separator);
            print(d);
            tree_done(&d->tree);
        }
    }
    entries_done(&list);
    return rc;
}

int cmd_tree(struct cli *cli)
{
    struct drawing d = {
        .cli = cli, .separator = '/', .max_depth = TREE_DEPTH_MAX, .scope = ""};
    int rc;

    if ((rc = opt_int(cli, OPT_DEPTH, 1, INT32_MAX, &d.max_depth)) !=
            EXIT_YES ||
        (rc = opt_char(cli, OPT_SEPARATOR, &d.separator)) != EXIT_YES)
        return rc;
    if (cli->n_args > 1)
        d.scope = cli->args[1];
    rc = pick_open(cli, cli->args[0], NULL, PICK_ANY, &d.pick);
    if (rc == EXIT_YES)
        rc = draw(&d);
    pick_close(&d.pick);
    return rc;
}
