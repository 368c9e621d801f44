/* rules.h - the regularizer and the constraint that a variable was made with.
 *
 * Owns the table rule. Most variables have neither, and nobody who gets one
 * looks here. All calls run inside the caller's transaction.
 */
#ifndef VS_MODEL_RULES_H
#define VS_MODEL_RULES_H

#include <stdint.h>

#include "model/store.h"
#include "rule/spec.h"

/* Refuses what could not be kept or applied later: bad parameters, a callback
 * without a name. VS_ERR_MISUSE, VS_ERR_NAME. */
vs_status vs__rules_check(vs_store *store, const char *path,
                          const vs_regularizer *regularizer,
                          const vs_constraint *constraint);

/* Keeps them for a new variable, if there is anything to keep; one with a
 * regularizer joins VS_REGULARIZATION_LOSSES. */
vs_status vs__rules_put(vs_store *store, int64_t variable,
                        const vs_regularizer *regularizer,
                        const vs_constraint *constraint);

/* Keeps a rule, whose spec is that of another variable, for a new one. */
vs_status vs__rule_put_text(vs_store *store, int64_t variable, const char *kind,
                            const char *spec);

/* Gives `to` the rules of `from`. */
vs_status vs__rules_share(vs_store *store, int64_t from, int64_t to);

/* Forgets those of a variable that is being deleted. */
vs_status vs__rules_forget(vs_store *store, int64_t variable);

#define VS__REGULARIZER "regularizer"
#define VS__CONSTRAINT  "constraint"

/* The spec of one of the two, "" if there is none. VS_ERR_CORRUPT. */
vs_status vs__rule_text(vs_store *store, int64_t variable, const char *kind,
                        char out[VS__SPEC_MAX]);

/* The same as a rule, its callbacks resolved; `memory` as in spec.h. */
vs_status vs__rule_regularizer(vs_store *store, int64_t variable,
                               struct vs__spec *memory, vs_regularizer *out);
vs_status vs__rule_constraint(vs_store *store, int64_t variable,
                              struct vs__spec *memory, vs_constraint *out);

#endif
