/* test_floats.c - rule/floats: views that are not of floats, or not views. */
#include "support.h"

#include "rule/floats.h"

static vs_status check(vs_dtype dtype, vs_shape shape, void *data,
                       vs_error *err)
{
    const vs_view view = vs_view_of(dtype, &shape, data);

    return vs__float_view_check(&view, "w", err);
}

static void floats_of_every_size_pass(void **state)
{
    static const vs_dtype floats[] = {VS_F16, VS_BF16,    VS_F32,
                                      VS_F64, VS_F8_E4M3, VS_F8_E5M2};
    double memory[6] = {0};

    (void)state;
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++)
        assert_ok(check(floats[i], vs_shape_2d(2, 3), memory, NULL));
    assert_ok(check(VS_F32, vs_shape_2d(2, 0), NULL, NULL));
}

static void other_dtypes_are_refused(void **state)
{
    static const vs_dtype others[] = {VS_DTYPE_NONE, VS_BOOL, VS_U8,
                                      VS_I64,        VS_C64,  (vs_dtype)99};
    double memory[12] = {0};
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_status(VS_ERR_DTYPE,
                      check(others[i], vs_shape_2d(2, 3), memory, &err));
    assert_status(VS_ERR_DTYPE, check(VS_I64, vs_shape_2d(2, 3), memory, &err));
    assert_string_equal(err.message, "w: have i64, want floats");
}

static void what_is_no_view_is_refused(void **state)
{
    double memory[6] = {0};

    (void)state;
    assert_status(VS_ERR_MISUSE, vs__float_view_check(NULL, "w", NULL));
    assert_status(VS_ERR_MISUSE, check(VS_F32, vs_shape_2d(2, 3), NULL, NULL));
    assert_status(VS_ERR_SHAPE,
                  check(VS_F32, vs_shape_2d(2, -3), memory, NULL));
    assert_status(VS_ERR_NEEDSHAPE,
                  check(VS_F32, vs_shape_2d(2, VS_UNKNOWN), memory, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_of_every_size_pass),
        cmocka_unit_test(other_dtypes_are_refused),
        cmocka_unit_test(what_is_no_view_is_refused),
    };

    return cmocka_run_group_tests_name("rule.floats", tests, NULL, NULL);
}
