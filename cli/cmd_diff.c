/* cmd_diff.c - two states compared: by digest first, then by their elements,
 * a few MiB of each at a time.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blocks.h"
#include "compare.h"
#include "json.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"
#include "progress.h"

enum change { CHANGED, ADDED, REMOVED, RESHAPED, N_CHANGES };

static const char *const change_words[N_CHANGES] = {"changed", "added",
                                                    "removed", "reshaped"};

/* One name that differs. */
struct change_of {
    enum change change;
    const struct entry *a; /* NULL: added */
    const struct entry *b; /* NULL: removed */
    struct delta delta;    /* of CHANGED, if its elements were compared */
    bool compared;
    vs_stats stats_a; /* of CHANGED, with --stat */
    vs_stats stats_b;
};

struct diff {
    struct cli *cli;
    struct pick a;
    struct pick b;
    struct globs globs;
    struct entries list_a;
    struct entries list_b;
    struct tolerance tolerance;
    bool by_digest;            /* different digests mean different values */
    struct change_of *changes; /* `n` of them */
    size_t n;
    size_t cap;
    int64_t counts[N_CHANGES];
    int64_t n_same;
    int64_t done_bytes; /* raw, of those to be decoded */
    int64_t total_bytes;
    struct progress progress;
    vs_progress ticks;
    char *data_a; /* BLOCK_RAW_BYTES each */
    char *data_b;
};

static struct change_of *note(struct diff *d, enum change change,
                              const struct entry *a, const struct entry *b)
{
    struct change_of *c;

    if (d->n == d->cap) {
        d->cap = d->cap < 16 ? 16 : d->cap * 2;
        d->changes = mem_more(d->changes, d->cap, sizeof *d->changes);
    }
    c = &d->changes[d->n++];
    memset(c, 0, sizeof *c);
    c->change = change;
    c->a = a;
    c->b = b;
    d->counts[change]++;
    return c;
}

