/* constrain.h - constraints, judged before there is a tensor. */
#ifndef VS_RULE_CONSTRAIN_H
#define VS_RULE_CONSTRAIN_H

#include "varstore/regularize.h"

/* Checks kind, bounds, rate and name: VS_ERR_MISUSE, VS_ERR_NAME. */
vs_status vs__constraint_check(const vs_constraint *constraint, vs_error *err);

#endif
