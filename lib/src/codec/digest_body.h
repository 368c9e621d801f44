/* digest_body.h - the code of digest_path.h, for the files that compile it:
 * xxHash takes the vectors that each is compiled for.
 */
#ifndef VS_CODEC_DIGEST_BODY_H
#define VS_CODEC_DIGEST_BODY_H

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "codec/digest_path.h"

static inline struct vs__digest digest_of_hash(XXH128_hash_t hash)
{
    struct vs__digest digest;
    XXH128_canonical_t bytes;

    XXH128_canonicalFromHash(&bytes, hash);
    memcpy(digest.bytes, bytes.digest, sizeof digest.bytes);
    return digest;
}

/* A path by this name, which is of this file's vectors. */
#define DIGEST_DEFINE(path)                                           \
    static struct vs__digest of(const void *bytes, size_t n)          \
    {                                                                 \
        return digest_of_hash(XXH3_128bits(bytes, n));                \
    }                                                                 \
    static void add(XXH3_state_t *state, const void *bytes, size_t n) \
    {                                                                 \
        (void)XXH3_128bits_update(state, bytes, n);                   \
    }                                                                 \
    const struct vs__digest_path path = {of, add};

#endif
