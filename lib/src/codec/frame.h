/* frame.h - a chunk's elements in bytes, a frame in bytes: FORMAT.md in code.
 *
 * Sees bytes, an element size and the size of the floats in it; knows no dtype,
 * no SQL, no names. A frame tells by itself how to decode it and what must come
 * out. Decoding trusts nothing in a frame: every length is checked before use
 * and the digest of what came out decides.
 */
#ifndef VS_CODEC_FRAME_H
#define VS_CODEC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/digest.h"
#include "varstore/status.h"

#define VS__FRAME_HEADER 28         /* bytes before the payload */
#define VS__CHUNK_MAX    (16 << 20) /* raw bytes of the largest chunk */

enum vs__codec_id {
    VS__CODEC_RAW = 0,
    VS__CODEC_LZ4 = 1,
    VS__CODEC_CONSTANT = 2, /* one element for all; behind no filter */
    VS__N_CODECS
};

enum vs__filter_id {
    VS__FILTER_NONE = 0,
    VS__FILTER_SHUFFLE = 1,    /* bytes of equal rank together */
    VS__FILTER_BITSHUFFLE = 2, /* bits of equal rank together */
    VS__FILTER_EXPONENT = 3,   /* exponents together, in codes of few bits */
    VS__FILTER_PLANES = 4,     /* byte planes in codes of few bits */
    VS__FILTER_DELTA = 5,      /* the same of differences from a base */
    VS__N_FILTERS
};

/* Scratch memory and nothing else; one per thread. */
struct vs__coder;

/* For chunks of up to `chunk_bytes` (1 .. VS__CHUNK_MAX) raw bytes. NULL when
 * memory ran out. */
struct vs__coder *vs__coder_new(size_t chunk_bytes);
void vs__coder_free(struct vs__coder *coder);

/* Encodes `n` (1 .. chunk_bytes) raw bytes, whole elements of `element` bytes,
 * into a frame, choosing filter and codec by a cheap sample: what does not
 * shrink is kept raw. `floats` is the size of the binary floats that an element
 * consists of, lowest byte first: 2, 4 or 8, or 0 if it is no float. The frame
 * is borrowed from the coder until its next use. `digest` is that of the raw
 * bytes. Cannot fail. */
void vs__frame_encode(struct vs__coder *coder, const void *raw, size_t n,
                      size_t element, size_t floats,
                      const struct vs__digest *digest, const uint8_t **frame,
                      size_t *frame_bytes);

/* What else is to be done with a chunk while it is encoded, some pieces at a
 * time, so that they are still in a near cache. */
struct vs__frame_watch {
    /* Is given each byte once, in order; each piece but the last is a multiple
     * of VS__WATCH_BYTES. NULL: nobody looks. */
    void (*look)(const uint8_t *bytes, size_t n, void *ctx);
    void *ctx;
};
#define VS__WATCH_BYTES (128 << 10)

/* The same into the caller's memory, which holds vs__frame_room bytes and is
 * aligned to 64: the frame lies in it, not at its start, and is not touched by
 * the coder's next use. With NULL it is borrowed from the coder, as above. The
 * digest is taken, too, unless `known`. */
void vs__frame_encode_watched(struct vs__coder *coder, void *memory,
                              const void *raw, size_t n, size_t element,
                              size_t floats,
                              const struct vs__frame_watch *watch, bool known,
                              struct vs__digest *digest, const uint8_t **frame,
                              size_t *frame_bytes);
size_t vs__frame_room(size_t chunk_bytes);

/* Another chunk of the same floats that a chunk is told by its differences
 * from: raw bytes of the same length. */
struct vs__frame_base {
    const uint8_t *raw;       /* borrowed */
    struct vs__digest digest; /* of these bytes */
};

/* Encodes as vs__frame_encode, but as differences from a base; `floats` is not
 * 0. False if the frame would be more than `most` bytes, which is found out
 * early where it is plain; the frame that was borrowed before is lost. */
bool vs__frame_encode_delta(struct vs__coder *coder, const void *raw, size_t n,
                            size_t element, size_t floats,
                            const struct vs__digest *digest,
                            const struct vs__frame_base *base, size_t most,
                            const uint8_t **frame, size_t *frame_bytes);

/* Encodes with a given filter (not VS__FILTER_DELTA) and codec, for tests and
 * measurements; falls back to raw only if the result would be larger than
 * raw. */
void vs__frame_encode_as(struct vs__coder *coder, const void *raw, size_t n,
                         size_t element, size_t floats,
                         const struct vs__digest *digest,
                         enum vs__filter_id filter, enum vs__codec_id codec,
                         const uint8_t **frame, size_t *frame_bytes);

/* What a frame says of itself. */
struct vs__frame_info {
    enum vs__codec_id codec;
    enum vs__filter_id filter;
    size_t element;           /* bytes of an element: 1, 2, 4, 8 or 16 */
    size_t raw_bytes;         /* after decoding */
    struct vs__digest digest; /* of the raw bytes */
};

/* Reads the header of a frame. VS_ERR_CORRUPT with words: too short, a version
 * or an id that is not known, an impossible length. */
vs_status vs__frame_info(const uint8_t *frame, size_t frame_bytes,
                         struct vs__frame_info *out, vs_error *err);

/* Whether a frame of `frame_bytes`, of which only the header is given, is
 * nothing but `n` raw bytes of this digest behind it: then they can be read to
 * where they belong, and need no more than to be digested there. */
bool vs__frame_plain(const uint8_t *header, size_t frame_bytes, size_t n,
                     const struct vs__digest *digest);

/* Decodes exactly `n` (1 .. chunk_bytes) raw bytes to `out` and compares their
 * digest with `digest` (that of the chunk's row, as the header's must be).
 * VS_ERR_CORRUPT: whatever is not as it must be; the words say what. `out` is
 * undefined after a failure. */
vs_status vs__frame_decode(struct vs__coder *coder, const uint8_t *frame,
                           size_t frame_bytes, void *out, size_t n,
                           const struct vs__digest *digest, vs_error *err);

/* The same for a frame of VS__FILTER_DELTA, and no other. */
vs_status vs__frame_decode_delta(struct vs__coder *coder, const uint8_t *frame,
                                 size_t frame_bytes,
                                 const struct vs__frame_base *base, void *out,
                                 size_t n, const struct vs__digest *digest,
                                 vs_error *err);

#endif
