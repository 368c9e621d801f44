/* test_dtype.c - tensor/dtype: the table and the names people write. */
#include "support.h"

#include "tensor/dtype.h"

#define N_ROWS(a) (sizeof(a) / sizeof((a)[0]))

static void every_number_has_its_own_row(void **state)
{
    (void)state;
    for (int d = 1; d <= VS_N_DTYPES; d++) {
        const struct vs__dtype_info *info = vs__dtype_info((vs_dtype)d);

        assert_non_null(info);
        assert_int_equal(info->dtype, d);
        assert_true(vs__dtype_valid((vs_dtype)d));
        assert_int_equal(vs_dtype_size((vs_dtype)d), info->size);
        assert_string_equal(vs_dtype_name((vs_dtype)d), info->name);
    }
}

/* The numbers are in files: a row that moves is a broken store. */
static void numbers_names_and_sizes_are_for_ever(void **state)
{
    static const struct {
        int number;
        const char *name;
        size_t size;
    } rows[] = {
        {1, "bool", 1},     {2, "u8", 1},       {3, "u16", 2},
        {4, "u32", 4},      {5, "u64", 8},      {6, "i8", 1},
        {7, "i16", 2},      {8, "i32", 4},      {9, "i64", 8},
        {10, "f16", 2},     {11, "bf16", 2},    {12, "f32", 4},
        {13, "f64", 8},     {14, "c64", 8},     {15, "c128", 16},
        {16, "f8_e4m3", 1}, {17, "f8_e5m2", 1},
    };

    (void)state;
    assert_int_equal(N_ROWS(rows), VS_N_DTYPES);
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        vs_dtype d = (vs_dtype)rows[i].number;

        assert_string_equal(vs_dtype_name(d), rows[i].name);
        assert_int_equal(vs_dtype_size(d), rows[i].size);
    }
}

static void a_complex_number_has_two_parts_and_others_one(void **state)
{
    (void)state;
    for (int d = 1; d <= VS_N_DTYPES; d++) {
        const struct vs__dtype_info *info = vs__dtype_info((vs_dtype)d);
        bool complex = info->kind == VS__KIND_COMPLEX;

        assert_int_equal(info->part * (complex ? 2 : 1), info->size);
        assert_int_equal(complex, d == VS_C64 || d == VS_C128);
    }
}

static void strangers_have_no_row_no_size_and_no_name(void **state)
{
    static const int strangers[] = {0, -1, VS_N_DTYPES + 1, 255, INT32_MAX};

    (void)state;
    for (size_t i = 0; i < N_ROWS(strangers); i++) {
        vs_dtype d = (vs_dtype)strangers[i];

        assert_null(vs__dtype_info(d));
        assert_false(vs__dtype_valid(d));
        assert_int_equal(vs_dtype_size(d), 0);
        assert_string_equal(vs_dtype_name(d), "?");
    }
}

static void a_short_name_reads_back(void **state)
{
    (void)state;
    for (int d = 1; d <= VS_N_DTYPES; d++) {
        vs_dtype out = VS_DTYPE_NONE;

        assert_ok(vs_dtype_parse(vs_dtype_name((vs_dtype)d), &out));
        assert_int_equal(out, d);
    }
}

static void names_of_other_programs_are_read(void **state)
{
    static const struct {
        const char *name;
        vs_dtype dtype;
    } rows[] = {
        {"uint8", VS_U8},
        {"int64", VS_I64},
        {"float16", VS_F16},
        {"half", VS_F16},
        {"bfloat16", VS_BF16},
        {"float32", VS_F32},
        {"float", VS_F32},
        {"float64", VS_F64},
        {"double", VS_F64},
        {"complex64", VS_C64},
        {"complex128", VS_C128},
        {"float8_e4m3fn", VS_F8_E4M3},
        {"float8_e4m3", VS_F8_E4M3},
        {"float8_e5m2", VS_F8_E5M2},
        {"BOOL", VS_BOOL},
        {"U16", VS_U16},
        {"I8", VS_I8},
        {"BF16", VS_BF16},
        {"F32", VS_F32},
        {"C64", VS_C64},
        {"F8_E4M3", VS_F8_E4M3},
        {"F8_E5M2", VS_F8_E5M2},
    };

    (void)state;
    for (size_t i = 0; i < N_ROWS(rows); i++) {
        vs_dtype out = VS_DTYPE_NONE;

        assert_ok(vs_dtype_parse(rows[i].name, &out));
        assert_int_equal(out, rows[i].dtype);
    }
}

static void other_names_are_refused_and_leave_the_output(void **state)
{
    static const char *const names[] = {"",      "f33",  " f32",     "f32 ",
                                        "Float", "?",    "float32s", "FLOAT32",
                                        "int",   "none", "f"};

    (void)state;
    for (size_t i = 0; i < N_ROWS(names); i++) {
        vs_dtype out = VS_I16;

        assert_status(VS_ERR_DTYPE, vs_dtype_parse(names[i], &out));
        assert_int_equal(out, VS_I16);
    }
    assert_status(VS_ERR_DTYPE, vs_dtype_parse(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_has_its_own_row),
        cmocka_unit_test(numbers_names_and_sizes_are_for_ever),
        cmocka_unit_test(a_complex_number_has_two_parts_and_others_one),
        cmocka_unit_test(strangers_have_no_row_no_size_and_no_name),
        cmocka_unit_test(a_short_name_reads_back),
        cmocka_unit_test(names_of_other_programs_are_read),
        cmocka_unit_test(other_names_are_refused_and_leave_the_output),
    };

    return cmocka_run_group_tests_name("tensor.dtype", tests, NULL, NULL);
}
