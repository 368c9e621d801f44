/* digest_avx2.c - the digest for x86 with AVX2. */
#include "codec/digest_body.h"

#if VS__X86
DIGEST_DEFINE(vs__digest_avx2)
#endif
