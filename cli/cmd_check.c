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
    char *name;           /* NULL: of no single variable */
    char *what;           /* in words */
    int64_t chunk;        /* 0: none */
    bool current;         /* harms the present value */
    int64_t *checkpoints; /* `n_checkpoints` that it harms too */
    size_t n_checkpoints;
    int64_t n_more; /* and how many others */
};

struct findings {
    struct cli *cli;
    struct damage *v; /* `n` of them */
    size_t n;
    bool finished; /* the check ran to its end: the report counts */
    vs_check_report report;
};

static void on_damage(const vs_damage *damage, void *ctx)
{
    const size_t n = damage->n_checkpoints;
    struct findings *f = ctx;
    struct damage *d;

    f->v = mem_more(f->v, f->n + 1, sizeof *f->v);
    d = &f->v[f->n++];
    d->name = damage->name != NULL ? mem_copy(damage->name) : NULL;
    d->what = mem_copy(damage->what);
    d->chunk = damage->chunk;
    d->current = damage->current;
    d->checkpoints = n > 0 ? mem_more(NULL, n, sizeof *d->checkpoints) : NULL;
    d->n_checkpoints = n;
    d->n_more = damage->n_more;
    for (size_t i = 0; i < n; i++)
        d->checkpoints[i] = damage->checkpoints[i];
}

/* A damage of which nothing but words are known. */
static void add_damage(struct findings *f, const char *name, const char *what)
{
    const vs_damage damage = {.name = name, .what = what};

    on_damage(&damage, f);
}

static void damage_json(struct json *j, const struct damage *d)
{
    json_open(j, '{');
    if (d->name != NULL)
        json_member_text(j, "name", d->name);
    json_member_text(j, "what", d->what);
    if (d->chunk != 0)
        json_member_id(j, "chunk", d->chunk);
    json_member_bool(j, "current", d->current);
    json_member_open(j, "checkpoints", '[');
    for (size_t i = 0; i < d->n_checkpoints; i++) {
        char id[NUM_TEXT];

        json_text(j, num_plain(d->checkpoints[i], id));
    }
    json_close(j, ']');
    json_member_int(j, "more_checkpoints", d->n_more);
    json_close(j, '}');
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
    for (size_t i = 0; i < f->n; i++)
        damage_json(&j, &f->v[i]);
    json_close(&j, ']');
    json_member_int(&j, "names", r->n_names);
    json_member_int(&j, "versions", r->n_versions);
    json_member_int(&j, "chunks", r->n_chunks);
    json_member_int(&j, "checkpoints", r->n_checkpoints);
    json_member_int(&j, "bytes_read", r->n_bytes_read);
    json_close(&j, '}');
}

/* "; harms the current value and checkpoints 1, 2 and 3 more", or nothing. */
static void add_harmed(struct text *t, const struct damage *d)
{
    const bool several = d->n_checkpoints > 1;
    char a[NUM_TEXT];

    if (d->current || d->n_checkpoints > 0)
        text_printf(t, "; harms %s%s", d->current ? "the current value" : "",
                    d->current && d->n_checkpoints > 0 ? " and " : "");
    for (size_t i = 0; i < d->n_checkpoints; i++)
        text_printf(t, "%s%s",
                    i > 0     ? ", "
                    : several ? "checkpoints "
                              : "checkpoint ",
                    num_plain(d->checkpoints[i], a));
    if (d->n_more > 0)
        text_printf(t, " and %s more", num_commas(d->n_more, a));
}

/* NAME, WHAT, "current" or nothing, checkpoints with commas. */
static void print_plain(const struct damage *d, const char *name,
                        const char *what)
{
    char a[NUM_TEXT];

    (void)printf("%s\t%s\t%s\t", d->name != NULL ? name : "", what,
                 d->current ? "current" : "");
    for (size_t i = 0; i < d->n_checkpoints; i++)
        (void)printf("%s%s", i > 0 ? "," : "", num_plain(d->checkpoints[i], a));
    if (d->n_more > 0)
        (void)printf("+%s", num_plain(d->n_more, a));
    (void)printf("\n");
}

static void print_damage(const struct cli *cli, const struct damage *d)
{
    char *name = escape_new(d->name != NULL ? d->name : "the store");
    char *what = escape_new(d->what);
    struct text harmed = {NULL, 0, 0};

    add_harmed(&harmed, d);
    if (cli->plain)
        print_plain(d, name, what);
    else
        (void)printf("%s%s%s: %s%s\n", out_red(cli), name, out_reset(cli), what,
                     text_str(&harmed));
    text_done(&harmed);
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
        add_damage(f, NULL, vs_store_error(store)->message);
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
    add_damage(ctx, name, what);
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
        free(f->v[i].checkpoints);
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
        add_damage(&f, NULL, err.message);
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
