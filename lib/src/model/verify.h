/* verify.h - arguments that a fetch ignores: are they the variable's? */
#ifndef VS_MODEL_VERIFY_H
#define VS_MODEL_VERIFY_H

#include "model/context.h"

/* Compares what a call says of trainable, collections, regularizer and
 * constraint with what the variable was made with (Q12). A difference is
 * VS_ERR_DIFFERS where the context verifies, and is else told to its `warn`.
 * Nothing is read where neither is asked for. */
vs_status vs__verify_fetch(const vs_getting *getting, vs_variable *v);

#endif
