/* test_npy_write.c - format/npy_write: NumPy's bytes, for the same array. */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "format/npy.h"

#include "fixtures.h"

static struct vs__output *opened(const char *path)
{
    struct vs__output *o = NULL;

    assert_ok(vs__output_open(path, VS__OUTPUT_REPLACE, &o, NULL));
    return o;
}

static void assert_written(void **state, vs_dtype dtype, vs_shape shape,
                           const void *elements, int64_t count,
                           const char *want, size_t n_want)
{
    const char *path = test_path(state, "out");
    struct vs__output *o = opened(path);
    struct vs__npy_writer w;
    size_t n = 0;
    void *got;

    assert_ok(vs__npy_begin(&w, o, dtype, &shape, NULL));
    assert_ok(vs__npy_append(&w, elements, count, NULL));
    assert_ok(vs__npy_end(&w, NULL));
    assert_ok(vs__output_commit(o, NULL));
    got = test_read_file(path, &n);
    assert_int_equal(n, n_want);
    assert_memory_equal(got, want, n_want);
    free(got);
}

static void the_bytes_are_numpys(void **state)
{
    static const float matrix[] = {0, 1, 2, 3, 4, 5};
    static const double complex[] = {1, -2};

    assert_written(state, VS_F32, vs_shape_2d(2, 3), matrix, 6, npy_plain,
                   NPY_PLAIN_BYTES);
    assert_written(state, VS_C128, vs_shape_scalar(), complex, 1, npy_scalar,
                   NPY_SCALAR_BYTES);
}

/* As numpy.dtype(...).str has them. */
static void each_dtype_has_numpys_letter(void **state)
{
    static const struct {
        vs_dtype dtype;
        const char *descr;
    } dtypes[] = {
        {VS_BOOL, "|b1"}, {VS_U8, "|u1"},    {VS_U16, "<u2"}, {VS_U32, "<u4"},
        {VS_U64, "<u8"},  {VS_I8, "|i1"},    {VS_I16, "<i2"}, {VS_I32, "<i4"},
        {VS_I64, "<i8"},  {VS_F16, "<f2"},   {VS_F32, "<f4"}, {VS_F64, "<f8"},
        {VS_C64, "<c8"},  {VS_C128, "<c16"},
    };
    const vs_shape shape = vs_shape_1d(0);
    const char *path = test_path(state, "out");

    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        struct vs__output *o = opened(path);
        struct vs__npy_writer w;
        char want[40];
        size_t n = 0;
        char *got;

        assert_ok(vs__npy_begin(&w, o, dtypes[i].dtype, &shape, NULL));
        assert_ok(vs__output_commit(o, NULL));
        got = test_read_file(path, &n);
        (void)snprintf(want, sizeof want, "{'descr': '%s', ", dtypes[i].descr);
        assert_memory_equal(got + 10, want, strlen(want));
        free(got);
    }
}

static void data_begin_at_a_multiple_of_64(void **state)
{
    const char *path = test_path(state, "out");
    vs_shape shape = {16, {0}};

    for (int rank = 0; rank <= VS_MAX_RANK; rank++) {
        struct vs__output *o = opened(path);
        struct vs__npy_writer w;

        shape.rank = rank;
        for (int i = 0; i < rank; i++)
            shape.dims[i] = i == 0 ? 0 : i % 3 == 0 ? 1000 : 1;
        assert_ok(vs__npy_begin(&w, o, VS_U16, &shape, NULL));
        assert_int_equal(vs__output_size(o) % 64, 0);
        vs__output_abandon(o);
    }
}

static void dtypes_numpy_lacks_are_unsupported(void **state)
{
    static const vs_dtype lacking[] = {VS_BF16, VS_F8_E4M3, VS_F8_E5M2,
                                       VS_DTYPE_NONE};
    const vs_shape shape = vs_shape_scalar();
    struct vs__output *o = opened(test_path(state, "out"));
    struct vs__npy_writer w;
    vs_error err;

    for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++)
        assert_status(VS_ERR_UNSUPPORTED,
                      vs__npy_begin(&w, o, lacking[i], &shape, &err));
    assert_int_equal(vs__output_size(o), 0);
    vs__output_abandon(o);
}

static void an_open_shape_is_refused(void **state)
{
    const vs_shape shape = vs_shape_1d(VS_UNKNOWN);
    struct vs__output *o = opened(test_path(state, "out"));
    struct vs__npy_writer w;

    assert_status(VS_ERR_NEEDSHAPE, vs__npy_begin(&w, o, VS_F32, &shape, NULL));
    vs__output_abandon(o);
}

static void elements_must_be_as_many_as_announced(void **state)
{
    static const float floats[3] = {1, 2, 3};
    const vs_shape shape = vs_shape_1d(2);
    struct vs__output *o = opened(test_path(state, "out"));
    struct vs__npy_writer w;
    vs_error err;

    assert_ok(vs__npy_begin(&w, o, VS_F32, &shape, NULL));
    assert_status(VS_ERR_MISUSE, vs__npy_append(&w, floats, 3, &err));
    assert_ok(vs__npy_append(&w, floats, 1, NULL));
    assert_status(VS_ERR_MISUSE, vs__npy_end(&w, &err));
    assert_string_equal(err.message, ".npy: 1 elements have not come");
    vs__output_abandon(o);
}

static void elements_that_cannot_be_written_are_still_to_come(void **state)
{
    static const uint8_t bytes[1 << 18];
    const vs_shape shape = vs_shape_1d(1 << 18);
    struct vs__output *o = opened(test_path(state, "out"));
    struct vs__npy_writer w;
    struct rlimit whole;
    struct rlimit little;

    assert_ok(vs__npy_begin(&w, o, VS_U8, &shape, NULL));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    little = whole;
    little.rlim_cur = 4096;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    assert_true(vs__npy_append(&w, bytes, 1 << 18, NULL) < VS_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
    assert_status(VS_ERR_MISUSE, vs__npy_end(&w, NULL));
    vs__output_abandon(o);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(the_bytes_are_numpys),
        IN_DIR(each_dtype_has_numpys_letter),
        IN_DIR(data_begin_at_a_multiple_of_64),
        IN_DIR(dtypes_numpy_lacks_are_unsupported),
        IN_DIR(an_open_shape_is_refused),
        IN_DIR(elements_must_be_as_many_as_announced),
        IN_DIR(elements_that_cannot_be_written_are_still_to_come),
    };

    return cmocka_run_group_tests_name("format.npy_write", tests, NULL, NULL);
}
