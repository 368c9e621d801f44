/* spec.h - rules as JSON, both ways: as they stand in a store's rows and in
 * what vs_scope_describe gives.
 *
 *     {"kind":"random_normal","mean":0,"stddev":1,"seed":42}
 *     {"kind":"l1_l2","l1":0,"l2":0.0005}
 *     {"kind":"sum","of":[{"kind":"l1_l2",...},{"kind":"custom","name":"x"}]}
 *
 * Numbers read back exactly; what JSON has no number for is a string, "nan" or
 * "inf". Of a value, a list and a source only the kind is told: reading one
 * back gives an initializer without what it needs, which vs__filling_make
 * refuses. A custom rule is its name, or has none.
 */
#ifndef VS_RULE_SPEC_H
#define VS_RULE_SPEC_H

#include <stdbool.h>

#include "varstore/partition.h"
#include "varstore/regularize.h"
#include "varstore/rule.h"

#define VS__SPEC_MAX 1280 /* bytes of any spec, with its NUL */

/* TensorFlow's words, or NULL for a number that is none. */
const char *vs__fan_name(vs_fan fan);
const char *vs__scaling_name(vs_scaling scaling);

/* Rules that were checked as text; kind DEFAULT gives "". The seed of an
 * initializer stands there as it is; VS_NO_SEED is left out. */
void vs__spec_of_initializer(const vs_initializer *init,
                             char out[VS__SPEC_MAX]);
void vs__spec_of_regularizer(const vs_regularizer *regularizer,
                             char out[VS__SPEC_MAX]);
void vs__spec_of_constraint(const vs_constraint *constraint,
                            char out[VS__SPEC_MAX]);
void vs__spec_of_partitioner(const vs_partitioner *partitioner,
                             char out[VS__SPEC_MAX]);

/* Whether the text of a rule, checked or not, tells all of it to whoever reads
 * it: not of a value, a list or a source, of a callback without a name, and of
 * what no call would take. */
bool vs__spec_tells_initializer(const vs_initializer *init);
bool vs__spec_tells_regularizer(const vs_regularizer *regularizer);
bool vs__spec_tells_constraint(const vs_constraint *constraint);
bool vs__spec_tells_partitioner(const vs_partitioner *partitioner);

/* What a rule that was read borrows from; lives as long as the rule. */
struct vs__spec {
    char text[VS__SPEC_MAX];
    vs_regularizer terms[VS_REGULARIZER_TERMS];
};

/* Text back to a rule; "" gives kind DEFAULT. Parameters are not judged here.
 * VS_ERR_FORMAT: not such a text. VS_ERR_UNSUPPORTED: a kind that is not
 * known. */
vs_status vs__spec_to_initializer(const char *text, struct vs__spec *memory,
                                  vs_initializer *out, vs_error *err);
vs_status vs__spec_to_regularizer(const char *text, struct vs__spec *memory,
                                  vs_regularizer *out, vs_error *err);
vs_status vs__spec_to_constraint(const char *text, struct vs__spec *memory,
                                 vs_constraint *out, vs_error *err);
vs_status vs__spec_to_partitioner(const char *text, struct vs__spec *memory,
                                  vs_partitioner *out, vs_error *err);

/* As vs__spec_to_initializer, of what stands in a row that is to be used:
 * VS_ERR_CORRUPT where it cannot be what vs__spec_of_initializer wrote of a
 * filling, VS_ERR_INITIALIZER for a kind whose value, list or source is not
 * stored. The words repeat the text. */
vs_status vs__initializer_stored(const char *text, struct vs__spec *memory,
                                 vs_initializer *out, vs_error *err);

#endif
