/* coder.c - see coder.h; here is decided how a chunk is worth keeping.
 *
 * The choice is made on 12 KiB, so that a chunk of noise costs hardly more
 * than copying it, and a filter has to earn its place against cheaper ones.
 * It cannot see repetition over longer distances than a sample's 4 KiB.
 */
#include "codec/coder.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/lz4block.h"
#include "codec/shuffle.h"

#define PROBE_BYTES   4096              /* of each of three samples */
#define SAMPLE_BYTES  (3 * PROBE_BYTES) /* whole elements of any size */
#define TRY_ALL_BELOW (16 << 10)        /* shorter chunks are all sample */

struct vs__coder *vs__coder_new(size_t chunk_bytes)
{
    struct vs__coder *coder;

    assert(chunk_bytes >= 1 && chunk_bytes <= VS__CHUNK_MAX);
    coder = vs__calloc(1, sizeof *coder);
    if (coder == NULL)
        return NULL;
    coder->chunk_bytes = chunk_bytes;
    coder->lz4 = vs__alloc(vs__lz4_state_bytes());
    coder->sample = vs__alloc_aligned(VS__CODER_LINE, SAMPLE_BYTES);
    coder->filtered = vs__alloc_aligned(VS__CODER_LINE, chunk_bytes);
    coder->line =
        vs__alloc_aligned(VS__CODER_LINE, VS__CODER_LINE + chunk_bytes);
    if (coder->lz4 == NULL || coder->sample == NULL ||
        coder->filtered == NULL || coder->line == NULL) {
        vs__coder_free(coder);
        return NULL;
    }
    return coder;
}

void vs__coder_free(struct vs__coder *coder)
{
    if (coder == NULL)
        return;
    vs__free(coder->lz4);
    vs__free(coder->sample);
    vs__free(coder->filtered);
    vs__free(coder->line);
    vs__free(coder);
}

typedef void filter_fn(const uint8_t *src, uint8_t *dst, size_t n, size_t size);

/* Bit planes are either runs or noise, so LZ4 may pass over noise in haste: on
 * bf16 weights 4 saves a fifth of the time for 0.4 % of the size. In byte
 * planes and plain bytes it would lose what it is there to find. */
static const struct {
    filter_fn *apply; /* raw bytes to filtered; NULL: they are the same */
    filter_fn *undo;  /* and back */
    int haste;        /* of LZ4 behind it */
} filters[VS__N_FILTERS] = {
    [VS__FILTER_NONE] = {NULL, NULL, 1},
    [VS__FILTER_SHUFFLE] = {vs__shuffle, vs__unshuffle, 1},
    [VS__FILTER_BITSHUFFLE] = {vs__bitshuffle, vs__bitunshuffle, 4},
};

size_t vs__coder_encode(struct vs__coder *coder, const uint8_t *raw,
                        const struct vs__frame_info *how, size_t cap)
{
    const uint8_t *bytes = raw;
    size_t n = how->raw_bytes;

    if (filters[how->filter].apply != NULL) {
        filters[how->filter].apply(raw, coder->filtered, n / how->element,
                                   how->element);
        bytes = coder->filtered;
    }
    if (how->codec == VS__CODEC_LZ4)
        return vs__lz4_compress(coder->lz4, bytes, n, vs__coder_payload(coder),
                                cap, filters[how->filter].haste);
    memcpy(vs__coder_payload(coder), bytes, n);
    return n;
}

bool vs__coder_decode(struct vs__coder *coder, const uint8_t *payload,
                      size_t payload_bytes, const struct vs__frame_info *how,
                      uint8_t *out)
{
    bool plain = filters[how->filter].undo == NULL;
    const uint8_t *bytes = payload;
    size_t n = how->raw_bytes;

    if (how->codec == VS__CODEC_LZ4) {
        uint8_t *to = plain ? out : coder->filtered;

        if (!vs__lz4_decompress(payload, payload_bytes, to, n))
            return false;
        bytes = to;
    } else if (payload_bytes != n) {
        return false;
    }
    if (!plain)
        filters[how->filter].undo(bytes, out, n / how->element, how->element);
    else if (bytes != out)
        memcpy(out, bytes, n);
    return true;
}

size_t vs__coder_worth(size_t n)
{
    return (3 * n + 199) / 200;
}

/* The part of a chunk to judge it by: all of a short one, else pieces of its
 * start, middle and end. Whole elements, `*n` bytes. */
static const uint8_t *take_sample(struct vs__coder *coder, const uint8_t *raw,
                                  size_t element, size_t *n)
{
    size_t middle;

    if (*n < TRY_ALL_BELOW)
        return raw;
    middle = (*n - PROBE_BYTES) / 2;
    middle -= middle % element;
    memcpy(coder->sample, raw, PROBE_BYTES);
    memcpy(coder->sample + PROBE_BYTES, raw + middle, PROBE_BYTES);
    memcpy(coder->sample + 2 * PROBE_BYTES, raw + *n - PROBE_BYTES,
           PROBE_BYTES);
    *n = SAMPLE_BYTES;
    return coder->sample;
}

/* Cheapest first. Against raw bytes a filter with LZ4 must save what is worth
 * it, against a cheaper filter twice that: planes cost time on every read. */
void vs__coder_choose(struct vs__coder *coder, const uint8_t *raw,
                      struct vs__frame_info *how)
{
    struct vs__frame_info trial = *how;
    const uint8_t *sample =
        take_sample(coder, raw, how->element, &trial.raw_bytes);
    size_t best = trial.raw_bytes;
    size_t step = vs__coder_worth(best);

    how->codec = VS__CODEC_RAW;
    how->filter = VS__FILTER_NONE;
    trial.codec = VS__CODEC_LZ4;
    for (int filter = 0; filter < VS__N_FILTERS && best > step; filter++) {
        size_t got;

        if (filter == VS__FILTER_SHUFFLE && how->element == 1)
            continue; /* moves nothing */
        trial.filter = (enum vs__filter_id)filter;
        got = vs__coder_encode(coder, sample, &trial, best - step);
        if (got == 0)
            continue;
        best = got;
        step = 2 * vs__coder_worth(trial.raw_bytes);
        how->codec = trial.codec;
        how->filter = trial.filter;
    }
}
