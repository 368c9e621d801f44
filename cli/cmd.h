/* cmd.h - what a command is, what it is given, and the table of all.
 *
 * Adding a command: a row in table.c, a file cmd_NAME.c with its function, a
 * page in man/varstore.1 (the test cli.man says what is missing).
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include <stdbool.h>

#include "fault.h"
#include "opt.h"

enum group {
    GROUP_LOOK,
    GROUP_HISTORY,
    GROUP_CHANGE,
    GROUP_EXCHANGE,
    GROUP_KEEP,
    N_GROUPS
};

struct example {
    const char *line; /* without the program's name */
    const char *what; /* a few words */
};

#define N_EXAMPLES 3

struct command {
    const char *name;
    enum group group;
    int min_args;        /* how many arguments there must be */
    int max_args;        /* how many there may be; -1: any number */
    bool pages;          /* long output goes through a pager on a terminal */
    const char *args;    /* "FILE[@CHECKPOINT] [GLOB...]" */
    const char *summary; /* one line, no stop */
    int (*run)(struct cli *cli);  /* returns the exit code */
    const struct option *options; /* its own; ends with OPT_END */
    struct example examples[N_EXAMPLES];
    const char *more; /* paragraphs of --help */
};

/* All commands, in the order of help; `name` NULL ends them. */
extern const struct command commands[];
extern const struct option global_options[]; /* of every command */
extern const char *const group_names[N_GROUPS];

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* One run of the program. */
struct cli {
    const struct command *command; /* NULL: none was named */
    char **args;                   /* what is no option; `n_args` */
    int n_args;
    struct given *given; /* options, in their order; `n_given` */
    int n_given;
    bool json;        /* results and errors as JSON */
    bool plain;       /* tables as tab-separated rows without titles */
    bool quiet;       /* no words about what was done */
    bool to_terminal; /* stdout is one, or a pager on one */
    bool colour_out;  /* on stdout */
    bool colour_err;  /* on stderr */
    int busy_ms;      /* for vs_store_options; 0: its default */
    int write_errno;  /* why a write to stdout failed, if that was noticed */
    struct fault fault;
};

int cmd_cat(struct cli *cli);
int cmd_check(struct cli *cli);
int cmd_cp(struct cli *cli);
int cmd_diff(struct cli *cli);
int cmd_doctor(struct cli *cli);
int cmd_export(struct cli *cli);
int cmd_help(struct cli *cli);
int cmd_import(struct cli *cli);
int cmd_info(struct cli *cli);
int cmd_init(struct cli *cli);
int cmd_ln(struct cli *cli);
int cmd_log(struct cli *cli);
int cmd_ls(struct cli *cli);
int cmd_mv(struct cli *cli);
int cmd_restore(struct cli *cli);
int cmd_rm(struct cli *cli);
int cmd_save(struct cli *cli);
int cmd_set(struct cli *cli);
int cmd_show(struct cli *cli);
int cmd_tree(struct cli *cli);

#endif
