/* cmd_doctor.c - what a store stands on, and who has it open. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"

struct symptom {
    char *words[4]; /* group, topic, value, why; each owned and escaped */
    vs_verdict verdict;
};

struct symptoms {
    struct cli *cli;
    struct symptom *v; /* `n` of them */
    size_t n;
    size_t first;  /* of the group that is printed */
    size_t n_warn; /* how many warnings */
    size_t n_bad;  /* and worse */
};

enum { GROUP, TOPIC, VALUE, WHY };

static void on_finding(const vs_finding *finding, void *ctx)
{
    const char *const words[] = {finding->group, finding->topic, finding->value,
                                 finding->why};
    struct symptoms *s = ctx;
    struct symptom *next;

    s->v = mem_more(s->v, s->n + 1, sizeof *s->v);
    next = &s->v[s->n++];
    for (int i = 0; i < 4; i++)
        next->words[i] =
            s->cli->json ? mem_copy(words[i]) : escape_new(words[i]);
    next->verdict = finding->verdict;
    s->n_warn += finding->verdict == VS_VERDICT_WARN;
    s->n_bad += finding->verdict == VS_VERDICT_BAD;
}

static void print_json(const struct symptoms *s, vs_verdict worst)
{
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.doctor/1");
    if (s->cli->n_args > 0)
        json_member_text(&j, "file", s->cli->args[0]);
    json_member_text(&j, "verdict", vs_verdict_word(worst));
    json_member_open(&j, "findings", '[');
    for (size_t i = 0; i < s->n; i++) {
        json_open(&j, '{');
        json_member_text(&j, "group", s->v[i].words[GROUP]);
        json_member_text(&j, "topic", s->v[i].words[TOPIC]);
        json_member_text(&j, "value", s->v[i].words[VALUE]);
        json_member_text(&j, "verdict", vs_verdict_word(s->v[i].verdict));
        json_member_text(&j, "why", s->v[i].words[WHY]);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
}

static void fill(size_t i, struct row *row, void *ctx)
{
    const struct symptoms *s = ctx;
    const struct symptom *at = &s->v[s->first + i];
    const char *const colours[] = {out_green(s->cli), "", out_yellow(s->cli),
                                   out_red(s->cli)};

    text_printf(&row->cells[0], "  %s", vs_verdict_word(at->verdict));
    text_puts(&row->cells[1], at->words[TOPIC]);
    text_puts(&row->cells[2], at->words[VALUE]);
    text_puts(&row->cells[3], at->words[WHY]);
    row->open = true;
    row->used = 4;
    row->colour = at->verdict != VS_VERDICT_OK ? colours[at->verdict] : "";
}

static const char *title_of(const char *group)
{
    static const struct {
        const char *group;
        const char *title;
    } titles[] = {{"library", "Libraries"},
                  {"guard", "Guards of every connection"},
                  {"place", "Where the store is"},
                  {"file", "Its files"},
                  {"holder", "Who has it open"}};

    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (strcmp(titles[i].group, group) == 0)
            return titles[i].title;
    return group;
}

static void print_group(struct symptoms *s, size_t end)
{
    static const struct column columns[] = {
        {"", false}, {"", false}, {"", false}, {"", false}};

    (void)printf("%s%s%s\n", out_bold(s->cli),
                 title_of(s->v[s->first].words[GROUP]), out_reset(s->cli));
    out_rows(s->cli, columns, 4, end - s->first, fill, s);
}

static void print_text(struct symptoms *s)
{
    for (size_t i = 0; i < s->n; i = s->first) {
        size_t end = i;

        while (end < s->n &&
               strcmp(s->v[end].words[GROUP], s->v[i].words[GROUP]) == 0)
            end++;
        s->first = i;
        print_group(s, end);
        s->first = end;
    }
    if (s->n_warn + s->n_bad == 0)
        (void)printf("no warnings\n");
    else
        (void)printf("%zu warning%s, %zu bad\n", s->n_warn,
                     s->n_warn == 1 ? "" : "s", s->n_bad);
}

/* Rows of group, topic, value, verdict, why; with --quiet the grave ones. */
static void print_rows(const struct symptoms *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct symptom *at = &s->v[i];
        const char *verdict = vs_verdict_word(at->verdict);

        if (s->cli->quiet && at->verdict < VS_VERDICT_WARN)
            continue;
        if (s->cli->plain)
            (void)printf("%s\t%s\t%s\t%s\t%s\n", at->words[GROUP],
                         at->words[TOPIC], at->words[VALUE], verdict,
                         at->words[WHY]);
        else
            (void)printf("%s: %s: %s: %s\n", verdict, at->words[TOPIC],
                         at->words[VALUE], at->words[WHY]);
    }
}

int cmd_doctor(struct cli *cli)
{
    const char *path = cli->n_args > 0 ? cli->args[0] : NULL;
    struct symptoms s = {.cli = cli};
    const vs_examine_options options = {.on_finding = on_finding, .ctx = &s};
    vs_verdict worst = VS_VERDICT_OK;
    vs_error err = {VS_OK, "", ""};
    const vs_status st = vs_examine(path, &options, &worst, &err);
    int rc = worst == VS_VERDICT_BAD ? EXIT_NO : EXIT_YES;

    if (st != VS_OK)
        rc = fault_take(&cli->fault, &err);
    if (st == VS_ERR_NOFILE)
        pick_hint_file(cli, path);
    if (st == VS_OK && cli->json)
        print_json(&s, worst);
    else if (st == VS_OK && (cli->plain || cli->quiet))
        print_rows(&s);
    else if (st == VS_OK)
        print_text(&s);
    for (size_t i = 0; i < s.n; i++)
        for (int k = 0; k < 4; k++)
            free(s.v[i].words[k]);
    free(s.v);
    return rc;
}
