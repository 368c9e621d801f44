/* enact_values.c - making variables, reading and writing their values; see
 * enact.h.
 */
#include <stdio.h>
#include <string.h>

#include "enact.h"

/* -------- Values in memory. */

static int64_t row_size(int kind)
{
    return kinds[kind].shape.rank > 0
               ? kind_count(kind) / kinds[kind].shape.dims[0]
               : 1;
}

static vs_shape shape_of_rows(int kind, int64_t n)
{
    vs_shape shape = kinds[kind].shape;

    if (n > 0)
        shape.dims[0] = n;
    return shape;
}

/* Elements of `n` rows, or all. */
static int64_t size_of_rows(int kind, int64_t n)
{
    return n > 0 ? n * row_size(kind) : kind_count(kind);
}

/* All elements are of four bytes. */
static int32_t as_stored(int kind, int32_t x)
{
    const float f = (float)x;

    if (kinds[kind].dtype == VS_F32)
        memcpy(&x, &f, sizeof x);
    return x;
}

vs_view play_given(struct play *p, int value, int64_t first, int64_t n)
{
    const int kind = p->m.values[value].kind;
    const int32_t *from = value_of(&p->m, value) + first * row_size(kind);
    const vs_shape shape = shape_of_rows(kind, n);

    for (int64_t i = 0; i < size_of_rows(kind, n); i++)
        p->given[i] = as_stored(kind, from[i]);
    return vs_view_const(kinds[kind].dtype, &shape, p->given);
}

vs_view play_blank(struct play *p, int kind, int64_t n)
{
    const vs_shape shape = shape_of_rows(kind, n);

    memset(p->got, 0xa5, sizeof p->got);
    return vs_view_of(kinds[kind].dtype, &shape, p->got);
}

bool play_same(struct play *p, int value, int64_t first, int64_t n,
               const char *what)
{
    const int kind = p->m.values[value].kind;
    const int32_t *want = value_of(&p->m, value) + first * row_size(kind);

    for (int64_t i = 0; i < size_of_rows(kind, n); i++)
        if (p->got[i] != as_stored(kind, want[i]))
            return play_wrong(p, "%s: element %lld is not %d", what,
                              (long long)i, want[i]);
    return true;
}

bool play_version(struct play *p, struct variable *v, int64_t version,
                  const char *what)
{
    if (v->version != 0 && version != v->version)
        return play_wrong(p, "%s: version %lld, before it was %lld", what,
                          (long long)version, (long long)v->version);
    if (v->version == 0 && version <= v->floor)
        return play_wrong(p, "%s: a new version %lld, there was %lld", what,
                          (long long)version, (long long)v->floor);
    v->version = version;
    p->s->newest = version > p->s->newest ? version : p->s->newest;
    return true;
}

/* Asks a handle whose variable has just got a value for its version. */
static bool ask_version(struct play *p, vs_variable *handle, int id)
{
    struct variable *v = variable_find(p->s, id);
    int64_t version = 0;

    return play_judge(p, vs_variable_version(handle, &version),
                      v->value == NO_VALUE ? ERR(UNINITIALIZED) : 0,
                      "version") &&
           (v->value == NO_VALUE || play_version(p, v, version, "version"));
}

/* -------- Making. */

static vs_variable_spec spec_of(int kind, int fill, bool deferred)
{
    vs_variable_spec spec = {.dtype = kinds[kind].dtype,
                             .shape = &kinds[kind].shape,
                             .initializer = vs_constant(fill),
                             .site = VS_HERE};

    if (kinds[kind].parts > 0)
        spec.partitioner = vs_fixed_size_partitioner(kinds[kind].parts, 0);
    if (deferred)
        spec.deferred = VS_YES;
    return spec;
}

static uint64_t may_make(struct play *p, const char *path, int kind)
{
    return play_may_write(p) | (is_sealed(p->s, path, kind) ? ERR(SEALED) : 0);
}

static bool is_full(const struct play *p)
{
    return p->s->n_names > MOST_NAMES - 4 || p->s->n_variables > MOST_VARS - 4;
}

static void keep(struct play *p, const struct deed *d, vs_variable *v, int id)
{
    struct slot *slot = &p->h->slots[d->slot];

    slot_free(slot);
    *slot = (struct slot){.v = v, .variable = id};
}

