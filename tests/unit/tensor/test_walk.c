/* test_walk.c - tensor/walk against index-by-index arithmetic.
 *
 * The reference here knows nothing of joined axes: it takes an element's
 * number apart into one index per axis and adds up strides.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "tensor/shape.h"
#include "tensor/walk.h"

#define N_ROUNDS 4000

/* A small generator, so that a failure comes back (Marsaglia's xorshift). */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* 0 .. n - 1 */
static int64_t pick(uint64_t *seed, int64_t n)
{
    return (int64_t)(next_random(seed) % (uint64_t)n);
}

static vs_shape random_shape(uint64_t *seed)
{
    vs_shape s = {(int)pick(seed, 6), {0}};

    for (int i = 0; i < s.rank; i++)
        s.dims[i] = pick(seed, 12) == 0 ? 0 : 1 + pick(seed, 5);
    return s;
}

/* Indices of element k of a row-major tensor. */
static void unravel(const vs_shape *shape, int64_t k, int64_t index[])
{
    for (int i = shape->rank - 1; i >= 0; i--) {
        index[i] = k % shape->dims[i];
        k /= shape->dims[i];
    }
}

static int64_t offset_of(const vs_view *v, int64_t k)
{
    int64_t index[VS_MAX_RANK];
    int64_t at = 0;

    unravel(&v->shape, k, index);
    for (int i = 0; i < v->shape.rank; i++)
        at += index[i] * v->strides[i];
    return at;
}

/* A step so long that there can be no second: whoever takes one element of
 * such a view does not mind. */
static void strides_whose_length_is_no_number_are_not_joined(void **state)
{
    const vs_shape shape = vs_shape_2d(2, 2);
    uint8_t element = 7;
    uint8_t got = 0;
    vs_view view = vs_view_of(VS_U8, &shape, &element);

    (void)state;
    view.strides[0] = INT64_MIN; /* 2 * 2^62, wrapped around */
    view.strides[1] = INT64_C(1) << 62;
    vs__view_gather(&view, 0, 1, &got);
    assert_int_equal(got, 7);
}

/* Memory and a random view into it. */
struct field {
    vs_view view;
    uint8_t *bytes;
    size_t n_bytes;
    size_t size; /* of an element */
};

/* Axes in random order with random gaps and directions; without `distinct`,
 * some stand still (stride 0). */
static struct field random_field(uint64_t *seed, bool distinct)
{
    static const vs_dtype dtypes[] = {VS_U8, VS_BF16, VS_F32, VS_I64, VS_C128};
    const vs_shape shape = random_shape(seed);
    struct field f = {.view = vs_view_of(dtypes[pick(seed, 5)], &shape, NULL)};
    int order[VS_MAX_RANK];
    int64_t extent = 1; /* elements spanned so far */
    int64_t first = 0;  /* where element 0 lies */

    for (int i = 0; i < shape.rank; i++)
        order[i] = i;
    for (int i = shape.rank - 1; i > 0; i--) {
        int j = (int)pick(seed, i + 1);
        int t = order[i];

        order[i] = order[j];
        order[j] = t;
    }
    if (pick(seed, 3) == 0) /* often enough in order, so that axes join */
        for (int i = 0; i < shape.rank; i++)
            order[i] = shape.rank - 1 - i;
    for (int i = 0; i < shape.rank; i++) {
        int64_t dim = shape.dims[order[i]];
        int64_t stride = extent * (pick(seed, 3) == 0 ? 1 + pick(seed, 3) : 1);

        if (!distinct && pick(seed, 4) == 0)
            stride = 0;
        if (dim > 1)
            extent = stride * (dim - 1) + extent;
        if (pick(seed, 4) == 0) {
            first += dim > 1 ? stride * (dim - 1) : 0;
            stride = -stride;
        }
        f.view.strides[order[i]] = stride;
    }
    f.size = vs_dtype_size(f.view.dtype);
    f.n_bytes = (size_t)extent * f.size + 1;
    f.bytes = malloc(f.n_bytes);
    assert_non_null(f.bytes);
    for (size_t i = 0; i < f.n_bytes; i++)
        f.bytes[i] = (uint8_t)next_random(seed);
    /* One byte in: elements need no alignment. */
    f.view.data = f.bytes + 1 + (size_t)first * f.size;
    return f;
}

static uint8_t *element(const struct field *f, int64_t k)
{
    return (uint8_t *)f->view.data + offset_of(&f->view, k) * (int64_t)f->size;
}

