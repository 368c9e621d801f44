/* cmd_restore.c - makes a checkpoint's values the current ones, keeping what
 * was there in a checkpoint of its own.
 */
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

/* Newest checkpoints that are looked at for one that holds the current state.
 * Missing one costs a checkpoint too many, which is small. */
#define LOOK_BACK 16

struct change {
    vs_restore_change change;
    char *name;
};

struct job {
    struct cli *cli;
    vs_store *store;
    const char *label; /* the file's name */
    int64_t checkpoint;
    vs_restore_options options;
    vs_restore_report report;
    bool keeps;             /* the current state is to be saved first */
    char tag[32];           /* of the saved one: "auto-3" */
    struct change *changes; /* `n` of them, each name a copy */
    size_t n;
    size_t cap;
};

static int fault(struct job *job)
{
    return pick_store_fault(job->cli, job->store);
}

static bool is_nothing(const vs_restore_report *r)
{
    return r->n_set + r->n_made + r->n_removed == 0;
}

/* The next free number of "auto-N", and the newest checkpoints. */
static int survey(struct job *job, int64_t *ids, int64_t *n_names, int *n_ids)
{
    vs_checkpoint_list *list = NULL;
    const vs_checkpoint_info *c;
    int64_t last = 0;
    int64_t number;
    vs_status st = vs_checkpoint_list_open(job->store, &list);

    *n_ids = 0;
    while (st == VS_OK && (st = vs_checkpoint_list_next(list, &c)) == VS_OK) {
        if (*n_ids < LOOK_BACK) {
            ids[*n_ids] = c->id;
            n_names[(*n_ids)++] = c->n_names;
        }
        for (size_t i = 0; i < c->n_tags; i++)
            if (strncmp(c->tags[i], "auto-", 5) == 0 &&
                num_int(c->tags[i] + 5, &number) && number > last)
                last = number;
    }
    vs_checkpoint_list_close(list);
    (void)snprintf(job->tag, sizeof job->tag, "auto-%" PRId64, last + 1);
    return st == VS_DONE ? EXIT_YES : fault(job);
}

/* True if restoring this checkpoint would change nothing. */
static int is_current(struct job *job, int64_t id, bool *yes)
{
    vs_restore_options options = {.exact = true, .dry_run = true};
    vs_restore_report r;

    if (vs_checkpoint_restore(job->store, id, &options, &r) != VS_OK)
        return fault(job);
    *yes = r.n_set + r.n_made + r.n_removed + r.n_extra == 0;
    return EXIT_YES;
}

/* Decides whether the current state has to be saved first. */
static int plan(struct job *job)
{
    int64_t ids[LOOK_BACK];
    int64_t n_names[LOOK_BACK];
    vs_store_info s;
    int n_ids;
    bool held = false;
    int rc = survey(job, ids, n_names, &n_ids);

    if (rc != EXIT_YES)
        return rc;
    if (vs_store_describe(job->store, &s) != VS_OK)
        return fault(job);
    for (int i = 0; i < n_ids && !held && rc == EXIT_YES; i++)
        if (n_names[i] == s.n_variables + s.n_aliases)
            rc = is_current(job, ids[i], &held);
    job->keeps = !held && s.n_variables > 0 && !is_nothing(&job->report) &&
                 !opt_has(job->cli, OPT_NO_KEEP);
    return rc;
}

static const char *const change_words[] = {[VS_RESTORE_SET] = "set",
                                           [VS_RESTORE_MADE] = "made",
                                           [VS_RESTORE_REMOVED] = "removed",
                                           [VS_RESTORE_EXTRA] = "extra"};

static void on_change(vs_restore_change change, const char *name, void *ctx)
{
    struct job *job = ctx;

    if (job->n == job->cap) {
        job->cap = job->cap < 16 ? 16 : job->cap * 2;
        job->changes = mem_more(job->changes, job->cap, sizeof *job->changes);
    }
    job->changes[job->n++] = (struct change){change, mem_copy(name)};
}

static void add_counts(struct text *t, const vs_restore_report *r)
{
    char n[NUM_TEXT];

    text_printf(t, "%s set, ", num_commas(r->n_set, n));
    text_printf(t, "%s made, ", num_commas(r->n_made, n));
    text_printf(t, "%s removed, ", num_commas(r->n_removed, n));
    text_printf(t, "%s same", num_commas(r->n_same, n));
    if (r->n_extra > 0)
        text_printf(t, ", %s extra kept", num_commas(r->n_extra, n));
}

/* A first look, which is all that --dry-run and the question need. */
static int rehearse(struct job *job)
{
    vs_restore_options options = job->options;

    options.dry_run = true;
    options.on_change = NULL;
    if (vs_checkpoint_restore(job->store, job->checkpoint, &options,
                              &job->report) != VS_OK)
        return fault(job);
    return EXIT_YES;
}

/* What is to be kept is judged in the transaction that replaces it: nobody
 * writes in between. */
static int save_and_restore(struct job *job)
{
    vs_save_options save = VS_SAVE_OPTIONS_INIT;
    const char *const tags[] = {job->tag, NULL};
    int rc;

    save.tags = tags;
    save.partial = true; /* what has no value has none to be kept */
    save.message = "kept before a restore";
    if ((rc = rehearse(job)) != EXIT_YES || (rc = plan(job)) != EXIT_YES)
        return rc;
    if (job->keeps && vs_checkpoint_save(job->store, &save, NULL) != VS_OK)
        return fault(job);
    if (vs_checkpoint_restore(job->store, job->checkpoint, &job->options,
                              &job->report) != VS_OK)
        return fault(job);
    return EXIT_YES;
}

