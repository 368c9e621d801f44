/* whole_value.c - values of partitioned variables (see whole.h).
 *
 * A slice of the whole meets each part in a slice of that part, and the memory
 * behind it is cut likewise, so that every part is read and written where its
 * elements belong. Only a stream, which is in row-major order of the whole, is
 * taken apart where the cut is not on the outside.
 */
#include "model/whole.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "model/builder.h"
#include "tensor/piece.h"
#include "tensor/walk.h"

/* A piece of a slice of the whole, as one part has it. */
struct piece {
    vs_slice slice; /* of the part */
    vs_view view;   /* of the caller's memory */
};

/* The axis of the memory behind a slice, which lacks dropped axes. */
static int axis_of_view(const vs_slice *slice, int axis)
{
    int at = 0;

    for (int i = 0; i < axis; i++)
        at += (slice->dropped >> i & 1u) == 0;
    return at;
}

/* The least i >= 0 for which start + i * step >= bound. */
static int64_t least_step(int64_t start, int64_t step, int64_t bound)
{
    return bound <= start ? 0 : (bound - start - 1) / step + 1;
}

/* What a slice of the whole, and the memory behind it, have to do with part
 * `i`; false: nothing. */
static bool meet(const vs_variable *v, int64_t i, const vs_slice *slice,
                 const vs_view *view, struct piece *out)
{
    const int axis = v->partition.axis;
    const int64_t start = slice->start[axis];
    const int64_t step = slice->step[axis];
    vs_slice part;
    int64_t low;
    int64_t high;

    (void)vs_partition_part(&v->partition, i, &part, NULL);
    low = least_step(start, step, part.start[axis]);
    high = least_step(start, step, part.start[axis] + part.count[axis]);
    if (high > slice->count[axis])
        high = slice->count[axis];
    if (low >= high)
        return false;
    out->slice = *slice;
    out->slice.start[axis] = start + low * step - part.start[axis];
    out->slice.count[axis] = high - low;
    out->view =
        (slice->dropped >> axis & 1u) != 0
            ? *view
            : vs__piece_view(view, axis_of_view(slice, axis), low, high - low);
    return true;
}

vs_status vs__whole_read(vs_variable *v, const vs_slice *slice,
                         const vs_view *into)
{
    const vs_slice all = vs_slice_all(&v->kind.shape);
    vs_status st = VS_OK;

    for (int64_t i = 0; i < v->partition.parts && st == VS_OK; i++) {
        const vs_variable *part = v->parts[i];
        struct piece piece;
        int64_t version = 0;

        if (!meet(v, i, slice != NULL ? slice : &all, into, &piece))
            continue;
        if ((st = vs__variable_shown(v->parts[i], &version)) == VS_OK)
            st = vs__variable_blame(
                v->parts[i], vs__value_read(v->store, &part->kind, version,
                                            &piece.slice, &piece.view));
    }
    return st;
}

/* Elements of the whole between two indices of the cut axis. */
static int64_t stride_of_cut(const vs_variable *v)
{
    return vs__piece_stride(&v->kind.shape, v->partition.axis);
}

bool vs__whole_in_a_row(const vs_variable *v)
{
    const int64_t length = v->kind.shape.dims[v->partition.axis];

    return v->partition.parts == 1 ||
           stride_of_cut(v) * length == v->kind.plan.n_elements;
}

/* A sink or a source of one part, over that of the whole. */
struct shifted {
    vs_sink sink;     /* of the whole */
    vs_source source; /* of the whole */
    int64_t first;    /* element of the whole where the part begins */
};

static vs_status take_shifted(int64_t first, int64_t n, const void *src,
                              void *ctx)
{
    const struct shifted *s = ctx;

    return s->sink.take(s->first + first, n, src, s->sink.ctx);
}

static vs_status fill_shifted(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct shifted *s = ctx;

    return s->source.fill(s->first + first, n, dst, s->source.ctx);
}

static vs_status read_in_a_row(vs_variable *v, vs_sink sink)
{
    struct shifted shifted = {.sink = sink, .first = 0};
    const vs_sink one = {take_shifted, &shifted};
    vs_status st = VS_OK;

    for (int64_t i = 0; i < v->partition.parts && st == VS_OK; i++) {
        const vs_variable *part = v->parts[i];
        int64_t version = 0;

        if ((st = vs__variable_shown(v->parts[i], &version)) == VS_OK)
            st = vs__variable_blame(
                v->parts[i],
                vs__value_read_to(v->store, &part->kind, version, one));
        shifted.first += part->kind.plan.n_elements;
    }
    return st;
}

/* Memory that holds some of the whole while it is put together: the chunk of
 * a part is decoded anew for each piece that it reaches into. */
