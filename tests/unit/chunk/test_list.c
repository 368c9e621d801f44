/* test_list.c - chunk/list: lists of chunks are kept, shared, summed up and
 * forgotten, and each place in a list counts as one user of its chunk.
 */
#include "pools.h"

#include <math.h>

#include "chunk/list.h"

#define N 5

/* Puts float32 chunk k: from k * 1000 upward. */
static int64_t put(struct base *b, int k, struct vs__digest *digest)
{
    float raw[CHUNK / 4];
    int64_t chunk = 0;

    for (int i = 0; i < CHUNK / 4; i++)
        raw[i] = (float)(k * 1000 + i);
    assert_ok(
        vs__pool_put(&b->pool, VS_F32, raw, sizeof raw, 0, &chunk, digest));
    return chunk;
}

/* Makes `version` of chunks `from` .. `from` + N - 1. */
static void make(struct base *b, int64_t version, int from,
                 struct vs__chunk_list *list)
{
    vs__chunk_list_init(list);
    for (int k = from; k < from + N; k++) {
        struct vs__digest digest;
        int64_t chunk = put(b, k, &digest);

        assert_ok(vs__chunk_list_add(list, chunk, &digest));
    }
    assert_ok(vs__chunks_attach(&b->pool, version, list));
}

static void a_list_keeps_its_order_and_its_chain(void **state)
{
    struct vs__digest chain = {{0}};
    struct vs__chunk_list list;

    (void)state;
    vs__chunk_list_init(&list);
    for (int64_t i = 0; i < 1000; i++) {
        const struct vs__digest digest = vs__digest_of(&i, sizeof i);

        vs__digest_chain(&chain, digest.bytes, VS__DIGEST_BYTES);
        assert_ok(vs__chunk_list_add(&list, 7 * i, &digest));
    }
    assert_int_equal(list.n, 1000);
    for (int64_t i = 0; i < 1000; i++)
        assert_int_equal(list.chunks[i], 7 * i);
    assert_true(vs__digest_equal(&list.chain, &chain));
    vs__chunk_list_done(&list);
    assert_int_equal(list.n, 0);
    vs__chunk_list_done(&list);
}

