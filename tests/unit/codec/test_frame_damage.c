/* test_frame_damage.c - codec/frame: every documented kind of damage is named,
 * and any other is seen. */
#include "frame_check.h"

/* A change to the bytes of example_shuffle_frame and the words it must give. */
static const struct {
    size_t at;         /* which byte */
    uint8_t value;     /* what it becomes */
    const char *words; /* somewhere in the message */
} faults[] = {
    {0, 2, "version 2, want 1"},
    {1, 3, "codec 3, known are 0 to 2"},
    {1, 2, "filter 1 under codec 2, want 0"},
    {2, 6, "filter 6, known are 0 to 5"},
    {2, 5, "filter 5, but the chunk has no base"},
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

static void each_fault_of_a_constant_frame_is_seen(void **state)
{
    uint8_t *frame = exactly(sizeof example_constant_frame + 4);
    const size_t n = sizeof example_constant_frame;
    vs_error err;

    (void)state;
    memcpy(frame, example_constant_frame, n);
    frame[2] = 1;
    assert_status(VS_ERR_CORRUPT, decode(frame, n, example_constant_raw,
                                         sizeof example_constant_raw, &err));
    assert_non_null(strstr(err.message, "filter 1 under codec 2, want 0"));
    frame[2] = 0;
    for (size_t payload = 0; payload <= 8; payload++) {
        if (payload == 4)
            continue;
        frame[8] = (uint8_t)payload;
        assert_status(VS_ERR_CORRUPT,
                      decode(frame, VS__FRAME_HEADER + payload,
                             example_constant_raw, sizeof example_constant_raw,
                             &err));
        assert_non_null(strstr(err.message, "under codec 2, want 4"));
    }
    frame[8] = 4;
    frame[28] = 1;
    assert_status(VS_ERR_CORRUPT, decode(frame, n, example_constant_raw,
                                         sizeof example_constant_raw, &err));
    assert_non_null(strstr(err.message, "digest of the content is"));
    free(frame);
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
    for (size_t bit = 0; bit < 8 * n_frame; bit += test_stride()) {
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_refused_or_same(frame, n_frame, raw, n);
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t cut = 0; cut < n_frame; cut += test_stride())
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
            for (int way = 0; way < N_WAYS; way++) {
                size_t n = counts[k] * 16 / element * element;
                size_t n_frame;
                uint8_t *frame;

                fill_counter(raw, sizeof raw);
                fill_noise(raw, n / 4);
                frame = frame_as(coder, raw, n, element, filter_of(way),
                                 codec_of(way), &n_frame);
                damage(frame, n_frame, raw, n);
                free(frame);
            }
    vs__coder_free(coder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(each_fault_of_a_constant_frame_is_seen),
        cmocka_unit_test(each_fault_of_packed_planes_is_seen),
        cmocka_unit_test(a_piece_of_a_header_is_no_frame),
        cmocka_unit_test(another_chunks_frame_is_refused),
        cmocka_unit_test(a_chunk_above_the_coders_is_refused),
        cmocka_unit_test(damaged_frames_are_refused_or_give_the_same_bytes),
    };

    return cmocka_run_group_tests_name("codec.frame_damage", tests, NULL, NULL);
}
