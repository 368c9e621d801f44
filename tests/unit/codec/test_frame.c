/* test_frame.c - codec/frame: FORMAT.md's bytes, every way forth and back, and
 * every documented kind of damage. */
#include "support.h"

#include <string.h>

#include "codec/frame.h"
#include "codec_data.h"

#define CHUNK ((size_t)64 << 10)

/* A frame of one's own: the coder's is only borrowed. */
static uint8_t *frame_as(struct vs__coder *coder, const uint8_t *raw, size_t n,
                         size_t element, enum vs__filter_id filter,
                         enum vs__codec_id codec, size_t *frame_bytes)
{
    struct vs__digest digest = vs__digest_of(raw, n);
    const uint8_t *frame;
    uint8_t *copy;

    vs__frame_encode_as(coder, raw, n, element, 0, &digest, filter, codec,
                        &frame, frame_bytes);
    copy = exactly(*frame_bytes);
    memcpy(copy, frame, *frame_bytes);
    return copy;
}

static vs_status decode(const uint8_t *frame, size_t frame_bytes,
                        const uint8_t *raw, size_t n, vs_error *err)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct vs__digest digest = vs__digest_of(raw, n);
    uint8_t *out = exactly(n);
    vs_status st;

    st = vs__frame_decode(coder, frame, frame_bytes, out, n, &digest, err);
    if (st == VS_OK)
        assert_memory_equal(out, raw, n);
    free(out);
    vs__coder_free(coder);
    return st;
}

/* The examples of FORMAT.md, byte by byte; they are for ever. */
static const uint8_t example_raw[32] = {0,  0, 1,  0, 2,  0, 3,  0, 4,  0,  5,
                                        0,  6, 0,  7, 0,  8, 0,  9, 0,  10, 0,
                                        11, 0, 12, 0, 13, 0, 14, 0, 15, 0};
#define EXAMPLE_DIGEST                                                      \
    0xFA, 0x99, 0xC5, 0x32, 0xAC, 0x30, 0xA3, 0x01, 0xC4, 0xBC, 0x3D, 0xEC, \
        0x5F, 0x76, 0xC4, 0x69

static const uint8_t example_raw_frame[] = {
    1,  0, 0,  2, 32, 0, 0, 0,  32, 0,  0, 0,  EXAMPLE_DIGEST,
    0,  0, 1,  0, 2,  0, 3, 0,  4,  0,  5, 0,  6,
    0,  7, 0,  8, 0,  9, 0, 10, 0,  11, 0, 12, 0,
    13, 0, 14, 0, 15, 0};

static const uint8_t example_shuffle_frame[] = {
    1,    1,  1,  2,  32, 0, 0, 0, 27,   0, 0, 0, EXAMPLE_DIGEST,
    0xF6, 2,  0,  1,  2,  3, 4, 5, 6,    7, 8, 9, 10,
    11,   12, 13, 14, 15, 0, 1, 0, 0x50, 0, 0, 0, 0,
    0};

static const uint8_t example_bitshuffle_frame[] = {
    1,    0,    2,    2,    32,   0,    0,    0,    32, 0, 0, 0, EXAMPLE_DIGEST,
    0xAA, 0xAA, 0xCC, 0xCC, 0xF0, 0xF0, 0x00, 0xFF, 0,  0, 0, 0, 0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,  0, 0, 0, 0,
    0,    0,    0,    0,    0,    0};

static const uint8_t example_exponent_frame[28 + 119] = {
    1,    0,    3,    4,    128,  0,    0,    0,    119,  0,    0,    0,
    0x94, 0x8F, 0x0C, 0xCF, 0xB7, 0x9A, 0x86, 0x5C, 0xBB, 0x03, 0x6C, 0xA1,
    0x1B, 0x2E, 0x79, 0x4E, 0,    0,    0,    0,    0,    1,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    8,    16,   24,
    32,   128,  48,   56,   64,   72,   80,   88,   96,   104,  112,  120,
    128,  136,  144,  152,  160,  168,  176,  184,  192,  200,  208,  216,
    224,  232,  240,  248,  0x7F, 1,    0,    0,    0,    4,    0,    0,
    0,    0x20, 0,    0,    0,    1,    0,    0,    0,    0x80, 0,    0,
    0,    1,    4};

