/* convert.c - runs of elements of any dtype to double and back.
 *
 * Statistics, initializers and printing all work on doubles, so these loops
 * see every byte that is written. They run over groups of a fixed length,
 * which is what compilers turn into vector instructions without being asked
 * for more than -O2.
 */
#include "varstore/tensor.h"

#include <math.h>
#include <string.h>

#include "tensor/dtype.h"
#include "tensor/half.h"

#define GROUP 8

typedef void widen_fn(const uint8_t *restrict src, int64_t n,
                      double *restrict dst);
typedef void narrow_fn(const double *src, int64_t n, uint8_t *dst);

/* dst[k] = VALUE, which is of x, the TYPE at k times STEP bytes. */
#define WIDEN_ONE(k, type, step, value)           \
    do {                                          \
        type x;                                   \
                                                  \
        memcpy(&x, src + (k) * (step), sizeof x); \
        dst[k] = (value);                         \
    } while (0)

/* Defines widen_NAME. */
#define WIDEN(name, type, step, value)                               \
    static void widen_##name(const uint8_t *restrict src, int64_t n, \
                             double *restrict dst)                   \
    {                                                                \
        int64_t i = 0;                                               \
                                                                     \
        for (; i + GROUP <= n; i += GROUP)                           \
            for (int j = 0; j < GROUP; j++)                          \
                WIDEN_ONE(i + j, type, step, value);                 \
        for (; i < n; i++)                                           \
            WIDEN_ONE(i, type, step, value);                         \
    }

WIDEN(bool, uint8_t, 1, x != 0 ? 1.0 : 0.0)
WIDEN(u8, uint8_t, 1, (double)x)
WIDEN(u16, uint16_t, 2, (double)x)
WIDEN(u32, uint32_t, 4, (double)x)
WIDEN(u64, uint64_t, 8, (double)x)
WIDEN(i8, int8_t, 1, (double)x)
WIDEN(i16, int16_t, 2, (double)x)
WIDEN(i32, int32_t, 4, (double)x)
WIDEN(i64, int64_t, 8, (double)x)
WIDEN(f16, uint16_t, 2, (double)vs__f16_to_f32(x))
WIDEN(bf16, uint16_t, 2, (double)vs__bf16_to_f32(x))
WIDEN(f32, float, 4, (double)x)
WIDEN(f64, double, 8, x)
WIDEN(c64, float, 8, (double)x)
WIDEN(c128, double, 16, x)
WIDEN(f8_e4m3, uint8_t, 1, (double)vs__f8_e4m3_to_f32(x))
WIDEN(f8_e5m2, uint8_t, 1, (double)vs__f8_e5m2_to_f32(x))

/* Toward zero, held between the bounds; NaN gives 0. A bound that double
 * cannot hold rounds away from zero, where no smaller double passes it. */
static int64_t to_signed(double x, int64_t min, int64_t max)
{
    if (isnan(x))
        return 0;
    if (x <= (double)min)
        return min;
    return x >= (double)max ? max : (int64_t)x;
}

static uint64_t to_unsigned(double x, uint64_t max)
{
    if (!(x > 0)) /* NaN too */
        return 0;
    return x >= (double)max ? max : (uint64_t)x;
}

/* Defines narrow_NAME: writes elements of PARTS times TYPE, the first made of
 * the double x, the second, of a complex number, zero. */
#define NARROW(name, type, parts, value)                                  \
    static void narrow_##name(const double *src, int64_t n, uint8_t *dst) \
    {                                                                     \
        for (int64_t i = 0; i < n; i++) {                                 \
            double x = src[i];                                            \
            type out[parts] = {(type)(value)};                            \
                                                                          \
            memcpy(dst + i * (int64_t)sizeof out, out, sizeof out);       \
        }                                                                 \
    }

NARROW(bool, uint8_t, 1, x != 0)
NARROW(u8, uint8_t, 1, to_unsigned(x, UINT8_MAX))
NARROW(u16, uint16_t, 1, to_unsigned(x, UINT16_MAX))
NARROW(u32, uint32_t, 1, to_unsigned(x, UINT32_MAX))
NARROW(u64, uint64_t, 1, to_unsigned(x, UINT64_MAX))
NARROW(i8, int8_t, 1, to_signed(x, INT8_MIN, INT8_MAX))
NARROW(i16, int16_t, 1, to_signed(x, INT16_MIN, INT16_MAX))
NARROW(i32, int32_t, 1, to_signed(x, INT32_MIN, INT32_MAX))
NARROW(i64, int64_t, 1, to_signed(x, INT64_MIN, INT64_MAX))
NARROW(f16, uint16_t, 1, vs__f16_from_f64(x))
NARROW(bf16, uint16_t, 1, vs__bf16_from_f64(x))
NARROW(f32, float, 1, x)
NARROW(f64, double, 1, x)
NARROW(c64, float, 2, x)
NARROW(c128, double, 2, x)
NARROW(f8_e4m3, uint8_t, 1, vs__f8_e4m3_from_f64(x))
NARROW(f8_e5m2, uint8_t, 1, vs__f8_e5m2_from_f64(x))

/* Indexed by dtype. */
static const struct {
    widen_fn *widen;   /* to double */
    narrow_fn *narrow; /* from double */
} loops[VS_N_DTYPES + 1] = {
    [VS_BOOL] = {widen_bool, narrow_bool},
    [VS_U8] = {widen_u8, narrow_u8},
    [VS_U16] = {widen_u16, narrow_u16},
    [VS_U32] = {widen_u32, narrow_u32},
    [VS_U64] = {widen_u64, narrow_u64},
    [VS_I8] = {widen_i8, narrow_i8},
    [VS_I16] = {widen_i16, narrow_i16},
    [VS_I32] = {widen_i32, narrow_i32},
    [VS_I64] = {widen_i64, narrow_i64},
    [VS_F16] = {widen_f16, narrow_f16},
    [VS_BF16] = {widen_bf16, narrow_bf16},
    [VS_F32] = {widen_f32, narrow_f32},
    [VS_F64] = {widen_f64, narrow_f64},
    [VS_C64] = {widen_c64, narrow_c64},
    [VS_C128] = {widen_c128, narrow_c128},
    [VS_F8_E4M3] = {widen_f8_e4m3, narrow_f8_e4m3},
    [VS_F8_E5M2] = {widen_f8_e5m2, narrow_f8_e5m2},
};

void vs_to_double(vs_dtype dtype, const void *src, int64_t n, double *dst)
{
    if (vs__dtype_valid(dtype))
        loops[dtype].widen(src, n, dst);
}

void vs_from_double(vs_dtype dtype, const double *src, int64_t n, void *dst)
{
    if (vs__dtype_valid(dtype))
        loops[dtype].narrow(src, n, dst);
}
