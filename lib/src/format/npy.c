/* npy.c - reading an .npy file's head and holding its size to it. */
#include "format/npy.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/fail.h"
#include "tensor/shape.h"

#define MAGIC       "\x93NUMPY"
#define MAGIC_BYTES 6

bool vs__npy_sniff(const uint8_t *head, size_t n)
{
    return n >= MAGIC_BYTES && memcmp(head, MAGIC, MAGIC_BYTES) == 0;
}

/* Where the header's text begins and how long it is. */
static vs_status read_length(const struct vs__input *in, int64_t *at, size_t *n,
                             vs_error *err)
{
    uint8_t head[MAGIC_BYTES + 2 + 4];
    vs_status st = vs__input_read(in, 0, head, MAGIC_BYTES + 2 + 2, err);
    const uint8_t major = st == VS_OK ? head[MAGIC_BYTES] : 0;

    if (st != VS_OK)
        return st;
    if (major < 1 || major > 3 || head[MAGIC_BYTES + 1] != 0)
        return vs__fail(err, VS_ERR_UNSUPPORTED,
                        "%s: .npy version %d.%d, known are 1.0 to 3.0",
                        in->what, major, head[MAGIC_BYTES + 1]);
    if (major == 1) {
        *at = MAGIC_BYTES + 2 + 2;
        *n = vs__load16(head + MAGIC_BYTES + 2);
        return VS_OK;
    }
    if ((st = vs__input_read(in, 0, head, sizeof head, err)) != VS_OK)
        return st;
    *at = (int64_t)sizeof head;
    *n = vs__load32(head + MAGIC_BYTES + 2);
    return VS_OK;
}

static vs_status read_header(const struct vs__input *in, int64_t *data_at,
                             struct vs__npy_header *out, vs_error *err)
{
    int64_t at = 0;
    size_t n = 0;
    uint8_t *text = NULL;
    vs_status st = read_length(in, &at, &n, err);

    if (st != VS_OK)
        return st;
    if (n > VS__NPY_MAX_HEADER)
        return vs__fail(err, VS_ERR_TOOBIG,
                        "%s: a header of %zu bytes, at most %d are allowed",
                        in->what, n, VS__NPY_MAX_HEADER);
    text = vs__alloc(n);
    if (text == NULL)
        return vs__fail_nomem(err);
    st = vs__input_read(in, at, text, n, err);
    if (st == VS_OK)
        st = vs__npy_parse(text, n, in->what, out, err);
    vs__free(text);
    if (st == VS_OK)
        *data_at = at + (int64_t)n;
    return st;
}

/* The array must fill the rest of the file. */
static vs_status resolve(const struct vs__input *in, int64_t data_at,
                         const struct vs__npy_header *header,
                         struct vs__stored *out, vs_error *err)
{
    const int64_t rest = in->size - data_at;
    char shape[VS_SHAPE_TEXT_MAX];
    vs_file_entry *entry = &out->entry;

    (void)vs_shape_text(&header->shape, shape);
    if (vs__shape_check(&header->shape, header->dtype, true, "", NULL) != VS_OK)
        return vs__fail(err, VS_ERR_FORMAT, "%s: shape %s of %s is too large",
                        in->what, shape, vs_dtype_name(header->dtype));
    entry->dtype = header->dtype;
    entry->shape = header->shape;
    entry->n_elements = vs__shape_count(&header->shape);
    entry->n_bytes = entry->n_elements * (int64_t)vs_dtype_size(header->dtype);
    out->offset = data_at;
    out->big = header->big;
    out->fortran = header->fortran;
    if (entry->n_bytes != rest)
        return vs__fail(err, VS_ERR_FORMAT,
                        "%s: shape %s of %s takes %" PRId64
                        " bytes, the file holds %" PRId64,
                        in->what, shape, vs_dtype_name(header->dtype),
                        entry->n_bytes, rest);
    return VS_OK;
}

vs_status vs__npy_read(const struct vs__input *in, const char *name,
                       struct vs__manifest *out, vs_error *err)
{
    struct vs__npy_header header;
    struct vs__stored tensor;
    int64_t data_at = 0;
    vs_status st;

    memset(&header, 0, sizeof header);
    memset(&tensor, 0, sizeof tensor);
    if ((st = read_header(in, &data_at, &header, err)) != VS_OK ||
        (st = resolve(in, data_at, &header, &tensor, err)) != VS_OK)
        return st;
    out->text = (uint8_t *)vs__strdup(name);
    if (out->text == NULL)
        return vs__fail_nomem(err);
    tensor.entry.name = (const char *)out->text;
    return vs__manifest_add(out, &tensor, err);
}
