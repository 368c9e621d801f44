/* lz4block.c - see lz4block.h. */
#include "codec/lz4block.h"

#include <assert.h>
#include <limits.h>

#include <lz4.h>

#include "base/endian.h"

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

#define HOPE_BYTES 2048
#define HOPE_BITS  9 /* of a place among the words seen */

bool vs__lz4_has_hope(const uint8_t *bytes, size_t n, size_t one_in)
{
    uint32_t seen[1 << HOPE_BITS] = {0};
    size_t hits = 0;
    size_t words;

    if (n > HOPE_BYTES) {
        bytes += (n - HOPE_BYTES) / 2 / 8 * 8;
        n = HOPE_BYTES;
    }
    words = n / 4;
    for (size_t i = 0; i < words; i++) {
        uint32_t word = vs__load32(bytes + 4 * i);
        size_t at = word * 0x9E3779B1U >> (32 - HOPE_BITS);

        hits += seen[at] == word;
        seen[at] = word;
    }
    return words < 32 || hits * one_in > words;
}

bool vs__lz4_decompress(const uint8_t *src, size_t n, uint8_t *dst, size_t want)
{
    if (n > INT_MAX || want > INT_MAX)
        return false;
    return LZ4_decompress_safe((const char *)src, (char *)dst, (int)n,
                               (int)want) == (int)want;
}
