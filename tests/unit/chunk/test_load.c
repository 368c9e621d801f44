/* test_load.c - chunk/load: chunks and their bases come back, and damage of
 * either names both.
 */
#include "floats.h"

#include <stdio.h>

#include "failing.h"

static void set(struct base *b, const char *sql, int64_t value, int64_t chunk)
{
    struct vs__stmt *s = NULL;

    assert_ok(vs__stmt_new(b->db, sql, &s));
    vs__bind_i64(s, 1, value);
    vs__bind_i64(s, 2, chunk);
    assert_ok(vs__stmt_run(s));
    vs__stmt_free(s);
    assert_int_equal(vs__db_changes(b->db), 1);
}

/* Asserts that the chunk cannot be read, and that the words name it and tell
 * this. */
static void assert_damaged(struct base *b, int64_t chunk, const char *what)
{
    uint8_t out[CHUNK];
    char start[32];

    assert_status(VS_ERR_CORRUPT, get_f32(b, chunk, out));
    (void)snprintf(start, sizeof start, "chunk %lld: ", (long long)chunk);
    assert_words(b, start);
    if (strstr(vs__db_error(b->db)->message, what) == NULL)
        fail_msg("the words are '%s', want '%s'", vs__db_error(b->db)->message,
                 what);
    vs__pool_rest(&b->pool);
}

static void a_row_tells_base_and_users(void **state)
{
    struct vs__chunk_row row;
    struct base b;
    int64_t base;
    int64_t delta;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    assert_ok(vs__pool_row(&b.pool, delta, &row));
    assert_int_equal(row.base, base);
    assert_int_equal(row.refs, VS__USER);
    assert_int_equal(row.dtype, VS_F32);
    assert_int_equal(row.raw_bytes, CHUNK);
    assert_int_equal(row.frame_bytes, frame_bytes(&b, delta));
    assert_ok(vs__pool_base_row(&b.pool, delta, &row, &row));
    assert_int_equal(row.base, 0);
    assert_int_equal(row.refs, 2 * VS__USER);
    base_close(&b);
}

static void a_base_lives_as_long_as_its_deltas(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    uint8_t out[CHUNK];
    int64_t base;
    int64_t delta;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    assert_ok(vs__pool_unref(&b.pool, base));
    assert_int_equal(refs(&b, base), 1);
    fill_trained(raw, 1, 6, 1);
    assert_ok(get_f32(&b, delta, out));
    assert_memory_equal(out, raw, CHUNK);
    assert_ok(vs__pool_unref(&b.pool, delta));
    assert_int_equal(n_chunks(&b), 0);
    assert_int_equal(ask(&b, "SELECT count(*) FROM frame", 0), 0);
    base_close(&b);
}

static void a_base_that_is_missing_is_told(void **state)
{
    struct base b;
    int64_t base;
    int64_t delta;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    tell(&b, "DELETE FROM chunk WHERE id = $1", base);
    assert_damaged(&b, delta, "its base: chunk 1: it is used, but has no row");
    base_close(&b);
}

static void a_base_of_another_kind_is_told(void **state)
{
    struct base b;
    int64_t base;
    int64_t delta;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    set(&b, "UPDATE chunk SET dtype = $1 WHERE id = $2", VS_U32, base);
    assert_damaged(&b, delta, "its base: chunk 1 has 4096 bytes of dtype 4");
    set(&b, "UPDATE chunk SET dtype = $1 WHERE id = $2", VS_F32, base);
    set(&b, "UPDATE chunk SET raw_bytes = $1 WHERE id = $2", 4092, base);
    assert_damaged(&b, delta, "its base: chunk 1 has 4092 bytes of dtype 12");
    base_close(&b);
}

static void a_base_that_is_a_delta_is_told(void **state)
{
    struct base b;
    int64_t base;
    int64_t delta;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    set(&b, "UPDATE chunk SET base = $1 WHERE id = $2", delta, delta);
    assert_damaged(&b, delta, "its base: chunk 2 has a base itself");
    set(&b, "UPDATE chunk SET base = $1 WHERE id = $2", base, delta);
    set(&b, "UPDATE chunk SET base = $1 WHERE id = $2", delta, base);
    assert_damaged(&b, delta, "its base: chunk 1 has a base itself");
    base_close(&b);
}

