/* digest_avx2.c - the digest for x86 with AVX2: xxHash takes the vectors that
 * this file is compiled for. */
#include "codec/digest_path.h"

#if VS__DIGEST_X86
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct vs__digest vs__digest_avx2(const void *bytes, size_t n)
{
    struct vs__digest digest;
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, n));
    memcpy(digest.bytes, canonical.digest, sizeof digest.bytes);
    return digest;
}
#endif
