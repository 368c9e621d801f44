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
    assert_memory_equal(&got_tops, &want_tops, sizeof got_tops);
}

static void try_path(vs__lanes_fn *path)
{
    uint8_t *bytes = malloc(4 * VS__LANES_BLOCK + 8);

    assert_non_null(bytes);
    for (int n = 1; n <= VS__LANES_BLOCK; n += n < 70 ? 1 : 173)
        for (int shift = 0; shift < 2; shift++) {
            fill(bytes + shift, n, (uint64_t)n + 1);
            assert_same(path, bytes + shift, n, false);
            assert_same(path, bytes + shift, n, true);
        }
    free(bytes);
}

static void each_path_gives_the_bits_of_the_plain_one(void **state)
{
    (void)state;
#if VS__LANES_X86
    if (__builtin_cpu_supports("avx2"))
        try_path(vs__lanes_avx2);
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        try_path(vs__lanes_avx512);
#endif
    try_path(vs__lanes_best());
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
    assert_true(got.sum == 10 - 7 * 2); /* distances from 2 */
    assert_true(got.squares == 0 + 9 + 4 + 9 + 4 + 0 + 0);
    assert_true(got.min == -1 && got.max == 5);
    assert_int_equal(got.zeros, 2);
    for (int top = 0; top < VS__LANES_TOPS; top++) {
        uint32_t n = 0;

        for (int k = 0; k < 4; k++)
            n += tops.n[k][top];
        assert_int_equal(n, top == 128   ? 3 /* 2, 2, 2 */
                            : top == 383 ? 1 /* -1 */
                            : top == 129 ? 1 /* 5 */
                            : top == 0   ? 1 /* 0 */
                            : top == 256 ? 1 /* -0 */
                                         : 0);
    }
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
