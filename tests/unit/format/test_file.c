/* test_file.c - format/file: the public interface over both formats. */
#include "support.h"

#include <stdio.h>

#include "fixtures.h"
#include "foreign.h"

static vs_file *opened(const char *bytes, size_t n)
{
    vs_file *file = NULL;

    assert_ok(open_copy(bytes, n, &file, NULL));
    return file;
}

static void formats_are_told_from_bytes(void **state)
{
    const char *path = test_path(state, "misnamed.npy");
    vs_file *file = NULL;

    test_write_file(path, nine, NINE_BYTES);
    assert_ok(vs_file_open(path, &file, NULL));
    assert_string_equal(vs_file_format(file), "safetensors");
    vs_file_close(file);
    test_write_file(path, npy_plain, NPY_PLAIN_BYTES);
    assert_ok(vs_file_open(path, &file, NULL));
    assert_string_equal(vs_file_format(file), "npy");
    vs_file_close(file);
    vs_file_close(NULL);
}

static void entries_come_in_the_order_of_names(void **state)
{
    static const char *const want[] = {
        "brain", "bytes/u8",         "e4", "flags", "matrix", "pair", "small",
        "step",  "z\xc3\xa9ro \"q\""};
    vs_file *file = opened(nine, NINE_BYTES);

    (void)state;
    assert_int_equal(vs_file_count(file), 9);
    for (size_t i = 0; i < 9; i++) {
        assert_string_equal(vs_file_get(file, i)->name, want[i]);
        assert_int_equal(vs_file_find(file, want[i]), i);
    }
    assert_null(vs_file_get(file, 9));
    assert_int_equal(vs_file_find(file, "none"), -1);
    assert_int_equal(vs_file_get(file, 4)->n_elements, 6);
    assert_int_equal(vs_file_get(file, 4)->n_bytes, 24);
    vs_file_close(file);
}

static void metadata_ends_with_done(void **state)
{
    vs_file *file = opened(nine, NINE_BYTES);
    const char *key = NULL;
    const char *value = NULL;

    (void)state;
    assert_ok(vs_file_metadata(file, 0, &key, &value));
    assert_string_equal(key, "format");
    assert_string_equal(value, "pt");
    assert_status(VS_DONE, vs_file_metadata(file, 1, &key, &value));
    vs_file_close(file);
}

static void assert_values(vs_file *file, const char *name, const double *want,
                          int n)
{
    const int64_t i = vs_file_find(file, name);
    const vs_file_entry *entry;
    uint8_t memory[64];
    double got[8];
    vs_view view;

    assert_true(i >= 0);
    entry = vs_file_get(file, (size_t)i);
    assert_int_equal(entry->n_elements, n);
    view = vs_view_of(entry->dtype, &entry->shape, memory);
    assert_ok(vs_file_read(file, (size_t)i, NULL, &view, NULL));
    vs_to_double(entry->dtype, memory, n, got);
    for (int k = 0; k < n; k++)
        assert_true(got[k] == want[k]);
}

static void the_reference_writers_values_are_read(void **state)
{
    vs_file *file = opened(nine, NINE_BYTES);

    (void)state;
    assert_values(file, "brain", (const double[]){1.5, -2}, 2);
    assert_values(file, "bytes/u8", (const double[]){0, 255}, 2);
    assert_values(file, "e4", (const double[]){1.5}, 1);
    assert_values(file, "flags", (const double[]){1, 0, 1}, 3);
    assert_values(file, "matrix", (const double[]){0, 1, 2, 3, 4, 5}, 6);
    assert_values(file, "pair", (const double[]){1}, 1);
    assert_values(file, "small", (const double[]){1.5, -2}, 2);
    assert_values(file, "step", (const double[]){-7}, 1);
    assert_values(file, "z\xc3\xa9ro \"q\"", NULL, 0);
    vs_file_close(file);
}

static void assert_array(const char *bytes, size_t n, const double *want,
                         int n_want)
{
    vs_file *file = opened(bytes, n);

    assert_values(file, "array", want, n_want);
    vs_file_close(file);
}

static void numpys_values_are_read(void **state)
{
    static const double six[] = {0, 1, 2, 3, 4, 5};

    (void)state;
    assert_array(npy_plain, NPY_PLAIN_BYTES, six, 6);
    assert_array(npy_turned, NPY_TURNED_BYTES, six, 6);
    assert_array(npy_scalar, NPY_SCALAR_BYTES, (const double[]){1}, 1);
    assert_array(npy_v2, NPY_V2_BYTES, (const double[]){1, 0, 1}, 3);
    assert_array(npy_v3, NPY_V3_BYTES, (const double[]){258, -2}, 2);
}

