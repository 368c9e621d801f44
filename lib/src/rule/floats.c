/* floats.c - see floats.h. */
#include "rule/floats.h"

#include "base/fail.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

vs_status vs__float_view_check(const vs_view *view, const char *what,
                               vs_error *err)
{
    const struct vs__dtype_info *info;
    vs_status st;

    if (view == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "%s: no view given", what);
    info = vs__dtype_info(view->dtype);
    if (info == NULL || info->kind != VS__KIND_FLOAT)
        return vs__fail(err, VS_ERR_DTYPE, "%s: have %s, want floats", what,
                        vs_dtype_name(view->dtype));
    st = vs__shape_check(&view->shape, view->dtype, true, what, err);
    if (st != VS_OK)
        return st;
    return vs__view_check(view, view->dtype, &view->shape, what, err);
}
