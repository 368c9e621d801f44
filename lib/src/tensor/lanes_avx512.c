/* lanes_avx512.c - lanes.h for x86 with AVX-512. */
#include "tensor/lanes_body.h"

#if VS__LANES_X86
LANES_DEFINE(vs__lanes_avx512)
#endif
