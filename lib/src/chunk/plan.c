/* plan.c - see plan.h. */
#include "chunk/plan.h"

struct vs__plan vs__plan_make(vs_dtype dtype, const vs_shape *shape,
                              int64_t chunk_bytes)
{
    struct vs__plan plan = {1, 1, 0, vs_dtype_size(dtype)};
    int64_t row = 1; /* elements behind the first axis */
    int64_t fit = chunk_bytes / (int64_t)plan.element;

    for (int i = 0; i < shape->rank; i++)
        plan.n_elements *= shape->dims[i];
    if (plan.n_elements * (int64_t)plan.element <= VS__SMALL_BYTES) {
        plan.per_chunk = plan.n_elements > 0 ? plan.n_elements : 1;
        return plan;
    }
    for (int i = 1; i < shape->rank; i++)
        row *= shape->dims[i];
    plan.per_chunk = row <= fit ? fit - fit % row : fit;
    plan.n_chunks = (plan.n_elements - 1) / plan.per_chunk + 1;
    return plan;
}

int64_t vs__plan_first(const struct vs__plan *plan, int64_t ordinal)
{
    return ordinal * plan->per_chunk;
}

int64_t vs__plan_count(const struct vs__plan *plan, int64_t ordinal)
{
    int64_t left = plan->n_elements - vs__plan_first(plan, ordinal);

    return left < plan->per_chunk ? left : plan->per_chunk;
}
