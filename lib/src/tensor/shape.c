/* shape.c - shapes: counting, comparing, checking, and their text.
 *
 * A shape is the caller's plain struct, so nothing about it is believed here:
 * a rank outside 0 .. VS_MAX_RANK is never used as a loop bound. The text of a
 * known shape is also JSON.
 */
#include "tensor/shape.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define LIMIT ((int64_t)1 << 62) /* elements and bytes of a variable */

static bool rank_valid(const vs_shape *shape)
{
    return shape->rank >= 0 && shape->rank <= VS_MAX_RANK;
}

/* The product of the dimensions, unknown ones as 1, zeros as `zero` (0 or 1).
 * False if it passes 2^63-1. A zero that counts wins whatever its place. */
static bool product(const vs_shape *shape, int64_t zero, int64_t *out)
{
    int64_t n = 1;

    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] == 0 && zero == 0) {
            *out = 0;
            return true;
        }
    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] > 0 && !vs__mul_i64(n, shape->dims[i], &n))
            return false;
    *out = n;
    return true;
}

/* A legal rank, and no dimension below 0 but VS_UNKNOWN. */
static vs_status check_dims(const vs_shape *shape, const char *what,
                            vs_error *err)
{
    char text[VS_SHAPE_TEXT_MAX];

    if (!rank_valid(shape))
        return vs__fail(err, VS_ERR_SHAPE, "%s: rank %d, want 0 to %d", what,
                        shape->rank, VS_MAX_RANK);
    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] < 0 && shape->dims[i] != VS_UNKNOWN)
            return vs__fail(err, VS_ERR_SHAPE,
                            "%s: dimension %d of shape %s is negative", what, i,
                            vs_shape_text(shape, text));
    return VS_OK;
}

vs_status vs_shape_make(int rank, const int64_t *dims, vs_shape *out,
                        vs_error *err)
{
    vs_shape shape = {rank, {0}};
    char text[VS_SHAPE_TEXT_MAX];
    int64_t n;
    vs_status st;

    if (rank > 0 && dims == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "shape: rank %d without dimensions",
                        rank);
    if (rank > 0 && rank <= VS_MAX_RANK)
        memcpy(shape.dims, dims, (size_t)rank * sizeof dims[0]);
    st = check_dims(&shape, "shape", err);
    if (st != VS_OK)
        return st;
    if (!product(&shape, 0, &n))
        return vs__fail(err, VS_ERR_SHAPE,
                        "shape %s has more than 2^63-1 elements",
                        vs_shape_text(&shape, text));
    *out = shape;
    return VS_OK;
}

bool vs_shape_known(const vs_shape *shape)
{
    if (!rank_valid(shape))
        return false;
    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] < 0)
            return false;
    return true;
}

vs_status vs_shape_count(const vs_shape *shape, int64_t *out)
{
    return vs_shape_known(shape) && product(shape, 0, out) ? VS_OK
                                                           : VS_ERR_SHAPE;
}

bool vs_shape_equal(const vs_shape *a, const vs_shape *b)
{
    if (a->rank != b->rank)
        return false;
    if (a->rank == VS_UNKNOWN)
        return true;
    return rank_valid(a) &&
           memcmp(a->dims, b->dims, (size_t)a->rank * sizeof a->dims[0]) == 0;
}

bool vs_shape_compatible(const vs_shape *have, const vs_shape *want)
{
    if (want->rank == VS_UNKNOWN)
        return true;
    if (have->rank != want->rank || !rank_valid(have))
        return false;
    for (int i = 0; i < have->rank; i++)
        if (want->dims[i] != VS_UNKNOWN && want->dims[i] != have->dims[i])
            return false;
    return true;
}

