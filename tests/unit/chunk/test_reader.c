/* test_reader.c - chunk/reader against index-by-index arithmetic over plain
 * bytes, and what it does not read.
 */
#include "values.h"

#include "chunk/reader.h"

#define N_VALUES 24
#define N_SLICES 12

static vs_status read_slice(struct base *b, int64_t version,
                            const struct value *v, const vs_slice *slice,
                            const vs_view *into)
{
    return vs__chunks_read(&b->pool, version, v->dtype, &v->plan, &v->shape,
                           slice, into);
}

/* Reads a slice into a strided view and compares every byte of its memory. */
static void check_slice(struct base *b, const struct value *v, uint64_t *seed)
{
    const vs_slice slice = random_slice(seed, &v->shape);
    const vs_shape part = vs_slice_shape(&slice);
    struct field f = random_field(seed, v->dtype, &part);
    uint8_t *want = memory(f.n_bytes);

    memcpy(want, f.bytes, f.n_bytes);
    for (int64_t k = 0; k < count(&part); k++)
        memcpy(want + (element(&f, k) - f.bytes),
               v->bytes + (size_t)selected(&v->shape, &slice, k) * v->size,
               v->size);
    assert_ok(read_slice(b, 1, v, &slice, &f.view));
    assert_memory_equal(f.bytes, want, f.n_bytes);
    free(want);
    free(f.bytes);
}

static void any_slice_is_what_indexing_selects(void **state)
{
    static const vs_dtype dtypes[] = {VS_U8, VS_BF16, VS_F32, VS_I64, VS_C128};
    uint64_t seed = 0x2545F4914F6CDD1D;
    struct base b;

    base_open(&b, state);
    for (int round = 0; round < N_VALUES; round++) {
        const vs_dtype dtype = dtypes[pick(&seed, 5)];
        const vs_shape shape = random_shape(&seed, vs_dtype_size(dtype));
        struct value v = value_make(&b, 1, dtype, shape, (uint64_t)round);

        for (int i = 0; i < N_SLICES; i++)
            check_slice(&b, &v, &seed);
        assert_ok(vs__chunks_drop(&b.pool, 1));
        free(v.bytes);
    }
    vs__pool_rest(&b.pool);
    assert_int_equal(n_chunks(&b), 0);
    base_close(&b);
}

static void the_whole_value_comes_back(void **state)
{
    const vs_shape shape = vs_shape_3d(5, 300, 7);
    const vs_slice all = vs_slice_all(&shape);
    struct value v;
    struct base b;
    uint8_t *got;
    size_t n;
    vs_view view;

    base_open(&b, state);
    v = value_make(&b, 1, VS_F64, shape, 1);
    n = (size_t)v.plan.n_elements * v.size;
    got = memory(n);
    view = vs_view_of(VS_F64, &shape, got);
    assert_ok(read_slice(&b, 1, &v, &all, &view));
    assert_memory_equal(got, v.bytes, n);
    free(got);
    free(v.bytes);
    base_close(&b);
}

/* Reads elements [first, end) with a step into memory of just that size. */
static void check_range(struct base *b, const struct value *v, int64_t first,
                        int64_t end, int64_t step)
{
    vs_slice slice = vs_slice_all(&v->shape);
    struct field f;
    vs_shape part;

    slice.start[0] = first;
    slice.count[0] = (end - first - 1) / step + 1;
    slice.step[0] = step;
    part = vs_slice_shape(&slice);
    f.n_bytes = (size_t)slice.count[0] * v->size;
    f.bytes = memory(f.n_bytes);
    f.view = vs_view_of(v->dtype, &part, f.bytes);
    assert_ok(read_slice(b, 1, v, &slice, &f.view));
    for (int64_t k = 0; k < slice.count[0]; k++)
        assert_memory_equal(element(&f, k),
                            v->bytes + (size_t)(first + k * step) * v->size,
                            v->size);
    free(f.bytes);
}

/* Every range whose ends are at, before and after the borders of chunks. */
static void ranges_may_end_anywhere_about_a_border(void **state)
{
    const int64_t per = CHUNK / 4;
    const int64_t n = 3 * per + 5;
    struct value v;
    struct base b;

    base_open(&b, state);
    v = value_make(&b, 1, VS_F32, vs_shape_1d(n), 1);
    for (int64_t first = 0; first < n; first += first % per == 1 ? per - 2 : 1)
        for (int64_t end = first + 1; end <= n;
             end += end % per == 1 && end > first + 3 ? per - 2 : 1)
            for (int64_t step = 1; step <= 3; step++)
                check_range(&b, &v, first, end, step);
    free(v.bytes);
    base_close(&b);
}

