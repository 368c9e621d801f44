/* test_pool.c - chunk/pool: equal bytes are one chunk, damage is told, and
 * nothing outlives its last user.
 */
#include "pools.h"

#include "base/endian.h"
#include "codec/digest.h"

static int64_t put(struct base *b, vs_dtype dtype, const void *raw, size_t n)
{
    struct vs__digest want = vs__digest_of(raw, n);
    struct vs__digest digest;
    int64_t chunk = 0;

    assert_ok(vs__pool_put(&b->pool, dtype, raw, n, 0, &chunk, &digest));
    assert_true(vs__digest_equal(&digest, &want));
    return chunk;
}

static int64_t put_encoded(struct base *b, vs_dtype dtype, const void *raw,
                           size_t n)
{
    struct vs__encoded e;
    const int64_t before = n_chunks(b);
    int64_t chunk = 0;
    bool is_new = false;

    vs__pool_encode(&b->pool, dtype, raw, n, &e);
    assert_ok(vs__pool_put_encoded(&b->pool, &e, raw, NULL, &chunk, &is_new));
    assert_int_equal(is_new, n_chunks(b) != before);
    return chunk;
}

static vs_status get(struct base *b, int64_t chunk)
{
    uint8_t out[CHUNK];

    return vs__pool_get(&b->pool, chunk, VS_U8, out, CHUNK, NULL);
}

static void assert_holds(struct base *b, int64_t chunk, vs_dtype dtype,
                         const void *raw, size_t n)
{
    const struct vs__digest want = vs__digest_of(raw, n);
    struct vs__digest digest;
    uint8_t *out = memory(n);

    assert_ok(vs__pool_get(&b->pool, chunk, dtype, out, n, &digest));
    assert_memory_equal(out, raw, n);
    assert_true(vs__digest_equal(&digest, &want));
    free(out);
}

static void bytes_come_back_in_every_dtype(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];

    base_open(&b, state);
    for (int dtype = 1; dtype <= VS_N_DTYPES; dtype++) {
        const size_t n = 3 * vs_dtype_size((vs_dtype)dtype);
        int64_t chunk;

        fill_noise(raw, CHUNK, (uint64_t)dtype);
        chunk = put(&b, (vs_dtype)dtype, raw, CHUNK);
        assert_holds(&b, chunk, (vs_dtype)dtype, raw, CHUNK);
        chunk = put(&b, (vs_dtype)dtype, raw, n);
        assert_holds(&b, chunk, (vs_dtype)dtype, raw, n);
    }
    assert_int_equal(n_chunks(&b), 2 * VS_N_DTYPES);
    base_close(&b);
}

static void a_row_tells_what_its_chunk_is(void **state)
{
    const float raw[] = {1, -3, 0, 2};
    const struct vs__digest digest = vs__digest_of(raw, sizeof raw);
    struct vs__digest found;
    struct base b;
    int64_t id;

    base_open(&b, state);
    id = put(&b, VS_F32, raw, sizeof raw);
    assert_ok(vs__pool_digest(&b.pool, id, &found));
    assert_true(vs__digest_equal(&digest, &found));
    assert_int_equal(refs(&b, id), 1);
    assert_int_equal(
        ask(&b,
            "SELECT count(*) FROM chunk JOIN frame ON frame.chunk = chunk.id "
            "WHERE id = $1 AND dtype = 12 AND raw_bytes = 16 AND tie = 0 AND "
            "frame_bytes = length(bytes) AND n_numbers = 4 AND n_zeros = 1 "
            "AND n_nans = 0 AND n_infs = 0 AND min = -3 AND max = 2 AND "
            "mean = 0 AND m2 = 14 AND length(histogram) = 18",
            id),
        1);
    base_close(&b);
}