char *vs_shape_text(const vs_shape *shape, char *text)
{
    char *p = text;
    const char *end = text + VS_SHAPE_TEXT_MAX;

    if (shape->rank == VS_UNKNOWN)
        return memcpy(text, "?", 2);
    if (!rank_valid(shape)) {
        (void)snprintf(text, VS_SHAPE_TEXT_MAX, "[rank %d]", shape->rank);
        return text;
    }
    *p++ = '[';
    for (int i = 0; i < shape->rank; i++) {
        if (i > 0)
            *p++ = ',';
        if (shape->dims[i] == VS_UNKNOWN)
            *p++ = '?';
        else
            p += snprintf(p, (size_t)(end - p), "%" PRId64, shape->dims[i]);
    }
    *p++ = ']';
    *p = '\0';
    return text;
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* One dimension, "?" or digits; NULL if there is none or it passes 2^63-1. */
static const char *read_dim(const char *p, int64_t *out)
{
    int64_t n = 0;

    if (*p == '?') {
        *out = VS_UNKNOWN;
        return p + 1;
    }
    if (*p < '0' || *p > '9')
        return NULL;
    for (; *p >= '0' && *p <= '9'; p++)
        if (!vs__mul_i64(n, 10, &n) || !vs__add_i64(n, *p - '0', &n))
            return NULL;
    *out = n;
    return p;
}

/* Dimensions up to `close` (']' or NUL), separated by ',' or 'x'; the rank, or
 * -1 if the text is not that. */
static int read_dims(const char *p, char close, int64_t dims[VS_MAX_RANK])
{
    int rank = 0;

    p = skip_blanks(p);
    if (*p == close && close == ']')
        return *skip_blanks(p + 1) == '\0' ? 0 : -1;
    for (;; p = skip_blanks(p + 1)) {
        if (rank == VS_MAX_RANK || (p = read_dim(p, &dims[rank])) == NULL)
            return -1;
        rank++;
        p = skip_blanks(p);
        if (*p != ',' && *p != 'x')
            break;
    }
    if (*p != close || (close == ']' && *skip_blanks(p + 1) != '\0'))
        return -1;
    return rank;
}

vs_status vs_shape_parse(const char *text, vs_shape *out, vs_error *err)
{
    int64_t dims[VS_MAX_RANK];
    const char *p = text != NULL ? skip_blanks(text) : "";
    int rank;

    if (*p == '?' && *skip_blanks(p + 1) == '\0') {
        *out = vs_shape_unknown();
        return VS_OK;
    }
    rank = *p == '[' ? read_dims(p + 1, ']', dims) : read_dims(p, '\0', dims);
    if (rank < 0) {
        vs_status st = vs__fail(err, VS_ERR_SHAPE, "'%.80s' is not a shape",
                                text != NULL ? text : "");

        vs__hint(err, "write [2,3], [?,3] or [], at most %d dimensions",
                 VS_MAX_RANK);
        return st;
    }
    return vs_shape_make(rank, dims, out, err);
}

vs_status vs__shape_check(const vs_shape *shape, vs_dtype dtype, bool known,
                          const char *what, vs_error *err)
{
    char text[VS_SHAPE_TEXT_MAX];
    int64_t size = (int64_t)vs_dtype_size(dtype);
    int64_t n;
    vs_status st;

    st = shape->rank != VS_UNKNOWN ? check_dims(shape, what, err) : VS_OK;
    if (st != VS_OK)
        return st;
    if (known && !vs_shape_known(shape))
        return vs__fail(err, VS_ERR_NEEDSHAPE,
                        "%s needs a fully known shape, have %s", what,
                        vs_shape_text(shape, text));
    if (!product(shape, 1, &n) || n >= LIMIT)
        return vs__fail(err, VS_ERR_SHAPE,
                        "%s: shape %s has 2^62 elements or more", what,
                        vs_shape_text(shape, text));
    if (size != 0 && n > (LIMIT - 1) / size)
        return vs__fail(err, VS_ERR_TOOBIG, "%s: %s%s has 2^62 bytes or more",
                        what, vs_dtype_name(dtype), vs_shape_text(shape, text));
    return VS_OK;
}

int64_t vs__shape_count(const vs_shape *shape)
{
    int64_t n = 1;

    assert(vs_shape_known(shape));
    for (int i = 0; i < shape->rank; i++)
        n *= shape->dims[i];
    return n;
}