static void a_base_with_a_spoilt_frame_is_told(void **state)
{
    struct base b;
    int64_t base;
    int64_t delta;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    spoil(&b, base);
    assert_damaged(&b, delta, "its base: chunk 1: frame: ");
    base_close(&b);
}

static void another_base_is_told(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t base;
    int64_t delta;
    int64_t other;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    fill_trained(raw, 2, 0, 0);
    other = put_f32(&b, raw, (struct vs__delta){0});
    set(&b, "UPDATE chunk SET base = $1 WHERE id = $2", other, delta);
    assert_damaged(&b, delta, "frame: digest of the base is");
    tell(&b, "UPDATE chunk SET base = NULL WHERE id = $1", delta);
    assert_damaged(&b, delta, "frame: filter 5, but the chunk has no base");
    set(&b, "UPDATE chunk SET base = $1 WHERE id = $2", base, other);
    assert_damaged(&b, other, "but the chunk has a base");
    base_close(&b);
}

/* What is asked of the store to read noise, which stands in its frame as it is,
 * fails in its turn; then it is read. */
static void a_store_that_does_not_answer_is_told(void **state)
{
    struct vs__digest digest;
    struct base b;
    uint8_t raw[CHUNK];
    uint8_t out[CHUNK];
    int64_t chunk;
    int n = 0;

    fill_noise(raw, CHUNK, 1);
    base_open(&b, state);
    assert_ok(vs__pool_put(&b.pool, VS_F32, raw, CHUNK, 0, &chunk, &digest));
    for (bool struck = true; struck; n++) {
        vs_status st;

        memset(out, 0, sizeof out);
        vs__pool_rest(&b.pool);
        failing_begin(FAILING_STATEMENT, n + 1, false);
        st = get_f32(&b, chunk, out);
        struck = failing_end();
        assert_status(struck ? VS_ERR_IO : VS_OK, st);
    }
    assert_in_range(n, 5, 20);
    assert_memory_equal(out, raw, CHUNK);
    base_close(&b);
}

static vs_status put_and_get(void *ctx)
{
    const char *path = *(const char **)ctx;
    struct vs__delta delta = {0};
    struct vs__digest digest;
    uint8_t raw[CHUNK];
    uint8_t out[CHUNK];
    struct base b;
    int64_t chunk = 0;
    vs_status st = base_try(&b, path);

    if (st != VS_OK)
        return st;
    fill_trained(raw, 1, 0, 0);
    st = vs__pool_put_delta(&b.pool, VS_F32, raw, CHUNK, &delta,
                            &delta.previous, &digest);
    fill_trained(raw, 1, 6, 1);
    if (st == VS_OK)
        st = vs__pool_put_delta(&b.pool, VS_F32, raw, CHUNK, &delta, &chunk,
                                &digest);
    if (st == VS_OK)
        st = get_f32(&b, chunk, out);
    if (st == VS_OK)
        assert_memory_equal(out, raw, CHUNK);
    if (st == VS_OK)
        st = vs__pool_unref(&b.pool, chunk);
    base_undo(&b);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    const char *path = base_file(state);

    assert_in_range(test_each_allocation_failing(put_and_get, &path, false), 10,
                    1000);
    (void)test_each_allocation_failing(put_and_get, &path, true);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_row_tells_base_and_users),
        WITH_DIR(a_base_lives_as_long_as_its_deltas),
        WITH_DIR(a_base_that_is_missing_is_told),
        WITH_DIR(a_base_of_another_kind_is_told),
        WITH_DIR(a_base_that_is_a_delta_is_told),
        WITH_DIR(a_base_with_a_spoilt_frame_is_told),
        WITH_DIR(another_base_is_told),
        WITH_DIR(a_store_that_does_not_answer_is_told),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk.load", tests, NULL, NULL);
}
