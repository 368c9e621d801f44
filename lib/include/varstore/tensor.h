/* tensor.h - shapes, slices and views: how a tensor is described to a call.
 *
 * All three are plain structs of the caller, copied by value, with nothing to
 * free. A view borrows memory and never owns it. Sizes count elements unless
 * a name says bytes. Every function here works on its arguments alone and may
 * be called from any thread.
 */
#ifndef VARSTORE_TENSOR_H
#define VARSTORE_TENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "varstore/dtype.h"
#include "varstore/export.h"
#include "varstore/status.h"

VS_BEGIN_DECLS

#define VS_MAX_RANK       16
#define VS_UNKNOWN        (-1) /* a dimension, or a rank, that is not given */
#define VS_SHAPE_TEXT_MAX 352  /* bytes that hold any shape as text, with NUL */

/* Extents of a tensor, outermost first. rank 0 is a scalar (one element); a
 * zero-length axis is allowed (no elements). Rank VS_UNKNOWN and dimensions
 * VS_UNKNOWN are legal only where a function says so. */
typedef struct vs_shape {
    int rank;                  /* 0 .. VS_MAX_RANK, or VS_UNKNOWN */
    int64_t dims[VS_MAX_RANK]; /* the first `rank` count */
} vs_shape;

/* Makes a shape of `rank` dimensions copied from `dims` (NULL if rank is 0).
 * VS_ERR_SHAPE: a rank not in 0 .. VS_MAX_RANK, a negative dimension other
 * than VS_UNKNOWN, or more than 2^63-1 elements; VS_ERR_MISUSE: no `dims`.
 * `err` (may be NULL) says which. */
VS_API vs_status vs_shape_make(int rank, const int64_t *dims, vs_shape *out,
                               vs_error *err);

/* Shapes for the usual ranks, unchecked: the call that takes the shape checks
 * it. vs_shape_unknown() has an unknown rank. */
static inline vs_shape vs_shape_scalar(void)
{
    vs_shape s = {0, {0}};
    return s;
}

static inline vs_shape vs_shape_1d(int64_t a)
{
    vs_shape s = {1, {a}};
    return s;
}

static inline vs_shape vs_shape_2d(int64_t a, int64_t b)
{
    vs_shape s = {2, {a, b}};
    return s;
}

static inline vs_shape vs_shape_3d(int64_t a, int64_t b, int64_t c)
{
    vs_shape s = {3, {a, b, c}};
    return s;
}

static inline vs_shape vs_shape_4d(int64_t a, int64_t b, int64_t c, int64_t d)
{
    vs_shape s = {4, {a, b, c, d}};
    return s;
}

static inline vs_shape vs_shape_unknown(void)
{
    vs_shape s = {VS_UNKNOWN, {0}};
    return s;
}

/* Number of elements of a fully known shape: the product, 1 for a scalar.
 * VS_ERR_SHAPE: invalid, not fully known, or above 2^63-1. */
VS_API vs_status vs_shape_count(const vs_shape *shape, int64_t *out);

/* True if rank and every dimension are known. */
VS_API bool vs_shape_known(const vs_shape *shape);

/* True if the two are the same, dimension by dimension. */
VS_API bool vs_shape_equal(const vs_shape *a, const vs_shape *b);

/* True if `want` admits `have`: an unknown rank admits all, an unknown
 * dimension is a wildcard, ranks must agree (TensorFlow's S51). */
VS_API bool vs_shape_compatible(const vs_shape *have, const vs_shape *want);

/* Writes "[2,3]", "[]", "[?,3]" or "?" and returns `text`, which holds at
 * least VS_SHAPE_TEXT_MAX bytes. */
VS_API char *vs_shape_text(const vs_shape *shape, char *text);

/* Reads what vs_shape_text writes; blanks, "2x3" and "2,3" are accepted too.
 * VS_ERR_SHAPE with words in `err` (may be NULL). */
VS_API vs_status vs_shape_parse(const char *text, vs_shape *out, vs_error *err);

/* A rectangular selection of a tensor: on axis i the elements start[i],
 * start[i] + step[i], ... , count[i] of them. */
typedef struct vs_slice {
    int rank;                   /* that of the tensor */
    uint32_t dropped;           /* bit i: axis i was a single index, no axis */
    int64_t start[VS_MAX_RANK]; /* first index, >= 0 */
    int64_t count[VS_MAX_RANK]; /* how many, >= 0 */
    int64_t step[VS_MAX_RANK];  /* distance, >= 1 */
} vs_slice;

