/* test_frame.c - codec/frame: FORMAT.md's bytes, and every way forth and
 * back. */
#include "frame_check.h"

static void the_constant_example_is_what_is_written(void **state)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    size_t n;
    uint8_t *frame =
        frame_as(coder, example_constant_raw, sizeof example_constant_raw, 4,
                 VS__FILTER_NONE, VS__CODEC_CONSTANT, &n);

    (void)state;
    assert_int_equal(n, sizeof example_constant_frame);
    assert_memory_equal(frame, example_constant_frame, n);
    assert_ok(decode(frame, n, example_constant_raw,
                     sizeof example_constant_raw, NULL));
    free(frame);
    vs__coder_free(coder);
}

static void the_packed_example_of_the_format_decodes(void **state)
{
    uint8_t raw[128];

    (void)state;
    example_floats(raw);
    assert_ok(decode(example_exponent_frame, sizeof example_exponent_frame, raw,
                     sizeof raw, NULL));
}

static void the_examples_of_the_format_decode(void **state)
{
    (void)state;
    assert_ok(decode(example_raw_frame, sizeof example_raw_frame, example_raw,
                     sizeof example_raw, NULL));
    assert_ok(decode(example_shuffle_frame, sizeof example_shuffle_frame,
                     example_raw, sizeof example_raw, NULL));
    assert_ok(decode(example_bitshuffle_frame, sizeof example_bitshuffle_frame,
                     example_raw, sizeof example_raw, NULL));
}

static void the_examples_of_the_format_are_what_is_written(void **state)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    size_t n;
    uint8_t *frame = frame_as(coder, example_raw, sizeof example_raw, 2,
                              VS__FILTER_NONE, VS__CODEC_RAW, &n);

    (void)state;
    assert_int_equal(n, sizeof example_raw_frame);
    assert_memory_equal(frame, example_raw_frame, n);
    free(frame);
    frame = frame_as(coder, example_raw, sizeof example_raw, 2,
                     VS__FILTER_BITSHUFFLE, VS__CODEC_RAW, &n);
    assert_int_equal(n, sizeof example_bitshuffle_frame);
    assert_memory_equal(frame, example_bitshuffle_frame, n);
    free(frame);
    vs__coder_free(coder);
}

static void a_frame_says_what_it_is(void **state)
{
    struct vs__frame_info info;
    struct vs__digest digest = vs__digest_of(example_raw, sizeof example_raw);

    (void)state;
    assert_ok(vs__frame_info(example_shuffle_frame,
                             sizeof example_shuffle_frame, &info, NULL));
    assert_int_equal(info.codec, VS__CODEC_LZ4);
    assert_int_equal(info.filter, VS__FILTER_SHUFFLE);
    assert_int_equal(info.element, 2);
    assert_int_equal(info.raw_bytes, 32);
    assert_true(vs__digest_equal(&info.digest, &digest));
}

/* Lengths around the sample's and the tiles' edges. */
static void every_way_comes_back(void **state)
{
    static const size_t counts[] = {1, 7, 64, 513, 1023, 1024, 4096};
    struct vs__coder *coder = vs__coder_new(CHUNK);
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_weights(raw, CHUNK);
    for (size_t element = 1; element <= 16; element *= 2)
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
            for (int way = 0; way < N_WAYS; way++) {
                size_t n = counts[k] * element;
                size_t bytes;
                uint8_t *frame =
                    frame_as(coder, raw, n, element, filter_of(way),
                             codec_of(way), &bytes);

                assert_in_range(bytes, 1, VS__FRAME_HEADER + n);
                assert_ok(decode(frame, bytes, raw, n, NULL));
                free(frame);
            }
    free(raw);
    vs__coder_free(coder);
}

static size_t encoded_bytes(const uint8_t *raw, size_t n, size_t element)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct vs__digest digest = vs__digest_of(raw, n);
    const uint8_t *frame;
    size_t bytes;

    vs__frame_encode(coder, raw, n, element, 0, &digest, &frame, &bytes);
    assert_ok(decode(frame, bytes, raw, n, NULL));
    vs__coder_free(coder);
    return bytes;
}

static void a_chosen_way_comes_back_and_never_grows(void **state)
{
    static const size_t lengths[] = {16,    48,    4096,  16368,
                                     16384, 16400, 40000, 64 << 10};
    void (*const fills[])(uint8_t *, size_t) = {fill_noise, fill_weights,
                                                fill_counter};
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    for (size_t f = 0; f < 3; f++)
        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++)
            for (size_t element = 1; element <= 16; element *= 2) {
                fills[f](raw, lengths[k]);
                assert_in_range(encoded_bytes(raw, lengths[k], element), 1,
                                VS__FRAME_HEADER + lengths[k]);
            }
    free(raw);
}

static void weights_and_counters_shrink(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_weights(raw, CHUNK);
    assert_in_range(encoded_bytes(raw, CHUNK, 4), 1, CHUNK * 9 / 10);
    fill_counter(raw, CHUNK);
    assert_in_range(encoded_bytes(raw, CHUNK, 8), 1, CHUNK / 20);
    memset(raw, 0x3F, CHUNK);
    raw[CHUNK - 1] = 0;
    assert_in_range(encoded_bytes(raw, CHUNK, 4), 1, CHUNK / 200);
    free(raw);
}

