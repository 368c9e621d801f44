/* partition.c - see varstore/partition.h. The arithmetic of TensorFlow 1.x,
 * python/ops/partitioned_variables.py, in integers.
 */
#include "varstore/partition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "rule/custom.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

#define DEFAULT_BYTES INT64_C(262144) /* of min_max_variable_partitioner */

/* Parts along the axis, from a shape with elements, its bytes and `axis` in
 * range. Results below 1 or beyond the axis are seen later. */
typedef int64_t count_fn(const vs_partitioner *p, int64_t indices,
                         int64_t bytes);

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t divide_up(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

static int64_t count_fixed(const vs_partitioner *p, int64_t indices,
                           int64_t bytes)
{
    (void)bytes;
    return least(p->parts, indices);
}

static int64_t count_by_size(const vs_partitioner *p, int64_t indices,
                             int64_t bytes)
{
    const int64_t fit = p->bytes / (bytes / indices); /* indices in a part */
    const int64_t parts = divide_up(indices, fit > 1 ? fit : 1);

    return p->parts > 0 ? least(parts, p->parts) : parts;
}

static int64_t count_min_max(const vs_partitioner *p, int64_t indices,
                             int64_t bytes)
{
    const int64_t most = p->parts > 0 ? p->parts : 1;
    const int64_t size = p->bytes > 0 ? p->bytes : DEFAULT_BYTES;

    return least(least(indices, most), divide_up(bytes, size));
}

/* Indexed by kind. */
static const struct kind_row {
    const char *name;
    count_fn *count;
    int64_t min_parts; /* what the parameters must be at least */
    int64_t min_bytes;
} kinds[] = {
    [VS_PARTITIONER_DEFAULT] = {"no partitioner", NULL, INT64_MIN, INT64_MIN},
    [VS_PARTITIONER_NONE] = {"no partitioner", NULL, INT64_MIN, INT64_MIN},
    [VS_PARTITIONER_FIXED_SIZE] = {"fixed_size", count_fixed, 1, INT64_MIN},
    [VS_PARTITIONER_VARIABLE_AXIS_SIZE] = {"variable_axis_size", count_by_size,
                                           0, 1},
    [VS_PARTITIONER_MIN_MAX] = {"min_max", count_min_max, 0, 0},
    [VS_PARTITIONER_CUSTOM] = {"custom", NULL, INT64_MIN, INT64_MIN},
};

/* E15 and E16: counts above 0, one axis only, no more parts than indices. */
static vs_status check_counts(const vs_shape *shape, const int64_t *counts,
                              vs_partition *out, vs_error *err)
{
    vs_partition p = {*shape, {0}, 0, 0};
    char text[VS_SHAPE_TEXT_MAX];

    for (int i = 0; i < shape->rank; i++) {
        if (counts[i] < 1)
            return vs__fail(err, VS_ERR_MISUSE,
                            "partition of shape %s into %" PRId64
                            " parts on axis %d, want at least 1",
                            vs_shape_text(shape, text), counts[i], i);
        if (counts[i] > shape->dims[i])
            return vs__fail(err, VS_ERR_SHAPE,
                            "partition of shape %s into %" PRId64
                            " parts on axis %d, which has %" PRId64 " indices",
                            vs_shape_text(shape, text), counts[i], i,
                            shape->dims[i]);
        if (counts[i] > 1 && p.counts[p.axis] > 1)
            return vs__fail(err, VS_ERR_MISUSE,
                            "partition of shape %s into %" PRId64
                            " parts on axis %d and %" PRId64
                            " on axis %d, want one axis",
                            vs_shape_text(shape, text), p.counts[p.axis],
                            p.axis, counts[i], i);
        p.counts[i] = counts[i];
        if (counts[i] > 1)
            p.axis = i;
    }
    p.parts = p.counts[p.axis];
    *out = p;
    return VS_OK;
}

vs_status vs_partition_make(const vs_shape *shape, const int64_t *counts, int n,
                            vs_partition *out, vs_error *err)
{
    char text[VS_SHAPE_TEXT_MAX];
    vs_status st;

    if (shape == NULL || (counts == NULL && n != 0))
        return vs__fail(err, VS_ERR_MISUSE, "a partition needs %s",
                        shape == NULL ? "a shape" : "counts");
    st = vs__shape_check(shape, VS_U8, true, "partition", err);
    if (st != VS_OK)
        return st;
    if (n != shape->rank)
        return vs__fail(err, VS_ERR_MISUSE,
                        "partition of shape %s by %d counts, want %d",
                        vs_shape_text(shape, text), n, shape->rank);
    return check_counts(shape, counts, out, err);
}

/* Whether the partitioner can be applied at all. */
static vs_status check_partitioner(const vs_partitioner *p, vs_error *err)
{
    const struct kind_row *row;

    if ((size_t)p->kind >= sizeof kinds / sizeof kinds[0])
        return vs__fail(err, VS_ERR_MISUSE, "%d is no partitioner kind",
                        (int)p->kind);
    row = &kinds[p->kind];
    if (p->parts < row->min_parts)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s partitioner with %" PRId64
                        " parts, want at least %" PRId64,
                        row->name, p->parts, row->min_parts);
    if (p->bytes < row->min_bytes)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s partitioner with %" PRId64
                        " bytes, want at least %" PRId64,
                        row->name, p->bytes, row->min_bytes);
    return p->kind == VS_PARTITIONER_CUSTOM
               ? vs__custom_check("partitioner", p->name, p->count != NULL, err)
               : VS_OK;
}