/* Infinite and huge numbers have statistics that a row must be able to hold. */
static void statistics_of_any_number_can_be_kept(void **state)
{
    const double huge[] = {1.7e308, -1.7e308, 1.7e308, -1.7e308};
    const uint64_t bits[] = {0x7FF0000000000000, 0x7FF8000000000000,
                             0xFFF0000000000000, 0x0000000000000001};
    struct base b;

    base_open(&b, state);
    assert_holds(&b, put(&b, VS_F64, huge, sizeof huge), VS_F64, huge,
                 sizeof huge);
    assert_holds(&b, put(&b, VS_F64, bits, 3 * sizeof bits[0]), VS_F64, bits,
                 3 * sizeof bits[0]);
    assert_holds(&b, put(&b, VS_F64, bits, sizeof bits), VS_F64, bits,
                 sizeof bits);
    base_close(&b);
}

static void equal_bytes_are_one_chunk(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t first;

    base_open(&b, state);
    fill_noise(raw, CHUNK, 1);
    first = put(&b, VS_U8, raw, CHUNK);
    assert_int_equal(put(&b, VS_U8, raw, CHUNK), first);
    assert_int_equal(put_encoded(&b, VS_U8, raw, CHUNK), first);
    assert_int_equal(refs(&b, first), 3);
    assert_int_equal(n_chunks(&b), 1);
    assert_int_equal(ask(&b, "SELECT count(*) FROM frame", 0), 1);
    base_close(&b);
}

static void an_encoded_chunk_is_found_by_its_bytes_too(void **state)
{
    struct base b;
    float raw[CHUNK / 4];
    int64_t first;

    base_open(&b, state);
    for (size_t i = 0; i < CHUNK / 4; i++)
        raw[i] = (float)i;
    first = put_encoded(&b, VS_F32, raw, CHUNK);
    assert_holds(&b, first, VS_F32, raw, CHUNK);
    assert_int_equal(put(&b, VS_F32, raw, CHUNK), first);
    assert_int_equal(refs(&b, first), 2);
    base_close(&b);
}

static void equal_bytes_of_another_dtype_are_another_chunk(void **state)
{
    static const vs_dtype dtypes[] = {VS_F32, VS_U32, VS_F64};
    uint8_t raw[CHUNK];
    struct base b;

    base_open(&b, state);
    fill_noise(raw, CHUNK, 1);
    for (int64_t i = 0; i < 3; i++)
        assert_int_equal(put(&b, dtypes[i], raw, CHUNK), i + 1);
    for (int64_t i = 0; i < 3; i++)
        assert_int_equal(put_encoded(&b, dtypes[i], raw, CHUNK), i + 1);
    for (int64_t i = 0; i < 3; i++)
        assert_int_equal(refs(&b, i + 1), 2);
    base_close(&b);
}

static void a_shorter_run_of_the_same_bytes_is_another_chunk(void **state)
{
    uint8_t raw[CHUNK] = {0};
    struct base b;

    base_open(&b, state);
    assert_int_equal(put(&b, VS_U8, raw, CHUNK), 1);
    assert_int_equal(put(&b, VS_U8, raw, CHUNK - 1), 2);
    assert_int_equal(put(&b, VS_U8, raw, 1), 3);
    base_close(&b);
}

/* Two runs of 4096 bytes with one XXH3-128. A product of the sum is of two
 * halves of (input xor secret): with its lower half made zero the upper one
 * only counts in a plain sum, and what one stripe adds another takes away. */
static void make_collision(uint8_t *a, uint8_t *b)
{
    static const uint8_t secret[16] = {0xB8, 0xFE, 0x6C, 0x39, 0x23, 0xA4,
                                       0x4B, 0xBE, 0x7C, 0x01, 0x81, 0x2C,
                                       0xF7, 0x21, 0xAD, 0x1C};

    fill_noise(a, CHUNK, 7);
    memcpy(a, secret, 4);
    memcpy(a + 64, secret + 8, 4);
    vs__store32(a + 4, 1000);
    vs__store32(a + 68, 2000);
    memcpy(b, a, CHUNK);
    vs__store32(b + 4, 1001);
    vs__store32(b + 68, 1999);
}

