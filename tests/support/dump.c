/* dump.c - what a child has reached counts too: in a coverage build `_exit` and
 * `execl`, by which children end, write the counts first, as `exit` does.
 */
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#define MOST_ARGS 8

void __gcov_dump(void);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
int __wrap_execl(const char *path, const char *arg, ...);

void __wrap__exit(int status)
{
    __gcov_dump();
    __real__exit(status);
}

int __wrap_execl(const char *path, const char *arg, ...)
{
    char *args[MOST_ARGS + 1] = {(char *)(size_t)arg};
    va_list more;

    va_start(more, arg);
    for (int i = 1; i < MOST_ARGS && args[i - 1] != NULL; i++)
        args[i] = va_arg(more, char *);
    va_end(more);
    __gcov_dump();
    return execv(path, args);
}