/* The count of a kind that cuts along its axis. */
static vs_status count_along_axis(const vs_partitioner *p, vs_dtype dtype,
                                  const vs_shape *shape, int64_t *counts,
                                  vs_error *err)
{
    const struct kind_row *row = &kinds[p->kind];
    const int axis = p->axis < 0 ? p->axis + shape->rank : p->axis;
    const int64_t n = vs__shape_count(shape);
    char text[VS_SHAPE_TEXT_MAX];

    if (axis < 0 || axis >= shape->rank)
        return vs__fail(err, VS_ERR_SHAPE,
                        "%s partitioner cannot cut axis %d of shape %s",
                        row->name, p->axis, vs_shape_text(shape, text));
    if (n > 0) /* else one part, which is refused */
        counts[axis] =
            row->count(p, shape->dims[axis], n * (int64_t)vs_dtype_size(dtype));
    return VS_OK;
}

vs_status vs_partitioner_apply(const vs_partitioner *partitioner,
                               vs_dtype dtype, const vs_shape *shape,
                               vs_partition *out, vs_error *err)
{
    int64_t counts[VS_MAX_RANK];
    vs_status st;

    if (partitioner == NULL || shape == NULL)
        return vs__fail(err, VS_ERR_MISUSE, "a partition needs %s",
                        shape == NULL ? "a shape" : "a partitioner");
    if (!vs__dtype_valid(dtype))
        return vs__fail(err, VS_ERR_DTYPE, "partition: %d is no dtype",
                        (int)dtype);
    if ((st = vs__shape_check(shape, dtype, true, "partition", err)) != VS_OK ||
        (st = check_partitioner(partitioner, err)) != VS_OK)
        return st;
    for (int i = 0; i < VS_MAX_RANK; i++)
        counts[i] = 1;
    if (partitioner->kind <= VS_PARTITIONER_NONE || shape->rank == 0) {
        vs_partition whole = {*shape, {0}, 0, 0};

        memcpy(whole.counts, counts, (size_t)shape->rank * sizeof counts[0]);
        *out = whole;
        return VS_OK;
    }
    if (partitioner->kind != VS_PARTITIONER_CUSTOM)
        st = count_along_axis(partitioner, dtype, shape, counts, err);
    else if (partitioner->count == NULL)
        st = vs__custom_missing("partitioner", partitioner->name, err);
    else if ((st = partitioner->count(shape, dtype, counts,
                                      partitioner->data)) != VS_OK)
        st = vs__custom_stopped("partitioner", partitioner->name, st, err);
    return st == VS_OK ? check_counts(shape, counts, out, err) : st;
}

vs_status vs_partition_part(const vs_partition *partition, int64_t i,
                            vs_slice *out, vs_error *err)
{
    const int axis = partition->axis;
    const int64_t parts = partition->parts;
    int64_t share;
    int64_t rest;

    if (i < 0 || i >= parts)
        return vs__fail(err, VS_ERR_RANGE,
                        "part %" PRId64 " of a partition into %" PRId64, i,
                        parts);
    share = partition->shape.dims[axis] / parts;
    rest = partition->shape.dims[axis] % parts;
    *out = vs_slice_all(&partition->shape);
    out->start[axis] = i * share + least(i, rest);
    out->count[axis] = share + (i < rest);
    return VS_OK;
}

char *vs_slice_info(const vs_shape *shape, const vs_slice *part, char *text)
{
    const char *end = text + VS_SLICE_INFO_MAX;
    char *p = text;

    *p = '\0';
    for (int i = 0; i < shape->rank; i++)
        p += snprintf(p, (size_t)(end - p), "%" PRId64 " ", shape->dims[i]);
    for (int i = 0; i < shape->rank; i++)
        p += snprintf(p, (size_t)(end - p), "%s%" PRId64 ",%" PRId64,
                      i > 0 ? ":" : "", part->start[i], part->count[i]);
    return text;
}
