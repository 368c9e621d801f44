/* main.c - varstore COMMAND FILE[@CHECKPOINT] ...: parse, run, report.
 *
 * The program sees the library's public headers only.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "help.h"
#include "out.h"

/* A standard stream that is closed would lend its number to the next file
 * opened, and messages would be written into that. What is opened here in its
 * place refuses both reading from 0 and writing to 1. */
static void fill_streams(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};

    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            _exit(EXIT_SYSTEM);
}

static int run(struct cli *cli)
{
    if (opt_has(cli, OPT_VERSION))
        help_version(cli->json, stdout);
    else if (opt_has(cli, OPT_HELP))
        help_full(cli->command, stdout);
    else if (opt_has(cli, OPT_HELP_SHORT))
        help_short(cli->command, stdout);
    else if (cli->command != NULL)
        return cli->command->run(cli);
    else {
        help_short(NULL, stderr);
        return EXIT_USAGE;
    }
    return EXIT_YES;
}

int main(int argc, char **argv)
{
    struct cli cli;
    pid_t pager = 0;
    int rc;

    fill_streams();
    (void)signal(SIGPIPE, SIG_IGN);
    memset(&cli, 0, sizeof cli);
    rc = opt_parse(&cli, argc, argv);
    if (rc == EXIT_YES) {
        if (opt_has(&cli, OPT_HELP) ||
            (cli.command != NULL && cli.command->pages))
            pager = pager_start(&cli);
        rc = run(&cli);
    }
    rc = out_finish(&cli, rc, pager != 0);
    pager_wait(pager);
    if (cli.fault.status != VS_OK)
        fault_print(&cli.fault, stderr, cli.json, cli.colour_err);
    free(cli.args);
    free(cli.given);
    return rc;
}
