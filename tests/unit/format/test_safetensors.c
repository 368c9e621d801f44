/* test_safetensors.c - format/safetensors: the reference writer's bytes are
 * read, and every rule of the format is held.
 */
#include "support.h"

#include <stdio.h>

#include "base/endian.h"
#include "format/safetensors.h"

#include "fixtures.h"
#include "foreign.h"

/* Reads a file that consists of this header and `n_data` zero bytes. */
static vs_status read_header(const char *header, size_t n_data,
                             struct vs__manifest *out, vs_error *err)
{
    const size_t n = strlen(header);
    uint8_t *bytes = calloc(1, 8 + n + n_data + 1);
    struct vs__input in;
    vs_status st;

    assert_non_null(bytes);
    vs__store64(bytes, n);
    (void)snprintf((char *)bytes + 8, n + 1, "%s", header);
    in = input_of_copy(bytes, 8 + n + n_data);
    free(bytes);
    st = vs__safetensors_read(&in, out, err);
    vs__input_close(&in);
    return st;
}

static vs_status try_header(const char *header, size_t n_data, vs_error *err)
{
    struct vs__manifest m = {0};
    const vs_status st = read_header(header, n_data, &m, err);

    vs__manifest_done(&m);
    return st;
}

#define TENSOR(name, dtype, shape, begin, end)                \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape \
    "],\"data_offsets\":[" begin "," end "]}"

static void assert_tensor(const struct vs__manifest *m, const char *name,
                          vs_dtype dtype, vs_shape shape, int64_t at,
                          int64_t n_bytes)
{
    const int64_t i = vs__manifest_find(m, name);
    const struct vs__stored *t;

    assert_true(i >= 0);
    t = &m->tensors[i];
    assert_int_equal(t->entry.dtype, dtype);
    assert_true(vs_shape_equal(&t->entry.shape, &shape));
    assert_int_equal(t->offset, NINE_BYTES - 54 + at);
    assert_int_equal(t->entry.n_bytes, n_bytes);
    assert_int_equal(t->entry.n_elements,
                     n_bytes / (int64_t)vs_dtype_size(dtype));
    assert_false(t->big);
    assert_false(t->fortran);
}

static void the_reference_writers_file_is_read(void **state)
{
    const struct vs__input in = vs__input_of(nine, NINE_BYTES);
    struct vs__manifest m = {0};

    (void)state;
    assert_ok(vs__safetensors_read(&in, &m, NULL));
    assert_int_equal(m.n_tensors, 9);
    assert_tensor(&m, "step", VS_I64, vs_shape_scalar(), 0, 8);
    assert_tensor(&m, "z\xc3\xa9ro \"q\"", VS_F64, vs_shape_2d(0, 4), 8, 0);
    assert_tensor(&m, "pair", VS_C64, vs_shape_1d(1), 8, 8);
    assert_tensor(&m, "matrix", VS_F32, vs_shape_2d(2, 3), 16, 24);
    assert_tensor(&m, "brain", VS_BF16, vs_shape_1d(2), 40, 4);
    assert_tensor(&m, "small", VS_F16, vs_shape_1d(2), 44, 4);
    assert_tensor(&m, "e4", VS_F8_E4M3, vs_shape_1d(1), 48, 1);
    assert_tensor(&m, "bytes/u8", VS_U8, vs_shape_1d(2), 49, 2);
    assert_tensor(&m, "flags", VS_BOOL, vs_shape_1d(3), 51, 3);
    assert_int_equal(m.n_pairs, 1);
    assert_string_equal(m.pairs[0].key, "format");
    assert_string_equal(m.pairs[0].value, "pt");
    vs__manifest_done(&m);
}

static void dtypes_map_both_ways(void **state)
{
    int known = 0;

    (void)state;
    for (int i = 0; i <= VS_N_DTYPES; i++) {
        const char *name = vs__safetensors_dtype_name((vs_dtype)i);

        if (name == NULL)
            continue;
        known++;
        assert_int_equal(vs__safetensors_dtype(name), i);
    }
    assert_int_equal(known, 16);
    assert_null(vs__safetensors_dtype_name(VS_C128));
    assert_int_equal(vs__safetensors_dtype("f32"), VS_DTYPE_NONE);
    assert_int_equal(vs__safetensors_dtype("F4"), VS_DTYPE_NONE);
}

static void a_smaller_element_never_ranks_higher(void **state)
{
    (void)state;
    for (int i = 1; i <= VS_N_DTYPES; i++)
        for (int j = 1; j <= VS_N_DTYPES; j++) {
            const int a = vs__safetensors_dtype_rank((vs_dtype)i);
            const int b = vs__safetensors_dtype_rank((vs_dtype)j);

            if (a >= 0 && b >= 0 &&
                vs_dtype_size((vs_dtype)i) < vs_dtype_size((vs_dtype)j))
                assert_true(a < b);
        }
}

