/* test_desk.c - chunk/desk: a chunk is encoded alike on every desk. */
#include "floats.h"

#include "base/alloc.h"
#include "chunk/desk.h"

static void every_desk_makes_the_same_frame(void **state)
{
    const vs_dtype dtypes[] = {VS_F32, VS_BF16, VS_U8, VS_C128, VS_F8_E4M3};
    struct vs__desk own = {0};
    struct vs__desks *desks;
    uint8_t *memory_of_frame = memory(vs__frame_room(CHUNK) + 64);
    uint8_t *line = memory_of_frame + (64 - (uintptr_t)memory_of_frame % 64);
    uint8_t *histograms[2] = {memory(VS__HISTOGRAM_MAX),
                              memory(VS__HISTOGRAM_MAX)};
    uint8_t raw[CHUNK];

    (void)state;
    assert_true(vs__desk_init(&own, CHUNK));
    desks = vs__desks_new(3, &own, CHUNK);
    assert_non_null(desks);
    assert_int_equal(vs__workers_count(desks->workers), 3);
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        struct vs__encoded e[2];
        struct vs__digest digest;

        fill_noise(raw, CHUNK, i);
        for (size_t k = 0; k < CHUNK; k += 4)
            raw[k] = 0;
        digest = vs__digest_of(raw, CHUNK);
        vs__desk_encode(&desks->at[0], dtypes[i], raw, CHUNK, &digest, NULL,
                        histograms[0], &e[0]);
        vs__desk_encode(&desks->at[2], dtypes[i], raw, CHUNK, &digest, line,
                        histograms[1], &e[1]);
        assert_true(e[1].frame > line);
        assert_int_equal(e[0].frame_bytes, e[1].frame_bytes);
        assert_memory_equal(e[0].frame, e[1].frame, e[0].frame_bytes);
        assert_int_equal(e[0].histogram_bytes, e[1].histogram_bytes);
        assert_memory_equal(histograms[0], histograms[1], e[0].histogram_bytes);
        assert_memory_equal(&e[0].stats, &e[1].stats, sizeof e[0].stats);
    }
    vs__desks_free(desks);
    vs__desk_done(&own);
    free(memory_of_frame);
    free(histograms[0]);
    free(histograms[1]);
}

/* A chunk that is read by a worker's own connection. */
static void a_chunk_is_read_on_a_desk_by_its_digest(void **state)
{
    const char *path = base_file(state);
    struct vs__wanted wanted = {.raw_bytes = CHUNK};
    struct vs__desks *desks;
    struct base b;
    uint8_t raw[CHUNK];
    uint8_t got[CHUNK];

    fill_noise(raw, CHUNK, 1);
    assert_ok(base_try(&b, path));
    assert_ok(vs__pool_put(&b.pool, VS_U8, raw, CHUNK, 0, &wanted.chunk,
                           &wanted.digest));
    base_close(&b);
    assert_ok(base_try(&b, path));
    b.pool.threads = 2;
    desks = vs__pool_desks(&b.pool);
    assert_true(vs__desks_ready(desks, b.db, true));
    assert_true(vs__desk_load(desks, 1, &wanted, got));
    assert_memory_equal(got, raw, CHUNK);
    wanted.digest.bytes[0] ^= 1;
    assert_false(vs__desk_load(desks, 1, &wanted, got));
    wanted.digest.bytes[0] ^= 1;
    wanted.chunk++;
    assert_false(vs__desk_load(desks, 1, &wanted, got));
    base_close(&b);
}