/* What was made is put into the model. */
static bool made(struct play *p, const struct deed *d, const char *path,
                 int kind, bool deferred, vs_variable *handle)
{
    struct variable *v = variable_make(&p->m, p->s, kind);

    v->fill = d->n;
    variable_give(p->s, v,
                  deferred ? NO_VALUE : value_fill(&p->m, kind, d->n, 0));
    name_put(p->s, path, v->id);
    keep(p, d, handle, v->id);
    return ask_version(p, handle, v->id);
}

/* A handle's facts. */
static bool found(struct play *p, const struct deed *d, const char *path,
                  vs_variable *handle)
{
    const struct variable *v = variable_at(p->s, path);
    const struct kind *kind = &kinds[v->kind];

    keep(p, d, handle, v->id);
    if (vs_variable_dtype(handle) != kind->dtype ||
        !vs_shape_equal(vs_variable_shape(handle), &kind->shape) ||
        vs_variable_n_parts(handle) != kind->parts)
        return play_wrong(p, "%s is another one", path);
    return true;
}

bool do_create(struct play *p, const struct deed *d)
{
    const char *path = deed_path(d->a);
    const int kind = d->n % MOST_KINDS;
    const bool deferred = d->mode % 4 == 0;
    const vs_variable_spec spec = spec_of(kind, d->n, deferred);
    uint64_t errors = may_make(p, path, kind);
    vs_variable *v = NULL;

    if (is_full(p))
        return true;
    if (name_find(p->s, path) != NULL)
        errors |= ERR(EXISTS);
    if (!play_judge(p, vs_variable_create(p->h->store, path, &spec, &v), errors,
                    "create"))
        return false;
    return errors != 0 || made(p, d, path, kind, deferred, v);
}

/* With a mode that is a multiple of 5, whatever is there will do; with one of
 * 3, the handle keeps what it has read. */
bool do_get(struct play *p, const struct deed *d)
{
    const struct scope *scope =
        p->h->n_scopes > 0 ? &p->h->scopes[p->h->n_scopes - 1] : NULL;
    const vs_reuse reuse = scope != NULL ? scope->reuse : VS_REUSE_NONE;
    const char *name = d->b % 3 == 0 ? "a" : d->b % 3 == 1 ? "b" : "c";
    const int kind = d->n % MOST_KINDS;
    const bool any = d->mode % 5 == 0;
    vs_variable_spec spec = spec_of(kind, d->n, false);
    const struct variable *there;
    vs_variable *v = NULL;
    char path[PATH_BYTES];
    uint64_t errors = 0;
    vs_status st;

    (void)snprintf(path, sizeof path, "%.24s%s%s",
                   scope != NULL ? scope->path : "",
                   scope != NULL && scope->path[0] != '\0' ? "/" : "", name);
    there = variable_at(p->s, path);
    if (is_full(p))
        return true;
    if (d->mode % 3 == 0)
        spec.caching_device = "memory";
    if (there != NULL && reuse == VS_REUSE_NONE)
        errors =
            (kinds[there->kind].parts > 0) == (!any && kinds[kind].parts > 0)
                ? ERR(EXISTS)
                : ERR(PARTITION);
    else if (there != NULL && !any && there->kind != kind)
        errors = ERR(SHAPE) | ERR(DTYPE) | ERR(PARTITION);
    else if (there == NULL && reuse == VS_REUSE_TRUE)
        errors = ERR(NOTFOUND);
    else if (there == NULL)
        errors = may_make(p, path, kind) | (any ? ERR(NEEDSHAPE) : 0);
    st = vs_get_variable(p->h->ctx, name, any ? NULL : &spec, &v);
    if (!play_judge(p, st, errors, "get"))
        return false;
    if (errors != 0)
        return true;
    return there != NULL ? found(p, d, path, v)
                         : made(p, d, path, kind, false, v);
}

bool do_look(struct play *p, const struct deed *d)
{
    const char *path = deed_path(d->a);
    const uint64_t errors = name_find(p->s, path) == NULL ? ERR(NOTFOUND) : 0;
    vs_variable *v = NULL;

    if (!play_judge(p, vs_variable_open(p->h->store, path, &v), errors, "look"))
        return false;
    return errors != 0 || found(p, d, path, v);
}

bool do_free(struct play *p, const struct deed *d)
{
    slot_free(&p->h->slots[d->slot]);
    return true;
}

/* -------- Values. */

/* What a slot leads to. */
struct reach {
    struct slot *slot;
    struct variable *v; /* NULL: none, or a checkpoint's */
    int kind;
    int value;       /* or NO_VALUE */
    uint64_t errors; /* of looking at its value */
    bool kept;       /* it has errors, but may be looked at all the same */
};

