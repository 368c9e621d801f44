/* dtype.h - the one table of element types. */
#ifndef VS_TENSOR_DTYPE_H
#define VS_TENSOR_DTYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "varstore/dtype.h"

enum vs__dtype_kind {
    VS__KIND_BOOL,
    VS__KIND_UINT,
    VS__KIND_INT,
    VS__KIND_FLOAT,
    VS__KIND_COMPLEX
};

struct vs__dtype_info {
    vs_dtype dtype;           /* the row's own number */
    enum vs__dtype_kind kind; /* how its bytes are read */
    const char *name;         /* the short one: "f32" */
    size_t size;              /* bytes of an element */
    size_t part; /* bytes of a real number in it: size, or half of it */
};

/* The table's row, or NULL for a number that is no dtype. */
const struct vs__dtype_info *vs__dtype_info(vs_dtype dtype);

static inline bool vs__dtype_valid(vs_dtype dtype)
{
    return vs__dtype_info(dtype) != NULL;
}

#endif