static void headers_may_be_laid_out_freely(void **state)
{
    static const char *const headers[] = {
        "{}",
        "{}       \n",
        "{\"__metadata__\":{}}",
        "{ \"a\" : { \"shape\" : [ 2 ] , \"data_offsets\" : [ 0 , 2 ] ,"
        "\"dtype\" : \"U8\" } }",
        "{\"a\":{\"dtype\":\"U8\",\"x\":[{\"y\":[]},null],\"shape\":[2],"
        "\"data_offsets\":[0,2],\"x\":1}}",
        "{" TENSOR("b", "U8", "1", "1", "2") "," TENSOR("a", "U8", "1", "0",
                                                        "1") "}",
        "{" TENSOR("a", "U8", "0", "0", "0") "," TENSOR("b", "U8", "2", "0",
                                                        "2") "}",
        "{" TENSOR("a", "U8", "2", "0", "2") "," TENSOR("b", "U8", "0,7", "2",
                                                        "2") "}",
        "{" TENSOR("", "U8", "1,2,1", "0", "2") "}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_ok(try_header(headers[i], i < 3 ? 0 : 2, NULL));
}

#define TEN "0123456789"

struct broken {
    const char *header;
    size_t n_data;
    vs_status want;
    const char *words; /* that must be in the message */
};

static const struct broken broken[] = {
    {"[]", 0, VS_ERR_FORMAT, "does not begin with '{'"},
    {" {}", 0, VS_ERR_FORMAT, "does not begin with '{'"},
    {"{}x", 0, VS_ERR_FORMAT, "nothing more"},
    {"{}", 1, VS_ERR_FORMAT, "cover 0 bytes of a data area of 1"},
    {"{" TENSOR("a", "U8", "1", "0", "1") "}", 2, VS_ERR_FORMAT,
     "cover 1 bytes of a data area of 2"},
    {"{" TENSOR("a", "U8", "2", "0", "2") "}", 1, VS_ERR_FORMAT,
     "tensor 'a': data_offsets [0,2] in a data area of 1 bytes"},
    {"{" TENSOR("a", "U8", "1", "1", "2") "}", 2, VS_ERR_FORMAT,
     "tensor 'a': begins at byte 1 of the data, the one before ends at 0"},
    {"{" TENSOR("a", "U8", "2", "0", "2") "," TENSOR("b", "U8", "2", "1",
                                                     "3") "}",
     3, VS_ERR_FORMAT,
     "tensor 'b': begins at byte 1 of the data, the one before ends at 2"},
    {"{" TENSOR("a", "U8", "1", "0", "1") "," TENSOR("b", "U8", "1", "2",
                                                     "3") "}",
     3, VS_ERR_FORMAT, "tensor 'b': begins at byte 2"},
    {"{" TENSOR("a", "U8", "1", "1", "0") "}", 1, VS_ERR_FORMAT,
     "data_offsets [1,0]"},
    {"{" TENSOR("a", "F32", "2,3", "0", "23") "}", 23, VS_ERR_FORMAT,
     "tensor 'a': shape [2,3] of F32 takes 24 bytes, its data_offsets hold "
     "23"},
    {"{" TENSOR("a", "U8", "", "0", "0") "}", 0, VS_ERR_FORMAT,
     "takes 1 bytes, its data_offsets hold 0"},
    {"{" TENSOR("a", "U8", "4294967296,4294967296", "0", "0") "}", 0,
     VS_ERR_FORMAT, "is too large"},
    {"{" TENSOR("a", "F64", "2305843009213693952", "0", "0") "}", 0,
     VS_ERR_FORMAT, "is too large"},
    {"{" TENSOR("a", "U8", "9223372036854775808", "0", "0") "}", 0,
     VS_ERR_FORMAT, "a dimension of 2^63 or more"},
    {"{" TENSOR("a", "U8", "18446744073709551616", "0", "0") "}", 0,
     VS_ERR_FORMAT, "a whole number below 2^64"},
    {"{" TENSOR("a", "U8", "-1", "0", "0") "}", 0, VS_ERR_FORMAT,
     "a number '-1'"},
    {"{" TENSOR("a", "U8", "1.0", "0", "1") "}", 1, VS_ERR_FORMAT,
     "a number '1.0'"},
    {"{" TENSOR("a", "U8", "\"1\"", "0", "1") "}", 1, VS_ERR_FORMAT,
     "a string '1'"},
    {"{" TENSOR("a", "U8", "1", "0", "18446744073709551615") "}", 1,
     VS_ERR_FORMAT, "data_offsets [0,18446744073709551615]"},
    {"{" TENSOR("a", "F4", "2", "0", "1") "}", 1, VS_ERR_UNSUPPORTED,
     "tensor 'a': dtype 'F4' is not supported"},
    {"{" TENSOR("a", "U8", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "0", "1") "}",
     1, VS_ERR_UNSUPPORTED, "more than 16 dimensions"},
    {"{" TENSOR("a", "U8", "1", "0", "1") "," TENSOR("a", "U8", "1", "1",
                                                     "2") "}",
     2, VS_ERR_FORMAT, "tensor 'a' occurs twice"},
    {"{" TENSOR("a", "U8", "1", "0", "1") "," TENSOR("\\u0061", "U8", "1", "1",
                                                     "2") "}",
     2, VS_ERR_FORMAT, "tensor 'a' occurs twice"},
    {"{" TENSOR("a\\u0000b", "U8", "1", "0", "1") "}", 1, VS_ERR_FORMAT,
     "\\u0000"},
    {"{" TENSOR("\xff", "U8", "1", "0", "1") "}", 1, VS_ERR_FORMAT, "UTF-8"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, VS_ERR_FORMAT,
     "tensor 'a': has no data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, VS_ERR_FORMAT,
     "tensor 'a': has no shape"},
    {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, VS_ERR_FORMAT,
     "tensor 'a': has no dtype"},
    {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],"
     "\"data_offsets\":[0,1]}}",
     1, VS_ERR_FORMAT, "tensor 'a': its dtype is given twice"},
    {"{\"a\":{\"shape\":[],\"shape\":[]}}", 1, VS_ERR_FORMAT,
     "its shape is given twice"},
    {"{\"a\":{\"data_offsets\":[0,1],\"data_offsets\":[0,1]}}", 1,
     VS_ERR_FORMAT, "its data_offsets is given twice"},
    {"{\"a\":{\"data_offsets\":[0]}}", 1, VS_ERR_FORMAT, "not two numbers"},
    {"{\"a\":{\"data_offsets\":[0,1,1]}}", 1, VS_ERR_FORMAT, "not two numbers"},
    {"{\"a\":{\"data_offsets\":[]}}", 1, VS_ERR_FORMAT, "not two numbers"},
    {"{\"a\":{\"data_offsets\":[\"" TEN TEN TEN TEN "5\"]}}", 1, VS_ERR_FORMAT,
     "a string '" TEN TEN TEN TEN "' before byte 65, want a "
     "whole number"},
    {"{\"a\":{\"data_offsets\":7}}", 1, VS_ERR_FORMAT, "want an array"},
    {"{\"a\":{\"dtype\":8}}", 1, VS_ERR_FORMAT, "want a string"},
    {"{\"a\":[]}", 0, VS_ERR_FORMAT, "want an object"},
    {"{\"a\":1}", 0, VS_ERR_FORMAT, "want an object"},
    {"{\"__metadata__\":null}", 0, VS_ERR_FORMAT, "want an object"},
    {"{\"__metadata__\":{\"k\":1}}", 0, VS_ERR_FORMAT, "want a string"},
    {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}", 0, VS_ERR_FORMAT,
     "metadata key 'k' occurs twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, VS_ERR_FORMAT,
     "__metadata__ is given twice"},
};

