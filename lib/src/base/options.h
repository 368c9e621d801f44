/* options.h - taking an options struct of a caller compiled against another
 * version of the header.
 *
 * The first field of every options struct is its size. A shorter struct is
 * padded with zeros; a longer one is accepted only if what we do not know in
 * it is zero.
 */
#ifndef VS_BASE_OPTIONS_H
#define VS_BASE_OPTIONS_H

#include <stddef.h>

#include "varstore/status.h"

/* Copies `given` (NULL means all zero) into the zeroed `out` of `size` bytes.
 * VS_ERR_UNSUPPORTED: a field that this library does not know is set. */
vs_status vs__options_take(void *out, size_t size, const void *given,
                           const char *what, vs_error *err);

#endif
