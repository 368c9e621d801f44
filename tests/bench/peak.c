/* peak.c - see peak.h. The kernel keeps the mark (proc(5)). */
#include "peak.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "table.h"

/* A line of /proc/self/status, "VmRSS:   1234 kB". */
static double status_mib(const char *key)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    double kib = -1;

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            (void)sscanf(line + strlen(key), ": %lf", &kib);
    if (f != NULL)
        (void)fclose(f);
    if (kib < 0)
        die(key, "/proc/self/status does not tell");
    return kib / 1024;
}

double peak_now(void)
{
    return status_mib("VmRSS");
}

double peak_most(void)
{
    return status_mib("VmHWM");
}

void peak_reset(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");

    if (f == NULL || fputs("5", f) == EOF || fclose(f) != 0)
        die("/proc/self/clear_refs", strerror(errno));
}