/* Does anything else keep this value? */
static bool is_kept(const struct state *s, int value)
{
    for (int i = 0; i < s->n_variables; i++)
        if (s->variables[i].value == value &&
            variable_is_live(s, s->variables[i].id))
            return true;
    for (int i = 0; i < s->n_checkpoints; i++)
        for (int k = 0; k < s->checkpoints[i].n; k++)
            if (s->checkpoints[i].entries[k].value == value)
                return true;
    return false;
}

/* True if a reading call did as it should. */
static bool judge_read(struct play *p, vs_status st, const struct reach *r,
                       const char *what)
{
    return (st == VS_OK && r->kept) || play_judge(p, st, r->errors, what);
}

/* False: the slot is empty. */
static bool reach(struct play *p, const struct deed *d, struct reach *out)
{
    struct slot *slot = &p->h->slots[d->slot];

    memset(out, 0, sizeof *out);
    out->slot = slot;
    out->value = NO_VALUE;
    if (slot->v == NULL)
        return false;
    if (slot->checkpoint != 0) {
        out->value = slot->value;
        out->kind = p->m.values[slot->value].kind;
        if (checkpoint_find(p->s, slot->checkpoint) == NULL) {
            out->errors = ERR(STALE);
            out->kept = is_kept(p->s, slot->value);
        }
        return true;
    }
    for (int i = 0; i < MOST_KINDS; i++)
        if (vs_shape_equal(vs_variable_shape(slot->v), &kinds[i].shape))
            out->kind = i;
    if (!variable_is_live(p->s, slot->variable)) {
        out->errors = ERR(STALE);
        return true;
    }
    out->v = variable_find(p->s, slot->variable);
    out->value = out->v->value;
    if (out->value == NO_VALUE)
        out->errors = ERR(UNINITIALIZED);
    return true;
}

bool do_read(struct play *p, const struct deed *d)
{
    struct reach r;
    vs_view into;
    vs_status st;

    if (!reach(p, d, &r))
        return true;
    into = play_blank(p, r.kind, 0);
    st = vs_variable_read(r.slot->v, &into);
    if (!judge_read(p, st, &r, "read"))
        return false;
    return st != VS_OK || play_same(p, r.value, 0, 0, "read");
}

/* Some rows of it; false: it has none. */
static bool choose_rows(int kind, int n, int64_t *first, int64_t *count)
{
    const int64_t rows =
        kinds[kind].shape.rank > 0 ? kinds[kind].shape.dims[0] : 0;

    if (rows == 0)
        return false;
    *first = n % rows;
    *count = 1 + n / 3 % (rows - *first);
    return true;
}

bool do_read_rows(struct play *p, const struct deed *d)
{
    struct reach r;
    vs_slice slice;
    int64_t first;
    int64_t n;
    vs_view into;
    vs_status st;

    if (!reach(p, d, &r) || !choose_rows(r.kind, d->n, &first, &n))
        return true;
    slice = vs_slice_rows(&kinds[r.kind].shape, first, n);
    into = play_blank(p, r.kind, n);
    st = vs_variable_read_slice(r.slot->v, &slice, &into);
    if (!judge_read(p, st, &r, "read-rows"))
        return false;
    return st != VS_OK || play_same(p, r.value, first, n, "read-rows");
}

/* A part, through the handle that belongs to the whole. */
bool do_read_part(struct play *p, const struct deed *d)
{
    struct reach r;
    vs_slice slice;
    vs_variable *part;
    vs_view into;

    if (!reach(p, d, &r) || kinds[r.kind].parts == 0 || r.slot->checkpoint != 0)
        return true;
    part = vs_variable_part(r.slot->v, d->n % kinds[r.kind].parts);
    if (part == NULL ||
        vs_partition_part(vs_variable_partition(r.slot->v),
                          d->n % kinds[r.kind].parts, &slice, NULL) != VS_OK)
        return play_wrong(p, "there is no part");
    into = play_blank(p, r.kind, slice.count[0]);
    if (!play_judge(p, vs_variable_read(part, &into), r.errors, "read-part"))
        return false;
    return r.errors != 0 ||
           play_same(p, r.value, slice.start[0], slice.count[0], "read-part");
}

/* Errors of a call that writes through a slot; one that needs no value before
 * does not mind that there is none. */
static uint64_t may_change(const struct play *p, const struct reach *r,
                           bool needs_value)
{
    uint64_t errors = play_may_write(p);

    if (r->slot->checkpoint != 0)
        return errors | ERR(READONLY) | ERR(STALE);
    errors |= r->errors & ERR(STALE);
    return needs_value ? errors | r->errors : errors;
}

