/* test_piece.c - tensor/piece: what is cut out, and rectangles in order. */
#include "support.h"

#include "tensor/piece.h"

static void a_stride_is_the_product_of_what_is_behind(void **state)
{
    const vs_shape shape = {4, {2, 3, 5, 7}};

    (void)state;
    assert_int_equal(vs__piece_stride(&shape, 0), 105);
    assert_int_equal(vs__piece_stride(&shape, 2), 7);
    assert_int_equal(vs__piece_stride(&shape, 3), 1);
}

static void a_piece_of_a_view_begins_at_its_index(void **state)
{
    float values[12];
    const vs_shape shape = vs_shape_2d(3, 4);
    const vs_view view = vs_view_of(VS_F32, &shape, values);
    const vs_view rows = vs__piece_view(&view, 0, 1, 2);
    const vs_view columns = vs__piece_view(&view, 1, 3, 1);

    (void)state;
    assert_ptr_equal(rows.data, &values[4]);
    assert_int_equal(rows.shape.dims[0], 2);
    assert_int_equal(rows.shape.dims[1], 4);
    assert_ptr_equal(columns.data, &values[3]);
    assert_int_equal(columns.shape.dims[0], 3);
    assert_int_equal(columns.shape.dims[1], 1);
}

static void of_a_view_without_memory_only_the_shape_is_cut(void **state)
{
    const vs_shape shape = vs_shape_2d(3, 4);
    const vs_view view = vs_view_of(VS_F32, &shape, NULL);
    const vs_view rows = vs__piece_view(&view, 0, 1, 2);

    (void)state;
    assert_null(rows.data);
    assert_int_equal(rows.shape.dims[0], 2);
}

/* The element that index `k` of a rectangle has in the whole. */
static int64_t element_of(const vs_shape *shape, const vs_slice *slice,
                          int64_t k)
{
    int64_t at = 0;
    int64_t stride = 1;

    for (int i = shape->rank - 1; i >= 0; i--) {
        assert_int_equal(slice->step[i], 1);
        assert_true(slice->count[i] >= 1);
        assert_true(slice->start[i] >= 0 &&
                    slice->start[i] + slice->count[i] <= shape->dims[i]);
        at += (slice->start[i] + k % slice->count[i]) * stride;
        k /= slice->count[i];
        stride *= shape->dims[i];
    }
    return at;
}

/* Walks the whole from `begin`; each rectangle must go on where the one before
 * ended. Returns how many there were. */
static int walk(const vs_shape *shape, int64_t begin, int64_t most)
{
    int64_t n = 1;
    int n_pieces = 0;

    assert_ok(vs_shape_count(shape, &n));
    for (int64_t at = begin; at < n; n_pieces++) {
        vs_slice slice;
        const int64_t got = vs__piece_at(shape, at, most, &slice);
        const vs_shape cut = vs_slice_shape(&slice);
        int64_t count = 0;

        assert_ok(vs_shape_count(&cut, &count));
        assert_int_equal(got, count);
        assert_true(got >= 1 && got <= most);
        for (int64_t k = 0; k < got; k++)
            assert_int_equal(element_of(shape, &slice, k), at + k);
        at += got;
    }
    return n_pieces;
}

static void pieces_follow_each_other_without_gaps(void **state)
{
    static const vs_shape shapes[] = {
        {0, {0}},       {1, {1}},          {1, {13}},
        {2, {5, 7}},    {3, {3, 4, 5}},    {3, {1, 6, 1}},
        {3, {4, 1, 3}}, {4, {2, 3, 2, 5}}, {4, {1, 1, 1, 9}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int64_t most = 1; most <= 70; most++)
            for (int64_t begin = 0; begin < 9; begin++)
                (void)walk(&shapes[i], begin, most);
}

static void pieces_are_as_long_as_they_can_be(void **state)
{
    const vs_shape shape = {3, {3, 4, 5}};
    vs_slice slice;

    (void)state;
    assert_int_equal(walk(&shape, 0, 60), 1);
    assert_int_equal(walk(&shape, 0, 59), 2);
    assert_int_equal(walk(&shape, 0, 40), 2);
    assert_int_equal(walk(&shape, 0, 20), 3);
    assert_int_equal(walk(&shape, 0, 15), 6); /* 3 rows and 1, thrice */
    assert_int_equal(walk(&shape, 0, 5), 12);
    assert_int_equal(walk(&shape, 0, 1), 60);
    assert_int_equal(vs__piece_at(&shape, 7, 60, &slice), 3);
    assert_int_equal(vs__piece_at(&shape, 10, 60, &slice), 10);
    assert_int_equal(vs__piece_at(&shape, 20, 60, &slice), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stride_is_the_product_of_what_is_behind),
        cmocka_unit_test(a_piece_of_a_view_begins_at_its_index),
        cmocka_unit_test(of_a_view_without_memory_only_the_shape_is_cut),
        cmocka_unit_test(pieces_follow_each_other_without_gaps),
        cmocka_unit_test(pieces_are_as_long_as_they_can_be),
    };

    return cmocka_run_group_tests_name("tensor.piece", tests, NULL, NULL);
}
