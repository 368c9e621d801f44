/* safetensors.h - the .safetensors format, reading and writing.
 *
 * Source: github.com/huggingface/safetensors. The file is
 *   8 bytes        N, little-endian, at most 100,000,000
 *   N bytes        JSON: it begins with '{', blanks may follow it
 *   to the end     data: little-endian, C order
 * The JSON object has one member per tensor, name to {"dtype", "shape",
 * "data_offsets": [begin, end)}, and may have "__metadata__", strings to
 * strings. Offsets count from the start of the data. The ranges cover the data
 * without hole or overlap. Members of a tensor that we do not know are read
 * past, as the reference reader does.
 */
#ifndef VS_FORMAT_SAFETENSORS_H
#define VS_FORMAT_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/io.h"
#include "format/manifest.h"
#include "format/output.h"
#include "varstore/tensor.h"

#define VS__SAFETENSORS_MAX_HEADER 100000000
#define VS__SAFETENSORS_METADATA   "__metadata__"

/* The format's name of a dtype and the dtype of a name; NULL and
 * VS_DTYPE_NONE if there is none. */
const char *vs__safetensors_dtype_name(vs_dtype dtype);
vs_dtype vs__safetensors_dtype(const char *name);

/* Where the format puts a dtype: the reference writer stores tensors in
 * falling order of this rank, which never rises with a smaller element. */
int vs__safetensors_dtype_rank(vs_dtype dtype);

/* Whether a file that begins with these `n` bytes can be one. */
bool vs__safetensors_sniff(const uint8_t *head, size_t n);

/* Reads and checks the header, into an empty manifest, which the caller frees
 * whatever happens. Memory: N bytes, once N is known to be in the file, and
 * the manifest. VS_ERR_FORMAT, VS_ERR_TOOBIG (N), VS_ERR_UNSUPPORTED (a dtype,
 * a rank), VS_ERR_IO, VS_ERR_NOMEM; the words name tensor and values. */
vs_status vs__safetensors_read(const struct vs__input *in,
                               struct vs__manifest *out, vs_error *err);

/* A tensor to be written. */
struct vs__outgoing {
    const char *name; /* UTF-8, unique */
    vs_dtype dtype;
    vs_shape shape; /* fully known */
};

struct vs__safetensors_writer {
    struct vs__output *output;          /* borrowed */
    const struct vs__outgoing *tensors; /* borrowed */
    size_t n;                           /* of them */
    size_t *order; /* order[k]: index of the k-th in the file; owned */
    size_t k;      /* the one being written; n: all are */
    int64_t left;  /* elements of it still to come */
};

/* Writes the header. Tensors and output are borrowed until vs__.._done, which
 * is to be called whatever happens. Elements must then be appended in the
 * order that `order` tells: by falling rank of dtype, then by name, so that
 * wide types stay aligned, as the reference writer has it.
 *   VS_ERR_UNSUPPORTED  a dtype the format lacks; the name "__metadata__"
 *   VS_ERR_NAME         a name that is not UTF-8
 *   VS_ERR_MISUSE       a name given twice
 *   VS_ERR_TOOBIG       a header above the limit
 *   VS_ERR_SHAPE, VS_ERR_NOMEM, and those of vs__output_append */
vs_status vs__safetensors_begin(struct vs__safetensors_writer *w,
                                struct vs__output *output,
                                const struct vs__outgoing *tensors, size_t n,
                                const struct vs__pair *pairs, size_t n_pairs,
                                vs_error *err);

/* Appends `n` elements, as they lie in memory, to the tensor order[k]; the
 * next one follows when it is full. VS_ERR_MISUSE: more than it has left. */
vs_status vs__safetensors_append(struct vs__safetensors_writer *w,
                                 const void *elements, int64_t n,
                                 vs_error *err);

/* Checks that every element has come: VS_ERR_MISUSE. The caller then commits
 * the output. */
vs_status vs__safetensors_end(const struct vs__safetensors_writer *w,
                              vs_error *err);

/* Writes the metadata anew, once every element has come: the same keys, with
 * values of the same lengths as before. */
vs_status vs__safetensors_amend(const struct vs__safetensors_writer *w,
                                const struct vs__pair *pairs, size_t n_pairs,
                                vs_error *err);

/* Frees what the writer holds; the zeroed one is fine. */
void vs__safetensors_done(struct vs__safetensors_writer *w);

#endif