static void slices_are_read(void **state)
{
    vs_file *file = opened(npy_turned, NPY_TURNED_BYTES);
    vs_slice slice;
    vs_shape shape;
    double out[2] = {0};
    vs_view view;

    (void)state;
    assert_ok(
        vs_slice_parse("1, ::2", &vs_file_get(file, 0)->shape, &slice, NULL));
    shape = vs_slice_shape(&slice);
    view = vs_view_of(VS_F64, &shape, out);
    assert_ok(vs_file_read(file, 0, &slice, &view, NULL));
    assert_true(out[0] == 3 && out[1] == 5);
    vs_file_close(file);
}

static void bad_reads_are_refused(void **state)
{
    vs_file *file = opened(npy_plain, NPY_PLAIN_BYTES);
    const vs_shape shape = vs_shape_2d(2, 3);
    const vs_shape other = vs_shape_1d(6);
    double memory[6];
    const vs_view good = vs_view_of(VS_F32, &shape, memory);
    const vs_view misshapen = vs_view_of(VS_F32, &other, memory);
    const vs_view doubles = vs_view_of(VS_F64, &shape, memory);
    vs_slice outside = vs_slice_all(&shape);
    const vs_sink no_sink = {NULL, NULL};
    vs_error err;

    (void)state;
    outside.count[0] = 3;
    assert_status(VS_ERR_MISUSE, vs_file_read(file, 1, NULL, &good, &err));
    assert_string_equal(err.message,
                        "memory: there is no tensor 1, it holds 1");
    assert_status(VS_ERR_SHAPE, vs_file_read(file, 0, NULL, &misshapen, &err));
    assert_status(VS_ERR_DTYPE, vs_file_read(file, 0, NULL, &doubles, &err));
    assert_status(VS_ERR_RANGE, vs_file_read(file, 0, &outside, &good, &err));
    assert_status(VS_ERR_MISUSE, vs_file_read_to(file, 0, no_sink, &err));
    assert_status(VS_ERR_MISUSE, vs_file_read_to(file, 1, no_sink, &err));
    vs_file_close(file);
}

struct total {
    double sum;
    int64_t next;
};

static vs_status add(int64_t first, int64_t n, const void *src, void *ctx)
{
    struct total *t = ctx;
    const double *x = src;

    assert_int_equal(first, t->next);
    for (int64_t i = 0; i < n; i++)
        t->sum += x[i] * (double)(first + i + 1);
    t->next = first + n;
    return VS_OK;
}

static void a_tensor_is_given_to_a_sink(void **state)
{
    vs_file *file = opened(npy_turned, NPY_TURNED_BYTES);
    struct total t = {0, 0};
    const vs_sink sink = {add, &t};

    (void)state;
    assert_ok(vs_file_read_to(file, 0, sink, NULL));
    assert_int_equal(t.next, 6);
    assert_true(t.sum == 0 * 1 + 1 * 2 + 2 * 3 + 3 * 4 + 4 * 5 + 5 * 6);
    vs_file_close(file);
}

static void a_file_that_shrinks_is_told(void **state)
{
    const char *path = test_path(state, "w.npy");
    const vs_shape shape = vs_shape_2d(2, 3);
    float memory[6];
    const vs_view view = vs_view_of(VS_F32, &shape, memory);
    vs_file *file = NULL;

    test_write_file(path, npy_plain, NPY_PLAIN_BYTES);
    assert_ok(vs_file_open(path, &file, NULL));
    test_write_file(path, npy_plain, NPY_PLAIN_BYTES - 1);
    assert_status(VS_ERR_FORMAT, vs_file_read(file, 0, NULL, &view, NULL));
    vs_file_close(file);
}

struct failing_input {
    int left; /* reads until one fails; 0: none does */
    const char *bytes;
};

static vs_status read_failing(void *ctx, int64_t offset, void *dst, size_t n,
                              vs_error *err)
{
    struct failing_input *f = ctx;

    (void)err;
    if (f->left > 0 && --f->left == 0)
        return VS_ERR_IO;
    memcpy(dst, f->bytes + offset, n);
    return VS_OK;
}

/* Whichever read of a header fails. */
static void a_file_that_cannot_be_read_is_told(void **state)
{
    static const struct {
        const char *bytes;
        int64_t n;
    } files[] = {{nine, NINE_BYTES}, {npy_plain, NPY_PLAIN_BYTES}};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (int k = 1;; k++) {
            struct failing_input f = {k, files[i].bytes};
            struct vs__input in = {read_failing, NULL, &f, files[i].n, "bad"};
            vs_file *file = NULL;
            const vs_status st = vs__file_open_input(&in, "array", &file, NULL);

            assert_int_equal(st == VS_OK, file != NULL);
            vs_file_close(file);
            if (f.left > 0) {
                assert_ok(st);
                assert_true(k > 3);
                break;
            }
            assert_status(VS_ERR_IO, st);
        }
}

