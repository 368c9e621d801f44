/* frame.c - FORMAT.md's section "Frame" in code: the header around a payload,
 * and the way back with every byte of it in doubt.
 *
 * The header's layout stands in write_header and vs__frame_info and nowhere
 * else. What is inside a payload is coder.c's.
 */
#include "codec/frame.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/fail.h"
#include "codec/coder.h"

#define FRAME_VERSION 1

static bool is_element(size_t size)
{
    return size == 1 || size == 2 || size == 4 || size == 8 || size == 16;
}

static void write_header(uint8_t *p, const struct vs__frame_info *info,
                         size_t payload)
{
    p[0] = FRAME_VERSION;
    p[1] = (uint8_t)info->codec;
    p[2] = (uint8_t)info->filter;
    p[3] = (uint8_t)info->element;
    vs__store32(p + 4, (uint32_t)info->raw_bytes);
    vs__store32(p + 8, (uint32_t)payload);
    memcpy(p + 12, info->digest.bytes, VS__DIGEST_BYTES);
}

/* The frame that `info` asks for, or an unfiltered raw one if that needs more
 * than `cap` bytes. */
static void build(struct vs__coder *coder, const uint8_t *raw, size_t floats,
                  size_t cap, struct vs__frame_info *info,
                  const uint8_t **frame, size_t *frame_bytes)
{
    uint8_t *start = vs__coder_payload(coder) - VS__FRAME_HEADER;
    size_t payload = vs__coder_encode(coder, raw, info, floats, cap);

    if (payload == 0) {
        info->codec = VS__CODEC_RAW;
        info->filter = VS__FILTER_NONE;
        payload = vs__coder_encode(coder, raw, info, 0, info->raw_bytes);
    }
    if (coder->watch.on) {
        vs__coder_show(coder, raw, info->raw_bytes, true);
        if (coder->watch.digests)
            info->digest = vs__digester_end(coder->digester);
        coder->watch.on = false;
    }
    write_header(start, info, payload);
    *frame = start;
    *frame_bytes = VS__FRAME_HEADER + payload;
}

/* Chooses a way and builds the frame; `watch` is of the frame alone, not of
 * the samples that are tried before. */
static void encode(struct vs__coder *coder, const uint8_t *raw, size_t n,
                   size_t element, size_t floats,
                   const struct vs__coder_watch *watch,
                   struct vs__digest *digest, const uint8_t **frame,
                   size_t *frame_bytes)
{
    struct vs__frame_info info = {VS__CODEC_RAW, VS__FILTER_NONE, element, n,
                                  *digest};

    assert(n >= 1 && n <= coder->chunk_bytes);
    assert(is_element(element) && n % element == 0);
    assert(floats == 0 || (is_element(floats) && floats >= 2 && floats <= 8 &&
                           element % floats == 0));
    vs__coder_choose(coder, raw, floats, &info);
    coder->watch = *watch;
    if (watch->digests)
        vs__digester_begin(coder->digester);
    build(coder, raw, floats, n - vs__coder_worth(n), &info, frame,
          frame_bytes);
    *digest = info.digest;
}

void vs__frame_encode(struct vs__coder *coder, const void *raw, size_t n,
                      size_t element, size_t floats,
                      const struct vs__digest *digest, const uint8_t **frame,
                      size_t *frame_bytes)
{
    const struct vs__coder_watch nobody = {.on = false};
    struct vs__digest known = *digest;

    encode(coder, raw, n, element, floats, &nobody, &known, frame, frame_bytes);
}

void vs__frame_encode_watched(struct vs__coder *coder, void *memory,
                              const void *raw, size_t n, size_t element,
                              size_t floats,
                              const struct vs__frame_watch *watch, bool known,
                              struct vs__digest *digest, const uint8_t **frame,
                              size_t *frame_bytes)
{
    const struct vs__coder_watch w = {true, !known, *watch, 0};
    uint8_t *own = coder->line;

    if (!known)
        memset(digest, 0, sizeof *digest);
    if (memory != NULL)
        coder->line = memory;
    encode(coder, raw, n, element, floats, &w, digest, frame, frame_bytes);
    coder->line = own;
}

size_t vs__frame_room(size_t chunk_bytes)
{
    return VS__CODER_LINE + chunk_bytes;
}

void vs__frame_encode_as(struct vs__coder *coder, const void *raw, size_t n,
                         size_t element, size_t floats,
                         const struct vs__digest *digest,
                         enum vs__filter_id filter, enum vs__codec_id codec,
                         const uint8_t **frame, size_t *frame_bytes)
{
    struct vs__frame_info info = {codec, filter, element, n, *digest};

    assert(n >= 1 && n <= coder->chunk_bytes);
    assert(is_element(element) && n % element == 0);
    assert(floats == 0 || (is_element(floats) && floats >= 2 && floats <= 8 &&
                           element % floats == 0));
    coder->planned = false;
    build(coder, raw, floats, n, &info, frame, frame_bytes);
}

