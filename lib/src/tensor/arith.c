/* arith.c - adding and subtracting runs of elements in place.
 *
 * Elements are copied in groups to and from local arrays: that allows any
 * address and dst == src, and is still vectorised.
 */
#include "tensor/arith.h"

#include <string.h>

#include "tensor/dtype.h"
#include "tensor/half.h"

#define GROUP 8

typedef void loop_fn(uint8_t *dst, const uint8_t *src, int64_t n);

/* Defines NAME: each element a of `dst`, a TYPE, becomes RESULT, of it and b
 * of `src`. */
#define LOOP(name, type, result)                                  \
    static void name(uint8_t *dst, const uint8_t *src, int64_t n) \
    {                                                             \
        const int64_t size = sizeof(type);                        \
        type x[GROUP];                                            \
        type y[GROUP];                                            \
                                                                  \
        for (; n >= GROUP; n -= GROUP) {                          \
            memcpy(x, dst, sizeof x);                             \
            memcpy(y, src, sizeof y);                             \
            for (int j = 0; j < GROUP; j++) {                     \
                type a = x[j];                                    \
                type b = y[j];                                    \
                                                                  \
                x[j] = (type)(result);                            \
            }                                                     \
            memcpy(dst, x, sizeof x);                             \
            dst += sizeof x;                                      \
            src += sizeof y;                                      \
        }                                                         \
        for (; n > 0; n--) {                                      \
            type a;                                               \
            type b;                                               \
                                                                  \
            memcpy(&a, dst, sizeof a);                            \
            memcpy(&b, src, sizeof b);                            \
            a = (type)(result);                                   \
            memcpy(dst, &a, sizeof a);                            \
            dst += size;                                          \
            src += size;                                          \
        }                                                         \
    }

/* Both signs, computed in WIDE. Signed integers go by their unsigned type,
 * whose overflow is defined, with the same bits. */
#define BOTH(name, type, wide)                \
    LOOP(add_##name, type, (wide)a + (wide)b) \
    LOOP(sub_##name, type, (wide)a - (wide)b)

/* The same for small floats: a float holds twice their bits and two more, so
 * that rounding there first changes nothing. */
#define BOTH_SMALL(name, type)                          \
    LOOP(add_##name, type,                              \
         vs__##name##_from_f32(vs__##name##_to_f32(a) + \
                               vs__##name##_to_f32(b))) \
    LOOP(sub_##name, type,                              \
         vs__##name##_from_f32(vs__##name##_to_f32(a) - \
                               vs__##name##_to_f32(b)))

BOTH(8, uint8_t, uint32_t)
BOTH(16, uint16_t, uint32_t)
BOTH(32, uint32_t, uint32_t)
BOTH(64, uint64_t, uint64_t)
BOTH(f32, float, float)
BOTH(f64, double, double)
BOTH_SMALL(f16, uint16_t)
BOTH_SMALL(bf16, uint16_t)
BOTH_SMALL(f8_e4m3, uint8_t)
BOTH_SMALL(f8_e5m2, uint8_t)

/* Indexed by dtype; none for bool. Of complex numbers, the parts' loops. */
static const struct {
    loop_fn *add; /* dst += src */
    loop_fn *sub; /* dst -= src */
} loops[VS_N_DTYPES + 1] = {
    [VS_U8] = {add_8, sub_8},
    [VS_U16] = {add_16, sub_16},
    [VS_U32] = {add_32, sub_32},
    [VS_U64] = {add_64, sub_64},
    [VS_I8] = {add_8, sub_8},
    [VS_I16] = {add_16, sub_16},
    [VS_I32] = {add_32, sub_32},
    [VS_I64] = {add_64, sub_64},
    [VS_F16] = {add_f16, sub_f16},
    [VS_BF16] = {add_bf16, sub_bf16},
    [VS_F32] = {add_f32, sub_f32},
    [VS_F64] = {add_f64, sub_f64},
    [VS_C64] = {add_f32, sub_f32},
    [VS_C128] = {add_f64, sub_f64},
    [VS_F8_E4M3] = {add_f8_e4m3, sub_f8_e4m3},
    [VS_F8_E5M2] = {add_f8_e5m2, sub_f8_e5m2},
};

/* Real numbers in an element; 0 for what cannot be added. */
static int64_t addable_parts(vs_dtype dtype)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);

    if (info == NULL || loops[dtype].add == NULL)
        return 0;
    return (int64_t)(info->size / info->part);
}

vs_status vs__add(vs_dtype dtype, void *dst, const void *src, int64_t n)
{
    int64_t parts = addable_parts(dtype);

    if (parts == 0)
        return VS_ERR_DTYPE;
    loops[dtype].add(dst, src, n * parts);
    return VS_OK;
}

vs_status vs__sub(vs_dtype dtype, void *dst, const void *src, int64_t n)
{
    int64_t parts = addable_parts(dtype);

    if (parts == 0)
        return VS_ERR_DTYPE;
    loops[dtype].sub(dst, src, n * parts);
    return VS_OK;
}
