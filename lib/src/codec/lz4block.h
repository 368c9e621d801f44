/* lz4block.h - one LZ4 block in, one out; the only door to liblz4.
 *
 * Blocks, not LZ4's own frames: lengths and digest are our frame's business.
 */
#ifndef VS_CODEC_LZ4BLOCK_H
#define VS_CODEC_LZ4BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the working memory that vs__lz4_compress needs; any content. */
size_t vs__lz4_state_bytes(void);

/* Compresses `n` bytes to at most `cap`. The length, or 0 if they do not fit:
 * that is found out early, and what `dst` holds is then undefined. `haste` is
 * LZ4's acceleration: 1 looks everywhere, more skips more. */
size_t vs__lz4_compress(void *state, const uint8_t *src, size_t n, uint8_t *dst,
                        size_t cap, int haste);

/* Whether in the middle of `n` bytes more than one of `one_in` words of 4 was
 * there before: a fraction of what LZ4 takes to find nothing in noise, or
 * crumbs in what is skewed but random. */
bool vs__lz4_has_hope(const uint8_t *bytes, size_t n, size_t one_in);

/* Decompresses a block of `n` bytes. True if it is well formed and holds
 * exactly `want` bytes; never touches a byte beyond either. */
bool vs__lz4_decompress(const uint8_t *src, size_t n, uint8_t *dst,
                        size_t want);

#endif
