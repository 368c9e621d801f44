/* test_frame_ways.c - codec/frame: every kind of element, every way to keep it,
 * every instruction set, at every length around a block's edge, gives the same
 * frame, also on other machines, and gives the same bytes back. */
#include "frame_check.h"

#include "codec/coder.h"

/* The kinds of elements that dtypes have: bytes, bytes of the floats in them,
 * and the first 8 of a chain over all frames that are made of them here without
 * LZ4: on any machine, for ever. */
static const struct kind {
    size_t element;
    size_t floats;
    uint64_t frames;
} kinds[] = {
    {1, 0, 0x41561DB3EC1C06A0}, /* bool, u8, i8, f8_e4m3, f8_e5m2 */
    {2, 0, 0x136CEA476AA06315}, /* u16, i16 */
    {4, 0, 0x8E3FF30F296A5D09}, /* u32, i32 */
    {8, 0, 0x57DC4DF3CE340E46}, /* u64, i64 */
    {2, 2, 0x136CEA476AA06315}, /* f16, bf16 */
    {4, 4, 0x8E3FF30F296A5D09}, /* f32 */
    {8, 8, 0x57DC4DF3CE340E46}, /* f64 */
    {8, 4, 0x0925F12F85537FBA}, /* c64 */
    {16, 8, 0x05536E42F03E67C1} /* c128 */
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

/* Elements around the blocks of 16, 32 and 64 lanes, the runs of 256 and 512,
 * the sample and the tiles of 4096. */
static const size_t counts[] = {
    1,   2,   7,   8,   9,   15,  16,  17,  31,  32,   33,   63,   64,   65,
    127, 128, 129, 255, 257, 511, 512, 513, 767, 1024, 4095, 4096, 4097, 8200};

#define N_COUNTS (sizeof counts / sizeof counts[0])
#define MOST     (8200 * 16)

/* --- what elements are like --------------------------------------------- */

/* Zeros of both signs, denormals, infinities, NaN with payloads, the largest
 * and the smallest, for lanes of 2, 4 and 8 bytes in turn. */
static void fill_odd(uint8_t *p, size_t n)
{
    static const uint64_t odd[] = {
        0,
        1,
        0x8000,
        0x7C00,
        0xFF80,
        0x7FC1,
        0x80000000,
        0x807FFFFF,
        0x7F800000,
        0xFF800000,
        0x7FC01234,
        0xFFFFFFFF,
        0x8000000000000000,
        0x800FFFFFFFFFFFFF,
        0x7FF0000000000000,
        0xFFF0000000000000,
        0x7FF8000000001234,
        0xFFFFFFFFFFFFFFFF,
    };
    uint64_t seed = n;

    for (size_t i = 0; i < n; i += 8) {
        uint8_t lane[8];

        vs__store64(lane, odd[next_random(&seed) % 18]);
        memcpy(p + i, lane, n - i < 8 ? n - i : 8);
    }
}

static void fill_few(uint8_t *p, size_t n)
{
    uint64_t seed = n;

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(3 * (next_random(&seed) % 5));
}

static void fill_sparse(uint8_t *p, size_t n)
{
    uint64_t seed = n;

    memset(p, 0, n);
    for (size_t i = 0; i < n; i += 1 + next_random(&seed) % 200)
        p[i] = (uint8_t)next_random(&seed);
}

static void fill_bf16(uint8_t *p, size_t n)
{
    fill_floats(p, n, 2);
}

static void fill_f64(uint8_t *p, size_t n)
{
    fill_floats(p, n, 8);
}

static void fill_zeros(uint8_t *p, size_t n)
{
    memset(p, 0, n);
}

static void (*const fills[])(uint8_t *, size_t) = {
    fill_noise,  fill_weights, fill_counter, fill_odd,  fill_few,
    fill_sparse, fill_bf16,    fill_f64,     fill_zeros};

#define N_FILLS (sizeof fills / sizeof fills[0])

/* --- what is done with them --------------------------------------------- */

/* A chunk, a base for it, and a coder for each instruction set. */
struct bench {
    struct vs__coder *coders[4]; /* n_coders of them, the scalar one last */
    size_t n_coders;
    uint8_t *raw;  /* MOST */
    uint8_t *base; /* MOST */
    struct vs__digest digest;
    struct vs__frame_base from;
    struct vs__digest frames; /* a chain over those without LZ4 */
};

static void set_up(struct bench *b)
{
    memset(b, 0, sizeof *b);
    for (size_t i = 0; vs__pack_path_at(i) != NULL; i++) {
        struct vs__coder *coder = vs__coder_new(MOST);

        assert_non_null(coder);
        coder->path = vs__pack_path_at(i);
        b->coders[b->n_coders++] = coder;
    }
    b->raw = exactly(MOST);
    b->base = exactly(MOST);
}

static void tear_down(struct bench *b)
{
    for (size_t i = 0; i < b->n_coders; i++)
        vs__coder_free(b->coders[i]);
    free(b->raw);
    free(b->base);
}

/* Makes a frame in way 0 .. N_WAYS - 1 that needs no base, by the coder's own
 * choice, of a constant, or of differences. False if that is none. */
static bool encode(struct bench *b, struct vs__coder *coder,
                   const struct kind *k, size_t n, int way,
                   const uint8_t **frame, size_t *bytes)
{
    if (way < N_WAYS)
        vs__frame_encode_as(coder, b->raw, n, k->element, k->floats, &b->digest,
                            filter_of(way), codec_of(way), frame, bytes);
    else if (way == N_WAYS)
        vs__frame_encode(coder, b->raw, n, k->element, k->floats, &b->digest,
                         frame, bytes);
    else if (way == N_WAYS + 1)
        vs__frame_encode_as(coder, b->raw, n, k->element, k->floats, &b->digest,
                            VS__FILTER_NONE, VS__CODEC_CONSTANT, frame, bytes);
    else
        return k->floats != 0 &&
               vs__frame_encode_delta(coder, b->raw, n, k->element, k->floats,
                                      &b->digest, &b->from, SIZE_MAX, frame,
                                      bytes);
    return true;
}

static void decode_on(struct bench *b, struct vs__coder *coder, size_t n,
                      const uint8_t *frame, size_t bytes)
{
    uint8_t *out = exactly(n);
    vs_error err = {VS_OK, "", ""};
    vs_status st;

    if (frame[2] == VS__FILTER_DELTA)
        st = vs__frame_decode_delta(coder, frame, bytes, &b->from, out, n,
                                    &b->digest, &err);
    else
        st = vs__frame_decode(coder, frame, bytes, out, n, &b->digest, &err);
    if (st != VS_OK)
        fail_msg("%s", err.message);
    assert_memory_equal(out, b->raw, n);
    free(out);
}

/* Encodes on every instruction set; decodes the one frame on each of them. */
static void check_way(struct bench *b, const struct kind *k, size_t n, int way)
{
    uint8_t *first = NULL;
    size_t first_bytes = 0;

    for (size_t i = 0; i < b->n_coders; i++) {
        const uint8_t *frame;
        size_t bytes;

        if (!encode(b, b->coders[i], k, n, way, &frame, &bytes)) {
            assert_null(first);
            continue;
        }
        assert_in_range(bytes, VS__FRAME_HEADER + 1, VS__FRAME_HEADER + n);
        if (i == 0) {
            first = exactly(bytes);
            first_bytes = bytes;
            memcpy(first, frame, bytes);
        }
        assert_non_null(first);
        assert_int_equal(bytes, first_bytes);
        assert_memory_equal(frame, first, bytes);
    }
    if (first != NULL && way < N_WAYS && codec_of(way) == VS__CODEC_RAW) {
        const struct vs__digest d = vs__digest_of(first, first_bytes);

        vs__digest_chain(&b->frames, d.bytes, sizeof d.bytes);
    }
    for (size_t i = 0; i < b->n_coders && first != NULL; i++)
        decode_on(b, b->coders[i], n, first, first_bytes);
    free(first);
}

static void check_kind(const struct kind *k)
{
    struct bench b;

    set_up(&b);
    for (size_t f = 0; f < N_FILLS; f++)
        for (size_t c = 0; c < N_COUNTS; c += test_stride()) {
            const size_t n = counts[c] * k->element;

            fills[f](b.raw, n);
            fills[(f + c) % N_FILLS](b.base, n);
            if (c % 2 == 0) { /* near each other */
                memcpy(b.base, b.raw, n);
                b.base[n / 2] ^= 0x11;
            }
            b.digest = vs__digest_of(b.raw, n);
            b.from.raw = b.base;
            b.from.digest = vs__digest_of(b.base, n);
            for (int way = 0; way < N_WAYS + 3; way++)
                check_way(&b, k, n, way);
        }
    if (test_stride() == 1)
        assert_int_equal(vs__load64(b.frames.bytes), k->frames);
    tear_down(&b);
}

static void integers_and_bytes_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        check_kind(&kinds[i]);
}

static void floats_come_back(void **state)
{
    (void)state;
    for (size_t i = 4; i < 7; i++)
        check_kind(&kinds[i]);
}

static void complex_numbers_come_back(void **state)
{
    (void)state;
    for (size_t i = 7; i < N_KINDS; i++)
        check_kind(&kinds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_and_bytes_come_back),
        cmocka_unit_test(floats_come_back),
        cmocka_unit_test(complex_numbers_come_back),
    };

    return cmocka_run_group_tests_name("codec.frame_ways", tests, NULL, NULL);
}
