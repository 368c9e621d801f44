/* progress.h - how far a long job is, and Ctrl-C that stops it cleanly. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd.h"
#include "varstore/transfer.h"

struct progress {
    const char *verb; /* "importing" */
    int64_t start_ms; /* when the job began */
    int64_t drawn_ms; /* when the line was last drawn; 0: never */
    bool shows;       /* somebody is looking: stderr is a terminal */
};

/* From here on Ctrl-C asks the job to stop instead of ending the process; a
 * second one ends it. The result goes into the options of the call; `p` must
 * outlive it. After a second a line on stderr tells how far it is. */
vs_progress progress_begin(struct progress *p, const struct cli *cli,
                           const char *verb);

/* Removes the line. */
void progress_end(struct progress *p);

/* True once Ctrl-C was pressed. */
bool progress_stopped(void);

#endif
