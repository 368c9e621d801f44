/* distribution.c - from Philox blocks to elements, as TensorFlow 1.x does.
 *
 * Every law draws a lot: what one block (for truncated normals: as many as it
 * takes) gives in the widest type the dtype computes in. The dtype then scales
 * and shifts it. Source: tensorflow 1.x, core/lib/random/random_distributions.h
 * and core/kernels/random_op.cc. This file is compiled without contraction to
 * fused multiply-add, which would change the last bit of uniform values.
 */
#include "rule/distribution.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "tensor/half.h"

/* Blocks that TensorFlow sets aside for one truncated normal: 256 words. */
#define BLOCKS_PER_TRUNCATED 64

#define TWO_PI 6.28318530717958647692

union lot {
    uint32_t words[4];
    uint64_t quads[2];
    float floats[4];
    double doubles[2];
    uint16_t halves[4];
};

struct vs__law_row {
    enum vs__law law;
    vs_dtype dtype;
    uint32_t n;    /* elements of a group */
    uint32_t size; /* bytes of an element */
    void (*draw)(const struct vs__philox *p, uint64_t group, union lot *lot);
    void (*finish)(const struct vs__distribution *d, union lot *lot);
};

/* In [0, 1): random mantissas of numbers in [1, 2), less 1. */
static float unit_f32(uint32_t x)
{
    const uint32_t bits = UINT32_C(127) << 23 | (x & 0x7fffff);
    float u;

    memcpy(&u, &bits, sizeof u);
    return u - 1.0f;
}

static double unit_f64(uint32_t high, uint32_t low)
{
    const uint64_t bits =
        UINT64_C(1023) << 52 | (uint64_t)(high & 0xfffff) << 32 | low;
    double u;

    memcpy(&u, &bits, sizeof u);
    return u - 1.0;
}

static void draw_words(const struct vs__philox *p, uint64_t group,
                       union lot *lot)
{
    vs__philox_block(p, group, lot->words);
}

static void draw_uniform_f16(const struct vs__philox *p, uint64_t group,
                             union lot *lot)
{
    uint32_t x[4];

    vs__philox_block(p, group, x);
    for (int i = 0; i < 4; i++)
        lot->floats[i] =
            vs__f16_to_f32((uint16_t)(15u << 10 | (x[i] & 0x3ff))) - 1.0f;
}

static void draw_uniform_bf16(const struct vs__philox *p, uint64_t group,
                              union lot *lot)
{
    uint32_t x[4];

    vs__philox_block(p, group, x);
    for (int i = 0; i < 4; i++)
        lot->floats[i] =
            vs__bf16_to_f32((uint16_t)(127u << 7 | (x[i] & 0x7f))) - 1.0f;
}

static void draw_uniform_f32(const struct vs__philox *p, uint64_t group,
                             union lot *lot)
{
    uint32_t x[4];

    vs__philox_block(p, group, x);
    for (int i = 0; i < 4; i++)
        lot->floats[i] = unit_f32(x[i]);
}

static void draw_uniform_f64(const struct vs__philox *p, uint64_t group,
                             union lot *lot)
{
    uint32_t x[4];

    vs__philox_block(p, group, x);
    lot->doubles[0] = unit_f64(x[0], x[1]);
    lot->doubles[1] = unit_f64(x[2], x[3]);
}

/* Box-Muller, basic form: two uniform numbers to two standard normal ones. */
static void normal_pair_f32(uint32_t x0, uint32_t x1, float out[2])
{
    const float u = fmaxf(unit_f32(x0), 1.0e-7f);
    const float angle = (float)(TWO_PI * (double)unit_f32(x1));
    const float radius = sqrtf(-2.0f * logf(u));

    out[0] = sinf(angle) * radius;
    out[1] = cosf(angle) * radius;
}

static void normal_pair_f64(const uint32_t x[4], double out[2])
{
    const double u = fmax(unit_f64(x[0], x[1]), 1.0e-7);
    const double angle = TWO_PI * unit_f64(x[2], x[3]);
    const double radius = sqrt(-2.0 * log(u));

    out[0] = sin(angle) * radius;
    out[1] = cos(angle) * radius;
}

