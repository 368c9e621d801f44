/* opt.h - from words to options, by the table alone.
 *
 * Long options match whole ("--step 3" or "--step=3"), short ones cluster
 * ("-ln5"), "--" ends them, and they may stand anywhere. An argument that
 * looks like a negative number is one, unless the command has such a letter.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <stdbool.h>
#include <stdint.h>

struct cli;
struct command;

/* How code asks for an option; unique over all commands. */
enum opt_key {
    OPT_END = 0,
    OPT_HELP_SHORT,
    OPT_HELP,
    OPT_VERSION,
    OPT_JSON,
    OPT_PLAIN,
    OPT_QUIET,
    OPT_COLOR,
    OPT_BUSY,
    OPT_NO_PAGER,
    OPT_ATOL,
    OPT_BYTES,
    OPT_CHUNK,
    OPT_DELTA,
    OPT_DEPTH,
    OPT_DRY_RUN,
    OPT_DTYPE,
    OPT_EXACT,
    OPT_FILE,
    OPT_FOLD,
    OPT_FORCE,
    OPT_FORMAT,
    OPT_LIMIT,
    OPT_LONG,
    OPT_MESSAGE,
    OPT_METRIC,
    OPT_NAMES,
    OPT_NO_KEEP,
    OPT_KEEP_PARTITIONS,
    OPT_NULL,
    OPT_OUTPUT,
    OPT_PARTIAL,
    OPT_PRECISION,
    OPT_READ_DATA,
    OPT_REUSE,
    OPT_REVERSE,
    OPT_RTOL,
    OPT_SALVAGE,
    OPT_SCOPE,
    OPT_SEPARATOR,
    OPT_SHAPE,
    OPT_SIZE,
    OPT_SLICE,
    OPT_STAT,
    OPT_STEP,
    OPT_TAG,
    OPT_TIME,
    OPT_UNINITIALIZED,
    OPT_UNVERIFIED,
    OPT_YES
};

struct option {
    enum opt_key key;
    char letter;       /* of "-l"; 0: none */
    const char *name;  /* of "--long"; NULL: none */
    const char *value; /* what follows it, as help calls it; NULL: nothing */
    const char *help;  /* one line */
};

/* An option that was given. */
struct given {
    const struct option *option;
    const char *value; /* NULL for a flag */
};

/* Reads the whole command line into `cli`; sets a fault with EXIT_USAGE if it
 * is not one. The words stay borrowed from `argv`. */
int opt_parse(struct cli *cli, int argc, char **argv);

bool opt_has(const struct cli *cli, enum opt_key key);

/* The value given last, or NULL. */
const char *opt_value(const struct cli *cli, enum opt_key key);

/* Each value in turn, from `*at` = 0 on; NULL past the last. */
const char *opt_each(const struct cli *cli, enum opt_key key, int *at);

/* Read a value, if given, into `out`, which keeps its content otherwise. A bad
 * one is a fault. */
int opt_int(struct cli *cli, enum opt_key key, int64_t min, int64_t max,
            int64_t *out);
int opt_real(struct cli *cli, enum opt_key key, double *out);
int opt_bytes(struct cli *cli, enum opt_key key, int64_t *out);
int opt_char(struct cli *cli, enum opt_key key, char *out);

/* The index of the given word in `words` (NULL-terminated). */
int opt_choice(struct cli *cli, enum opt_key key, const char *const *words,
               int *out);

#endif
