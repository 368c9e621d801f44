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
#define REPEAT_BYTES  4096              /* whole elements of any size */
#define COPY_BYTES    (16 << 10)        /* half of a nearest cache */

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
    coder->filtered = vs__alloc_aligned(
        VS__CODER_LINE, chunk_bytes + VS__PACK_WIDTH * VS__PACK_SLACK);
    coder->tile =
        vs__alloc_aligned(VS__CODER_LINE, VS__PACK_WIDTH * VS__PACK_TILE);
    coder->difference =
        vs__alloc_aligned(VS__CODER_LINE, VS__PACK_WIDTH * VS__PACK_TILE);
    coder->digester = vs__digester_new();
    coder->path = vs__pack_path_at(0);
    coder->line =
        vs__alloc_aligned(VS__CODER_LINE, VS__CODER_LINE + chunk_bytes);
    if (coder->lz4 == NULL || coder->sample == NULL ||
        coder->filtered == NULL || coder->tile == NULL ||
        coder->difference == NULL || coder->digester == NULL ||
        coder->line == NULL) {
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
    vs__free(coder->tile);
    vs__free(coder->difference);
    vs__digester_free(coder->digester);
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
    [VS__FILTER_EXPONENT] = {NULL, NULL, 1}, /* pack.c's */
    [VS__FILTER_PLANES] = {NULL, NULL, 1},   /* likewise */
    [VS__FILTER_DELTA] = {NULL, NULL, 1},    /* likewise */
};

/* Whether all of two or more elements are alike, bit by bit. */
static bool is_constant(const uint8_t *raw, size_t n, size_t element)
{
    return n > element && memcmp(raw, raw + element, n - element) == 0;
}

/* Fills `out` with an element. What is there is doubled up to a piece that the
 * first-level cache holds, which is then copied as fast as memory takes it. */
static void repeat(const uint8_t *element, size_t size, uint8_t *out, size_t n)
{
    size_t piece = 0;

    memcpy(out, element, size);
    for (size_t at = size; at < n; at += piece) {
        piece = at < REPEAT_BYTES ? at : REPEAT_BYTES;
        piece = piece < n - at ? piece : n - at;
        memcpy(out + at, out, piece);
    }
}

static size_t pack(struct vs__coder *coder, const uint8_t *raw,
                   const struct vs__frame_info *how, size_t floats, size_t cap)
{
    if (!coder->planned)
        vs__pack_plan(coder, raw, how, vs__pack_width(how->element, floats),
                      &coder->plan);
    coder->planned = false;
    return vs__pack_encode(coder, raw, how, &coder->plan, cap);
}

void vs__coder_show(struct vs__coder *coder, const uint8_t *raw, size_t end,
                    bool last)
{
    struct vs__coder_watch *w = &coder->watch;
    size_t n;

    if (!w->on || end < w->seen)
        return;
    n = end - w->seen;
    if (!last)
        n -= n % VS__WATCH_BYTES;
    if (n == 0)
        return;
    if (w->digests)
        vs__digester_add(coder->digester, raw + w->seen, n);
    if (w->other.look != NULL)
        w->other.look(raw + w->seen, n, w->other.ctx);
    w->seen += n;
}

/* Copies the chunk to the payload; who watches sees a piece before it is
 * copied. */
static void copy_there(struct vs__coder *coder, const uint8_t *raw, size_t n)
{
    for (size_t at = 0, piece; at < n; at += piece) {
        piece = n - at < VS__WATCH_BYTES ? n - at : VS__WATCH_BYTES;
        vs__coder_show(coder, raw, at + piece, at + piece == n);
        memcpy(vs__coder_payload(coder) + at, raw + at, piece);
    }
}

size_t vs__coder_encode(struct vs__coder *coder, const uint8_t *raw,
                        const struct vs__frame_info *how, size_t floats,
                        size_t cap)
{
    const uint8_t *bytes = raw;
    size_t n = how->raw_bytes;

    if (how->codec == VS__CODEC_CONSTANT) {
        if (!is_constant(raw, n, how->element) || how->element > cap)
            return 0;
        memcpy(vs__coder_payload(coder), raw, how->element);
        return how->element;
    }
    if (vs__filter_packs(how->filter))
        return pack(coder, raw, how, floats, cap);
    if (filters[how->filter].apply != NULL) {
        filters[how->filter].apply(raw, coder->filtered, n / how->element,
                                   how->element);
        bytes = coder->filtered;
    }
    if (how->codec == VS__CODEC_LZ4)
        return vs__lz4_compress(coder->lz4, bytes, n, vs__coder_payload(coder),
                                cap, filters[how->filter].haste);
    if (bytes == raw)
        copy_there(coder, raw, n);
    else
        memcpy(vs__coder_payload(coder), bytes, n);
    return n;
}

/* Copies what is kept as it is. */
static void copy(struct vs__coder *coder, const uint8_t *from, uint8_t *out,
                 size_t n)
{
    for (size_t at = 0, piece; at < n; at += piece) {
        piece = n - at < COPY_BYTES ? n - at : COPY_BYTES;
        memcpy(out + at, from + at, piece);
        vs__digester_add(coder->digester, out + at, piece);
    }
}

/* Undoes codec and filter where they are two steps. False if the payload is
 * no such; else *seen says whether the digester has seen it all. */
