/* cmd_log.c - lists checkpoints, newest first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "json.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"

/* A checkpoint as it is printed: the library lends one at a time. */
struct line {
    int64_t id;
    int64_t at_ms;
    int64_t step;
    int64_t new_bytes;
    struct text tags;
    struct text metrics;
    struct text message;
};

struct log {
    const struct cli *cli;
    struct line *lines; /* `n` of them, newest first */
    size_t n;
    size_t cap;
    int64_t now_ms;
};

static void keep(struct log *log, const vs_checkpoint_info *c)
{
    struct line *line;

    if (log->n == log->cap) {
        log->cap = log->cap < 16 ? 16 : log->cap * 2;
        log->lines = mem_more(log->lines, log->cap, sizeof *log->lines);
    }
    line = &log->lines[log->n++];
    memset(line, 0, sizeof *line);
    line->id = c->id;
    line->at_ms = c->at_ms;
    line->step = c->step;
    line->new_bytes = c->new_bytes;
    history_tags(&line->tags, c);
    history_metrics(&line->metrics, c);
    escape_add(&line->message, c->message, strlen(c->message));
}

static void fill(size_t i, struct row *row, void *ctx)
{
    const struct log *log = ctx;
    const struct line *line = &log->lines[i];
    bool plain = log->cli->plain;
    struct text *cell = row->cells;
    char t[NUM_TEXT];

    text_printf(&cell[0], "%" PRId64, line->id);
    text_puts(&cell[1], plain ? num_utc(line->at_ms, t)
                              : num_ago(line->at_ms, log->now_ms, t));
    if (line->step != VS_NO_STEP)
        text_printf(&cell[2], "%" PRId64, line->step);
    text_puts(&cell[3], plain ? num_plain(line->new_bytes, t)
                              : num_size(line->new_bytes, t));
    text_puts(&cell[4], text_str(&line->tags));
    text_puts(&cell[5], text_str(&line->metrics));
    text_puts(&cell[6], text_str(&line->message));
}

static void print_text(struct log *log)
{
    static const struct column columns[] = {
        {"ID", true},        {"WHEN", false}, {"STEP", true},
        {"NEW BYTES", true}, {"TAGS", false}, {"METRICS", false},
        {"MESSAGE", false}};

    if (log->n > 0)
        out_table(log->cli, columns, 7, log->n, fill, log);
    else if (!log->cli->plain)
        out_note(log->cli, "no checkpoints yet (varstore save makes one)");
    for (size_t i = 0; i < log->n; i++) {
        text_done(&log->lines[i].tags);
        text_done(&log->lines[i].metrics);
        text_done(&log->lines[i].message);
    }
    free(log->lines);
}

static void begin_json(struct json *j, const struct pick *p)
{
    json_init(j, stdout);
    json_open(j, '{');
    json_member_text(j, "schema", "varstore.log/1");
    pick_json(p, j);
    json_member_open(j, "checkpoints", '[');
}

static int print(struct cli *cli, const struct pick *p, int64_t limit)
{
    struct log log = {.cli = cli, .now_ms = num_now()};
    struct json j;
    vs_checkpoint_list *list = NULL;
    const vs_checkpoint_info *c;
    vs_status st = vs_checkpoint_list_open(p->store, &list);

    if (cli->json && st == VS_OK)
        begin_json(&j, p);
    while (st == VS_OK && limit-- > 0 &&
           (st = vs_checkpoint_list_next(list, &c)) == VS_OK) {
        if (cli->json)
            history_json(&j, c);
        else
            keep(&log, c);
    }
    vs_checkpoint_list_close(list);
    if (st < VS_OK)
        return pick_store_fault(cli, p->store);
    if (cli->json) {
        json_close(&j, ']');
        json_close(&j, '}');
    } else
        print_text(&log);
    return EXIT_YES;
}

int cmd_log(struct cli *cli)
{
    int64_t limit = INT64_MAX;
    struct pick p = {.cli = cli};
    int rc = opt_int(cli, OPT_LIMIT, 0, INT64_MAX, &limit);

    if (rc == EXIT_YES)
        rc = pick_open(cli, cli->args[0], NULL, PICK_STORE, &p);
    if (rc == EXIT_YES)
        rc = print(cli, &p, limit);
    pick_close(&p);
    return rc;
}
