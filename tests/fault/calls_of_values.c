/* calls_of_values.c - see calls.h: reading and writing values, and what is known
 * of them.
 */
#include "calls.h"

#include <string.h>

static float many[N];

vs_view view_of_many(void)
{
    const vs_shape shape = vs_shape_1d(N);

    for (int i = 0; i < N; i++)
        many[i] = (float)(i % 97) / 8;
    return vs_view_of(VS_F32, &shape, many);
}

/* -------- Variables: each opens, does one thing and closes. */

static vs_variable *kept(const struct scene *c, const char *name)
{
    for (size_t i = 0; i < SCENE_KEPT && c->kept[i] != NULL; i++)
        if (strcmp(vs_variable_name(c->kept[i]), name) == 0)
            return c->kept[i];
    return NULL;
}

vs_status call_with(struct scene *c, const char *name,
                    vs_status (*body)(vs_variable *v))
{
    vs_variable *v = kept(c, name);
    vs_status st;

    if (v != NULL)
        return body(v);
    if ((st = vs_variable_open(c->store, name, &v)) == VS_OK)
        st = body(v);
    vs_variable_free(v);
    return st;
}

static vs_status read_whole(vs_variable *v)
{
    static float memory[N];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), memory);

    return vs_variable_read(v, &view);
}
static vs_status read_some(vs_variable *v)
{
    const vs_slice slice = vs_slice_rows(vs_variable_shape(v), 1000, 300);
    const vs_shape shape = vs_slice_shape(&slice);
    float memory[300];
    const vs_view view = vs_view_of(VS_F32, &shape, memory);

    return vs_variable_read_slice(v, &slice, &view);
}
static vs_status take(int64_t first, int64_t n, const void *src, void *ctx)
{
    (void)first;
    (void)n;
    (void)src;
    (void)ctx;
    return VS_OK;
}
static vs_status read_pieces(vs_variable *v)
{
    return vs_variable_read_to(v, (vs_sink){take, NULL});
}
static vs_status write_whole(vs_variable *v)
{
    static float memory[N];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), memory);

    for (int i = 0; i < N; i++)
        memory[i] = (float)(i * i);
    return vs_variable_write(v, &view);
}
static vs_status write_some(vs_variable *v)
{
    const vs_slice slice = vs_slice_rows(vs_variable_shape(v), 1, 2);
    const vs_shape shape = vs_slice_shape(&slice);
    float memory[32] = {9, 9};
    const vs_view view = vs_view_of(VS_F32, &shape, memory);

    return vs_variable_write_slice(v, &slice, &view);
}
static vs_status fill(int64_t first, int64_t n, void *dst, void *ctx)
{
    (void)ctx;
    for (int64_t i = 0; i < n; i++)
        ((float *)dst)[i] = (float)(first + i) / 2;
    return VS_OK;
}
static vs_status write_pieces(vs_variable *v)
{
    return vs_variable_write_from(v, (vs_source){fill, NULL});
}
static vs_status write_delta(vs_variable *v)
{
    static float memory[N];
    const vs_view view = vs_view_of(VS_F32, vs_variable_shape(v), memory);
    vs_variable *base = NULL;
    vs_status st = vs_variable_open_at(vs_variable_store(v), 1, "a/w", &base);
    const vs_write_options options = {.base = base};

    memcpy(memory, view_of_many().data, sizeof memory);
    memory[7] += 1;
    if (st == VS_OK)
        st = vs_variable_write_with(v, &view, &options);
    vs_variable_free(base);
    return st;
}
static vs_status write_some_way(vs_variable *v)
{
    const vs_view view = view_of_many();

    return vs_variable_write_with(v, &view, NULL);
}
static vs_status add(vs_variable *v)
{
    const vs_view view = view_of_many();

    return vs_variable_assign_add(v, &view);
}
static vs_status swap(vs_variable *v)
{
    const vs_view view = view_of_many();
    int64_t version = 0;
    vs_status st = vs_variable_version(v, &version);

    return st == VS_OK ? vs_variable_compare_and_swap(v, version, &view, NULL)
                       : st;
}
static vs_status tell(vs_variable *v)
{
    const vs_variable_info *info;

    return vs_variable_describe(v, &info);
}
static vs_status count(vs_variable *v)
{
    vs_stats stats;

    return vs_variable_stats(v, &stats);
}
static vs_status chart(vs_variable *v)
{
    static vs_bucket buckets[VS_BUCKETS_MAX];
    int n = 0;

    return vs_variable_histogram(v, buckets, &n);
}
static vs_status members(vs_variable *v)
{
    const char *const *keys;

    return vs_variable_collections(v, &keys);
}
static vs_status loss(vs_variable *v)
{
    double out = 0;

    return vs_variable_loss(v, &out);
}
static vs_status specs(vs_variable *v)
{
    const char *regularizer;
    const char *constraint;

    return vs_variable_rules(v, &regularizer, &constraint);
}
static vs_status start(vs_variable *v)
{
    bool made = false;

    return vs_variable_initialize(v, &made);
}

