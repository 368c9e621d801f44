/* test_pack.c - codec/pack: every kind of lanes there and back on every path,
 * all paths the same bytes, and payloads in which every number may be a lie. */
#include "support.h"

#include <string.h>

#include "codec/coder.h"
#include "codec_data.h"

#define CHUNK ((size_t)1 << 20)

struct bench {
    struct vs__coder *coder;
    uint8_t *raw;     /* CHUNK bytes */
    uint8_t *out;     /* likewise */
    uint8_t *payload; /* of the first path */
};

static struct bench *new_bench(void)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    b->coder = vs__coder_new(CHUNK);
    assert_non_null(b->coder);
    b->raw = exactly(CHUNK);
    b->out = exactly(CHUNK);
    b->payload = exactly(CHUNK);
    return b;
}

static void free_bench(struct bench *b)
{
    vs__coder_free(b->coder);
    free(b->raw);
    free(b->out);
    free(b->payload);
    free(b);
}

static void fill_random_floats(uint8_t *p, size_t n, size_t width)
{
    (void)width;
    fill_noise(p, n);
}

/* NaNs with payloads, infinities, zeros of both signs, denormals. */
static void fill_odd_floats(uint8_t *p, size_t n, size_t width)
{
    uint64_t seed = n;

    fill_floats(p, n, width);
    for (size_t i = 0; i + width <= n; i += width) {
        uint64_t x = next_random(&seed);
        uint8_t *high = p + i + width - 1;

        if (x % 7 == 0) /* NaN, any payload */
            high[0] |= 0x7F, high[-1] |= 0x80;
        else if (x % 7 == 1) /* infinite, or not quite */
            memset(p + i, 0, width), high[0] = (uint8_t)(x >> 8 | 0x7F);
        else if (x % 7 == 2) /* zero */
            memset(p + i, 0, width), high[0] = (uint8_t)(x >> 8 & 0x80);
        else if (x % 7 == 3) /* denormal */
            high[0] &= 0x80, high[-1] &= 0x07;
    }
}

static void fill_equal(uint8_t *p, size_t n, size_t width)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(0x40 + i % width);
}

static void fill_zeros(uint8_t *p, size_t n, size_t width)
{
    (void)width;
    memset(p, 0, n);
}

/* All exponents alike often. */
static void fill_uniform(uint8_t *p, size_t n, size_t width)
{
    fill_noise(p, n);
    for (size_t i = width - 1; i < n; i += width)
        p[i] = (uint8_t)(p[i] % 97);
}

/* Mantissas as of a shorter float. */
static void fill_rounded(uint8_t *p, size_t n, size_t width)
{
    fill_floats(p, n, width);
    for (size_t i = 0; i < n; i += width)
        memset(p + i, 0, width / 2);
}

static void fill_tail(uint8_t *p, size_t n, size_t width)
{
    fill_equal(p, n, width);
    fill_noise(p, n / 5);
}

static void (*const fills[])(uint8_t *, size_t, size_t) = {
    fill_floats, fill_random_floats, fill_odd_floats, fill_equal,
    fill_zeros,  fill_uniform,       fill_rounded,    fill_tail,
};
#define N_FILLS (sizeof fills / sizeof fills[0])

/* Packs on one path. The length, which may be 0. */
static size_t pack_on(struct bench *b, const struct vs__pack_path *path,
                      const struct vs__frame_info *how, size_t floats)
{
    b->coder->path = path;
    b->coder->planned = false;
    return vs__coder_encode(b->coder, b->raw, how, floats, how->raw_bytes);
}

/* b->raw's bytes by each path: the same payload, and each path undoes it. It is
 * read from memory of exactly its size. */
static void check_one(struct bench *b, const struct vs__frame_info *how,
                      size_t floats)
{
    size_t n = pack_on(b, vs__pack_path_at(0), how, floats);
    const struct vs__digest want = vs__digest_of(b->raw, how->raw_bytes);
    const struct vs__pack_path *path;
    struct vs__digest digest;
    uint8_t *payload;

    if (n == 0)
        return;
    payload = exactly(n);
    memcpy(payload, vs__coder_payload(b->coder), n);
    assert_in_range(n, 1, how->raw_bytes);
    for (size_t i = 0; (path = vs__pack_path_at(i)) != NULL; i++) {
        assert_int_equal(pack_on(b, path, how, floats), n);
        assert_memory_equal(vs__coder_payload(b->coder), payload, n);
        memset(b->out, 0xA5, how->raw_bytes);
        assert_true(
            vs__coder_decode(b->coder, payload, n, how, b->out, &digest));
        assert_memory_equal(b->out, b->raw, how->raw_bytes);
        assert_true(vs__digest_equal(&digest, &want));
    }
    free(payload);
}