static void gather_takes_what_indexing_takes(void **state)
{
    uint64_t seed = 0x9e3779b97f4a7c15;

    (void)state;
    for (int round = 0; round < N_ROUNDS; round++) {
        struct field f = random_field(&seed, false);
        int64_t total = vs__shape_count(&f.view.shape);
        int64_t first = pick(&seed, total + 1);
        int64_t n = pick(&seed, total - first + 1);
        uint8_t *got = malloc((size_t)n * f.size + 1);

        assert_non_null(got);
        got[(size_t)n * f.size] = 0xa5; /* must stay */
        vs__view_gather(&f.view, first, n, got);
        for (int64_t k = 0; k < n; k++)
            assert_memory_equal(got + (size_t)k * f.size,
                                element(&f, first + k), f.size);
        assert_int_equal(got[(size_t)n * f.size], 0xa5);
        free(got);
        free(f.bytes);
    }
}

static void scatter_puts_where_indexing_puts_and_nowhere_else(void **state)
{
    uint64_t seed = 0xd1b54a32d192ed03;

    (void)state;
    for (int round = 0; round < N_ROUNDS; round++) {
        struct field f = random_field(&seed, true);
        int64_t total = vs__shape_count(&f.view.shape);
        int64_t first = pick(&seed, total + 1);
        int64_t n = pick(&seed, total - first + 1);
        uint8_t *src = malloc((size_t)n * f.size + 1);
        uint8_t *want = malloc(f.n_bytes);

        assert_non_null(src);
        assert_non_null(want);
        for (size_t i = 0; i < (size_t)n * f.size; i++)
            src[i] = (uint8_t)next_random(&seed);
        memcpy(want, f.bytes, f.n_bytes);
        for (int64_t k = 0; k < n; k++)
            memcpy(want + (element(&f, first + k) - f.bytes),
                   src + (size_t)k * f.size, f.size);
        vs__view_scatter(&f.view, first, n, src);
        assert_memory_equal(f.bytes, want, f.n_bytes);
        free(want);
        free(src);
        free(f.bytes);
    }
}

static void a_standing_axis_scatters_its_last_value(void **state)
{
    const vs_shape shape = vs_shape_2d(3, 2);
    const uint8_t src[] = {1, 2, 3, 4, 5, 6};
    uint8_t got[2] = {0, 0};
    vs_view v = vs_view_of(VS_U8, &shape, got);

    (void)state;
    v.strides[0] = 0;
    vs__view_scatter(&v, 0, 6, src);
    assert_int_equal(got[0], 5);
    assert_int_equal(got[1], 6);
}

static vs_slice random_slice(uint64_t *seed, const vs_shape *shape)
{
    vs_slice s = vs_slice_all(shape);

    for (int i = 0; i < shape->rank; i++) {
        int64_t dim = shape->dims[i];
        int64_t kind = pick(seed, 4);

        if (kind == 0 || dim == 0)
            continue;
        s.start[i] = pick(seed, dim);
        s.step[i] = 1 + pick(seed, 3);
        s.count[i] = pick(seed, (dim - 1 - s.start[i]) / s.step[i] + 2);
        if (kind == 1) {
            s.count[i] = 1;
            s.dropped |= UINT32_C(1) << i;
        }
        if (s.count[i] <= 1 && pick(seed, 2) == 0)
            s.step[i] = INT64_MAX; /* means nothing, must do nothing */
    }
    return s;
}

/* Element of the tensor that is element k of the slice. */
static int64_t selected(const vs_shape *shape, const vs_slice *s, int64_t k)
{
    vs_shape extents = {shape->rank, {0}};
    int64_t index[VS_MAX_RANK];
    int64_t at = 0;

    memcpy(extents.dims, s->count, sizeof extents.dims);
    unravel(&extents, k, index);
    for (int i = 0; i < shape->rank; i++) {
        int64_t j = index[i] != 0 ? index[i] * s->step[i] : 0;

        at = at * shape->dims[i] + s->start[i] + j;
    }
    return at;
}

