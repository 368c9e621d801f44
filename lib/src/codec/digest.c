/* digest.c - see digest.h.
 *
 * xxHash is inlined, so its vector path is the best that this compilation
 * targets (SSE2 on plain x86-64) and no shared library has to be found. Long
 * content goes to a file that is compiled for more, if the processor has it:
 * every read of a chunk is digested, and that takes half the time then.
 */
#include "codec/digest_body.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

#define LONG  1024 /* bytes from which vectors matter */
#define SHORT 112  /* most items of a chain are shorter */

DIGEST_DEFINE(vs__digest_plain)

static const struct vs__digest_path *path_for(size_t n)
{
#if VS__X86
    if (n >= LONG && __builtin_cpu_supports("avx512f"))
        return &vs__digest_avx512;
    if (n >= LONG && __builtin_cpu_supports("avx2"))
        return &vs__digest_avx2;
#endif
    (void)n;
    return &vs__digest_plain;
}

struct vs__digest vs__digest_of(const void *bytes, size_t n)
{
    return path_for(n)->of(bytes, n);
}

bool vs__digest_equal(const struct vs__digest *a, const struct vs__digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct vs__digester {
    XXH3_state_t state; /* aligned to 64 */
};

struct vs__digester *vs__digester_new(void)
{
    return vs__alloc_aligned(64, sizeof(struct vs__digester));
}

void vs__digester_free(struct vs__digester *d)
{
    vs__free(d);
}

void vs__digester_begin(struct vs__digester *d)
{
    (void)XXH3_128bits_reset(&d->state);
}

void vs__digester_add(struct vs__digester *d, const void *bytes, size_t n)
{
    if (n != 0)
        path_for(n)->add(&d->state, bytes, n);
}

struct vs__digest vs__digester_end(const struct vs__digester *d)
{
    return digest_of_hash(XXH3_128bits_digest(&d->state));
}

void vs__digest_chain(struct vs__digest *chain, const void *item, size_t n)
{
    uint8_t joined[VS__DIGEST_BYTES + SHORT];
    XXH3_state_t state;

    assert(n <= VS__CHAIN_ITEM_MAX);
    if (n <= SHORT) { /* a state costs several times the digest */
        memcpy(joined, chain->bytes, VS__DIGEST_BYTES);
        if (n != 0)
            memcpy(joined + VS__DIGEST_BYTES, item, n);
        *chain = vs__digest_plain.of(joined, VS__DIGEST_BYTES + n);
        return;
    }
    (void)XXH3_128bits_reset(&state);
    (void)XXH3_128bits_update(&state, chain->bytes, sizeof chain->bytes);
    (void)XXH3_128bits_update(&state, item, n);
    *chain = digest_of_hash(XXH3_128bits_digest(&state));
}
