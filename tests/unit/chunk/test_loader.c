/* test_loader.c - chunk/loader: any slice, by any number of workers, is what
 * indexing selects; and whatever others do meanwhile, it is that of the owner's
 * snapshot.
 */
#include "values.h"

#include "chunk/loader.h"
#include "chunk/reader.h"

#define N_VALUES 6
#define N_SLICES 15

/* Opens the file for reading, in a transaction. */
static vs_status open_reading(struct base *b, const char *path, int threads)
{
    struct vs__db_options options = base_options();
    vs_status st;

    options.mode = VS_OPEN_READ;
    b->db = NULL;
    if ((st = vs__db_open(path, &options, &b->db, NULL)) != VS_OK)
        return st;
    vs__pool_init(&b->pool, b->db, CHUNK);
    b->pool.threads = threads;
    if ((st = vs__pool_ready(&b->pool)) == VS_OK)
        st = vs__txn_begin(b->db, VS_TXN_READ);
    if (st == VS_OK)
        return VS_OK;
    vs__pool_done(&b->pool);
    vs__db_close(b->db);
    return st;
}

static vs_status load(struct base *b, int64_t version, const struct value *v,
                      const vs_slice *slice, const vs_view *into)
{
    struct vs__loader *l = vs__loader_borrow(&b->pool);
    vs_status st = l != NULL ? VS_OK : VS_ERR_NOMEM;

    if (st == VS_OK)
        st = vs__loader_add(l, version, v->dtype, &v->plan, &v->shape, slice,
                            into);
    if (st == VS_OK)
        st = vs__loader_finish(l);
    vs__loader_return(l);
    return st;
}

static void check_slice(struct base *b, int64_t version, const struct value *v,
                        uint64_t *seed)
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
    assert_ok(load(b, version, v, &slice, &f.view));
    assert_memory_equal(f.bytes, want, f.n_bytes);
    free(want);
    free(f.bytes);
}

static void any_slice_comes_by_any_number_of_workers(void **state)
{
    static const int numbers[] = {1, 2, 3, 8};
    static const vs_dtype dtypes[] = {VS_U8, VS_BF16, VS_F32, VS_C128};
    const char *path = base_file(state);
    struct value values[N_VALUES];
    uint64_t seed = 5;
    struct base b;

    assert_ok(base_try(&b, path));
    for (int i = 0; i < N_VALUES; i++) {
        const vs_dtype dtype = dtypes[i % 4];

        values[i] =
            value_make(&b, i + 1, dtype,
                       random_shape(&seed, vs_dtype_size(dtype)), (uint64_t)i);
    }
    base_close(&b);
    for (size_t k = 0; k < 4; k++) {
        assert_ok(open_reading(&b, path, numbers[k]));
        for (int i = 0; i < N_VALUES * N_SLICES; i++)
            check_slice(&b, i % N_VALUES + 1, &values[i % N_VALUES], &seed);
        base_close(&b);
    }
    for (int i = 0; i < N_VALUES; i++)
        free(values[i].bytes);
}

static vs_status count_bytes(int64_t bytes, void *ctx)
{
    int64_t *left = ctx;

    *left -= bytes;
    return *left > 0 ? VS_OK : VS_ERR_CANCELLED;
}

/* Several values through one loader; what is done is told, and can be stopped.
 */
static void values_follow_each_other(void **state)
{
    const vs_shape shape = vs_shape_1d(10 * CHUNK);
    const vs_slice all = vs_slice_all(&shape);
    const char *path = base_file(state);
    uint8_t *got = memory(3 * (size_t)10 * CHUNK);
    struct value v[3];
    struct base b;

    assert_ok(base_try(&b, path));
    for (int i = 0; i < 3; i++)
        v[i] = value_make(&b, i + 1, VS_U8, shape, (uint64_t)i);
    base_close(&b);
    assert_ok(open_reading(&b, path, 3));
    for (int stop = 0; stop < 2; stop++) {
        int64_t left = stop ? 12 * CHUNK : INT64_MAX;
        struct vs__loader *l = vs__loader_borrow(&b.pool);
        vs_view views[3];
        vs_status st = VS_OK;

        assert_non_null(l);
        vs__loader_tell(l, count_bytes, &left);
        for (int i = 0; i < 3 && st == VS_OK; i++) {
            views[i] = vs_view_of(VS_U8, &shape, got + i * 10 * CHUNK);
            st = vs__loader_add(l, i + 1, VS_U8, &v[i].plan, &shape, &all,
                                &views[i]);
        }
        if (st == VS_OK)
            st = vs__loader_finish(l);
        assert_int_equal(st, stop ? VS_ERR_CANCELLED : VS_OK);
        if (!stop) {
            assert_int_equal(INT64_MAX - left, 30 * CHUNK);
            for (size_t i = 0; i < 3; i++)
                assert_memory_equal(got + i * 10 * CHUNK, v[i].bytes,
                                    10 * CHUNK);
        }
        vs__loader_return(l);
    }
    base_close(&b);
    for (int i = 0; i < 3; i++)
        free(v[i].bytes);
    free(got);
}

