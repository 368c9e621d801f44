/* codec_cases.c - see codec_cases.h. */
#include "codec_cases.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

_Noreturn void case_die(const char *what)
{
    (void)fprintf(stderr, "bench_codec: %s: %s\n", what,
                  errno != 0 ? strerror(errno) : "failed");
    exit(1);
}

void *case_memory(size_t n)
{
    void *p = calloc(1, n);

    if (p == NULL)
        case_die("memory");
    memset(p, 0, n);
    for (size_t i = 0; i < n; i += 4096)
        ((volatile uint8_t *)p)[i] = 0; /* take the page fault now */
    return p;
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15; /* splitmix64 */

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

static float next_normal(uint64_t *state)
{
    double u = ((double)(next_random(state) >> 11) + 1.0) * 0x1p-53;
    double v = (double)(next_random(state) >> 11) * 0x1p-53;

    return (float)(sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v));
}

static uint32_t float_bits(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void fill_f32(uint8_t *p, size_t n)
{
    uint64_t seed = 1;

    for (size_t i = 0; i + 4 <= n; i += 4)
        vs__store32(p + i, float_bits(0.05F * next_normal(&seed)));
}

static void fill_bf16(uint8_t *p, size_t n)
{
    uint64_t seed = 2;

    for (size_t i = 0; i + 2 <= n; i += 2) {
        uint32_t x = float_bits(0.05F * next_normal(&seed));

        vs__store16(p + i, (uint16_t)((x + 0x7FFF + (x >> 16 & 1)) >> 16));
    }
}

/* Normal values within f16's normal range. */
static void fill_f16(uint8_t *p, size_t n)
{
    uint64_t seed = 7;

    for (size_t i = 0; i + 2 <= n; i += 2) {
        uint32_t x = float_bits(0.05F * next_normal(&seed));
        uint32_t size = x & 0x7FFFFFFF;

        size = size < 0x38800000 ? 0 : (size - 0x38000000 + 0xFFF) >> 13;
        vs__store16(p + i, (uint16_t)(x >> 31 << 15 | size));
    }
}

static void fill_f64(uint8_t *p, size_t n)
{
    uint64_t seed = 8;

    for (size_t i = 0; i + 8 <= n; i += 8) {
        double x = 0.05 * (double)next_normal(&seed) *
                   (1.0 + (double)(next_random(&seed) >> 12) * 0x1p-60);
        uint64_t bits;

        memcpy(&bits, &x, sizeof bits);
        vs__store64(p + i, bits);
    }
}

/* A scale for each 16 KiB, as if chunks were of many small tensors. */
static void fill_layers(uint8_t *p, size_t n)
{
    uint64_t seed = 9;
    float scale = 0;

    for (size_t i = 0; i + 4 <= n; i += 4) {
        if (i % 16384 == 0)
            scale = expf(1.5F * next_normal(&seed) - 3.0F);
        vs__store32(p + i, float_bits(scale * next_normal(&seed)));
    }
}

/* Like second moments: never negative. */
static void fill_squares(uint8_t *p, size_t n)
{
    uint64_t seed = 10;

    for (size_t i = 0; i + 4 <= n; i += 4) {
        float x = 0.001F * next_normal(&seed);

        vs__store32(p + i, float_bits(x * x));
    }
}

static void fill_u8(uint8_t *p, size_t n)
{
    uint64_t seed = 11;

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(128.0F + 20.0F * next_normal(&seed));
}

static void fill_counter(uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 8 <= n; i += 8)
        vs__store64(p + i, i / 8);
}

static void fill_offsets(uint8_t *p, size_t n)
{
    uint64_t seed = 3;
    uint64_t at = 0;

    for (size_t i = 0; i + 8 <= n; i += 8) {
        at += 20 + next_random(&seed) % 80;
        vs__store64(p + i, at);
    }
}

