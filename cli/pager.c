/* pager.c - long output through VARSTORE_PAGER, PAGER, or else less -FRX.
 *
 * A pager that cannot be started is none: output goes where it went.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "out.h"

static const char *wanted(void)
{
    const char *pager = getenv("VARSTORE_PAGER");

    return pager != NULL ? pager : getenv("PAGER");
}

/* Starts the pager with `in` as its input; 0 if it cannot be. */
static pid_t spawn(int in)
{
    static char shell[] = "sh";
    static char dash_c[] = "-c";
    static char less[] = "less";
    static char flags[] = "-FRX";
    const char *command = wanted();
    char *copy = command != NULL ? mem_copy(command) : NULL;
    char *by_shell[] = {shell, dash_c, copy, NULL};
    char *by_default[] = {less, flags, NULL};
    char **argv = command != NULL ? by_shell : by_default;
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;

    if (posix_spawn_file_actions_init(&actions) == 0) {
        if (posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO) != 0 ||
            posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
            pid = 0;
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    free(copy);
    return pid;
}

pid_t pager_start(const struct cli *cli)
{
    const char *command = wanted();
    const char *term = getenv("TERM");
    int ends[2];
    pid_t pid;

    if (!isatty(STDOUT_FILENO) || opt_has(cli, OPT_NO_PAGER) || cli->json ||
        cli->quiet || term == NULL || strcmp(term, "dumb") == 0)
        return 0;
    if (command != NULL && (command[0] == '\0' || strcmp(command, "cat") == 0))
        return 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 0;
    pid = spawn(ends[0]);
    if (pid != 0) {
        /* Ctrl-C is the pager's; we end when it closes the pipe. */
        (void)signal(SIGINT, SIG_IGN);
        (void)dup2(ends[1], STDOUT_FILENO);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    return pid;
}

void pager_wait(pid_t pager)
{
    if (pager == 0)
        return;
    while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
        continue;
}