/* Elements of every size whose bits a number could lose: a NaN with a payload,
 * a negative zero, all bits. */
static void fill_alike(uint8_t *raw, size_t n, size_t element, int what)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = i % element;

        raw[i] = (uint8_t)(what == 0 ? 17 * k + 1 : 0xFF);
        if (what == 1)
            raw[i] = k == element - 1 ? 0x80 : 0;
    }
}

static void elements_that_are_alike_take_one(void **state)
{
    static const size_t counts[] = {2, 3, 255, 256, 257, 1024, 4095, 4096};
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    for (size_t element = 1; element <= 16; element *= 2)
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
            for (int what = 0; what < 3; what++) {
                size_t n = counts[k] * element;

                fill_alike(raw, n, element, what);
                assert_int_equal(encoded_bytes(raw, n, element),
                                 VS__FRAME_HEADER + element);
            }
    free(raw);
}

static void an_element_that_differs_in_a_bit_is_not_alike(void **state)
{
    uint8_t *raw = exactly(4096);

    (void)state;
    for (size_t at = 0; at < 4096; at += 5) {
        fill_alike(raw, 4096, 4, 0);
        raw[at] ^= 1;
        assert_true(encoded_bytes(raw, 4096, 4) != VS__FRAME_HEADER + 4);
    }
    free(raw);
}

/* The sample shrinks, the chunk as a whole does not save its 1.5 %. */
static void what_only_its_sample_promised_is_kept_raw(void **state)
{
    uint8_t *raw = exactly(CHUNK);

    (void)state;
    fill_noise(raw, CHUNK);
    memset(raw, 0, 600);
    assert_int_equal(encoded_bytes(raw, CHUNK, 4), VS__FRAME_HEADER + CHUNK);
    memset(raw, 0, 1500);
    assert_in_range(encoded_bytes(raw, CHUNK, 4), 1,
                    VS__FRAME_HEADER + CHUNK - 1000);
    free(raw);
}

static void assert_kind(const uint8_t *frame, size_t frame_bytes,
                        enum vs__filter_id filter, enum vs__codec_id codec)
{
    struct vs__frame_info info = {0};

    assert_ok(vs__frame_info(frame, frame_bytes, &info, NULL));
    assert_int_equal(info.filter, filter);
    assert_int_equal(info.codec, codec);
}

static void a_given_way_falls_back_to_raw_only_if_it_grows(void **state)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    uint8_t *raw = exactly(CHUNK);
    size_t n;
    uint8_t *frame;

    (void)state;
    fill_noise(raw, CHUNK);
    frame =
        frame_as(coder, raw, CHUNK, 4, VS__FILTER_SHUFFLE, VS__CODEC_LZ4, &n);
    assert_kind(frame, n, VS__FILTER_NONE, VS__CODEC_RAW);
    free(frame);
    memset(raw, 0, 600);
    frame = frame_as(coder, raw, CHUNK, 4, VS__FILTER_NONE, VS__CODEC_LZ4, &n);
    assert_kind(frame, n, VS__FILTER_NONE, VS__CODEC_LZ4);
    free(frame);
    free(raw);
    vs__coder_free(coder);
}

static void a_header_tells_of_plain_bytes_behind_it(void **state)
{
    struct vs__coder *coder = vs__coder_new(4096);
    const uint8_t *frame;
    struct vs__digest digest;
    uint8_t header[VS__FRAME_HEADER];
    uint8_t raw[4096];
    uint64_t seed = 1;
    size_t n;

    (void)state;
    assert_non_null(coder);
    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)((seed = seed * 6364136223846793005 + 1) >> 56);
    digest = vs__digest_of(raw, sizeof raw);
    vs__frame_encode(coder, raw, sizeof raw, 1, 0, &digest, &frame, &n);
    memcpy(header, frame, sizeof header);
    assert_true(vs__frame_plain(header, n, sizeof raw, &digest));
    assert_false(vs__frame_plain(header, n, sizeof raw - 1, &digest));
    assert_false(vs__frame_plain(header, n - 1, sizeof raw, &digest));
    for (size_t i = 0; i < sizeof header; i++) {
        header[i] ^= 0x41;
        assert_false(i != 3 /* the element's size */ &&
                     vs__frame_plain(header, n, sizeof raw, &digest));
        header[i] ^= 0x41;
    }
    memset(raw, 0, sizeof raw); /* a frame of another kind */
    digest = vs__digest_of(raw, sizeof raw);
    vs__frame_encode(coder, raw, sizeof raw, 1, 0, &digest, &frame, &n);
    assert_false(vs__frame_plain(frame, n, sizeof raw, &digest));
    vs__coder_free(coder);
}

