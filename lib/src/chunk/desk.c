/* desk.c - see desk.h. */
#include "chunk/desk.h"

#include "base/alloc.h"
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
    desk->coder = NULL;
    desk->tally = NULL;
}

size_t vs__desk_floats(vs_dtype dtype)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);
    const bool is_float =
        info->kind == VS__KIND_FLOAT || info->kind == VS__KIND_COMPLEX;

    return is_float && info->part > 1 ? info->part : 0;
}

void vs__desk_encode(struct vs__desk *desk, vs_dtype dtype, const void *raw,
                     size_t n, const struct vs__digest *digest, void *memory,
                     uint8_t *histogram, struct vs__encoded *out)
{
    const size_t element = vs_dtype_size(dtype);

    out->digest = *digest;
    out->dtype = dtype;
    out->raw_bytes = n;
    out->base = 0;
    vs__tally_init(desk->tally);
    vs__tally_add(desk->tally, dtype, raw, (int64_t)(n / element));
    out->stats = desk->tally->stats;
    out->histogram = histogram;
    out->histogram_bytes = vs__histogram_pack(desk->tally, histogram);
    if (memory != NULL)
        vs__frame_encode_to(desk->coder, memory, raw, n, element,
                            vs__desk_floats(dtype), digest, &out->frame,
                            &out->frame_bytes);
    else
        vs__frame_encode(desk->coder, raw, n, element, vs__desk_floats(dtype),
                         digest, &out->frame, &out->frame_bytes);
}

struct vs__desks *vs__desks_new(int n, const struct vs__desk *own,
                                size_t chunk_bytes)
{
    struct vs__desks *desks = vs__calloc(1, sizeof *desks);

    if (desks == NULL)
        return NULL;
    desks->at[0] = *own;
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
    for (int i = 1; i < VS__WORKERS_MAX; i++)
        vs__desk_done(&desks->at[i]);
    vs__free(desks);
}
