/* test_blocks.c - cli/blocks: a selection in pieces, in row-major order. */
#include "support.h"

#include "blocks.h"

/* Walks the blocks and checks that they are the elements of the slice, in
 * order, none twice; returns how many blocks there were. */
static int walk(const vs_shape *shape, const char *text, int64_t most)
{
    vs_slice slice;
    vs_slice block;
    struct blocks blocks;
    int64_t index[VS_MAX_RANK] = {0};
    int64_t n;
    int n_blocks = 0;
    int64_t seen = 0;
    int64_t all = 1;

    assert_ok(vs_slice_parse(text, shape, &slice, NULL));
    for (int i = 0; i < slice.rank; i++)
        all *= slice.count[i];
    blocks_init(&blocks, &slice, most);
    while (blocks_next(&blocks, &block, &n)) {
        int64_t at[VS_MAX_RANK] = {0};
        int64_t left = n;

        assert_true(n > 0 && n <= most);
        assert_int_equal(block.dropped, slice.dropped);
        for (; left > 0; left--, seen++) {
            for (int i = 0; i < slice.rank; i++)
                assert_int_equal(block.start[i] + at[i] * block.step[i],
                                 slice.start[i] + index[i] * slice.step[i]);
            for (int i = slice.rank - 1; i >= 0; i--) {
                if (++at[i] < block.count[i])
                    break;
                at[i] = 0;
            }
            for (int i = slice.rank - 1; i >= 0; i--) {
                if (++index[i] < slice.count[i])
                    break;
                index[i] = 0;
            }
        }
        n_blocks++;
    }
    assert_int_equal(seen, all);
    return n_blocks;
}

static void blocks_follow_each_other(void **state)
{
    vs_shape shape = vs_shape_3d(5, 7, 11);

    (void)state;
    assert_int_equal(walk(&shape, "...", 1000), 1);
    assert_int_equal(walk(&shape, "...", 77), 5);
    assert_int_equal(walk(&shape, "...", 160), 3);
    assert_int_equal(walk(&shape, "...", 33), 15);
    assert_int_equal(walk(&shape, "...", 1), 385);
    (void)walk(&shape, "...", 12);
    (void)walk(&shape, "1:4, ::3, 2:9", 10);
    (void)walk(&shape, "::2, 3, 1:", 7);
}

static void a_scalar_is_one_block(void **state)
{
    vs_shape shape = vs_shape_scalar();

    (void)state;
    assert_int_equal(walk(&shape, "...", 1), 1);
}

static void nothing_is_no_block(void **state)
{
    vs_shape shape = vs_shape_3d(INT64_MAX, 0, INT64_MAX);
    vs_slice slice = vs_slice_all(&shape);
    struct blocks blocks;
    vs_slice block;
    int64_t n;

    (void)state;
    blocks_init(&blocks, &slice, 10);
    assert_false(blocks_next(&blocks, &block, &n));
}

static void a_run_is_what_lies_together(void **state)
{
    vs_shape shape = vs_shape_3d(4, 3, 5);

    (void)state;
    for (int64_t first = 0; first < 60; first++)
        for (int64_t want = 1; want <= 60 - first; want++) {
            int64_t at = first;

            while (at < first + want) {
                vs_slice run;
                int64_t k = blocks_run(&shape, at, first + want - at, &run);

                assert_true(k > 0 && k <= first + want - at);
                assert_int_equal(run.count[0] * run.count[1] * run.count[2], k);
                assert_int_equal(
                    (run.start[0] * 3 + run.start[1]) * 5 + run.start[2], at);
                at += k;
            }
        }
}

static void a_run_is_as_long_as_it_can_be(void **state)
{
    vs_shape shape = vs_shape_2d(100, 10);
    vs_slice run;

    (void)state;
    assert_int_equal(blocks_run(&shape, 0, 1000, &run), 1000);
    assert_int_equal(blocks_run(&shape, 10, 500, &run), 500);
    assert_int_equal(blocks_run(&shape, 13, 500, &run), 7);
    assert_int_equal(blocks_run(&shape, 20, 15, &run), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_follow_each_other),
        cmocka_unit_test(a_scalar_is_one_block),
        cmocka_unit_test(nothing_is_no_block),
        cmocka_unit_test(a_run_is_what_lies_together),
        cmocka_unit_test(a_run_is_as_long_as_it_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