/* The whole of a fully known shape. */
VS_API vs_slice vs_slice_all(const vs_shape *shape);

/* Rows [first, first + n) of the outermost axis of a fully known shape of
 * rank >= 1, unchecked. */
VS_API vs_slice vs_slice_rows(const vs_shape *shape, int64_t first, int64_t n);

/* Reads NumPy's basic slicing, "0:3, ::2", "-1", "..., 4", with or without
 * brackets, against a fully known shape. Unlike NumPy a bound or an index
 * outside the axis is an error, never a silent clip; steps are positive.
 * VS_ERR_RANGE: outside the shape, with the shape in the words.
 * VS_ERR_MISUSE: not a slice. `err` may be NULL. */
VS_API vs_status vs_slice_parse(const char *text, const vs_shape *shape,
                                vs_slice *out, vs_error *err);

/* The shape of what a slice selects: its counts without dropped axes. */
VS_API vs_shape vs_slice_shape(const vs_slice *slice);

/* Borrowed memory with a dtype, a shape and strides. Strides count elements,
 * may be negative or zero, and address from `data`, the element at index 0.
 * Elements need no alignment. Functions that write a variable only read the
 * memory; functions that read a variable only write it. */
typedef struct vs_view {
    void *data;                   /* element [0, 0, ...]; NULL if none */
    vs_dtype dtype;               /* of each element */
    vs_shape shape;               /* fully known */
    int64_t strides[VS_MAX_RANK]; /* elements from index i to i + 1 */
} vs_view;

/* A view of contiguous memory in C order (last axis fastest). */
VS_API vs_view vs_view_of(vs_dtype dtype, const vs_shape *shape, void *data);

/* The same for memory that the library must only read. */
VS_API vs_view vs_view_const(vs_dtype dtype, const vs_shape *shape,
                             const void *data);

/* Statistics of a run of elements, mergeable. Complex elements count as two
 * real ones. Values of 64-bit integers are rounded to double. */
typedef struct vs_stats {
    int64_t count; /* numbers seen, NaN and infinities included */
    int64_t zeros; /* +0 and -0 */
    int64_t nans;
    int64_t infs; /* of both signs */
    double min;   /* of the finite ones; +inf when there is none */
    double max;   /* of the finite ones; -inf when there is none */
    double mean;  /* of the finite ones; 0 when there is none */
    double m2;    /* sum of squared distances from that mean */
} vs_stats;

/* Adds the elements that `more` describes to those of `into`. */
VS_API void vs_stats_merge(vs_stats *into, const vs_stats *more);

/* Standard deviation (population) and Euclidean norm of the finite values. */
VS_API double vs_stats_std(const vs_stats *stats);
VS_API double vs_stats_norm(const vs_stats *stats);

/* Converts `n` elements at any address to double, real parts only for complex;
 * bool gives 0 or 1; 64-bit integers are rounded. `src` and `dst` do not
 * overlap, here and below; an unknown dtype writes nothing. */
VS_API void vs_to_double(vs_dtype dtype, const void *src, int64_t n,
                         double *dst);

/* Converts `n` doubles to elements: floats round to nearest even, an f8_e4m3
 * beyond its range becomes NaN; integers truncate toward zero and saturate,
 * NaN gives 0; bool is x != 0; complex gets a zero imaginary part. */
VS_API void vs_from_double(vs_dtype dtype, const double *src, int64_t n,
                           void *dst);

#define VS_ELEMENT_TEXT_MAX 96 /* bytes that hold any element as text */

/* Writes one element as text that vs_element_parse reads back: integers
 * exactly, floats with `precision` significant digits (0: the fewest that read
 * back as the same value), "nan", "inf", "-inf", "true", "(1+2j)". Returns
 * `text`, which holds at least VS_ELEMENT_TEXT_MAX bytes. */
VS_API char *vs_element_text(vs_dtype dtype, const void *src, int precision,
                             char *text);

/* Reads one element. Integers are read exactly, with a C prefix if any.
 * VS_ERR_MISUSE: not such a number. VS_ERR_RANGE: it does not fit the dtype
 * (an integer outside the type, a finite float that would become infinite).
 * VS_ERR_DTYPE: no dtype. `err` (may be NULL) holds the text and the dtype. */
VS_API vs_status vs_element_parse(vs_dtype dtype, const char *text, void *dst,
                                  vs_error *err);

VS_END_DECLS

#endif
