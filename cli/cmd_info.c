/* cmd_info.c - what a file is: counts, sizes, newest checkpoint. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"

/* The first line of text: the file and what it is. */
static void title(const struct cli *cli, const struct pick *p, const char *what)
{
    char *path = escape_new(p->path.p);

    if (cli->plain)
        (void)printf("file\t%s\nkind\t%s\n", path, what);
    else
        (void)printf("%s%s%s   %s\n", out_bold(cli), path, out_reset(cli),
                     what);
    free(path);
}

static void fact_count(const struct cli *cli, const char *key, int64_t n)
{
    char human[NUM_TEXT];
    char plain[NUM_TEXT];

    out_fact(cli, key, num_commas(n, human), num_plain(n, plain));
}

static void fact_size(const struct cli *cli, const char *key, int64_t n)
{
    char human[NUM_TEXT];
    char plain[NUM_TEXT];

    out_fact(cli, key, num_size(n, human), num_plain(n, plain));
}

/* The checkpoint that was asked for, or the newest one. */
static void see_text(const vs_checkpoint_info *c, void *ctx)
{
    const struct cli *cli = ctx;
    struct text t = {NULL, 0, 0};
    char plain[NUM_TEXT];

    text_printf(&t, "%" PRId64 "  ", c->id);
    history_line(&t, c, num_now());
    out_fact(cli, "latest", t.p, num_plain(c->id, plain));
    text_done(&t);
}

static void see_json(const vs_checkpoint_info *c, void *ctx)
{
    json_key(ctx, "latest");
    history_json(ctx, c);
}

/* The sealed scopes, on one line. */
static int sealed_text(const struct cli *cli, struct pick *p)
{
    struct text t = {NULL, 0, 0};
    vs_mark_list *list = NULL;
    const vs_mark *mark;
    vs_status st = vs_mark_list_open(p->store, VS_MARK_SEALED, &list);

    while (st == VS_OK && (st = vs_mark_list_next(list, &mark)) == VS_OK)
        text_printf(&t, "%s%s", t.n > 0 ? "  " : "",
                    mark->scope[0] != '\0' ? mark->scope : "(root)");
    vs_mark_list_close(list);
    out_fact(cli, "sealed", t.n > 0 ? t.p : NULL, text_str(&t));
    text_done(&t);
    return st == VS_DONE ? EXIT_YES : pick_store_fault(p->cli, p->store);
}

static int sealed_json(struct pick *p, struct json *j)
{
    vs_mark_list *list = NULL;
    const vs_mark *mark;
    vs_status st = vs_mark_list_open(p->store, VS_MARK_SEALED, &list);

    json_member_open(j, "sealed", '[');
    while (st == VS_OK && (st = vs_mark_list_next(list, &mark)) == VS_OK)
        json_text(j, mark->scope);
    json_close(j, ']');
    vs_mark_list_close(list);
    return st == VS_DONE ? EXIT_YES : pick_store_fault(p->cli, p->store);
}

