/* safetensors.c - reading the header and holding it to the format's rules. */
#include "format/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/json.h"
#include "tensor/shape.h"

#define LENGTH_BYTES 8

/* In the order of the reference's enumeration, by which it sorts. */
static const struct {
    const char *name;
    vs_dtype dtype;
} dtypes[] = {
    {"BOOL", VS_BOOL},       {"U8", VS_U8},           {"I8", VS_I8},
    {"F8_E5M2", VS_F8_E5M2}, {"F8_E4M3", VS_F8_E4M3}, {"I16", VS_I16},
    {"U16", VS_U16},         {"F16", VS_F16},         {"BF16", VS_BF16},
    {"I32", VS_I32},         {"U32", VS_U32},         {"F32", VS_F32},
    {"C64", VS_C64},         {"F64", VS_F64},         {"I64", VS_I64},
    {"U64", VS_U64},
};

#define N_DTYPES ((int)(sizeof dtypes / sizeof dtypes[0]))

int vs__safetensors_dtype_rank(vs_dtype dtype)
{
    for (int i = 0; i < N_DTYPES; i++)
        if (dtypes[i].dtype == dtype)
            return i;
    return -1;
}

const char *vs__safetensors_dtype_name(vs_dtype dtype)
{
    const int rank = vs__safetensors_dtype_rank(dtype);

    return rank >= 0 ? dtypes[rank].name : NULL;
}

vs_dtype vs__safetensors_dtype(const char *name)
{
    for (int i = 0; i < N_DTYPES; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return dtypes[i].dtype;
    return VS_DTYPE_NONE;
}

bool vs__safetensors_sniff(const uint8_t *head, size_t n)
{
    return n > LENGTH_BYTES && head[LENGTH_BYTES] == '{';
}

/* A header being read. */
struct reading {
    const struct vs__input *in;
    struct vs__json json;
    struct vs__manifest *out;
    int64_t data_at;             /* where the data begins in the file */
    int64_t data_size;           /* bytes from there to the end */
    char what[VS__WHAT_MAX + 8]; /* for words of the JSON reader */
};

/* What a tensor's object said, as far as it has been read. */
struct described {
    const char *name;
    const char *dtype; /* NULL: not seen */
    vs_shape shape;
    bool has_shape;
    bool has_range;
    uint64_t range[2]; /* of the data: [begin, end) */
};

static vs_status fail_tensor(const struct reading *r, const struct described *d,
                             vs_status status, const char *words, vs_error *err)
{
    return vs__fail(err, status, "%s: tensor '%.200s': %s", r->in->what,
                    d->name, words);
}

static vs_status read_text(struct reading *r, uint64_t *n, vs_error *err)
{
    uint8_t length[LENGTH_BYTES];
    vs_status st = vs__input_read(r->in, 0, length, sizeof length, err);

    if (st != VS_OK)
        return st;
    *n = vs__load64(length);
    if (*n > (uint64_t)r->in->size - LENGTH_BYTES)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: a header of %" PRIu64 " bytes, but %" PRId64
                        " bytes in the file behind its length",
                        r->in->what, *n, r->in->size - LENGTH_BYTES);
    if (*n > VS__SAFETENSORS_MAX_HEADER)
        return vs__fail(err, VS_ERR_TOOBIG,
                        "%s: a header of %" PRIu64 " bytes, at most %d are "
                        "allowed",
                        r->in->what, *n, VS__SAFETENSORS_MAX_HEADER);
    r->out->text = vs__alloc((size_t)*n);
    if (r->out->text == NULL)
        return vs__fail_nomem(err);
    return vs__input_read(r->in, LENGTH_BYTES, r->out->text, (size_t)*n, err);
}

/* A whole number, or the end of the array, which is told by *end. */
static vs_status read_u64(struct reading *r, uint64_t *out, bool *end,
                          vs_error *err)
{
    struct vs__json_token token;
    vs_status st = vs__json_next(&r->json, &token, err);

    if (st != VS_OK)
        return st;
    *end = token.kind == VS__JSON_ARRAY_END;
    if (*end || vs__json_u64(&token, out))
        return VS_OK;
    return vs__fail(err, VS_ERR_FORMAT,
                    "%s: %s '%.*s' before byte %lld, want a whole number below "
                    "2^64",
                    r->what, vs__json_kind_name(token.kind),
                    token.n < 40 ? (int)token.n : 40, token.text,
                    (long long)(r->json.at - r->json.begin));
}

