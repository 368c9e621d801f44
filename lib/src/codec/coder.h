/* coder.h - the pipeline behind a frame: filter, then codec, and back.
 *
 * Private to the room. A coder works on payloads; what stands around a payload
 * is frame.c's. Of a vs__frame_info it reads codec, filter, element and
 * raw_bytes, which the caller has checked: whole elements, raw_bytes within
 * the coder's chunk_bytes. Under VS__FILTER_DELTA the caller sets `base`, as
 * many raw bytes, for the time of the call.
 */
#ifndef VS_CODEC_CODER_H
#define VS_CODEC_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/frame.h"
#include "codec/pack.h"

/* The payload starts at a cache line: copying to it is the whole work for a
 * chunk that is kept raw. The header ends where it starts. */
#define VS__CODER_LINE 64

/* Who looks on while a chunk is encoded. */
struct vs__coder_watch {
    bool on;                      /* anybody */
    bool digests;                 /* the digester does */
    struct vs__frame_watch other; /* so does he */
    size_t seen;                  /* bytes shown so far */
};

struct vs__coder {
    size_t chunk_bytes;  /* of raw bytes, at most */
    void *lz4;           /* LZ4's working memory */
    uint8_t *sample;     /* pieces of a chunk, to judge it by */
    uint8_t *filtered;   /* between filter and codec; slack for 8 planes */
    uint8_t *tile;       /* of VS__PACK_WIDTH planes, when packing */
    uint8_t *difference; /* a tile of lanes, less those of the base */
    const uint8_t *base; /* of the delta in work, borrowed; else NULL */
    uint8_t *line;       /* VS__CODER_LINE bytes, header last; payload */
    struct vs__digester *digester;    /* of what is decoded, or watched */
    struct vs__coder_watch watch;     /* of the frame in work */
    struct vs__pack_plan plan;        /* of the chunk chosen for */
    bool planned;                     /* whether there is one */
    const struct vs__pack_path *path; /* the best; tests set others */
};

static inline uint8_t *vs__coder_payload(struct vs__coder *coder)
{
    return coder->line + VS__CODER_LINE;
}

/* Whether a filter makes the payload itself, shorter than its raw bytes. */
static inline bool vs__filter_packs(enum vs__filter_id filter)
{
    return filter == VS__FILTER_EXPONENT || filter == VS__FILTER_PLANES ||
           filter == VS__FILTER_DELTA;
}

/* Sets codec and filter to what a sample of the raw bytes says is best.
 * `floats` as in vs__frame_encode. */
void vs__coder_choose(struct vs__coder *coder, const uint8_t *raw,
                      size_t floats, struct vs__frame_info *how);

/* Shows who watches what lies before `end`: in steps of VS__WATCH_BYTES until
 * it is the `last` that is worked on. */
void vs__coder_show(struct vs__coder *coder, const uint8_t *raw, size_t end,
                    bool last);

/* What compression has to save of `n` raw bytes to be worth its time: 1.5 %,
 * and something. */
size_t vs__coder_worth(size_t n);

/* Makes the payload in its place. Its length, or 0 if it would be more than
 * `cap` bytes. What vs__coder_choose found out is used for the next call. */
size_t vs__coder_encode(struct vs__coder *coder, const uint8_t *raw,
                        const struct vs__frame_info *how, size_t floats,
                        size_t cap);

/* Fills `out` with how->raw_bytes bytes and gives their digest, taken piece by
 * piece as they come. False if the payload is not such as `how` says; both are
 * then undefined. */
bool vs__coder_decode(struct vs__coder *coder, const uint8_t *payload,
                      size_t payload_bytes, const struct vs__frame_info *how,
                      uint8_t *out, struct vs__digest *digest);

#endif
