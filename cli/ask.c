/* ask.c - see ask.h. */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"

int ask(struct cli *cli, const char *question, bool *yes)
{
    char answer[16] = "";
    char *safe;
    int rc;

    *yes = true;
    if (opt_has(cli, OPT_YES))
        return EXIT_YES;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        rc = fault_set(&cli->fault, VS_ERR_MISUSE,
                       "%s: there is no terminal to ask on: %s",
                       cli->command->name, question);
        fault_hint(&cli->fault, "-y does it without a question, -n shows "
                                "what would be done");
        return rc;
    }
    (void)fflush(stdout);
    safe = escape_new(question);
    (void)fprintf(stderr, "%s [y/N] ", safe);
    free(safe);
    if (fgets(answer, sizeof answer, stdin) == NULL)
        (void)fputs("\n", stderr);
    *yes = strcmp(answer, "y\n") == 0 || strcmp(answer, "Y\n") == 0 ||
           strcmp(answer, "yes\n") == 0;
    return EXIT_YES;
}
