/* input.h - inputs over a file and over memory. */
#ifndef VS_FORMAT_INPUT_H
#define VS_FORMAT_INPUT_H

#include <stddef.h>

#include "format/io.h"

/* Opens a regular file for reading; anything else, a pipe or a device, is
 * VS_ERR_UNSUPPORTED and has not been waited for. Its size is taken now: what
 * is appended later is not seen. End with vs__input_close.
 * VS_ERR_NOFILE, VS_ERR_PERM, VS_ERR_IO, VS_ERR_NOMEM. */
vs_status vs__input_open(const char *path, struct vs__input *out,
                         vs_error *err);

/* An input over `n` bytes, borrowed until it is closed; nothing to fail. */
struct vs__input vs__input_of(const void *bytes, size_t n);

#endif
