/* peak.c - runs a command and tells how much memory it took.
 *
 *     peak KIB FILE COMMAND ARG...
 *
 * Adds a line to FILE: the most memory, in KiB, that the command had in use at a
 * time. Ends as the command does; with 125 if that was more than KIB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage used;
    int how = 0;
    FILE *f;
    pid_t pid;

    if (argc < 4)
        return 2;
    pid = fork();
    if (pid == 0) {
        (void)execvp(argv[3], argv + 3);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &how, 0) != pid ||
        getrusage(RUSAGE_CHILDREN, &used) != 0 ||
        (f = fopen(argv[2], "a")) == NULL)
        return 2;
    (void)fprintf(f, "%ld\n", used.ru_maxrss);
    (void)fclose(f);
    if (used.ru_maxrss > strtol(argv[1], NULL, 10))
        return 125;
    return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}
