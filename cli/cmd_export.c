/* cmd_export.c - writes one state of a store as a foreign file. */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "num.h"
#include "out.h"
#include "pick.h"
#include "progress.h"

static void report(const struct pick *p, const char *path,
                   const vs_transfer_report *r)
{
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    char c[NUM_TEXT];
    struct json j;

    if (!p->cli->json) {
        out_note(p->cli, "wrote %s: %s tensor%s, %s", path,
                 num_commas(r->n_tensors, a), r->n_tensors == 1 ? "" : "s",
                 num_size(r->n_bytes, b));
        if (r->n_ties > 0)
            out_note(p->cli,
                     "%s alias%s in its metadata, not twice in its "
                     "data",
                     num_commas(r->n_ties, c), r->n_ties == 1 ? "" : "es");
        return;
    }
    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.export/1");
    pick_json(p, &j);
    json_member_text(&j, "out", path);
    json_member_int(&j, "tensors", r->n_tensors);
    json_member_int(&j, "bytes", r->n_bytes);
    json_member_int(&j, "aliases", r->n_ties);
    json_close(&j, '}');
}

static int run(struct pick *p, const char *path)
{
    struct cli *cli = p->cli;
    struct progress progress;
    vs_export_options options = {.format = opt_value(cli, OPT_FORMAT),
                                 .scope = opt_value(cli, OPT_SCOPE),
                                 .checkpoint = p->checkpoint,
                                 .overwrite = opt_has(cli, OPT_FORCE)};
    vs_transfer_report r;
    vs_status st;
    int rc;

    options.progress = progress_begin(&progress, cli, "exporting");
    st = vs_export(p->store, path, &options, &r);
    progress_end(&progress);
    if (st == VS_OK) {
        report(p, path, &r);
        return EXIT_YES;
    }
    if (st == VS_ERR_CANCELLED && progress_stopped())
        return EXIT_INTERRUPT;
    rc = pick_store_fault(cli, p->store);
    if (st == VS_ERR_EXISTS)
        fault_hint(&cli->fault, "-f replaces it");
    if (st == VS_ERR_UNSUPPORTED)
        fault_see(&cli->fault, "varstore help formats");
    return rc;
}

int cmd_export(struct cli *cli)
{
    static const char *const formats[] = {"safetensors", "npy", NULL};
    struct pick p = {.cli = cli};
    int format;
    int rc = opt_choice(cli, OPT_FORMAT, formats, &format);

    if (rc == EXIT_YES)
        rc = pick_open(cli, cli->args[0], NULL, PICK_STORE, &p);
    if (rc == EXIT_YES)
        rc = run(&p, cli->args[1]);
    pick_close(&p);
    return rc;
}
