/* cmd_show.c - all about one variable: facts, statistics, where it is from. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "names.h"
#include "num.h"
#include "out.h"
#include "pick.h"
#include "tally.h"

#define BINS       24 /* columns of the histogram */
#define FEW_VALUES 16 /* a tensor this small is shown itself */

struct view {
    struct cli *cli;
    struct pick pick;
    struct tensor tensor;
    const vs_variable_info *info; /* NULL: a foreign file */
    bool empty;                   /* it has no value yet */
    vs_stats stats;
    vs_bucket *buckets; /* VS_BUCKETS_MAX */
    int n_buckets;
    struct entries names; /* all of the file, if there may be aliases */
};

static vs_status take(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct view *v = ((void **)ctx)[0];
    struct tally *tally = ((void **)ctx)[1];

    (void)first;
    tally_add(tally, v->tensor.dtype, src, n);
    return VS_OK;
}

/* The statistics of a foreign tensor, which has to be read for them. */
static int measure(struct view *v)
{
    struct tally *tally = mem_get(1, sizeof *tally);
    void *both[2] = {v, tally};
    vs_sink sink = {take, both};
    int rc;

    tally_init(tally);
    rc = tensor_stream(&v->tensor, sink);
    v->stats = tally->stats;
    v->n_buckets = tally_buckets(tally, v->buckets);
    free(tally);
    return rc;
}

static int load(struct view *v)
{
    const struct globs all = {NULL, 0, GLOB_NAMES_BELOW};
    vs_variable *variable = v->tensor.v;

    v->buckets = mem_get(VS_BUCKETS_MAX, sizeof *v->buckets);
    if (variable == NULL)
        return measure(v);
    if (vs_variable_describe(variable, &v->info) != VS_OK)
        return pick_store_fault(v->cli, v->pick.store);
    v->empty = v->info->version == 0;
    if (!v->empty &&
        (vs_variable_stats(variable, &v->stats) != VS_OK ||
         vs_variable_histogram(variable, v->buckets, &v->n_buckets) != VS_OK))
        return pick_store_fault(v->cli, v->pick.store);
    return pick_list(&v->pick, &all, &v->names);
}

static bool is_whole(const struct view *v)
{
    return v->info->n_parts > 0 && v->info->part < 0;
}

/* The length of a name if it is another one of the same variable, else 0. A
 * partitioned one has the names of its first part, without what makes them
 * that. */
static size_t other_name(const struct view *v, const struct entry *e)
{
    size_t n = strlen(e->name);

    if (e->id != v->info->id || (is_whole(v) && !entry_is_part(e, &n)))
        return 0;
    return n == strlen(v->info->name) && memcmp(e->name, v->info->name, n) == 0
               ? 0
               : n;
}

static void text_aliases(const struct view *v)
{
    struct text t = {NULL, 0, 0};

    for (size_t i = 0; i < v->names.n; i++) {
        const size_t n = other_name(v, &v->names.v[i]);

        if (n == 0)
            continue;
        text_puts(&t, t.n > 0 ? "  " : "");
        escape_add(&t, v->names.v[i].name, n);
    }
    out_fact(v->cli, "also named", t.n > 0 ? t.p : NULL, text_str(&t));
    text_done(&t);
}

static void text_origin(const struct view *v)
{
    const vs_origin *o = &v->info->created;
    struct text t = {NULL, 0, 0};
    char when[NUM_TEXT];

    text_printf(&t, "%s", num_ago(o->at_ms, num_now(), when));
    if (o->program[0] != '\0') {
        text_puts(&t, " by ");
        escape_add(&t, o->program, strlen(o->program));
    }
    if (o->pid != 0)
        text_printf(&t, ", pid %" PRId64, o->pid);
    if (o->host[0] != '\0') {
        text_puts(&t, " on ");
        escape_add(&t, o->host, strlen(o->host));
    }
    if (o->site[0] != '\0') {
        text_puts(&t, ", at ");
        escape_add(&t, o->site, strlen(o->site));
    }
    out_fact(v->cli, "created", t.p, num_utc(o->at_ms, when));
    text_done(&t);
}

