/* test_frame_delta.c - codec/frame: frames of differences, their base, and what
 * may be wrong with either. */
#include "frame_check.h"

struct pair {
    uint8_t *raw;               /* n bytes */
    uint8_t *base;              /* n bytes */
    size_t n;                   /* of each */
    struct vs__digest digest;   /* of the raw bytes */
    struct vs__frame_base from; /* the base, as the codec takes it */
};

static void know(struct pair *p)
{
    p->digest = vs__digest_of(p->raw, p->n);
    p->from.raw = p->base;
    p->from.digest = vs__digest_of(p->base, p->n);
}

/* Floats, and the same a training step later: the lower bits have moved; of
 * few floats in one of 16, or a frame would not pay. */
static void make_pair(struct pair *p, size_t n, size_t width)
{
    uint64_t seed = n;

    p->n = n;
    p->raw = exactly(n);
    p->base = exactly(n);
    fill_floats(p->base, n, width);
    memcpy(p->raw, p->base, n);
    for (size_t i = 0; i < n; i += width)
        if (n >= 4096 || i / width % 16 == 5)
            p->raw[i] ^= (uint8_t)(next_random(&seed) % 16);
    know(p);
}

static void free_pair(struct pair *p)
{
    free(p->raw);
    free(p->base);
}

/* A frame of one's own, or NULL if it would be more than `most` bytes. */
static uint8_t *delta_of(const struct pair *p, size_t element, size_t width,
                         size_t most, size_t *frame_bytes)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    const uint8_t *frame;
    uint8_t *copy = NULL;

    if (vs__frame_encode_delta(coder, p->raw, p->n, element, width, &p->digest,
                               &p->from, most, &frame, frame_bytes)) {
        copy = exactly(*frame_bytes);
        memcpy(copy, frame, *frame_bytes);
    }
    vs__coder_free(coder);
    return copy;
}

static vs_status decode_pair(const struct pair *p, const uint8_t *frame,
                             size_t frame_bytes,
                             const struct vs__frame_base *from, vs_error *err)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    uint8_t *out = exactly(p->n);
    vs_status st;

    if (from != NULL)
        st = vs__frame_decode_delta(coder, frame, frame_bytes, from, out, p->n,
                                    &p->digest, err);
    else
        st = vs__frame_decode(coder, frame, frame_bytes, out, p->n, &p->digest,
                              err);
    if (st == VS_OK)
        assert_memory_equal(out, p->raw, p->n);
    free(out);
    vs__coder_free(coder);
    return st;
}

/* The example of FORMAT.md, byte by byte; it is for ever. */
static const uint8_t example_delta_frame[127] = {
    0x01, 0x01, 0x05, 0x04, 0x80, 0x00, 0x00, 0x00, 0x63, 0x00, 0x00, 0x00,
    0x91, 0xC4, 0x71, 0x84, 0x24, 0x6F, 0x1F, 0x7E, 0xA5, 0x0B, 0x77, 0x8A,
    0x2E, 0xDE, 0xCE, 0x7D, 0x00, 0x02, 0x05, 0x00, 0x00, 0x00, 0x00, 0x04,
    0x00, 0x00, 0x00, 0x01, 0x01, 0x01, 0x01, 0x04, 0x00, 0x00, 0x00, 0x20,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x01,
    0x01, 0x01, 0x04, 0x94, 0x8F, 0x0C, 0xCF, 0xB7, 0x9A, 0x86, 0x5C, 0xBB,
    0x03, 0x6C, 0xA1, 0x1B, 0x2E, 0x79, 0x4E};

static void the_example_of_the_format_is_what_is_written(void **state)
{
    uint8_t raw[128];
    uint8_t base[128];
    struct pair p = {raw, base, sizeof raw, {{0}}, {NULL, {{0}}}};
    size_t n;
    uint8_t *frame;

    (void)state;
    example_floats(base);
    memcpy(raw, base, sizeof raw);
    for (size_t i = 0; i < 32; i += 8)
        raw[4 * i] = (uint8_t)(raw[4 * i] + 1);
    raw[20] = (uint8_t)(raw[20] + 3);
    know(&p);
    frame = delta_of(&p, 4, 4, SIZE_MAX, &n);
    assert_int_equal(n, sizeof example_delta_frame);
    assert_memory_equal(frame, example_delta_frame, n);
    assert_ok(decode_pair(&p, frame, n, &p.from, NULL));
    free(frame);
}