static void other_bytes_of_one_digest_get_the_next_tie(void **state)
{
    static const char tie[] = "SELECT tie FROM chunk WHERE id = $1";
    uint8_t one[CHUNK];
    uint8_t other[CHUNK];
    struct base b;
    int64_t first;
    int64_t second;

    base_open(&b, state);
    make_collision(one, other);
    first = put(&b, VS_U8, one, CHUNK);
    second = put(&b, VS_U8, other, CHUNK); /* asserts the digest, too */
    assert_int_not_equal(first, second);
    assert_int_equal(ask(&b, tie, first), 0);
    assert_int_equal(ask(&b, tie, second), 1);
    assert_holds(&b, first, VS_U8, one, CHUNK);
    assert_holds(&b, second, VS_U8, other, CHUNK);
    assert_int_equal(put(&b, VS_U8, one, CHUNK), first);
    assert_int_equal(put(&b, VS_U8, other, CHUNK), second);
    assert_int_equal(put_encoded(&b, VS_U8, other, CHUNK), second);
    assert_int_equal(refs(&b, first), 2);
    assert_int_equal(refs(&b, second), 3);
    base_close(&b);
}

static void encoded_bytes_of_one_digest_get_the_next_tie(void **state)
{
    uint8_t one[CHUNK];
    uint8_t other[CHUNK];
    struct base b;
    int64_t second;

    base_open(&b, state);
    make_collision(one, other);
    assert_int_not_equal(put_encoded(&b, VS_U8, one, CHUNK),
                         second = put_encoded(&b, VS_U8, other, CHUNK));
    assert_holds(&b, second, VS_U8, other, CHUNK);
    base_close(&b);
}

/* Once the first of two has gone the second is not found any more: its bytes
 * are kept twice, and nobody's are lost. */
static void a_gap_in_the_ties_loses_nothing(void **state)
{
    uint8_t one[CHUNK];
    uint8_t other[CHUNK];
    struct base b;
    int64_t first;
    int64_t second;

    base_open(&b, state);
    make_collision(one, other);
    first = put(&b, VS_U8, one, CHUNK);
    second = put(&b, VS_U8, other, CHUNK);
    assert_ok(vs__pool_unref(&b.pool, first));
    assert_holds(&b, second, VS_U8, other, CHUNK);
    first = put(&b, VS_U8, one, CHUNK);
    assert_holds(&b, first, VS_U8, one, CHUNK);
    assert_int_equal(put(&b, VS_U8, other, CHUNK), second);
    base_close(&b);
}

/* A row whose digest is not that of its frame: other bytes meet it there. */
static void a_row_with_a_wrong_digest_is_damage_and_never_merged(void **state)
{
    uint8_t raw[2][CHUNK];
    struct vs__encoded e;
    struct vs__digest digest;
    struct base b;
    int64_t chunk = 0;
    int64_t none = 77;
    bool is_new = true;

    base_open(&b, state);
    fill_noise(raw, sizeof raw, 1);
    chunk = put(&b, VS_U8, raw[0], CHUNK);
    digest = vs__digest_of(raw[1], CHUNK);
    tell_bytes(&b, "UPDATE chunk SET digest = $1 WHERE id = $2", digest.bytes,
               sizeof digest, chunk);
    assert_status(VS_ERR_CORRUPT, vs__pool_put(&b.pool, VS_U8, raw[1], CHUNK, 0,
                                               &none, &digest));
    assert_words(&b, "chunk 1: frame: digest of the header");
    vs__pool_encode(&b.pool, VS_U8, raw[1], CHUNK, &e);
    assert_status(VS_ERR_CORRUPT, vs__pool_put_encoded(&b.pool, &e, raw[1],
                                                       NULL, &none, &is_new));
    assert_status(VS_ERR_CORRUPT, get(&b, chunk));
    assert_int_equal(none, 77);
    assert_int_equal(refs(&b, chunk), 1);
    assert_int_equal(n_chunks(&b), 1);
    base_close(&b);
}

/* What stood in the same place before is taken by its digest alone; from
 * anybody else the bytes are compared, and damage to them comes out. */