/* Rows 10 to 19 of 40 lie in chunks 2 to 4 of 10; the others are damaged. */
static void only_chunks_of_the_slice_are_read(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice rows = vs_slice_rows(&shape, 10, 10);
    const vs_shape part = vs_slice_shape(&rows);
    float *got = memory(10 * 256 * sizeof *got);
    const vs_view view = vs_view_of(VS_F32, &part, got);
    struct value v;
    struct base b;

    base_open(&b, state);
    v = value_make(&b, 1, VS_F32, shape, 1);
    assert_int_equal(v.plan.n_chunks, 10);
    for (int64_t chunk = 1; chunk <= 10; chunk++)
        if (chunk < 3 || chunk > 5)
            spoil(&b, chunk);
    assert_ok(read_slice(&b, 1, &v, &rows, &view));
    assert_memory_equal(got, v.bytes + 10 * 256 * 4, 10 * 256 * 4);
    spoil(&b, 4);
    assert_status(VS_ERR_CORRUPT, read_slice(&b, 1, &v, &rows, &view));
    assert_words(&b, "chunk 4: ");
    free(got);
    free(v.bytes);
    base_close(&b);
}

static void a_column_is_one_element_of_each_chunk(void **state)
{
    const vs_shape shape = vs_shape_2d(64, 700); /* a row is 2800 bytes */
    struct value v;
    struct base b;
    vs_slice column;
    vs_shape part;
    vs_view view;
    float got[64];

    base_open(&b, state);
    v = value_make(&b, 1, VS_F32, shape, 1);
    assert_int_equal(v.plan.n_chunks, 64);
    assert_ok(vs_slice_parse(":, 13", &shape, &column, NULL));
    part = vs_slice_shape(&column);
    view = vs_view_of(VS_F32, &part, got);
    assert_ok(read_slice(&b, 1, &v, &column, &view));
    for (size_t i = 0; i < 64; i++)
        assert_memory_equal(&got[i], v.bytes + (i * 700 + 13) * 4, 4);
    free(v.bytes);
    base_close(&b);
}

static void an_empty_slice_reads_nothing(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice none = vs_slice_rows(&shape, 7, 0);
    const vs_shape part = vs_slice_shape(&none);
    const vs_view view = vs_view_of(VS_F32, &part, NULL);
    struct value v;
    struct base b;

    base_open(&b, state);
    v = value_make(&b, 0, VS_F32, shape, 1); /* there is no version 1 */
    assert_ok(read_slice(&b, 1, &v, &none, &view));
    free(v.bytes);
    base_close(&b);
}

static void a_missing_chunk_is_damage(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice all = vs_slice_all(&shape);
    float *got = memory(40 * 256 * sizeof *got);
    const vs_view view = vs_view_of(VS_F32, &shape, got);
    struct value v;
    struct base b;

    base_open(&b, state);
    v = value_make(&b, 1, VS_F32, shape, 1);
    tell(&b, "DELETE FROM version_chunk WHERE version = $1 AND ordinal = 6", 1);
    assert_status(VS_ERR_CORRUPT, read_slice(&b, 1, &v, &all, &view));
    assert_words(&b, "version 1: its chunk 6 is missing");
    free(got);
    free(v.bytes);
    base_close(&b);
}

static void a_chunk_of_another_variable_is_damage(void **state)
{
    const vs_shape shape = vs_shape_2d(40, 256);
    const vs_slice all = vs_slice_all(&shape);
    float *got = memory(40 * 256 * sizeof *got);
    const vs_view view = vs_view_of(VS_F32, &shape, got);
    struct value v;
    struct value other;
    struct base b;

    base_open(&b, state);
    v = value_make(&b, 1, VS_F32, shape, 1);
    other = value_make(&b, 2, VS_I32, shape, 2);
    tell(&b,
         "UPDATE version_chunk SET chunk = $1 "
         "WHERE version = 1 AND ordinal = 6",
         17);
    assert_status(VS_ERR_CORRUPT, read_slice(&b, 1, &v, &all, &view));
    assert_words(&b, "chunk 17: has 4096 bytes of dtype 8, want 4096 of dtype "
                     "12");
    free(got);
    free(v.bytes);
    free(other.bytes);
    base_close(&b);
}

/* A sink that compares what it is given with the value. */
struct taker {
    const struct value *value;
    int64_t next;  /* element expected next */
    int64_t calls; /* so far */
    int64_t stops; /* the call that stops, from 1; 0: none */
};

