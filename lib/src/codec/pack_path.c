/* pack_path.c - which sets of packing kernels this machine can run. */
#include "codec/pack_path.h"

#include <stdbool.h>

#if VS__X86
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}
#endif

const struct vs__pack_path *vs__pack_path_at(size_t i)
{
    const struct vs__pack_path *have[3];
    size_t n = 0;

#if VS__NEON
    have[n++] = &vs__pack_neon;
#endif
#if VS__X86
    if (has_avx512())
        have[n++] = &vs__pack_avx512;
    if (has_avx2())
        have[n++] = &vs__pack_avx2;
#endif
    have[n++] = &vs__pack_scalar;
    return i < n ? have[i] : NULL;
}
