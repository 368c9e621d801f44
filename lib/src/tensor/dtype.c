/* dtype.c - the table of element types and their names.
 *
 * Everything about a dtype that is a fact stands in `infos`; what other
 * programs call it stands in `spellings`.
 */
#include "tensor/dtype.h"

#include <string.h>

/* Row d - 1 describes dtype d. */
static const struct vs__dtype_info infos[VS_N_DTYPES] = {
    {VS_BOOL, VS__KIND_BOOL, "bool", 1, 1},
    {VS_U8, VS__KIND_UINT, "u8", 1, 1},
    {VS_U16, VS__KIND_UINT, "u16", 2, 2},
    {VS_U32, VS__KIND_UINT, "u32", 4, 4},
    {VS_U64, VS__KIND_UINT, "u64", 8, 8},
    {VS_I8, VS__KIND_INT, "i8", 1, 1},
    {VS_I16, VS__KIND_INT, "i16", 2, 2},
    {VS_I32, VS__KIND_INT, "i32", 4, 4},
    {VS_I64, VS__KIND_INT, "i64", 8, 8},
    {VS_F16, VS__KIND_FLOAT, "f16", 2, 2},
    {VS_BF16, VS__KIND_FLOAT, "bf16", 2, 2},
    {VS_F32, VS__KIND_FLOAT, "f32", 4, 4},
    {VS_F64, VS__KIND_FLOAT, "f64", 8, 8},
    {VS_C64, VS__KIND_COMPLEX, "c64", 8, 4},
    {VS_C128, VS__KIND_COMPLEX, "c128", 16, 8},
    {VS_F8_E4M3, VS__KIND_FLOAT, "f8_e4m3", 1, 1},
    {VS_F8_E5M2, VS__KIND_FLOAT, "f8_e5m2", 1, 1},
};

/* NumPy, TensorFlow and PyTorch; then safetensors, which writes capitals.
 * "float" is what C and PyTorch mean by it, not Python's 64 bits;
 * "float8_e4m3" is the finite-only form, the one met in checkpoints. */
static const struct {
    const char *name; /* as it is written elsewhere */
    vs_dtype dtype;   /* what it means here */
} spellings[] = {
    {"bool_", VS_BOOL},
    {"uint8", VS_U8},
    {"uint16", VS_U16},
    {"uint32", VS_U32},
    {"uint64", VS_U64},
    {"int8", VS_I8},
    {"int16", VS_I16},
    {"int32", VS_I32},
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
    {"U8", VS_U8},
    {"U16", VS_U16},
    {"U32", VS_U32},
    {"U64", VS_U64},
    {"I8", VS_I8},
    {"I16", VS_I16},
    {"I32", VS_I32},
    {"I64", VS_I64},
    {"F16", VS_F16},
    {"BF16", VS_BF16},
    {"F32", VS_F32},
    {"F64", VS_F64},
    {"C64", VS_C64},
    {"C128", VS_C128},
    {"F8_E4M3", VS_F8_E4M3},
    {"F8_E5M2", VS_F8_E5M2},
};

#define N_SPELLINGS (sizeof spellings / sizeof spellings[0])

const struct vs__dtype_info *vs__dtype_info(vs_dtype dtype)
{
    /* Compared as an int: a number read from a file may be any. */
    int number = (int)dtype;

    return number >= 1 && number <= VS_N_DTYPES ? &infos[number - 1] : NULL;
}

size_t vs_dtype_size(vs_dtype dtype)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);

    return info != NULL ? info->size : 0;
}

const char *vs_dtype_name(vs_dtype dtype)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);

    return info != NULL ? info->name : "?";
}

vs_status vs_dtype_parse(const char *text, vs_dtype *out)
{
    if (text == NULL)
        return VS_ERR_DTYPE;
    for (size_t i = 0; i < VS_N_DTYPES; i++)
        if (strcmp(infos[i].name, text) == 0) {
            *out = infos[i].dtype;
            return VS_OK;
        }
    for (size_t i = 0; i < N_SPELLINGS; i++)
        if (strcmp(spellings[i].name, text) == 0) {
            *out = spellings[i].dtype;
            return VS_OK;
        }
    return VS_ERR_DTYPE;
}
