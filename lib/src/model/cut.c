/* cut.c - see cut.h. */
#include "model/cut.h"

#include "tensor/piece.h"

/* Elements [first, first + n) of a part, out of the whole. */
static vs_status fill(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__cut *cut = ctx;
    uint8_t *to = dst;
    vs_status st = VS_OK;

    while (n > 0 && st == VS_OK) {
        const int64_t in = first % cut->run;
        const int64_t k = n < cut->run - in ? n : cut->run - in;

        st = cut->whole.fill(cut->at + first / cut->run * cut->stride + in, k,
                             to, cut->whole.ctx);
        to += (size_t)k * cut->element;
        first += k;
        n -= k;
    }
    return st;
}

vs_source vs__cut_out(struct vs__cut *cut, const vs_variable *part,
                      vs_source whole)
{
    const vs_partition *partition = &part->partition;
    const int axis = partition->axis;
    const int64_t inner = vs__piece_stride(&partition->shape, axis);
    const vs_source source = {fill, cut};
    vs_slice slice;

    (void)vs_partition_part(partition, part->ordinal, &slice, NULL);
    cut->whole = whole;
    cut->at = slice.start[axis] * inner;
    cut->run = slice.count[axis] * inner;
    cut->stride = partition->shape.dims[axis] * inner;
    cut->element = part->kind.plan.element;
    return source;
}

const vs_shape *vs__cut_shape(const vs_variable *v, vs_initializer_kind kind)
{
    const bool alone = kind == VS_INIT_ORTHOGONAL ||
                       kind == VS_INIT_DELTA_ORTHOGONAL || kind == VS_INIT_LIST;

    return v->ordinal < 0 || (v->drawn && alone) ? &v->kind.shape
                                                 : &v->partition.shape;
}
