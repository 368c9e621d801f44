/* tell.h - what is in a store, as lines of outcomes; see README.md.
 *
 * Names are in byte order; local variables are among them.
 */
#ifndef VS_ORACLE_TELL_H
#define VS_ORACLE_TELL_H

#include <stdio.h>

#include <varstore/varstore.h>

#include "spec.h"

/* The members of a collection below a scope. */
void tell_list(vs_store *store, const char *scope, const char *key,
               struct arena *arena, FILE *out);

/* Every variable: its dtype and shape; its elements; what its regularizer makes
 * of them, if it has one. */
void tell_names(vs_store *store, struct arena *arena, FILE *out);
void tell_values(vs_store *store, struct arena *arena, FILE *out);
void tell_losses(vs_store *store, struct arena *arena, FILE *out);

/* For qsort, of strings. */
int compare_words(const void *a, const void *b);

#endif
