/* test_coder.c - codec/coder: what is chosen for which bytes, and that what
 * the pipeline does it can undo. */
#include "support.h"

#include <string.h>

#include "codec/coder.h"
#include "codec_data.h"

#define CHUNK ((size_t)256 << 10)

static struct vs__frame_info choice(const uint8_t *raw, size_t n,
                                    size_t element, size_t floats)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct vs__frame_info how = {
        VS__CODEC_RAW, VS__FILTER_NONE, element, n, {{0}}};

    assert_non_null(coder);
    vs__coder_choose(coder, raw, floats, &how);
    vs__coder_free(coder);
    return how;
}

static void assert_choice(enum vs__filter_id filter, enum vs__codec_id codec,
                          const uint8_t *raw, size_t n, size_t element,
                          size_t floats)
{
    struct vs__frame_info how = choice(raw, n, element, floats);

    assert_int_equal(how.filter, filter);
    assert_int_equal(how.codec, codec);
    assert_int_equal(how.raw_bytes, n);
}

static void noise_is_kept_raw_whatever_the_element(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_noise(raw, CHUNK);
    for (size_t element = 1; element <= 16; element *= 2) {
        size_t floats = element == 1 ? 0 : element < 8 ? element : 8;

        assert_choice(VS__FILTER_NONE, VS__CODEC_RAW, raw, CHUNK, element,
                      floats);
        assert_choice(VS__FILTER_NONE, VS__CODEC_RAW, raw, CHUNK, element, 0);
        assert_choice(VS__FILTER_NONE, VS__CODEC_RAW, raw, 4096, element, 0);
    }
    free(raw);
}

static void floats_are_packed_by_exponent(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    for (size_t width = 2; width <= 4; width *= 2)
        for (size_t element = width; element <= 2 * width; element *= 2) {
            fill_floats(raw, CHUNK, width);
            assert_choice(VS__FILTER_EXPONENT, VS__CODEC_LZ4, raw, CHUNK,
                          element, width);
            assert_choice(VS__FILTER_EXPONENT, VS__CODEC_LZ4, raw, 4096,
                          element, width);
        }
    free(raw);
}

/* Turned, they would spend a bit on a sign that never changes. */
static void floats_of_one_sign_are_packed_as_they_are(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_floats(raw, CHUNK, 4);
    for (size_t i = 3; i < CHUNK; i += 4)
        raw[i] &= 0x7F;
    assert_choice(VS__FILTER_PLANES, VS__CODEC_LZ4, raw, CHUNK, 4, 4);
    free(raw);
}

static void weights_not_known_as_floats_shrink_too(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_weights(raw, CHUNK);
    assert_choice(VS__FILTER_PLANES, VS__CODEC_LZ4, raw, CHUNK, 4, 0);
    free(raw);
}

static void skewed_bytes_are_packed(void **state)
{
    uint8_t *raw = exactly(CHUNK);
    uint64_t seed = 1;

    (void)state;
    for (size_t i = 0; i < CHUNK; i++)
        raw[i] = (uint8_t)(1 + 3 * (next_random(&seed) % 11));
    assert_choice(VS__FILTER_PLANES, VS__CODEC_LZ4, raw, CHUNK, 1, 0);
    free(raw);
}

/* That its sample shrinks to a plan says nothing of the next chunk. */
static void a_plan_is_forgotten_with_its_chunk(void **state)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct vs__frame_info how = {
        VS__CODEC_RAW, VS__FILTER_NONE, 4, CHUNK, {{0}}};
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_floats(raw, CHUNK, 4);
    vs__coder_choose(coder, raw, 4, &how);
    assert_true(coder->planned);
    assert_in_range(vs__coder_encode(coder, raw, &how, 4, CHUNK), 1, CHUNK);
    assert_false(coder->planned);
    vs__coder_choose(coder, raw, 4, &how);
    fill_noise(raw, CHUNK);
    vs__coder_choose(coder, raw, 4, &how);
    assert_false(coder->planned);
    free(raw);
    vs__coder_free(coder);
}

static void counters_are_shuffled(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_counter(raw, CHUNK);
    assert_choice(VS__FILTER_SHUFFLE, VS__CODEC_LZ4, raw, CHUNK, 8, 0);
    free(raw);
}