static void draw_normal_f32(const struct vs__philox *p, uint64_t group,
                            union lot *lot)
{
    uint32_t x[4];

    vs__philox_block(p, group, x);
    normal_pair_f32(x[0], x[1], lot->floats);
    normal_pair_f32(x[2], x[3], lot->floats + 2);
}

static void draw_normal_f64(const struct vs__philox *p, uint64_t group,
                            union lot *lot)
{
    uint32_t x[4];

    vs__philox_block(p, group, x);
    normal_pair_f64(x, lot->doubles);
}

/* Normal numbers in turn until four lie within two deviations. */
static void draw_truncated_f32(const struct vs__philox *p, uint64_t group,
                               union lot *lot)
{
    int n = 0;

    for (uint64_t block = group * 4 * BLOCKS_PER_TRUNCATED; n < 4; block++) {
        union lot normal;

        draw_normal_f32(p, block, &normal);
        for (int i = 0; i < 4 && n < 4; i++)
            if (fabsf(normal.floats[i]) < 2.0f)
                lot->floats[n++] = normal.floats[i];
    }
}

static void draw_truncated_f64(const struct vs__philox *p, uint64_t group,
                               union lot *lot)
{
    int n = 0;

    for (uint64_t block = group * 2 * BLOCKS_PER_TRUNCATED; n < 2; block++) {
        union lot normal;

        draw_normal_f64(p, block, &normal);
        for (int i = 0; i < 2 && n < 2; i++)
            if (fabs(normal.doubles[i]) < 2.0)
                lot->doubles[n++] = normal.doubles[i];
    }
}

static float round_to_f16(float x)
{
    return vs__f16_to_f32(vs__f16_from_f32(x));
}

static void finish_f16(const struct vs__distribution *d, union lot *lot)
{
    float v[4];

    memcpy(v, lot->floats, sizeof v);
    for (int i = 0; i < 4; i++) {
        const float scaled = round_to_f16(round_to_f16(v[i]) * (float)d->scale);

        lot->halves[i] = vs__f16_from_f32(scaled + (float)d->shift);
    }
}

static void finish_f32(const struct vs__distribution *d, union lot *lot)
{
    for (int i = 0; i < 4; i++) {
        const float scaled = lot->floats[i] * (float)d->scale;

        lot->floats[i] = scaled + (float)d->shift;
    }
}

static float round_to_bf16(float x)
{
    return vs__bf16_to_f32(vs__bf16_from_f32(x));
}

static void finish_bf16(const struct vs__distribution *d, union lot *lot)
{
    float v[4];

    memcpy(v, lot->floats, sizeof v);
    for (int i = 0; i < 4; i++) {
        const float scaled =
            round_to_bf16(round_to_bf16(v[i]) * (float)d->scale);

        lot->halves[i] = vs__bf16_from_f32(scaled + (float)d->shift);
    }
}

static void finish_f64(const struct vs__distribution *d, union lot *lot)
{
    for (int i = 0; i < 2; i++) {
        const double scaled = lot->doubles[i] * d->scale;

        lot->doubles[i] = scaled + d->shift;
    }
}

static void finish_i32(const struct vs__distribution *d, union lot *lot)
{
    for (int i = 0; i < 4; i++)
        lot->words[i] = (uint32_t)d->low + lot->words[i] % (uint32_t)d->range;
}

static void finish_i64(const struct vs__distribution *d, union lot *lot)
{
    uint32_t x[4];

    memcpy(x, lot->words, sizeof x);
    for (int i = 0; i < 2; i++)
        lot->quads[i] =
            d->low + (x[2 * i] | (uint64_t)x[2 * i + 1] << 32) % d->range;
}