static int change(struct job *job)
{
    int rc;

    if (vs_store_begin(job->store, VS_TXN_WRITE) != VS_OK)
        return fault(job);
    rc = save_and_restore(job);
    if (rc != EXIT_YES)
        (void)vs_store_rollback(job->store);
    else if (vs_store_commit(job->store) != VS_OK)
        rc = fault(job);
    return rc;
}

static int do_it(struct job *job)
{
    int rc;

    if (!opt_has(job->cli, OPT_DRY_RUN))
        return change(job);
    job->options.dry_run = true;
    rc = plan(job);
    if (rc == EXIT_YES &&
        vs_checkpoint_restore(job->store, job->checkpoint, &job->options,
                              &job->report) != VS_OK)
        rc = fault(job);
    return rc;
}

static void print_text(const struct job *job)
{
    struct text t = {NULL, 0, 0};
    bool dry = opt_has(job->cli, OPT_DRY_RUN);

    if (job->cli->quiet)
        return;
    for (size_t i = 0; dry && i < job->n; i++) {
        if (job->changes[i].change == VS_RESTORE_EXTRA)
            continue;
        text_reset(&t);
        escape_add(&t, job->changes[i].name, strlen(job->changes[i].name));
        (void)printf("  %c %s\n", "~+-"[job->changes[i].change], t.p);
    }
    text_reset(&t);
    if (is_nothing(&job->report))
        text_puts(&t, "nothing to restore: ");
    else
        text_printf(&t, "%s checkpoint %" PRId64 ": ",
                    dry ? "would restore" : "restored", job->checkpoint);
    add_counts(&t, &job->report);
    if (job->keeps)
        text_printf(&t, "\nthe state before %s kept as @%s",
                    dry ? "would be" : "is", job->tag);
    (void)puts(t.p);
    text_done(&t);
}

static void print_json(const struct job *job)
{
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.restore/1");
    json_member_text(&j, "file", job->label);
    json_member_id(&j, "checkpoint", job->checkpoint);
    json_member_bool(&j, "dry_run", opt_has(job->cli, OPT_DRY_RUN));
    if (job->keeps)
        json_member_text(&j, "kept_as", job->tag);
    json_member_open(&j, "changes", '[');
    for (size_t i = 0; i < job->n; i++) {
        json_open(&j, '{');
        json_member_text(&j, "name", job->changes[i].name);
        json_member_text(&j, "change", change_words[job->changes[i].change]);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_member_int(&j, "set", job->report.n_set);
    json_member_int(&j, "made", job->report.n_made);
    json_member_int(&j, "removed", job->report.n_removed);
    json_member_int(&j, "extra", job->report.n_extra);
    json_member_int(&j, "same", job->report.n_same);
    json_close(&j, '}');
}

static int confirm(struct job *job, bool *yes)
{
    struct text t = {NULL, 0, 0};
    int rc;

    *yes = true;
    if (opt_has(job->cli, OPT_DRY_RUN) || is_nothing(&job->report))
        return EXIT_YES;
    text_printf(&t, "restore checkpoint %" PRId64 " of %s: ", job->checkpoint,
                job->label);
    add_counts(&t, &job->report);
    text_puts(&t, "?");
    rc = ask(job->cli, t.p, yes);
    text_done(&t);
    return rc;
}

/* A scope in which there is nothing, neither now nor then, is a slip. */
static int check_scope(struct job *job)
{
    const vs_restore_report *r = &job->report;
    struct fault *f = &job->cli->fault;

    if (job->options.scope == NULL || !is_nothing(r) ||
        r->n_same + r->n_extra > 0)
        return EXIT_YES;
    fault_see(f, "varstore ls %s@%" PRId64, job->label, job->checkpoint);
    return fault_no(
        f, "nothing lies in scope %s, in %s or its checkpoint %" PRId64,
        job->options.scope, job->label, job->checkpoint);
}

static int run(struct job *job)
{
    bool yes;
    int rc;

    if ((rc = rehearse(job)) != EXIT_YES ||
        (rc = check_scope(job)) != EXIT_YES ||
        (rc = confirm(job, &yes)) != EXIT_YES)
        return rc;
    if (!yes) {
        out_note(job->cli, "nothing was changed");
        return EXIT_NO;
    }
    rc = do_it(job);
    if (rc == EXIT_YES && job->cli->json)
        print_json(job);
    else if (rc == EXIT_YES)
        print_text(job);
    return rc;
}

int cmd_restore(struct cli *cli)
{
    struct job job = {.cli = cli, .label = cli->args[0]};
    int rc = pick_store(cli, cli->args[0], &job.store);

    if (rc != EXIT_YES)
        return rc;
    rc = pick_checkpoint(cli, job.store, cli->args[0], cli->args[1],
                         &job.checkpoint);
    job.options.scope = opt_value(cli, OPT_SCOPE);
    job.options.exact = opt_has(cli, OPT_EXACT);
    job.options.keep_partitions = opt_has(cli, OPT_KEEP_PARTITIONS);
    job.options.on_change = on_change;
    job.options.ctx = &job;
    if (rc == EXIT_YES)
        rc = run(&job);
    for (size_t i = 0; i < job.n; i++)
        free(job.changes[i].name);
    free(job.changes);
    vs_store_close(job.store);
    return rc;
}
