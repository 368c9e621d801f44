/* test_view.c - tensor/view: describing memory, and checking descriptions. */
#include "support.h"

#include "tensor/shape.h"
#include "tensor/walk.h"

static void a_view_of_memory_is_in_c_order(void **state)
{
    const vs_shape shape = vs_shape_3d(2, 3, 4);
    float memory[24];
    const vs_view v = vs_view_of(VS_F32, &shape, memory);

    (void)state;
    assert_ptr_equal(v.data, memory);
    assert_int_equal(v.dtype, VS_F32);
    assert_int_equal(v.strides[0], 12);
    assert_int_equal(v.strides[1], 4);
    assert_int_equal(v.strides[2], 1);
    assert_true(vs__view_contiguous(&v));
    assert_ok(vs__view_check(&v, VS_F32, &shape, "view", NULL));
}

static void a_const_view_describes_the_same(void **state)
{
    static const double memory[3] = {1, 2, 3};
    const vs_shape shape = vs_shape_1d(3);
    const vs_view v = vs_view_const(VS_F64, &shape, memory);

    (void)state;
    assert_ptr_equal(v.data, memory);
    assert_int_equal(v.strides[0], 1);
}

static void absurd_shapes_make_absurd_views_and_no_more(void **state)
{
    const vs_shape big = vs_shape_3d(INT64_MAX, INT64_MAX, INT64_MAX);
    const vs_shape wrong = {70, {2}};
    const vs_shape want = vs_shape_1d(2);
    char byte = 0;
    const vs_view a = vs_view_of(VS_U8, &big, &byte);
    const vs_view b = vs_view_of(VS_U8, &wrong, &byte);

    (void)state;
    assert_int_equal(a.strides[2], 1);
    assert_status(VS_ERR_SHAPE, vs__view_check(&a, VS_U8, &want, "view", NULL));
    assert_status(VS_ERR_SHAPE, vs__view_check(&b, VS_U8, &want, "view", NULL));
}

static void a_check_shows_both_sides(void **state)
{
    const vs_shape have = vs_shape_2d(3, 4);
    const vs_shape want = vs_shape_2d(3, 5);
    float memory[12];
    const vs_view v = vs_view_of(VS_F32, &have, memory);
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE,
                  vs__view_check(&v, VS_F32, &want, "variable 'a/w'", &err));
    assert_string_equal(err.message,
                        "variable 'a/w': have f32[3,4], want f32[3,5]");
    assert_status(VS_ERR_DTYPE,
                  vs__view_check(&v, VS_F64, &have, "variable 'a/w'", &err));
    assert_string_equal(err.message,
                        "variable 'a/w': have f32[3,4], want f64[3,4]");
}

static void a_check_wants_memory_where_there_are_elements(void **state)
{
    const vs_shape some = vs_shape_2d(3, 4);
    const vs_shape none = vs_shape_2d(3, 0);
    const vs_view v = vs_view_of(VS_F32, &some, NULL);
    const vs_view e = vs_view_of(VS_F32, &none, NULL);
    vs_error err;

    (void)state;
    assert_status(VS_ERR_MISUSE,
                  vs__view_check(&v, VS_F32, &some, "variable 'w'", &err));
    assert_string_equal(err.message,
                        "variable 'w': the view of f32[3,4] has no memory");
    assert_status(VS_ERR_MISUSE,
                  vs__view_check(NULL, VS_F32, &some, "variable 'w'", &err));
    assert_ok(vs__view_check(&e, VS_F32, &none, "variable 'w'", NULL));
}

static void a_check_refuses_strides_that_cannot_be_addressed(void **state)
{
    static const int64_t strides[] = {INT64_MAX, INT64_MIN, INT64_MAX / 8,
                                      -(INT64_MAX / 8)};
    const vs_shape shape = vs_shape_1d(2);
    double memory[2];
    vs_view v = vs_view_of(VS_F64, &shape, memory);

    (void)state;
    for (int i = 0; i < 4; i++) {
        v.strides[0] = strides[i];
        assert_status(VS_ERR_MISUSE,
                      vs__view_check(&v, VS_F64, &shape, "view", NULL));
    }
    v.strides[0] = -1;
    assert_ok(vs__view_check(&v, VS_F64, &shape, "view", NULL));
}

static void the_stride_of_a_single_index_does_not_count(void **state)
{
    const vs_shape shape = vs_shape_3d(1, 4, 1);
    double memory[4];
    vs_view v = vs_view_of(VS_F64, &shape, memory);

    (void)state;
    v.strides[0] = INT64_MIN;
    v.strides[2] = 77;
    assert_ok(vs__view_check(&v, VS_F64, &shape, "view", NULL));
    assert_true(vs__view_contiguous(&v));
}

