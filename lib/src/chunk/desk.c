/* desk.c - see desk.h. */
#include "chunk/desk.h"

#include <string.h>

#include "base/alloc.h"
#include "db/readers.h"
#include "tensor/dtype.h"

bool vs__desk_init(struct vs__desk *desk, size_t chunk_bytes)
{
    if (desk->coder == NULL)
        desk->coder = vs__coder_new(chunk_bytes);
    if (desk->coder != NULL && desk->tally == NULL)
        desk->tally = vs__alloc(sizeof *desk->tally);
    return desk->tally != NULL;
}

void vs__desk_done(struct vs__desk *desk)
{
    vs__coder_free(desk->coder);
    vs__free(desk->tally);
    vs__free(desk->frame);
    vs__free(desk->raw);
    vs__free(desk->base);
    memset(desk, 0, sizeof *desk);
}

size_t vs__desk_floats(vs_dtype dtype)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);
    const bool is_float =
        info->kind == VS__KIND_FLOAT || info->kind == VS__KIND_COMPLEX;

    return is_float && info->part > 1 ? info->part : 0;
}

/* Whoever counts the numbers of a chunk that is encoded. */
struct counting {
    struct vs__tally *tally;
    vs_dtype dtype;
};

static void count(const uint8_t *bytes, size_t n, void *ctx)
{
    const struct counting *c = ctx;

    vs__tally_add(c->tally, c->dtype, bytes,
                  (int64_t)(n / vs_dtype_size(c->dtype)));
}

void vs__desk_encode(struct vs__desk *desk, vs_dtype dtype, const void *raw,
                     size_t n, const struct vs__digest *digest, void *memory,
                     uint8_t *histogram, struct vs__encoded *out)
{
    struct counting counting = {desk->tally, dtype};
    const struct vs__frame_watch watch = {count, &counting};

    if (digest != NULL)
        out->digest = *digest;
    out->dtype = dtype;
    out->raw_bytes = n;
    out->base = 0;
    vs__tally_init(desk->tally);
    vs__frame_encode_watched(desk->coder, memory, raw, n, vs_dtype_size(dtype),
                             vs__desk_floats(dtype), &watch, digest != NULL,
                             &out->digest, &out->frame, &out->frame_bytes);
    out->stats = desk->tally->stats;
    out->histogram = histogram;
    out->histogram_bytes = vs__histogram_pack(desk->tally, histogram);
}

struct vs__desks *vs__desks_new(int n, const struct vs__desk *own,
                                size_t chunk_bytes)
{
    struct vs__desks *desks = vs__calloc(1, sizeof *desks);

    if (desks == NULL)
        return NULL;
    desks->at[0] = *own;
    desks->chunk_bytes = chunk_bytes;
    desks->workers = vs__workers_new(n);
    if (desks->workers == NULL)
        goto fail;
    for (int i = 1; i < n; i++)
        if (!vs__desk_init(&desks->at[i], chunk_bytes))
            goto fail;
    return desks;

fail:
    vs__desks_free(desks);
    return NULL;
}

void vs__desks_free(struct vs__desks *desks)
{
    if (desks == NULL)
        return;
    vs__workers_free(desks->workers);
    vs__readers_free(desks->readers);
    for (int i = 1; i < VS__WORKERS_MAX; i++)
        vs__desk_done(&desks->at[i]);
    vs__free(desks);
}

bool vs__desks_ready(struct vs__desks *desks, struct vs__db *db, bool bases)
{
    const int n = vs__workers_count(desks->workers);

    for (int i = 1; i < n; i++) {
        struct vs__desk *desk = &desks->at[i];

        if ((desk->frame == NULL &&
             (desk->frame = vs__alloc(VS__FRAME_HEADER + desks->chunk_bytes)) ==
                 NULL) ||
            (desk->raw == NULL &&
             (desk->raw = vs__alloc_aligned(64, desks->chunk_bytes)) == NULL) ||
            (bases && desk->base == NULL &&
             (desk->base = vs__alloc_aligned(64, desks->chunk_bytes)) == NULL))
            return false;
    }
    if (n > 1 && desks->readers == NULL)
        desks->readers = vs__readers_new(db, n - 1, "frame", "bytes");
    return n == 1 || desks->readers != NULL;
}

/* Reads the frame of a chunk to the desk. */
static bool read_frame(struct vs__desks *desks, int i, int64_t chunk, size_t *n)
{
    return vs__readers_seek(desks->readers, i - 1, chunk, n) &&
           *n <= VS__FRAME_HEADER + desks->chunk_bytes &&
           vs__readers_read(desks->readers, i - 1, 0, desks->at[i].frame, *n);
}

/* Reads raw bytes to where they belong, if the frame is no more than that. */
static bool read_plain(struct vs__desks *desks, int i,
                       const struct vs__wanted *wanted, void *out)
{
    const size_t n = wanted->raw_bytes;
    uint8_t *header = desks->at[i].frame;
    struct vs__digest got;
    size_t m = 0;

    if (!vs__readers_seek(desks->readers, i - 1, wanted->chunk, &m) ||
        m != VS__FRAME_HEADER + n ||
        !vs__readers_read(desks->readers, i - 1, 0, header, VS__FRAME_HEADER) ||
        !vs__frame_plain(header, m, n, &wanted->digest) ||
        !vs__readers_read(desks->readers, i - 1, VS__FRAME_HEADER, out, n))
        return false;
    got = vs__digest_of(out, n);
    return vs__digest_equal(&got, &wanted->digest);
}

bool vs__desk_load(struct vs__desks *desks, int i,
                   const struct vs__wanted *wanted, void *out)
{
    struct vs__desk *desk = &desks->at[i];
    const size_t n = wanted->raw_bytes;
    struct vs__frame_base base = {desk->base, wanted->base_digest};
    vs_error unheard; /* the owner finds better words */
    size_t m = 0;

    if (wanted->base == 0 && read_plain(desks, i, wanted, out))
        return true;
    if (wanted->base == 0)
        return read_frame(desks, i, wanted->chunk, &m) &&
               vs__frame_decode(desk->coder, desk->frame, m, out, n,
                                &wanted->digest, &unheard) == VS_OK;
    return read_frame(desks, i, wanted->base, &m) &&
           vs__frame_decode(desk->coder, desk->frame, m, desk->base, n,
                            &base.digest, &unheard) == VS_OK &&
           read_frame(desks, i, wanted->chunk, &m) &&
           vs__frame_decode_delta(desk->coder, desk->frame, m, &base, out, n,
                                  &wanted->digest, &unheard) == VS_OK;
}
