/* history.c - see history.h. */
#include "history.h"

#include <inttypes.h>
#include <string.h>

#include "names.h"
#include "num.h"

void history_json(struct json *j, const vs_checkpoint_info *c)
{
    json_open(j, '{');
    json_member_id(j, "id", c->id);
    if (c->parent != 0)
        json_member_id(j, "parent", c->parent);
    if (c->step != VS_NO_STEP)
        json_member_int(j, "step", c->step);
    json_member_time(j, "at", c->at_ms);
    json_member_text(j, "message", c->message);
    json_member_text(j, "program", c->program);
    json_member_int(j, "names", c->n_names);
    json_member_int(j, "bytes", c->logical_bytes);
    json_member_int(j, "new_bytes", c->new_bytes);
    json_member_digest(j, "root", c->root);
    json_member_open(j, "metrics", '{');
    for (size_t i = 0; i < c->n_metrics; i++)
        json_member_real(j, c->metrics[i].key, c->metrics[i].value);
    json_close(j, '}');
    json_member_open(j, "tags", '[');
    for (size_t i = 0; i < c->n_tags; i++)
        json_text(j, c->tags[i]);
    json_close(j, ']');
    json_close(j, '}');
}

void history_metrics(struct text *out, const vs_checkpoint_info *c)
{
    char t[NUM_TEXT];

    for (size_t i = 0; i < c->n_metrics; i++) {
        if (i > 0)
            text_puts(out, " ");
        escape_add(out, c->metrics[i].key, strlen(c->metrics[i].key));
        text_printf(out, "=%s", num_exact(c->metrics[i].value, t));
    }
}

void history_tags(struct text *out, const vs_checkpoint_info *c)
{
    for (size_t i = 0; i < c->n_tags; i++) {
        if (i > 0)
            text_puts(out, ",");
        escape_add(out, c->tags[i], strlen(c->tags[i]));
    }
}

void history_line(struct text *out, const vs_checkpoint_info *c, int64_t now_ms)
{
    char t[NUM_TEXT];

    if (c->step != VS_NO_STEP)
        text_printf(out, "step %" PRId64 "  ", c->step);
    text_puts(out, num_ago(c->at_ms, now_ms, t));
    if (c->n_metrics > 0)
        text_puts(out, "  ");
    history_metrics(out, c);
    if (c->message[0] != '\0')
        text_puts(out, "  ");
    escape_add(out, c->message, strlen(c->message));
}

int history_visit(struct cli *cli, vs_store *store, int64_t id,
                  void (*see)(const vs_checkpoint_info *c, void *ctx),
                  void *ctx, bool *found)
{
    vs_checkpoint_list *list = NULL;
    const vs_checkpoint_info *c;
    vs_status st = vs_checkpoint_list_open(store, &list);

    *found = false;
    while (st == VS_OK && !*found &&
           (st = vs_checkpoint_list_next(list, &c)) == VS_OK)
        if (id == 0 || c->id == id) {
            see(c, ctx);
            *found = true;
        }
    vs_checkpoint_list_close(list);
    return st == VS_OK || st == VS_DONE ? EXIT_YES
                                        : pick_store_fault(cli, store);
}
