/* test_extract.c - format/extract: slices, orders and byte orders, in pieces,
 * against the same computed element by element.
 */
#include "support.h"

#include "format/extract.h"

#include "foreign.h"

/* A tensor whose element at row-major index i is the number i + 1. */
struct made {
    struct vs__input in;
    struct vs__stored tensor;
};

/* Where the row-major element `i` lies in Fortran order. */
static int64_t turned(const vs_shape *shape, int64_t i)
{
    int64_t index[VS_MAX_RANK];
    int64_t at = 0;

    for (int k = shape->rank - 1; k >= 0; k--) {
        index[k] = i % shape->dims[k];
        i /= shape->dims[k];
    }
    for (int k = shape->rank - 1; k >= 0; k--)
        at = at * shape->dims[k] + index[k];
    return at;
}

static struct made made_of(vs_shape shape, bool fortran, bool big)
{
    struct made m;
    int64_t n = 0;
    uint8_t *bytes;

    memset(&m, 0, sizeof m);
    assert_ok(vs_shape_count(&shape, &n));
    bytes = malloc((size_t)n * 4 + 4);
    assert_non_null(bytes);
    memset(bytes, 0xee, 4); /* the tensor begins at byte 4 */
    for (int64_t i = 0; i < n; i++) {
        uint8_t *p = bytes + 4 + 4 * (fortran ? turned(&shape, i) : i);

        for (int b = 0; b < 4; b++)
            p[b] = (uint8_t)((uint32_t)(i + 1) >> 8 * (big ? 3 - b : b));
    }
    m.in = input_of_copy(bytes, (size_t)n * 4 + 4);
    free(bytes);
    m.tensor.entry = (vs_file_entry){"w", VS_I32, shape, n, n * 4};
    m.tensor.offset = 4;
    m.tensor.big = big;
    m.tensor.fortran = fortran;
    return m;
}

struct gathered {
    int32_t *to;     /* where elements go */
    int64_t next;    /* element that must come next */
    int64_t stop_at; /* refuse from this element on; -1: never */
    int64_t longest; /* piece seen */
};

static vs_status take(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct gathered *g = ctx;

    assert_int_equal(first, g->next);
    assert_true(n > 0);
    assert_int_equal((uintptr_t)src % 4, 0);
    if (g->stop_at >= 0 && first + n > g->stop_at)
        return VS_ERR_CANCELLED;
    memcpy(g->to + first, src, (size_t)n * 4);
    g->next = first + n;
    g->longest = n > g->longest ? n : g->longest;
    return VS_OK;
}

static void assert_streams(vs_shape shape, bool fortran, bool big)
{
    struct made m = made_of(shape, fortran, big);
    const int64_t n = m.tensor.entry.n_elements;
    struct gathered g = {malloc((size_t)n * 4 + 1), 0, -1, 0};
    const vs_sink sink = {take, &g};

    assert_non_null(g.to);
    assert_ok(vs__extract_to(&m.in, &m.tensor, sink, NULL));
    assert_int_equal(g.next, n);
    assert_true(g.longest <= 1 << 18);
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(g.to[i], i + 1);
    free(g.to);
    vs__input_close(&m.in);
}

