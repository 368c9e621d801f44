/* test_shape.c - tensor/shape: making, counting, comparing, text, checks. */
#include "support.h"

#include <string.h>

#include "tensor/shape.h"

#define HUGE_DIM ((int64_t)1 << 62)

/* A struct that no maker gives out: its rank must never bound a loop. */
static vs_shape impossible(void)
{
    vs_shape s = {70, {2, 3}};

    return s;
}

static void a_made_shape_has_the_dimensions_given(void **state)
{
    const int64_t dims[] = {2, 0, VS_UNKNOWN};
    vs_shape s;

    (void)state;
    assert_ok(vs_shape_make(3, dims, &s, NULL));
    assert_int_equal(s.rank, 3);
    assert_memory_equal(s.dims, dims, sizeof dims);
    assert_ok(vs_shape_make(0, NULL, &s, NULL));
    assert_int_equal(s.rank, 0);
}

static void making_refuses_ranks_that_cannot_be(void **state)
{
    const int64_t dims[VS_MAX_RANK + 1] = {1};
    vs_shape s = vs_shape_1d(7);
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE, vs_shape_make(17, dims, &s, &err));
    assert_string_equal(err.message, "shape: rank 17, want 0 to 16");
    assert_status(VS_ERR_SHAPE, vs_shape_make(70, dims, &s, &err));
    assert_status(VS_ERR_SHAPE, vs_shape_make(VS_UNKNOWN, NULL, &s, &err));
    assert_status(VS_ERR_MISUSE, vs_shape_make(1, NULL, &s, NULL));
    assert_int_equal(s.dims[0], 7);
}

static void making_refuses_a_negative_dimension(void **state)
{
    const int64_t dims[] = {2, -5};
    vs_shape s = vs_shape_1d(7);
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE, vs_shape_make(2, dims, &s, &err));
    assert_string_equal(err.message,
                        "shape: dimension 1 of shape [2,-5] is negative");
    assert_status(VS_ERR_SHAPE, vs_shape_make(2, dims, &s, NULL));
    assert_int_equal(s.rank, 1);
}

static void making_refuses_more_elements_than_can_be_counted(void **state)
{
    const int64_t two[] = {HUGE_DIM, 2};
    const int64_t most[] = {INT64_MAX, 1};
    const int64_t unknown[] = {VS_UNKNOWN, HUGE_DIM, HUGE_DIM};
    const int64_t none[] = {0, HUGE_DIM, HUGE_DIM};
    vs_shape s;
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE, vs_shape_make(2, two, &s, &err));
    assert_string_equal(
        err.message,
        "shape [4611686018427387904,2] has more than 2^63-1 elements");
    assert_ok(vs_shape_make(2, most, &s, NULL));
    assert_status(VS_ERR_SHAPE, vs_shape_make(3, unknown, &s, NULL));
    assert_ok(vs_shape_make(3, none, &s, NULL));
}

static void makers_for_the_usual_ranks(void **state)
{
    const vs_shape s = vs_shape_4d(2, 3, 4, 5);

    (void)state;
    assert_int_equal(vs_shape_scalar().rank, 0);
    assert_int_equal(vs_shape_1d(9).dims[0], 9);
    assert_int_equal(vs_shape_2d(9, 8).dims[1], 8);
    assert_int_equal(vs_shape_3d(9, 8, 7).dims[2], 7);
    assert_int_equal(s.rank, 4);
    assert_int_equal(s.dims[3], 5);
    assert_int_equal(vs_shape_unknown().rank, VS_UNKNOWN);
}

static void count_is_the_product(void **state)
{
    const vs_shape shapes[] = {vs_shape_scalar(), vs_shape_3d(2, 3, 4),
                               vs_shape_2d(5, 0), vs_shape_1d(INT64_MAX)};
    const int64_t counts[] = {1, 24, 0, INT64_MAX};

    (void)state;
    for (int i = 0; i < 4; i++) {
        int64_t n = -7;

        assert_ok(vs_shape_count(&shapes[i], &n));
        assert_int_equal(n, counts[i]);
    }
}

static void a_zero_axis_anywhere_makes_zero_elements(void **state)
{
    const vs_shape first = vs_shape_3d(0, HUGE_DIM, HUGE_DIM);
    const vs_shape last = vs_shape_3d(HUGE_DIM, HUGE_DIM, 0);
    int64_t n = -7;

    (void)state;
    assert_ok(vs_shape_count(&first, &n));
    assert_int_equal(n, 0);
    n = -7;
    assert_ok(vs_shape_count(&last, &n));
    assert_int_equal(n, 0);
}

