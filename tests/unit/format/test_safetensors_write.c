/* test_safetensors_write.c - format/safetensors_write: the reference writer's
 * bytes, given the same tensors.
 */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/target.h"
#include "format/safetensors.h"
#include "format/swap.h"
#include "tensor/dtype.h"

#include "fixtures.h"
#include "foreign.h"

/* What is in `nine`, in the order of names; data as it lies there. */
static const struct vs__outgoing tensors[] = {
    {"brain", VS_BF16, {1, {2}}},
    {"bytes/u8", VS_U8, {1, {2}}},
    {"e4", VS_F8_E4M3, {1, {1}}},
    {"flags", VS_BOOL, {1, {3}}},
    {"matrix", VS_F32, {2, {2, 3}}},
    {"pair", VS_C64, {1, {1}}},
    {"small", VS_F16, {1, {2}}},
    {"step", VS_I64, {0, {0}}},
    {"z\xc3\xa9ro \"q\"", VS_F64, {2, {0, 4}}},
};

#define N_TENSORS (sizeof tensors / sizeof tensors[0])

static const struct vs__pair pt = {"format", "pt"};

/* Writes `nine` again. */
static vs_status write_nine(const char *path, vs_error *err)
{
    const char *data = nine + NINE_BYTES - 54;
    struct vs__safetensors_writer w = {0};
    struct vs__output *o = NULL;
    vs_status st = vs__output_open(path, VS__OUTPUT_REPLACE, &o, err);

    if (st == VS_OK)
        st = vs__safetensors_begin(&w, o, tensors, N_TENSORS, &pt, 1, err);
    for (size_t k = 0; st == VS_OK && k < N_TENSORS; k++) {
        const struct vs__outgoing *t = &tensors[w.order[k]];
        const size_t part = vs__dtype_info(t->dtype)->part;
        char numbers[54]; /* in the order of this host */
        int64_t n = 0;
        size_t n_bytes;

        assert_ok(vs_shape_count(&t->shape, &n));
        n_bytes = (size_t)n * vs_dtype_size(t->dtype);
        memcpy(numbers, data, n_bytes);
        if (VS__HOST_BIG)
            vs__swap(numbers, n_bytes / part, part);
        st = vs__safetensors_append(&w, numbers, n, err);
        data += n_bytes;
    }
    if (st == VS_OK)
        st = vs__safetensors_end(&w, err);
    vs__safetensors_done(&w);
    if (st == VS_OK)
        return vs__output_commit(o, err);
    vs__output_abandon(o);
    return st;
}

static void the_bytes_are_the_reference_writers(void **state)
{
    const char *path = test_path(state, "out.safetensors");
    size_t n = 0;
    void *got;

    assert_ok(write_nine(path, NULL));
    got = test_read_file(path, &n);
    assert_int_equal(n, NINE_BYTES);
    assert_memory_equal(got, nine, NINE_BYTES);
    free(got);
}

static void the_metadata_can_be_amended(void **state)
{
    static const struct vs__pair first[] = {{"a", "00"}, {"b", "x"}};
    static const struct vs__pair then[] = {{"a", "17"}, {"b", "x"}};
    const struct vs__outgoing one = {"t", VS_U8, {1, {3}}};
    const char *path = test_path(state, "out.safetensors");
    struct vs__safetensors_writer w = {0};
    struct vs__output *o = NULL;
    char *got;
    size_t n = 0;

    assert_ok(vs__output_open(path, VS__OUTPUT_REPLACE, &o, NULL));
    assert_ok(vs__safetensors_begin(&w, o, &one, 1, first, 2, NULL));
    assert_ok(vs__safetensors_append(&w, "xyz", 3, NULL));
    assert_ok(vs__safetensors_end(&w, NULL));
    assert_ok(vs__safetensors_amend(&w, then, 2, NULL));
    vs__safetensors_done(&w);
    assert_ok(vs__output_commit(o, NULL));
    got = test_read_file(path, &n);
    assert_non_null(strstr(got + 8, "{\"a\":\"17\",\"b\":\"x\"}"));
    assert_memory_equal(got + n - 3, "xyz", 3);
    free(got);
}

static struct vs__output *opened(void **state)
{
    struct vs__output *o = NULL;

