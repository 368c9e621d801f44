/* emit.h - elements of memory to the bytes of a little-endian file. */
#ifndef VS_FORMAT_EMIT_H
#define VS_FORMAT_EMIT_H

#include <stdint.h>

#include "format/output.h"
#include "varstore/dtype.h"

/* Appends `n` elements. Errors as vs__output_append. */
vs_status vs__emit(struct vs__output *o, vs_dtype dtype, const void *elements,
                   int64_t n, vs_error *err);

#endif