/* Of a caller's struct only as many dimensions count as it has axes. */
static void what_stands_behind_the_rank_is_nothing(void **state)
{
    const vs_shape a = {2, {3, 4, -7, 0}};
    const vs_shape b = {2, {3, 4, 9, 9}};
    char text[VS_SHAPE_TEXT_MAX];
    int64_t n = 0;

    (void)state;
    assert_true(vs_shape_known(&a));
    assert_ok(vs_shape_count(&a, &n));
    assert_int_equal(n, 12);
    assert_ok(vs_shape_count(&b, &n));
    assert_int_equal(n, 12);
    assert_true(vs_shape_equal(&a, &b));
    assert_true(vs_shape_compatible(&a, &b));
    assert_true(vs_shape_compatible(&b, &a));
    assert_string_equal(vs_shape_text(&a, text), "[3,4]");
    assert_ok(vs__shape_check(&a, VS_F32, true, "tensor", NULL));
    assert_ok(vs__shape_check(&b, VS_F32, true, "tensor", NULL));
    assert_int_equal(vs__shape_count(&b), 12);
}

static void the_first_axis_counts_as_any_other(void **state)
{
    const vs_shape a = vs_shape_2d(3, 4);
    const vs_shape b = vs_shape_2d(2, 4);
    const vs_shape negative = {2, {-5, 4}};

    (void)state;
    assert_false(vs_shape_compatible(&a, &b));
    assert_false(vs_shape_equal(&a, &b));
    assert_false(vs_shape_known(&negative));
    assert_status(VS_ERR_SHAPE,
                  vs__shape_check(&negative, VS_F32, false, "tensor", NULL));
}

static void count_refuses_what_has_no_count(void **state)
{
    const vs_shape shapes[] = {vs_shape_unknown(), vs_shape_1d(VS_UNKNOWN),
                               vs_shape_1d(-2), vs_shape_2d(HUGE_DIM, 2),
                               impossible()};

    (void)state;
    for (int i = 0; i < 5; i++) {
        int64_t n = -7;

        assert_status(VS_ERR_SHAPE, vs_shape_count(&shapes[i], &n));
        assert_int_equal(n, -7);
    }
}

static void known_means_every_dimension(void **state)
{
    const vs_shape full = vs_shape_2d(0, 3);
    const vs_shape part = vs_shape_2d(VS_UNKNOWN, 3);
    const vs_shape none = vs_shape_unknown();
    const vs_shape scalar = vs_shape_scalar();
    const vs_shape wrong = impossible();

    (void)state;
    assert_true(vs_shape_known(&full));
    assert_true(vs_shape_known(&scalar));
    assert_false(vs_shape_known(&part));
    assert_false(vs_shape_known(&none));
    assert_false(vs_shape_known(&wrong));
}

static void equal_compares_rank_and_every_dimension(void **state)
{
    const vs_shape a = vs_shape_2d(2, 3);
    const vs_shape b = vs_shape_2d(2, 4);
    const vs_shape longer = vs_shape_3d(2, 3, 1);
    const vs_shape unknown = vs_shape_unknown();
    const vs_shape scalar = vs_shape_scalar();
    const vs_shape one = vs_shape_1d(1);
    const vs_shape wrong = impossible();
    vs_shape same = a;

    (void)state;
    same.dims[2] = 99; /* beyond the rank: does not count */
    assert_true(vs_shape_equal(&a, &same));
    assert_true(vs_shape_equal(&unknown, &unknown));
    assert_false(vs_shape_equal(&a, &b));
    assert_false(vs_shape_equal(&a, &longer));
    assert_false(vs_shape_equal(&scalar, &one));
    assert_false(vs_shape_equal(&wrong, &wrong));
}