/* That plain LZ4 does well is no reason to stop looking. */
static void small_integers_are_filtered_though_lz4_alone_does_well(void **state)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct vs__frame_info plain = {
        VS__CODEC_LZ4, VS__FILTER_NONE, 8, CHUNK, {{0}}};
    uint8_t *raw = exactly(CHUNK);
    uint64_t seed = 1;

    (void)state;
    for (size_t i = 0; i < CHUNK; i += 8) {
        uint64_t x = 0;

        while (next_random(&seed) % 2 != 0)
            x++;
        vs__store64(raw + i, x);
    }
    assert_in_range(vs__coder_encode(coder, raw, &plain, 0, CHUNK), 1,
                    CHUNK / 4);
    assert_int_not_equal(choice(raw, CHUNK, 8, 0).filter, VS__FILTER_NONE);
    free(raw);
    vs__coder_free(coder);
}

static void one_element_stands_for_all_that_are_alike(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    memset(raw, 0, CHUNK);
    assert_choice(VS__FILTER_NONE, VS__CODEC_CONSTANT, raw, CHUNK, 4, 4);
    assert_choice(VS__FILTER_NONE, VS__CODEC_CONSTANT, raw, 64, 4, 0);
    assert_choice(VS__FILTER_NONE, VS__CODEC_CONSTANT, raw, 2, 1, 0);
    assert_choice(VS__FILTER_NONE, VS__CODEC_CONSTANT, raw, 32, 16, 8);
    free(raw);
}

static void zeros_need_no_filter(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    memset(raw, 0, CHUNK);
    raw[0] = 1;
    assert_choice(VS__FILTER_NONE, VS__CODEC_LZ4, raw, CHUNK, 4, 0);
    assert_choice(VS__FILTER_NONE, VS__CODEC_LZ4, raw, 64, 4, 0);
    free(raw);
}

/* A bit of noise below a slow counter: no byte is common, seven bit planes are
 * runs. */
static void single_bytes_may_be_bit_shuffled(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_noise(raw, CHUNK);
    for (size_t i = 0; i < CHUNK; i++)
        raw[i] = (uint8_t)((raw[i] & 1) | i / 32 << 1);
    assert_choice(VS__FILTER_BITSHUFFLE, VS__CODEC_LZ4, raw, CHUNK, 1, 0);
    free(raw);
}

static void the_end_of_a_chunk_is_sampled_too(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_noise(raw, CHUNK);
    memset(raw + CHUNK - 8192, 0, 8192);
    assert_int_equal(choice(raw, CHUNK, 4, 0).codec, VS__CODEC_LZ4);
    fill_noise(raw, CHUNK);
    memset(raw + CHUNK / 2 - 4096, 0, 8192);
    assert_int_equal(choice(raw, CHUNK, 4, 0).codec, VS__CODEC_LZ4);
    free(raw);
}

static void a_few_bytes_are_kept_raw(void **state)
{
    const uint8_t raw[16] = {0};

    (void)state;
    assert_choice(VS__FILTER_NONE, VS__CODEC_RAW, raw, 1, 1, 0);
    assert_choice(VS__FILTER_NONE, VS__CODEC_RAW, raw, 8, 8, 0);
}

static void worth_is_one_and_a_half_percent_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(vs__coder_worth(1), 1);
    assert_int_equal(vs__coder_worth(66), 1);
    assert_int_equal(vs__coder_worth(67), 2);
    assert_int_equal(vs__coder_worth(2000), 30);
    assert_int_equal(vs__coder_worth(VS__CHUNK_MAX), 251659);
}

static void each_way_is_undone_and_digested(void **state)
{
    struct vs__coder *coder = vs__coder_new(6000);
    uint8_t raw[6000];
    uint8_t out[6000];
    struct vs__digest want;
    struct vs__digest digest;

    (void)state;
    fill_weights(raw, sizeof raw);
    want = vs__digest_of(raw, sizeof raw);
    for (int filter = 0; filter < VS__FILTER_DELTA; filter++)
        for (int codec = 0; codec < VS__CODEC_CONSTANT; codec++) {
            struct vs__frame_info how = {(enum vs__codec_id)codec,
                                         (enum vs__filter_id)filter,
                                         4,
                                         sizeof raw,
                                         {{0}}};
            size_t n = vs__coder_encode(coder, raw, &how, 0, sizeof raw);

            if (filter == VS__FILTER_NONE && codec == VS__CODEC_LZ4)
                continue; /* unfiltered weights do not shrink */
            assert_in_range(n, 1, sizeof raw);
            assert_true(vs__coder_decode(coder, vs__coder_payload(coder), n,
                                         &how, out, &digest));
            assert_memory_equal(out, raw, sizeof raw);
            assert_true(vs__digest_equal(&digest, &want));
        }
    vs__coder_free(coder);
}

