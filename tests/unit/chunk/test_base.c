/* test_base.c - chunk/base: from what a chunk is told by its differences, and
 * when it is not.
 */
#include "floats.h"

#include "chunk/list.h"

static void a_chunk_that_moved_little_is_a_delta(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    uint8_t out[CHUNK];
    int64_t whole;
    int64_t delta;

    base_open(&b, state);
    fill_trained(raw, 1, 0, 0);
    whole = put_f32(&b, raw, (struct vs__delta){0});
    fill_trained(raw, 1, 6, 1);
    delta = put_f32(&b, raw, (struct vs__delta){.previous = whole});
    assert_int_equal(base_of(&b, whole), 0);
    assert_int_equal(base_of(&b, delta), whole);
    assert_int_equal(refs(&b, whole), 2);
    assert_int_equal(refs(&b, delta), 1);
    assert_true(frame_bytes(&b, delta) * 2 < frame_bytes(&b, whole));
    assert_ok(get_f32(&b, delta, out));
    assert_memory_equal(out, raw, CHUNK);
    base_close(&b);
}

static void a_delta_of_a_delta_takes_its_base(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t base;
    int64_t first;
    int64_t second;

    base_open(&b, state);
    first = put_pair(&b, &base);
    fill_trained(raw, 1, 6, 2);
    second = put_f32(&b, raw, (struct vs__delta){.previous = first});
    assert_int_equal(base_of(&b, second), base);
    fill_trained(raw, 1, 6, 3);
    second = put_f32(&b, raw, (struct vs__delta){.asked = first});
    assert_int_equal(base_of(&b, second), base);
    assert_int_equal(refs(&b, base), 4);
    base_close(&b);
}

/* Differences of 22 bits in 32: next to nothing is saved. */
static void a_delta_that_does_not_save_a_tenth_is_not_kept(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t whole;
    int64_t next;

    base_open(&b, state);
    fill_trained(raw, 1, 0, 0);
    whole = put_f32(&b, raw, (struct vs__delta){0});
    fill_trained(raw, 1, 22, 1);
    next = put_f32(&b, raw, (struct vs__delta){.asked = whole});
    assert_int_equal(base_of(&b, next), 0);
    assert_int_equal(refs(&b, whole), 1);
    base_close(&b);
}

static void other_dtypes_are_kept_whole(void **state)
{
    static const vs_dtype dtypes[] = {VS_U8, VS_I32, VS_U64, VS_F8_E4M3};
    struct base b;
    uint8_t raw[CHUNK];

    base_open(&b, state);
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        struct vs__delta delta = {0};
        struct vs__digest digest;
        int64_t chunk = 0;

        fill_trained(raw, 1, 0, 0);
        assert_ok(vs__pool_put_delta(&b.pool, dtypes[i], raw, CHUNK, &delta,
                                     &delta.asked, &digest));
        raw[0] ^= 1;
        assert_ok(vs__pool_put_delta(&b.pool, dtypes[i], raw, CHUNK, &delta,
                                     &chunk, &digest));
        assert_int_equal(base_of(&b, chunk), 0);
    }
    base_close(&b);
}

static void every_float_can_be_a_delta(void **state)
{
    static const vs_dtype dtypes[] = {VS_F16, VS_BF16, VS_F32,
                                      VS_F64, VS_C64,  VS_C128};
    struct base b;
    uint8_t raw[CHUNK];
    uint8_t out[CHUNK];

    base_open(&b, state);
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        struct vs__delta delta = {0};
        struct vs__digest digest;
        int64_t chunk = 0;

        fill_trained(raw, i, 0, 0);
        assert_ok(vs__pool_put_delta(&b.pool, dtypes[i], raw, CHUNK, &delta,
                                     &delta.asked, &digest));
        raw[16] ^= 1;
        assert_ok(vs__pool_put_delta(&b.pool, dtypes[i], raw, CHUNK, &delta,
                                     &chunk, &digest));
        assert_int_equal(base_of(&b, chunk), delta.asked);
        assert_ok(vs__pool_get(&b.pool, chunk, dtypes[i], out, CHUNK, &digest));
        assert_memory_equal(out, raw, CHUNK);
    }
    base_close(&b);
}

/* Kept for the new delta alone it would take more than a whole chunk. */
static void a_base_that_would_go_is_none(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t whole;
    int64_t next;

    base_open(&b, state);
    fill_trained(raw, 1, 0, 0);
    whole = put_f32(&b, raw, (struct vs__delta){0});
    fill_trained(raw, 1, 6, 1);
    next =
        put_f32(&b, raw, (struct vs__delta){.previous = whole, .goes = true});
    assert_int_equal(base_of(&b, next), 0);
    assert_ok(vs__pool_ref(&b.pool, whole)); /* another version has it */
    fill_trained(raw, 1, 6, 2);
    next =
        put_f32(&b, raw, (struct vs__delta){.previous = whole, .goes = true});
    assert_int_equal(base_of(&b, next), whole);
    base_close(&b);
}

