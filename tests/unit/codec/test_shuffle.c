/* test_shuffle.c - codec/shuffle: the filters against shuffle.h's own words. */
#include "support.h"

#include <string.h>

#include "codec/shuffle.h"
#include "codec_data.h"

/* Around the edges of a vector, of the blocks, of a tile, and some beyond. */
static const size_t counts[] = {0,   1,   2,   7,   8,    9,    15,   16,  17,
                                31,  33,  63,  64,  65,   120,  127,  128, 129,
                                136, 255, 256, 257, 383,  385,  504,  511, 512,
                                513, 519, 520, 640, 1023, 1024, 1025, 3000};
#define N_COUNTS (sizeof counts / sizeof counts[0])

typedef void filter_fn(const uint8_t *src, uint8_t *dst, size_t n, size_t size);

/* The header's sentence on vs__shuffle. */
static void shuffle_by_the_book(const uint8_t *src, uint8_t *dst, size_t n,
                                size_t size)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < size; k++)
            dst[k * n + i] = src[i * size + k];
}

/* The header's sentences on vs__bitshuffle, bit by bit. */
static void bitshuffle_by_the_book(const uint8_t *src, uint8_t *dst, size_t n,
                                   size_t size)
{
    uint8_t *planes = exactly(n * size);
    size_t whole = n - n % 8;

    shuffle_by_the_book(src, planes, n, size);
    memcpy(dst, planes, n * size);
    for (size_t k = 0; k < size; k++) {
        memset(dst + k * n, 0, whole);
        for (size_t i = 0; i < whole; i++)
            for (size_t b = 0; b < 8; b++)
                if (planes[k * n + i] >> b & 1)
                    dst[k * n + b * (whole / 8) + i / 8] |=
                        (uint8_t)(1U << i % 8);
    }
    free(planes);
}

static void check(filter_fn *filter, filter_fn *undo, filter_fn *book, size_t n,
                  size_t size)
{
    uint8_t *src = exactly(n * size);
    uint8_t *got = exactly(n * size);
    uint8_t *want = exactly(n * size);
    uint8_t *back = exactly(n * size);

    fill_noise(src, n * size);
    book(src, want, n, size);
    filter(src, got, n, size);
    undo(got, back, n, size);
    assert_memory_equal(got, want, n * size);
    assert_memory_equal(back, src, n * size);
    free(src);
    free(got);
    free(want);
    free(back);
}

static void shuffle_is_what_its_header_says(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t k = 0; k < N_COUNTS; k++)
            check(vs__shuffle, vs__unshuffle, shuffle_by_the_book, counts[k],
                  size);
}

static void bitshuffle_is_what_its_header_says(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 16; size *= 2)
        for (size_t k = 0; k < N_COUNTS; k++)
            check(vs__bitshuffle, vs__bitunshuffle, bitshuffle_by_the_book,
                  counts[k], size);
}

/* Bytes written out by hand; they also stand in FORMAT.md. */
static void shuffle_gives_the_bytes_of_the_format(void **state)
{
    static const uint8_t raw[] = {0x00, 0x01, 0x10, 0x11, 0x20, 0x21};
    static const uint8_t want[] = {0x00, 0x10, 0x20, 0x01, 0x11, 0x21};
    uint8_t got[sizeof raw];

    (void)state;
    vs__shuffle(raw, got, 3, 2);
    assert_memory_equal(got, want, sizeof want);
}

static void bitshuffle_gives_the_bytes_of_the_format(void **state)
{
    static const uint8_t raw[] = {1, 2, 3, 4, 5, 6, 7, 8, 0xAA};
    static const uint8_t want[] = {0x55, 0x66, 0x78, 0x80, 0, 0, 0, 0, 0xAA};
    uint8_t got[sizeof raw];

    (void)state;
    vs__bitshuffle(raw, got, 9, 1);
    assert_memory_equal(got, want, sizeof want);
}

static void no_address_needs_alignment(void **state)
{
    uint8_t src[520 * 4 + 3];
    uint8_t got[520 * 4 + 3];
    uint8_t want[520 * 4];

    (void)state;
    fill_noise(src, sizeof src);
    for (size_t skew = 1; skew <= 3; skew++) {
        bitshuffle_by_the_book(src + skew, want, 520, 4);
        vs__bitshuffle(src + skew, got + 4 - skew, 520, 4);
        assert_memory_equal(got + 4 - skew, want, sizeof want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffle_is_what_its_header_says),
        cmocka_unit_test(bitshuffle_is_what_its_header_says),
        cmocka_unit_test(shuffle_gives_the_bytes_of_the_format),
        cmocka_unit_test(bitshuffle_gives_the_bytes_of_the_format),
        cmocka_unit_test(no_address_needs_alignment),
    };

    return cmocka_run_group_tests_name("codec.shuffle", tests, NULL, NULL);
}
