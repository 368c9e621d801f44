/* mapping.c - see mapping.h. */
#include "mapping.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "num.h"
#include "out.h"

static void add(struct mapping *m, const char *from, const char *to,
                const char *rest, const char *alias_of)
{
    struct text t = {NULL, 0, 0};

    text_printf(&t, "%s%s", to, rest);
    m->moves = mem_more(m->moves, m->n + 1, sizeof *m->moves);
    m->moves[m->n++] = (struct move){
        mem_copy(from), t.p, alias_of != NULL ? mem_copy(alias_of) : NULL};
}

static void mapping_done(struct mapping *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->moves[i].from);
        free(m->moves[i].to);
        free(m->moves[i].alias_of);
    }
    free(m->moves);
    free(m->from);
    free(m->to);
}

/* "dir/" as a target means "dir/" and the last component of `from`. */
static char *target(const char *from, const char *to)
{
    const char *slash = strrchr(from, '/');
    struct text t = {NULL, 0, 0};
    size_t n = strlen(to);

    text_puts(&t, to);
    if (n > 0 && to[n - 1] == '/')
        text_puts(&t, slash != NULL ? slash + 1 : from);
    return t.p;
}

/* A trailing '/' of FROM says that the scope is meant. */
static char *without_slash(const char *from)
{
    size_t n = strlen(from);

    return mem_copy_n(from, n > 1 && from[n - 1] == '/' ? n - 1 : n);
}

/* Adds a name below the scope that is mapped; the parts of a partitioned
 * variable are mapped as one. */
static void add_below(struct mapping *m, const struct entry *e)
{
    const size_t from = strlen(m->from);
    char *name = mem_copy(e->name);
    char *first = e->alias_of != NULL ? mem_copy(e->alias_of) : NULL;
    size_t n;

    if (!entry_is_part(e, &n)) {
        add(m, name, m->to, name + from, first);
    } else if (e->part == 0) {
        name[n] = '\0';
        if (first != NULL && strlen(first) > strlen("/part_0"))
            first[strlen(first) - strlen("/part_0")] = '\0';
        add(m, name, m->to, name + from, first);
    }
    free(first);
    free(name);
}

/* Is it a variable whose parts are listed? */
static bool is_whole(const struct entries *list, const char *name)
{
    struct text t = {NULL, 0, 0};
    const struct entry *e;
    size_t n;

    text_printf(&t, "%s/part_0", name);
    e = entries_find(list, t.p);
    text_done(&t);
    return e != NULL && entry_is_part(e, &n);
}

static int map(struct pick *p, bool scopes, struct mapping *m)
{
    const char *from = m->from;
    char *patterns[] = {m->from};
    struct globs globs = {patterns, 1, GLOB_NAMES_BELOW};
    struct entries list;
    const struct entry *exact;
    int rc = pick_list(p, &globs, &list);

    exact = entries_find(&list, from);
    if (rc == EXIT_YES && exact != NULL)
        add(m, from, m->to, "", exact->alias_of);
    else if (rc == EXIT_YES && is_whole(&list, from))
        add(m, from, m->to, "", NULL);
    else if (rc == EXIT_YES && scopes && list.n > 0) {
        m->is_scope = true;
        for (size_t i = 0; i < list.n; i++)
            add_below(m, &list.v[i]);
    } else if (rc == EXIT_YES)
        rc = pick_not_found(p, from);
    entries_done(&list);
    return rc;
}

/* For --dry-run: would any new name be taken? */
static int check_free(struct pick *p, const struct mapping *m)
{
    for (size_t i = 0; i < m->n; i++) {
        vs_variable *v = NULL;
        vs_status st = vs_variable_open(p->store, m->moves[i].to, &v);

        vs_variable_free(v);
        if (st == VS_OK)
            return fault_set(&p->cli->fault, VS_ERR_EXISTS,
                             "%s already exists in %s", m->moves[i].to,
                             p->label.p);
        if (st != VS_ERR_NOTFOUND)
            return pick_store_fault(p->cli, p->store);
    }
    return EXIT_YES;
}

static void print_json(const struct pick *p, const struct mapping *m, bool dry)
{
    struct json j;
    char schema[64];

    (void)snprintf(schema, sizeof schema, "varstore.%s/1",
                   p->cli->command->name);
    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", schema);
    pick_json(p, &j);
    json_member_bool(&j, "dry_run", dry);
    json_member_open(&j, "names", '[');
    for (size_t i = 0; i < m->n; i++) {
        json_open(&j, '{');
        json_member_text(&j, "from", m->moves[i].from);
        json_member_text(&j, "to", m->moves[i].to);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
}

static void print_text(const struct cli *cli, const struct mapping *m,
                       const char *done, bool dry)
{
    char count[NUM_TEXT];

    for (size_t i = 0; dry && i < m->n; i++) {
        char *from = escape_new(m->moves[i].from);
        char *to = escape_new(m->moves[i].to);

        (void)printf(cli->plain ? "%s\t%s\n" : "%s -> %s\n", from, to);
        free(from);
        free(to);
    }
    if (dry)
        out_note(cli, "nothing was changed (--dry-run)");
    else if (m->n == 1)
        out_note(cli, "%s %s -> %s", done, m->moves[0].from, m->moves[0].to);
    else
        out_note(cli, "%s %s names", done, num_commas((int64_t)m->n, count));
}

static int run(struct pick *p, struct mapping *m, bool scopes,
               int (*act)(struct cli *cli, vs_store *store,
                          const struct mapping *m))
{
    struct cli *cli = p->cli;
    bool dry = opt_has(cli, OPT_DRY_RUN);
    int rc;

    m->from = without_slash(cli->args[1]);
    m->to = target(m->from, cli->args[2]);
    if (vs_store_begin(p->store, dry ? VS_TXN_READ : VS_TXN_WRITE) != VS_OK)
        return pick_store_fault(cli, p->store);
    rc = map(p, scopes, m);
    if (rc == EXIT_YES)
        rc = dry ? check_free(p, m) : act(cli, p->store, m);
    if (dry || rc != EXIT_YES)
        (void)vs_store_rollback(p->store);
    else if (vs_store_commit(p->store) != VS_OK)
        rc = pick_store_fault(cli, p->store);
    return rc;
}

int mapping_run(struct cli *cli, bool scopes, const char *done,
                int (*act)(struct cli *cli, vs_store *store,
                           const struct mapping *m))
{
    struct pick p = {.cli = cli};
    struct mapping m = {NULL, 0, false, NULL, NULL};
    bool dry = opt_has(cli, OPT_DRY_RUN);
    int rc = pick_store(cli, cli->args[0], &p.store);

    text_puts(&p.label, cli->args[0]);
    text_puts(&p.path, cli->args[0]);
    if (rc == EXIT_YES)
        rc = run(&p, &m, scopes, act);
    if (rc == EXIT_YES && cli->json)
        print_json(&p, &m, dry);
    else if (rc == EXIT_YES)
        print_text(cli, &m, done, dry);
    mapping_done(&m);
    pick_close(&p);
    return rc;
}
