/* dtype.h - the element types a variable can have.
 *
 * A dtype's number is stored in files and never changes. Elements lie in
 * memory as the host's C types do and in the file little-endian; f16 is IEEE
 * binary16, bf16 the upper half of a binary32, f8_e4m3 the finite-only "FN"
 * form (no infinities, one NaN pattern per sign), f8_e5m2 the IEEE-like form;
 * complex numbers are (real, imaginary) pairs; bool is one byte, 0 or 1.
 */
#ifndef VARSTORE_DTYPE_H
#define VARSTORE_DTYPE_H

#include <stddef.h>

#include "varstore/export.h"
#include "varstore/status.h"

VS_BEGIN_DECLS

typedef enum vs_dtype {
    VS_DTYPE_NONE = 0, /* "not given": the scope's or the built-in default */
    VS_BOOL = 1,
    VS_U8 = 2,
    VS_U16 = 3,
    VS_U32 = 4,
    VS_U64 = 5,
    VS_I8 = 6,
    VS_I16 = 7,
    VS_I32 = 8,
    VS_I64 = 9,
    VS_F16 = 10,
    VS_BF16 = 11,
    VS_F32 = 12,
    VS_F64 = 13,
    VS_C64 = 14,  /* two f32 */
    VS_C128 = 15, /* two f64 */
    VS_F8_E4M3 = 16,
    VS_F8_E5M2 = 17
} vs_dtype;

#define VS_N_DTYPES 17 /* numbers 1 .. VS_N_DTYPES are dtypes */

/* Bytes of one element; 0 for a number that is no dtype. Any thread. */
VS_API size_t vs_dtype_size(vs_dtype dtype);

/* The short name, such as "f32"; "?" for a number that is no dtype. A static
 * string. Any thread. */
VS_API const char *vs_dtype_name(vs_dtype dtype);

/* Reads a name: the short ones, and what people from NumPy, TensorFlow and
 * PyTorch write ("float32", "bfloat16", "int64", "complex64", ...). The text
 * must match whole; case counts.
 * VS_ERR_DTYPE: no such name. Any thread. */
VS_API vs_status vs_dtype_parse(const char *text, vs_dtype *out);

VS_END_DECLS

#endif