#define WINDOW_BYTES (8 << 20)

static vs_status read_windows(vs_variable *v, vs_sink sink)
{
    const vs_shape *shape = &v->kind.shape;
    const int64_t n = v->kind.plan.n_elements;
    const int64_t fit = WINDOW_BYTES / (int64_t)v->kind.plan.element;
    const int64_t most = n < fit ? n : fit;
    void *window = vs__alloc((size_t)most * v->kind.plan.element);
    int64_t at = 0;
    vs_status st = VS_OK;

    if (window == NULL)
        return vs__fail_nomem(vs__store_words(v->store));
    while (at < n && st == VS_OK) {
        vs_slice slice;
        const int64_t k = vs__piece_at(shape, at, most, &slice);
        const vs_shape had = vs_slice_shape(&slice);
        const vs_view view = vs_view_of(v->kind.dtype, &had, window);

        if ((st = vs__whole_read(v, &slice, &view)) == VS_OK)
            st = sink.take(at, k, window, sink.ctx);
        at += k;
    }
    vs__free(window);
    return st;
}

vs_status vs__whole_read_to(vs_variable *v, vs_sink sink)
{
    return vs__whole_in_a_row(v) ? read_in_a_row(v, sink)
                                 : read_windows(v, sink);
}

/* Makes a new version of a part current. */
static vs_status set_part(const vs_variable *part, vs_status st,
                          int64_t version)
{
    return st == VS_OK ? vs__variable_set_current(part->store,
                                                  part->kind.variable, version)
                       : st;
}

vs_status vs__whole_edit(vs_variable *v, const vs_slice *slice,
                         enum vs__edit how, const vs_view *from)
{
    const vs_slice all = vs_slice_all(&v->kind.shape);
    vs_status st = VS_OK;

    for (int64_t i = 0; i < v->partition.parts && st == VS_OK; i++) {
        const vs_variable *part = v->parts[i];
        struct piece piece;
        int64_t current = 0;
        int64_t version = 0;

        if (!meet(v, i, slice != NULL ? slice : &all, from, &piece))
            continue;
        if ((st = vs__variable_shown(v->parts[i], &current)) == VS_OK)
            st = vs__variable_blame(v->parts[i],
                                    vs__value_edit(v->store, &part->kind,
                                                   current, &piece.slice, how,
                                                   &piece.view, &version));
        st = set_part(part, st, version);
    }
    return st;
}

/* Gives a part the value that a source has for it. */
static vs_status write_part(vs_variable *part, vs_source source)
{
    int64_t current = 0;
    int64_t version = 0;
    vs_status st = vs__variable_there(part, &current);

    if (st == VS_OK)
        st = vs__value_make(part->store, &part->kind, source, NULL, current,
                            &version);
    return set_part(part, st, version);
}

vs_status vs__whole_write(vs_variable *v, const vs_view *from)
{
    const vs_slice all = vs_slice_all(&v->kind.shape);
    vs_status st = VS_OK;

    for (int64_t i = 0; i < v->partition.parts && st == VS_OK; i++) {
        struct piece piece;

        (void)meet(v, i, &all, from, &piece); /* a part has elements, or */
        st = write_part(v->parts[i], vs__view_source(&piece.view));
    }
    return st;
}

static vs_status write_in_a_row(vs_variable *v, vs_source source)
{
    struct shifted shifted = {.source = source, .first = 0};
    const vs_source one = {fill_shifted, &shifted};
    vs_status st = VS_OK;

    for (int64_t i = 0; i < v->partition.parts && st == VS_OK; i++) {
        st = write_part(v->parts[i], one);
        shifted.first += v->parts[i]->kind.plan.n_elements;
    }
    return st;
}

/* The index behind a part on the cut axis: vs_partition_part without the
 * slice, for those who ask in every row. */
static int64_t end_of_part(const vs_partition *p, int64_t i)
{
    const int64_t share = p->shape.dims[p->axis] / p->parts;
    const int64_t rest = p->shape.dims[p->axis] % p->parts;

    return (i + 1) * share + (i + 1 < rest ? i + 1 : rest);
}

/* Deals elements [at, at + n) of the whole out to the parts they belong to. */
static vs_status deal(const vs_variable *v, struct vs__builder *builders,
                      int64_t at, int64_t n, const uint8_t *bytes)
{
    const int axis = v->partition.axis;
    const int64_t stride = stride_of_cut(v);
    const int64_t row = stride * v->kind.shape.dims[axis];
    vs_status st = VS_OK;

    for (int64_t i = 0; n > 0 && st == VS_OK;
         i = i + 1 < v->partition.parts ? i + 1 : 0) {
        const int64_t end = end_of_part(&v->partition, i) * stride;
        int64_t k;

        if (at % row >= end)
            continue;
        k = end - at % row < n ? end - at % row : n;
        st = vs__builder_add(&builders[i], bytes, k);
        bytes += (size_t)k * v->kind.plan.element;
        at += k;
        n -= k;
    }
    return st;
}