static int text_collections(const struct view *v)
{
    const char *const *keys;
    struct text t = {NULL, 0, 0};

    if (vs_variable_collections(v->tensor.v, &keys) != VS_OK)
        return pick_store_fault(v->cli, v->pick.store);
    for (; *keys != NULL; keys++) {
        text_puts(&t, t.n > 0 ? "  " : "");
        escape_add(&t, *keys, strlen(*keys));
    }
    out_fact(v->cli, "collections", t.n > 0 ? t.p : NULL, text_str(&t));
    text_done(&t);
    return EXIT_YES;
}

/* "3, along axis 0", or "1 of 3: 20 43 0,20:22,21" */
static void text_parts(const struct view *v)
{
    const vs_variable_info *i = v->info;
    const vs_partition *partition = vs_variable_partition(v->tensor.v);
    struct text t = {NULL, 0, 0};

    if (partition == NULL)
        return;
    if (is_whole(v))
        text_printf(&t, "%" PRId64 ", along axis %d", i->n_parts,
                    partition->axis);
    else
        text_printf(&t, "%" PRId64 " of %" PRId64 ": %s", i->part, i->n_parts,
                    i->slice);
    out_fact(v->cli, is_whole(v) ? "parts" : "part", t.p, t.p);
    text_done(&t);
}

/* The value as it lies in the store. */
static void text_version(const struct view *v)
{
    const vs_variable_info *i = v->info;
    struct text t = {NULL, 0, 0};
    char a[NUM_TEXT];

    text_printf(&t, "%s  ", num_size(i->stored_bytes, a));
    text_printf(&t, "(%s)  ", num_ratio(i->stored_bytes, i->n_bytes, a));
    if (i->n_chunks > 0)
        text_printf(&t, "in %" PRId64 " chunk%s", i->n_chunks,
                    i->n_chunks == 1 ? "" : "s");
    else
        text_puts(&t, "inline");
    out_fact(v->cli, "stored", t.p, num_plain(i->stored_bytes, a));
    text_reset(&t);
    text_printf(&t, "%" PRId64 "  written %s", i->version,
                num_ago(i->written_ms, num_now(), a));
    out_fact(v->cli, "version", t.p, num_plain(i->version, a));
    text_reset(&t);
    for (int k = 0; k < 16; k++)
        text_printf(&t, "%02x", (unsigned)i->digest[k]);
    out_fact(v->cli, "digest", t.p, t.p);
    text_done(&t);
}

/* What only a store knows. */
static int text_stored(const struct view *v)
{
    const vs_variable_info *i = v->info;

    if (v->empty)
        out_fact(v->cli, "version", "none: not initialized yet", "0");
    else
        text_version(v);
    text_parts(v);
    text_origin(v);
    out_fact(v->cli, "initializer", i->initializer,
             i->initializer != NULL ? i->initializer : "");
    text_aliases(v);
    return text_collections(v);
}

static void text_stats(const struct view *v)
{
    const vs_stats *s = &v->stats;
    struct text t = {NULL, 0, 0};
    char a[NUM_TEXT];

    if (s->count == 0)
        return;
    if (s->count > s->nans + s->infs) {
        text_printf(&t, "min %s   ", num_real(s->min, a));
        text_printf(&t, "mean %s   ", num_real(s->mean, a));
        text_printf(&t, "max %s   ", num_real(s->max, a));
        text_printf(&t, "std %s   ", num_real(vs_stats_std(s), a));
        text_printf(&t, "‖·‖₂ %s   ", num_real(vs_stats_norm(s), a));
    }
    text_printf(&t, "zeros %s   ", num_percent(s->zeros, s->count, a));
    text_printf(&t, "NaN %s   ", num_commas(s->nans, a));
    text_printf(&t, "Inf %s", num_commas(s->infs, a));
    (void)printf("  %s\n", t.p);
    text_reset(&t);
    if (v->tensor.n_elements > FEW_VALUES && s->max > s->min) {
        text_printf(&t, "%s ", num_real(s->min, a));
        spark_add(&t, s, v->buckets, v->n_buckets, BINS);
        text_printf(&t, " %s", num_real(s->max, a));
        (void)printf("  %s\n", t.p);
    }
    text_done(&t);
}

