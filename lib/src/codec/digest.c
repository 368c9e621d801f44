/* digest.c - see digest.h.
 *
 * xxHash is inlined, so its vector path is the best that this compilation
 * targets (SSE2 on plain x86-64) and no shared library has to be found. Long
 * content goes to a file that is compiled for more, if the processor has it:
 * every read of a chunk is digested, and that takes half the time then.
 */
#include "codec/digest.h"

#include <assert.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "codec/digest_path.h"

#define LONG 1024 /* bytes from which vectors matter */

static struct vs__digest canonical(XXH128_hash_t hash)
{
    struct vs__digest digest;
    XXH128_canonical_t bytes;

    XXH128_canonicalFromHash(&bytes, hash);
    memcpy(digest.bytes, bytes.digest, sizeof digest.bytes);
    return digest;
}

struct vs__digest vs__digest_of(const void *bytes, size_t n)
{
#if VS__DIGEST_X86
    if (n >= LONG && __builtin_cpu_supports("avx512f"))
        return vs__digest_avx512(bytes, n);
    if (n >= LONG && __builtin_cpu_supports("avx2"))
        return vs__digest_avx2(bytes, n);
#endif
    return canonical(XXH3_128bits(bytes, n));
}

bool vs__digest_equal(const struct vs__digest *a, const struct vs__digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void vs__digest_chain(struct vs__digest *chain, const void *item, size_t n)
{
    XXH3_state_t state;

    assert(n <= VS__CHAIN_ITEM_MAX);
    (void)XXH3_128bits_reset(&state);
    (void)XXH3_128bits_update(&state, chain->bytes, sizeof chain->bytes);
    if (n != 0)
        (void)XXH3_128bits_update(&state, item, n);
    *chain = canonical(XXH3_128bits_digest(&state));
}