static void a_raw_payload_of_another_length_is_refused(void **state)
{
    struct vs__coder *coder = vs__coder_new(64);
    struct vs__frame_info how = {
        VS__CODEC_RAW, VS__FILTER_SHUFFLE, 4, 64, {{0}}};
    uint8_t payload[65] = {0};
    uint8_t out[64];
    struct vs__digest digest;

    (void)state;
    assert_true(vs__coder_decode(coder, payload, 64, &how, out, &digest));
    assert_false(vs__coder_decode(coder, payload, 63, &how, out, &digest));
    assert_false(vs__coder_decode(coder, payload, 65, &how, out, &digest));
    vs__coder_free(coder);
}

static void one_element_alike_fits_its_cap_and_its_length(void **state)
{
    struct vs__coder *coder = vs__coder_new(64);
    struct vs__frame_info how = {
        VS__CODEC_CONSTANT, VS__FILTER_NONE, 4, 64, {{0}}};
    uint8_t raw[64] = {0};
    uint8_t out[64];
    struct vs__digest digest;

    (void)state;
    assert_int_equal(vs__coder_encode(coder, raw, &how, 0, 4), 4);
    assert_int_equal(vs__coder_encode(coder, raw, &how, 0, 3), 0);
    assert_true(vs__coder_decode(coder, raw, 4, &how, out, &digest));
    assert_false(vs__coder_decode(coder, raw, 3, &how, out, &digest));
    assert_false(vs__coder_decode(coder, raw, 5, &how, out, &digest));
    vs__coder_free(coder);
}

static void the_payload_starts_at_a_cache_line(void **state)
{
    struct vs__coder *coder = vs__coder_new(1);

    (void)state;
    assert_int_equal((uintptr_t)vs__coder_payload(coder) % 64, 0);
    assert_true(VS__CODER_LINE >= VS__FRAME_HEADER);
    vs__coder_free(coder);
}

static vs_status make(void *ctx)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    vs_status st = coder != NULL ? VS_OK : VS_ERR_NOMEM;

    (void)ctx;
    vs__coder_free(coder);
    return st;
}

static void a_coder_without_memory_is_null(void **state)
{
    (void)state;
    assert_true(test_each_allocation_failing(make, NULL, false) > 3);
    assert_true(test_each_allocation_failing(make, NULL, true) > 3);
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    vs__coder_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_kept_raw_whatever_the_element),
        cmocka_unit_test(floats_are_packed_by_exponent),
        cmocka_unit_test(floats_of_one_sign_are_packed_as_they_are),
        cmocka_unit_test(weights_not_known_as_floats_shrink_too),
        cmocka_unit_test(skewed_bytes_are_packed),
        cmocka_unit_test(a_plan_is_forgotten_with_its_chunk),
        cmocka_unit_test(counters_are_shuffled),
        cmocka_unit_test(
            small_integers_are_filtered_though_lz4_alone_does_well),
        cmocka_unit_test(one_element_stands_for_all_that_are_alike),
        cmocka_unit_test(zeros_need_no_filter),
        cmocka_unit_test(single_bytes_may_be_bit_shuffled),
        cmocka_unit_test(the_end_of_a_chunk_is_sampled_too),
        cmocka_unit_test(a_few_bytes_are_kept_raw),
        cmocka_unit_test(worth_is_one_and_a_half_percent_rounded_up),
        cmocka_unit_test(each_way_is_undone_and_digested),
        cmocka_unit_test(a_raw_payload_of_another_length_is_refused),
        cmocka_unit_test(one_element_alike_fits_its_cap_and_its_length),
        cmocka_unit_test(the_payload_starts_at_a_cache_line),
        cmocka_unit_test(a_coder_without_memory_is_null),
        cmocka_unit_test(freeing_nothing_is_fine),
    };

    return cmocka_run_group_tests_name("codec.coder", tests, NULL, NULL);
}