static void plain_stats(const struct view *v)
{
    const vs_stats *s = &v->stats;
    char a[NUM_TEXT];

    out_fact(v->cli, "min", NULL, num_exact(s->min, a));
    out_fact(v->cli, "mean", NULL, num_exact(s->mean, a));
    out_fact(v->cli, "max", NULL, num_exact(s->max, a));
    out_fact(v->cli, "std", NULL, num_exact(vs_stats_std(s), a));
    out_fact(v->cli, "norm", NULL, num_exact(vs_stats_norm(s), a));
    out_fact(v->cli, "zeros", NULL, num_plain(s->zeros, a));
    out_fact(v->cli, "nans", NULL, num_plain(s->nans, a));
    out_fact(v->cli, "infs", NULL, num_plain(s->infs, a));
}

/* Few elements are shown themselves. */
static int text_values(struct view *v)
{
    size_t size = vs_dtype_size(v->tensor.dtype);
    vs_slice all = vs_slice_all(&v->tensor.shape);
    struct text t = {NULL, 0, 0};
    char element[VS_ELEMENT_TEXT_MAX];
    char *data;
    int rc;

    if (v->tensor.n_elements > FEW_VALUES || v->tensor.n_elements == 0)
        return EXIT_YES;
    data = mem_get((size_t)v->tensor.n_elements, size);
    rc = tensor_read(&v->tensor, &all, data);
    for (int64_t i = 0; i < v->tensor.n_elements; i++)
        text_printf(&t, "%s%s", i > 0 ? " " : "",
                    vs_element_text(v->tensor.dtype, data + (size_t)i * size, 0,
                                    element));
    if (rc == EXIT_YES)
        out_fact(v->cli, v->tensor.n_elements == 1 ? "value" : "values", t.p,
                 t.p);
    text_done(&t);
    free(data);
    return rc;
}

static void text_title(const struct view *v)
{
    char *name = escape_new(v->tensor.name);
    const char *dtype = vs_dtype_name(v->tensor.dtype);
    char shape[VS_SHAPE_TEXT_MAX];
    char a[NUM_TEXT];

    (void)vs_shape_text(&v->tensor.shape, shape);
    if (v->cli->plain)
        (void)printf("name\t%s\ndtype\t%s\nshape\t%s\n", name, dtype, shape);
    else
        (void)printf("%s%s%s   %s %s%s\n", out_bold(v->cli), name,
                     out_reset(v->cli), dtype, shape,
                     v->info != NULL && v->info->trainable ? "  trainable"
                                                           : "");
    if (v->info != NULL && v->info->alias_of != NULL) {
        char *first = escape_new(v->info->alias_of);

        out_fact(v->cli, "alias of", first, first);
        free(first);
    }
    out_fact(v->cli, "elements", num_commas(v->tensor.n_elements, a), NULL);
    out_fact(v->cli, "elements", NULL, num_plain(v->tensor.n_elements, a));
    free(name);
}

static int as_text(struct view *v)
{
    int64_t n_bytes =
        v->tensor.n_elements * (int64_t)vs_dtype_size(v->tensor.dtype);
    char a[NUM_TEXT];
    char b[NUM_TEXT];
    int rc = EXIT_YES;

    text_title(v);
    out_fact(v->cli, "bytes", num_size(n_bytes, a), num_plain(n_bytes, b));
    if (v->info != NULL)
        rc = text_stored(v);
    if (v->empty)
        return rc;
    if (rc == EXIT_YES)
        rc = text_values(v);
    if (v->cli->plain)
        plain_stats(v);
    else
        text_stats(v);
    return rc;
}

