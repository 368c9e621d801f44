/* spec.c - see spec.h. */
#include "spec.h"

#include <stdlib.h>
#include <string.h>

#include "getters.h"

void *arena_take(struct arena *arena, size_t n)
{
    void **blocks =
        realloc(arena->blocks, (arena->n + 1) * sizeof *arena->blocks);
    void *block = calloc(1, n != 0 ? n : 1);

    if (blocks == NULL || block == NULL)
        op_refuse("out of memory", "");
    arena->blocks = blocks;
    blocks[arena->n++] = block;
    return block;
}

void arena_done(struct arena *arena)
{
    for (size_t i = 0; i < arena->n; i++)
        free(arena->blocks[i]);
    free(arena->blocks);
    memset(arena, 0, sizeof *arena);
}

char *arena_keep(struct arena *arena, const char *text)
{
    const size_t n = strlen(text) + 1;

    return memcpy(arena_take(arena, n), text, n);
}

vs_dtype spec_dtype(const char *text)
{
    vs_dtype dtype = VS_DTYPE_NONE;

    if (text != NULL && strcmp(text, "none") != 0 &&
        vs_dtype_parse(text, &dtype) != VS_OK)
        op_refuse("an unknown dtype", text);
    return dtype;
}

static vs_shape spec_shape(const char *text)
{
    vs_shape shape;

    if (vs_shape_parse(text, &shape, NULL) != VS_OK)
        op_refuse("not a shape", text);
    return shape;
}

static int64_t spec_seed(const char *text)
{
    return strcmp(text, "-") == 0 ? VS_NO_SEED : strtoll(text, NULL, 10);
}

/* A tensor of `n` elements from their text, "1,2,3". */
static const vs_view *spec_tensor(const char *dtype_text, const vs_shape *shape,
                                  const char *elements, struct arena *arena)
{
    const vs_dtype dtype = spec_dtype(dtype_text);
    const size_t size = vs_dtype_size(dtype);
    vs_view *view = arena_take(arena, sizeof *view);
    char *text = arena_keep(arena, elements);
    char *data;
    int64_t n;

    if (vs_shape_count(shape, &n) != VS_OK)
        op_refuse("a tensor without a shape", elements);
    data = arena_take(arena, (size_t)n * size);
    for (int64_t i = 0; i < n; i++) {
        const char *two[2] = {"", ""};

        (void)cut(text, ',', two, 2);
        if (vs_element_parse(dtype, two[0], data + (size_t)i * size, NULL) !=
            VS_OK)
            op_refuse("not such an element", two[0]);
        text += strlen(two[0]) + (two[1][0] != '\0');
    }
    *view = vs_view_of(dtype, shape, data);
    return view;
}

/* "list:f32:1,2,3" and "value:f32:[2]:1,2". */
static vs_initializer tensor_initializer(const char **f, int n,
                                         struct arena *arena)
{
    vs_shape shape;

    if (strcmp(f[0], "list") == 0 && n == 3) {
        int64_t count = 1;

        for (const char *c = f[2]; *c != '\0'; c++)
            count += *c == ',';
        shape = vs_shape_1d(count);
        return vs_constant_list(spec_tensor(f[1], &shape, f[2], arena));
    }
    if (strcmp(f[0], "value") != 0 || n != 4)
        op_refuse("not an initializer", f[0]);
    shape = spec_shape(f[2]);
    return vs_value(spec_tensor(f[1], &shape, f[3], arena));
}

/* "scaling:2:in:normal:7". */
static vs_initializer scaling_initializer(const char **f)
{
    static const char *const fans[] = {"in", "out", "avg"};
    static const char *const kinds[] = {"truncated", "", "normal", "uniform"};
    int fan = 0;
    int kind = 0;

    while (fan < 3 && strcmp(fans[fan], f[2]) != 0)
        fan++;
    while (kind < 4 && strcmp(kinds[kind], f[3]) != 0)
        kind++;
    return vs_variance_scaling(strtod(f[1], NULL), (vs_fan)fan,
                               (vs_scaling)kind, spec_seed(f[4]));
}

typedef vs_initializer seeded(int64_t seed);
typedef vs_initializer scaled(double a, int64_t seed);
typedef vs_initializer ranged(double a, double b, int64_t seed);

