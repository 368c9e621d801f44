/* lanes.c - see lanes.h: for any processor, and which one this is. */
#include "tensor/lanes_body.h"

#include <stddef.h>

LANES_DEFINE(vs__lanes_plain, scatter_tops)

vs__lanes_fn *vs__lanes_at(int i)
{
    vs__lanes_fn *have[3];
    int n = 0;

#if VS__X86
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("avx512vpopcntdq") &&
        __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt") &&
        __builtin_cpu_supports("bmi"))
        have[n++] = vs__lanes_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi"))
        have[n++] = vs__lanes_avx2;
#endif
    have[n++] = vs__lanes_plain;
    return i < n ? have[i] : NULL;
}
