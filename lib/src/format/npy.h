/* npy.h - NumPy's .npy format, reading and writing: one array per file.
 *
 * Source: numpy/lib/format.py, "NumPy file format". The file is
 *   6 bytes     \x93NUMPY
 *   2 bytes     version, major and minor: 1.0, 2.0 or 3.0
 *   2 or 4      length of the header, little-endian; 4 bytes from 2.0 on
 *   that many   a Python dictionary: 'descr', 'fortran_order', 'shape'
 *   to the end  the elements
 * Read are bool, integers, f2 to f8 and c8, c16, of either byte order, in C or
 * Fortran order. Python objects, structures, text and times are refused, and
 * so are bytes behind the array (NumPy leaves them to the next reader of the
 * same stream; in a file they would be lost). Written is version 1.0, little-
 * endian, C order. NumPy has no name for bf16 and f8.
 */
#ifndef VS_FORMAT_NPY_H
#define VS_FORMAT_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/io.h"
#include "format/manifest.h"
#include "format/output.h"
#include "varstore/tensor.h"

#define VS__NPY_MAX_HEADER 65535 /* bytes; what version 1.0 can hold */

/* Whether a file that begins with these `n` bytes can be one. */
bool vs__npy_sniff(const uint8_t *head, size_t n);

/* Reads and checks the header, into an empty manifest, which the caller frees
 * whatever happens. The tensor's name is `name` (copied). VS_ERR_FORMAT,
 * VS_ERR_TOOBIG (the header), VS_ERR_UNSUPPORTED, VS_ERR_IO, VS_ERR_NOMEM. */
vs_status vs__npy_read(const struct vs__input *in, const char *name,
                       struct vs__manifest *out, vs_error *err);

/* The dictionary of a header. */
struct vs__npy_header {
    vs_dtype dtype;
    bool big;     /* numbers begin with their most significant byte */
    bool fortran; /* the first axis is the fastest */
    vs_shape shape;
};

/* Reads the text of a header of `n` bytes. A little parser of its own: three
 * keys, each once, in any order, with the literals Python would write; nothing
 * else is looked at, nothing evaluated. Words begin with `what`.
 * VS_ERR_FORMAT, VS_ERR_UNSUPPORTED. */
vs_status vs__npy_parse(const uint8_t *text, size_t n, const char *what,
                        struct vs__npy_header *out, vs_error *err);

struct vs__npy_writer {
    struct vs__output *output; /* borrowed */
    vs_dtype dtype;
    int64_t left; /* elements still to come */
};

/* Writes the header; nothing to free. Byte for byte what NumPy writes.
 * VS_ERR_UNSUPPORTED: a dtype NumPy has no name for; VS_ERR_SHAPE, and the
 * errors of vs__output_append. */
vs_status vs__npy_begin(struct vs__npy_writer *w, struct vs__output *output,
                        vs_dtype dtype, const vs_shape *shape, vs_error *err);

/* Appends `n` elements, as they lie in memory. VS_ERR_MISUSE: too many. */
vs_status vs__npy_append(struct vs__npy_writer *w, const void *elements,
                         int64_t n, vs_error *err);

/* Checks that every element has come: VS_ERR_MISUSE. */
vs_status vs__npy_end(const struct vs__npy_writer *w, vs_error *err);

#endif
