/* filling.c - the elements of an initializer that is ready.
 *
 * Each kind has a function that puts any run of elements anywhere. Only the
 * orthogonal kinds keep something between runs: their matrix, made at the
 * first one.
 */
#include "rule/initializer.h"

#include <string.h>

#include "tensor/shape.h"
#include "tensor/walk.h"

/* Repeats an element. Copies what is there already, so that copies get longer
 * and longer. */
static void repeat(const void *element, size_t size, int64_t n, void *dst)
{
    const size_t total = (size_t)n * size;
    uint8_t *to = dst;

    memcpy(to, element, total < size ? total : size);
    for (size_t done = size; done < total;) {
        const size_t more = done < total - done ? done : total - done;

        memcpy(to + done, to, more);
        done += more;
    }
}

static vs_status fill_constant(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__filling *f = ctx;

    (void)first;
    repeat(f->element, vs_dtype_size(f->dtype), n, dst);
    return VS_OK;
}

double vs__list_number(const vs_view *list, int64_t i)
{
    uint8_t element[16];
    double x;

    vs__view_gather(list, i, 1, element);
    vs_to_double(list->dtype, element, 1, &x);
    return x;
}

void vs__list_take(const vs_view *list, vs_dtype dtype, int64_t first,
                   int64_t n, void *dst)
{
    const size_t size = vs_dtype_size(dtype);
    uint8_t *to = dst;

    if (list->dtype == dtype) {
        vs__view_gather(list, first, n, dst);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        const double x = vs__list_number(list, first + i);

        vs_from_double(dtype, &x, 1, to + (size_t)i * size);
    }
}

/* The list as far as it goes, then its last element. */
static vs_status fill_list(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__filling *f = ctx;
    const size_t size = vs_dtype_size(f->dtype);
    const int64_t left = vs__shape_count(&f->init.value->shape) - first;
    const int64_t listed = left < 0 ? 0 : left < n ? left : n;

    vs__list_take(f->init.value, f->dtype, first, listed, dst);
    repeat(f->element, size, n - listed,
           (uint8_t *)dst + (size_t)listed * size);
    return VS_OK;
}

static vs_status fill_random(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__filling *f = ctx;

    vs__distribution_fill(&f->random, first, n, dst);
    return VS_OK;
}

/* Zeros, and the gain wherever row and column are equal. */
static vs_status fill_identity(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__filling *f = ctx;
    const size_t size = vs_dtype_size(f->dtype);
    const int64_t columns = f->shape.dims[1];
    uint8_t *to = dst;

    memset(to, 0, (size_t)n * size);
    for (int64_t i = first; i < first + n;) {
        const int64_t row = i / columns;
        const int64_t diagonal = row * columns + row;

        if (row >= columns)
            break;
        if (diagonal >= i && diagonal < first + n)
            memcpy(to + (size_t)(diagonal - first) * size, f->element, size);
        i = (row + 1) * columns;
    }
    return VS_OK;
}

static vs_status fill_matrix(int64_t first, int64_t n, void *dst, void *ctx)
{
    struct vs__filling *f = ctx;

    return vs__matrix_fill(&f->matrix, &f->random, f->dtype, first, n, dst);
}

static vs_status fill_custom(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct vs__filling *f = ctx;

    return f->init.fill(f->name, f->dtype, &f->shape, first, n, dst,
                        f->init.data);
}

/* Indexed by kind; none for a tensor and a source, which are passed through. */
static vs_status (*const fills[])(int64_t first, int64_t n, void *dst,
                                  void *ctx) = {
    [VS_INIT_ZEROS] = fill_constant,
    [VS_INIT_ONES] = fill_constant,
    [VS_INIT_CONSTANT] = fill_constant,
    [VS_INIT_RANDOM_UNIFORM] = fill_random,
    [VS_INIT_RANDOM_NORMAL] = fill_random,
    [VS_INIT_TRUNCATED_NORMAL] = fill_random,
    [VS_INIT_GLOROT_UNIFORM] = fill_random,
    [VS_INIT_LIST] = fill_list,
    [VS_INIT_VARIANCE_SCALING] = fill_random,
    [VS_INIT_UNIFORM_UNIT_SCALING] = fill_random,
    [VS_INIT_IDENTITY] = fill_identity,
    [VS_INIT_ORTHOGONAL] = fill_matrix,
    [VS_INIT_DELTA_ORTHOGONAL] = fill_matrix,
    [VS_INIT_CUSTOM] = fill_custom,
};

vs_source vs__filling_source(struct vs__filling *filling)
{
    const vs_source source = {fills[filling->init.kind], filling};

    if (filling->init.kind == VS_INIT_VALUE)
        return vs__view_source(filling->init.value);
    return source.fill != NULL ? source : filling->init.source;
}

/* A caller's source may fail, and a matrix needs memory. A value stands there
 * already. */
bool vs__filling_sure(const struct vs__filling *filling)
{
    const vs_initializer_kind kind = filling->init.kind;

    return kind == VS_INIT_VALUE ||
           (fills[kind] != NULL && fills[kind] != fill_matrix &&
            fills[kind] != fill_custom);
}

void vs__filling_done(struct vs__filling *filling)
{
    vs__matrix_done(&filling->matrix);
}