static void only_the_previous_chunk_is_taken_unread(void **state)
{
    uint8_t raw[CHUNK];
    struct vs__digest digest;
    struct base b;
    int64_t chunk;
    int64_t found = 0;

    base_open(&b, state);
    fill_noise(raw, CHUNK, 1);
    chunk = put(&b, VS_U8, raw, CHUNK);
    spoil(&b, chunk);
    assert_ok(vs__pool_put(&b.pool, VS_U8, raw, CHUNK, chunk, &found, &digest));
    assert_int_equal(found, chunk);
    assert_status(VS_ERR_CORRUPT, vs__pool_put(&b.pool, VS_U8, raw, CHUNK,
                                               chunk + 1, &found, &digest));
    assert_words(&b, "chunk 1: frame: digest of the content");
    assert_int_equal(refs(&b, chunk), 2);
    base_close(&b);
}

static void a_digest_tells_whether_the_pool_has_a_chunk(void **state)
{
    uint8_t raw[CHUNK];
    struct vs__digest digest;
    struct base b;
    bool has = true;

    base_open(&b, state);
    fill_noise(raw, CHUNK, 1);
    digest = vs__digest_of(raw, CHUNK);
    assert_ok(vs__pool_has(&b.pool, &digest, VS_U8, CHUNK, &has));
    assert_false(has);
    (void)put(&b, VS_U8, raw, CHUNK);
    assert_ok(vs__pool_has(&b.pool, &digest, VS_U8, CHUNK, &has));
    assert_true(has);
    assert_ok(vs__pool_has(&b.pool, &digest, VS_I8, CHUNK, &has));
    assert_false(has);
    base_close(&b);
}

static void the_last_user_takes_row_and_frame_along(void **state)
{
    uint8_t raw[CHUNK];
    struct base b;
    int64_t kept;
    int64_t chunk;

    base_open(&b, state);
    fill_noise(raw, CHUNK, 1);
    kept = put(&b, VS_U8, raw, CHUNK);
    chunk = put(&b, VS_I8, raw, CHUNK);
    assert_ok(vs__pool_ref(&b.pool, chunk));
    assert_ok(vs__pool_unref(&b.pool, chunk));
    assert_int_equal(refs(&b, chunk), 1);
    assert_ok(vs__pool_unref(&b.pool, chunk));
    assert_int_equal(n_chunks(&b), 1);
    assert_int_equal(ask(&b, "SELECT count(*) FROM frame", 0), 1);
    assert_holds(&b, kept, VS_U8, raw, CHUNK);
    base_close(&b);
}

static void a_reader_survives_what_is_written_meanwhile(void **state)
{
    uint8_t raw[3][CHUNK];
    struct base b;
    int64_t chunk[3];

    base_open(&b, state);
    fill_noise(raw, sizeof raw, 1);
    chunk[0] = put(&b, VS_U8, raw[0], CHUNK);
    chunk[1] = put(&b, VS_U8, raw[1], CHUNK);
    assert_holds(&b, chunk[0], VS_U8, raw[0], CHUNK); /* the reader is open */
    chunk[2] = put(&b, VS_U8, raw[2], CHUNK);
    assert_holds(&b, chunk[2], VS_U8, raw[2], CHUNK);
    assert_ok(vs__pool_unref(&b.pool, chunk[2])); /* where the reader stands */
    assert_holds(&b, chunk[1], VS_U8, raw[1], CHUNK);
    assert_status(VS_ERR_CORRUPT, get(&b, chunk[2]));
    base_close(&b);
}

static void a_chunk_that_is_not_there_is_named(void **state)
{
    struct vs__digest digest;
    struct base b;

    base_open(&b, state);
    assert_status(VS_ERR_CORRUPT, vs__pool_ref(&b.pool, 41));
    assert_words(&b, "chunk 41: it is used, but has no row");
    assert_status(VS_ERR_CORRUPT, vs__pool_unref(&b.pool, 42));
    assert_words(&b, "chunk 42: it is used, but has no row");
    assert_status(VS_ERR_CORRUPT, vs__pool_digest(&b.pool, 43, &digest));
    assert_words(&b, "chunk 43: it is used, but has no row");
    assert_status(VS_ERR_CORRUPT, get(&b, 44));
    assert_words(&b, "chunk 44: it is used, but has no row");
    base_close(&b);
}

