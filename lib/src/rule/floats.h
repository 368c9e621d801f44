/* floats.h - views that rules about weights can work on. */
#ifndef VS_RULE_FLOATS_H
#define VS_RULE_FLOATS_H

#include "varstore/tensor.h"

/* Checks that a view is usable and holds floats: VS_ERR_DTYPE, VS_ERR_SHAPE,
 * VS_ERR_NEEDSHAPE, VS_ERR_MISUSE. The words begin with `what`. */
vs_status vs__float_view_check(const vs_view *view, const char *what,
                               vs_error *err);

#endif