static int store_text(const struct cli *cli, struct pick *p,
                      const vs_store_info *s)
{
    struct text t = {NULL, 0, 0};
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    bool found;
    int rc;

    text_printf(&t, "varstore format %d, SQLite %s", s->format, s->sqlite);
    title(cli, p, cli->plain ? "store" : t.p);
    text_reset(&t);
    text_printf(&t, "%s  (%s trainable, ", num_commas(s->n_variables, a),
                num_commas(s->n_trainable, b));
    if (s->n_deferred > 0)
        text_printf(&t, "%s uninitialized, ", num_commas(s->n_deferred, a));
    text_printf(&t, "%s alias%s)", num_commas(s->n_aliases, a),
                s->n_aliases == 1 ? "" : "es");
    out_fact(cli, "variables", t.p, num_plain(s->n_variables, a));
    out_fact(cli, "aliases", NULL, num_plain(s->n_aliases, a));
    fact_count(cli, "parameters", s->n_parameters);
    fact_size(cli, "logical", s->logical_bytes);
    text_reset(&t);
    text_printf(&t, "%s  ", num_size(s->stored_bytes, a));
    if (s->n_checkpoints == 0)
        text_printf(&t, "(%s)",
                    num_ratio(s->stored_bytes, s->logical_bytes, a));
    else
        text_puts(&t, "with what checkpoints hold");
    text_printf(&t, "  in %s chunk%s of ", num_commas(s->n_chunks, a),
                s->n_chunks == 1 ? "" : "s");
    text_puts(&t, num_size(s->chunk_bytes, a));
    out_fact(cli, "stored", t.p, num_plain(s->stored_bytes, a));
    text_reset(&t);
    text_printf(&t, "%s", num_size(s->file_bytes, a));
    if (s->wal_bytes > 0)
        text_printf(&t, "  and %s of log", num_size(s->wal_bytes, a));
    if (s->free_bytes > 0)
        text_printf(&t, "  (%s reusable)", num_size(s->free_bytes, a));
    out_fact(cli, "on disk", t.p, num_plain(s->file_bytes, a));
    fact_count(cli, "checkpoints", s->n_checkpoints);
    rc = sealed_text(cli, p);
    if (rc == EXIT_YES)
        rc = history_visit(p->cli, p->store, 0, see_text, p->cli, &found);
    out_fact(cli, "created", num_utc(s->created_ms, a), a);
    out_fact(cli, "id", s->id, s->id);
    text_done(&t);
    return rc;
}

static int store_json(struct pick *p, const vs_store_info *s, struct json *j)
{
    bool found;
    int rc;

    json_member_text(j, "kind", "store");
    json_member_text(j, "id", s->id);
    json_member_int(j, "format", s->format);
    json_member_text(j, "sqlite", s->sqlite);
    json_member_time(j, "created", s->created_ms);
    json_member_int(j, "variables", s->n_variables);
    json_member_int(j, "aliases", s->n_aliases);
    json_member_int(j, "trainable", s->n_trainable);
    json_member_int(j, "uninitialized", s->n_deferred);
    json_member_int(j, "params", s->n_parameters);
    json_member_int(j, "bytes", s->logical_bytes);
    json_member_int(j, "stored_bytes", s->stored_bytes);
    json_member_int(j, "chunks", s->n_chunks);
    json_member_int(j, "chunk_bytes", s->chunk_bytes);
    json_member_int(j, "file_bytes", s->file_bytes);
    json_member_int(j, "wal_bytes", s->wal_bytes);
    json_member_int(j, "free_bytes", s->free_bytes);
    json_member_int(j, "checkpoints", s->n_checkpoints);
    rc = sealed_json(p, j);
    if (rc == EXIT_YES)
        rc = history_visit(p->cli, p->store, 0, see_json, j, &found);
    return rc;
}

static void checkpoint_text(const vs_checkpoint_info *c, void *ctx)
{
    struct pick *p = ctx;
    const struct cli *cli = p->cli;
    struct text t = {NULL, 0, 0};
    char a[NUM_TEXT];

    text_printf(&t, "checkpoint %" PRId64, c->id);
    title(cli, p, t.p);
    if (c->step != VS_NO_STEP)
        fact_count(cli, "step", c->step);
    text_reset(&t);
    text_printf(&t, "%s  (", num_ago(c->at_ms, num_now(), a));
    text_printf(&t, "%s)", num_utc(c->at_ms, a));
    out_fact(cli, "saved", t.p, a);
    text_reset(&t);
    history_tags(&t, c);
    out_fact(cli, "tags", c->n_tags > 0 ? t.p : NULL, text_str(&t));
    text_reset(&t);
    history_metrics(&t, c);
    out_fact(cli, "metrics", c->n_metrics > 0 ? t.p : NULL, text_str(&t));
    text_reset(&t);
    escape_add(&t, c->message, strlen(c->message));
    out_fact(cli, "message", t.n > 0 ? t.p : NULL, t.p);
    fact_count(cli, "names", c->n_names);
    fact_size(cli, "logical", c->logical_bytes);
    fact_size(cli, "new bytes", c->new_bytes);
    if (c->parent != 0)
        out_fact(cli, "parent", num_plain(c->parent, a), a);
    text_done(&t);
}