bool vs__frame_encode_delta(struct vs__coder *coder, const void *raw, size_t n,
                            size_t element, size_t floats,
                            const struct vs__digest *digest,
                            const struct vs__frame_base *base, size_t most,
                            const uint8_t **frame, size_t *frame_bytes)
{
    struct vs__frame_info info = {VS__CODEC_LZ4, VS__FILTER_DELTA, element, n,
                                  *digest};
    const size_t around = VS__FRAME_HEADER + VS__DIGEST_BYTES;
    uint8_t *payload = vs__coder_payload(coder);
    size_t cap = n < VS__DIGEST_BYTES ? 0 : n - VS__DIGEST_BYTES;
    size_t packed = 0;

    assert(n >= 1 && n <= coder->chunk_bytes);
    assert(is_element(element) && n % element == 0 && floats >= 2);
    if (most < around || cap == 0)
        return false;
    if (cap > most - around)
        cap = most - around;
    coder->base = base->raw;
    vs__pack_plan(coder, raw, &info, floats, &coder->plan);
    coder->planned = true;
    if (coder->plan.cost * n / coder->plan.sampled <= cap)
        packed = vs__coder_encode(coder, raw, &info, floats, cap);
    coder->planned = false;
    coder->base = NULL;
    if (packed == 0)
        return false;
    memcpy(payload + packed, base->digest.bytes, VS__DIGEST_BYTES);
    packed += VS__DIGEST_BYTES;
    write_header(payload - VS__FRAME_HEADER, &info, packed);
    *frame = payload - VS__FRAME_HEADER;
    *frame_bytes = VS__FRAME_HEADER + packed;
    return true;
}

/* The ids and the element size: bytes 0 to 3. */
static vs_status check_ids(const uint8_t *p, vs_error *err)
{
    if (p[0] != FRAME_VERSION)
        return vs__fail(err, VS_ERR_CORRUPT, "frame: version %d, want %d", p[0],
                        FRAME_VERSION);
    if (p[1] >= VS__N_CODECS)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: codec %d, known are 0 to %d", p[1],
                        VS__N_CODECS - 1);
    if (p[2] >= VS__N_FILTERS)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: filter %d, known are 0 to %d", p[2],
                        VS__N_FILTERS - 1);
    if (p[1] == VS__CODEC_CONSTANT && p[2] != VS__FILTER_NONE)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: filter %d under codec %d, want 0", p[2], p[1]);
    if (!is_element(p[3]))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: elements of %d bytes, want 1, 2, 4, 8 or 16",
                        p[3]);
    return VS_OK;
}

/* The bytes that a payload has to have under its codec, or 0 if that is not
 * told in advance. */
static size_t exact_payload(const struct vs__frame_info *info)
{
    if (info->codec == VS__CODEC_CONSTANT)
        return info->element;
    if (info->codec == VS__CODEC_RAW && !vs__filter_packs(info->filter))
        return info->raw_bytes;
    return 0;
}

/* The two lengths, against each other, the element and what there is. */
static vs_status check_lengths(const struct vs__frame_info *info,
                               size_t payload, size_t there, vs_error *err)
{
    size_t exact = exact_payload(info);
    size_t raw = info->raw_bytes;

    if (raw == 0 || raw > VS__CHUNK_MAX)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: raw length %zu, want 1 to %d", raw,
                        VS__CHUNK_MAX);
    if (raw % info->element != 0)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: raw length %zu is not in elements of %zu bytes",
                        raw, info->element);
    if (payload != there)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: payload length %zu, but %zu bytes are there",
                        payload, there);
    if (exact != 0 ? payload != exact : payload > raw)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: payload length %zu under codec %d, want %s%zu",
                        payload, (int)info->codec, exact != 0 ? "" : "at most ",
                        exact != 0 ? exact : raw);
    return VS_OK;
}

vs_status vs__frame_info(const uint8_t *frame, size_t frame_bytes,
                         struct vs__frame_info *out, vs_error *err)
{
    struct vs__frame_info info;
    vs_status st;

    if (frame_bytes < VS__FRAME_HEADER)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: %zu bytes, the header alone has %d",
                        frame_bytes, VS__FRAME_HEADER);
    st = check_ids(frame, err);
    if (st != VS_OK)
        return st;
    info.codec = (enum vs__codec_id)frame[1];
    info.filter = (enum vs__filter_id)frame[2];
    info.element = frame[3];
    info.raw_bytes = vs__load32(frame + 4);
    memcpy(info.digest.bytes, frame + 12, VS__DIGEST_BYTES);
    st = check_lengths(&info, vs__load32(frame + 8),
                       frame_bytes - VS__FRAME_HEADER, err);
    if (st != VS_OK)
        return st;
    *out = info;
    return VS_OK;
}

