/* blocks.c - see blocks.h. */
#include "blocks.h"

#include <string.h>

static int64_t count_from(const vs_slice *s, int axis)
{
    int64_t n = 1;

    for (int i = axis; i < s->rank; i++)
        if (s->count[i] == 0)
            return 0;
    for (; axis < s->rank; axis++)
        n *= s->count[axis];
    return n;
}

void blocks_init(struct blocks *b, const vs_slice *slice, int64_t max_elements)
{
    int64_t inner = 1;

    memset(b, 0, sizeof *b);
    b->all = *slice;
    b->over = count_from(slice, 0) == 0;
    b->split = slice->rank - 1;
    while (!b->over && b->split > 0 &&
           slice->count[b->split] <= max_elements / inner) {
        inner *= slice->count[b->split];
        b->split--;
    }
    b->rows = max_elements / inner > 0 ? max_elements / inner : 1;
}

static void advance(struct blocks *b)
{
    int axis = b->split;

    while (axis >= 0) {
        b->done[axis] += axis == b->split ? b->rows : 1;
        if (b->done[axis] < b->all.count[axis])
            return;
        b->done[axis--] = 0;
    }
    b->over = true;
}

bool blocks_next(struct blocks *b, vs_slice *out, int64_t *n)
{
    vs_slice s = b->all;

    if (b->over)
        return false;
    for (int axis = 0; axis <= b->split; axis++) {
        int64_t left = s.count[axis] - b->done[axis];
        int64_t most = axis == b->split ? b->rows : 1;

        s.start[axis] += b->done[axis] * s.step[axis];
        s.count[axis] = left < most ? left : most;
    }
    advance(b);
    *out = s;
    *n = count_from(&s, 0);
    return true;
}

int64_t blocks_run(const vs_shape *shape, int64_t first, int64_t n,
                   vs_slice *out)
{
    vs_slice s = vs_slice_all(shape);
    int axis = shape->rank - 1;
    int64_t inner = 1;

    if (shape->rank == 0) {
        *out = s;
        return 1;
    }
    for (int i = axis; i >= 0; i--) {
        s.start[i] = first % shape->dims[i];
        first /= shape->dims[i];
    }
    while (axis > 0 && s.start[axis] == 0 && n / inner >= shape->dims[axis])
        inner *= shape->dims[axis--];
    for (int i = 0; i < axis; i++)
        s.count[i] = 1;
    s.count[axis] = shape->dims[axis] - s.start[axis];
    if (s.count[axis] > n / inner)
        s.count[axis] = n / inner;
    *out = s;
    return s.count[axis] * inner;
}