/* Elements that share memory: the last one wins, as if they came in order. */
static void a_view_that_overlaps_is_filled_in_order(void **state)
{
    const vs_shape shape = vs_shape_2d(40, CHUNK / 4);
    const vs_slice all = vs_slice_all(&shape);
    const char *path = base_file(state);
    uint32_t got[CHUNK / 4];
    vs_view view = vs_view_of(VS_U32, &shape, got);
    struct value v;
    struct base b;

    view.strides[0] = 0;
    assert_ok(base_try(&b, path));
    v = value_make(&b, 1, VS_U32, shape, 1);
    base_close(&b);
    assert_ok(open_reading(&b, path, 3));
    for (int round = 0; round < 10; round++) {
        memset(got, 0, sizeof got);
        assert_ok(load(&b, 1, &v, &all, &view));
        assert_memory_equal(got, v.bytes + 39 * CHUNK, CHUNK);
    }
    base_close(&b);
    free(v.bytes);
}

/* And whoever comes behind it is read by others meanwhile. */
static void a_view_that_overlaps_stands_among_others(void **state)
{
    const vs_shape shape = vs_shape_2d(5, CHUNK / 4);
    const vs_slice all = vs_slice_all(&shape);
    const char *path = base_file(state);
    uint32_t row[CHUNK / 4] = {0};
    uint8_t *got = memory((size_t)5 * CHUNK);
    const vs_view plain = vs_view_of(VS_U32, &shape, got);
    vs_view over = vs_view_of(VS_U32, &shape, row);
    struct vs__loader *l;
    struct value v;
    struct base b;

    over.strides[0] = 0;
    assert_ok(base_try(&b, path));
    v = value_make(&b, 1, VS_U32, shape, 1);
    base_close(&b);
    assert_ok(open_reading(&b, path, 4));
    l = vs__loader_borrow(&b.pool);
    assert_non_null(l);
    assert_ok(vs__loader_add(l, 1, VS_U32, &v.plan, &shape, &all, &over));
    assert_ok(vs__loader_add(l, 1, VS_U32, &v.plan, &shape, &all, &plain));
    assert_ok(vs__loader_finish(l));
    vs__loader_return(l);
    assert_memory_equal(row, v.bytes + (size_t)4 * CHUNK, CHUNK);
    assert_memory_equal(got, v.bytes, (size_t)5 * CHUNK);
    base_close(&b);
    free(v.bytes);
    free(got);
}

/* As where a sink reads another value. */
static void two_can_be_in_use_at_once(void **state)
{
    const vs_shape shape = vs_shape_1d(10 * CHUNK / 4);
    const vs_slice all = vs_slice_all(&shape);
    const char *path = base_file(state);
    uint8_t *got[2] = {memory((size_t)10 * CHUNK), memory((size_t)10 * CHUNK)};
    struct vs__loader *l[2];
    struct value v;
    struct base b;

    assert_ok(base_try(&b, path));
    v = value_make(&b, 1, VS_F32, shape, 1);
    base_close(&b);
    assert_ok(open_reading(&b, path, 3));
    for (int i = 0; i < 2; i++) {
        const vs_view view = vs_view_of(VS_F32, &shape, got[i]);

        l[i] = vs__loader_borrow(&b.pool);
        assert_non_null(l[i]);
        assert_ok(
            vs__loader_add(l[i], 1, VS_F32, &v.plan, &shape, &all, &view));
        assert_ok(vs__loader_finish(l[i]));
        assert_memory_equal(got[i], v.bytes, (size_t)10 * CHUNK);
    }
    assert_ptr_not_equal(l[0], l[1]);
    vs__loader_return(l[0]);
    vs__loader_return(l[1]);
    base_close(&b);
    free(v.bytes);
    free(got[0]);
    free(got[1]);
}

/* The numbers of chunks that are gone are given to others: a worker, who sees
 * the newest state, meets other bytes under them, or none. */
static void a_snapshot_stays_whatever_others_do(void **state)
{
    const vs_shape shape = vs_shape_1d(30 * CHUNK / 4);
    const vs_slice all = vs_slice_all(&shape);
    const char *path = base_file(state);
    uint8_t *got = memory((size_t)30 * CHUNK);
    const vs_view view = vs_view_of(VS_F32, &shape, got);
    struct value old;
    struct value new;
    struct base reading;
    struct base b;

    assert_ok(base_try(&b, path));
    old = value_make(&b, 1, VS_F32, shape, 1);
    base_close(&b);
    assert_ok(open_reading(&reading, path, 3));
    assert_ok(base_try(&b, path));
    assert_ok(vs__chunks_drop(&b.pool, 1));
    new = value_make(&b, 1, VS_F32, vs_shape_1d(20 * CHUNK / 4), 2);
    base_close(&b);
    assert_ok(load(&reading, 1, &old, &all, &view));
    assert_memory_equal(got, old.bytes, (size_t)30 * CHUNK);
    base_close(&reading);
    free(old.bytes);
    free(new.bytes);
    free(got);
}

