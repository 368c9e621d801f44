/* cmd_check.c - is everything as it was stored? */
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"
#include "progress.h"

struct damage {
    char *name; /* NULL: of no single variable */
    char *what;
};

struct findings {
    struct cli *cli;
    struct damage *v; /* `n` of them */
    size_t n;
    bool finished; /* the check ran to its end: the report counts */
    vs_check_report report;
};

static void on_damage(const char *name, const char *what, void *ctx)
{
    struct findings *f = ctx;

    f->v = mem_more(f->v, f->n + 1, sizeof *f->v);
    f->v[f->n].name = name != NULL ? mem_copy(name) : NULL;
    f->v[f->n++].what = mem_copy(what);
}

static void print_json(const struct findings *f)
{
    const vs_check_report *r = &f->report;
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.check/1");
    json_member_text(&j, "file", f->cli->args[0]);
    json_member_bool(&j, "sound", f->n == 0);
    json_member_bool(&j, "read_data", opt_has(f->cli, OPT_READ_DATA));
    json_member_open(&j, "damages", '[');
    for (size_t i = 0; i < f->n; i++) {
        json_open(&j, '{');
        if (f->v[i].name != NULL)
            json_member_text(&j, "name", f->v[i].name);
        json_member_text(&j, "what", f->v[i].what);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_member_int(&j, "names", r->n_names);
    json_member_int(&j, "versions", r->n_versions);
    json_member_int(&j, "chunks", r->n_chunks);
    json_member_int(&j, "checkpoints", r->n_checkpoints);
    json_member_int(&j, "bytes_read", r->n_bytes_read);
    json_close(&j, '}');
}

static void print_damage(const struct cli *cli, const struct damage *d)
{
    char *name = escape_new(d->name != NULL ? d->name : "the store");
    char *what = escape_new(d->what);

    if (cli->plain)
        (void)printf("%s\t%s\n", d->name != NULL ? name : "", what);
    else
        (void)printf("%s%s%s: %s\n", out_red(cli), name, out_reset(cli), what);
    free(name);
    free(what);
}

static void print_text(const struct findings *f)
{
    const vs_check_report *r = &f->report;
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    char c[NUM_TEXT];

    if (f->cli->quiet)
        return;
    for (size_t i = 0; i < f->n; i++)
        print_damage(f->cli, &f->v[i]);
    if (f->cli->plain)
        return;
    if (!f->finished) {
        (void)printf("DAMAGED beyond a full check\n");
        return;
    }
    (void)printf("%s: %s name%s, %s chunk%s, %s checkpoint%s",
                 f->n == 0 ? "sound" : "DAMAGED", num_commas(r->n_names, a),
                 r->n_names == 1 ? "" : "s", num_commas(r->n_chunks, b),
                 r->n_chunks == 1 ? "" : "s", num_commas(r->n_checkpoints, c),
                 r->n_checkpoints == 1 ? "" : "s");
    if (opt_has(f->cli, OPT_READ_DATA))
        (void)printf(", %s read", num_size(r->n_bytes_read, c));
    (void)printf("%s\n", f->n == 0 && !opt_has(f->cli, OPT_READ_DATA)
                             ? " (--read-data reads every byte, too)"
                             : "");
}

static int check(struct findings *f, vs_store *store)
{
    struct cli *cli = f->cli;
    struct progress progress;
    vs_check_options options = {.read_data = opt_has(cli, OPT_READ_DATA),
                                .on_damage = on_damage,
                                .ctx = f};
    vs_status st;

    options.progress = progress_begin(&progress, cli, "checking");
    st = vs_check(store, &options, &f->report);
    progress_end(&progress);
    f->finished = st == VS_OK;
    if (st == VS_ERR_CANCELLED && progress_stopped())
        return EXIT_INTERRUPT;
    if (st == VS_ERR_CORRUPT) /* too damaged to be checked to the end */
        on_damage(NULL, vs_store_error(store)->message, f);
    else if (st != VS_OK)
        return pick_store_fault(cli, store);
    return EXIT_YES;
}

/* A line for each thing that did not come over. */
static void on_lost(const char *name, int64_t checkpoint, const char *what,
                    void *ctx)
{
    char text[64];

    if (name == NULL) {
        (void)snprintf(text, sizeof text, "checkpoint %lld",
                       (long long)checkpoint);
        name = checkpoint != 0 ? text : NULL;
    }
    on_damage(name, what, ctx);
}

static void print_salvage_json(const struct findings *f,
                               const vs_salvage_report *r, const char *out)
{
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.salvage/1");
    json_member_text(&j, "file", f->cli->args[0]);
    json_member_text(&j, "out", out);
    json_member_int(&j, "names", r->n_names);
    json_member_int(&j, "checkpoints", r->n_checkpoints);
    json_member_int(&j, "bytes", r->n_bytes);
    json_member_open(&j, "lost", '[');
    for (size_t i = 0; i < f->n; i++) {
        json_open(&j, '{');
        if (f->v[i].name != NULL)
            json_member_text(&j, "what", f->v[i].name);
        json_member_text(&j, "why", f->v[i].what);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
}

/* Copies what is right, and tells what is not: 1 if anything is lost. */
static int salvage(struct findings *f, vs_store *store, const char *out)
{
    struct cli *cli = f->cli;
    struct progress progress;
    vs_salvage_options options = {.on_lost = on_lost, .ctx = f};
    vs_salvage_report r = {0, 0, 0, 0};
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    vs_status st;

    options.progress = progress_begin(&progress, cli, "copying");
    st = vs_salvage(store, out, &options, &r);
    progress_end(&progress);
    if (st == VS_ERR_CANCELLED && progress_stopped())
        return EXIT_INTERRUPT;
    if (st != VS_OK)
        return pick_store_fault(cli, store);
    if (cli->json) {
        print_salvage_json(f, &r, out);
    } else if (!cli->quiet) {
        for (size_t i = 0; i < f->n; i++)
            print_damage(cli, &f->v[i]);
        if (!cli->plain)
            (void)printf("made %s: %s name%s, %s checkpoint%s; %zu lost\n", out,
                         num_commas(r.n_names, a), r.n_names == 1 ? "" : "s",
                         num_commas(r.n_checkpoints, b),
                         r.n_checkpoints == 1 ? "" : "s", f->n);
    }
    return f->n != 0 ? EXIT_NO : EXIT_YES;
}

static void free_findings(struct findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->v[i].name);
        free(f->v[i].what);
    }
    free(f->v);
}

int cmd_check(struct cli *cli)
{
    const char *out = opt_value(cli, OPT_SALVAGE);
    struct findings f = {.cli = cli};
    vs_store_options options = {.busy_ms = cli->busy_ms};
    vs_store *store = NULL;
    vs_error err = {VS_OK, "", ""};
    vs_status st = vs_store_open(cli->args[0], &options, &store, &err);
    int rc = EXIT_YES;

    if (st == VS_OK && out != NULL) {
        rc = salvage(&f, store, out);
        free_findings(&f);
        vs_store_close(store);
        return rc;
    }
    if (st == VS_OK)
        rc = check(&f, store);
    else if (st == VS_ERR_CORRUPT && out == NULL) /* an answer, no failure */
        on_damage(NULL, err.message, &f);
    else
        rc = fault_take(&cli->fault, &err);
    if (st == VS_ERR_NOFILE)
        pick_hint_file(cli, cli->args[0]);
    if (rc == EXIT_YES && cli->json)
        print_json(&f);
    else if (rc == EXIT_YES)
        print_text(&f);
    if (rc == EXIT_YES && f.n > 0)
        rc = EXIT_NO;
    free_findings(&f);
    vs_store_close(store);
    return rc;
}