/* Makers by what follows the name: SEED, A:SEED, or A:B:SEED. */
static const struct maker {
    const char *name;
    seeded *seed;
    scaled *scale;
    ranged *range;
} makers[] = {
    {"glorot_uniform", vs_glorot_uniform, NULL, NULL},
    {"glorot_normal", vs_glorot_normal, NULL, NULL},
    {"lecun_uniform", vs_lecun_uniform, NULL, NULL},
    {"lecun_normal", vs_lecun_normal, NULL, NULL},
    {"he_uniform", vs_he_uniform, NULL, NULL},
    {"he_normal", vs_he_normal, NULL, NULL},
    {"unit", NULL, vs_uniform_unit_scaling, NULL},
    {"orthogonal", NULL, vs_orthogonal, NULL},
    {"delta", NULL, vs_delta_orthogonal, NULL},
    {"uniform", NULL, NULL, vs_random_uniform},
    {"normal", NULL, NULL, vs_random_normal},
    {"truncated", NULL, NULL, vs_truncated_normal},
};

static vs_initializer random_initializer(const char **f, int n)
{
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        const struct maker *m = &makers[i];

        if (strcmp(m->name, f[0]) != 0)
            continue;
        if (m->seed != NULL && n == 2)
            return m->seed(spec_seed(f[1]));
        if (m->scale != NULL && n == 3)
            return m->scale(strtod(f[1], NULL), spec_seed(f[2]));
        if (m->range != NULL && n == 4)
            return m->range(strtod(f[1], NULL), strtod(f[2], NULL),
                            spec_seed(f[3]));
    }
    op_refuse("not an initializer", f[0]);
}

vs_initializer spec_initializer(const char *text, struct arena *arena)
{
    const char *f[6] = {"", "", "", "", "", ""};
    const int n = cut(arena_keep(arena, text), ':', f, 6);

    if (strcmp(f[0], "none") == 0)
        return vs_initializer_of(VS_INIT_DEFAULT, 0, 0, VS_NO_SEED);
    if (strcmp(f[0], "zeros") == 0)
        return vs_zeros();
    if (strcmp(f[0], "ones") == 0)
        return vs_ones();
    if (strcmp(f[0], "const") == 0 && n == 2)
        return vs_constant(strtod(f[1], NULL));
    if (strcmp(f[0], "identity") == 0 && n == 2)
        return vs_identity(strtod(f[1], NULL));
    if (strcmp(f[0], "scaling") == 0 && n == 5)
        return scaling_initializer(f);
    if (strcmp(f[0], "list") == 0 || strcmp(f[0], "value") == 0)
        return tensor_initializer(f, n, arena);
    return random_initializer(f, n);
}

vs_reuse spec_reuse(const char *text)
{
    if (text == NULL)
        return VS_REUSE_INHERIT;
    if (strcmp(text, "none") == 0)
        return VS_REUSE_NONE;
    if (strcmp(text, "true") == 0)
        return VS_REUSE_TRUE;
    if (strcmp(text, "auto") == 0)
        return VS_REUSE_AUTO;
    return (vs_reuse)99; /* no mode at all: E9 */
}

/* "fixed:PARTS:AXIS", "bytes:BYTES:AXIS:PARTS", "minmax:PARTS:AXIS:BYTES". */
static vs_partitioner partitioner_of(const char *text, struct arena *arena)
{
    const char *f[4] = {"", "", "0", "0"};
    const int n = cut(arena_keep(arena, text), ':', f, 4);
    const int64_t a = strtoll(f[1], NULL, 10);
    const int64_t c = strtoll(f[3], NULL, 10);
    const int axis = (int)strtol(f[2], NULL, 10);

    if (strcmp(f[0], "fixed") == 0 && n == 3)
        return vs_fixed_size_partitioner(a, axis);
    if (strcmp(f[0], "bytes") == 0 && n == 4)
        return vs_variable_axis_size_partitioner(a, axis, c);
    if (strcmp(f[0], "minmax") != 0 || n != 4)
        op_refuse("not a partitioner", text);
    return vs_min_max_partitioner(a, axis, c);
}

/* Draws for each part, as TensorFlow does; after "sliced:" for the whole, as
 * the library does unless it is told. */
