/* cmd_rm.c - removes names; a variable goes with its last one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "json.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"

static int64_t sum_bytes(const struct entries *list)
{
    int64_t n = 0;

    for (size_t i = 0; i < list->n; i++)
        if (list->v[i].alias_of == NULL)
            n += list->v[i].n_bytes;
    return n;
}

/* "3 names, 27.0 MiB" */
static char *summary(const struct entries *list)
{
    struct text t = {NULL, 0, 0};
    char a[NUM_TEXT];

    text_printf(&t, "%s name%s, ", num_commas((int64_t)list->n, a),
                list->n == 1 ? "" : "s");
    text_puts(&t, num_size(sum_bytes(list), a));
    return t.p;
}

static int confirm(struct cli *cli, const struct entries *list, bool *yes)
{
    char *what = summary(list);
    struct text t = {NULL, 0, 0};
    int rc;

    text_printf(&t, "remove %s from %s (%s%s)?", what, cli->args[0],
                list->v[0].name, list->n > 1 ? ", ..." : "");
    rc = ask(cli, t.p, yes);
    text_done(&t);
    free(what);
    return rc;
}

/* A name that somebody else removed meanwhile is as it should be. */
static int delete_all(struct cli *cli, vs_store *store,
                      const struct entries *list)
{
    vs_status st = vs_store_begin(store, VS_TXN_WRITE);
    int rc;

    if (st != VS_OK)
        return pick_store_fault(cli, store);
    for (size_t i = 0; i < list->n && st == VS_OK; i++) {
        st = vs_variable_delete(store, list->v[i].name);
        if (st == VS_ERR_NOTFOUND)
            st = VS_OK;
    }
    if (st != VS_OK) {
        rc = pick_store_fault(cli, store);
        (void)vs_store_rollback(store);
        return rc;
    }
    return vs_store_commit(store) == VS_OK ? EXIT_YES
                                           : pick_store_fault(cli, store);
}

static void print_json(const struct pick *p, const struct entries *list,
                       bool dry)
{
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.rm/1");
    pick_json(p, &j);
    json_member_bool(&j, "dry_run", dry);
    json_member_open(&j, "names", '[');
    for (size_t i = 0; i < list->n; i++)
        json_text(&j, list->v[i].name);
    json_close(&j, ']');
    json_member_int(&j, "bytes", sum_bytes(list));
    json_close(&j, '}');
}

static void print_text(const struct cli *cli, const struct entries *list,
                       bool dry)
{
    char *what = summary(list);

    for (size_t i = 0; dry && i < list->n; i++) {
        char *name = escape_new(list->v[i].name);

        (void)printf("%s\n", name);
        free(name);
    }
    if (dry)
        out_note(cli, "%s; nothing was changed (--dry-run)", what);
    else
        out_note(cli, "removed %s", what);
    free(what);
}

static int run(struct pick *p, const struct globs *globs, struct entries *list)
{
    struct cli *cli = p->cli;
    bool dry = opt_has(cli, OPT_DRY_RUN);
    bool yes = true;
    int rc = pick_list(p, globs, list);

    if (rc == EXIT_YES && list->n == 0)
        rc = pick_no_match(p, globs);
    if (rc == EXIT_YES && !dry)
        rc = confirm(cli, list, &yes);
    if (rc != EXIT_YES)
        return rc;
    if (!yes) {
        out_note(cli, "nothing was changed");
        return EXIT_NO;
    }
    if (!dry)
        rc = delete_all(cli, p->store, list);
    if (rc == EXIT_YES && cli->json)
        print_json(p, list, dry);
    else if (rc == EXIT_YES)
        print_text(cli, list, dry);
    return rc;
}

int cmd_rm(struct cli *cli)
{
    struct pick p = {.cli = cli};
    struct globs globs = {NULL, 0, GLOB_NAMES_EXACT};
    struct entries list = {NULL, 0, 0, NULL};
    int rc = pick_store(cli, cli->args[0], &p.store);

    text_puts(&p.label, cli->args[0]);
    text_puts(&p.path, cli->args[0]);
    if (rc == EXIT_YES)
        rc = pick_globs(cli, 1, GLOB_NAMES_EXACT, &globs);
    if (rc == EXIT_YES)
        rc = run(&p, &globs, &list);
    entries_done(&list);
    globs_done(&globs);
    pick_close(&p);
    return rc;
}
