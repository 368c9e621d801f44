/* out.c - see out.h. */
#include "out.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "names.h"

void out_note(const struct cli *cli, const char *fmt, ...)
{
    struct text line = {NULL, 0, 0};
    va_list args;
    char message[FAULT_MESSAGE_BYTES];

    if (cli->quiet || cli->json)
        return;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    escape_add(&line, message, strlen(message));
    (void)printf("%s\n", line.p);
    text_done(&line);
}

void out_fact(const struct cli *cli, const char *key, const char *value,
              const char *plain)
{
    if (cli->plain && plain != NULL)
        (void)printf("%s\t%s\n", key, plain);
    else if (!cli->plain && value != NULL)
        (void)printf("  %-12s %s\n", key, value);
}

const char *out_bold(const struct cli *cli)
{
    return cli->colour_out ? "\033[1m" : "";
}

const char *out_dim(const struct cli *cli)
{
    return cli->colour_out ? "\033[2m" : "";
}

const char *out_red(const struct cli *cli)
{
    return cli->colour_out ? "\033[31m" : "";
}

const char *out_green(const struct cli *cli)
{
    return cli->colour_out ? "\033[32m" : "";
}

const char *out_yellow(const struct cli *cli)
{
    return cli->colour_out ? "\033[33m" : "";
}

const char *out_reset(const struct cli *cli)
{
    return cli->colour_out ? "\033[0m" : "";
}

bool out_alive(void)
{
    return !ferror(stdout);
}

/* True if stdout is a pipe that nobody reads any more. */
static bool reader_gone(void)
{
    struct pollfd fd = {STDOUT_FILENO, POLLOUT, 0};

    return poll(&fd, 1, 0) == 1 && (fd.revents & POLLERR) != 0;
}

int out_finish(struct cli *cli, int rc, bool paged)
{
    bool failed = ferror(stdout) != 0;
    bool gone = failed && reader_gone();
    int why;

    errno = 0;
    failed = fclose(stdout) != 0 || failed; /* tries what is left once more */
    why = errno != 0 ? errno : cli->write_errno;
    if (!failed)
        return rc;
    if (gone || why == EPIPE)
        return rc != EXIT_YES || paged ? rc : EXIT_SYSTEM;
    return fault_set(&cli->fault, why == ENOSPC ? VS_ERR_FULL : VS_ERR_IO,
                     "cannot write to standard output: %s",
                     why != 0 ? strerror(why) : "a write failed");
}

static void clear_row(struct row *row)
{
    for (int c = 0; c < TABLE_COLUMNS; c++)
        text_reset(&row->cells[c]);
    row->open = false;
    row->used = 0;
    row->colour = NULL;
}

static void measure(struct row *row, int n, size_t *widths)
{
    int last = row->open ? row->used - 1 : n;

    for (int c = 0; c < n && c < last; c++) {
        size_t width = escape_width(text_str(&row->cells[c]));

        if (width > widths[c])
            widths[c] = width;
    }
}

static void pad(size_t n)
{
    for (; n > 0; n--)
        (void)putchar(' ');
}

static void print_cell(const char *text, size_t width, bool right, bool last)
{
    size_t have = escape_width(text);
    size_t gap = width > have ? width - have : 0;

    if (right)
        pad(gap);
    (void)fputs(text, stdout);
    if (!last)
        pad(right ? 2 : gap + 2);
}

static void print_row(const struct cli *cli, const struct column *columns,
                      int n, const struct row *row, const size_t *widths)
{
    bool colour = row->colour != NULL && row->colour[0] != '\0';

    if (row->open)
        n = row->used;
    while (!cli->plain && n > 1 && row->cells[n - 1].n == 0)
        n--; /* no blanks at the end of a line */
    if (colour)
        (void)fputs(row->colour, stdout);
    for (int c = 0; c < n; c++) {
        const char *text = text_str(&row->cells[c]);

        if (cli->plain)
            (void)printf("%s%s", c != 0 ? "\t" : "", text);
        else
            print_cell(text, widths[c], columns[c].right, c == n - 1);
    }
    (void)printf("%s\n", colour ? out_reset(cli) : "");
}

static void print_titles(const struct cli *cli, const struct column *columns,
                         int n, const size_t *widths)
{
    while (n > 1 && columns[n - 1].title[0] == '\0')
        n--;
    (void)fputs(out_bold(cli), stdout);
    for (int c = 0; c < n; c++)
        print_cell(columns[c].title, widths[c], columns[c].right, c == n - 1);
    (void)printf("%s\n", out_reset(cli));
}

static void print_table(const struct cli *cli, const struct column *columns,
                        int n, size_t n_rows, table_fill fill, void *ctx,
                        bool titles)
{
    struct row row;
    size_t widths[TABLE_COLUMNS] = {0};

    memset(&row, 0, sizeof row);
    for (int c = 0; c < n && titles; c++)
        widths[c] = escape_width(columns[c].title);
    for (size_t i = 0; i < n_rows && !cli->plain; i++) {
        clear_row(&row);
        fill(i, &row, ctx);
        measure(&row, n, widths);
    }
    if (titles)
        print_titles(cli, columns, n, widths);
    for (size_t i = 0; i < n_rows && out_alive(); i++) {
        clear_row(&row);
        fill(i, &row, ctx);
        print_row(cli, columns, n, &row, widths);
    }
    for (int c = 0; c < TABLE_COLUMNS; c++)
        text_done(&row.cells[c]);
}

void out_table(const struct cli *cli, const struct column *columns, int n,
               size_t n_rows, table_fill fill, void *ctx)
{
    print_table(cli, columns, n, n_rows, fill, ctx, !cli->plain);
}

void out_rows(const struct cli *cli, const struct column *columns, int n,
              size_t n_rows, table_fill fill, void *ctx)
{
    print_table(cli, columns, n, n_rows, fill, ctx, false);
}
