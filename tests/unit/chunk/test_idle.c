/* test_idle.c - chunk/pool: chunks that lose their last user in a bulk
 * transaction go at its end, and a pool that had no memory gets it later.
 */
#include "pools.h"

#include "base/alloc.h"

/* A chunk in a bulk transaction, without users. */
static int64_t put_idle(struct base *b, uint64_t seed)
{
    uint8_t raw[CHUNK];
    struct vs__digest digest;
    int64_t chunk = 0;

    fill_noise(raw, CHUNK, seed);
    assert_ok(vs__pool_put(&b->pool, VS_U8, raw, CHUNK, 0, &chunk, &digest));
    assert_ok(vs__pool_unref(&b->pool, chunk));
    return chunk;
}

static void bulk_open(struct base *b, void **state)
{
    base_open(b, state);
    assert_ok(vs__txn_end(b->db, VS_OK));
    assert_ok(vs__txn_begin_bulk(b->db, INT64_MAX));
    assert_true(vs__txn_bulk(b->db));
}

static void chunks_go_at_the_end_of_a_bulk_transaction(void **state)
{
    struct base b;

    bulk_open(&b, state);
    for (uint64_t i = 1; i <= 3; i++)
        (void)put_idle(&b, i);
    assert_int_equal(n_chunks(&b), 3);
    assert_ok(vs__pool_end(&b.pool, VS_OK));
    assert_int_equal(n_chunks(&b), 0);
    base_close(&b);
}

static void one_that_has_a_user_again_stays(void **state)
{
    struct base b;
    int64_t chunk;

    bulk_open(&b, state);
    chunk = put_idle(&b, 1);
    assert_ok(vs__pool_ref(&b.pool, chunk));
    assert_ok(vs__pool_end(&b.pool, VS_OK));
    assert_int_equal(refs(&b, chunk), 1);
    base_close(&b);
}

/* What is undone anyway is not looked at. */
static void damage_among_them_is_told_at_the_end(void **state)
{
    struct base b;
    int64_t chunk;

    bulk_open(&b, state);
    (void)put_idle(&b, 1);
    chunk = put_idle(&b, 2);
    (void)put_idle(&b, 3);
    tell(&b, "DELETE FROM frame WHERE chunk = $1", chunk);
    assert_status(VS_ERR_CORRUPT, vs__pool_end(&b.pool, VS_OK));
    assert_words(&b, "chunk 2: it is used, but has no row");
    assert_status(VS_ERR_CANCELLED,
                  vs__pool_end(&b.pool, VS_ERR_CANCELLED)); /* forgotten */
    base_undo(&b);
}

static bool deny(size_t size, void *ctx)
{
    int *left = ctx; /* allocations until one fails; from 0 on none does */

    (void)size;
    return --*left == 0;
}

/* What remembers them grows with the eighth. */
static void one_that_cannot_be_remembered_goes_at_once(void **state)
{
    struct vs__digest digest;
    struct base b;
    uint8_t raw[CHUNK];
    int64_t chunk = 0;
    int left = 1;

    bulk_open(&b, state);
    (void)put_idle(&b, 1);
    assert_ok(vs__pool_end(&b.pool, VS_OK)); /* its statements are made */
    for (uint64_t i = 1; i <= 7; i++)
        (void)put_idle(&b, i);
    fill_noise(raw, CHUNK, 8);
    assert_ok(vs__pool_put(&b.pool, VS_U8, raw, CHUNK, 0, &chunk, &digest));
    vs__alloc_hook(deny, &left);
    assert_ok(vs__pool_unref(&b.pool, chunk));
    vs__alloc_hook(NULL, NULL);
    assert_int_equal(left, 0);
    assert_int_equal(n_chunks(&b), 7);
    assert_ok(vs__pool_end(&b.pool, VS_OK));
    assert_int_equal(n_chunks(&b), 0);
    base_close(&b);
}

static void a_pool_that_had_no_memory_gets_it_later(void **state)
{
    struct base b;
    int left = 0;

    base_open(&b, state);
    for (int k = 1; left <= 0; k++) {
        struct vs__pool pool;
        vs_status st;

        vs__pool_init(&pool, b.db, CHUNK);
        left = k;
        vs__alloc_hook(deny, &left);
        st = vs__pool_ready(&pool);
        vs__alloc_hook(NULL, NULL);
        assert_status(left > 0 ? VS_OK : VS_ERR_NOMEM, st);
        assert_ok(vs__pool_ready(&pool));
        vs__pool_done(&pool);
        assert_true(left <= 0 || k > 5);
    }
    base_close(&b);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(chunks_go_at_the_end_of_a_bulk_transaction),
        WITH_DIR(one_that_has_a_user_again_stays),
        WITH_DIR(damage_among_them_is_told_at_the_end),
        WITH_DIR(one_that_cannot_be_remembered_goes_at_once),
        WITH_DIR(a_pool_that_had_no_memory_gets_it_later),
    };

    return cmocka_run_group_tests_name("chunk.idle", tests, NULL, NULL);
}