/* One way of harming a chunk's rows, and how its words must go on. */
struct harm {
    const char *sql; /* $1 is the chunk */
    const char *words;
};

static void every_damage_is_told_with_the_chunk(void **state)
{
    static const struct harm harms[] = {
        {"UPDATE chunk SET digest = x'00' WHERE id = $1",
         "chunk 1: a digest of 1 bytes, want 16"},
        {"UPDATE chunk SET dtype = 6 WHERE id = $1",
         "chunk 1: has 4096 bytes of dtype 6, want 4096 of dtype 2"},
        {"UPDATE chunk SET raw_bytes = 4095 WHERE id = $1",
         "chunk 1: has 4095 bytes of dtype 2, want 4096 of dtype 2"},
        {"UPDATE frame SET bytes = substr(bytes, 1, 27) WHERE chunk = $1",
         "chunk 1: frame: 27 bytes, the header alone has 28"},
        {"UPDATE frame SET bytes = substr(bytes, 1, 4000) WHERE chunk = $1",
         "chunk 1: frame: payload length 4096, but 3972 bytes are there"},
        {"UPDATE frame SET bytes = x'' WHERE chunk = $1",
         "chunk 1: frame: 0 bytes, the header alone has 28"},
        {"UPDATE frame SET bytes = zeroblob(4125) WHERE chunk = $1",
         "chunk 1: a frame of 4125 bytes, at most 4124 can be"},
        {"UPDATE frame SET bytes = zeroblob(4124) WHERE chunk = $1",
         "chunk 1: frame: version 0, want 1"},
        {"DELETE FROM frame WHERE chunk = $1", "chunk 1: "},
        {"DELETE FROM chunk WHERE id = $1",
         "chunk 1: it is used, but has no row"},
    };
    uint8_t raw[CHUNK];
    struct base b;

    base_open(&b, state);
    fill_noise(raw, CHUNK, 1);
    for (size_t i = 0; i < sizeof harms / sizeof harms[0]; i++) {
        int64_t chunk;

        assert_ok(vs__txn_begin(b.db, VS_TXN_WRITE));
        chunk = put(&b, VS_U8, raw, CHUNK);
        assert_int_equal(chunk, 1);
        tell(&b, harms[i].sql, chunk);
        assert_status(VS_ERR_CORRUPT, get(&b, chunk));
        assert_words(&b, harms[i].words);
        vs__pool_rest(&b.pool);
        (void)vs__txn_end(b.db, VS_ERR_CANCELLED);
    }
    base_close(&b);
}

