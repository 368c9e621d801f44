/* test_lz4block.c - codec/lz4block: exact lengths or nothing. */
#include "support.h"

#include <limits.h>
#include <string.h>

#include "codec/lz4block.h"
#include "codec_data.h"

#define N ((size_t)5000)

/* A block of N bytes, half of them noise; the caller's to free. */
static uint8_t *make_block(uint8_t raw[N], size_t *n)
{
    void *work = malloc(vs__lz4_state_bytes());
    uint8_t *block = exactly(N);

    assert_non_null(work);
    memset(raw, 7, N);
    fill_noise(raw, N / 2);
    *n = vs__lz4_compress(work, raw, N, block, N, 1);
    assert_in_range(*n, N / 2, N - N / 3);
    free(work);
    return block;
}

static void what_was_compressed_comes_back(void **state)
{
    uint8_t raw[N];
    size_t n;
    uint8_t *block = make_block(raw, &n);
    uint8_t *out = exactly(N);

    (void)state;
    assert_true(vs__lz4_decompress(block, n, out, N));
    assert_memory_equal(out, raw, N);
    free(block);
    free(out);
}

static void a_block_that_does_not_fit_is_refused(void **state)
{
    void *work = malloc(vs__lz4_state_bytes());
    uint8_t raw[N];
    size_t n;
    uint8_t *block = make_block(raw, &n);
    uint8_t *small = exactly(n - 1);

    (void)state;
    assert_int_equal(vs__lz4_compress(work, raw, N, small, n - 1, 1), 0);
    assert_int_equal(vs__lz4_compress(work, raw, N, small, 1, 1), 0);
    free(small);
    free(block);
    free(work);
}

/* LZ4 counts in int. */
static void lengths_that_lz4_cannot_count_are_refused(void **state)
{
    uint8_t raw[N];
    size_t n;
    uint8_t *block = make_block(raw, &n);

    (void)state;
    assert_false(vs__lz4_decompress(block, (size_t)INT_MAX + 1, raw, N));
    assert_false(vs__lz4_decompress(block, n, raw, (size_t)INT_MAX + 1));
    free(block);
}

static void noise_does_not_fit_its_own_length(void **state)
{
    void *work = malloc(vs__lz4_state_bytes());
    uint8_t raw[N];
    uint8_t *block = exactly(N);

    (void)state;
    fill_noise(raw, N);
    assert_int_equal(vs__lz4_compress(work, raw, N, block, N, 1), 0);
    free(block);
    free(work);
}

static void any_other_raw_length_is_refused(void **state)
{
    uint8_t raw[N];
    size_t n;
    uint8_t *block = make_block(raw, &n);
    uint8_t *less = exactly(N - 1);
    uint8_t *more = exactly(N + 1);

    (void)state;
    assert_false(vs__lz4_decompress(block, n, less, N - 1));
    assert_false(vs__lz4_decompress(block, n, more, N + 1));
    free(less);
    free(more);
    free(block);
}

static void every_shorter_block_is_refused(void **state)
{
    uint8_t raw[N];
    size_t n;
    uint8_t *block = make_block(raw, &n);
    uint8_t *out = exactly(N);

    (void)state;
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *part = exactly(cut);

        memcpy(part, block, cut);
        assert_false(vs__lz4_decompress(part, cut, out, N));
        free(part);
    }
    free(block);
    free(out);
}

static void lengths_beyond_lz4_are_refused(void **state)
{
    uint8_t byte = 0;

    (void)state;
    assert_false(vs__lz4_decompress(&byte, (size_t)1 << 32, &byte, 1));
    assert_false(vs__lz4_decompress(&byte, 1, &byte, (size_t)1 << 32));
}

static void hope_is_for_bytes_that_repeat(void **state)
{
    uint8_t *bytes = exactly(10000);

    (void)state;
    fill_noise(bytes, 10000);
    assert_false(vs__lz4_has_hope(bytes, 10000, 32));
    assert_false(vs__lz4_has_hope(bytes, 128, 32));
    assert_true(vs__lz4_has_hope(bytes, 127, 32)); /* too few to tell */
    for (size_t i = 256; i < 10000; i++)
        bytes[i] = bytes[i - 256];
    assert_true(vs__lz4_has_hope(bytes, 10000, 32));
    assert_true(vs__lz4_has_hope(bytes, 10000, 2));
    fill_noise(bytes, 10000);
    for (size_t i = 0; i < 10000; i += 64)
        memset(bytes + i, 0, 8);
    assert_true(vs__lz4_has_hope(bytes, 10000, 32));
    assert_false(vs__lz4_has_hope(bytes, 10000, 2));
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_compressed_comes_back),
        cmocka_unit_test(a_block_that_does_not_fit_is_refused),
        cmocka_unit_test(lengths_that_lz4_cannot_count_are_refused),
        cmocka_unit_test(noise_does_not_fit_its_own_length),
        cmocka_unit_test(any_other_raw_length_is_refused),
        cmocka_unit_test(every_shorter_block_is_refused),
        cmocka_unit_test(lengths_beyond_lz4_are_refused),
        cmocka_unit_test(hope_is_for_bytes_that_repeat),
    };

    return cmocka_run_group_tests_name("codec.lz4block", tests, NULL, NULL);
}
