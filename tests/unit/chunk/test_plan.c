/* test_plan.c - chunk/plan: how values are cut. */
#include "support.h"

#include "chunk/plan.h"

#define MIB (1 << 20)

static struct vs__plan plan(vs_dtype dtype, vs_shape shape)
{
    return vs__plan_make(dtype, &shape, MIB);
}

static void small_values_have_no_chunks(void **state)
{
    (void)state;
    assert_int_equal(plan(VS_F32, vs_shape_scalar()).n_chunks, 0);
    assert_int_equal(plan(VS_F32, vs_shape_1d(1024)).n_chunks, 0);
    assert_int_equal(plan(VS_F32, vs_shape_1d(1025)).n_chunks, 1);
    assert_int_equal(plan(VS_U8, vs_shape_2d(0, 1 << 20)).n_chunks, 0);
}

static void chunks_hold_whole_rows_where_a_row_fits(void **state)
{
    const struct vs__plan p = plan(VS_F32, vs_shape_2d(1000, 3000));

    (void)state;
    assert_int_equal(p.per_chunk % 3000, 0);
    assert_int_equal(p.per_chunk, MIB / 4 / 3000 * 3000);
    assert_int_equal(p.n_chunks, (1000 * 3000 - 1) / p.per_chunk + 1);
}

static void rows_longer_than_a_chunk_are_cut(void **state)
{
    const struct vs__plan p = plan(VS_F64, vs_shape_2d(2, 200000));

    (void)state;
    assert_int_equal(p.per_chunk, MIB / 8);
    assert_int_equal(p.n_chunks, 4);
}

static void chunks_cover_every_element_once(void **state)
{
    const struct vs__plan p = plan(VS_C128, vs_shape_3d(7, 11, 4097));
    int64_t next = 0;

    (void)state;
    for (int64_t i = 0; i < p.n_chunks; i++) {
        assert_int_equal(vs__plan_first(&p, i), next);
        assert_true(vs__plan_count(&p, i) > 0);
        assert_true(vs__plan_count(&p, i) * 16 <= MIB);
        next += vs__plan_count(&p, i);
    }
    assert_int_equal(next, 7 * 11 * 4097);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_have_no_chunks),
        cmocka_unit_test(chunks_hold_whole_rows_where_a_row_fits),
        cmocka_unit_test(rows_longer_than_a_chunk_are_cut),
        cmocka_unit_test(chunks_cover_every_element_once),
    };

    return cmocka_run_group_tests_name("chunk.plan", tests, NULL, NULL);
}
