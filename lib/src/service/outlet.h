/* outlet.h - the formats that a state can be written in, behind one face.
 */
#ifndef VS_SERVICE_OUTLET_H
#define VS_SERVICE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/npy.h"
#include "format/output.h"
#include "format/safetensors.h"
#include "service/inventory.h"
#include "service/proof.h"

struct vs__outlet_format;

struct vs__outlet {
    const struct vs__outlet_format *format; /* see vs__outlet_choose */
    const struct vs__inventory *inventory;  /* borrowed */
    struct vs__outgoing *tensors;           /* as the writer wants them */
    struct vs__buf text;                    /* of the metadata */
    struct vs__pair *pairs;                 /* n_pairs, into the text */
    size_t n_pairs;                         /* of the metadata */
    size_t first_proof; /* pairs[first_proof + i] is the digest of holding i */
    struct vs__proof proof; /* of the holding that is being written */
    size_t proved;          /* which one that is */
    struct vs__safetensors_writer safetensors; /* if that is the format */
    struct vs__npy_writer npy;                 /* if that is the format */
    size_t next; /* how many holdings have been begun */
};

/* Chooses the format: by its name, or if that is NULL by the path's ending.
 * The outlet is zeroed before. VS_ERR_UNSUPPORTED. */
vs_status vs__outlet_choose(struct vs__outlet *outlet, const char *name,
                            const char *path, vs_error *err);

/* Writes the header for an inventory; output and inventory are borrowed.
 *   VS_ERR_UNSUPPORTED  a dtype the format lacks
 *   VS_ERR_MISUSE       more variables than the format takes */
vs_status vs__outlet_begin(struct vs__outlet *outlet, struct vs__output *output,
                           const struct vs__inventory *inventory,
                           vs_error *err);

/* The holding whose elements come next. VS_DONE after the last. */
vs_status vs__outlet_next(struct vs__outlet *outlet, size_t *i, vs_error *err);

/* Appends elements of it, as they lie in memory. */
vs_status vs__outlet_append(struct vs__outlet *outlet, const void *elements,
                            int64_t n, vs_error *err);

/* Checks that all have come. The output can then be committed. */
vs_status vs__outlet_end(struct vs__outlet *outlet, vs_error *err);

/* Frees what it holds; the zeroed one is fine. */
void vs__outlet_done(struct vs__outlet *outlet);

#endif