/* What a transaction has written is there for it, and for nobody else. */
static void what_is_not_committed_is_read_too(void **state)
{
    const vs_shape shape = vs_shape_1d(10 * CHUNK);
    const vs_slice all = vs_slice_all(&shape);
    uint8_t *got = memory((size_t)10 * CHUNK);
    const vs_view view = vs_view_of(VS_U8, &shape, got);
    struct value v;
    struct base b;

    base_open(&b, state);
    b.pool.threads = 3;
    v = value_make(&b, 1, VS_U8, shape, 1);
    assert_ok(load(&b, 1, &v, &all, &view));
    assert_memory_equal(got, v.bytes, (size_t)10 * CHUNK);
    base_close(&b);
    free(v.bytes);
    free(got);
}

static void damage_is_told_by_the_first_chunk_that_has_it(void **state)
{
    const vs_shape shape = vs_shape_1d(20 * CHUNK);
    const vs_slice all = vs_slice_all(&shape);
    const char *path = base_file(state);
    uint8_t *got = memory((size_t)20 * CHUNK);
    const vs_view view = vs_view_of(VS_U8, &shape, got);
    struct value v;
    struct base b;

    assert_ok(base_try(&b, path));
    v = value_make(&b, 1, VS_U8, shape, 1);
    spoil(&b, 15);
    spoil(&b, 7);
    spoil(&b, 8);
    base_close(&b);
    for (int round = 0; round < 10; round++) {
        assert_ok(open_reading(&b, path, 1 + round % 4));
        assert_status(VS_ERR_CORRUPT, load(&b, 1, &v, &all, &view));
        assert_words(&b, "chunk 7: ");
        base_close(&b);
    }
    free(v.bytes);
    free(got);
}

struct taker {
    const struct value *value;
    int64_t next; /* element expected next */
};

static vs_status take(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct taker *t = ctx;

    assert_int_equal(first, t->next);
    assert_memory_equal(src, t->value->bytes + first, (size_t)n);
    t->next += n;
    return VS_OK;
}

/* More than is decoded at once. */
static void a_sink_is_given_all_by_any_number_of_workers(void **state)
{
    static const int numbers[] = {1, 2, 3, 8};
    const vs_shape shape = vs_shape_1d(1100 * CHUNK + 5);
    const char *path = base_file(state);
    struct vs__digest chains[4];
    struct value v;
    struct base b;

    assert_ok(base_try(&b, path));
    v = value_make(&b, 1, VS_U8, shape, 1);
    base_close(&b);
    for (size_t k = 0; k < 4; k++) {
        struct taker t = {&v, 0};
        const vs_sink sink = {take, &t};

        assert_ok(open_reading(&b, path, numbers[k]));
        assert_ok(
            vs__chunks_read_to(&b.pool, 1, VS_U8, &v.plan, sink, &chains[k]));
        assert_int_equal(t.next, 1100 * CHUNK + 5);
        assert_true(vs__digest_equal(&chains[k], &chains[0]));
        base_close(&b);
    }
    free(v.bytes);
}

struct once {
    const char *path;
    const struct value *value;
    uint8_t *got;
};

static vs_status load_once(void *ctx)
{
    const struct once *o = ctx;
    const vs_slice all = vs_slice_all(&o->value->shape);
    const vs_view view = vs_view_of(VS_U8, &o->value->shape, o->got);
    struct base b;
    vs_status st = open_reading(&b, o->path, 2);

    if (st != VS_OK)
        return st;
    st = load(&b, 1, o->value, &all, &view);
    vs__pool_rest(&b.pool);
    st = vs__txn_end(b.db, st);
    vs__pool_done(&b.pool);
    vs__db_close(b.db);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    const vs_shape shape = vs_shape_1d(8 * CHUNK);
    const char *path = base_file(state);
    struct once o = {path, NULL, memory((size_t)8 * CHUNK)};
    struct value v;
    struct base b;

    assert_ok(base_try(&b, path));
    v = value_make(&b, 1, VS_U8, shape, 1);
    base_close(&b);
    o.value = &v;
    assert_in_range(test_each_allocation_failing(load_once, &o, false), 10,
                    1000);
    (void)test_each_allocation_failing(load_once, &o, true);
    free(v.bytes);
    free(o.got);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(any_slice_comes_by_any_number_of_workers),
        WITH_DIR(values_follow_each_other),
        WITH_DIR(a_view_that_overlaps_is_filled_in_order),
        WITH_DIR(a_view_that_overlaps_stands_among_others),
        WITH_DIR(two_can_be_in_use_at_once),
        WITH_DIR(a_snapshot_stays_whatever_others_do),
        WITH_DIR(what_is_not_committed_is_read_too),
        WITH_DIR(damage_is_told_by_the_first_chunk_that_has_it),
        WITH_DIR(a_sink_is_given_all_by_any_number_of_workers),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk.loader", tests, NULL, NULL);
}