static void compatible_takes_unknowns_as_wildcards(void **state)
{
    const vs_shape have = vs_shape_2d(2, 3);
    const vs_shape any = vs_shape_unknown();
    const vs_shape row = vs_shape_2d(VS_UNKNOWN, 3);
    const vs_shape other = vs_shape_2d(VS_UNKNOWN, 4);
    const vs_shape flat = vs_shape_1d(6);
    const vs_shape scalar = vs_shape_scalar();
    const vs_shape one = vs_shape_1d(1);
    const vs_shape wrong = impossible();

    (void)state;
    assert_true(vs_shape_compatible(&have, &any));
    assert_true(vs_shape_compatible(&have, &row));
    assert_true(vs_shape_compatible(&have, &have));
    assert_false(vs_shape_compatible(&have, &other));
    assert_false(vs_shape_compatible(&have, &flat)); /* as many elements */
    assert_false(vs_shape_compatible(&scalar, &one));
    assert_false(vs_shape_compatible(&wrong, &wrong));
}

static void text_reads_back(void **state)
{
    static const char *const texts[] = {"[]",
                                        "[0]",
                                        "[2,3]",
                                        "[?,3]",
                                        "[?]",
                                        "?",
                                        "[9223372036854775807]",
                                        "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[VS_SHAPE_TEXT_MAX];
        vs_shape s;

        assert_ok(vs_shape_parse(texts[i], &s, NULL));
        assert_ptr_equal(vs_shape_text(&s, text), text);
        assert_string_equal(text, texts[i]);
    }
}

static void the_longest_text_fits(void **state)
{
    char text[VS_SHAPE_TEXT_MAX];
    vs_shape s = {VS_MAX_RANK, {0}};

    (void)state;
    for (int i = 0; i < VS_MAX_RANK; i++)
        s.dims[i] = INT64_MIN;
    assert_int_equal(strlen(vs_shape_text(&s, text)), 2 + 16 * 20 + 15);
    s = impossible();
    assert_string_equal(vs_shape_text(&s, text), "[rank 70]");
}

static void loose_spellings_are_read(void **state)
{
    static const char *const texts[] = {"2x3",     " [ 2 , 3 ] ", "2,3",
                                        "2 x\t3 ", "[2x3]",       "[ 02,3]"};
    const vs_shape want = vs_shape_2d(2, 3);
    vs_shape s;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_ok(vs_shape_parse(texts[i], &s, NULL));
        assert_true(vs_shape_equal(&s, &want));
    }
    assert_ok(vs_shape_parse("?x3", &s, NULL));
    assert_int_equal(s.rank, 2);
    assert_int_equal(s.dims[0], VS_UNKNOWN);
    assert_ok(vs_shape_parse(" ? ", &s, NULL));
    assert_int_equal(s.rank, VS_UNKNOWN);
    assert_ok(vs_shape_parse("[ ]", &s, NULL));
    assert_int_equal(s.rank, 0);
}

static void other_texts_are_no_shapes(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "[",
                                        "]",
                                        "[2,3",
                                        "2,3]",
                                        "[2,,3]",
                                        "2,",
                                        ",2",
                                        "[2,3] 4",
                                        "-1",
                                        "[-2]",
                                        "2 3",
                                        "+2",
                                        "2x",
                                        "x",
                                        "??",
                                        "[[2]]",
                                        "two",
                                        "(2,3)",
                                        "9223372036854775808",
                                        "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        vs_shape s = vs_shape_1d(7);
        vs_error err;

        assert_status(VS_ERR_SHAPE, vs_shape_parse(texts[i], &s, &err));
        assert_non_null(strstr(err.message, texts[i]));
        assert_int_equal(err.status, VS_ERR_SHAPE);
        assert_non_null(strstr(err.hint, "[?,3]"));
        assert_int_equal(s.dims[0], 7);
    }
    assert_status(VS_ERR_SHAPE, vs_shape_parse(NULL, NULL, NULL));
    assert_status(VS_ERR_SHAPE,
                  vs_shape_parse("4611686018427387904,2", NULL, NULL));
}

static void check_passes_what_can_be_stored(void **state)
{
    const vs_shape s = vs_shape_3d(2, 0, 4);
    const vs_shape part = vs_shape_2d(VS_UNKNOWN, 4);
    const vs_shape any = vs_shape_unknown();
    const vs_shape most = vs_shape_1d(HUGE_DIM / 8 - 1);

    (void)state;
    assert_ok(vs__shape_check(&s, VS_F32, true, "variable 'w'", NULL));
    assert_ok(vs__shape_check(&part, VS_F32, false, "variable 'w'", NULL));
    assert_ok(vs__shape_check(&any, VS_F32, false, "variable 'w'", NULL));
    assert_ok(vs__shape_check(&most, VS_F64, true, "variable 'w'", NULL));
    /* Without a dtype there are no bytes to be too many. */
    assert_ok(
        vs__shape_check(&most, VS_DTYPE_NONE, true, "variable 'w'", NULL));
    assert_int_equal(vs__shape_count(&s), 0);
    assert_int_equal(vs__shape_count(&most), HUGE_DIM / 8 - 1);
}

