/* pack.c - see pack.h; the layout of a packed payload, there and back.
 *
 * Raw planes stand first in a payload and are split straight into it, or
 * joined straight out of it: they are most of the bytes of floats and are
 * moved once. What remains is worked on in tiles that the first-level cache
 * holds. Decoding takes every number in the payload for a lie until it has
 * been compared with the bytes that are there.
 */
#include "codec/pack.h"

#include <string.h>

#include "base/endian.h"
#include "base/never.h"
#include "codec/coder.h"
#include "codec/delta.h"
#include "codec/lz4block.h"

#define PROBE     2048 /* bytes of a piece to judge it by */
#define PROBE_MIN 8192 /* shorter pieces are tried whole */

static size_t tile_at(size_t i, size_t n)
{
    return n - i < VS__PACK_TILE ? n - i : VS__PACK_TILE;
}

/* --- encoding ----------------------------------------------------------- */

/* The payload as it grows. */
struct sink {
    struct vs__coder *coder; /* whose LZ4 it is */
    bool lz4;                /* whether pieces may be compressed */
    uint8_t *bytes;          /* the payload */
    size_t at;               /* bytes that there are */
    size_t cap;              /* and may be; at <= cap */
};

/* Room for `n` more bytes; NULL if there is none. */
static uint8_t *extend(struct sink *sink, size_t n)
{
    uint8_t *p = sink->bytes + sink->at;

    if (n > sink->cap - sink->at)
        return NULL;
    sink->at += n;
    return p;
}

/* How a piece is tried. Bit planes are runs or noise. Escapes are few and
 * skewed, which LZ4 is slow at for next to nothing. */
struct kind {
    int haste;     /* of LZ4 */
    size_t one_in; /* words that must repeat */
};
static const struct kind of_plane = {1, 32};
static const struct kind of_bits = {8, 32};
static const struct kind of_escapes = {8, 2};

/* LZ4's length in place behind the sink's last byte, or 0 if it does not pay.
 * The middle of a long piece is tried first, in the same place. */
static size_t squeeze(struct sink *sink, const uint8_t *bytes, size_t n,
                      const struct kind *kind)
{
    void *lz4 = sink->coder->lz4;
    uint8_t *to = sink->bytes + sink->at;
    size_t room = sink->cap - sink->at;
    size_t most = n - vs__coder_worth(n);

    if (!sink->lz4 || n < 16 || !vs__lz4_has_hope(bytes, n, kind->one_in))
        return 0;
    if (n >= PROBE_MIN && room >= PROBE &&
        vs__lz4_compress(lz4, bytes + n / 2, PROBE, to,
                         PROBE - vs__coder_worth(PROBE), kind->haste) == 0)
        return 0;
    return vs__lz4_compress(lz4, bytes, n, to, most < room ? most : room,
                            kind->haste);
}

static bool put_piece(struct sink *sink, const uint8_t *bytes, size_t n,
                      const struct kind *kind)
{
    uint8_t *length = extend(sink, 4);
    size_t got;
    uint8_t *to;

    if (length == NULL || vs__never(bytes == NULL))
        return false;
    got = squeeze(sink, bytes, n, kind);
    vs__store32(length, (uint32_t)(got != 0 ? got : n));
    to = extend(sink, got != 0 ? got : n);
    if (to != NULL && got == 0)
        memcpy(to, bytes, n);
    return to != NULL;
}

/* The planes of a chunk while they are made. */
struct packing {
    const struct vs__pack_plan *plan;
    size_t n;                         /* lanes */
    size_t bit_plane;                 /* bytes of one: (n + 7) / 8 */
    uint8_t *area[VS__PACK_WIDTH];    /* raw: in the payload; else scratch */
    size_t n_escapes[VS__PACK_WIDTH]; /* behind the bit planes */
};

static bool is_code(uint8_t mode)
{
    return mode >= 1 && mode <= VS__PACK_BITS;
}

/* Room for the raw planes in front; false if there is too little. */
static bool place_planes(struct packing *p, struct sink *sink)
{
    size_t width = p->plan->width;

    for (size_t k = 0; k < width; k++) {
        p->area[k] = p->plan->mode[k] == VS__PACK_RAW
                         ? extend(sink, p->n)
                         : sink->coder->filtered + vs__pack_area(p->n, k);
        if (p->area[k] == NULL)
            return false;
        p->n_escapes[k] = 0;
    }
    return true;
}

/* Codes a tile of plane k; false if the plane would not become smaller. */
static bool code_tile(struct packing *p, struct vs__coder *coder, size_t k,
                      size_t at, size_t count)
{
    const struct vs__pack_code *code = &p->plan->codes[k];
    size_t codes = code->bits * p->bit_plane;

    p->n_escapes[k] += coder->path->code(
        code, coder->tile + k * VS__PACK_TILE, count, p->area[k] + at / 8,
        p->bit_plane, p->area[k] + codes + p->n_escapes[k]);
    return codes + p->n_escapes[k] <= p->n;
}