static void check_fills(struct bench *b, size_t width, size_t lanes)
{
    for (size_t f = 0; f < N_FILLS; f++) {
        fills[f](b->raw, lanes * width, width);
        for (int way = 0; way < 4; way++) {
            struct vs__frame_info how = {(enum vs__codec_id)(way & 1),
                                         way & 2 ? VS__FILTER_PLANES
                                                 : VS__FILTER_EXPONENT,
                                         width,
                                         lanes * width,
                                         {{0}}};

            check_one(b, &how, width);
        }
    }
}

static void all_lanes_come_back_at_every_short_length(void **state)
{
    struct bench *b = new_bench();

    (void)state;
    for (size_t width = 2; width <= 8; width *= 2)
        for (size_t lanes = 1; lanes <= 200; lanes += test_stride())
            check_fills(b, width, lanes);
    free_bench(b);
}

static void all_lanes_come_back_around_each_edge(void **state)
{
    static const size_t edges[] = {256,  512,   1024,     4096,
                                   8192, 65536, CHUNK / 4};
    struct bench *b = new_bench();

    (void)state;
    for (size_t width = 2; width <= 8; width *= 2)
        for (size_t k = 0; k < sizeof edges / sizeof edges[0]; k++)
            for (size_t lanes = edges[k] - 1; lanes <= edges[k] + 1; lanes++)
                if (lanes * width <= CHUNK)
                    check_fills(b, width, lanes);
    free_bench(b);
}

static void single_bytes_and_wide_elements_come_back(void **state)
{
    struct bench *b = new_bench();

    (void)state;
    for (size_t element = 1; element <= 16; element *= 16)
        for (size_t n = 16; n <= 20000; n = n * 3 / 16 * 16 + 16)
            for (size_t f = 0; f < N_FILLS; f++)
                for (int filter = VS__FILTER_EXPONENT;
                     filter <= VS__FILTER_PLANES; filter++) {
                    struct vs__frame_info how = {VS__CODEC_LZ4,
                                                 (enum vs__filter_id)filter,
                                                 element,
                                                 n,
                                                 {{0}}};

                    fills[f](b->raw, n, 8);
                    check_one(b, &how, 0);
                }
    free_bench(b);
}

static void floats_shrink_as_far_as_their_exponents_tell(void **state)
{
    static const struct {
        size_t width; /* of the floats */
        size_t most;  /* per mille that may be left */
    } want[] = {{2, 700}, {4, 850}, {8, 890}};
    struct bench *b = new_bench();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct vs__frame_info how = {
            VS__CODEC_LZ4, VS__FILTER_EXPONENT, want[i].width, CHUNK, {{0}}};

        fill_floats(b->raw, CHUNK, want[i].width);
        assert_in_range(pack_on(b, &vs__pack_scalar, &how, want[i].width), 1,
                        CHUNK / 1000 * want[i].most);
    }
    free_bench(b);
}

/* It ends when the cap is reached, wherever that is, and writes no further. */
static void check_caps(struct bench *b, enum vs__filter_id filter, size_t bytes,
                       size_t from, size_t step)
{
    struct vs__frame_info how = {VS__CODEC_LZ4, filter, 4, bytes, {{0}}};
    size_t n;

    fill_rounded(b->raw, bytes, 4);
    n = vs__coder_encode(b->coder, b->raw, &how, 4, bytes);
    assert_in_range(n, 100, bytes * 3 / 4);
    assert_int_equal(vs__coder_encode(b->coder, b->raw, &how, 4, n), n);
    for (size_t cap = from; cap < n && cap < from + 4000; cap += step) {
        size_t spoilt = 0;

        memset(vs__coder_payload(b->coder), 0xA5, bytes);
        assert_int_equal(vs__coder_encode(b->coder, b->raw, &how, 4, cap), 0);
        for (size_t i = cap; i < bytes; i++)
            spoilt += vs__coder_payload(b->coder)[i] != 0xA5;
        assert_int_equal(spoilt, 0);
    }
}

static void a_payload_above_its_cap_is_given_up(void **state)
{
    struct bench *b = new_bench();

    (void)state;
    check_caps(b, VS__FILTER_EXPONENT, 4000, 0, test_stride());
    check_caps(b, VS__FILTER_PLANES, 512 << 10, 128 << 10,
               499); /* long pieces */
    free_bench(b);
}