static bool same_kind(const struct entry *a, const struct entry *b)
{
    return a->dtype == b->dtype && a->rank == b->rank &&
           memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

static bool same_digest(const struct entry *a, const struct entry *b)
{
    return entry_has_digest(a) && entry_has_digest(b) &&
           memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

/* A second name of what is compared under its first name anyway. */
static bool is_covered(const struct diff *d, const struct entry *a,
                       const struct entry *b)
{
    return a->alias_of != NULL && b->alias_of != NULL &&
           strcmp(a->alias_of, b->alias_of) == 0 &&
           entries_find(&d->list_a, a->alias_of) != NULL &&
           entries_find(&d->list_b, a->alias_of) != NULL;
}

static int compare_elements(struct diff *d, struct tensor *a, struct tensor *b,
                            struct delta *out)
{
    int64_t size = (int64_t)vs_dtype_size(a->dtype);
    vs_slice all = vs_slice_all(&a->shape);
    struct blocks blocks;
    vs_slice block;
    int64_t n;
    int rc = EXIT_YES;

    blocks_init(&blocks, &all, BLOCK_RAW_BYTES / size);
    while (rc == EXIT_YES && blocks_next(&blocks, &block, &n)) {
        rc = tensor_read(a, &block, d->data_a);
        if (rc == EXIT_YES)
            rc = tensor_read(b, &block, d->data_b);
        if (rc == EXIT_YES)
            compare_add(out, &d->tolerance, a->dtype, d->data_a, d->data_b, n);
        d->done_bytes += n * size;
        if (d->ticks.tick(d->done_bytes, d->total_bytes, d->ticks.ctx) != 0)
            return EXIT_INTERRUPT;
        if (d->cli->quiet && out->n_changed > 0)
            break;
    }
    return rc;
}

static int compare_stats(struct diff *d, const struct tensor *a,
                         const struct tensor *b, struct change_of *c)
{
    if (vs_variable_stats(a->v, &c->stats_a) != VS_OK)
        return pick_store_fault(d->cli, d->a.store);
    if (vs_variable_stats(b->v, &c->stats_b) != VS_OK)
        return pick_store_fault(d->cli, d->b.store);
    return EXIT_YES;
}

/* Two tensors of one kind whose digests do not tell that they are alike. */
static int compare_tensors(struct diff *d, const struct entry *x,
                           const struct entry *y)
{
    bool by_stats = opt_has(d->cli, OPT_STAT) && d->by_digest;
    struct tensor a = {.v = NULL};
    struct tensor b = {.v = NULL};
    struct delta delta = {.n = 0};
    int rc = tensor_open(&d->a, x->name, &a);

    if (rc == EXIT_YES)
        rc = tensor_open(&d->b, y->name, &b);
    if (rc == EXIT_YES && by_stats)
        rc = compare_stats(d, &a, &b, note(d, CHANGED, x, y));
    else if (rc == EXIT_YES) {
        rc = compare_elements(d, &a, &b, &delta);
        if (rc == EXIT_YES && delta.n_changed > 0) {
            struct change_of *c = note(d, CHANGED, x, y);

            c->delta = delta;
            c->compared = true;
        } else
            d->n_same++;
    }
    tensor_close(&a);
    tensor_close(&b);
    return rc;
}

static int compare_pair(struct diff *d, const struct entry *a,
                        const struct entry *b)
{
    if (!same_kind(a, b))
        (void)note(d, RESHAPED, a, b);
    else if (same_digest(a, b) || is_covered(d, a, b))
        d->n_same++;
    else
        return compare_tensors(d, a, b);
    return EXIT_YES;
}

/* Walks both lists, which are in the same order. */
static int compare_lists(struct diff *d)
{
    size_t i = 0;
    size_t k = 0;
    int rc = EXIT_YES;

    while (rc == EXIT_YES && (i < d->list_a.n || k < d->list_b.n)) {
        const struct entry *a = i < d->list_a.n ? &d->list_a.v[i] : NULL;
        const struct entry *b = k < d->list_b.n ? &d->list_b.v[k] : NULL;
        int order = a == NULL ? 1 : b == NULL ? -1 : strcmp(a->name, b->name);

        if (order == 0)
            rc = compare_pair(d, a, b);
        else
            (void)note(d, order < 0 ? REMOVED : ADDED, order < 0 ? a : NULL,
                       order < 0 ? NULL : b);
        i += order <= 0;
        k += order >= 0;
        if (d->cli->quiet && d->n > 0)
            break;
    }
    return rc;
}

/* Raw bytes that will have to be decoded, for the progress line. */
static int64_t to_decode(const struct diff *d)
{
    int64_t n = 0;

    for (size_t i = 0; i < d->list_a.n; i++) {
        const struct entry *a = &d->list_a.v[i];
        const struct entry *b = entries_find(&d->list_b, a->name);

        if (b != NULL && same_kind(a, b) && !same_digest(a, b))
            n += a->n_bytes;
    }
    return n;
}

static void add_kind(struct text *t, const struct entry *e)
{
    char shape[VS_SHAPE_TEXT_MAX];
    vs_shape s = entry_shape(e);

    text_printf(t, "%s %s", vs_dtype_name(e->dtype), vs_shape_text(&s, shape));
}

static void add_delta(struct text *cell, const struct delta *delta)
{
    char t[NUM_TEXT];

    text_printf(&cell[0], "max|Δ| %s", num_real(delta->max_abs, t));
    text_printf(&cell[1], "‖Δ‖/‖w‖ %.3g %%", 100 * compare_relative(delta));
    text_printf(&cell[2], "changed %s",
                num_percent(delta->n_changed, delta->n, t));
}

static void add_stats(struct text *cell, const struct change_of *c)
{
    char a[NUM_TEXT];
    char b[NUM_TEXT];

    text_printf(&cell[0], "mean %s -> %s", num_real(c->stats_a.mean, a),
                num_real(c->stats_b.mean, b));
    text_printf(&cell[1], "‖w‖ %s -> %s",
                num_real(vs_stats_norm(&c->stats_a), a),
                num_real(vs_stats_norm(&c->stats_b), b));
}

static void fill(size_t i, struct row *row, void *ctx)
{
    const struct diff *d = ctx;
    const struct change_of *c = &d->changes[i];
    const struct entry *e = c->a != NULL ? c->a : c->b;
    struct text *cell = row->cells;

    text_puts(&cell[0], (const char *[]){"~", "+", "-", "!"}[c->change]);
    escape_add(&cell[1], e->name, strlen(e->name));
    if (c->change == CHANGED) {
        if (c->compared)
            add_delta(cell + 2, &c->delta);
        else
            add_stats(cell + 2, c);
        return;
    }
    row->open = true;
    row->used = 3;
    add_kind(&cell[2], e);
    if (c->change == RESHAPED) {
        text_puts(&cell[2], " -> ");
        add_kind(&cell[2], c->b);
    }
    row->colour = c->change == ADDED     ? out_green(d->cli)
                  : c->change == REMOVED ? out_red(d->cli)
                                         : out_yellow(d->cli);
}

static void fill_plain(size_t i, struct row *row, void *ctx)
{
    const struct diff *d = ctx;
    const struct change_of *c = &d->changes[i];
    const struct entry *e = c->a != NULL ? c->a : c->b;
    struct text *cell = row->cells;
    char t[NUM_TEXT];

    text_puts(&cell[0], change_words[c->change]);
    escape_add(&cell[1], e->name, strlen(e->name));
    if (c->compared) {
        text_puts(&cell[2], num_exact(c->delta.max_abs, t));
        text_puts(&cell[3], num_exact(compare_relative(&c->delta), t));
        text_puts(&cell[4], num_plain(c->delta.n_changed, t));
    }
    text_puts(&cell[5], num_plain(e->n_elements, t));
}

static void print_text(struct diff *d)
{
    static const struct column columns[6] = {{"", false}};
    char t[NUM_TEXT];

    if (d->cli->plain) {
        out_table(d->cli, columns, 6, d->n, fill_plain, d);
        return;
    }
    out_rows(d->cli, columns, 5, d->n, fill, d);
    for (int c = 0; c < N_CHANGES; c++)
        (void)printf("%s %s, ", num_commas(d->counts[c], t), change_words[c]);
    (void)printf("%s same\n", num_commas(d->n_same, t));
}

static void json_kind(struct json *j, const char *key, const struct entry *e)
{
    if (e == NULL)
        return;
    json_member_open(j, key, '{');
    json_member_text(j, "dtype", vs_dtype_name(e->dtype));
    json_member_open(j, "shape", '[');
    for (int i = 0; i < e->rank; i++)
        json_int(j, e->dims[i]);
    json_close(j, ']');
    if (entry_has_digest(e))
        json_member_digest(j, "digest", e->digest);
    json_close(j, '}');
}

static void json_stats(struct json *j, const char *key, const vs_stats *s)
{
    json_member_open(j, key, '{');
    json_member_real(j, "mean", s->mean);
    json_member_real(j, "norm", vs_stats_norm(s));
    json_close(j, '}');
}

static void json_change(struct json *j, const struct change_of *c)
{
    json_open(j, '{');
    json_member_text(j, "name", c->a != NULL ? c->a->name : c->b->name);
    json_member_text(j, "change", change_words[c->change]);
    json_kind(j, "a", c->a);
    json_kind(j, "b", c->b);
    if (c->compared) {
        json_member_real(j, "max_abs", c->delta.max_abs);
        json_member_real(j, "relative", compare_relative(&c->delta));
        json_member_int(j, "changed", c->delta.n_changed);
        json_member_int(j, "params", c->delta.n);
    } else if (c->change == CHANGED) {
        json_stats(j, "stats_a", &c->stats_a);
        json_stats(j, "stats_b", &c->stats_b);
    }
    json_close(j, '}');
}

static void print_json(const struct diff *d)
{
    struct json j;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.diff/1");
    json_member_open(&j, "a", '{');
    pick_json(&d->a, &j);
    json_close(&j, '}');
    json_member_open(&j, "b", '{');
    pick_json(&d->b, &j);
    json_close(&j, '}');
    json_member_bool(&j, "differs", d->n > 0);
    json_member_open(&j, "variables", '[');
    for (size_t i = 0; i < d->n && out_alive(); i++)
        json_change(&j, &d->changes[i]);
    json_close(&j, ']');
    for (int c = 0; c < N_CHANGES; c++)
        json_member_int(&j, change_words[c], d->counts[c]);
    json_member_int(&j, "same", d->n_same);
    json_close(&j, '}');
}

static bool is_ref(const char *arg)
{
    return arg[0] == '@' && access(arg, F_OK) != 0;
}

/* Opens both sides; `*next` is the first argument behind them. */
static int open_sides(struct diff *d, int *next)
{
    struct cli *cli = d->cli;
    struct text path = {NULL, 0, 0};
    const char *own;
    const char *ref_a = NULL;
    const char *ref_b = NULL;
    const char *file_b;
    int rc;

    pick_split(cli->args[0], &path, &own);
    file_b = path.p;
    *next = 1;
    if (cli->n_args > 1 && !is_ref(cli->args[1]))
        file_b = cli->args[(*next)++];
    else if (own != NULL && cli->n_args > 1)
        ref_b = cli->args[(*next)++];
    else if (own == NULL) {
        ref_a = cli->n_args > 1 ? cli->args[(*next)++] : "latest";
        if (*next < cli->n_args && is_ref(cli->args[*next]))
            ref_b = cli->args[(*next)++];
    }
    rc = pick_open(cli, cli->args[0], ref_a, PICK_ANY, &d->a);
    if (rc == EXIT_YES)
        rc = pick_open(cli, file_b, ref_b, PICK_ANY, &d->b);
    text_done(&path);
    return rc;
}

/* Digests of two stores can be compared if their chunks are of one size. */
static int learn_digests(struct diff *d)
{
    vs_store_info a;
    vs_store_info b;

    if (d->a.store == NULL || d->b.store == NULL)
        return EXIT_YES;
    if (vs_store_describe(d->a.store, &a) != VS_OK)
        return pick_store_fault(d->cli, d->a.store);
    if (vs_store_describe(d->b.store, &b) != VS_OK)
        return pick_store_fault(d->cli, d->b.store);
    d->by_digest = a.chunk_bytes == b.chunk_bytes;
    return EXIT_YES;
}

/* Lists the variables that have a value: others have nothing to compare. */
static int list_values(struct diff *d, struct pick *p, struct entries *out)
{
    size_t n = 0;
    int rc = pick_list(p, &d->globs, out);

    for (size_t i = 0; i < out->n; i++)
        if (!out->v[i].empty)
            out->v[n++] = out->v[i];
    out->n = n;
    return rc;
}

static int compare(struct diff *d)
{
    int rc;

    if ((rc = list_values(d, &d->a, &d->list_a)) != EXIT_YES ||
        (rc = list_values(d, &d->b, &d->list_b)) != EXIT_YES)
        return rc;
    if (d->list_a.n + d->list_b.n == 0 && d->globs.n > 0)
        return pick_no_match(&d->a, &d->globs);
    d->data_a = mem_get(1, BLOCK_RAW_BYTES);
    d->data_b = mem_get(1, BLOCK_RAW_BYTES);
    d->total_bytes = to_decode(d);
    d->ticks = progress_begin(&d->progress, d->cli, "comparing");
    rc = compare_lists(d);
    progress_end(&d->progress);
    free(d->data_a);
    free(d->data_b);
    if (rc != EXIT_YES)
        return rc;
    if (d->cli->json)
        print_json(d);
    else if (!d->cli->quiet)
        print_text(d);
    return d->n > 0 ? EXIT_NO : EXIT_YES;
}

int cmd_diff(struct cli *cli)
{
    struct diff d = {.cli = cli};
    int next = 1;
    int rc;

    if ((rc = opt_real(cli, OPT_ATOL, &d.tolerance.atol)) != EXIT_YES ||
        (rc = opt_real(cli, OPT_RTOL, &d.tolerance.rtol)) != EXIT_YES)
        return rc;
    rc = open_sides(&d, &next);
    if (rc == EXIT_YES)
        rc = learn_digests(&d);
    if (rc == EXIT_YES)
        rc = pick_globs(cli, next, GLOB_NAMES_BELOW, &d.globs);
    if (rc == EXIT_YES)
        rc = compare(&d);
    free(d.changes);
    entries_done(&d.list_a);
    entries_done(&d.list_b);
    globs_done(&d.globs);
    pick_close(&d.a);
    pick_close(&d.b);
    return rc;
}
