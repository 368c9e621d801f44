/* slice.c - rectangular selections: making, reading and checking them.
 *
 * The text is NumPy's basic slicing without its silent clipping: in a store a
 * bound outside the axis is a mistake, and an empty answer would hide it.
 */
#include "tensor/shape.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/fail.h"

/* `rank` as the bound of a loop over axes. */
static int axes(int rank)
{
    return rank < VS_MAX_RANK ? rank : VS_MAX_RANK;
}

vs_slice vs_slice_all(const vs_shape *shape)
{
    vs_slice slice = {shape->rank, 0, {0}, {0}, {0}};

    for (int i = 0; i < axes(shape->rank); i++) {
        slice.count[i] = shape->dims[i];
        slice.step[i] = 1;
    }
    return slice;
}

vs_slice vs_slice_rows(const vs_shape *shape, int64_t first, int64_t n)
{
    vs_slice slice = vs_slice_all(shape);

    slice.start[0] = first;
    slice.count[0] = n;
    return slice;
}

vs_shape vs_slice_shape(const vs_slice *slice)
{
    vs_shape shape = {0, {0}};

    for (int i = 0; i < axes(slice->rank); i++)
        if ((slice->dropped >> i & 1) == 0)
            shape.dims[shape.rank++] = slice->count[i];
    return shape;
}

/* One part between commas, before negative numbers are counted from the end. */
struct item {
    bool index;     /* a number alone: the axis is dropped */
    bool has_start; /* else 0 */
    bool has_stop;  /* else the axis' length */
    int64_t start;  /* as written */
    int64_t stop;   /* as written */
    int64_t step;   /* >= 1 */
};

/* A slice being read. */
struct reader {
    const char *text;               /* all of it, for the words */
    const char *at;                 /* what is left */
    const vs_shape *shape;          /* that it is read against */
    vs_error *err;                  /* may be NULL */
    struct item items[VS_MAX_RANK]; /* the parts without "..." */
    int n_items;                    /* of them */
    int ellipsis;                   /* items before "...", or -1 */
};

static vs_status not_a_slice(const struct reader *r)
{
    vs_status st =
        vs__fail(r->err, VS_ERR_MISUSE, "'%.80s' is not a slice", r->text);

    vs__hint(r->err, "write start:stop:step, an index or ... for each axis, "
                     "such as 0:3, ::2");
    return st;
}

static vs_status outside(const struct reader *r, const char *why)
{
    char text[VS_SHAPE_TEXT_MAX];

    return vs__fail(r->err, VS_ERR_RANGE,
                    "slice '%.80s' is outside the shape %s: %s", r->text,
                    vs_shape_text(r->shape, text), why);
}

static void skip_blanks(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t')
        r->at++;
}

/* Takes `c`, and blanks after it, if it comes next. */
static bool take(struct reader *r, char c)
{
    if (*r->at != c)
        return false;
    r->at++;
    skip_blanks(r);
    return true;
}

/* Reads a number if one comes next; `found` tells. */
static vs_status take_number(struct reader *r, bool *found, int64_t *out)
{
    bool negative = *r->at == '-';
    const char *p = r->at + negative;
    int64_t n = 0;

    *found = *p >= '0' && *p <= '9';
    if (!*found)
        return negative ? not_a_slice(r) : VS_OK;
    for (; *p >= '0' && *p <= '9'; p++)
        if (!vs__mul_i64(n, 10, &n) || !vs__add_i64(n, *p - '0', &n))
            return outside(r, "a number above 2^63-1");
    r->at = p;
    skip_blanks(r);
    *out = negative ? -n : n;
    return VS_OK;
}

/* "7", "1:2", "::2", ":" and so on. */
static vs_status take_item(struct reader *r, struct item *out)
{
    struct item item = {false, false, false, 0, 0, 1};
    bool has_step = false;
    vs_status st = take_number(r, &item.has_start, &item.start);

    if (st != VS_OK)
        return st;
    if (!take(r, ':')) {
        item.index = true;
        *out = item;
        return item.has_start ? VS_OK : not_a_slice(r);
    }
    st = take_number(r, &item.has_stop, &item.stop);
    if (st == VS_OK && take(r, ':'))
        st = take_number(r, &has_step, &item.step);
    if (st != VS_OK)
        return st;
    if (item.step < 1)
        return vs__fail(r->err, VS_ERR_MISUSE,
                        "slice '%.80s': step %" PRId64 ", want 1 or more",
                        r->text, item.step);
    *out = item;
    return VS_OK;
}

static bool take_ellipsis(struct reader *r)
{
    if (r->at[0] != '.' || r->at[1] != '.' || r->at[2] != '.')
        return false;
    r->at += 3;
    skip_blanks(r);
    return true;
}

