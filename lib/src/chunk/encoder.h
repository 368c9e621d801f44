/* encoder.h - chunks on their way into the pool, a few at a time.
 *
 * The owner feeds chunks and takes them in the same order; in between, the
 * workers gather, digest and encode them. A chunk that stood in the same place
 * before, or that the pool has, is not encoded. Putting is the owner's alone,
 * so what is stored, and in which order, is the same for any number of workers.
 *
 * Memory is a fixed number of places, a chunk's frame in each and, where the
 * elements do not lie together in the caller's memory, a chunk's elements.
 */
#ifndef VS_CHUNK_ENCODER_H
#define VS_CHUNK_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk/pool.h"
#include "varstore/tensor.h"

struct vs__encoder;

#define VS__ENCODER_MOST 64 /* chunks that one can hold */

/* A chunk that is fed. */
struct vs__fed {
    vs_dtype dtype;
    size_t raw_bytes;
    const void *raw;     /* its elements, borrowed until it is taken; or
                                NULL: they are to be gathered */
    const vs_view *view; /* from here, borrowed likewise, */
    int64_t first;       /* beginning with this element */
    int64_t before;      /* the chunk that stood in its place; 0: none */
    struct vs__digest digest_before; /* of that one */
    bool compare;                    /* nothing but its digest is wanted: see
                     vs__encoder_compare */
};

/* Borrows the pool's encoder; give it back with vs__encoder_return. NULL, with
 * words, when memory ran out. */
struct vs__encoder *vs__encoder_borrow(struct vs__pool *pool);

/* Forgets what was fed and not taken. NULL is fine. */
void vs__encoder_return(struct vs__encoder *e);

/* For the pool itself. */
void vs__encoder_free(struct vs__encoder *e);

/* True if no further chunk can be fed before one is taken; chunks fed and not
 * taken. */
bool vs__encoder_full(const struct vs__encoder *e);
int vs__encoder_held(const struct vs__encoder *e);

/* Memory for the elements of the next chunk to be fed: to be filled and given
 * as its `raw`. NULL, with words, when memory ran out. */
uint8_t *vs__encoder_memory(struct vs__encoder *e);

/* Feeds a chunk; the encoder is not full. No transaction is needed, but inside
 * one what the pool has is not encoded. VS_ERR_NOMEM, VS_ERR_CORRUPT. */
vs_status vs__encoder_feed(struct vs__encoder *e, const struct vs__fed *fed);

/* Waits until all that was fed is ready to be taken. */
vs_status vs__encoder_settle(struct vs__encoder *e);

/* Says that the chunks given as `before` may not be there any more. */
void vs__encoder_distrust(struct vs__encoder *e);

/* Puts the oldest chunk, inside the caller's write transaction; one user more.
 * `delta` (NULL: no) says what it may differ from if it is new. */
struct vs__delta;
vs_status vs__encoder_take(struct vs__encoder *e, const struct vs__delta *delta,
                           int64_t *chunk, struct vs__digest *digest);

/* Waits for the oldest chunk, which was fed to be compared, and lets go of it:
 * its digest. Needs no transaction, cannot fail. */
struct vs__digest vs__encoder_compare(struct vs__encoder *e);

#endif
