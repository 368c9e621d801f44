/* test_encoder.c - chunk/encoder: chunks come out as they went in, whatever
 * the workers do meanwhile, and what somebody has is not made again.
 */
#include "pools.h"

#include "chunk/encoder.h"

#include <time.h>
#include <unistd.h>

#include "failing.h"

#define PLACES 64 /* for chunks of CHUNK bytes */

static struct vs__fed fed_of(const void *raw, size_t n)
{
    const struct vs__fed fed = {.dtype = VS_U8, .raw_bytes = n, .raw = raw};

    return fed;
}

static void open_with(struct base *b, void **state, int threads)
{
    base_open(b, state);
    b->pool.threads = threads;
}

static struct vs__encoder *borrow(struct base *b)
{
    struct vs__encoder *e = vs__encoder_borrow(&b->pool);

    assert_non_null(e);
    return e;
}

static int64_t take(struct vs__encoder *e, const void *raw, size_t n)
{
    const struct vs__digest want = vs__digest_of(raw, n);
    struct vs__digest digest;
    int64_t chunk = 0;

    assert_ok(vs__encoder_take(e, NULL, &chunk, &digest));
    assert_true(vs__digest_equal(&want, &digest));
    return chunk;
}

static void assert_holds(struct base *b, int64_t chunk, const void *raw,
                         size_t n)
{
    uint8_t *got = memory(n);

    assert_ok(vs__pool_get(&b->pool, chunk, VS_U8, got, n, NULL));
    assert_memory_equal(got, raw, n);
    free(got);
}

static void chunks_are_put_in_the_order_of_feeding(void **state)
{
    enum { N = 200 };
    static const int numbers[] = {1, 2, 3, 8};
    uint8_t(*raw)[CHUNK] = memory((size_t)N * CHUNK);
    const char *path = base_file(state);

    fill_noise(raw, (size_t)N * CHUNK, 1);
    for (size_t k = 0; k < 4; k++) {
        struct vs__encoder *e;
        struct base b;
        int n_fed = 0;

        assert_ok(base_try(&b, path));
        b.pool.threads = numbers[k];
        e = borrow(&b);
        for (int i = 0; i < N; i++) {
            while (n_fed < N && !vs__encoder_full(e)) {
                const struct vs__fed fed =
                    fed_of(raw[n_fed], 1 + (size_t)n_fed * 20);

                assert_ok(vs__encoder_feed(e, &fed));
                n_fed++;
            }
            assert_int_equal(take(e, raw[i], 1 + (size_t)i * 20), i + 1);
        }
        assert_int_equal(vs__encoder_held(e), 0);
        for (int i = 0; i < N; i++)
            assert_holds(&b, i + 1, raw[i], 1 + (size_t)i * 20);
        vs__encoder_return(e);
        base_undo(&b);
    }
    free(raw);
}

static void its_places_are_bounded(void **state)
{
    uint8_t raw[CHUNK] = {1};
    const struct vs__fed fed = fed_of(raw, CHUNK);
    struct vs__encoder *e;
    struct base b;

    open_with(&b, state, 2);
    e = borrow(&b);
    for (int i = 0; i < PLACES; i++) {
        assert_false(vs__encoder_full(e));
        assert_int_equal(vs__encoder_held(e), i);
        assert_ok(vs__encoder_feed(e, &fed));
    }
    assert_true(vs__encoder_full(e));
    vs__encoder_return(e); /* with all of it on the way */
    assert_int_equal(n_chunks(&b), 0);
    base_close(&b);
}

/* The same bytes of another dtype are another chunk. */
static void chunks_that_only_look_alike_are_not_one(void **state)
{
    uint8_t raw[CHUNK];
    struct vs__encoder *e;
    struct base b;

    open_with(&b, state, 3);
    e = borrow(&b);
    fill_noise(raw, sizeof raw, 1);
    for (int i = 0; i < 40; i++) {
        const struct vs__fed fed = {.dtype = i % 2 == 0 ? VS_U8 : VS_I8,
                                    .raw_bytes = CHUNK,
                                    .raw = raw};

        assert_ok(vs__encoder_feed(e, &fed));
    }
    for (int i = 0; i < 40; i++)
        assert_int_equal(take(e, raw, CHUNK), i % 2 + 1);
    vs__encoder_return(e);
    assert_int_equal(n_chunks(&b), 2);
    base_close(&b);
}

/* So it is for those that wait until it is known whether somebody has them:
 * all do, behind one that is what stood there before. */