static vs_status deal_all(vs_variable *v, vs_source source,
                          struct vs__builder *builders)
{
    const size_t element = v->kind.plan.element;
    const int64_t n = v->kind.plan.n_elements;
    const int64_t fit = v->store->chunk_bytes / (int64_t)element;
    const int64_t most = n < fit ? n : fit;
    uint8_t *bytes = vs__alloc((size_t)most * element);
    vs_status st = VS_OK;

    if (bytes == NULL)
        return vs__fail_nomem(vs__store_words(v->store));
    for (int64_t at = 0; at < n && st == VS_OK;) {
        const int64_t k = n - at < most ? n - at : most;

        st = vs__source_ask(source, at, k, bytes, vs__store_words(v->store));
        if (st == VS_OK)
            st = deal(v, builders, at, k, bytes);
        at += k;
    }
    vs__free(bytes);
    return st;
}

/* Parts that are `fresh` are just being made. */
static vs_status write_dealt(vs_variable *v, vs_source source, bool fresh)
{
    const int64_t parts = v->partition.parts;
    struct vs__builder *builders = vs__calloc((size_t)parts, sizeof *builders);
    vs_status st = VS_OK;

    if (builders == NULL)
        return vs__fail_nomem(vs__store_words(v->store));
    for (int64_t i = 0; i < parts; i++) {
        int64_t current = 0;

        if (st == VS_OK && !fresh)
            st = vs__variable_there(v->parts[i], &current);
        vs__builder_init(&builders[i], v->store, &v->parts[i]->kind, current);
    }
    if (st == VS_OK)
        st = deal_all(v, source, builders);
    for (int64_t i = 0; i < parts; i++) {
        int64_t version = 0;

        if (st == VS_OK)
            st = vs__builder_finish(&builders[i], &version);
        st = set_part(v->parts[i], st, version);
        vs__builder_done(&builders[i]);
    }
    vs__free(builders);
    return st;
}

vs_status vs__whole_write_from(vs_variable *v, vs_source source)
{
    return vs__whole_in_a_row(v) ? write_in_a_row(v, source)
                                 : write_dealt(v, source, false);
}

vs_status vs__whole_first_value(vs_variable *v, vs_source source)
{
    return write_dealt(v, source, true);
}

/* A source of elements of one variable in the order of a part of another, or
 * of all of it. */
struct other {
    vs_variable *from;
    vs_slice slice; /* of it that is wanted */
    vs_shape shape; /* of that slice */
};

static vs_status read_any(vs_variable *v, const vs_slice *slice,
                          const vs_view *into)
{
    int64_t version = 0;
    vs_status st;

    if (v->parts != NULL)
        return vs__whole_read(v, slice, into);
    st = vs__variable_shown(v, &version);
    return st == VS_OK
               ? vs__variable_blame(v, vs__value_read(v->store, &v->kind,
                                                      version, slice, into))
               : st;
}

/* A run of a part is a few rectangles of the other. */
static vs_status fill_from_other(int64_t first, int64_t n, void *dst, void *ctx)
{
    const struct other *o = ctx;
    const vs_dtype dtype = o->from->kind.dtype;
    uint8_t *to = dst;
    vs_status st = VS_OK;

    while (n > 0 && st == VS_OK) {
        vs_slice piece;
        const int64_t k = vs__piece_at(&o->shape, first, n, &piece);
        const vs_shape shape = vs_slice_shape(&piece);
        const vs_view view = vs_view_of(dtype, &shape, to);

        for (int i = 0; i < piece.rank; i++)
            piece.start[i] += o->slice.start[i];
        st = read_any(o->from, &piece, &view);
        to += (size_t)k * o->from->kind.plan.element;
        first += k;
        n -= k;
    }
    return st;
}

vs_status vs__whole_assign(vs_variable *to, vs_variable *from)
{
    struct other other = {.from = from};
    const vs_source source = {fill_from_other, &other};
    vs_status st = VS_OK;

    other.slice = vs_slice_all(&to->kind.shape);
    other.shape = to->kind.shape;
    if (to->parts == NULL)
        return write_part(to, source);
    for (int64_t i = 0; i < to->partition.parts && st == VS_OK; i++) {
        (void)vs_partition_part(&to->partition, i, &other.slice, NULL);
        other.shape = vs_slice_shape(&other.slice);
        st = write_part(to->parts[i], source);
    }
    return st;
}
