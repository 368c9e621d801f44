/* path.h - the grammar of names.
 *
 * Components of letters, digits, '_', '.' and '-', joined by '/'; none is
 * empty; the first character of the whole is a letter, a digit or '.'; at most
 * VS_NAME_MAX bytes. (TensorFlow's S6 without its degenerate forms, S7.)
 */
#ifndef VS_MODEL_PATH_H
#define VS_MODEL_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "varstore/variable.h"

/* Checks a full name. VS_ERR_NAME; the words tell the offending character and
 * its place, counted from byte 1. */
vs_status vs__path_check(const char *path, vs_error *err);

/* Joins scope and name by '/' (an empty scope adds none), strips a trailing
 * ":0", and checks the result. `out` holds VS_NAME_MAX + 1 bytes, untouched on
 * failure. VS_ERR_NAME as vs__path_check, and for a NULL name. */
vs_status vs__path_join(const char *scope, const char *name, char *out,
                        vs_error *err);

/* The same for a scope in a scope: a ":0" has no meaning there (Q20). */
vs_status vs__path_nest(const char *scope, const char *name, char *out,
                        vs_error *err);

/* True if `path` is `scope` itself or below it; everything is below "". */
bool vs__path_within(const char *path, const char *scope);

/* The bounds of a range scan for names below `scope`: path >= low and path <
 * high, bytewise ("a/" and "a0"). Both hold VS_NAME_MAX + 2 bytes; for the
 * root low is "" and high is "\x7f", above every name. A scope too long to
 * have names below it gives the empty range, "" and "". */
void vs__path_range(const char *scope, char *low, char *high);

#endif
