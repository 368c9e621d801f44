/* clock.c - see clock.h; POSIX and Linux. */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

int64_t vs__wall_ms(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t vs__monotonic_ns(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int vs__random_bytes(void *out, size_t n)
{
    unsigned char *p = out;

    while (n != 0) {
        ssize_t got = getrandom(p, n, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        p += got;
        n -= (size_t)got;
    }
    return 0;
}

void vs__program_name(char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s", program_invocation_short_name);
}

void vs__host_name(char *out, size_t cap)
{
    if (gethostname(out, cap) != 0)
        out[0] = '\0';
    out[cap - 1] = '\0';
}