/* A sample does not see everything: here every escape lies between its runs. */
static void a_plan_that_proves_wrong_gives_nothing_or_the_same(void **state)
{
    struct vs__frame_info how = {
        VS__CODEC_LZ4, VS__FILTER_PLANES, 1, CHUNK, {{0}}};
    struct bench *b = new_bench();

    (void)state;
    memset(b->raw, 1, CHUNK);
    for (size_t i = 0; i < CHUNK; i++)
        if (i % ((CHUNK - 256) / 15) > 1000)
            b->raw[i] = (uint8_t)(i * 31 >> 3);
    assert_int_equal(pack_on(b, vs__pack_path_at(0), &how, 0), 0);
    assert_int_equal(pack_on(b, &vs__pack_scalar, &how, 0), 0);
    free_bench(b);
}

/* Never a crash, nothing beyond what is there; on every path. */
static void damaged_payloads_are_read_within_their_bounds(void **state)
{
    struct bench *b = new_bench();
    uint64_t seed = 1;

    (void)state;
    for (size_t round = 0; round < 4000; round += test_stride()) {
        size_t width = (size_t)2 << round % 3;
        size_t bytes = width * (1 + next_random(&seed) % 600);
        struct vs__frame_info how = {
            VS__CODEC_LZ4, VS__FILTER_EXPONENT, width, bytes, {{0}}};
        const struct vs__pack_path *path;
        struct vs__digest digest;
        uint8_t *payload;
        uint8_t *out;
        size_t n;

        fills[round % N_FILLS](b->raw, bytes, width);
        n = pack_on(b, vs__pack_path_at(0), &how, width);
        if (n == 0)
            continue;
        payload = exactly(n);
        out = exactly(bytes);
        memcpy(payload, vs__coder_payload(b->coder), n);
        for (size_t hit = 0; hit <= round % 3; hit++) {
            size_t at = next_random(&seed) % n;

            if (next_random(&seed) % 2 != 0) /* where the numbers are */
                at = n - 1 - next_random(&seed) % (n < 60 ? n : 60);
            payload[at] ^= (uint8_t)(1U << next_random(&seed) % 8);
        }
        for (size_t i = 0; (path = vs__pack_path_at(i)) != NULL; i++) {
            b->coder->path = path;
            (void)vs__coder_decode(b->coder, payload, n, &how, out, &digest);
        }
        free(payload);
        free(out);
    }
    free_bench(b);
}

static void a_payload_cut_short_is_refused(void **state)
{
    struct vs__frame_info how = {
        VS__CODEC_LZ4, VS__FILTER_EXPONENT, 4, 1200, {{0}}};
    struct bench *b = new_bench();
    size_t n;

    (void)state;
    fill_floats(b->raw, 1200, 4);
    n = pack_on(b, vs__pack_path_at(0), &how, 4);
    assert_in_range(n, 1, 1200);
    memcpy(b->payload, vs__coder_payload(b->coder), n);
    for (size_t cut = 0; cut < n; cut += test_stride()) {
        uint8_t *payload = exactly(cut);
        struct vs__digest digest;

        memcpy(payload, b->payload, cut);
        assert_false(
            vs__coder_decode(b->coder, payload, cut, &how, b->out, &digest));
        free(payload);
    }
    free_bench(b);
}

/* Of one lane, whose plane is shorter than its bits would be. */
static void a_code_longer_than_its_plane_is_refused(void **state)
{
    static const uint8_t payload[] = {1, 2, 3, 0, 0, 0, 0, 2, 1};
    struct vs__frame_info how = {VS__CODEC_LZ4, VS__FILTER_PLANES, 1, 1, {{0}}};
    struct bench *b = new_bench();
    struct vs__digest digest;

    (void)state;
    assert_false(vs__coder_decode(b->coder, payload, sizeof payload, &how,
                                  b->out, &digest));
    free_bench(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lanes_come_back_at_every_short_length),
        cmocka_unit_test(all_lanes_come_back_around_each_edge),
        cmocka_unit_test(single_bytes_and_wide_elements_come_back),
        cmocka_unit_test(floats_shrink_as_far_as_their_exponents_tell),
        cmocka_unit_test(a_payload_above_its_cap_is_given_up),
        cmocka_unit_test(a_plan_that_proves_wrong_gives_nothing_or_the_same),
        cmocka_unit_test(damaged_payloads_are_read_within_their_bounds),
        cmocka_unit_test(a_code_longer_than_its_plane_is_refused),
        cmocka_unit_test(a_payload_cut_short_is_refused),
    };

    return cmocka_run_group_tests_name("codec.pack", tests, NULL, NULL);
}
