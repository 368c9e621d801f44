/* proof.h - the digest of a tensor that goes with it in an exported file.
 *
 * A foreign format has no checksums. Where it has room for words of ours, an
 * export puts a digest of each tensor there, and an import compares it: a bit
 * that was changed in between is found. The digest (codec/digest.h) is over the
 * dtype, the rank and the dimensions as in a version's digest (lib/FORMAT.md),
 * then the elements as they lie in the file: little-endian, in row-major order,
 * a bool as 0 or 1.
 */
#ifndef VS_SERVICE_PROOF_H
#define VS_SERVICE_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/digest.h"
#include "varstore/tensor.h"

/* The key in a file's metadata is this, and the tensor's name behind it. */
#define VS__PROOF_KEY  "varstore.digest."
#define VS__PROOF_TEXT (2 * VS__DIGEST_BYTES + 1) /* bytes, with NUL */

/* A digest that is being made. The zeroed one is empty. */
struct vs__proof {
    struct vs__digester *digester; /* owned; NULL before the first begin */
    vs_dtype dtype;                /* of the tensor */
};

/* Begins with a tensor. VS_ERR_NOMEM. */
vs_status vs__proof_begin(struct vs__proof *p, vs_dtype dtype,
                          const vs_shape *shape, vs_error *err);

/* Adds the next elements, as they lie in memory. */
void vs__proof_add(struct vs__proof *p, const void *elements, int64_t n);

/* Writes the digest as hex digits; more can be added behind it. */
void vs__proof_text(const struct vs__proof *p, char text[VS__PROOF_TEXT]);

/* Is this what the file says? */
bool vs__proof_holds(const struct vs__proof *p, const char *text);

/* Frees what it holds. */
void vs__proof_done(struct vs__proof *p);

#endif
