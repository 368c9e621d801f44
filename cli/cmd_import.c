/* cmd_import.c - reads a foreign file into a store, all or nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "json.h"
#include "num.h"
#include "out.h"
#include "pick.h"
#include "progress.h"

struct job {
    struct cli *cli;
    const char *source;
    const char *store_path;
    vs_store *store;
    bool made; /* the store was made by us, just now */
    struct progress progress;
    vs_import_options options;
    vs_transfer_report report;
};

static int take_options(struct job *job)
{
    static const char *const words[] = {"none", "auto", "true", NULL};
    static const vs_reuse modes[] = {VS_REUSE_NONE, VS_REUSE_AUTO,
                                     VS_REUSE_TRUE};
    struct cli *cli = job->cli;
    int reuse = 0;
    int rc;

    job->source = cli->args[0];
    job->store_path = opt_value(cli, OPT_OUTPUT);
    if (job->store_path == NULL) {
        fault_hint(&cli->fault, "usage: varstore import SRC -o STORE");
        fault_see(&cli->fault, "varstore help import");
        return fault_set(&cli->fault, VS_ERR_MISUSE,
                         "import: missing -o STORE");
    }
    job->options.scope = opt_value(cli, OPT_SCOPE);
    if ((rc = opt_char(cli, OPT_SEPARATOR, &job->options.separator)) !=
            EXIT_YES ||
        (rc = opt_choice(cli, OPT_REUSE, words, &reuse)) != EXIT_YES)
        return rc;
    job->options.reuse = modes[reuse];
    job->options.unverified = opt_has(cli, OPT_UNVERIFIED);
    return EXIT_YES;
}

/* Looks at the source before a store is made for it. */
static int check_source(struct job *job)
{
    vs_file *file = NULL;
    vs_error err = {VS_OK, "", ""};
    int rc;

    if (vs_file_open(job->source, &file, &err) == VS_OK) {
        vs_file_close(file);
        return EXIT_YES;
    }
    rc = fault_take(&job->cli->fault, &err);
    if (err.status == VS_ERR_NOFILE)
        pick_hint_file(job->cli, job->source);
    if (err.status == VS_ERR_UNSUPPORTED)
        fault_see(&job->cli->fault, "varstore help formats");
    return rc;
}

static int open_store(struct job *job)
{
    vs_store_options options = {.mode = VS_OPEN_CREATE_NEW,
                                .busy_ms = job->cli->busy_ms};
    vs_error err = {VS_OK, "", ""};
    vs_status st = vs_store_open(job->store_path, &options, &job->store, &err);

    job->made = st == VS_OK;
    if (st == VS_ERR_EXISTS) {
        options.mode = VS_OPEN_WRITE;
        st = vs_store_open(job->store_path, &options, &job->store, &err);
    }
    return st == VS_OK ? EXIT_YES : fault_take(&job->cli->fault, &err);
}

/* Removes a store that we made and that nobody has put anything into. */
static void unmake(struct job *job)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    vs_store_info s;
    bool empty = vs_store_begin(job->store, VS_TXN_WRITE) == VS_OK &&
                 vs_store_describe(job->store, &s) == VS_OK &&
                 s.n_variables == 0 && s.n_checkpoints == 0;
    struct text path = {NULL, 0, 0};

    vs_store_close(job->store);
    job->store = NULL;
    for (size_t i = 0; empty && i < sizeof ends / sizeof ends[0]; i++) {
        text_reset(&path);
        text_printf(&path, "%s%s", job->store_path, ends[i]);
        (void)unlink(path.p);
    }
    text_done(&path);
}

static void report(const struct job *job)
{
    const vs_transfer_report *r = &job->report;
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    char c[NUM_TEXT];
    struct json j;

    if (!job->cli->json) {
        out_note(job->cli, "imported %s tensor%s, %s, into %s (%s new)",
                 num_commas(r->n_tensors, a), r->n_tensors == 1 ? "" : "s",
                 num_size(r->n_bytes, b), job->store_path,
                 num_commas(r->n_created, c));
        return;
    }
    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.import/1");
    json_member_text(&j, "file", job->store_path);
    json_member_text(&j, "source", job->source);
    json_member_bool(&j, "store_made", job->made);
    json_member_int(&j, "tensors", r->n_tensors);
    json_member_int(&j, "bytes", r->n_bytes);
    json_member_int(&j, "created", r->n_created);
    json_close(&j, '}');
}

static int run(struct job *job)
{
    struct fault *f = &job->cli->fault;
    vs_status st;
    int rc = EXIT_YES;

    st = vs_import(job->store, job->source, &job->options, &job->report);
    progress_end(&job->progress);
    if (st == VS_ERR_CANCELLED && progress_stopped())
        return EXIT_INTERRUPT;
    if (st == VS_ERR_EXISTS)
        fault_hint(f, "--reuse auto overwrites it, --scope puts it elsewhere");
    if (st == VS_ERR_NAME)
        fault_hint(f, "--separator C turns a character of names into '/'");
    if (st != VS_OK)
        rc = pick_store_fault(job->cli, job->store);
    if (st == VS_ERR_NOTFOUND) /* missing where --reuse true wants it */
        rc = f->code = EXIT_CONFLICT;
    return rc;
}

int cmd_import(struct cli *cli)
{
    struct job job = {.cli = cli};
    int rc;

    if ((rc = take_options(&job)) != EXIT_YES ||
        (rc = check_source(&job)) != EXIT_YES)
        return rc;
    /* From before the store is made: a Ctrl-C must not leave it behind. */
    job.options.progress = progress_begin(&job.progress, cli, "importing");
    if ((rc = open_store(&job)) != EXIT_YES)
        return rc;
    rc = run(&job);
    if (rc == EXIT_YES)
        report(&job);
    else if (job.made)
        unmake(&job);
    vs_store_close(job.store);
    return rc;
}
