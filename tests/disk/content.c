/* content.c - see content.h. One thread at a time (the disk has a lock).
 *
 * Allocates from libc directly: what tests count and deny is the library's
 * memory, not the disk's.
 */
#include "content.h"

#include <stdlib.h>
#include <string.h>

#include "codec/digest.h"

struct content_block {
    long refs;
    uint64_t hash; /* 0: not known */
    uint8_t bytes[CONTENT_BLOCK];
};

static void *must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

struct content content_copy(const struct content *from)
{
    struct content c = {NULL, from->n_blocks, from->size};

    if (c.n_blocks == 0)
        return c;
    c.blocks = must(malloc(c.n_blocks * sizeof *c.blocks));
    for (size_t i = 0; i < c.n_blocks; i++) {
        c.blocks[i] = from->blocks[i];
        if (c.blocks[i] != NULL)
            c.blocks[i]->refs++;
    }
    return c;
}

static void drop(struct content_block *b)
{
    if (b != NULL && --b->refs == 0)
        free(b);
}

void content_done(struct content *c)
{
    for (size_t i = 0; i < c->n_blocks; i++)
        drop(c->blocks[i]);
    free(c->blocks);
    memset(c, 0, sizeof *c);
}

static void grow(struct content *c, int64_t size)
{
    const size_t need = (size_t)((size + CONTENT_BLOCK - 1) / CONTENT_BLOCK);
    size_t n = c->n_blocks;

    if (need <= n)
        return;
    n = need > 2 * n ? need : 2 * n;
    c->blocks = must(realloc(c->blocks, n * sizeof *c->blocks));
    memset(c->blocks + c->n_blocks, 0, (n - c->n_blocks) * sizeof *c->blocks);
    c->n_blocks = n;
}

/* The i-th block, for writing: nobody else's. */
static struct content_block *own(struct content *c, size_t i)
{
    struct content_block *b = c->blocks[i];

    if (b != NULL && b->refs == 1) {
        b->hash = 0;
        return b;
    }
    b = must(malloc(sizeof *b));
    if (c->blocks[i] != NULL) {
        memcpy(b->bytes, c->blocks[i]->bytes, sizeof b->bytes);
        drop(c->blocks[i]);
    } else {
        memset(b->bytes, 0, sizeof b->bytes);
    }
    b->refs = 1;
    b->hash = 0;
    c->blocks[i] = b;
    return b;
}

void content_write(struct content *c, int64_t at, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;

    if (n == 0)
        return;
    grow(c, at + (int64_t)n);
    if (at + (int64_t)n > c->size)
        c->size = at + (int64_t)n;
    while (n > 0) {
        const size_t offset = (size_t)(at % CONTENT_BLOCK);
        const size_t room = CONTENT_BLOCK - offset;
        const size_t part = n < room ? n : room;

        memcpy(own(c, (size_t)(at / CONTENT_BLOCK))->bytes + offset, from,
               part);
        from += part;
        at += (int64_t)part;
        n -= part;
    }
}

void content_truncate(struct content *c, int64_t size)
{
    const size_t keep = (size_t)((size + CONTENT_BLOCK - 1) / CONTENT_BLOCK);
    const size_t offset = (size_t)(size % CONTENT_BLOCK);

    if (size >= c->size) {
        grow(c, size);
        c->size = size;
        return;
    }
    for (size_t i = keep; i < c->n_blocks; i++) {
        drop(c->blocks[i]);
        c->blocks[i] = NULL;
    }
    if (offset != 0 && c->blocks[keep - 1] != NULL)
        memset(own(c, keep - 1)->bytes + offset, 0, CONTENT_BLOCK - offset);
    c->size = size;
}

size_t content_read(const struct content *c, int64_t at, void *out, size_t n)
{
    uint8_t *to = out;
    size_t left;

    if (at >= c->size)
        return 0;
    if ((int64_t)n > c->size - at)
        n = (size_t)(c->size - at);
    for (left = n; left > 0;) {
        const struct content_block *b = c->blocks[at / CONTENT_BLOCK];
        const size_t offset = (size_t)(at % CONTENT_BLOCK);
        const size_t room = CONTENT_BLOCK - offset;
        const size_t part = left < room ? left : room;

        if (b != NULL)
            memcpy(to, b->bytes + offset, part);
        else
            memset(to, 0, part);
        to += part;
        at += (int64_t)part;
        left -= part;
    }
    return n;
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t block_hash(struct content_block *b)
{
    if (b->hash == 0) {
        const struct vs__digest d = vs__digest_of(b->bytes, sizeof b->bytes);

        memcpy(&b->hash, d.bytes, sizeof b->hash);
        b->hash |= 1;
    }
    return b->hash;
}

uint64_t content_hash(const struct content *c)
{
    uint64_t sum = mix((uint64_t)c->size + 1);

    for (size_t i = 0; i < c->n_blocks; i++)
        if (c->blocks[i] != NULL)
            sum += mix(block_hash(c->blocks[i]) + i);
    return mix(sum);
}
