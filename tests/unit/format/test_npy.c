/* test_npy.c - format/npy: NumPy's files are read, their sizes held to. */
#include "support.h"

#include "format/npy.h"

#include "fixtures.h"
#include "foreign.h"

static vs_status read_bytes(const void *bytes, size_t n,
                            struct vs__manifest *out, vs_error *err)
{
    struct vs__input in = input_of_copy(bytes, n);
    const vs_status st = vs__npy_read(&in, "w", out, err);

    vs__input_close(&in);
    return st;
}

static vs_status try_bytes(const void *bytes, size_t n, vs_error *err)
{
    struct vs__manifest m = {0};
    const vs_status st = read_bytes(bytes, n, &m, err);

    vs__manifest_done(&m);
    return st;
}

static void assert_file(const char *bytes, size_t n, vs_dtype dtype,
                        vs_shape shape, bool big, bool fortran)
{
    struct vs__manifest m = {0};
    const struct vs__stored *t;

    assert_ok(read_bytes(bytes, n, &m, NULL));
    assert_int_equal(m.n_tensors, 1);
    assert_int_equal(m.n_pairs, 0);
    t = &m.tensors[0];
    assert_string_equal(t->entry.name, "w");
    assert_int_equal(t->entry.dtype, dtype);
    assert_true(vs_shape_equal(&t->entry.shape, &shape));
    assert_int_equal(t->big, big);
    assert_int_equal(t->fortran, fortran);
    assert_int_equal(t->offset, 128);
    assert_int_equal(t->entry.n_bytes, n - 128);
    vs__manifest_done(&m);
}

static void numpys_files_are_read(void **state)
{
    (void)state;
    assert_file(npy_plain, NPY_PLAIN_BYTES, VS_F32, vs_shape_2d(2, 3), false,
                false);
    assert_file(npy_turned, NPY_TURNED_BYTES, VS_F64, vs_shape_2d(2, 3), true,
                true);
    assert_file(npy_scalar, NPY_SCALAR_BYTES, VS_C128, vs_shape_scalar(), false,
                false);
    assert_file(npy_v2, NPY_V2_BYTES, VS_BOOL, vs_shape_1d(3), false, false);
    assert_file(npy_v3, NPY_V3_BYTES, VS_I16, vs_shape_1d(2), true, false);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t n = 0; n < NPY_PLAIN_BYTES; n++)
        assert_status(VS_ERR_FORMAT, try_bytes(npy_plain, n, NULL));
    for (size_t n = 0; n < NPY_V3_BYTES; n++)
        assert_status(VS_ERR_FORMAT, try_bytes(npy_v3, n, NULL));
}

static void bytes_behind_the_array_are_refused(void **state)
{
    vs_error err;

    (void)state;
    assert_status(VS_ERR_FORMAT,
                  try_bytes(npy_plain, NPY_PLAIN_BYTES + 1, &err));
    assert_string_equal(err.message, "memory: shape [2,3] of f32 takes 24 "
                                     "bytes, the file holds 25");
}

static void a_file_with_any_byte_changed_is_read_or_refused(void **state)
{
    uint8_t bytes[NPY_V2_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof bytes * 256; i++) {
        vs_status st;

        memcpy(bytes, npy_v2, sizeof bytes);
        bytes[i / 256] = (uint8_t)i;
        st = try_bytes(bytes, sizeof bytes, NULL);
        assert_true(st == VS_OK || st == VS_ERR_FORMAT ||
                    st == VS_ERR_UNSUPPORTED || st == VS_ERR_TOOBIG);
    }
}

static void unknown_versions_are_unsupported(void **state)
{
    static const char *const heads[] = {"\x93NUMPY\0\0..", "\x93NUMPY\4\0..",
                                        "\x93NUMPY\1\1.."};
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        assert_status(VS_ERR_UNSUPPORTED, try_bytes(heads[i], 10, &err));
    assert_string_equal(err.message,
                        "memory: .npy version 1.1, known are 1.0 to 3.0");
}

static void header_bombs_are_refused_unread(void **state)
{
    vs_error err;

    (void)state;
    assert_status(VS_ERR_TOOBIG,
                  try_bytes("\x93NUMPY\2\0\xff\xff\xff\xff", 12, &err));
    assert_string_equal(err.message, "memory: a header of 4294967295 bytes, "
                                     "at most 65535 are allowed");
}

static void shape_bombs_are_refused(void **state)
{
    static const char head[] =
        "\x93NUMPY\1\0\x4a\0{'descr': '<f8', 'fortran_order': False, "
        "'shape': (4294967296,4294967296)}";
    vs_error err;

    (void)state;
    assert_int_equal(sizeof head - 1, 10 + 0x4a);
    assert_status(VS_ERR_FORMAT, try_bytes(head, sizeof head - 1, &err));
    assert_non_null(strstr(err.message, "too large"));
}

static void sniffing_looks_for_the_magic(void **state)
{
    (void)state;
    assert_true(vs__npy_sniff((const uint8_t *)npy_plain, 16));
    assert_true(vs__npy_sniff((const uint8_t *)npy_plain, 6));
    assert_false(vs__npy_sniff((const uint8_t *)npy_plain, 5));
    assert_false(vs__npy_sniff((const uint8_t *)nine, 16));
}

static vs_status read_plain(void *ctx)
{
    const struct vs__input in = vs__input_of(npy_plain, NPY_PLAIN_BYTES);
    struct vs__manifest m = {0};
    const vs_status st = vs__npy_read(&in, ctx, &m, NULL);

    vs__manifest_done(&m);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    char name[] = "w";

    (void)state;
    assert_int_equal(test_each_allocation_failing(read_plain, name, false), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numpys_files_are_read),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(bytes_behind_the_array_are_refused),
        cmocka_unit_test(a_file_with_any_byte_changed_is_read_or_refused),
        cmocka_unit_test(unknown_versions_are_unsupported),
        cmocka_unit_test(header_bombs_are_refused_unread),
        cmocka_unit_test(shape_bombs_are_refused),
        cmocka_unit_test(sniffing_looks_for_the_magic),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("format.npy", tests, NULL, NULL);
}