#define ON(call, name, body)               \
    static vs_status call(struct scene *c) \
    {                                      \
        return call_with(c, name, body);   \
    }
ON(reads, "a/w", read_whole)
ON(reads_small, "a/b", read_whole)
ON(reads_parts, "p", read_whole)
ON(reads_an_alias, "again", read_whole)
ON(reads_a_slice, "a/w", read_some)
ON(reads_pieces, "a/w", read_pieces)
ON(reads_pieces_of_parts, "p", read_pieces)
ON(writes, "a/w", write_whole)
ON(writes_small, "a/b", write_whole)
ON(writes_a_slice, "a/w", write_some)
ON(writes_a_slice_of_parts, "p", write_some)
ON(writes_pieces, "a/w", write_pieces)
ON(writes_pieces_of_parts, "p", write_pieces)
ON(writes_a_delta, "a/w", write_delta)
ON(writes_with_options, "a/w", write_some_way)
ON(swaps, "a/w", swap)
ON(describes, "a/w", tell)
ON(describes_parts, "p", tell)
ON(counts, "a/w", count)
ON(counts_parts, "p", count)
ON(charts, "a/w", chart)
ON(charts_small, "a/b", chart)
ON(tells_collections, "a/w", members)
ON(tells_losses, "a/w", loss)
ON(tells_losses_of_parts, "p", loss)
ON(constrains, "a/w", vs_variable_constrain)
ON(constrains_parts, "p", vs_variable_constrain)
ON(tells_rules, "a/w", specs)
ON(initializes, "d", start)
ON(initializes_parts, "e", start)
ON(reads_columns, "q", read_pieces)

static vs_status reads_then(struct scene *c)
{
    vs_variable *v = NULL;
    const vs_variable_info *info;
    vs_status st = vs_variable_open_at(c->store, 1, "a/w", &v);

    if (st == VS_OK)
        st = read_whole(v);
    if (st == VS_OK)
        st = vs_variable_describe(v, &info);
    vs_variable_free(v);
    return st;
}
static vs_status reads_parts_then(struct scene *c)
{
    vs_variable *v = NULL;
    vs_status st = vs_variable_open_at(c->store, 1, "p", &v);

    if (st == VS_OK)
        st = read_whole(v);
    vs_variable_free(v);
    return st;
}

vs_status call_adds(struct scene *c)
{
    return call_with(c, "a/w", add);
}

vs_status call_writes_parts(struct scene *c)
{
    return call_with(c, "p", write_whole);
}

vs_status call_writes_columns(struct scene *c)
{
    return call_with(c, "q", write_pieces);
}

const struct call calls_of_values[] = {
    {"reads", reads, 0},
    {"reads_small", reads_small, 0},
    {"reads_parts", reads_parts, 0},
    {"reads_an_alias", reads_an_alias, 0},
    {"reads_a_slice", reads_a_slice, 0},
    {"reads_pieces", reads_pieces, 0},
    {"reads_pieces_of_parts", reads_pieces_of_parts, 0},
    {"reads_then", reads_then, 0},
    {"reads_parts_then", reads_parts_then, 0},
    {"writes", writes, 0},
    {"writes_small", writes_small, 0},
    {"writes_a_slice", writes_a_slice, 0},
    {"writes_a_slice_of_parts", writes_a_slice_of_parts, 0},
    {"writes_pieces", writes_pieces, 0},
    {"writes_pieces_of_parts", writes_pieces_of_parts, 0},
    {"writes_a_delta", writes_a_delta, 0},
    {"writes_with_options", writes_with_options, 0},
    {"swaps", swaps, 0},
    {"describes", describes, 0},
    {"describes_parts", describes_parts, 0},
    {"counts", counts, 0},
    {"counts_parts", counts_parts, 0},
    {"charts", charts, 0},
    {"charts_small", charts_small, 0},
    {"tells_collections", tells_collections, 0},
    {"tells_losses", tells_losses, 0},
    {"tells_losses_of_parts", tells_losses_of_parts, 0},
    {"constrains", constrains, 0},
    {"constrains_parts", constrains_parts, 0},
    {"tells_rules", tells_rules, 0},
    {"initializes", initializes, 0},
    {"adds", call_adds, 0},
    {"initializes_parts", initializes_parts, 0},
    {"reads_columns", reads_columns, 0},
    {"writes_columns", call_writes_columns, 0},
    {"writes_parts", call_writes_parts, 0},
    {NULL, NULL, 0},
};
