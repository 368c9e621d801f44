/* digest.h - 128 bits that tell whether bytes are those that were stored.
 *
 * XXH3-128 with seed 0, in its canonical (big-endian) form: fast enough to be
 * checked on every read, not proof against an adversary. Whoever deduplicates
 * by it compares the bytes too.
 */
#ifndef VS_CODEC_DIGEST_H
#define VS_CODEC_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VS__DIGEST_BYTES 16

struct vs__digest {
    uint8_t bytes[VS__DIGEST_BYTES];
};

struct vs__digest vs__digest_of(const void *bytes, size_t n);

/* The same of bytes that come piece by piece: whoever makes them can have them
 * digested while the nearest cache still holds them. */
struct vs__digester;

/* NULL when memory ran out. */
struct vs__digester *vs__digester_new(void);
void vs__digester_free(struct vs__digester *d);

void vs__digester_begin(struct vs__digester *d);
void vs__digester_add(struct vs__digester *d, const void *bytes, size_t n);
struct vs__digest vs__digester_end(const struct vs__digester *d);

bool vs__digest_equal(const struct vs__digest *a, const struct vs__digest *b);

/* A digest over a sequence, built item by item without knowing its length:
 * chain = digest(chain bytes followed by the item's bytes), starting from all
 * zeros. Items of at most VS__CHAIN_ITEM_MAX bytes. */
#define VS__CHAIN_ITEM_MAX 4096
void vs__digest_chain(struct vs__digest *chain, const void *item, size_t n);

#endif
