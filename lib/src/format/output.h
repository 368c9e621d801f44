/* output.h - a new file that appears under its name only when it is whole.
 *
 * Bytes go to `.NAME.tmp-XXXXXX` in the folder of the final path. Commit syncs
 * them, gives the file its name and syncs the folder; abandon removes it. A
 * process that is killed leaves the temporary file, never half of the final
 * one. The mode is 0666 less the umask, and a symbolic link or a file under
 * the final name is replaced, not followed.
 */
#ifndef VS_FORMAT_OUTPUT_H
#define VS_FORMAT_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "varstore/status.h"

struct vs__output;

enum vs__output_mode {
    VS__OUTPUT_NEW,    /* the path must not exist */
    VS__OUTPUT_REPLACE /* a file there is replaced; a directory never */
};

/* Begins a file. End with commit or abandon.
 *   VS_ERR_EXISTS  the path exists and must not, or is a directory
 *   VS_ERR_NOFILE  no such directory
 *   VS_ERR_PERM, VS_ERR_FULL, VS_ERR_IO, VS_ERR_NOMEM
 *   VS_ERR_MISUSE  the path names no file */
vs_status vs__output_open(const char *path, enum vs__output_mode mode,
                          struct vs__output **out, vs_error *err);

/* Adds bytes; small pieces are gathered. VS_ERR_FULL, VS_ERR_IO. */
vs_status vs__output_append(struct vs__output *o, const void *bytes, size_t n,
                            vs_error *err);

/* Puts other bytes in the place of some that were added, from `at` on: what is
 * only known at the end. As above. */
vs_status vs__output_amend(struct vs__output *o, int64_t at, const void *bytes,
                           size_t n, vs_error *err);

/* Bytes added so far. */
int64_t vs__output_size(const struct vs__output *o);

/* Makes the file durable under its name, and frees `o` whatever happens. On
 * failure nothing is left behind and a file that was to be replaced is still
 * there, but for one case: where its folder cannot be synced in the end
 * (VS_ERR_IO, told so), the new file has replaced it, complete; or stands there
 * if it cannot be removed either. VS_ERR_EXISTS if somebody else took the name
 * meanwhile and VS__OUTPUT_NEW was asked for. */
vs_status vs__output_commit(struct vs__output *o, vs_error *err);

/* Removes the temporary file and frees `o`; NULL is fine. */
void vs__output_abandon(struct vs__output *o);

#endif
