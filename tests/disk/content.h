/* content.h - the bytes of a simulated file: blocks that copies share.
 *
 * Copying costs a pointer per block, writing one block per block touched, so
 * that a million states of a disk can be built one after the other.
 */
#ifndef VS_TEST_CONTENT_H
#define VS_TEST_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#define CONTENT_BLOCK 4096

struct content_block;

struct content {
    struct content_block **blocks; /* NULL: zeros */
    size_t n_blocks;               /* that `blocks` has room for */
    int64_t size;                  /* bytes */
};

/* A copy that shares the blocks; end it with content_done. */
struct content content_copy(const struct content *from);
void content_done(struct content *c);

/* Writes `n` bytes, growing the file; cuts or grows it. */
void content_write(struct content *c, int64_t at, const void *bytes, size_t n);
void content_truncate(struct content *c, int64_t size);

/* Reads up to `n` bytes; how many there were. */
size_t content_read(const struct content *c, int64_t at, void *out, size_t n);

/* A number that tells contents apart. */
uint64_t content_hash(const struct content *c);

#endif
