/* print.c - see print.h. */
#include "print.h"

#include <inttypes.h>
#include <string.h>

#include "tally.h"

/* NumPy's name of a dtype, little-endian; NULL if it has none. */
static const char *npy_name(vs_dtype dtype)
{
    static const char *const names[VS_N_DTYPES + 1] = {
        [VS_BOOL] = "|b1", [VS_U8] = "|u1",   [VS_U16] = "<u2",
        [VS_U32] = "<u4",  [VS_U64] = "<u8",  [VS_I8] = "|i1",
        [VS_I16] = "<i2",  [VS_I32] = "<i4",  [VS_I64] = "<i8",
        [VS_F16] = "<f2",  [VS_F32] = "<f4",  [VS_F64] = "<f8",
        [VS_C64] = "<c8",  [VS_C128] = "<c16"};

    return dtype > VS_DTYPE_NONE && dtype <= VS_N_DTYPES ? names[dtype] : NULL;
}

/* Version 1.0: magic, length of the header, a Python dict padded with blanks
 * so that the data starts at a multiple of 64. */
static void put_npy_header(struct printer *p)
{
    char header[512];
    int n = snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (",
                     npy_name(p->dtype));
    int padded;

    for (int i = 0; i < p->shape.rank; i++)
        n += snprintf(header + n, sizeof header - (size_t)n, "%" PRId64 "%s",
                      p->shape.dims[i],
                      i + 1 < p->shape.rank ? ", "
                      : i == 0              ? ","
                                            : "");
    n += snprintf(header + n, sizeof header - (size_t)n, "), }");
    padded = (10 + n + 1 + 63) / 64 * 64 - 10;
    (void)fwrite("\x93NUMPY\x01\x00", 1, 8, p->out);
    (void)fputc(padded & 0xFF, p->out);
    (void)fputc(padded >> 8, p->out);
    (void)fprintf(p->out, "%-*s\n", padded - 1, header);
}

vs_status print_begin(struct printer *p, FILE *out, enum format format,
                      vs_dtype dtype, const vs_shape *shape, int precision)
{
    int64_t inner = 1;

    memset(p, 0, sizeof *p);
    p->out = out;
    p->format = format;
    p->dtype = dtype;
    p->shape = *shape;
    p->precision = precision;
    for (int i = shape->rank - 1; i >= 0; i--)
        if (shape->dims[i] == 0)
            inner = 0;
    for (int i = shape->rank - 1; i >= 0 && inner > 0; i--)
        p->inner[i] = inner *= shape->dims[i];
    if (format == FORMAT_NPY && npy_name(dtype) == NULL)
        return VS_ERR_UNSUPPORTED;
    if (format == FORMAT_NPY)
        put_npy_header(p);
    return VS_OK;
}

void print_measure(struct printer *p, const void *src, int64_t n)
{
    size_t size = vs_dtype_size(p->dtype);
    const char *at = src;
    char text[VS_ELEMENT_TEXT_MAX];

    if (p->format != FORMAT_TEXT || p->shape.rank == 0)
        return;
    for (int64_t i = 0; i < n; i++, at += size) {
        int width =
            (int)strlen(vs_element_text(p->dtype, at, p->precision, text));

        p->width = width > p->width ? width : p->width;
    }
}

/* Lists that start at element `n`: those of the last axes whose index is 0. */
static int edges(const struct printer *p, int64_t n)
{
    int edge = p->shape.rank;

    while (edge > 0 && n % p->inner[edge - 1] == 0)
        edge--;
    return p->shape.rank - edge;
}

static void repeat(FILE *out, char c, int n)
{
    for (; n > 0; n--)
        (void)fputc(c, out);
}

/* What stands before the next element. */
static void put_before(struct printer *p)
{
    int rank = p->shape.rank;
    int opened = edges(p, p->n);

    if (p->format == FORMAT_CSV) {
        if (p->n > 0)
            (void)fputc(opened > 0 || rank == 1 ? '\n' : ',', p->out);
        return;
    }
    if (p->format == FORMAT_JSON) {
        if (p->n > 0)
            (void)fputc(',', p->out);
    } else if (p->n > 0 && opened == 0)
        (void)fputc(' ', p->out);
    else if (p->n > 0) {
        repeat(p->out, '\n', opened);
        repeat(p->out, ' ', rank - opened);
    }
    repeat(p->out, '[', opened);
}

static void put_json_element(struct printer *p, const char *at)
{
    vs_dtype part = complex_part(p->dtype);
    int n = complex_parts(p->dtype);
    char text[VS_ELEMENT_TEXT_MAX];

    for (int i = 0; i < n; i++) {
        const char *number = vs_element_text(
            part, at + (size_t)i * vs_dtype_size(part), p->precision, text);
        bool finite =
            strpbrk(number, "0123456789") != NULL || p->dtype == VS_BOOL;

        (void)fprintf(p->out, "%s%s%s%s%s", n > 1 && i == 0 ? "[" : "",
                      finite ? "" : "\"", number, finite ? "" : "\"",
                      n == 1   ? ""
                      : i == 0 ? ","
                               : "]");
    }
}

static void put_raw(struct printer *p, const char *src, int64_t n)
{
    size_t size = vs_dtype_size(p->dtype);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    size_t part = vs_dtype_size(complex_part(p->dtype));

    for (size_t i = 0; i < (size_t)n * size; i += part)
        for (size_t k = part; k > 0; k--)
            (void)fputc(src[i + k - 1], p->out);
#else
    (void)fwrite(src, size, (size_t)n, p->out);
#endif
    p->n += n;
}

void print_elements(struct printer *p, const void *src, int64_t n)
{
    size_t size = vs_dtype_size(p->dtype);
    const char *at = src;
    char text[VS_ELEMENT_TEXT_MAX];

    if (p->format == FORMAT_NPY || p->format == FORMAT_RAW) {
        put_raw(p, src, n);
        return;
    }
    for (int64_t i = 0; i < n; i++, at += size) {
        put_before(p);
        p->n++;
        if (p->format == FORMAT_JSON)
            put_json_element(p, at);
        else
            (void)fprintf(p->out, "%*s", p->width,
                          vs_element_text(p->dtype, at, p->precision, text));
        if (p->format != FORMAT_CSV)
            repeat(p->out, ']', edges(p, p->n));
    }
}

void print_end(struct printer *p)
{
    bool lists = p->format == FORMAT_TEXT || p->format == FORMAT_JSON;

    if (lists && p->n == 0) /* whatever the shape, as NumPy prints it */
        (void)fputs("[]", p->out);
    if ((lists && !p->embedded) || (p->format == FORMAT_CSV && p->n > 0))
        (void)fputc('\n', p->out);
}
