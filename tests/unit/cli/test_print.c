/* test_print.c - cli/print: elements as text, JSON, CSV, .npy and raw. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

/* Prints contiguous elements, a few at a time, and returns the bytes. */
static char *printed(enum format format, vs_dtype dtype, const vs_shape *shape,
                     const void *data, size_t *n_bytes)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, n_bytes);
    size_t size = vs_dtype_size(dtype);
    struct printer p;
    int64_t n;

    assert_ok(vs_shape_count(shape, &n));
    assert_ok(print_begin(&p, out, format, dtype, shape, 0));
    print_measure(&p, data, n);
    for (int64_t i = 0; i < n; i += 4)
        print_elements(&p, (const char *)data + (size_t)i * size,
                       n - i < 4 ? n - i : 4);
    print_end(&p);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void assert_printed(enum format format, vs_dtype dtype, vs_shape shape,
                           const void *data, const char *want)
{
    size_t n;
    char *text = printed(format, dtype, &shape, data, &n);

    assert_string_equal(text, want);
    free(text);
}

static const int32_t numbers[12] = {1, -2, 3, 4, 50, 6, 7, 8, 9, 10, 11, 12};

static void text_is_nested_and_aligned(void **state)
{
    (void)state;
    assert_printed(FORMAT_TEXT, VS_I32, vs_shape_scalar(), numbers, "1\n");
    assert_printed(FORMAT_TEXT, VS_I32, vs_shape_1d(3), numbers,
                   "[ 1 -2  3]\n");
    assert_printed(FORMAT_TEXT, VS_I32, vs_shape_2d(2, 3), numbers,
                   "[[ 1 -2  3]\n [ 4 50  6]]\n");
    assert_printed(FORMAT_TEXT, VS_I32, vs_shape_3d(2, 3, 2), numbers,
                   "[[[ 1 -2]\n  [ 3  4]\n  [50  6]]\n\n"
                   " [[ 7  8]\n  [ 9 10]\n  [11 12]]]\n");
}

static void json_is_nested(void **state)
{
    static const uint8_t flags[2] = {1, 0};
    static const float odd[3] = {NAN, INFINITY, 1.5f};
    static const float pairs[4] = {1, 2, NAN, -INFINITY};

    (void)state;
    assert_printed(FORMAT_JSON, VS_I32, vs_shape_scalar(), numbers, "1\n");
    assert_printed(FORMAT_JSON, VS_I32, vs_shape_3d(2, 1, 2), numbers,
                   "[[[1,-2]],[[3,4]]]\n");
    assert_printed(FORMAT_JSON, VS_BOOL, vs_shape_1d(2), flags,
                   "[true,false]\n");
    assert_printed(FORMAT_JSON, VS_F32, vs_shape_1d(3), odd,
                   "[\"nan\",\"inf\",1.5]\n");
    assert_printed(FORMAT_JSON, VS_C64, vs_shape_1d(2), pairs,
                   "[[1,2],[\"nan\",\"-inf\"]]\n");
}

static void csv_has_a_line_per_row(void **state)
{
    (void)state;
    assert_printed(FORMAT_CSV, VS_I32, vs_shape_scalar(), numbers, "1\n");
    assert_printed(FORMAT_CSV, VS_I32, vs_shape_1d(3), numbers, "1\n-2\n3\n");
    assert_printed(FORMAT_CSV, VS_I32, vs_shape_2d(2, 3), numbers,
                   "1,-2,3\n4,50,6\n");
    assert_printed(FORMAT_CSV, VS_I32, vs_shape_3d(2, 2, 2), numbers,
                   "1,-2\n3,4\n50,6\n7,8\n");
}

static void nothing_is_an_empty_list(void **state)
{
    vs_shape huge = vs_shape_2d(INT64_MAX, 0);

    (void)state;
    assert_printed(FORMAT_TEXT, VS_I32, huge, numbers, "[]\n");
    assert_printed(FORMAT_JSON, VS_I32, huge, numbers, "[]\n");
    assert_printed(FORMAT_CSV, VS_I32, huge, numbers, "");
}

static void raw_is_the_bytes(void **state)
{
    static const uint16_t x[2] = {0x0102, 0x0304};
    vs_shape shape = vs_shape_1d(2);
    size_t n;
    char *bytes = printed(FORMAT_RAW, VS_U16, &shape, x, &n);

    (void)state;
    assert_int_equal(n, 4);
    assert_memory_equal(bytes, "\x02\x01\x04\x03", 4);
    free(bytes);
}

static void npy_has_its_header(void **state)
{
    static const struct {
        int rank;
        const char *shape;
    } cases[] = {{0, "()"}, {1, "(1,)"}, {2, "(1, 1)"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t ones[2] = {1, 1};
        vs_shape shape;
        char want[64];
        size_t n;
        char *bytes;

        assert_ok(vs_shape_make(cases[i].rank, ones, &shape, NULL));
        bytes = printed(FORMAT_NPY, VS_I32, &shape, numbers, &n);
        (void)snprintf(want, sizeof want,
                       "{'descr': '<i4', 'fortran_order': False, 'shape': %s, ",
                       cases[i].shape);
        assert_int_equal(n, 128 + 4);
        assert_memory_equal(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
        assert_memory_equal(bytes + 10, want, strlen(want));
        assert_int_equal(bytes[127], '\n');
        assert_int_equal(bytes[128], 1);
        free(bytes);
    }
}

static void npy_lacks_some_dtypes(void **state)
{
    vs_shape shape = vs_shape_1d(1);
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    struct printer p;

    (void)state;
    assert_status(VS_ERR_UNSUPPORTED,
                  print_begin(&p, out, FORMAT_NPY, VS_BF16, &shape, 0));
    assert_status(VS_ERR_UNSUPPORTED,
                  print_begin(&p, out, FORMAT_NPY, VS_F8_E4M3, &shape, 0));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(n, 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_nested_and_aligned),
        cmocka_unit_test(json_is_nested),
        cmocka_unit_test(csv_has_a_line_per_row),
        cmocka_unit_test(nothing_is_an_empty_list),
        cmocka_unit_test(raw_is_the_bytes),
        cmocka_unit_test(npy_has_its_header),
        cmocka_unit_test(npy_lacks_some_dtypes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