static const struct vs__law_row rows[] = {
    {VS__LAW_UNIFORM, VS_F16, 4, 2, draw_uniform_f16, finish_f16},
    {VS__LAW_UNIFORM, VS_BF16, 4, 2, draw_uniform_bf16, finish_bf16},
    {VS__LAW_UNIFORM, VS_F32, 4, 4, draw_uniform_f32, finish_f32},
    {VS__LAW_UNIFORM, VS_F64, 2, 8, draw_uniform_f64, finish_f64},
    {VS__LAW_UNIFORM, VS_I32, 4, 4, draw_words, finish_i32},
    {VS__LAW_UNIFORM, VS_I64, 2, 8, draw_words, finish_i64},
    {VS__LAW_NORMAL, VS_F16, 4, 2, draw_normal_f32, finish_f16},
    {VS__LAW_NORMAL, VS_BF16, 4, 2, draw_normal_f32, finish_bf16},
    {VS__LAW_NORMAL, VS_F32, 4, 4, draw_normal_f32, finish_f32},
    {VS__LAW_NORMAL, VS_F64, 2, 8, draw_normal_f64, finish_f64},
    {VS__LAW_TRUNCATED, VS_F16, 4, 2, draw_truncated_f32, finish_f16},
    {VS__LAW_TRUNCATED, VS_BF16, 4, 2, draw_truncated_f32, finish_bf16},
    {VS__LAW_TRUNCATED, VS_F32, 4, 4, draw_truncated_f32, finish_f32},
    {VS__LAW_TRUNCATED, VS_F64, 2, 8, draw_truncated_f64, finish_f64},
};

static const struct vs__law_row *find_row(enum vs__law law, vs_dtype dtype)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].law == law && rows[i].dtype == dtype)
            return &rows[i];
    return NULL;
}

bool vs__law_makes(enum vs__law law, vs_dtype dtype)
{
    return find_row(law, dtype) != NULL;
}

/* The parameter as the dtype computes with it. */
static double as_computed(vs_dtype dtype, double x)
{
    if (dtype == VS_F64)
        return x;
    if (dtype == VS_F16)
        return (double)vs__f16_to_f32(vs__f16_from_f64(x));
    if (dtype == VS_BF16)
        return (double)vs__bf16_to_f32(vs__bf16_from_f64(x));
    return (double)(float)x;
}

static bool set_floats(struct vs__distribution *d, double a, double b)
{
    const vs_dtype dtype = d->row->dtype;
    const bool uniform = d->row->law == VS__LAW_UNIFORM;

    if (!isfinite(as_computed(dtype, a)) || !isfinite(as_computed(dtype, b)) ||
        (uniform ? a > b : b < 0))
        return false;
    d->shift = as_computed(dtype, a);
    d->scale = as_computed(dtype, b);
    if (uniform)
        d->scale = as_computed(dtype, d->scale - d->shift);
    return isfinite(d->scale);
}

static bool set_integers(struct vs__distribution *d, double a, double b)
{
    const double end = d->row->dtype == VS_I32 ? 0x1p31 : 0x1p63;

    if (!(-end <= a && a < b && b < end) || floor(a) != a || floor(b) != b)
        return false;
    d->low = (uint64_t)(int64_t)a;
    d->range = (uint64_t)(int64_t)b - d->low;
    return true;
}

bool vs__distribution_make(enum vs__law law, vs_dtype dtype, double a, double b,
                           struct vs__philox philox,
                           struct vs__distribution *out)
{
    memset(out, 0, sizeof *out);
    out->row = find_row(law, dtype);
    assert(out->row != NULL);
    out->philox = philox;
    if (dtype == VS_I32 || dtype == VS_I64)
        return set_integers(out, a, b);
    return set_floats(out, a, b);
}

void vs__distribution_fill(const struct vs__distribution *d, int64_t first,
                           int64_t n, void *dst)
{
    const struct vs__law_row *row = d->row;
    uint8_t *to = dst;

    while (n > 0) {
        const int64_t skip = first % row->n;
        const int64_t take = n < row->n - skip ? n : row->n - skip;
        union lot lot;

        row->draw(&d->philox, (uint64_t)first / row->n, &lot);
        row->finish(d, &lot);
        memcpy(to, (const uint8_t *)&lot + (size_t)skip * row->size,
               (size_t)take * row->size);
        to += (size_t)take * row->size;
        first += take;
        n -= take;
    }
}
