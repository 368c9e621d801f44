/* transfer.h - between a store and files of other programs.
 *
 * Formats and their rules are in file.h; writing knows safetensors and .npy.
 * Codes that any call may return and the thread rule are those of variable.h.
 */
#ifndef VARSTORE_TRANSFER_H
#define VARSTORE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/scope.h"
#include "varstore/status.h"
#include "varstore/store.h"

VS_BEGIN_DECLS

/* Told how far a long call is: raw bytes done and in all. Returning other than
 * 0 stops the call with VS_ERR_CANCELLED; nothing is left half done. */
typedef struct vs_progress {
    int (*tick)(int64_t done, int64_t total, void *ctx); /* NULL: no reports */
    void *ctx;
} vs_progress;

typedef struct vs_import_options {
    size_t size;       /* sizeof(vs_import_options); 0 means that too */
    const char *scope; /* names go below it; NULL: the root */
    vs_reuse reuse;    /* NONE (and INHERIT): every name must be new;
                          TRUE: every name must exist and is overwritten;
                          AUTO: overwritten or created */
    char separator;    /* this character of a name becomes '/'; 0: none */
    vs_progress progress;
    bool unverified; /* take the tensors whatever the digests in the file say */
} vs_import_options;

typedef struct vs_transfer_report {
    int64_t n_tensors;
    int64_t n_bytes;   /* raw */
    int64_t n_created; /* import: names that were new */
    int64_t n_ties;    /* export: names left out because they are aliases */
} vs_transfer_report;

/* Imports every tensor of a file, in one transaction. `report` may be NULL.
 *
 * A safetensors file that vs_export wrote has a digest of each tensor in its
 * metadata: of dtype, shape and value. They are compared, so that whatever one
 * changed bit does to the file (or its truncation), the import fails or gives
 * what was exported. Of a file without digests, and of any .npy, the rules of
 * its format alone can tell a damage: a changed bit of a value, or in a header
 * that stays well-formed, is imported as it stands in the file.
 *   VS_ERR_CORRUPT   a tensor is not what its digest says, or has none where
 *                    others have one: the file is damaged, or a program changed
 *                    it and kept the metadata (see `unverified`)
 *   VS_ERR_NAME      a tensor's name is not valid here; two tensors would be
 *                    one variable: both are told
 *   VS_ERR_MISUSE    a file of the store itself
 *   VS_ERR_EXISTS, VS_ERR_NOTFOUND, VS_ERR_SHAPE, VS_ERR_DTYPE  by `reuse`
 *   and every code of vs_file_open */
VS_API VS_MUST_USE vs_status vs_import(vs_store *store, const char *path,
                                       const vs_import_options *options,
                                       vs_transfer_report *report);

typedef struct vs_export_options {
    size_t size;        /* sizeof(vs_export_options); 0 means that too */
    const char *format; /* "safetensors", "npy"; NULL: by the path's ending */
    const char *scope;  /* only names in it (itself or below); NULL: all */
    int64_t checkpoint; /* the state to export; 0: the current one */
    bool overwrite;     /* replace an existing file */
    vs_progress progress;
} vs_export_options;

/* Exports one consistent state. The file is written beside its final name,
 * synced and then renamed: whoever finds it finds it whole. A safetensors file
 * holds each variable once, under its first name; aliases are listed in its
 * metadata, and a digest of each tensor, which vs_import compares. An .npy takes
 * exactly one variable.
 *   VS_ERR_EXISTS       the file exists (without `overwrite`), or it is a
 *                       directory
 *   VS_ERR_NOTFOUND     no such checkpoint, or nothing to export
 *   VS_ERR_UNSUPPORTED  an unknown ending; a dtype the format lacks
 *   VS_ERR_MISUSE       .npy and more than one variable; a file of the store
 *                       itself, whatever `overwrite` says
 *   VS_ERR_NOFILE       no such directory */
VS_API VS_MUST_USE vs_status vs_export(vs_store *store, const char *path,
                                       const vs_export_options *options,
                                       vs_transfer_report *report);

VS_END_DECLS

#endif
