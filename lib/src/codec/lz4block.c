/* lz4block.c - see lz4block.h. */
#include "codec/lz4block.h"

#include <assert.h>
#include <limits.h>

#include <lz4.h>

size_t vs__lz4_state_bytes(void)
{
    return (size_t)LZ4_sizeofState();
}

size_t vs__lz4_compress(void *state, const uint8_t *src, size_t n, uint8_t *dst,
                        size_t cap, int haste)
{
    int got;

    assert(n <= LZ4_MAX_INPUT_SIZE && cap <= INT_MAX);
    got = LZ4_compress_fast_extState(state, (const char *)src, (char *)dst,
                                     (int)n, (int)cap, haste);
    return got > 0 ? (size_t)got : 0;
}

bool vs__lz4_decompress(const uint8_t *src, size_t n, uint8_t *dst, size_t want)
{
    if (n > INT_MAX || want > INT_MAX)
        return false;
    return LZ4_decompress_safe((const char *)src, (char *)dst, (int)n,
                               (int)want) == (int)want;
}