static void checkpoint_json(const vs_checkpoint_info *c, void *ctx)
{
    json_member_text(ctx, "kind", "checkpoint");
    json_key(ctx, "saved");
    history_json(ctx, c);
}

static void foreign_sums(const vs_file *file, int64_t *n_elements,
                         int64_t *n_bytes)
{
    *n_elements = 0;
    *n_bytes = 0;
    for (size_t i = 0; i < vs_file_count(file); i++) {
        *n_elements += vs_file_get(file, i)->n_elements;
        *n_bytes += vs_file_get(file, i)->n_bytes;
    }
}

static void foreign_text(const struct cli *cli, const struct pick *p)
{
    int64_t n_elements;
    int64_t n_bytes;
    const char *key;
    const char *value;

    foreign_sums(p->file, &n_elements, &n_bytes);
    title(cli, p, vs_file_format(p->file));
    fact_count(cli, "tensors", (int64_t)vs_file_count(p->file));
    fact_count(cli, "parameters", n_elements);
    fact_size(cli, "bytes", n_bytes);
    for (size_t i = 0; vs_file_metadata(p->file, i, &key, &value) == VS_OK;
         i++) {
        struct text t = {NULL, 0, 0};

        if (strncmp(key, "varstore.digest.", 16) == 0)
            continue; /* one for each tensor: for the import, not for people */
        escape_add(&t, key, strlen(key));
        text_puts(&t, " = ");
        escape_add(&t, value, strlen(value));
        out_fact(cli, "metadata", t.p, t.p);
        text_done(&t);
    }
}

static void foreign_json(const struct pick *p, struct json *j)
{
    int64_t n_elements;
    int64_t n_bytes;
    const char *key;
    const char *value;

    foreign_sums(p->file, &n_elements, &n_bytes);
    json_member_text(j, "kind", vs_file_format(p->file));
    json_member_int(j, "variables", (int64_t)vs_file_count(p->file));
    json_member_int(j, "params", n_elements);
    json_member_int(j, "bytes", n_bytes);
    json_member_open(j, "metadata", '{');
    for (size_t i = 0; vs_file_metadata(p->file, i, &key, &value) == VS_OK; i++)
        json_member_text(j, key, value);
    json_close(j, '}');
}

static int as_text(struct cli *cli, struct pick *p)
{
    vs_store_info s;
    bool found;

    if (p->file != NULL) {
        foreign_text(cli, p);
        return EXIT_YES;
    }
    if (p->checkpoint != 0)
        return history_visit(cli, p->store, p->checkpoint, checkpoint_text, p,
                             &found);
    if (vs_store_describe(p->store, &s) != VS_OK)
        return pick_store_fault(cli, p->store);
    return store_text(cli, p, &s);
}

static int as_json(struct cli *cli, struct pick *p)
{
    struct json j;
    vs_store_info s = {.path = NULL};
    bool found;
    int rc = EXIT_YES;

    if (p->store != NULL && vs_store_describe(p->store, &s) != VS_OK)
        return pick_store_fault(cli, p->store);
    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.info/1");
    pick_json(p, &j);
    if (p->file != NULL)
        foreign_json(p, &j);
    else if (p->checkpoint != 0)
        rc = history_visit(cli, p->store, p->checkpoint, checkpoint_json, &j,
                           &found);
    else
        rc = store_json(p, &s, &j);
    json_close(&j, '}');
    return rc;
}

int cmd_info(struct cli *cli)
{
    struct pick p;
    int rc = pick_open(cli, cli->args[0], NULL, PICK_ANY, &p);

    if (rc == EXIT_YES)
        rc = cli->json ? as_json(cli, &p) : as_text(cli, &p);
    pick_close(&p);
    return rc;
}
