/* test_emit.c - format/emit: elements of memory become little-endian bytes. */
#include "support.h"

#include <stdlib.h>

#include "format/emit.h"

static void assert_emitted(void **state, vs_dtype dtype, const void *elements,
                           int64_t n, const char *want, size_t n_want)
{
    const char *path = test_path(state, vs_dtype_name(dtype));
    struct vs__output *o = NULL;
    size_t n_got = 0;
    void *got;

    assert_ok(vs__output_open(path, VS__OUTPUT_NEW, &o, NULL));
    assert_ok(vs__emit(o, dtype, elements, n, NULL));
    assert_ok(vs__output_commit(o, NULL));
    got = test_read_file(path, &n_got);
    assert_int_equal(n_got, n_want);
    assert_memory_equal(got, want, n_want);
    free(got);
}

static void elements_come_out_little_endian(void **state)
{
    static const uint8_t bytes[] = {1, 2};
    static const uint16_t shorts[] = {0x0102, 0x0304};
    static const uint64_t longs[] = {0x0102030405060708u};
    static const float complex[] = {1, -2};

    assert_emitted(state, VS_U8, bytes, 2, "\1\2", 2);
    assert_emitted(state, VS_U16, shorts, 2, "\2\1\4\3", 4);
    assert_emitted(state, VS_U64, longs, 1, "\10\7\6\5\4\3\2\1", 8);
    assert_emitted(state, VS_C64, complex, 1, "\0\0\x80\x3f\0\0\0\xc0", 8);
    assert_emitted(state, VS_F32, complex, 0, "", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(elements_come_out_little_endian,
                                        test_dir_setup, test_dir_teardown),
    };

    return cmocka_run_group_tests_name("format.emit", tests, NULL, NULL);
}
