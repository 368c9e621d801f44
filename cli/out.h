/* out.h - stdout: colours, tables, a pager, and the truth about failures. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cmd.h"
#include "mem.h"

/* A line about what was done; nothing with --quiet or --json. */
void out_note(const struct cli *cli, const char *fmt, ...) VS_PRINTF(2, 3);

/* "  key          value", or with --plain "key TAB plain"; either may be NULL to
 * leave the line out there. The values are escaped already. */
void out_fact(const struct cli *cli, const char *key, const char *value,
              const char *plain);

/* Escape sequences for stdout, "" without colour. */
const char *out_bold(const struct cli *cli);
const char *out_dim(const struct cli *cli);
const char *out_red(const struct cli *cli);
const char *out_green(const struct cli *cli);
const char *out_yellow(const struct cli *cli);
const char *out_reset(const struct cli *cli);

/* False once a write to stdout failed: a long output then stops. */
bool out_alive(void);

/* Flushes and closes stdout; a failed write becomes a fault. A reader that
 * went away is none worth words, only the code, and if it was our pager not
 * even that. */
int out_finish(struct cli *cli, int rc, bool paged);

#define TABLE_COLUMNS 12

struct column {
    const char *title;
    bool right; /* aligned to the right, as numbers are */
};

struct row {
    struct text cells[TABLE_COLUMNS]; /* one a column */
    bool open; /* the last cell is as wide as it likes; no further cells */
    int used;  /* cells of an open row; 0: all */
    const char *colour; /* of the row; NULL: none */
};

/* Fills the cells of row `i`; they are empty before. Called twice for each
 * row, first to measure. */
typedef void (*table_fill)(size_t i, struct row *row, void *ctx);

/* Prints titles and rows aligned or, with --plain, rows with tabs between the
 * cells and no titles. Memory does not grow with the rows. */
void out_table(const struct cli *cli, const struct column *columns, int n,
               size_t n_rows, table_fill fill, void *ctx);

/* The same without titles. */
void out_rows(const struct cli *cli, const struct column *columns, int n,
              size_t n_rows, table_fill fill, void *ctx);

/* Sends stdout through a pager if it is a terminal and a pager is found.
 * To be called before any store is open, since it forks; the result goes to
 * pager_wait. */
pid_t pager_start(const struct cli *cli);
void pager_wait(pid_t pager);

#endif
