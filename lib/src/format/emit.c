/* emit.c - as they lie where the host is little-endian, else piece by piece
 * through a small buffer that is swapped.
 */
#include "format/emit.h"

#include <string.h>

#include "base/target.h"
#include "format/swap.h"
#include "tensor/dtype.h"

static vs_status emit_swapped(struct vs__output *o,
                              const struct vs__dtype_info *info,
                              const uint8_t *bytes, size_t n, vs_error *err)
{
    uint8_t piece[4096];
    vs_status st = VS_OK;

    for (size_t done = 0, k; st == VS_OK && done < n; done += k) {
        k = n - done < sizeof piece ? n - done : sizeof piece;
        memcpy(piece, bytes + done, k);
        vs__swap(piece, k / info->part, info->part);
        st = vs__output_append(o, piece, k, err);
    }
    return st;
}

vs_status vs__emit(struct vs__output *o, vs_dtype dtype, const void *elements,
                   int64_t n, vs_error *err)
{
    const struct vs__dtype_info *info = vs__dtype_info(dtype);
    const size_t bytes = (size_t)n * info->size;

    if (VS__HOST_BIG && info->part > 1)
        return emit_swapped(o, info, elements, bytes, err);
    return vs__output_append(o, elements, bytes, err);
}
