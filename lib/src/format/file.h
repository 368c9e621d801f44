/* file.h - foreign files over any input. */
#ifndef VS_FORMAT_FILE_H
#define VS_FORMAT_FILE_H

#include "format/io.h"
#include "varstore/file.h"

/* vs_file_open over an input, which the file takes over: it is closed with it,
 * or at once on failure. `name` is what a format without names calls its
 * tensor. Errors as vs_file_open. */
vs_status vs__file_open_input(struct vs__input *in, const char *name,
                              vs_file **out, vs_error *err);

#endif
