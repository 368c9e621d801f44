/* print.h - elements as text, JSON, CSV, .npy or raw bytes, as they stream.
 *
 * Elements arrive in row-major order, any number at a time; nothing is kept
 * but the position.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "varstore/tensor.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_NPY, FORMAT_RAW };

struct printer {
    FILE *out; /* borrowed */
    enum format format;
    vs_dtype dtype;
    vs_shape shape; /* of what is printed */
    int precision;  /* significant digits; 0: as many as it takes */
    int width;      /* text: columns of one element */
    bool embedded;  /* inside a document: no end of line of its own */
    int64_t inner[VS_MAX_RANK]; /* elements of one list at depth i */
    int64_t n;                  /* elements printed */
};

/* Writes what comes before the first element. VS_ERR_UNSUPPORTED: NumPy has
 * no such dtype. */
vs_status print_begin(struct printer *p, FILE *out, enum format format,
                      vs_dtype dtype, const vs_shape *shape, int precision);

/* Widens the columns for these elements (text only; before they are printed).
 */
void print_measure(struct printer *p, const void *src, int64_t n);

/* Prints `n` elements. */
void print_elements(struct printer *p, const void *src, int64_t n);

/* Writes what comes after the last. */
void print_end(struct printer *p);

#endif
