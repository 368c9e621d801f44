/* test_npy_header.c - format/npy_header: Python's literals, and no others. */
#include "support.h"

#include "format/npy.h"

#include "foreign.h"

static vs_status parse(const char *text, struct vs__npy_header *out,
                       vs_error *err)
{
    const size_t n = strlen(text);
    uint8_t *copy = copy_of(text, n); /* no NUL behind it */
    const vs_status st = vs__npy_parse(copy, n, "file 'x'", out, err);
    free(copy);
    return st;
}

static void assert_parsed(const char *text, vs_dtype dtype, bool big,
                          bool fortran, vs_shape shape)
{
    struct vs__npy_header h;

    assert_ok(parse(text, &h, NULL));
    assert_int_equal(h.dtype, dtype);
    assert_int_equal(h.big, big);
    assert_int_equal(h.fortran, fortran);
    assert_true(vs_shape_equal(&h.shape, &shape));
}

#define HEADER(descr, order, shape)                                            \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }  " \
    "\n"

static void what_numpy_writes_is_read(void **state)
{
    (void)state;
    assert_parsed(HEADER("'<f4'", "False", "(2, 3)"), VS_F32, false, false,
                  vs_shape_2d(2, 3));
    assert_parsed(HEADER("'>c16'", "True", "()"), VS_C128, true, true,
                  vs_shape_scalar());
    assert_parsed(HEADER("'|b1'", "False", "(0,)"), VS_BOOL, false, false,
                  vs_shape_1d(0));
    assert_parsed(HEADER("'<u8'", "False", "(1, 2, 3, 4)"), VS_U64, false,
                  false, vs_shape_4d(1, 2, 3, 4));
    assert_parsed(HEADER("'<f2'", "False", "(9223372036854775807,)"), VS_F16,
                  false, false, vs_shape_1d(INT64_MAX));
}

static void older_and_other_writers_are_understood(void **state)
{
    (void)state;
    assert_parsed("{'shape':(3L,4L),'fortran_order':False,'descr':'<i4'}",
                  VS_I32, false, false, vs_shape_2d(3, 4));
    assert_parsed("{\"descr\": \"<i4\", \"fortran_order\": True, "
                  "\"shape\": (3 , 4 , ) }\n\n",
                  VS_I32, false, true, vs_shape_2d(3, 4));
    assert_parsed(HEADER("'<i1'", "False", "(3,)"), VS_I8, false, false,
                  vs_shape_1d(3));
}

static void every_dtype_numpy_has_is_read(void **state)
{
    static const struct {
        const char *text;
        vs_dtype dtype;
    } cases[] = {
        {HEADER("'|b1'", "False", "()"), VS_BOOL},
        {HEADER("'|u1'", "False", "()"), VS_U8},
        {HEADER("'<u2'", "False", "()"), VS_U16},
        {HEADER("'<u4'", "False", "()"), VS_U32},
        {HEADER("'<u8'", "False", "()"), VS_U64},
        {HEADER("'|i1'", "False", "()"), VS_I8},
        {HEADER("'<i2'", "False", "()"), VS_I16},
        {HEADER("'<i4'", "False", "()"), VS_I32},
        {HEADER("'<i8'", "False", "()"), VS_I64},
        {HEADER("'<f2'", "False", "()"), VS_F16},
        {HEADER("'<f4'", "False", "()"), VS_F32},
        {HEADER("'<f8'", "False", "()"), VS_F64},
        {HEADER("'<c8'", "False", "()"), VS_C64},
        {HEADER("'<c16'", "False", "()"), VS_C128},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_parsed(cases[i].text, cases[i].dtype, false, false,
                      vs_shape_scalar());
}

static void what_cannot_be_a_tensor_is_unsupported(void **state)
{
    static const char *const texts[] = {
        HEADER("'|O'", "False", "(2,)"),
        HEADER("'|S3'", "False", "(2,)"),
        HEADER("'<U2'", "False", "(2,)"),
        HEADER("'<f16'", "False", "(2,)"),
        HEADER("'<M8[s]'", "False", "(2,)"),
        HEADER("'<V2'", "False", "(2,)"),
        HEADER("[('a', '<i4')]", "False", "(2,)"),
        HEADER("'<f4'", "False", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"),
    };
    struct vs__npy_header h;
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_status(VS_ERR_UNSUPPORTED, parse(texts[i], &h, &err));
    assert_status(VS_ERR_UNSUPPORTED, parse(texts[0], &h, &err));
    assert_string_equal(err.message, "file 'x': descr '|O' is not supported: "
                                     "Python objects are never loaded");
}

static void anything_else_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "{}",
        "{,}",
        "[]",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False}",
        HEADER("'<f4'", "False", "()") "x",
        HEADER("'<f4'", "False", "()") "{}",
        HEADER("'f4'", "False", "()"),
        HEADER("'=f4'", "False", "()"),
        HEADER("'|f4'", "False", "()"),
        HEADER("''", "False", "()"),
        HEADER("f4", "False", "()"),
        HEADER("'<f4\\x00'", "False", "()"),
        HEADER("'<f4aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", "False", "()"),
        HEADER("None", "False", "()"),
        HEADER("'<f4'", "0", "()"),
        HEADER("'<f4'", "false", "()"),
        HEADER("'<f4'", "'False'", "()"),
        HEADER("'<f4'", "False", "3"),
        HEADER("'<f4'", "False", "(3)"),
        HEADER("'<f4'", "False", "[3]"),
        HEADER("'<f4'", "False", "(,)"),
        HEADER("'<f4'", "False", "(3,,4)"),
        HEADER("'<f4'", "False", "(3 4)"),
        HEADER("'<f4'", "False", "(-1,)"),
        HEADER("'<f4'", "False", "(+1,)"),
        HEADER("'<f4'", "False", "(03,)"),
        HEADER("'<f4'", "False", "(1.0,)"),
        HEADER("'<f4'", "False", "(1_0,)"),
        HEADER("'<f4'", "False", "(0x10,)"),
        HEADER("'<f4'", "False", "(9223372036854775808,)"),
        HEADER("'<f4'", "False", "(99999999999999999999,)"),
        HEADER("'<f4'", "False", "(3,"),
        HEADER("'<f4'", "False", "((3,),)"),
        HEADER("'<f4'", "False", "()") "\r",
        "{'descr': '<f4' 'fortran_order': False, 'shape': ()}",
        "{'descr' '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'descr': '<f4', 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}",
        "{descr: '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': __import__('os').system('true')}",
    };
    struct vs__npy_header h;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const vs_status st = parse(texts[i], &h, NULL);

        if (st != VS_ERR_FORMAT)
            print_error("accepted: %s\n", texts[i]);
        assert_status(VS_ERR_FORMAT, st);
    }
}

static void every_prefix_is_refused(void **state)
{
    static const char text[] = "{'descr': '<f4', 'fortran_order': False, "
                               "'shape': (2, 3), }";
    char prefix[sizeof text];
    struct vs__npy_header h;

    (void)state;
    for (size_t n = 0; n < strlen(text); n++) {
        memcpy(prefix, text, n);
        prefix[n] = '\0';
        assert_status(VS_ERR_FORMAT, parse(prefix, &h, NULL));
    }
    assert_ok(parse(text, &h, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_numpy_writes_is_read),
        cmocka_unit_test(older_and_other_writers_are_understood),
        cmocka_unit_test(every_dtype_numpy_has_is_read),
        cmocka_unit_test(what_cannot_be_a_tensor_is_unsupported),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(every_prefix_is_refused),
    };

    return cmocka_run_group_tests_name("format.npy_header", tests, NULL, NULL);
}
