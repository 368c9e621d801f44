/* cache.c - see cache.h. */
#include "model/cache.h"

#include "base/alloc.h"
#include "tensor/walk.h"

vs_status vs__cached_read(vs_variable *v, int64_t version, const vs_view *into)
{
    const struct vs__kind_of_value *kind = &v->kind;
    const size_t n = (size_t)kind->plan.n_elements * kind->plan.element;
    vs_view whole;
    vs_status st;

    if (v->cache == NULL && (n == 0 || (v->cache = vs__alloc(n)) == NULL))
        return vs__value_read(v->store, kind, version, NULL, into);
    whole = vs_view_of(kind->dtype, &kind->shape, v->cache);
    /* The number of a version that was undone is given out again. */
    if (v->cached != version || v->cached_undone != v->store->fresh.n_undone) {
        v->cached = 0;
        st = vs__value_read(v->store, kind, version, NULL, &whole);
        if (st != VS_OK)
            return st;
        v->cached = version;
        v->cached_undone = v->store->fresh.n_undone;
    }
    vs__view_scatter(into, 0, kind->plan.n_elements, v->cache);
    return VS_OK;
}