static void json_stats(struct json *j, const struct view *v)
{
    const vs_stats *s = &v->stats;

    json_member_open(j, "stats", '{');
    json_member_int(j, "count", s->count);
    json_member_int(j, "zeros", s->zeros);
    json_member_int(j, "nans", s->nans);
    json_member_int(j, "infs", s->infs);
    if (s->count > s->nans + s->infs) {
        json_member_real(j, "min", s->min);
        json_member_real(j, "mean", s->mean);
        json_member_real(j, "max", s->max);
        json_member_real(j, "std", vs_stats_std(s));
        json_member_real(j, "norm", vs_stats_norm(s));
    }
    json_close(j, '}');
    json_member_open(j, "histogram", '[');
    for (int i = 0; i < v->n_buckets; i++) {
        json_open(j, '{');
        json_member_bool(j, "negative", v->buckets[i].negative != 0);
        json_member_int(j, "exponent", v->buckets[i].exponent);
        json_member_int(j, "count", v->buckets[i].count);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_origin(struct json *j, const vs_origin *o)
{
    json_member_open(j, "created", '{');
    json_member_time(j, "at", o->at_ms);
    json_member_text(j, "program", o->program);
    json_member_text(j, "host", o->host);
    json_member_int(j, "pid", o->pid);
    json_member_text(j, "site", o->site);
    json_close(j, '}');
}

static void json_other_name(struct json *j, const struct view *v,
                            const struct entry *e)
{
    const size_t n = other_name(v, e);
    char *name = mem_copy_n(e->name, n);

    if (n > 0)
        json_text(j, name);
    free(name);
}

static void json_parts(struct json *j, const struct view *v)
{
    const vs_variable_info *i = v->info;

    if (i->n_parts == 0)
        return;
    json_member_int(j, "parts", i->n_parts);
    json_member_int(j, "axis", vs_variable_partition(v->tensor.v)->axis);
    if (is_whole(v))
        return;
    json_member_int(j, "part", i->part);
    json_member_text(j, "slice", i->slice);
}

static int json_stored(struct json *j, const struct view *v)
{
    const vs_variable_info *i = v->info;
    const char *const *keys;

    if (i->alias_of != NULL)
        json_member_text(j, "alias_of", i->alias_of);
    if (v->empty) {
        json_member_bool(j, "initialized", false);
    } else {
        json_member_int(j, "stored_bytes", i->stored_bytes);
        json_member_int(j, "chunks", i->n_chunks);
        json_member_id(j, "version", i->version);
        json_member_time(j, "written", i->written_ms);
        json_member_digest(j, "digest", i->digest);
    }
    json_member_bool(j, "trainable", i->trainable);
    if (i->initializer != NULL)
        json_member_text(j, "initializer", i->initializer);
    json_parts(j, v);
    json_origin(j, &i->created);
    json_member_open(j, "also_named", '[');
    for (size_t k = 0; k < v->names.n; k++)
        json_other_name(j, v, &v->names.v[k]);
    json_close(j, ']');
    if (vs_variable_collections(v->tensor.v, &keys) != VS_OK)
        return pick_store_fault(v->cli, v->pick.store);
    json_member_open(j, "collections", '[');
    for (; *keys != NULL; keys++)
        json_text(j, *keys);
    json_close(j, ']');
    return EXIT_YES;
}

static int as_json(struct view *v)
{
    struct json j;
    int rc = EXIT_YES;

    json_init(&j, stdout);
    json_open(&j, '{');
    json_member_text(&j, "schema", "varstore.show/1");
    pick_json(&v->pick, &j);
    json_member_text(&j, "name", v->tensor.name);
    json_member_text(&j, "dtype", vs_dtype_name(v->tensor.dtype));
    json_member_open(&j, "shape", '[');
    for (int i = 0; i < v->tensor.shape.rank; i++)
        json_int(&j, v->tensor.shape.dims[i]);
    json_close(&j, ']');
    json_member_int(&j, "params", v->tensor.n_elements);
    json_member_int(&j, "bytes",
                    v->tensor.n_elements *
                        (int64_t)vs_dtype_size(v->tensor.dtype));
    if (v->info != NULL)
        rc = json_stored(&j, v);
    if (!v->empty)
        json_stats(&j, v);
    json_close(&j, '}');
    return rc;
}

int cmd_show(struct cli *cli)
{
    struct view v = {.cli = cli};
    int rc = pick_open(cli, cli->args[0], NULL, PICK_ANY, &v.pick);

    if (rc == EXIT_YES)
        rc = tensor_open(&v.pick, cli->args[1], &v.tensor);
    if (rc == EXIT_YES)
        rc = load(&v);
    if (rc == EXIT_YES)
        rc = cli->json ? as_json(&v) : as_text(&v);
    tensor_close(&v.tensor);
    entries_done(&v.names);
    free(v.buckets);
    pick_close(&v.pick);
    return rc;
}
