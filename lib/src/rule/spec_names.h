/* spec_names.h - what the kinds of rules are called in specs.
 *
 * Private to spec.c and spec_read.c. Indexed by kind; these words stand in
 * stores, for ever.
 */
#ifndef VS_RULE_SPEC_NAMES_H
#define VS_RULE_SPEC_NAMES_H

#define VS__N_REGULARIZERS 5
#define VS__N_CONSTRAINTS  7
#define VS__N_PARTITIONERS 6

extern const char *const vs__regularizer_names[VS__N_REGULARIZERS];
extern const char *const vs__constraint_names[VS__N_CONSTRAINTS];
extern const char *const vs__partitioner_names[VS__N_PARTITIONERS];

#endif