/* Items up to `close`, which is ']' or the end of the text. */
static vs_status take_items(struct reader *r, char close)
{
    vs_status st;

    if (*r->at == close)
        return VS_OK;
    do {
        struct item item;

        if (take_ellipsis(r)) {
            if (r->ellipsis >= 0)
                return not_a_slice(r);
            r->ellipsis = r->n_items;
            continue;
        }
        st = take_item(r, &item);
        if (st != VS_OK)
            return st;
        if (r->n_items == r->shape->rank)
            return outside(r, "more axes than the shape has");
        r->items[r->n_items++] = item;
    } while (take(r, ','));
    return *r->at == close ? VS_OK : not_a_slice(r);
}

/* Puts an item on axis i, its numbers counted from the start. */
static vs_status place(const struct reader *r, const struct item *item, int i,
                       vs_slice *out)
{
    int64_t dim = r->shape->dims[i];
    int64_t start = item->start + (item->start < 0 ? dim : 0);
    int64_t stop = item->stop + (item->stop < 0 ? dim : 0);

    if (item->index) {
        if (start < 0 || start >= dim)
            return outside(r, "no such index");
        out->start[i] = start;
        out->count[i] = 1;
        out->dropped |= UINT32_C(1) << i;
        return VS_OK;
    }
    if (!item->has_stop)
        stop = dim;
    if (start < 0 || start > dim || stop < 0 || stop > dim)
        return outside(r, "a bound beyond the axis");
    if (start > stop)
        return outside(r, "it stops before it starts");
    out->start[i] = start;
    out->count[i] = stop > start ? (stop - start - 1) / item->step + 1 : 0;
    out->step[i] = item->step;
    return VS_OK;
}

/* Items before "..." go to the first axes, those after it to the last. */
static vs_status place_all(const struct reader *r, vs_slice *out)
{
    int before = r->ellipsis >= 0 ? r->ellipsis : r->n_items;
    int skipped = r->shape->rank - r->n_items;

    for (int k = 0; k < r->n_items; k++) {
        int i = k < before ? k : k + skipped;
        vs_status st = place(r, &r->items[k], i, out);

        if (st != VS_OK)
            return st;
    }
    return VS_OK;
}

vs_status vs_slice_parse(const char *text, const vs_shape *shape, vs_slice *out,
                         vs_error *err)
{
    struct reader r = {.text = text != NULL ? text : "",
                       .shape = shape,
                       .err = err,
                       .ellipsis = -1};
    char shape_text[VS_SHAPE_TEXT_MAX];
    vs_slice slice;
    vs_status st;

    if (!vs_shape_known(shape))
        return vs__fail(err, VS_ERR_MISUSE,
                        "slice '%.80s': the shape %s is not fully known",
                        r.text, vs_shape_text(shape, shape_text));
    r.at = r.text;
    skip_blanks(&r);
    if (take(&r, '[')) {
        st = take_items(&r, ']');
        if (st == VS_OK) {
            (void)take(&r, ']'); /* where the items end */
            st = *r.at == '\0' ? VS_OK : not_a_slice(&r);
        }
    } else {
        st = take_items(&r, '\0');
    }
    slice = vs_slice_all(shape);
    if (st == VS_OK)
        st = place_all(&r, &slice);
    if (st != VS_OK)
        return st;
    *out = slice;
    return VS_OK;
}

/* Axis i of a slice of the right rank: VS_ERR_MISUSE for what no shape could
 * hold, VS_ERR_RANGE for what this one does not. */
static vs_status check_axis(const vs_slice *slice, const vs_shape *shape, int i)
{
    int64_t start = slice->start[i];
    int64_t count = slice->count[i];
    int64_t step = slice->step[i];
    bool dropped = (slice->dropped >> i & 1) != 0;

    if (start < 0 || count < 0 || step < 1 || (dropped && count != 1))
        return VS_ERR_MISUSE;
    if (count == 0)
        return start <= shape->dims[i] ? VS_OK : VS_ERR_RANGE;
    if (start >= shape->dims[i] ||
        count - 1 > (shape->dims[i] - 1 - start) / step)
        return VS_ERR_RANGE;
    return VS_OK;
}

vs_status vs__slice_check(const vs_slice *slice, const vs_shape *shape,
                          const char *what, vs_error *err)
{
    char text[VS_SHAPE_TEXT_MAX];

    if (slice->rank != shape->rank)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: a slice of rank %d for the shape %s", what,
                        slice->rank, vs_shape_text(shape, text));
    if (slice->dropped >> shape->rank != 0)
        return vs__fail(err, VS_ERR_MISUSE,
                        "%s: a slice that drops axes beyond the shape %s", what,
                        vs_shape_text(shape, text));
    for (int i = 0; i < shape->rank; i++) {
        vs_status st = check_axis(slice, shape, i);

        if (st == VS_OK)
            continue;
        return vs__fail(err, st,
                        "%s: start %" PRId64 ", count %" PRId64
                        ", step %" PRId64 " on axis %d %s the shape %s",
                        what, slice->start[i], slice->count[i], slice->step[i],
                        i, st == VS_ERR_RANGE ? "leave" : "cannot be for",
                        vs_shape_text(shape, text));
    }
    return VS_OK;
}
