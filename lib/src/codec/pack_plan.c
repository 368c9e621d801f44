/* pack_plan.c - how to pack a chunk, by some thousand of its lanes.
 *
 * They are taken in runs over the whole chunk, as a tensor's rows may be of
 * different scale. Order 0 is what counts: how often each byte of a plane is.
 * LZ4 is asked only about planes in which no byte is common.
 */
#include "codec/pack.h"

#include <assert.h>
#include <string.h>

#include "codec/coder.h"
#include "codec/delta.h"
#include "codec/lz4block.h"

#define HOPE   32  /* one word in so many is to repeat for LZ4 to be tried */
#define RUN    256 /* lanes taken in a row */
#define N_RUNS (VS__PACK_TILE / RUN)

size_t vs__pack_width(size_t element, size_t floats)
{
    if (floats != 0)
        return floats;
    return element < VS__PACK_WIDTH ? element : VS__PACK_WIDTH;
}

/* A float's exponent comes to fill the highest plane. Of the 11 bits of an
 * f64's the upper 3 hardly change; with the sign they go to the lowest. */
unsigned vs__pack_turn(int filter, size_t width)
{
    if (filter != VS__FILTER_EXPONENT || width == 1)
        return 0;
    return width == 8 ? 4 : 1;
}

const uint8_t *vs__pack_lanes(struct vs__coder *coder, const uint8_t *raw,
                              size_t at, size_t count, size_t width)
{
    if (coder->base == NULL)
        return raw + at * width;
    vs__delta_subtract(raw + at * width, coder->base + at * width, count, width,
                       coder->difference);
    return coder->difference;
}

/* Fills the coder's tile; how many lanes of each plane. */
static size_t take_sample(struct vs__coder *coder, const uint8_t *raw, size_t n,
                          const struct vs__pack_plan *plan)
{
    size_t runs = n <= VS__PACK_TILE ? 1 : N_RUNS;
    size_t lanes = runs == 1 ? n : RUN;

    for (size_t r = 0; r < runs; r++) {
        size_t at = runs == 1 ? 0 : (n - RUN) / (N_RUNS - 1) * r / 64 * 64;
        uint8_t *planes[VS__PACK_WIDTH];

        for (size_t k = 0; k < plan->width; k++)
            planes[k] = coder->tile + k * VS__PACK_TILE + r * RUN;
        coder->path->split(vs__pack_lanes(coder, raw, at, lanes, plan->width),
                           lanes, plan->width, plan->turn, planes);
    }
    return runs * lanes;
}

/* How often each symbol is, as count << 8 | 255 - symbol. */
static void count_symbols(const uint8_t *plane, size_t n, uint32_t *counts)
{
    uint16_t part[4][256];

    memset(part, 0, sizeof part);
    for (size_t i = 0; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++) /* equal neighbours do not wait */
            part[k][plane[i + k]]++;
    for (size_t i = n - n % 4; i < n; i++)
        part[0][plane[i]]++;
    for (uint32_t s = 0; s < 256; s++)
        counts[s] =
            ((uint32_t)part[0][s] + part[1][s] + part[2][s] + part[3][s]) << 8 |
            (255 - s);
}

/* Whether no code can pay: with 6 bits three quarters of the symbols must be
 * among 63, and then the squares of the shares have a sum of 0.009 or more;
 * that of noise is 0.004. */
static bool is_flat(const uint32_t *counts, size_t n)
{
    uint64_t squares = 0;

    for (size_t s = 0; s < 256; s++)
        squares += (uint64_t)(counts[s] >> 8) * (counts[s] >> 8);
    return squares * 125 < (uint64_t)n * n && n >= 1024;
}

/* The symbols that occur, commonest first; how many. */
static size_t sort_symbols(uint32_t *counts)
{
    size_t n = 0;

    for (size_t s = 0; s < 256; s++) {
        uint32_t x = counts[s];
        size_t at = n;

        if (x >> 8 == 0)
            continue;
        for (; at > 0 && counts[at - 1] < x; at--)
            counts[at] = counts[at - 1];
        counts[at] = x;
        n++;
    }
    return n;
}

static unsigned bits_for(size_t n_symbols)
{
    unsigned bits = 0;

    while ((size_t)1 << bits < n_symbols)
        bits++;
    return bits;
}