static void a_tensor_streams_in_row_major_order(void **state)
{
    static const vs_shape shapes[] = {
        {0, {0}},       {1, {1}},          {1, {600000}},
        {2, {0, 5}},    {2, {3, 5}},       {2, {700, 900}},
        {3, {4, 3, 5}}, {4, {2, 3, 4, 5}}, {3, {1, 70000, 1}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int form = 0; form < 4; form++)
            assert_streams(shapes[i], (form & 1) != 0, (form & 2) != 0);
}

static void fortran_arrays_beyond_the_buffer_stream_too(void **state)
{
    (void)state;
    assert_streams(vs_shape_2d(1700, 1500), true, false); /* many rows */
    assert_streams(vs_shape_2d(2, 2200000), true, false); /* a row too long */
    assert_streams(vs_shape_3d(2, 2, 2100000), true, false);
    assert_streams(vs_shape_2d(2200000, 2), true, false); /* tall */
}

static void an_empty_tensor_gives_the_sink_nothing(void **state)
{
    struct made m = made_of(vs_shape_2d(3, 0), true, false);
    struct gathered g = {NULL, 0, 0, 0};
    const vs_sink sink = {take, &g};

    (void)state;
    assert_ok(vs__extract_to(&m.in, &m.tensor, sink, NULL));
    assert_int_equal(g.next, 0);
    vs__input_close(&m.in);
}

static void assert_stops(bool fortran)
{
    struct made m = made_of(vs_shape_2d(700, 900), fortran, false);
    struct gathered g = {malloc(700 * 900 * 4), 0, 400000, 0};
    const vs_sink sink = {take, &g};
    vs_error err;

    assert_non_null(g.to);
    assert_status(VS_ERR_CANCELLED,
                  vs__extract_to(&m.in, &m.tensor, sink, &err));
    assert_int_equal(err.status, VS_ERR_CANCELLED);
    assert_int_equal(g.next, 1 << 18);
    free(g.to);
    vs__input_close(&m.in);
}

static void a_sink_may_stop_the_stream(void **state)
{
    struct made m = made_of(vs_shape_1d(5), false, false);
    struct gathered g = {NULL, 0, 0, 0};
    const vs_sink sink = {take, &g};

    (void)state;
    assert_stops(false);
    assert_stops(true);
    assert_status(VS_ERR_CANCELLED,
                  vs__extract_to(&m.in, &m.tensor, sink, NULL));
    vs__input_close(&m.in);
}

static vs_status take_with_words(int64_t first, int64_t n, const void *src,
                                 void *ctx)
{
    vs_error *err = ctx;

    (void)first;
    (void)n;
    (void)src;
    err->status = VS_ERR_FULL;
    (void)strcpy(err->message, "the sink's own words");
    return VS_ERR_FULL;
}

static void words_of_the_sink_stay(void **state)
{
    struct made m = made_of(vs_shape_1d(5), false, false);
    vs_error err;
    const vs_sink sink = {take_with_words, &err};

    (void)state;
    assert_status(VS_ERR_FULL, vs__extract_to(&m.in, &m.tensor, sink, &err));
    assert_string_equal(err.message, "the sink's own words");
    vs__input_close(&m.in);
}

/* The row-major index in the tensor of element `part` of the slice. */
static int64_t element_of(const vs_shape *shape, const vs_slice *s,
                          int64_t part)
{
    int64_t at = 0;
    int64_t stride = 1;

    for (int k = shape->rank - 1; k >= 0; k--) {
        at += (s->start[k] + part % s->count[k] * s->step[k]) * stride;
        part /= s->count[k];
        stride *= shape->dims[k];
    }
    return at;
}

/* Reads a slice into a view whose axes lie in reverse, two elements apart if
 * `loose`, or into a plain one. */
static void assert_slice(const struct made *m, const vs_slice *s, bool loose)
{
    const vs_shape extent = vs_slice_shape(s);
    int64_t n = 0;
    int32_t *to;
    vs_view view;

    assert_ok(vs_shape_count(&extent, &n));
    to = calloc((size_t)n * 2 + 1, 4);
    assert_non_null(to);
    view = vs_view_of(VS_I32, &extent, to);
    for (int64_t k = 0, stride = 2; loose && k < extent.rank; k++) {
        view.strides[k] = stride;
        stride *= extent.dims[k];
    }
    assert_ok(vs__extract(&m->in, &m->tensor, s, &view, NULL));
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = loose ? 2 * turned(&extent, i) : i;

        assert_int_equal(to[at], element_of(&m->tensor.entry.shape, s, i) + 1);
    }
    free(to);
}

static uint64_t next_random(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

static vs_slice random_slice(const vs_shape *shape, uint64_t *x)
{
    vs_slice s = vs_slice_all(shape);

    for (int k = 0; k < shape->rank; k++) {
        const int64_t dim = shape->dims[k];

        if (next_random(x) % 3 == 0)
            continue;
        s.start[k] = (int64_t)(next_random(x) % (uint64_t)dim);
        s.step[k] = 1 + (int64_t)(next_random(x) % 3);
        s.count[k] = 1 + (dim - 1 - s.start[k]) / s.step[k];
        s.count[k] = 1 + (int64_t)(next_random(x) % (uint64_t)s.count[k]);
        if (s.count[k] == 1 && next_random(x) % 2 == 0)
            s.dropped |= UINT32_C(1) << k;
    }
    return s;
}

static void any_slice_is_read_into_any_view(void **state)
{
    static const vs_shape shapes[] = {
        {1, {50}},         {2, {7, 11}},    {3, {5, 6, 7}},
        {4, {3, 4, 2, 5}}, {2, {40, 9000}},
    };
    uint64_t x = 11;

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        for (int form = 0; form < 4; form++) {
            struct made m =
                made_of(shapes[i], (form & 1) != 0, (form & 2) != 0);

            for (int k = 0; k < 30; k++) {
                const vs_slice s = random_slice(&shapes[i], &x);

                assert_slice(&m, &s, k % 2 == 1);
            }
            vs__input_close(&m.in);
        }
    }
}