static bool split_and_code(struct packing *p, struct vs__coder *coder,
                           const uint8_t *raw)
{
    const struct vs__pack_plan *plan = p->plan;

    for (size_t at = 0; at < p->n; at += VS__PACK_TILE) {
        size_t count = tile_at(at, p->n);
        uint8_t *planes[VS__PACK_WIDTH];

        for (size_t k = 0; k < plan->width; k++)
            planes[k] = is_code(plan->mode[k]) ? coder->tile + k * VS__PACK_TILE
                                               : p->area[k] + at;
        coder->path->split(vs__pack_lanes(coder, raw, at, count, plan->width),
                           count, plan->width, plan->turn, planes);
        for (size_t k = 0; k < plan->width; k++)
            if (is_code(plan->mode[k]) && !code_tile(p, coder, k, at, count))
                return false;
        vs__coder_show(coder, raw, (at + count) * plan->width, false);
    }
    return true;
}

static bool put_codes(const struct packing *p, struct sink *sink, size_t k)
{
    const struct vs__pack_code *code = &p->plan->codes[k];
    uint8_t *head = extend(sink, vs__pack_escape(code) + 4);
    const uint8_t *from = p->area[k];

    if (head == NULL)
        return false;
    memcpy(head, code->symbol, vs__pack_escape(code));
    vs__store32(head + vs__pack_escape(code), (uint32_t)p->n_escapes[k]);
    for (unsigned b = 0; b < code->bits; b++, from += p->bit_plane)
        if (!put_piece(sink, from, p->bit_plane, &of_bits))
            return false;
    return put_piece(sink, from, p->n_escapes[k], &of_escapes);
}

size_t vs__pack_encode(struct vs__coder *coder, const uint8_t *raw,
                       const struct vs__frame_info *how,
                       const struct vs__pack_plan *plan, size_t cap)
{
    struct sink sink = {coder, how->codec == VS__CODEC_LZ4,
                        vs__coder_payload(coder), 0, cap};
    size_t n = how->raw_bytes / plan->width;
    struct packing p = {plan, n, (n + 7) / 8, {NULL}, {0}};
    uint8_t *tail;

    if (!place_planes(&p, &sink) || !split_and_code(&p, coder, raw))
        return 0;
    for (size_t k = 0; k < plan->width; k++) {
        bool fits = true;

        if (is_code(plan->mode[k]))
            fits = put_codes(&p, &sink, k);
        else if (plan->mode[k] == VS__PACK_PIECE)
            fits = put_piece(&sink, p.area[k], n, &of_plane);
        if (!fits)
            return 0;
    }
    tail = extend(&sink, plan->width + 1);
    if (tail == NULL)
        return 0;
    memcpy(tail, plan->mode, plan->width);
    tail[plan->width] = (uint8_t)plan->width;
    return sink.at;
}

/* --- decoding ----------------------------------------------------------- */

/* Bytes of the payload not yet read; all are behind the raw planes. */
struct source {
    bool lz4;          /* whether pieces may be compressed */
    const uint8_t *at; /* the next one */
    size_t left;       /* how many */
};

/* The next `n` bytes; NULL if there are fewer. */
static const uint8_t *take(struct source *source, size_t n)
{
    const uint8_t *p = source->at;

    if (n > source->left)
        return NULL;
    source->at += n;
    source->left -= n;
    return p;
}

static bool take_length(struct source *source, size_t *out)
{
    const uint8_t *p = take(source, 4);

    if (p != NULL)
        *out = vs__load32(p);
    return p != NULL;
}

/* The `n` bytes of a piece, where they are or decompressed to `scratch`; NULL
 * if they are not there. */
static const uint8_t *take_piece(struct source *source, size_t n,
                                 uint8_t *scratch)
{
    size_t length = 0;
    const uint8_t *p;

    if (!take_length(source, &length) || length > n ||
        (p = take(source, length)) == NULL)
        return NULL;
    if (length == n)
        return p;
    return source->lz4 && vs__lz4_decompress(p, length, scratch, n) ? scratch
                                                                    : NULL;
}

/* A plane while it is read. */
struct plane {
    struct vs__pack_code code;          /* bits and symbols, if coded */
    uint8_t mode;                       /* as in the payload */
    const uint8_t *bytes;               /* all of them, unless coded */
    const uint8_t *bits[VS__PACK_BITS]; /* its bit planes */
    const uint8_t *escapes;             /* not yet used */
    size_t left;                        /* how many */
};

/* `scratch` has room for a plane of n bytes, which the codes and escapes must
 * not exceed. */