static void broken_rules_are_told_with_tensor_and_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        const struct broken *b = &broken[i];
        vs_error err = {VS_OK, "", ""};
        const vs_status st = try_header(b->header, b->n_data, &err);

        if (st != b->want || strstr(err.message, b->words) == NULL)
            print_error("%s\n  gave: %s\n", b->header, err.message);
        assert_status(b->want, st);
        assert_non_null(strstr(err.message, b->words));
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t n = 0; n < NINE_BYTES; n++) {
        struct vs__input in = input_of_copy(nine, n);
        struct vs__manifest m = {0};

        assert_status(VS_ERR_FORMAT, vs__safetensors_read(&in, &m, NULL));
        vs__manifest_done(&m);
        vs__input_close(&in);
    }
}

static void a_file_with_any_byte_changed_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < NINE_BYTES * 256; i++) {
        struct vs__manifest m = {0};
        struct vs__input in;
        vs_status st;

        if (i % 7 != 3) /* a seventh of all changes is many enough */
            continue;
        in = input_of_copy(nine, NINE_BYTES);
        ((uint8_t *)in.ctx)[i / 256] = (uint8_t)i;
        st = vs__safetensors_read(&in, &m, NULL);
        assert_true(st == VS_OK || st == VS_ERR_FORMAT ||
                    st == VS_ERR_UNSUPPORTED);
        for (size_t k = 0; st == VS_OK && k < m.n_tensors; k++)
            assert_true(m.tensors[k].offset + m.tensors[k].entry.n_bytes <=
                        NINE_BYTES);
        vs__manifest_done(&m);
        vs__input_close(&in);
    }
}

