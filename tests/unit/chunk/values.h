/* values.h - for the tests of readers and edits: a value as plain bytes beside
 * the same value in chunks, and slices and views to take it apart with.
 *
 * What is here knows nothing of walks and runs: an element's number is taken
 * apart into one index per axis, and strides are added up.
 */
#ifndef VS_TEST_VALUES_H
#define VS_TEST_VALUES_H

#include "pools.h"

#include "chunk/writer.h"
#include "varstore/tensor.h"

struct value {
    vs_dtype dtype;
    vs_shape shape;
    struct vs__plan plan;
    size_t size;    /* of an element */
    uint8_t *bytes; /* all elements, in C order; free() it */
};

static inline vs_status value_fill(int64_t first, int64_t n, void *dst,
                                   void *ctx)
{
    const struct value *v = ctx;

    memcpy(dst, v->bytes + (size_t)first * v->size, (size_t)n * v->size);
    return VS_OK;
}

/* A value of random bytes, or with `version` not 0 that version too. */
static inline struct value value_make(struct base *b, int64_t version,
                                      vs_dtype dtype, vs_shape shape,
                                      uint64_t seed)
{
    struct value v = {dtype, shape, vs__plan_make(dtype, &shape, CHUNK),
                      vs_dtype_size(dtype), NULL};
    const size_t n = (size_t)v.plan.n_elements * v.size;
    const vs_source source = {value_fill, &v};
    struct vs__chunk_list list;
    struct vs__writer w;

    v.bytes = memory(n);
    fill_noise(v.bytes, n, seed);
    if (version == 0)
        return v;
    vs__writer_init(&w, &b->pool, dtype, &v.plan, source);
    vs__chunk_list_init(&list);
    assert_ok(vs__writer_finish(&w, 0, &list));
    assert_ok(vs__chunks_attach(&b->pool, version, &list));
    vs__writer_done(&w);
    vs__chunk_list_done(&list);
    return v;
}

/* Shapes of 2 to 30 chunks: with rows that fit into one and rows that do not.
 */
static inline vs_shape random_shape(uint64_t *seed, size_t size)
{
    const int64_t least = 2 * CHUNK / (int64_t)size;
    vs_shape s = {1 + (int)pick(seed, 4), {0}};
    int64_t n = 1;

    for (int i = s.rank - 1; i >= 0; i--) {
        s.dims[i] = 1 + pick(seed, i == 0 ? 9 : 40);
        n *= s.dims[i];
    }
    while (n < least) {
        const int i = (int)pick(seed, s.rank);

        n *= 2;
        s.dims[i] *= 2;
    }
    return s;
}

static inline vs_slice random_slice(uint64_t *seed, const vs_shape *shape)
{
    vs_slice s = vs_slice_all(shape);

    for (int i = 0; i < shape->rank; i++) {
        const int64_t dim = shape->dims[i];
        const int64_t kind = pick(seed, 4);

        if (kind == 0)
            continue;
        s.start[i] = pick(seed, dim);
        s.step[i] = 1 + pick(seed, kind == 1 ? 1 : dim);
        s.count[i] = (dim - 1 - s.start[i]) / s.step[i] + 1;
        if (kind == 3)
            s.count[i] = pick(seed, s.count[i] + 1);
    }
    return s;
}

/* Takes element k of a row-major tensor apart into its indices. */
static inline void unravel(const vs_shape *shape, int64_t k, int64_t index[])
{
    for (int i = shape->rank - 1; i >= 0; i--) {
        index[i] = k % shape->dims[i];
        k /= shape->dims[i];
    }
}

/* Element of the tensor that is element k of the slice. */
static inline int64_t selected(const vs_shape *shape, const vs_slice *s,
                               int64_t k)
{
    const vs_shape part = vs_slice_shape(s); /* no axis is dropped here */
    int64_t index[VS_MAX_RANK];
    int64_t at = 0;

    unravel(&part, k, index);
    for (int i = 0; i < shape->rank; i++)
        at = at * shape->dims[i] + s->start[i] + index[i] * s->step[i];
    return at;
}

/* Memory with a view of some shape in it: axes in C order or reversed, gaps
 * between elements, some axes backwards. */
struct field {
    vs_view view;
    uint8_t *bytes; /* free() it */
    size_t n_bytes;
};

static inline struct field random_field(uint64_t *seed, vs_dtype dtype,
                                        const vs_shape *shape)
{
    struct field f = {.view = vs_view_of(dtype, shape, NULL)};
    const size_t size = vs_dtype_size(dtype);
    const bool reversed = pick(seed, 2) == 0;
    const bool plain = pick(seed, 3) == 0;
    int64_t extent = 1;
    int64_t first = 0;

    for (int k = 0; k < shape->rank; k++) {
        const int i = reversed ? k : shape->rank - 1 - k;
        const int64_t dim = shape->dims[i];
        int64_t stride = extent * (plain ? 1 : 1 + pick(seed, 3));

        if (dim > 1)
            extent = stride * (dim - 1) + extent;
        if (!plain && dim > 1 && pick(seed, 3) == 0) {
            first += stride * (dim - 1);
            stride = -stride;
        }
        f.view.strides[i] = stride;
    }
    f.n_bytes = (size_t)extent * size + 1;
    f.bytes = memory(f.n_bytes);
    fill_noise(f.bytes, f.n_bytes, next_random(seed));
    /* One byte in: elements need no alignment. */
    f.view.data = f.bytes + 1 + (size_t)first * size;
    return f;
}

/* Where element k of a view lies. */
static inline uint8_t *element(const struct field *f, int64_t k)
{
    const int64_t size = (int64_t)vs_dtype_size(f->view.dtype);
    int64_t index[VS_MAX_RANK];
    int64_t at = 0;

    unravel(&f->view.shape, k, index);
    for (int i = 0; i < f->view.shape.rank; i++)
        at += index[i] * f->view.strides[i];
    return (uint8_t *)f->view.data + at * size;
}

static inline int64_t count(const vs_shape *shape)
{
    int64_t n = 0;

    assert_ok(vs_shape_count(shape, &n));
    return n;
}

#endif
