/* fuzz_frame.c - a frame written by a stranger, and a chunk of any bytes.
 *
 * The threat: whoever can write the store's file can write any frame. Each
 * input is read three ways. As a frame: decoding must stay within its memory
 * and may only succeed with bytes of the digest that the frame names. As ids,
 * a raw length and a payload that the rest of a header is put around, which
 * gets past the checks in front of the decoders (the digest is checked last).
 * And as a chunk, which must come back from each way of encoding it. A frame of
 * differences gets a base with the digest that it names.
 */
#include <string.h>

#include "base/endian.h"
#include "codec/frame.h"
#include "fuzz.h"

#define CHUNK ((size_t)1 << 16)

/* Each filter that needs no base, with each codec that goes with all. */
#define N_WAYS (VS__FILTER_DELTA * VS__CODEC_CONSTANT)

/* Memory of exactly `n` bytes, so that the sanitizer sees one too far. */
static uint8_t *copy_of(const void *bytes, size_t n)
{
    uint8_t *p = malloc(n != 0 ? n : 1);

    if (p == NULL)
        abort();
    if (n != 0)
        memcpy(p, bytes, n);
    return p;
}

/* Bytes to differ from: made of the input, and as long as is asked for. */
static uint8_t *base_of(const uint8_t *data, size_t n, size_t want)
{
    uint8_t *base = malloc(want);

    must(base != NULL);
    for (size_t i = 0; i < want; i++)
        base[i] = (uint8_t)(data[(i + i / 7) % n] + i / 1024);
    return base;
}

static vs_status decode_delta(struct vs__coder *coder, const uint8_t *frame,
                              size_t n, const struct vs__frame_info *info,
                              uint8_t *out, vs_error *err)
{
    struct vs__frame_base base;
    uint8_t *raw = base_of(frame, n, info->raw_bytes);
    vs_status st;

    base.raw = raw;
    memset(&base.digest, 0, sizeof base.digest);
    if (n >= VS__FRAME_HEADER + VS__DIGEST_BYTES)
        memcpy(base.digest.bytes, frame + n - VS__DIGEST_BYTES,
               VS__DIGEST_BYTES);
    st = vs__frame_decode_delta(coder, frame, n, &base, out, info->raw_bytes,
                                &info->digest, err);
    free(raw);
    return st;
}

static void decode(struct vs__coder *coder, const uint8_t *data, size_t n)
{
    uint8_t *frame = copy_of(data, n);
    struct vs__frame_info info;
    vs_error err;
    vs_status st = vs__frame_info(frame, n, &info, &err);

    if (st == VS_OK && info.raw_bytes <= 4 * CHUNK) {
        uint8_t *out = malloc(info.raw_bytes);

        must(out != NULL);
        st = vs__frame_decode(coder, frame, n, out, info.raw_bytes,
                              &info.digest, &err);
        must(info.filter != VS__FILTER_DELTA || st == VS_ERR_CORRUPT);
        if (info.filter == VS__FILTER_DELTA)
            st = decode_delta(coder, frame, n, &info, out, &err);
        if (st == VS_OK) {
            struct vs__digest got = vs__digest_of(out, info.raw_bytes);

            must(vs__digest_equal(&got, &info.digest));
        }
        free(out);
    }
    must(st == VS_OK || (st == VS_ERR_CORRUPT && err.message[0] != '\0'));
    free(frame);
}

/* Byte 0: codec, filter and element size; 1 and 2: raw length; payload. */
static void decode_payload(struct vs__coder *coder, const uint8_t *data,
                           size_t n)
{
    uint8_t *frame;

    if (n < 3)
        return;
    frame = calloc(1, VS__FRAME_HEADER + n - 3);
    must(frame != NULL);
    frame[0] = 1;
    frame[1] = data[0] % VS__N_CODECS;
    frame[2] = data[0] / VS__N_CODECS % VS__N_FILTERS;
    frame[3] = (uint8_t)(1U << data[0] / (VS__N_CODECS * VS__N_FILTERS) % 5);
    vs__store32(frame + 4, (uint32_t)(vs__load16(data + 1) * frame[3]));
    vs__store32(frame + 8, (uint32_t)(n - 3));
    memcpy(frame + VS__FRAME_HEADER, data + 3, n - 3);
    decode(coder, frame, VS__FRAME_HEADER + n - 3);
    free(frame);
}

static void must_come_back(struct vs__coder *coder, const uint8_t *raw,
                           size_t n, const struct vs__digest *digest,
                           const uint8_t *frame, size_t frame_bytes)
{
    uint8_t *copy = copy_of(frame, frame_bytes);
    uint8_t *out = malloc(n);

    must(out != NULL && frame_bytes <= VS__FRAME_HEADER + n);
    must(vs__frame_decode(coder, copy, frame_bytes, out, n, digest, NULL) ==
         VS_OK);
    must(memcmp(out, raw, n) == 0);
    free(copy);
    free(out);
}

static void delta_round_trip(struct vs__coder *coder, const uint8_t *raw,
                             size_t n, size_t element, size_t floats,
                             const struct vs__digest *digest)
{
    uint8_t *bytes = base_of(raw, n, n);
    struct vs__frame_base base = {bytes, vs__digest_of(bytes, n)};
    uint8_t *out = malloc(n);
    const uint8_t *frame;
    size_t frame_bytes;

    must(out != NULL);
    if (vs__frame_encode_delta(coder, raw, n, element, floats, digest, &base,
                               SIZE_MAX, &frame, &frame_bytes)) {
        uint8_t *copy = copy_of(frame, frame_bytes);

        must(frame_bytes <= VS__FRAME_HEADER + n);
        must(vs__frame_decode_delta(coder, copy, frame_bytes, &base, out, n,
                                    digest, NULL) == VS_OK);
        must(memcmp(out, raw, n) == 0);
        free(copy);
    }
    free(bytes);
    free(out);
}

static void round_trip(struct vs__coder *coder, const uint8_t *data, size_t n,
                       size_t element)
{
    size_t whole = (n < CHUNK ? n : CHUNK) / element * element;
    uint8_t *raw = copy_of(data, whole);
    struct vs__digest digest = vs__digest_of(raw, whole);
    const uint8_t *frame;
    size_t frame_bytes;
    size_t floats = element > 8 ? 8 : element > 1 ? element : 0;

    if (whole != 0) {
        vs__frame_encode(coder, raw, whole, element, floats, &digest, &frame,
                         &frame_bytes);
        must_come_back(coder, raw, whole, &digest, frame, frame_bytes);
    }
    for (int way = 0; whole != 0 && way < N_WAYS; way++) {
        vs__frame_encode_as(coder, raw, whole, element, floats, &digest,
                            (enum vs__filter_id)(way / VS__CODEC_CONSTANT),
                            (enum vs__codec_id)(way % VS__CODEC_CONSTANT),
                            &frame, &frame_bytes);
        must_come_back(coder, raw, whole, &digest, frame, frame_bytes);
    }
    if (whole != 0 && floats != 0)
        delta_round_trip(coder, raw, whole, element, floats, &digest);
    free(raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct vs__coder *coder = vs__coder_new(CHUNK);

    must(coder != NULL);
    decode(coder, data, n);
    decode_payload(coder, data, n);
    if (n != 0)
        round_trip(coder, data + 1, n - 1, (size_t)1 << data[0] % 5);
    vs__coder_free(coder);
    return 0;
}