static void nor_are_those_that_wait(void **state)
{
    static const vs_dtype dtypes[] = {VS_U8, VS_I8, VS_U8};
    uint8_t raw[CHUNK] = {0};
    struct vs__fed fed = fed_of(raw, CHUNK);
    struct vs__encoder *e;
    struct base b;

    open_with(&b, state, 1); /* nothing is done before it is waited for */
    e = borrow(&b);
    assert_ok(vs__encoder_feed(e, &fed));
    fed.before = take(e, raw, CHUNK);
    fed.digest_before = vs__digest_of(raw, CHUNK);
    assert_ok(vs__encoder_feed(e, &fed));
    (void)take(e, raw, CHUNK);
    fill_noise(raw, CHUNK, 1);
    for (int i = 0; i < 3; i++) {
        fed = fed_of(raw, CHUNK);
        fed.dtype = dtypes[i];
        assert_ok(vs__encoder_feed(e, &fed));
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(e, raw, CHUNK), i % 2 + 2);
    vs__encoder_return(e);
    assert_int_equal(n_chunks(&b), 3);
    assert_int_equal(refs(&b, 2), 2);
    base_close(&b);
}

/* What is asked of the store on the way fails, at any place; all go on then.
 * With a worker, chunks are most often digested when that happens. */
static void fail_each_answer(struct base *b, const uint8_t (*raw)[CHUNK],
                             int threads)
{
    int n = 0;

    b->pool.threads = threads;
    for (bool struck = true; struck; n++) {
        const struct timespec nap = {0, 2000000};
        struct vs__fed fed = fed_of(raw[0], CHUNK);
        struct vs__encoder *e = borrow(b);
        vs_status st;

        assert_ok(vs__encoder_feed(e, &fed)); /* then the others wait */
        fed.digest_before = vs__digest_of(raw[0], CHUNK);
        fed.before = take(e, raw[0], CHUNK);
        assert_ok(vs__encoder_feed(e, &fed));
        (void)take(e, raw[0], CHUNK);
        for (int i = 1; i < 3; i++) {
            fed = fed_of(raw[i], CHUNK);
            assert_ok(vs__encoder_feed(e, &fed));
        }
        (void)nanosleep(&nap, NULL);
        failing_begin(FAILING_STATEMENT, n + 1, false);
        st = vs__encoder_settle(e);
        struck = failing_end();
        assert_status(struck ? VS_ERR_IO : VS_OK, st);
        for (int i = 1; i < 3; i++) {
            const int64_t chunk = take(e, raw[i], CHUNK);

            assert_holds(b, chunk, raw[i], CHUNK);
            assert_ok(vs__pool_unref(&b->pool, chunk));
        }
        vs__encoder_return(e);
    }
    assert_in_range(n, 1, 10);
}

static void a_store_that_does_not_answer_is_told(void **state)
{
    uint8_t raw[3][CHUNK] = {{0}};
    struct base b;

    fill_noise(raw, sizeof raw, 1);
    for (int threads = 1; threads <= 2; threads++) {
        base_open(&b, state);
        fail_each_answer(&b, (const uint8_t(*)[CHUNK])raw, threads);
        base_close(&b);
        assert_int_equal(unlink(test_path(state, "pool.vars.db")), 0);
    }
}

/* Equal chunks that are fed together: one is encoded, all are it. */
static void equal_chunks_on_their_way_are_one(void **state)
{
    uint8_t raw[2][CHUNK];
    struct vs__encoder *e;
    struct base b;

    open_with(&b, state, 3);
    e = borrow(&b);
    fill_noise(raw, sizeof raw, 1);
    for (int i = 0; i < 40; i++) {
        const struct vs__fed fed = fed_of(raw[i % 2], CHUNK);

        assert_ok(vs__encoder_feed(e, &fed));
    }
    for (int i = 0; i < 40; i++)
        assert_int_equal(take(e, raw[i % 2], CHUNK), i % 2 + 1);
    assert_int_equal(n_chunks(&b), 2);
    assert_int_equal(refs(&b, 1), 20);
    assert_int_equal(refs(&b, 2), 20);
    vs__encoder_return(e);
    base_close(&b);
}

/* What stood there before is neither read nor looked for, unless it may be
 * gone: then it is compared like anybody's. */
static void what_stood_there_before_is_taken_unread(void **state)
{
    uint8_t raw[CHUNK] = {0};
    struct vs__digest digest;
    struct vs__encoder *e;
    struct vs__fed fed = fed_of(raw, CHUNK);
    struct base b;
    int64_t none = 77;

    open_with(&b, state, 2);
    e = borrow(&b);
    fill_noise(raw, CHUNK, 1);
    assert_ok(vs__encoder_feed(e, &fed));
    fed.before = take(e, raw, CHUNK);
    fed.digest_before = vs__digest_of(raw, CHUNK);
    spoil(&b, fed.before);
    assert_ok(vs__encoder_feed(e, &fed));
    assert_int_equal(take(e, raw, CHUNK), fed.before);
    assert_int_equal(refs(&b, fed.before), 2);
    for (int settled = 0; settled < 2; settled++) {
        assert_ok(vs__encoder_feed(e, &fed));
        if (settled)
            assert_ok(vs__encoder_settle(e));
        vs__encoder_distrust(e);
        assert_status(VS_ERR_CORRUPT,
                      vs__encoder_take(e, NULL, &none, &digest));
        vs__encoder_return(e);
        e = borrow(&b);
    }
    assert_int_equal(none, 77);
    vs__encoder_return(e);
    base_close(&b);
}