static vs_status no_such_memory(void *ctx, int64_t offset, void *dst, size_t n,
                                vs_error *err)
{
    (void)offset;
    (void)err;
    assert_true(n <= 8); /* the length, and nothing on its word */
    vs__store64(dst, *(const uint64_t *)ctx);
    return VS_OK;
}

static void no_length_is_believed(void **state)
{
    uint64_t length;
    struct vs__input in = {no_such_memory, NULL, &length, 100, "file 'x'"};
    struct vs__manifest m = {0};
    vs_error err;

    (void)state;
    length = 93;
    assert_status(VS_ERR_FORMAT, vs__safetensors_read(&in, &m, &err));
    assert_string_equal(err.message, "file 'x': a header of 93 bytes, but 92 "
                                     "bytes in the file behind its length");
    length = UINT64_MAX;
    assert_status(VS_ERR_FORMAT, vs__safetensors_read(&in, &m, &err));
    in.size = INT64_MAX;
    length = VS__SAFETENSORS_MAX_HEADER + 1;
    assert_status(VS_ERR_TOOBIG, vs__safetensors_read(&in, &m, &err));
    assert_string_equal(err.message,
                        "file 'x': a header of 100000001 bytes, at most "
                        "100000000 are allowed");
    assert_null(m.text);
}

static void nesting_in_unknown_members_is_limited(void **state)
{
    char header[600] = "{\"a\":{\"x\":";
    vs_error err;

    (void)state;
    memset(header + strlen(header), '[', 500);
    assert_status(VS_ERR_FORMAT, try_header(header, 0, &err));
    assert_non_null(strstr(err.message, "nests deeper"));
}

static void many_tensors_are_read(void **state)
{
    const int n = 100000;
    char *header = malloc((size_t)n * 80);
    char *p = header;
    struct vs__manifest m = {0};

    (void)state;
    assert_non_null(header);
    p += sprintf(p, "{");
    for (int i = 0; i < n; i++) /* neither by name nor by place in order */
        p += sprintf(p,
                     "%s\"layer%d/w\":{\"dtype\":\"U8\",\"shape\":[1],"
                     "\"data_offsets\":[%d,%d]}",
                     i > 0 ? "," : "", i, (i * 7) % n, (i * 7) % n + 1);
    (void)sprintf(p, "}");
    assert_ok(read_header(header, (size_t)n, &m, NULL));
    assert_int_equal(m.n_tensors, n);
    assert_true(vs__manifest_find(&m, "layer99999/w") >= 0);
    vs__manifest_done(&m);
    free(header);
}

static void sniffing_looks_for_the_brace(void **state)
{
    (void)state;
    assert_true(vs__safetensors_sniff((const uint8_t *)nine, 16));
    assert_true(vs__safetensors_sniff((const uint8_t *)"12345678{", 9));
    assert_false(vs__safetensors_sniff((const uint8_t *)"12345678{", 8));
    assert_false(vs__safetensors_sniff((const uint8_t *)"{2345678[", 9));
}

static vs_status read_nine(void *ctx)
{
    const struct vs__input in = vs__input_of(nine, NINE_BYTES);
    struct vs__manifest m = {0};
    const vs_status st = vs__safetensors_read(&in, &m, NULL);

    (void)ctx;
    vs__manifest_done(&m);
    return st;
}

static void running_out_of_memory_is_an_error(void **state)
{
    (void)state;
    assert_true(test_each_allocation_failing(read_nine, NULL, false) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_writers_file_is_read),
        cmocka_unit_test(dtypes_map_both_ways),
        cmocka_unit_test(a_smaller_element_never_ranks_higher),
        cmocka_unit_test(headers_may_be_laid_out_freely),
        cmocka_unit_test(broken_rules_are_told_with_tensor_and_values),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_file_with_any_byte_changed_is_read_or_refused),
        cmocka_unit_test(no_length_is_believed),
        cmocka_unit_test(nesting_in_unknown_members_is_limited),
        cmocka_unit_test(many_tensors_are_read),
        cmocka_unit_test(sniffing_looks_for_the_brace),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("format.safetensors", tests, NULL, NULL);
}