/* A worker has no words: the owner is to look himself. */
static void damage_on_a_desk_is_no_chunk(void **state)
{
    enum { N = 6 };
    const char *path = base_file(state);
    struct vs__desks *desks;
    struct base b;
    uint8_t raw[CHUNK];
    uint8_t got[CHUNK];
    int64_t chunks[N][2]; /* a base and its delta */

    assert_ok(base_try(&b, path));
    for (uint64_t i = 0; i < N; i++) {
        fill_trained(raw, i + 1, 0, 0);
        chunks[i][0] = put_f32(&b, raw, (struct vs__delta){0});
        fill_trained(raw, i + 1, 6, 1);
        chunks[i][1] =
            put_f32(&b, raw, (struct vs__delta){.asked = chunks[i][0]});
        assert_int_equal(base_of(&b, chunks[i][1]), chunks[i][0]);
    }
    spoil(&b, chunks[1][0]);
    spoil(&b, chunks[2][1]);
    tell(&b, "DELETE FROM frame WHERE chunk = $1", chunks[3][0]);
    tell(&b, "DELETE FROM frame WHERE chunk = $1", chunks[4][1]);
    tell(&b, "UPDATE frame SET bytes = zeroblob(100000) WHERE chunk = $1",
         chunks[5][0]);
    base_close(&b);
    assert_ok(base_try(&b, path));
    b.pool.threads = 2;
    desks = vs__pool_desks(&b.pool);
    assert_true(vs__desks_ready(desks, b.db, true));
    for (int i = 0; i < N; i++) {
        struct vs__wanted w = {
            .chunk = chunks[i][1], .base = chunks[i][0], .raw_bytes = CHUNK};

        assert_ok(vs__pool_digest(&b.pool, w.chunk, &w.digest));
        assert_ok(vs__pool_digest(&b.pool, w.base, &w.base_digest));
        assert_int_equal(vs__desk_load(desks, 1, &w, got), i == 0);
    }
    base_close(&b);
}

/* -------- A reader whose connection fails. */

static int n_failing; /* how many of the next readings fail */

bool __real_vs__readers_read(struct vs__readers *readers, int i, size_t offset,
                             void *dst, size_t n);
bool __wrap_vs__readers_read(struct vs__readers *readers, int i, size_t offset,
                             void *dst, size_t n);

bool __wrap_vs__readers_read(struct vs__readers *readers, int i, size_t offset,
                             void *dst, size_t n)
{
    if (n_failing == 0)
        return __real_vs__readers_read(readers, i, offset, dst, n);
    n_failing--;
    return false;
}

/* Noise stands in its frame as it is: the header is read, then the noise; then,
 * since that went wrong, the frame as a whole. */
static void what_cannot_be_read_on_a_desk_is_no_chunk(void **state)
{
    const char *path = base_file(state);
    struct vs__wanted wanted = {.raw_bytes = CHUNK};
    struct vs__desks *desks;
    struct base b;
    uint8_t raw[CHUNK];
    uint8_t got[CHUNK];

    fill_noise(raw, CHUNK, 1);
    assert_ok(base_try(&b, path));
    assert_ok(vs__pool_put(&b.pool, VS_U8, raw, CHUNK, 0, &wanted.chunk,
                           &wanted.digest));
    base_close(&b);
    assert_ok(base_try(&b, path));
    b.pool.threads = 2;
    desks = vs__pool_desks(&b.pool);
    assert_true(vs__desks_ready(desks, b.db, true));
    n_failing = 2;
    assert_false(vs__desk_load(desks, 1, &wanted, got));
    assert_int_equal(n_failing, 0);
    n_failing = 1;
    assert_true(vs__desk_load(desks, 1, &wanted, got));
    assert_memory_equal(got, raw, CHUNK);
    assert_int_equal(n_failing, 0);
    base_close(&b);
}

static vs_status make_desks(void *ctx)
{
    struct vs__desk own = {0};
    struct vs__desks *desks = NULL;

    (void)ctx;
    if (vs__desk_init(&own, CHUNK))
        desks = vs__desks_new(3, &own, CHUNK);
    vs__desk_done(&own);
    if (desks == NULL)
        return VS_ERR_NOMEM;
    vs__desks_free(desks);
    return VS_OK;
}

static void memory_that_runs_out_gives_none(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_failing(make_desks, NULL, false), 8,
                    100);
    (void)test_each_allocation_failing(make_desks, NULL, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_desk_makes_the_same_frame),
        cmocka_unit_test_setup_teardown(a_chunk_is_read_on_a_desk_by_its_digest,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(damage_on_a_desk_is_no_chunk,
                                        test_dir_setup, test_dir_teardown),
        cmocka_unit_test_setup_teardown(
            what_cannot_be_read_on_a_desk_is_no_chunk, test_dir_setup,
            test_dir_teardown),
        cmocka_unit_test(memory_that_runs_out_gives_none),
    };

    return cmocka_run_group_tests_name("chunk.desk", tests, NULL, NULL);
}