static void example_floats(uint8_t raw[128])
{
    for (size_t i = 0; i < 32; i++)
        vs__store32(raw + 4 * i, 0x3F800000 + (uint32_t)i * 0x40000);
    vs__store32(raw + 20, 0xC0400000); /* -3 */
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
            for (int way = 0; way < VS__N_FILTERS * VS__N_CODECS; way++) {
                size_t n = counts[k] * element;
                size_t bytes;
                uint8_t *frame =
                    frame_as(coder, raw, n, element,
                             (enum vs__filter_id)(way / VS__N_CODECS),
                             (enum vs__codec_id)(way % VS__N_CODECS), &bytes);

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
    assert_in_range(encoded_bytes(raw, CHUNK, 4), 1, CHUNK / 200);
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

/* --- damage ------------------------------------------------------------ */

/* A change to the bytes of example_shuffle_frame and the words it must give. */
static const struct {
    size_t at;         /* which byte */
    uint8_t value;     /* what it becomes */
    const char *words; /* somewhere in the message */
} faults[] = {
    {0, 2, "version 2, want 1"},
    {1, 2, "codec 2, known are 0 to 1"},
    {2, 5, "filter 5, known are 0 to 4"},
    {3, 0, "elements of 0 bytes"},
    {3, 3, "elements of 3 bytes"},
    {3, 32, "elements of 32 bytes"},
    {4, 0, "raw length 0, want 1 to 16777216"},
    {4, 33, "raw length 33 is not in elements of 2 bytes"},
    {4, 34, "raw length 34, the chunk has 32"},
    {4, 26, "payload length 27 under codec 1, want at most 26"},
    {7, 1, "raw length 16777248, want 1 to 16777216"},
    {8, 26, "payload length 26, but 27 bytes are there"},
    {11, 255, "payload length 4278190107, but 27 bytes are there"},
    {1, 0, "payload length 27 under codec 0, want 32"},
    {12, 0xFF, "digest of the header is ff"},
    {46, 14, "digest of the content is"},
    {28, 0xF7, "payload of 27 bytes is not an LZ4 block of 32 bytes"},
    {47, 0xFF, "payload of 27 bytes is not an LZ4 block of 32 bytes"},
};

static void each_fault_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        uint8_t frame[sizeof example_shuffle_frame];
        vs_error err;

        memcpy(frame, example_shuffle_frame, sizeof frame);
        assert_int_not_equal(frame[faults[i].at], faults[i].value);
        frame[faults[i].at] = faults[i].value;
        assert_status(VS_ERR_CORRUPT, decode(frame, sizeof frame, example_raw,
                                             sizeof example_raw, &err));
        if (strstr(err.message, faults[i].words) == NULL)
            fail_msg("'%s' is not in '%s'", faults[i].words, err.message);
    }
}

/* A change to the bytes of example_exponent_frame that its reader must see
 * before the digest does. */
static const struct {
    size_t at;     /* which byte of the payload */
    uint8_t value; /* what it becomes */
} packed_faults[] = {
    {96 + 1, 0},    /* fewer escapes than are used */
    {96 + 1, 2},    /* more */
    {96 + 1, 29},   /* more than a plane has room for */
    {96 + 4, 255},  /* far more */
    {96 + 5, 3},    /* a shorter bit plane, without LZ4 */
    {96 + 5, 5},    /* a longer one */
    {96 + 8, 255},  /* a far longer one */
    {96 + 9, 0x21}, /* one escape code more */
    {96 + 13, 0},   /* no escape */
    {96 + 14, 1},   /* a far longer list of them */
    {96 + 18, 1},   /* another plane coded, nothing of it there */
    {96 + 21, 0},   /* the coded plane raw */
    {96 + 21, 2},   /* of more bits */
    {96 + 21, 7},   /* a piece */
    {96 + 21, 8},   /* no mode at all */
    {96 + 22, 0},   /* lanes of no bytes */
    {96 + 22, 2},   /* of fewer */
    {96 + 22, 3},   /* of an odd number */
    {96 + 22, 8},   /* of more than an element has */
    {96 + 22, 255}, /* of more than there are */
};

static void each_fault_of_packed_planes_is_seen(void **state)
{
    uint8_t raw[128];

    (void)state;
    example_floats(raw);
    for (size_t i = 0; i < sizeof packed_faults / sizeof packed_faults[0];
         i++) {
        uint8_t *frame = exactly(sizeof example_exponent_frame);
        uint8_t *byte = frame + VS__FRAME_HEADER + packed_faults[i].at;
        vs_error err;

        memcpy(frame, example_exponent_frame, sizeof example_exponent_frame);
        assert_int_not_equal(*byte, packed_faults[i].value);
        *byte = packed_faults[i].value;
        assert_status(VS_ERR_CORRUPT,
                      decode(frame, sizeof example_exponent_frame, raw,
                             sizeof raw, &err));
        if (strstr(err.message, "is not packed planes of 128 bytes") == NULL)
            fail_msg("fault %zu: '%s'", i, err.message);
        free(frame);
    }
}

static void a_piece_of_a_header_is_no_frame(void **state)
{
    struct vs__frame_info info = {VS__CODEC_LZ4, VS__FILTER_NONE, 77, 0, {{0}}};
    vs_error err;

    (void)state;
    assert_status(VS_ERR_CORRUPT,
                  vs__frame_info(example_raw_frame, 27, &info, &err));
    assert_non_null(strstr(err.message, "27 bytes, the header alone has 28"));
    assert_int_equal(info.element, 77);
}

