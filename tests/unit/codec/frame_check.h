/* frame_check.h - what the tests of frames share: the examples of FORMAT.md,
 * byte by byte, and encoding and decoding that compare what comes out. */
#ifndef VS_TEST_FRAME_CHECK_H
#define VS_TEST_FRAME_CHECK_H

#include "support.h"

#include <string.h>

#include "codec/frame.h"
#include "codec_data.h"

#define CHUNK ((size_t)64 << 10)

/* Each filter that needs no base, with each codec that goes with all. */
#define N_WAYS (VS__FILTER_DELTA * VS__CODEC_CONSTANT)

static inline enum vs__filter_id filter_of(int way)
{
    return (enum vs__filter_id)(way / VS__CODEC_CONSTANT);
}

static inline enum vs__codec_id codec_of(int way)
{
    return (enum vs__codec_id)(way % VS__CODEC_CONSTANT);
}

/* A frame of one's own: the coder's is only borrowed. */
static inline uint8_t *frame_as(struct vs__coder *coder, const uint8_t *raw,
                                size_t n, size_t element,
                                enum vs__filter_id filter,
                                enum vs__codec_id codec, size_t *frame_bytes)
{
    struct vs__digest digest = vs__digest_of(raw, n);
    const uint8_t *frame;
    uint8_t *copy;

    vs__frame_encode_as(coder, raw, n, element, 0, &digest, filter, codec,
                        &frame, frame_bytes);
    copy = exactly(*frame_bytes);
    memcpy(copy, frame, *frame_bytes);
    return copy;
}

static inline vs_status decode(const uint8_t *frame, size_t frame_bytes,
                               const uint8_t *raw, size_t n, vs_error *err)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);
    struct vs__digest digest = vs__digest_of(raw, n);
    uint8_t *out = exactly(n);
    vs_status st;

    st = vs__frame_decode(coder, frame, frame_bytes, out, n, &digest, err);
    if (st == VS_OK)
        assert_memory_equal(out, raw, n);
    free(out);
    vs__coder_free(coder);
    return st;
}

/* The examples of FORMAT.md, byte by byte; they are for ever. */
static const uint8_t example_raw[32] = {0,  0, 1,  0, 2,  0, 3,  0, 4,  0,  5,
                                        0,  6, 0,  7, 0,  8, 0,  9, 0,  10, 0,
                                        11, 0, 12, 0, 13, 0, 14, 0, 15, 0};
#define EXAMPLE_DIGEST                                                      \
    0xFA, 0x99, 0xC5, 0x32, 0xAC, 0x30, 0xA3, 0x01, 0xC4, 0xBC, 0x3D, 0xEC, \
        0x5F, 0x76, 0xC4, 0x69

static const uint8_t example_raw_frame[] = {
    1,  0, 0,  2, 32, 0, 0, 0,  32, 0,  0, 0,  EXAMPLE_DIGEST,
    0,  0, 1,  0, 2,  0, 3, 0,  4,  0,  5, 0,  6,
    0,  7, 0,  8, 0,  9, 0, 10, 0,  11, 0, 12, 0,
    13, 0, 14, 0, 15, 0};

static const uint8_t example_shuffle_frame[] = {
    1,    1,  1,  2,  32, 0, 0, 0, 27,   0, 0, 0, EXAMPLE_DIGEST,
    0xF6, 2,  0,  1,  2,  3, 4, 5, 6,    7, 8, 9, 10,
    11,   12, 13, 14, 15, 0, 1, 0, 0x50, 0, 0, 0, 0,
    0};

static const uint8_t example_bitshuffle_frame[] = {
    1,    0,    2,    2,    32,   0,    0,    0,    32, 0, 0, 0, EXAMPLE_DIGEST,
    0xAA, 0xAA, 0xCC, 0xCC, 0xF0, 0xF0, 0x00, 0xFF, 0,  0, 0, 0, 0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,  0, 0, 0, 0,
    0,    0,    0,    0,    0,    0};

static const uint8_t example_exponent_frame[28 + 119] = {
    1,    0,    3,    4,    128,  0,    0,    0,    119,  0,    0,    0,
    0x94, 0x8F, 0x0C, 0xCF, 0xB7, 0x9A, 0x86, 0x5C, 0xBB, 0x03, 0x6C, 0xA1,
    0x1B, 0x2E, 0x79, 0x4E, 0,    0,    0,    0,    0,    1,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    8,    16,   24,
    32,   128,  48,   56,   64,   72,   80,   88,   96,   104,  112,  120,
    128,  136,  144,  152,  160,  168,  176,  184,  192,  200,  208,  216,
    224,  232,  240,  248,  0x7F, 1,    0,    0,    0,    4,    0,    0,
    0,    0x20, 0,    0,    0,    1,    0,    0,    0,    0x80, 0,    0,
    0,    1,    4};

static const uint8_t example_constant_raw[24] = {
    0, 0, 0x80, 0x7F, 0, 0, 0x80, 0x7F, 0, 0, 0x80, 0x7F,
    0, 0, 0x80, 0x7F, 0, 0, 0x80, 0x7F, 0, 0, 0x80, 0x7F};

static const uint8_t example_constant_frame[28 + 4] = {
    1,    2,    0,    4,    24,   0,    0,    0,    4,    0,    0,
    0,    0x44, 0xD2, 0x0F, 0x68, 0xAE, 0x1C, 0xC5, 0xA2, 0x20, 0xC5,
    0x72, 0x41, 0x60, 0x84, 0x1B, 0x67, 0,    0,    0x80, 0x7F};

static inline void example_floats(uint8_t raw[128])
{
    for (size_t i = 0; i < 32; i++)
        vs__store32(raw + 4 * i, 0x3F800000 + (uint32_t)i * 0x40000);
    vs__store32(raw + 20, 0xC0400000); /* -3 */
}

#endif