/* Each axis alone can be counted. */
static void axes_together_must_be_countable(void **state)
{
    const vs_shape shape = vs_shape_2d(2, 2);
    uint8_t memory[4];
    vs_view v = vs_view_of(VS_U8, &shape, memory);

    (void)state;
    v.strides[0] = INT64_C(1) << 61;
    v.strides[1] = (INT64_C(1) << 61) - 1;
    assert_ok(vs__view_check(&v, VS_U8, &shape, "view", NULL));
    v.strides[1] = INT64_C(1) << 61;
    assert_status(VS_ERR_MISUSE,
                  vs__view_check(&v, VS_U8, &shape, "view", NULL));
}

static void gaps_turns_and_swaps_are_not_contiguous(void **state)
{
    const vs_shape shape = vs_shape_2d(3, 4);
    double memory[24];
    vs_view v = vs_view_of(VS_F64, &shape, memory);

    (void)state;
    v.strides[0] = 5;
    assert_false(vs__view_contiguous(&v));
    v.strides[0] = -4;
    assert_false(vs__view_contiguous(&v));
    v.strides[0] = 1;
    v.strides[1] = 3;
    assert_false(vs__view_contiguous(&v));
    v.strides[0] = 0;
    v.strides[1] = 1;
    assert_false(vs__view_contiguous(&v));
    assert_null(vs__view_run(&v, 0, 1));
}

static void a_scalar_and_nothing_are_contiguous(void **state)
{
    const vs_shape scalar = vs_shape_scalar();
    const vs_shape none = vs_shape_2d(0, 3);
    double x;
    vs_view v = vs_view_of(VS_F64, &scalar, &x);

    (void)state;
    assert_true(vs__view_contiguous(&v));
    assert_ptr_equal(vs__view_run(&v, 0, 1), &x);
    v = vs_view_of(VS_F64, &none, NULL);
    v.strides[1] = 9;
    assert_true(vs__view_contiguous(&v));
    assert_null(vs__view_run(&v, 0, 0));
}

static void a_run_is_where_its_first_element_lies(void **state)
{
    const vs_shape shape = vs_shape_2d(3, 4);
    uint16_t memory[12];
    const vs_view v = vs_view_of(VS_U16, &shape, memory);

    (void)state;
    assert_ptr_equal(vs__view_run(&v, 0, 12), memory);
    assert_ptr_equal(vs__view_run(&v, 7, 5), memory + 7);
}

static void elements_that_share_memory_are_noticed(void **state)
{
    const vs_shape shape = vs_shape_3d(3, 4, 5);
    vs_view view = vs_view_of(VS_F32, &shape, NULL);

    (void)state;
    assert_true(vs__view_injective(&view));
    view.strides[0] = 1; /* axes the other way round, gaps, backwards */
    view.strides[1] = -6;
    view.strides[2] = 24;
    assert_true(vs__view_injective(&view));
    view.strides[2] = 20;
    assert_false(vs__view_injective(&view));
    view.strides[2] = 0;
    assert_false(vs__view_injective(&view));
    view.shape.dims[2] = 1; /* then its stride means nothing */
    assert_true(vs__view_injective(&view));
    view.strides[0] = 0;
    view.shape.dims[1] = 0; /* and here there is nothing */
    assert_true(vs__view_injective(&view));
}

static void a_source_over_a_view_is_known_as_such(void **state)
{
    const vs_shape shape = vs_shape_1d(4);
    float values[4] = {1, 2, 3, 4};
    float got[2] = {0, 0};
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    vs_source source = vs__view_source(&view);

    (void)state;
    assert_ptr_equal(vs__source_view(source), &view);
    assert_ok(source.fill(1, 2, got, source.ctx));
    assert_true(got[0] == 2 && got[1] == 3);
    source.fill = NULL;
    assert_null(vs__source_view(source));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_of_memory_is_in_c_order),
        cmocka_unit_test(a_const_view_describes_the_same),
        cmocka_unit_test(absurd_shapes_make_absurd_views_and_no_more),
        cmocka_unit_test(a_check_shows_both_sides),
        cmocka_unit_test(a_check_wants_memory_where_there_are_elements),
        cmocka_unit_test(a_check_refuses_strides_that_cannot_be_addressed),
        cmocka_unit_test(the_stride_of_a_single_index_does_not_count),
        cmocka_unit_test(axes_together_must_be_countable),
        cmocka_unit_test(gaps_turns_and_swaps_are_not_contiguous),
        cmocka_unit_test(a_scalar_and_nothing_are_contiguous),
        cmocka_unit_test(a_run_is_where_its_first_element_lies),
        cmocka_unit_test(elements_that_share_memory_are_noticed),
        cmocka_unit_test(a_source_over_a_view_is_known_as_such),
    };

    return cmocka_run_group_tests_name("tensor.view", tests, NULL, NULL);
}