static vs_status read_shape(struct reading *r, struct described *d,
                            vs_error *err)
{
    struct vs__json_token token;
    vs_status st = vs__json_want(&r->json, VS__JSON_ARRAY, &token, err);

    for (d->shape.rank = 0; st == VS_OK;) {
        uint64_t dim = 0;
        bool end;

        if ((st = read_u64(r, &dim, &end, err)) != VS_OK || end)
            break;
        if (d->shape.rank == VS_MAX_RANK)
            return fail_tensor(r, d, VS_ERR_UNSUPPORTED,
                               "has more than 16 dimensions", err);
        if (dim > INT64_MAX)
            return fail_tensor(r, d, VS_ERR_FORMAT,
                               "has a dimension of 2^63 or more", err);
        d->shape.dims[d->shape.rank++] = (int64_t)dim;
    }
    return st;
}

static vs_status read_range(struct reading *r, struct described *d,
                            vs_error *err)
{
    struct vs__json_token token;
    vs_status st = vs__json_want(&r->json, VS__JSON_ARRAY, &token, err);
    bool end = false;

    for (int i = 0; st == VS_OK && i < 3; i++) {
        uint64_t offset = 0;

        st = read_u64(r, &offset, &end, err);
        if (st == VS_OK && end != (i == 2))
            return fail_tensor(r, d, VS_ERR_FORMAT,
                               "its data_offsets are not two numbers", err);
        if (i < 2)
            d->range[i] = offset;
    }
    return st;
}

static vs_status fail_twice(const struct reading *r, const struct described *d,
                            const char *member, vs_error *err)
{
    char words[64];

    (void)snprintf(words, sizeof words, "its %s is given twice", member);
    return fail_tensor(r, d, VS_ERR_FORMAT, words, err);
}

static vs_status read_member(struct reading *r, struct described *d,
                             const char *key, vs_error *err)
{
    struct vs__json_token token;
    vs_status st;

    if (strcmp(key, "dtype") == 0) {
        if (d->dtype != NULL)
            return fail_twice(r, d, key, err);
        st = vs__json_want(&r->json, VS__JSON_STRING, &token, err);
        if (st == VS_OK)
            d->dtype = token.text;
        return st;
    }
    if (strcmp(key, "shape") == 0) {
        if (d->has_shape)
            return fail_twice(r, d, key, err);
        d->has_shape = true;
        return read_shape(r, d, err);
    }
    if (strcmp(key, "data_offsets") == 0) {
        if (d->has_range)
            return fail_twice(r, d, key, err);
        d->has_range = true;
        return read_range(r, d, err);
    }
    return vs__json_skip(&r->json, err);
}

/* Turns a description whose members are all there into a tensor whose bytes
 * lie in the file and are as many as its shape asks for. */
static vs_status resolve(const struct reading *r, const struct described *d,
                         struct vs__stored *out, vs_error *err)
{
    const vs_dtype dtype = vs__safetensors_dtype(d->dtype);
    char shape[VS_SHAPE_TEXT_MAX];
    vs_file_entry entry = {d->name, dtype, d->shape, 0, 0};

    if (d->range[0] > d->range[1] || d->range[1] > (uint64_t)r->data_size)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: tensor '%.200s': data_offsets [%" PRIu64
                        ",%" PRIu64 "] in a data area of %" PRId64 " bytes",
                        r->in->what, d->name, d->range[0], d->range[1],
                        r->data_size);
    if (dtype == VS_DTYPE_NONE)
        return vs__fail(err, VS_ERR_UNSUPPORTED,
                        "%s: tensor '%.200s': dtype '%.40s' is not supported",
                        r->in->what, d->name, d->dtype);
    (void)vs_shape_text(&d->shape, shape);
    if (vs__shape_check(&d->shape, dtype, true, "", NULL) != VS_OK)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: tensor '%.200s': shape %s of %s is too large",
                        r->in->what, d->name, shape, d->dtype);
    entry.n_elements = vs__shape_count(&d->shape);
    entry.n_bytes = entry.n_elements * (int64_t)vs_dtype_size(dtype);
    if ((uint64_t)entry.n_bytes != d->range[1] - d->range[0])
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: tensor '%.200s': shape %s of %s takes %" PRId64
                        " bytes, its data_offsets hold %" PRIu64,
                        r->in->what, d->name, shape, d->dtype, entry.n_bytes,
                        d->range[1] - d->range[0]);
    memset(out, 0, sizeof *out);
    out->entry = entry;
    out->offset = r->data_at + (int64_t)d->range[0];
    return VS_OK;
}