    assert_ok(
        vs__output_open(test_path(state, "out"), VS__OUTPUT_REPLACE, &o, NULL));
    return o;
}

static vs_status begin(void **state, const struct vs__outgoing *list, size_t n,
                       vs_error *err)
{
    struct vs__output *o = opened(state);
    struct vs__safetensors_writer w;
    const vs_status st = vs__safetensors_begin(&w, o, list, n, NULL, 0, err);

    vs__safetensors_done(&w);
    vs__output_abandon(o);
    return st;
}

static void what_the_format_cannot_hold_is_refused(void **state)
{
    static const struct vs__outgoing complex = {"z", VS_C128, {0, {0}}};
    static const struct vs__outgoing none = {"z", VS_DTYPE_NONE, {0, {0}}};
    static const struct vs__outgoing reserved = {
        "__metadata__", VS_F32, {0, {0}}};
    static const struct vs__outgoing latin = {"\xe9", VS_F32, {0, {0}}};
    static const struct vs__outgoing open_shape = {"z", VS_F32, {1, {-1}}};
    static const struct vs__outgoing twice[] = {{"w", VS_F32, {0, {0}}},
                                                {"v", VS_F32, {0, {0}}},
                                                {"w", VS_U8, {0, {0}}}};
    vs_error err;

    assert_status(VS_ERR_UNSUPPORTED, begin(state, &complex, 1, &err));
    assert_string_equal(err.message, "tensor 'z': safetensors has no dtype "
                                     "c128");
    assert_status(VS_ERR_UNSUPPORTED, begin(state, &none, 1, &err));
    assert_status(VS_ERR_UNSUPPORTED, begin(state, &reserved, 1, &err));
    assert_status(VS_ERR_NAME, begin(state, &latin, 1, &err));
    assert_status(VS_ERR_NEEDSHAPE, begin(state, &open_shape, 1, &err));
    assert_status(VS_ERR_MISUSE, begin(state, twice, 3, &err));
    assert_string_equal(err.message, "tensor 'w' is given twice");
}

static void sizes_that_pass_2_63_are_refused(void **state)
{
    const int64_t half = (INT64_C(1) << 62) - 8;
    const struct vs__outgoing list[] = {{"a", VS_U8, {1, {half}}},
                                        {"b", VS_U8, {1, {half}}},
                                        {"c", VS_U8, {1, {half}}}};

    assert_status(VS_ERR_TOOBIG, begin(state, list, 3, NULL));
}

static void no_tensors_make_an_empty_file(void **state)
{
    const char *path = test_path(state, "out");
    struct vs__output *o = opened(state);
    struct vs__safetensors_writer w;
    size_t n = 0;
    void *got;

    assert_ok(vs__safetensors_begin(&w, o, NULL, 0, NULL, 0, NULL));
    assert_ok(vs__safetensors_end(&w, NULL));
    vs__safetensors_done(&w);
    assert_ok(vs__output_commit(o, NULL));
    got = test_read_file(path, &n);
    assert_int_equal(n, 16);
    assert_memory_equal(got, "\x08\0\0\0\0\0\0\0{}      ", 16);
    free(got);
}

static void metadata_is_escaped_and_reads_back(void **state)
{
    static const struct vs__pair pairs[] = {
        {"message", "line 1\nline \"2\" \\ \x01 \xc3\xa9"}, {"a", "caf\xe9"}};
    const char *path = test_path(state, "out");
    struct vs__output *o = opened(state);
    struct vs__safetensors_writer w;
    vs_file *file = NULL;
    const char *key = NULL;
    const char *value = NULL;

    assert_ok(vs__safetensors_begin(&w, o, NULL, 0, pairs, 2, NULL));
    vs__safetensors_done(&w);
    assert_ok(vs__output_commit(o, NULL));
    assert_ok(vs_file_open(path, &file, NULL));
    assert_ok(vs_file_metadata(file, 0, &key, &value));
    assert_string_equal(key, "a");
    assert_string_equal(value, "caf\xef\xbf\xbd");
    assert_ok(vs_file_metadata(file, 1, &key, &value));
    assert_string_equal(value, pairs[0].value);
    vs_file_close(file);
}

