/* write.c - writing a value and saying how it is kept. */
#include <stdio.h>

#include "base/fail.h"
#include "base/options.h"
#include "model/handle.h"
#include "tensor/shape.h"
#include "varstore/variable.h"

static vs_status check(vs_variable *v, const vs_write_options *o)
{
    vs_error *err = vs__store_words(v->store);

    if ((int)o->delta < VS_UNSET || o->delta > VS_YES)
        return vs__fail(err, VS_ERR_MISUSE,
                        "variable %s: delta is %d, want %d to %d", v->name,
                        (int)o->delta, (int)VS_UNSET, (int)VS_YES);
    if (o->base == NULL)
        return VS_OK;
    if (v->parts != NULL || o->base->parts != NULL)
        return vs__fail(
            err, VS_ERR_PARTITION,
            "variable %s, base %s: a base can be given to each part "
            "of a partitioned variable, not to all at once",
            v->name, o->base->name);
    if (o->delta == VS_NO)
        return vs__fail(err, VS_ERR_MISUSE,
                        "variable %s: a base is given, but no delta is wanted",
                        v->name);
    if (o->base->store != v->store)
        return vs__fail(err, VS_ERR_MISUSE,
                        "variable %s: its base %s was opened through another "
                        "store handle",
                        v->name, o->base->name);
    if (o->base->kind.dtype != v->kind.dtype)
        return vs__fail(err, VS_ERR_DTYPE,
                        "variable %s is %s, but its base %s is %s", v->name,
                        vs_dtype_name(v->kind.dtype), o->base->name,
                        vs_dtype_name(o->base->kind.dtype));
    if (!vs_shape_equal(&o->base->kind.shape, &v->kind.shape)) {
        char have[VS_SHAPE_TEXT_MAX];
        char want[VS_SHAPE_TEXT_MAX];

        return vs__fail(err, VS_ERR_SHAPE,
                        "variable %s has shape %s, but its base %s has %s",
                        v->name, vs_shape_text(&v->kind.shape, want),
                        o->base->name,
                        vs_shape_text(&o->base->kind.shape, have));
    }
    return VS_OK;
}

/* Inside the transaction: the base is a version there, whoever writes. */
static vs_status write_with(vs_variable *v, const vs_view *from,
                            const vs_write_options *o)
{
    vs_store *store = v->store;
    const bool delta = store->delta;
    int64_t base = 0;
    vs_status st = VS_OK;

    if (o->base != NULL)
        st = vs__variable_shown(o->base, &base);
    if (st != VS_OK)
        return st;
    if (o->delta != VS_UNSET || base != 0)
        store->delta = o->delta != VS_NO;
    store->delta_base = base;
    st = vs_variable_write(v, from);
    store->delta = delta;
    store->delta_base = 0;
    return st;
}

vs_status vs_variable_write_with(vs_variable *v, const vs_view *from,
                                 const vs_write_options *given)
{
    vs_error *err = vs__store_words(v->store);
    vs_write_options o;
    vs_status st = vs__store_enter(v->store);

    if (st != VS_OK ||
        (st = vs__options_take(&o, sizeof o, given, "vs_write_options", err)) !=
            VS_OK ||
        (st = check(v, &o)) != VS_OK ||
        (st = vs__store_begin(v->store, VS_TXN_WRITE)) != VS_OK)
        return st;
    return vs__store_end(v->store, write_with(v, from, &o));
}