static void what_is_gone_by_now_is_encoded(void **state)
{
    uint8_t raw[CHUNK] = {0};
    struct vs__encoder *e;
    struct vs__fed fed = fed_of(raw, CHUNK);
    struct base b;

    open_with(&b, state, 2);
    e = borrow(&b);
    fill_noise(raw, CHUNK, 1);
    assert_ok(vs__encoder_feed(e, &fed));
    fed.before = take(e, raw, CHUNK);
    fed.digest_before = vs__digest_of(raw, CHUNK);
    for (int settled = 0; settled < 2; settled++) {
        assert_ok(vs__encoder_feed(e, &fed));
        if (settled)
            assert_ok(vs__encoder_settle(e));
        assert_ok(vs__pool_unref(&b.pool, fed.before));
        vs__encoder_distrust(e);
        fed.before = take(e, raw, CHUNK);
        assert_holds(&b, fed.before, raw, CHUNK);
        assert_int_equal(refs(&b, fed.before), 1);
    }
    vs__encoder_return(e);
    base_close(&b);
}

static void elements_are_gathered_where_they_lie_apart(void **state)
{
    const vs_shape shape = vs_shape_2d(8, 64);
    uint16_t values[64][16];
    uint16_t want[8 * 64];
    vs_view view = vs_view_of(VS_U16, &shape, values);
    struct vs__fed fed = {.dtype = VS_U16, .view = &view, .raw_bytes = 512};
    struct vs__encoder *e;
    struct base b;

    view.strides[0] = 2;
    view.strides[1] = 16;
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 64; j++)
            want[i * 64 + j] = values[j][2 * i] = (uint16_t)(1000 * i + j);
    open_with(&b, state, 2);
    e = borrow(&b);
    for (fed.first = 0; fed.first < 512; fed.first += 256)
        assert_ok(vs__encoder_feed(e, &fed));
    for (int i = 0; i < 2; i++) {
        uint16_t got[256];
        const int64_t chunk = take(e, want + 256 * i, 512);

        assert_ok(vs__pool_get(&b.pool, chunk, VS_U16, got, sizeof got, NULL));
        assert_memory_equal(got, want + 256 * i, sizeof got);
    }
    vs__encoder_return(e);
    base_close(&b);
}

static void it_can_be_borrowed_twice(void **state)
{
    uint8_t raw[2][CHUNK];
    struct vs__encoder *e[2];
    struct base b;

    open_with(&b, state, 2);
    fill_noise(raw, sizeof raw, 1);
    for (int i = 0; i < 2; i++) {
        const struct vs__fed fed = fed_of(raw[i], CHUNK);

        e[i] = borrow(&b);
        assert_ok(vs__encoder_feed(e[i], &fed));
    }
    assert_ptr_not_equal(e[0], e[1]);
    assert_int_equal(take(e[1], raw[1], CHUNK), 1);
    assert_int_equal(take(e[0], raw[0], CHUNK), 2);
    vs__encoder_return(e[0]);
    vs__encoder_return(e[1]);
    assert_ptr_equal(borrow(&b), e[0]);
    vs__encoder_return(e[0]);
    base_close(&b);
}

static vs_status feed_and_take(void *ctx)
{
    const char *const *path = ctx;
    uint8_t raw[CHUNK] = {3};
    const vs_shape shape = vs_shape_1d(CHUNK);
    const vs_view view = vs_view_of(VS_U8, &shape, raw);
    struct vs__fed fed = {.dtype = VS_U8, .raw_bytes = CHUNK};
    struct vs__encoder *e = NULL;
    struct vs__digest digest;
    struct base b;
    int64_t chunk = 0;
    vs_status st = base_try(&b, *path);

    if (st != VS_OK)
        return st;
    b.pool.threads = 2;
    e = vs__encoder_borrow(&b.pool);
    st = e != NULL ? VS_OK : VS_ERR_NOMEM;
    for (int i = 0; i < 3 && st == VS_OK; i++) {
        fed.view = &view;
        st = vs__encoder_feed(e, &fed);
    }
    for (int i = 0; i < 3 && st == VS_OK; i++)
        st = vs__encoder_take(e, NULL, &chunk, &digest);
    vs__encoder_return(e);
    base_undo(&b);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    const char *path = base_file(state);

    assert_in_range(test_each_allocation_failing(feed_and_take, &path, false),
                    10, 1000);
    (void)test_each_allocation_failing(feed_and_take, &path, true);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(chunks_are_put_in_the_order_of_feeding),
        WITH_DIR(its_places_are_bounded),
        WITH_DIR(chunks_that_only_look_alike_are_not_one),
        WITH_DIR(nor_are_those_that_wait),
        WITH_DIR(a_store_that_does_not_answer_is_told),
        WITH_DIR(equal_chunks_on_their_way_are_one),
        WITH_DIR(what_stood_there_before_is_taken_unread),
        WITH_DIR(what_is_gone_by_now_is_encoded),
        WITH_DIR(elements_are_gathered_where_they_lie_apart),
        WITH_DIR(it_can_be_borrowed_twice),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk.encoder", tests, NULL, NULL);
}