static void assert_named(void **state, const char *name, const char *want)
{
    const char *path = test_path(state, name);
    vs_file *file = NULL;

    test_write_file(path, npy_plain, NPY_PLAIN_BYTES);
    assert_ok(vs_file_open(path, &file, NULL));
    assert_string_equal(vs_file_get(file, 0)->name, want);
    vs_file_close(file);
}

static void an_array_is_named_after_its_file(void **state)
{
    assert_named(state, "kernel.npy", "kernel");
    assert_named(state, "kernel.0.npy", "kernel.0");
    assert_named(state, "kernel.dat", "kernel.dat");
    assert_named(state, ".npy", "array");
    assert_named(state, "caf\xe9.npy", "array");
    assert_named(state, "caf\xc3\xa9.npy", "caf\xc3\xa9");
}

static void strangers_are_unsupported_and_hinted_at(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *hint; /* that the hint holds */
    } cases[] = {
        {"", 0, ""},
        {"x", 1, ""},
        {"{\"a\": 1}, and more", 18, ""},
        {"PK\x03\x04 and so on", 13, "zip"},
        {"GGUF\3\0\0\0", 8, "GGUF"},
        {"\x89HDF\r\n\x1a\n", 8, "HDF5"},
        {"SQLite format 3\0", 16, "SQLite"},
        {"\x80\x02\x8a\x0a", 4, "pickle"},
    };
    vs_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vs_file *file = NULL;

        assert_status(VS_ERR_UNSUPPORTED,
                      open_copy(cases[i].bytes, cases[i].n, &file, &err));
        assert_non_null(strstr(err.hint, cases[i].hint));
        assert_null(file);
    }
}

static void files_cut_anywhere_are_refused(void **state)
{
    vs_file *file = NULL;

    (void)state;
    for (size_t n = 0; n < NINE_BYTES; n++) {
        const vs_status st = open_copy(nine, n, &file, NULL);

        assert_true(st == VS_ERR_FORMAT || st == VS_ERR_UNSUPPORTED);
    }
    for (size_t n = 0; n < NPY_TURNED_BYTES; n++) {
        const vs_status st = open_copy(npy_turned, n, &file, NULL);

        assert_true(st == VS_ERR_FORMAT || st == VS_ERR_UNSUPPORTED);
    }
    assert_null(file);
}

static void paths_are_checked(void **state)
{
    vs_file *file = NULL;
    vs_error err;

    assert_status(VS_ERR_NOFILE,
                  vs_file_open(test_path(state, "none"), &file, &err));
    assert_status(VS_ERR_UNSUPPORTED, vs_file_open("/dev/null", &file, &err));
    assert_status(VS_ERR_MISUSE, vs_file_open(NULL, &file, &err));
    assert_status(VS_ERR_MISUSE, vs_file_open("x", NULL, &err));
    assert_null(file);
}

static vs_status open_and_read(void *ctx)
{
    const vs_shape shape = vs_shape_2d(2, 3);
    double memory[6];
    const vs_view view = vs_view_of(VS_F64, &shape, memory);
    struct total t = {0, 0};
    const vs_sink sink = {add, &t};
    vs_file *file = NULL;
    vs_status st = vs_file_open(ctx, &file, NULL);

    if (st == VS_OK)
        st = vs_file_read(file, 0, NULL, &view, NULL);
    if (st == VS_OK)
        st = vs_file_read_to(file, 0, sink, NULL);
    vs_file_close(file);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s", test_path(state, "w.npy"));
    test_write_file(path, npy_turned, NPY_TURNED_BYTES);
    assert_true(test_each_allocation_failing(open_and_read, path, false) >= 10);
    assert_true(test_each_allocation_failing(open_and_read, path, true) >= 10);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(formats_are_told_from_bytes),
        cmocka_unit_test(entries_come_in_the_order_of_names),
        cmocka_unit_test(metadata_ends_with_done),
        cmocka_unit_test(the_reference_writers_values_are_read),
        cmocka_unit_test(numpys_values_are_read),
        cmocka_unit_test(slices_are_read),
        cmocka_unit_test(bad_reads_are_refused),
        cmocka_unit_test(a_tensor_is_given_to_a_sink),
        IN_DIR(a_file_that_shrinks_is_told),
        cmocka_unit_test(a_file_that_cannot_be_read_is_told),
        IN_DIR(an_array_is_named_after_its_file),
        cmocka_unit_test(strangers_are_unsupported_and_hinted_at),
        cmocka_unit_test(files_cut_anywhere_are_refused),
        IN_DIR(paths_are_checked),
        IN_DIR(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("format.file", tests, NULL, NULL);
}