static bool take_codes(struct plane *plane, struct source *source, size_t n,
                       uint8_t *scratch)
{
    const unsigned bits = plane->mode;
    const size_t bit_plane = (n + 7) / 8;
    const uint8_t *symbols;

    plane->code.bits = bits;
    symbols = take(source, vs__pack_escape(&plane->code));
    if (symbols == NULL || !take_length(source, &plane->left) ||
        bits * bit_plane > n || plane->left > n - bits * bit_plane)
        return false;
    memset(plane->code.symbol, 0, sizeof plane->code.symbol);
    memcpy(plane->code.symbol, symbols, vs__pack_escape(&plane->code));
    for (unsigned b = 0; b < bits; b++) {
        plane->bits[b] = take_piece(source, bit_plane, scratch + b * bit_plane);
        if (plane->bits[b] == NULL)
            return false;
    }
    plane->escapes =
        take_piece(source, plane->left, scratch + bits * bit_plane);
    return plane->escapes != NULL;
}

/* Finds every plane in the payload; false if it is not made so. */
static bool take_planes(struct vs__coder *coder, struct plane *planes,
                        size_t width, size_t n, struct source *source)
{
    for (size_t k = 0; k < width; k++)
        if (planes[k].mode == VS__PACK_RAW &&
            (planes[k].bytes = take(source, n)) == NULL)
            return false;
    for (size_t k = 0; k < width; k++) {
        uint8_t *scratch = coder->filtered + vs__pack_area(n, k);
        bool there = true;

        if (planes[k].mode == VS__PACK_PIECE) {
            planes[k].bytes = take_piece(source, n, scratch);
            there = planes[k].bytes != NULL;
        } else if (planes[k].mode != VS__PACK_RAW) {
            there = take_codes(&planes[k], source, n, scratch);
        }
        if (!there)
            return false;
    }
    return source->left == 0;
}

/* A tile of a coded plane to `out`; false if the escapes do not suffice. */
static bool decode_tile(struct vs__coder *coder, struct plane *plane, size_t at,
                        size_t count, uint8_t *out)
{
    const uint8_t *bits[VS__PACK_BITS];
    size_t taken;

    for (unsigned b = 0; b < plane->code.bits; b++)
        bits[b] = plane->bits[b] + at / 8;
    taken = coder->path->decode(&plane->code, bits, count, plane->escapes,
                                plane->left, out);
    if (taken == SIZE_MAX)
        return false;
    plane->escapes += taken;
    plane->left -= taken;
    return true;
}

/* A tile is digested when it is made: to look at the chunk again in the end
 * would take half as long as to make it. */
static bool decode_and_join(struct vs__coder *coder, struct plane *planes,
                            size_t width, unsigned turn, size_t n, uint8_t *out)
{
    for (size_t at = 0; at < n; at += VS__PACK_TILE) {
        size_t count = tile_at(at, n);
        const uint8_t *bytes[VS__PACK_WIDTH];

        for (size_t k = 0; k < width; k++) {
            uint8_t *tile = coder->tile + k * VS__PACK_TILE;

            bytes[k] = tile;
            if (!is_code(planes[k].mode))
                bytes[k] = planes[k].bytes + at;
            else if (!decode_tile(coder, &planes[k], at, count, tile))
                return false;
        }
        coder->path->join(bytes, count, width, turn, out + at * width);
        if (coder->base != NULL)
            vs__delta_add(out + at * width, coder->base + at * width, count,
                          width);
        vs__digester_add(coder->digester, out + at * width, count * width);
    }
    for (size_t k = 0; k < width; k++)
        if (is_code(planes[k].mode) && planes[k].left != 0)
            return false;
    return true;
}

bool vs__pack_decode(struct vs__coder *coder, const uint8_t *payload,
                     size_t payload_bytes, const struct vs__frame_info *how,
                     uint8_t *out)
{
    struct source source = {how->codec == VS__CODEC_LZ4, payload,
                            payload_bytes};
    struct plane planes[VS__PACK_WIDTH];
    size_t width;
    size_t n;

    if (payload_bytes == 0)
        return false;
    width = payload[payload_bytes - 1];
    if ((width != 1 && width != 2 && width != 4 && width != 8) ||
        (how->filter == VS__FILTER_DELTA && width == 1) ||
        how->element % width != 0 || payload_bytes < 1 + width)
        return false;
    source.left -= 1 + width;
    for (size_t k = 0; k < width; k++) {
        planes[k].mode = payload[payload_bytes - 1 - width + k];
        if (planes[k].mode > VS__PACK_PIECE)
            return false;
    }
    n = how->raw_bytes / width;
    return take_planes(coder, planes, width, n, &source) &&
           decode_and_join(coder, planes, width,
                           vs__pack_turn(how->filter, width), n, out);
}