static bool decode(struct vs__coder *coder, const uint8_t *payload,
                   size_t payload_bytes, const struct vs__frame_info *how,
                   uint8_t *out, bool *seen)
{
    const bool plain = filters[how->filter].undo == NULL;
    const uint8_t *bytes = payload;
    const size_t n = how->raw_bytes;

    if (how->codec == VS__CODEC_LZ4) {
        uint8_t *to = plain ? out : coder->filtered;

        if (!vs__lz4_decompress(payload, payload_bytes, to, n))
            return false;
        bytes = to;
    } else if (payload_bytes != n) {
        return false;
    }
    *seen = plain && bytes != out;
    if (!plain)
        filters[how->filter].undo(bytes, out, n / how->element, how->element);
    else if (bytes != out)
        copy(coder, bytes, out, n);
    return true;
}

bool vs__coder_decode(struct vs__coder *coder, const uint8_t *payload,
                      size_t payload_bytes, const struct vs__frame_info *how,
                      uint8_t *out, struct vs__digest *digest)
{
    bool seen = false;
    bool whole = false;

    vs__digester_begin(coder->digester);
    if (how->codec == VS__CODEC_CONSTANT) {
        whole = payload_bytes == how->element;
        if (whole)
            repeat(payload, payload_bytes, out, how->raw_bytes);
    } else if (vs__filter_packs(how->filter)) {
        whole = vs__pack_decode(coder, payload, payload_bytes, how, out);
        seen = true;
    } else {
        whole = decode(coder, payload, payload_bytes, how, out, &seen);
    }
    if (whole)
        *digest = seen ? vs__digester_end(coder->digester)
                       : vs__digest_of(out, how->raw_bytes);
    return whole;
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

/* The best way so far, while ways are compared. */
struct contest {
    struct vs__coder *coder;
    const uint8_t *raw;          /* the chunk */
    const uint8_t *sample;       /* of it */
    struct vs__frame_info trial; /* of the sample */
    struct vs__frame_info *how;  /* of the chunk: the winner */
    size_t best;                 /* bytes of the sample that way */
    size_t step;                 /* what the next one must save */
};

/* Against raw bytes a way must save what is worth it, against a cheaper one
 * twice that: planes cost time on every read. */
static bool wins(struct contest *c, size_t got)
{
    if (got == 0 || got + c->step > c->best)
        return false;
    c->best = got;
    c->step = 2 * vs__coder_worth(c->trial.raw_bytes);
    c->how->codec = c->trial.codec;
    c->how->filter = c->trial.filter;
    return true;
}

static void try_lz4(struct contest *c, enum vs__filter_id filter)
{
    c->trial.filter = filter;
    if (c->best > c->step)
        (void)wins(c, vs__coder_encode(c->coder, c->sample, &c->trial, 0,
                                       c->best - c->step));
}

/* A plan knows its cost without packing. The coder keeps the winner's. */
static bool try_packing(struct contest *c, enum vs__filter_id filter,
                        size_t width, struct vs__pack_plan *plan)
{
    struct vs__frame_info whole = *c->how;
    bool won;

    c->trial.filter = filter;
    whole.codec = c->trial.codec;
    whole.filter = filter;
    vs__pack_plan(c->coder, c->raw, &whole, width, plan);
    won = wins(c, plan->cost * c->trial.raw_bytes / plan->sampled);
    if (won)
        c->coder->plan = *plan;
    c->coder->planned |= won;
    return won;
}

/* Tries to pack floats. Whether that is the last word: all that weights have
 * to give is in their exponents. */
static bool try_floats(struct contest *c, size_t width)
{
    struct vs__pack_plan plan;
    bool won = try_packing(c, VS__FILTER_EXPONENT, width, &plan);

    if (plan.noisy && !plan.same_sign)
        return won || plan.mode[width - 1] == VS__PACK_RAW;
    if (won) /* both cost the same to read */
        c->step = vs__coder_worth(c->trial.raw_bytes) / 4;
    won |= try_packing(c, VS__FILTER_PLANES, width, &plan);
    if (won)
        c->step = 2 * vs__coder_worth(c->trial.raw_bytes);
    return won && plan.noisy;
}

/* Cheapest first. */
void vs__coder_choose(struct vs__coder *coder, const uint8_t *raw,
                      size_t floats, struct vs__frame_info *how)
{
    struct contest c = {coder, raw, NULL, *how, how, 0, 0};
    size_t width = vs__pack_width(how->element, floats);
    struct vs__pack_plan plan;

    c.sample = take_sample(coder, raw, how->element, &c.trial.raw_bytes);
    c.best = c.trial.raw_bytes;
    c.step = vs__coder_worth(c.best);
    c.trial.codec = VS__CODEC_LZ4;
    how->codec = VS__CODEC_RAW;
    how->filter = VS__FILTER_NONE;
    coder->planned = false;
    if (is_constant(raw, how->raw_bytes, how->element)) {
        how->codec = VS__CODEC_CONSTANT;
        return;
    }
    try_lz4(&c, VS__FILTER_NONE);
    if (floats != 0 && try_floats(&c, width))
        return;
    if (floats == 0)
        (void)try_packing(&c, VS__FILTER_PLANES, width, &plan);
    if (how->element > 1)
        try_lz4(&c, VS__FILTER_SHUFFLE);
    try_lz4(&c, VS__FILTER_BITSHUFFLE);
    coder->planned &= vs__filter_packs(how->filter);
}
