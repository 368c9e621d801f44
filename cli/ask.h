/* ask.h - a question before something is gone. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>

#include "cmd.h"

/* Asks on stderr and reads the answer from stdin, if both are terminals;
 * --yes answers for the user. Without a terminal and without --yes the command
 * is refused. `*yes` is the answer. */
int ask(struct cli *cli, const char *question, bool *yes);

#endif
