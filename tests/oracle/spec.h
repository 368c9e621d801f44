/* spec.h - the values of a program's keys as the library's structs.
 *
 * What they point to (tensors, lists of names) lives in an arena that is freed
 * with the program.
 */
#ifndef VS_ORACLE_SPEC_H
#define VS_ORACLE_SPEC_H

#include <varstore/varstore.h>

#include "program.h"

struct arena {
    void **blocks; /* n of them, owned */
    size_t n;
};

void *arena_take(struct arena *arena, size_t n);
char *arena_keep(struct arena *arena, const char *text); /* a copy */
void arena_done(struct arena *arena);

/* The options of a scope, and the spec of a variable, that an operation gives;
 * keys that it has not stay zero. */
vs_scope_options spec_scope(const struct op *op, struct arena *arena);
vs_variable_spec spec_variable(const struct op *op, struct arena *arena);

/* "f32", or none. */
vs_dtype spec_dtype(const char *text);

/* "uniform:-1:1:7", "fixed:3:0"; see README.md. */
vs_initializer spec_initializer(const char *text, struct arena *arena);
vs_partitioner spec_partitioner(const char *text, struct arena *arena);
vs_regularizer spec_regularizer(const char *text);
vs_reuse spec_reuse(const char *text);
vs_tristate spec_tristate(const char *text);

/* "a,b" as a NULL-terminated list. */
const char *const *spec_names(const char *text, struct arena *arena);

#endif