static void an_attached_list_is_found_place_by_place(void **state)
{
    struct vs__chunk_list list;
    struct vs__digest chain;
    struct base b;
    int64_t chunk = 0;
    int64_t n = 0;

    base_open(&b, state);
    make(&b, 3, 0, &list);
    for (int i = 0; i < N; i++) {
        assert_ok(vs__chunks_at(&b.pool, 3, i, &chunk));
        assert_int_equal(chunk, list.chunks[i]);
    }
    assert_ok(vs__chunks_chain(&b.pool, 3, &chain, &n));
    assert_int_equal(n, N);
    assert_true(vs__digest_equal(&chain, &list.chain));
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void a_place_without_a_chunk_is_damage(void **state)
{
    struct vs__chunk_list list;
    struct base b;
    int64_t chunk = 77;

    base_open(&b, state);
    make(&b, 3, 0, &list);
    assert_status(VS_ERR_CORRUPT, vs__chunks_at(&b.pool, 3, N, &chunk));
    assert_words(&b, "version 3: its chunk 5 is missing");
    assert_status(VS_ERR_CORRUPT, vs__chunks_at(&b.pool, 4, 0, &chunk));
    assert_int_equal(chunk, 77);
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void the_chain_of_no_chunks_is_empty(void **state)
{
    const struct vs__digest zeros = {{0}};
    struct vs__digest chain;
    struct base b;
    int64_t n = 77;

    base_open(&b, state);
    assert_ok(vs__chunks_chain(&b.pool, 3, &chain, &n));
    assert_int_equal(n, 0);
    assert_true(vs__digest_equal(&chain, &zeros));
    base_close(&b);
}

static void a_version_that_is_dropped_lets_go_of_its_chunks(void **state)
{
    struct vs__chunk_list list;
    struct base b;

    base_open(&b, state);
    make(&b, 1, 0, &list);
    vs__chunk_list_done(&list);
    make(&b, 2, 2, &list); /* shares three of five */
    assert_int_equal(n_chunks(&b), 7);
    assert_ok(vs__chunks_drop(&b.pool, 1));
    assert_int_equal(n_chunks(&b), N);
    for (int i = 0; i < N; i++)
        assert_int_equal(refs(&b, list.chunks[i]), 1);
    assert_ok(vs__chunks_drop(&b.pool, 2));
    assert_int_equal(n_chunks(&b), 0);
    assert_int_equal(ask(&b, "SELECT count(*) FROM frame", 0), 0);
    assert_int_equal(ask(&b, "SELECT count(*) FROM version_chunk", 0), 0);
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void a_chunk_in_many_places_has_as_many_users(void **state)
{
    struct vs__chunk_list list;
    struct vs__digest digest;
    struct base b;
    int64_t chunk = 0;

    base_open(&b, state);
    vs__chunk_list_init(&list);
    for (int i = 0; i < 3; i++) {
        chunk = put(&b, 0, &digest);
        assert_ok(vs__chunk_list_add(&list, chunk, &digest));
    }
    assert_ok(vs__chunks_attach(&b.pool, 1, &list));
    assert_ok(vs__chunks_share(&b.pool, 1, 2));
    assert_int_equal(refs(&b, chunk), 6);
    assert_ok(vs__chunks_drop(&b.pool, 1));
    assert_int_equal(refs(&b, chunk), 3);
    assert_ok(vs__chunks_drop(&b.pool, 2));
    assert_int_equal(n_chunks(&b), 0);
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void a_shared_list_is_equal_and_stands_alone(void **state)
{
    struct vs__chunk_list list;
    struct vs__digest chain;
    struct base b;
    int64_t n = 0;

    base_open(&b, state);
    make(&b, 1, 0, &list);
    assert_ok(vs__chunks_share(&b.pool, 1, 2));
    assert_int_equal(n_chunks(&b), N);
    assert_int_equal(refs(&b, list.chunks[0]), 2);
    assert_ok(vs__chunks_drop(&b.pool, 1));
    assert_ok(vs__chunks_chain(&b.pool, 2, &chain, &n));
    assert_int_equal(n, N);
    assert_true(vs__digest_equal(&chain, &list.chain));
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void a_list_with_a_hole_is_neither_dropped_nor_shared(void **state)
{
    static const char hole[] =
        "DELETE FROM version_chunk WHERE version = $1 AND ordinal = 2";
    struct vs__chunk_list list;
    struct base b;

    base_open(&b, state);
    make(&b, 1, 0, &list);
    vs__chunk_list_done(&list);
    tell(&b, hole, 1);
    assert_status(VS_ERR_CORRUPT, vs__chunks_share(&b.pool, 1, 2));
    assert_words(&b, "version 1: its chunk 2 is missing");
    assert_status(VS_ERR_CORRUPT, vs__chunks_drop(&b.pool, 1));
    assert_words(&b, "version 1: its chunk 2 is missing");
    base_undo(&b);
}

static void a_list_of_chunks_that_are_gone_is_damage(void **state)
{
    struct vs__chunk_list list;
    struct vs__digest chain;
    struct base b;
    int64_t n = 0;

    base_open(&b, state);
    make(&b, 1, 0, &list);
    tell(&b, "DELETE FROM chunk WHERE id = $1", list.chunks[3]);
    assert_ok(vs__chunks_chain(&b.pool, 1, &chain, &n));
    assert_int_equal(n, N - 1); /* for the caller to see */
    assert_false(vs__digest_equal(&chain, &list.chain));
    assert_status(VS_ERR_CORRUPT, vs__chunks_share(&b.pool, 1, 2));
    assert_words(&b, "chunk 4: it is used, but has no row");
    assert_status(VS_ERR_CORRUPT, vs__chunks_drop(&b.pool, 1));
    assert_words(&b, "chunk 4: it is used, but has no row");
    vs__chunk_list_done(&list);
    base_undo(&b);
}

static void a_digest_of_another_length_breaks_the_chain(void **state)
{
    struct vs__chunk_list list;
    struct vs__digest chain = {{7}};
    struct base b;
    int64_t n = 77;

    base_open(&b, state);
    make(&b, 1, 0, &list);
    tell(&b, "UPDATE chunk SET digest = x'0011' WHERE id = $1", list.chunks[1]);
    assert_status(VS_ERR_CORRUPT, vs__chunks_chain(&b.pool, 1, &chain, &n));
    assert_words(&b, "version 1: chunk 1 has a digest of 2 bytes");
    assert_int_equal(n, 77);
    assert_int_equal(chain.bytes[0], 7);
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void an_entry_is_a_chunk_and_its_digest(void **state)
{
    struct vs__chunk_list list;
    struct vs__digest digest = {{7}};
    struct vs__digest want;
    struct base b;
    int64_t chunk = 77;

    base_open(&b, state);
    make(&b, 3, 0, &list);
    assert_status(VS_ERR_CORRUPT,
                  vs__chunks_entry(&b.pool, 3, N, &chunk, &digest));
    assert_words(&b, "version 3: its chunk 5 is missing");
    tell(&b, "UPDATE chunk SET digest = x'0011' WHERE id = $1", list.chunks[1]);
    assert_status(VS_ERR_CORRUPT,
                  vs__chunks_entry(&b.pool, 3, 1, &chunk, &digest));
    assert_words(&b, "version 3: chunk 1 has a digest of 2 bytes");
    assert_int_equal(chunk, 77);
    assert_int_equal(digest.bytes[0], 7);
    assert_ok(vs__chunks_entry(&b.pool, 3, 2, &chunk, &digest));
    assert_ok(vs__pool_digest(&b.pool, list.chunks[2], &want));
    assert_int_equal(chunk, list.chunks[2]);
    assert_true(vs__digest_equal(&digest, &want));
    vs__chunk_list_done(&list);
    base_close(&b);
}

static void the_sum_of_a_list_is_that_of_its_elements(void **state)
{
    struct vs__tally *got = memory(sizeof *got);
    struct vs__tally *want = memory(sizeof *want);
    struct vs__chunk_list list;
    struct base b;
    int64_t stored = 0;

    base_open(&b, state);
    make(&b, 1, 0, &list);
    vs__tally_init(got);
    vs__tally_init(want);
    for (int k = 0; k < N; k++)
        for (int i = 0; i < CHUNK / 4; i++) {
            const float x = (float)(k * 1000 + i);

            vs__tally_add(want, VS_F32, &x, 1);
        }
    assert_ok(vs__chunks_sum(&b.pool, 1, got, &stored));
    assert_int_equal(got->stats.count, N * CHUNK / 4);
    assert_int_equal(got->stats.zeros, 1);
    assert_true(got->stats.min == 0 && got->stats.max == 4000 + 1023);
    assert_true(fabs(got->stats.mean - want->stats.mean) < 1e-6);
    assert_memory_equal(got->buckets, want->buckets, sizeof want->buckets);
    assert_int_equal(stored,
                     ask(&b, "SELECT sum(length(bytes)) FROM frame", 0));
    assert_ok(vs__chunks_sum(&b.pool, 1, NULL, NULL));
    vs__chunk_list_done(&list);
    base_close(&b);
    free(got);
    free(want);
}

/* All that is not finite counts apart, and may be all that there is. */
static void what_is_not_finite_is_counted(void **state)
{
    static const struct {
        int nans;
        int infs; /* the rest are zeros */
    } cases[] = {{3, 5}, {0, CHUNK / 4}, {CHUNK / 4, 0}, {1000, 24}};
    struct base b;

    base_open(&b, state);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct vs__tally *got = memory(sizeof *got);
        const int64_t version = 1 + (int64_t)k;
        struct vs__chunk_list list;
        struct vs__digest digest;
        float values[CHUNK / 4] = {0};
        int64_t chunk;

        for (int i = 0; i < cases[k].nans + cases[k].infs; i++)
            values[i] = i < cases[k].nans ? NAN : INFINITY;
        vs__chunk_list_init(&list);
        assert_ok(vs__pool_put(&b.pool, VS_F32, (const uint8_t *)values, CHUNK,
                               0, &chunk, &digest));
        assert_ok(vs__chunk_list_add(&list, chunk, &digest));
        assert_ok(vs__chunks_attach(&b.pool, version, &list));
        vs__tally_init(got);
        assert_ok(vs__chunks_sum(&b.pool, version, got, NULL));
        assert_int_equal(got->stats.count, CHUNK / 4);
        assert_int_equal(got->stats.nans, cases[k].nans);
        assert_int_equal(got->stats.infs, cases[k].infs);
        assert_int_equal(got->stats.zeros,
                         CHUNK / 4 - cases[k].nans - cases[k].infs);
        vs__chunk_list_done(&list);
        free(got);
    }
    base_close(&b);
}

static void a_broken_histogram_is_told(void **state)
{
    struct vs__tally *tally = memory(sizeof *tally);
    struct vs__chunk_list list;
    struct base b;
    int64_t stored = 77;

    base_open(&b, state);
    make(&b, 9, 0, &list);
    tell(&b, "UPDATE chunk SET histogram = x'0011223344' WHERE id = $1",
         list.chunks[2]);
    vs__tally_init(tally);
    assert_status(VS_ERR_CORRUPT, vs__chunks_sum(&b.pool, 9, tally, &stored));
    assert_words(&b, "version 9: a chunk's histogram of 5 bytes is none");
    assert_int_equal(stored, 77);
    assert_ok(vs__chunks_sum(&b.pool, 9, NULL, &stored)); /* not looked at */
    vs__chunk_list_done(&list);
    base_close(&b);
    free(tally);
}

/* Sums of counts as large as these would overflow; and what could be is not
 * what was written. */
static void numbers_that_were_not_written_are_told(void **state)
{
    static const char *const damages[] = {
        "UPDATE chunk SET n_numbers = 9223372036854775807 WHERE id = $1",
        "UPDATE chunk SET n_numbers = -1 WHERE id = $1",
        "UPDATE chunk SET n_zeros = n_numbers + 1 WHERE id = $1",
        "UPDATE chunk SET n_zeros = -1 WHERE id = $1",
        "UPDATE chunk SET n_nans = n_numbers + 1 WHERE id = $1",
        "UPDATE chunk SET n_infs = -1 WHERE id = $1",
        "UPDATE chunk SET n_nans = -1 WHERE id = $1",
        "UPDATE chunk SET n_nans = n_numbers, n_infs = 1 WHERE id = $1",
        "UPDATE chunk SET frame_bytes = 9223372036854775807 WHERE id = $1",
        "UPDATE chunk SET mean = mean + 1 WHERE id = $1",
        "UPDATE chunk SET digest = x'00' WHERE id = $1",
        "UPDATE chunk SET record = x'00' WHERE id = $1",
        "UPDATE chunk SET record = zeroblob(16) WHERE id = $1",
    };
    struct vs__tally *tally = memory(sizeof *tally);
    struct vs__chunk_list list;
    struct base b;
    int64_t stored = 77;

    base_open(&b, state);
    make(&b, 9, 0, &list);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        assert_ok(vs__txn_begin(b.db, VS_TXN_WRITE));
        tell(&b, damages[i], list.chunks[1]);
        vs__tally_init(tally);
        assert_status(VS_ERR_CORRUPT,
                      vs__chunks_sum(&b.pool, 9, tally, &stored));
        assert_int_equal(stored, 77);
        (void)vs__txn_end(b.db, VS_ERR_CANCELLED);
    }
    vs__tally_init(tally);
    assert_ok(vs__chunks_sum(&b.pool, 9, tally, &stored));
    vs__chunk_list_done(&list);
    base_close(&b);
    free(tally);
}

static vs_status list_and_share(void *ctx)
{
    const char *const *path = ctx;
    struct vs__chunk_list list;
    struct vs__digest digest = {{1}};
    struct base b;
    int64_t n = 0;
    vs_status st = base_try(&b, *path);

    if (st != VS_OK)
        return st;
    vs__chunk_list_init(&list);
    for (int i = 0; i < 20 && st == VS_OK; i++) {
        int64_t chunk = 0;

        st = vs__pool_put(&b.pool, VS_U8, &i, sizeof i, 0, &chunk, &digest);
        if (st == VS_OK)
            st = vs__chunk_list_add(&list, chunk, &digest);
    }
    if (st == VS_OK)
        st = vs__chunks_attach(&b.pool, 1, &list);
    if (st == VS_OK)
        st = vs__chunks_share(&b.pool, 1, 2);
    if (st == VS_OK)
        st = vs__chunks_chain(&b.pool, 2, &digest, &n);
    if (st == VS_OK)
        st = vs__chunks_drop(&b.pool, 1);
    vs__chunk_list_done(&list);
    base_undo(&b);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    const char *path = base_file(state);

    assert_in_range(test_each_allocation_failing(list_and_share, &path, false),
                    10, 1000);
    (void)test_each_allocation_failing(list_and_share, &path, true);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_keeps_its_order_and_its_chain),
        WITH_DIR(an_attached_list_is_found_place_by_place),
        WITH_DIR(a_place_without_a_chunk_is_damage),
        WITH_DIR(the_chain_of_no_chunks_is_empty),
        WITH_DIR(a_version_that_is_dropped_lets_go_of_its_chunks),
        WITH_DIR(a_chunk_in_many_places_has_as_many_users),
        WITH_DIR(a_shared_list_is_equal_and_stands_alone),
        WITH_DIR(a_list_with_a_hole_is_neither_dropped_nor_shared),
        WITH_DIR(a_list_of_chunks_that_are_gone_is_damage),
        WITH_DIR(a_digest_of_another_length_breaks_the_chain),
        WITH_DIR(an_entry_is_a_chunk_and_its_digest),
        WITH_DIR(the_sum_of_a_list_is_that_of_its_elements),
        WITH_DIR(what_is_not_finite_is_counted),
        WITH_DIR(a_broken_histogram_is_told),
        WITH_DIR(numbers_that_were_not_written_are_told),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk.list", tests, NULL, NULL);
}
