/* pack.h - the two packing filters: FORMAT.md's section "Packed payloads".
 *
 * Lanes are the numbers that elements consist of. Each byte plane of the lanes
 * is kept raw, as one piece that LZ4 may shrink, or as codes of few bits for
 * its commonest symbols; a plan says which. Private to the room.
 */
#ifndef VS_CODEC_PACK_H
#define VS_CODEC_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/pack_path.h"

#define VS__PACK_TILE 4096 /* lanes that are worked on at a time */

/* What the scratch of a plane holds beyond the plane. */
#define VS__PACK_SLACK (VS__PACK_TILE + VS__PACK_BEYOND + 64)

enum vs__pack_mode {
    VS__PACK_RAW = 0, /* 1 .. VS__PACK_BITS: bits of a code */
    VS__PACK_PIECE = 7
};

struct vs__coder;
struct vs__frame_info;

/* How to pack a chunk, judged by a sample of it. */
struct vs__pack_plan {
    size_t width;                               /* bytes of a lane */
    unsigned turn;                              /* bits to turn it left */
    uint8_t mode[VS__PACK_WIDTH];               /* of each plane */
    struct vs__pack_code codes[VS__PACK_WIDTH]; /* where mode is bits */
    size_t sampled;                             /* bytes that were looked at */
    size_t cost;    /* bytes that these would become, about */
    bool same_sign; /* the lowest bit of the lowest plane never changed */
    bool noisy;     /* nothing was found but in the highest plane */
};

/* `floats` as in vs__frame_encode. */
size_t vs__pack_width(size_t element, size_t floats);

/* Fills `plan` for how->filter, using the coder's scratch. */
void vs__pack_plan(struct vs__coder *coder, const uint8_t *raw,
                   const struct vs__frame_info *how, size_t width,
                   struct vs__pack_plan *plan);

/* Makes the payload of how->raw_bytes bytes in its place. Its length, or 0 if
 * it would be more than `cap` bytes. */
size_t vs__pack_encode(struct vs__coder *coder, const uint8_t *raw,
                       const struct vs__frame_info *how,
                       const struct vs__pack_plan *plan, size_t cap);

/* As vs__coder_decode; the digest is what the coder's digester has, in the
 * end. */
bool vs__pack_decode(struct vs__coder *coder, const uint8_t *payload,
                     size_t payload_bytes, const struct vs__frame_info *how,
                     uint8_t *out);

/* Where lanes [at, at + count), at most a tile of them, are found: in the raw
 * bytes, or as differences from the coder's base in its scratch. */
const uint8_t *vs__pack_lanes(struct vs__coder *coder, const uint8_t *raw,
                              size_t at, size_t count, size_t width);

/* The turn of a lane under a filter. */
unsigned vs__pack_turn(int filter, size_t width);

/* Where the scratch of plane k of n lanes starts in the coder's. */
static inline size_t vs__pack_area(size_t n, size_t k)
{
    return k * ((n + VS__PACK_SLACK) / 64 * 64);
}

#endif