static vs_status read_tensor(struct reading *r, const char *name, vs_error *err)
{
    struct described d = {name, NULL, {0, {0}}, false, false, {0, 0}};
    struct vs__stored tensor;
    struct vs__json_token token;
    vs_status st = vs__json_want(&r->json, VS__JSON_OBJECT, &token, err);

    while (st == VS_OK) {
        st = vs__json_next(&r->json, &token, err);
        if (st != VS_OK || token.kind != VS__JSON_KEY)
            break; /* the end of the object */
        st = read_member(r, &d, token.text, err);
    }
    if (st != VS_OK)
        return st;
    if (d.dtype == NULL || !d.has_shape || !d.has_range)
        return fail_tensor(r, &d, VS_ERR_FORMAT,
                           d.dtype == NULL ? "has no dtype"
                           : !d.has_shape  ? "has no shape"
                                           : "has no data_offsets",
                           err);
    st = resolve(r, &d, &tensor, err);
    return st == VS_OK ? vs__manifest_add(r->out, &tensor, err) : st;
}

static vs_status read_metadata(struct reading *r, vs_error *err)
{
    struct vs__json_token token;
    vs_status st = vs__json_want(&r->json, VS__JSON_OBJECT, &token, err);

    while (st == VS_OK) {
        struct vs__pair pair;

        st = vs__json_next(&r->json, &token, err);
        if (st != VS_OK || token.kind != VS__JSON_KEY)
            break;
        pair.key = token.text;
        st = vs__json_want(&r->json, VS__JSON_STRING, &token, err);
        pair.value = token.text;
        if (st == VS_OK)
            st = vs__manifest_add_pair(r->out, &pair, err);
    }
    return st;
}

static vs_status read_members(struct reading *r, vs_error *err)
{
    bool metadata = false;
    struct vs__json_token token;
    vs_status st = vs__json_want(&r->json, VS__JSON_OBJECT, &token, err);

    while (st == VS_OK) {
        st = vs__json_next(&r->json, &token, err);
        if (st != VS_OK || token.kind != VS__JSON_KEY)
            break;
        if (strcmp(token.text, VS__SAFETENSORS_METADATA) != 0) {
            st = read_tensor(r, token.text, err);
        } else if (metadata) {
            st = vs__fail(err, VS_ERR_FORMAT, "%s: %s is given twice", r->what,
                          VS__SAFETENSORS_METADATA);
        } else {
            metadata = true;
            st = read_metadata(r, err);
        }
    }
    return st == VS_OK ? vs__json_want(&r->json, VS__JSON_END, &token, err)
                       : st;
}

static int compare_places(const void *a, const void *b)
{
    const struct vs__stored *x = a;
    const struct vs__stored *y = b;

    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->entry.n_bytes > y->entry.n_bytes) -
           (x->entry.n_bytes < y->entry.n_bytes);
}

/* The ranges must cover the data without hole or overlap. */
static vs_status check_cover(const struct reading *r, vs_error *err)
{
    const struct vs__manifest *m = r->out;
    int64_t at = r->data_at;

    if (m->n_tensors > 1)
        qsort(m->tensors, m->n_tensors, sizeof *m->tensors, compare_places);
    for (size_t i = 0; i < m->n_tensors; i++) {
        const struct vs__stored *t = &m->tensors[i];

        if (t->offset != at)
            return vs__fail(err, VS_ERR_FORMAT,
                            "%s: tensor '%.200s': begins at byte %" PRId64
                            " of the data, the one before ends at %" PRId64,
                            r->in->what, t->entry.name, t->offset - r->data_at,
                            at - r->data_at);
        at += t->entry.n_bytes;
    }
    if (at != r->in->size)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: tensors cover %" PRId64 " bytes of a data area of "
                        "%" PRId64,
                        r->in->what, at - r->data_at, r->data_size);
    return VS_OK;
}

vs_status vs__safetensors_read(const struct vs__input *in,
                               struct vs__manifest *out, vs_error *err)
{
    struct reading r;
    uint64_t n = 0;
    vs_status st;

    memset(&r, 0, sizeof r);
    r.in = in;
    r.out = out;
    if (in->size < LENGTH_BYTES)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: %" PRId64 " bytes are too few for safetensors",
                        in->what, in->size);
    if ((st = read_text(&r, &n, err)) != VS_OK)
        return st;
    r.data_at = LENGTH_BYTES + (int64_t)n;
    r.data_size = in->size - r.data_at;
    (void)snprintf(r.what, sizeof r.what, "%s: header", in->what);
    if (n == 0 || out->text[0] != '{')
        return vs__fail(err, VS_ERR_FORMAT, "%s: does not begin with '{'",
                        r.what);
    vs__json_begin(&r.json, out->text, (size_t)n, r.what);
    if ((st = read_members(&r, err)) == VS_OK &&
        (st = check_cover(&r, err)) == VS_OK)
        st = vs__manifest_sort(out, in->what, err);
    return st;
}