static bool changed(struct play *p, const struct reach *r, int value)
{
    variable_give(p->s, r->v, value);
    return ask_version(p, r->slot->v, r->v->id);
}

/* One in five writes what is there. */
bool do_write(struct play *p, const struct deed *d)
{
    struct reach r;
    uint64_t errors;
    vs_view from;
    int value;

    if (!reach(p, d, &r))
        return true;
    value = d->n % 5 == 0 && r.value != NO_VALUE
                ? value_copy(&p->m, r.value)
                : value_fill(&p->m, r.kind, d->n, 1 + d->n % 3);
    from = play_given(p, value, 0, 0);
    errors = may_change(p, &r, false);
    if (!play_judge(p, vs_variable_write(r.slot->v, &from), errors, "write"))
        return false;
    return errors != 0 || changed(p, &r, value);
}

bool do_write_rows(struct play *p, const struct deed *d)
{
    struct reach r;
    vs_slice slice;
    int64_t first;
    int64_t n;
    uint64_t errors;
    vs_view from;
    int value;

    if (!reach(p, d, &r) || !choose_rows(r.kind, d->n, &first, &n))
        return true;
    value = r.value != NO_VALUE ? value_copy(&p->m, r.value)
                                : value_fill(&p->m, r.kind, 0, 0);
    for (int64_t i = 0; i < n * row_size(r.kind); i++)
        p->m.values[value].elements[first * row_size(r.kind) + i] =
            d->n + (int32_t)i;
    slice = vs_slice_rows(&kinds[r.kind].shape, first, n);
    from = play_given(p, value, first, n);
    errors = may_change(p, &r, true);
    if (!play_judge(p, vs_variable_write_slice(r.slot->v, &slice, &from),
                    errors, "write-rows"))
        return false;
    return errors != 0 || changed(p, &r, value);
}

bool do_add(struct play *p, const struct deed *d)
{
    struct reach r;
    uint64_t errors;
    vs_view delta;
    int value;
    int sum;

    if (!reach(p, d, &r))
        return true;
    value = value_fill(&p->m, r.kind, d->n % 100, 1);
    delta = play_given(p, value, 0, 0);
    errors = may_change(p, &r, true);
    if (!play_judge(p, vs_variable_assign_add(r.slot->v, &delta), errors,
                    "add"))
        return false;
    if (errors != 0)
        return true;
    sum = value_copy(&p->m, r.value);
    for (int64_t i = 0; i < kind_count(r.kind); i++)
        p->m.values[sum].elements[i] += p->m.values[value].elements[i];
    return changed(p, &r, sum);
}

/* One in three expects a version that is not there. */
bool do_swap(struct play *p, const struct deed *d)
{
    struct reach r;
    uint64_t errors;
    int64_t expected = 1;
    int64_t version = 0;
    vs_view from;
    int value;

    if (!reach(p, d, &r) || r.slot->checkpoint != 0)
        return true;
    errors = may_change(p, &r, true);
    if (r.errors == 0 && vs_variable_version(r.slot->v, &expected) != VS_OK)
        return play_wrong(p, "no version to expect");
    if (d->mode % 3 == 0) {
        expected += 1000003;
        errors |= ERR(CONFLICT);
    }
    if (kinds[r.kind].parts > 0)
        errors |= ERR(PARTITION);
    value = value_fill(&p->m, r.kind, d->n, 2);
    from = play_given(p, value, 0, 0);
    if (!play_judge(
            p,
            vs_variable_compare_and_swap(r.slot->v, expected, &from, &version),
            errors, "swap"))
        return false;
    if (errors != 0)
        return true;
    variable_give(p->s, r.v, value);
    return play_version(p, r.v, version, "swap") &&
           ask_version(p, r.slot->v, r.v->id);
}

bool do_initialize(struct play *p, const struct deed *d)
{
    struct reach r;
    uint64_t errors;
    bool given = false;
    vs_status st;

    if (!reach(p, d, &r) || r.slot->checkpoint != 0)
        return true;
    errors = may_change(p, &r, false);
    st = vs_variable_initialize(r.slot->v, &given);
    if (st == VS_OK && r.value != NO_VALUE) /* there was nothing to do */
        return !given || play_wrong(p, "a second first value");
    if (!play_judge(p, st, errors, "initialize"))
        return false;
    if (errors != 0)
        return true;
    if (!given)
        return play_wrong(p, "no first value");
    return changed(p, &r, value_fill(&p->m, r.kind, r.v->fill, 0));
}
