/* cmd_help.c - help on a command, a topic, or everything. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "help.h"
#include "names.h"

static void offer(const char *name, void *ctx)
{
    suggest_offer(ctx, name);
}

static int unknown(struct cli *cli, const char *name)
{
    struct suggest s;
    int rc =
        fault_set(&cli->fault, VS_ERR_MISUSE, "no command or topic '%s'", name);

    suggest_init(&s, name);
    for (const struct command *c = commands; c->name != NULL; c++)
        suggest_offer(&s, c->name);
    help_each_topic(offer, &s);
    if (suggest_best(&s) != NULL)
        fault_hint(&cli->fault, "did you mean %s?", suggest_best(&s));
    fault_see(&cli->fault, "varstore help");
    suggest_done(&s);
    return rc;
}

int cmd_help(struct cli *cli)
{
    const char *name = cli->n_args > 0 ? cli->args[0] : NULL;
    const struct command *command = name != NULL ? command_find(name) : NULL;

    if (cli->json)
        help_json(stdout);
    else if (name != NULL && strcmp(name, "__man") == 0)
        help_man(stdout);
    else if (name == NULL || command != NULL)
        help_full(command, stdout);
    else if (!help_topic(name, stdout))
        return unknown(cli, name);
    return EXIT_YES;
}
