/* proof.c - see proof.h. */
#include "service/proof.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/fail.h"
#include "base/target.h"
#include "format/swap.h"
#include "tensor/dtype.h"

#define PIECE_BYTES 4096

vs_status vs__proof_begin(struct vs__proof *p, vs_dtype dtype,
                          const vs_shape *shape, vs_error *err)
{
    uint8_t type[2 + 8 * VS_MAX_RANK];

    if (p->digester == NULL && (p->digester = vs__digester_new()) == NULL)
        return vs__fail_nomem(err);
    p->dtype = dtype;
    type[0] = (uint8_t)dtype;
    type[1] = (uint8_t)shape->rank;
    for (int i = 0; i < shape->rank; i++)
        vs__store64(type + 2 + 8 * i, (uint64_t)shape->dims[i]);
    vs__digester_begin(p->digester);
    vs__digester_add(p->digester, type, 2 + 8 * (size_t)shape->rank);
    return VS_OK;
}

/* As they lie in a file, piece by piece. */
static void add_converted(struct vs__proof *p,
                          const struct vs__dtype_info *info,
                          const uint8_t *bytes, size_t n)
{
    uint8_t piece[PIECE_BYTES];

    for (size_t done = 0, k; done < n; done += k) {
        k = n - done < sizeof piece ? n - done : sizeof piece;
        memcpy(piece, bytes + done, k);
        if (VS__HOST_BIG && info->part > 1)
            vs__swap(piece, k / info->part, info->part);
        else /* booleans, of one byte */
            for (size_t i = 0; i < k; i++)
                piece[i] = piece[i] != 0;
        vs__digester_add(p->digester, piece, k);
    }
}

void vs__proof_add(struct vs__proof *p, const void *elements, int64_t n)
{
    const struct vs__dtype_info *info = vs__dtype_info(p->dtype);
    const size_t bytes = (size_t)n * info->size;

    if (info->kind == VS__KIND_BOOL || (VS__HOST_BIG && info->part > 1))
        add_converted(p, info, elements, bytes);
    else
        vs__digester_add(p->digester, elements, bytes);
}

void vs__proof_text(const struct vs__proof *p, char text[VS__PROOF_TEXT])
{
    const struct vs__digest digest = vs__digester_end(p->digester);

    for (size_t i = 0; i < VS__DIGEST_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest.bytes[i]);
}

bool vs__proof_holds(const struct vs__proof *p, const char *text)
{
    char own[VS__PROOF_TEXT];

    vs__proof_text(p, own);
    return strcmp(own, text) == 0;
}

void vs__proof_done(struct vs__proof *p)
{
    vs__digester_free(p->digester);
    p->digester = NULL;
}
