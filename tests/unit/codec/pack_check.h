/* pack_check.h - what each set of packing kernels must do: give the scalar
 * one's bytes at every length around its blocks, and touch no others. */
#ifndef VS_TEST_PACK_CHECK_H
#define VS_TEST_PACK_CHECK_H

#include "support.h"

#include <stdbool.h>

#include "codec/pack_path.h"
#include "codec_data.h"

#define MOST_LANES 300 /* a block of the kernels is at most 128 */

/* Whether this machine can run the path. */
static inline bool can_run(const struct vs__pack_path *path)
{
    const struct vs__pack_path *have;

    for (size_t i = 0; (have = vs__pack_path_at(i)) != NULL; i++)
        if (have == path)
            return true;
    return false;
}

/* A code in which about one of 2^rare symbols of noise has no code. */
static inline void make_code(struct vs__pack_code *code, unsigned bits)
{
    uint64_t seed = bits;

    memset(code, 0, sizeof *code);
    code->bits = bits;
    memset(code->code, (int)vs__pack_escape(code), sizeof code->code);
    for (unsigned c = 0; c < vs__pack_escape(code); c++) {
        do
            code->symbol[c] = (uint8_t)next_random(&seed);
        while (code->code[code->symbol[c]] != vs__pack_escape(code));
        code->code[code->symbol[c]] = (uint8_t)c;
    }
}

/* A code of symbols that lie side by side, as those of exponents do. */
static inline void make_near_code(struct vs__pack_code *code, unsigned bits,
                                  uint8_t first)
{
    memset(code, 0, sizeof *code);
    code->bits = bits;
    memset(code->code, (int)vs__pack_escape(code), sizeof code->code);
    for (unsigned c = 0; c < vs__pack_escape(code); c++) {
        code->symbol[c] = (uint8_t)(first + c);
        code->code[code->symbol[c]] = (uint8_t)c;
    }
}

/* Symbols of which about `percent` have a code. */
static inline void fill_symbols(const struct vs__pack_code *code, uint8_t *p,
                                size_t n, unsigned percent)
{
    const unsigned n_codes = vs__pack_escape(code);
    uint64_t seed = n + percent;

    if (n_codes == 0)
        abort();
    for (size_t i = 0; i < n; i++) {
        uint64_t x = next_random(&seed);

        p[i] = x % 100 < percent ? code->symbol[(x >> 32) % n_codes]
                                 : (uint8_t)(x >> 32);
    }
}

static inline void check_split(const struct vs__pack_path *path, size_t width,
                               unsigned turn, size_t n)
{
    uint8_t *src = exactly(n * width);
    uint8_t *back = exactly(n * width);
    uint8_t *got[VS__PACK_WIDTH];
    uint8_t *want[VS__PACK_WIDTH];

    fill_noise(src, n * width);
    for (size_t k = 0; k < width; k++) {
        got[k] = exactly(n);
        want[k] = exactly(n);
    }
    path->split(src, n, width, turn, got);
    vs__pack_scalar.split(src, n, width, turn, want);
    for (size_t k = 0; k < width; k++)
        assert_memory_equal(got[k], want[k], n);
    path->join((const uint8_t *const *)got, n, width, turn, back);
    assert_memory_equal(back, src, n * width);
    for (size_t k = 0; k < width; k++) {
        free(got[k]);
        free(want[k]);
    }
    free(src);
    free(back);
}

static inline void check_splits(const struct vs__pack_path *path)
{
    for (size_t width = 1; width <= VS__PACK_WIDTH; width *= 2)
        for (unsigned turn = 0; turn < (width == 1 ? 1 : 8); turn++)
            for (size_t n = 0; n <= MOST_LANES; n++)
                check_split(path, width, turn, n);
}

static inline void check_code(const struct vs__pack_path *path,
                              const struct vs__pack_code *code, size_t n,
                              unsigned percent)
{
    const size_t stride = (n + 7) / 8 + n % 3;
    const size_t planes = code->bits * stride;
    uint8_t *src = exactly(n);
    uint8_t *got = exactly(planes);
    uint8_t *want = exactly(planes);
    uint8_t *got_escapes = exactly(n + VS__PACK_BEYOND);
    uint8_t *want_escapes = exactly(n + VS__PACK_BEYOND);
    size_t n_escapes;

    fill_symbols(code, src, n, percent);
    n_escapes = path->code(code, src, n, got, stride, got_escapes);
    assert_int_equal(n_escapes, vs__pack_scalar.code(code, src, n, want, stride,
                                                     want_escapes));
    assert_memory_equal(got, want, planes);
    assert_memory_equal(got_escapes, want_escapes, n_escapes);
    free(src);
    free(got);
    free(want);
    free(got_escapes);
    free(want_escapes);
}

/* Noise as codes; exactly as many escapes as it takes, one more, one fewer. */
static inline void check_decode(const struct vs__pack_path *path,
                                const struct vs__pack_code *code, size_t n)
{
    uint8_t *got = exactly(n);
    uint8_t *want = exactly(n);
    uint8_t *escapes = exactly(n + 1);
    uint8_t *bits[VS__PACK_BITS];
    size_t taken;

    for (unsigned b = 0; b < code->bits; b++) {
        bits[b] = exactly((n + 7) / 8);
        fill_noise(bits[b], (n + 7) / 8);
        for (size_t j = 0; j < (n + 7) / 8; j++)
            bits[b][j] ^= (uint8_t)(37 * b); /* not all planes alike */
    }
    fill_noise(escapes, n + 1);
    taken = vs__pack_scalar.decode(code, (const uint8_t *const *)bits, n,
                                   escapes, n + 1, want);
    assert_in_range(taken, 0, n);
    for (size_t more = 0; more <= 1; more++) {
        uint8_t *copy = exactly(taken + more);

        memcpy(copy, escapes, taken + more);
        assert_int_equal(path->decode(code, (const uint8_t *const *)bits, n,
                                      copy, taken + more, got),
                         taken);
        assert_memory_equal(got, want, n);
        free(copy);
    }
    if (taken != 0) {
        uint8_t *copy = exactly(taken - 1);

        memcpy(copy, escapes, taken - 1);
        assert_int_equal(path->decode(code, (const uint8_t *const *)bits, n,
                                      copy, taken - 1, got),
                         SIZE_MAX);
        free(copy);
    }
    for (unsigned b = 0; b < code->bits; b++)
        free(bits[b]);
    free(got);
    free(want);
    free(escapes);
}

static inline void check_codes(const struct vs__pack_path *path)
{
    for (unsigned bits = 1; bits <= VS__PACK_BITS; bits++) {
        struct vs__pack_code code;

        for (unsigned first = 0; first < 256; first += 5) {
            make_near_code(&code, bits, (uint8_t)first);
            check_code(path, &code, MOST_LANES, 95);
            check_decode(path, &code, MOST_LANES);
        }

        make_code(&code, bits);
        for (size_t n = 0; n <= MOST_LANES; n++) {
            check_code(path, &code, n, 0);
            check_code(path, &code, n, 95);
            check_code(path, &code, n, 100);
            check_decode(path, &code, n);
        }
    }
}

#endif