static void check_refuses_invalid_shapes(void **state)
{
    const vs_shape wrong = impossible();
    const vs_shape negative = vs_shape_2d(3, -4);
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE,
                  vs__shape_check(&wrong, VS_F32, false, "variable 'w'", &err));
    assert_string_equal(err.message, "variable 'w': rank 70, want 0 to 16");
    assert_status(VS_ERR_SHAPE, vs__shape_check(&negative, VS_F32, false,
                                                "variable 'w'", &err));
    assert_string_equal(
        err.message, "variable 'w': dimension 1 of shape [3,-4] is negative");
}

static void check_tells_when_a_known_shape_is_needed(void **state)
{
    const vs_shape part = vs_shape_2d(VS_UNKNOWN, 4);
    const vs_shape any = vs_shape_unknown();
    vs_error err;

    (void)state;
    assert_status(VS_ERR_NEEDSHAPE,
                  vs__shape_check(&part, VS_F32, true, "variable 'w'", &err));
    assert_string_equal(err.message, "variable 'w' needs a fully known shape, "
                                     "have [?,4]");
    assert_status(VS_ERR_NEEDSHAPE,
                  vs__shape_check(&any, VS_F32, true, "variable 'w'", &err));
    assert_string_equal(err.message,
                        "variable 'w' needs a fully known shape, have ?");
}

static void check_bounds_elements_and_bytes(void **state)
{
    const vs_shape empty = vs_shape_3d(0, HUGE_DIM, HUGE_DIM);
    const vs_shape elements = vs_shape_1d(HUGE_DIM);
    const vs_shape bytes = vs_shape_1d(HUGE_DIM / 8);
    vs_error err;

    (void)state;
    assert_status(VS_ERR_SHAPE,
                  vs__shape_check(&empty, VS_U8, true, "tensor 'w'", &err));
    assert_status(VS_ERR_SHAPE,
                  vs__shape_check(&elements, VS_U8, true, "tensor 'w'", &err));
    assert_string_equal(err.message, "tensor 'w': shape [4611686018427387904] "
                                     "has 2^62 elements or more");
    assert_status(VS_ERR_TOOBIG,
                  vs__shape_check(&bytes, VS_F64, true, "tensor 'w'", &err));
    assert_string_equal(
        err.message,
        "tensor 'w': f64[576460752303423488] has 2^62 bytes or more");
    assert_ok(vs__shape_check(&bytes, VS_DTYPE_NONE, true, "tensor 'w'", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_made_shape_has_the_dimensions_given),
        cmocka_unit_test(making_refuses_ranks_that_cannot_be),
        cmocka_unit_test(making_refuses_a_negative_dimension),
        cmocka_unit_test(making_refuses_more_elements_than_can_be_counted),
        cmocka_unit_test(makers_for_the_usual_ranks),
        cmocka_unit_test(count_is_the_product),
        cmocka_unit_test(a_zero_axis_anywhere_makes_zero_elements),
        cmocka_unit_test(what_stands_behind_the_rank_is_nothing),
        cmocka_unit_test(the_first_axis_counts_as_any_other),
        cmocka_unit_test(count_refuses_what_has_no_count),
        cmocka_unit_test(known_means_every_dimension),
        cmocka_unit_test(equal_compares_rank_and_every_dimension),
        cmocka_unit_test(compatible_takes_unknowns_as_wildcards),
        cmocka_unit_test(text_reads_back),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(loose_spellings_are_read),
        cmocka_unit_test(other_texts_are_no_shapes),
        cmocka_unit_test(check_passes_what_can_be_stored),
        cmocka_unit_test(check_refuses_invalid_shapes),
        cmocka_unit_test(check_tells_when_a_known_shape_is_needed),
        cmocka_unit_test(check_bounds_elements_and_bytes),
    };

    return cmocka_run_group_tests_name("tensor.shape", tests, NULL, NULL);
}