/* The cheapest number of bits for `n` symbols with these counts, and what they
 * cost in bytes. Codes run by rank, so without escapes bit planes above the
 * last rank are zeros, which LZ4 makes nothing of. */
static unsigned cheapest_bits(const uint32_t *counts, size_t n_symbols,
                              size_t n, bool lz4, size_t *cost)
{
    unsigned best = 0;
    size_t coded = 0;
    size_t rank = 0;

    *cost = n - n / 64; /* a plane is worth it from 1.5 % */
    for (unsigned bits = 1; bits <= VS__PACK_BITS; bits++) {
        size_t codes = ((size_t)1 << bits) - 1;
        unsigned planes = bits;
        size_t got;

        for (; rank < codes && rank < n_symbols; rank++)
            coded += counts[rank] >> 8;
        if (lz4 && n_symbols <= codes)
            planes = bits_for(n_symbols);
        got = (planes * n + 7) / 8 + n - coded;
        if (got < *cost) {
            *cost = got;
            best = bits;
        }
    }
    return best;
}

static void fill_code(const uint32_t *counts, size_t n_symbols, unsigned bits,
                      struct vs__pack_code *code)
{
    size_t n = ((size_t)1 << bits) - 1;

    memset(code, 0, sizeof *code);
    code->bits = bits;
    memset(code->code, (int)n, sizeof code->code);
    for (size_t c = 0; c < n && c < n_symbols; c++) {
        code->symbol[c] = (uint8_t)(255 - (counts[c] & 0xFF));
        code->code[code->symbol[c]] = (uint8_t)c;
    }
}

/* Decides one plane; what it costs in bytes. */
static size_t plan_plane(struct vs__coder *coder, const uint8_t *plane,
                         size_t n, bool lz4, struct vs__pack_code *code,
                         uint8_t *mode)
{
    uint32_t counts[256];
    size_t cost = n;
    size_t n_symbols;

    *mode = VS__PACK_RAW;
    count_symbols(plane, n, counts);
    if (!is_flat(counts, n)) {
        n_symbols = sort_symbols(counts);
        *mode = (uint8_t)cheapest_bits(counts, n_symbols, n, lz4, &cost);
        if (*mode != VS__PACK_RAW) {
            fill_code(counts, n_symbols, *mode, code);
            return cost;
        }
    }
    if (lz4 && vs__lz4_has_hope(plane, n, HOPE)) {
        size_t got = vs__lz4_compress(coder->lz4, plane, n, coder->filtered,
                                      n - vs__coder_worth(n), 1);

        *mode = got != 0 ? VS__PACK_PIECE : VS__PACK_RAW;
        return got != 0 ? got : n;
    }
    return n;
}

void vs__pack_plan(struct vs__coder *coder, const uint8_t *raw,
                   const struct vs__frame_info *how, size_t width,
                   struct vs__pack_plan *plan)
{
    size_t overhead = 1 + width;
    size_t n_lanes = how->raw_bytes / width;
    uint8_t signs[2] = {0xFF, 0};
    size_t n;

    assert(width >= 1 && how->raw_bytes >= width);
    plan->width = width;
    plan->turn = vs__pack_turn(how->filter, width);
    plan->cost = 0;
    plan->noisy = true;
    n = take_sample(coder, raw, n_lanes, plan);
    plan->sampled = n * width;
    for (size_t k = 0; k < width; k++) {
        plan->cost += plan_plane(coder, coder->tile + k * VS__PACK_TILE, n,
                                 how->codec == VS__CODEC_LZ4, &plan->codes[k],
                                 &plan->mode[k]);
        if (plan->mode[k] != VS__PACK_RAW)
            overhead += (1U << plan->mode[k] % VS__PACK_PIECE) + 8 +
                        4U * (plan->mode[k] % VS__PACK_PIECE);
        plan->noisy &= plan->mode[k] == VS__PACK_RAW || k == width - 1;
    }
    for (size_t i = 0; i < n; i++) {
        signs[0] &= coder->tile[i];
        signs[1] |= coder->tile[i];
    }
    plan->same_sign = ((signs[0] ^ signs[1]) & 1) == 0;
    plan->cost += n == n_lanes ? overhead : overhead * n / n_lanes;
}
