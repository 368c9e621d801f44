/* digest_avx512.c - the digest for x86 with AVX-512. */
#include "codec/digest_body.h"

#if VS__X86
DIGEST_DEFINE(vs__digest_avx512)
#endif
