/* blob.h - reading a range of a stored value straight into memory. */
#ifndef VS_DB_BLOB_H
#define VS_DB_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/status.h"

struct vs__db;
struct vs__blob;

/* A reader of `column` of `table`, rows named by their integer key. Nothing is
 * read yet. Close it before the transaction ends. */
vs_status vs__blob_open(struct vs__db *db, const char *table,
                        const char *column, struct vs__blob **out);
void vs__blob_close(struct vs__blob *blob);

/* Goes to a row; `*n` receives the value's bytes. VS_ERR_CORRUPT: there is no
 * such row (whoever asks has its key from another table), or no blob in it. */
vs_status vs__blob_seek(struct vs__blob *blob, int64_t row, size_t *n);

/* Reads `n` bytes at `offset` of the row's value. */
vs_status vs__blob_read(struct vs__blob *blob, size_t offset, void *dst,
                        size_t n);

#endif