static void deltas_come_back_at_every_length(void **state)
{
    static const size_t counts[] = {40,   63,   64,   65,   127, 512,
                                    1023, 4095, 4096, 4097, 8191};

    (void)state;
    for (size_t width = 2; width <= 8; width *= 2)
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            struct vs__frame_info info;
            struct pair p;
            size_t n;
            uint8_t *frame;

            make_pair(&p, counts[k] * width, width);
            frame = delta_of(&p, width, width, SIZE_MAX, &n);
            assert_non_null(frame);
            assert_in_range(n, 1, VS__FRAME_HEADER + p.n);
            assert_ok(vs__frame_info(frame, n, &info, NULL));
            assert_int_equal(info.filter, VS__FILTER_DELTA);
            assert_int_equal(info.element, width);
            assert_ok(decode_pair(&p, frame, n, &p.from, NULL));
            free(frame);
            free_pair(&p);
        }
}

static void a_complex_number_is_two_lanes(void **state)
{
    struct pair p;
    size_t n;
    uint8_t *frame;

    (void)state;
    for (size_t width = 4; width <= 8; width *= 2) {
        make_pair(&p, CHUNK, width);
        frame = delta_of(&p, 2 * width, width, SIZE_MAX, &n);
        assert_non_null(frame);
        assert_int_equal(frame[3], 2 * width);
        assert_int_equal(frame[n - VS__DIGEST_BYTES - 1], width);
        assert_ok(decode_pair(&p, frame, n, &p.from, NULL));
        free(frame);
        free_pair(&p);
    }
}

/* Four of 32 bits changed: far from what the exponents alone would save. */
static void what_changed_little_shrinks_much(void **state)
{
    struct pair p;
    size_t n;
    uint8_t *frame;

    (void)state;
    for (size_t width = 2; width <= 8; width *= 2) {
        make_pair(&p, CHUNK, width);
        frame = delta_of(&p, width, width, SIZE_MAX, &n);
        assert_in_range(n, 1, CHUNK * 7 / (8 * width));
        free(frame);
        free_pair(&p);
    }
}

static void nothing_changed_is_next_to_nothing(void **state)
{
    struct pair p;
    size_t n;
    uint8_t *frame;

    (void)state;
    make_pair(&p, CHUNK, 4);
    memcpy(p.raw, p.base, CHUNK);
    know(&p);
    frame = delta_of(&p, 4, 4, SIZE_MAX, &n);
    assert_in_range(n, 1, CHUNK / 100);
    assert_ok(decode_pair(&p, frame, n, &p.from, NULL));
    free(frame);
    free_pair(&p);
}

/* NaN with payloads, both zeros, denormals, infinities: pairs of any bits. */
static void any_bits_come_back(void **state)
{
    struct pair p;
    uint64_t seed = 5;
    size_t n;
    uint8_t *frame;

    (void)state;
    make_pair(&p, CHUNK, 4);
    for (size_t i = 0; i < CHUNK; i += 4) {
        static const uint32_t odd[] = {0,          0x80000000, 1,
                                       0x807FFFFF, 0x7F800000, 0xFF800000,
                                       0x7FC01234, 0xFFFFFFFF, 0x7F7FFFFF};

        vs__store32(p.raw + i, odd[next_random(&seed) % 9]);
        vs__store32(p.base + i, odd[next_random(&seed) % 9]);
    }
    know(&p);
    frame = delta_of(&p, 4, 4, SIZE_MAX, &n);
    assert_non_null(frame);
    assert_ok(decode_pair(&p, frame, n, &p.from, NULL));
    free(frame);
    free_pair(&p);
}

static void what_does_not_fit_is_not_made(void **state)
{
    struct pair p;
    size_t n;
    size_t same;
    uint8_t *frame;

    (void)state;
    make_pair(&p, 4096, 4);
    frame = delta_of(&p, 4, 4, SIZE_MAX, &n);
    assert_non_null(frame);
    free(frame);
    frame = delta_of(&p, 4, 4, n, &same);
    assert_int_equal(same, n);
    free(frame);
    assert_null(delta_of(&p, 4, 4, n - 1, &same));
    assert_null(delta_of(&p, 4, 4, 43, &same));
    fill_noise(p.raw, p.n);
    know(&p);
    assert_null(delta_of(&p, 4, 4, SIZE_MAX, &same));
    free_pair(&p);
    make_pair(&p, 16, 4);
    assert_null(delta_of(&p, 4, 4, SIZE_MAX, &same));
    free_pair(&p);
}

