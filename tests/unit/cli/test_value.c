/* test_value.c - cli/value: a tensor as one writes it. */
#include "support.h"

#include <string.h>

#include "value.h"

static void assert_shape(const char *text, const char *want, int64_t count)
{
    vs_shape shape;
    int64_t n = -1;
    vs_error err;
    char have[VS_SHAPE_TEXT_MAX];

    assert_ok(value_shape(text, &shape, &n, &err));
    assert_string_equal(vs_shape_text(&shape, have), want);
    assert_int_equal(n, count);
}

static void shapes_are_found(void **state)
{
    (void)state;
    assert_shape("3.5", "[]", 1);
    assert_shape("-inf", "[]", 1);
    assert_shape(" [1, 2] ", "[2]", 2);
    assert_shape("[[1,2],[3,4],[5,6]]", "[3,2]", 6);
    assert_shape("[[[1]]]", "[1,1,1]", 1);
    assert_shape("[]", "[0]", 0);
    assert_shape("[[],[]]", "[2,0]", 0);
    assert_shape("[[ 1 2]\n [ 3 4]]", "[2,2]", 4); /* as cat prints it */
}

static void what_is_no_tensor_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "[",
                                        "]",
                                        "[1",
                                        "[1,]",
                                        "[,1]",
                                        "[1,,2]",
                                        "1 2",
                                        "[1] 2",
                                        "[1]]",
                                        "[[1],[2,3]]",
                                        "[1,[2]]",
                                        "[[1],2]",
                                        "[[],[1]]",
                                        "[[],1]",
                                        "[1,[]]",
                                        "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        vs_shape shape;
        int64_t n;
        vs_error err = {VS_OK, "", ""};

        assert_status(VS_ERR_MISUSE, value_shape(texts[i], &shape, &n, &err));
        assert_int_equal(err.status, VS_ERR_MISUSE);
        assert_true(strlen(err.message) > 0);
    }
}

static void sixteen_brackets_are_enough(void **state)
{
    (void)state;
    assert_shape("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
                 "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 1);
}

static void elements_are_read(void **state)
{
    int32_t x[4];
    vs_error err;

    (void)state;
    assert_ok(value_parse("[[1, -2], [0x10, 4]]", VS_I32, x, &err));
    assert_int_equal(x[0], 1);
    assert_int_equal(x[1], -2);
    assert_int_equal(x[2], 16);
    assert_int_equal(x[3], 4);
}

static void elements_that_do_not_fit_are_refused(void **state)
{
    uint8_t x[2];
    vs_error err;

    (void)state;
    assert_status(VS_ERR_RANGE, value_parse("[1, 300]", VS_U8, x, &err));
    assert_status(VS_ERR_MISUSE, value_parse("[1, abc]", VS_U8, x, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_found),
        cmocka_unit_test(what_is_no_tensor_is_refused),
        cmocka_unit_test(sixteen_brackets_are_enough),
        cmocka_unit_test(elements_are_read),
        cmocka_unit_test(elements_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