static void bools_become_zero_or_one(void **state)
{
    const struct vs__input in = vs__input_of("\0\1\2\377", 4);
    const struct vs__stored tensor = {
        {"w", VS_BOOL, {1, {4}}, 4, 4}, 0, false, false};
    const vs_slice all = vs_slice_all(&tensor.entry.shape);
    uint8_t out[4];
    const vs_view view = vs_view_of(VS_BOOL, &tensor.entry.shape, out);

    (void)state;
    assert_ok(vs__extract(&in, &tensor, &all, &view, NULL));
    assert_memory_equal(out, "\0\1\1\1", 4);
}

static void a_byte_has_no_order(void **state)
{
    const struct vs__input in = vs__input_of("\1\2\3\4", 4);
    const struct vs__stored tensor = {
        {"w", VS_U8, {1, {4}}, 4, 4}, 0, true, false};
    const vs_slice all = vs_slice_all(&tensor.entry.shape);
    uint8_t out[4];
    const vs_view view = vs_view_of(VS_U8, &tensor.entry.shape, out);

    (void)state;
    assert_ok(vs__extract(&in, &tensor, &all, &view, NULL));
    assert_memory_equal(out, "\1\2\3\4", 4);
}

static void complex_numbers_are_swapped_by_part(void **state)
{
    static const char bytes[] = "\x3f\x80\0\0\xc0\0\0\0";
    const struct vs__input in = vs__input_of(bytes, 8);
    const struct vs__stored tensor = {
        {"w", VS_C64, {0, {0}}, 1, 8}, 0, true, false};
    const vs_slice all = vs_slice_all(&tensor.entry.shape);
    float out[2];
    const vs_view view = vs_view_of(VS_C64, &tensor.entry.shape, out);

    (void)state;
    assert_ok(vs__extract(&in, &tensor, &all, &view, NULL));
    assert_true(out[0] == 1 && out[1] == -2);
}

static vs_status refuse_read(void *ctx, int64_t offset, void *dst, size_t n,
                             vs_error *err)
{
    (void)ctx;
    (void)offset;
    (void)dst;
    (void)n;
    (void)err;
    return VS_ERR_IO;
}

static void read_failures_pass(void **state)
{
    struct made m = made_of(vs_shape_2d(3, 5), true, false);
    struct gathered g = {NULL, 0, -1, 0};
    const vs_sink sink = {take, &g};
    const vs_slice all = vs_slice_all(&m.tensor.entry.shape);
    int32_t out[15];
    const vs_view view = vs_view_of(VS_I32, &m.tensor.entry.shape, out);
    const vs_shape three_by_two = vs_shape_2d(3, 2);
    const vs_view few = vs_view_of(VS_I32, &three_by_two, out);
    vs_slice step = all;
    struct vs__input bad = {refuse_read, NULL, NULL, 64, "bad"};

    (void)state;
    assert_status(VS_ERR_IO, vs__extract_to(&bad, &m.tensor, sink, NULL));
    assert_status(VS_ERR_IO, vs__extract(&bad, &m.tensor, &all, &view, NULL));
    m.tensor.fortran = false;
    assert_status(VS_ERR_IO, vs__extract_to(&bad, &m.tensor, sink, NULL));
    step.count[1] = 2; /* one by one */
    step.step[1] = 4;
    assert_status(VS_ERR_IO, vs__extract(&bad, &m.tensor, &step, &few, NULL));
    vs__input_close(&m.in);
}

static vs_status stream(void *ctx)
{
    struct made *m = ctx;
    int32_t out[15];
    struct gathered g = {out, 0, -1, 0};
    const vs_sink sink = {take, &g};

    return vs__extract_to(&m->in, &m->tensor, sink, NULL);
}

static void running_out_of_memory_is_an_error(void **state)
{
    struct made m = made_of(vs_shape_2d(3, 5), true, false);

    (void)state;
    assert_int_equal(test_each_allocation_failing(stream, &m, false), 3);
    vs__input_close(&m.in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tensor_streams_in_row_major_order),
        cmocka_unit_test(fortran_arrays_beyond_the_buffer_stream_too),
        cmocka_unit_test(an_empty_tensor_gives_the_sink_nothing),
        cmocka_unit_test(a_sink_may_stop_the_stream),
        cmocka_unit_test(words_of_the_sink_stay),
        cmocka_unit_test(any_slice_is_read_into_any_view),
        cmocka_unit_test(bools_become_zero_or_one),
        cmocka_unit_test(a_byte_has_no_order),
        cmocka_unit_test(complex_numbers_are_swapped_by_part),
        cmocka_unit_test(read_failures_pass),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("format.extract", tests, NULL, NULL);
}