bool vs__frame_plain(const uint8_t *header, size_t frame_bytes, size_t n,
                     const struct vs__digest *digest)
{
    struct vs__frame_info info = {0};
    vs_error unheard; /* who decodes it finds the words */

    return frame_bytes == VS__FRAME_HEADER + n &&
           vs__frame_info(header, frame_bytes, &info, &unheard) == VS_OK &&
           info.codec == VS__CODEC_RAW && info.filter == VS__FILTER_NONE &&
           vs__digest_equal(&info.digest, digest);
}

/* VS_ERR_CORRUPT if the two differ; `whose` says where `have` is from. */
static vs_status check_digest(const struct vs__digest *have,
                              const struct vs__digest *want, const char *whose,
                              vs_error *err)
{
    char hex[2][2 * VS__DIGEST_BYTES + 1];

    if (vs__digest_equal(have, want))
        return VS_OK;
    for (size_t i = 0; i < VS__DIGEST_BYTES; i++) {
        (void)snprintf(hex[0] + 2 * i, 3, "%02x", have->bytes[i]);
        (void)snprintf(hex[1] + 2 * i, 3, "%02x", want->bytes[i]);
    }
    return vs__fail(err, VS_ERR_CORRUPT,
                    "frame: digest of the %s is %s, want %s", whose, hex[0],
                    hex[1]);
}

/* A delta and a base go together, and the base is the one it was made from.
 * Takes the base's digest off the payload's end. */
static vs_status check_base(const struct vs__frame_info *info,
                            const uint8_t *payload, size_t *payload_bytes,
                            const struct vs__frame_base *base, vs_error *err)
{
    struct vs__digest want;

    if ((info->filter == VS__FILTER_DELTA) != (base != NULL))
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: filter %d, but the chunk has %s base",
                        (int)info->filter, base != NULL ? "a" : "no");
    if (base == NULL)
        return VS_OK;
    if (*payload_bytes < VS__DIGEST_BYTES)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: payload length %zu, a base's digest has %d",
                        *payload_bytes, VS__DIGEST_BYTES);
    *payload_bytes -= VS__DIGEST_BYTES;
    memcpy(want.bytes, payload + *payload_bytes, VS__DIGEST_BYTES);
    return check_digest(&base->digest, &want, "base", err);
}

/* Decodes a frame of any kind; `base` is NULL if there is none. */
static vs_status decode(struct vs__coder *coder, const uint8_t *frame,
                        size_t frame_bytes, const struct vs__frame_base *base,
                        void *out, size_t n, const struct vs__digest *digest,
                        vs_error *err)
{
    const uint8_t *payload = frame + VS__FRAME_HEADER;
    struct vs__frame_info info = {0};
    struct vs__digest got;
    size_t payload_bytes;
    bool whole;
    vs_status st = vs__frame_info(frame, frame_bytes, &info, err);

    if (st != VS_OK)
        return st;
    payload_bytes = frame_bytes - VS__FRAME_HEADER;
    if (info.raw_bytes != n)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: raw length %zu, the chunk has %zu",
                        info.raw_bytes, n);
    if (n > coder->chunk_bytes)
        return vs__fail(err, VS_ERR_CORRUPT,
                        "frame: raw length %zu, chunks have at most %zu", n,
                        coder->chunk_bytes);
    if ((st = check_digest(&info.digest, digest, "header", err)) != VS_OK ||
        (st = check_base(&info, payload, &payload_bytes, base, err)) != VS_OK)
        return st;
    coder->base = base != NULL ? base->raw : NULL;
    whole = vs__coder_decode(coder, payload, payload_bytes, &info, out, &got);
    coder->base = NULL;
    if (!whole)
        return vs__fail(
            err, VS_ERR_CORRUPT,
            "frame: payload of %zu bytes is not %s of %zu bytes", payload_bytes,
            vs__filter_packs(info.filter) ? "packed planes" : "an LZ4 block",
            n);
    return check_digest(&got, digest, "content", err);
}

vs_status vs__frame_decode(struct vs__coder *coder, const uint8_t *frame,
                           size_t frame_bytes, void *out, size_t n,
                           const struct vs__digest *digest, vs_error *err)
{
    return decode(coder, frame, frame_bytes, NULL, out, n, digest, err);
}

vs_status vs__frame_decode_delta(struct vs__coder *coder, const uint8_t *frame,
                                 size_t frame_bytes,
                                 const struct vs__frame_base *base, void *out,
                                 size_t n, const struct vs__digest *digest,
                                 vs_error *err)
{
    return decode(coder, frame, frame_bytes, base, out, n, digest, err);
}
