/* maintain.h - is everything still what was stored?
 *
 * Codes that any call may return and the thread rule are those of variable.h.
 */
#ifndef VARSTORE_MAINTAIN_H
#define VARSTORE_MAINTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/export.h"
#include "varstore/status.h"
#include "varstore/store.h"
#include "varstore/transfer.h"

VS_BEGIN_DECLS

typedef struct vs_check_options {
    size_t size;    /* sizeof(vs_check_options); 0 means that too */
    bool read_data; /* decode every chunk too and compare its digest */
    /* Told of each damage in one line of words; `name` is the variable it
     * harms, or NULL. */
    void (*on_damage)(const char *name, const char *what, void *ctx);
    void *ctx;
    vs_progress progress;
} vs_check_options;

typedef struct vs_check_report {
    int64_t n_names;
    int64_t n_versions;
    int64_t n_chunks;
    int64_t n_checkpoints;
    int64_t n_bytes_read; /* raw bytes decoded, with read_data */
    int64_t n_damages;    /* 0: sound */
} vs_check_report;

/* Checks the store against itself in one snapshot: the engine's structure,
 * every reference, count and record digest, and with `read_data` every chunk.
 * Returns VS_OK when the check ran to its end, whatever it found. */
VS_API vs_status vs_check(vs_store *store, const vs_check_options *options,
                          vs_check_report *report);

VS_END_DECLS

#endif