vs_partitioner spec_partitioner(const char *text, struct arena *arena)
{
    static const char sliced[] = "sliced:";
    const bool slices = strncmp(text, sliced, sizeof sliced - 1) == 0;
    vs_partitioner p =
        partitioner_of(text + (slices ? sizeof sliced - 1 : 0), arena);

    p.per_part = !slices;
    return p;
}

/* "l1l2:L1:L2", with the whole sum of squares; "none". */
vs_regularizer spec_regularizer(const char *text)
{
    char *at;
    double l1;

    if (strcmp(text, "none") == 0)
        return vs_no_regularizer();
    if (strncmp(text, "l1l2:", 5) != 0)
        op_refuse("not a regularizer", text);
    l1 = strtod(text + 5, &at);
    return vs_keras_l1_l2(l1, strtod(at + 1, NULL));
}

/* "nonneg", "maxnorm": only that there is one is told. */
static vs_constraint spec_constraint(const char *text)
{
    if (text == NULL)
        return vs_constraint_of(VS_CONSTRAINT_DEFAULT, 0, 0, 0, 0);
    return strcmp(text, "nonneg") == 0 ? vs_non_neg()
                                       : vs_max_norm(2, VS_AXIS(0));
}

vs_tristate spec_tristate(const char *text)
{
    if (text == NULL)
        return VS_UNSET;
    return strcmp(text, "yes") == 0 ? VS_YES : VS_NO;
}

vs_scope_options spec_scope(const struct op *op, struct arena *arena)
{
    const char *init = op_value(op, "init");
    vs_scope_options options = {
        .default_name = op_value(op, "default"),
        .reuse = spec_reuse(op_value(op, "reuse")),
        .dtype = spec_dtype(op_value(op, "dtype")),
        .constraint = spec_constraint(op_value(op, "con")),
        .caching_device = op_value(op, "cache"),
        .use_resource = spec_tristate(op_value(op, "resource"))};

    if (op_value(op, "reg") != NULL)
        options.regularizer = spec_regularizer(op_value(op, "reg"));
    if (op_value(op, "part") != NULL)
        options.partitioner = spec_partitioner(op_value(op, "part"), arena);
    if (op_value(op, "getter") != NULL)
        options.getter = getter_of(op_value(op, "getter"), arena);
    if (init != NULL)
        options.initializer = spec_initializer(init, arena);
    return options;
}

/* "a,b" as a NULL-terminated list; "" is an empty one. */
const char *const *spec_names(const char *text, struct arena *arena)
{
    const char **names = arena_take(arena, 17 * sizeof *names);

    if (text[0] != '\0')
        (void)cut(arena_keep(arena, text), ',', names, 16);
    return names;
}

static const vs_shape *keep_shape(const char *text, struct arena *arena)
{
    vs_shape *shape = arena_take(arena, sizeof *shape);

    *shape = spec_shape(text);
    return shape;
}

static const vs_getter *keep_getter(const char *text, struct arena *arena)
{
    vs_getter *getter = arena_take(arena, sizeof *getter);

    *getter = getter_of(text, arena);
    return getter;
}

vs_variable_spec spec_variable(const struct op *op, struct arena *arena)
{
    vs_variable_spec spec = {
        .dtype = spec_dtype(op_value(op, "dtype")),
        .trainable = spec_tristate(op_value(op, "trainable")),
        .constraint = spec_constraint(op_value(op, "con")),
        .caching_device = op_value(op, "cache"),
        .use_resource = spec_tristate(op_value(op, "resource")),
        .validate_shape = spec_tristate(op_value(op, "validate"))};

    if (op_value(op, "shape") != NULL)
        spec.shape = keep_shape(op_value(op, "shape"), arena);
    if (op_value(op, "init") != NULL)
        spec.initializer = spec_initializer(op_value(op, "init"), arena);
    if (op_value(op, "part") != NULL)
        spec.partitioner = spec_partitioner(op_value(op, "part"), arena);
    if (op_value(op, "reg") != NULL)
        spec.regularizer = spec_regularizer(op_value(op, "reg"));
    if (op_value(op, "getter") != NULL)
        spec.getter = keep_getter(op_value(op, "getter"), arena);
    if (op_value(op, "collections") != NULL)
        spec.collections = spec_names(op_value(op, "collections"), arena);
    return spec;
}