static void elements_must_be_as_many_as_announced(void **state)
{
    static const struct vs__outgoing list[] = {{"a", VS_F32, {1, {2}}},
                                               {"b", VS_U8, {1, {3}}}};
    static const float floats[3] = {1, 2, 3};
    struct vs__output *o = opened(state);
    struct vs__safetensors_writer w;
    vs_error err;

    assert_ok(vs__safetensors_begin(&w, o, list, 2, NULL, 0, NULL));
    assert_status(VS_ERR_MISUSE, vs__safetensors_append(&w, floats, 3, &err));
    assert_string_equal(err.message, "tensor 'a': 3 elements come, 2 are left");
    assert_ok(vs__safetensors_append(&w, floats, 0, NULL));
    assert_ok(vs__safetensors_append(&w, floats, 1, NULL));
    assert_ok(vs__safetensors_append(&w, floats, 1, NULL));
    assert_status(VS_ERR_MISUSE, vs__safetensors_end(&w, &err));
    assert_string_equal(err.message, "tensor 'b': 3 elements have not come");
    assert_ok(vs__safetensors_append(&w, "abc", 3, NULL));
    assert_ok(vs__safetensors_end(&w, NULL));
    assert_status(VS_ERR_MISUSE, vs__safetensors_append(&w, "d", 1, NULL));
    vs__safetensors_done(&w);
    vs__output_abandon(o);
}

static vs_status write_nine_again(void *ctx)
{
    return write_nine(ctx, NULL);
}

static void running_out_of_memory_is_an_error(void **state)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s", test_path(state, "out"));
    assert_true(test_each_allocation_failing(write_nine_again, path, false) >=
                8);
}

struct header {
    struct vs__output *output;
    struct vs__pair pairs[2];
};

static vs_status write_header(void *ctx)
{
    const struct header *h = ctx;
    struct vs__safetensors_writer w = {0};
    vs_status st = vs__safetensors_begin(&w, h->output, tensors, N_TENSORS,
                                         h->pairs, 2, NULL);

    if (st == VS_OK)
        st = vs__safetensors_amend(&w, h->pairs, 2, NULL);
    vs__safetensors_done(&w);
    return st;
}

/* Keys and values of all lengths: memory runs out at each mark between them. */
static void memory_may_run_out_anywhere_in_a_header(void **state)
{
    char key[2][300] = {"", "k"};
    char value[300] = "";
    struct header h = {opened(state), {{key[0], value}, {key[1], "v"}}};

    for (size_t n = 0; n + 1 < sizeof value; n += test_stride()) {
        memset(key[0], 'a', n % 31);
        key[0][n % 31] = '\0';
        memset(value, 'v', n);
        (void)test_each_allocation_failing(write_header, &h, false);
    }
    vs__output_abandon(h.output);
}

static void elements_that_cannot_be_written_are_still_to_come(void **state)
{
    static const struct vs__outgoing one = {"t", VS_U8, {1, {1 << 18}}};
    static const uint8_t bytes[1 << 18];
    struct vs__safetensors_writer w = {0};
    struct vs__output *o = opened(state);
    struct rlimit whole;
    struct rlimit little;

    assert_ok(vs__safetensors_begin(&w, o, &one, 1, NULL, 0, NULL));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    little = whole;
    little.rlim_cur = 4096;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    assert_true(vs__safetensors_append(&w, bytes, 1 << 18, NULL) < VS_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
    assert_status(VS_ERR_MISUSE, vs__safetensors_end(&w, NULL));
    vs__safetensors_done(&w);
    vs__output_abandon(o);
}

#define IN_DIR(test) \
    cmocka_unit_test_setup_teardown(test, test_dir_setup, test_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(the_bytes_are_the_reference_writers),
        IN_DIR(the_metadata_can_be_amended),
        IN_DIR(what_the_format_cannot_hold_is_refused),
        IN_DIR(sizes_that_pass_2_63_are_refused),
        IN_DIR(no_tensors_make_an_empty_file),
        IN_DIR(metadata_is_escaped_and_reads_back),
        IN_DIR(elements_must_be_as_many_as_announced),
        IN_DIR(running_out_of_memory_is_an_error),
        IN_DIR(memory_may_run_out_anywhere_in_a_header),
        IN_DIR(elements_that_cannot_be_written_are_still_to_come),
    };

    return cmocka_run_group_tests_name("format.safetensors_write", tests, NULL,
                                       NULL);
}