static void fill_tokens(uint8_t *p, size_t n)
{
    uint64_t seed = 4;

    for (size_t i = 0; i + 8 <= n; i += 8) {
        double u = (double)(next_random(&seed) >> 11) * 0x1p-53;

        vs__store64(p + i, (uint64_t)pow(8192.0, u)); /* about Zipf */
    }
}

static void fill_sparse(uint8_t *p, size_t n)
{
    uint64_t seed = 5;

    memset(p, 0, n);
    for (size_t row = 0; row + 768 <= n; row += 768)
        if (next_random(&seed) % 32 == 0)
            fill_f32(p + row, 768);
}

static void fill_zeros(uint8_t *p, size_t n)
{
    memset(p, 0, n);
}

static void fill_random(uint8_t *p, size_t n)
{
    uint64_t seed = 6;

    for (size_t i = 0; i + 8 <= n; i += 8)
        vs__store64(p + i, next_random(&seed));
}

static const struct {
    const char *name;
    size_t element;
    size_t floats;
    void (*fill)(uint8_t *p, size_t n);
} makers[] = {
    {"f32 normal 0.05", 4, 4, fill_f32},  {"bf16 normal 0.05", 2, 2, fill_bf16},
    {"f16 normal 0.05", 2, 2, fill_f16},  {"f64 normal 0.05", 8, 8, fill_f64},
    {"f32 layers", 4, 4, fill_layers},    {"f32 squares", 4, 4, fill_squares},
    {"u8 normal", 1, 0, fill_u8},         {"i64 counter", 8, 0, fill_counter},
    {"i64 offsets", 8, 0, fill_offsets},  {"i64 tokens", 8, 0, fill_tokens},
    {"f32 1/32 rows", 4, 4, fill_sparse}, {"f32 zeros", 4, 4, fill_zeros},
    {"random, by 4", 4, 4, fill_random},  {"random, by 1", 1, 0, fill_random},
};
#define N_MAKERS (sizeof makers / sizeof makers[0])

static size_t n_chunks(const struct bench_case *c)
{
    return (c->n + CHUNK - 1) / CHUNK;
}

static void take_digests(struct bench_case *c)
{
    c->digests = case_memory(n_chunks(c) * sizeof *c->digests);
    for (size_t i = 0; i < n_chunks(c); i++) {
        size_t rest = c->n - i * CHUNK;

        c->digests[i] =
            vs__digest_of(c->bytes + i * CHUNK, rest < CHUNK ? rest : CHUNK);
    }
}

size_t case_make_all(struct bench_case *cases, size_t most, size_t n)
{
    size_t k = 0;

    for (; k < N_MAKERS && k < most; k++) {
        cases[k].name = makers[k].name;
        cases[k].element = makers[k].element;
        cases[k].floats = makers[k].floats;
        cases[k].n = n;
        cases[k].bytes = case_memory(n);
        makers[k].fill(cases[k].bytes, n);
        take_digests(&cases[k]);
    }
    return k;
}

static bool is_of_floats(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL &&
           (strcmp(dot, ".f16") == 0 || strcmp(dot, ".bf16") == 0 ||
            strcmp(dot, ".f32") == 0 || strcmp(dot, ".f64") == 0);
}

struct bench_case case_read(const char *path, size_t element)
{
    struct bench_case c = {path, element, is_of_floats(path) ? element : 0,
                           0,    NULL,    NULL};
    FILE *f;
    long size;

    errno = 0;
    if ((element & (element - 1)) != 0)
        case_die("elements have 1, 2, 4, 8 or 16 bytes");
    f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0)
        case_die(path);
    rewind(f);
    c.n = (size_t)size;
    c.n -= c.n % (c.n > CHUNK ? CHUNK : element);
    if (c.n == 0)
        case_die("a file without one element");
    c.bytes = case_memory(c.n);
    if (fread(c.bytes, 1, c.n, f) != c.n)
        case_die(path);
    (void)fclose(f);
    take_digests(&c);
    return c;
}

void case_free(struct bench_case *c)
{
    free(c->bytes);
    free(c->digests);
}