static vs_status take(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct taker *t = ctx;
    const size_t size = t->value->size;

    assert_int_equal(first, t->next);
    assert_memory_equal(src, t->value->bytes + (size_t)first * size,
                        (size_t)n * size);
    t->next += n;
    return ++t->calls == t->stops ? VS_ERR_CANCELLED : VS_OK;
}

static vs_status read_to(struct base *b, struct taker *t,
                         struct vs__digest *chain)
{
    const vs_sink sink = {take, t};

    return vs__chunks_read_to(&b->pool, 1, t->value->dtype, &t->value->plan,
                              sink, chain);
}

static void a_sink_is_given_every_element_in_order(void **state)
{
    const vs_shape shape = vs_shape_2d(301, 33);
    struct vs__digest want;
    struct vs__digest chain;
    struct value v;
    struct taker t = {&v, 0, 0, 0};
    struct base b;
    int64_t n = 0;

    base_open(&b, state);
    v = value_make(&b, 1, VS_F32, shape, 1);
    assert_ok(read_to(&b, &t, &chain));
    assert_int_equal(t.next, 301 * 33);
    assert_int_equal(t.calls, v.plan.n_chunks);
    assert_ok(vs__chunks_chain(&b.pool, 1, &want, &n));
    assert_true(vs__digest_equal(&chain, &want));
    free(v.bytes);
    base_close(&b);
}

static void a_sink_can_stop_the_reading(void **state)
{
    const vs_shape shape = vs_shape_2d(301, 33);
    struct vs__digest chain = {{7}};
    struct value v;
    struct taker t = {&v, 0, 0, 2};
    struct base b;

    base_open(&b, state);
    v = value_make(&b, 1, VS_F32, shape, 1);
    assert_status(VS_ERR_CANCELLED, read_to(&b, &t, &chain));
    assert_int_equal(t.calls, 2);
    assert_int_equal(chain.bytes[0], 7);
    free(v.bytes);
    base_close(&b);
}

static void a_sink_never_sees_a_damaged_chunk(void **state)
{
    const vs_shape shape = vs_shape_2d(301, 33);
    struct vs__digest chain;
    struct value v;
    struct taker t = {&v, 0, 0, 0};
    struct base b;

    base_open(&b, state);
    v = value_make(&b, 1, VS_F32, shape, 1);
    spoil(&b, 3);
    assert_status(VS_ERR_CORRUPT, read_to(&b, &t, &chain));
    assert_words(&b, "chunk 3: frame: digest of the content");
    assert_int_equal(t.calls, 2);
    free(v.bytes);
    base_close(&b);
}

/* What reading without memory needs: the file and what is in it. */
struct stored {
    const char *path;
    struct value value;
};

static vs_status read_both_ways(void *ctx)
{
    const struct stored *s = ctx;
    const vs_slice all = vs_slice_all(&s->value.shape);
    struct taker t = {&s->value, 0, 0, 0};
    struct vs__digest chain;
    uint8_t *got = memory((size_t)s->value.plan.n_elements * s->value.size);
    const vs_view view = vs_view_of(s->value.dtype, &s->value.shape, got);
    struct base b;
    vs_status st = base_try(&b, s->path);

    if (st == VS_OK) {
        st = read_slice(&b, 1, &s->value, &all, &view);
        if (st == VS_OK)
            st = read_to(&b, &t, &chain);
        base_undo(&b);
    }
    free(got);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    struct stored s = {base_file(state), {0}};
    struct base b;

    assert_ok(base_try(&b, s.path));
    s.value = value_make(&b, 1, VS_F32, vs_shape_2d(301, 33), 1);
    base_close(&b);
    assert_in_range(test_each_allocation_failing(read_both_ways, &s, false), 10,
                    1000);
    (void)test_each_allocation_failing(read_both_ways, &s, true);
    free(s.value.bytes);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(any_slice_is_what_indexing_selects),
        WITH_DIR(the_whole_value_comes_back),
        WITH_DIR(ranges_may_end_anywhere_about_a_border),
        WITH_DIR(only_chunks_of_the_slice_are_read),
        WITH_DIR(a_column_is_one_element_of_each_chunk),
        WITH_DIR(an_empty_slice_reads_nothing),
        WITH_DIR(a_missing_chunk_is_damage),
        WITH_DIR(a_chunk_of_another_variable_is_damage),
        WITH_DIR(a_sink_is_given_every_element_in_order),
        WITH_DIR(a_sink_can_stop_the_reading),
        WITH_DIR(a_sink_never_sees_a_damaged_chunk),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk.reader", tests, NULL, NULL);
}
