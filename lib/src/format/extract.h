/* extract.h - a stored tensor, or a slice of it, to memory or to a sink.
 *
 * Byte order is converted on the way; a bool that is not 0 becomes 1. Memory
 * does not grow with the tensor: about 1 MiB, and for the rows of a Fortran
 * array 8 MiB more.
 *
 * Cost. To memory, each byte asked for is read once, long runs straight into
 * the caller's memory, strided ones as window.h says; a Fortran array is read
 * in its own order and scattered. To a sink in row-major order a Fortran array
 * is gathered a block of rows at a time, as many as fit into 8 MiB: one run of
 * the file per block and column. If a single row does not fit, the file is
 * gone through once per row when a column is below 4 KiB, else element by
 * element.
 */
#ifndef VS_FORMAT_EXTRACT_H
#define VS_FORMAT_EXTRACT_H

#include "format/io.h"
#include "format/manifest.h"
#include "varstore/rule.h"
#include "varstore/tensor.h"

/* Reads a slice into a view. Both have been checked against the tensor.
 * VS_ERR_IO, VS_ERR_FORMAT (the file shrank), VS_ERR_NOMEM. */
vs_status vs__extract(const struct vs__input *in,
                      const struct vs__stored *tensor, const vs_slice *slice,
                      const vs_view *into, vs_error *err);

/* Gives the whole tensor in row-major order, in pieces of at most 1 MiB that
 * are aligned for the dtype. Also returns what the sink returns if it is not
 * VS_OK; words are then added only if the sink left none in `err`. */
vs_status vs__extract_to(const struct vs__input *in,
                         const struct vs__stored *tensor, vs_sink sink,
                         vs_error *err);

#endif