static void a_walk_visits_what_indexing_selects(void **state)
{
    uint64_t seed = 0x2545f4914f6cdd1d;

    (void)state;
    for (int round = 0; round < N_ROUNDS; round++) {
        const vs_shape shape = random_shape(&seed);
        const vs_slice s = random_slice(&seed, &shape);
        const vs_shape got = vs_slice_shape(&s);
        int64_t total = vs__shape_count(&got);
        int64_t part = 0;
        struct vs__walk walk;
        struct vs__run run;

        assert_ok(vs__slice_check(&s, &shape, "slice", NULL));
        vs__walk_begin(&walk, &shape, &s);
        while (vs__walk_next(&walk, &run)) {
            assert_true(run.n > 0 && run.part == part);
            for (int64_t k = 0; k < run.n; k++)
                assert_int_equal(run.at + k * run.step,
                                 selected(&shape, &s, part + k));
            part += run.n;
        }
        assert_int_equal(part, total);
        assert_false(vs__walk_next(&walk, &run));
    }
}

/* How many stretches a slice has, and the first of them. */
static int64_t n_runs(const vs_shape *shape, const char *text,
                      struct vs__run *first)
{
    vs_slice s;
    struct vs__walk walk;
    struct vs__run run;
    int64_t n = 0;

    assert_ok(vs_slice_parse(text, shape, &s, NULL));
    vs__walk_begin(&walk, shape, &s);
    for (; n < 1000 && vs__walk_next(&walk, &run); n++)
        if (n == 0)
            *first = run;
    return n;
}

static void axes_taken_whole_are_joined(void **state)
{
    static const struct {
        const char *text;
        int64_t runs;
        struct vs__run first; /* at, part, n, step */
    } rows[] = {
        {"", 1, {0, 0, 600, 1}},        {"2:4", 1, {120, 0, 120, 1}},
        {"3", 1, {180, 0, 60, 1}},      {"3,2:9", 1, {192, 0, 42, 1}},
        {"3,2,1:4", 1, {193, 0, 3, 1}}, {"3,2,1", 1, {193, 0, 1, 1}},
        {"::2", 5, {0, 0, 60, 1}},      {":,0:5", 10, {0, 0, 30, 1}},
        {":,:,2", 1, {2, 0, 100, 6}},   /* a column is one stretch */
        {":,:,::2", 1, {0, 0, 300, 2}}, /* 6 is even: steps meet */
        {":,:,::4", 100, {0, 0, 2, 4}}, {":,::5,0", 1, {0, 0, 20, 30}},
        {":,2,:", 10, {12, 0, 6, 1}},   {"2:2", 0, {0, 0, 0, 0}},
    };
    const vs_shape shape = vs_shape_3d(10, 10, 6);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vs__run first = {0, 0, 0, 0};

        assert_int_equal(n_runs(&shape, rows[i].text, &first), rows[i].runs);
        if (rows[i].first.n == 1)
            first.step = 1; /* of one element there is none */
        assert_memory_equal(&first, &rows[i].first, sizeof first);
    }
}

static void whole_rows_of_a_big_matrix_are_one_run(void **state)
{
    const vs_shape shape = vs_shape_2d((int64_t)1 << 40, (int64_t)1 << 21);
    struct vs__run first = {0, 0, 0, 0};

    (void)state;
    assert_int_equal(n_runs(&shape, "1099511627000:", &first), 1);
    assert_int_equal(first.at, INT64_C(1099511627000) << 21);
    assert_int_equal(first.n, INT64_C(776) << 21);
}

static void a_scalar_is_one_run_of_one(void **state)
{
    const vs_shape scalar = vs_shape_scalar();
    struct vs__run first = {0, 0, 0, 0};

    (void)state;
    assert_int_equal(n_runs(&scalar, "", &first), 1);
    assert_int_equal(first.at, 0);
    assert_int_equal(first.n, 1);
}

static void nothing_to_copy_touches_no_memory(void **state)
{
    const vs_shape none = vs_shape_2d(0, 3);
    const vs_view v = vs_view_of(VS_F32, &none, NULL);

    (void)state;
    vs__view_gather(&v, 0, 0, NULL);
    vs__view_scatter(&v, 0, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strides_whose_length_is_no_number_are_not_joined),
        cmocka_unit_test(gather_takes_what_indexing_takes),
        cmocka_unit_test(scatter_puts_where_indexing_puts_and_nowhere_else),
        cmocka_unit_test(a_standing_axis_scatters_its_last_value),
        cmocka_unit_test(a_walk_visits_what_indexing_selects),
        cmocka_unit_test(axes_taken_whole_are_joined),
        cmocka_unit_test(whole_rows_of_a_big_matrix_are_one_run),
        cmocka_unit_test(a_scalar_is_one_run_of_one),
        cmocka_unit_test(nothing_to_copy_touches_no_memory),
    };

    return cmocka_run_group_tests_name("tensor.walk", tests, NULL, NULL);
}
