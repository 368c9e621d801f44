/* test_lanes.c - tensor/lanes: every path gives the bits of the plain one, and
 * that one counts what is there.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/lanes.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static uint32_t count_of(const struct vs__tops *tops, int top)
{
    return tops->n[0][top] + tops->n[1][top] + tops->n[2][top] +
           tops->n[3][top];
}

/* Numbers as bytes, one in: f32 of any exponent that leaves sums finite, zeros
 * among them; their upper halves serve as bf16. */
static void fill(uint8_t *to, int n, uint64_t seed)
{
    for (int i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)next_random(&seed);

        if ((bits & 0x7F800000) == 0x7F800000 || bits % 16 == 0)
            bits &= 0x80000000;
        if ((bits & 0x7F80) == 0x7F80) /* the lower half as bf16 */
            bits &= 0xFFFF8000;
        memcpy(to + 4 * i, &bits, 4);
    }
}

/* Numbers whose exponents lie close together below `most`, as a tensor's do;
 * of `one_in` one is a zero, a subnormal or far from the others. */
static void fill_close(uint8_t *to, int n, bool bf16, unsigned most,
                       unsigned one_in, uint64_t seed)
{
    for (int i = 0; i < n; i++) {
        const uint32_t near = (uint32_t)(next_random(&seed) % 18);
        uint32_t bits = (uint32_t)next_random(&seed) & 0x807FFFFF;

        bits |= (most > near ? most - near : 0) << 23;
        if (next_random(&seed) % one_in == 0)
            bits &= one_in % 2 != 0 ? 0x807FFFFF : 0x80000000;
        bits = bf16 ? bits >> 16 : bits;
        memcpy(to + (bf16 ? 2 : 4) * i, &bits, bf16 ? 2 : 4);
    }
}

static void assert_same(vs__lanes_fn *path, const uint8_t *src, int n,
                        bool bf16)
{
    static struct vs__tops want_tops;
    static struct vs__tops got_tops;
    struct vs__lanes want;
    struct vs__lanes got;

    memset(&want_tops, 0, sizeof want_tops);
    memset(&got_tops, 0, sizeof got_tops);
    vs__lanes_plain(src, n, bf16, &want, &want_tops);
    path(src, n, bf16, &got, &got_tops);
    assert_int_equal(got.finite, want.finite);
    if (!want.finite)
        return;
    assert_memory_equal(&got.sum, &want.sum, sizeof got.sum);
    assert_memory_equal(&got.squares, &want.squares, sizeof got.squares);
    assert_memory_equal(&got.min, &want.min, sizeof got.min);
    assert_memory_equal(&got.max, &want.max, sizeof got.max);
    assert_int_equal(got.zeros, want.zeros);
    for (int top = 0; top < VS__LANES_TOPS; top++)
        assert_int_equal(count_of(&got_tops, top), count_of(&want_tops, top));
}

static void try_path(vs__lanes_fn *path)
{
    static const unsigned one_in[] = {1, 2, 3, 7, 40, 1000, 1001};
    uint8_t *bytes = malloc(4 * VS__LANES_BLOCK + 8);

    assert_non_null(bytes);
    for (int n = 1; n <= VS__LANES_BLOCK; n += n < 70 ? 1 : 183)
        for (int shift = 0; shift < 2; shift++) {
            fill(bytes + shift, n, (uint64_t)n + 1);
            assert_same(path, bytes + shift, n, false);
            assert_same(path, bytes + shift, n, true);
        }
    for (unsigned most = 0; most < 255; most++)
        for (size_t k = 0; k < sizeof one_in / sizeof one_in[0]; k++)
            for (int bf16 = 0; bf16 < 2; bf16++) {
                fill_close(bytes + k, VS__LANES_BLOCK, bf16, most, one_in[k],
                           most + 1);
                assert_same(path, bytes + k, VS__LANES_BLOCK, bf16);
            }
    free(bytes);
}

static void each_path_gives_the_bits_of_the_plain_one(void **state)
{
    vs__lanes_fn *path;

    (void)state;
    for (int i = 0; (path = vs__lanes_at(i)) != NULL; i++)
        try_path(path);
}

static void known_numbers_are_added_up(void **state)
{
    static const float x[] = {2, -1, 0, 5, -0.0F, 2, 2};
    static struct vs__tops tops;
    struct vs__lanes got;

    (void)state;
    memset(&tops, 0, sizeof tops);
    vs__lanes_plain((const uint8_t *)x, 7, false, &got, &tops);
    assert_true(got.finite);
    assert_true(got.sum == 10);
    assert_true(got.squares == 38);
    assert_true(got.min == -1 && got.max == 5);
    assert_int_equal(got.zeros, 2);
    for (int top = 0; top < VS__LANES_TOPS; top++)
        assert_int_equal(count_of(&tops, top), top == 128   ? 3 /* 2, 2, 2 */
                                               : top == 383 ? 1 /* -1 */
                                               : top == 129 ? 1 /* 5 */
                                               : top == 0   ? 1 /* 0 */
                                               : top == 256 ? 1 /* -0 */
                                                            : 0);
}

static void a_number_that_is_not_finite_is_noticed_anywhere(void **state)
{
    static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    static struct vs__tops tops;
    float x[50];
    struct vs__lanes got;

    (void)state;
    for (int n = 1; n <= 50; n++)
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < 50; k++)
                x[k] = (float)k;
            x[i] = bad[i % 4];
            vs__lanes_plain((const uint8_t *)x, n, false, &got, &tops);
            assert_false(got.finite);
        }
    for (int top = 0; top < VS__LANES_TOPS; top++)
        assert_int_equal(tops.n[0][top], 0); /* it is not counted */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_gives_the_bits_of_the_plain_one),
        cmocka_unit_test(known_numbers_are_added_up),
        cmocka_unit_test(a_number_that_is_not_finite_is_noticed_anywhere),
    };

    return cmocka_run_group_tests_name("tensor.lanes", tests, NULL, NULL);
}