static void a_frame_in_memory_of_the_caller_is_the_same(void **state)
{
    _Alignas(64) static uint8_t memory[64 + 4096];
    const struct vs__frame_watch nobody = {NULL, NULL};
    struct vs__coder *coder = vs__coder_new(4096);
    const uint8_t *frame[2];
    struct vs__digest digest;
    float raw[1024];
    uint8_t kept[4096 + VS__FRAME_HEADER];
    size_t n[2];

    (void)state;
    assert_non_null(coder);
    assert_int_equal(vs__frame_room(4096), sizeof memory);
    for (int i = 0; i < 1024; i++)
        raw[i] = (float)i / 7;
    digest = vs__digest_of(raw, sizeof raw);
    vs__frame_encode(coder, raw, sizeof raw, 4, 4, &digest, &frame[0], &n[0]);
    memcpy(kept, frame[0], n[0]);
    vs__frame_encode_watched(coder, memory, raw, sizeof raw, 4, 4, &nobody,
                             true, &digest, &frame[1], &n[1]);
    assert_int_equal(n[1], n[0]);
    assert_true(frame[1] > memory && frame[1] + n[1] <= memory + sizeof memory);
    memset(raw, 1, sizeof raw);
    vs__frame_encode(coder, raw, sizeof raw, 4, 4, &digest, &frame[0], &n[0]);
    assert_memory_equal(frame[1], kept, n[1]); /* not touched since */
    vs__coder_free(coder);
}

/* What somebody has seen of a chunk. */
struct seen {
    const uint8_t *raw; /* the chunk */
    size_t n;           /* bytes of it so far */
    bool last;          /* a piece that can have none behind it */
};

static void look(const uint8_t *bytes, size_t n, void *ctx)
{
    struct seen *seen = ctx;

    assert_false(seen->last);
    assert_ptr_equal(bytes, seen->raw + seen->n);
    assert_in_range(n, 1, SIZE_MAX);
    seen->n += n;
    seen->last = n % VS__WATCH_BYTES != 0;
}

/* Noise where pack_plan.c takes no sample: packing is given up in the middle. */
static void spoil(uint8_t *raw, size_t n)
{
    const size_t run = 4 * 256;
    const size_t lanes = n / 4;

    for (size_t r = 0; r < 15 && lanes > 4096; r++) {
        size_t at = 4 * ((lanes - 256) / 15 * r / 64 * 64) + run;
        size_t end = 4 * ((lanes - 256) / 15 * (r + 1) / 64 * 64);

        fill_noise(raw + at, end - at);
    }
}

/* Weights are packed, noise stays raw, the others have ways of their own. */
static void who_watches_sees_each_byte_once_in_order(void **state)
{
    static const size_t sizes[] = {4,      4000,   131072,
                                   131076, 400000, 3 * VS__WATCH_BYTES};
    const size_t most = 400000;
    struct vs__coder *coder = vs__coder_new(most);
    uint8_t *raw = malloc(most);

    (void)state;
    assert_true(coder != NULL && raw != NULL);
    for (int kind = 0; kind < 5; kind++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            const size_t n = sizes[k];
            struct seen seen = {raw, 0, false};
            const struct vs__frame_watch watch = {look, &seen};
            struct vs__digest want;
            struct vs__digest got;
            const uint8_t *frame;
            size_t n_frame;

            if (kind == 0)
                fill_noise(raw, n);
            else if (kind == 1)
                memset(raw, 7, n);
            else
                fill_weights(raw, n);
            if (kind == 3)
                memset(raw, 0, n / 2);
            if (kind == 4)
                spoil(raw, n);
            want = vs__digest_of(raw, n);
            vs__frame_encode_watched(coder, NULL, raw, n, 4, 4, &watch, false,
                                     &got, &frame, &n_frame);
            assert_int_equal(seen.n, n);
            assert_true(vs__digest_equal(&got, &want));
            assert_memory_equal(frame + 12, want.bytes, VS__DIGEST_BYTES);
        }
    free(raw);
    vs__coder_free(coder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_format_decode),
        cmocka_unit_test(the_packed_example_of_the_format_decodes),
        cmocka_unit_test(the_examples_of_the_format_are_what_is_written),
        cmocka_unit_test(the_constant_example_is_what_is_written),
        cmocka_unit_test(a_frame_says_what_it_is),
        cmocka_unit_test(who_watches_sees_each_byte_once_in_order),
        cmocka_unit_test(every_way_comes_back),
        cmocka_unit_test(a_chosen_way_comes_back_and_never_grows),
        cmocka_unit_test(weights_and_counters_shrink),
        cmocka_unit_test(elements_that_are_alike_take_one),
        cmocka_unit_test(an_element_that_differs_in_a_bit_is_not_alike),
        cmocka_unit_test(what_only_its_sample_promised_is_kept_raw),
        cmocka_unit_test(a_given_way_falls_back_to_raw_only_if_it_grows),
        cmocka_unit_test(a_header_tells_of_plain_bytes_behind_it),
        cmocka_unit_test(a_frame_in_memory_of_the_caller_is_the_same),
    };

    return cmocka_run_group_tests_name("codec.frame", tests, NULL, NULL);
}
