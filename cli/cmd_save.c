/* cmd_save.c - saves the current state as a checkpoint. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "json.h"
#include "num.h"
#include "out.h"
#include "pick.h"

/* What was given, in the form that the library takes. */
struct given_state {
    vs_metric *metrics;
    char **keys; /* of the metrics; n_metrics */
    size_t n_metrics;
    const char **tags; /* NULL-terminated */
};

static int add_metric(struct cli *cli, struct given_state *g, const char *text)
{
    const char *equals = strchr(text, '=');
    double value;

    if (equals == NULL || equals == text || !num_double(equals + 1, &value)) {
        fault_see(&cli->fault, "varstore help save");
        return fault_set(&cli->fault, VS_ERR_MISUSE,
                         "save: --metric is '%s', want KEY=NUMBER", text);
    }
    g->keys[g->n_metrics] = mem_copy_n(text, (size_t)(equals - text));
    g->metrics[g->n_metrics] = (vs_metric){g->keys[g->n_metrics], value};
    g->n_metrics++;
    return EXIT_YES;
}

static int collect(struct cli *cli, struct given_state *g)
{
    size_t most = (size_t)cli->n_given + 1;
    size_t n_tags = 0;
    const char *value;
    int at = 0;
    int rc = EXIT_YES;

    g->metrics = mem_get(most, sizeof *g->metrics);
    g->keys = mem_get(most, sizeof *g->keys);
    g->tags = mem_get(most, sizeof *g->tags);
    while (rc == EXIT_YES && (value = opt_each(cli, OPT_METRIC, &at)) != NULL)
        rc = add_metric(cli, g, value);
    for (at = 0; (value = opt_each(cli, OPT_TAG, &at)) != NULL;)
        g->tags[n_tags++] = value;
    return rc;
}

static void print_text(const vs_checkpoint_info *c, void *ctx)
{
    const struct cli *cli = ctx;
    struct text t = {NULL, 0, 0};
    char a[NUM_TEXT];

    if (cli->quiet)
        return;
    text_printf(&t, "saved checkpoint %" PRId64, c->id);
    if (c->n_tags > 0) {
        text_puts(&t, " (");
        history_tags(&t, c);
        text_puts(&t, ")");
    }
    text_printf(&t, ": %s name%s, ", num_commas(c->n_names, a),
                c->n_names == 1 ? "" : "s");
    text_printf(&t, "%s new", num_size(c->new_bytes, a));
    (void)puts(t.p);
    text_done(&t);
}

static void print_json(const vs_checkpoint_info *c, void *ctx)
{
    struct json j;

    (void)ctx;
    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.save/1");
    json_key(&j, "checkpoint");
    history_json(&j, c);
    json_close(&j, '}');
}

static int save(struct cli *cli, const vs_save_options *options)
{
    vs_store *store = NULL;
    int64_t id;
    bool found;
    int rc = pick_store(cli, cli->args[0], &store);

    if (rc != EXIT_YES)
        return rc;
    if (vs_checkpoint_save(store, options, &id) != VS_OK)
        rc = pick_store_fault(cli, store);
    else
        rc = history_visit(cli, store, id, cli->json ? print_json : print_text,
                           cli, &found);
    vs_store_close(store);
    return rc;
}

int cmd_save(struct cli *cli)
{
    vs_save_options options = VS_SAVE_OPTIONS_INIT;
    struct given_state g = {.n_metrics = 0};
    int rc = opt_int(cli, OPT_STEP, 0, INT64_MAX, &options.step);

    if (rc == EXIT_YES)
        rc = collect(cli, &g);
    if (rc == EXIT_YES) {
        options.message = opt_value(cli, OPT_MESSAGE);
        options.metrics = g.metrics;
        options.n_metrics = g.n_metrics;
        options.tags = g.tags;
        options.partial = opt_has(cli, OPT_PARTIAL);
        rc = save(cli, &options);
    }
    for (size_t i = 0; i < g.n_metrics; i++)
        free(g.keys[i]);
    free(g.metrics);
    free(g.keys);
    free(g.tags);
    return rc;
}
