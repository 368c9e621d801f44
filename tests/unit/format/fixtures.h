/* fixtures.h - small files that the formats' own programs wrote: safetensors
 * 0.8.0 (serialize) and NumPy 2.4.6 (numpy.lib.format.write_array).
 */
#ifndef VS_TEST_FORMAT_FIXTURES_H
#define VS_TEST_FORMAT_FIXTURES_H

#include <stdint.h>

/* Nine tensors: bool [3], u8 [2], f16 [2], bf16 [2], f32 [2,3], i64 [], f64 [0,4],
 * f8_e4m3 [1], c64 [1]; metadata format=pt. */
#define NINE_BYTES 638
static const char nine[NINE_BYTES + 1] =
    "@\002\000\000\000\000\000\000{\"__metadata__\":{\"format\":\"pt\"}"
    ",\"step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
    "\"z\303\251ro \\\"q\\\"\":{\"dtype\":\"F64\",\"shape\":[0,4],\"dat"
    "a_offsets\":[8,8]},\"pair\":{\"dtype\":\"C64\",\"shape\":[1],\"dat"
    "a_offsets\":[8,16]},\"matrix\":{\"dtype\":\"F32\",\"shape\":[2,3],"
    "\"data_offsets\":[16,40]},\"brain\":{\"dtype\":\"BF16\",\"shape\":"
    "[2],\"data_offsets\":[40,44]},\"small\":{\"dtype\":\"F16\",\"shape"
    "\":[2],\"data_offsets\":[44,48]},\"e4\":{\"dtype\":\"F8_E4M3\",\"s"
    "hape\":[1],\"data_offsets\":[48,49]},\"bytes/u8\":{\"dtype\":\"U8\""
    ",\"shape\":[2],\"data_offsets\":[49,51]},\"flags\":{\"dtype\":\"BO"
    "OL\",\"shape\":[3],\"data_offsets\":[51,54]}}     \371\377\377\377"
    "\377\377\377\377\000\000\200\077\000\000\000\300\000\000\000\000\000"
    "\000\200\077\000\000\000@\000\000@@\000\000\200@\000\000\240@\300\077"
    "\000\300\000>\000\300<\000\377\001\000\001";

/* [[0,1,2],[3,4,5]], f32 */
#define NPY_PLAIN_BYTES 152
static const char npy_plain[NPY_PLAIN_BYTES + 1] =
    "\223NUMPY\001\000v\000{'descr': '<f4', 'fortran_order': False, 'sh"
    "ape': (2, 3), }                                                   "
    "       \012\000\000\000\000\000\000\200\077\000\000\000@\000\000@@"
    "\000\000\200@\000\000\240@";

/* the same, f64, big-endian, in Fortran order */
#define NPY_TURNED_BYTES 176
static const char npy_turned[NPY_TURNED_BYTES + 1] =
    "\223NUMPY\001\000v\000{'descr': '>f8', 'fortran_order': True, 'sha"
    "pe': (2, 3), }                                                    "
    "       \012\000\000\000\000\000\000\000\000@\010\000\000\000\000\000"
    "\000\077\360\000\000\000\000\000\000@\020\000\000\000\000\000\000@"
    "\000\000\000\000\000\000\000@\024\000\000\000\000\000\000";

/* 1-2j, complex128, no axes */
#define NPY_SCALAR_BYTES 144
static const char npy_scalar[NPY_SCALAR_BYTES + 1] =
    "\223NUMPY\001\000v\000{'descr': '<c16', 'fortran_order': False, 's"
    "hape': (), }                                                      "
    "       \012\000\000\000\000\000\000\360\077\000\000\000\000\000\000"
    "\000\300";

/* [True, False, True], version 2.0 */
#define NPY_V2_BYTES 131
static const char npy_v2[NPY_V2_BYTES + 1] =
    "\223NUMPY\002\000t\000\000\000{'descr': '|b1', 'fortran_order': Fa"
    "lse, 'shape': (3,), }                                             "
    "             \012\001\000\001";

/* [258, -2], int16, big-endian, version 3.0 */
#define NPY_V3_BYTES 132
static const char npy_v3[NPY_V3_BYTES + 1] =
    "\223NUMPY\003\000t\000\000\000{'descr': '>i2', 'fortran_order': Fa"
    "lse, 'shape': (2,), }                                             "
    "             \012\001\002\377\376";

#endif
