/* file.h - checkpoint files of other programs, read where they are.
 *
 * Formats: safetensors, and NumPy's .npy (one tensor, named after the file).
 * A file is held to its format's rules before anything is read from it, and no
 * allocation follows an unchecked length in it. Reading streams; memory does
 * not grow with the tensors. Never open a varstore file with this while the
 * process has it open as a store (see store.h).
 *
 * Thread rule: a vs_file belongs to one thread at a time.
 */
#ifndef VARSTORE_FILE_H
#define VARSTORE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/rule.h"
#include "varstore/status.h"
#include "varstore/tensor.h"

VS_BEGIN_DECLS

typedef struct vs_file vs_file;

/* Opens a foreign file and reads its header; the format is told from its
 * bytes. Close with vs_file_close.
 *   VS_ERR_NOFILE, VS_ERR_PERM, VS_ERR_IO, VS_ERR_NOMEM
 *   VS_ERR_UNSUPPORTED  not a format known here, or a feature of it that is
 *                       not supported (a dtype, Python objects in .npy)
 *   VS_ERR_FORMAT       breaks its format's rules; the words tell which tensor
 *                       and which values
 *   VS_ERR_TOOBIG       a header above the format's limit
 * `err` may be NULL. Any thread. */
VS_API VS_MUST_USE vs_status vs_file_open(const char *path, vs_file **out,
                                          vs_error *err);
VS_API void vs_file_close(vs_file *file);

typedef struct vs_file_entry {
    const char *name; /* as in the file; any UTF-8 without NUL; borrowed */
    vs_dtype dtype;
    vs_shape shape;
    int64_t n_elements;
    int64_t n_bytes;
} vs_file_entry;

/* The format's name, "safetensors" or "npy"; static. */
VS_API const char *vs_file_format(const vs_file *file);

/* How many tensors; the i-th in the order of names (i below the count);
 * the index of a name, or -1. Entries are borrowed until the file closes. */
VS_API size_t vs_file_count(const vs_file *file);
VS_API const vs_file_entry *vs_file_get(const vs_file *file, size_t i);
VS_API int64_t vs_file_find(const vs_file *file, const char *name);

/* Free-form metadata of the file, key and value, in the order of keys;
 * VS_DONE past the last. Borrowed until the file closes. */
VS_API vs_status vs_file_metadata(const vs_file *file, size_t i,
                                  const char **key, const char **value);

/* Reads a slice of the i-th tensor into `into`, or the whole with a NULL
 * slice, in the host's byte order; a bool that is not 0 becomes 1. On failure
 * what `into` holds is undefined. VS_ERR_MISUSE (no such tensor),
 * VS_ERR_SHAPE, VS_ERR_DTYPE, VS_ERR_RANGE, VS_ERR_IO, VS_ERR_FORMAT (the file
 * shrank). `err` may be NULL. */
VS_API vs_status vs_file_read(vs_file *file, size_t i, const vs_slice *slice,
                              const vs_view *into, vs_error *err);

/* Gives the i-th tensor piece by piece to `sink`, as vs_variable_read_to. */
VS_API vs_status vs_file_read_to(vs_file *file, size_t i, vs_sink sink,
                                 vs_error *err);

VS_END_DECLS

#endif
