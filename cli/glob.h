/* glob.h - patterns over names.
 *
 *   *       any characters within one component
 *   **      any characters, '/' too; a leading or inner "**" + '/' also none
 *   ?       one character, not '/'
 *   [a-z]   one of these, [!a-z] none of these; never '/'
 *   {a,b}   either; {0..11} the numbers in between
 *   \x      the character x itself
 *
 * What does not close ("[a", "{a") stands for itself. A pattern without any
 * of these is a name: it matches the variable, and as a scope all below it.
 */
#ifndef CLI_GLOB_H
#define CLI_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"

#define GLOB_MAX 10000 /* patterns after braces are expanded */

/* True if one pattern, without braces, matches the whole name. Time is at
 * worst the product of the lengths, squared. */
bool glob_match(const char *pattern, const char *name);

/* True if the pattern has nothing special in it. */
bool glob_is_name(const char *pattern);

enum glob_names {
    GLOB_NAMES_BELOW, /* a plain name also matches what lies below it */
    GLOB_NAMES_EXACT  /* it matches the variable alone */
};

/* A set of patterns; a name matches if any does. */
struct globs {
    char **patterns;       /* `n` of them, braces expanded */
    size_t n;              /* 0: the set matches every name */
    enum glob_names names; /* what plain names match */
};

/* Expands the braces of `n` patterns. False if that makes more than GLOB_MAX.
 * globs_done either way. */
bool globs_init(struct globs *g, char *const *patterns, size_t n,
                enum glob_names names);
void globs_done(struct globs *g);

bool globs_match(const struct globs *g, const char *name);

/* The scope that every match lies in or below, as far as a single pattern
 * tells; false if nothing is known. */
bool globs_scope(const struct globs *g, struct text *scope);

#endif