static void the_base_of_a_delta_that_goes_must_have_others(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t base;
    int64_t delta;
    int64_t next;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    fill_trained(raw, 1, 6, 2);
    next =
        put_f32(&b, raw, (struct vs__delta){.previous = delta, .goes = true});
    assert_int_equal(base_of(&b, next), base);
    assert_ok(vs__pool_unref(&b.pool, next));
    assert_ok(vs__pool_unref(&b.pool, base)); /* the delta alone has it now */
    next =
        put_f32(&b, raw, (struct vs__delta){.previous = delta, .goes = true});
    assert_int_equal(base_of(&b, next), 0);
    base_close(&b);
}

/* Deltas that grow: the group ends when one is no longer below its average. */
static void a_group_ends_when_differences_have_grown(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t base;
    int64_t last;
    int64_t sum;
    int64_t n = 1;
    unsigned bits = 2;

    base_open(&b, state);
    fill_trained(raw, 1, 0, 0);
    base = put_f32(&b, raw, (struct vs__delta){0});
    last = base;
    sum = frame_bytes(&b, base);
    for (; bits <= 20; bits += 2) {
        fill_trained(raw, 1, bits, bits);
        last = put_f32(&b, raw, (struct vs__delta){.previous = last});
        if (base_of(&b, last) == 0)
            break;
        assert_int_equal(base_of(&b, last), base);
        assert_true(frame_bytes(&b, last) * n < sum);
        sum += frame_bytes(&b, last);
        n++;
    }
    assert_in_range(bits, 6, 18);
    assert_int_equal(refs(&b, base), n);
    /* The same differences still pay for somebody who asks for this base. */
    fill_trained(raw, 1, bits, 99);
    last = put_f32(&b, raw, (struct vs__delta){.asked = base});
    assert_int_equal(base_of(&b, last), base);
    base_close(&b);
}

static void a_damaged_base_is_none_unless_it_was_asked_for(void **state)
{
    const struct vs__delta nothing = {0};
    struct vs__delta delta = {0};
    struct vs__digest digest;
    struct base b;
    uint8_t raw[CHUNK];
    int64_t chunk = 0;

    base_open(&b, state);
    fill_trained(raw, 1, 0, 0);
    delta.previous = put_f32(&b, raw, nothing);
    spoil(&b, delta.previous);
    fill_trained(raw, 1, 6, 1);
    chunk = put_f32(&b, raw, delta);
    assert_int_equal(base_of(&b, chunk), 0);
    delta.asked = delta.previous;
    fill_trained(raw, 1, 6, 2);
    assert_status(VS_ERR_CORRUPT,
                  vs__pool_put_delta(&b.pool, VS_F32, raw, CHUNK, &delta,
                                     &chunk, &digest));
    base_close(&b);
}

/* One that two versions have stays where one of them goes, and so does its
 * base. */
static void the_base_of_a_delta_that_others_have_stays(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t base;
    int64_t delta;
    int64_t next;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    assert_ok(vs__pool_ref(&b.pool, delta));
    assert_ok(vs__pool_unref(&b.pool, base)); /* the delta alone has it now */
    fill_trained(raw, 1, 6, 2);
    next =
        put_f32(&b, raw, (struct vs__delta){.previous = delta, .goes = true});
    assert_int_equal(base_of(&b, next), base);
    base_close(&b);
}

static void a_chunk_of_another_kind_is_no_base(void **state)
{
    struct vs__digest digest;
    struct base b;
    uint8_t raw[CHUNK];
    int64_t others[3];
    int64_t chunk;

    base_open(&b, state);
    fill_trained(raw, 1, 0, 0);
    assert_ok(
        vs__pool_put(&b.pool, VS_I32, raw, CHUNK, 0, &others[0], &digest));
    assert_ok(
        vs__pool_put(&b.pool, VS_F32, raw, CHUNK - 4, 0, &others[1], &digest));
    (void)put_pair(&b, &others[2]);
    tell(&b, "UPDATE chunk SET base = 1 WHERE id = $1", others[2]);
    for (unsigned i = 0; i < 3; i++) {
        const int64_t asked =
            i < 2 ? others[i]
                  : ask(&b, "SELECT id FROM chunk WHERE base = $1", others[2]);

        fill_trained(raw, 1, 6, 10 + i);
        chunk = put_f32(&b, raw, (struct vs__delta){.asked = asked});
        assert_int_equal(base_of(&b, chunk), 0);
    }
    base_close(&b);
}

