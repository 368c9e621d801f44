/* callback.h - the callbacks registered with a store, by sort and name. */
#ifndef VS_MODEL_CALLBACK_H
#define VS_MODEL_CALLBACK_H

#include "model/store.h"
#include "varstore/callback.h"

/* Frees the registrations; for the end of the store. */
void vs__callbacks_done(vs_store *store);

/* Give a custom rule that has only a name the pointer that is registered under
 * it; any other rule stays as it is, and so does one whose name is not
 * registered. Whoever needs the pointer refuses that. Regularizers and
 * constraints were read from their rows: what is custom there has a name. A
 * getter has one or the other. */
void vs__resolve_initializer(const vs_store *store, vs_initializer *init);
void vs__resolve_regularizer(const vs_store *store, vs_regularizer *one);
void vs__resolve_constraint(const vs_store *store, vs_constraint *c);
void vs__resolve_partitioner(const vs_store *store, vs_partitioner *p);
void vs__resolve_getter(const vs_store *store, vs_getter *getter);

#endif
