/* npy_write.c - an .npy file of version 1.0, byte for byte as NumPy's. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/fail.h"
#include "format/emit.h"
#include "format/npy.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

#define PREFIX_BYTES 10 /* magic, version and length */
#define ALIGNMENT    64 /* of the data */
#define GROWTH       21 /* digits NumPy leaves room for in the first axis */
#define TEXT_MAX     640

/* The letter of the dtype, or 0 if NumPy has none. */
static char letter_of(const struct vs__dtype_info *info)
{
    switch (info->kind) {
    case VS__KIND_BOOL:
        return 'b';
    case VS__KIND_UINT:
        return 'u';
    case VS__KIND_INT:
        return 'i';
    case VS__KIND_FLOAT:
        return info->size > 1 && info->dtype != VS_BF16 ? 'f' : 0;
    case VS__KIND_COMPLEX:
        return 'c';
    }
    return 0;
}

/* The dictionary, then blanks and a newline up to the alignment. */
static size_t put_text(char *text, const struct vs__dtype_info *info,
                       const vs_shape *shape)
{
    size_t n = (size_t)snprintf(
        text, TEXT_MAX,
        "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (",
        info->size > 1 ? '<' : '|', letter_of(info), info->size);
    size_t first = 0; /* digits of the first axis */
    size_t end;

    for (int i = 0; i < shape->rank; i++) {
        const int digits = snprintf(text + n, TEXT_MAX - n, "%s%" PRId64,
                                    i > 0 ? ", " : "", shape->dims[i]);

        if (i == 0)
            first = (size_t)digits;
        n += (size_t)digits;
    }
    n += (size_t)snprintf(text + n, TEXT_MAX - n, "%s), }",
                          shape->rank == 1 ? "," : "");
    end = n + (shape->rank > 0 ? GROWTH - first : 0);
    end += ALIGNMENT - (PREFIX_BYTES + end + 1) % ALIGNMENT;
    memset(text + n, ' ', end - n);
    text[end] = '\n';
    return end + 1;
}

vs_status vs__npy_begin(struct vs__npy_writer *w, struct vs__output *output,
                        vs_dtype dtype, const vs_shape *shape, vs_error *err)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);
    char bytes[PREFIX_BYTES + TEXT_MAX] = "\x93NUMPY\x01";
    size_t n;
    vs_status st;

    if (info == NULL || letter_of(info) == 0) {
        (void)vs__fail(err, VS_ERR_UNSUPPORTED, ".npy has no dtype %s",
                       vs_dtype_name(dtype));
        vs__hint(err, "safetensors has");
        return VS_ERR_UNSUPPORTED;
    }
    if ((st = vs__shape_check(shape, dtype, true, ".npy", err)) != VS_OK)
        return st;
    w->output = output;
    w->dtype = dtype;
    w->left = vs__shape_count(shape);
    n = put_text(bytes + PREFIX_BYTES, info, shape);
    vs__store16((uint8_t *)bytes + PREFIX_BYTES - 2, (uint16_t)n);
    return vs__output_append(output, bytes, PREFIX_BYTES + n, err);
}

vs_status vs__npy_append(struct vs__npy_writer *w, const void *elements,
                         int64_t n, vs_error *err)
{
    vs_status st;

    if (n > w->left)
        return vs__fail(err, VS_ERR_MISUSE,
                        ".npy: %" PRId64 " elements come, %" PRId64 " are left",
                        n, w->left);
    st = vs__emit(w->output, w->dtype, elements, n, err);
    if (st == VS_OK)
        w->left -= n;
    return st;
}

vs_status vs__npy_end(const struct vs__npy_writer *w, vs_error *err)
{
    if (w->left == 0)
        return VS_OK;
    return vs__fail(err, VS_ERR_MISUSE,
                    ".npy: %" PRId64 " elements have not come", w->left);
}