/* Lengths whose sum is no number, or that are none. */
#define N_ALONE 3 /* damages when the base has one delta */
static void a_base_whose_lengths_cannot_be_is_none(void **state)
{
    static const char *const damages[] = {
        "UPDATE chunk SET frame_bytes = 9223372036854775807 WHERE id = $1",
        "UPDATE chunk SET frame_bytes = -9223372036854775808 WHERE id = $1",
        "UPDATE chunk SET frame_bytes = 9223372036854775807 WHERE id = "
        "(SELECT max(id) FROM chunk WHERE base = $1)",
        "UPDATE chunk SET frame_bytes = 9223372036854775807 WHERE id = "
        "(SELECT min(id) FROM chunk WHERE base = $1)",
        "DELETE FROM chunk WHERE id = $1",
    };
    struct base b;
    uint8_t raw[CHUNK];
    int64_t base;
    int64_t delta;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        int64_t next;

        if (i == N_ALONE) { /* their sum is none either */
            fill_trained(raw, 1, 6, 3);
            (void)put_f32(&b, raw, (struct vs__delta){.asked = base});
        }
        fill_trained(raw, 1, 6, 2);
        assert_ok(vs__txn_begin(b.db, VS_TXN_WRITE));
        tell(&b, damages[i], base);
        next = put_f32(&b, raw, (struct vs__delta){.previous = delta});
        assert_int_equal(base_of(&b, next), 0);
        (void)vs__txn_end(b.db, VS_ERR_CANCELLED);
    }
    base_close(&b);
}

static void what_is_there_already_is_found_delta_or_not(void **state)
{
    struct base b;
    uint8_t raw[CHUNK];
    int64_t base;
    int64_t delta;

    base_open(&b, state);
    delta = put_pair(&b, &base);
    fill_trained(raw, 1, 6, 1);
    assert_int_equal(put_f32(&b, raw, (struct vs__delta){.asked = base}),
                     delta);
    assert_int_equal(put_f32(&b, raw, (struct vs__delta){0}), delta);
    assert_int_equal(refs(&b, delta), 3);
    assert_int_equal(refs(&b, base), 2);
    base_close(&b);
}

static void a_place_asks_for_the_chunk_of_its_number(void **state)
{
    struct vs__deltas deltas = {true, 7, true, 7};
    struct vs__delta delta;
    struct vs__digest digest;
    struct vs__chunk_list list;
    struct base b;
    uint8_t raw[CHUNK];
    int64_t chunk;

    base_open(&b, state);
    fill_trained(raw, 1, 0, 0);
    chunk = put_f32(&b, raw, (struct vs__delta){0});
    vs__chunk_list_init(&list);
    assert_ok(vs__pool_digest(&b.pool, chunk, &digest));
    assert_ok(vs__chunk_list_add(&list, chunk, &digest));
    assert_ok(vs__chunks_attach(&b.pool, 7, &list));
    vs__chunk_list_done(&list);
    assert_ok(vs__delta_at(&b.pool, &deltas, 0, &delta));
    assert_int_equal(delta.asked, chunk);
    assert_int_equal(delta.previous, chunk);
    assert_true(delta.goes);
    assert_status(VS_ERR_CORRUPT, vs__delta_at(&b.pool, &deltas, 1, &delta));
    deltas.base = 0;
    deltas.previous = 0;
    assert_ok(vs__delta_at(&b.pool, &deltas, 1, &delta));
    assert_int_equal(delta.asked, 0);
    assert_int_equal(delta.previous, 0);
    base_close(&b);
}

#define WITH_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(a_chunk_that_moved_little_is_a_delta),
        WITH_DIR(a_delta_of_a_delta_takes_its_base),
        WITH_DIR(a_delta_that_does_not_save_a_tenth_is_not_kept),
        WITH_DIR(other_dtypes_are_kept_whole),
        WITH_DIR(every_float_can_be_a_delta),
        WITH_DIR(a_base_that_would_go_is_none),
        WITH_DIR(the_base_of_a_delta_that_goes_must_have_others),
        WITH_DIR(a_group_ends_when_differences_have_grown),
        WITH_DIR(a_damaged_base_is_none_unless_it_was_asked_for),
        WITH_DIR(the_base_of_a_delta_that_others_have_stays),
        WITH_DIR(a_chunk_of_another_kind_is_no_base),
        WITH_DIR(a_base_whose_lengths_cannot_be_is_none),
        WITH_DIR(what_is_there_already_is_found_delta_or_not),
        WITH_DIR(a_place_asks_for_the_chunk_of_its_number),
    };

    return cmocka_run_group_tests_name("chunk.base", tests, NULL, NULL);
}