static void another_chunks_frame_is_refused(void **state)
{
    uint8_t raw[sizeof example_raw] = {1};
    vs_error err;

    (void)state;
    assert_status(VS_ERR_CORRUPT,
                  decode(example_raw_frame, sizeof example_raw_frame, raw,
                         sizeof raw, &err));
    assert_non_null(strstr(err.message, "digest of the header"));
    assert_status(VS_ERR_CORRUPT,
                  decode(example_raw_frame, sizeof example_raw_frame, raw,
                         sizeof raw - 2, &err));
    assert_non_null(strstr(err.message, "raw length 32, the chunk has 30"));
}

static void a_chunk_above_the_coders_is_refused(void **state)
{
    struct vs__coder *coder = vs__coder_new(31);
    struct vs__digest digest = vs__digest_of(example_raw, sizeof example_raw);
    uint8_t out[sizeof example_raw];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_CORRUPT,
                  vs__frame_decode(coder, example_raw_frame,
                                   sizeof example_raw_frame, out, sizeof out,
                                   &digest, &err));
    assert_non_null(strstr(err.message, "chunks have at most 31"));
    vs__coder_free(coder);
}

/* Never a crash, never other bytes: decode() compares what comes out. */
static void assert_refused_or_same(const uint8_t *frame, size_t frame_bytes,
                                   const uint8_t *raw, size_t n)
{
    uint8_t *copy = exactly(frame_bytes);
    vs_error err;
    vs_status st;

    memcpy(copy, frame, frame_bytes);
    st = decode(copy, frame_bytes, raw, n, &err);
    if (st != VS_OK) {
        assert_status(VS_ERR_CORRUPT, st);
        assert_int_equal(strncmp(err.message, "frame: ", 7), 0);
    }
    free(copy);
}

static void damage(uint8_t *frame, size_t n_frame, const uint8_t *raw, size_t n)
{
    uint8_t *longer = exactly(n_frame + 40);
    size_t payload = n_frame - VS__FRAME_HEADER;

    assert_true(payload + 40 < 256); /* one byte of the header tells it */
    for (size_t bit = 0; bit < 8 * n_frame; bit++) {
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_refused_or_same(frame, n_frame, raw, n);
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t cut = 0; cut < n_frame; cut++)
        assert_status(VS_ERR_CORRUPT, decode(frame, cut, raw, n, NULL));
    fill_noise(longer, n_frame + 40);
    memcpy(longer, frame, n_frame);
    for (size_t more = 1; more <= 40; more++) {
        assert_status(VS_ERR_CORRUPT,
                      decode(longer, n_frame + more, raw, n, NULL));
        longer[8] = (uint8_t)(payload + more);
        assert_refused_or_same(longer, n_frame + more, raw, n);
        longer[8] = (uint8_t)payload;
    }
    assert_ok(decode(frame, n_frame, raw, n, NULL));
    free(longer);
}

static void damaged_frames_are_refused_or_give_the_same_bytes(void **state)
{
    static const size_t counts[] = {1, 5, 12};
    struct vs__coder *coder = vs__coder_new(CHUNK);
    uint8_t raw[16 * 16];

    (void)state;
    for (size_t element = 1; element <= 16; element *= 2)
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
            for (int way = 0; way < VS__N_FILTERS * VS__N_CODECS; way++) {
                size_t n = counts[k] * 16 / element * element;
                size_t n_frame;
                uint8_t *frame;

                fill_counter(raw, sizeof raw);
                fill_noise(raw, n / 4);
                frame =
                    frame_as(coder, raw, n, element,
                             (enum vs__filter_id)(way / VS__N_CODECS),
                             (enum vs__codec_id)(way % VS__N_CODECS), &n_frame);
                damage(frame, n_frame, raw, n);
                free(frame);
            }
    vs__coder_free(coder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_format_decode),
        cmocka_unit_test(the_packed_example_of_the_format_decodes),
        cmocka_unit_test(the_examples_of_the_format_are_what_is_written),
        cmocka_unit_test(a_frame_says_what_it_is),
        cmocka_unit_test(every_way_comes_back),
        cmocka_unit_test(a_chosen_way_comes_back_and_never_grows),
        cmocka_unit_test(weights_and_counters_shrink),
        cmocka_unit_test(what_only_its_sample_promised_is_kept_raw),
        cmocka_unit_test(a_given_way_falls_back_to_raw_only_if_it_grows),
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(each_fault_of_packed_planes_is_seen),
        cmocka_unit_test(a_piece_of_a_header_is_no_frame),
        cmocka_unit_test(another_chunks_frame_is_refused),
        cmocka_unit_test(a_chunk_above_the_coders_is_refused),
        cmocka_unit_test(damaged_frames_are_refused_or_give_the_same_bytes),
    };

    return cmocka_run_group_tests_name("codec.frame", tests, NULL, NULL);
}
