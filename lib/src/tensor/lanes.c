/* lanes.c - see lanes.h: for any processor, and which one this is. */
#include "tensor/lanes_body.h"

LANES_DEFINE(vs__lanes_plain)

vs__lanes_fn *vs__lanes_best(void)
{
#if VS__LANES_X86
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return vs__lanes_avx512;
    if (__builtin_cpu_supports("avx2"))
        return vs__lanes_avx2;
#endif
    return vs__lanes_plain;
}
