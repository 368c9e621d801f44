/* whole.h - a file that appears whole or not at all. */
#ifndef CLI_WHOLE_H
#define CLI_WHOLE_H

#include <stdio.h>

#include "cmd.h"

struct whole {
    FILE *stream; /* where to write; NULL once done */
    char *path;   /* the final name */
    char *temp;   /* the name until it is closed; NULL: a device, written as
                     it is */
};

/* Begins a file beside `path`, which stays as it is until whole_close. */
int whole_open(struct cli *cli, const char *path, struct whole *out);

/* Syncs the file and gives it its name, or removes it if `rc` is not EXIT_YES
 * or a write failed. Returns the exit code. */
int whole_close(struct cli *cli, struct whole *w, int rc);

#endif