static void every_bit_of_a_frame_is_guarded(void **state)
{
    static const char set[] = "UPDATE frame SET bytes = $1 WHERE chunk = $2";
    uint8_t raw[64];
    uint8_t out[64];
    uint8_t frame[VS__FRAME_HEADER + sizeof raw];
    struct vs__encoded e;
    struct base b;
    int64_t chunk = 0;
    bool is_new = false;

    base_open(&b, state);
    fill_noise(raw, sizeof raw, 1);
    vs__pool_encode(&b.pool, VS_U32, raw, sizeof raw, &e);
    assert_int_equal(e.frame_bytes, sizeof frame);
    memcpy(frame, e.frame, sizeof frame);
    assert_ok(vs__pool_put_encoded(&b.pool, &e, raw, NULL, &chunk, &is_new));
    for (size_t bit = 0; bit < 8 * sizeof frame; bit++) {
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
        tell_bytes(&b, set, frame, sizeof frame, chunk);
        assert_status(VS_ERR_CORRUPT, vs__pool_get(&b.pool, chunk, VS_U32, out,
                                                   sizeof out, NULL));
        vs__pool_rest(&b.pool);
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    base_close(&b);
}

static void a_lost_frame_is_noticed_when_its_chunk_goes(void **state)
{
    uint8_t raw[CHUNK];
    struct base b;
    int64_t chunk;

    base_open(&b, state);
    fill_noise(raw, CHUNK, 1);
    chunk = put(&b, VS_U8, raw, CHUNK);
    tell(&b, "DELETE FROM frame WHERE chunk = $1", chunk);
    assert_status(VS_ERR_CORRUPT, vs__pool_unref(&b.pool, chunk));
    assert_words(&b, "chunk 1: ");
    base_undo(&b);
}

static void what_was_undone_is_not_found_again(void **state)
{
    uint8_t raw[CHUNK];
    struct base b;
    int64_t chunk;

    base_open(&b, state);
    fill_noise(raw, CHUNK, 1);
    assert_ok(vs__txn_begin(b.db, VS_TXN_WRITE));
    (void)put(&b, VS_U8, raw, CHUNK);
    (void)vs__txn_end(b.db, VS_ERR_CANCELLED);
    assert_int_equal(n_chunks(&b), 0);
    chunk = put(&b, VS_U8, raw, CHUNK);
    assert_int_equal(refs(&b, chunk), 1);
    assert_holds(&b, chunk, VS_U8, raw, CHUNK);
    base_close(&b);
}

static vs_status put_get_and_drop(void *ctx)
{
    const char *const *path = ctx;
    uint8_t raw[2][CHUNK];
    struct vs__digest digest;
    struct base b;
    int64_t chunk = 0;
    vs_status st = base_try(&b, *path);

    if (st != VS_OK)
        return st;
    fill_noise(raw[0], CHUNK, 1);
    st = vs__pool_put(&b.pool, VS_U8, raw[0], CHUNK, 0, &chunk, &digest);
    if (st == VS_OK)
        st = vs__pool_put(&b.pool, VS_U8, raw[0], CHUNK, 0, &chunk, &digest);
    if (st == VS_OK)
        st = vs__pool_get(&b.pool, chunk, VS_U8, raw[1], CHUNK, NULL);
    if (st == VS_OK)
        assert_memory_equal(raw[0], raw[1], CHUNK);
    if (st == VS_OK)
        st = vs__pool_unref(&b.pool, chunk);
    if (st == VS_OK)
        st = vs__pool_unref(&b.pool, chunk);
    base_undo(&b);
    return st;
}

static void memory_that_runs_out_is_told(void **state)
{
    const char *path = base_file(state);

    assert_in_range(
        test_each_allocation_failing(put_get_and_drop, &path, false), 10, 1000);
    (void)test_each_allocation_failing(put_get_and_drop, &path, true);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(bytes_come_back_in_every_dtype),
        WITH_DIR(a_row_tells_what_its_chunk_is),
        WITH_DIR(statistics_of_any_number_can_be_kept),
        WITH_DIR(equal_bytes_are_one_chunk),
        WITH_DIR(an_encoded_chunk_is_found_by_its_bytes_too),
        WITH_DIR(equal_bytes_of_another_dtype_are_another_chunk),
        WITH_DIR(a_shorter_run_of_the_same_bytes_is_another_chunk),
        WITH_DIR(other_bytes_of_one_digest_get_the_next_tie),
        WITH_DIR(encoded_bytes_of_one_digest_get_the_next_tie),
        WITH_DIR(a_gap_in_the_ties_loses_nothing),
        WITH_DIR(a_row_with_a_wrong_digest_is_damage_and_never_merged),
        WITH_DIR(only_the_previous_chunk_is_taken_unread),
        WITH_DIR(a_digest_tells_whether_the_pool_has_a_chunk),
        WITH_DIR(the_last_user_takes_row_and_frame_along),
        WITH_DIR(a_reader_survives_what_is_written_meanwhile),
        WITH_DIR(a_chunk_that_is_not_there_is_named),
        WITH_DIR(every_damage_is_told_with_the_chunk),
        WITH_DIR(every_bit_of_a_frame_is_guarded),
        WITH_DIR(a_lost_frame_is_noticed_when_its_chunk_goes),
        WITH_DIR(what_was_undone_is_not_found_again),
        WITH_DIR(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk.pool", tests, NULL, NULL);
}
