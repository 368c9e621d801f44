/* partition.h - how a variable is cut into parts along one axis.
 *
 * A partitioner is a plain struct made by one of the functions below; applied
 * to a shape and a dtype it gives a partition: counts of parts per axis, at
 * most one of them above 1, as TensorFlow 1.x's partitioners do. Of n indices
 * in p parts the first n % p parts hold n / p + 1, the others n / p.
 *
 * The dtype that a partitioner is told is that of the variable (D3): TensorFlow
 * tells it the call's or the scope's even where a constant brings another.
 *
 * A vs_variable_spec with a partitioner makes a partitioned variable
 * (variable.h). Nothing here touches a store: every function works on its
 * arguments alone and may be called from any thread.
 */
#ifndef VARSTORE_PARTITION_H
#define VARSTORE_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varstore/dtype.h"
#include "varstore/export.h"
#include "varstore/status.h"
#include "varstore/tensor.h"

VS_BEGIN_DECLS

typedef enum vs_partitioner_kind {
    VS_PARTITIONER_DEFAULT = 0, /* the scope's, else none: one whole */
    VS_PARTITIONER_NONE,        /* one whole, whatever the scope says */
    VS_PARTITIONER_FIXED_SIZE,  /* `parts` parts, or one for each index if the
                                   axis is shorter */
    VS_PARTITIONER_VARIABLE_AXIS_SIZE, /* as few as keep each within `bytes`,
                                          or with one index only */
    VS_PARTITIONER_MIN_MAX, /* as many as keep the mean at `bytes` or more */
    VS_PARTITIONER_CUSTOM   /* your callback */
} vs_partitioner_kind;

/* A partitioner of yours: puts one count for each axis into `counts`, which
 * holds ones. A status other than VS_OK stops, and is returned. */
typedef vs_status (*vs_count_fn)(const vs_shape *shape, vs_dtype dtype,
                                 int64_t *counts, void *data);

typedef struct vs_partitioner {
    vs_partitioner_kind kind;
    int axis;      /* that is cut; negative: from the end, -1 the last */
    int64_t parts; /* FIXED_SIZE: how many; VARIABLE_AXIS_SIZE: at most, 0 for
                      no limit; MIN_MAX: at most, 0 means 1 */
    int64_t bytes; /* of a part: VARIABLE_AXIS_SIZE at most, MIN_MAX at least
                      (0 means 256 KiB) */
    vs_count_fn count; /* CUSTOM; NULL: the registered one */
    void *data;        /* for `count` */
    const char *name;  /* CUSTOM: that it is registered under, see callback.h,
                          or NULL; borrowed while in use */
    bool per_part;     /* a random initializer draws for each part anew, and a
                          list begins anew, as in TensorFlow; else the parts
                          are slices of what it gives the whole (Q14) */
} vs_partitioner;

static inline vs_partitioner vs_partitioner_of(vs_partitioner_kind kind,
                                               int axis, int64_t parts,
                                               int64_t bytes)
{
    vs_partitioner p = {kind, axis, parts, bytes, NULL, NULL, NULL, false};
    return p;
}

static inline vs_partitioner vs_no_partitioner(void)
{
    return vs_partitioner_of(VS_PARTITIONER_NONE, 0, 0, 0);
}

static inline vs_partitioner vs_fixed_size_partitioner(int64_t parts, int axis)
{
    return vs_partitioner_of(VS_PARTITIONER_FIXED_SIZE, axis, parts, 0);
}

static inline vs_partitioner vs_variable_axis_size_partitioner(
    int64_t max_bytes, int axis, int64_t max_parts)
{
    return vs_partitioner_of(VS_PARTITIONER_VARIABLE_AXIS_SIZE, axis, max_parts,
                             max_bytes);
}

static inline vs_partitioner vs_min_max_partitioner(int64_t max_parts, int axis,
                                                    int64_t min_bytes)
{
    return vs_partitioner_of(VS_PARTITIONER_MIN_MAX, axis, max_parts,
                             min_bytes);
}

/* Your callback, by the name it is registered under (callback.h), by a pointer
 * with `data`, or both. */
static inline vs_partitioner vs_custom_partitioner(const char *name,
                                                   vs_count_fn count,
                                                   void *data)
{
    vs_partitioner p = vs_partitioner_of(VS_PARTITIONER_CUSTOM, 0, 0, 0);
    p.name = name;
    p.count = count;
    p.data = data;
    return p;
}

/* A variable of `shape`, cut. */
typedef struct vs_partition {
    vs_shape shape;              /* of the whole */
    int64_t counts[VS_MAX_RANK]; /* parts along each axis */
    int axis;                    /* the one that is cut, 0 if none */
    int64_t parts; /* how many, counts[axis]; 0: whole, not even one part */
} vs_partition;

/* What the partitioner does to a variable. A scalar stays whole (S88), and so
 * does everything under VS_PARTITIONER_DEFAULT and NONE.
 *   VS_ERR_NEEDSHAPE, VS_ERR_SHAPE  the shape is not fully known, or invalid
 *   VS_ERR_DTYPE   no dtype
 *   VS_ERR_SHAPE   no such axis, or fewer indices than parts; a shape without
 *                  elements cannot be cut
 *   VS_ERR_MISUSE  a parameter out of range; a custom count below 1, or two
 *                  above 1
 * `err` may be NULL. */
VS_API vs_status vs_partitioner_apply(const vs_partitioner *partitioner,
                                      vs_dtype dtype, const vs_shape *shape,
                                      vs_partition *out, vs_error *err);

/* A partition by given counts, `n` of them, one for each axis. Errors as
 * above; VS_ERR_MISUSE also if `n` is not the rank. */
VS_API vs_status vs_partition_make(const vs_shape *shape, const int64_t *counts,
                                   int n, vs_partition *out, vs_error *err);

/* Part `i` as a slice of the whole: `start` is its offset, `count` its shape.
 * VS_ERR_RANGE: no such part. `err` may be NULL. */
VS_API vs_status vs_partition_part(const vs_partition *partition, int64_t i,
                                   vs_slice *out, vs_error *err);

#define VS_SLICE_INFO_MAX 1024 /* bytes that hold any slice info, with NUL */

/* A part as TensorFlow's checkpoints name it: the whole shape, then offset and
 * length on each axis, such as "20 43 0,20:22,21". Returns `text`, which holds
 * at least VS_SLICE_INFO_MAX bytes. */
VS_API char *vs_slice_info(const vs_shape *shape, const vs_slice *part,
                           char *text);

VS_END_DECLS

#endif