static void a_delta_needs_its_base_and_no_other(void **state)
{
    struct vs__frame_base other;
    struct pair p;
    vs_error err;
    size_t n;
    uint8_t *frame;

    (void)state;
    make_pair(&p, 4096, 4);
    frame = delta_of(&p, 4, 4, SIZE_MAX, &n);
    assert_status(VS_ERR_CORRUPT, decode_pair(&p, frame, n, NULL, &err));
    assert_non_null(strstr(err.message, "filter 5, but the chunk has no base"));
    other.raw = p.raw;
    other.digest = p.digest;
    assert_status(VS_ERR_CORRUPT, decode_pair(&p, frame, n, &other, &err));
    assert_non_null(strstr(err.message, "digest of the base is"));
    other.digest = p.from.digest; /* a base that lies */
    assert_status(VS_ERR_CORRUPT, decode_pair(&p, frame, n, &other, &err));
    assert_non_null(strstr(err.message, "digest of the content is"));
    free(frame);
    free_pair(&p);
}

static void another_frame_takes_no_base(void **state)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct pair p;
    vs_error err;
    size_t n;
    uint8_t *frame;

    (void)state;
    make_pair(&p, 4096, 4);
    frame =
        frame_as(coder, p.raw, p.n, 4, VS__FILTER_PLANES, VS__CODEC_LZ4, &n);
    assert_status(VS_ERR_CORRUPT, decode_pair(&p, frame, n, &p.from, &err));
    assert_non_null(strstr(err.message, "filter 4, but the chunk has a base"));
    assert_ok(decode_pair(&p, frame, n, NULL, NULL));
    free(frame);
    free_pair(&p);
    vs__coder_free(coder);
}

/* A coder that met a bad delta is as good as new for the next frame. */
static void a_base_is_forgotten_with_its_frame(void **state)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct pair p;
    size_t n;
    uint8_t *frame;
    uint8_t *out;

    (void)state;
    make_pair(&p, 4096, 4);
    out = exactly(p.n);
    frame = delta_of(&p, 4, 4, SIZE_MAX, &n);
    frame[n - VS__DIGEST_BYTES - 1] = 3;
    assert_status(VS_ERR_CORRUPT,
                  vs__frame_decode_delta(coder, frame, n, &p.from, out, p.n,
                                         &p.digest, NULL));
    free(frame);
    frame =
        frame_as(coder, p.raw, p.n, 4, VS__FILTER_EXPONENT, VS__CODEC_LZ4, &n);
    assert_ok(vs__frame_decode(coder, frame, n, out, p.n, &p.digest, NULL));
    assert_memory_equal(out, p.raw, p.n);
    free(frame);
    free(out);
    free_pair(&p);
    vs__coder_free(coder);
}

/* Never a crash, never other bytes: decode_pair() compares what comes out. */
static void damaged_deltas_are_refused_or_give_the_same_bytes(void **state)
{
    (void)state;
    for (size_t width = 2; width <= 8; width *= 2) {
        struct pair p;
        vs_error err;
        size_t n;
        uint8_t *frame;

        make_pair(&p, 64 * width, width);
        frame = delta_of(&p, width, width, SIZE_MAX, &n);
        assert_non_null(frame);
        for (size_t bit = 0; bit < 8 * n; bit++) {
            vs_status st;

            frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
            st = decode_pair(&p, frame, n, &p.from, &err);
            assert_true(st == VS_OK || st == VS_ERR_CORRUPT);
            frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *copy = exactly(cut);

            memcpy(copy, frame, cut);
            assert_status(VS_ERR_CORRUPT,
                          decode_pair(&p, copy, cut, &p.from, &err));
            if (cut >= VS__FRAME_HEADER) {
                vs__store32(copy + 8, (uint32_t)(cut - VS__FRAME_HEADER));
                assert_status(VS_ERR_CORRUPT,
                              decode_pair(&p, copy, cut, &p.from, &err));
            }
            free(copy);
        }
        free(frame);
        free_pair(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_format_is_what_is_written),
        cmocka_unit_test(deltas_come_back_at_every_length),
        cmocka_unit_test(a_complex_number_is_two_lanes),
        cmocka_unit_test(what_changed_little_shrinks_much),
        cmocka_unit_test(nothing_changed_is_next_to_nothing),
        cmocka_unit_test(any_bits_come_back),
        cmocka_unit_test(what_does_not_fit_is_not_made),
        cmocka_unit_test(a_delta_needs_its_base_and_no_other),
        cmocka_unit_test(another_frame_takes_no_base),
        cmocka_unit_test(a_base_is_forgotten_with_its_frame),
        cmocka_unit_test(damaged_deltas_are_refused_or_give_the_same_bytes),
    };

    return cmocka_run_group_tests_name("codec.frame_delta", tests, NULL, NULL);
}
